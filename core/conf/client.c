/* SPDX-License-Identifier: MIT */
/*
 * client - the keys of clients, and what each opens.
 */
#include "base/arena.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"

void client_read_all(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    struct conf_key *keys = NULL;
    size_t n = 0;

    key_read_list(b, "client_keys.", node_get(root, "client_keys"), NULL, true, &keys, &n);
    c->clients = arena_need(c->arena, (n + 1) * sizeof(*c->clients));
    c->clients_n = n;
    for (size_t i = 0; i < n; i++) {
        struct conf_client *client = &c->clients[i];
        client->secret = keys[i].secret;
        hash_sha256_raw(secret_show(keys[i].secret), client->digest);
        memcpy(client->id, keys[i].id, sizeof(client->id));
        secret_mask(secret_show(keys[i].secret), client->mask);
        client->label = keys[i].label;
        client->is_enabled = keys[i].is_enabled;
        client->budget.micro = -1;
        client->ordinal = (uint32_t)i;
    }
}
