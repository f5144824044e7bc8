/* SPDX-License-Identifier: MIT */
/*
 * import_lay - what was imported is laid over what the gateway has: nothing twice, nothing of the files changed.
 *
 * A channel is known again by client API, base URL and a key that both have: names change and ids are ours.  Keys of channels
 * that files define are masked here, and known by their fingerprints.
 */
#include "admin/import_part.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/node.h"
#include "json/tree.h"

enum { PRINT_BYTES = 16 };

struct laying {
    struct import *im;
    struct node *managed;
    const struct node *said;
};

/* ---- settings ---- */

static bool is_ours(const struct node *n)
{
    return str_find(n->where, STR("managed.conf")) >= 0 || str_is(n->where, "import");
}

static void lay_setting(struct laying *l, struct node *n, struct cp_str path)
{
    const struct node *old = node_at(l->said, path);

    if (old && node_is_scalar(old) && !is_ours(old)) {
        if (!str_eq(old->text, n->text))
            import_say(l->im, IMPORT_CHANGED, "%.*s stays as %.*s says it", STR_FMT(path),
                       STR_FMT(old->where));
        return;
    }
    struct node *mine = node_at(l->managed, path);
    if (mine && node_is_scalar(mine)) {
        mine->kind = n->kind;
        mine->text = arena_copy(l->im->arena, n->text);
        return;
    }
    if (node_set(l->im->arena, l->managed, path, n->text, STR("import"))) {
        import_say(l->im, IMPORT_NOT, "%.*s: managed.conf has no place for it", STR_FMT(path));
        return;
    }
    node_at(l->managed, path)->kind = n->kind;
}

static void lay_settings(struct laying *l, struct node *group, struct cp_str prefix)
{
    NODE_EACH(n, group)
    {
        struct cp_str path =
            arena_printf(l->im->arena, "%.*s%.*s", STR_FMT(prefix), STR_FMT(n->name));
        if (n->kind == NODE_GROUP)
            lay_settings(l, n, arena_printf(l->im->arena, "%.*s.", STR_FMT(path)));
        else if (node_is_scalar(n))
            lay_setting(l, n, path);
    }
}

/* ---- keys ---- */

static struct cp_str print_of(struct arena *arena, struct cp_str key)
{
    char hex[65];

    hash_sha256(key, hex);
    return arena_copy(arena, str_n(hex, PRINT_BYTES));
}

/* Of a key's group or string, here or in the masked tree; absent: it has none. */
static struct cp_str lay_print(struct laying *l, const struct node *key)
{
    struct cp_str clear = key->kind == NODE_STRING ? key->text : node_text(key, "key");
    struct cp_str print = node_text(key, "fingerprint");

    if (print.p)
        return str_begins(print, "sha256:") ? str_from(print, 7) : print;
    return clear.p ? print_of(l->im->arena, clear) : STR_NONE;
}

static bool lay_has_key(struct laying *l, const struct node *channel, struct cp_str print)
{
    const struct node *keys = node_get(channel, "keys");

    if (keys)
        NODE_EACH(n, keys)
    if (str_eq(lay_print(l, n), print))
        return true;
    return false;
}

/* ---- channels ---- */

static struct cp_str first_url(const struct node *channel)
{
    const struct node *one = node_get(channel, "base_url"),
                      *more = node_get(channel, "base_urls");
    struct cp_str url = one ? one->text : more && more->first ? more->first->text : STR_NONE;

    while (url.n && url.p[url.n - 1] == '/')
        url.n--;
    return url;
}

static bool is_for(const struct node *channel, struct cp_str family)
{
    const struct node *families = node_get(channel, "families");

    if (!families || !families->first)
        return true;
    NODE_EACH(n, families)
    if (str_eq(n->text, family))
        return true;
    return false;
}

static bool is_same(struct laying *l, const struct node *old, const struct node *coming)
{
    const struct node *keys = node_get(coming, "keys"), *mine = node_get(old, "keys");
    bool has_keys = keys && keys->first, had_keys = mine && mine->first;

    if (!str_eq(node_text(old, "dialect"), node_text(coming, "dialect")) ||
        !str_eq(first_url(old), first_url(coming)) ||
        !is_for(old, node_get(coming, "families")->first->text))
        return false;
    if (!has_keys || !had_keys)
        return has_keys == had_keys;
    NODE_EACH(n, keys)
    if (lay_has_key(l, old, lay_print(l, n)))
        return true;
    return false;
}

static struct node *lay_find(struct laying *l, const struct node *root,
                             const struct node *coming)
{
    const struct node *list = node_get(root, "channels");

    if (list && list->kind == NODE_LIST)
        NODE_EACH(n, list)
    if (n->kind == NODE_GROUP && is_same(l, n, coming))
        return n;
    return NULL;
}

