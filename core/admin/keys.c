/* SPDX-License-Identifier: MIT */
/*
 * keys - a channel's upstream keys: added, switched, put in order, removed; shown by id, mask and fingerprint only.
 *
 * What a key's id is stands in no file, it is made of the key: so the group of each key is given its id for the time of
 * a change.  Keys of channels that a file defines can be switched off and put in another order, no more.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/convert.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "flow/setup.h"
#include "json/tree.h"

static const struct conf_channel *conf_of(const struct channels_edit *e)
{
    return conf_channel(e->setup->conf, e->id);
}

const struct conf_key *keys_find(const struct conf_channel *c, struct cp_str ref)
{
    const struct conf_key *found = NULL;

    for (size_t i = 0; i < c->keys_n; i++)
        if (str_is(ref, c->keys[i].id))
            return &c->keys[i];
    for (size_t i = 0; ref.n && i < c->keys_n; i++) {
        char mask[32];
        secret_mask(secret_show(c->keys[i].secret), mask);
        if (str_is(ref, mask) && found)
            return NULL;
        found = str_is(ref, mask) ? &c->keys[i] : found;
    }
    return found;
}

/* ---- changes of nodes ---- */

/* The channel's keys with ids in their groups; NULL, err set: it is not ours, or not there. */
static struct node *keys_open(struct channels_edit *e, struct node *root, struct err *err)
{
    struct node *group = channels_node(root, e->id), *keys;
    const struct conf_channel *c = conf_of(e);

    if (!group && c && !channels_is_managed(c)) {
        channels_deny(err, c, "keys");
        return NULL;
    }
    if (!group) {
        err_set(err, E_ABSENT, "id", "no channel has this id");
        return NULL;
    }
    keys = twig_list(e->arena, group, "keys");
    channels_name_keys(e->arena, keys, e->setup->conf->install_id, c);
    e->subject = keys;
    return keys;
}

static int key_absent(struct err *err)
{
    return err_set(err, E_ABSENT, "key", "the channel has no key with this id");
}

int keys_add(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct keys_ask *ask = e->with;
    struct node *keys = keys_open(e, root, err), *key;
    char id[13];
    int rc = keys ? convert_in("channels.keys.", ask->body, e->arena, &key, err) : err->code;

    if (rc)
        return rc;
    struct cp_str clear = node_text(key, "key");
    if (!clear.n)
        return err_set(err, E_CONFIG, "key", "a key is needed");
    secret_id(clear, e->setup->conf->install_id, id);
    if (twig_find(keys, "id", str_of(id)))
        return err_set(err, E_AGAIN, "key", "the channel has this key already: %s", id);
    node_append(keys, key);
    channels_unname_keys(keys);
    e->subject = key;
    e->result = arena_copy(e->call->arena, str_of(id));
    return 0;
}

/* Of a file's channel: enabled or not, which is a switch. */
static int switch_key(struct channels_edit *e, struct node *root, const struct conf_channel *c,
                      struct err *err)
{
    const struct keys_ask *ask = e->with;
    const struct tree *enabled = tree_get(ask->body, "enabled");
    const struct conf_key *key = keys_find(c, ask->key);
    struct node *group, *list;

    if (!key)
        return key_absent(err);
    if (!enabled || tree_count(ask->body) != 1)
        return channels_deny(err, c, "keys");
    if (tree_kind(enabled) != TREE_BOOL)
        return err_set(err, E_CONFIG, "enabled", "must be true or false");
    group = channels_switch(e->arena, root, e->id, true);
    list = twig_list(e->arena, group, "disabled_keys");
    size_t dropped = twig_drop_text(list, ask->key);
    if (!tree_as_bool(enabled))
        twig_add_text(e->arena, list, ask->key);
    else if (!key->is_enabled && !dropped)
        return channels_deny(err, c, "enabled");
    channels_tidy(root);
    return 0;
}

int keys_change(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct keys_ask *ask = e->with;
    const struct conf_channel *c = conf_of(e);
    struct node *keys, *key;

    if (c && !channels_is_managed(c) && !channels_node(root, e->id))
        return switch_key(e, root, c, err);
    keys = keys_open(e, root, err);
    key = keys ? twig_find(keys, "id", ask->key) : NULL;
    if (!key)
        return keys ? key_absent(err) : err->code;
    if (tree_get(ask->body, "key"))
        return err_set(err, E_CONFIG, "key",
                       "a key is not changed: add the new one, remove this");
    int rc = convert_patch("channels.keys.", ask->body, e->arena, key, err);
    channels_unname_keys(keys);
    e->subject = key;
    return rc;
}

