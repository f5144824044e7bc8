/* SPDX-License-Identifier: MIT */
/*
 * census - how every path that may serve a request looks at this moment, worked out from the tables alone.
 */
#include "census.h"

#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"

/* What three questions say of one record; each later one only makes it worse. */
struct look {
    bool rests, is_full, is_due;
};

static void look_at_cooldown(struct look *l, const struct vitals *v, int64_t now_ms)
{
    if (!v || !cooldown_until(&v->cooldown, now_ms))
        return;
    if (cooldown_is_due(&v->cooldown, now_ms))
        l->is_due = true;
    else
        l->rests = true;
}

static void look_at_breaker(struct look *l, struct vitals *v, const struct breaker_rules *r,
                            int64_t now_ms)
{
    struct breaker_view view;

    if (breaker_look(&v->breaker, r, now_ms) == BREAKER_CLOSED)
        return;
    breaker_view(&v->breaker, r, now_ms, &view);
    if (view.state == BREAKER_HALF_OPEN && !view.has_probe)
        l->is_due = true;
    else
        l->rests = true;
}

static void look_at_gate(struct look *l, const struct vitals *v, const struct gate_rules *r,
                         const struct pick_ask *ask)
{
    if (v && gate_look(&v->gate, r, ask->tokens, ask->now_ms, NULL) != GATE_OPEN)
        l->is_full = true;
}

static void look_at_model(struct look *l, const struct roster *r, const struct vitals *v,
                          const struct pick_ask *ask)
{
    if (v && marks_until(r->marks, MARK_MODEL, v->name, ask->model, ask->now_ms))
        l->rests = true;
}

static void look_add(struct look *l, const struct look *more)
{
    l->rests |= more->rests;
    l->is_full |= more->is_full;
    l->is_due |= more->is_due;
}

static uint8_t look_state(const struct look *l)
{
    return l->rests ? PATH_RESTS : l->is_full ? PATH_FULL : l->is_due ? PATH_DUE : PATH_WELL;
}

static bool was_tried(const struct pick_ask *ask, uint32_t channel, uint32_t key, uint32_t url)
{
    for (uint32_t i = 0; i < ask->tried_n; i++) {
        const struct tried *t = &ask->tried[i];
        if (t->channel == (int32_t)channel && (t->key == TRIED_ANY || t->key == (int32_t)key) &&
            (t->url == TRIED_ANY || t->url == (int32_t)url))
            return true;
    }
    return false;
}

static struct look look_at_channel(const struct roster *r, const struct roster_channel *c,
                                   const struct pick_ask *ask)
{
    struct look l = { false };

    look_at_cooldown(&l, c->vitals, ask->now_ms);
    look_at_breaker(&l, c->vitals, &c->breaker, ask->now_ms);
    look_at_model(&l, r, c->vitals, ask);
    if (ask->op == CP_CHAT)
        look_at_gate(&l, c->vitals, &c->rules, ask);
    return l;
}

static void census_key(struct census *out, const struct roster *r, const struct pick_ask *ask,
                       const struct look *base, struct census_path at)
{
    const struct roster_channel *c = &r->channels[at.channel];
    struct vitals *key = c->keys[at.key];
    struct look of_key = *base;

    look_at_cooldown(&of_key, key, ask->now_ms);
    look_at_model(&of_key, r, key, ask);
    if (ask->op == CP_CHAT)
        look_at_gate(&of_key, key, &c->key_rules[at.key], ask);
    for (uint32_t u = 0; u < c->urls_n && out->n < CENSUS_MOST; u++) {
        struct look l = { false };
        at.url = (uint16_t)u;
        at.spot = world_spot(r->conf, at.channel, at.key, u);
        at.is_tried = was_tried(ask, at.channel, at.key, u);
        look_at_cooldown(&l, c->urls[u], ask->now_ms);
        look_at_breaker(&l, c->paths[at.key * c->urls_n + u], &c->breaker, ask->now_ms);
        look_add(&l, &of_key);
        at.state = look_state(&l);
        out->at[out->n++] = at;
    }
}

void census_take(struct census *out, const struct play *p, const struct job *job,
                 const struct pick_ask *ask)
{
    const struct roster *r = job->roster;

    out->n = out->channels_n = 0;
    for (uint32_t i = 0; i < r->channels_n; i++) {
        const struct roster_channel *c = &r->channels[i];
        if (!world_can(job->world, i, job->op, job->family, job->model))
            continue;
        out->channels_n++;
        struct look base = look_at_channel(r, c, ask);
        for (uint32_t k = 0; k < c->keys_n; k++)
            if (!c->conf->keys_n || c->conf->keys[k].is_enabled)
                census_key(out, r, ask, &base,
                           (struct census_path){ .channel = (uint16_t)i, .key = (uint16_t)k });
    }
}

const struct census_path *census_find(const struct census *c, uint32_t channel, uint32_t key,
                                      uint32_t url)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->at[i].channel == channel && c->at[i].key == key && c->at[i].url == url)
            return &c->at[i];
    return NULL;
}

const struct census_path *census_any(const struct census *c, enum path_state state)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!c->at[i].is_tried && c->at[i].state <= state)
            return &c->at[i];
    return NULL;
}

const struct census_path *census_of(const struct census *c, uint32_t channel, int32_t key,
                                    enum path_state state)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!c->at[i].is_tried && c->at[i].state <= state && c->at[i].channel == channel &&
            (key < 0 || c->at[i].key == key))
            return &c->at[i];
    return NULL;
}
