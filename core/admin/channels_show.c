/* SPDX-License-Identifier: MIT */
/*
 * channels_show - a channel as the API shows it: what is said of it, what comes of it, and how it is.
 *
 * The members of what is said have the options' names, so that a channel that was read can be changed and sent back; those
 * that only tell how it is (channels_is_told) are passed over then.  Base URLs are always a list, rules for models
 * always objects, keys always objects with id, mask and state: one form each, however a file spells it.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/convert.h"
#include "admin/portrait.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/print.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/marks.h"
#include "json/tree.h"

#include <stdio.h>

enum { TAG_BYTES = 4 << 20, TAG_DIGITS = 20 };

struct channels_view channels_view(const struct api_call *call, const struct setup *setup)
{
    return (struct channels_view){
        .setup = setup, .arena = call->arena, .now_ms = call->now_ms, .wall_ms = call->wall_ms
    };
}

bool channels_is_told(struct cp_str member)
{
    static const char *const told[] = { "etag",         "managed",    "where",       "locked",
                                        "places",       "health",     "adapter",     "index",
                                        "request_urls", "promotions", "has_adapter", "warnings",
                                        "keys_n",       "models_n",   "adapter_why" };

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        if (str_is(member, told[i]))
            return true;
    return false;
}

bool channels_is_managed(const struct conf_channel *c)
{
    return show_source(c->where) <= SHOW_MANAGED;
}

const char *channels_status_name(const struct conf_channel *c)
{
    static const char *const names[] = {
        [CONF_ACTIVE] = "active", [CONF_SUSPENDED] = "suspended", [CONF_DISABLED] = "disabled"
    };

    return names[c->status];
}

/* ---- what is said ---- */

const struct node *channels_said(const struct node *said, const char *list, struct cp_str id,
                                 struct cp_str where)
{
    const struct node *all = said ? node_get(said, list) : NULL;
    const struct node *n = twig_find(all, "id", id);

    if (n || !all || !where.p)
        return n;
    NODE_EACH(one, all)
    if (str_eq(one->where, where))
        return one;
    return NULL;
}

struct cp_str channels_tag(struct arena *arena, const struct node *said, struct cp_str id,
                           struct cp_str where)
{
    const struct node *channel = channels_said(said, "channels", id, where);
    const struct node *by = said ? twig_find(node_get(said, "switches"), "channel", id) : NULL;
    struct buf text;
    char hex[65];

    buf_init(&text, TAG_BYTES);
    if (channel)
        print_nodes(channel, &text);
    buf_add_c(&text, '\n');
    if (by)
        print_nodes(by, &text);
    hash_sha256(buf_str(&text), hex);
    buf_fini(&text);
    return arena_copy(arena, str_n(hex, TAG_DIGITS));
}

static struct tree *model_tree(const struct conf_model *m)
{
    struct tree *t = tree_object();

    tree_put_text(t, "from", m->from);
    tree_put_text(t, "to", m->to);
    if (m->match == CONF_EXACT)
        tree_put_bool(t, "exact", true);
    return t;
}

static struct tree *texts_tree(const struct cp_str *texts, size_t n)
{
    struct tree *t = tree_array();

    for (size_t i = 0; i < n; i++)
        tree_append(t, tree_text(texts[i]));
    return t;
}

static struct tree *urls_tree(const struct conf_channel *c)
{
    struct tree *t = tree_array();

    for (size_t i = 0; i < c->urls_n; i++) {
        char url[2048];
        snprintf(url, sizeof(url), "%.*s%s", STR_FMT(c->urls[i].base),
                 c->urls[i].is_exact ? "#" : "");
        tree_append(t, tree_text(str_of(url)));
    }
    return t;
}

/* Members of the group that are not shown in another form. */
static void put_said(struct tree *t, const struct node *group)
{
    static const char *const others[] = { "base_url", "base_urls", "models",        "keys",
                                          "key_file", "id",        "promoted_until" };
    struct tree *all = convert_out("channels.", group), *value;
    struct cp_str name;
    size_t at = 0;

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        (void)tree_drop(all, others[i]);
    while (tree_each(all, &at, &name, &value)) {
        char z[128];
        snprintf(z, sizeof(z), "%.*s", STR_FMT(name));
        if (!tree_get(t, z))
            tree_put(t, z, tree_copy(value));
    }
    tree_free(all);
}

/* What a change through the API would be refused for. */
static struct tree *locked_tree(const struct conf_channel *c, const struct node *group)
{
    static const char *const free_ones[] = { "id", "status", "promoted_until", "priority",
                                             "weight" };
    struct tree *t = tree_array();

    if (channels_is_managed(c) || !group)
        return t;
    NODE_EACH(n, group)
    {
        bool is_free = false;
        for (size_t i = 0; i < sizeof(free_ones) / sizeof(*free_ones); i++)
            is_free |= str_is(n->name, free_ones[i]);
        if (!is_free)
            tree_append(t, tree_text(n->name));
    }
    return t;
}

/* ---- keys ---- */

static void put_caps(struct tree *t, const struct conf_caps *own)
{
    struct tree *caps;

    if (!own->concurrency && !own->rpm && !own->tpm)
        return;
    caps = tree_object();
    tree_put_int(caps, "concurrency", own->concurrency);
    tree_put_int(caps, "rpm", own->rpm);
    tree_put_int(caps, "tpm", own->tpm);
    tree_put(t, "caps", caps);
}

