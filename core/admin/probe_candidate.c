/* SPDX-License-Identifier: MIT */
/*
 * probe_candidate - a channel that is not saved, read from JSON as one of a file would be, without asking for a file.
 *
 * Keys and headers that come as masks or ids are those of the channel whose id the body says: who edits a channel tries
 * what he has changed without having its secrets.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/convert.h"
#include "admin/probe.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/env.h"
#include "conf/node.h"
#include "conf/table.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "json/tree.h"

enum { REPORT_BYTES = 65536, DETAILS_MOST = 32 };

static const char *const no_environment[] = { NULL };

static void candidate_unref(void *conf)
{
    conf_unref(conf);
}

struct candidate_instance {
    const struct adapter *adapter;
    void *instance;
};

static void candidate_forget(void *p)
{
    struct candidate_instance *i = p;

    guard_forget(i->adapter, i->instance);
}

/* The secrets of the channel that is edited, as managed.conf would have them. */
static struct node *candidate_old(struct api_call *call, const struct tree *body)
{
    const struct conf_channel *c =
        conf_channel(call->setup->conf, tree_as_text(tree_get(body, "id")));
    struct node *group = node_new(call->arena, NODE_GROUP, STR_NONE, STR("channel"));
    struct node *keys, *headers;

    if (!c)
        return group;
    keys = twig_list(call->arena, group, "keys");
    for (size_t i = 0; i < c->keys_n; i++) {
        struct node *k = twig_add_group(call->arena, keys);
        twig_put_text(call->arena, k, "key", secret_show(c->keys[i].secret));
        twig_put_text(call->arena, k, "id", str_of(c->keys[i].id));
    }
    headers = twig_list(call->arena, group, "headers");
    for (size_t i = 0; i < c->headers_n; i++)
        if (c->headers[i].value.p) {
            struct node *h = twig_add_group(call->arena, headers);
            twig_put_text(call->arena, h, "name", c->headers[i].name);
            twig_put_text(call->arena, h, "value", c->headers[i].value);
        }
    return group;
}

static struct node *candidate_node(struct api_call *call, const struct tree *body)
{
    struct node *group = candidate_old(call, body);
    struct tree *rest = channels_keep(call, tree_object()), *value;
    struct err err = { 0 };
    struct cp_str name;
    size_t at = 0;

    while (tree_each(body, &at, &name, &value))
        if (!channels_is_told(name))
            tree_put(rest, arena_z(call->arena, name), tree_copy(value));
    int rc = convert_patch("channels.", rest, call->arena, group, &err);
    channels_unname_keys(node_get(group, "keys"));
    if (!tree_get(body, "keys"))
        (void)twig_drop(group, "keys"); /* of the old one */
    if (!tree_get(body, "headers"))
        (void)twig_drop(group, "headers"); /* of the old one */
    if (rc)
        api_fail(call, 422, err.where, "%s", err.what);
    return rc ? NULL : group;
}

static void candidate_complain(struct api_call *call, struct cp_str report)
{
    struct cp_str line, mark = STR(": error: ");
    unsigned n = 0;

    while (n < DETAILS_MOST && str_split(&report, '\n', &line)) {
        ptrdiff_t at = str_find(line, mark);
        if (at < 0)
            continue;
        struct cp_str where = str_cut(line, (size_t)at),
                      what = str_from(line, (size_t)at + mark.n);
        bool is_whole = str_is(where, "channel");
        if (!n++)
            api_fail(call, 422, is_whole ? "" : arena_z(call->arena, where), "%.*s",
                     STR_FMT(what));
        api_detail(call, arena_printf(call->arena, "%.*s%s%.*s", is_whole ? 0 : (int)where.n,
                                      where.p, is_whole ? "" : ": ", STR_FMT(what)));
    }
}

/* Like conf_read(), of nothing but this channel. */
static struct conf *candidate_conf(struct api_call *call, struct node *channel)
{
    struct arena *arena = arena_new(8192, 0), *scratch = arena_new(8192, 0);
    struct conf *c = arena_need(arena, sizeof(*c));
    struct node *root = node_new(scratch, NODE_GROUP, STR_NONE, STR("channel"));
    struct node *list = node_new(scratch, NODE_LIST, STR("channels"), STR("channel"));
    struct buf text;
    struct conf_report report = { .out = &text };
    struct env env;

    c->refs = 1;
    c->arena = arena;
    c->install_id = arena_copy(arena, call->setup->conf->install_id);
    buf_init(&text, REPORT_BYTES);
    env_init(&env, scratch, no_environment);
    struct build b = {
        .conf = c, .scratch = scratch, .env = &env, .report = &report, .seen = map_new()
    };
    node_append(root, list);
    node_append(list, channel);
    table_preset("", c);
    c->timeouts = call->setup->conf->timeouts;
    scheduler_read(&b, root);
    channel_settle_ids(&b, root);
    channel_read_all(&b, root);
    if (report.errors)
        candidate_complain(call, buf_str(&text));
    buf_fini(&text);
    map_free(b.seen);
    arena_free(scratch);
    if (!report.errors)
        return c;
    conf_unref(c);
    return NULL;
}

bool probe_candidate(struct api_call *call, const struct tree *body, struct probe_target *t)
{
    struct node *node = candidate_node(call, body);
    struct conf *c = node ? candidate_conf(call, node) : NULL;
    struct err err = { 0 };

    if (!c)
        return false;
    arena_at_exit(call->arena, candidate_unref, c);
    t->conf = &c->channels[0];
    t->adapter = registry_find(call->setup->registry, t->conf->dialect);
    if (!t->adapter) {
        api_fail(call, 422, "dialect", "no adapter for the dialect \"%.*s\"",
                 STR_FMT(t->conf->dialect));
        return false;
    }
    if (guard_configure(t->adapter, t->conf->options, t->conf->options_n, &t->instance, &err)) {
        api_fail(call, 422, "options", "%s", err.what);
        return false;
    }
    struct candidate_instance *i = arena_need(call->arena, sizeof(*i));
    *i = (struct candidate_instance){ t->adapter, t->instance };
    arena_at_exit(call->arena, candidate_forget, i);
    return true;
}
