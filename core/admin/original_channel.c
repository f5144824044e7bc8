/* SPDX-License-Identifier: MIT */
/*
 * original_channel - a channel in the predecessor's members, and back.
 *
 * serviceType is dialect (openai is chat), baseUrl and baseUrls are base_urls, modelMapping is models, and what it had as
 * switches for thought signatures is an option of the adapter.  Whatever it took without looking (any serviceType, any
 * URL) is looked at here.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/original.h"
#include "admin/portrait.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "state/marks.h"
#include "json/tree.h"

#include <stdio.h>
#include <stdlib.h>

enum { URL_BYTES = 2048 };

/* ---- which ---- */

struct ranked {
    uint32_t i;
    int64_t first, priority, ordinal;
};

static int rank_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : 1;
}

/* Whom the client API's own order names comes first. */
static void rank_all(struct api_call *call, const struct setup *s, struct original_channels *o)
{
    const struct conf_family *f = conf_family(s->conf, o->family);
    struct ranked *all = arena_need(call->arena, (o->n + 1) * sizeof(*all));

    for (uint32_t i = 0; i < o->n; i++) {
        all[i] = (struct ranked){ i, INT64_MAX, o->at[i]->priority, o->at[i]->ordinal };
        for (size_t k = 0; f && k < f->order_n; k++)
            if (str_eq(f->order[k], o->at[i]->id))
                all[i].first = (int64_t)k;
    }
    if (o->n)
        qsort(all, o->n, sizeof(*all), rank_compare);
    for (uint32_t i = 0; i < o->n; i++)
        o->rank[all[i].i] = i + 1;
}

bool original_channels(struct api_call *call, const struct setup *s, struct cp_str family,
                       struct original_channels *o)
{
    static const char *const known[] = { "messages", "responses", "gemini", "chat" };
    bool is_known = false;

    *o = (struct original_channels){ .family = family };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        is_known |= str_is(family, known[i]);
    if (!is_known) {
        api_fail(call, 404, "", "no such client API");
        return false;
    }
    o->at = arena_need(call->arena, (s->conf->channels_n + 1) * sizeof(*o->at));
    o->rank = arena_need(call->arena, (s->conf->channels_n + 1) * sizeof(*o->rank));
    for (size_t i = 0; i < s->conf->channels_n; i++)
        if (conf_serves_family(&s->conf->channels[i], family))
            o->at[o->n++] = &s->conf->channels[i];
    rank_all(call, s, o);
    return true;
}

/* ---- ours to its ---- */

static struct cp_str service_of(struct cp_str dialect)
{
    return str_is(dialect, "chat") ? STR("openai") : dialect;
}

static struct tree *url_tree(const struct conf_url *url)
{
    char text[URL_BYTES];

    snprintf(text, sizeof(text), "%.*s%s", STR_FMT(url->base), url->is_exact ? "#" : "");
    return tree_text(str_of(text));
}

static void put_urls(struct tree *t, const struct conf_channel *c)
{
    struct tree *urls = tree_array();

    tree_put(t, "baseUrl", c->urls_n ? url_tree(&c->urls[0]) : tree_text(STR("")));
    for (size_t i = 0; i < c->urls_n; i++)
        tree_append(urls, url_tree(&c->urls[i]));
    if (c->urls_n > 1)
        tree_put(t, "baseUrls", urls);
    else
        tree_free(urls);
}

static void put_keys(struct tree *t, const struct conf_channel *c)
{
    struct tree *masks = tree_array(), *ids = tree_array();
    char mask[32];

    for (size_t i = 0; i < c->keys_n; i++) {
        secret_mask(secret_show(c->keys[i].secret), mask);
        tree_append(masks, tree_text(str_of(mask)));
        tree_append(ids, tree_text(str_of(c->keys[i].id)));
    }
    tree_put(t, "apiKeys", masks);
    tree_put(t, "keyIds", ids);
}

static void put_models(struct api_call *call, struct tree *t, const struct conf_channel *c)
{
    struct tree *map;

    if (!c->models_n)
        return;
    map = tree_object();
    for (size_t i = 0; i < c->models_n; i++)
        tree_put_text(map, arena_z(call->arena, c->models[i].from), c->models[i].to);
    tree_put(t, "modelMapping", map);
}

