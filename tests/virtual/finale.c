/* SPDX-License-Identifier: MIT */
/*
 * finale - how each history ends: everybody is left alone, and everything gets well.
 */
#include "finale.h"

#include "job.h"
#include "watch.h"

#include "base/str.h"
#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

void finale_empty(struct play *p)
{
    struct vitals *v;

    for (uint32_t i = 0; i < JOBS; i++)
        if (p->jobs[i].is_used)
            job_end(p, &p->jobs[i]);
    for (size_t at = 0; (v = vitals_table_each(stage_health(p->stage)->vitals, &at));)
        if (gate_inside(&v->gate))
            play_break(p, SLOTS, "%lld are left inside %.*s", (long long)gate_inside(&v->gate),
                       STR_FMT(v->name));
}

/* ---- everything gets well ---- */

static void watch_rested(struct play *p)
{
    const struct roster *r = p->stage->roster;
    int64_t now_ms = p->stage->now_ms;
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(stage_health(p->stage)->vitals, &at));)
        if (cooldown_until(&v->cooldown, now_ms))
            play_break(p, STUCK, "%.*s rests after a day", STR_FMT(v->name));
    for (uint32_t i = 0; i < r->channels_n; i++) {
        const struct roster_channel *c = &r->channels[i];
        for (uint32_t n = 0; n < c->keys_n * c->urls_n; n++)
            if (breaker_look(&c->paths[n]->breaker, &c->breaker, now_ms) == BREAKER_OPEN)
                play_break(p, STUCK, "%.*s is open after a day", STR_FMT(c->paths[n]->name));
    }
}

static bool is_channel(void *ctx, uint32_t channel)
{
    return *(uint32_t *)ctx == channel;
}

/* A family and a model by which the channel may be asked; false: by none. */
static bool find_way(const struct play *p, uint32_t channel, struct pick_ask *ask)
{
    for (uint32_t f = 0; f < FAMILIES; f++)
        for (uint32_t m = 0; m < MODELS; m++)
            if (world_can(p->stage->world, channel, CP_CHAT, f, m)) {
                ask->family = world_families()[f];
                ask->model = world_model(m);
                return true;
            }
    return false;
}

/* All others of the channel count as tried. */
static uint32_t exclude(const struct roster_channel *c, const struct census_path *only,
                        struct tried *out)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < c->keys_n; k++)
        if (k != only->key)
            out[n++] = (struct tried){ only->channel, (int32_t)k, TRIED_ANY };
    for (uint32_t u = 0; u < c->urls_n; u++)
        if (u != only->url)
            out[n++] = (struct tried){ only->channel, TRIED_ANY, (int32_t)u };
    return n;
}

static void watch_well(struct play *p, const struct census_path *path)
{
    struct roster_path at = roster_path(p->stage->roster, path->channel, path->key, path->url);
    const struct breaker_rules *r = &at.channel->breaker;
    int64_t now_ms = p->stage->now_ms;

    if (breaker_look(&at.path->breaker, r, now_ms) != BREAKER_CLOSED ||
        breaker_look(&at.channel->vitals->breaker, r, now_ms) != BREAKER_CLOSED)
        play_break(p, STUCK, "%.*s has served, and its breaker is not closed",
                   STR_FMT(at.path->name));
    if (at.url->cooldown.charges || (at.key && at.key->cooldown.charges))
        play_break(p, STUCK, "%.*s has served, and is still charged", STR_FMT(at.path->name));
    if (at.key && atomic_load(&at.key->demoted_ms))
        play_break(p, STUCK, "%.*s has served, and stands behind", STR_FMT(at.key->name));
}

static void ask_path(struct play *p, struct census_path *path)
{
    const struct roster_channel *c = &p->stage->roster->channels[path->channel];
    struct tried tried[KEYS + URLS];
    uint32_t channel = path->channel;
    struct outcome ok = { .result = p->mutation == STUCK ? CHARGE_NEUTRAL : CHARGE_OK,
                          .first_content_us = 1,
                          .tokens = 1 };
    struct pick_ask ask = { .op = CP_CHAT,
                            .may = is_channel,
                            .ctx = &channel,
                            .tried = tried,
                            .tokens = 1,
                            .now_ms = p->stage->now_ms,
                            .wall_ms = p->stage->wall_ms };
    struct pick pick;
    int64_t wait_ms;

    if (!find_way(p, channel, &ask))
        return;
    ask.tried_n = exclude(c, path, tried);
    enum pick_result result = pick_choose(p->stage->roster, &ask, &pick, &wait_ms);
    if (result != PICK_FOUND || pick.is_degraded || pick.key != path->key ||
        pick.url != path->url) {
        play_break(p, STUCK, "after a day of health %c/%u/%u is not fit: %d", c->conf->id.p[0],
                   path->key, path->url, (int)result);
        return;
    }
    ok.model = ask.model;
    charge_settle(p->stage->roster, &pick, &ok, p->stage->now_ms, p->stage->wall_ms);
    watch_well(p, path);
}

