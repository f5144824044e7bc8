/* SPDX-License-Identifier: MIT */
/*
 * play - one history: its requests, its upstreams, and what the checks remember of it.
 */
#include "play.h"

#include "admin.h"
#include "finale.h"
#include "job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEALED_ONE_IN = 4, FOUND_ONE_IN = 32 };

const char *play_invariant_name(uint32_t invariant)
{
    static const char *const names[INVARIANTS] = { "none",  "starve",   "hammer",    "stuck",
                                                   "slots", "affinity", "promotion", "owner",
                                                   "twice", "restart",  "caps",      "dry" };

    return invariant < INVARIANTS ? names[invariant] : "?";
}

void play_break(struct play *p, enum invariant invariant, const char *fmt, ...)
{
    va_list ap;

    if (p->broken)
        return;
    p->broken = invariant;
    va_start(ap, fmt);
    vsnprintf(p->why, sizeof(p->why), fmt, ap);
    va_end(ap);
}

void play_tell(const struct play *p, const char *fmt, ...)
{
    va_list ap;

    if (!p->is_told)
        return;
    printf("#   ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
}

/* ---- events ---- */

static void request_whole(struct play *p, uint32_t op, struct dice *d)
{
    struct job *job = job_begin(p, op, d);

    if (job)
        job_run(p, job);
}

static void request_begin(struct play *p, struct dice *d)
{
    struct job *job = job_begin(p, CP_CHAT, d);

    if (job && !job_ask(p, job, false))
        job->is_used = false;
}

/* One of those under way; NULL: there is none. */
static struct flight *any_flight(struct play *p, struct dice *d)
{
    uint32_t from = dice_of(d, FLIGHTS);

    for (uint32_t i = 0; i < FLIGHTS; i++)
        if (p->flights[(from + i) % FLIGHTS].is_used)
            return &p->flights[(from + i) % FLIGHTS];
    return NULL;
}

static void answer_comes(struct play *p, struct dice *d)
{
    struct flight *f = any_flight(p, d);

    if (!f)
        return;
    struct job *job = f->job;
    job_settle(p, f);
    if (job->is_over || (!job->flights_n && !job_ask(p, job, false)))
        job->is_used = job->flights_n > 0;
}

/* Only who will be served, or cut off later, shows any. */
static void content_comes(struct play *p, struct dice *d)
{
    struct flight *f = any_flight(p, d);

    if (f && f->outcome.verdict.fault != CP_BY_CLIENT &&
        (f->outcome.result == CHARGE_OK || f->outcome.is_cut))
        job_content(p, f);
}

static void client_leaves(struct play *p, struct dice *d)
{
    struct flight *f = any_flight(p, d);

    if (f)
        job_end(p, f->job);
}

static void second_attempt(struct play *p, struct dice *d)
{
    struct flight *f = any_flight(p, d);
    struct job *job = f ? f->job : NULL;

    if (!job || job->flights_n > 1 || job->tried_n == TRIED_MOST)
        return;
    job->tried[job->tried_n++] =
        (struct tried){ (int32_t)f->pick.channel, (int32_t)f->pick.key, TRIED_ANY };
    job_ask(p, job, true);
    job->tried_n--;
}

static void world_changes(struct play *p, struct dice *d)
{
    char what[96] = "";

    truth_change(&p->truth, p->stage->world, d, p->stage->now_ms, p->is_told ? what : NULL);
    play_tell(p, "  %s", what);
}

static void event_play(struct play *p, const struct event *e)
{
    struct dice d = { e->seed };

    switch (e->kind) {
    case EVENT_REQUEST:
        request_whole(p, CP_CHAT, &d);
        break;
    case EVENT_COUNT:
        request_whole(p, CP_COUNT_TOKENS, &d);
        break;
    case EVENT_BEGIN:
        request_begin(p, &d);
        break;
    case EVENT_SETTLE:
        answer_comes(p, &d);
        break;
    case EVENT_CONTENT:
        content_comes(p, &d);
        break;
    case EVENT_CANCEL:
        client_leaves(p, &d);
        break;
    case EVENT_HEDGE:
        second_attempt(p, &d);
        break;
    case EVENT_WORLD:
        world_changes(p, &d);
        break;
    case EVENT_RELOAD:
        admin_reload(p, &d);
        break;
    case EVENT_RESET:
        admin_reset(p, &d);
        break;
    case EVENT_PROMOTE:
        admin_promote(p, &d);
        break;
    case EVENT_RESTART:
        admin_restart(p, &d);
        break;
    case EVENT_FORGET:
        admin_forget(p, &d);
        break;
    default:
        break;
    }
}

/* ---- a history ---- */

static void finale(struct play *p)
{
    struct dice d = { p->script->events[0].seed };

    p->broken_at = p->script->n;
    play_tell(p, "the end");
    finale_empty(p);
    if (!p->broken && dice_is(&d, FOUND_ONE_IN))
        finale_find(p, &d);
    if (!p->broken && (p->mutation == STUCK || dice_is(&d, HEALED_ONE_IN)))
        finale_heal(p);
}

bool play_run(struct play *p)
{
    p->broken = INVARIANT_NONE;
    memset(&p->truth, 0, sizeof(p->truth));
    memset(p->jobs, 0, sizeof(p->jobs));
    memset(p->flights, 0, sizeof(p->flights));
    memset(&p->memory, 0, sizeof(p->memory));
    stage_begin(p->stage);
    p->counts->histories++;
    for (uint32_t i = 0; i < p->script->n && !p->broken; i++) {
        const struct event *e = &p->script->events[i];
        if (e->is_off)
            continue;
        p->broken_at = i;
        p->counts->events++;
        stage_pass(p->stage, e->wait_ms);
        play_tell(p, "%u: after %lld ms: %s", i, (long long)e->wait_ms, script_name(e->kind));
        event_play(p, e);
    }
    if (!p->broken)
        finale(p);
    return !p->broken;
}
