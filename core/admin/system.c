/* SPDX-License-Identifier: MIT */
/*
 * system - what the gateway is made of, and its table of doors: /api/status, /api/plugins, /api/openapi.json.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/document.h"
#include "admin/status.h"
#include "base/str.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "json/write.h"

#include <stdio.h>

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

static void put_abi(struct api_call *call, const char *file)
{
    char text[24];
    int major, minor;

    if (!registry_abi(call->setup->registry, file, &major, &minor))
        return;
    snprintf(text, sizeof(text), "%d.%d", major, minor);
    json_put_text(call->out, "abi", str_of(text));
}

static void put_plugin(struct api_call *call, const struct plugin_row *p)
{
    struct json_writer *w = call->out;
    int64_t bugs = (int64_t)plugin_bugs(call->setup->registry, p->file);

    json_open(w, '{');
    json_put_text(w, "name", str_of(p->name));
    json_put_text(w, "version", str_of(p->version));
    put_abi(call, p->file);
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
