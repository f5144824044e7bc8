/* SPDX-License-Identifier: MIT */
/*
 * status - the gateway on one screen: GET /api/status.
 *
 * A status says what is wrong and what would help, and what to do next if nothing is there yet: who has just installed it
 * reads this first.  Each of these sentences has an id, by which programs know it and a panel says it in another language.
 */
#include "admin/status.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/gatehouse_private.h"
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

#include <inttypes.h>
#include <unistd.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, OPTIONS_MOST = 64 };
enum { CERTIFICATE_MS = 14 * 24 * 60 * MINUTE_MS };

#define ABI_TEXT_(major, minor) #major "." #minor
#define ABI_TEXT(major, minor)  ABI_TEXT_(major, minor)

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
    json_key(w, STR("listeners"));
    json_open(w, '[');
    for (uint32_t i = 0; i < o->listeners_n; i++) {
        int64_t ends_ms = atomic_load(&o->listeners[i].certificate_ends_ms);
        json_open(w, '{');
        json_put_text(w, "url", str_of(o->listeners[i].url));
        json_put_bool(w, "tls", o->listeners[i].is_tls);
        portrait_wall(w, "certificate_ends", ends_ms);
        json_close(w);
    }
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

static bool has_old_certificate(const struct api_call *call)
{
    const struct office *o = call->office;
    bool is_old = false;

    for (uint32_t i = 0; i < o->listeners_n; i++) {
        int64_t ends_ms = atomic_load(&o->listeners[i].certificate_ends_ms);
        is_old |= ends_ms && ends_ms - call->wall_ms < CERTIFICATE_MS;
    }
    return is_old;
}

static void put_sentence(struct json_writer *w, const char *id, struct cp_str text)
{
    json_open(w, '{');
    json_put_text(w, "id", str_of(id));
    json_put_text(w, "text", text);
    json_close(w);
}

/* Absent: nobody is. */
static struct cp_str quarantined_text(const struct api_call *call)
{
    const struct registry_absent *a;

    for (size_t i = 0; (a = registry_absent_at(call->setup->registry, i)); i++)
        if (a->is_quarantined)
            return arena_printf(
                call->arena,
                "the plugin %s is in quarantine, because it crashed the gateway three "
                "times in ten minutes: lay a mended file in its place and reload, or "
                "claude-proxyctl plugin release %s",
                a->name, a->name);
    return STR_NONE;
}

static void put_warnings(struct api_call *call, const struct tally *t,
                         const struct scribe_state *s)
{
    const struct conf *c = call->setup->conf;
    bool is_open = is_open_to_others(call->office);
    struct cp_str quarantined = quarantined_text(call);
    const struct {
        bool is_so;
        const char *id;
        struct cp_str text;
    } all[] = {
        { c->is_access_key_made && !c->state_dir.n, "access_key_unkept",
          STR("the access key was made at the start and is kept nowhere: set access_key or "
              "state_dir") },
        { is_open, "clear_text",
          STR("clear text is served to other machines: give the listener a certificate, or "
              "listen on 127.0.0.1 behind a proxy of your own") },
        { is_open && !gatehouse_is_parted(c), "one_key_for_all",
          STR("whoever has the access key administers, too: set admin_key or admin_password "
              "(claude-proxyctl passwd)") },
        { has_old_certificate(call), "certificate_ends",
          STR("a listener's certificate is over, or ends within two weeks: renew it, then "
              "reload; see listeners") },
        { quarantined.n > 0, "plugin_quarantined", quarantined },
        { t->orphans > 0 && !quarantined.n, "dialect_unknown",
          STR("channels have a dialect that no loaded plugin knows: see GET /api/plugins and "
              "the option plugin_dir") },
        { t->channels && !t->active, "no_active_channel",
          STR("no channel is active: every request is answered with 503") },
        { t->active && t->resting == t->active, "all_resting",
          STR("all active channels rest after failures: see GET /api/scheduler") },
        { s->is_failing, "history_failing",
          STR("history is not written: see history.why; requests are served") },
        { s->lost > 0, "history_lost", STR("records of history were lost: see history.lost") },
        { log_dropped() > 0, "log_dropped",
          STR("records of the log were dropped: its file, pipe or journal does not take them; "
              "see dropped of GET /api/log/level") },
    };
    json_key(call->out, STR("warnings"));
    json_open(call->out, '[');
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (all[i].is_so)
            put_sentence(call->out, all[i].id, all[i].text);
    json_close(call->out);
}

