/* SPDX-License-Identifier: MIT */
/*
 * line - requests that wait for a path: for a cap to have room, or for an upstream that said "later".
 *
 * A slot may be given back between the look that found none and the moment the request stands in line: then nobody would
 * wake it.  So who joins looks once more (schedule.c), and who gives back looks for who waits only after that: each
 * of the two writes before it reads, with a fence between, and one of them sees the other.
 *
 * One slot lets one request go: whoever is woken asks for a path in turn, until one has found his.  Those
 * before him wait for other channels, and keep their places.
 */
#include "flow/line.h"

#include "balance/trace.h"
#include "base/clock.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/flow.h"
#include "flow/pipeline.h"
#include "flow/setup.h"
#include "loop/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LINE_SEATS = 256 };

struct line_seat {
    struct flow *flow;        /* NULL: nobody's */
    struct task task;         /* runs on its worker */
    _Atomic uint32_t n;       /* who wait for a cap there */
    _Atomic int64_t first_ms; /* since when the first of them does; INT64_MAX: nobody does */
    _Atomic uint32_t wakes;   /* slots given back since they were last asked */
    _Atomic bool is_posted;   /* task is on its way */
};

struct line_hall {
    pthread_mutex_t lock;     /* of flow, and of posting to it */
    _Atomic uint32_t waiting; /* of all seats */
    uint32_t seats_n;         /* those behind were never taken */
    struct line_seat seats[LINE_SEATS];
};

struct line_hall *line_hall_new(void)
{
    struct line_hall *h = mem_new(1, sizeof(*h));

    pthread_mutex_init(&h->lock, NULL);
    return h;
}

