/* SPDX-License-Identifier: MIT */
/*
 * pick - the order of pick.h, step by step; each step only narrows what the one before left.
 *
 * Three goals pull at a way that was not well and may be again.  It must be tried, or nobody ever learns that it is
 * well (never starve); only by one at a time, or it falls again under everybody (never hammer); and by nobody who has
 * something to lose (never pay for a probe without need).  So:
 *   - A way that is due for a probe stands where it always stood, and who would have gone there were it well is the
 *     probe.  A reserve is not probed before its turn: as long as those before it serve, nobody needs to know.
 *   - Only the first attempt of a request probes.  Who has failed once takes who is surely well, or a row of ways that
 *     are all due would use up one request's attempts.  When nobody else is left, a probe is better than nothing.
 *   - A conversation that has a home elsewhere stays there and probes nobody: its prompt cache is worth more than the
 *     news.  New conversations, and requests that belong to none, bring the news.
 *   - Whether the one probe is ours is decided by the claim (claim.c); who loses looks again and finds it taken.
 *
 * Rests are short where requests are rare: whoever comes by once an hour finds all that is dead fit to be asked once more,
 * and may never get behind it.  So the last attempt of a request that has failed goes where the last request was served, or
 * if that is nowhere, where the last failure is oldest.
 *
 * The last usable path is never closed: when all rest, the one that is fit soonest is asked all the same.  That may be an
 * hour early, but an answer may come, and an error page of ours would be sure.  At most PICK_DEGRADED_MOST a request, so that
 * a dead upstream is not asked by each request as often as it has keys.  Caps are the administrator's word and hold
 * even then: who stands before a full channel waits, or hears when to come back.
 */
#include "balance/pick.h"

#include "balance/claim.h"
#include "balance/fit.h"
#include "balance/path.h"
#include "balance/strategy.h"
#include "balance/trace.h"
#include "balance/who.h"
#include "conf/conf.h"
#include "state/affinity.h"

enum {
    PICK_OPTIONS =
        1024,         /* fit channels a strategy chooses from; those behind them are reserves */
    PICK_ROUNDS = 16, /* how often others may be faster, before we wait a moment */
    TOLD_MOST = 16    /* scores that go into the trace */
};

/* What was found, and how. */
struct found {
    struct path path;
    struct home home;
    uint32_t by; /* enum trace_why */
    bool is_forced;
};

static void note(struct trace *t, const struct choice *c, uint32_t kind, uint32_t why,
                 const struct path *p, int64_t value)
{
    trace_add(t, &(struct trace_step){ .kind = (uint16_t)kind,
                                       .why = (uint16_t)why,
                                       .channel = p ? p->channel : TRACE_ANY,
                                       .key = p ? p->key : TRACE_ANY,
                                       .url = p ? p->url : TRACE_ANY,
                                       .at_us = c->ask->now_ms * 1000,
                                       .value = value });
}

static void note_fit(const struct choice *c, uint32_t channel, int64_t score)
{
    struct path p = { .channel = channel, .key = TRACE_ANY, .url = TRACE_ANY };

    if (c->trace)
        note(c->trace, c, TRACE_FIT, TRACE_WHY_NONE, &p, score);
}

/* ---- who is fit, and which of them ---- */

static bool can(const struct choice *c, uint32_t channel)
{
    uint32_t why = who_cannot(c, channel);

    if (why)
        path_note_out(c, channel, TRACE_ANY, TRACE_ANY, &(struct fit){ .why = why });
    return !why;
}

static bool find_first(struct choice *c, struct path *p)
{
    uint32_t n;
    const uint32_t *order = who_order(c, &n);

    for (uint32_t i = 0; i < n; i++)
        if (can(c, order[i]) && path_find(c, order[i], p))
            return true;
    return false;
}

static struct option option_of(const struct choice *c, uint32_t channel)
{
    const struct roster_channel *r = &c->roster->channels[channel];

    return (struct option){ .channel = channel, .weight = r->weight, .vitals = r->vitals };
}

static uint32_t list_options(struct choice *c, struct option *options)
{
    uint32_t n, found = 0;
    const uint32_t *order = who_order(c, &n);
    struct path p;

    for (uint32_t i = 0; i < n && found < PICK_OPTIONS; i++)
        if (can(c, order[i]) && path_find(c, order[i], &p))
            options[found++] = option_of(c, order[i]);
    return found;
}

/*
 * So many of those who are fit as are drawn, the best draw first.  Drawing is cheap and looking is not, so only who
 * would be among them is looked at: of a thousand about seven for each that is wanted.
 */
