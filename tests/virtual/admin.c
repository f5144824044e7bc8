/* SPDX-License-Identifier: MIT */
/*
 * admin - what people and machines do to a gateway beside asking it: reload, reset, promote, restart.
 */
#include "admin.h"

#include "job.h"
#include "watch.h"

#include "balance/strategy.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <string.h>

static const char ids[LETTERS + 1] = "abcdefghi";

enum { HOUR = 3600 * 1000 };
static const int64_t day_ms = 24 * HOUR;

static void homes_unsure(struct play *p)
{
    for (uint32_t i = 0; i < HOMES; i++)
        p->memory.homes[i].is_sure = false;
}

void admin_reload(struct play *p, struct dice *d)
{
    stage_reload(p->stage, d);
    homes_unsure(p);
    p->counts->reloads++;
}

/* ---- reset ---- */

void admin_reset(struct play *p, struct dice *d)
{
    const struct roster_health *h = stage_health(p->stage);
    int32_t letter = dice_is(d, 3) ? -1 : (int32_t)dice_of(d, LETTERS);
    struct cp_str prefix = letter < 0 ? STR_NONE : str_n(&ids[letter], 1);
    const struct breaker_rules any = { .open_ms = day_ms };
    struct vitals *v;

    play_tell(p, "  of %d", letter);
    vitals_table_reset(h->vitals, prefix);
    watch_forgive(p, letter);
    for (size_t at = 0; (v = vitals_table_each(h->vitals, &at));)
        if ((letter < 0 || v->name.p[0] == ids[letter]) &&
            (cooldown_until(&v->cooldown, p->stage->now_ms) ||
             breaker_look(&v->breaker, &any, p->stage->now_ms) != BREAKER_CLOSED ||
             atomic_load(&v->demoted_ms)))
            play_break(p, STUCK, "%.*s is not well after a reset", STR_FMT(v->name));
}

/* ---- promotion ---- */

static void promotion_forget(struct memory *m, uint32_t letter, int32_t family)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->promotions_n; i++)
        if (m->promotions[i].letter != letter || m->promotions[i].family != family)
            m->promotions[n++] = m->promotions[i];
    m->promotions_n = n;
}

void admin_promote(struct play *p, struct dice *d)
{
    struct memory *m = &p->memory;
    uint32_t letter = dice_of(d, LETTERS);
    int32_t family = dice_is(d, 2) ? -1 : (int32_t)dice_of(d, FAMILIES);
    int64_t now_ms = p->stage->now_ms, until_ms = now_ms + dice_between(d, -1, 2 * HOUR);
    struct mark mark = { .kind = MARK_PROMOTED,
                         .owner = family < 0 ? STR("") : world_families()[family],
                         .detail = str_n(&ids[letter], 1),
                         .until_ms = until_ms };

    promotion_forget(m, letter, family);
    if (m->promotions_n == PROMOTIONS)
        return;
    play_tell(p, "  %c in family %d for %lld ms", ids[letter], family,
              (long long)(until_ms - now_ms));
    if (until_ms > now_ms)
        m->promotions[m->promotions_n++] =
            (struct promotion_memory){ letter, family, until_ms };
    if (p->mutation == PROMOTION)
        mark.until_ms += day_ms;
    p->stage->is_marked[p->stage->at] = true;
    marks_put(stage_health(p->stage)->marks, &mark, now_ms);
}

void admin_forget(struct play *p, struct dice *d)
{
    struct cp_str channel = dice_is(d, 2) ? STR_NONE : str_n(&ids[dice_of(d, LETTERS)], 1);

    affinity_forget(stage_health(p->stage)->affinity, channel, STR_NONE);
    homes_unsure(p);
}

/* ---- restart ---- */

/* All who were under way are gone with the process. */
static void drop_all(struct play *p)
{
    memset(p->flights, 0, sizeof(p->flights));
    memset(p->jobs, 0, sizeof(p->jobs));
    memset(p->memory.homes, 0, sizeof(p->memory.homes));
}

/* Marks of promotion are kept with the channels that are known. */
static void promotions_keep(struct play *p)
{
    struct memory *m = &p->memory;
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->promotions_n; i++)
        if (vitals_table_find(stage_health(p->stage)->vitals,
                              str_n(&ids[m->promotions[i].letter], 1)))
            m->promotions[n++] = m->promotions[i];
    m->promotions_n = n;
}

static bool is_same(const struct fact *a, const struct fact *b)
{
    return a->kind == b->kind && str_eq(a->owner, b->owner) && str_eq(a->detail, b->detail) &&
           a->until_wall_ms == b->until_wall_ms;
}

static bool is_told(const struct told *all, const struct fact *f)
{
    for (uint32_t i = 0; i < all->n; i++)
        if (is_same(&all->at[i], f))
            return true;
    return false;
}

