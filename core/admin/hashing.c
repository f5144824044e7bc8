/* SPDX-License-Identifier: MIT */
/*
 * hashing - passwords on the pool: two at once, some waiting, the rest refused.
 *
 * A hash costs a tenth of a second of a processor.  Who sends thousands must not keep the pool from its other work, nor the
 * machine from serving.
 */
#include "admin/gatehouse_private.h"

#include "admin/password.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/pool.h"

#include <stdlib.h>

struct hashing {
    struct pool_job job;
    struct link link; /* in the line */
    struct gatehouse *house;
    struct pool *pool;
    char *clear, *hash;
    size_t clear_n;
    void (*told)(void *ctx, int verdict);
    void *ctx;
    int verdict; /* 0: it is the password; E_DENIED; E_AGAIN: not looked at */
};

static void hashing_free(struct hashing *h)
{
    explicit_bzero(h->clear, h->clear_n);
    free(h->clear);
    free(h->hash);
    free(h);
}

static void hashing_work(struct pool_job *job)
{
    struct hashing *h = LIST_ENTRY(job, struct hashing, job);

    h->verdict = password_is(str_n(h->clear, h->clear_n), str_of(h->hash)) ? 0 : E_DENIED;
}

static void hashing_tell(struct hashing *h)
{
    if (h->told)
        h->told(h->ctx, h->verdict);
    hashing_free(h);
}

static void hashing_refused(struct task *t)
{
    hashing_tell(LIST_ENTRY(t, struct hashing, job.task));
}

/* The next in the line takes the place of one that is done. */
static void hashing_next(struct gatehouse *g)
{
    struct hashing *next = NULL;

    pthread_mutex_lock(&g->lock);
    if (list_empty(&g->hashing_line)) {
        g->hashing_n--;
    } else {
        next = LIST_ENTRY(g->hashing_line.next, struct hashing, link);
        list_remove(&next->link);
        g->hashing_waits--;
    }
    pthread_mutex_unlock(&g->lock);
    if (!next || !pool_add(next->pool, &next->job))
        return;
    next->verdict = E_AGAIN;
    next->job.task.run = hashing_refused;
    loop_post(next->job.loop, &next->job.task);
    hashing_next(g);
}

static void hashing_done(struct pool_job *job)
{
    struct hashing *h = LIST_ENTRY(job, struct hashing, job);

    hashing_next(h->house);
    hashing_tell(h);
}

/* 1: it may begin; 0: it waits; E_AGAIN: the line is full. */
static int hashing_line_up(struct gatehouse *g, struct hashing *h)
{
    int rc = E_AGAIN;

    pthread_mutex_lock(&g->lock);
    if (g->hashing_n < HASHING_AT_ONCE) {
        g->hashing_n++;
        rc = 1;
    } else if (g->hashing_waits < HASHING_WAITING) {
        list_push(&g->hashing_line, &h->link);
        g->hashing_waits++;
        rc = 0;
    }
    pthread_mutex_unlock(&g->lock);
    return rc;
}

int hashing_start(struct gatehouse *g, struct pool *pool, struct loop *loop,
                  struct cp_str clear, struct cp_str hash, void (*told)(void *ctx, int verdict),
                  void *ctx, struct hashing **out)
{
    struct hashing *h = mem_new(1, sizeof(*h));

    *h = (struct hashing){ .job = { .run = hashing_work, .done = hashing_done, .loop = loop },
                           .house = g,
                           .pool = pool,
                           .clear = mem_dup(clear.p, clear.n),
                           .clear_n = clear.n,
                           .hash = mem_dup(hash.n ? hash.p : "", hash.n),
                           .told = told,
                           .ctx = ctx };
    list_init(&h->link);
    list_init(&h->job.task.link);
    int rc = hashing_line_up(g, h);
    if (rc == 1 && pool_add(pool, &h->job)) {
        hashing_next(g);
        rc = E_AGAIN;
    }
    if (rc == E_AGAIN) {
        hashing_free(h);
        return rc;
    }
    *out = h;
    return 0;
}

void hashing_forget(struct hashing *h)
{
    h->told = NULL;
}

void hashing_free_waiting(struct gatehouse *g)
{
    while (!list_empty(&g->hashing_line)) {
        struct hashing *h = LIST_ENTRY(g->hashing_line.next, struct hashing, link);
        list_remove(&h->link);
        hashing_free(h);
    }
}
