/* SPDX-License-Identifier: MIT */
/*
 * system - the gateway on one screen, its plugins, its API: GET /api/status, /api/plugins, /api/openapi.json.
 *
 * A status says what is wrong and what would help, and what to do next if nothing is there yet: who has just installed it
 * reads this first.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/document.h"
#include "admin/gatehouse_private.h"
#include "admin/login.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "admin/scribe.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/origin.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/census.h"
#include "state/vitals.h"
#include "json/write.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };

struct tally {
    int64_t channels, active, suspended, disabled, orphans, resting, keys, keys_enabled;
};

static void tally_channel(struct tally *t, const struct setup_channel *c, int64_t now_ms)
{
    bool is_active = c->conf->status == CONF_ACTIVE;

    t->channels++;
    t->active += is_active;
    t->suspended += c->conf->status == CONF_SUSPENDED;
    t->disabled += c->conf->status == CONF_DISABLED;
    t->orphans += !c->adapter;
    t->resting += is_active && c->at && cooldown_until(&c->at->vitals->cooldown, now_ms) > 0;
    t->keys += (int64_t)c->conf->keys_n;
    for (size_t k = 0; k < c->conf->keys_n; k++)
        t->keys_enabled += c->conf->keys[k].is_enabled;
}

static void tally_take(struct tally *t, const struct api_call *call)
{
    *t = (struct tally){ 0 };
    for (uint32_t i = 0; i < call->setup->channels_n; i++)
        tally_channel(t, &call->setup->channels[i], call->now_ms);
}

static void put_counts(struct json_writer *w, const struct tally *t)
{
    json_key(w, STR("channels"));
    json_open(w, '{');
    json_put_number(w, "all", t->channels);
    json_put_number(w, "active", t->active);
    json_put_number(w, "resting", t->resting);
    json_put_number(w, "suspended", t->suspended);
    json_put_number(w, "disabled", t->disabled);
    json_put_number(w, "without_adapter", t->orphans);
    json_close(w);
    json_key(w, STR("upstream_keys"));
    json_open(w, '{');
    json_put_number(w, "all", t->keys);
    json_put_number(w, "enabled", t->keys_enabled);
    json_close(w);
}

static void put_listeners(struct json_writer *w, const struct office *o)
{
    json_key(w, STR("listen"));
    json_open(w, '[');
    for (uint32_t i = 0; i < o->listeners_n; i++)
        json_string(w, str_of(o->listeners[i].url));
    if (o->control_socket[0])
        json_string(w, str_of(o->control_socket));
    json_close(w);
}

static void put_configuration(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    struct json_writer *w = call->out;

    json_key(w, STR("configuration"));
    json_open(w, '{');
    json_put_number(w, "version", (int64_t)c->generation);
    portrait_wall(w, "since", call->setup->started_ms);
    json_put_text(w, "state_dir", c->state_dir);
    json_key(w, STR("files"));
    json_open(w, '[');
    for (size_t i = 0; i < c->files_n; i++)
        json_string(w, c->files[i]);
    json_close(w);
    json_close(w);
}

static void put_traffic(struct api_call *call)
{
    const struct office *o = call->office;
    struct json_writer *w = call->out;
    struct census_sum sum = { 0 };
    int64_t under_way = 0;

    if (o->census)
        (void)census_window(o->census, CP_BY_NOTHING, STR_NONE, call->wall_ms, MINUTE_MS,
                            &sum); /* nobody has asked yet: zeros */
    for (int i = 0; o->numbers && i < NUMBERS_ADAPTERS; i++)
        under_way +=
            atomic_load_explicit(&numbers_inflight(o->numbers)[i], memory_order_relaxed);
    json_put_number(w, "in_flight", under_way);
    json_key(w, STR("last_minute"));
    json_open(w, '{');
    json_put_number(w, "requests", sum.requests);
    json_put_number(w, "served", sum.served);
    json_put_number(w, "failed", sum.failed);
    json_put_number(w, "cancelled", sum.cancelled);
    json_close(w);
}

static void put_history(struct json_writer *w, const struct scribe_state *s)
{
    json_key(w, STR("history"));
    json_open(w, '{');
    json_put_text(w, "store", str_of(s->store));
    json_put_bool(w, "failing", s->is_failing);
    json_put_text(w, "why", s->is_failing ? str_of(s->why) : STR_NONE);
    json_put_number(w, "waiting", (int64_t)s->waiting);
    json_put_number(w, "lost", (int64_t)s->lost);
    json_close(w);
}

/* ---- what is wrong, and what next ---- */

