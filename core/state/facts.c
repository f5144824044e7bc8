/* SPDX-License-Identifier: MIT */
/*
 * facts - everything the scheduler has learned, one by one, in a form that can be written down, read back, or told to
 * another gateway.
 *
 * The tables count in monotonic time, which means nothing after a restart or on another machine; facts in wall
 * time, which may jump.  So whoever converts gives both clocks of one moment, and what would then hold for longer than any rest may
 * is cut to that: a clock that was wrong for a while cannot close a path for a year.
 */
#include "state/facts.h"

#include "state/marks.h"
#include "state/vitals.h"

static const int64_t mark_most_ms = INT64_C(8) * 24 * 3600 * 1000;

/* Kinds of facts that are marks have the marks' numbers, and this. */
enum { MARK_TO_FACT = FACT_MODEL - MARK_MODEL };

struct teller {
    int64_t now_ms, ahead_ms; /* ahead: wall minus monotonic */
    void (*fn)(void *ctx, const struct fact *);
    void *ctx;
};

/* ---- out ---- */

static void tell_cooldown(const struct teller *t, const struct vitals *v)
{
    int64_t until = cooldown_until(&v->cooldown, t->now_ms);
    int64_t since = atomic_load_explicit(&v->cooldown.since_ms, memory_order_relaxed);
    struct fact f = { .kind = FACT_COOLDOWN, .owner = v->name };

    if (!until)
        return;
    f.until_wall_ms = until + t->ahead_ms;
    f.since_wall_ms = since + t->ahead_ms;
    cooldown_cause(&v->cooldown, &f.cause);
    t->fn(t->ctx, &f);
}

/* One that is half-open is no fact: it is asked again anyway. */
static void tell_breaker(const struct teller *t, const struct vitals *v)
{
    const struct breaker_rules any = { .open_ms = COOLDOWN_HARD_MS };
    struct fact f = { .kind = FACT_BREAKER, .owner = v->name };

    if (breaker_look(&v->breaker, &any, t->now_ms) != BREAKER_OPEN)
        return;
    f.until_wall_ms =
        atomic_load_explicit(&v->breaker.open_until_ms, memory_order_relaxed) + t->ahead_ms;
    t->fn(t->ctx, &f);
}

static void tell_demotion(const struct teller *t, const struct vitals *v)
{
    struct fact f = { .kind = FACT_DEMOTED, .owner = v->name };

    f.since_wall_ms = atomic_load_explicit(&v->demoted_ms, memory_order_relaxed);
    if (f.since_wall_ms)
        t->fn(t->ctx, &f);
}

static void tell_mark(void *ctx, const struct mark *m)
{
    const struct teller *t = ctx;
    struct fact f = { .kind = (enum fact_kind)(m->kind + MARK_TO_FACT),
                      .owner = m->owner,
                      .detail = m->detail,
                      .until_wall_ms = m->until_ms + t->ahead_ms,
                      .cause = m->cause };

    t->fn(t->ctx, &f);
}

void facts_each(const struct facts *facts, int64_t now_ms, int64_t wall_ms,
                void (*fn)(void *ctx, const struct fact *), void *ctx)
{
    struct teller t = { now_ms, wall_ms - now_ms, fn, ctx };
    const struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(facts->vitals, &at));) {
        tell_cooldown(&t, v);
        tell_breaker(&t, v);
        tell_demotion(&t, v);
    }
    marks_each(facts->marks, now_ms, tell_mark, &t);
}

/* ---- in ---- */

/* The fact's end in monotonic time, at most most_ms away; 0: it is over. */
static int64_t end_of(const struct fact *f, int64_t now_ms, int64_t wall_ms, int64_t most_ms)
{
    if (f->until_wall_ms <= wall_ms)
        return 0;
    uint64_t left = (uint64_t)f->until_wall_ms - (uint64_t)wall_ms;
    return now_ms + (left < (uint64_t)most_ms ? (int64_t)left : most_ms);
}

/* Its beginning, never in the future; 0: not told. */
static int64_t since_of(const struct fact *f, int64_t wall_ms)
{
    return f->since_wall_ms < wall_ms ? f->since_wall_ms : wall_ms;
}

static void apply_cooldown(struct vitals *v, const struct fact *f, int64_t now_ms,
                           int64_t wall_ms)
{
    int64_t until = end_of(f, now_ms, wall_ms, COOLDOWN_HARD_MS);
    int64_t since = since_of(f, wall_ms);

    if (!until)
        return;
    cooldown_restore(&v->cooldown, &f->cause, until, now_ms);
    if (since > 0 && cooldown_until(&v->cooldown, now_ms) == until)
        atomic_store_explicit(&v->cooldown.since_ms, since - wall_ms + now_ms,
                              memory_order_relaxed);
}

static void apply_breaker(struct vitals *v, const struct fact *f, int64_t now_ms,
                          int64_t wall_ms)
{
    int64_t until = end_of(f, now_ms, wall_ms, COOLDOWN_HARD_MS);

    if (until)
        breaker_restore(&v->breaker, until);
}

static void apply_demotion(struct vitals *v, const struct fact *f, int64_t wall_ms)
{
    int64_t since = since_of(f, wall_ms), none = 0;

    atomic_compare_exchange_strong(&v->demoted_ms, &none, since > 0 ? since : wall_ms);
}

/* A model rests like a key does; what a person set, or what was learned for days, is longer. */
static void apply_mark(struct marks *marks, const struct fact *f, int64_t now_ms,
                       int64_t wall_ms)
{
    int64_t most_ms = f->kind == FACT_MODEL ? COOLDOWN_HARD_MS : mark_most_ms;
    struct mark m = { .kind = (enum mark_kind)(f->kind - MARK_TO_FACT),
                      .owner = f->owner,
                      .detail = f->detail,
                      .until_ms = end_of(f, now_ms, wall_ms, most_ms),
                      .cause = f->cause };

    m.cause.is_restored = true;
    if (m.until_ms)
        marks_put(marks, &m, now_ms);
}

void facts_apply(const struct facts *facts, const struct fact *f, int64_t now_ms,
                 int64_t wall_ms)
{
    /* a promotion's owner is a family; what must be known is the channel */
    struct cp_str name = f->kind == FACT_PROMOTED ? f->detail : f->owner;
    struct vitals *v = name.n ? vitals_table_find(facts->vitals, name) : NULL;

    if (!v)
        return;
    switch (f->kind) {
    case FACT_COOLDOWN:
        apply_cooldown(v, f, now_ms, wall_ms);
        break;
    case FACT_BREAKER:
        apply_breaker(v, f, now_ms, wall_ms);
        break;
    case FACT_DEMOTED:
        apply_demotion(v, f, wall_ms);
        break;
    case FACT_MODEL:
    case FACT_REFUSED:
    case FACT_PROMOTED:
        apply_mark(facts->marks, f, now_ms, wall_ms);
        break;
    }
}
