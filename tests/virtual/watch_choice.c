/* SPDX-License-Identifier: MIT */
/*
 * watch_choice - whether what was chosen may be chosen, and whether who was left out had to be.
 */
#include "watch.h"

#include "base/str.h"
#include "conf/conf.h"
#include "state/vitals.h"

enum { PROBE_GAP_MS = 60 * 1000 };

/* One choice under the eye. */
struct eye {
    struct play *p;
    const struct job *job;
    const struct pick_ask *ask;
    const struct choice_seen *seen;
    const struct roster_channel *channel; /* of the pick */
    const struct census_path *path;       /* likewise; NULL: it is none of those who can */
    struct spot spot;
};

/* The worst state in which such a request may ask somebody. */
static enum path_state askable(const struct eye *e)
{
    return e->ask->is_hedge || e->ask->op != CP_CHAT ? PATH_WELL : PATH_DUE;
}

/* ---- nobody was chosen ---- */

static bool may_wait(const struct eye *e)
{
    const struct census *c = &e->seen->census;

    for (uint32_t i = 0; i < c->n; i++)
        if (!c->at[i].is_tried && c->at[i].state == PATH_FULL &&
            str_is(e->job->world->channels[c->at[i].channel].full, "wait"))
            return true;
    return false;
}

/* Somebody rests whose caps have room, and nobody else only waits for caps. */
static bool has_last(const struct eye *e)
{
    const struct census *c = &e->seen->census;
    bool rests = false;

    for (uint32_t i = 0; i < c->n; i++) {
        const struct census_path *at = &c->at[i];
        const struct roster_channel *r = &e->job->roster->channels[at->channel];
        if (at->is_tried)
            continue;
        if (at->state == PATH_FULL)
            return false;
        bool has_room = e->ask->op != CP_CHAT ||
                        (gate_look(&r->vitals->gate, &r->rules, e->ask->tokens, e->ask->now_ms,
                                   NULL) == GATE_OPEN &&
                         (!r->keys[at->key] ||
                          gate_look(&r->keys[at->key]->gate, &r->key_rules[at->key],
                                    e->ask->tokens, e->ask->now_ms, NULL) == GATE_OPEN));
        rests |= has_room;
    }
    return rests;
}

static bool is_quiet(const struct play *p)
{
    for (uint32_t i = 0; i < FLIGHTS; i++)
        if (p->flights[i].is_used)
            return false;
    return true;
}

/* Whoever is told to come back is served then.  When those end who are under way is a guess, so there must be none. */
static void watch_wait(const struct eye *e)
{
    struct pick_ask later = *e->ask;
    struct pick pick;
    int64_t wait_ms;

    if (e->seen->wait_ms <= 0 || e->ask->op != CP_CHAT || !is_quiet(e->p))
        return;
    later.now_ms += e->seen->wait_ms;
    later.wall_ms += e->seen->wait_ms;
    later.tried_n = 0;
    later.degraded = PICK_DEGRADED_MOST;
    later.is_hedge = false;
    later.is_dry = true;
    if (pick_choose(e->job->roster, &later, &pick, &wait_ms) != PICK_FOUND)
        play_break(e->p, STARVE, "it shall come back in %lld ms, and nobody is fit then",
                   (long long)e->seen->wait_ms);
}

static void watch_nobody(const struct eye *e)
{
    const struct choice_seen *s = e->seen;
    const struct census_path *c = census_any(&s->census, askable(e));

    if (c && s->result != PICK_FOUND)
        play_break(e->p, STARVE, "nobody is asked, and %c%u/%u is fit",
                   'a' + (int)c->spot.letter, c->spot.key, c->spot.url);
    if ((s->result == PICK_NOBODY) != (s->census.channels_n == 0))
        play_break(e->p, STARVE, "%u channels can, and the answer is %d", s->census.channels_n,
                   (int)s->result);
    if (s->result == PICK_WAIT && !may_wait(e))
        play_break(e->p, STARVE, "it shall wait, and nobody wants it to");
    if (s->result == PICK_EXHAUSTED && !e->ask->is_hedge &&
        e->ask->degraded < PICK_DEGRADED_MOST && has_last(e))
        play_break(e->p, STARVE, "the last usable path is closed");
}

