/* SPDX-License-Identifier: MIT */
/*
 * numbers_state - what /metrics tells of how things are now: channels, keys, connections, configuration, history.
 *
 * Read where it is kept, at the moment of the scrape.  Channels that the configuration does not have any more are gone
 * from here, while what was counted of them stays.  Beyond so many channels only the sums are told.
 */
#include "admin/numbers_private.h"
#include "admin/office.h"
#include "admin/scribe.h"
#include "balance/roster.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/loader.h"
#include "state/breaker.h"
#include "state/diary.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <malloc.h>
#include <stdio.h>

#ifndef COMMIT_TEXT
#define COMMIT_TEXT "unknown" /* who builds from a repository may say it */
#endif

enum { CHANNELS_TOLD = 500 };

#define GAUGE(name, help)          ((struct metric){ (name), METRIC_GAUGE, NULL, (help) })
#define COUNTER(name, help)        ((struct metric){ (name), METRIC_COUNTER, NULL, (help) })
#define GAUGE_IN(unit, name, help) ((struct metric){ (name), METRIC_GAUGE, (unit), (help) })

static void labelled(const struct sheet *s, const struct metric *m, const char *name,
                     const char *value, int64_t number)
{
    struct labels l;

    labels_init(&l);
    labels_add(&l, name, str_of(value));
    sheet_number(s, m, m->type == METRIC_COUNTER ? "_total" : "", labels_str(&l), number);
}

/* ---- the process ---------------------------------------------------------- */

static void write_build(const struct sheet *s)
{
    static const struct metric build = { "claude_proxy_build", METRIC_INFO, NULL,
                                         "What is running." };
    struct labels l;
    char abi[24];

    snprintf(abi, sizeof(abi), "%d.%d", CP_ABI_MAJOR, CP_ABI_MINOR);
    labels_init(&l);
    labels_add(&l, "version", STR(VERSION_TEXT));
    labels_add(&l, "commit", STR(COMMIT_TEXT));
    labels_add(&l, "abi", str_of(abi));
    sheet_head(s, &build);
    sheet_number(s, &build, "_info", labels_str(&l), 1);
}

static void write_times(const struct numbers *n, const struct office *o, const struct sheet *s)
{
    static const struct metric start = { "claude_proxy_start_time_seconds", METRIC_GAUGE,
                                         "seconds", "When the gateway started." };
    static const struct metric good = { "claude_proxy_config_last_reload_success", METRIC_GAUGE,
                                        NULL, "Whether the last reload was accepted." };
    static const struct metric when = {
        "claude_proxy_config_last_reload_success_timestamp_seconds", METRIC_GAUGE, "seconds",
        "When the configuration that serves was read."
    };

    sheet_head(s, &start);
    sheet_fraction(s, &start, "", STR_NONE, o->started_ms, 3);
    sheet_one(s, &good, !atomic_load(&n->is_reload_lost));
    sheet_head(s, &when);
    sheet_fraction(s, &when, "", STR_NONE, atomic_load(&n->reloaded_ms), 3);
}

static int64_t event(const struct numbers *n, enum numbers_event e)
{
    return (int64_t)atomic_load_explicit(&n->events[e], memory_order_relaxed);
}

static void write_events(const struct numbers *n, const struct sheet *s)
{
    const struct metric auth = COUNTER(
        "claude_proxy_auth_failures", "Requests whose key, password or session was not right.");
    const struct metric saves =
        COUNTER("claude_proxy_state_saves", "Attempts at writing the administration's file.");
    const struct metric dropped =
        COUNTER("claude_proxy_log_dropped", "Log records that no sink took in time.");

    sheet_head(s, &auth);
    labelled(s, &auth, "realm", "client", event(n, NUMBERS_AUTH_FAILED_CLIENT));
    labelled(s, &auth, "realm", "admin", event(n, NUMBERS_AUTH_FAILED_ADMIN));
    sheet_head(s, &saves);
    labelled(s, &saves, "result", "ok", event(n, NUMBERS_SAVED));
    labelled(s, &saves, "result", "failed", event(n, NUMBERS_SAVE_FAILED));
    sheet_one(s, &dropped, (int64_t)log_dropped());
}

/* ---- connections and requests under way ----------------------------------- */

