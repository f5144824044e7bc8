/* SPDX-License-Identifier: MIT */
/*
 * path - keys in the order of the configuration, exhausted ones behind; for each key its base URLs in order.
 *
 * The first key that is well takes everything, because requests that meet the same key meet the same prompt cache.  A
 * channel with keys_by = "session" gives each session its own key instead (rendezvous over those that may be asked): as
 * kind to caches, and all keys earn their limits; who has no session gets the first.
 *
 * A key without money stands behind the others as soon as one of them has served (charge.c), not only while it rests:
 * otherwise everybody would fall upon it the moment its rest is over.  But a limit that was reached is renewed one day,
 * and nobody would notice from behind.  So ten minutes after it was last asked, one request tries it in its old place;
 * the answer puts it back there, or lets it rest twice as long.
 *
 * A base URL that rests is passed over like a key that rests; nothing is asked twice for the same fault (fit_by_tried).
 */
#include "balance/path.h"

#include "balance/strategy.h"
#include "balance/trace.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/vitals.h"

enum { TRIAL_MS = 10 * 60 * 1000 };

void path_note_out(const struct choice *c, uint32_t channel, uint32_t key, uint32_t url,
                   const struct fit *f)
{
    if (!c->trace || c->is_quiet)
        return;
    trace_add(c->trace, &(struct trace_step){ .kind = TRACE_OUT,
                                              .why = (uint16_t)f->why,
                                              .channel = channel,
                                              .key = key,
                                              .url = url,
                                              .at_us = c->ask->now_ms * 1000,
                                              .until_ms = f->until_ms });
}

/* ---- one key ---- */

/* base: the channel's own health.  A base URL that is out is noted once, not for each key (path_find). */
static bool key_find(struct choice *c, const struct fit *base, struct path *p)
{
    const struct roster_channel *r = &c->roster->channels[p->channel];
    struct fit of_key = fit_key(c, p->channel, p->key);

    if (!fit_is_good(&of_key)) {
        path_note_out(c, p->channel, p->key, TRACE_ANY, &of_key);
        return false;
    }
    for (p->url = 0; p->url < r->urls_n; p->url++) {
        struct fit of_url = fit_url(c, p->channel, p->url);
        struct fit of_path = fit_path(c, p->channel, p->key, p->url);
        if (fit_is_good(&of_url) && fit_is_good(&of_path)) {
            p->fit = *base;
            fit_join(&p->fit, &of_key);
            fit_join(&p->fit, &of_url);
            fit_join(&p->fit, &of_path);
            return true;
        }
        if (fit_is_good(&of_url))
            path_note_out(c, p->channel, p->key, p->url, &of_path);
    }
    return false;
}

/* The channel as such: false if none of its keys need be looked at. */
static bool path_begin(struct choice *c, uint32_t channel, struct fit *base)
{
    *base = fit_channel(c, channel);
    if (!fit_is_good(base))
        path_note_out(c, channel, TRACE_ANY, TRACE_ANY, base);
    return fit_is_good(base);
}

bool path_of_key(struct choice *c, uint32_t channel, uint32_t key, struct path *p)
{
    struct fit base;

    *p = (struct path){ .channel = channel, .key = key };
    return path_begin(c, channel, &base) && key_find(c, &base, p);
}

/* ---- all keys ---- */

/* Whether the key stands behind the others, for this choice. */
static bool is_behind(const struct choice *c, const struct vitals *key, bool *is_trial)
{
    int64_t since = key ? atomic_load_explicit(&key->demoted_ms, memory_order_relaxed) : 0;
    int64_t wall_ms = c->ask->wall_ms;

    /* a clock that was set back must not put it off */
    *is_trial = since && c->may_probe && (wall_ms - since >= TRIAL_MS || wall_ms < since);
    return since && !*is_trial;
}

/* Of those that stand in front, or of those behind; scored: the best for the session, else the first. */
static bool find_in_rank(struct choice *c, const struct fit *base, bool behind, struct path *p)
{
    const struct roster_channel *r = &c->roster->channels[p->channel];
    const struct session *session =
        str_is(r->conf->keys_by, "session") ? c->ask->session : NULL;
    struct path at = { .channel = p->channel };
    uint64_t most = 0;
    bool is_found = false;

    for (at.key = 0; at.key < r->keys_n; at.key++) {
        if (is_behind(c, r->keys[at.key], &at.is_trial) != behind)
            continue;
        uint64_t score = session ? strategy_mix(r->key_hashes[at.key], session->id[0]) : 0;
        if ((is_found && score <= most) || !key_find(c, base, &at))
            continue;
        *p = at;
        most = score;
        is_found = true;
        if (!session)
            break;
    }
    return is_found;
}

static void note_urls(struct choice *c, uint32_t channel)
{
    uint32_t n = c->trace && !c->is_quiet ? c->roster->channels[channel].urls_n : 0;

    for (uint32_t u = 0; u < n; u++) {
        struct fit f = fit_url(c, channel, u);
        if (!fit_is_good(&f))
            path_note_out(c, channel, TRACE_ANY, u, &f);
    }
}

