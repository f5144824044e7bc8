/* SPDX-License-Identifier: MIT */
/*
 * pool - a few threads for what blocks: password hashes, files with fsync, a store's reads.
 *
 * A bounded queue: who asks for more than it holds is refused at once, so a flood of logins cannot pile up.  A job is run
 * by one of the threads and then handed to a loop, whose thread calls done().  Jobs are never cancelled: who does not want the
 * result any more marks that in memory of his own.
 */
#ifndef LOOP_POOL_H
#define LOOP_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "loop/loop.h"

struct pool;

struct pool_job {
    void (*run)(struct pool_job *);  /* on a thread of the pool */
    void (*done)(struct pool_job *); /* on the loop's thread; may free the job */
    struct loop *loop;               /* NULL: done() is called by the pool's thread */
    struct task task;                /* the pool's */
    struct link link;                /* the pool's */
};

/* queue: jobs that wait at most.  Signals that are blocked here are blocked on the threads.  NULL: told by err. */
struct pool *pool_open(uint32_t threads, uint32_t queue, struct err *);
/* Any thread.  0, or E_AGAIN: the queue is full or the pool closes; nothing was taken. */
int pool_add(struct pool *, struct pool_job *);
uint32_t pool_waiting(struct pool *);
/*
 * Runs what is queued to its end, and takes no more.  The loops of jobs under way must still be alive.
 *
 * most_ms  how long each of them may take; -1: however long
 * returns  false: a job has not come back.  Then nothing that jobs use may be freed, the pool neither.
 */
bool pool_stop(struct pool *, int64_t most_ms);
/* Stops it if that was not done, however long it takes, and frees.  NULL does nothing, here and there. */
void pool_close(struct pool *);

#endif
