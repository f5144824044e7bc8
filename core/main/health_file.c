/* SPDX-License-Identifier: MIT */
/*
 * health_file - what was learned of the upstreams goes on over a restart: health.conf in the state folder.
 *
 * Cool-downs come and go all day, and each write is a write to a disk.  So what is over within seconds is not worth one, and
 * neither is that something ends at the time that was written down.  What counts is a fact that is not in the file, or one
 * of the file that ended early: the facts that will hold for a while yet are summed up, those of the file and those of the
 * tables, both at this moment, and the sums are compared.
 */
#include "main/health_file.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, FACT_BYTES = 64 << 10, WORTH_MS = 10 * 1000, AGAIN_MS = 60 * 1000 };

/* A fact as far as it matters here. */
struct print {
    int64_t until_ms; /* monotonic; 0: it has no end */
    uint64_t hash;
};

struct prints {
    struct print *at;
    size_t n, cap;
    struct buf scratch;
};

struct health_file {
    struct facts facts;
    char path[PATH_BYTES]; /* "": there is nowhere to write */
    struct prints saved;   /* what the file says */
    int64_t again_ms;      /* after a failure: not before */
    bool is_failing;
};

/* ---- what is known ---- */

static void prints_add(void *ctx, const struct fact *f)
{
    struct prints *p = ctx;

    buf_clear(&p->scratch);
    buf_printf(&p->scratch, "%d %lld %lld %u %u %u %d %zu ", (int)f->kind,
               (long long)f->until_wall_ms, (long long)f->since_wall_ms, f->cause.fault,
               f->cause.trouble, f->cause.source, (int)f->cause.status, f->owner.n);
    buf_add_str(&p->scratch, f->owner);
    buf_add_str(&p->scratch, f->detail);
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 32;
        p->at = mem_grow(p->at, p->cap * sizeof(*p->at));
    }
    p->at[p->n++] = (struct print){ f->until_wall_ms, hash_str(buf_str(&p->scratch)) };
}

/* One clock for both: then a time does not move because the clocks do. */
static void prints_take(const struct facts *facts, int64_t now_ms, struct prints *p)
{
    *p = (struct prints){ 0 };
    buf_init(&p->scratch, FACT_BYTES);
    facts_each(facts, now_ms, now_ms, prints_add, p);
    buf_fini(&p->scratch);
}

/* Of those that will hold for a while yet. */
static uint64_t prints_sum(const struct prints *p, int64_t now_ms)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < p->n; i++)
        if (!p->at[i].until_ms || p->at[i].until_ms > now_ms + WORTH_MS)
            sum += p->at[i].hash;
    return sum;
}

static bool prints_has_old(const struct prints *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].until_ms && p->at[i].until_ms <= now_ms)
            return true;
    return false;
}

/* ---- reading ---- */

static void set_aside(const struct health_file *h, const struct err *err)
{
    char aside[PATH_BYTES + 8];

    snprintf(aside, sizeof(aside), "%s.bad", h->path);
    bool is_moved = save_set_aside(h->path, aside, NULL) == 0;
    log_msg(CP_LOG_WARN, "%s: %s; what was learned of the upstreams is lost, the file is %s%s",
            err->where, err->what, is_moved ? "now " : "still ", is_moved ? aside : h->path);
}

static void health_file_load(struct health_file *h)
{
    struct err err = { 0 };
    int rc = facts_load(&h->facts, h->path, &err);

    if (rc == E_IO)
        log_msg(CP_LOG_WARN, "%s: %s; what was learned of the upstreams is lost", err.where,
                err.what);
    else if (rc)
        set_aside(h, &err);
    prints_take(&h->facts, clock_ms(), &h->saved);
    if (h->saved.n)
        log_msg(CP_LOG_INFO, "%zu things learned of the upstreams before still hold (%s)",
                h->saved.n, h->path);
}

struct health_file *health_file_open(const struct facts *facts, struct cp_str state_dir)
{
    struct health_file *h = mem_new(1, sizeof(*h));

    h->facts = *facts;
    if (!state_dir.n || state_dir.n + sizeof("/health.conf.bad") > sizeof(h->path)) {
        log_msg(CP_LOG_INFO, "what is learned of the upstreams is not kept over a restart: "
                             "there is no state_dir");
        return h;
    }
    snprintf(h->path, sizeof(h->path), "%.*s/health.conf", STR_FMT(state_dir));
    facts_sweep(h->path);
    health_file_load(h);
    return h;
}

/* ---- writing ---- */

static void health_file_save(struct health_file *h, int64_t now_ms)
{
    struct err err = { 0 };

    save_make_folders(h->path);
    if (facts_save(&h->facts, h->path, &err)) {
        if (!h->is_failing)
            log_record(CP_LOG_WARN, "save_failed", NULL, 0,
                       "%s: %s; what is learned of the upstreams would be lost in a restart",
                       err.where, err.what);
        h->is_failing = true;
        h->again_ms = now_ms + AGAIN_MS;
        return;
    }
    if (h->is_failing)
        log_record(CP_LOG_INFO, "save_well", NULL, 0, "%s can be written again", h->path);
    h->is_failing = false;
    free(h->saved.at);
    prints_take(&h->facts, now_ms, &h->saved);
}

static bool is_changed(const struct health_file *h, int64_t now_ms)
{
    struct prints known;

    prints_take(&h->facts, now_ms, &known);
    bool is = prints_sum(&known, now_ms) != prints_sum(&h->saved, now_ms);
    free(known.at);
    return is;
}

void health_file_look(struct health_file *h)
{
    int64_t now_ms = clock_ms();

    if (h->path[0] && now_ms >= h->again_ms && is_changed(h, now_ms))
        health_file_save(h, now_ms);
}

void health_file_forget(struct health_file *h)
{
    if (h)
        free(h->saved.at);
    free(h);
}

void health_file_close(struct health_file *h)
{
    int64_t now_ms = clock_ms();

    if (!h)
        return;
    /* At the end what is over goes out of the file, too. */
    if (h->path[0] && (is_changed(h, now_ms) || prints_has_old(&h->saved, now_ms)))
        health_file_save(h, now_ms);
    free(h->saved.at);
    free(h);
}
