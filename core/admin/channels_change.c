/* SPDX-License-Identifier: MIT */
/*
 * channels_change - what a new channel, and a change of one, come to in the tree of managed.conf.
 *
 * A channel that a file defines is the administrator's: of it only the switches may change (status, promoted_until, priority,
 * weight; which keys are enabled, and their order).  Members that say what is there already are no change, so such a
 * channel, too, can be read, changed and sent back whole.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/convert.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/url.h"
#include "flow/setup.h"
#include "json/tree.h"

enum { ID_LONGEST = 64, ID_TRIES = 10000 };

static const struct conf *conf_of(const struct channels_edit *e)
{
    return e->setup->conf;
}

/* ---- a new one ---- */

static bool id_is_taken(const struct channels_edit *e, const struct node *root,
                        struct cp_str id)
{
    return channels_node(root, id) || conf_channel(conf_of(e), id) ||
           twig_find(e->said ? node_get(e->said, "channels") : NULL, "id", id);
}

static struct cp_str first_url(const struct tree *body)
{
    struct cp_str url = tree_as_text(tree_get(body, "base_url"));

    return url.p ? url : tree_as_text(tree_at(tree_get(body, "base_urls"), 0));
}

static struct cp_str make_id(const struct channels_edit *e, const struct node *root,
                             const struct tree *body)
{
    struct cp_str from = tree_as_text(tree_get(body, "name")), id;
    struct conf_url url = { 0 };

    if (!from.n && first_url(body).p && !url_parse(first_url(body), e->arena, &url))
        from = url_host(&url);
    struct cp_str slug = channel_slug(e->arena, from);
    id = slug;
    for (unsigned i = 2; id_is_taken(e, root, id) && i < ID_TRIES; i++)
        id = arena_printf(e->arena, "%.*s-%u", STR_FMT(slug), i);
    return id;
}

static int take_id(const struct channels_edit *e, const struct node *root,
                   const struct tree *body, struct cp_str *id, struct err *err)
{
    *id = tree_as_text(tree_get(body, "id"));
    if (!id->n)
        *id = make_id(e, root, body);
    else if (id_is_taken(e, root, *id))
        return err_set(err, E_AGAIN, "id", "another channel has the id \"%.*s\"", STR_FMT(*id));
    *id = arena_copy(e->call->arena, str_cut(*id, ID_LONGEST + 1));
    return 0;
}

/* Who has put the others in an order wants a new one behind them, not before. */
static void stand_last(const struct channels_edit *e, struct node *group)
{
    const struct conf *conf = conf_of(e);
    int64_t last = 0;

    for (size_t i = 0; i < conf->channels_n; i++)
        if (conf->channels[i].priority >= last)
            last = conf->channels[i].priority + (conf->channels[i].priority > 0);
    if (last > 0 && !node_get(group, "priority"))
        twig_put_int(e->arena, group, "priority", last);
}

/* Without what only tells how a channel is; the caller's. */
static struct tree *without_told(const struct channels_edit *e, const struct tree *body)
{
    struct tree *t = tree_object(), *value;
    struct cp_str name;
    size_t at = 0;

    while (tree_each(body, &at, &name, &value))
        if (!channels_is_told(name) && !str_is(name, "id"))
            tree_put(t, arena_z(e->arena, name), tree_copy(value));
    return t;
}

int channels_create(struct channels_edit *e, struct node *root, const struct tree *body,
                    struct err *err)
{
    struct node *group, *first;
    struct cp_str id;
    int rc = take_id(e, root, body, &id, err);

    if (rc)
        return rc;
    struct tree *rest = without_told(e, body);
    rc = convert_in("channels.", rest, e->arena, &group, err);
    tree_free(rest);
    if (rc)
        return rc;
    first = twig_add_group(e->arena, twig_list(e->arena, root, "channels"));
    twig_put_text(e->arena, first, "id", id);
    for (struct node *n = group->first, *next; n; n = next) {
        next = n->next;
        node_append(first, n);
    }
    stand_last(e, first);
    e->subject = first;
    e->id = id;
    return 0;
}

/* ---- one that is ours ---- */

/* Of two ways to say a thing the one that was said last holds. */
static void drop_other_way(struct node *group, const struct tree *body, const char *name,
                           const char *other)
{
    if (tree_get(body, name) && tree_kind(tree_get(body, name)) != TREE_NULL &&
        !tree_get(body, other))
        (void)twig_drop(group, other); /* it need not be there */
}

/* Members that hold secrets, which may come back as masks. */
static const char *secret_member(struct cp_str name)
{
    static const char *const names[] = { "keys", "headers", "proxy" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_is(name, names[i]))
            return names[i];
    return NULL;
}