bool path_find(struct choice *c, uint32_t channel, struct path *p)
{
    struct fit base;

    *p = (struct path){ .channel = channel };
    if (!path_begin(c, channel, &base))
        return false;
    bool is_found = find_in_rank(c, &base, false, p) || find_in_rank(c, &base, true, p);
    if (!is_found || p->url) /* else none was passed over */
        note_urls(c, channel);
    return is_found;
}

/* ---- when nobody may be asked ---- */

static struct fit whole_fit(struct choice *c, const struct fit *base, const struct path *p)
{
    struct fit f = *base, of_key = fit_key(c, p->channel, p->key),
               of_url = fit_url(c, p->channel, p->url),
               of_path = fit_path(c, p->channel, p->key, p->url);

    fit_join(&f, &of_key);
    fit_join(&f, &of_url);
    fit_join(&f, &of_path);
    return f;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool is_off(const struct roster_channel *r, uint32_t key)
{
    return r->conf->keys_n && !r->conf->keys[key].is_enabled;
}

static int64_t failed_last_ms(const struct choice *c, const struct path *p)
{
    struct roster_path at = roster_path(c->roster, p->channel, p->key, p->url);

    return later(fit_failed_ms(at.path), later(fit_failed_ms(at.key), fit_failed_ms(at.url)));
}

bool path_eldest(struct choice *c, uint32_t channel, struct path *p, int64_t *failed_ms)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct fit base = fit_channel(c, channel);
    struct path at = { .channel = channel };
    bool is_found = false;

    for (uint32_t n = 0; n < r->keys_n * r->urls_n; n++) {
        at.key = n / r->urls_n;
        at.url = n % r->urls_n;
        at.fit = whole_fit(c, &base, &at);
        int64_t at_ms = failed_last_ms(c, &at);
        if (!fit_is_good(&at.fit) || at_ms >= *failed_ms)
            continue;
        *p = at;
        *failed_ms = at_ms;
        is_found = true;
    }
    return is_found;
}

int64_t path_key_rests_until(struct choice *c, uint32_t channel, uint32_t key)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct path p = { .channel = channel, .key = key };
    struct fit base = fit_channel(c, channel);
    int64_t first = INT64_MAX;

    for (p.url = 0; p.url < r->urls_n; p.url++) {
        struct fit f = whole_fit(c, &base, &p);
        if (f.rest_until_ms < first)
            first = f.rest_until_ms;
    }
    return first;
}

/* When it may be asked again; INT64_MAX: when a request ends, or now, but by another request. */
static int64_t again_ms(const struct fit *f, int64_t now_ms)
{
    bool is_told = f->room_ms < INT64_MAX;

    if (f->state == FIT_FULL)
        return f->room_ms;
    if (f->rest_until_ms <= now_ms)
        return INT64_MAX;
    return is_told ? later(f->room_ms, f->rest_until_ms) : f->rest_until_ms;
}

/*
 * The sooner one; of two that are well at the same time (a channel's breaker holds all of its paths) the one whose last
 * failure is older: so requests try all of them in turn, and not the first two of them again and again.
 */
static bool is_sooner(const struct choice *c, const struct path *a, const struct path *b)
{
    const struct vitals *of_a = roster_path(c->roster, a->channel, a->key, a->url).path;
    const struct vitals *of_b = roster_path(c->roster, b->channel, b->key, b->url).path;

    if (a->fit.rest_until_ms != b->fit.rest_until_ms)
        return a->fit.rest_until_ms < b->fit.rest_until_ms;
    return atomic_load_explicit(&of_a->last_failed_ms, memory_order_relaxed) <
           atomic_load_explicit(&of_b->last_failed_ms, memory_order_relaxed);
}

static void survey_path(const struct choice *c, const struct path *p, struct survey *s)
{
    const struct fit *f = &p->fit;
    int64_t at_ms = again_ms(f, c->ask->now_ms);

    if (at_ms < s->first_ms)
        s->first_ms = at_ms;
    if (f->state == FIT_FULL) {
        s->is_full = true;
        s->may_wait |= str_is(c->roster->channels[p->channel].conf->full, "wait");
    }
    if (f->state == FIT_NEVER || f->room_ms)
        return;
    if (s->has_soonest && !is_sooner(c, p, &s->soonest))
        return;
    s->soonest = *p;
    s->has_soonest = true;
}

void path_survey(struct choice *c, uint32_t channel, struct survey *s)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct path p = { .channel = channel };
    struct fit base = fit_channel(c, channel);

    for (p.key = 0; p.key < r->keys_n; p.key++) {
        if (is_off(r, p.key))
            continue;
        for (p.url = 0; p.url < r->urls_n; p.url++) {
            p.fit = whole_fit(c, &base, &p);
            survey_path(c, &p, s);
        }
    }
}
