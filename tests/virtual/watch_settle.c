/* SPDX-License-Identifier: MIT */
/*
 * watch_settle - whether an outcome cost those whose doing it was, so much as the rules say, and nobody else.
 */
#include "watch.h"

#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <string.h>

static const int64_t day_ms = 24 * 3600 * 1000;

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whether the outcome says nothing of anybody's health. */
static bool is_nobodys(const struct outcome *o)
{
    return o->result == CHARGE_NEUTRAL ||
           (o->result == CHARGE_FAILED && o->verdict.fault == CP_BY_CLIENT);
}

static bool is_open(struct vitals *v, const struct breaker_rules *r, int64_t now_ms)
{
    return breaker_look(&v->breaker, r, now_ms) == BREAKER_OPEN;
}

static struct roster_path place(const struct flight *f)
{
    return roster_path(f->job->roster, f->pick.channel, f->pick.key, f->pick.url);
}

void watch_before(struct play *p, const struct flight *f, struct before *b)
{
    struct roster_path at = place(f);
    int64_t now_ms = p->stage->now_ms;

    memset(b, 0, sizeof(*b));
    if (is_nobodys(&f->outcome))
        b->digest = stage_digest(p->stage);
    if (at.key)
        b->key_until_ms = cooldown_until(&at.key->cooldown, now_ms);
    b->url_until_ms = cooldown_until(&at.url->cooldown, now_ms);
    b->is_path_open = is_open(at.path, &at.channel->breaker, now_ms);
    b->is_channel_open = is_open(at.channel->vitals, &at.channel->breaker, now_ms);
}

/* ---- rests ---- */

static int64_t cap_of(const struct play *p, const struct flight *f)
{
    const struct cp_verdict *v = &f->outcome.verdict;

    if (v->fault == CP_BY_KEY && v->disable_key && v->trouble != CP_BILLING)
        return day_ms;
    return least_of(day_ms, f->job->world->conf.scheduler.cooldown_most_ms);
}

static void watch_rest(struct play *p, const struct flight *f, struct rest_memory *m,
                       const struct vitals *v, int64_t before_ms)
{
    int64_t now_ms = p->stage->now_ms, until_ms = cooldown_until(&v->cooldown, now_ms);
    int64_t cap_ms = now_ms + cap_of(p, f);

    if (until_ms > cap_ms && until_ms > before_ms)
        play_break(p, CAPS, "%.*s rests %lld ms longer than any rest may", (int)v->name.n,
                   v->name.p, (long long)(until_ms - cap_ms));
    if (!until_ms)
        *m = (struct rest_memory){ 0 };
    else if (until_ms != m->until_ms)
        *m = (struct rest_memory){ .since_ms = before_ms ? m->since_ms : now_ms,
                                   .charged_ms = now_ms,
                                   .until_ms = until_ms };
}

/* A success ends the rest of whoever served, if that had begun when it was sent; else it is of the past. */
static void watch_success(struct play *p, const struct flight *f, const struct rest_memory *m,
                          const struct vitals *v, int64_t before_ms)
{
    int64_t until_ms = cooldown_until(&v->cooldown, p->stage->now_ms);

    if (f->outcome.result != CHARGE_OK || !before_ms || f->job->op != CP_CHAT)
        return;
    if (m->since_ms > f->pick.at_ms && until_ms != before_ms)
        play_break(p, HAMMER, "an old success has ended the rest of %.*s", (int)v->name.n,
                   v->name.p);
    if (m->since_ms <= f->pick.at_ms && until_ms)
        play_break(p, STUCK, "%.*s has served, and rests", (int)v->name.n, v->name.p);
}

/* What was asked for is kept to, as far as it may be. */
static void watch_asked_for(struct play *p, const struct flight *f, struct roster_path at)
{
    const struct cp_verdict *v = &f->outcome.verdict;
    bool of_url = v->fault == CP_BY_UPSTREAM || v->fault == CP_BY_NETWORK;
    const struct vitals *owner = of_url ? at.url : v->fault == CP_BY_KEY ? at.key : NULL;
    int64_t now_ms = p->stage->now_ms;

    if (!owner || v->for_model || v->wait_ms < 0 || f->job->op != CP_CHAT)
        return;
    if (cooldown_until(&owner->cooldown, now_ms) <
        (v->wait_ms ? now_ms + least_of(v->wait_ms, cap_of(p, f)) : 0))
        play_break(p, CAPS, "%.*s was to rest for %lld ms and does not", (int)owner->name.n,
                   owner->name.p, (long long)v->wait_ms);
}

