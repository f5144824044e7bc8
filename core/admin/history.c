/* SPDX-License-Identifier: MIT */
/*
 * history - what happened to requests: GET /api/history and what stands below it.
 *
 * Pages go from the newest back: a page's "next" is "WALL_MS.ID" of its last record, and what comes in meanwhile does not
 * move it.  All of it is read on the pool, from the store, and nothing of it is kept in memory.
 */
#include "admin/history.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/history_home.h"
#include "admin/history_record.h"
#include "admin/history_time.h"
#include "admin/office.h"
#include "admin/scribe.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdlib.h>

enum { PAGE = 50, PAGE_MOST = 1000, IMPORT_ROWS = 10000 };

/* ---- which ---- */

static int64_t ask_time(struct api_call *c, const char *name)
{
    struct cp_str s = ask_query_text(c, name);
    int64_t ms = 0;

    if (s.n && history_since(s, c->wall_ms, &ms))
        api_fail(c, 400, arena_printf(c->arena, "query.%s", name).p,
                 "a time is needed (2026-01-31T12:00:00Z) or how long ago (24h)");
    return ms;
}

static uint32_t ask_outcome(struct api_call *c)
{
    struct cp_str s = ask_query_text(c, "outcome");

    if (!s.n)
        return CP_ANY_OUTCOME;
    if (str_is(s, "served"))
        return CP_SERVED_ONLY;
    if (str_is(s, "failed"))
        return CP_FAILED_ONLY;
    if (str_is(s, "cancelled"))
        return CP_CANCELLED_ONLY;
    api_fail(c, 400, "query.outcome", "it is served, failed or cancelled");
    return 0;
}

/* "429", "5xx", "400-499" */
static void ask_status(struct api_call *c, struct cp_filter *f)
{
    struct cp_str s = ask_query_text(c, "status"), first;
    int64_t least, most;

    if (!s.n)
        return;
    if (s.n == 3 && str_ends(s, "xx") && s.p[0] >= '1' && s.p[0] <= '5') {
        f->status_least = (s.p[0] - '0') * 100;
        f->status_most = f->status_least + 99;
        return;
    }
    if (!str_split(&s, '-', &first) || str_int(first, &least) ||
        str_int(s.p ? s : first, &most) || least < 0 || most > 999) {
        api_fail(c, 400, "query.status",
                 "a status is needed (429), a class (5xx) or a span (400-499)");
        return;
    }
    f->status_least = (int32_t)least;
    f->status_most = (int32_t)most;
}

static struct cp_str ask_word(struct api_call *c, const char *name)
{
    struct cp_str s = ask_query_text(c, name);
    return s.n ? s : STR_NONE;
}

struct cp_str history_filter(struct api_call *c, struct cp_filter *f)
{
    *f = (struct cp_filter){ .size = sizeof(*f),
                             .outcome = ask_outcome(c),
                             .from_ms = ask_time(c, "since"),
                             .until_ms = ask_time(c, "until"),
                             .client = ask_word(c, "client"),
                             .family = ask_word(c, "family"),
                             .model = ask_word(c, "model"),
                             .channel = ask_word(c, "channel"),
                             .key = ask_word(c, "key"),
                             .session = ask_word(c, "session"),
                             .end = ask_word(c, "end") };
    ask_status(c, f);
    return history_search(c, f);
}

void history_fail(struct api_call *c, const struct err *err)
{
    if (err->code == E_ABSENT)
        api_fail(c, 404, "history.store", "%s", err->what);
    else
        api_fail(c, 503, "history.store", "the store cannot be read now: %s", err->what);
}

/* ---- GET /api/history ---- */

struct page {
    struct api_call *call;
    uint32_t left;        /* more than these are only noticed */
    struct cp_str prefix; /* of ids; absent: any */
    bool is_whole, is_more;
    int64_t last_ms;
    struct cp_str last;
    uint32_t n;
};

static int page_row(void *ctx, const struct cp_record *r)
{
    struct page *p = ctx;

    if (!history_has_prefix(r, p->prefix))
        return 0;
    if (!p->left) {
        p->is_more = true;
        return 1;
    }
    history_record_write(p->call->out, r, p->call->setup->conf, p->is_whole);
    p->left--;
    p->n++;
    p->last_ms = r->wall_ms;
    p->last = arena_copy(p->call->arena, r->id);
    return 0;
}

/* "WALL_MS.ID": the record itself may be gone by now, its moment is not. */
static struct cp_str ask_after(struct api_call *c, struct cp_filter *f)
{
    struct cp_str s = ask_query_text(c, "after"), ms;
    int64_t wall;

    if (!s.n)
        return STR_NONE;
    if (!str_split(&s, '.', &ms) || str_int(ms, &wall) || !s.n) {
        api_fail(c, 400, "query.after", "it is the \"next\" of a page");
        return STR_NONE;
    }
    if (!f->until_ms || wall + 1 < f->until_ms)
        f->until_ms = wall + 1;
    return s;
}

