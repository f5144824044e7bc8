/* SPDX-License-Identifier: MIT */
/*
 * said - the merged tree as people and programs may see it: every value with its place, no secret.
 *
 * It is copied when all has been read, so what stands in it is what serves: switches are laid into their channels and
 * keys stand in the order they are tried in.  What names a key ("env:NAME", "file:PATH") is kept as "from": it is no secret, and it
 * is what somebody who looks for a mistake wants to know.
 */
#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

#include <stdio.h>

enum { FINGERPRINT_DIGITS = 16 };

/* What stands for a key. */
struct said_key {
    uint8_t digest[32];
    char id[13], mask[32];
};

struct said {
    struct build *b;
    struct arena *arena;
    const struct conf_channel *channel; /* whose group is being copied */
    size_t client;                      /* where the last one was found */
};

void said_see(struct build *b, const struct node *n, struct cp_str clear)
{
    struct said_key *key = arena_need(b->scratch, sizeof(*key));

    hash_sha256_raw(clear, key->digest);
    secret_id(clear, b->conf->install_id, key->id);
    secret_mask(clear, key->mask);
    map_set(b->seen, str_n((const char *)&n, sizeof(n)), key);
}

static const struct said_key *said_key(const struct said *s, const struct node *n)
{
    return map_get(s->b->seen, str_n((const char *)&n, sizeof(n)));
}

static void said_put(const struct said *s, struct node *group, const char *name,
                     struct cp_str text, const struct node *from)
{
    struct node *n = node_new(s->arena, NODE_STRING, str_of(name), STR_NONE);
    n->where = arena_copy(s->arena, from->where);
    n->text = arena_copy(s->arena, text);
    node_append(group, n);
}

static struct cp_str said_fingerprint(const struct said *s, const uint8_t digest[32])
{
    char print[8 + FINGERPRINT_DIGITS] = "sha256:";
    for (int i = 0; i < FINGERPRINT_DIGITS / 2; i++)
        snprintf(print + 7 + 2 * i, 3, "%02x", digest[i]);
    return arena_copy(s->arena, str_of(print));
}

/* They stand in the same order as the nodes, so the next one is nearly always it. */
static const struct conf_client *said_client(struct said *s, const uint8_t digest[32])
{
    const struct conf *c = s->b->conf;
    for (size_t i = 0; i < c->clients_n; i++) {
        size_t at = (s->client + i) % c->clients_n;
        if (memcmp(c->clients[at].digest, digest, sizeof(c->clients[at].digest)) == 0) {
            s->client = at + 1;
            return &c->clients[at];
        }
    }
    return NULL;
}

/* In the place of "key" or "digest": id, mask, fingerprint, and where it was looked up. */
static void said_put_key(struct said *s, struct node *group, const struct node *n,
                         bool is_client)
{
    const struct said_key *seen = said_key(s, n);
    struct said_key key = { .mask = "***" };
    bool is_known = seen || (is_client && client_parse_digest(n->text, key.digest));

    if (seen)
        key = *seen;
    const struct conf_client *client =
        is_known && is_client ? said_client(s, key.digest) : NULL;
    if (client || (is_known && !is_client))
        said_put(s, group, "id", str_of(client ? client->id : key.id), n);
    said_put(s, group, "mask", str_of(client && client->mask[0] ? client->mask : key.mask), n);
    if (is_known)
        said_put(s, group, "fingerprint", said_fingerprint(s, key.digest), n);
    if (key_is_reference(n->text))
        said_put(s, group, "from", n->text, n);
}

/* "http://user:password@host" without who and what. */
static struct cp_str said_proxy(const struct said *s, struct cp_str text)
{
    const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
    ptrdiff_t scheme = str_find(text, STR("://"));
    if (!at)
        return text;
    return arena_printf(s->arena, "%.*s***%.*s", scheme < 0 ? 0 : (int)scheme + 3, text.p,
                        STR_FMT(str_from(text, (size_t)(at - text.p))));
}

static bool said_is_secret(const struct conf_entry *e)
{
    return str_is(str_of(e->type), "secret") || str_is(str_of(e->name), "admin_password");
}

static struct cp_str said_text(const struct said *s, const struct node *n,
                               const struct conf_entry *e)
{
    char mask[32];
    uint8_t digest[32];
    if (e && str_is(str_of(e->name), "channels.proxy"))
        return said_proxy(s, n->text);
    if (e && str_is(str_of(e->name), "client_keys.previous"))
        return client_parse_digest(n->text, digest) ? said_fingerprint(s, digest) : STR("***");
    if (!e || !said_is_secret(e) || key_is_reference(n->text))
        return n->text;
    if (str_is(str_of(e->name), "admin_password"))
        return STR("$***"); /* what method was used is nobody's business either */
    secret_mask(n->text, mask);
    return arena_copy(s->arena, str_of(mask));
}