/* For a whole one: what it does not say is not said any more.  Keys and headers stay until their masks are looked up. */
static void drop_unsaid(struct node *group, const struct tree *body, bool is_before)
{
    for (struct node *n = group->first, *next; n; n = next) {
        next = n->next;
        const char *name = secret_member(n->name);
        bool has_secrets = name != NULL, is_sent = name && tree_get(body, name);
        if (str_is(n->name, "id") || (is_before ? has_secrets : !has_secrets || is_sent))
            continue;
        node_drop(group, n);
    }
}

static int patch_managed(struct channels_edit *e, struct node *group, const struct tree *body,
                         bool is_whole, struct err *err)
{
    struct node *keys = node_get(group, "keys");

    e->subject = group;
    channels_name_keys(e->arena, keys, conf_of(e)->install_id, conf_channel(conf_of(e), e->id));
    if (is_whole)
        drop_unsaid(group, body, true);
    drop_other_way(group, body, "base_url", "base_urls");
    drop_other_way(group, body, "base_urls", "base_url");
    int rc = convert_patch("channels.", body, e->arena, group, err);
    if (is_whole && !rc)
        drop_unsaid(group, body, false);
    channels_unname_keys(node_get(group, "keys"));
    return rc;
}

/* ---- one that a file defines ---- */

static bool is_switch(struct cp_str name)
{
    return str_is(name, "status") || str_is(name, "promoted_until") ||
           str_is(name, "priority") || str_is(name, "weight");
}

/* False, "", [] and {}: what a member is that nobody has said. */
static bool is_nothing(const struct tree *t)
{
    switch (tree_kind(t)) {
    case TREE_NULL:
        return true;
    case TREE_BOOL:
        return !tree_as_bool(t);
    case TREE_TEXT:
        return !tree_as_text(t).n;
    case TREE_ARRAY:
    case TREE_OBJECT:
        return !tree_count(t);
    default:
        return false;
    }
}

/* Keys that are sent back, perhaps in another order, perhaps enabled or not. */
static int switch_keys(struct channels_edit *e, struct node *group, const struct tree *keys,
                       struct err *err)
{
    const struct conf_channel *c = conf_channel(conf_of(e), e->id);
    struct node *order, *disabled;

    (void)twig_drop(group, "key_order");     /* made anew */
    (void)twig_drop(group, "disabled_keys"); /* made anew */
    order = twig_list(e->arena, group, "key_order");
    disabled = twig_list(e->arena, group, "disabled_keys");
    if (tree_count(keys) != c->keys_n)
        return channels_deny(err, c, "keys");
    for (size_t i = 0; i < c->keys_n; i++) {
        const struct tree *k = tree_at(keys, i);
        const struct tree *enabled = tree_get(k, "enabled");
        struct cp_str id = tree_as_text(tree_get(k, "id"));
        const struct conf_key *known = keys_find(c, id.p ? id : tree_as_text(k));
        if (!known || twig_has_text(order, str_of(known->id)))
            return channels_deny(err, c, "keys");
        twig_add_text(e->arena, order, str_of(known->id));
        if (enabled ? !tree_as_bool(enabled) : !known->is_enabled)
            twig_add_text(e->arena, disabled, str_of(known->id));
    }
    return 0;
}

static int patch_switches(struct channels_edit *e, struct node *root, const struct tree *body,
                          struct err *err)
{
    const struct conf_channel *c = conf_channel(conf_of(e), e->id);
    struct channels_view view = channels_view(e->call, e->setup);
    struct tree *now = channels_tree(&view, c), *value, *patch = tree_object();
    struct node *group = channels_switch(e->arena, root, e->id, true);
    struct cp_str name;
    size_t at = 0;
    int rc = 0;

    e->subject = group;
    while (!rc && tree_each(body, &at, &name, &value)) {
        const char *z = arena_z(e->arena, name);
        struct tree *old = tree_get(now, z);
        if ((old && tree_is_equal(old, value)) || (!old && is_nothing(value)))
            continue;
        if (is_switch(name))
            tree_put(patch, z, tree_copy(value));
        else if (str_is(name, "keys") && tree_kind(value) == TREE_ARRAY)
            rc = switch_keys(e, group, value, err);
        else
            rc = channels_deny(err, c, z);
    }
    if (!rc)
        rc = convert_patch("switches.", patch, e->arena, group, err);
    tree_free(patch);
    tree_free(now);
    channels_tidy(root);
    return rc;
}

int channels_patch(struct channels_edit *e, struct node *root, const struct tree *body,
                   bool is_whole, struct err *err)
{
    struct node *group = channels_node(root, e->id);
    struct cp_str id = tree_as_text(tree_get(body, "id"));
    int rc;

    if (!group && !conf_channel(conf_of(e), e->id))
        return err_set(err, E_ABSENT, "id", "no channel has this id");
    if (tree_get(body, "id") && !str_eq(id, e->id))
        return err_set(err, E_CONFIG, "id", "a channel's id never changes");
    struct tree *rest = without_told(e, body);
    if (group)
        rc = patch_managed(e, group, rest, is_whole, err);
    else
        rc = patch_switches(e, root, rest, err);
    tree_free(rest);
    return rc;
}
