/* SPDX-License-Identifier: MIT */
/*
 * test_estimate - token counts without an upstream: text, tools and pictures apart.
 */
#include "flow/estimate.h"

#include "base/arena.h"
#include "base/str.h"
#include "ir/dump.h"
#include "test.h"

static int64_t estimate_of(const char *dump)
{
    struct arena *arena = arena_new(4096, 0);
    struct cp_tape tape;
    struct err err = { 0 };

    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    if (dump_read(str_of(dump), &tape, &err))
        printf("# %s: %s\n", err.where, err.what);
    int64_t tokens = estimate_tape(&tape);
    arena_free(arena);
    return tokens;
}

#define ASKED(content)                                                                         \
    "START name=m\nMESSAGE + sub=user\n" content "\nMESSAGE - sub=user\nEND\n"

TEST(estimate_counts_text_by_script)
{
    int64_t latin = estimate_of(ASKED("TEXT * \"Hello world, this is a sentence.\""));
    int64_t chinese =
        estimate_of(ASKED("TEXT * \"\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c\""));

    CHECK(latin >= 11 && latin <= 16);
    CHECK_EQ(chinese, 8); /* a token a character, and the message's own four */
}

TEST(estimate_never_counts_base64_as_text)
{
    char dump[40960], data[32769];

    memset(data, 'A', sizeof(data) - 1);
    data[sizeof(data) - 1] = '\0';
    snprintf(dump, sizeof(dump), ASKED("MEDIA * name=image/png sub=image num=1 \"%s\""), data);
    CHECK_EQ(estimate_of(dump), 1604);
}

TEST(estimate_knows_tools)
{
    int64_t without = estimate_of(ASKED("TEXT * \"hi\""));
    int64_t with = estimate_of("START name=m \nTOOL name=f meta=d sub=function num=-1 "
                               "\"{\\\"type\\\":\\\"object\\\"}\"\nMESSAGE + sub=user\nTEXT * "
                               "\"hi\"\nMESSAGE - sub=user\nEND\n");

    CHECK(with > without + 3);
    CHECK(with < without + 12);
}

TEST_MAIN()
