/* SPDX-License-Identifier: MIT */
/*
 * stage - what histories are played on: a clock, a world, the tables of health, and the roster made of them.
 */
#include "stage.h"

#include "dice.h"

#include "base/arena.h"
#include "base/str.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <string.h>

enum { FACTS_MOST = 1024, MINUTE = 60 * 1000 };

static const int64_t wall_ms = INT64_C(1700000000000);

const struct roster_health *stage_health(const struct stage *s)
{
    return &s->tables[s->at];
}

static void tables_open(struct stage *s)
{
    for (int i = 0; i < 2; i++) {
        s->tables[i] = (struct roster_health){
            vitals_table_new(), marks_new(), affinity_new(1000, 30 * MINUTE), NULL, NULL, NULL
        };
        roster_build(&s->first_roster[i], &s->first.conf, s->first.ops, world_families(),
                     FAMILIES, &s->tables[i], s->of_tables);
    }
}

static void tables_close(struct stage *s)
{
    for (int i = 0; i < 2; i++) {
        vitals_table_free(s->tables[i].vitals);
        marks_free(s->tables[i].marks);
        affinity_free(s->tables[i].affinity);
    }
}

void stage_open(struct stage *s, bool is_small, uint64_t seed)
{
    struct dice d = dice_new(seed, 2);

    memset(s, 0, sizeof(*s));
    s->of_world = arena_new(1 << 14, 0);
    s->of_tables = arena_new(1 << 14, 0);
    s->of_history = arena_new(1 << 16, 0);
    world_make(&s->first, is_small, &d, s->of_world);
    tables_open(s);
}

void stage_close(struct stage *s)
{
    tables_close(s);
    arena_free(s->of_history);
    arena_free(s->of_tables);
    arena_free(s->of_world);
}

/* ---- as new ---- */

static void vitals_renew(struct vitals *v)
{
    struct cp_str name = v->name;

    breaker_fini(&v->breaker);
    memset(v, 0, sizeof(*v));
    v->name = name;
    breaker_init(&v->breaker);
}

/* The place a mark is put at tells which of two promotions goes first: so the table is made anew, not emptied. */
static void marks_renew(struct stage *s, uint32_t at)
{
    if (!s->is_marked[at])
        return;
    marks_free(s->tables[at].marks);
    s->tables[at].marks = s->first_roster[at].marks = marks_new();
    s->is_marked[at] = false;
}

static void tables_renew(struct stage *s, uint32_t at)
{
    struct vitals *v;

    for (size_t i = 0; (v = vitals_table_each(s->tables[at].vitals, &i));)
        vitals_renew(v);
    marks_renew(s, at);
    affinity_forget(s->tables[at].affinity, STR_NONE, STR_NONE);
}

void stage_begin(struct stage *s)
{
    if (s->is_grown) {
        tables_close(s);
        arena_reset(s->of_tables);
        tables_open(s);
        s->is_grown = false;
    }
    arena_reset(s->of_history);
    s->now_ms = 1000 * 1000;
    s->wall_ms = wall_ms;
    s->at = 0;
    tables_renew(s, 0);
    s->world = &s->first;
    s->roster = &s->first_roster[0];
}

void stage_pass(struct stage *s, int64_t ms)
{
    s->now_ms += ms;
    s->wall_ms += ms;
}

/* ---- reload, restart ---- */

static void roster_renew(struct stage *s)
{
    struct roster *r = arena_need(s->of_history, sizeof(*r));

    roster_build(r, &s->world->conf, s->world->ops, world_families(), FAMILIES, stage_health(s),
                 s->of_history);
    s->roster = r;
}

void stage_reload(struct stage *s, struct dice *d)
{
    struct world *w = arena_need(s->of_history, sizeof(*w));

    world_edit(w, s->world, d, s->of_history);
    s->is_grown |= w->is_grown;
    s->world = w;
    roster_renew(s);
}

static struct cp_str kept(const struct stage *s, struct cp_str text)
{
    return text.p ? arena_copy(s->of_history, text) : text;
}

struct teller {
    const struct stage *stage;
    struct told *told;
};

static void tell_one(void *ctx, const struct fact *f)
{
    const struct teller *t = ctx;

    if (t->told->n == FACTS_MOST)
        return;
    struct fact *kept_fact = &t->told->at[t->told->n++];
    *kept_fact = *f;
    kept_fact->owner = kept(t->stage, f->owner);
    kept_fact->detail = kept(t->stage, f->detail);
}

void stage_tell(const struct stage *s, struct told *t)
{
    const struct roster_health *h = stage_health(s);
    struct facts facts = { h->vitals, h->marks };
    struct teller teller = { s, t };

    t->at = arena_need(s->of_history, FACTS_MOST * sizeof(*t->at));
    t->n = 0;
    facts_each(&facts, s->now_ms, s->wall_ms, tell_one, &teller);
}

void stage_restart(struct stage *s, int64_t jump_ms, int32_t skip)
{
    struct told told;
    struct facts facts;

    stage_tell(s, &told);
    s->at = !s->at;
    tables_renew(s, s->at);
    roster_renew(s);
    s->wall_ms += jump_ms;
    facts = (struct facts){ stage_health(s)->vitals, stage_health(s)->marks };
    for (uint32_t i = 0; i < told.n; i++)
        if (skip < 0 || i != (uint32_t)skip % told.n)
            facts_apply(&facts, &told.at[i], s->now_ms, s->wall_ms);
    s->is_marked[s->at] = true;
}

/* ---- digest ---- */

static uint64_t stir(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

/* Not: gates, which are given back in any case; the probe that a cancel gives back; numbers that only tell. */
static uint64_t digest_one(uint64_t h, const struct vitals *v)
{
    const struct cooldown *c = &v->cooldown;
    const struct breaker *b = &v->breaker;

    h = stir(h, (uint64_t)c->until_ms);
    h = stir(h, (uint64_t)c->probe_ms ^ c->charges ^ (uint64_t)c->is_probed << 32);
    h = stir(h, b->face ^ b->failed);
    h = stir(h, (uint64_t)b->open_until_ms ^ b->seen);
    return stir(h, (uint64_t)v->demoted_ms ^ v->served ^ v->failed << 32);
}

static void digest_mark(void *ctx, const struct mark *m)
{
    uint64_t *h = ctx;

    *h = stir(*h, (uint64_t)m->until_ms + m->detail.n + (uint64_t)m->detail.p[0]);
}

uint64_t stage_digest(const struct stage *s)
{
    const struct roster_health *t = stage_health(s);
    struct vitals *v;
    uint64_t h = 0;

    for (size_t i = 0; (v = vitals_table_each(t->vitals, &i));)
        h = digest_one(h, v);
    if (s->is_marked[s->at])
        marks_each(t->marks, s->now_ms, digest_mark, &h);
    return stir(h, affinity_count(t->affinity));
}
