/* SPDX-License-Identifier: MIT */
#include "loop/pieces.h"

#include "base/err.h"
#include "base/str.h"
#include "test.h"

TEST(pieces_read_as_one)
{
    const struct cp_str at[] = {
        STR(""), STR("abc"), STR_NONE, STR("d"), STR("efgh"), STR("")
    };
    for (size_t room = 1; room <= 10; room++) {
        struct pieces b;
        char all[32];
        size_t n = 0, got;
        pieces_init(&b, at, 6);
        CHECK_EQ(b.total, 8);
        while ((got = pieces_read(&b, all + n, room)) > 0)
            n += got;
        CHECK_STR(str_n(all, n), "abcdefgh");
    }
}

TEST(pieces_seek_anywhere)
{
    const struct cp_str at[] = { STR("abc"), STR(""), STR("d"), STR("efgh") };
    const char wanted[] = "abcdefgh";
    struct pieces b;
    char out[16];
    pieces_init(&b, at, 4);
    for (uint64_t from = 0; from <= 8; from++) {
        CHECK_EQ(pieces_seek(&b, from), 0);
        CHECK_STR(str_n(out, pieces_read(&b, out, sizeof out)), wanted + from);
    }
    CHECK_EQ(pieces_seek(&b, 9), E_LIMIT);
    pieces_init(&b, NULL, 0);
    CHECK_EQ(pieces_read(&b, out, sizeof out), 0);
    CHECK_EQ(pieces_seek(&b, 0), 0);
}

TEST_MAIN()
