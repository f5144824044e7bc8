/* SPDX-License-Identifier: MIT */
/*
 * captures_api - /api/captures: begin one, see what there is, fetch a file, stop, remove.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/captures.h"
#include "admin/office.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/tree.h"
#include "json/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    SECOND = 1000,
    MOST_MS = 60 * 60 * 1000,
    BODY_BYTES_PRESET = 1 << 20,
    FILE_BYTES_PRESET = 16 << 20,
    FILE_BYTES_MOST = 48 << 20, /* an answer of the API has room for it */
    REQUESTS_PRESET = 1000,
    REQUESTS_MOST = 100000
};

static void put_when(struct json_writer *w, const char *name, int64_t wall_ms)
{
    char when[32];

    clock_rfc3339(wall_ms * 1000, when);
    when[19] = 'Z';
    json_put_text(w, name, str_n(when, 20));
}

static void put_capture(struct json_writer *w, const struct capture_state *s)
{
    json_open(w, '{');
    json_put_text(w, "id", str_of(s->id));
    json_put_text(w, "state", s->why[0] ? STR("over") : STR("running"));
    if (s->why[0])
        json_put_text(w, "why", str_of(s->why));
    json_put_text(w, "channel", s->channel[0] ? str_of(s->channel) : STR_NONE);
    json_put_text(w, "client", s->client[0] ? str_of(s->client) : STR_NONE);
    json_put_bool(w, "bodies", s->has_bodies);
    put_when(w, "from", s->from_ms);
    put_when(w, "until", s->until_ms);
    json_put_number(w, "requests", (int64_t)s->requests);
    json_put_number(w, "bytes", (int64_t)s->bytes);
    json_put_number(w, "lost", (int64_t)s->lost);
    json_put_text(w, "file", str_of(s->file));
    json_close(w);
}

/* ---- what is asked for ---- */

/* A size as the file spells it, or a number of bytes. */
static uint64_t wanted_bytes(struct api_call *call, const struct tree *body, const char *name,
                             int64_t preset, int64_t most)
{
    const struct tree *t = tree_get(body, name);
    int64_t bytes = preset;

    if (!t || tree_kind(t) == TREE_NULL)
        return (uint64_t)preset;
    if (tree_kind(t) == TREE_NUMBER)
        bytes = tree_as_int(t, -1);
    else if (str_bytes(tree_as_text(t), &bytes))
        bytes = -1;
    if (bytes < 1 || bytes > most)
        api_fail(call, 400, name, "a size such as \"1MB\", at most %lld bytes",
                 (long long)most);
    return (uint64_t)bytes;
}

static int64_t wanted_ms(struct api_call *call, const struct tree *body)
{
    struct cp_str text = tree_as_text(tree_get(body, "duration"));
    int64_t ms = 60 * SECOND;

    if (tree_get(body, "duration") && (str_duration(text, &ms) || ms < SECOND || ms > MOST_MS))
        api_fail(call, 400, "duration", "a time such as \"60s\", at most \"1h\"");
    return ms;
}

static bool is_client(const struct conf *c, struct cp_str id)
{
    bool is_known = str_is(id, "access") || str_is(id, "panel");

    for (size_t i = 0; i < c->clients_n; i++)
        is_known |= str_is(id, c->clients[i].id);
    return is_known;
}

static struct cp_str wanted_name(struct api_call *call, const struct tree *body,
                                 const char *name)
{
    const struct tree *t = tree_get(body, name);
    struct cp_str id = tree_as_text(t);
    bool is_channel = strcmp(name, "channel") == 0;

    if (!t || tree_kind(t) == TREE_NULL)
        return STR_NONE;
    if (is_channel ? !conf_channel(call->setup->conf, id) : !is_client(call->setup->conf, id))
        api_fail(call, 404, name, "there is no %s \"%.*s\"",
                 is_channel ? "channel" : "client key", STR_FMT(str_cut(id, 100)));
    return id;
}

static struct tree *wanted_body(struct api_call *call)
{
    struct err err = { 0 };
    struct tree *body;

    ask_body(call, "channel|client|duration|bodies|body_bytes|max_bytes|requests");
    if (api_has_failed(call))
        return NULL;
    body = call->body.n ? tree_parse(call->body, &err) : tree_object();
    if (!body)
        api_fail(call, 400, "", "%s", err.what);
    return body;
}

static void captures_tell(struct api_call *call, int rc, const struct err *err,
                          const struct capture_state *s)
{
    int status = rc == E_AGAIN ? 409 : rc == E_UNSUPPORTED ? 503 : rc == E_LIMIT ? 507 : 500;

    if (rc) {
        api_fail(call, status, err->where, "%s", err->what);
        return;
    }
    put_capture(call->out, s);
    call->status = 201;
}

