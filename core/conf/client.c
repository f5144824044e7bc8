/* SPDX-License-Identifier: MIT */
/*
 * client - the keys of clients, and what each opens.
 */
#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

static void client_take_key(struct build *b, struct conf_client *c, struct cp_str clear)
{
    c->secret = secret_new(clear);
    hash_sha256_raw(clear, c->digest);
    secret_id(clear, b->conf->install_id, c->id);
    secret_mask(clear, c->mask);
}

/* False: it is none, or is there already. */
static bool client_read(struct build *b, const struct node *n, struct map *known,
                        struct conf_client *c)
{
    struct cp_str clear;
    const struct node *key = n;

    *c = (struct conf_client){ .is_enabled = true, .budget.micro = -1 };
    c->where = arena_copy(b->conf->arena, n->where);
    if (n->kind == NODE_GROUP) {
        table_preset("client_keys.", c);
        table_apply("client_keys.", c, n, b->conf->arena, b->report);
        c->models = member_read_texts(b, n, "models", &c->models_n);
        c->families = member_read_texts(b, n, "families", &c->families_n);
        key = node_get(n, "key");
    }
    if (!key) {
        conf_complain(b->report, true, n->where, "a key's group has no key");
        return false;
    }
    if (!key_look_up(b, key, c->is_enabled, &clear))
        return false;
    client_take_key(b, c, clear);
    if (!map_get(known, str_of(c->id)))
        return true;
    conf_complain(b->report, false, key->where, "the same key again is left out");
    secret_free(c->secret);
    return false;
}

void client_read_all(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    const struct node *list = member_list(b, root, "client_keys", "[ \"...\" ]");
    struct map *known = map_new();

    c->clients = arena_need(c->arena, (member_count(list) + 1) * sizeof(*c->clients));
    if (list)
        NODE_EACH(n, list)
        {
            struct conf_client *client = &c->clients[c->clients_n];
            if (!client_read(b, n, known, client))
                continue;
            client->ordinal = (uint32_t)c->clients_n++;
            map_set(known, str_of(client->id), client);
        }
    map_free(known);
}
