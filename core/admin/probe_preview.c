/* SPDX-License-Identifier: MIT */
/*
 * probe_preview - the URLs that a channel's requests would go to, worked out where they are worked out for requests.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/probe.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/url.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "json/tree.h"

#include <stdio.h>

enum { URLS_MOST = 32, URL_BYTES = 8192 };

static const struct {
    const char *name, *method;
    uint32_t op, is_stream;
} operations[] = { { "chat", "POST", CP_CHAT, 0 },
                   { "stream", "POST", CP_CHAT, 1 },
                   { "count_tokens", "POST", CP_COUNT_TOKENS, 0 },
                   { "list_models", "GET", CP_LIST_MODELS, 0 } };

struct preview {
    struct api_call *call;
    struct probe_target target;
    struct host_call hc;
    struct ledger ledger;
    struct cp_str model;
};

static struct tree *preview_operations(struct preview *p)
{
    struct tree *t = tree_object();

    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
        struct cp_head head = { .key = STR_NONE };
        struct buf url;
        if (!(p->target.adapter->hooks.ops & CP_BIT(operations[i].op)))
            continue;
        buf_init(&url, URL_BYTES);
        p->hc.call.op = operations[i].op;
        p->hc.call.stream = operations[i].is_stream;
        if (!probe_url(&p->hc, &p->target, 0, p->model, &head, &url))
            tree_put_text(t, operations[i].name,
                          arena_printf(p->call->arena, "%s %.*s", operations[i].method,
                                       STR_FMT(buf_str(&url))));
        buf_fini(&url);
    }
    return t;
}

static struct tree *preview_one(struct preview *p, struct cp_str text)
{
    struct conf_url url = { 0 };
    struct conf_channel channel = { .urls = &url, .urls_n = 1 };
    struct tree *t = tree_object();
    const char *why = url_parse(text, p->call->arena, &url);

    tree_put_text(t, "base_url", text);
    if (why) {
        tree_put_text(t, "error", str_of(why));
        return t;
    }
    p->target.conf = &channel;
    tree_put(t, "operations", preview_operations(p));
    return t;
}

static void preview_urls(struct preview *p, const struct tree *body)
{
    struct cp_str one = tree_as_text(tree_get(body, "base_url"));
    const struct tree *more = tree_get(body, "base_urls");
    struct tree *t, *list;

    if (!one.p && !tree_count(more)) {
        api_fail(p->call, 422, "base_url", "a base URL is needed");
        return;
    }
    t = tree_object();
    list = tree_array();
    if (one.p)
        tree_append(list, preview_one(p, one));
    for (size_t i = 0; i < tree_count(more) && i < URLS_MOST; i++)
        tree_append(list, preview_one(p, tree_as_text(tree_at(more, i))));
    tree_put(t, "urls", list);
    api_tell(p->call, t);
}

void probe_preview(struct api_call *call)
{
    struct tree *body = channels_body(call);
    struct cp_str dialect = tree_as_text(tree_get(body, "dialect"));
    struct preview p = { .call = call, .model = tree_as_text(tree_get(body, "model")) };

    if (!body)
        return;
    p.target.adapter = registry_find(call->setup->registry, dialect);
    if (!p.target.adapter) {
        api_fail(call, 422, "dialect", "no adapter for the dialect \"%.*s\"",
                 STR_FMT(str_cut(dialect, 64)));
        return;
    }
    if (!p.model.n)
        p.model = STR("MODEL");
    p.target.instance = call->setup->clients[p.target.adapter->ordinal];
    ledger_init(&p.ledger);
    host_call_init(&p.hc, call->arena, &p.ledger);
    p.hc.call.trace = STR("preview");
    p.hc.call.model = p.model;
    preview_urls(&p, body);
    host_call_fini(&p.hc);
}
