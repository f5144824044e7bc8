/* SPDX-License-Identifier: MIT */
/*
 * numbers_pack - what was counted, on its way to the process that takes this one's place.
 *
 * So a counter never falls over an upgrade.  Counters go by names of their own, not by places in a table, which another
 * version may have changed; histograms whose bounds are others are left, and begin anew.
 */
#include "admin/numbers_private.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/parcel.h"
#include "base/str.h"

#include <string.h>

static const char *const counter_names[COUNTERS] = {
    [COUNT_REQUESTS] = "requests", [COUNT_ATTEMPTS] = "attempts",
    [COUNT_TOKENS] = "tokens",     [COUNT_COST] = "cost",
    [COUNT_FAILOVERS] = "moves",   [COUNT_CONVERSIONS] = "conversions",
};
static const char *const time_names[TIMES] = {
    [TIME_TOTAL] = "total", [TIME_FIRST] = "first", [TIME_OVERHEAD] = "overhead"
};
static const char *const event_names[NUMBERS_EVENTS] = {
    [NUMBERS_AUTH_FAILED_CLIENT] = "auth_client",
    [NUMBERS_AUTH_FAILED_ADMIN] = "auth_admin",
    [NUMBERS_SAVED] = "saved",
    [NUMBERS_SAVE_FAILED] = "save_failed",
    [NUMBERS_RELOADED] = "reloaded",
    [NUMBERS_RELOAD_FAILED] = "reload_failed",
};

static int place_of(const char *const *names, int n, struct cp_str name)
{
    for (int i = 0; i < n; i++)
        if (str_is(name, names[i]))
            return i;
    return -1;
}

/* ---- out ---- */

static void pack_names(struct map *names, const char *of, struct buf *out)
{
    struct cp_str name;

    for (size_t at = 0; map_each(names, &at, &name, NULL);) {
        size_t begin = parcel_begin(out, "number-name");
        parcel_text(out, "of", str_of(of));
        parcel_text(out, "name", name);
        parcel_end(out, begin);
    }
}

static void pack_counter(const struct counters *c, const char *of, struct buf *out)
{
    struct cp_str labels;
    void *cell;

    for (size_t at = 0; map_each(c->cells, &at, &labels, &cell);) {
        size_t begin = parcel_begin(out, "number");
        parcel_text(out, "of", str_of(of));
        parcel_text(out, "labels", labels);
        parcel_number(out, "n", (int64_t) * (uint64_t *)cell);
        parcel_end(out, begin);
    }
}

static size_t bounds_bytes(const struct histograms *h)
{
    size_t n = 0;

    while (h->bounds_us[n])
        n++;
    return n * sizeof(*h->bounds_us);
}

static void pack_times(const struct histograms *h, const char *of, struct buf *out)
{
    for (uint32_t i = 0; i < h->n; i++) {
        const struct histogram *one = &h->at[i];
        size_t begin = parcel_begin(out, "number-times");
        parcel_text(out, "of", str_of(of));
        parcel_text(out, "labels", labels_str(&one->labels));
        parcel_number(out, "n", (int64_t)one->n);
        parcel_number(out, "sum_us", (int64_t)one->sum_us);
        parcel_text(out, "bounds", str_n((const char *)h->bounds_us, bounds_bytes(h)));
        parcel_text(out, "buckets", str_n((const char *)one->buckets, sizeof(one->buckets)));
        parcel_end(out, begin);
    }
}

void numbers_pack(struct numbers *n, struct buf *out)
{
    pthread_mutex_lock(&n->lock);
    pack_names(n->channels, "channels", out);
    pack_names(n->models, "models", out);
    pack_names(n->protocols, "protocols", out);
    for (int i = 0; i < COUNTERS; i++)
        pack_counter(&n->counters[i], counter_names[i], out);
    for (int i = 0; i < TIMES; i++)
        pack_times(&n->times[i], time_names[i], out);
    size_t begin = parcel_begin(out, "number-events");
    parcel_number(out, "hedged", (int64_t)n->hedged);
    for (int i = 0; i < NUMBERS_EVENTS; i++)
        parcel_number(out, event_names[i], (int64_t)atomic_load(&n->events[i]));
    parcel_end(out, begin);
    pthread_mutex_unlock(&n->lock);
}

/* ---- in; with the lock ---- */

static void unpack_name(struct numbers *n, const struct parcel *p)
{
    struct cp_str of = parcel_get(p, "of"), name = parcel_get(p, "name");
    struct map *names = str_is(of, "channels") ? n->channels
                        : str_is(of, "models") ? n->models
                                               : n->protocols;

    if (name.n)
        map_set(names, name, names);
}

static bool take_labels(const struct parcel *p, struct labels *l)
{
    struct cp_str text = parcel_get(p, "labels");

    if (!text.p || text.n > sizeof(l->text))
        return false;
    memcpy(l->text, text.p, text.n);
    l->n = text.n;
    return true;
}

static void unpack_counter(struct numbers *n, const struct parcel *p)
{
    int i = place_of(counter_names, COUNTERS, parcel_get(p, "of"));
    struct labels l;

    if (i >= 0 && take_labels(p, &l))
        counters_add(&n->counters[i], &l, (uint64_t)parcel_get_number(p, "n", 0));
}

static void unpack_times(struct numbers *n, const struct parcel *p)
{
    int i = place_of(time_names, TIMES, parcel_get(p, "of"));
    struct cp_str bounds = parcel_get(p, "bounds"), buckets = parcel_get(p, "buckets");
    uint64_t counts[HISTOGRAM_BOUNDS + 1];
    struct labels l;

    if (i < 0 || buckets.n != sizeof(counts) || !take_labels(p, &l) ||
        !str_eq(bounds, str_n((const char *)n->times[i].bounds_us, bounds_bytes(&n->times[i]))))
        return;
    memcpy(counts, buckets.p, sizeof(counts));
    struct histogram *h = histograms_at(&n->times[i], &l);
    for (int b = 0; b <= HISTOGRAM_BOUNDS; b++)
        h->buckets[b] += counts[b];
    h->n += (uint64_t)parcel_get_number(p, "n", 0);
    h->sum_us += (uint64_t)parcel_get_number(p, "sum_us", 0);
}

static void unpack_events(struct numbers *n, const struct parcel *p)
{
    n->hedged += (uint64_t)parcel_get_number(p, "hedged", 0);
    for (int i = 0; i < NUMBERS_EVENTS; i++)
        atomic_fetch_add(&n->events[i], (uint64_t)parcel_get_number(p, event_names[i], 0));
}

bool numbers_unpack(struct numbers *n, const struct parcel *p)
{
    if (!str_begins(p->kind, "number"))
        return false;
    pthread_mutex_lock(&n->lock);
    if (parcel_is(p, "number-name"))
        unpack_name(n, p);
    else if (parcel_is(p, "number"))
        unpack_counter(n, p);
    else if (parcel_is(p, "number-times"))
        unpack_times(n, p);
    else if (parcel_is(p, "number-events"))
        unpack_events(n, p);
    pthread_mutex_unlock(&n->lock);
    return true;
}