static uint32_t draw_options(struct choice *c, uint64_t seed, uint32_t draws,
                             struct option *options)
{
    double drawn[STRATEGY_DRAWS];
    uint32_t n, found = 0;
    const uint32_t *order = who_order(c, &n);
    struct path p;

    for (uint32_t i = 0; i < n; i++) {
        const struct roster_channel *r = &c->roster->channels[order[i]];
        double draw = strategy_draw(r->hash, r->weight, seed);
        if (found == draws && draw <= drawn[draws - 1])
            continue;
        if (!can(c, order[i]) || !path_find(c, order[i], &p))
            continue;
        uint32_t at = found < draws ? found++ : draws - 1;
        for (; at && drawn[at - 1] < draw; at--) {
            drawn[at] = drawn[at - 1];
            options[at] = options[at - 1];
        }
        drawn[at] = draw;
        options[at] = option_of(c, order[i]);
    }
    return found;
}

/* The strategy's choice of the options. */
static bool find_among(struct choice *c, const struct strategy *s, struct option *options,
                       uint32_t n, struct found *f)
{
    struct strategy_call call = { c->ask->now_ms, c->ask->is_dry };
    uint32_t at = n ? s->pick(options, n, &call) : 0;

    for (uint32_t i = 0; i < n && i < TOLD_MOST; i++)
        note_fit(c, options[i].channel, options[i].score);
    c->is_quiet = true; /* of its keys it has been told */
    return n && path_find(c, options[at].channel, &f->path);
}

static bool find_drawn(struct choice *c, const struct strategy *s, uint64_t seed,
                       struct found *f)
{
    struct option options[STRATEGY_DRAWS];

    return find_among(c, s, options, draw_options(c, seed, s->draws, options), f);
}

static bool find_of_all(struct choice *c, const struct strategy *s, struct found *f)
{
    struct option options[PICK_OPTIONS];

    return find_among(c, s, options, list_options(c, options), f);
}

static const struct strategy *strategy_of(const struct choice *c)
{
    return c->route && c->route->strategy ? c->route->strategy : c->family->strategy;
}

static bool find_fit(struct choice *c, struct found *f)
{
    const struct strategy *s = strategy_of(c);

    if (who_is_meant(c, &f->home, &f->path, &f->by))
        return true;
    f->by = TRACE_STRATEGY;
    if (s->is_lazy)
        return find_first(c, &f->path);
    if (c->ask->session) { /* where a conversation without a home belongs, whenever it asks */
        f->by = TRACE_RENDEZVOUS;
        return find_drawn(c, &strategy_random, c->ask->session->id[0], f);
    }
    return s->draws ? find_drawn(c, s, c->ask->random, f) : find_of_all(c, s, f);
}

/* Of all that may be asked; whoever is meant, and whatever the strategy. */
static bool find_eldest(struct choice *c, struct found *f)
{
    uint32_t n;
    const uint32_t *order = who_order(c, &n);
    int64_t failed_ms = INT64_MAX;
    bool is_found = false;

    for (uint32_t i = 0; i < n; i++)
        if (!who_cannot(c, order[i]))
            is_found |= path_eldest(c, order[i], &f->path, &failed_ms);
    f->by = TRACE_LATELY;
    return is_found;
}

/* ---- nobody is fit ---- */

static enum pick_result find_resting(const struct choice *c, const struct survey *s,
                                     struct found *f, int64_t *wait_ms)
{
    *wait_ms = s->first_ms == INT64_MAX ? -1 : s->first_ms - c->ask->now_ms;
    if (c->ask->is_hedge)
        return PICK_EXHAUSTED;
    if (s->is_full)
        return s->may_wait ? PICK_WAIT : PICK_EXHAUSTED;
    if (!s->has_soonest || c->ask->degraded >= PICK_DEGRADED_MOST)
        return PICK_EXHAUSTED;
    f->path = s->soonest;
    f->by = TRACE_DEGRADED;
    f->is_forced = true;
    return PICK_FOUND;
}

static enum pick_result find_last(struct choice *c, struct found *f, int64_t *wait_ms)
{
    struct survey s = { .first_ms = INT64_MAX };
    uint32_t n, able = 0;
    const uint32_t *order = who_order(c, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (who_cannot(c, order[i]))
            continue;
        able++;
        path_survey(c, order[i], &s);
    }
    return able ? find_resting(c, &s, f, wait_ms) : PICK_NOBODY;
}

