/* SPDX-License-Identifier: MIT */
/*
 * captures_line - pieces of captured requests as lines of JSON, without secrets.
 *
 * Secrets are looked for in the raw bytes, before escapes could disguise them.  Bytes that are no UTF-8 are told in base64.
 */
#include "admin/captures_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hide.h"
#include "base/str.h"
#include "base/utf8.h"
#include "json/write.h"

static const char *const names[] = {
    [CAPTURE_CLIENT_REQUEST] = "client_request",
    [CAPTURE_UPSTREAM_REQUEST] = "upstream_request",
    [CAPTURE_UPSTREAM_HEAD] = "upstream_head",
    [CAPTURE_UPSTREAM_DATA] = "upstream_data",
    [CAPTURE_UPSTREAM_END] = "upstream_end",
    [CAPTURE_CLIENT_HEAD] = "client_head",
    [CAPTURE_CLIENT_DATA] = "client_data",
    [CAPTURE_END] = "end",
};

/* Parameters of addresses that are keys by their names; Gemini has "key".
 * source: ai.google.dev/gemini-api/docs, 2026-11 */
static bool is_key_name(struct cp_str name)
{
    static const char *const keys[] = { "key",      "api_key", "api-key",      "apikey",
                                        "token",    "auth",    "access_token", "access_key",
                                        "password", "secret",  "x-api-key" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (str_is_nocase(name, keys[i]))
            return true;
    return false;
}

/* ---- hiding ---- */

static void clean_text(struct buf *out, struct cp_str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t from = at, secret = hide_find(text, &at);
        buf_add_str(out, str_cut(str_from(text, from), at - from));
        if (secret)
            buf_add_z(out, "***");
        at += secret;
    }
}

/* "POST https://host/path?key=...&alt=sse" */
static void clean_address(struct buf *out, struct cp_str text)
{
    ptrdiff_t query = str_chr(text, '?');
    struct cp_str rest = query < 0 ? STR_NONE : str_from(text, (size_t)query + 1), part;
    char before = '?';

    clean_text(out, query < 0 ? text : str_cut(text, (size_t)query));
    while (str_split(&rest, '&', &part)) {
        ptrdiff_t equals = str_chr(part, '=');
        struct cp_str name = equals < 0 ? part : str_cut(part, (size_t)equals);
        buf_add_c(out, before);
        before = '&';
        if (equals >= 0 && is_key_name(name)) {
            buf_add_str(out, name);
            buf_add_z(out, "=***");
        } else {
            clean_text(out, part);
        }
    }
}

/* ---- members ---- */

static void put_when(struct json_writer *w, const char *name, int64_t wall_us)
{
    char when[32];

    clock_rfc3339(wall_us, when);
    json_put_text(w, name, str_of(when));
}

static void put_base64(struct json_writer *w, struct cp_str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    json_quote_open(w);
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t bits = 0;
        char four[4] = { '=', '=', '=', '=' };
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < s.n ? (unsigned char)s.p[i + j] : 0);
        for (size_t j = 0; j < 4 && i + j <= s.n; j++)
            four[j] = digits[bits >> (18 - 6 * j) & 63];
        json_piece(w, str_n(four, 4));
    }
    json_quote_close(w);
}

static void put_clean(struct json_writer *w, const char *name, struct cp_str text)
{
    struct buf clean;

    if (!text.p)
        return;
    buf_init(&clean, SIZE_MAX);
    clean_text(&clean, text);
    json_put_text(w, name, buf_str(&clean));
    buf_fini(&clean);
}

static void put_line(struct json_writer *w, const struct capture_piece *p)
{
    struct buf clean;
    bool is_address = p->what == CAPTURE_CLIENT_REQUEST || p->what == CAPTURE_UPSTREAM_REQUEST;

    if (!is_address) {
        put_clean(w, p->what == CAPTURE_END ? "end" : "why", p->line);
        return;
    }
    buf_init(&clean, SIZE_MAX);
    clean_address(&clean, p->line);
    struct cp_str line = buf_str(&clean);
    ptrdiff_t blank = str_chr(line, ' ');
    size_t n = blank < 0 ? 0 : (size_t)blank;
    json_put_text(w, "method", str_cut(line, n));
    json_put_text(w, p->what == CAPTURE_CLIENT_REQUEST ? "target" : "url",
                  str_from(line, blank < 0 ? 0 : n + 1));
    buf_fini(&clean);
}