static void captures_new(struct api_call *call)
{
    struct capture_state *s = arena_need(call->arena, sizeof(*s));
    struct tree *body = wanted_body(call);
    const struct tree *bodies = tree_get(body, "bodies");
    struct err err = { 0 };

    if (!body)
        return;
    struct capture_rules rules = {
        .channel = wanted_name(call, body, "channel"),
        .client = wanted_name(call, body, "client"),
        .has_bodies = !bodies || tree_as_bool(bodies),
        .body_bytes =
            wanted_bytes(call, body, "body_bytes", BODY_BYTES_PRESET, FILE_BYTES_MOST),
        .file_bytes = wanted_bytes(call, body, "max_bytes", FILE_BYTES_PRESET, FILE_BYTES_MOST),
        .requests = (uint32_t)ask_number(call, "requests", 1, REQUESTS_MOST, REQUESTS_PRESET),
    };
    int64_t for_ms = wanted_ms(call, body);
    if (bodies && tree_kind(bodies) != TREE_BOOL)
        api_fail(call, 400, "bodies", "true or false");
    if (!api_has_failed(call))
        captures_tell(call, captures_start(call->office->captures, &rules, for_ms, s, &err),
                      &err, s);
    tree_free(body);
}

/* ---- what there is ---- */

static void captures_show(struct api_call *call)
{
    struct capture_state *all = arena_need(call->arena, CAPTURES_LISTED * sizeof(*all));
    uint32_t n = captures_list(call->office->captures, all, CAPTURES_LISTED);

    ask_query(call, "");
    if (api_has_failed(call))
        return;
    json_open(call->out, '{');
    json_key(call->out, STR("captures"));
    json_open(call->out, '[');
    for (uint32_t i = 0; i < n; i++)
        put_capture(call->out, &all[i]);
    json_close(call->out);
    json_close(call->out);
}

static struct capture_state *captures_named(struct api_call *call)
{
    struct capture_state *s = arena_need(call->arena, sizeof(*s));

    if (captures_find(call->office->captures, call->param[0], s))
        return s;
    api_fail(call, 404, "", "there is no such capture");
    return NULL;
}

static void captures_get(struct api_call *call)
{
    struct capture_state *s = captures_named(call);

    if (s)
        put_capture(call->out, s);
}

/* Whole lines, also of one that is still being written. */
static void captures_file(struct api_call *call)
{
    struct capture_state *s = captures_named(call);
    int fd = s ? open(s->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    char block[16384];
    ssize_t n = 0;

    if (!s)
        return;
    if (fd < 0) {
        api_fail(call, 404, "", "its file is gone: %s", strerror(errno));
        return;
    }
    while ((n = read(fd, block, sizeof(block))) > 0 && !buf_add(call->text, block, (size_t)n))
        ;
    close(fd);
    while (call->text->n && call->text->p[call->text->n - 1] != '\n')
        call->text->n--;
    call->type = "application/jsonl";
    call->file_name = arena_printf(call->arena, "%s.jsonl", s->id);
}

static void captures_end(struct api_call *call)
{
    struct capture_state *s = captures_named(call);

    if (!s)
        return;
    (void)captures_stop(call->office->captures, call->param[0]);
    captures_get(call);
}

static void captures_remove(struct api_call *call)
{
    struct capture_state *s = captures_named(call);

    if (!s)
        return;
    (void)captures_stop(call->office->captures, call->param[0]);
    if (unlink(s->file) < 0 && errno != ENOENT)
        api_fail(call, 500, "", "its file cannot be removed: %s", strerror(errno));
    else
        call->status = 204;
}

const struct api_route capture_routes[] = {
    { "GET", "/api/captures", captures_show, 0, API_POOL, 0,
      "captures of requests, the newest first" },
    { "POST", "/api/captures", captures_new, API_SMALL, API_POOL, 0,
      "writes requests and answers to a file, without secrets, for a while: channel, client, duration, bodies, body_bytes, "
      "max_bytes, requests" },
    { "GET", "/api/captures/{id}", captures_get, 0, API_POOL, 0, "one capture" },
    { "GET", "/api/captures/{id}/file", captures_file, 0, API_POOL, 0,
      "what it has written so far, one JSON object a line" },
    { "POST", "/api/captures/{id}/stop", captures_end, API_SMALL, API_POOL, 0,
      "ends it; its file stays" },
    { "DELETE", "/api/captures/{id}", captures_remove, 0, API_POOL, 0,
      "ends it and removes its file" },
    { 0 },
};
