/* SPDX-License-Identifier: MIT */
/*
 * original - the predecessor's doors of channels: list, add, change, remove, order, status, promotion, resume.
 *
 * Status codes are its own (400 where it said 400), but what was an accident there is none here: an index that nobody has
 * is not found, wherever it is asked for.
 */
#include "admin/original.h"

#include "admin/api.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/channels_order.h"
#include "admin/orders.h"
#include "balance/strategy.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "flow/setup.h"
#include "json/tree.h"

enum { MOST_S = 30 * 24 * 3600 };

struct tree *original_said(const char *message, bool is_success)
{
    struct tree *t = tree_object();

    if (is_success)
        tree_put_bool(t, "success", true);
    tree_put_text(t, "message", str_of(message));
    return t;
}

static const struct conf_channel *by_ref(const struct original_channels *o, struct cp_str ref)
{
    int64_t index;

    if (!str_int(ref, &index))
        return index >= 0 && index < (int64_t)o->n ? o->at[index] : NULL;
    for (uint32_t i = 0; i < o->n; i++)
        if (str_eq(o->at[i]->id, ref))
            return o->at[i];
    return NULL;
}

const struct conf_channel *original_find(struct api_call *call, struct original_channels *o,
                                         int status, const char *words)
{
    const struct conf_channel *c = NULL;

    if (!original_channels(call, call->setup, call->param[0], o))
        return NULL;
    c = by_ref(o, call->param[1]);
    if (!c)
        api_fail(call, status, "", "%s", words);
    return c;
}

/* ---- list ---- */

struct cp_str original_balance_name(const struct setup *s, struct cp_str family)
{
    const struct roster_family *f = roster_family(&s->roster, family);

    if (!f)
        return STR("failover");
    return str_is(str_of(f->strategy->name), "round_robin") ? STR("round-robin")
                                                            : str_of(f->strategy->name);
}

static void list_of(struct api_call *call, struct cp_str family)
{
    struct original_channels o;
    struct tree *t, *list;

    if (!original_channels(call, call->setup, family, &o))
        return;
    t = tree_object();
    list = tree_array();
    for (uint32_t i = 0; i < o.n; i++)
        tree_append(list, original_tree(call, &o, i));
    tree_put(t, "channels", list);
    tree_put_text(t, "loadBalance", original_balance_name(call->setup, family));
    api_tell(call, t);
}

static void show_list(struct api_call *call)
{
    list_of(call, call->param[0]);
}

/* ---- add, change, remove ---- */

static int post_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    return channels_create(e, root, e->with, err);
}

static int put_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    return channels_patch(e, root, e->with, false, err);
}

static int delete_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct conf_channel *c = conf_channel(e->setup->conf, e->id);

    if (channels_remove(root, e->id))
        return 0;
    return c ? channels_deny(err, c, "id") : err_set(err, E_ABSENT, "id", "Upstream not found");
}

/* {"message", "upstream"}: the channel as it is now. */
static void tell_upstream(struct api_call *call, const struct setup *now, struct cp_str id,
                          struct cp_str family, const char *message)
{
    struct original_channels o;
    struct tree *t = original_said(message, false);

    if (original_channels(call, now, family, &o))
        for (uint32_t i = 0; i < o.n; i++)
            if (str_eq(o.at[i]->id, id))
                tree_put(t, "upstream", original_tree(call, &o, i));
    api_tell(call, t);
}

static void add(struct api_call *call)
{
    struct original_channels o;
    struct tree *body = channels_body(call), *ours;
    const struct setup *now;

    if (!body || !original_channels(call, call->setup, call->param[0], &o))
        return;
    ours = channels_keep(call, original_body(call, body, NULL, o.family));
    if (!ours)
        return;
    struct channels_edit e = { .call = call,
                               .apply = post_apply,
                               .with = ours,
                               .what = arena_printf(call->arena, "a channel for %.*s is new",
                                                    STR_FMT(o.family)) };
    if (channels_run(&e, &now))
        tell_upstream(call, now, e.id, o.family, "Upstream added");
}

