/* SPDX-License-Identifier: MIT */
/*
 * switches - what the administration has switched, laid over channels wherever they are defined.
 *
 * A switch replaces a member of the channel's own group before the group is read, so it is checked as if it had stood
 * there, and whoever asks where a value comes from is told of the switch.  A channel that is gone
 * takes its switches with it: they do nothing and are no mistake.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

static struct node *switches_channel(const struct node *channels, struct cp_str id)
{
    NODE_EACH(n, channels)
    if (n->kind == NODE_GROUP && str_eq(node_text(n, "id"), id))
        return n;
    return NULL;
}

/* A member of the switch that channels have, too. */
static void switches_lay_one(struct build *b, struct node *channel, const struct node *by)
{
    static const char *const names[] = { "status", "promoted_until", "priority", "weight" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!str_is(by->name, names[i]))
            continue;
        struct node *own = node_get(channel, names[i]), *copy = node_copy(b->scratch, by);
        if (own)
            node_replace(channel, own, copy);
        else
            node_append(channel, copy);
        return;
    }
    struct cp_str path = arena_printf(b->scratch, "switches.%.*s", STR_FMT(by->name));
    if (!table_find(path))
        table_complain_unknown(path, by->where, b->report);
}

void switches_lay(struct build *b, struct node *root)
{
    const struct node *channels = node_get(root, "channels");
    const struct node *list = member_list(b, root, "switches", "( { channel = \"...\"; } )");
    b->switches = list;
    if (!list)
        return;
    NODE_EACH(n, list)
    {
        if (!member_is_group(b, n, "a switch"))
            continue;
        struct cp_str id = node_text(n, "channel");
        struct node *channel =
            channels && channels->kind == NODE_LIST ? switches_channel(channels, id) : NULL;
        if (!id.n)
            conf_complain(b->report, true, n->where, "a switch needs a channel's id");
        else if (channel)
            NODE_EACH(by, n)
        switches_lay_one(b, channel, by);
    }
}

static bool switches_names(const struct node *list, struct cp_str id)
{
    if (list && list->kind == NODE_LIST)
        NODE_EACH(n, list)
    if (str_eq(n->text, id))
        return true;
    return false;
}

/* Moves the keys that order names to the front, in its order. */
static void switches_order(const struct node *order, struct conf_key *keys, size_t n)
{
    size_t done = 0;
    if (!order || order->kind != NODE_LIST)
        return;
    NODE_EACH(id, order)
    {
        size_t at = done;
        while (at < n && !str_is(id->text, keys[at].id))
            at++;
        if (at == n)
            continue;
        struct conf_key key = keys[at];
        memmove(&keys[done + 1], &keys[done], (at - done) * sizeof(*keys));
        keys[done++] = key;
    }
}

void switches_lay_keys(struct build *b, const struct conf_channel *c, struct conf_key *keys)
{
    if (!b->switches)
        return;
    NODE_EACH(n, b->switches)
    {
        if (n->kind != NODE_GROUP || !str_eq(node_text(n, "channel"), c->id))
            continue;
        const struct node *off = node_get(n, "disabled_keys");
        for (size_t i = 0; i < c->keys_n; i++)
            if (switches_names(off, str_of(keys[i].id)))
                keys[i].is_enabled = false;
        switches_order(node_get(n, "key_order"), keys, c->keys_n);
    }
}
