/* SPDX-License-Identifier: MIT */
/*
 * test_loop - events, timers, tasks, prepares, wake-ups; callbacks that pull the rug from under others.
 */
#include "loop/loop.h"

#include "base/err.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static char told[256];

static void tell(const char *what)
{
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s ", what);
}

static void begin(void)
{
    told[0] = '\0';
    if (loop_open(&loop))
        printf("Bail out! no loop\n");
}

static void end(const char *wanted)
{
    struct cp_str s = { told, strlen(told) };
    CHECK_STR(s, wanted);
    loop_close(loop);
}

struct pair {
    struct watch a, b;
    int fd[2];
};

static struct pair pair;

static void open_pair(void (*a)(struct watch *, uint32_t), void (*b)(struct watch *, uint32_t))
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.fd), 0);
    pair.a = (struct watch){ .fd = -1, .ready = a };
    pair.b = (struct watch){ .fd = -1, .ready = b };
}

static void close_pair(void)
{
    close(pair.fd[0]);
    close(pair.fd[1]);
}

/* ---- events ---- */

static void read_and_stop(struct watch *w, uint32_t events)
{
    char c;
    CHECK(events & LOOP_IN);
    CHECK_EQ(read(w->fd, &c, 1), 1);
    tell("read");
    loop_stop(loop);
}

TEST(loop_tells_what_is_ready)
{
    begin();
    open_pair(read_and_stop, read_and_stop);
    CHECK_EQ(loop_watch(loop, &pair.a, pair.fd[0], LOOP_IN), 0);
    CHECK_EQ(write(pair.fd[1], "x", 1), 1);
    CHECK_EQ(loop_run(loop), 0);
    loop_unwatch(loop, &pair.a);
    loop_unwatch(loop, &pair.a); /* twice is nothing */
    CHECK_EQ(pair.a.fd, -1);
    close_pair();
    end("read ");
}

TEST(loop_refuses_what_cannot_be_watched)
{
    begin();
    struct watch w = { .fd = -1 };
    int fd = open("/proc/self/status", O_RDONLY);
    CHECK_EQ(loop_watch(loop, &w, fd, LOOP_IN), E_IO);
    CHECK_EQ(w.fd, -1);
    close(fd);
    end("");
}

static void unwatch_other(struct watch *w, uint32_t events)
{
    tell("one");
    loop_unwatch(loop, w == &pair.a ? &pair.b : &pair.a);
    loop_unwatch(loop, w);
    loop_stop(loop);
}

TEST(loop_forgets_events_of_whom_it_unwatched)
{
    begin();
    open_pair(unwatch_other, unwatch_other);
    CHECK_EQ(loop_watch(loop, &pair.a, pair.fd[0], LOOP_OUT), 0);
    CHECK_EQ(loop_watch(loop, &pair.b, pair.fd[1], LOOP_OUT), 0);
    CHECK_EQ(loop_run(loop), 0);
    close_pair();
    end("one ");
}

static void rewatch_for_in(struct watch *w, uint32_t events)
{
    if (events & LOOP_OUT) {
        tell("out");
        loop_rewatch(loop, w, LOOP_IN | LOOP_RDHUP);
        close(pair.fd[1]);
        return;
    }
    tell(events & LOOP_RDHUP ? "rdhup" : "in");
    loop_stop(loop);
}

TEST(loop_rewatches_and_sees_hangups)
{
    begin();
    open_pair(rewatch_for_in, NULL);
    CHECK_EQ(loop_watch(loop, &pair.a, pair.fd[0], LOOP_OUT), 0);
    CHECK_EQ(loop_run(loop), 0);
    loop_unwatch(loop, &pair.a);
    close(pair.fd[0]);
    end("out rdhup ");
}

/* ---- timers ---- */

static void fire(struct timer *t)
{
    tell("timer");
}

static void fire_stop(struct timer *t)
{
    tell("last");
    loop_stop(loop);
}

static int again_n;

static void fire_again(struct timer *t)
{
    tell("again");
    if (++again_n < 3)
        loop_timer(loop, t, 0);
    else
        loop_stop(loop);
}