static void put_next(struct api_call *call, const struct tally *t)
{
    struct census_sum day = { 0 };
    struct json_writer *w = call->out;

    if (call->office->census)
        (void)census_window(call->office->census, CP_BY_NOTHING, STR_NONE, call->wall_ms,
                            (int64_t)24 * 60 * MINUTE_MS, &day);
    json_key(w, STR("next"));
    if (!t->channels)
        put_sentence(w, "add_channel",
                     STR("add a channel: claude-proxyctl channel add, POST /api/channels, or a "
                         "channels list in claude-proxy.conf"));
    else if (!t->active)
        put_sentence(w, "activate_channel",
                     STR("activate a channel: claude-proxyctl channel enable ID"));
    else if (!day.requests)
        put_sentence(w, "point_client",
                     STR("point a client here: the panel's page \"Setup\" has the lines to "
                         "paste, so has claude-proxyctl status"));
    else
        json_raw(w, STR("null"));
}

/* What was changed and is not in force: a restart takes it up. */
static void put_waiting(struct api_call *call)
{
    struct cp_str names[OPTIONS_MOST];
    size_t n = call->office->steward ? steward_waiting(call->office->steward, call->setup->conf,
                                                       names, OPTIONS_MOST)
                                     : 0;

    json_key(call->out, STR("options_waiting"));
    json_open(call->out, '[');
    for (size_t i = 0; i < n; i++)
        json_string(call->out, names[i]);
    json_close(call->out);
}

/* Where the key is that nobody has given: whoever may read the file needs no other place to find it. */
static void put_key_file(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    bool is_kept = c->is_access_key_made && c->state_dir.n;

    json_put_text(
        call->out, "access_key_file",
        is_kept ? arena_printf(call->arena, "%.*s/" CONF_ACCESS_KEY_FILE, STR_FMT(c->state_dir))
                : STR_NONE);
}

static void put_process(struct json_writer *w, const struct office *o)
{
    int64_t before = atomic_load(&o->before_pid);

    json_put_number(w, "pid", getpid());
    json_key(w, STR("before"));
    if (!before) {
        json_raw(w, STR_NONE);
        return;
    }
    json_open(w, '{');
    json_put_number(w, "pid", before);
    json_put_number(w, "in_flight", atomic_load(&o->before_in_flight));
    json_close(w);
}

static void put_build(struct json_writer *w)
{
    static const char *const libraries[][2] = {
        { "libmicrohttpd", "MHD_get_version" }, { "libcurl", "curl_version" },
        { "json-c", "json_c_version" },         { "zlib", "zlibVersion" },
        { "zstd", "ZSTD_versionString" },
    };

    json_key(w, STR("build"));
    json_open(w, '{');
    json_put_text(w, "abi", STR(ABI_TEXT(CP_ABI_MAJOR, CP_ABI_MINOR)));
    json_put_text(w, "compiler", STR(__VERSION__));
    json_key(w, STR("libraries"));
    json_open(w, '{');
    for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++)
        json_put_text(w, libraries[i][0], str_of(loader_ask(libraries[i][1])));
    json_close(w);
    json_close(w);
}

static void put_panel(struct api_call *call)
{
    uint64_t version = atomic_load(&call->office->panel_version);

    json_put_text(call->out, "panel",
                  version ? arena_printf(call->arena, "%016" PRIx64, version) : STR_NONE);
}

void status_show(struct api_call *call)
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
    put_build(w);
    put_panel(call);
    put_key_file(call);
    portrait_wall(w, "now", call->wall_ms);
    json_put_number(w, "uptime_s", (call->wall_ms - o->started_ms) / SECOND_MS);
    put_process(w, o);
    put_listeners(w, o);
    json_put_number(w, "workers", o->workers);
    json_key(w, STR("connections"));
    json_open(w, '{');
    json_put_number(w, "open", o->gauge ? atomic_load(&o->gauge->open) : 0);
    json_put_number(w, "most", call->setup->conf->connections);
    json_close(w);
    put_configuration(call);
    put_waiting(call);
    put_counts(w, &t);
    json_put_number(w, "client_keys", (int64_t)call->setup->conf->clients_n);
    json_put_number(w, "homes", (int64_t)affinity_count(call->roster->affinity));
    put_traffic(call);
    put_history(w, &history);
    put_warnings(call, &t, &history);
    put_next(call, &t);
    json_close(w);
}
