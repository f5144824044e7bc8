/* SPDX-License-Identifier: MIT */
/*
 * test_guess - near words are found, far ones are not.
 */
#include "base/str.h"
#include "conf/guess.h"

#include "../test.h"

#include <stdlib.h>

static const char *guess(const char *word)
{
    static const char *const words[] = { "limits.body", "limits.head", "workers", "log.file",
                                         "id" };
    struct guess g;
    guess_init(&g, str_of(word));
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        guess_try(&g, str_of(words[i]));
    return g.best.p ? g.best.p : "-";
}

TEST(near)
{
    CHECK_STR(str_of(guess("workres")), "workers");
    CHECK_STR(str_of(guess("limits.boddy")), "limits.body");
    CHECK_STR(str_of(guess("limit.haed")), "limits.head");
    CHECK_STR(str_of(guess("workers")), "workers");
}

TEST(far)
{
    CHECK_STR(str_of(guess("")), "-");
    CHECK_STR(str_of(guess("xx")), "-");
    CHECK_STR(str_of(guess("channels")), "-");
    CHECK_STR(str_of(guess("an option with a name that is longer than any that there is")),
              "-");
}

TEST(among)
{
    char out[32];
    unsigned place;
    CHECK(guess_among(STR("mesages"), "messages|chat", out));
    CHECK_STR(str_of(out), "messages");
    CHECK(!guess_among(STR("foo"), "messages|chat", out));
    CHECK(guess_is_among(STR("chat"), "messages|chat", &place));
    CHECK_EQ(place, 1);
    CHECK(!guess_is_among(STR("cha"), "messages|chat", &place));
}

TEST_MAIN()