int keys_remove(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct keys_ask *ask = e->with;
    struct node *keys = keys_open(e, root, err);
    struct node *key = keys ? twig_find(keys, "id", ask->key) : NULL;

    if (!key)
        return keys ? key_absent(err) : err->code;
    node_drop(keys, key);
    node_wipe(key);
    channels_unname_keys(keys);
    if (ask->is_old && !keys->first && conf_of(e) && conf_of(e)->status == CONF_ACTIVE)
        twig_put_text(e->arena, channels_node(root, e->id), "status", STR("suspended"));
    return 0;
}

/* All ids, those named first; a moved one first or last. */
static struct cp_str *full_order(struct channels_edit *e, const struct conf_channel *c,
                                 size_t *n)
{
    const struct keys_ask *ask = e->with;
    struct cp_str *ids = arena_need(e->arena, (c->keys_n + ask->ids_n + 1) * sizeof(*ids));
    size_t named = 0;

    if (ask->place < 0)
        ids[named++] = ask->key;
    for (size_t i = 0; i < ask->ids_n; i++)
        ids[named++] = ask->ids[i];
    *n = named;
    for (size_t i = 0; i < c->keys_n; i++) {
        struct cp_str id = str_of(c->keys[i].id);
        bool is_named = ask->place > 0 && str_eq(id, ask->key);
        for (size_t k = 0; k < named; k++)
            is_named |= str_eq(ids[k], id);
        if (!is_named)
            ids[(*n)++] = id;
    }
    if (ask->place > 0)
        ids[(*n)++] = ask->key;
    return ids;
}

static int order_switch(struct channels_edit *e, struct node *root, const struct cp_str *ids,
                        size_t n)
{
    struct node *group = channels_switch(e->arena, root, e->id, true), *list;

    (void)twig_drop(group, "key_order"); /* made anew */
    list = twig_list(e->arena, group, "key_order");
    for (size_t i = 0; i < n; i++)
        twig_add_text(e->arena, list, ids[i]);
    return 0;
}

int keys_order(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct keys_ask *ask = e->with;
    const struct conf_channel *c = conf_of(e);
    struct node *keys;
    size_t n;

    if (!c)
        return err_set(err, E_ABSENT, "id", "no channel has this id");
    for (size_t i = 0; i < ask->ids_n; i++)
        if (!keys_find(c, ask->ids[i]))
            return key_absent(err);
    struct cp_str *ids = full_order(e, c, &n);
    if (!channels_node(root, e->id) && !channels_is_managed(c))
        return order_switch(e, root, ids, n);
    keys = keys_open(e, root, err);
    if (!keys)
        return err->code;
    int rc = channels_order_keys(keys, ids, n, err);
    channels_unname_keys(keys);
    return rc;
}

/* ---- doors ---- */

/* call->param[1] as an id, or absent after failing. */
static struct cp_str keys_param(struct api_call *call, const struct conf_channel *c)
{
    const struct conf_key *k = c ? keys_find(c, call->param[1]) : NULL;

    if (c && !k)
        api_fail(call, 404, "key", "the channel has no key with this id");
    return k ? str_of(k->id) : STR_NONE;
}

static void keys_tell(struct api_call *call, const struct setup *setup, struct cp_str key,
                      int status)
{
    struct channels_view view = channels_view(call, setup);
    const struct conf_channel *c = conf_channel(setup->conf, call->param[0]);
    struct tree *t = NULL, *list = tree_array();

    for (size_t i = 0; c && i < c->keys_n; i++)
        if (!key.p)
            tree_append(list, channels_key_tree(&view, c, i));
        else if (str_is(key, c->keys[i].id))
            t = channels_key_tree(&view, c, i);
    if (key.p) {
        tree_free(list);
    } else {
        t = tree_object();
        tree_put(t, "keys", list);
    }
    if (!t) {
        api_fail(call, 404, "key", "the channel has no such key any more");
        return;
    }
    /* Its keys are the channel's: one tag for all. */
    call->etag = api_quote(call->arena, channels_tag(call->arena, setup->conf->said,
                                                     call->param[0], c ? c->where : STR_NONE));
    call->is_live = true;
    api_tell(call, t);
    call->status = status;
}

