/* SPDX-License-Identifier: MIT */
/*
 * fuzz - an adapter on golden inputs made wrong, for some seconds, in a process of its own.
 *
 * What is found: a crash, a hang, a broken rule of the ABI, and a stream that says something else when it is cut elsewhere.
 */
#ifndef KIT_FUZZ_H
#define KIT_FUZZ_H

#include <stdint.h>

struct adapter;
struct sample_run;

struct fuzz_plan {
    const char *folder; /* of golden inputs: what is made wrong */
    int seconds;
    uint64_t seed;    /* the same seed tries the same texts in the same order */
    const char *save; /* folder in which an input that was fatal is left */
};

/* One check, told to the run's report: with no golden input it is skipped. */
void fuzz_check(const struct sample_run *, const struct adapter *, const struct fuzz_plan *);

#endif
