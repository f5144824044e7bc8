/* SPDX-License-Identifier: MIT */
/*
 * fuzz_handed - any bytes as what another process hands over: whatever its version makes of the words, all tables stand it.
 */
#include "admin/gatehouse.h"
#include "admin/numbers.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/parcel.h"
#include "base/str.h"
#include "flow/pass.h"
#include "state/affinity.h"
#include "state/facts.h"
#include "state/marks.h"
#include "state/purse.h"
#include "state/store.h"
#include "state/vitals.h"

#include <stdlib.h>

enum { NOW_MS = 1000000, ROOM_BYTES = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tables {
    struct vitals_table *vitals;
    struct marks *marks;
    struct affinity_table *homes;
    struct purse_table *purses;
    struct store *kept;
    struct numbers *numbers;
    struct gatehouse *gatehouse;
    struct pass_mint *passes;
};

static void take(const struct tables *t, const struct parcel *p)
{
    const struct facts facts = { t->vitals, t->marks };

    if (parcel_is(p, "home"))
        affinity_unpack(t->homes, p, NOW_MS);
    else if (parcel_is(p, "kept"))
        store_unpack(t->kept, p, NOW_MS);
    else if (!purse_hear(t->purses, PURSE_BEFORE, p) && !vitals_unpack(t->vitals, p) &&
             !facts_unpack(&facts, p, NOW_MS, clock_wall_ms()) &&
             !numbers_unpack(t->numbers, p) && !gatehouse_unpack(t->gatehouse, p))
        (void)pass_mint_unpack(t->passes, p);
}

/* And on to a third one. */
static void give(const struct tables *t)
{
    const struct facts facts = { t->vitals, t->marks };
    struct map *known = map_new();
    struct buf out;

    buf_init(&out, ROOM_BYTES);
    vitals_pack(t->vitals, true, &out);
    facts_pack(&facts, known, NOW_MS, clock_wall_ms(), &out);
    affinity_pack(t->homes, "home", NOW_MS, &out);
    t->kept->ops->pack(t->kept, "kept", &out);
    numbers_pack(t->numbers, &out);
    gatehouse_pack(t->gatehouse, &out);
    pass_mint_pack(t->passes, &out);
    buf_fini(&out);
    map_free(known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct store_limits limits = { 60000, 1 << 20, 100 };
    struct cp_str rest = str_n((const char *)data, size);
    struct parcel p;

    clock_set(NOW_MS, INT64_C(1795406400000));
    struct tables t = { vitals_table_new(),        marks_new(),
                        affinity_new(100, 60000),  purse_table_new(),
                        store_memory_new(&limits), numbers_new(),
                        gatehouse_new(),           pass_mint_new() };
    while (parcel_next(&rest, &p) == 1)
        take(&t, &p);
    give(&t);
    purse_lose(t.purses, PURSE_BEFORE);
    vitals_lose(t.vitals);
    pass_mint_free(t.passes);
    gatehouse_free(t.gatehouse);
    numbers_free(t.numbers);
    t.kept->ops->free(t.kept);
    purse_table_free(t.purses);
    affinity_free(t.homes);
    marks_free(t.marks);
    vitals_table_free(t.vitals);
    return 0;
}
