/* SPDX-License-Identifier: MIT */
/*
 * trace - why this path: the steps of a decision are noted here, named, and told in short or as JSON.
 *
 * Noting is a comparison and a copy of 40 bytes, because it happens while a request waits.  Everything else
 * happens when somebody reads: names are looked up in the roster, causes in the health itself.
 */
#include "balance/trace.h"

#include "balance/roster.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/vitals.h"
#include "json/write.h"

#include <stdio.h>

static const char *const kind_names[] = {
    [TRACE_ROUTE] = "route",   [TRACE_OUT] = "out",       [TRACE_FIT] = "fit",
    [TRACE_PREFER] = "prefer", [TRACE_CHOSEN] = "chosen", [TRACE_ATTEMPT] = "attempt",
    [TRACE_WAIT] = "wait",     [TRACE_HEDGE] = "hedge",   [TRACE_NOBODY] = "nobody",
};

static const char *const why_names[TRACE_WHYS] = {
    [TRACE_WHY_NONE] = "none",
    [TRACE_FAMILY] = "family",
    [TRACE_STATUS] = "status",
    [TRACE_ADAPTER] = "adapter",
    [TRACE_OP] = "operation",
    [TRACE_MODEL] = "model",
    [TRACE_FORBIDDEN] = "forbidden",
    [TRACE_TRIED] = "tried",
    [TRACE_COOLDOWN] = "cooldown",
    [TRACE_BREAKER] = "breaker",
    [TRACE_PROBING] = "probing",
    [TRACE_CONCURRENCY] = "concurrency",
    [TRACE_RPM] = "rpm",
    [TRACE_TPM] = "tpm",
    [TRACE_MODEL_REST] = "model_rest",
    [TRACE_KEY_OFF] = "key_off",
    [TRACE_PROVENANCE] = "provenance",
    [TRACE_PROMOTION] = "promotion",
    [TRACE_AFFINITY] = "affinity",
    [TRACE_RENDEZVOUS] = "rendezvous",
    [TRACE_STRATEGY] = "strategy",
    [TRACE_PROBE] = "probe",
    [TRACE_DEGRADED] = "degraded",
    [TRACE_ROUTED] = "routed",
    [TRACE_LATELY] = "lately",
};

enum { KINDS = sizeof(kind_names) / sizeof(*kind_names) };

const char *trace_kind_name(uint32_t kind)
{
    return kind < KINDS && kind_names[kind] ? kind_names[kind] : "unknown";
}

const char *trace_why_name(uint32_t why)
{
    return why < TRACE_WHYS ? why_names[why] : "unknown";
}

void trace_add(struct trace *t, const struct trace_step *step)
{
    if (!t)
        return;
    uint32_t room = TRACE_STEPS;
    if (step->kind == TRACE_OUT || step->kind == TRACE_FIT)
        room -= TRACE_DEEDS;
    if (t->n >= room) {
        t->left_out++;
        return;
    }
    t->at[t->n++] = *step;
}

void trace_place(const struct roster *r, const struct trace_step *s, struct trace_place *p)
{
    *p = (struct trace_place){ 0 };
    if (s->channel >= r->channels_n)
        return;
    const struct roster_channel *c = &r->channels[s->channel];
    bool has_key = s->key < c->keys_n, has_url = s->url < c->urls_n;

    p->channel = c;
    p->id = c->conf->id;
    if (has_key)
        p->key = roster_key_id(c, s->key);
    if (has_url)
        p->url = c->conf->urls[s->url].base;
    if (has_key && has_url)
        p->vitals = c->paths[s->key * c->urls_n + s->url];
    else if (has_key)
        p->vitals = c->keys[s->key];
    else
        p->vitals = has_url ? c->urls[s->url] : c->vitals;
}

const struct trace_step *trace_begun(const struct trace *t, uint32_t at)
{
    const struct trace_step *s = &t->at[at];

    while (at--) {
        const struct trace_step *c = &t->at[at];
        if (c->kind == TRACE_CHOSEN && c->channel == s->channel && c->key == s->key &&
            c->url == s->url)
            return c;
    }
    return NULL;
}

