/* SPDX-License-Identifier: MIT */
/*
 * tell - changes of health go to the log: once each, not with every request that suffers from them.
 *
 * (Those of breakers go on to the news, too: balance/notice.h.)  A record remembers the worst that was told of it since it was last well (vitals.told); who changes that is the one who
 * tells, whatever number of workers see the same.  So a key that rests, fails and rests longer is told of once, until it
 * serves again; and a breaker that stays open through ten probes, too.
 */
#include "balance/tell.h"

#include "balance/notice.h"
#include "balance/roster.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/vitals.h"

enum { TOLD_RESTS = 1, TOLD_REFUSED = 2, WHEN_BYTES = 32 };

/* True for exactly one caller, until the record is well. */
static bool tell_is_mine(struct vitals *v, uint32_t what)
{
    uint32_t told = atomic_load_explicit(&v->told, memory_order_relaxed);

    while (told < what)
        if (atomic_compare_exchange_weak(&v->told, &told, what))
            return true;
    return false;
}

static bool tell_is_over(struct vitals *v)
{
    return atomic_load_explicit(&v->told, memory_order_relaxed) && atomic_exchange(&v->told, 0);
}

/* As a time of day, to the second. */
static struct cp_str tell_when(int64_t wall_ms, char out[WHEN_BYTES])
{
    clock_rfc3339(wall_ms * 1000, out);
    out[19] = 'Z';
    return str_n(out, 20);
}

void tell_rest(const struct roster_path *at, uint32_t key, const struct cp_verdict *v,
               int status, int64_t now_ms, int64_t wall_ms)
{
    char when[WHEN_BYTES];
    struct cp_str id = roster_key_id(at->channel, key);
    int64_t until_ms = cooldown_until(&at->key->cooldown, now_ms);
    bool is_refused = v->disable_key && v->trouble != CP_BILLING;

    if (!until_ms || !tell_is_mine(at->key, is_refused ? TOLD_REFUSED : TOLD_RESTS))
        return;
    struct log_field f[] = {
        { "channel", LOG_STR, at->channel->conf->id, 0 },
        { "upkey", LOG_STR, id, 0 },
        { "cause", LOG_STR, str_of(verdict_trouble_name(v->trouble)), 0 },
        { "up_status", LOG_INT, STR_NONE, status ? status : -1 },
        { "until", LOG_STR, tell_when(wall_ms + until_ms - now_ms, when), 0 },
    };
    log_record(CP_LOG_WARN, is_refused ? "key_refused" : "key_cooled", f,
               sizeof(f) / sizeof(*f), "key %.*s of %.*s %s", STR_FMT(id),
               STR_FMT(at->channel->conf->id), is_refused ? "is refused" : "rests");
}

void tell_well(const struct roster_path *at, uint32_t key)
{
    struct cp_str id = roster_key_id(at->channel, key);

    if (!tell_is_over(at->key))
        return;
    struct log_field f[] = {
        { "channel", LOG_STR, at->channel->conf->id, 0 },
        { "upkey", LOG_STR, id, 0 },
    };
    log_record(CP_LOG_INFO, "key_well", f, sizeof(f) / sizeof(*f),
               "key %.*s of %.*s serves again", STR_FMT(id), STR_FMT(at->channel->conf->id));
}

/* f: who it is, with room for one more. */
static void tell_breaker(struct vitals *v, const char *what, struct log_field *f, size_t n,
                         enum breaker_result result, int64_t now_ms, int64_t wall_ms)
{
    bool is_down = result == BREAKER_FAILED, is_channel = n == 1;
    int64_t until_ms = atomic_load(&v->breaker.open_until_ms);
    char when[WHEN_BYTES];

    if (is_down ? !tell_is_mine(v, TOLD_RESTS) : !tell_is_over(v))
        return;
    if (is_down)
        f[n++] = (struct log_field){ "until", LOG_STR,
                                     tell_when(wall_ms + until_ms - now_ms, when), 0 };
    if (is_channel)
        log_record(is_down ? CP_LOG_ERROR : CP_LOG_WARN,
                   is_down ? "channel_down" : "channel_up", f, n, "channel %.*s %s",
                   STR_FMT(f[0].s), what);
    else
        log_record(is_down ? CP_LOG_WARN : CP_LOG_INFO, is_down ? "path_down" : "path_up", f, n,
                   "a path of channel %.*s %s", STR_FMT(f[0].s), what);
}

static const char *tell_words(enum breaker_result result)
{
    return result == BREAKER_FAILED ? "fails too often: it is left alone" : "serves again";
}

static enum breaker_state tell_state(enum breaker_result result)
{
    return result == BREAKER_FAILED ? BREAKER_OPEN : BREAKER_CLOSED;
}

void tell_channel(const struct roster_channel *c, enum breaker_result result, int64_t now_ms,
                  int64_t wall_ms)
{
    struct log_field f[2] = { { "channel", LOG_STR, c->conf->id, 0 } };
    const struct notice_time t = { now_ms, wall_ms };

    notice_breaker(c, tell_state(result), &t);
    tell_breaker(c->vitals, tell_words(result), f, 1, result, now_ms, wall_ms);
}

void tell_path(const struct roster_path *at, uint32_t key, uint32_t url,
               enum breaker_result result, int64_t now_ms, int64_t wall_ms)
{
    const struct roster_channel *c = at->channel;
    struct log_field f[4] = {
        { "channel", LOG_STR, c->conf->id, 0 },
        { "upkey", LOG_STR, roster_key_id(c, key), 0 },
        { "url", LOG_INT, STR_NONE, (int64_t)url },
    };
    const struct notice_time t = { now_ms, wall_ms };

    notice_path(at, key, url, tell_state(result), &t);
    if (c->keys_n * c->urls_n > 1)
        tell_breaker(at->path, tell_words(result), f, 3, result, now_ms, wall_ms);
}
