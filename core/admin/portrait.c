/* SPDX-License-Identifier: MIT */
/*
 * portrait - the health of one thing, as members of the JSON object that is open.
 *
 * The tables count in a clock that only goes forward; people and their programs read the wall's.  Seconds are rounded up:
 * what rests for half a second more does not rest for none.
 */
#include "admin/portrait.h"

#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/vitals.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdio.h>

enum { P90_LEAST = 10, SECOND_MS = 1000 };

void portrait_wall(struct json_writer *w, const char *name, int64_t wall_ms)
{
    char text[32];

    json_key(w, str_of(name));
    if (wall_ms <= 0) {
        json_raw(w, STR("null"));
        return;
    }
    clock_rfc3339_s(wall_ms, text);
    json_string(w, str_of(text));
}

void portrait_put_wall(struct tree *t, const char *name, int64_t wall_ms)
{
    char text[32];

    clock_rfc3339_s(wall_ms, text);
    tree_put_text(t, name, wall_ms > 0 ? str_of(text) : STR_NONE);
}

void portrait_until(struct json_writer *w, const struct portrait_time *t, int64_t until_ms)
{
    int64_t left_ms = until_ms - t->now_ms;

    portrait_wall(w, "until", t->wall_ms + left_ms);
    json_put_number(w, "seconds_left", left_ms > 0 ? (left_ms + SECOND_MS - 1) / SECOND_MS : 0);
}

void portrait_cause(struct json_writer *w, const struct cooldown_cause *cause)
{
    if (cause->trouble)
        json_put_text(w, "trouble", str_of(verdict_trouble_name(cause->trouble)));
    if (cause->fault)
        json_put_text(w, "fault", str_of(verdict_fault_name(cause->fault)));
    if (cause->source)
        json_put_text(w, "source", str_of(cooldown_source_name(cause->source)));
    if (cause->status)
        json_put_number(w, "status", cause->status);
    if (cause->is_restored)
        json_put_bool(w, "restored", true);
}

void portrait_cooldown(struct json_writer *w, const struct vitals *v,
                       const struct portrait_time *t)
{
    int64_t until_ms = cooldown_until(&v->cooldown, t->now_ms);
    int64_t since_ms = atomic_load(&v->cooldown.since_ms);
    struct cooldown_cause cause;

    json_key(w, STR("cooldown"));
    if (!until_ms) {
        json_raw(w, STR("null"));
        return;
    }
    cooldown_cause(&v->cooldown, &cause);
    json_open(w, '{');
    portrait_cause(w, &cause);
    portrait_wall(w, "since", t->wall_ms - (t->now_ms - since_ms));
    portrait_until(w, t, until_ms);
    json_put_number(w, "failures_in_a_row", atomic_load(&v->cooldown.charges));
    json_put_bool(w, "probe_is_due", cooldown_is_due(&v->cooldown, t->now_ms));
    json_close(w);
}

void portrait_breaker(struct json_writer *w, struct vitals *v,
                      const struct breaker_rules *rules, const struct portrait_time *t)
{
    struct breaker_view view;

    json_key(w, STR("breaker"));
    if (rules->is_off) {
        json_string(w, STR("off"));
        return;
    }
    breaker_view(&v->breaker, rules, t->now_ms, &view);
    json_open(w, '{');
    json_put_text(w, "state", str_of(breaker_state_name(view.state)));
    json_put_number(w, "results", view.results);
    json_put_number(w, "failures", view.failures);
    json_put_number(w, "generation", view.generation);
    json_put_number(w, "opened", view.opened);
    if (view.state == BREAKER_OPEN)
        portrait_until(w, t, view.open_until_ms);
    json_put_bool(w, "is_probed", view.has_probe);
    json_close(w);
}

void portrait_gate(struct json_writer *w, const struct vitals *v, const struct conf_caps *caps)
{
    json_put_number(w, "under_way", gate_inside(&v->gate));
    json_key(w, STR("caps"));
    if (!caps->concurrency && !caps->rpm && !caps->tpm) {
        json_raw(w, STR("null"));
        return;
    }
    json_open(w, '{');
    json_put_number(w, "concurrency", caps->concurrency);
    json_put_number(w, "rpm", caps->rpm);
    json_put_number(w, "tpm", caps->tpm);
    json_close(w);
}

void portrait_counts(struct json_writer *w, const struct vitals *v)
{
    json_put_number(w, "served", (int64_t)atomic_load(&v->served));
    json_put_number(w, "failed", (int64_t)atomic_load(&v->failed));
    portrait_wall(w, "last_served", atomic_load(&v->last_ok_ms));
    portrait_wall(w, "last_failed", atomic_load(&v->last_failed_ms));
}

static void portrait_us(struct json_writer *w, const char *name, int64_t us)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld.%03d", (long long)(us / 1000), (int)(us % 1000));
    json_key(w, str_of(name));
    json_raw(w, us < 0 ? STR("null") : str_of(text));
}

void portrait_meter(struct json_writer *w, const struct vitals *v,
                    const struct portrait_time *t)
{
    json_key(w, STR("first_content_ms"));
    json_open(w, '{');
    portrait_us(w, "mean", meter_mean(&v->meter, t->now_ms));
    portrait_us(w, "p90", meter_percentile(&v->meter, 90, P90_LEAST));
    json_close(w);
}