void line_hall_free(struct line_hall *h)
{
    if (!h)
        return;
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* Not atomic_thread_fence(): ThreadSanitizer does not know it, and gcc refuses to build both. */
static void line_fence(void)
{
    __sync_synchronize();
}

static struct line_seat *line_seat(const struct flow *f)
{
    return &f->line.hall->seats[f->line.seat];
}

/* ---- waking ---- */

static void line_call(struct flow *f)
{
    uint32_t wakes = atomic_exchange(&line_seat(f)->wakes, 0);
    struct link *next;

    for (struct link *l = f->line.waiting.next; wakes && l != &f->line.waiting; l = next) {
        struct exchange *x = LIST_ENTRY(l, struct exchange, line);
        next = l->next;
        pipeline_run(x);
        wakes -= !line_has(x) && x->attempt.pick.is_open;
    }
}

static void line_run(struct task *t)
{
    struct line_seat *s = LIST_ENTRY(t, struct line_seat, task);

    atomic_store(&s->is_posted, false);
    if (s->flow)
        line_call(s->flow);
}

/* With the lock. */
static void line_call_seat(struct line_seat *s)
{
    if (!s->flow || !atomic_load(&s->n))
        return;
    atomic_fetch_add(&s->wakes, 1);
    if (!atomic_exchange(&s->is_posted, true))
        loop_post(s->flow->loop, &s->task);
}

/* With the lock: whose first has waited longest. */
static uint32_t line_longest(const struct line_hall *h)
{
    int64_t first_ms = INT64_MAX;
    uint32_t longest = 0;

    for (uint32_t i = 0; i < h->seats_n; i++) {
        int64_t ms = atomic_load_explicit(&h->seats[i].first_ms, memory_order_relaxed);
        if (h->seats[i].flow && ms < first_ms) {
            first_ms = ms;
            longest = i;
        }
    }
    return longest;
}

void line_hall_wake(struct line_hall *h)
{
    line_fence();
    if (!h || !atomic_load_explicit(&h->waiting, memory_order_relaxed))
        return;
    pthread_mutex_lock(&h->lock);
    uint32_t longest = line_longest(h);
    for (uint32_t i = 0; i < h->seats_n; i++)
        line_call_seat(&h->seats[(longest + i) % h->seats_n]);
    pthread_mutex_unlock(&h->lock);
}

void line_wake(struct flow *f)
{
    line_hall_wake(f->line.hall);
}

void line_renew(struct flow *f)
{
    if (!f->line.hall || list_empty(&f->line.waiting))
        return;
    atomic_fetch_add(&line_seat(f)->wakes, f->line.n);
    line_call(f);
}

void line_catch_up(struct flow *f)
{
    if (f->line.hall && !list_empty(&f->line.waiting) && atomic_load(&line_seat(f)->wakes))
        line_call(f);
}

/* ---- waiting ---- */

bool line_has(const struct exchange *x)
{
    return !list_empty(&x->line);
}

static void line_late(struct timer *t)
{
    struct exchange *x = LIST_ENTRY(t, struct exchange, timer);

    if (!x->is_lined)
        line_leave(x); /* its pause is over */
    pipeline_run(x);
}

static void line_clock(struct exchange *x, int64_t wait_ms)
{
    x->timer.fire = line_late;
    loop_timer(x->flow->loop, &x->timer, wait_ms > 0 ? wait_ms : 1);
}

static bool line_is_full(const struct exchange *x)
{
    const struct line *l = &x->flow->line;
    return !l->hall || l->n >= x->setup->conf->scheduler.queue_max;
}

/* Tells the others since when somebody waits here. */
static void line_tell(struct line *l)
{
    int64_t first_ms = INT64_MAX;

    if (!list_empty(&l->waiting))
        first_ms = LIST_ENTRY(l->waiting.next, struct exchange, line)->line_ms;
    atomic_store_explicit(&l->hall->seats[l->seat].first_ms, first_ms, memory_order_relaxed);
}

/* Behind all who have waited as long. */
static void line_insert(struct exchange *x)
{
    struct line *l = &x->flow->line;
    struct link *before = l->waiting.prev;

    while (before != &l->waiting &&
           LIST_ENTRY(before, struct exchange, line)->line_ms > x->line_ms)
        before = before->prev;
    list_push(before->next, &x->line);
    l->n++;
    x->is_lined = true;
    line_tell(l);
    atomic_fetch_add(&line_seat(x->flow)->n, 1);
    atomic_fetch_add(&l->hall->waiting, 1);
    line_fence();
}

bool line_join(struct exchange *x, int64_t wait_ms)
{
    int64_t now_ms = loop_now_ms(x->flow->loop);
    int64_t first_ms = x->line_ms ? x->line_ms : now_ms;
    int64_t left_ms = first_ms + x->setup->conf->scheduler.queue_ms - now_ms;

    if (left_ms <= 0 || wait_ms > left_ms || (!line_has(x) && line_is_full(x)))
        return false;
    x->line_ms = first_ms;
    if (!line_has(x))
        line_insert(x);
    line_clock(x, wait_ms < 0 ? left_ms : wait_ms);
    return true;
}

bool line_pause(struct exchange *x, int64_t wait_ms)
{
    struct trace_step s = { .kind = TRACE_WAIT,
                            .channel = TRACE_ANY,
                            .key = TRACE_ANY,
                            .url = TRACE_ANY,
                            .at_us = clock_us(),
                            .value = wait_ms };

    if (line_has(x) || line_is_full(x))
        return false;
    list_push(&x->flow->line.paused, &x->line);
    x->flow->line.n++;
    trace_add(x->trace, &s);
    line_clock(x, wait_ms);
    return true;
}

void line_leave(struct exchange *x)
{
    struct line *l = &x->flow->line;

    if (!line_has(x))
        return;
    list_remove(&x->line);
    l->n--;
    loop_timer_stop(x->flow->loop, &x->timer);
    if (x->is_lined) {
        line_tell(l);
        atomic_fetch_sub(&line_seat(x->flow)->n, 1);
        atomic_fetch_sub(&l->hall->waiting, 1);
    }
    x->is_lined = false;
}

/* ---- a worker's coming and going ---- */

void line_open(struct flow *f, struct line_hall *h)
{
    struct line *l = &f->line;

    list_init(&l->waiting);
    list_init(&l->paused);
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    while (l->seat < LINE_SEATS && h->seats[l->seat].flow)
        l->seat++;
    if (l->seat < LINE_SEATS) {
        struct line_seat *s = &h->seats[l->seat];
        list_init(&s->task.link);
        s->task.run = line_run;
        atomic_store(&s->first_ms, INT64_MAX);
        s->flow = f;
        l->hall = h;
        if (h->seats_n <= l->seat)
            h->seats_n = l->seat + 1;
    }
    pthread_mutex_unlock(&h->lock);
}

static void line_dismiss(struct link *head)
{
    while (!list_empty(head)) {
        struct exchange *x = LIST_ENTRY(head->next, struct exchange, line);
        line_leave(x);
        x->step = UINT32_MAX;
        x->end = (struct end_code){ 'K', 'Q' };
        x->retry_after_ms = 1000;
        answer_error(x, CP_OVERLOADED, 503, "the gateway is shutting down");
    }
}

void line_close(struct flow *f)
{
    struct line *l = &f->line;

    if (!l->hall)
        return;
    line_dismiss(&l->waiting);
    line_dismiss(&l->paused);
    pthread_mutex_lock(&l->hall->lock);
    line_seat(f)->flow = NULL;
    pthread_mutex_unlock(&l->hall->lock);
    l->hall = NULL;
}