static void write_connections(const struct office *o, const struct sheet *s)
{
    const struct metric open =
        GAUGE("claude_proxy_client_connections", "Client connections that are open.");
    const struct metric all =
        COUNTER("claude_proxy_connections", "Client connections that were accepted.");
    const struct metric refused = COUNTER("claude_proxy_connections_rejected",
                                          "Client connections that were turned away.");
    const struct server_gauge *g = o->gauge;

    if (!g)
        return;
    sheet_one(s, &open, atomic_load(&g->open));
    sheet_one(s, &all, (int64_t)atomic_load(&g->accepted));
    sheet_head(s, &refused);
    labelled(s, &refused, "reason", "limit", (int64_t)atomic_load(&g->over_limit));
    labelled(s, &refused, "reason", "descriptors", (int64_t)atomic_load(&g->out_of_fds));
}

/* Several adapters may share a client API. */
static bool family_begins(const struct registry *r, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!strcmp(registry_at(r, i)->hooks.family, registry_at(r, at)->hooks.family))
            return false;
    return true;
}

static int64_t inflight_of(const struct numbers *n, const struct registry *r,
                           const char *family)
{
    int64_t sum = 0;

    for (size_t i = 0; i < registry_count(r); i++) {
        const struct adapter *a = registry_at(r, i);
        if (!strcmp(a->hooks.family, family) && a->ordinal < NUMBERS_ADAPTERS)
            sum += atomic_load_explicit(&n->inflight[a->ordinal], memory_order_relaxed);
    }
    return sum;
}

static void write_inflight(const struct numbers *n, const struct setup *setup,
                           const struct sheet *s)
{
    const struct metric m =
        GAUGE("claude_proxy_inflight_requests", "Requests under way, by client API.");

    sheet_head(s, &m);
    for (size_t i = 0; i < registry_count(setup->registry); i++) {
        const char *family = registry_at(setup->registry, i)->hooks.family;
        if (family_begins(setup->registry, i))
            labelled(s, &m, "protocol", family, inflight_of(n, setup->registry, family));
    }
}

/* source: mallinfo(3); glibc 2.33 */
static void write_buffers(const struct sheet *s)
{
    const struct metric m = GAUGE_IN("bytes", "claude_proxy_buffer_bytes",
                                     "Memory that is handed out, and that is kept for later.");
    struct mallinfo2 heap = mallinfo2();

    sheet_head(s, &m);
    labelled(s, &m, "kind", "heap_used", (int64_t)(heap.uordblks + heap.hblkhd));
    labelled(s, &m, "kind", "heap_free", (int64_t)heap.fordblks);
}

/* ---- channels ------------------------------------------------------------- */

struct told {
    const struct sheet *s;
    const struct setup *setup;
    uint32_t n;
    int64_t now_ms;
};

static void tell_channel(const struct told *t, const struct metric *m, uint32_t at,
                         const char *state, int64_t value)
{
    struct labels l;

    labels_init(&l);
    labels_add(&l, "channel", t->setup->channels[at].conf->id);
    if (state)
        labels_add(&l, "state", str_of(state));
    sheet_number(t->s, m, "", labels_str(&l), value);
}

static void write_states(const struct told *t)
{
    static const char *const names[] = { "active", "suspended", "disabled" };
    static const enum conf_status states[] = { CONF_ACTIVE, CONF_SUSPENDED, CONF_DISABLED };
    const struct metric m =
        GAUGE("claude_proxy_channel_state", "1 for the state that the channel is in.");

    sheet_head(t->s, &m);
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t k = 0; k < 3; k++)
            tell_channel(t, &m, i, names[k], t->setup->channels[i].conf->status == states[k]);
}

enum { KEY_OK, KEY_RESTING, KEY_EXHAUSTED, KEY_DISABLED, KEY_STATES };

static int key_state(const struct told *t, const struct roster_channel *c, uint32_t k)
{
    if (!c->conf->keys[k].is_enabled)
        return KEY_DISABLED;
    if (cooldown_until(&c->keys[k]->cooldown, t->now_ms))
        return KEY_RESTING;
    return atomic_load(&c->keys[k]->demoted_ms) ? KEY_EXHAUSTED : KEY_OK;
}