/* [["name", "value"], ...]: there may be several of one name. */
static void put_headers(struct json_writer *w, struct cp_str headers)
{
    struct cp_str line;

    if (!headers.p)
        return;
    json_key(w, STR("headers"));
    json_open(w, '[');
    while (str_split(&headers, '\n', &line)) {
        ptrdiff_t colon = str_find(line, STR(": "));
        struct buf clean;
        if (colon < 0)
            continue;
        buf_init(&clean, SIZE_MAX);
        clean_text(&clean, str_from(line, (size_t)colon + 2));
        json_open(w, '[');
        json_string(w, str_cut(line, (size_t)colon));
        json_string(w, buf_str(&clean));
        json_close(w);
        buf_fini(&clean);
    }
    json_close(w);
}

static void put_body(struct json_writer *w, const struct capture_piece *p)
{
    struct buf clean;

    if (p->body_bytes >= 0)
        json_put_number(w, "bytes", p->body_bytes);
    if (!p->body.n)
        return;
    if ((int64_t)p->body.n < p->body_bytes)
        json_put_bool(w, "cut", true);
    buf_init(&clean, SIZE_MAX);
    clean_text(&clean, p->body);
    struct cp_str body = buf_str(&clean);
    if (utf8_valid(body) == body.n) {
        json_put_text(w, "body", body);
    } else {
        json_key(w, STR("body_base64"));
        put_base64(w, body);
    }
    buf_fini(&clean);
}

/* ---- lines ---- */

static void line_open(struct json_writer *w, struct buf *out, int64_t wall_us, const char *what)
{
    json_writer_init(w, out);
    json_open(w, '{');
    put_when(w, "ts", wall_us);
    json_put_text(w, "what", str_of(what));
}

static void line_close(struct json_writer *w)
{
    json_close(w);
    buf_add_c(w->out, '\n');
}

void captures_line(const struct capture_piece *p, struct buf *out)
{
    struct json_writer w;

    line_open(&w, out, p->wall_us, names[p->what]);
    put_clean(&w, "req", p->request);
    if (p->attempt && p->channel.p)
        json_put_number(&w, "attempt", p->attempt);
    if (p->channel.p)
        json_put_text(&w, "channel", p->channel);
    if (p->key.p)
        json_put_text(&w, "upkey", p->key);
    put_line(&w, p);
    if (p->status >= 0)
        json_put_number(&w, "status", p->status);
    put_headers(&w, p->headers);
    put_body(&w, p);
    line_close(&w);
}

void captures_line_begin(const struct capture_state *s, struct buf *out)
{
    struct json_writer w;

    line_open(&w, out, s->from_ms * 1000, "capture");
    json_put_text(&w, "id", str_of(s->id));
    if (s->channel[0])
        json_put_text(&w, "channel", str_of(s->channel));
    if (s->client[0])
        json_put_text(&w, "client", str_of(s->client));
    put_when(&w, "until", s->until_ms * 1000);
    json_put_bool(&w, "bodies", s->has_bodies);
    line_close(&w);
}

void captures_line_lost(uint64_t n, struct buf *out)
{
    struct json_writer w;

    line_open(&w, out, clock_wall_us(), "lost");
    json_put_number(&w, "pieces", (int64_t)n);
    line_close(&w);
}

void captures_line_over(const struct capture_state *s, struct buf *out)
{
    struct json_writer w;

    line_open(&w, out, clock_wall_us(), "over");
    json_put_text(&w, "why", str_of(s->why));
    json_put_number(&w, "requests", (int64_t)s->requests);
    json_put_number(&w, "lost", (int64_t)s->lost);
    line_close(&w);
}
