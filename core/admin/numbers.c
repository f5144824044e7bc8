/* SPDX-License-Identifier: MIT */
/*
 * numbers - what /metrics tells: counters and histograms that only grow, by labels that cannot grow without end.
 *
 * Labels are spelled when something is counted, behind the requests, so that a scrape only copies.  Names come from
 * clients (models) and configurations (channels): so many of each get a label of their own, the rest is "other", whatever is
 * asked for; and each counter has a limit of its own beyond that.
 */
#include "admin/numbers.h"

#include "admin/numbers_private.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS_MOST = 500, MODELS_MOST = 200, PROTOCOLS_MOST = 12, CELLS_MOST = 5000 };
enum { VALUE_BYTES = 128 };

/* In seconds: 0.05 to 600, 0.05 to 120, 0.0001 to 0.1. */
static const int64_t total_us[] = { 50000,     100000,    250000,    500000,   1000000,
                                    2500000,   5000000,   10000000,  30000000, 60000000,
                                    120000000, 300000000, 600000000, 0 };
static const int64_t first_us[] = { 50000,    100000,    250000,  500000,   1000000,
                                    2000000,  3000000,   5000000, 10000000, 20000000,
                                    60000000, 120000000, 0 };
static const int64_t overhead_us[] = { 100,   250,   500,   1000,   2500, 5000,
                                       10000, 25000, 50000, 100000, 0 };

/* ---- labels --------------------------------------------------------------- */

void labels_init(struct labels *l)
{
    l->n = 0;
}

static void labels_put(struct labels *l, const char *p, size_t n)
{
    if (n > sizeof(l->text) - l->n)
        return;
    memcpy(l->text + l->n, p, n);
    l->n += n;
}

static void labels_value(struct labels *l, struct cp_str v)
{
    while (v.n) {
        size_t n = utf8_len(v.p, v.n);
        if (!n || (unsigned char)*v.p < ' ' || *v.p == 0x7F)
            labels_put(l, "?", 1);
        else if (*v.p == '"' || *v.p == '\\')
            labels_put(l, *v.p == '"' ? "\\\"" : "\\\\", 2);
        else
            labels_put(l, v.p, n);
        v = str_from(v, n ? n : 1);
    }
}

void labels_add(struct labels *l, const char *name, struct cp_str value)
{
    value = str_cut(value, utf8_cut(value, VALUE_BYTES));
    if (l->n + strlen(name) + 2 * value.n + 4 > sizeof(l->text))
        return;
    if (l->n)
        labels_put(l, ",", 1);
    labels_put(l, name, strlen(name));
    labels_put(l, "=\"", 2);
    labels_value(l, value);
    labels_put(l, "\"", 1);
}

struct cp_str labels_str(const struct labels *l)
{
    return str_n(l->text, l->n);
}

/* The name, or "other" where there are as many as may be; absent: "none". */
static struct cp_str name_bound(struct map *names, struct cp_str name, uint32_t most)
{
    if (!name.n)
        return STR("none");
    name = str_cut(name, utf8_cut(name, VALUE_BYTES));
    if (map_get(names, name))
        return name;
    if (map_count(names) >= most)
        return STR("other");
    map_set(names, name, names);
    return name;
}

/* ---- counting ------------------------------------------------------------- */

void counters_add(struct counters *c, const struct labels *l, uint64_t n)
{
    struct cp_str name = labels_str(l);
    uint64_t *cell = map_get(c->cells, name);

    if (!cell && map_count(c->cells) >= c->most) {
        name = str_of(c->rest);
        cell = map_get(c->cells, name);
    }
    if (!cell) {
        cell = mem_new(1, sizeof(*cell));
        map_set(c->cells, name, cell);
    }
    *cell += n;
}

/* Many protocols are not: the last place is everybody's. */
struct histogram *histograms_at(struct histograms *h, const struct labels *l)
{
    for (uint32_t i = 0; i < h->n; i++)
        if (str_eq(labels_str(&h->at[i].labels), labels_str(l)))
            return &h->at[i];
    if (h->n < HISTOGRAMS)
        h->at[h->n++].labels = *l;
    return &h->at[h->n - 1];
}

