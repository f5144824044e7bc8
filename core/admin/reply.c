/* SPDX-License-Identifier: MIT */
/*
 * reply - what goes out of the API: headers, failures, answers.
 */
#include "admin/api_private.h"
#include "admin/shield.h"

#include "base/arena.h"
#include "base/str.h"
#include "loop/server.h"

enum { FAILURE_BYTES = 1 << 20, HEADERS = SHIELD_HEADERS + 8 };

struct headers {
    struct reply_header h[HEADERS];
    size_t n;
};

static void headers_add(struct headers *h, const char *name, struct cp_str value)
{
    if (value.p)
        h->h[h->n++] = (struct reply_header){ name, value };
}

static void headers_begin(struct headers *h, const struct request *r, struct cp_str type)
{
    h->n = shield_put(h->h, r);
    headers_add(h, "Content-Type", type);
    headers_add(h, "Cache-Control", STR("no-store"));
}

static void headers_retry(struct headers *h, struct request *r, int64_t after_s)
{
    if (after_s)
        headers_add(h, "Retry-After",
                    arena_printf(request_arena(r), "%lld", (long long)after_s));
}

static void reply_send(struct request *r, int status, const struct headers *h, struct buf *body,
                       uint32_t flags)
{
    size_t bytes;
    char *p = buf_give(body, &bytes);

    (void)request_reply(r, status, h->h, h->n, str_n(p, bytes),
                        flags | REPLY_TAKE); /* gone is fine */
}

/* ---- failures ---- */

static void failure_details(struct json_writer *w, struct cp_str lines)
{
    struct cp_str line;

    if (!lines.n)
        return;
    json_key(w, STR("details"));
    json_open(w, '[');
    while (str_split(&lines, '\n', &line))
        if (line.n)
            json_string(w, line);
    json_close(w);
}

static void failure_write(const struct failure *f, struct buf *body)
{
    struct json_writer w;

    json_writer_init(&w, body);
    json_open(&w, '{');
    json_put_text(&w, "error", f->error);
    if (f->path.p && !f->is_old)
        json_put_text(&w, "path", f->path);
    if (!f->is_old)
        failure_details(&w, f->details);
    json_close(&w);
    buf_add_c(body, '\n');
}

void reply_failure(struct request *r, const struct failure *f, uint32_t flags)
{
    struct headers h;
    struct buf body;

    headers_begin(&h, r, STR("application/json"));
    headers_add(&h, "Allow", str_of(f->allow));
    if (f->status == 401)
        headers_add(&h, "WWW-Authenticate", STR("Bearer"));
    headers_retry(&h, r, f->retry_after_s);
    buf_init(&body, FAILURE_BYTES);
    failure_write(f, &body);
    reply_send(r, f->status, &h, &body, flags);
    buf_fini(&body);
}

/* ---- answers ---- */

static bool reply_is_known(const struct api_call *c)
{
    struct cp_str tag = api_header(c, "if-none-match");

    return c->etag.p && !c->is_live && c->status == 200 && str_is(c->method, "GET") && tag.p &&
           str_eq(str_trim(tag), c->etag);
}

static void reply_answer(struct call *c)
{
    struct api_call *api = &c->api;
    bool is_known = reply_is_known(api);
    struct headers h;

    headers_begin(&h, c->request, str_of(api->type ? api->type : "application/json"));
    headers_add(&h, "ETag", api->etag);
    headers_add(&h, "Set-Cookie", api->cookie);
    if (api->file_name.p)
        headers_add(&h, "Content-Disposition",
                    arena_printf(request_arena(c->request), "attachment; filename=\"%.*s\"",
                                 STR_FMT(api->file_name)));
    headers_retry(&h, c->request, api->retry_after_s);
    if (is_known || api->status == 204)
        buf_clear(&c->text);
    else if (!api->type && c->text.n && c->text.p[c->text.n - 1] != '\n')
        buf_add_c(&c->text, '\n');
    reply_send(c->request, is_known ? 304 : api->status, &h, &c->text, 0);
}

void reply_call(struct call *c)
{
    struct api_call *api = &c->api;

    if (!api_has_failed(api) && buf_failed(&c->text))
        api_fail(api, 500, "", "the answer is too long; ask for a part of it");
    if (!api_has_failed(api)) {
        reply_answer(c);
        return;
    }
    const struct failure f = { .status = api->status,
                               .path = api->path,
                               .error = api->error,
                               .details = api->details,
                               .retry_after_s = api->retry_after_s,
                               .is_old = c->route->flags & API_OLD };
    reply_failure(c->request, &f, 0);
}
