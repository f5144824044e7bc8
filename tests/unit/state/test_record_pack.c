/* SPDX-License-Identifier: MIT */
/*
 * test_record_pack - a record is the same on the other side, with its tries; what another version says more is passed over.
 */
#include "state/record_pack.h"

#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"
#include "test.h"

static struct cp_record made(const struct cp_try *tries, uint32_t n)
{
    struct cp_record r = { .size = sizeof(r),
                           .flags = CP_RECORD_STREAM | CP_RECORD_AT_HOME,
                           .id = STR("01ABC"),
                           .wall_ms = INT64_C(1763845020123),
                           .family = STR("messages"),
                           .why = STR(""),
                           .status = 200,
                           .attempts = n,
                           .tries_n = n,
                           .try_size = sizeof(*tries),
                           .tries = tries,
                           .queue_us = -1,
                           .total_us = 12345,
                           .cost_micro = -1,
                           .trace = STR("[1]") };
    for (int i = 1; i < 9; i++)
        r.tokens[i] = i % 2 ? i * 100 : -1;
    return r;
}

TEST(there_and_back)
{
    const struct cp_try tries[2] = { { .channel = STR("one"), .outcome = STR("connect") },
                                     { .channel = STR("two"),
                                       .key = STR("k"),
                                       .outcome = STR("ok"),
                                       .status = 200,
                                       .took_us = 77 } };
    struct cp_record r = made(tries, 2), back;
    struct cp_try room[RECORD_PACK_TRIES];
    struct parcel p;
    struct buf b;

    buf_init(&b, 65536);
    record_pack(&r, &b);
    struct cp_str rest = buf_str(&b);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(record_unpack(&p, &back, room));
    CHECK_EQ(back.flags, r.flags);
    CHECK_STR(back.id, "01ABC");
    CHECK_EQ(back.wall_ms, r.wall_ms);
    CHECK(!back.client.p && back.why.p && !back.why.n);
    CHECK_EQ(back.queue_us, -1);
    CHECK_EQ(back.total_us, 12345);
    CHECK_EQ(back.cost_micro, -1);
    for (int i = 1; i < 9; i++)
        CHECK_EQ(back.tokens[i], r.tokens[i]);
    CHECK_STR(back.trace, "[1]");
    CHECK_EQ(back.tries_n, 2);
    CHECK_STR(back.tries[0].outcome, "connect");
    CHECK(!back.tries[0].key.p);
    CHECK_EQ(back.tries[1].took_us, 77);
    buf_fini(&b);
}

TEST(too_many_tries)
{
    struct cp_try tries[RECORD_PACK_TRIES + 3] = { { .status = 1 } };
    struct cp_record r = made(tries, RECORD_PACK_TRIES + 3), back;
    struct cp_try room[RECORD_PACK_TRIES];
    struct parcel p;
    struct buf b;

    buf_init(&b, 1 << 20);
    record_pack(&r, &b);
    struct cp_str rest = buf_str(&b);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(record_unpack(&p, &back, room));
    CHECK_EQ(back.tries_n, RECORD_PACK_TRIES);
    buf_fini(&b);
}

TEST(another_version)
{
    struct cp_try room[RECORD_PACK_TRIES];
    struct cp_record back;
    struct parcel p;
    struct buf b;

    buf_init(&b, 4096);
    size_t begin = parcel_begin(&b, "record");
    parcel_text(&b, "id", STR("x"));
    parcel_text(&b, "colour", STR("blue"));
    parcel_text(&b, "status", STR("no number"));
    parcel_end(&b, begin);
    parcel_end(&b, parcel_begin(&b, "recording"));
    struct cp_str rest = buf_str(&b);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(record_unpack(&p, &back, room));
    CHECK_STR(back.id, "x");
    CHECK_EQ(back.status, 0);
    CHECK_EQ(back.tokens[1], -1);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(!record_unpack(&p, &back, room));
    buf_fini(&b);
}

TEST_MAIN()
