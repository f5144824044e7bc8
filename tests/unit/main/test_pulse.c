/* SPDX-License-Identifier: MIT */
/*
 * test_pulse - who answers is well, who hangs is told of once, and is hit by a signal when it has hung long enough.
 */
#include "main/pulse.h"

#include "loop/loop.h"

#include "../test.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { LOOPS = 2 };

struct one {
    struct loop *loop;
    pthread_t thread;
    struct task task;
    sem_t hangs, lets;
};

static pthread_t hit;
static atomic_int hits;

static void on_signal(int sig)
{
    hit = pthread_self();
    atomic_fetch_add(&hits, sig == SIGUSR1);
}

static void *one_run(void *arg)
{
    struct one *o = arg;

    loop_run(o->loop);
    return NULL;
}

static void hang(struct task *t)
{
    struct one *o = LIST_ENTRY(t, struct one, task);

    sem_post(&o->hangs);
    while (sem_wait(&o->lets))
        continue; /* a signal */
}

static void one_hang(struct one *o)
{
    list_init(&o->task.link);
    o->task.run = hang;
    loop_post(o->loop, &o->task);
    while (sem_wait(&o->hangs))
        continue;
}

static struct pulse *begin(struct one *ones, int n)
{
    struct pulse_one how[LOOPS];

    for (int i = 0; i < n; i++) {
        sem_init(&ones[i].hangs, 0, 0);
        sem_init(&ones[i].lets, 0, 0);
        CHECK_EQ(loop_open(&ones[i].loop), 0);
        CHECK_EQ(pthread_create(&ones[i].thread, NULL, one_run, &ones[i]), 0);
        how[i] = (struct pulse_one){ ones[i].loop, ones[i].thread };
    }
    return pulse_new(how, (uint32_t)n);
}

static void end(struct one *ones, int n, struct pulse *p)
{
    for (int i = 0; i < n; i++) {
        loop_stop(ones[i].loop);
        pthread_join(ones[i].thread, NULL);
        loop_finish(ones[i].loop);
        loop_close(ones[i].loop);
    }
    pulse_free(p);
}

/* Looks until all have answered. */
static void look_well(struct pulse *p)
{
    while (!pulse_look(p))
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

TEST(all_answer)
{
    struct one ones[LOOPS];
    struct pulse *p = begin(ones, LOOPS);

    for (int i = 0; i < 10; i++)
        look_well(p);
    CHECK(!pulse_signal(p, 1, SIGUSR1));
    end(ones, LOOPS, p);
}

TEST(one_hangs)
{
    struct one ones[LOOPS];
    struct pulse *p = begin(ones, 1);

    signal(SIGUSR1, on_signal);
    look_well(p);
    one_hang(&ones[0]);
    CHECK(pulse_look(p)); /* what was asked before */
    CHECK(!pulse_look(p) && !pulse_look(p));
    CHECK(!pulse_signal(p, 3, SIGUSR1));
    CHECK(!pulse_look(p));
    CHECK(pulse_signal(p, 3, SIGUSR1));
    while (!atomic_load(&hits))
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    CHECK(pthread_equal(hit, ones[0].thread));
    sem_post(&ones[0].lets);
    look_well(p);
    CHECK(!pulse_signal(p, 1, SIGUSR1));
    end(ones, 1, p);
}

TEST(one_of_two_is_enough)
{
    struct one ones[LOOPS];
    struct pulse *p = begin(ones, LOOPS);

    one_hang(&ones[1]);
    (void)pulse_look(p); /* asks it, if it has answered before */
    for (int i = 0; i < 10; i++)
        CHECK(!pulse_look(p));
    sem_post(&ones[1].lets);
    look_well(p);
    end(ones, LOOPS, p);
}

/* What was asked is left behind when its loop ends first. */
TEST(a_loop_has_ended)
{
    struct one ones[LOOPS];
    struct pulse *p = begin(ones, LOOPS);

    one_hang(&ones[0]);
    while (pulse_look(p))
        continue;
    loop_stop(ones[0].loop);
    sem_post(&ones[0].lets);
    end(ones, LOOPS, p);
}

TEST_MAIN()
