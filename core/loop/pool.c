/* SPDX-License-Identifier: MIT */
/*
 * pool - a few threads for what blocks: password hashes, files with fsync, a store's reads.
 *
 * One lock, one queue, one condition: jobs last milliseconds, so nothing finer pays.  A job leaves our hands before its
 * loop is told of it, because done() may free it at once, on the other thread.
 */
#include "loop/pool.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct link queue;         /* under lock, like all that follows */
    uint32_t waiting, ceiling; /* jobs */
    bool is_closing;
    uint32_t threads_n;
    pthread_t threads[]; /* written before anybody else sees the pool */
};

static void pool_done(struct task *t)
{
    struct pool_job *job = LIST_ENTRY(t, struct pool_job, task);
    job->done(job);
}

static struct pool_job *pool_take(struct pool *p)
{
    struct pool_job *job = NULL;

    pthread_mutex_lock(&p->lock);
    while (list_empty(&p->queue) && !p->is_closing)
        pthread_cond_wait(&p->wake, &p->lock);
    if (!list_empty(&p->queue)) {
        job = LIST_ENTRY(p->queue.next, struct pool_job, link);
        list_remove(&job->link);
        p->waiting--;
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

static void *pool_main(void *arg)
{
    struct pool *p = arg;
    struct pool_job *job;

    while ((job = pool_take(p))) {
        job->run(job);
        if (job->loop)
            loop_post(job->loop, &job->task);
        else
            job->done(job);
    }
    return NULL;
}

struct pool *pool_open(uint32_t threads, uint32_t queue, struct err *err)
{
    struct pool *p = mem_new(1, sizeof(*p) + threads * sizeof(p->threads[0]));

    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    list_init(&p->queue);
    p->ceiling = queue;
    for (uint32_t i = 0; i < threads; i++) {
        char name[16];
        int why = pthread_create(&p->threads[i], NULL, pool_main, p);
        if (why) {
            pool_close(p);
            err_set(err, E_IO, "pool", "cannot start a thread: %s", strerror(why));
            return NULL;
        }
        p->threads_n++;
        snprintf(name, sizeof(name), "pool-%u", i % 1000);
        pthread_setname_np(p->threads[i], name);
    }
    return p;
}

int pool_add(struct pool *p, struct pool_job *job)
{
    int rc = E_AGAIN;

    list_init(&job->task.link);
    job->task.run = pool_done;
    pthread_mutex_lock(&p->lock);
    if (p->waiting < p->ceiling && !p->is_closing) {
        list_push(&p->queue, &job->link);
        p->waiting++;
        pthread_cond_signal(&p->wake);
        rc = 0;
    }
    pthread_mutex_unlock(&p->lock);
    return rc;
}

uint32_t pool_waiting(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    uint32_t n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

bool pool_stop(struct pool *p, int64_t most_ms)
{
    if (!p)
        return true;
    pthread_mutex_lock(&p->lock);
    p->is_closing = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (; p->threads_n; p->threads_n--) {
        pthread_t thread = p->threads[p->threads_n - 1];
        if (most_ms < 0)
            pthread_join(thread, NULL);
        else if (!thread_join(thread, most_ms))
            return false;
    }
    return true;
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    (void)pool_stop(p, -1); /* that one always comes back with true */
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