/* The answer is the key, or if it is absent all of them. */
static void keys_run(struct api_call *call, struct keys_ask *ask, const char *what,
                     int (*apply)(struct channels_edit *, struct node *, struct err *))
{
    const struct setup *now;
    bool is_gone = apply == keys_remove, is_new = apply == keys_add;
    struct channels_edit e = {
        .call = call,
        .apply = apply,
        .with = ask,
        .id = call->param[0],
        .is_quiet = apply == keys_order,
        .what = arena_printf(call->arena, "channel %.*s: key%s%.*s %s", STR_FMT(call->param[0]),
                             ask->key.p ? " " : "", STR_FMT(ask->key), what)
    };

    if (channels_run(&e, &now))
        keys_tell(call, now,
                  is_gone  ? STR_NONE
                  : is_new ? e.result
                           : ask->key,
                  is_new ? 201 : 200);
}

static void keys_list(struct api_call *call)
{
    if (channels_find(call, call->param[0]))
        keys_tell(call, call->setup, STR_NONE, 200);
}

static void keys_get(struct api_call *call)
{
    struct cp_str key = keys_param(call, channels_find(call, call->param[0]));

    if (key.p)
        keys_tell(call, call->setup, key, 200);
}

static void keys_post(struct api_call *call)
{
    struct keys_ask ask = { .body = channels_body(call) };

    if (ask.body && channels_find(call, call->param[0]))
        keys_run(call, &ask, "is new", keys_add);
}

static void keys_patch(struct api_call *call)
{
    struct keys_ask ask = { .body = channels_body(call) };

    ask.key = ask.body ? keys_param(call, channels_find(call, call->param[0])) : STR_NONE;
    if (ask.key.p)
        keys_run(call, &ask, "is changed", keys_change);
}

static void keys_delete(struct api_call *call)
{
    struct keys_ask ask = { 0 };

    ask.key = keys_param(call, channels_find(call, call->param[0]));
    if (ask.key.p)
        keys_run(call, &ask, "is removed", keys_remove);
}

static void keys_reorder(struct api_call *call)
{
    struct keys_ask ask = { .body = channels_body(call) };
    struct cp_str *ids;

    if (!ask.body || !channels_find(call, call->param[0]) ||
        !channels_ids(call, ask.body, &ids, &ask.ids_n))
        return;
    ask.ids = ids;
    keys_run(call, &ask, "order", keys_order);
}

static void keys_move(struct api_call *call, int place)
{
    struct keys_ask ask = { .place = place };

    ask.key = keys_param(call, channels_find(call, call->param[0]));
    if (ask.key.p)
        keys_run(call, &ask, place < 0 ? "is first" : "is last", keys_order);
}

static void keys_top(struct api_call *call)
{
    keys_move(call, -1);
}

static void keys_bottom(struct api_call *call)
{
    keys_move(call, 1);
}

const struct api_route key_routes[] = {
    { "GET", "/api/channels/{id}/keys", keys_list, 0, API_POOL, 0,
      "A channel's upstream keys, as they are tried" },
    { "POST", "/api/channels/{id}/keys", keys_post, API_SMALL, API_POOL, 0,
      "A new key; it is never shown again" },
    { "POST", "/api/channels/{id}/keys/reorder", keys_reorder, API_BODY, API_POOL, 0,
      "The order of a channel's keys" },
    { "GET", "/api/channels/{id}/keys/{key}", keys_get, 0, API_POOL, 0, "One key" },
    { "PATCH", "/api/channels/{id}/keys/{key}", keys_patch, API_SMALL, API_POOL, 0,
      "Enables or disables a key; its label and caps" },
    { "DELETE", "/api/channels/{id}/keys/{key}", keys_delete, 0, API_POOL, 0, "Removes a key" },
    { "POST", "/api/channels/{id}/keys/{key}/top", keys_top, API_SMALL, API_POOL, 0,
      "The key is tried first" },
    { "POST", "/api/channels/{id}/keys/{key}/bottom", keys_bottom, API_SMALL, API_POOL, 0,
      "The key is tried last" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