/* ---- all of it ---- */

static enum pick_result look(struct choice *c, struct found *f, int64_t *wait_ms)
{
    bool can_probe = !c->is_light && !c->ask->is_hedge;

    c->may_probe = can_probe && !c->ask->tried_n;
    c->saw_probe = false;
    *f = (struct found){ .by = TRACE_WHY_NONE };
    who_is_home(c, &f->home);
    c->is_wary = can_probe && c->ask->is_last && c->ask->tried_n;
    if (find_fit(c, f))
        return PICK_FOUND;
    c->trace = NULL;
    if (c->is_wary) {
        c->is_wary = false;
        c->may_probe = true;
        if (find_eldest(c, f))
            return PICK_FOUND;
        c->may_probe = false;
    }
    if (can_probe && c->saw_probe && !c->may_probe) {
        c->may_probe = true;
        if (find_fit(c, f))
            return PICK_FOUND;
    }
    return find_last(c, f, wait_ms);
}

/* A detour that was wanted is none: the conversation moves there. */
static bool is_detour(const struct found *f)
{
    bool is_home = f->home.channel == f->path.channel && f->home.key == f->path.key;

    return f->home.is_there && !is_home && f->by != TRACE_PROVENANCE &&
           f->by != TRACE_PROMOTION;
}

/* For who only wants to know: all candidates, also those that nobody has to look at. */
static void tell_all(struct choice *c)
{
    uint32_t n;
    const uint32_t *order = who_order(c, &n);
    bool is_lazy = strategy_of(c)->is_lazy;
    struct path p;

    c->may_probe = !c->is_light && !c->ask->tried_n;
    for (uint32_t i = 0; i < n; i++)
        if (can(c, order[i]) && path_find(c, order[i], &p) && is_lazy)
            note_fit(c, order[i], i + 1);
    for (uint32_t i = 0; i < c->roster->channels_n; i++) {
        uint32_t why = who_cannot(c, i);
        if (why == TRACE_STATUS || why == TRACE_ADAPTER || why == TRACE_FAMILY)
            can(c, i);
    }
    c->is_quiet = true;
}

static void choice_begin(struct choice *c, const struct roster *roster,
                         const struct pick_ask *ask)
{
    const struct conf_route *route =
        ask->any_model ? NULL : conf_route(roster->conf, ask->family, ask->model);

    *c = (struct choice){ .roster = roster,
                          .ask = ask,
                          .family = roster_family(roster, ask->family),
                          .is_light = ask->op != CP_CHAT && ask->op != CP_COMPACT,
                          .trace = ask->trace };
    if (route)
        c->route = &roster->routes[route - roster->conf->routes];
}

static enum pick_result choose(struct choice *c, struct pick *pick, int64_t *wait_ms)
{
    struct found f;

    for (int i = 0; i < PICK_ROUNDS; i++) {
        enum pick_result result = look(c, &f, wait_ms);
        if (result != PICK_FOUND)
            return result;
        if (claim_take(c, &f.path, f.is_forced, pick)) {
            bool is_probe = f.path.is_trial || f.path.fit.state == FIT_PROBE;
            pick->why = is_probe && !f.is_forced ? TRACE_PROBE : f.by;
            pick->is_detour = is_detour(&f);
            note(c->ask->trace, c, TRACE_CHOSEN, pick->why, &f.path, 0);
            return PICK_FOUND;
        }
        c->trace = NULL; /* once is enough */
    }
    *wait_ms = 1;
    return PICK_WAIT;
}

enum pick_result pick_choose(const struct roster *roster, const struct pick_ask *ask,
                             struct pick *pick, int64_t *wait_ms)
{
    enum pick_result result = PICK_NOBODY;
    struct choice c;

    *pick = (struct pick){ .is_open = false };
    *wait_ms = -1;
    choice_begin(&c, roster, ask);
    if (c.route)
        note(c.trace, &c, TRACE_ROUTE, TRACE_WHY_NONE, NULL, c.route - roster->routes);
    if (c.family && ask->is_dry && c.trace && !c.is_light)
        tell_all(&c);
    if (c.family)
        result = choose(&c, pick, wait_ms);
    if (result == PICK_NOBODY)
        note(ask->trace, &c, TRACE_NOBODY, TRACE_WHY_NONE, NULL, 0);
    else if (result != PICK_FOUND)
        note(ask->trace, &c, TRACE_WAIT, TRACE_WHY_NONE, NULL, *wait_ms);
    return result;
}
