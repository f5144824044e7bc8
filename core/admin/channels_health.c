/* SPDX-License-Identifier: MIT */
/*
 * channels_health - how a channel and its keys are, as the API shows them with what is said of them.
 *
 * The scheduler's own view (scheduler.c) has every path and base URL; here they are only counted, so that a page of a
 * hundred channels with ten keys each is made in a few milliseconds.
 */
#include "admin/channels.h"
#include "admin/portrait.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/verdict.h"
#include "state/vitals.h"
#include "json/tree.h"

#include <string.h>

enum { SECOND_MS = 1000 };

static const char *const key_states[] = { "well", "resting", "dead", "demoted", "disabled" };
enum { KEY_STATES = sizeof(key_states) / sizeof(*key_states) };

static bool is_dead(const struct vitals *v)
{
    struct cooldown_cause cause;

    cooldown_cause(&v->cooldown, &cause);
    return cause.trouble == CP_AUTH || cause.trouble == CP_BILLING ||
           cause.trouble == CP_FORBIDDEN;
}

const char *channels_key_state(const struct channels_view *view, const struct roster_channel *r,
                               size_t key)
{
    const struct vitals *v = r->keys[key];

    if (!r->conf->keys[key].is_enabled)
        return "disabled";
    if (cooldown_until(&v->cooldown, view->now_ms))
        return is_dead(v) ? "dead" : "resting";
    return atomic_load(&v->demoted_ms) ? "demoted" : "well";
}

static int64_t seconds_left(const struct channels_view *view, int64_t until_ms)
{
    return (until_ms - view->now_ms + SECOND_MS - 1) / SECOND_MS;
}

static void put_until(struct tree *t, const char *name, const struct channels_view *view,
                      int64_t until_ms)
{
    portrait_put_wall(t, name, view->wall_ms + until_ms - view->now_ms);
}

static void put_trouble(struct tree *t, const char *name, uint32_t trouble)
{
    if (trouble)
        tree_put_text(t, name, str_of(verdict_trouble_name(trouble)));
}

/* Of its last failure since the start. */
static void put_last(struct tree *t, const struct vitals *v)
{
    uint64_t last = atomic_load(&v->last_trouble);

    portrait_put_wall(t, "last_served", atomic_load(&v->last_ok_ms));
    portrait_put_wall(t, "last_failed", atomic_load(&v->last_failed_ms));
    put_trouble(t, "last_error", vitals_trouble(last));
    if (vitals_status(last))
        tree_put_int(t, "last_status", vitals_status(last));
}

/* As portrait_cooldown() writes it. */
static struct tree *rest_tree(const struct channels_view *view, const struct vitals *v,
                              int64_t until_ms)
{
    int64_t since_ms = atomic_load(&v->cooldown.since_ms);
    struct tree *t = tree_object();
    struct cooldown_cause cause;

    cooldown_cause(&v->cooldown, &cause);
    put_trouble(t, "trouble", cause.trouble);
    if (cause.fault)
        tree_put_text(t, "fault", str_of(verdict_fault_name(cause.fault)));
    if (cause.source)
        tree_put_text(t, "source", str_of(cooldown_source_name(cause.source)));
    if (cause.status)
        tree_put_int(t, "status", cause.status);
    if (cause.is_restored)
        tree_put_bool(t, "restored", true);
    put_until(t, "since", view, since_ms);
    put_until(t, "until", view, until_ms);
    tree_put_int(t, "seconds_left", seconds_left(view, until_ms));
    tree_put_int(t, "failures_in_a_row", atomic_load(&v->cooldown.charges));
    tree_put_bool(t, "probe_is_due", cooldown_is_due(&v->cooldown, view->now_ms));
    return t;
}

static void put_rest(struct tree *t, const struct channels_view *view, const struct vitals *v)
{
    int64_t until_ms = cooldown_until(&v->cooldown, view->now_ms);
    struct cooldown_cause cause;

    if (!until_ms) {
        tree_put(t, "cooldown", tree_null());
        return;
    }
    cooldown_cause(&v->cooldown, &cause);
    put_until(t, "until", view, until_ms);
    tree_put_int(t, "seconds_left", seconds_left(view, until_ms));
    put_trouble(t, "trouble", cause.trouble);
    put_trouble(t, "reason", cause.trouble);
    tree_put(t, "cooldown", rest_tree(view, v, until_ms));
}

