/* SPDX-License-Identifier: MIT */
/*
 * job - a request of a history: what core/flow does with a real one, with the world's answers.
 */
#include "job.h"

#include "watch.h"

#include "base/str.h"
#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <string.h>

enum { DAY = 24 * 3600 * 1000 };

struct session job_session(int32_t session)
{
    return (struct session){ { 0x5E551047u * (uint64_t)(session + 1), (uint64_t)session + 1 },
                             "test",
                             false };
}

static struct job *job_free(struct play *p)
{
    for (uint32_t i = 0; i < JOBS; i++)
        if (!p->jobs[i].is_used)
            return &p->jobs[i];
    return NULL;
}

static int32_t session_of(const struct job *job, uint32_t n)
{
    return (int32_t)((n * FAMILIES + job->family) * MODELS + job->model);
}

struct job *job_begin(struct play *p, uint32_t op, struct dice *d)
{
    struct job *job = job_free(p);
    struct dice own = { dice_bits(d) };

    if (!job)
        return NULL;
    memset(job, 0, offsetof(struct job, tried));
    job->tried_n = job->asked_n = 0;
    job->is_used = true;
    job->world = p->stage->world;
    job->roster = p->stage->roster;
    job->op = op;
    job->family = dice_of(&own, FAMILIES);
    job->model = dice_is(&own, 4) ? dice_of(&own, MODELS) : 0;
    job->session = dice_is(&own, 2) ? session_of(job, dice_of(&own, SESSIONS)) : -1;
    job->maker = dice_is(&own, 12) ? (int32_t)dice_of(&own, LETTERS) : -1;
    job->attempts_left = dice_is(&own, 3) ? 1 + dice_of(&own, 8) : BUDGET_FULL;
    job->is_mistaken = dice_is(&own, 16);
    job->tokens = dice_between(&own, 0, 400);
    if (!world_has_affinity(job->world, job->family, job->model))
        job->session = -1;
    if (job->session >= 0)
        job->name = job_session(job->session);
    job->dice = own;
    p->counts->requests++;
    play_tell(p, "  request: family %u, model %u, session %d, maker %d, %u attempts%s",
              job->family, job->model, job->session, job->maker, job->attempts_left,
              job->is_mistaken ? ", mistaken" : "");
    return job;
}

void job_fill_ask(const struct play *p, struct job *job, struct pick_ask *ask)
{
    static const char ids[LETTERS + 1] = "abcdefghi";

    *ask = (struct pick_ask){ .family = world_families()[job->family],
                              .model = world_model(job->model),
                              .op = job->op,
                              .session = job->session >= 0 ? &job->name : NULL,
                              .tried = job->tried,
                              .tried_n = job->tried_n,
                              .degraded = job->degraded,
                              .is_last = job->attempts_left == 1,
                              .tokens = job->tokens,
                              .random = dice_bits(&job->dice),
                              .now_ms = p->stage->now_ms,
                              .wall_ms = p->stage->wall_ms };
    if (job->maker >= 0)
        ask->maker = str_n(&ids[job->maker], 1);
}

/* ---- choosing ---- */

/* Who only wants to know is told what would be done, and leaves no trace. */
static void ask_dry(struct play *p, const struct job *job, const struct pick_ask *ask,
                    struct choice_seen *dry, uint64_t *digest)
{
    struct pick_ask only = *ask;

    only.is_dry = true;
    *digest = stage_digest(p->stage);
    if (p->mutation == DRY)
        only.degraded = PICK_DEGRADED_MOST;
    dry->result = pick_choose(job->roster, &only, &dry->pick, &dry->wait_ms);
    if (*digest != stage_digest(p->stage) || dry->pick.is_open)
        play_break(p, DRY, "a dry run has left a trace");
}

