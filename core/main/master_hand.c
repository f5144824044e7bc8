/* SPDX-License-Identifier: MIT */
/*
 * master_hand - what is handed from one process to the next: told once whole, and then as it changes.
 *
 * Everything goes by one stream, in order.  A table that is told of changes is opened to them before it is told whole, or under
 * its own lock, so that nothing falls between the two; what is told twice does no harm (purses, where it would, are told under
 * their locks).
 */
#include "main/master_private.h"

#include "admin/gatehouse.h"
#include "admin/numbers.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/parcel.h"
#include "flow/line.h"
#include "flow/pass.h"
#include "main/cord.h"
#include "state/affinity.h"
#include "state/diary.h"
#include "state/facts.h"
#include "state/news.h"
#include "state/purse.h"
#include "state/record_pack.h"
#include "state/store.h"
#include "state/vitals.h"

static const char *const homes_kind = "home", *const seals_kind = "seal",
                         *const kept_kind = "kept", *const recalled_kind = "recalled";

/* ---- out ---- */

static void hand_gauge(const struct server_gauge *g, struct buf *out)
{
    size_t begin = parcel_begin(out, "gauge");

    parcel_number(out, "accepted", (int64_t)atomic_load(&g->accepted));
    parcel_number(out, "over_limit", (int64_t)atomic_load(&g->over_limit));
    parcel_number(out, "out_of_fds", (int64_t)atomic_load(&g->out_of_fds));
    parcel_end(out, begin);
}

static void hand_news(const struct news *news, struct buf *out)
{
    size_t begin = parcel_begin(out, "news");

    parcel_number(out, "last", (int64_t)news_last(news));
    parcel_end(out, begin);
}

static void hand_facts(struct master *m, struct buf *out)
{
    const struct facts facts = { m->health.vitals, m->health.marks };
    int64_t now_ms = clock_ms();

    facts_pack(&facts, m->heir.known, now_ms, now_ms + m->heir.ahead_ms, out);
}

void master_hand_on(struct master *m, struct tap *tap)
{
    affinity_tell(m->health.affinity, tap, homes_kind);
    affinity_tell(m->health.seals, tap, seals_kind);
    m->kept->ops->tell(m->kept, tap, kept_kind);
    m->recalled->ops->tell(m->recalled, tap, recalled_kind);
    purse_tell(m->health.purses, PURSE_AFTER, tap, true);
}

void master_hand_all(struct master *m, struct buf *out)
{
    vitals_pack(m->health.vitals, true, out);
    hand_facts(m, out);
    affinity_pack(m->health.affinity, homes_kind, clock_ms(), out);
    affinity_pack(m->health.seals, seals_kind, clock_ms(), out);
    m->kept->ops->pack(m->kept, kept_kind, out);
    m->recalled->ops->pack(m->recalled, recalled_kind, out);
    numbers_pack(m->office.numbers, out);
    gatehouse_pack(m->office.gatehouse, out);
    pass_mint_pack(m->office.passes, out);
    hand_gauge(&m->gauge, out);
    hand_news(m->office.news, out);
}

void master_hand_more(struct master *m, struct buf *out)
{
    struct link entries;

    list_init(&entries);
    (void)diary_take(m->office.diary, &entries, 0); /* the list says how many */
    while (!list_empty(&entries)) {
        struct diary_entry *e = LIST_ENTRY(entries.next, struct diary_entry, link);
        list_remove(&e->link);
        record_pack(&e->record, out);
        diary_entry_free(e);
    }
    vitals_pack(m->health.vitals, false, out);
    hand_facts(m, out);
}

/* ---- in ---- */

static bool take_gauge(struct server_gauge *g, const struct parcel *p)
{
    if (!parcel_is(p, "gauge"))
        return false;
    atomic_fetch_add(&g->accepted, (uint64_t)parcel_get_number(p, "accepted", 0));
    atomic_fetch_add(&g->over_limit, (uint64_t)parcel_get_number(p, "over_limit", 0));
    atomic_fetch_add(&g->out_of_fds, (uint64_t)parcel_get_number(p, "out_of_fds", 0));
    return true;
}

static bool take_news(struct news *news, const struct parcel *p)
{
    int64_t last = parcel_get_number(p, "last", 0);

    if (!parcel_is(p, "news"))
        return false;
    if (last > 0)
        news_follow_on(news, (uint64_t)last);
    return true;
}

static bool take_record(struct master *m, const struct parcel *p)
{
    struct cp_try tries[RECORD_PACK_TRIES];
    struct cp_record record;

    if (!record_unpack(p, &record, tries))
        return false;
    (void)diary_add(m->office.diary, &record); /* it counts what it loses */
    return true;
}

static bool take_kept(struct master *m, const struct parcel *p)
{
    int64_t now_ms = clock_ms();

    if (parcel_is(p, homes_kind))
        affinity_unpack(m->health.affinity, p, now_ms);
    else if (parcel_is(p, seals_kind))
        affinity_unpack(m->health.seals, p, now_ms);
    else if (parcel_is(p, kept_kind))
        store_unpack(m->kept, p, now_ms);
    else if (parcel_is(p, recalled_kind))
        store_unpack(m->recalled, p, now_ms);
    else
        return false;
    return true;
}

bool master_hand_take(struct master *m, const struct parcel *p)
{
    const struct facts facts = { m->health.vitals, m->health.marks };

    if (take_kept(m, p) || take_record(m, p) || purse_hear(m->health.purses, PURSE_BEFORE, p))
        return true;
    if (vitals_unpack(m->health.vitals, p)) {
        line_hall_wake(m->hall); /* who left there may have made room here */
        return true;
    }
    return facts_unpack(&facts, p, clock_ms(), clock_wall_ms()) ||
           numbers_unpack(m->office.numbers, p) || gatehouse_unpack(m->office.gatehouse, p) ||
           pass_mint_unpack(m->office.passes, p) || take_gauge(&m->gauge, p) ||
           take_news(m->office.news, p);
}
