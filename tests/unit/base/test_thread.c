/* SPDX-License-Identifier: MIT */
/*
 * test_thread - who waits for a thread comes back with it, or without it.
 */
#include "base/thread.h"

#include "../test.h"

#include <semaphore.h>

static void *thread_wait(void *arg)
{
    sem_wait(arg);
    return NULL;
}

TEST(one_that_goes_on_is_left_as_it_is)
{
    pthread_t thread;
    sem_t may_end;

    sem_init(&may_end, 0, 0);
    CHECK_EQ(pthread_create(&thread, NULL, thread_wait, &may_end), 0);
    CHECK(!thread_join(thread, 0));
    CHECK(!thread_join(thread, 30));
    sem_post(&may_end);
    CHECK(thread_join(thread, 60000));
    sem_destroy(&may_end);
}

TEST(one_that_has_ended_long_ago)
{
    pthread_t thread;
    sem_t may_end;

    sem_init(&may_end, 0, 1);
    CHECK_EQ(pthread_create(&thread, NULL, thread_wait, &may_end), 0);
    while (!thread_join(thread, 0))
        ;
    sem_destroy(&may_end);
}

TEST_MAIN()
