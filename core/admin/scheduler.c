/* SPDX-License-Identifier: MIT */
/*
 * scheduler - everything the scheduler knows now, as JSON: GET /api/scheduler.
 *
 * Keys are shown by id, label and mask.  What is kept by name rather than by record (promotions, models that rest
 * somewhere, parameters that are left out) stands in lists of its own, so that reading all costs one walk over each table.
 *
 * A thousand channels with ten keys each are five megabytes.  Who asks again and again asks for what changes (brief): the
 * configuration's own words are left out, and of each channel its keys, base URLs and paths that are well.
 */
#include "admin/scheduler.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/dry_run.h"
#include "admin/orders.h"
#include "admin/portrait.h"
#include "admin/sessions.h"
#include "balance/roster.h"
#include "balance/strategy.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"
#include "json/write.h"

static void put_ids(struct json_writer *w, const char *name, const struct roster *r,
                    const uint32_t *order, uint32_t n)
{
    json_key(w, str_of(name));
    json_open(w, '[');
    for (uint32_t i = 0; i < n; i++)
        json_string(w, r->channels[order[i]].conf->id);
    json_close(w);
}

static void put_texts(struct json_writer *w, const char *name, const struct cp_str *texts,
                      size_t n)
{
    json_key(w, str_of(name));
    json_open(w, '[');
    for (size_t i = 0; i < n; i++)
        json_string(w, texts[i]);
    json_close(w);
}

static struct portrait_time time_of(const struct api_call *call)
{
    return (struct portrait_time){ call->now_ms, call->wall_ms };
}

/* ---- one channel ---- */

static bool is_well(const struct roster_channel *r, const struct vitals *v, int64_t now_ms)
{
    return !cooldown_until(&v->cooldown, now_ms) && !atomic_load(&v->demoted_ms) &&
           breaker_look(&v->breaker, &r->breaker, now_ms) == BREAKER_CLOSED;
}

static void show_key(struct api_call *call, const struct roster_channel *r, uint32_t k)
{
    const struct conf_key *key = &r->conf->keys[k];
    struct portrait_time t = time_of(call);
    struct json_writer *w = call->out;
    char mask[32];

    secret_mask(secret_show(key->secret), mask);
    json_open(w, '{');
    json_put_text(w, "id", str_of(key->id));
    json_put_text(w, "label", key->label);
    json_put_text(w, "mask", str_of(mask));
    json_put_bool(w, "enabled", key->is_enabled);
    portrait_wall(w, "demoted_since", atomic_load(&r->keys[k]->demoted_ms));
    portrait_gate(w, r->keys[k], &key->caps);
    portrait_cooldown(w, r->keys[k], &t);
    portrait_counts(w, r->keys[k]);
    json_close(w);
}

static void show_url(struct api_call *call, const struct roster_channel *r, uint32_t u)
{
    struct portrait_time t = time_of(call);
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_put_text(w, "url", r->conf->urls[u].base);
    portrait_cooldown(w, r->urls[u], &t);
    portrait_counts(w, r->urls[u]);
    json_close(w);
}

static void show_path(struct api_call *call, const struct roster_channel *r, uint32_t k,
                      uint32_t u)
{
    struct vitals *v = r->paths[(size_t)k * r->urls_n + u];
    struct portrait_time t = time_of(call);
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_put_text(w, "key", roster_key_id(r, k));
    json_put_text(w, "url", r->conf->urls[u].base);
    portrait_cooldown(w, v, &t);
    portrait_breaker(w, v, &r->breaker, &t);
    portrait_meter(w, v, &t);
    portrait_counts(w, v);
    json_close(w);
}

static void show_parts(struct api_call *call, const struct roster_channel *r, bool is_brief)
{
    struct json_writer *w = call->out;
    int64_t now_ms = call->now_ms;

    json_key(w, STR("keys"));
    json_open(w, '[');
    for (uint32_t k = 0; k < r->conf->keys_n; k++)
        if (!is_brief || !is_well(r, r->keys[k], now_ms))
            show_key(call, r, k);
    json_close(w);
    json_key(w, STR("urls"));
    json_open(w, '[');
    for (uint32_t u = 0; u < r->urls_n; u++)
        if (!is_brief || !is_well(r, r->urls[u], now_ms))
            show_url(call, r, u);
    json_close(w);
    json_key(w, STR("paths"));
    json_open(w, '[');
    for (uint32_t k = 0; k < r->keys_n; k++)
        for (uint32_t u = 0; u < r->urls_n; u++)
            if (!is_brief || !is_well(r, r->paths[(size_t)k * r->urls_n + u], now_ms))
                show_path(call, r, k, u);
    json_close(w);
}