/* ---- breakers ---- */

static void watch_breaker(struct play *p, const struct flight *f, struct shut_memory *m,
                          struct vitals *v, bool was_open)
{
    const struct breaker_rules *r = &f->job->roster->channels[f->pick.channel].breaker;
    int64_t now_ms = p->stage->now_ms;
    struct breaker_view view;

    breaker_view(&v->breaker, r, now_ms, &view);
    if (view.state == BREAKER_CLOSED)
        *m = (struct shut_memory){ 0 };
    if (view.state != BREAKER_OPEN || was_open)
        return;
    if (view.open_until_ms != now_ms + least_of(r->open_ms, day_ms))
        play_break(p, CAPS, "the breaker of %.*s is open for %lld ms", (int)v->name.n,
                   v->name.p, (long long)(view.open_until_ms - now_ms));
    *m = (struct shut_memory){ now_ms, view.open_until_ms };
}

/* A probe that is under way is somebody's: or it would keep everybody else out for nothing. */
static void watch_probe(struct play *p, const struct flight *f, struct vitals *v, bool of_path)
{
    const struct breaker_rules *r = &f->job->roster->channels[f->pick.channel].breaker;
    struct breaker_view view;

    breaker_view(&v->breaker, r, p->stage->now_ms, &view);
    for (uint32_t i = 0; i < FLIGHTS && view.has_probe; i++) {
        const struct flight *other = &p->flights[i];
        if (!other->is_used || other == f)
            continue;
        struct roster_path at = place(other);
        if ((of_path ? at.path : at.channel->vitals) == v &&
            (of_path ? other->pick.path_pass : other->pick.channel_pass).is_probe)
            return;
    }
    if (view.has_probe)
        play_break(p, STUCK, "%.*s waits for a probe that nobody makes", (int)v->name.n,
                   v->name.p);
}

/* ---- homes ---- */

static bool lacks_model(const struct flight *f, const struct vitals *v, int64_t now_ms)
{
    return v && marks_until(f->job->roster->marks, MARK_MODEL, v->name,
                            world_model(f->job->model), now_ms);
}

/* Who was served where nobody would be sent now has no sure home. */
static bool is_well(const struct play *p, const struct flight *f)
{
    struct roster_path at = place(f);
    const struct breaker_rules *r = &at.channel->breaker;
    int64_t now_ms = p->stage->now_ms;

    if (lacks_model(f, at.key, now_ms) || lacks_model(f, at.channel->vitals, now_ms))
        return false;
    return f->job->roster == p->stage->roster && !cooldown_until(&at.url->cooldown, now_ms) &&
           (!at.key || !cooldown_until(&at.key->cooldown, now_ms)) &&
           breaker_look(&at.path->breaker, r, now_ms) == BREAKER_CLOSED &&
           breaker_look(&at.channel->vitals->breaker, r, now_ms) == BREAKER_CLOSED;
}

/* A failure anywhere in a channel may cost its sessions their homes. */
static void watch_homes(struct play *p, const struct flight *f)
{
    const struct outcome *o = &f->outcome;

    if (o->result == CHARGE_OK && o->session && !f->pick.is_detour && f->job->op == CP_CHAT)
        p->memory.homes[f->job->session] =
            (struct home_memory){ true, is_well(p, f), f->spot.letter, f->spot.key,
                                  p->stage->now_ms };
    for (uint32_t i = 0; i < HOMES && o->result == CHARGE_FAILED; i++)
        if (p->memory.homes[i].letter == f->spot.letter)
            p->memory.homes[i].is_sure = false;
}

/* ---- all of it ---- */