static void change(struct api_call *call)
{
    struct original_channels o;
    struct tree *body = channels_body(call), *ours;
    const struct conf_channel *c =
        body ? original_find(call, &o, 404, "Upstream not found") : NULL;
    const struct setup *now;

    if (!c)
        return;
    ours = channels_keep(call, original_body(call, body, c, o.family));
    if (!ours)
        return;
    struct channels_edit e = { .call = call,
                               .apply = put_apply,
                               .with = ours,
                               .id = c->id,
                               .what = arena_printf(call->arena, "channel %.*s is changed",
                                                    STR_FMT(c->id)) };
    if (channels_run(&e, &now))
        tell_upstream(call, now, c->id, o.family, "Upstream updated");
}

static void drop(struct api_call *call)
{
    struct original_channels o;
    const struct conf_channel *c = original_find(call, &o, 404, "Upstream not found");
    const struct setup *now;
    struct tree *t;

    if (!c)
        return;
    struct channels_edit e = { .call = call,
                               .apply = delete_apply,
                               .id = c->id,
                               .what = arena_printf(call->arena, "channel %.*s is removed",
                                                    STR_FMT(c->id)) };
    if (!channels_run(&e, &now))
        return;
    t = original_said("Upstream deleted", false);
    for (uint32_t i = 0; i < o.n; i++)
        if (o.at[i] == c)
            tree_put(t, "removed", original_tree(call, &o, i));
    api_tell(call, t);
}

/* ---- order ---- */

struct ordering {
    struct cp_str family, *ids;
    size_t n;
};

static int order_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct ordering *o = e->with;

    return channels_order_family(e, root, o->family, o->ids, o->n, err);
}

static bool order_read(struct api_call *call, const struct tree *order,
                       const struct original_channels *o, struct ordering *out)
{
    *out = (struct ordering){ .family = o->family };
    out->ids = arena_need(call->arena, (tree_count(order) + 1) * sizeof(*out->ids));
    for (size_t i = 0; i < tree_count(order); i++) {
        const struct tree *one = tree_at(order, i);
        struct cp_str ref =
            tree_kind(one) == TREE_NUMBER ? tree_as_number(one) : tree_as_text(one);
        const struct conf_channel *c = by_ref(o, ref);
        bool is_known = false;
        for (size_t k = 0; c && k < out->n; k++)
            is_known |= str_eq(out->ids[k], c->id);
        if (!c || is_known) {
            api_fail(call, 400, "order", "Invalid channel index in order");
            return false;
        }
        out->ids[out->n++] = c->id;
    }
    if (!out->n)
        api_fail(call, 400, "order", "order is needed");
    return out->n > 0;
}

static void reorder(struct api_call *call)
{
    struct original_channels o;
    struct ordering ordering;
    struct tree *body = channels_body(call);
    const struct setup *now;

    if (!body || !original_channels(call, call->setup, call->param[0], &o) ||
        !order_read(call, tree_get(body, "order"), &o, &ordering))
        return;
    struct channels_edit e = { .call = call,
                               .apply = order_apply,
                               .with = &ordering,
                               .what = arena_printf(call->arena, "order of channels for %.*s",
                                                    STR_FMT(o.family)) };
    if (channels_run(&e, &now))
        api_tell(call, original_said("Channels reordered", true));
}

/* ---- status, promotion, resume ---- */

static int status_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct cp_str *status = e->with;

    return channels_set_status(e, root, *status, err);
}

static void set_status(struct api_call *call)
{
    static const char *const words[] = { "active", "suspended", "disabled" };
    struct original_channels o;
    struct tree *body = channels_body(call);
    bool is_messages = str_is(call->param[0], "messages");
    const struct conf_channel *c =
        body ? original_find(call, &o, is_messages ? 400 : 404, "Channel not found") : NULL;
    struct cp_str said = tree_as_text(tree_get(body, "status")), status = STR_NONE;
    const struct setup *now;

    if (!c)
        return;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_is_nocase(said, words[i]))
            status = str_of(words[i]);
    if (!status.p) {
        api_fail(call, 400, "status", "status must be active, suspended or disabled");
        return;
    }
    struct channels_edit e = { .call = call,
                               .apply = status_apply,
                               .with = &status,
                               .id = c->id,
                               .is_quiet = true,
                               .what = arena_printf(call->arena, "channel %.*s is %.*s",
                                                    STR_FMT(c->id), STR_FMT(status)) };
    if (!channels_run(&e, &now))
        return;
    struct tree *t = original_said("Channel status updated", true);
    tree_put_text(t, "status", status);
    api_tell(call, t);
}