/* What came as text gets the kind that a file must have. */
static void said_settle_kind(struct node *n, const struct conf_entry *e)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    struct cp_str type = str_of(e ? e->type : "string");
    bool is_true = false;

    if (n->kind != NODE_TEXT)
        return;
    n->kind = str_is(type, "int") ? NODE_INT : str_is(type, "bool") ? NODE_BOOL : NODE_STRING;
    if (n->kind != NODE_STRING)
        n->text = str_trim(n->text);
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
        is_true |= str_is_nocase(n->text, yes[i]);
    if (n->kind == NODE_BOOL)
        n->text = is_true ? STR("true") : STR("false");
}

static const struct conf_key *said_channel_key(const struct said *s, struct cp_str id)
{
    for (size_t i = 0; s->channel && i < s->channel->keys_n; i++)
        if (str_is(id, s->channel->keys[i].id))
            return &s->channel->keys[i];
    return NULL;
}

/* The switches of the key that group is about. */
static void said_lay_switch(const struct said *s, struct node *group, const struct node *by)
{
    const struct conf_key *key = said_channel_key(s, node_text(group, "id"));
    struct node *said = node_get(group, "enabled");

    if (!key || key->is_enabled || str_is(node_text(group, "enabled"), "false"))
        return;
    if (said)
        node_drop(group, said);
    said = node_new(s->arena, NODE_BOOL, STR("enabled"), STR_NONE);
    said->where = arena_copy(s->arena, by->where);
    said->text = STR("false");
    node_append(group, said);
}

/* Keys as they are tried; those that were not found come last. */
static void said_order(const struct said *s, struct node *list)
{
    struct node rest = *list;
    list->first = list->last = NULL;
    for (size_t i = 0; i < s->channel->keys_n; i++)
        for (struct node *n = rest.first; n; n = n->next)
            if (str_is(node_text(n, "id"), s->channel->keys[i].id)) {
                node_drop(&rest, n);
                node_append(list, n);
                break;
            }
    for (struct node *n = rest.first, *next; n; n = next) {
        next = n->next;
        node_append(list, n);
    }
}

static void said_switch_keys(const struct said *s, struct node *list)
{
    if (!s->b->switches || !s->channel)
        return;
    NODE_EACH(by, s->b->switches)
    {
        if (by->kind != NODE_GROUP || !str_eq(node_text(by, "channel"), s->channel->id))
            continue;
        if (node_get(by, "disabled_keys"))
            NODE_EACH(n, list)
        said_lay_switch(s, n, by);
        if (node_get(by, "key_order"))
            said_order(s, list);
    }
}

static void said_walk(struct said *s, const struct node *from, struct node *to,
                      struct cp_str path);

static void said_add(struct said *s, const struct node *n, struct node *to, struct cp_str path)
{
    const struct conf_entry *e = table_find(path);
    bool is_client = str_begins(path, "client_keys");
    bool is_list = to->kind == NODE_LIST;

    if (str_is(path, "channels.keys.key") || str_is(path, "client_keys.key") ||
        str_is(path, "client_keys.digest")) {
        said_put_key(s, to, n, is_client);
        return;
    }
    if (str_is(path, "client_keys.id") || str_is(path, "client_keys.mask"))
        return; /* they come with the key */
    bool is_key = is_list && (str_is(path, "channels.keys") || str_is(path, "client_keys"));
    enum node_kind kind = is_key ? NODE_GROUP : n->kind;
    struct node *copy = node_new(s->arena, kind, n->name, arena_copy(s->arena, n->where));
    node_append(to, copy);
    if (is_key && node_is_scalar(n)) {
        said_put_key(s, copy, n, is_client);
        return;
    }
    if (is_list && str_is(path, "channels"))
        s->channel = conf_channel(s->b->conf, node_text(n, "id"));
    if (node_is_scalar(n)) {
        copy->text = arena_copy(s->arena, said_text(s, n, e));
        said_settle_kind(copy, e);
    }
    said_walk(s, n, copy, path);
    if (!is_list && str_is(path, "channels.keys"))
        said_switch_keys(s, copy);
}

static void said_walk(struct said *s, const struct node *from, struct node *to,
                      struct cp_str path)
{
    NODE_EACH(n, from)
    {
        struct cp_str below = path;
        if (from->kind == NODE_GROUP)
            below = path.n ? arena_printf(s->b->scratch, "%.*s.%.*s", STR_FMT(path),
                                          STR_FMT(n->name))
                           : n->name;
        if (!str_is(below, "switches"))
            said_add(s, n, to, below);
    }
}

void said_keep(struct build *b, const struct node *root)
{
    struct said s = { .b = b, .arena = b->conf->arena };
    struct node *said =
        node_new(s.arena, NODE_GROUP, STR_NONE, arena_copy(s.arena, root->where));

    said_walk(&s, root, said, STR(""));
    b->conf->said = said;
}
