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
#include "state/vitals.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIALECTS_BYTES = 200 };

/* "chat, claude": what could have been meant. */
static void setup_dialects(const struct registry *r, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < registry_count(r) && at < size; i++) {
        int n = snprintf(out + at, size - at, "%s%s", i ? ", " : "",
                         registry_at(r, i)->hooks.dialect);
        at += n > 0 ? (size_t)n : 0;
    }
}

const struct registry_absent *setup_why_absent(const struct setup *s,
                                               const struct setup_channel *c)
{
    return c->adapter ? NULL : registry_absent_dialect(s->registry, c->conf->dialect);
}

/* What a quarantine takes away is nobody's mistake in the configuration: the others serve. */
static void setup_complain_absent(const struct setup *s, const struct setup_channel *c,
                                  struct conf_report *report)
{
    const struct registry_absent *why = setup_why_absent(s, c);
    const struct conf_channel *cc = c->conf;
    char names[DIALECTS_BYTES];

    setup_dialects(s->registry, names, sizeof(names));
    if (why)
        conf_complain(report, cc->status == CONF_ACTIVE && !why->is_quarantined, cc->where,
                      "channel %.*s is out: the plugin of its dialect \"%.*s\", %s: %s",
                      STR_FMT(cc->id), STR_FMT(cc->dialect), why->file, why->why);
    else
        conf_complain(report, cc->status == CONF_ACTIVE, cc->where,
                      "channel %.*s: no adapter for the dialect \"%.*s\"; there are: %s",
                      STR_FMT(cc->id), STR_FMT(cc->dialect), names);
}

static void setup_bind_adapter(struct setup *s, struct setup_channel *c,
                               struct conf_report *report)
{
    const struct conf_channel *cc = c->conf;
    struct err err = { 0 };

    c->adapter = registry_find(s->registry, cc->dialect);
    if (!c->adapter) {
        setup_complain_absent(s, c, report);
        return;
    }
    if (guard_configure(c->adapter, cc->options, cc->options_n, &c->instance, &err)) {
        struct cp_str where = err.where[0] ? str_of(err.where) : cc->where;
        conf_complain(report, true, where, "channel %.*s: %s", STR_FMT(cc->id), err.what);
        c->adapter = NULL;
    }
}

/*
 * What a channel can be asked for.  Who cannot compact a conversation can be asked for a summary of it (summary.c), and
 * where tokens cannot be counted they are estimated (estimate.c): both belong where the chat would go.
 */
static uint64_t setup_ops(const struct adapter *a)
{
    if (!a)
        return 0;
    return a->hooks.ops & CP_BIT(CP_CHAT)
               ? a->hooks.ops | CP_BIT(CP_COMPACT) | CP_BIT(CP_COUNT_TOKENS)
               : a->hooks.ops;
}

static void setup_bind_roster(struct setup *s, const struct roster_health *health)
{
    struct arena *arena = s->conf->arena;
    uint64_t *ops = arena_need(arena, (s->channels_n + 1) * sizeof(*ops));
    struct cp_str *families = arena_need(arena, (s->adapters_n + 1) * sizeof(*families));
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->channels_n; i++)
        ops[i] = setup_ops(s->channels[i].adapter);
    for (uint32_t i = 0; i < s->adapters_n; i++) {
        struct cp_str family = str_of(registry_at(s->registry, i)->hooks.family);
        uint32_t known = 0;
        while (known < n && !str_eq(families[known], family))
            known++;
        families[known] = family;
        n += known == n;
    }
    roster_build(&s->roster, s->conf, ops, families, n, health, arena);
    for (uint32_t i = 0; i < s->channels_n; i++)
        s->channels[i].at = &s->roster.channels[i];
}

static void setup_bind_clients(struct setup *s, struct conf_report *report)
{
    s->adapters_n = (uint32_t)registry_count(s->registry);
    s->clients = arena_need(s->conf->arena, LOADER_ADAPTERS * sizeof(void *));
    for (uint32_t i = 0; i < s->adapters_n; i++) {
        const struct adapter *a = registry_at(s->registry, i);
        struct err err = { 0 };
        if (guard_configure(a, NULL, 0, &s->clients[a->ordinal], &err))
            conf_complain(report, true, str_of(a->file), "%s: %s", a->hooks.dialect, err.what);
    }
}

static void setup_bind_owners(struct setup *s, const struct roster_health *health)
{
    const struct conf *c = s->conf;

    s->owners = arena_need(c->arena, (c->clients_n + 1) * sizeof(*s->owners));
    for (size_t i = 0; i < c->clients_n; i++) {
        const struct conf_client *k = &c->clients[i];
        struct setup_client *o = &s->owners[i];
        o->vitals = vitals_table_get(health->vitals, arena_printf(c->arena, "@%s", k->id));
        o->rules = (struct gate_rules){ k->caps.concurrency, k->caps.rpm, k->caps.tpm };
        o->purse = health->purses ? purse_get(health->purses, str_of(k->id)) : NULL;
        if (o->purse)
            purse_hold(o->purse);
        o->budget = (struct purse_rules){ (enum purse_period)k->budget.period, k->budget.tokens,
                                          k->budget.micro };
    }
}

struct setup *setup_build(struct conf *conf, struct registry *registry,
                          const struct roster_health *health, struct conf_report *report)
{
    struct setup *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    s->refs = 1;
    s->conf = conf;
    s->registry = registry_ref(registry);
    s->started_ms = clock_wall_ms();
    s->channels_n = (uint32_t)conf->channels_n;
    s->channels = arena_need(conf->arena, (s->channels_n + 1) * sizeof(*s->channels));
    for (uint32_t i = 0; i < s->channels_n; i++) {
        s->channels[i].conf = &conf->channels[i];
        setup_bind_adapter(s, &s->channels[i], report);
    }
    setup_bind_clients(s, report);
    setup_bind_roster(s, health);
    setup_bind_owners(s, health);
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
    for (size_t i = 0; i < s->conf->clients_n; i++)
        if (s->owners[i].purse)
            purse_release(s->owners[i].purse);
    conf_unref(s->conf);
    registry_unref(s->registry);
    free(s);
}