/* Whether whom it is about is still there. */
static bool is_of_somebody(const struct play *p, const struct fact *f)
{
    struct cp_str name = f->kind == FACT_PROMOTED ? f->detail : f->owner;

    return vitals_table_find(stage_health(p->stage)->vitals, name);
}

static void watch_kept(struct play *p, const struct told *before, const struct told *after)
{
    for (uint32_t i = 0; i < before->n; i++)
        if (is_of_somebody(p, &before->at[i]) && !is_told(after, &before->at[i]))
            play_break(p, RESTART, "fact %u of %.*s is lost or changed",
                       (unsigned)before->at[i].kind, STR_FMT(before->at[i].owner));
    for (uint32_t i = 0; i < after->n; i++)
        if (!is_told(before, &after->at[i]))
            play_break(p, RESTART, "fact %u of %.*s is new", (unsigned)after->at[i].kind,
                       STR_FMT(after->at[i].owner));
}

static void watch_ends(struct play *p, const struct told *after)
{
    for (uint32_t i = 0; i < after->n; i++)
        if (after->at[i].kind <= FACT_BREAKER &&
            after->at[i].until_wall_ms > p->stage->wall_ms + day_ms)
            play_break(p, CAPS, "%.*s rests more than a day after a restart",
                       STR_FMT(after->at[i].owner));
}

/* What would be chosen for a request without a past; false: it depends on what no restart keeps.  So does, of those that
 * rest until the same moment, the one that is asked. */
static bool would_choose(const struct play *p, uint32_t family, uint32_t model,
                         struct pick *pick, int *result)
{
    const struct roster *r = p->stage->roster;
    const struct roster_family *f = roster_family(r, world_families()[family]);
    struct pick_ask ask = { .family = world_families()[family],
                            .model = world_model(model),
                            .op = CP_CHAT,
                            .is_dry = true,
                            .now_ms = p->stage->now_ms,
                            .wall_ms = p->stage->wall_ms };
    int64_t wait_ms;

    for (uint32_t i = 0; i < r->channels_n; i++) {
        const struct roster_channel *c = &r->channels[i];
        if (c->rules.concurrency || c->rules.rpm || c->rules.tpm)
            return false;
        for (uint32_t k = 0; k < c->keys_n; k++)
            if (c->key_rules[k].concurrency || c->key_rules[k].rpm || c->key_rules[k].tpm)
                return false;
    }
    *result = (int)pick_choose(r, &ask, pick, &wait_ms);
    return !r->conf->routes_n && f->strategy == strategy_find(STR("failover"));
}

/* Half-open breakers and probes that are due are no facts: who meets one may be led elsewhere. */
static bool has_probe(const struct play *p)
{
    const struct breaker_rules any = { .open_ms = day_ms };
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(stage_health(p->stage)->vitals, &at));)
        if (breaker_look(&v->breaker, &any, p->stage->now_ms) == BREAKER_HALF_OPEN ||
            cooldown_is_due(&v->cooldown, p->stage->now_ms))
            return true;
    return false;
}

static void watch_same(struct play *p, struct pick before[FAMILIES], int results[FAMILIES],
                       const bool is_known[FAMILIES])
{
    struct pick after;
    int result;

    for (uint32_t f = 0; f < FAMILIES; f++)
        if (is_known[f] && would_choose(p, f, 0, &after, &result) &&
            (result != results[f] ||
             (result == PICK_FOUND && !after.is_degraded &&
              (after.channel != before[f].channel || after.key != before[f].key ||
               after.url != before[f].url))))
            play_break(p, RESTART,
                       "after a restart family %u would be led to %u/%u/%u, not %u/%u/%u", f,
                       after.channel, after.key, after.url, before[f].channel, before[f].key,
                       before[f].url);
}

void admin_restart(struct play *p, struct dice *d)
{
    int64_t jump_ms = dice_is(d, 3) ? dice_between(d, -3 * day_ms, 3 * day_ms) : 0;
    int32_t skip = p->mutation == RESTART ? (int32_t)dice_of(d, 64) : -1;
    struct pick picks[FAMILIES];
    int results[FAMILIES];
    bool is_known[FAMILIES];
    struct told before, after;

    for (uint32_t f = 0; f < FAMILIES; f++)
        is_known[f] = would_choose(p, f, 0, &picks[f], &results[f]) && !has_probe(p);
    drop_all(p);
    stage_tell(p->stage, &before);
    stage_restart(p->stage, jump_ms, skip);
    stage_tell(p->stage, &after);
    promotions_keep(p);
    play_tell(p, "  %u facts, the clock is set by %lld ms", before.n, (long long)jump_ms);
    watch_ends(p, &after);
    if (!jump_ms) {
        watch_kept(p, &before, &after);
        watch_same(p, picks, results, is_known);
    } else {
        p->memory.promotions_n = 0;
        marks_drop(stage_health(p->stage)->marks, MARK_PROMOTED, STR_NONE, STR_NONE);
    }
    watch_anew(p);
    p->counts->restarts++;
}
