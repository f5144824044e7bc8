/* SPDX-License-Identifier: MIT */
/*
 * loop - epoll, timers, wake-ups; one per worker.
 *
 * One turn:  prepares -> wait -> events -> timers -> deferred tasks.
 *
 * Prepares come just before the wait because their owners (the HTTP server, the transfer engine) keep queues of
 * their own that callbacks of the same turn have filled; they run them once a turn, not once a callback.
 * A callback may unwatch anything, also what stands later in the batch of events in hand: loop_unwatch()
 * strikes it out there, so nobody is called after he left.
 */
#include "loop/loop.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 128, TASK_ROUNDS = 4 };

/* loop.h repeats epoll's numbers, so that nobody else needs its header. */
#define SAME(ours, theirs) _Static_assert((uint32_t)(ours) == (uint32_t)(theirs), #ours)
SAME(LOOP_IN, EPOLLIN);
SAME(LOOP_OUT, EPOLLOUT);
SAME(LOOP_RDHUP, EPOLLRDHUP);
SAME(LOOP_HUP, EPOLLHUP);
SAME(LOOP_ERR, EPOLLERR);
SAME(LOOP_EXCLUSIVE, EPOLLEXCLUSIVE);

struct loop {
    int epoll_fd, wake_fd;
    atomic_bool is_stopped;
    int64_t now_ms;
    struct timer_heap timers;
    struct link tasks, prepares;
    struct epoll_event batch[BATCH];
    int batch_at, batch_n;
    pthread_mutex_t post_lock;
    struct link posted; /* under post_lock */
};

int loop_open(struct loop **out)
{
    struct loop *l = mem_new(1, sizeof *l);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
    if (l->epoll_fd < 0 || l->wake_fd < 0 ||
        epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) < 0) {
        int keep = errno;
        if (l->epoll_fd >= 0)
            close(l->epoll_fd);
        if (l->wake_fd >= 0)
            close(l->wake_fd);
        free(l);
        errno = keep;
        return E_IO;
    }
    timer_heap_init(&l->timers);
    list_init(&l->tasks);
    list_init(&l->prepares);
    list_init(&l->posted);
    pthread_mutex_init(&l->post_lock, NULL);
    l->now_ms = clock_ms();
    *out = l;
    return 0;
}

static void empty(struct link *head)
{
    while (!list_empty(head))
        list_remove(head->next);
}

void loop_close(struct loop *l)
{
    if (!l)
        return;
    empty(&l->tasks);
    empty(&l->prepares);
    empty(&l->posted);
    timer_heap_fini(&l->timers);
    pthread_mutex_destroy(&l->post_lock);
    close(l->wake_fd);
    close(l->epoll_fd);
    free(l);
}

/* ---- descriptors ---- */

static int control(struct loop *l, int op, struct watch *w)
{
    struct epoll_event ev = { .events = w->events, .data.ptr = w };
    return epoll_ctl(l->epoll_fd, op, w->fd, &ev) < 0 ? E_IO : 0;
}

int loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events)
{
    w->fd = fd;
    w->events = events;
    int rc = control(l, EPOLL_CTL_ADD, w);
    if (rc)
        w->fd = -1;
    return rc;
}

int loop_rewatch(struct loop *l, struct watch *w, uint32_t events)
{
    if (w->events == events)
        return 0;
    w->events = events;
    return control(l, EPOLL_CTL_MOD, w);
}

void loop_unwatch(struct loop *l, struct watch *w)
{
    if (w->fd < 0)
        return;
    /* Fails only if the descriptor was closed already, and then epoll has forgotten it by itself. */
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    w->fd = -1;
    for (int i = l->batch_at; i < l->batch_n; i++)
        if (l->batch[i].data.ptr == w)
            l->batch[i].events = 0;
}