/* To one that managed.conf has; keys that are there stay where they are. */
static void lay_keys(struct laying *l, struct node *old, const struct node *coming)
{
    struct node *into = node_get(old, "keys"), *keys = node_get(coming, "keys");
    size_t n_new = 0;

    for (struct node *n = keys->first; n; n = n->next) {
        if (lay_has_key(l, old, lay_print(l, n)))
            continue;
        into = into ? into : twig_list(l->im->arena, old, "keys");
        twig_put_text(l->im->arena, twig_add_group(l->im->arena, into), "key",
                      node_text(n, "key"));
        n_new++;
    }
    import_say(l->im, IMPORT_TAKEN, "channel %.*s was there already; %zu keys came to it",
               STR_FMT(node_text(old, "id")), n_new);
}

static bool is_id_taken(struct laying *l, struct cp_str id)
{
    const struct node *roots[] = { l->managed, l->said };

    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        const struct node *list = node_get(roots[i], "channels");
        if (list && list->kind == NODE_LIST)
            NODE_EACH(n, list)
        if (n->kind == NODE_GROUP && str_eq(node_text(n, "id"), id))
            return true;
    }
    return false;
}

static size_t lay_count(const struct node *list)
{
    size_t n = 0;

    if (list)
        NODE_EACH(each, list)
    n++;
    return n;
}

static void lay_new(struct laying *l, struct node *list, struct node *coming)
{
    struct cp_str slug = channel_slug(l->im->arena, node_text(coming, "name")), id = slug;

    for (unsigned i = 2; is_id_taken(l, id); i++)
        id = arena_printf(l->im->arena, "%.*s-%u", STR_FMT(slug), i);
    twig_put_text(l->im->arena, coming, "id", id);
    node_append(list, coming);
    size_t keys_n = lay_count(node_get(coming, "keys"));
    import_say(l->im, IMPORT_TAKEN, "channel %.*s: \"%.*s\", %.*s, %zu %s", STR_FMT(id),
               STR_FMT(str_cut(node_text(coming, "name"), 60)),
               STR_FMT(node_text(coming, "dialect")), keys_n, keys_n == 1 ? "key" : "keys");
}

static void lay_channels(struct laying *l)
{
    struct node *coming = node_get(l->im->root, "channels"),
                *list = node_get(l->managed, "channels");

    if (!coming || !coming->first)
        return;
    if (!list)
        list = twig_list(l->im->arena, l->managed, "channels");
    for (struct node *n = coming->first, *next; n; n = next) {
        next = n->next;
        struct node *old = lay_find(l, l->managed, n);
        const struct node *theirs = old ? NULL : lay_find(l, l->said, n);
        if (old)
            lay_keys(l, old, n);
        else if (theirs)
            import_say(l->im, IMPORT_CHANGED, "channel %.*s stays as %.*s says it",
                       STR_FMT(node_text(theirs, "name")), STR_FMT(theirs->where));
        else
            lay_new(l, list, n);
    }
    coming->first = coming->last = NULL;
}

/* ---- the clients' key ---- */

static bool has_client(const struct node *root, struct cp_str digest)
{
    const struct node *list = node_get(root, "client_keys");

    if (list && list->kind == NODE_LIST)
        NODE_EACH(n, list)
    if (str_eq(node_text(n, "digest"), digest))
        return true;
    return false;
}

static void lay_client(struct laying *l)
{
    char hex[65], mask[32];

    hash_sha256(l->im->access_key, hex);
    struct cp_str digest = arena_printf(l->im->arena, "sha256:%s", hex);
    if (has_client(l->managed, digest))
        return;
    struct node *list = node_get(l->managed, "client_keys");
    list = list ? list : twig_list(l->im->arena, l->managed, "client_keys");
    struct node *client = twig_add_group(l->im->arena, list);
    twig_put_text(l->im->arena, client, "digest", digest);
    secret_mask(l->im->access_key, mask);
    twig_put_text(l->im->arena, client, "mask", str_of(mask));
    twig_put_text(l->im->arena, client, "label", STR("imported access key"));
    import_say(l->im, IMPORT_CHANGED,
               "PROXY_ACCESS_KEY opens the gateway as a client key: its access key is another");
}

static void lay_access_key(struct laying *l, bool has_access_key)
{
    if (!l->im->access_key.p)
        return;
    if (has_access_key) {
        lay_client(l);
        return;
    }
    struct node key = { .kind = NODE_STRING, .text = l->im->access_key };
    lay_setting(l, &key, STR("access_key"));
    import_say(
        l->im, IMPORT_TAKEN,
        "PROXY_ACCESS_KEY: access_key. It opens the administration, too, until admin_key "
        "or admin_password is set");
}

void import_lay(struct import *im, struct node *managed, const struct node *said,
                bool has_access_key)
{
    struct laying l = { im, managed, said };

    lay_settings(&l, im->root, STR(""));
    lay_access_key(&l, has_access_key);
    lay_channels(&l);
}