static void history_list(struct api_call *c)
{
    struct cp_filter f;
    struct err err = { 0 };

    ask_query(c, HISTORY_FILTERS "|limit|after");
    struct cp_str prefix = history_filter(c, &f);
    struct page p = { .call = c,
                      .prefix = prefix,
                      .left = (uint32_t)ask_query_number(c, "limit", 1, PAGE_MOST, PAGE) };
    struct cp_str after = ask_after(c, &f);
    if (api_has_failed(c))
        return;
    json_open(c->out, '{');
    json_key(c->out, STR("requests"));
    json_open(c->out, '[');
    uint32_t most = prefix.p ? HISTORY_SEARCHED : p.left + 1;
    if (scribe_find(c->office->scribe, &f, after, most, page_row, &p, &err))
        history_fail(c, &err);
    json_close(c->out);
    if (p.is_more)
        json_put_text(
            c->out, "next",
            arena_printf(c->arena, "%lld.%.*s", (long long)p.last_ms, STR_FMT(p.last)));
    json_close(c->out);
}

static void history_get(struct api_call *c)
{
    struct cp_filter f = { .size = sizeof(f), .id = c->param[0] };
    struct page p = { .call = c, .left = 1, .is_whole = true };
    struct err err = { 0 };

    if (scribe_find(c->office->scribe, &f, STR_NONE, 1, page_row, &p, &err))
        history_fail(c, &err);
    else if (!p.n)
        api_fail(c, 404, "id", "no such request is remembered; it takes a moment to get there");
}

/* ---- GET /api/history/state ---- */

static void history_state(struct api_call *c)
{
    struct json_writer *w = c->out;
    struct scribe_state s;
    char when[32];

    scribe_look(c->office->scribe, &s);
    json_open(w, '{');
    json_put_text(w, "store", str_of(s.store));
    json_put_bool(w, "is_failing", s.is_failing);
    json_put_text(w, "error", s.is_failing ? str_of(s.why) : STR_NONE);
    json_put_number(w, "written", (int64_t)s.written);
    json_put_number(w, "waiting", (int64_t)s.waiting);
    json_put_number(w, "lost", (int64_t)s.lost);
    if (s.records >= 0)
        json_put_number(w, "records", s.records);
    if (s.bytes >= 0)
        json_put_number(w, "bytes", s.bytes);
    if (s.written_wall_ms) {
        clock_rfc3339(s.written_wall_ms * 1000, when);
        json_put_text(w, "written_at", str_of(when));
    }
    json_close(w);
}

/* ---- POST /api/history/import ---- */

struct import {
    struct cp_record *records;
    uint32_t n, cap;
};

static void import_line(struct api_call *c, struct import *in, struct cp_str line, uint32_t nr)
{
    struct err err = { 0 };
    struct cp_record r;
    struct tree *t = tree_parse(line, &err);

    if (!t || history_record_read(t, c->arena, &r, &err))
        api_fail(c, 400,
                 arena_z(c->arena, arena_printf(c->arena, "line %u%s%s", nr,
                                                err.where[0] ? ": " : "", err.where)),
                 "%s", err.what);
    tree_free(t);
    if (api_has_failed(c))
        return;
    r.flags |= CP_RECORD_IMPORTED;
    history_home(c->setup->conf, &r);
    in->records[in->n++] = r;
}

static void history_import(struct api_call *c)
{
    struct cp_str rest = c->body, line;
    struct import in = { .cap = IMPORT_ROWS };
    struct err err = { 0 };

    in.records = mem_new(in.cap, sizeof(*in.records));
    for (uint32_t nr = 1; !api_has_failed(c) && str_split(&rest, '\n', &line); nr++) {
        line = str_trim(line);
        if (line.n && in.n == in.cap)
            api_fail(c, 413, "", "at most %d lines at once", IMPORT_ROWS);
        else if (line.n)
            import_line(c, &in, line, nr);
    }
    int rc = api_has_failed(c) || !in.n
                 ? 0
                 : scribe_import(c->office->scribe, in.records, in.n, &err);
    free(in.records);
    if (rc == E_AGAIN) {
        c->retry_after_s = 1;
        api_fail(c, 429, "", "%s", err.what);
    } else if (rc) {
        history_fail(c, &err);
    }
    json_open(c->out, '{');
    json_put_number(c->out, "accepted", in.n);
    json_close(c->out);
}

const struct api_route history_routes[] = {
    { "GET", "/api/history", history_list, 0, API_POOL, 0,
      "requests, the newest first, by what they were and how they went" },
    { "GET", "/api/history/state", history_state, 0, API_HERE, 0,
      "how the store of history is" },
    { "GET", "/api/history/{id}", history_get, 0, API_POOL, 0,
      "one request with its attempts and why it went where" },
    { "GET", "/api/history.csv", history_csv, 0, API_POOL, 0,
      "the same as a table for spreadsheets" },
    { "POST", "/api/history/import", history_import, API_BODY, API_POOL, 0,
      "adds requests of another program's history, one JSON object a line" },
    { NULL, NULL, NULL, 0, API_HERE, 0, NULL },
};
