/* SPDX-License-Identifier: MIT */
/*
 * probe_head - where a probe goes and with which headers: what a channel's request would have that was translated.
 */
#include "admin/probe.h"

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/percent.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "plugin/media.h"

#include <stdio.h>

enum { URL_BYTES = 16 * 1024, OWN_HEADERS = 4 };

struct header_list {
    struct transfer_header *at;
    size_t n;
};

static bool is_same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && str_begins_nocase(a, b.p ? b.p : "");
}

static void headers_drop(struct header_list *l, struct cp_str name)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!is_same(l->at[i].name, name))
            l->at[kept++] = l->at[i];
    l->n = kept;
}

static void headers_set(struct header_list *l, struct cp_str name, struct cp_str value)
{
    headers_drop(l, name);
    l->at[l->n++] = (struct transfer_header){ name, value };
}

static void headers_build(struct probe *p, const struct cp_head *head, const char *method,
                          struct transfer_spec *spec)
{
    const struct conf_channel *c = p->target.conf;
    const struct cp_adapter *up = &p->target.adapter->hooks;
    size_t room = OWN_HEADERS + head->headers_n + head->key_places_n + c->headers_n;
    struct header_list l = { arena_need(p->arena, room * sizeof(*l.at)), 0 };

    headers_set(&l, STR("User-Agent"), STR("claude-proxy/" VERSION_TEXT));
    headers_set(&l, STR("Accept"), media_accept(up, p->is_chat && p->is_stream));
    headers_set(&l, STR("Accept-Encoding"), STR("identity"));
    if (!strcmp(method, "POST"))
        headers_set(&l, STR("Content-Type"), str_of(media_of_body(up)));
    for (uint32_t i = 0; i < head->headers_n; i++)
        headers_set(&l, arena_copy(p->arena, head->headers[i].name), head->headers[i].value);
    for (uint32_t i = 0; i < head->key_places_n; i++)
        if (head->key_place[i].where == CP_IN_HEADER && head->key.p)
            headers_set(&l, arena_copy(p->arena, head->key_place[i].name),
                        arena_printf(p->arena, "%.*s%.*s", STR_FMT(head->key_place[i].prefix),
                                     STR_FMT(head->key)));
    for (size_t i = 0; i < c->headers_n; i++) {
        if (c->headers[i].value.p)
            headers_set(&l, c->headers[i].name, c->headers[i].value);
        else
            headers_drop(&l, c->headers[i].name);
    }
    spec->headers = l.at;
    spec->headers_n = l.n;
}

int probe_url(struct host_call *hc, const struct probe_target *t, size_t url,
              struct cp_str model, struct cp_head *head, struct buf *out)
{
    const struct conf_channel *c = t->conf;
    struct cp_str key = head->key;

    head_init(head, hc->arena, model, key);
    int rc = guard_target(t->adapter, t->instance, hc, head);
    if (rc || head->failed)
        return rc ? rc : E_BUG;
    conf_request_url(out, &c->urls[url], head->version, head->path);
    for (uint32_t i = 0; i < head->queries_n; i++)
        buf_printf(out, "%c%.*s=%.*s", i ? '&' : '?', STR_FMT(head->queries[i].name),
                   STR_FMT(head->queries[i].value));
    return buf_failed(out) ? E_LIMIT : 0;
}

static void url_key(struct buf *url, const struct cp_head *head)
{
    char sep = head->queries_n ? '&' : '?';

    for (uint32_t i = 0; i < head->key_places_n; i++)
        if (head->key_place[i].where == CP_IN_QUERY && head->key.p) {
            buf_printf(url, "%c%.*s=", sep, STR_FMT(head->key_place[i].name));
            percent_encode(url, head->key);
            sep = '&';
        }
}

static int64_t least(int64_t a, int64_t b)
{
    return a > 0 && a < b ? a : b;
}

static void limits(const struct conf_channel *c, struct transfer_spec *s)
{
    s->insecure = c->insecure;
    s->allow_private = c->allow_private;
    s->http1 = c->http1;
    s->is_fresh = true;
    s->connect_ms = least(c->timeouts.connect_ms, PROBE_MS);
    s->first_byte_ms = PROBE_MS;
    s->total_ms = PROBE_MS;
}

bool probe_spec(struct probe *p, struct probe_try *try, uint32_t op, const char *method,
                struct transfer_spec *spec)
{
    const struct conf_channel *c = p->target.conf;
    struct cp_head *head = arena_need(p->arena, sizeof(*head));
    struct buf url;

    memset(spec, 0, sizeof(*spec));
    p->hc.call.op = op;
    p->hc.call.stream = op == CP_CHAT && p->is_stream;
    head->key = c->keys_n ? secret_show(c->keys[p->key].secret) : STR_NONE;
    buf_init(&url, URL_BYTES);
    int rc = probe_url(&p->hc, &p->target, p->url, p->hc.call.model, head, &url);
    if (!rc) {
        struct cp_str text = buf_str(&url);
        ptrdiff_t query = str_chr(text, '?');
        try->url = arena_copy(p->arena, query < 0 ? text : str_cut(text, (size_t)query));
        url_key(&url, head);
        spec->url = arena_z(p->arena, buf_str(&url));
        rc = buf_failed(&url) ? E_LIMIT : 0;
    } else {
        snprintf(try->why, sizeof(try->why), "the adapter has no such request: %s",
                 p->hc.err.what);
    }
    buf_fini(&url);
    if (rc)
        return false;
    spec->method = method;
    spec->proxy = c->proxy.n ? arena_z(p->arena, c->proxy) : NULL;
    spec->ca_file = c->ca_file.n ? arena_z(p->arena, c->ca_file) : NULL;
    limits(c, spec);
    headers_build(p, head, method, spec);
    return true;
}