static void write_keys(const struct told *t)
{
    static const char *const names[KEY_STATES] = { "ok", "resting", "exhausted", "disabled" };
    const struct metric m = GAUGE("claude_proxy_keys", "Upstream keys by how they are.");

    sheet_head(t->s, &m);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct roster_channel *c = t->setup->channels[i].at;
        int64_t count[KEY_STATES] = { 0 };
        for (uint32_t k = 0; k < c->conf->keys_n; k++)
            count[key_state(t, c, k)]++;
        for (uint32_t k = 0; k < KEY_STATES; k++)
            tell_channel(t, &m, i, names[k], count[k]);
    }
}

/* Half-open is open to all but one. */
static bool is_any_open(const struct told *t, const struct roster_channel *c)
{
    bool is_open = breaker_look(&c->vitals->breaker, &c->breaker, t->now_ms) != BREAKER_CLOSED;

    for (uint32_t p = 0; !is_open && p < c->keys_n * c->urls_n; p++)
        is_open = breaker_look(&c->paths[p]->breaker, &c->breaker, t->now_ms) != BREAKER_CLOSED;
    return is_open;
}

/* By what is written down, or for a while in one client API or in all. */
static bool is_promoted(const struct told *t, const struct conf_channel *c, int64_t wall_ms)
{
    const struct roster *r = &t->setup->roster;
    bool is_it = c->promoted_until_ms > wall_ms ||
                 marks_until(r->marks, MARK_PROMOTED, STR(""), c->id, t->now_ms);

    for (uint32_t f = 0; f < r->families_n && !is_it; f++)
        is_it = marks_until(r->marks, MARK_PROMOTED, r->families[f].name, c->id, t->now_ms);
    return is_it;
}

static void write_channels(const struct told *t)
{
    const struct metric inflight =
        GAUGE("claude_proxy_channel_inflight", "Attempts under way at the channel.");
    const struct metric open = GAUGE("claude_proxy_breaker_open",
                                     "1 while the breaker of the channel, or of one of its "
                                     "paths, is not closed.");
    const struct metric promoted =
        GAUGE("claude_proxy_channel_promoted", "1 while the channel is promoted.");
    int64_t wall_ms = clock_wall_ms();

    sheet_head(t->s, &inflight);
    for (uint32_t i = 0; i < t->n; i++)
        tell_channel(t, &inflight, i, NULL,
                     gate_inside(&t->setup->channels[i].at->vitals->gate));
    sheet_head(t->s, &open);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct roster_channel *c = t->setup->channels[i].at;
        tell_channel(t, &open, i, NULL, !c->breaker.is_off && is_any_open(t, c));
    }
    sheet_head(t->s, &promoted);
    for (uint32_t i = 0; i < t->n; i++)
        tell_channel(t, &promoted, i, NULL,
                     is_promoted(t, t->setup->channels[i].conf, wall_ms));
}

/* ---- history -------------------------------------------------------------- */

static void write_history(const struct office *o, const struct sheet *s)
{
    const struct metric written =
        COUNTER("claude_proxy_history_records", "Records of requests that the store took.");
    const struct metric lost = COUNTER("claude_proxy_history_lost",
                                       "Records of requests that were lost on the way there.");
    const struct metric waiting =
        GAUGE("claude_proxy_history_waiting", "Records of requests that are not written yet.");
    const struct metric failing =
        GAUGE("claude_proxy_history_failing", "1 while the store takes nothing.");
    const struct metric bytes =
        GAUGE_IN("bytes", "claude_proxy_history_bytes", "Size of the store.");
    struct scribe_state state = { .bytes = -1 };

    if (o->scribe)
        scribe_look(o->scribe, &state);
    sheet_one(s, &written, (int64_t)state.written);
    sheet_one(s, &lost, (int64_t)(state.lost + (o->diary ? diary_lost(o->diary) : 0)));
    sheet_one(s, &waiting, (int64_t)(state.waiting + (o->diary ? diary_waiting(o->diary) : 0)));
    sheet_one(s, &failing, state.is_failing);
    if (state.bytes >= 0)
        sheet_one(s, &bytes, state.bytes);
}

void numbers_write_state(struct numbers *n, const struct office *o, const struct setup *setup,
                         const struct sheet *s)
{
    struct told t = { s, setup, setup->channels_n, clock_ms() };

    if (t.n > CHANNELS_TOLD)
        t.n = CHANNELS_TOLD;
    write_build(s);
    write_times(n, o, s);
    write_events(n, s);
    write_connections(o, s);
    write_inflight(n, setup, s);
    write_buffers(s);
    write_states(&t);
    write_keys(&t);
    write_channels(&t);
    write_history(o, s);
}
