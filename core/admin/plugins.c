/* SPDX-License-Identifier: MIT */
/*
 * plugins - the doors of the plugins: who is in, who was and still runs, who is not in and why; and lets one in again.
 *
 * Which of them are in is a matter of the files in their folder, so the API has no door to load or unload one: a reload looks.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/config.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "json/write.h"

#include <stdio.h>

static void put_adapters(struct api_call *call, const struct registry_plugin *p)
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
static void put_dialects(struct api_call *call, const struct registry_plugin *p)
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

static void put_stores(struct api_call *call, const struct registry_plugin *p)
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

static int64_t plugin_bugs(const struct registry *r, const char *file)
{
    uint64_t bugs = 0;

    for (size_t i = 0; i < registry_count(r); i++)
        if (!strcmp(registry_at(r, i)->file, file))
            bugs += atomic_load(&registry_at(r, i)->health->bugs);
    return (int64_t)bugs;
}

static void put_abi(struct json_writer *w, const struct registry_plugin *p)
{
    char text[24];

    snprintf(text, sizeof(text), "%d.%d", p->major, p->minor);
    json_put_text(w, "abi", str_of(text));
}

static void put_older(struct api_call *call, const struct registry_plugin *p)
{
    struct json_writer *w = call->out;
    struct registry_plugin *older;
    size_t n = registry_older(call->setup->registry, p->file, call->arena, &older);

    json_key(w, STR("older"));
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, '{');
        json_put_text(w, "version", str_of(older[i].version));
        json_put_text(w, "digest", str_of(older[i].digest));
        portrait_wall(w, "since", older[i].since_ms);
        portrait_wall(w, "until", older[i].until_ms);
        json_put_number(w, "exchanges", older[i].exchanges);
        json_close(w);
    }
    json_close(w);
}

static void put_plugin(struct api_call *call, const struct registry_plugin *p)
{
    struct json_writer *w = call->out;
    int64_t bugs = plugin_bugs(call->setup->registry, p->file);

    json_open(w, '{');
    json_put_text(w, "name", str_of(p->name));
    json_put_text(w, "version", str_of(p->version));
    put_abi(w, p);
    json_put_text(w, "file", str_of(p->file));
    json_put_text(w, "digest", str_of(p->digest));
    portrait_wall(w, "since", p->since_ms);
    put_adapters(call, p);
    put_dialects(call, p);
    put_stores(call, p);
    json_put_text(w, "state", bugs ? STR("faulty") : STR("loaded"));
    json_put_number(w, "bugs", bugs);
    put_older(call, p);
    json_close(w);
}

static void put_names(struct json_writer *w, const char *name, const char *list)
{
    struct cp_str rest = str_of(list), one;

    json_key(w, str_of(name));
    json_open(w, '[');
    while (rest.n && str_split(&rest, ',', &one))
        if (one.n)
            json_string(w, one);
    json_close(w);
}

static void put_absent(struct json_writer *w, const struct registry_absent *a)
{
    json_open(w, '{');
    json_put_text(w, "name", a->name[0] ? str_of(a->name) : STR_NONE);
    json_put_text(w, "file", str_of(a->file));
    json_put_text(w, "state",
                  a->is_quarantined ? STR("quarantined")
                  : a->is_removed   ? STR("removed")
                                    : STR("refused"));
    json_put_text(w, "why", str_of(a->why));
    portrait_wall(w, "since", a->since_ms);
    put_names(w, "adapters", a->dialects);
    put_names(w, "stores", a->stores);
    json_close(w);
}

static void plugins_show(struct api_call *call)
{
    const struct registry *r = call->setup->registry;
    const struct registry_absent *a;
    struct registry_plugin p;

    ask_query(call, "");
    if (api_has_failed(call))
        return;
    json_open(call->out, '{');
    json_key(call->out, STR("plugins"));
    json_open(call->out, '[');
    for (size_t i = 0; registry_plugin(r, i, &p); i++)
        put_plugin(call, &p);
    json_close(call->out);
    json_key(call->out, STR("absent"));
    json_open(call->out, '[');
    for (size_t i = 0; (a = registry_absent_at(r, i)); i++)
        put_absent(call->out, a);
    json_close(call->out);
    json_close(call->out);
}

/* Somebody has looked at it: it may come back, and does at once. */
static void plugins_release(struct api_call *call)
{
    struct err err = { 0 };

    ask_query(call, "");
    if (api_has_failed(call))
        return;
    int rc = registry_release(call->setup->registry, call->param[0], call->wall_ms, &err);
    if (rc) {
        api_fail(call, api_status(rc), "name", "%s", err.what);
        return;
    }
    log_record(CP_LOG_WARN, "quarantine", NULL, 0, "the plugin %.*s is let in again (%.*s)",
               STR_FMT(call->param[0]), STR_FMT(call->who));
    config_reload(call);
}

const struct api_route plugin_routes[] = {
    { "GET", "/api/plugins", plugins_show, 0, API_HERE, 0,
      "The loaded plugins, with what they bring; who still runs in an older version, and who is not in" },
    { "POST", "/api/plugins/{name}/release", plugins_release, API_SMALL, API_POOL, 0,
      "Let a plugin out of quarantine, and read all files anew" },
    { 0 },
};
