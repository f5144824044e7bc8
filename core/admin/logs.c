/* SPDX-License-Identifier: MIT */
/*
 * logs - what the log says, for who asks the API or follows the news; and how much it says, for a while.
 */
#include "admin/logs.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "state/news.h"
#include "json/write.h"

#include <pthread.h>
#include <stdlib.h>

enum { PRESET_MS = 10 * 60 * 1000, MOST_MS = 24 * 60 * 60 * 1000 };

struct logs {
    struct log_tap tap;
    struct news *news;
    pthread_mutex_t lock;
    char *lines[LOGS_KEPT]; /* JSON; NULL: none yet */
    uint64_t n;             /* ever kept: the next one stands at n % LOGS_KEPT */
};

/* ---- news, and what is kept ---- */

static bool logs_wants(void *ctx, int level)
{
    const struct logs *l = ctx;

    return level <= CP_LOG_WARN || news_is_followed(l->news, "log");
}

static void logs_keep(struct logs *l, struct cp_str json)
{
    char *line = mem_dup(json.p, json.n);

    pthread_mutex_lock(&l->lock);
    char **place = &l->lines[l->n++ % LOGS_KEPT], *oldest = *place;
    *place = line;
    pthread_mutex_unlock(&l->lock);
    free(oldest);
}

static void logs_tell(void *ctx, int level, struct cp_str json)
{
    struct logs *l = ctx;

    if (level <= CP_LOG_WARN)
        logs_keep(l, json);
    news_add(l->news, "log", json, false);
}

struct logs *logs_open(struct news *news)
{
    struct logs *l = mem_new(1, sizeof(*l));

    l->tap = (struct log_tap){ l, logs_wants, logs_tell };
    l->news = news;
    pthread_mutex_init(&l->lock, NULL);
    log_tap(&l->tap);
    return l;
}

void logs_close(struct logs *l)
{
    if (!l)
        return;
    log_tap(NULL);
    for (size_t i = 0; i < LOGS_KEPT; i++)
        free(l->lines[i]);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

int logs_level(struct cp_str name)
{
    /* numbers between two levels have the name of the next: the last one of a name is the level */
    for (int level = CP_LOG_DEBUG; level >= CP_LOG_ERROR; level--)
        if (str_is(name, log_level_name(level)))
            return level;
    return -1;
}

bool logs_is_as_bad(struct cp_str json, int level)
{
    static const struct cp_str before = STR("\",\"level\":\"");
    ptrdiff_t at = str_find(str_cut(json, 64), before);
    struct cp_str name = at < 0 ? STR_NONE : str_from(json, (size_t)at + before.n);
    ptrdiff_t end = str_chr(name, '"');

    return end < 0 || logs_level(str_cut(name, (size_t)end)) <= level;
}

/* Under the lock: the newest of this level or worse, in their order. */
static void logs_lines(const struct logs *l, int level, uint64_t most, struct json_writer *w)
{
    uint64_t oldest = l->n > LOGS_KEPT ? l->n - LOGS_KEPT : 0, at = l->n;

    for (uint64_t i = 0; at > oldest && i < most; at--)
        i += logs_is_as_bad(str_of(l->lines[(at - 1) % LOGS_KEPT]), level);
    for (; at < l->n; at++) {
        struct cp_str line = str_of(l->lines[at % LOGS_KEPT]);
        if (logs_is_as_bad(line, level))
            json_raw(w, line);
    }
}

static void logs_show(struct api_call *call)
{
    struct logs *l = call->office->logs;

    ask_query(call, "level|limit");
    struct cp_str name = ask_query_text(call, "level");
    int level = name.p ? logs_level(name) : CP_LOG_DEBUG;
    int64_t most = ask_query_number(call, "limit", 1, LOGS_KEPT, 100);
    if (level < 0)
        api_fail(call, 400, "query.level", "one of error, warn, info, debug");
    if (api_has_failed(call))
        return;
    json_open(call->out, '{');
    json_key(call->out, STR("lines"));
    json_open(call->out, '[');
    pthread_mutex_lock(&l->lock);
    logs_lines(l, level, (uint64_t)most, call->out);
    pthread_mutex_unlock(&l->lock);
    json_close(call->out);
    json_close(call->out);
}

/* ---- the level ---- */

static void level_tell(struct api_call *call)
{
    int64_t left_ms = log_level_left_ms();
    char when[32];

    clock_rfc3339((call->wall_ms + left_ms) * 1000, when);
    when[19] = 'Z';
    json_open(call->out, '{');
    json_put_text(call->out, "level", str_of(log_level_name(log_level_now())));
    json_put_text(call->out, "configured", str_of(log_level_name(log_level_configured())));
    json_put_text(call->out, "until", left_ms ? str_n(when, 20) : STR_NONE);
    json_put_number(call->out, "dropped", (int64_t)log_dropped());
    json_close(call->out);
}

static void level_show(struct api_call *call)
{
    ask_query(call, "");
    if (!api_has_failed(call))
        level_tell(call);
}

static void level_set(struct api_call *call)
{
    int64_t for_ms = PRESET_MS;

    ask_body(call, "level|for");
    struct cp_str name = ask_text(call, "level"), time = ask_text(call, "for");
    int level = logs_level(name);
    if (level < 0)
        api_fail(call, 400, "level", "one of error, warn, info, debug");
    if (time.p && (str_duration(time, &for_ms) || for_ms < 1000 || for_ms > MOST_MS))
        api_fail(call, 400, "for", "a time such as \"10m\", at most \"1d\"");
    if (api_has_failed(call))
        return;
    log_level_for(level, for_ms);
    log_record(CP_LOG_INFO, "level", NULL, 0, "the log's level is %s for %lld s (%.*s)",
               log_level_name(level), (long long)for_ms / 1000, STR_FMT(call->who));
    level_tell(call);
}

static void level_reset(struct api_call *call)
{
    bool was_set = log_level_left_ms() > 0;

    log_level_for(0, 0);
    if (was_set)
        log_record(CP_LOG_INFO, "level", NULL, 0, "the log's level is %s again (%.*s)",
                   log_level_name(log_level_now()), STR_FMT(call->who));
    level_tell(call);
}

const struct api_route log_routes[] = {
    { "GET", "/api/log", logs_show, 0, API_HERE, 0,
      "the last warnings and errors of the log, the newest last; ?level=, ?limit=" },
    { "GET", "/api/log/level", level_show, 0, API_HERE, 0,
      "how much is logged, and until when" },
    { "PUT", "/api/log/level", level_set, API_SMALL, API_HERE, 0,
      "more or less of it for a while: level, for (10m)" },
    { "DELETE", "/api/log/level", level_reset, 0, API_HERE, 0, "as configured, at once" },
    { 0 },
};
