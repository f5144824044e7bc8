/* SPDX-License-Identifier: MIT */
/*
 * shown - a list of models with only those that the client's key may use.
 *
 * Clients build menus of it; what is in them should work when it is chosen.  The three shapes of lists differ in the names
 * of the list and of the model, nothing else is looked at.
 */
#include "flow/shown.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "flow/exchange.h"
#include "flow/setup.h"
#include "json/tree.h"

/* {"data": [{"id"}]} of OpenAI and Anthropic, {"models": [{"name": "models/..."}]} of Gemini. */
static struct cp_str shown_name(const struct tree *model)
{
    struct cp_str id = tree_as_text(tree_get(model, "id"));

    if (id.p)
        return id;
    id = tree_as_text(tree_get(model, "name"));
    return str_begins(id, "models/") ? str_from(id, 7) : id;
}

static void shown_ends(struct tree *body, const struct tree *list)
{
    size_t n = tree_count(list);

    if (!tree_get(body, "first_id") || !tree_get(body, "last_id"))
        return;
    tree_put_text(body, "first_id", n ? shown_name(tree_at(list, 0)) : STR_NONE);
    tree_put_text(body, "last_id", n ? shown_name(tree_at(list, n - 1)) : STR_NONE);
}

/* True: something was left out. */
static bool shown_cut(const struct conf_client *owner, struct tree *body)
{
    const char *member = tree_get(body, "data") ? "data" : "models";
    const struct tree *all = tree_get(body, member);
    struct tree *list = tree_array();

    for (size_t i = 0; i < tree_count(all); i++)
        if (client_has_model(owner, shown_name(tree_at(all, i))))
            tree_append(list, tree_copy(tree_at(all, i)));
    if (tree_kind(all) != TREE_ARRAY || tree_count(list) == tree_count(all)) {
        tree_free(list);
        return false;
    }
    shown_ends(body, list);
    tree_put(body, member, list);
    return true;
}

struct cp_str shown_models(struct exchange *x, struct cp_str body)
{
    struct buf out;

    if (x->op != CP_LIST_MODELS || !x->owner || !x->owner->models_n)
        return body;
    struct tree *t = tree_parse(body, NULL);
    if (t && shown_cut(x->owner, t)) {
        buf_init(&out, x->setup->conf->reply_bytes);
        tree_write(t, &out);
        if (!buf_failed(&out))
            body = arena_copy(x->arena, buf_str(&out));
        buf_fini(&out);
    }
    tree_free(t);
    return body;
}