static void histograms_add(struct histograms *h, const struct labels *l, int64_t us)
{
    uint32_t i = 0;

    if (us < 0)
        return;
    struct histogram *to = histograms_at(h, l);
    while (h->bounds_us[i] && us > h->bounds_us[i])
        i++;
    to->buckets[i]++;
    to->n++;
    to->sum_us += (uint64_t)us;
}

static struct cp_str code_class(int32_t status, char out[4])
{
    out[0] = status >= 100 && status < 600 ? (char)('0' + status / 100) : '0';
    out[1] = out[2] = 'x';
    return str_n(out, 3);
}

static void add_request(struct numbers *n, const struct cp_record *r, struct cp_str protocol,
                        struct cp_str channel)
{
    struct labels l;
    char class[4];

    labels_init(&l);
    labels_add(&l, "protocol", protocol);
    labels_add(&l, "channel", channel);
    labels_add(&l, "code_class", code_class(r->status, class));
    labels_add(&l, "end", r->end);
    counters_add(&n->counters[COUNT_REQUESTS], &l, 1);
    n->hedged += (r->flags & CP_RECORD_HEDGED) != 0;

    labels_init(&l);
    labels_add(&l, "protocol", protocol);
    histograms_add(&n->times[TIME_TOTAL], &l, r->total_us);
    histograms_add(&n->times[TIME_FIRST], &l, r->content_us >= 0 ? r->content_us : r->first_us);
    if (r->overhead_us)
        histograms_add(&n->times[TIME_OVERHEAD], &l, r->overhead_us);
}

static const struct cp_try *try_at(const struct cp_record *r, uint32_t i)
{
    const char *base = (const char *)r->tries;
    return (const struct cp_try *)(const void *)(base + (size_t)i * r->try_size);
}

static bool try_was_left(const struct cp_try *t)
{
    return !str_is(t->outcome, "ok") && !str_is(t->outcome, "cancelled") &&
           !str_is(t->outcome, "given_up");
}

static void add_tries(struct numbers *n, const struct cp_record *r)
{
    struct labels l;

    for (uint32_t i = 0; i < r->tries_n; i++) {
        const struct cp_try *t = try_at(r, i);
        struct cp_str channel = name_bound(n->channels, t->channel, CHANNELS_MOST);
        labels_init(&l);
        labels_add(&l, "channel", channel);
        labels_add(&l, "outcome", t->outcome);
        counters_add(&n->counters[COUNT_ATTEMPTS], &l, 1);
        if (i + 1 == r->tries_n || !try_was_left(t))
            continue;
        labels_init(&l);
        labels_add(&l, "from", channel);
        labels_add(&l, "reason", t->outcome);
        counters_add(&n->counters[COUNT_FAILOVERS], &l, 1);
    }
}

static int64_t told(const struct cp_record *r, uint32_t meter)
{
    return r->tokens[meter] > 0 ? r->tokens[meter] : 0;
}

static void add_tokens(struct numbers *n, const struct cp_record *r, struct cp_str channel)
{
    const struct {
        const char *kind;
        int64_t tokens;
    } kinds[] = {
        { "input", told(r, CP_INPUT) + told(r, CP_INPUT_TOOLS) },
        { "output", told(r, CP_OUTPUT) },
        { "reasoning", told(r, CP_REASONING_TOKENS) },
        { "cache_read", told(r, CP_CACHE_READ) },
        { "cache_write", told(r, CP_CACHE_WRITE_5M) + told(r, CP_CACHE_WRITE_1H) },
    };
    struct cp_str model = STR_NONE;
    struct labels l;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (kinds[i].tokens <= 0)
            continue;
        if (!model.p) /* only who was served gets a label */
            model = name_bound(n->models, r->model, MODELS_MOST);
        labels_init(&l);
        labels_add(&l, "channel", channel);
        labels_add(&l, "model", model);
        labels_add(&l, "kind", str_of(kinds[i].kind));
        counters_add(&n->counters[COUNT_TOKENS], &l, (uint64_t)kinds[i].tokens);
    }
    if (r->cost_micro <= 0)
        return;
    labels_init(&l);
    labels_add(&l, "channel", channel);
    counters_add(&n->counters[COUNT_COST], &l, (uint64_t)r->cost_micro);
}