/* ---- whose turn it is ---- */

static void watch_tried(const struct eye *e)
{
    for (uint32_t i = 0; i < e->job->asked_n; i++) {
        const struct asked *a = &e->job->asked[i];
        bool is_key = a->fault == CP_BY_KEY && a->spot.key == e->spot.key;
        bool is_url = (a->fault == CP_BY_UPSTREAM || a->fault == CP_BY_NETWORK) &&
                      a->spot.url == e->spot.url;
        if (a->spot.letter == e->spot.letter && (is_key || is_url || a->fault == CP_BY_MODEL))
            play_break(e->p, TWICE, "%c%u/%u is asked again after a fault of kind %u",
                       'a' + (int)e->spot.letter, e->spot.key, e->spot.url, a->fault);
    }
}

static void watch_degraded(const struct eye *e)
{
    const struct census_path *c = census_any(&e->seen->census, askable(e));

    if (c)
        play_break(e->p, HAMMER, "who rests is asked, and %c%u/%u is fit",
                   'a' + (int)c->spot.letter, c->spot.key, c->spot.url);
    if (e->ask->degraded >= PICK_DEGRADED_MOST)
        play_break(e->p, HAMMER, "a third one that rests is asked");
}

/* The last attempt goes where nobody has failed lately, whoever is meant. */
static bool is_wary(const struct eye *e)
{
    return e->ask->is_last && e->ask->tried_n;
}

static void watch_state(const struct eye *e)
{
    if (e->path->state > askable(e))
        play_break(e->p, HAMMER, "%c%u/%u is asked in state %u", 'a' + (int)e->spot.letter,
                   e->spot.key, e->spot.url, e->path->state);
    if (e->path->state == PATH_DUE && e->ask->tried_n && !is_wary(e) &&
        census_any(&e->seen->census, PATH_WELL))
        play_break(e->p, HAMMER, "who has failed once is made a probe, and others are well");
}

/* ---- how often somebody who is not well is asked ---- */

static void watch_rest(const struct eye *e, struct rest_memory *m, const char *what)
{
    int64_t now_ms = e->ask->now_ms;

    if (m->until_ms <= now_ms)
        return;
    if (now_ms < m->charged_ms + (m->until_ms - m->charged_ms) / 2)
        play_break(e->p, HAMMER, "a %s is asked %lld ms before half of its rest is over", what,
                   (long long)(m->charged_ms + (m->until_ms - m->charged_ms) / 2 - now_ms));
    if (m->asked_ms && now_ms - m->asked_ms < PROBE_GAP_MS)
        play_break(e->p, HAMMER, "a %s that rests is asked again after %lld ms", what,
                   (long long)(now_ms - m->asked_ms));
    m->asked_ms = now_ms;
}

/* Rules that became shorter open it to a probe; it stays so when they become longer again. */
static void watch_shut(const struct eye *e, struct shut_memory *m, const char *what)
{
    const struct breaker_rules *r = &e->channel->breaker;
    int64_t now_ms = e->ask->now_ms;

    if (r->is_off || m->until_ms <= now_ms)
        return;
    if (now_ms - m->opened_ms >= r->open_ms)
        m->until_ms = now_ms;
    else
        play_break(e->p, HAMMER, "a %s is asked %lld ms before its breaker may be half-open",
                   what, (long long)(m->until_ms - now_ms));
}

static void watch_probes(const struct eye *e, const struct vitals *v,
                         const struct breaker_pass *pass, bool of_path)
{
    const struct play *p = e->p;

    for (uint32_t i = 0; i < FLIGHTS && pass->is_probe; i++) {
        const struct flight *f = &p->flights[i];
        if (!f->is_used)
            continue;
        struct roster_path at =
            roster_path(f->job->roster, f->pick.channel, f->pick.key, f->pick.url);
        const struct breaker_pass *other = of_path ? &f->pick.path_pass : &f->pick.channel_pass;
        if ((of_path ? at.path : at.channel->vitals) == v && other->is_probe &&
            other->generation == pass->generation)
            play_break(e->p, HAMMER, "two probes of one breaker at once");
    }
}

