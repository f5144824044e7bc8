/* SPDX-License-Identifier: MIT */
/*
 * thread - waiting for the end of a thread, but not for ever.
 *
 * The C library can wait until a time of the wall clock.  A machine that wakes up from a snapshot sets that clock, and a
 * wait of five seconds is over at once.  So it is short naps that are counted here, and a nap counts as long as it should
 * have been, however long it was.  (The wait by the monotonic clock, pthread_clockjoin_np(), is nothing that the sanitizers
 * of GCC 12 know of: 2026-11-23.)
 */
#include "base/thread.h"

#include <time.h>

enum { FIRST_NAP_US = 250, LONGEST_NAP_US = 20000 };

bool thread_join(pthread_t thread, int64_t most_ms)
{
    int64_t left_us = most_ms * 1000;
    long nap_us = FIRST_NAP_US;

    while (pthread_tryjoin_np(thread, NULL)) {
        if (left_us <= 0)
            return false;
        struct timespec nap = { 0, nap_us * 1000 };
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
        left_us -= nap_us;
        nap_us = nap_us * 2 < LONGEST_NAP_US ? nap_us * 2 : LONGEST_NAP_US;
    }
    return true;
}