void finale_heal(struct play *p)
{
    const struct roster *r = p->stage->roster;
    struct census_path at;

    memset(&p->truth, 0, sizeof(p->truth));
    stage_pass(p->stage, 25 * HOUR);
    watch_rested(p);
    for (uint32_t i = 0; i < r->channels_n; i++)
        for (uint32_t n = 0; n < r->channels[i].keys_n * r->channels[i].urls_n; n++) {
            at = (struct census_path){ .channel = (uint16_t)i,
                                       .key = (uint16_t)(n / r->channels[i].urls_n),
                                       .url = (uint16_t)(n % r->channels[i].urls_n) };
            if (r->channels[i].conf->keys_n && !r->channels[i].conf->keys[at.key].is_enabled)
                continue;
            stage_pass(p->stage, MINUTE);
            if (!p->broken)
                ask_path(p, &at);
        }
}

/* ---- one path works ---- */

static int64_t model_rests_until(const struct play *p, const struct vitals *v, uint32_t model)
{
    return v ? marks_until(p->stage->roster->marks, MARK_MODEL, v->name, world_model(model),
                           p->stage->now_ms)
             : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When this path may be asked again for the first model, at the latest. */
static int64_t rests_until(const struct play *p, const struct census_path *path)
{
    struct roster_path at = roster_path(p->stage->roster, path->channel, path->key, path->url);
    const struct breaker_rules *r = &at.channel->breaker;
    int64_t now_ms = p->stage->now_ms, until_ms = cooldown_until(&at.url->cooldown, now_ms);
    struct vitals *of[] = { at.path, at.channel->vitals };
    struct breaker_view view;

    if (at.key)
        until_ms = later(until_ms, cooldown_until(&at.key->cooldown, now_ms));
    until_ms = later(until_ms, model_rests_until(p, at.key, 0));
    until_ms = later(until_ms, model_rests_until(p, at.channel->vitals, 0));
    for (int i = 0; i < 2; i++) {
        breaker_view(&of[i]->breaker, r, now_ms, &view);
        until_ms = later(until_ms, view.open_until_ms);
    }
    return later(until_ms, now_ms);
}

/* Without a session and a maker, and with the attempts that the configuration allows. */
static bool is_served(struct play *p, struct dice *d, uint32_t family, uint32_t model)
{
    struct job *job = job_begin(p, CP_CHAT, d);

    job->family = family;
    job->model = model;
    job->session = job->maker = -1;
    job->is_mistaken = false;
    job->attempts_left = job->world->conf.attempts;
    return job_run(p, job);
}

void finale_find(struct play *p, struct dice *d)
{
    static const int64_t paces[] = { 5 * SECOND, 20 * SECOND, 5 * MINUTE, 25 * MINUTE };
    uint32_t family = dice_of(d, FAMILIES), n = 0;
    struct job any = { .world = p->stage->world,
                       .roster = p->stage->roster,
                       .op = CP_CHAT,
                       .family = family,
                       .session = -1,
                       .maker = -1 };
    struct pick_ask ask;
    struct census c;

    job_fill_ask(p, &any, &ask);
    census_take(&c, p, &any, &ask);
    if (!c.n)
        return;
    const struct census_path *only = &c.at[dice_of(d, c.n)];
    const struct roster_channel *channel = &p->stage->roster->channels[only->channel];
    if (channel->rules.rpm || channel->rules.tpm || channel->key_rules[only->key].rpm ||
        channel->key_rules[only->key].tpm)
        return;
    truth_leave_only(&p->truth, &only->spot);
    int64_t pace_ms = paces[dice_of(d, 4)], most_ms = p->stage->now_ms + 2 * HOUR;
    int64_t end_ms = rests_until(p, only);
    while (!p->broken && end_ms < most_ms && !is_served(p, d, family, 0)) {
        end_ms =
            later(end_ms,
                  rests_until(p, only)); /* a channel may be closed for its other URLs' sake */
        if (p->stage->now_ms > end_ms + 30 * MINUTE && n > 40 + c.n)
            play_break(p, STARVE, "only %c%u/%u works, and %u requests did not find it",
                       'a' + (int)only->spot.letter, only->spot.key, only->spot.url, n);
        stage_pass(p->stage, pace_ms);
        n++;
    }
}