static void watch_patience(const struct eye *e)
{
    struct memory *m = &e->p->memory;
    const struct spot *s = &e->spot;
    const struct pick *pick = &e->seen->pick;
    struct roster_path at = roster_path(e->job->roster, pick->channel, pick->key, pick->url);

    watch_probes(e, at.path, &pick->path_pass, true);
    watch_probes(e, at.channel->vitals, &pick->channel_pass, false);
    if (pick->is_degraded)
        return;
    watch_rest(e, &m->keys[s->letter][s->key], "key");
    watch_rest(e, &m->urls[s->letter][s->url], "base URL");
    watch_shut(e, &m->paths[s->letter][s->key][s->url], "path");
    watch_shut(e, &m->channels[s->letter], "channel");
}

/* ---- slots ---- */

static void watch_slots(const struct eye *e)
{
    const struct roster_channel *c = e->channel;
    const struct vitals *key = c->keys[e->seen->pick.key];
    int64_t most = c->rules.concurrency, of_key = c->key_rules[e->seen->pick.key].concurrency;

    if (e->seen->pick.has_slot != (e->ask->op == CP_CHAT))
        play_break(e->p, SLOTS, "operation %u and slots do not fit", e->ask->op);
    if (!e->seen->pick.has_slot)
        return;
    if (most && gate_inside(&c->vitals->gate) > most)
        play_break(e->p, SLOTS, "more in a channel than its cap");
    if (key && of_key && gate_inside(&key->gate) > of_key)
        play_break(e->p, SLOTS, "more with a key than its cap");
}

/* ---- who is meant ---- */

static bool is_promoted(const struct eye *e, uint32_t letter)
{
    const struct memory *m = &e->p->memory;
    int32_t at = world_ordinal(e->job->world, letter);

    for (uint32_t i = 0; i < m->promotions_n; i++)
        if (m->promotions[i].letter == letter && m->promotions[i].until_ms > e->ask->now_ms &&
            (m->promotions[i].family < 0 || m->promotions[i].family == (int32_t)e->job->family))
            return true;
    return at >= 0 && e->job->world->channels[at].promoted_until_ms > e->ask->wall_ms;
}

static bool has_maker(const struct eye *e, enum path_state state)
{
    int32_t at = e->job->maker < 0 ? -1 : world_ordinal(e->job->world, (uint32_t)e->job->maker);

    return at >= 0 && census_of(&e->seen->census, (uint32_t)at, -1, state);
}

static bool has_promoted(const struct eye *e, enum path_state state)
{
    const struct census *c = &e->seen->census;

    for (uint32_t i = 0; i < c->n; i++)
        if (!c->at[i].is_tried && c->at[i].state <= state &&
            is_promoted(e, c->at[i].spot.letter))
            return true;
    return false;
}

static void watch_meant(const struct eye *e)
{
    uint32_t why = e->seen->pick.why;
    bool is_maker = (int32_t)e->spot.letter == e->job->maker;

    if (has_maker(e, PATH_WELL) && !is_maker)
        play_break(e->p, PROMOTION, "who made it is well, and another is asked");
    if (why == TRACE_PROVENANCE && !is_maker)
        play_break(e->p, PROMOTION, "provenance leads to another channel");
    if (why == TRACE_PROMOTION && !is_promoted(e, e->spot.letter))
        play_break(e->p, PROMOTION, "%c is not promoted (any more)", 'a' + (int)e->spot.letter);
    if (!has_maker(e, PATH_DUE) && has_promoted(e, PATH_WELL) &&
        !is_promoted(e, e->spot.letter))
        play_break(e->p, PROMOTION, "who is promoted is well, and another is asked");
}

/* ---- home ---- */

static int32_t key_of(const struct roster_channel *c, struct cp_str id)
{
    if (!c->conf->keys_n)
        return id.p ? -1 : 0;
    for (uint32_t k = 0; k < c->conf->keys_n; k++)
        if (str_eq(str_of(c->conf->keys[k].id), id))
            return c->conf->keys[k].is_enabled ? (int32_t)k : -1;
    return -1;
}