static void add_conversions(struct numbers *n, const struct cp_record *r)
{
    const struct {
        const char *deed;
        uint32_t n;
    } deeds[] = { { "mapped", r->mapped },
                  { "approximated", r->approximated },
                  { "dropped", r->dropped },
                  { "repaired", r->repaired } };
    struct labels l;

    for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
        if (!deeds[i].n)
            continue;
        labels_init(&l);
        labels_add(&l, "deed", str_of(deeds[i].deed));
        counters_add(&n->counters[COUNT_CONVERSIONS], &l, deeds[i].n);
    }
}

void numbers_add(struct numbers *n, const struct cp_record *r)
{
    if (r->flags & CP_RECORD_IMPORTED)
        return; /* another program's past is not this process's */
    if (r->status == 401 && !r->client.n)
        numbers_count(n, NUMBERS_AUTH_FAILED_CLIENT);
    pthread_mutex_lock(&n->lock);
    struct cp_str channel = name_bound(n->channels, r->channel, CHANNELS_MOST);
    add_request(n, r, name_bound(n->protocols, r->family, PROTOCOLS_MOST), channel);
    add_tries(n, r);
    add_tokens(n, r, channel);
    add_conversions(n, r);
    pthread_mutex_unlock(&n->lock);
}

void numbers_count(struct numbers *n, enum numbers_event e)
{
    if (!n || e >= NUMBERS_EVENTS)
        return;
    atomic_fetch_add_explicit(&n->events[e], 1, memory_order_relaxed);
    if (e != NUMBERS_RELOADED && e != NUMBERS_RELOAD_FAILED)
        return;
    atomic_store(&n->is_reload_lost, e == NUMBERS_RELOAD_FAILED);
    if (e == NUMBERS_RELOADED)
        atomic_store(&n->reloaded_ms, clock_wall_ms());
}

_Atomic int32_t *numbers_inflight(struct numbers *n)
{
    return n->inflight;
}

/* ---- life ----------------------------------------------------------------- */

static const char *const rests[COUNTERS] = {
    [COUNT_REQUESTS] =
        "protocol=\"other\",channel=\"other\",code_class=\"other\",end=\"other\"",
    [COUNT_ATTEMPTS] = "channel=\"other\",outcome=\"other\"",
    [COUNT_TOKENS] = "channel=\"other\",model=\"other\",kind=\"other\"",
    [COUNT_COST] = "channel=\"other\"",
    [COUNT_FAILOVERS] = "from=\"other\",reason=\"other\"",
    [COUNT_CONVERSIONS] = "deed=\"other\"",
};

struct numbers *numbers_new(void)
{
    struct numbers *n = mem_new(1, sizeof(*n));

    pthread_mutex_init(&n->lock, NULL);
    n->channels = map_new();
    n->models = map_new();
    n->protocols = map_new();
    for (uint32_t i = 0; i < COUNTERS; i++)
        n->counters[i] = (struct counters){ map_new(), CELLS_MOST, rests[i] };
    n->times[TIME_TOTAL].bounds_us = total_us;
    n->times[TIME_FIRST].bounds_us = first_us;
    n->times[TIME_OVERHEAD].bounds_us = overhead_us;
    atomic_store(&n->reloaded_ms, clock_wall_ms());
    return n;
}

void numbers_free(struct numbers *n)
{
    void *cell;

    if (!n)
        return;
    for (uint32_t i = 0; i < COUNTERS; i++) {
        for (size_t at = 0; map_each(n->counters[i].cells, &at, NULL, &cell);)
            free(cell);
        map_free(n->counters[i].cells);
    }
    map_free(n->channels);
    map_free(n->models);
    map_free(n->protocols);
    pthread_mutex_destroy(&n->lock);
    free(n);
}
