/* SPDX-License-Identifier: MIT */
/*
 * channels_order - the order of channels; status, promotion, resume: what is turned while it runs.
 *
 * A promotion counts at once and outlives a restart among what the scheduler has learned (state/marks.h).  One for
 * longer than ten minutes is somebody's plan, not a try: it is written down as promoted_until, too.
 */
#include "admin/channels_order.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/orders.h"
#include "admin/portrait.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdlib.h>

enum { PROMOTE_MOST_S = 30 * 24 * 3600, PROMOTE_PRESET_S = 300, PROMOTE_KEPT_S = 600 };
enum { SECOND_MS = 1000 };
enum { TAG_BYTES = 1 << 20, TAG_DIGITS = 20 };

/* ---- the order ---- */

bool channels_ids(struct api_call *call, const struct tree *body, struct cp_str **ids,
                  size_t *n)
{
    const struct tree *order = tree_get(body, "order");

    *n = tree_count(order);
    *ids = arena_need(call->arena, (*n + 1) * sizeof(**ids));
    if (tree_kind(order) != TREE_ARRAY || !*n)
        api_fail(call, 400, "order", "a list of ids is needed");
    for (size_t i = 0; i < *n && call->status == 200; i++) {
        const char *where = arena_printf(call->arena, "order[%zu]", i).p;
        (*ids)[i] = tree_as_text(tree_at(order, i));
        if (!(*ids)[i].p)
            api_fail(call, 400, where, "must be an id");
        for (size_t k = 0; k < i; k++)
            if (str_eq((*ids)[k], (*ids)[i]))
                api_fail(call, 400, where, "stands there twice");
    }
    return call->status == 200;
}

struct place {
    struct cp_str id;
    int64_t priority, ordinal;
};

static int place_compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* All of them by priority; those of the same stand as they are written. */
static struct place *places_of(struct arena *arena, const struct conf *conf)
{
    struct place *all = arena_need(arena, (conf->channels_n + 1) * sizeof(*all));

    for (size_t i = 0; i < conf->channels_n; i++)
        all[i] = (struct place){ conf->channels[i].id, conf->channels[i].priority, (int64_t)i };
    if (conf->channels_n)
        qsort(all, conf->channels_n, sizeof(*all), place_compare);
    return all;
}

struct cp_str channels_order_tag(struct arena *arena, const struct conf *conf)
{
    const struct place *all = places_of(arena, conf);
    struct buf text;
    char hex[65];

    buf_init(&text, TAG_BYTES);
    for (size_t i = 0; i < conf->channels_n; i++)
        buf_printf(&text, "%.*s\n", STR_FMT(all[i].id));
    hash_sha256(buf_str(&text), hex);
    buf_fini(&text);
    return arena_copy(arena, str_n(hex, TAG_DIGITS));
}

static bool is_named(const struct cp_str *ids, size_t n, struct cp_str id)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(ids[i], id))
            return true;
    return false;
}

static bool is_there(const struct channels_edit *e, const struct node *root, struct cp_str id)
{
    return channels_node(root, id) || twig_find(node_get(e->said, "channels"), "id", id);
}

int channels_reorder(struct channels_edit *e, struct node *root, const struct cp_str *ids,
                     size_t n, struct err *err)
{
    const struct conf *conf = e->setup->conf;
    struct place *rest = arena_need(e->arena, (conf->channels_n + 1) * sizeof(*rest));
    size_t rest_n = 0;
    int64_t priority = 1;

    for (size_t i = 0; i < n; i++)
        if (!is_there(e, root, ids[i]))
            return err_set(err, E_ABSENT, "order", "no channel has the id \"%.*s\"",
                           STR_FMT(str_cut(ids[i], 64)));
    for (size_t i = 0; i < conf->channels_n; i++)
        if (!is_named(ids, n, conf->channels[i].id))
            rest[rest_n++] = (struct place){ conf->channels[i].id, conf->channels[i].priority,
                                             conf->channels[i].ordinal };
    qsort(rest, rest_n, sizeof(*rest), place_compare);
    for (size_t i = 0; i < n; i++)
        twig_put_int(e->arena, channels_settable(e->arena, root, ids[i]), "priority",
                     priority++);
    for (size_t i = 0; i < rest_n; i++)
        twig_put_int(e->arena, channels_settable(e->arena, root, rest[i].id), "priority",
                     priority++);
    return 0;
}

int channels_order_family(struct channels_edit *e, struct node *root, struct cp_str name,
                          const struct cp_str *ids, size_t n, struct err *err)
{
    struct node *family = channels_family(e, root, name, err), *list;

    if (!family)
        return err->code;
    (void)twig_drop(family, "order"); /* made anew */
    list = twig_list(e->arena, family, "order");
    for (size_t i = 0; i < n; i++)
        twig_add_text(e->arena, list, ids[i]);
    e->subject = family;
    return 0;
}

