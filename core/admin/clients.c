/* SPDX-License-Identifier: MIT */
/*
 * clients - /api/clients: the keys of people and programs, what they may, and what they have spent.
 *
 * A key itself is never here: it was shown once, when it was made, and all that is kept is its digest.
 */
#include "admin/clients.h"

#include "admin/api.h"
#include "admin/convert.h"
#include "admin/portrait.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "state/vitals.h"
#include "json/tree.h"

#include <stdio.h>

enum { TAG_BYTES = 256 * 1024, TAG_DIGITS = 16 };

/* Of what is said of it: a group. */
static struct cp_str group_tag(struct arena *arena, const struct node *group)
{
    struct buf text;
    char hex[65];

    if (!group)
        return STR_NONE;
    buf_init(&text, TAG_BYTES);
    print_nodes(group, &text);
    hash_sha256(buf_str(&text), hex);
    buf_fini(&text);
    return arena_copy(arena, str_n(hex, TAG_DIGITS));
}

static const struct node *group_of(const struct node *said, struct cp_str id)
{
    return said ? twig_find(node_get(said, "client_keys"), "id", id) : NULL;
}

struct cp_str clients_tag(struct arena *arena, const struct node *said, struct cp_str id)
{
    return group_tag(arena, group_of(said, id));
}

/* ---- one ---- */

static struct tree *texts_tree(const struct cp_str *texts, size_t n)
{
    struct tree *list = tree_array();

    for (size_t i = 0; i < n; i++)
        tree_append(list, tree_text(texts[i]));
    return list;
}

static struct tree *caps_tree(const struct conf_caps *c)
{
    struct tree *t = tree_object();

    tree_put_int(t, "concurrency", c->concurrency);
    tree_put_int(t, "rpm", c->rpm);
    tree_put_int(t, "tpm", c->tpm);
    return t;
}

struct cp_str clients_money(int64_t micro, char out[40])
{
    snprintf(out, 40, "%lld.%06lld", (long long)(micro / 1000000),
             (long long)(micro % 1000000));
    size_t n = strlen(out);
    while (out[n - 1] == '0' && out[n - 3] != '.')
        out[--n] = '\0';
    return str_of(out);
}

static struct tree *budget_tree(const struct conf_client *k)
{
    static const char *const periods[] = { "ever", "day", "month" };
    struct tree *t = tree_object();
    char money[40];

    tree_put_int(t, "tokens", k->budget.tokens);
    tree_put_text(t, "money",
                  k->budget.micro < 0 ? STR("") : clients_money(k->budget.micro, money));
    tree_put_text(t, "period", str_of(periods[k->budget.period]));
    tree_put_bool(t, "priced_only", k->is_priced);
    return t;
}

static struct tree *sum_tree(const struct purse_sum *s)
{
    struct tree *t = tree_object();

    tree_put_int(t, "tokens", s->tokens);
    tree_put_int(t, "micro", s->micro);
    return t;
}

static void put_left(struct tree *t, int64_t limit, bool is_limited, int64_t taken,
                     const char *name)
{
    if (is_limited)
        tree_put_int(t, name, limit > taken ? limit - taken : 0);
    else
        tree_put(t, name, tree_null());
}

/* What was spent in its budget's period; of a key without a budget, this month. */
static struct tree *spent_tree(const struct api_call *call, const struct setup *s,
                               const struct conf_client *k)
{
    const struct setup_client *o = &s->owners[k->ordinal];
    enum purse_period period = client_has_budget(k) ? o->budget.period : PURSE_MONTH;
    struct purse_sum spent = { 0 }, held = { 0 };
    struct tree *t = tree_object(), *left = tree_object();
    int64_t begin_ms = 0;

    if (o->purse)
        purse_look(o->purse, period, call->wall_ms, &spent, &held, &begin_ms);
    portrait_put_wall(t, "since", begin_ms);
    tree_put(t, "spent", sum_tree(&spent));
    tree_put(t, "reserved", sum_tree(&held));
    put_left(left, k->budget.tokens, k->budget.tokens > 0, spent.tokens, "tokens");
    put_left(left, k->budget.micro, k->budget.micro >= 0, spent.micro, "micro");
    tree_put(t, "left", left);
    tree_put_text(t, "currency", s->conf->currency);
    return t;
}

static const char *state_of(const struct conf_client *k, int64_t wall_ms)
{
    if (!k->is_enabled)
        return "disabled";
    return client_is_over(k, wall_ms) ? "expired" : "active";
}

static void put_words(struct tree *t, const struct conf_client *k)
{
    tree_put_text(t, "id", str_of(k->id));
    tree_put_text(t, "label", k->label.p ? k->label : STR(""));
    tree_put_text(t, "mask", str_of(k->mask));
    tree_put_bool(t, "enabled", k->is_enabled);
    portrait_put_wall(t, "expires", k->expires_wall_ms);
    tree_put(t, "models", texts_tree(k->models, k->models_n));
    tree_put(t, "families", texts_tree(k->families, k->families_n));
    tree_put(t, "caps", caps_tree(&k->caps));
    tree_put(t, "budget", budget_tree(k));
}