static void put_promotion(struct api_call *call, struct tree *t, const struct conf_channel *c,
                          struct cp_str family)
{
    struct marks *marks = call->roster->marks;
    int64_t own_ms = marks_until(marks, MARK_PROMOTED, family, c->id, call->now_ms);
    int64_t all_ms = marks_until(marks, MARK_PROMOTED, STR(""), c->id, call->now_ms);
    int64_t until_ms = own_ms > all_ms ? own_ms : all_ms;
    int64_t wall_ms = until_ms ? call->wall_ms + until_ms - call->now_ms : 0;

    if (c->promoted_until_ms > call->wall_ms && c->promoted_until_ms > wall_ms)
        wall_ms = c->promoted_until_ms;
    if (wall_ms)
        portrait_put_wall(t, "promotionUntil", wall_ms);
}

static void put_signatures(struct tree *t, const struct conf_channel *c)
{
    struct cp_str how = STR_NONE;

    for (size_t i = 0; i < c->options_n; i++)
        if (str_is(c->options[i].name, "thought_signatures"))
            how = c->options[i].value;
    tree_put_bool(t, "injectDummyThoughtSignature", str_is(how, "dummy"));
    tree_put_bool(t, "stripThoughtSignature", str_is(how, "strip"));
}

struct tree *original_tree(struct api_call *call, const struct original_channels *o, uint32_t i)
{
    const struct conf_channel *c = o->at[i];
    struct tree *t = tree_object();

    tree_put_int(t, "index", i);
    tree_put_text(t, "id", c->id);
    tree_put_text(t, "name", c->name);
    tree_put_text(t, "serviceType", service_of(c->dialect));
    put_urls(t, c);
    put_keys(t, c);
    tree_put_text(t, "description", c->description.p ? c->description : STR(""));
    tree_put_text(t, "website", c->website.p ? c->website : STR(""));
    tree_put_bool(t, "insecureSkipVerify", c->insecure);
    put_models(call, t, c);
    tree_put(t, "latency", tree_null());
    tree_put_text(t, "status", str_of(channels_status_name(c)));
    tree_put_int(t, "priority", o->rank[i]);
    put_promotion(call, t, c, o->family);
    tree_put_bool(t, "lowQuality", c->low_quality);
    if (str_is(o->family, "gemini"))
        put_signatures(t, c);
    return t;
}

/* ---- its to ours ---- */

struct coming {
    struct api_call *call;
    const struct tree *body;
    const struct conf_channel *old;
    struct tree *patch;
};

/* NULL: absent or null, which both mean unchanged. */
static const struct tree *member(const struct coming *c, const char *name)
{
    const struct tree *t = tree_get(c->body, name);

    return t && tree_kind(t) != TREE_NULL ? t : NULL;
}

static void take_service(struct coming *c)
{
    static const char *const pairs[][2] = {
        { "claude", "claude" }, { "openai", "chat" },         { "gemini", "gemini" },
        { "chat", "chat" },     { "responses", "responses" },
    };
    const struct tree *t = member(c, "serviceType");

    for (size_t i = 0; t && i < sizeof(pairs) / sizeof(*pairs); i++)
        if (str_is_nocase(tree_as_text(t), pairs[i][0])) {
            tree_put_text(c->patch, "dialect", str_of(pairs[i][1]));
            return;
        }
    if (t || !c->old)
        api_fail(c->call, 400, "serviceType",
                 "serviceType must be claude, openai, responses or gemini");
}

static void take_urls(struct coming *c)
{
    const struct tree *one = member(c, "baseUrl"), *more = member(c, "baseUrls");
    struct tree *urls = tree_array();

    for (size_t i = 0; i < tree_count(more); i++) {
        bool is_known = false;
        for (size_t k = 0; k < tree_count(urls); k++)
            is_known |= tree_is_equal(tree_at(urls, k), tree_at(more, i));
        if (!is_known)
            tree_append(urls, tree_copy(tree_at(more, i)));
    }
    if (!tree_count(urls) && one && tree_as_text(one).n)
        tree_append(urls, tree_copy(one));
    if (tree_count(urls))
        tree_put(c->patch, "base_urls", urls);
    else
        tree_free(urls);
}

/* A mask or an id of a key that is there, or a new one. */
static struct tree *take_key(const struct coming *c, struct cp_str text, struct cp_str id)
{
    const struct conf_key *k = c->old && id.p ? keys_find(c->old, id) : NULL;
    struct tree *t = tree_object();
    char mask[32] = "";

    if (k)
        secret_mask(secret_show(k->secret), mask);
    if (!k || !str_is(text, mask))
        k = c->old ? keys_find(c->old, text) : NULL;
    if (k)
        tree_put_text(t, "id", str_of(k->id));
    else
        tree_put_text(t, "key", text);
    return t;
}

