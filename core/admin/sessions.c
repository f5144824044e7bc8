/* SPDX-License-Identifier: MIT */
/*
 * sessions - which conversation is at home where: shown and forgotten by /api/scheduler/sessions.
 *
 * A conversation is shown by the beginning of its hash: what a client calls it may be a name of a person or of a machine,
 * and is not kept at all.
 */
#include "admin/sessions.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/portrait.h"
#include "balance/roster.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "json/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { SESSIONS_PRESET = 100, SESSIONS_MOST = 10000, HASH_DIGITS = 12 };

static void show_session(void *ctx, const struct affinity_entry *e)
{
    struct api_call *call = ctx;
    struct portrait_time t = { call->now_ms, call->wall_ms };
    char hash[17];

    snprintf(hash, sizeof(hash), "%016" PRIx64, e->session.id[0]);
    json_open(call->out, '{');
    json_put_text(call->out, "session", str_n(hash, HASH_DIGITS));
    json_put_text(call->out, "source", str_of(e->session.source));
    json_put_bool(call->out, "is_guessed", e->session.is_guessed);
    json_put_text(call->out, "client_key", e->client_key);
    json_put_text(call->out, "channel", e->home.channel);
    json_put_text(call->out, "key", e->home.key);
    json_put_number(call->out, "requests", (int64_t)e->uses);
    portrait_until(call->out, &t, e->home.until_ms);
    json_close(call->out);
}

void sessions_show(struct api_call *call)
{
    struct affinity_table *table = call->roster->affinity;

    ask_query(call, "limit");
    int64_t limit = ask_query_number(call, "limit", 1, SESSIONS_MOST, SESSIONS_PRESET);
    if (call->status != 200)
        return;
    json_open(call->out, '{');
    json_put_number(call->out, "all", (int64_t)affinity_count(table));
    json_key(call->out, STR("sessions"));
    json_open(call->out, '[');
    affinity_each(table, (uint64_t)limit, call->now_ms, show_session, call);
    json_close(call->out);
    json_close(call->out);
}

void sessions_clear(struct api_call *call)
{
    struct cp_str channel = ask_query_text(call, "channel"), key = ask_query_text(call, "key");

    ask_query(call, "channel|key");
    if (key.p && !channel.p)
        api_fail(call, 400, "query.channel", "whose key? a key's id needs its channel's");
    if (call->status != 200)
        return;
    uint64_t n = affinity_forget(call->roster->affinity, channel, key);
    log_msg(CP_LOG_INFO, "api: %" PRIu64 " sessions forgotten: %.*s%s%.*s", n,
            STR_FMT(channel.p ? channel : STR("all channels")), key.p ? ", key " : "",
            STR_FMT(key));
    json_open(call->out, '{');
    json_put_number(call->out, "forgotten", (int64_t)n);
    json_close(call->out);
}