static void drain_wake(struct loop *l)
{
    uint64_t n;
    while (read(l->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&l->post_lock);
    while (!list_empty(&l->posted)) {
        struct link *at = l->posted.next;
        list_remove(at);
        list_push(&l->tasks, at);
    }
    pthread_mutex_unlock(&l->post_lock);
}

static void run_events(struct loop *l, int n)
{
    l->batch_n = n;
    for (l->batch_at = 0; l->batch_at < l->batch_n;) {
        struct epoll_event ev = l->batch[l->batch_at++];
        struct watch *w = ev.data.ptr;
        if (!w)
            drain_wake(l);
        else if (ev.events)
            w->ready(w, ev.events);
    }
    l->batch_n = 0;
}

/* ---- time ---- */

void loop_timer(struct loop *l, struct timer *t, int64_t delay_ms)
{
    timer_set(&l->timers, t, clock_ms() + (delay_ms > 0 ? delay_ms : 0));
}

void loop_timer_stop(struct loop *l, struct timer *t)
{
    timer_stop(&l->timers, t);
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}

static void run_timers(struct loop *l)
{
    /* Not more than were set before: one that sets itself again with no delay must not keep the turn. */
    for (size_t left = l->timers.n; left > 0; left--) {
        struct timer *t = timer_pop(&l->timers, l->now_ms);
        if (!t)
            return;
        t->fire(t);
    }
}

/* ---- tasks ---- */

void loop_defer(struct loop *l, struct task *t)
{
    if (list_empty(&t->link))
        list_push(&l->tasks, &t->link);
}

void loop_cancel(struct task *t)
{
    list_remove(&t->link);
}

static void take_all(struct link *from, struct link *to)
{
    list_init(to);
    if (list_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    list_init(from);
}

static void run_tasks(struct loop *l)
{
    struct link todo;
    take_all(&l->tasks, &todo);
    while (!list_empty(&todo)) {
        struct task *t = LIST_ENTRY(todo.next, struct task, link);
        list_remove(&t->link);
        t->run(t);
    }
}

void loop_prepare(struct loop *l, struct prepare *p)
{
    list_push(&l->prepares, &p->link);
}

void loop_unprepare(struct prepare *p)
{
    list_remove(&p->link);
}

/* The longest the loop may sleep, ms; -1: for ever. */
static int64_t run_prepares(struct loop *l)
{
    int64_t sleep_ms = -1;
    struct link todo;
    take_all(&l->prepares, &todo);
    while (!list_empty(&todo)) {
        struct prepare *p = LIST_ENTRY(todo.next, struct prepare, link);
        list_remove(&p->link);
        list_push(&l->prepares, &p->link);
        int64_t ms = p->run(p);
        if (ms >= 0 && (sleep_ms < 0 || ms < sleep_ms))
            sleep_ms = ms;
    }
    return sleep_ms;
}

void loop_post(struct loop *l, struct task *t)
{
    pthread_mutex_lock(&l->post_lock);
    bool was_empty = list_empty(&l->posted);
    list_push(&l->posted, &t->link);
    pthread_mutex_unlock(&l->post_lock);
    uint64_t one = 1;
    /* Full means that a wake-up is waiting already. */
    if (was_empty)
        (void)!write(l->wake_fd, &one, sizeof one);
}

void loop_stop(struct loop *l)
{
    int keep = errno; /* also called from signal handlers */
    uint64_t one = 1;
    atomic_store(&l->is_stopped, true);
    (void)!write(l->wake_fd, &one,
                 sizeof one); /* full means that a wake-up is waiting already */
    errno = keep;
}

static int wait_ms(struct loop *l)
{
    int64_t ms = run_prepares(l);
    int64_t due_ms = timer_next(&l->timers);
    if (!list_empty(&l->tasks))
        return 0;
    if (due_ms >= 0) {
        int64_t left_ms = due_ms - clock_ms();
        if (left_ms < 0)
            left_ms = 0;
        if (ms < 0 || left_ms < ms)
            ms = left_ms;
    }
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

int loop_run(struct loop *l)
{
    while (!atomic_load(&l->is_stopped)) {
        int n = epoll_wait(l->epoll_fd, l->batch, BATCH, wait_ms(l));
        if (n < 0 && errno != EINTR)
            return E_IO;
        l->now_ms = clock_ms();
        run_events(l, n < 0 ? 0 : n);
        run_timers(l);
        /* Tasks put off by tasks: a few rounds at once spare a wait that would not sleep. */
        for (int i = 0; i < TASK_ROUNDS && !list_empty(&l->tasks); i++)
            run_tasks(l);
    }
    atomic_store(&l->is_stopped, false);
    return 0;
}

void loop_finish(struct loop *l)
{
    struct link todo;

    pthread_mutex_lock(&l->post_lock);
    take_all(&l->posted, &todo);
    pthread_mutex_unlock(&l->post_lock);
    while (!list_empty(&todo)) {
        struct task *t = LIST_ENTRY(todo.next, struct task, link);
        list_remove(&t->link);
        t->run(t);
    }
}