/* What the configuration says of it. */
static void show_words(struct json_writer *w, const struct conf_channel *c, bool has_adapter)
{
    json_put_text(w, "name", c->name);
    json_put_text(w, "dialect", c->dialect);
    json_put_bool(w, "has_adapter", has_adapter);
    put_texts(w, "families", c->families, c->families_n);
    json_put_number(w, "priority", c->priority);
    json_put_number(w, "weight", c->weight);
}

static void show_channel(struct api_call *call, const struct roster_channel *r, bool is_brief)
{
    static const char *const statuses[] = {
        [CONF_ACTIVE] = "active", [CONF_SUSPENDED] = "suspended", [CONF_DISABLED] = "disabled"
    };
    const struct conf_channel *c = r->conf;
    bool is_promoted = c->promoted_until_ms > call->wall_ms;
    struct portrait_time t = time_of(call);
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_put_text(w, "id", c->id);
    json_put_text(w, "status", str_of(statuses[c->status]));
    if (!is_brief)
        show_words(w, c, r->ops != 0);
    portrait_wall(w, "promoted_until", is_promoted ? c->promoted_until_ms : 0);
    portrait_gate(w, r->vitals, &c->caps);
    portrait_cooldown(w, r->vitals, &t);
    portrait_breaker(w, r->vitals, &r->breaker, &t);
    portrait_meter(w, r->vitals, &t);
    portrait_counts(w, r->vitals);
    show_parts(call, r, is_brief);
    json_close(w);
}

static void show_channels(struct api_call *call, struct cp_str channel, bool is_brief)
{
    const struct roster *r = call->roster;

    json_key(call->out, STR("channels"));
    json_open(call->out, '[');
    for (uint32_t i = 0; i < r->channels_n; i++)
        if (!channel.p || str_eq(r->channels[i].conf->id, channel))
            show_channel(call, &r->channels[i], is_brief);
    json_close(call->out);
}

/* ---- orders of channels ---- */

static void show_families(struct api_call *call)
{
    const struct roster *r = call->roster;
    struct json_writer *w = call->out;

    json_key(w, STR("families"));
    json_open(w, '[');
    for (uint32_t i = 0; i < r->families_n; i++) {
        const struct roster_family *f = &r->families[i];
        json_open(w, '{');
        json_put_text(w, "name", f->name);
        json_put_text(w, "strategy", str_of(f->strategy->name));
        json_put_bool(w, "affinity", f->affinity);
        json_put_bool(w, "fuzzy", conf_is_fuzzy(r->conf, f->name));
        put_ids(w, "order", r, f->order, f->order_n);
        json_close(w);
    }
    json_close(w);
}

static void show_routes(struct api_call *call)
{
    const struct roster *r = call->roster;
    struct json_writer *w = call->out;

    json_key(w, STR("routes"));
    json_open(w, '[');
    for (size_t i = 0; i < r->conf->routes_n; i++) {
        const struct roster_route *route = &r->routes[i];
        json_open(w, '{');
        json_put_text(w, "model", route->conf->model);
        put_texts(w, "families", route->conf->families, route->conf->families_n);
        if (route->strategy)
            json_put_text(w, "strategy", str_of(route->strategy->name));
        if (route->order)
            put_ids(w, "order", r, route->order, route->order_n);
        if (route->conf->affinity != CONF_UNSAID)
            json_put_bool(w, "affinity", route->conf->affinity == CONF_YES);
        json_close(w);
    }
    json_close(w);
}

/* ---- what is kept by name ---- */

struct marks_walk {
    struct api_call *call;
    enum mark_kind kind;
    struct cp_str channel; /* absent: all */
};

