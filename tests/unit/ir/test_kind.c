/* SPDX-License-Identifier: MIT */
/*
 * test_kind - the words of the tape say what the header's enums say.
 */
#include "ir/kind.h"

#include "base/str.h"

#include "../test.h"

TEST(names_there_and_back)
{
    for (int kind = 1; kind <= KIND_MOST; kind++)
        CHECK_EQ(kind_by_name(str_of(kind_name((uint32_t)kind))), kind);
    CHECK_EQ(kind_by_name(STR("TOOL")), CP_TOOL);
    CHECK_EQ(kind_by_name(STR("tool")), 0);
    CHECK_EQ(kind_by_name(STR_NONE), 0);
    CHECK_STR(str_of(kind_name(0)), "?");
    CHECK_STR(str_of(kind_name(KIND_MOST + 1)), "?");
}

TEST(subs_there_and_back)
{
    for (uint32_t kind = 1; kind <= KIND_MOST; kind++)
        for (uint32_t sub = 1; sub <= kind_sub_most(kind); sub++)
            CHECK_EQ(kind_sub_by_name(kind, str_of(kind_sub_name(kind, sub))), sub);
    CHECK(kind_sub_name(CP_MESSAGE, 0) == NULL);
    CHECK(kind_sub_name(CP_MESSAGE, 5) == NULL);
    CHECK(kind_sub_name(1000, 1) == NULL);
    CHECK_EQ(kind_sub_by_name(CP_END, STR("user")), 0);
}

TEST(subs_are_the_headers)
{
    CHECK_EQ(kind_sub_most(CP_ERROR), CP_HEADERS_TOO_LARGE);
    CHECK_EQ(kind_sub_most(CP_STOP), CP_STOP_COMPACTION);
    CHECK_EQ(kind_sub_most(CP_USAGE), CP_SEARCHES);
    CHECK_EQ(kind_sub_most(CP_MEDIA), CP_FILE);
    CHECK_EQ(kind_sub_most(CP_TOOL_CHOICE), CP_AMONG_ANY);
    CHECK_EQ(kind_sub_most(CP_START), 0);
    CHECK_STR(str_of(kind_sub_name(CP_ERROR, CP_STREAM_CUT)), "stream_cut");
    CHECK_STR(str_of(kind_sub_name(CP_ERROR, CP_RATE_LIMIT)), "rate_limit");
    CHECK_STR(str_of(kind_sub_name(CP_USAGE, CP_REASONING_TOKENS)), "reasoning");
    CHECK_STR(str_of(kind_sub_name(CP_STOP, CP_STOP_TOOL)), "tool");
    CHECK_STR(str_of(kind_sub_name(CP_MESSAGE, CP_DEVELOPER)), "developer");
}

TEST(which_texts_are_json)
{
    CHECK(kind_is_json(CP_PARAM));
    CHECK(kind_is_json(CP_TOOL));
    CHECK(!kind_is_json(CP_TEXT));
    CHECK(!kind_is_json(CP_TOOL_CALL)); /* it comes in pieces */
    CHECK(!kind_is_json(1000));
}

TEST_MAIN()
