/* SPDX-License-Identifier: MIT */
/*
 * orders - what people tell the scheduler to do: forget failures, prefer a channel, forget what was learned.
 *
 * A promotion makes its channel well, too: a channel that is not well is passed over, and who promotes it has just been told
 * that it works again, or wants to see.  At most one channel is promoted in a family; promoting for all families ends what was
 * said of single ones, and nothing here can end a promoted_until of the file.
 */
#include "admin/orders.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "balance/notice.h"
#include "balance/roster.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"
#include "json/write.h"

enum { PROMOTE_MOST_S = 30 * 24 * 3600, PROMOTE_PRESET_S = 300, SECOND_MS = 1000 };

static const struct roster_channel *orders_channel(struct api_call *call, const char *where,
                                                   struct cp_str id)
{
    const struct roster_channel *r = roster_find(call->roster, id);

    if (!r)
        api_fail(call, 404, where, "no channel has the id \"%.*s\"", STR_FMT(str_cut(id, 100)));
    return r;
}

/* ---- reset ---- */

struct reset {
    const struct roster *roster;
    int64_t now_ms;
    struct cp_str name; /* a record's; absent: all */
    uint32_t models;
};

static void reset_mark(void *ctx, const struct mark *m)
{
    struct reset *reset = ctx;
    struct cp_str name = reset->name, owner = m->owner;
    bool is_below = owner.n > name.n && owner.p[name.n] == '/';

    if (m->kind != MARK_MODEL)
        return;
    if (!name.p || (str_eq(str_cut(owner, name.n), name) && (is_below || owner.n == name.n)))
        reset->models += marks_drop(reset->roster->marks, MARK_MODEL, owner, m->detail);
}

/* Nothing keeps requests away any more from the record of that name, and those below it; returns how many it did from. */
static uint32_t reset_below(struct api_call *call, struct cp_str name, uint32_t *models)
{
    struct reset reset = { call->roster, call->now_ms, name, 0 };

    marks_each(call->roster->marks, call->now_ms, reset_mark, &reset);
    *models += reset.models;
    return vitals_table_reset(call->roster->vitals, name);
}

static uint32_t reset_key(struct api_call *call, struct cp_str channel, struct cp_str key,
                          uint32_t *models)
{
    static const char *const kinds[] = { "key", "path" };
    uint32_t n = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        n += reset_below(
            call,
            arena_printf(call->arena, "%.*s/%s/%.*s", STR_FMT(channel), kinds[i], STR_FMT(key)),
            models);
    return n;
}

/* For who follows. */
static void orders_notice(struct api_call *call, const struct notice *n)
{
    struct notice own = *n;

    own.who = call->who;
    own.wall_ms = call->wall_ms;
    if (call->office)
        notice_add(call->office->news, n->key.p ? "key" : "channel", &own);
}

static void orders_find_key(struct api_call *call, const struct roster_channel *c,
                            struct cp_str id)
{
    for (uint32_t k = 0; k < c->conf->keys_n; k++)
        if (str_eq(str_of(c->conf->keys[k].id), id))
            return;
    api_fail(call, 404, "key", "the channel has no key with this id");
}

void orders_reset(struct api_call *call)
{
    const struct roster_channel *c = NULL;
    uint32_t records, models = 0;

    ask_body(call, "channel|key");
    struct cp_str channel = ask_text(call, "channel"), key = ask_text(call, "key");
    if (channel.p)
        c = orders_channel(call, "channel", channel);
    else if (key.p)
        api_fail(call, 400, "channel", "whose key? a key's id needs its channel's");
    if (c && key.p)
        orders_find_key(call, c, key);
    if (call->status != 200)
        return;
    if (key.p)
        records = reset_key(call, channel, key, &models);
    else
        records = reset_below(call, channel, &models);
    orders_notice(call, &(struct notice){ .what = "reset", .channel = channel, .key = key });
    log_msg(CP_LOG_INFO, "api: %u rests and breakers, %u models reset: %.*s%s%.*s", records,
            models, STR_FMT(channel.p ? channel : STR("all channels")), key.p ? ", key " : "",
            STR_FMT(key));
    json_open(call->out, '{');
    json_put_number(call->out, "reset", records);
    json_put_number(call->out, "models", models);
    json_close(call->out);
}

