/* SPDX-License-Identifier: MIT */
/*
 * pulse - does every worker still answer?
 *
 * A look asks each loop to run a task, and tells whether all have run the one they were asked last time.  Looks that found no
 * answer are counted, not seconds: a machine that slept has no worker that hangs.
 */
#ifndef MAIN_PULSE_H
#define MAIN_PULSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct pulse;

struct pulse_one {
    struct loop *loop; /* lent, until pulse_free() */
    pthread_t thread;  /* who runs it */
};

/* Nobody is asked yet. */
struct pulse *pulse_new(const struct pulse_one *, uint32_t n);
/* After the loops have been finished: what was asked last may be with them. */
void pulse_free(struct pulse *);
/* One thread at a time.  True: all have answered.  The first look knows of none that has not. */
bool pulse_look(struct pulse *);
/* Sends a signal to the first whose answer `looks` looks or more have missed.  False: there is none. */
bool pulse_signal(const struct pulse *, uint32_t looks, int sig);

#endif