/* "CHANNEL/key/ID" and its like into what each is; names never hold a '/' but in a base URL, which is last. */
static void put_owner(struct json_writer *w, struct cp_str owner)
{
    struct cp_str rest = owner, channel, kind, key;

    (void)str_split(&rest, '/', &channel);
    json_put_text(w, "channel", channel);
    if (!str_split(&rest, '/', &kind))
        return;
    if (str_is(kind, "url")) {
        json_put_text(w, "url", rest);
        return;
    }
    (void)str_split(&rest, '/', &key);
    json_put_text(w, "key", key);
    if (str_is(kind, "path"))
        json_put_text(w, "url", rest);
}

static void show_mark(void *ctx, const struct mark *m)
{
    struct marks_walk *walk = ctx;
    struct portrait_time t = time_of(walk->call);
    struct json_writer *w = walk->call->out;
    bool is_promotion = m->kind == MARK_PROMOTED;
    struct cp_str name = is_promotion ? m->detail : m->owner;

    if (m->kind != walk->kind)
        return;
    if (walk->channel.p && !str_eq(str_cut(name, walk->channel.n), walk->channel))
        return;
    if (walk->channel.p && name.n > walk->channel.n && name.p[walk->channel.n] != '/')
        return;
    json_open(w, '{');
    if (is_promotion) {
        json_put_text(w, "channel", m->detail);
        json_put_text(w, "family", m->owner.n ? m->owner : STR_NONE);
    } else {
        put_owner(w, m->owner);
        json_put_text(w, m->kind == MARK_MODEL ? "model" : "refused", m->detail);
        portrait_cause(w, &m->cause);
    }
    portrait_until(w, &t, m->until_ms);
    json_close(w);
}

static void show_marks(struct api_call *call, const char *name, enum mark_kind kind,
                       struct cp_str channel)
{
    struct marks_walk walk = { call, kind, channel };

    json_key(call->out, str_of(name));
    json_open(call->out, '[');
    marks_each(call->roster->marks, call->now_ms, show_mark, &walk);
    json_close(call->out);
}

void scheduler_show(struct api_call *call)
{
    const struct roster *r = call->roster;
    struct json_writer *w = call->out;
    struct cp_str channel = ask_query_text(call, "channel");

    ask_query(call, "channel|brief");
    bool is_brief = ask_query_bool(call, "brief");
    if (channel.p && !roster_find(r, channel))
        api_fail(call, 404, "query.channel", "no channel has this id");
    if (call->status != 200)
        return;
    json_open(w, '{');
    portrait_wall(w, "now", call->wall_ms);
    json_put_number(w, "configuration", (int64_t)r->conf->generation);
    json_put_number(w, "sessions", (int64_t)affinity_count(r->affinity));
    if (!is_brief) {
        show_families(call);
        show_routes(call);
    }
    show_channels(call, channel, is_brief);
    show_marks(call, "promotions", MARK_PROMOTED, channel);
    show_marks(call, "resting_models", MARK_MODEL, channel);
    show_marks(call, "learned", MARK_REFUSED, channel);
    json_close(w);
}

const struct api_route scheduler_routes[] = {
    { "GET", "/api/scheduler", scheduler_show, 0, API_HERE, 0,
      "everything the scheduler knows now: health, orders, rests, promotions" },
    { "POST", "/api/scheduler/reset", orders_reset, API_SMALL, API_HERE, 0,
      "forget failures of everything, of a channel, or of a key" },
    { "POST", "/api/scheduler/promote", orders_promote, API_SMALL, API_HERE, 0,
      "a channel goes first for so many seconds" },
    { "GET", "/api/scheduler/sessions", sessions_show, 0, API_HERE, 0,
      "which conversation is at home where (logins are /api/sessions)" },
    { "DELETE", "/api/scheduler/sessions", sessions_clear, 0, API_HERE, 0,
      "forget the homes of conversations" },
    { "DELETE", "/api/scheduler/learned", orders_unlearn, 0, API_HERE, 0,
      "forget which parameters upstreams have refused" },
    { "POST", "/api/explain", dry_run_show, API_REQUEST, API_HERE, 0,
      "where a request would go now, and why" },
    { 0 },
};
