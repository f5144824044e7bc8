/* SPDX-License-Identifier: MIT */
/*
 * channels_nodes - changes of channels, their keys and switches in the tree of managed.conf: pure, without locks and answers.
 */
#include "admin/channels_nodes.h"

#include "admin/twig.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"

#include <stdio.h>

struct node *channels_node(const struct node *root, struct cp_str id)
{
    return twig_find(node_get(root, "channels"), "id", id);
}

struct node *channels_switch(struct arena *arena, struct node *root, struct cp_str id,
                             bool is_made)
{
    struct node *n = twig_find(node_get(root, "switches"), "channel", id);

    if (n || !is_made)
        return n;
    n = twig_add_group(arena, twig_list(arena, root, "switches"));
    twig_put_text(arena, n, "channel", id);
    return n;
}

static void drop_empty(struct node *group, const char *name)
{
    struct node *list = node_get(group, name);

    if (list && list->kind == NODE_LIST && !list->first)
        node_drop(group, list);
}

void channels_tidy(struct node *root)
{
    struct node *list = node_get(root, "switches");

    for (struct node *n = list ? list->first : NULL, *next; n; n = next) {
        next = n->next;
        drop_empty(n, "disabled_keys");
        drop_empty(n, "key_order");
        if (n->kind == NODE_GROUP && twig_count(n) <= 1)
            node_drop(list, n);
    }
    drop_empty(root, "switches");
}

struct node *channels_settable(struct arena *arena, struct node *root, struct cp_str id)
{
    struct node *n = channels_node(root, id);

    return n ? n : channels_switch(arena, root, id, true);
}

/* Out of a list of ids that each group of a list has. */
static void forget_in(const struct node *root, const char *list, const char *member,
                      struct cp_str id)
{
    const struct node *groups = node_get(root, list);

    if (groups)
        NODE_EACH(n, groups)
    (void)twig_drop_text(node_get(n, member), id); /* it need not be there */
}

bool channels_remove(struct node *root, struct cp_str id)
{
    struct node *list = node_get(root, "channels"), *n = channels_node(root, id);
    struct node *mine = twig_find(node_get(root, "switches"), "channel", id);

    if (!n)
        return false;
    node_drop(list, n);
    node_wipe(n);
    if (mine)
        node_drop(node_get(root, "switches"), mine);
    forget_in(root, "families", "order", id);
    forget_in(root, "routes", "channels", id);
    channels_tidy(root);
    return true;
}

static void unpromote_in(const struct node *list, const char *name, struct cp_str but)
{
    if (list)
        NODE_EACH(n, list)
    if (!but.p || !str_eq(node_text(n, name), but))
        (void)twig_drop(n, "promoted_until"); /* most are not */
}

void channels_unpromote(struct node *root, struct cp_str but)
{
    unpromote_in(node_get(root, "channels"), "id", but);
    unpromote_in(node_get(root, "switches"), "channel", but);
    channels_tidy(root);
}

/* ---- keys ---- */

void channels_name_keys(struct arena *arena, struct node *keys, struct cp_str install_id,
                        const struct conf_channel *conf)
{
    size_t at = 0;

    for (struct node *n = keys ? keys->first : NULL; n; n = n->next, at++) {
        struct cp_str clear = n->kind == NODE_GROUP ? node_text(n, "key") : n->text;
        char id[13] = "";
        if (key_is_reference(clear))
            snprintf(id, sizeof(id), "%s",
                     conf && conf->keys_n == twig_count(keys) ? conf->keys[at].id : "");
        else if (clear.p)
            secret_id(clear, install_id, id);
        if (n->kind != NODE_GROUP) {
            n->kind = NODE_GROUP;
            n->text = STR_NONE;
            twig_put_text(arena, n, "key", clear);
        }
        twig_put_text(arena, n, "id", str_of(id));
    }
}

void channels_unname_keys(struct node *keys)
{
    if (keys)
        NODE_EACH(n, keys)
    if (n->kind == NODE_GROUP)
        (void)twig_drop(n, "id"); /* new ones have none */
}

int channels_order_keys(struct node *keys, const struct cp_str *ids, size_t n, struct err *err)
{
    struct node first = { .kind = NODE_LIST };

    for (size_t i = 0; i < n; i++) {
        struct node *key = twig_find(keys, "id", ids[i]);
        char where[32];
        snprintf(where, sizeof(where), "order[%zu]", i);
        if (!key)
            return err_set(err, E_ABSENT, where, "the channel has no key with this id");
        node_drop(keys, key);
        node_append(&first, key);
    }
    for (struct node *k = keys->first, *next; k; k = next) {
        next = k->next;
        node_append(&first, k);
    }
    keys->first = first.first;
    keys->last = first.last;
    return 0;
}