/* The home's place in this world, or false: it is none. */
static bool home_at(const struct eye *e, uint32_t *channel, int32_t *key)
{
    const struct affinity_home *h = &e->seen->home;
    int32_t at = world_ordinal(e->job->world, (uint32_t)(h->channel.p[0] - 'a'));

    if (at < 0 || e->job->world->channels[at].status != CONF_ACTIVE || !e->job->world->ops[at])
        return false;
    *channel = (uint32_t)at;
    *key = key_of(&e->job->roster->channels[at], h->key);
    return *key >= 0;
}

/* What is remembered by who was served must be what the table says. */
static void watch_home(const struct eye *e)
{
    const struct home_memory *m = &e->p->memory.homes[e->job->session];
    const struct affinity_home *h = &e->seen->home;
    bool is_known = m->is_set && m->set_ms + 30 * 60 * 1000 > e->ask->now_ms;

    if (!e->seen->has_home) {
        if (is_known && m->is_sure)
            play_break(e->p, AFFINITY, "session %d has lost its home", e->job->session);
        return;
    }
    uint32_t key = h->key.p ? (uint32_t)(h->key.p[1] - '0') : KEYLESS;
    if (!is_known || (uint32_t)(h->channel.p[0] - 'a') != m->letter || key != m->key)
        play_break(e->p, AFFINITY, "session %d has the home %.*s, and was last served by %c%u",
                   e->job->session, STR_FMT(h->channel), 'a' + (int)m->letter, m->key);
}

static void watch_affinity(const struct eye *e)
{
    const struct choice_seen *s = e->seen;
    struct affinity_home after;
    uint32_t channel = 0;
    int32_t key = -1;

    if (!e->ask->session)
        return;
    watch_home(e);
    bool is_home = s->has_home && home_at(e, &channel, &key);
    if (s->has_home && !is_home && s->result != PICK_NOBODY &&
        affinity_find(e->job->roster->affinity, e->ask->session, e->ask->now_ms, &after))
        play_break(e->p, AFFINITY, "a home that is gone stays one");
    if (s->result != PICK_FOUND)
        return;
    if (s->pick.why == TRACE_AFFINITY &&
        (!is_home || channel != s->pick.channel || !e->path || e->path->state != PATH_WELL))
        play_break(e->p, AFFINITY, "affinity leads to %c%u, which is no home or not well",
                   'a' + (int)e->spot.letter, e->spot.key);
    if (is_home && !is_wary(e) && !has_maker(e, PATH_DUE) && !has_promoted(e, PATH_DUE) &&
        census_of(&s->census, channel, key, PATH_WELL) &&
        (s->pick.channel != channel || (int32_t)s->pick.key != key))
        play_break(e->p, AFFINITY, "session %d leaves its home %.*s/%d, which is well",
                   e->job->session, STR_FMT(s->home.channel), (int)key);
}

/* ---- all of it ---- */

static void watch_found(struct eye *e)
{
    const struct pick *pick = &e->seen->pick;

    e->channel = &e->job->roster->channels[pick->channel];
    e->path = census_find(&e->seen->census, pick->channel, pick->key, pick->url);
    e->spot = world_spot(e->job->roster->conf, pick->channel, pick->key, pick->url);
    watch_tried(e);
    if (!e->path || e->path->is_tried) {
        play_break(e->p, TWICE, "%c%u/%u is asked, and cannot or was tried",
                   'a' + (int)e->spot.letter, e->spot.key, e->spot.url);
        return;
    }
    if (pick->is_degraded)
        watch_degraded(e);
    else
        watch_state(e);
    watch_patience(e);
    watch_slots(e);
    if (!pick->is_degraded && !e->ask->is_hedge && !is_wary(e))
        watch_meant(e);
}

void watch_choice(struct play *p, struct job *job, const struct pick_ask *ask,
                  const struct choice_seen *seen)
{
    struct eye e = { .p = p, .job = job, .ask = ask, .seen = seen };

    watch_nobody(&e);
    if (seen->result == PICK_FOUND)
        watch_found(&e);
    else
        watch_wait(&e);
    if (!ask->is_hedge)
        watch_affinity(&e);
    if (job->session >= 0 && job->roster != p->stage->roster) /* to it the home may be none */
        p->memory.homes[job->session].is_sure = false;
}
