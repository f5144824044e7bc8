/* SPDX-License-Identifier: MIT */
/*
 * vitals_pack - records of health on their way to another process, and how many are inside there.
 *
 * Cool-downs, open breakers and the like are facts (facts.h) and not told here; what a closed one has seen is.  Sums are told whole each time, so that a parcel
 * that is missed is made good by the next; who hears them adds what they have grown by.
 */
#include "state/vitals.h"

#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"

enum { INSIDE_MOST = 1 << 30 }; /* of one process: more are not to be believed */

static const char *const kind_all = "vitals", *const kind_now = "vitals-now";

static struct vitals_share share_of(struct vitals *v)
{
    return (struct vitals_share){ .inside = gate_inside(&v->gate),
                                  .served = atomic_load(&v->served),
                                  .failed = atomic_load(&v->failed) };
}

static void pack_share(struct vitals *v, struct buf *out)
{
    struct vitals_share now = share_of(v);

    parcel_number(out, "inside", now.inside);
    parcel_number(out, "served", (int64_t)now.served);
    parcel_number(out, "failed", (int64_t)now.failed);
    v->told_on = now;
}

static void pack_meter(struct meter *m, struct buf *out)
{
    uint32_t counts[METER_BUCKETS];

    for (int i = 0; i < METER_BUCKETS; i++)
        counts[i] = atomic_load(&m->counts[i]);
    parcel_number(out, "mean", (int64_t)atomic_load(&m->mean));
    parcel_number(out, "times_n", atomic_load(&m->n));
    parcel_text(out, "times", str_n((const char *)counts, sizeof(counts)));
}

static void pack_breaker(struct breaker *b, struct buf *out)
{
    struct breaker_window w;

    breaker_window(b, &w);
    parcel_number(out, "results", w.seen);
    parcel_number(out, "failures", (int64_t)w.failed);
    parcel_number(out, "opened", w.opened);
    parcel_text(out, "results_s", str_n((const char *)w.at_s, sizeof(w.at_s)));
}

static void pack_whole(struct vitals *v, struct buf *out)
{
    parcel_number(out, "row", atomic_load(&v->failed_in_a_row));
    parcel_number(out, "last_ok_ms", atomic_load(&v->last_ok_ms));
    parcel_number(out, "last_failed_ms", atomic_load(&v->last_failed_ms));
    parcel_number(out, "last_trouble", (int64_t)atomic_load(&v->last_trouble));
    parcel_number(out, "miscounts", atomic_load(&v->miscounts));
    parcel_number(out, "told", atomic_load(&v->told));
    parcel_number(out, "turn", (int64_t)atomic_load(&v->turn));
    parcel_number(out, "full_us", atomic_load(&v->gate.full_us));
    parcel_number(out, "owed_us", atomic_load(&v->gate.owed_us));
    parcel_number(out, "last_us", atomic_load(&v->gate.last_us));
    pack_meter(&v->meter, out);
    pack_breaker(&v->breaker, out);
}

static bool is_told(struct vitals *v)
{
    struct vitals_share now = share_of(v);

    return now.inside == v->told_on.inside && now.served == v->told_on.served &&
           now.failed == v->told_on.failed;
}

void vitals_pack(struct vitals_table *t, bool is_all, struct buf *out)
{
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(t, &at));) {
        if (!is_all && is_told(v))
            continue;
        size_t begin = parcel_begin(out, is_all ? kind_all : kind_now);
        parcel_text(out, "name", v->name);
        pack_share(v, out);
        if (is_all)
            pack_whole(v, out);
        parcel_end(out, begin);
    }
}

/* ---- the other side ---- */

static uint64_t sum_of(const struct parcel *p, const char *name, uint64_t preset)
{
    return (uint64_t)parcel_get_number(p, name, (int64_t)preset);
}

static void unpack_share(struct vitals *v, const struct parcel *p)
{
    int64_t inside = parcel_get_number(p, "inside", v->heard.inside);
    struct vitals_share now = { .inside = inside < 0             ? 0
                                          : inside > INSIDE_MOST ? INSIDE_MOST
                                                                 : inside,
                                .served = sum_of(p, "served", v->heard.served),
                                .failed = sum_of(p, "failed", v->heard.failed) };

    atomic_fetch_add(&v->gate.inside, now.inside - v->heard.inside);
    atomic_fetch_add(&v->served, now.served - v->heard.served);
    atomic_fetch_add(&v->failed, now.failed - v->heard.failed);
    v->heard = now;
}

static void unpack_meter(struct meter *m, const struct parcel *p)
{
    struct cp_str times = parcel_get(p, "times");
    uint32_t counts[METER_BUCKETS];

    if (times.n != sizeof(counts))
        return; /* another version's */
    memcpy(counts, times.p, sizeof(counts));
    for (int i = 0; i < METER_BUCKETS; i++)
        atomic_store(&m->counts[i], counts[i]);
    atomic_store(&m->n, (uint32_t)parcel_get_number(p, "times_n", 0));
    atomic_store(&m->mean, sum_of(p, "mean", 0));
}

static void unpack_breaker(struct breaker *b, const struct parcel *p)
{
    struct cp_str at_s = parcel_get(p, "results_s");
    struct breaker_window w = { .failed = sum_of(p, "failures", 0),
                                .seen = (uint32_t)parcel_get_number(p, "results", 0),
                                .opened = (uint32_t)parcel_get_number(p, "opened", 0) };

    if (at_s.n != sizeof(w.at_s))
        return; /* another version's */
    memcpy(w.at_s, at_s.p, sizeof(w.at_s));
    breaker_fill(b, &w);
}

static void unpack_whole(struct vitals *v, const struct parcel *p)
{
    atomic_store(&v->failed_in_a_row, (uint32_t)parcel_get_number(p, "row", 0));
    atomic_store(&v->last_ok_ms, parcel_get_number(p, "last_ok_ms", 0));
    atomic_store(&v->last_failed_ms, parcel_get_number(p, "last_failed_ms", 0));
    atomic_store(&v->last_trouble, sum_of(p, "last_trouble", 0));
    atomic_store(&v->miscounts, (uint32_t)parcel_get_number(p, "miscounts", 0));
    atomic_store(&v->told, (uint32_t)parcel_get_number(p, "told", 0));
    atomic_store(&v->turn, sum_of(p, "turn", 0));
    atomic_store(&v->gate.full_us, parcel_get_number(p, "full_us", 0));
    atomic_store(&v->gate.owed_us, parcel_get_number(p, "owed_us", 0));
    atomic_store(&v->gate.last_us, parcel_get_number(p, "last_us", 0));
    unpack_meter(&v->meter, p);
    unpack_breaker(&v->breaker, p);
}

bool vitals_unpack(struct vitals_table *t, const struct parcel *p)
{
    bool is_all = parcel_is(p, kind_all);

    if (!is_all && !parcel_is(p, kind_now))
        return false;
    struct vitals *v = vitals_table_get(t, parcel_get(p, "name"));
    unpack_share(v, p);
    if (is_all)
        unpack_whole(v, p);
    return true;
}

void vitals_lose(struct vitals_table *t)
{
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(t, &at));) {
        atomic_fetch_sub(&v->gate.inside, v->heard.inside);
        v->heard.inside = 0;
    }
}