/* ---- promotion ---- */

static void promote_log(const struct conf_channel *c, struct cp_str family, int64_t seconds)
{
    struct cp_str where = family.p ? family : STR("all families");

    if (seconds)
        log_msg(CP_LOG_INFO, "api: channel %.*s goes first for %lld s in %.*s", STR_FMT(c->id),
                (long long)seconds, STR_FMT(where));
    else
        log_msg(CP_LOG_INFO, "api: channel %.*s no longer goes first in %.*s", STR_FMT(c->id),
                STR_FMT(where));
}

/* For no time at all: its own promotion ends, and nobody else's. */
void orders_prefer(struct api_call *call, const struct conf_channel *c, struct cp_str family,
                   int64_t seconds, struct orders_sum *sum)
{
    struct marks *marks = call->roster->marks;
    struct mark m = { .kind = MARK_PROMOTED,
                      .owner = family.p ? family : STR(""),
                      .detail = c->id,
                      .until_ms = call->now_ms + seconds * SECOND_MS };

    sum->promotions = marks_drop(marks, MARK_PROMOTED, family, seconds ? STR_NONE : c->id);
    if (seconds) {
        marks_put(marks, &m, call->now_ms);
        orders_revive(call, c->id, sum);
    }
    promote_log(c, family, seconds);
    orders_notice(call, &(struct notice){ .what = seconds ? "promoted" : "promotion_ended",
                                          .channel = c->id,
                                          .family = family,
                                          .left_ms = seconds * SECOND_MS });
}

void orders_revive(struct api_call *call, struct cp_str channel, struct orders_sum *sum)
{
    sum->records += reset_below(call, channel, &sum->models);
    orders_notice(call, &(struct notice){ .what = "reset", .channel = channel });
}

static void promote(struct api_call *call, const struct conf_channel *c, struct cp_str family,
                    int64_t seconds)
{
    struct portrait_time t = { call->now_ms, call->wall_ms };
    struct orders_sum sum = { 0 };

    orders_prefer(call, c, family, seconds, &sum);
    json_open(call->out, '{');
    json_put_text(call->out, "channel", c->id);
    json_put_text(call->out, "family", family);
    portrait_until(call->out, &t, call->now_ms + seconds * SECOND_MS);
    json_put_number(call->out, "ended", sum.promotions);
    json_put_number(call->out, "reset", sum.records);
    json_close(call->out);
}

void orders_promote(struct api_call *call)
{
    ask_body(call, "channel|family|seconds");
    struct cp_str channel = ask_text(call, "channel"), family = ask_text(call, "family");
    int64_t seconds = ask_number(call, "seconds", 0, PROMOTE_MOST_S, PROMOTE_PRESET_S);
    const struct roster_channel *c = NULL;

    if (!channel.p)
        api_fail(call, 400, "channel", "which one? its id is needed");
    else
        c = orders_channel(call, "channel", channel);
    if (family.p && !roster_family(call->roster, family))
        api_fail(call, 404, "family", "no adapter has this client API");
    if (c && seconds && (c->conf->status != CONF_ACTIVE || !c->ops))
        api_fail(call, 409, "channel", "the channel is not active: it cannot go first");
    if (c && family.p && !conf_serves_family(c->conf, family))
        api_fail(call, 409, "family", "the channel does not serve this client API");
    if (c && call->status == 200)
        promote(call, c->conf, family, seconds);
}

/* ---- what was learned ---- */

void orders_unlearn(struct api_call *call)
{
    struct cp_str channel = ask_query_text(call, "channel");

    ask_query(call, "channel");
    if (channel.p)
        (void)orders_channel(call, "query.channel", channel); /* fails if there is none */
    if (call->status != 200)
        return;
    uint32_t n = marks_drop(call->roster->marks, MARK_REFUSED, channel, STR_NONE);
    log_msg(CP_LOG_INFO, "api: %u refused parameters forgotten: %.*s", n,
            STR_FMT(channel.p ? channel : STR("all channels")));
    json_open(call->out, '{');
    json_put_number(call->out, "forgotten", n);
    json_close(call->out);
}
