/* SPDX-License-Identifier: MIT */
/*
 * master_plugins - the plugins: loaded at the start, looked at again by a reload, and what came of it is told.
 */
#include "main/master_private.h"

#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/breadcrumb.h"
#include "plugin/loader.h"
#include "state/news.h"
#include "json/write.h"

#include <stdio.h>
#include <unistd.h>

enum { PREFLIGHT_MS = 5000, DIR_BYTES = 4096, NEWS_BYTES = 8 << 10, OLDER_MANY = 16 };

/* Where crashes are noted; NULL if there is nowhere to write. */
const char *master_breadcrumb(const struct conf *c, char *out, size_t n)
{
    if (!c->state_dir.n || access(arena_z(c->arena, c->state_dir), W_OK))
        return NULL;
    snprintf(out, n, "%.*s/breadcrumb", STR_FMT(c->state_dir));
    return out;
}

static const char *plugin_dir(const struct master *m, const struct conf *c, char out[DIR_BYTES])
{
    if (m->o->plugin_dir)
        return m->o->plugin_dir;
    snprintf(out, DIR_BYTES, "%.*s", STR_FMT(c->plugin_dir));
    return out[0] ? out : PLUGINDIR;
}

static enum loader_trust trust_of(const struct master *m)
{
    return m->o->is_lax ? LOADER_LAX : LOADER_STRICT;
}

static bool is_short(const struct registry *r)
{
    const struct registry_absent *a;

    for (size_t i = 0; (a = registry_absent_at(r, i)); i++)
        if (a->is_quarantined)
            return true;
    return false;
}

/* A process that takes another one's place must have what that one has. */
static int check_legacy(const struct master *m)
{
    struct buf missed;

    buf_init(&missed, DIR_BYTES);
    bool is_missed = master_legacy_misses(m, &missed);
    if (is_missed)
        fprintf(stderr,
                "claude-proxy: a plugin is refused, and these are not there any more: %.*s\n",
                STR_FMT(buf_str(&missed)));
    buf_fini(&missed);
    return is_missed ? E_CONFIG : 0;
}

int master_load_plugins(struct master *m, const struct conf *c)
{
    char from_conf[DIR_BYTES], crumbs[DIR_BYTES];
    const char *dir = plugin_dir(m, c, from_conf);
    struct err err = { 0 };

    m->registry = registry_new();
    registry_watch(m->registry, master_breadcrumb(c, crumbs, sizeof(crumbs)), PREFLIGHT_MS);
    int refused = registry_load_dir(m->registry, dir, trust_of(m), &err);
    /* from now on there will be threads */
    registry_spawns(m->registry, "/proc/self/exe");
    registry_serve(m->registry);
    if (refused < 0 || (!registry_count(m->registry) && !is_short(m->registry))) {
        fprintf(stderr,
                "claude-proxy: no adapter could be loaded from %s%s%s; --plugins names another "
                "folder\n",
                dir, err.what[0] ? ": " : "", err.what);
        return E_CONFIG;
    }
    return refused ? check_legacy(m) : 0;
}

/* Once more: the log was not open when they were left out. */
static void log_quarantine(const struct registry *r)
{
    const struct registry_absent *a;

    for (size_t i = 0; (a = registry_absent_at(r, i)); i++) {
        struct log_field fields[] = { { "plugin", LOG_STR, str_of(a->name), 0 },
                                      { "file", LOG_STR, str_of(a->file), 0 },
                                      { "why", LOG_STR, str_of(a->why), 0 } };
        if (a->is_quarantined)
            log_record(CP_LOG_ERROR, "quarantine", fields, 3, "a plugin is left out");
    }
}

void master_keep_quarantine(struct master *m)
{
    struct err err = { 0 };

    log_quarantine(m->registry);
    if (registry_keep_quarantine(m->registry, &err))
        log_msg(CP_LOG_ERROR, "who is in quarantine cannot be written down: %s: %s", err.where,
                err.what);
}

/* ---- anew ---- */

static void complain(void *ctx, bool is_error, const char *file, const char *why)
{
    conf_complain(ctx, is_error, str_of(file), "the plugin is refused: %s%s", why,
                  is_error ? "; what was loaded before goes on" : "");
}

