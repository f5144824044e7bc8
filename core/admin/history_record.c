/* SPDX-License-Identifier: MIT */
/*
 * history_record - a record of history as JSON, as the API, the events and an import spell it; and back.
 *
 * What is not known is left out, so a reader can tell "nothing" from "nobody said".
 */
#include "admin/history_record.h"

#include "admin/history_time.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "state/census.h"
#include "json/tree.h"
#include "json/write.h"

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = { { "stream", CP_RECORD_STREAM },         { "estimated", CP_RECORD_ESTIMATED },
              { "translated", CP_RECORD_TRANSLATED }, { "hedged", CP_RECORD_HEDGED },
              { "at_home", CP_RECORD_AT_HOME },       { "imported", CP_RECORD_IMPORTED } };

static const char *const meters[9] = {
    NULL,          "input",  "cache_read", "cache_write_5m", "cache_write_1h",
    "input_tools", "output", "reasoning",  "searches"
};

/* Texts by their members' names. */
static const struct {
    const char *name;
    size_t at;
} texts[] = {
    { "id", offsetof(struct cp_record, id) },
    { "client", offsetof(struct cp_record, client) },
    { "family", offsetof(struct cp_record, family) },
    { "op", offsetof(struct cp_record, op) },
    { "dialect", offsetof(struct cp_record, dialect) },
    { "model", offsetof(struct cp_record, model) },
    { "model_sent", offsetof(struct cp_record, model_up) },
    { "channel", offsetof(struct cp_record, channel) },
    { "key", offsetof(struct cp_record, key) },
    { "session", offsetof(struct cp_record, session) },
    { "peer", offsetof(struct cp_record, peer) },
    { "agent", offsetof(struct cp_record, agent) },
    { "end", offsetof(struct cp_record, end) },
    { "error", offsetof(struct cp_record, why) },
};
static const struct {
    const char *name;
    size_t at;
} numbers[] = {
    { "queue_us", offsetof(struct cp_record, queue_us) },
    { "connect_us", offsetof(struct cp_record, connect_us) },
    { "first_us", offsetof(struct cp_record, first_us) },
    { "content_us", offsetof(struct cp_record, content_us) },
    { "total_us", offsetof(struct cp_record, total_us) },
    { "bytes_in", offsetof(struct cp_record, bytes_in) },
    { "bytes_out", offsetof(struct cp_record, bytes_out) },
    { "cost_micro", offsetof(struct cp_record, cost_micro) },
};
enum {
    FLAGS = sizeof(flags) / sizeof(flags[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0]),
    NUMBERS = sizeof(numbers) / sizeof(numbers[0]),
    LINE_BYTES = 64 << 10
};
static const int64_t number_most = INT64_C(1) << 44;

const char *history_outcome(const struct cp_record *r)
{
    switch (census_outcome(r)) {
    case CENSUS_SERVED:
        return "served";
    case CENSUS_CANCELLED:
        return "cancelled";
    case CENSUS_FAILED:
        break;
    }
    return "failed";
}

/* ---- writing ---- */

static void write_tokens(struct json_writer *w, const struct cp_record *r)
{
    json_key(w, STR("tokens"));
    json_open(w, '{');
    for (size_t i = 1; i < 9; i++)
        if (r->tokens[i] >= 0)
            json_put_number(w, meters[i], r->tokens[i]);
    json_close(w);
}

static void write_ledger(struct json_writer *w, const struct cp_record *r)
{
    json_key(w, STR("ledger"));
    json_open(w, '{');
    json_put_number(w, "mapped", r->mapped);
    json_put_number(w, "approximated", r->approximated);
    json_put_number(w, "dropped", r->dropped);
    json_put_number(w, "repaired", r->repaired);
    json_close(w);
}

static void write_try(struct json_writer *w, const struct cp_try *t)
{
    json_open(w, '{');
    json_put_text(w, "channel", t->channel);
    if (t->key.p)
        json_put_text(w, "key", t->key);
    json_put_text(w, "outcome", t->outcome);
    if (t->status)
        json_put_number(w, "status", t->status);
    json_put_number(w, "began_us", t->began_us);
    json_put_number(w, "took_us", t->took_us);
    if (t->connect_us > 0)
        json_put_number(w, "connect_us", t->connect_us);
    if (t->first_us > 0)
        json_put_number(w, "first_us", t->first_us);
    json_close(w);
}

static void write_tries(struct json_writer *w, const struct cp_record *r)
{
    json_key(w, STR("tries"));
    json_open(w, '[');
    for (uint32_t i = 0; i < r->tries_n; i++)
        write_try(w, (const struct cp_try *)(const void *)((const char *)r->tries +
                                                           (size_t)i * r->try_size));
    json_close(w);
    if (r->trace.n) {
        json_key(w, STR("trace"));
        json_raw(w, r->trace);
    }
}