static void promote(struct api_call *call)
{
    struct original_channels o;
    struct orders_sum sum = { 0 };
    struct tree *body = channels_body(call), *t;
    const struct conf_channel *c =
        body ? original_find(call, &o, 400, "Channel not found") : NULL;
    int64_t seconds = tree_as_int(tree_get(body, "duration"), -1);

    if (!c)
        return;
    if (tree_kind(tree_get(body, "duration")) != TREE_NUMBER || seconds > MOST_S)
        api_fail(call, 400, "duration", "duration must be seconds, at most 30 days");
    else if (seconds > 0 && c->status != CONF_ACTIVE)
        api_fail(call, 400, "", "the channel is not active: it cannot go first");
    if (call->status != 200)
        return;
    seconds = seconds > 0 ? seconds : 0;
    if (!seconds && !channels_end_written(call, c))
        return;
    orders_prefer(call, c, o.family, seconds, &sum);
    t = original_said(seconds ? "Channel promoted" : "Channel promotion cleared", true);
    if (seconds)
        tree_put_int(t, "duration", seconds);
    api_tell(call, t);
}

static void resume(struct api_call *call)
{
    struct original_channels o;
    struct orders_sum sum = { 0 };
    const struct conf_channel *c = original_find(call, &o, 404, "Channel not found");

    if (!c)
        return;
    orders_revive(call, c->id, &sum);
    api_tell(call, original_said("Channel resumed", true));
}

#define OF       "/api/{family}"
#define CHANNELS OF "/channels"
#define CHANNEL  CHANNELS "/{id}"
#define KEY      CHANNEL "/keys/{key}"

const struct api_route original_routes[] = {
    { "GET", CHANNELS, show_list, 0, API_POOL, API_OLD, "The predecessor's list of channels" },
    { "POST", CHANNELS, add, API_BODY, API_POOL, API_OLD, "A new channel, in its words" },
    { "POST", CHANNELS "/reorder", reorder, API_BODY, API_POOL, API_OLD,
      "The order of a client API's channels, by index" },
    { "PUT", CHANNEL, change, API_BODY, API_POOL, API_OLD, "Changes what is sent" },
    { "DELETE", CHANNEL, drop, 0, API_POOL, API_OLD, "Removes a channel" },
    { "PATCH", CHANNEL "/status", set_status, API_SMALL, API_POOL, API_OLD, "Its status" },
    { "POST", CHANNEL "/promotion", promote, API_SMALL, API_POOL, API_OLD,
      "It goes first for so many seconds" },
    { "POST", CHANNEL "/resume", resume, API_SMALL, API_POOL, API_OLD,
      "Forgets a channel's failures" },
    { "POST", CHANNEL "/keys", original_key_add, API_SMALL, API_POOL, API_OLD, "A new key" },
    { "DELETE", KEY, original_key_remove, 0, API_POOL, API_OLD,
      "Removes a key, by id, mask or the key itself" },
    { "POST", KEY "/top", original_key_top, API_SMALL, API_POOL, API_OLD, "It is tried first" },
    { "POST", KEY "/bottom", original_key_bottom, API_SMALL, API_POOL, API_OLD,
      "It is tried last" },
    { "GET", OF "/ping", original_ping_all, 0, API_PARK, API_OLD,
      "Which of a client API's channels can be reached" },
    { "GET", OF "/ping/{id}", original_ping, 0, API_PARK, API_OLD,
      "Whether a channel can be reached" },
    { "GET", "/api/ping", original_ping_all, 0, API_PARK, API_OLD, "As /api/messages/ping" },
    { "PUT", OF "/loadbalance", original_balance, API_SMALL, API_POOL, API_OLD,
      "A client API's strategy" },
    { "PUT", "/api/loadbalance", original_balance, API_SMALL, API_POOL, API_OLD,
      "That of messages" },
    { "GET", "/api/settings/fuzzy-mode", original_fuzzy_get, 0, API_HERE, API_OLD,
      "Whether any upstream error is tried elsewhere" },
    { "PUT", "/api/settings/fuzzy-mode", original_fuzzy_put, API_SMALL, API_POOL, API_OLD,
      "Changes that" },
    { "POST", "/admin/config/save", original_save, API_SMALL, API_HERE, API_OLD,
      "Nothing is to be done: all is saved" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