void watch_after(struct play *p, const struct flight *f, const struct before *b)
{
    struct roster_path at = place(f);
    struct memory *m = &p->memory;
    const struct spot *s = &f->spot;

    if (is_nobodys(&f->outcome) && b->digest != stage_digest(p->stage))
        play_break(p, OWNER, "%s changed somebody's health",
                   f->outcome.result == CHARGE_NEUTRAL ? "who left" : "a client's mistake");
    if (at.key)
        watch_success(p, f, &m->keys[s->letter][s->key], at.key, b->key_until_ms);
    watch_success(p, f, &m->urls[s->letter][s->url], at.url, b->url_until_ms);
    watch_probe(p, f, at.path, true);
    watch_probe(p, f, at.channel->vitals, false);
    if (at.key)
        watch_rest(p, f, &m->keys[s->letter][s->key], at.key, b->key_until_ms);
    watch_rest(p, f, &m->urls[s->letter][s->url], at.url, b->url_until_ms);
    if (f->outcome.result == CHARGE_FAILED)
        watch_asked_for(p, f, at);
    watch_breaker(p, f, &m->paths[s->letter][s->key][s->url], at.path, b->is_path_open);
    watch_breaker(p, f, &m->channels[s->letter], at.channel->vitals, b->is_channel_open);
    watch_homes(p, f);
}

static void content_rest(struct play *p, struct rest_memory *m, const struct vitals *v)
{
    int64_t until_ms = v ? cooldown_until(&v->cooldown, p->stage->now_ms) : 0;

    if (until_ms > m->until_ms)
        play_break(p, OWNER, "content has made %.*s rest", (int)v->name.n, v->name.p);
    if (!until_ms)
        *m = (struct rest_memory){ 0 };
}

static void content_breaker(struct play *p, const struct flight *f, struct shut_memory *m,
                            struct vitals *v, const struct breaker_pass *pass)
{
    const struct breaker_rules *r = &f->job->roster->channels[f->pick.channel].breaker;
    int64_t now_ms = p->stage->now_ms;
    struct breaker_view view;

    breaker_view(&v->breaker, r, now_ms, &view);
    if (view.state == BREAKER_CLOSED)
        *m = (struct shut_memory){ 0 };
    else if (pass->is_probe && pass->generation == view.generation)
        play_break(p, STUCK, "a probe of %.*s has shown content, and it is not closed",
                   (int)v->name.n, v->name.p);
}

void watch_content(struct play *p, const struct flight *f)
{
    struct roster_path at = place(f);
    struct memory *m = &p->memory;
    const struct spot *s = &f->spot;

    content_rest(p, &m->keys[s->letter][s->key], at.key);
    content_rest(p, &m->urls[s->letter][s->url], at.url);
    content_breaker(p, f, &m->paths[s->letter][s->key][s->url], at.path, &f->pick.path_pass);
    content_breaker(p, f, &m->channels[s->letter], at.channel->vitals, &f->pick.channel_pass);
}

/* ---- after a restart, a reset ---- */

void watch_forgive(struct play *p, int32_t letter)
{
    struct memory *m = &p->memory;

    for (int32_t l = 0; l < LETTERS; l++) {
        if (letter >= 0 && l != letter)
            continue;
        memset(m->keys[l], 0, sizeof(m->keys[l]));
        memset(m->urls[l], 0, sizeof(m->urls[l]));
        memset(m->paths[l], 0, sizeof(m->paths[l]));
        memset(&m->channels[l], 0, sizeof(m->channels[l]));
    }
}

static void anew_rest(struct rest_memory *m, const struct vitals *v, int64_t now_ms)
{
    int64_t until_ms = v ? cooldown_until(&v->cooldown, now_ms) : 0;

    if (until_ms)
        *m = (struct rest_memory){ now_ms, now_ms, until_ms, 0 };
}

static void anew_path(struct play *p, const struct roster_channel *c, uint32_t k, uint32_t u)
{
    const struct roster *r = p->stage->roster;
    struct spot s = world_spot(r->conf, (uint32_t)(c - r->channels), k, u);
    struct vitals *v = c->paths[k * c->urls_n + u];
    int64_t now_ms = p->stage->now_ms;

    anew_rest(&p->memory.keys[s.letter][s.key], c->keys[k], now_ms);
    anew_rest(&p->memory.urls[s.letter][s.url], c->urls[u], now_ms);
    if (is_open(v, &c->breaker, now_ms))
        p->memory.paths[s.letter][s.key][s.url] =
            (struct shut_memory){ now_ms, atomic_load(&v->breaker.open_until_ms) };
}

void watch_anew(struct play *p)
{
    const struct roster *r = p->stage->roster;

    watch_forgive(p, -1);
    for (uint32_t i = 0; i < r->channels_n; i++)
        for (uint32_t k = 0; k < r->channels[i].keys_n; k++)
            for (uint32_t u = 0; u < r->channels[i].urls_n; u++)
                anew_path(p, &r->channels[i], k, u);
}
