/* SPDX-License-Identifier: MIT */
/*
 * channels - /api/channels: all of them, one, a new one, changes, the end of one.
 */
#include "admin/channels.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/channels_nodes.h"
#include "admin/channels_order.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/url.h"
#include "flow/setup.h"
#include "json/tree.h"

#include <stdlib.h>

/* ---- reading ---- */

/* Of a new channel: what is legal, and hardly what is meant. */
static struct tree *warnings_of(struct api_call *call, const struct conf *conf,
                                const struct conf_channel *c)
{
    struct tree *list = tree_array();

    for (size_t i = 0; i < conf->channels_n; i++) {
        const struct conf_channel *other = &conf->channels[i];
        if (other != c && str_eq(other->name, c->name))
            tree_append(
                list, tree_text(arena_printf(call->arena, "the channel %.*s has the same name",
                                             STR_FMT(other->id))));
    }
    for (size_t i = 0; i < c->urls_n; i++) {
        if (url_remark(&c->urls[i]))
            tree_append(list, tree_text(arena_printf(call->arena, "the base URL %s",
                                                     url_remark(&c->urls[i]))));
        if (url_is_private(&c->urls[i]) && !c->allow_private)
            tree_append(list, tree_text(STR("the base URL is a private address, which is "
                                            "refused unless allow_private = true")));
    }
    return list;
}

void channels_answer(struct api_call *call, const struct setup *setup, struct cp_str id,
                     int status)
{
    struct channels_view view = channels_view(call, setup);
    const struct conf_channel *c = conf_channel(setup->conf, id);
    struct tree *t;

    if (!c) {
        api_fail(call, 404, "id", "no channel has this id any more");
        return;
    }
    t = channels_tree(&view, c);
    call->etag = api_quote(call->arena, tree_as_text(tree_get(t, "etag")));
    call->is_live = true;
    if (status == 201)
        tree_put(t, "warnings", warnings_of(call, setup->conf, c));
    api_tell(call, t);
    call->status = status;
}

static int place_compare(const void *a, const void *b)
{
    const struct conf_channel *x = *(const struct conf_channel *const *)a;
    const struct conf_channel *y = *(const struct conf_channel *const *)b;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : 1;
}

static bool is_ordered(const struct roster_family *f, uint32_t ordinal)
{
    for (uint32_t i = 0; f && i < f->order_n; i++)
        if (f->order[i] == ordinal)
            return true;
    return false;
}

/* In the order they are asked in: that of the family, if there is one, with those that do not serve behind. */
static struct tree *list_of(const struct channels_view *view, const struct roster_family *f,
                            bool is_brief)
{
    struct tree *(*show)(const struct channels_view *, const struct conf_channel *) =
        is_brief ? channels_brief : channels_tree;
    const struct conf *conf = view->setup->conf;
    const struct conf_channel **all =
        arena_need(view->arena, (conf->channels_n + 1) * sizeof(*all));
    struct tree *list = tree_array();

    for (size_t i = 0; i < conf->channels_n; i++)
        all[i] = &conf->channels[i];
    if (conf->channels_n)
        qsort(all, conf->channels_n, sizeof(*all), place_compare);
    for (uint32_t i = 0; f && i < f->order_n; i++)
        tree_append(list, show(view, &conf->channels[f->order[i]]));
    for (size_t i = 0; i < conf->channels_n; i++)
        if (!is_ordered(f, all[i]->ordinal) && (!f || conf_serves_family(all[i], f->name)))
            tree_append(list, show(view, all[i]));
    return list;
}

static void channels_list(struct api_call *call)
{
    struct channels_view view = channels_view(call, call->setup);
    struct cp_str family = ask_query_text(call, "family");
    const struct roster_family *f = family.p ? roster_family(call->roster, family) : NULL;

    ask_query(call, "family|brief");
    bool is_brief = ask_query_bool(call, "brief");
    if (family.p && !f)
        api_fail(call, 404, "query.family", "no adapter has this client API");
    if (call->status != 200)
        return;
    struct tree *t = tree_object();
    tree_put(t, "channels", list_of(&view, f, is_brief));
    if (!f)
        tree_put_text(t, "order_etag", channels_order_tag(call->arena, call->setup->conf));
    api_tell(call, t);
}

static void channels_get(struct api_call *call)
{
    if (channels_find(call, call->param[0]))
        channels_answer(call, call->setup, call->param[0], 200);
}

/* ---- changing ---- */

static int post_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    return channels_create(e, root, e->with, err);
}

static struct cp_str name_of(const struct tree *body)
{
    struct cp_str name = tree_as_text(tree_get(body, "name"));