struct tree *channels_key_tree(const struct channels_view *view, const struct conf_channel *c,
                               size_t key)
{
    const struct conf_key *k = &c->keys[key];
    struct cp_str clear = secret_show(k->secret);
    struct tree *t = tree_object();
    char mask[32], fingerprint[32];

    secret_mask(clear, mask);
    convert_fingerprint(clear, fingerprint);
    tree_put_text(t, "id", str_of(k->id));
    tree_put_text(t, "mask", str_of(mask));
    tree_put_text(t, "fingerprint", str_of(fingerprint));
    tree_put_text(t, "label", k->label.p ? k->label : STR(""));
    tree_put_bool(t, "enabled", k->is_enabled);
    if (memcmp(&k->caps, &c->key_caps, sizeof(k->caps)))
        put_caps(t, &k->caps);
    channels_put_key_health(t, view, &view->setup->roster.channels[c->ordinal], key);
    return t;
}

/* ---- where it stands ---- */

/* In which place it stands for each client API, from 1 on. */
static struct tree *places_tree(const struct roster *r, const struct conf_channel *c)
{
    struct tree *t = tree_object();

    for (uint32_t f = 0; f < r->families_n; f++)
        for (uint32_t i = 0; i < r->families[f].order_n; i++)
            if (r->families[f].order[i] == c->ordinal) {
                char name[64];
                snprintf(name, sizeof(name), "%.*s", STR_FMT(r->families[f].name));
                tree_put_int(t, name, (int64_t)i + 1);
            }
    return t;
}

static void promotion_add(struct tree *list, const struct channels_view *view,
                          struct cp_str owner, struct cp_str id)
{
    int64_t until_ms =
        marks_until(view->setup->roster.marks, MARK_PROMOTED, owner, id, view->now_ms);
    struct tree *t;

    if (!until_ms)
        return;
    t = tree_object();
    tree_put_text(t, "family", owner.n ? owner : STR_NONE);
    portrait_put_wall(t, "until", view->wall_ms + until_ms - view->now_ms);
    tree_append(list, t);
}

/* Where it goes first for now; what is written down is promoted_until. */
static struct tree *promotions_tree(const struct channels_view *view, struct cp_str id)
{
    const struct roster *r = &view->setup->roster;
    struct tree *list = tree_array();

    promotion_add(list, view, STR(""), id);
    for (uint32_t f = 0; f < r->families_n; f++)
        promotion_add(list, view, r->families[f].name, id);
    return list;
}

static void put_words(struct tree *t, const struct channels_view *view,
                      const struct conf_channel *c)
{
    bool is_promoted = c->promoted_until_ms > view->wall_ms;

    tree_put_text(t, "id", c->id);
    tree_put_text(t, "name", c->name);
    tree_put_text(t, "dialect", c->dialect);
    tree_put_text(t, "status", str_of(channels_status_name(c)));
    tree_put_int(t, "priority", c->priority);
    tree_put_int(t, "weight", c->weight);
    tree_put(t, "families", texts_tree(c->families, c->families_n));
    tree_put(t, "base_urls", urls_tree(c));
    if (is_promoted)
        portrait_put_wall(t, "promoted_until", c->promoted_until_ms);
}

static void put_adapter(struct tree *t, const struct channels_view *view,
                        const struct setup_channel *c)
{
    const struct registry_absent *why = setup_why_absent(view->setup, c);

    tree_put_bool(t, "has_adapter", c->adapter != NULL);
    if (why)
        tree_put_text(t, "adapter_why",
                      arena_printf(view->arena, "%s: %s", why->file, why->why));
}

/* Who defines it, and what that means. */
static void put_place(struct tree *t, const struct channels_view *view,
                      const struct conf_channel *c, const struct node *group)
{
    tree_put_text(t, "etag",
                  channels_tag(view->arena, view->setup->conf->said, c->id, c->where));
    tree_put_bool(t, "managed", channels_is_managed(c));
    tree_put_text(t, "where", c->where);
    tree_put(t, "locked", locked_tree(c, group));
    put_adapter(t, view, &view->setup->channels[c->ordinal]);
}

struct tree *channels_tree(const struct channels_view *view, const struct conf_channel *c)
{
    const struct roster *r = &view->setup->roster;
    const struct node *said = view->setup->conf->said;
    const struct node *group = channels_said(said, "channels", c->id, c->where);
    struct tree *t = tree_object(), *keys = tree_array(), *models = tree_array();

    put_words(t, view, c);
    for (size_t k = 0; k < c->keys_n; k++)
        tree_append(keys, channels_key_tree(view, c, k));
    tree_put(t, "keys", keys);
    for (size_t i = 0; i < c->models_n; i++)
        tree_append(models, model_tree(&c->models[i]));
    tree_put(t, "models", models);
    if (group)
        put_said(t, group);
    put_place(t, view, c, group);
    tree_put(t, "places", places_tree(r, c));
    tree_put(t, "promotions", promotions_tree(view, c->id));
    tree_put(t, "health", channels_health(view, &r->channels[c->ordinal]));
    return t;
}

/* For lists of many: without keys, models and what only an editor shows. */
struct tree *channels_brief(const struct channels_view *view, const struct conf_channel *c)
{
    const struct roster *r = &view->setup->roster;
    const struct node *said = view->setup->conf->said;
    const struct node *group = channels_said(said, "channels", c->id, c->where);
    struct tree *t = tree_object();

    put_words(t, view, c);
    if (c->description.n)
        tree_put_text(t, "description", c->description);
    if (c->website.n)
        tree_put_text(t, "website", c->website);
    tree_put_int(t, "keys_n", (int64_t)c->keys_n);
    tree_put_int(t, "models_n", (int64_t)c->models_n);
    put_place(t, view, c, group);
    tree_put(t, "places", places_tree(r, c));
    tree_put(t, "promotions", promotions_tree(view, c->id));
    tree_put(t, "health", channels_health(view, &r->channels[c->ordinal]));
    return t;
}
