/* SPDX-License-Identifier: MIT */
/*
 * test_pack - what is packed comes back, and bytes that are no items are none.
 */
#include "ir/pack.h"

#include "base/buf.h"
#include "base/str.h"

#include "test.h"

static bool is_same(const struct cp_item *a, const struct cp_item *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->index == b->index &&
           a->sub == b->sub && a->choice == b->choice && a->num == b->num &&
           str_eq(a->text, b->text) && str_eq(a->name, b->name) && str_eq(a->id, b->id) &&
           str_eq(a->meta, b->meta);
}

static const struct cp_item samples[] = {
    { CP_ITEM(STATE), .name = STR("signature"), .id = STR("claude"), .text = STR("\xff\0\1") },
    { CP_ITEM(REASONING), .flags = CP_WHOLE | CP_SEGMENT, .sub = CP_SUMMARY, .text = STR("") },
    { CP_ITEM(TOOL), .num = -1, .meta = STR("prose") },
    { CP_ITEM(USAGE), .num = INT64_MAX, .index = UINT32_MAX, .choice = 63 },
    { CP_ITEM(USAGE), .num = INT64_MIN },
    { CP_ITEM(END) },
};

TEST(what_is_packed_comes_back)
{
    struct buf out;
    struct cp_item it;
    size_t n = sizeof(samples) / sizeof(*samples);

    buf_init(&out, 4096);
    for (size_t i = 0; i < n; i++)
        pack_item(&out, &samples[i]);
    struct cp_str rest = buf_str(&out);
    for (size_t i = 0; i < n; i++)
        CHECK(pack_next(&rest, &it) && is_same(&it, &samples[i]));
    CHECK_EQ(rest.n, 0);
    CHECK(!pack_next(&rest, &it));
    buf_fini(&out);
}

TEST(what_is_torn_is_none)
{
    struct buf out;
    struct cp_item it;

    buf_init(&out, 4096);
    pack_item(&out, &samples[0]);
    for (size_t n = 0; n < out.n; n++) {
        struct cp_str rest = str_cut(buf_str(&out), n);
        CHECK(!pack_next(&rest, &it));
        CHECK_EQ(rest.n, n);
    }
    buf_fini(&out);
}

TEST(what_is_garbage_is_none)
{
    struct cp_str bad[] = { STR_NONE,
                            STR(""),
                            STR("{}"),
                            STR("\xc1\x7f\0\0\0\0\0\0\0\0\0"),
                            STR("\xc1\0\0\0\0\0\0\0\0\0\0"),
                            STR("\xc1\7\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
                            STR("\xc1\7\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f") };
    struct cp_item it;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK(!pack_next(&bad[i], &it));
}

TEST_MAIN()
