/* SPDX-License-Identifier: MIT */
/*
 * thread - waiting for the end of a thread, but not for ever.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * most_ms: of waiting; whatever the wall clock does meanwhile, and without the time for which the whole machine stood still.
 *
 * returns  true: the thread has ended and is joined; false: it is as it was
 */
bool thread_join(pthread_t, int64_t most_ms);

#endif