static void watch_dry(struct play *p, const struct choice_seen *dry,
                      const struct choice_seen *real)
{
    const struct pick *a = &dry->pick, *b = &real->pick;

    if (dry->result != real->result || dry->wait_ms != real->wait_ms ||
        (real->result == PICK_FOUND && (a->channel != b->channel || a->key != b->key ||
                                        a->url != b->url || a->why != b->why)))
        play_break(p, DRY, "a dry run told %d %u/%u/%u, and it was %d %u/%u/%u",
                   (int)dry->result, a->channel, a->key, a->url, (int)real->result, b->channel,
                   b->key, b->url);
}

static void count_choice(struct counts *n, const struct choice_seen *s)
{
    n->picks++;
    n->waits += s->result == PICK_WAIT;
    n->exhausted += s->result == PICK_EXHAUSTED;
    n->nobody += s->result == PICK_NOBODY;
    if (s->result == PICK_FOUND)
        n->by_why[s->pick.why]++;
}

static void give_back(struct play *p, const struct job *job, struct pick *pick)
{
    struct outcome o = { .result = CHARGE_NEUTRAL, .is_unsent = true };

    charge_settle(job->roster, pick, &o, p->stage->now_ms, p->stage->wall_ms);
}

static void choose(struct play *p, struct job *job, const struct pick_ask *ask,
                   struct choice_seen *s)
{
    bool is_shown = p->mutation == DRY || dice_is(&job->dice, 4);
    struct choice_seen dry;
    uint64_t digest = 0;

    census_take(&s->census, p, job, ask);
    s->has_home = ask->session &&
                  affinity_find(job->roster->affinity, ask->session, ask->now_ms, &s->home);
    if (is_shown)
        ask_dry(p, job, ask, &dry, &digest);
    s->result = pick_choose(job->roster, ask, &s->pick, &s->wait_ms);
    count_choice(p->counts, s);
    if (is_shown)
        watch_dry(p, &dry, s);
    if (p->mutation == STARVE && s->result == PICK_FOUND && s->pick.why == TRACE_PROBE) {
        give_back(p, job, &s->pick);
        s->result = PICK_EXHAUSTED;
    }
    watch_choice(p, job, ask, s);
}

static struct flight *flight_new(struct play *p, struct job *job, const struct pick *pick)
{
    struct flight *f = p->flights;

    while (f->is_used)
        f++;
    *f = (struct flight){ .is_used = true,
                          .job = job,
                          .pick = *pick,
                          .spot = world_spot(job->roster->conf, pick->channel, pick->key,
                                             pick->url),
                          .asked_at = job->asked_n };
    job->flights_n++;
    job->attempts_left--;
    job->degraded += pick->is_degraded;
    job->asked[job->asked_n++] = (struct asked){ f->spot, 0 };
    return f;
}

/* The answer is made when it is asked; when it comes is another matter. */
static void flight_answer(struct play *p, struct flight *f)
{
    struct job *job = f->job;
    struct outcome *o = &f->outcome;

    truth_answer(&p->truth, &f->spot, job->model, &job->dice, p->stage->now_ms, o);
    if (dice_is(&job->dice, 64)) {
        o->result = CHARGE_FAILED;
        o->verdict = (struct cp_verdict){
            .fault = CP_BY_MODEL, .cure = CP_ELSEWHERE, .wait_ms = -1, .trouble = CP_BAD_REQUEST
        };
        job->was_unsaid = true;
    } else if (job->is_mistaken && o->result == CHARGE_OK) {
        o->result = CHARGE_FAILED;
        o->verdict = (struct cp_verdict){
            .fault = CP_BY_CLIENT, .cure = CP_NEVER, .wait_ms = -1, .trouble = CP_BAD_REQUEST
        };
    }
    if (job->op != CP_CHAT)
        o->first_content_us = o->tokens = -1;
    o->session = job->session >= 0 ? &job->name : NULL;
    o->client_key = STR("client");
}

struct flight *job_ask(struct play *p, struct job *job, bool is_hedge)
{
    struct choice_seen s;
    struct pick_ask ask;