static struct tree *client_tree(const struct api_call *call, const struct setup *s,
                                const struct conf_client *k, const struct node *group)
{
    const struct vitals *v = s->owners[k->ordinal].vitals;
    struct tree *t = tree_object();

    put_words(t, k);
    tree_put_text(t, "state", str_of(state_of(k, call->wall_ms)));
    tree_put(t, "usage", spent_tree(call, s, k));
    tree_put_int(t, "in_flight", gate_inside(&v->gate));
    tree_put_int(t, "served", (int64_t)atomic_load(&v->served));
    portrait_put_wall(t, "last_used", atomic_load(&v->last_ok_ms));
    portrait_put_wall(
        t, "previous_until",
        k->has_previous && k->previous_until_ms > call->wall_ms ? k->previous_until_ms : 0);
    tree_put_bool(t, "managed", show_source(k->where) == SHOW_MANAGED);
    tree_put_text(t, "where", k->where);
    tree_put_text(t, "etag", group_tag(call->arena, group));
    return t;
}

struct tree *clients_tree(const struct api_call *call, const struct setup *s,
                          const struct conf_client *k)
{
    return client_tree(call, s, k, group_of(s->conf->said, str_of(k->id)));
}

const struct conf_client *clients_find(struct api_call *call, struct cp_str id)
{
    const struct conf_client *k = client_by_id(call->setup->conf, id);

    if (!k)
        api_fail(call, 404, "id", "no client key has the id \"%.*s\"",
                 STR_FMT(str_cut(id, 64)));
    return k;
}

void clients_answer(struct api_call *call, const struct setup *setup, struct cp_str id,
                    struct cp_str key, int status)
{
    const struct conf_client *k = client_by_id(setup->conf, id);

    if (!k) {
        api_fail(call, 404, "id", "no client key has this id any more");
        return;
    }
    struct tree *t = clients_tree(call, setup, k);
    struct cp_str tag = tree_as_text(tree_get(t, "etag"));
    call->etag = api_quote(call->arena, tag);
    call->is_live = true;
    if (key.p)
        tree_put_text(t, "key", key);
    api_tell(call, t);
    call->status = status;
}

/* ---- doors ---- */

static void clients_list(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    const struct node *said = c->said ? node_get(c->said, "client_keys") : NULL;
    const struct node *group = said && said->kind == NODE_LIST ? said->first : NULL;
    struct tree *t = tree_object(), *list = tree_array();

    /* What is said stands in the same order, as a rule: searched for each, a thousand keys are a million looks. */
    for (size_t i = 0; i < c->clients_n; i++) {
        struct cp_str id = str_of(c->clients[i].id);
        bool is_it = group && group->kind == NODE_GROUP && str_eq(node_text(group, "id"), id);
        const struct node *of = is_it ? group : group_of(c->said, id);
        tree_append(list, client_tree(call, call->setup, &c->clients[i], of));
        group = of ? of->next : NULL;
    }
    tree_put(t, "clients", list);
    api_tell(call, t);
}

static void clients_get(struct api_call *call)
{
    if (clients_find(call, call->param[0]))
        clients_answer(call, call->setup, call->param[0], STR_NONE, 200);
}

static void clients_reset(struct api_call *call)
{
    const struct conf_client *k = clients_find(call, call->param[0]);

    if (!k)
        return;
    struct purse *purse = call->setup->owners[k->ordinal].purse;
    if (purse)
        purse_clear(purse);
    log_msg(CP_LOG_INFO, "api: client key %s: what it has spent is forgotten (%.*s)", k->id,
            STR_FMT(call->who));
    clients_answer(call, call->setup, call->param[0], STR_NONE, 200);
}

const struct api_route client_routes[] = {
    { "GET", "/api/clients", clients_list, 0, API_POOL, 0,
      "All client keys: what they may, and what they have spent" },
    { "POST", "/api/clients", clients_post, API_SMALL, API_POOL, 0,
      "A new client key; the key is shown in this answer and never again" },
    { "GET", "/api/clients/{id}", clients_get, 0, API_HERE, 0, "One client key" },
    { "PATCH", "/api/clients/{id}", clients_patch, API_SMALL, API_POOL, 0,
      "Changes members of a client key (RFC 7396)" },
    { "DELETE", "/api/clients/{id}", clients_delete, 0, API_POOL, 0, "Removes a client key" },
    { "POST", "/api/clients/{id}/rotate", clients_rotate, API_SMALL, API_POOL, 0,
      "A new key in the place of the old one, which opens on for \"grace\" if that is said" },
    { "POST", "/api/clients/{id}/reset", clients_reset, API_SMALL, API_HERE, 0,
      "What it has spent is forgotten" },
    { "GET", "/api/prices", prices_list, 0, API_HERE, 0,
      "The table of prices; with model and channel, the one that holds" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
