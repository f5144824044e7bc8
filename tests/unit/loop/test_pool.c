/* SPDX-License-Identifier: MIT */
/*
 * test_pool - every job that was taken is run once and told of once, on the right thread; who comes too many is refused.
 *
 * Also run under ThreadSanitizer (tests/check.py, stage thread).
 */
#include "loop/pool.h"

#include "test.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 3, QUEUE = 8, LOOPS = 2, ASKERS = 3, JOBS = 2000 };

struct work {
    struct pool_job job;
    int runs;
};

static _Atomic int runs, dones, strangers;
static sem_t gate, started;

static void run(struct pool_job *job)
{
    struct work *w = LIST_ENTRY(job, struct work, job);

    w->runs++;
    atomic_fetch_add(&runs, 1);
}

static void done(struct pool_job *job)
{
    struct work *w = LIST_ENTRY(job, struct work, job);

    if (w->runs != 1)
        atomic_fetch_add(&strangers, 1);
    atomic_fetch_add(&dones, 1);
    free(w);
}

static struct pool *begin(void)
{
    struct err err = { 0 };

    atomic_store(&runs, 0);
    atomic_store(&dones, 0);
    atomic_store(&strangers, 0);
    struct pool *p = pool_open(THREADS, QUEUE, &err);
    CHECK(p != NULL);
    return p;
}

static struct work *work_new(void)
{
    struct work *w = calloc(1, sizeof(*w));

    if (!w)
        abort();
    w->job.run = run;
    w->job.done = done;
    return w;
}

/* ---- without a loop ---- */

static void wait_at_gate(struct pool_job *job)
{
    sem_post(&started);
    sem_wait(&gate);
    run(job);
}

TEST(who_comes_too_many_is_refused)
{
    struct pool *p = begin();
    int taken = 0;

    sem_init(&gate, 0, 0);
    sem_init(&started, 0, 0);
    for (int i = 0; i < THREADS; i++) {
        struct work *w = work_new();
        w->job.run = wait_at_gate;
        CHECK_EQ(pool_add(p, &w->job), 0);
    }
    for (int i = 0; i < THREADS; i++)
        sem_wait(&started);
    for (int i = 0; i < QUEUE + 5; i++) {
        struct work *w = work_new();
        int rc = pool_add(p, &w->job);
        taken += !rc;
        if (rc) {
            CHECK_EQ(rc, E_AGAIN);
            free(w);
        }
    }
    CHECK_EQ(taken, QUEUE);
    CHECK_EQ(pool_waiting(p), QUEUE);
    for (int i = 0; i < THREADS; i++)
        sem_post(&gate);
    pool_close(p);
    CHECK_EQ(atomic_load(&runs), THREADS + QUEUE);
    CHECK_EQ(atomic_load(&dones), THREADS + QUEUE);
}

TEST(closing_runs_what_waits)
{
    struct pool *p = begin();

    for (int i = 0; i < QUEUE; i++)
        CHECK_EQ(pool_add(p, &work_new()->job), 0);
    CHECK(pool_stop(p, 60000));
    struct work *late = work_new();
    CHECK_EQ(pool_add(p, &late->job), E_AGAIN);
    free(late);
    pool_close(p);
    CHECK_EQ(atomic_load(&runs), QUEUE);
    CHECK_EQ(atomic_load(&dones), QUEUE);
    pool_close(NULL);
}

/* ---- with loops ---- */

struct place {
    struct loop *loop;
    struct pool *pool;
    int left, told;
    struct timer again; /* jobs that were refused come again */
    pthread_t thread;
};

struct loop_work {
    struct pool_job job;
    struct place *place;
};

static void loop_run_job(struct pool_job *job)
{
    (void)job;
    atomic_fetch_add(&runs, 1);
}

static void loop_done(struct pool_job *job);

static void place_fill(struct place *at)
{
    while (at->left) {
        struct loop_work *w = calloc(1, sizeof(*w));
        if (!w)
            abort();
        w->place = at;
        w->job = (struct pool_job){ .run = loop_run_job, .done = loop_done, .loop = at->loop };
        if (pool_add(at->pool, &w->job)) {
            free(w);
            loop_timer(at->loop, &at->again, 1);
            return;
        }
        at->left--;
    }
}

static void loop_done(struct pool_job *job)
{
    struct loop_work *w = LIST_ENTRY(job, struct loop_work, job);
    struct place *at = w->place;

    if (!pthread_equal(pthread_self(), at->thread))
        atomic_fetch_add(&strangers, 1);
    atomic_fetch_add(&dones, 1);
    free(w);
    if (++at->told == JOBS)
        loop_stop(at->loop);
}

static void place_again(struct timer *t)
{
    place_fill(LIST_ENTRY(t, struct place, again));
}

static void *place_main(void *arg)
{
    struct place *at = arg;

    at->thread = pthread_self();
    at->again.fire = place_again;
    loop_timer(at->loop, &at->again, 0);
    (void)loop_run(at->loop);
    return NULL;
}

TEST(done_is_called_on_the_loops_thread)
{
    struct pool *p = begin();
    struct place places[LOOPS] = { 0 };
    pthread_t threads[LOOPS];

    for (int i = 0; i < LOOPS; i++) {
        CHECK_EQ(loop_open(&places[i].loop), 0);
        places[i].pool = p;
        places[i].left = JOBS;
        pthread_create(&threads[i], NULL, place_main, &places[i]);
    }
    for (int i = 0; i < LOOPS; i++)
        pthread_join(threads[i], NULL);
    pool_close(p);
    for (int i = 0; i < LOOPS; i++) {
        CHECK_EQ(places[i].told, JOBS);
        loop_close(places[i].loop);
    }
    CHECK_EQ(atomic_load(&runs), LOOPS * JOBS);
    CHECK_EQ(atomic_load(&dones), LOOPS * JOBS);
    CHECK_EQ(atomic_load(&strangers), 0);
}

/* ---- many who ask ---- */

static void *asker_main(void *arg)
{
    struct pool *p = arg;

    for (int i = 0; i < JOBS;) {
        struct work *w = work_new();
        if (pool_add(p, &w->job))
            free(w);
        else
            i++;
    }
    return NULL;
}

TEST(many_may_ask_at_once)
{
    struct pool *p = begin();
    pthread_t threads[ASKERS];

    for (int i = 0; i < ASKERS; i++)
        pthread_create(&threads[i], NULL, asker_main, p);
    for (int i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    pool_close(p);
    CHECK_EQ(atomic_load(&runs), ASKERS * JOBS);
    CHECK_EQ(atomic_load(&dones), ASKERS * JOBS);
    CHECK_EQ(atomic_load(&strangers), 0);
}

TEST_MAIN()