static bool is_open_to_others(const struct office *o)
{
    static const struct cp_str loopback[] = { STR("127.0.0.0/8"), STR("::1") };
    bool is_open = false;

    for (uint32_t i = 0; i < o->listeners_n; i++)
        is_open |= !o->listeners[i].is_tls &&
                   !origin_is_among(str_of(o->listeners[i].address), loopback, 2) &&
                   strcmp(o->listeners[i].address, "localhost") != 0;
    return is_open;
}

static void put_warnings(struct api_call *call, const struct tally *t,
                         const struct scribe_state *s)
{
    const struct conf *c = call->setup->conf;
    const struct {
        bool is_so;
        struct cp_str text;
    } all[] = {
        { c->is_access_key_made && !c->state_dir.n,
          STR("the access key was made at the start and is kept nowhere: set access_key or "
              "state_dir") },
        { is_open_to_others(call->office),
          STR("clear text is served to other machines: give the listener a certificate, or "
              "listen on 127.0.0.1 behind a proxy of your own") },
        { is_open_to_others(call->office) && !gatehouse_is_parted(c),
          STR("whoever has the access key administers, too: set admin_key or admin_password "
              "(claude-proxyctl passwd)") },
        { t->orphans > 0,
          STR("channels have a dialect that no loaded plugin knows: see GET /api/plugins and "
              "the option plugin_dir") },
        { t->channels && !t->active,
          STR("no channel is active: every request is answered with 503") },
        { t->active && t->resting == t->active,
          STR("all active channels rest after failures: see GET /api/scheduler") },
        { s->is_failing, STR("history is not written: see history.why; requests are served") },
        { s->lost > 0, STR("records of history were lost: see history.lost") },
        { log_dropped() > 0, STR("records of the log were dropped: its file, pipe or journal "
                                 "does not take them; see dropped of GET /api/log/level") },
    };
    json_key(call->out, STR("warnings"));
    json_open(call->out, '[');
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (all[i].is_so)
            json_string(call->out, all[i].text);
    json_close(call->out);
}

static struct cp_str next_step(const struct tally *t, const struct census_sum *day)
{
    if (!t->channels)
        return STR("add a channel: claude-proxyctl channel add, POST /api/channels, or a "
                   "channels list in claude-proxy.conf");
    if (!t->active)
        return STR("activate a channel: claude-proxyctl channel enable ID");
    if (!day->requests)
        return STR("point a client here: GET / shows how");
    return STR_NONE;
}

static void put_next(struct api_call *call, const struct tally *t)
{
    struct census_sum day = { 0 };

    if (call->office->census)
        (void)census_window(call->office->census, CP_BY_NOTHING, STR_NONE, call->wall_ms,
                            (int64_t)24 * 60 * MINUTE_MS, &day);
    json_put_text(call->out, "next", next_step(t, &day));
}

static void status_show(struct api_call *call)
{
    const struct office *o = call->office;
    struct scribe_state history = { 0 };
    struct json_writer *w = call->out;
    struct tally t;

    ask_query(call, "");
    if (api_has_failed(call))
        return;
    if (o->scribe)
        scribe_look(o->scribe, &history);
    tally_take(&t, call);
    json_open(w, '{');
    json_put_text(w, "version", STR(VERSION_TEXT));
    portrait_wall(w, "now", call->wall_ms);
    json_put_number(w, "uptime_s", (call->wall_ms - o->started_ms) / SECOND_MS);
    put_listeners(w, o);
    json_put_number(w, "workers", o->workers);
    json_key(w, STR("connections"));
    json_open(w, '{');
    json_put_number(w, "open", o->gauge ? atomic_load(&o->gauge->open) : 0);
    json_put_number(w, "most", call->setup->conf->connections);
    json_close(w);
    put_configuration(call);
    put_counts(w, &t);
    json_put_number(w, "client_keys", (int64_t)call->setup->conf->clients_n);
    json_put_number(w, "homes", (int64_t)affinity_count(call->roster->affinity));
    put_traffic(call);
    put_history(w, &history);
    put_warnings(call, &t, &history);
    put_next(call, &t);
    json_close(w);
}

/* ---- plugins ---- */

struct plugin_row {
    const char *name, *version, *file;
};

static void put_adapters(struct api_call *call, const struct plugin_row *p)
{
    const struct registry *r = call->setup->registry;
    struct json_writer *w = call->out;

    json_key(w, STR("adapters"));
    json_open(w, '[');
    for (size_t i = 0; i < registry_count(r); i++)
        if (!strcmp(registry_at(r, i)->file, p->file))
            json_string(w, str_of(registry_at(r, i)->hooks.dialect));
    json_close(w);
}