    if (!job->attempts_left || job->asked_n == TRIED_MOST || p->broken)
        return NULL;
    job_fill_ask(p, job, &ask);
    ask.is_hedge = is_hedge;
    choose(p, job, &ask, &s);
    if (s.result != PICK_FOUND) {
        play_tell(p, "    nobody (%d), wait %lld ms", (int)s.result, (long long)s.wait_ms);
        return NULL;
    }
    struct flight *f = flight_new(p, job, &s.pick);
    f->is_hedge = is_hedge;
    flight_answer(p, f);
    play_tell(p, "    asks %c%u/%u %s%s%s", 'a' + (int)f->spot.letter, f->spot.key, f->spot.url,
              trace_why_name(s.pick.why), s.pick.is_degraded ? " degraded" : "",
              is_hedge ? " hedge" : "");
    return f;
}

/* ---- settling ---- */

/* Another attempt of the same request, or NULL. */
static struct flight *twin_of(struct play *p, const struct flight *f)
{
    for (uint32_t i = 0; i < FLIGHTS; i++)
        if (p->flights[i].is_used && p->flights[i].job == f->job && &p->flights[i] != f)
            return &p->flights[i];
    return NULL;
}

/* Faults put in on purpose. */
static void mutate_before(const struct play *p, const struct flight *f, struct outcome *o,
                          struct session *other)
{
    if (p->mutation == OWNER && o->verdict.fault == CP_BY_CLIENT)
        o->verdict.fault = CP_BY_UPSTREAM;
    if (p->mutation == AFFINITY && o->session) {
        *other = job_session((f->job->session + 1) % HOMES);
        o->session = other;
    }
}

static void mutate_after(const struct play *p, const struct flight *f, bool is_seen)
{
    struct roster_path at =
        roster_path(f->job->roster, f->pick.channel, f->pick.key, f->pick.url);
    struct cooldown_cause cause = { 0 };

    if (p->mutation == HAMMER && is_seen && f->outcome.result == CHARGE_FAILED)
        vitals_table_reset(stage_health(p->stage)->vitals, STR_NONE);
    if (p->mutation == CAPS && !is_seen && f->outcome.result == CHARGE_FAILED)
        cooldown_charge(&at.url->cooldown, &cause, DAY + 1, 0, DAY + 1, p->stage->now_ms),
            atomic_fetch_add(&at.url->cooldown.until_ms, 1);
}

static void flight_settle(struct play *p, struct flight *f)
{
    struct outcome told = f->outcome;
    struct session other;
    struct before before;

    if (told.verdict.fault == CP_BY_MODEL || told.verdict.for_model)
        p->stage->is_marked[p->stage->at] = true;
    watch_before(p, f, &before);
    mutate_before(p, f, &told, &other);
    charge_settle(f->job->roster, &f->pick, &told, p->stage->now_ms, p->stage->wall_ms);
    p->counts->settled++;
    mutate_after(p, f, false);
    watch_after(p, f, &before);
    mutate_after(p, f, true);
    f->is_used = false;
    f->job->flights_n--;
}

static void note_tried(struct play *p, struct flight *f)
{
    struct job *job = f->job;
    const struct cp_verdict *v = &f->outcome.verdict;

    job->asked[f->asked_at].fault = v->fault;
    if (p->mutation != TWICE && job->tried_n < TRIED_MOST)
        job->tried[job->tried_n++] = charge_tried(&f->pick, v);
}

void job_cancel(struct play *p, struct flight *f)
{
    play_tell(p, "    %c%u/%u is left alone", 'a' + (int)f->spot.letter, f->spot.key,
              f->spot.url);
    f->outcome.result = CHARGE_NEUTRAL;
    f->outcome.is_unsent = dice_is(&f->job->dice, 4);
    if (p->mutation == SLOTS) {
        f->is_used = false;
        f->job->flights_n--;
        return;
    }
    flight_settle(p, f);
}