struct ordering {
    struct cp_str *ids, family;
    size_t n;
};

static int order_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct ordering *o = e->with;

    return o->family.p ? channels_order_family(e, root, o->family, o->ids, o->n, err)
                       : channels_reorder(e, root, o->ids, o->n, err);
}

/* A client API's order has the tag of the client API: PATCH it to be told of changes in between. */
static struct cp_str order_tag_now(const struct channels_edit *e)
{
    const struct ordering *o = e->with;

    return o->family.p ? STR_NONE : channels_order_tag(e->arena, e->setup->conf);
}

static void order_tell(struct api_call *call, const struct setup *now, struct cp_str family)
{
    const struct conf *conf = now->conf;
    const struct roster_family *f = family.p ? roster_family(&now->roster, family) : NULL;
    const struct place *all = places_of(call->arena, conf);
    struct tree *t = tree_object(), *order = tree_array();

    for (size_t i = 0; !f && i < conf->channels_n; i++)
        tree_append(order, tree_text(all[i].id));
    for (uint32_t i = 0; f && i < f->order_n; i++)
        tree_append(order, tree_text(conf->channels[f->order[i]].id));
    tree_put(t, "order", order);
    if (f)
        tree_put_text(t, "family", family);
    else
        tree_put_text(t, "order_etag", channels_order_tag(call->arena, conf));
    api_tell(call, t);
}

void channels_reorder_all(struct api_call *call)
{
    struct tree *body = channels_body(call);
    const struct setup *now;
    struct ordering o = { 0 };

    if (!body || !channels_ids(call, body, &o.ids, &o.n))
        return;
    o.family = tree_as_text(tree_get(body, "family"));
    for (size_t i = 0; i < o.n; i++)
        if (!channels_find(call, o.ids[i]))
            return;
    if (o.family.p && !roster_family(call->roster, o.family)) {
        api_fail(call, 404, "family", "no adapter has this client API");
        return;
    }
    struct channels_edit e = { .call = call,
                               .apply = order_apply,
                               .with = &o,
                               .tag = order_tag_now,
                               .what =
                                   arena_printf(call->arena, "order of channels%s%.*s",
                                                o.family.p ? " for " : "", STR_FMT(o.family)) };
    if (channels_run(&e, &now))
        order_tell(call, now, o.family);
}

/* ---- status ---- */

int channels_set_status(struct channels_edit *e, struct node *root, struct cp_str status,
                        struct err *err)
{
    struct node *group;

    if (!is_there(e, root, e->id))
        return err_set(err, E_ABSENT, "id", "no channel has this id");
    group = channels_settable(e->arena, root, e->id);
    twig_put_text(e->arena, group, "status", status);
    if (!str_is(status, "active"))
        (void)twig_drop(group, "promoted_until"); /* it would have no effect */
    e->subject = group;
    return 0;
}

static int status_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct cp_str *status = e->with;

    return channels_set_status(e, root, *status, err);
}

static const struct setup *status_set(struct api_call *call, struct cp_str status)
{
    const struct setup *now = NULL;
    struct channels_edit e = { .call = call,
                               .apply = status_apply,
                               .with = &status,
                               .id = call->param[0],
                               .is_quiet = true,
                               .what = arena_printf(call->arena, "channel %.*s is %.*s",
                                                    STR_FMT(call->param[0]), STR_FMT(status)) };

    return channels_run(&e, &now) ? now : NULL;
}

void channels_status(struct api_call *call)
{
    static const char words[] = "active|suspended|disabled";
    const struct setup *now;
    unsigned place;

    ask_body(call, "status");
    struct cp_str status = ask_text(call, "status");
    if (call->status != 200 || !channels_find(call, call->param[0]))
        return;
    if (!status.p || !guess_is_among(status, words, &place)) {
        api_fail(call, 422, "status", "must be one of %s", words);
        return;
    }
    now = status_set(call, status);
    if (now)
        channels_answer(call, now, call->param[0], 200);
}

void channels_resume(struct api_call *call)
{
    const struct conf_channel *c = channels_find(call, call->param[0]);
    struct orders_sum sum = { 0 };

    if (!c)
        return;
    if (c->status == CONF_SUSPENDED && !status_set(call, STR("active")))
        return;
    orders_revive(call, c->id, &sum);
    json_open(call->out, '{');
    json_put_text(call->out, "channel", c->id);
    json_put_text(call->out, "status",
                  c->status == CONF_SUSPENDED ? STR("active")
                                              : str_of(channels_status_name(c)));
    json_put_number(call->out, "reset", sum.records);
    json_put_number(call->out, "models", sum.models);
    json_close(call->out);
}

/* ---- promotion ---- */