static void take_keys(struct coming *c)
{
    const struct tree *keys = member(c, "apiKeys"), *ids = member(c, "keyIds");
    struct tree *list;

    if (!keys && c->old)
        return;
    list = tree_array();
    for (size_t i = 0; i < tree_count(keys); i++) {
        struct cp_str text = str_trim(tree_as_text(tree_at(keys, i)));
        struct tree *key = take_key(c, text, tree_as_text(tree_at(ids, i)));
        bool is_known = !text.n;
        for (size_t k = 0; k < tree_count(list); k++)
            is_known |= tree_is_equal(tree_at(list, k), key);
        if (is_known)
            tree_free(key);
        else
            tree_append(list, key);
    }
    tree_put(c->patch, "keys", list);
}

static void take_models(struct coming *c)
{
    const struct tree *map = member(c, "modelMapping");
    struct tree *list, *to;
    struct cp_str from;
    size_t at = 0;

    if (!map)
        return;
    list = tree_array();
    while (tree_each(map, &at, &from, &to)) {
        struct tree *rule = tree_object();
        tree_put_text(rule, "from", from);
        tree_put_text(rule, "to", tree_as_text(to));
        tree_append(list, rule);
    }
    tree_put(c->patch, "models", list);
}

/* As it is said, or else as it was. */
static bool is_signature(const struct coming *c, const char *name, const char *how)
{
    const struct tree *t = member(c, name);

    for (size_t i = 0; !t && c->old && i < c->old->options_n; i++)
        if (str_is(c->old->options[i].name, "thought_signatures"))
            return str_is(c->old->options[i].value, how);
    return tree_as_bool(t);
}

static void take_signatures(struct coming *c, struct cp_str family)
{
    bool is_strip = is_signature(c, "stripThoughtSignature", "strip"),
         is_dummy = is_signature(c, "injectDummyThoughtSignature", "dummy");
    struct cp_str dialect = tree_as_text(tree_get(c->patch, "dialect"));
    struct tree *options;

    if ((!member(c, "stripThoughtSignature") && !member(c, "injectDummyThoughtSignature")) ||
        !str_is(family, "gemini"))
        return;
    if (!str_is(dialect.p || !c->old ? dialect : c->old->dialect, "gemini"))
        return;
    options = tree_object();
    tree_put_text(options, "thought_signatures",
                  is_strip   ? STR("strip")
                  : is_dummy ? STR("dummy")
                             : STR("auto"));
    tree_put(c->patch, "options", options);
}

static void take_plain(struct coming *c)
{
    static const char *const pairs[][2] = {
        { "name", "name" },
        { "description", "description" },
        { "website", "website" },
        { "insecureSkipVerify", "insecure" },
        { "lowQuality", "low_quality" },
        { "promotionUntil", "promoted_until" },
        { "allowPrivate", "allow_private" },
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (member(c, pairs[i][0]))
            tree_put(c->patch, pairs[i][1], tree_copy(member(c, pairs[i][0])));
    struct cp_str status = tree_as_text(member(c, "status"));
    char lower[16] = "";
    for (size_t i = 0; i < status.n && i < sizeof(lower) - 1; i++)
        lower[i] =
            status.p[i] >= 'A' && status.p[i] <= 'Z' ? (char)(status.p[i] + 32) : status.p[i];
    if (status.n)
        tree_put_text(c->patch, "status", str_of(lower));
}

struct tree *original_body(struct api_call *call, const struct tree *body,
                           const struct conf_channel *old, struct cp_str family)
{
    struct coming c = { call, body, old, tree_object() };
    bool is_swap;

    take_service(&c);
    take_urls(&c);
    take_keys(&c);
    take_models(&c);
    take_signatures(&c, family);
    take_plain(&c);
    if (!old) {
        struct tree *families = tree_array();
        tree_append(families, tree_text(family));
        tree_put(c.patch, "families", families);
        /* One without keys was taken there, and waited for some. */
        if (!tree_count(tree_get(c.patch, "keys")))
            tree_put_text(c.patch, "status", STR("suspended"));
    }
    /* Who replaces the only key of a paused channel wants it to serve again. */
    const struct tree *keys = tree_get(c.patch, "keys");
    is_swap =
        old && old->keys_n == 1 && tree_count(keys) == 1 && tree_get(tree_at(keys, 0), "key");
    if (is_swap && old->status == CONF_SUSPENDED && !member(&c, "status"))
        tree_put_text(c.patch, "status", STR("active"));
    if (call->status == 200)
        return c.patch;
    tree_free(c.patch);
    return NULL;
}
