/* SPDX-License-Identifier: MIT */
/*
 * check - everything that can be said of a plugin's file before anybody trusts it.
 */
#ifndef KIT_CHECK_H
#define KIT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct check_plan {
    const char *file;    /* the plugin */
    const char *golden;  /* golden inputs: GOLDEN/DIALECT/...; NULL: none */
    const char *against; /* folder of plugins whose dialects are the others; NULL: none */
    bool is_update;
    int fuzz_seconds; /* 0: not */
    uint64_t seed;
};

/* Prints TAP.  0: all is well; 1: something is not. */
int check_run(const struct check_plan *);

#endif