struct promotion {
    const struct conf_channel *channel;
    struct cp_str family;
    int64_t seconds, wall_ms;
};

static bool file_says(const struct channels_edit *e, struct cp_str id, const char *member)
{
    const struct node *c = twig_find(e->said ? node_get(e->said, "channels") : NULL, "id", id);
    const struct node *n = c ? node_get(c, member) : NULL;

    return n && show_source(n->where) >= SHOW_FILE;
}

static int promote_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct promotion *p = e->with;
    struct cp_str id = p->channel->id;
    char until[32];

    if (!is_there(e, root, id))
        return err_set(err, E_ABSENT, "id", "no channel has this id");
    channels_unpromote(root, STR_NONE);
    if (p->seconds > PROMOTE_KEPT_S) {
        clock_rfc3339_s(p->wall_ms + p->seconds * SECOND_MS, until);
        twig_put_text(e->arena, channels_settable(e->arena, root, id), "promoted_until",
                      str_of(until));
    } else if (!p->seconds && file_says(e, id, "promoted_until")) {
        twig_put_text(e->arena, channels_settable(e->arena, root, id), "promoted_until",
                      STR(""));
    }
    return 0;
}

static bool is_written(const struct api_call *call, const struct promotion *p)
{
    const struct conf *conf = call->setup->conf;
    bool is_any = p->seconds > PROMOTE_KEPT_S;

    for (size_t i = 0; i < conf->channels_n; i++)
        is_any |= conf->channels[i].promoted_until_ms > 0 &&
                  (p->seconds || &conf->channels[i] == p->channel);
    return is_any && !p->family.p;
}

static bool promote_write(struct api_call *call, const struct promotion *p)
{
    const struct setup *now;
    struct channels_edit e = { .call = call,
                               .apply = promote_apply,
                               .with = p,
                               .id = p->channel->id,
                               .is_quiet = true,
                               .what = arena_printf(
                                   call->arena, "channel %.*s %s", STR_FMT(p->channel->id),
                                   p->seconds ? "is promoted" : "is no longer promoted") };

    return channels_run(&e, &now);
}

bool channels_end_written(struct api_call *call, const struct conf_channel *c)
{
    struct promotion p = { .channel = c, .wall_ms = call->wall_ms };

    return !is_written(call, &p) || promote_write(call, &p);
}

/* "seconds", or "until": a time. */
static int64_t promote_seconds(struct api_call *call)
{
    struct cp_str until = ask_text(call, "until");
    int64_t wall_ms = 0, seconds;

    if (!until.p)
        return ask_number(call, "seconds", 0, PROMOTE_MOST_S, PROMOTE_PRESET_S);
    if (moment_parse(until, &wall_ms))
        api_fail(call, 400, "until", "must be a time such as \"2026-12-24T18:00:00Z\"");
    seconds = (wall_ms - call->wall_ms + SECOND_MS - 1) / SECOND_MS;
    if (seconds > PROMOTE_MOST_S)
        api_fail(call, 400, "until", "is more than 30 days away");
    return seconds > 0 ? seconds : 0;
}

static void promote_check(struct api_call *call, const struct promotion *p)
{
    const struct roster_channel *r = roster_find(call->roster, p->channel->id);

    if (p->family.p && !roster_family(call->roster, p->family))
        api_fail(call, 404, "family", "no adapter has this client API");
    if (p->seconds && (p->channel->status != CONF_ACTIVE || !r || !r->ops))
        api_fail(call, 409, "channel", "the channel is not active: it cannot go first");
    if (p->family.p && !conf_serves_family(p->channel, p->family))
        api_fail(call, 409, "family", "the channel does not serve this client API");
}

void channels_promote(struct api_call *call)
{
    struct portrait_time t = { call->now_ms, call->wall_ms };
    struct promotion p = { .wall_ms = call->wall_ms };
    struct orders_sum sum = { 0 };

    ask_body(call, "seconds|until|family");
    p.channel = channels_find(call, call->param[0]);
    p.family = ask_text(call, "family");
    p.seconds = promote_seconds(call);
    if (p.channel)
        promote_check(call, &p);
    if (call->status != 200)
        return;
    bool is_kept = is_written(call, &p);
    if (is_kept && !promote_write(call, &p))
        return;
    orders_prefer(call, p.channel, p.family, p.seconds, &sum);
    json_open(call->out, '{');
    json_put_text(call->out, "channel", p.channel->id);
    json_put_text(call->out, "family", p.family);
    portrait_until(call->out, &t, call->now_ms + p.seconds * SECOND_MS);
    json_put_bool(call->out, "written", is_kept && p.seconds > PROMOTE_KEPT_S);
    json_put_number(call->out, "ended", sum.promotions);
    json_put_number(call->out, "reset", sum.records);
    json_close(call->out);
}