static void put_options(struct json_writer *w, const struct cp_adapter *a)
{
    static const char *const types[] = { "?", "string", "int", "bool" };

    json_key(w, STR("options"));
    json_open(w, '[');
    for (uint32_t i = 0; i < a->options_n; i++) {
        const struct cp_option *o = &a->options[i];
        json_open(w, '{');
        json_put_text(w, "name", str_of(o->name));
        json_put_text(w, "type", str_of(types[o->type <= CP_T_BOOL ? o->type : 0]));
        json_put_text(w, "default", str_of(o->preset));
        json_put_text(w, "help", str_of(o->help));
        json_put_bool(w, "rewrites", (o->flags & CP_REWRITES) != 0);
        json_close(w);
    }
    json_close(w);
}

/* What a channel may say in its group "options" is its dialect's matter. */
static void put_dialects(struct api_call *call, const struct plugin_row *p)
{
    const struct registry *r = call->setup->registry;
    struct json_writer *w = call->out;

    json_key(w, STR("dialects"));
    json_open(w, '[');
    for (size_t i = 0; i < registry_count(r); i++) {
        const struct adapter *a = registry_at(r, i);
        if (strcmp(a->file, p->file) != 0)
            continue;
        json_open(w, '{');
        json_put_text(w, "name", str_of(a->hooks.dialect));
        json_put_text(w, "family", str_of(a->hooks.family));
        json_put_text(w, "title", str_of(a->hooks.title));
        put_options(w, &a->hooks);
        json_close(w);
    }
    json_close(w);
}

static void put_stores(struct api_call *call, const struct plugin_row *p)
{
    const struct registry *r = call->setup->registry;
    const struct depot *d;

    json_key(call->out, STR("stores"));
    json_open(call->out, '[');
    for (size_t i = 0; (d = registry_store_at(r, i)); i++)
        if (!strcmp(d->file, p->file))
            json_string(call->out, str_of(d->hooks.name));
    json_close(call->out);
}

static uint64_t plugin_bugs(const struct registry *r, const char *file)
{
    uint64_t bugs = 0;

    for (size_t i = 0; i < registry_count(r); i++)
        if (!strcmp(registry_at(r, i)->file, file))
            bugs += atomic_load(&registry_at(r, i)->health->bugs);
    return bugs;
}

static void put_plugin(struct api_call *call, const struct plugin_row *p)
{
    struct json_writer *w = call->out;
    int64_t bugs = (int64_t)plugin_bugs(call->setup->registry, p->file);

    json_open(w, '{');
    json_put_text(w, "name", str_of(p->name));
    json_put_text(w, "version", str_of(p->version));
    json_put_text(w, "file", str_of(p->file));
    put_adapters(call, p);
    put_dialects(call, p);
    put_stores(call, p);
    json_put_text(w, "state", bugs ? STR("faulty") : STR("loaded"));
    json_put_number(w, "bugs", bugs);
    json_close(w);
}

/* A plugin has several adapters and stores: told once. */
static bool is_first(const struct registry *r, size_t n, const char *file)
{
    for (size_t i = 0; i < n && i < registry_count(r); i++)
        if (!strcmp(registry_at(r, i)->file, file))
            return false;
    return true;
}

static void plugins_show(struct api_call *call)
{
    const struct registry *r = call->setup->registry;
    const struct depot *d;

    ask_query(call, "");
    if (api_has_failed(call))
        return;
    json_open(call->out, '{');
    json_key(call->out, STR("plugins"));
    json_open(call->out, '[');
    for (size_t i = 0; i < registry_count(r); i++) {
        const struct adapter *a = registry_at(r, i);
        if (is_first(r, i, a->file))
            put_plugin(call, &(struct plugin_row){ a->plugin, a->version, a->file });
    }
    for (size_t i = 0; (d = registry_store_at(r, i)); i++)
        if (is_first(r, SIZE_MAX, d->file) &&
            !(i && !strcmp(registry_store_at(r, i - 1)->file, d->file)))
            put_plugin(call, &(struct plugin_row){ d->plugin, d->version, d->file });
    json_close(call->out);
    json_close(call->out);
}

const struct api_route system_routes[] = {
    { "GET", "/api/status", status_show, 0, API_HERE, 0,
      "The gateway on one screen: listeners, channels, traffic, warnings, what to do next" },
    { "GET", "/api/plugins", plugins_show, 0, API_HERE, 0,
      "The loaded plugins, with what they bring" },
    { "GET", "/api/openapi.json", document_show, 0, API_HERE, 0,
      "This API as an OpenAPI document" },
    { 0 },
};