void channels_put_key_health(struct tree *t, const struct channels_view *view,
                             const struct roster_channel *r, size_t key)
{
    const struct vitals *v = r->keys[key];

    tree_put_text(t, "state", str_of(channels_key_state(view, r, key)));
    put_rest(t, view, v);
    if (atomic_load(&v->demoted_ms))
        portrait_put_wall(t, "demoted_since", atomic_load(&v->demoted_ms));
    tree_put_int(t, "under_way", gate_inside(&v->gate));
    tree_put_int(t, "served", (int64_t)atomic_load(&v->served));
    tree_put_int(t, "failed", (int64_t)atomic_load(&v->failed));
    tree_put_int(t, "failures_in_a_row", atomic_load(&v->cooldown.charges));
    put_last(t, v);
}

/* ---- the channel ---------------------------------------------------------- */

static struct tree *keys_tree(const struct channels_view *view, const struct roster_channel *r)
{
    int64_t counts[KEY_STATES] = { 0 };
    struct tree *t = tree_object();

    for (size_t k = 0; k < r->conf->keys_n; k++)
        for (size_t i = 0; i < KEY_STATES; i++)
            counts[i] += !strcmp(key_states[i], channels_key_state(view, r, k));
    for (size_t i = 0; i < KEY_STATES; i++)
        tree_put_int(t, key_states[i], counts[i]);
    return t;
}

static void put_breaker(struct tree *t, const struct channels_view *view,
                        const struct roster_channel *r)
{
    struct breaker_view b;

    if (r->breaker.is_off) {
        tree_put_text(t, "breaker", STR("off"));
        return;
    }
    breaker_view(&r->vitals->breaker, &r->breaker, view->now_ms, &b);
    tree_put_text(t, "breaker", str_of(breaker_state_name(b.state)));
    tree_put_int(t, "breaker_results", b.results);
    tree_put_int(t, "breaker_failures", b.failures);
    tree_put_int(t, "breaker_opened", b.opened);
    if (b.state == BREAKER_OPEN) {
        put_until(t, "breaker_until", view, b.open_until_ms);
        tree_put_int(t, "breaker_seconds_left", seconds_left(view, b.open_until_ms));
    }
}

static void put_parts(struct tree *t, const struct channels_view *view,
                      const struct roster_channel *r)
{
    int64_t resting = 0, open = 0;

    for (uint32_t u = 0; u < r->urls_n; u++)
        resting += cooldown_until(&r->urls[u]->cooldown, view->now_ms) != 0;
    for (uint32_t p = 0; p < r->keys_n * r->urls_n; p++)
        open +=
            breaker_look(&r->paths[p]->breaker, &r->breaker, view->now_ms) != BREAKER_CLOSED;
    tree_put_int(t, "urls_resting", resting);
    tree_put_int(t, "paths", r->keys_n * r->urls_n);
    tree_put_int(t, "paths_open", open);
}

struct tree *channels_health(const struct channels_view *view, const struct roster_channel *r)
{
    int64_t until_ms = cooldown_until(&r->vitals->cooldown, view->now_ms);
    struct tree *t = tree_object();

    tree_put(t, "keys", keys_tree(view, r));
    put_breaker(t, view, r);
    put_parts(t, view, r);
    if (until_ms)
        put_until(t, "rests_until", view, until_ms);
    tree_put_int(t, "under_way", gate_inside(&r->vitals->gate));
    tree_put_int(t, "served", (int64_t)atomic_load(&r->vitals->served));
    tree_put_int(t, "failed", (int64_t)atomic_load(&r->vitals->failed));
    tree_put_int(t, "failures_in_a_row", atomic_load(&r->vitals->failed_in_a_row));
    put_last(t, r->vitals);
    return t;
}
