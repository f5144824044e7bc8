/* SPDX-License-Identifier: MIT */
/*
 * families - the client APIs: their own order of channels, strategy, fuzziness and affinity.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/convert.h"
#include "admin/twig.h"
#include "balance/strategy.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "json/tree.h"

enum { TAG_BYTES = 1 << 20, TAG_DIGITS = 20 };

struct node *channels_family(struct channels_edit *e, struct node *root, struct cp_str family,
                             struct err *err)
{
    struct node *n = twig_find(node_get(root, "families"), "name", family);
    const struct node *said =
        e->said ? twig_find(node_get(e->said, "families"), "name", family) : NULL;

    if (n)
        return n;
    if (said && show_source(said->where) >= SHOW_FILE) {
        err_set(err, E_DENIED, "family", "set in %.*s; change it there", STR_FMT(said->where));
        return NULL;
    }
    n = twig_add_group(e->arena, twig_list(e->arena, root, "families"));
    twig_put_text(e->arena, n, "name", family);
    return n;
}

static struct cp_str family_tag(struct arena *arena, const struct node *said,
                                struct cp_str name)
{
    const struct node *n = said ? twig_find(node_get(said, "families"), "name", name) : NULL;
    struct tree *t = n ? convert_out("families.", n) : NULL;
    struct buf text;
    char hex[65];

    buf_init(&text, TAG_BYTES);
    if (t)
        tree_write(t, &text);
    hash_sha256(text.n ? buf_str(&text) : STR(""), hex);
    buf_fini(&text);
    tree_free(t);
    return arena_copy(arena, str_n(hex, TAG_DIGITS));
}

/* What is said of it alone; what it has from the common settings is null there. */
static struct tree *family_own(const struct conf_family *f)
{
    struct tree *t = tree_object(), *order = tree_array();

    for (size_t i = 0; f && i < f->order_n; i++)
        tree_append(order, tree_text(f->order[i]));
    tree_put(t, "order", order);
    tree_put_text(t, "strategy", f ? f->strategy : STR_NONE);
    tree_put(t, "fuzzy",
             f && f->fuzzy != CONF_UNSAID ? tree_bool(f->fuzzy == CONF_YES) : tree_null());
    tree_put(t, "affinity",
             f && f->affinity != CONF_UNSAID ? tree_bool(f->affinity == CONF_YES)
                                             : tree_null());
    return t;
}

static struct tree *family_tree(struct api_call *call, const struct setup *setup,
                                const struct roster_family *f)
{
    const struct conf *conf = setup->conf;
    struct tree *t = tree_object(), *order = tree_array();
    bool is_locked = f->conf && show_source(f->conf->where) >= SHOW_FILE;

    for (uint32_t i = 0; i < f->order_n; i++)
        tree_append(order, tree_text(conf->channels[f->order[i]].id));
    tree_put_text(t, "name", f->name);
    tree_put(t, "order", order);
    tree_put_text(t, "strategy", str_of(f->strategy->name));
    tree_put_bool(t, "fuzzy", conf_is_fuzzy(conf, f->name));
    tree_put_bool(t, "affinity", f->affinity);
    tree_put(t, "own", family_own(f->conf));
    tree_put_text(t, "where", f->conf ? f->conf->where : STR_NONE);
    tree_put_bool(t, "locked", is_locked);
    tree_put_text(t, "etag", family_tag(call->arena, conf->said, f->name));
    return t;
}

static void families_list(struct api_call *call)
{
    struct tree *t = tree_object(), *list = tree_array();

    for (uint32_t i = 0; i < call->roster->families_n; i++)
        tree_append(list, family_tree(call, call->setup, &call->roster->families[i]));
    tree_put(t, "families", list);
    api_tell(call, t);
}

static void family_tell(struct api_call *call, const struct setup *setup)
{
    const struct roster_family *f = roster_family(&setup->roster, call->param[0]);

    if (!f) {
        api_fail(call, 404, "name", "no adapter has this client API");
        return;
    }
    struct tree *t = family_tree(call, setup, f);
    call->etag = api_quote(call->arena, tree_as_text(tree_get(t, "etag")));
    call->is_live = true;
    api_tell(call, t);
}

static void families_get(struct api_call *call)
{
    family_tell(call, call->setup);
}

static int family_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    struct node *group = channels_family(e, root, e->call->param[0], err);

    if (!group)
        return err->code;
    e->subject = group;
    int rc = convert_patch("families.", e->with, e->arena, group, err);
    struct node *order = node_get(group, "order");
    if (order && !order->first)
        node_drop(group, order);
    if (!rc && twig_count(group) <= 1)
        node_drop(node_get(root, "families"), group);
    return rc;
}

static struct cp_str family_tag_now(const struct channels_edit *e)
{
    return family_tag(e->arena, e->said, e->call->param[0]);
}

static void families_patch(struct api_call *call)
{
    static const char *const members[] = { "order", "strategy", "fuzzy", "affinity" };
    struct tree *body = channels_body(call), *patch = channels_keep(call, tree_object()),
                *value;
    const struct setup *now;
    struct cp_str name;
    size_t at = 0;

    if (!roster_family(call->roster, call->param[0]))
        api_fail(call, 404, "name", "no adapter has this client API");
    while (body && tree_each(body, &at, &name, &value)) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
            is_known |= str_is(name, members[i]);
        if (is_known)
            tree_put(patch, arena_z(call->arena, name), tree_copy(value));
        else
            api_fail(call, 422, arena_z(call->arena, str_cut(name, 64)),
                     "a client API has order, strategy, fuzzy and affinity");
    }
    if (!body || call->status != 200)
        return;
    struct channels_edit e = { .call = call,
                               .apply = family_apply,
                               .with = patch,
                               .tag = family_tag_now,
                               .what = arena_printf(call->arena, "client API %.*s",
                                                    STR_FMT(call->param[0])) };
    if (channels_run(&e, &now))
        family_tell(call, now);
}

const struct api_route family_routes[] = {
    { "GET", "/api/families", families_list, 0, API_POOL, 0,
      "The client APIs: order of channels, strategy, fuzziness, affinity" },
    { "GET", "/api/families/{name}", families_get, 0, API_POOL, 0, "One client API" },
    { "PATCH", "/api/families/{name}", families_patch, API_BODY, API_POOL, 0,
      "Changes what is special to a client API; null: as all" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
