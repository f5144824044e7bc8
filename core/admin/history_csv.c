/* SPDX-License-Identifier: MIT */
/*
 * history_csv - requests as a table for spreadsheets: RFC 4180, bounded.
 *
 * What a client said (a model's name, a User-Agent) may begin with "=": a spreadsheet would run it as a formula.  Such
 * texts get an apostrophe in front, which spreadsheets take for "this is text" (OWASP, CSV Injection, 2024).
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/history.h"
#include "admin/history_record.h"
#include "admin/office.h"
#include "admin/scribe.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum { ROWS = 100000, TEXT_BYTES = 60 << 20 };

static const char *const columns =
    "time,id,outcome,status,upstream_status,end,client,family,op,dialect,model,model_sent,"
    "channel,key,attempts,session,queue_us,connect_us,first_us,content_us,total_us,bytes_in,"
    "bytes_out,input,cache_read,cache_write_5m,cache_write_1h,input_tools,output,reasoning,"
    "searches,cost_micro,mapped,approximated,dropped,repaired,peer,agent,error\r\n";

struct table {
    struct cp_str prefix; /* of ids; absent: any */
    struct buf *out;
    uint32_t rows, most;
    bool is_cut;
};

static bool is_formula(struct cp_str s)
{
    return s.n && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@' ||
                   s.p[0] == '\t' || s.p[0] == '\r');
}

/* No comma stands before the first of a line. */
static void put_text(struct buf *out, struct cp_str s)
{
    bool is_plain = true;

    if (out->n && out->p[out->n - 1] != '\n')
        buf_add_c(out, ',');
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r')
            is_plain = false;
    if (is_plain && !is_formula(s)) {
        buf_add_str(out, s);
        return;
    }
    buf_add_c(out, '"');
    if (is_formula(s))
        buf_add_c(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_add_c(out, '"');
        buf_add_c(out, s.p[i]);
    }
    buf_add_c(out, '"');
}

static void put_number(struct buf *out, int64_t n)
{
    buf_add_c(out, ',');
    if (n >= 0)
        buf_printf(out, "%lld", (long long)n);
}

static void put_who(struct buf *out, const struct cp_record *r)
{
    char when[32];

    clock_rfc3339(r->wall_ms * 1000, when);
    put_text(out, str_of(when));
    put_text(out, r->id);
    put_text(out, str_of(history_outcome(r)));
    put_number(out, r->status);
    put_number(out, r->up_status ? r->up_status : -1);
    /* two letters or dashes, which no spreadsheet takes for a formula */
    buf_printf(out, ",%.*s", STR_FMT(str_cut(r->end, 2)));
    put_text(out, r->client);
    put_text(out, r->family);
    put_text(out, r->op);
    put_text(out, r->dialect);
    put_text(out, r->model);
    put_text(out, r->model_up);
    put_text(out, r->channel);
    put_text(out, r->key);
    put_number(out, r->attempts);
    put_text(out, r->session);
}

static int table_row(void *ctx, const struct cp_record *r)
{
    struct table *t = ctx;
    const int64_t numbers[] = { r->queue_us,  r->connect_us,   r->first_us,  r->content_us,
                                r->total_us,  r->bytes_in,     r->bytes_out, r->tokens[1],
                                r->tokens[2], r->tokens[3],    r->tokens[4], r->tokens[5],
                                r->tokens[6], r->tokens[7],    r->tokens[8], r->cost_micro,
                                r->mapped,    r->approximated, r->dropped,   r->repaired };

    if (!history_has_prefix(r, t->prefix))
        return 0;
    if (t->rows == t->most || t->out->n > TEXT_BYTES) {
        t->is_cut = true;
        return 1;
    }
    t->rows++;
    put_who(t->out, r);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put_number(t->out, numbers[i]);
    put_text(t->out, r->peer);
    put_text(t->out, r->agent);
    put_text(t->out, r->why);
    buf_add_z(t->out, "\r\n");
    return 0;
}

void history_csv(struct api_call *c)
{
    struct cp_filter f;
    struct err err = { 0 };

    ask_query(c, HISTORY_FILTERS "|limit");
    struct cp_str prefix = history_filter(c, &f);
    struct table t = { .out = c->text,
                       .prefix = prefix,
                       .most = (uint32_t)ask_query_number(c, "limit", 1, ROWS, ROWS) };
    if (api_has_failed(c))
        return;
    buf_add_z(c->text, columns);
    if (scribe_find(c->office->scribe, &f, STR_NONE, prefix.p ? HISTORY_SEARCHED : t.most + 1,
                    table_row, &t, &err)) {
        history_fail(c, &err);
        return;
    }
    c->type = "text/csv; charset=utf-8; header=present";
    c->file_name = STR("history.csv");
}
