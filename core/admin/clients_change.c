/* SPDX-License-Identifier: MIT */
/*
 * clients_change - client keys are made, changed, rotated and removed.
 *
 * A key is 160 random bits, made here and nowhere else, so that none is weak and none is used twice.  Its id is written
 * down with its first digest: a key that is rotated stays the same in budgets, histories and logs.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/clients.h"
#include "admin/convert.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "flow/setup.h"
#include "json/tree.h"

#include <stdio.h>

enum { KEY_BYTES = 20, KEY_TEXT = 3 + 2 * KEY_BYTES + 1 };

/* What is only told: who sends a client key back need not take it out. */
static const char *const told[] = {
    "state", "usage",          "in_flight", "served", "last_used",
    "where", "previous_until", "managed",   "etag",   "mask",
};
/* What nobody says but who makes the key. */
static const char *const made[] = { "key", "digest", "previous" };

struct change {
    struct tree *body;         /* without what is only told; NULL: none */
    char key[KEY_TEXT];        /* a new one; "" */
    int64_t previous_until_ms; /* of the old one; 0: it opens nothing any more */
};

/* ---- keys ---- */

static void key_make(struct api_call *call, struct change *c)
{
    uint8_t bytes[KEY_BYTES];

    hash_random(bytes, sizeof(bytes));
    snprintf(c->key, sizeof(c->key), "cp-");
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(c->key + 3 + 2 * i, 3, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof(bytes));
}

/* Digest and mask into the group; its id, if it has none. */
static void key_put(struct channels_edit *e, struct node *group, const struct change *c)
{
    char hex[65], mask[32], id[13];
    uint8_t digest[32];

    hash_sha256(str_of(c->key), hex);
    hash_sha256_raw(str_of(c->key), digest);
    secret_mask(str_of(c->key), mask);
    twig_drop(group, "key");
    twig_put_text(e->arena, group, "digest", str_of(hex));
    twig_put_text(e->arena, group, "mask", str_of(mask));
    if (!e->id.p) {
        client_id_of(digest, e->setup->conf->install_id, id);
        e->id = arena_copy(e->call->arena, str_of(id));
    }
    twig_put_text(e->arena, group, "id", e->id);
}

/* ---- nodes ---- */

/* Of a group, or of a text that is the key. */
static bool node_digest(const struct node *n, uint8_t digest[32])
{
    struct cp_str text = n->kind == NODE_GROUP ? node_text(n, "key") : n->text;

    if (!text.p)
        return client_parse_digest(node_text(n, "digest"), digest);
    hash_sha256_raw(text, digest);
    return true;
}

static struct node *node_of(struct channels_edit *e, struct node *root)
{
    const struct conf *c = e->setup->conf;
    struct node *list = twig_list(e->arena, root, "client_keys");
    struct node *found = twig_find(list, "id", e->id);
    uint8_t digest[32];
    char id[13];

    if (found)
        return found;
    NODE_EACH(n, list)
    {
        if ((n->kind == NODE_GROUP && node_get(n, "id")) || !node_digest(n, digest))
            continue;
        client_id_of(digest, c->install_id, id);
        if (str_is(e->id, id))
            found = n;
    }
    return found;
}

/* NULL, err says why: it is not there, or a file says it. */
static struct node *node_open(struct channels_edit *e, struct node *root, struct err *err)
{
    struct node *n = node_of(e, root);
    const struct conf_client *k = client_by_id(e->setup->conf, e->id);

    if (n && n->kind == NODE_GROUP) {
        e->subject = n;
        return n;
    }
    if (n)
        err_set(err, E_DENIED, "id",
                "managed.conf has it as a bare text; remove it, make another");
    else if (k)
        err_set(err, E_DENIED, "id", "set in %.*s; change it there", STR_FMT(k->where));
    else
        err_set(err, E_ABSENT, "id", "no client key has this id");
    return NULL;
}

static struct cp_str edit_tag(const struct channels_edit *e)
{
    return clients_tag(e->arena, e->said, e->id);
}

/* ---- bodies ---- */

/* The call's object without what is only told; NULL after failing. */
static struct tree *body_of(struct api_call *call)
{
    struct tree *body = channels_body(call);

    for (size_t i = 0; body && i < sizeof(made) / sizeof(*made); i++)
        if (tree_get(body, made[i])) {
            api_fail(call, 400, made[i], "keys are made here, not given: leave it out");
            return NULL;
        }
    struct tree *own = body ? channels_keep(call, tree_copy(body)) : NULL;
    for (size_t i = 0; own && i < sizeof(told) / sizeof(*told); i++)
        (void)tree_drop(own, told[i]); /* most bodies have none of them */
    return own;
}

static bool id_is_its(struct api_call *call, struct tree *body)
{
    const struct tree *id = tree_get(body, "id");

    if (id && !str_eq(tree_as_text(id), call->param[0])) {
        api_fail(call, 400, "id", "an id does not change");
        return false;
    }
    tree_drop(body, "id");
    return true;
}

