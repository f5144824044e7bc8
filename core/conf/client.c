/* SPDX-License-Identifier: MIT */
/*
 * client - the keys of clients, and what each opens.
 *
 * The id is made of the digest, so it is the same whether a file holds the key or only its digest: who moves a key from
 * one to the other keeps what it has spent.
 */
#include "conf/client.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

enum { DIGEST_BYTES = 32 };

/* ---- digests ---- */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool client_parse_digest(struct cp_str text, uint8_t digest[DIGEST_BYTES])
{
    if (str_begins(text, "sha256:"))
        text = str_from(text, 7);
    if (text.n != CLIENT_HEX)
        return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = hex_of(text.p[2 * i]), low = hex_of(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void client_id_of(const uint8_t digest[DIGEST_BYTES], struct cp_str install_id, char id[13])
{
    secret_id(str_n((const char *)digest, DIGEST_BYTES), install_id, id);
}

static bool digest_is(const uint8_t a[DIGEST_BYTES], const uint8_t b[DIGEST_BYTES])
{
    uint8_t differs = 0;

    for (size_t i = 0; i < DIGEST_BYTES; i++)
        differs |= a[i] ^ b[i];
    return differs == 0;
}

/* ---- finding one ---- */

static size_t slot_of(const struct conf *c, const uint8_t digest[DIGEST_BYTES])
{
    return hash_str(str_n((const char *)digest, DIGEST_BYTES)) & (c->client_slots_n - 1);
}

/* A slot holds twice the place plus 1, plus 1 for the key that was replaced. */
static const uint8_t *slot_digest(const struct conf *c, uint32_t slot)
{
    const struct conf_client *k = &c->clients[(slot - 1) / 2];
    return (slot - 1) % 2 ? k->previous : k->digest;
}

const struct conf_client *client_find(const struct conf *c, struct cp_str candidate,
                                      int64_t wall_ms)
{
    uint8_t digest[DIGEST_BYTES];

    if (!c->client_slots_n)
        return NULL;
    hash_sha256_raw(candidate, digest);
    for (size_t at = slot_of(c, digest); c->client_slots[at];
         at = (at + 1) & (c->client_slots_n - 1)) {
        uint32_t slot = c->client_slots[at];
        const struct conf_client *k = &c->clients[(slot - 1) / 2];
        if (!digest_is(slot_digest(c, slot), digest))
            continue;
        return (slot - 1) % 2 && k->previous_until_ms <= wall_ms ? NULL : k;
    }
    return NULL;
}

/* False: its digest is there already. */
static bool slot_fill(struct conf *c, uint32_t slot)
{
    const uint8_t *digest = slot_digest(c, slot);
    size_t at = slot_of(c, digest);

    for (; c->client_slots[at]; at = (at + 1) & (c->client_slots_n - 1))
        if (digest_is(slot_digest(c, c->client_slots[at]), digest))
            return false;
    c->client_slots[at] = slot;
    return true;
}

const struct conf_client *client_by_id(const struct conf *c, struct cp_str id)
{
    for (size_t i = 0; i < c->clients_n; i++)
        if (str_is(id, c->clients[i].id))
            return &c->clients[i];
    return NULL;
}

/* ---- what it may ---- */

bool client_is_over(const struct conf_client *k, int64_t wall_ms)
{
    return k->expires_wall_ms && k->expires_wall_ms <= wall_ms;
}

bool client_has_model(const struct conf_client *k, struct cp_str model)
{
    for (size_t i = 0; i < k->models_n; i++)
        if (model_is_like(k->models[i], model))
            return true;
    return k->models_n == 0 || !model.p;
}

bool client_has_family(const struct conf_client *k, struct cp_str family)
{
    for (size_t i = 0; i < k->families_n; i++)
        if (str_eq(k->families[i], family))
            return true;
    return k->families_n == 0;
}

bool client_has_caps(const struct conf_client *k)
{
    return k->caps.concurrency || k->caps.rpm || k->caps.tpm;
}

bool client_has_budget(const struct conf_client *k)
{
    return k->budget.tokens > 0 || k->budget.micro >= 0;
}

/* ---- reading ---- */

static bool client_read_digest(struct build *b, const struct node *n, uint8_t digest[32])
{
    if (client_parse_digest(n->text, digest))
        return true;
    conf_complain(b->report, true, n->where,
                  "%.*s must be a key's SHA-256: 64 hex digits, as "
                  "\"printf %%s KEY | sha256sum\" tells it",
                  STR_FMT(n->name));
    return false;
}

static bool client_read_clear(struct build *b, const struct node *key, struct conf_client *c)
{
    struct cp_str clear;

    if (!key_look_up(b, key, c->is_enabled, &clear))
        return false;
    if (b->conf->admin_key && secret_is(b->conf->admin_key, clear))
        conf_complain(b->report, true, key->where, "this key is the admin_key, too");
    if (b->conf->access_key && secret_is(b->conf->access_key, clear))
        conf_complain(b->report, false, key->where,
                      "this key is the access_key, too: no limit holds for it");
    c->secret = secret_new(clear);
    hash_sha256_raw(clear, c->digest);
    secret_mask(clear, c->mask);
    return true;
}

static void client_read_mask(const struct node *n, struct conf_client *c)
{
    struct cp_str mask = str_cut(node_text(n, "mask"), sizeof(c->mask) - 1);

    if (!mask.n || c->secret)
        return;
    memcpy(c->mask, mask.p, mask.n);
    c->mask[mask.n] = '\0';
}

/* Of a group; false: it has no key that could be used. */
static bool client_read_key(struct build *b, const struct node *n, struct conf_client *c)
{
    const struct node *key = node_get(n, "key"), *digest = node_get(n, "digest");
    const struct node *previous = node_get(n, "previous");

    if (!key == !digest) {
        conf_complain(b->report, true, n->where,
                      key ? "key and digest exclude each other" : "a key's group has no key");
        return false;
    }
    if (previous)
        c->has_previous = client_read_digest(b, previous, c->previous);
    if (key)
        return client_read_clear(b, key, c);
    client_read_mask(n, c);
    return client_read_digest(b, digest, c->digest);
}

static bool client_read_id(struct build *b, const struct node *n, struct conf_client *c)
{
    const struct node *given = n->kind == NODE_GROUP ? node_get(n, "id") : NULL;

    if (!given) {
        client_id_of(c->digest, b->conf->install_id, c->id);
        return true;
    }
    bool is_good = given->text.n > 0 && given->text.n <= CLIENT_ID_MOST;
    for (size_t i = 0; is_good && i < given->text.n; i++)
        is_good = given->text.p[i] == '-' || given->text.p[i] == '_' ||
                  (given->text.p[i] >= '0' && given->text.p[i] <= '9') ||
                  (given->text.p[i] >= 'a' && given->text.p[i] <= 'z');
    /* The names of the access key, and of who tries from the panel, in logs and budgets. */
    is_good = is_good && !str_is(given->text, "access") && !str_is(given->text, "panel");
    if (!is_good)
        conf_complain(
            b->report, true, given->where,
            "id must be 1 to %d of a-z, 0-9, - and _, and neither \"access\" nor \"panel\"",
            CLIENT_ID_MOST);
    else
        memcpy(c->id, given->text.p, given->text.n);
    return is_good;
}

static void client_read_words(struct build *b, const struct node *n, struct conf_client *c)
{
    table_preset("client_keys.", c);
    if (n->kind != NODE_GROUP)
        return;
    table_apply("client_keys.", c, n, b->conf->arena, b->report);
    c->models = member_read_texts(b, n, "models", &c->models_n);
    c->families = member_read_texts(b, n, "families", &c->families_n);
}

/* False: it is none, or is there already. */
static bool client_read(struct build *b, const struct node *n, struct map *ids,
                        struct conf_client *c)
{
    *c = (struct conf_client){ .is_enabled = true, .budget.micro = -1 };
    c->where = arena_copy(b->conf->arena, n->where);
    client_read_words(b, n, c);
    bool is_good =
        n->kind == NODE_GROUP ? client_read_key(b, n, c) : client_read_clear(b, n, c);
    if (!is_good || !client_read_id(b, n, c))
        return false;
    const struct conf_client *same = map_get(ids, str_of(c->id));
    if (!same)
        return true;
    if (digest_is(same->digest, c->digest))
        conf_complain(b->report, false, n->where, "the same key again is left out");
    else
        conf_complain(b->report, true, n->where,
                      "the id \"%s\" is that of the key at %.*s, too", c->id,
                      STR_FMT(same->where));
    return false;
}

/* Twice as many slots as there are digests, at least. */
static void client_index(struct build *b)
{
    struct conf *c = b->conf;
    size_t n = 4;

    if (!c->clients_n)
        return;
    while (n < 4 * c->clients_n)
        n *= 2;
    c->client_slots = arena_need(c->arena, n * sizeof(*c->client_slots));
    c->client_slots_n = n;
    for (uint32_t i = 0; i < c->clients_n; i++)
        if (!slot_fill(c, 2 * i + 1))
            conf_complain(b->report, true, c->clients[i].where,
                          "this key has another id elsewhere: one of the two must go");
    for (uint32_t i = 0; i < c->clients_n; i++)
        if (c->clients[i].has_previous)
            (void)slot_fill(c, 2 * i + 2); /* another's key by now: then it is that */
}

void client_read_all(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    const struct node *list = member_list(b, root, "client_keys", "[ \"...\" ]");
    struct map *ids = map_new();

    c->clients = arena_need(c->arena, (member_count(list) + 1) * sizeof(*c->clients));
    if (list)
        NODE_EACH(n, list)
        {
            struct conf_client *client = &c->clients[c->clients_n];
            if (!client_read(b, n, ids, client)) {
                secret_free(client->secret);
                continue;
            }
            client->ordinal = (uint32_t)c->clients_n++;
            map_set(ids, str_of(client->id), client);
        }
    map_free(ids);
    client_index(b);
}