/* History would end without a word. */
static void check_store(const struct conf *c, const struct registry *now,
                        const struct registry *next, struct conf_report *report)
{
    struct cp_str store = c->history.store;

    if (!store.n || registry_store(next, store) || !registry_store(now, store))
        return;
    const struct registry_absent *why = registry_absent_store(next, store);
    conf_complain(report, true, STR("history.store"),
                  "the plugin of the store \"%.*s\", %s: %s", STR_FMT(store),
                  why ? why->file : "which nobody knows", why ? why->why : "is gone");
}

struct registry *master_rescan(void *ctx, const struct conf *c, struct registry *now,
                               struct conf_report *report)
{
    struct master *m = ctx;
    char from_conf[DIR_BYTES];
    struct registry *next =
        registry_rescan(now, plugin_dir(m, c, from_conf), trust_of(m), complain, report);

    if (next && next != now)
        check_store(c, now, next, report);
    return next;
}

/* ---- telling ---- */

static const char *deed_name(enum registry_deed deed)
{
    return deed == PLUGIN_ADDED ? "added" : deed == PLUGIN_REPLACED ? "replaced" : "removed";
}

static void log_change(const struct registry_change *c)
{
    struct log_field fields[] = { { "plugin", LOG_STR, str_of(c->name), 0 },
                                  { "version", LOG_STR, str_of(c->version), 0 },
                                  { "file", LOG_STR, str_of(c->file), 0 },
                                  { "was", LOG_STR, str_of(c->was), 0 } };
    uint32_t n = c->deed == PLUGIN_REPLACED ? 4 : 3;

    log_record(CP_LOG_INFO, "plugin_changed", fields, n,
               c->deed == PLUGIN_ADDED ? "a plugin has come"
               : c->deed == PLUGIN_REPLACED
                   ? "a plugin was replaced: new requests have the new "
                     "one, those under way end on the old one"
                   : "a plugin is gone");
}

static void tell_change(struct news *news, const struct registry_change *c)
{
    struct json_writer w;
    struct buf line;

    log_change(c);
    buf_init(&line, NEWS_BYTES);
    json_writer_init(&w, &line);
    json_open(&w, '{');
    json_put_text(&w, "deed", str_of(deed_name(c->deed)));
    json_put_text(&w, "name", str_of(c->name));
    json_put_text(&w, "version", str_of(c->version));
    json_put_text(&w, "was", c->deed == PLUGIN_REPLACED ? str_of(c->was) : STR_NONE);
    json_put_text(&w, "file", str_of(c->file));
    json_close(&w);
    if (!buf_failed(&line))
        news_add(news, "plugin", buf_str(&line), true);
    buf_fini(&line);
}

/* What was replaced long ago is still mapped where a stream of then still runs. */
static void tell_older(const struct registry *r)
{
    size_t n = registry_older_n(r);

    if (n >= OLDER_MANY)
        log_record(CP_LOG_WARN, "plugins_older", NULL, 0,
                   "%zu replaced plugins are still in memory, because requests run on them or "
                   "the libraries were made to stay: claude-proxyctl show plugins",
                   n);
}

void master_serve_plugins(struct master *m, struct registry *r)
{
    const struct registry_change *c;
    struct registry *before = m->registry;

    if (r == before)
        return;
    m->registry = registry_ref(r);
    registry_serve(r);
    for (size_t i = 0; (c = registry_change_at(r, i)); i++)
        tell_change(m->health.news, c);
    tell_older(r);
    registry_unref(before);
}

static void tell_slow(void *ctx, const char *plugin, const char *hook, int64_t least_ms)
{
    struct log_field fields[] = { { "plugin", LOG_STR, str_of(plugin), 0 },
                                  { "hook", LOG_STR, str_of(hook), 0 } };

    log_record(CP_LOG_WARN, "plugin_slow", fields, 2,
               "a plugin has not come back from a call for %lld s: its worker serves nobody",
               (long long)(least_ms + 500) / 1000);
}

void master_look_at_plugins(void)
{
    breadcrumb_look(clock_ms(), tell_slow, NULL);
}

/* On the main thread: a plugin's unload() may take its time. */
void master_sweep_plugins(struct master *m)
{
    struct setup *s = steward_setup(m->office.steward);

    (void)registry_sweep(s->registry);
    setup_unref(s);
}
