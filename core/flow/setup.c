/* SPDX-License-Identifier: MIT */
/*
 * setup - a configuration snapshot made ready to serve: channels bound to adapters, instances and health.
 *
 * What can only be checked with the plugins at hand is checked here, all of it at once: the dialect's name and
 * the adapter's own options.  A channel that is not active may name a dialect that is not there.
 */
#include "flow/setup.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/family.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "state/rest.h"

#include <stdlib.h>

static struct rest *setup_rest(struct setup *s, struct rest_table *table, struct cp_str channel,
                               const char *kind, struct cp_str name)
{
    struct cp_str key =
        arena_printf(s->conf->arena, "%.*s%s%.*s", STR_FMT(channel), kind, STR_FMT(name));
    return rest_record(table, key);
}

static void setup_bind_health(struct setup *s, struct setup_channel *c,
                              struct rest_table *table)
{
    const struct conf_channel *cc = c->conf;
    struct arena *a = s->conf->arena;

    c->rest = setup_rest(s, table, cc->id, "", STR_NONE);
    c->keys = arena_need(a, (cc->keys_n + 1) * sizeof(struct rest *));
    c->urls = arena_need(a, (cc->urls_n + 1) * sizeof(struct rest *));
    for (size_t i = 0; i < cc->keys_n; i++)
        c->keys[i] = setup_rest(s, table, cc->id, "/key/", str_of(cc->keys[i].id));
    for (size_t i = 0; i < cc->urls_n; i++)
        c->urls[i] = setup_rest(s, table, cc->id, "/url/", cc->urls[i].base);
}

static void setup_bind_adapter(struct setup *s, struct setup_channel *c,
                               struct conf_report *report)
{
    const struct conf_channel *cc = c->conf;
    struct err err = { 0 };

    c->adapter = registry_find(s->registry, cc->dialect);
    if (!c->adapter) {
        conf_complain(report, cc->status == CONF_ACTIVE, cc->where,
                      "channel %.*s: no adapter for the dialect \"%.*s\"; "
                      "claude-proxy --list-adapters shows those that are there",
                      STR_FMT(cc->id), STR_FMT(cc->dialect));
        return;
    }
    if (guard_configure(c->adapter, cc->options, cc->options_n, &c->instance, &err)) {
        struct cp_str where = err.where[0] ? str_of(err.where) : cc->where;
        conf_complain(report, true, where, "channel %.*s: %s", STR_FMT(cc->id), err.what);
        c->adapter = NULL;
    }
}

static int setup_compare(const void *a, const void *b, void *arg)
{
    const struct setup_channel *channels = arg;
    const struct conf_channel *x = channels[*(const uint32_t *)a].conf;
    const struct conf_channel *y = channels[*(const uint32_t *)b].conf;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void setup_bind_clients(struct setup *s, struct conf_report *report)
{
    s->adapters_n = (uint32_t)registry_count(s->registry);
    s->clients = arena_need(s->conf->arena, (s->adapters_n + 1) * sizeof(void *));
    for (uint32_t i = 0; i < s->adapters_n; i++) {
        const struct adapter *a = registry_at(s->registry, i);
        struct err err = { 0 };
        if (guard_configure(a, NULL, 0, &s->clients[a->ordinal], &err))
            conf_complain(report, true, str_of(a->file), "%s: %s", a->hooks.dialect, err.what);
    }
}

struct setup *setup_build(struct conf *conf, const struct registry *registry,
                          struct rest_table *table, struct conf_report *report)
{
    struct setup *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    s->refs = 1;
    s->conf = conf;
    s->registry = registry;
    s->started_ms = clock_wall_ms();
    s->channels_n = (uint32_t)conf->channels_n;
    s->channels = arena_need(conf->arena, (s->channels_n + 1) * sizeof(*s->channels));
    s->order = arena_need(conf->arena, (s->channels_n + 1) * sizeof(*s->order));
    for (uint32_t i = 0; i < s->channels_n; i++) {
        s->channels[i].conf = &conf->channels[i];
        s->order[i] = i;
        setup_bind_health(s, &s->channels[i], table);
        setup_bind_adapter(s, &s->channels[i], report);
    }
    qsort_r(s->order, s->channels_n, sizeof(*s->order), setup_compare, s->channels);
    setup_bind_clients(s, report);
    family_check(conf, registry, report);
    if (report->errors) {
        setup_unref(s);
        return NULL;
    }
    return s;
}

struct setup *setup_ref(struct setup *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

void setup_unref(struct setup *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (uint32_t i = 0; i < s->channels_n; i++)
        if (s->channels[i].adapter)
            guard_forget(s->channels[i].adapter, s->channels[i].instance);
    for (uint32_t i = 0; i < s->adapters_n; i++) {
        const struct adapter *a = registry_at(s->registry, i);
        guard_forget(a, s->clients[a->ordinal]);
    }
    conf_unref(s->conf);
    free(s);
}