    return name.p ? name : tree_as_text(tree_get(body, "id"));
}

static void channels_post(struct api_call *call)
{
    struct tree *body = channels_body(call);
    const struct setup *now;

    if (!body)
        return;
    struct channels_edit e = { .call = call,
                               .apply = post_apply,
                               .with = body,
                               .what = arena_printf(call->arena, "channel %.*s is new",
                                                    STR_FMT(str_cut(name_of(body), 64))) };
    if (channels_run(&e, &now))
        channels_answer(call, now, e.id, 201);
}

static int patch_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    return channels_patch(e, root, e->with, false, err);
}

static int put_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    return channels_patch(e, root, e->with, true, err);
}

/* "channel relay: priority, keys" */
static struct cp_str what_changes(struct api_call *call, const struct tree *body)
{
    struct cp_str what = arena_printf(call->arena, "channel %.*s", STR_FMT(call->param[0])),
                  name;
    struct tree *value;
    size_t at = 0, n = 0;

    while (n < 8 && tree_each(body, &at, &name, &value))
        if (!channels_is_told(name))
            what = arena_printf(call->arena, "%.*s%s %.*s", STR_FMT(what), n++ ? "," : ":",
                                STR_FMT(str_cut(name, 40)));
    return what;
}

static void channels_change(struct api_call *call, bool is_whole)
{
    struct tree *body = channels_body(call);
    const struct setup *now;

    if (!body)
        return;
    struct channels_edit e = { .call = call,
                               .apply = is_whole ? put_apply : patch_apply,
                               .with = body,
                               .id = call->param[0],
                               .what = is_whole
                                           ? arena_printf(call->arena, "channel %.*s, whole",
                                                          STR_FMT(call->param[0]))
                                           : what_changes(call, body) };
    if (channels_run(&e, &now))
        channels_answer(call, now, e.id, 200);
}

static void channels_patch_one(struct api_call *call)
{
    channels_change(call, false);
}

static void channels_put(struct api_call *call)
{
    channels_change(call, true);
}

static int delete_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct conf_channel *c = conf_channel(e->setup->conf, e->id);

    if (channels_remove(root, e->id))
        return 0;
    if (c && !channels_is_managed(c))
        return channels_deny(err, c, "id");
    return err_set(err, E_ABSENT, "id", "no channel has this id");
}

static void channels_delete(struct api_call *call)
{
    struct channels_view view = channels_view(call, call->setup);
    const struct conf_channel *c = channels_find(call, call->param[0]);
    const struct setup *now;

    if (!c)
        return;
    struct channels_edit e = { .call = call,
                               .apply = delete_apply,
                               .id = call->param[0],
                               .what = arena_printf(call->arena, "channel %.*s is removed",
                                                    STR_FMT(call->param[0])) };
    if (!channels_run(&e, &now))
        return;
    struct tree *t = tree_object();
    tree_put(t, "removed", channels_tree(&view, c));
    api_tell(call, t);
}

const struct api_route channel_routes[] = {
    { "GET", "/api/channels", channels_list, 0, API_POOL, 0,
      "All channels: what is said of them, and how they are" },
    { "POST", "/api/channels", channels_post, API_BODY, API_POOL, 0, "A new channel" },
    { "POST", "/api/channels/reorder", channels_reorder_all, API_BODY, API_POOL, 0,
      "The order of all channels, or of one client API's" },
    { "GET", "/api/channels/{id}", channels_get, 0, API_POOL, 0, "One channel" },
    { "PATCH", "/api/channels/{id}", channels_patch_one, API_BODY, API_POOL, 0,
      "Changes members of a channel (RFC 7396)" },
    { "PUT", "/api/channels/{id}", channels_put, API_BODY, API_POOL, 0, "Replaces a channel" },
    { "DELETE", "/api/channels/{id}", channels_delete, 0, API_POOL, 0, "Removes a channel" },
    { "PATCH", "/api/channels/{id}/status", channels_status, API_SMALL, API_POOL, 0,
      "Pauses a channel, puts it in reserve, or lets it serve" },
    { "POST", "/api/channels/{id}/status", channels_status, API_SMALL, API_POOL,
      API_NO_DOCUMENT, "As PATCH" },
    { "POST", "/api/channels/{id}/promote", channels_promote, API_SMALL, API_POOL, 0,
      "A channel goes first until some time" },
    { "POST", "/api/channels/{id}/resume", channels_resume, API_SMALL, API_POOL, 0,
      "Forgets a channel's failures; lets it serve if it was paused" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