TEST(loop_fires_timers_in_order)
{
    struct timer a = { 0, 0, fire_stop }, b = { 0, 0, fire }, c = { 0, 0, fire };
    begin();
    loop_timer(loop, &a, 3);
    loop_timer(loop, &b, 1);
    loop_timer(loop, &c, 1);
    loop_timer_stop(loop, &c);
    int64_t before_ms = loop_now_ms(loop);
    CHECK_EQ(loop_run(loop), 0);
    CHECK(loop_now_ms(loop) >= before_ms + 3);
    end("timer last ");
}

TEST(loop_lets_a_timer_set_itself)
{
    struct timer t = { 0, 0, fire_again };
    begin();
    again_n = 0;
    loop_timer(loop, &t, 0);
    CHECK_EQ(loop_run(loop), 0);
    end("again again again ");
}

/* ---- tasks ---- */

static struct task second;

static void run_first(struct task *t)
{
    tell("first");
    loop_defer(loop, &second);
    loop_defer(loop, &second); /* once, however often */
}

static void run_second(struct task *t)
{
    tell("second");
    loop_stop(loop);
}

static void run_stop(struct task *t)
{
    loop_stop(loop);
}

TEST(loop_runs_deferred_tasks_once)
{
    struct task first = { .run = run_first }, never = { .run = run_first };
    begin();
    second.run = run_second;
    list_init(&first.link);
    list_init(&second.link);
    list_init(&never.link);
    loop_defer(loop, &never);
    loop_defer(loop, &first);
    loop_cancel(&never);
    CHECK_EQ(loop_run(loop), 0);
    end("first second ");
}

static void *post(void *task)
{
    loop_post(loop, task);
    return NULL;
}

TEST(loop_finishes_what_was_posted_too_late)
{
    struct task late = { .run = run_second }, deferred = { .run = run_first };
    begin();
    list_init(&late.link);
    list_init(&deferred.link);
    loop_defer(loop, &deferred);
    loop_post(loop, &late);
    loop_finish(loop);
    loop_finish(loop);
    end("second ");
}

TEST(loop_takes_posts_from_threads)
{
    struct task tasks[8];
    pthread_t threads[8];
    struct timer late = { 0, 0, fire_stop };
    begin();
    for (int i = 0; i < 8; i++) {
        tasks[i].run = i == 7 ? run_stop : run_second;
        list_init(&tasks[i].link);
    }
    for (int i = 0; i < 7; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, post, &tasks[i]), 0);
    for (int i = 0; i < 7; i++)
        pthread_join(threads[i], NULL);
    loop_timer(loop, &late, 10000);
    CHECK_EQ(loop_run(loop), 0);
    end("second second second second second second second ");
}

TEST(loop_stop_before_run_is_kept)
{
    begin();
    loop_stop(loop);
    CHECK_EQ(loop_run(loop), 0);
    end("");
}

/* ---- prepares ---- */

static int turns;

static int64_t prepare_thrice(struct prepare *p)
{
    tell("prepare");
    if (++turns == 3)
        loop_stop(loop);
    return 0;
}

static int64_t prepare_once(struct prepare *p)
{
    tell("once");
    loop_unprepare(p);
    return -1;
}

static int64_t prepare_short(struct prepare *p)
{
    return 1;
}

TEST(loop_prepares_before_each_wait)
{
    struct prepare always = { .run = prepare_thrice }, once = { .run = prepare_once };
    begin();
    turns = 0;
    loop_prepare(loop, &once);
    loop_prepare(loop, &always);
    CHECK_EQ(loop_run(loop), 0);
    loop_unprepare(&always);
    end("once prepare prepare prepare ");
}

TEST(loop_sleeps_no_longer_than_a_prepare_says)
{
    struct prepare p = { .run = prepare_short };
    struct timer t = { 0, 0, fire_stop };
    begin();
    loop_prepare(loop, &p);
    loop_timer(loop, &t, 5);
    CHECK_EQ(loop_run(loop), 0);
    loop_unprepare(&p);
    end("last ");
}

TEST_MAIN()