/* A patch removes with null; in a new one that is the same as not saying it. */
static void drop_nulls(struct tree *t)
{
    struct cp_str name;
    struct tree *value;

    for (size_t at = 0; tree_each(t, &at, &name, &value);)
        if (tree_kind(value) == TREE_OBJECT) {
            drop_nulls(value);
        } else if (tree_kind(value) == TREE_NULL) {
            char text[64];
            snprintf(text, sizeof(text), "%.*s", STR_FMT(name));
            tree_drop(t, text);
            at = 0;
        }
}

/* ---- changes ---- */

static int post_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct change *c = e->with;
    struct node *list = twig_list(e->arena, root, "client_keys"), *group;
    int rc = convert_in("client_keys.", c->body, e->arena, &group, err);

    if (rc)
        return rc;
    struct cp_str id = node_text(group, "id");
    if (id.p && (twig_find(list, "id", id) || client_by_id(e->setup->conf, id)))
        return err_set(err, E_AGAIN, "id", "another client key has this id");
    e->id = id.p ? arena_copy(e->call->arena, id) : STR_NONE;
    key_put(e, group, c);
    node_append(list, group);
    e->subject = group;
    return 0;
}

static int patch_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct change *c = e->with;
    struct node *group = node_open(e, root, err);

    return group ? convert_patch("client_keys.", c->body, e->arena, group, err) : err->code;
}

static int rotate_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct change *c = e->with;
    struct node *group = node_open(e, root, err);
    char hex[65], until[32];
    uint8_t digest[32];

    if (!group)
        return err->code;
    twig_drop(group, "previous");
    twig_drop(group, "previous_until");
    if (c->previous_until_ms && node_digest(group, digest)) {
        for (size_t i = 0; i < sizeof(digest); i++)
            snprintf(hex + 2 * i, 3, "%02x", digest[i]);
        clock_rfc3339_s(c->previous_until_ms, until);
        twig_put_text(e->arena, group, "previous", str_of(hex));
        twig_put_text(e->arena, group, "previous_until", str_of(until));
    }
    key_put(e, group, c);
    return 0;
}

static int delete_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    struct node *n = node_of(e, root);

    if (!n)
        return node_open(e, root, err) ? 0 : err->code;
    node_drop(node_get(root, "client_keys"), n);
    return 0;
}

/* ---- doors ---- */

static bool run(struct api_call *call, struct channels_edit *e, const char *what,
                const struct setup **now)
{
    struct cp_str label = tree_as_text(
        e->with ? tree_get(((const struct change *)e->with)->body, "label") : NULL);

    e->call = call;
    e->tag = e->id.p ? edit_tag : NULL;
    e->what = arena_printf(call->arena, "client key %.*s%s",
                           STR_FMT(e->id.p   ? e->id
                                   : label.n ? str_cut(label, 64)
                                             : STR("without a label")),
                           what);
    return channels_run(e, now);
}

void clients_post(struct api_call *call)
{
    struct change c = { .body = body_of(call) };
    struct channels_edit e = { .apply = post_apply, .with = &c };
    const struct setup *now;

    if (!c.body)
        return;
    drop_nulls(c.body);
    key_make(call, &c);
    if (run(call, &e, " is new", &now))
        clients_answer(call, now, e.id, str_of(c.key), 201);
    explicit_bzero(c.key, sizeof(c.key));
}

void clients_patch(struct api_call *call)
{
    struct change c = { .body = body_of(call) };
    struct channels_edit e = { .apply = patch_apply, .with = &c, .id = call->param[0] };
    const struct setup *now;

    if (!c.body || !id_is_its(call, c.body))
        return;
    if (run(call, &e, " is changed", &now))
        clients_answer(call, now, e.id, STR_NONE, 200);
}

void clients_rotate(struct api_call *call)
{
    struct tree *body = channels_body(call);
    struct change c = { .body = NULL };
    struct channels_edit e = { .apply = rotate_apply, .with = &c, .id = call->param[0] };
    const struct setup *now;
    struct cp_str name;
    struct tree *value;
    int64_t grace_ms = 0;

    if (!body)
        return;
    for (size_t at = 0; tree_each(body, &at, &name, &value);)
        if (!str_is(name, "grace") || str_duration(tree_as_text(value), &grace_ms) ||
            grace_ms < 0) {
            api_fail(call, 400, "grace", "how long the old key opens on, such as \"24h\"");
            return;
        }
    c.previous_until_ms = grace_ms ? call->wall_ms + grace_ms : 0;
    key_make(call, &c);
    if (run(call, &e, " is rotated", &now))
        clients_answer(call, now, e.id, str_of(c.key), 200);
    explicit_bzero(c.key, sizeof(c.key));
}

void clients_delete(struct api_call *call)
{
    const struct conf_client *k = clients_find(call, call->param[0]);
    struct channels_edit e = { .apply = delete_apply, .id = call->param[0] };
    const struct setup *now;

    if (!k || !run(call, &e, " is removed", &now))
        return;
    struct tree *t = tree_object();
    tree_put(t, "removed", clients_tree(call, call->setup, k));
    api_tell(call, t);
}