/* What only the configuration knows, as it is now. */
static void write_conf(struct json_writer *w, const struct cp_record *r,
                       const struct conf *conf)
{
    const struct conf_client *client =
        conf && r->client.n ? client_by_id(conf, r->client) : NULL;

    if (client && client->label.n)
        json_put_text(w, "client_label", client->label);
    if (conf && conf->currency.n && r->cost_micro >= 0)
        json_put_text(w, "currency", conf->currency);
}

void history_record_write(struct json_writer *w, const struct cp_record *r,
                          const struct conf *conf, bool is_whole)
{
    char when[32];

    clock_rfc3339(r->wall_ms * 1000, when);
    json_open(w, '{');
    json_put_text(w, "id", r->id);
    json_put_text(w, "time", str_of(when));
    for (size_t i = 1; i < TEXTS; i++) {
        struct cp_str s;
        memcpy(&s, (const char *)r + texts[i].at, sizeof(s));
        if (s.n)
            json_put_text(w, texts[i].name, s);
    }
    json_put_text(w, "outcome", str_of(history_outcome(r)));
    json_put_number(w, "status", r->status);
    if (r->up_status)
        json_put_number(w, "upstream_status", r->up_status);
    json_put_number(w, "attempts", r->attempts);
    for (size_t i = 0; i < FLAGS; i++)
        if (r->flags & flags[i].flag)
            json_put_bool(w, flags[i].name, true);
    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t n;
        memcpy(&n, (const char *)r + numbers[i].at, sizeof(n));
        if (n >= 0)
            json_put_number(w, numbers[i].name, n);
    }
    write_conf(w, r, conf);
    write_tokens(w, r);
    write_ledger(w, r);
    if (is_whole)
        write_tries(w, r);
    json_close(w);
}

int history_record_line(const struct cp_record *r, const struct conf *conf, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    history_record_write(&w, r, conf, false);
    return json_writer_done(&w) || out->n > LINE_BYTES ? E_LIMIT : 0;
}

/* ---- reading ---- */

/* Not known, if it is more than sums of many could hold. */
static int64_t read_number(const struct tree *t, const char *name)
{
    int64_t n = tree_as_int(tree_get(t, name), -1);
    return n < 0 || n > number_most ? -1 : n;
}

static int read_numbers(const struct tree *t, struct cp_record *r)
{
    const struct tree *tokens = tree_get(t, "tokens"), *ledger = tree_get(t, "ledger");

    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t n = read_number(t, numbers[i].name);
        memcpy((char *)r + numbers[i].at, &n, sizeof(n));
    }
    r->tokens[0] = 0;
    for (size_t i = 1; i < 9; i++)
        r->tokens[i] = read_number(tokens, meters[i]);
    r->mapped = (uint32_t)tree_as_int(tree_get(ledger, "mapped"), 0);
    r->approximated = (uint32_t)tree_as_int(tree_get(ledger, "approximated"), 0);
    r->dropped = (uint32_t)tree_as_int(tree_get(ledger, "dropped"), 0);
    r->repaired = (uint32_t)tree_as_int(tree_get(ledger, "repaired"), 0);
    r->status = (int32_t)tree_as_int(tree_get(t, "status"), 0);
    r->up_status = (int32_t)tree_as_int(tree_get(t, "upstream_status"), 0);
    r->attempts = (uint32_t)tree_as_int(tree_get(t, "attempts"), 1);
    return 0;
}

static int read_time(const struct tree *t, struct cp_record *r, struct err *err)
{
    struct cp_str when = tree_as_text(tree_get(t, "time"));

    if (!when.p)
        return err_set(err, E_SYNTAX, "time", "when it was is needed, as 2026-01-31T12:00:00Z");
    if (history_time(when, &r->wall_ms) || r->wall_ms <= 0)
        return err_set(err, E_SYNTAX, "time", "it is no time as 2026-01-31T12:00:00Z");
    return 0;
}

int history_record_read(const struct tree *t, struct arena *arena, struct cp_record *r,
                        struct err *err)
{
    *r = (struct cp_record){ .size = sizeof(*r), .try_size = sizeof(struct cp_try) };
    if (!t || tree_kind(t) != TREE_OBJECT)
        return err_set(err, E_SYNTAX, "", "it is no object");
    for (size_t i = 0; i < TEXTS; i++) {
        struct cp_str s = tree_as_text(tree_get(t, texts[i].name));
        s = s.n ? arena_copy(arena, str_cut(s, 1024)) : STR_NONE;
        memcpy((char *)r + texts[i].at, &s, sizeof(s));
    }
    if (!r->id.n || r->id.n > 64)
        return err_set(err, E_SYNTAX, "id", "an id of 1 to 64 bytes is needed");
    for (size_t i = 0; i < FLAGS; i++)
        if (tree_as_bool(tree_get(t, flags[i].name)))
            r->flags |= flags[i].flag;
    if (!r->end.n)
        r->end = STR("--");
    (void)read_numbers(t, r);
    return read_time(t, r, err);
}