/* ---- one line ---- */

/* "relay-a/ab12cd34ef56", and which of several base URLs: "#2". */
static size_t line_path(const struct roster *r, const struct trace_step *s, char *out,
                        size_t cap)
{
    struct trace_place p;
    char number[16] = "";

    trace_place(r, s, &p);
    if (p.channel && p.channel->urls_n > 1 && s->url < p.channel->urls_n)
        snprintf(number, sizeof(number), "#%u", s->url + 1);
    int n = snprintf(out, cap, "%.*s%s%.*s%s", STR_FMT(str_cut(p.id, 64)), p.key.n ? "/" : "",
                     STR_FMT(p.key), number);
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

static const char *line_result(const struct trace_step *s)
{
    if (s->why)
        return verdict_fault_name(s->why);
    return s->value >= 200 && s->value < 300 ? "ok" : "given up";
}

/* How it was chosen is of interest for who served; of who failed it is how soon. */
static size_t line_attempt(const struct trace_step *chosen, const struct trace_step *s,
                           char *out, size_t cap)
{
    int64_t took_ms = chosen ? (s->at_us - chosen->at_us) / 1000 : -1;
    int n = 0;

    if (s->why && s->value)
        n = snprintf(out, cap, " %d", (int)s->value);
    n += snprintf(out + n, cap - (size_t)n, " %s", line_result(s));
    if (!s->why && chosen)
        n += snprintf(out + n, cap - (size_t)n, " %s", trace_why_name(chosen->why));
    else if (took_ms >= 0)
        n += snprintf(out + n, cap - (size_t)n, " %d.%ds", (int)(took_ms / 1000),
                      (int)(took_ms / 100 % 10));
    return (size_t)n;
}

/* Whether the attempt that begins at `at` has its end in the trace. */
static bool line_has_end(const struct trace *t, uint32_t at)
{
    const struct trace_step *c = &t->at[at];

    for (uint32_t i = at + 1; i < t->n; i++) {
        const struct trace_step *s = &t->at[i];
        if (s->kind == TRACE_ATTEMPT && s->channel == c->channel && s->key == c->key &&
            s->url == c->url)
            return true;
    }
    return false;
}

/* Who finds nobody says so, and then who waits for that; and what is last was not waited for, or in vain. */
static size_t line_wait(const struct trace *t, uint32_t at, char *out, size_t cap)
{
    const struct trace_step *s = &t->at[at];
    const char *what = at + 1 == t->n ? "nobody" : "wait";

    if (at + 1 < t->n && t->at[at + 1].kind == TRACE_WAIT)
        return 0;
    if (s->value < 0)
        return (size_t)snprintf(out, cap, "%s", what);
    return (size_t)snprintf(out, cap, "%s %d.%ds", what, (int)(s->value / 1000),
                            (int)(s->value / 100 % 10));
}

/* What the line says of a step; 0: nothing. */
static size_t line_step(const struct trace *t, const struct roster *r, uint32_t at, char *out,
                        size_t cap)
{
    const struct trace_step *s = &t->at[at];
    size_t n = 0;

    switch (s->kind) {
    case TRACE_ATTEMPT:
        n = line_path(r, s, out, cap);
        return n + line_attempt(trace_begun(t, at), s, out + n, cap - n);
    case TRACE_CHOSEN:
        if (line_has_end(t, at))
            return 0;
        n = line_path(r, s, out, cap);
        return n + (size_t)snprintf(out + n, cap - n, " open %s", trace_why_name(s->why));
    case TRACE_WAIT:
        return line_wait(t, at, out, cap);
    case TRACE_HEDGE:
        return (size_t)snprintf(out, cap, "hedge %d.%ds", (int)(s->value / 1000),
                                (int)(s->value / 100 % 10));
    case TRACE_NOBODY:
        return (size_t)snprintf(out, cap, "nobody");
    default:
        return 0;
    }
}

void trace_line(const struct trace *t, const struct roster *r, struct buf *out)
{
    enum { TAIL = 16 }; /* "; +48 more" */
    size_t begin = out->n, more = 0;
    char part[160];

    for (uint32_t i = 0; t && i < t->n; i++) {
        size_t n = line_step(t, r, i, part, sizeof(part));
        if (!n)
            continue;
        if (more || out->n - begin + 2 + n > TRACE_LINE_BYTES - TAIL) {
            more++;
            continue;
        }
        if (out->n > begin)
            buf_add_z(out, "; ");
        buf_add(out, part, n);
    }
    if (more)
        buf_printf(out, "%s+%zu more", out->n > begin ? "; " : "", more);
}

/* ---- JSON ---- */

static void json_word(struct json_writer *w, const char *name, struct cp_str value)
{
    if (value.p)
        json_put_text(w, name, value);
}

static void json_cause(struct json_writer *w, const struct cooldown *c)
{
    struct cooldown_cause cause;

    cooldown_cause(c, &cause);
    json_word(w, "trouble", str_of(verdict_trouble_name(cause.trouble)));
    json_word(w, "fault", str_of(verdict_fault_name(cause.fault)));
    if (cause.status)
        json_put_number(w, "status", cause.status);
    json_word(w, "source", str_of(cooldown_source_name(cause.source)));
    if (cause.is_restored)
        json_put_bool(w, "restored", true);
}

static void json_attempt(struct json_writer *w, const struct trace_step *s)
{
    json_word(w, "result",
              str_of(s->why                              ? "failed"
                     : s->value >= 200 && s->value < 300 ? "served"
                                                         : "given_up"));
    if (s->why)
        json_word(w, "fault", str_of(verdict_fault_name(s->why)));
    if (s->value)
        json_put_number(w, "status", s->value);
    if (s->first_content_us > 0)
        json_put_number(w, "first_content_us", s->first_content_us);
}

static void json_reason(struct json_writer *w, const struct trace_step *s,
                        const struct trace_place *p, int64_t now_ms)
{
    json_word(w, "why", str_of(trace_why_name(s->why)));
    if (s->kind == TRACE_OUT && s->why == TRACE_COOLDOWN && p->vitals)
        json_cause(w, &p->vitals->cooldown);
    if (s->until_ms > now_ms)
        json_put_number(w, "for_ms", s->until_ms - now_ms);
}

static void json_rest(struct json_writer *w, const struct roster *r, const struct trace_step *s,
                      const struct trace_place *p, int64_t now_ms)
{
    if (s->kind == TRACE_ATTEMPT)
        json_attempt(w, s);
    else if (s->why)
        json_reason(w, s, p, now_ms);
    if (s->kind == TRACE_FIT)
        json_put_number(w, "score", s->value);
    else if (s->kind == TRACE_ROUTE && (uint64_t)s->value < r->conf->routes_n)
        json_word(w, "model", r->conf->routes[s->value].model);
    else if ((s->kind == TRACE_WAIT || s->kind == TRACE_HEDGE) && s->value >= 0)
        json_put_number(w, "wait_ms", s->value);
}

void trace_json_step(const struct trace_step *s, const struct roster *r, int64_t now_ms,
                     int64_t from_us, struct json_writer *w)
{
    struct trace_place p;

    trace_place(r, s, &p);
    json_open(w, '{');
    json_word(w, "step", str_of(trace_kind_name(s->kind)));
    json_word(w, "channel", p.id);
    json_word(w, "key", p.key);
    json_word(w, "url", p.url);
    json_rest(w, r, s, &p, now_ms);
    json_put_number(w, "at_us", s->at_us - from_us);
    json_close(w);
}

void trace_json(const struct trace *t, const struct roster *r, int64_t now_ms,
                struct json_writer *w)
{
    json_open(w, '[');
    for (uint32_t i = 0; t && i < t->n; i++)
        trace_json_step(&t->at[i], r, now_ms, t->at[0].at_us, w);
    if (t && t->left_out) {
        json_open(w, '{');
        json_word(w, "step", STR("left_out"));
        json_put_number(w, "steps", t->left_out);
        json_close(w);
    }
    json_close(w);
}