void job_content(struct play *p, struct flight *f)
{
    play_tell(p, "    %c%u/%u shows content", 'a' + (int)f->spot.letter, f->spot.key,
              f->spot.url);
    charge_content(f->job->roster, &f->pick, p->stage->now_ms);
    watch_content(p, f);
}

void job_settle(struct play *p, struct flight *f)
{
    struct job *job = f->job;
    const struct outcome *o = &f->outcome;
    struct flight *twin = twin_of(p, f);

    play_tell(p, "    %c%u/%u: %s, fault %u, trouble %u, wait %lld%s",
              'a' + (int)f->spot.letter, f->spot.key, f->spot.url,
              o->result == CHARGE_OK ? "served" : "failed", o->verdict.fault,
              o->verdict.trouble, (long long)o->verdict.wait_ms, o->is_cut ? ", cut" : "");
    flight_settle(p, f);
    bool is_final = o->verdict.fault == CP_BY_CLIENT || o->is_cut;
    if (o->result == CHARGE_FAILED && !is_final) {
        note_tried(p, f);
        return;
    }
    job->is_over = true;
    job->is_served = o->result == CHARGE_OK;
    p->counts->served += job->is_served;
    if (twin)
        job_cancel(p, twin);
}

void job_end(struct play *p, struct job *job)
{
    for (uint32_t i = 0; i < FLIGHTS; i++)
        if (p->flights[i].is_used && p->flights[i].job == job)
            job_cancel(p, &p->flights[i]);
    job->is_used = false;
}

/* ---- a whole one ---- */

static bool has_caps(const struct roster_channel *c, uint32_t key)
{
    const struct gate_rules *a = &c->rules, *b = &c->key_rules[key];

    return a->concurrency || a->rpm || a->tpm || b->concurrency || b->rpm || b->tpm;
}

/*
 * A probe of a key or of a base URL is one for all paths that share it: who spends it on the wrong one has to wait a minute.
 */
static bool shares_probe(const struct play *p, const struct job *job,
                         const struct census_path *path)
{
    struct roster_path at = roster_path(job->roster, path->channel, path->key, path->url);

    return cooldown_until(&at.url->cooldown, p->stage->now_ms) ||
           (at.key && cooldown_until(&at.key->cooldown, p->stage->now_ms));
}

/* A path that is fit and surely serves: who may ask everybody must be served. */
static const struct census_path *sure_path(const struct play *p, struct job *job,
                                           struct census *c)
{
    struct dice kept = job->dice;
    struct pick_ask ask;

    job_fill_ask(p, job, &ask);
    job->dice = kept;
    census_take(c, p, job, &ask);
    for (uint32_t i = 0; i < c->n; i++)
        if (c->at[i].state <= PATH_DUE && !shares_probe(p, job, &c->at[i]) &&
            truth_serves(&p->truth, &c->at[i].spot, job->model, p->stage->now_ms) &&
            !has_caps(&job->roster->channels[c->at[i].channel], c->at[i].key))
            return &c->at[i];
    return NULL;
}

bool job_run(struct play *p, struct job *job)
{
    struct flight *f;
    struct census c;
    const struct census_path *sure = NULL;
    bool is_rich = job->attempts_left >= BUDGET_FULL && !job->is_mistaken && job->op == CP_CHAT;

    if (is_rich)
        sure = sure_path(p, job, &c);
    while (!job->is_over && (f = job_ask(p, job, false)))
        job_settle(p, f);
    bool is_cut = job->is_over && !job->is_served;
    if (sure && !job->is_served && !job->was_unsaid && !is_cut)
        play_break(p, STARVE, "%c%u/%u was fit and would have served, and was not asked",
                   'a' + (int)sure->spot.letter, sure->spot.key, sure->spot.url);
    job->is_used = false;
    return job->is_served;
}
