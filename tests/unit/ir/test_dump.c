/* SPDX-License-Identifier: MIT */
/*
 * test_dump - a tape as text, and the same tape out of it.
 */
#include "ir/dump.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/tape.h"

#include "../test.h"

static void dumps(struct cp_item it, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    dump_item(&out, &it);
    CHECK_STR(buf_str(&out), wanted);
    buf_fini(&out);
}

TEST(items)
{
    dumps((struct cp_item){ CP_ITEM(END) }, "END\n");
    dumps((struct cp_item){ CP_ITEM(START), .name = STR("claude-x"), .num = 1 },
          "START num=1 name=claude-x\n");
    dumps((struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN, .index = 3, .choice = 1,
                            .text = STR("a\n\"b\"") },
          "TEXT + #3 choice=1 \"a\\n\\\"b\\\"\"\n");
    dumps((struct cp_item){ CP_ITEM(TEXT), .flags = CP_CLOSE | CP_SEGMENT, .text = STR("") },
          "TEXT -| \"\"\n");
    dumps(
        (struct cp_item){ CP_ITEM(TOOL), .sub = CP_TOOL_FUNCTION, .name = STR("get time"),
                          .meta = STR("Tells the time."),
                          .text = STR("{\"type\": \"object\"}") },
        "TOOL sub=function name=\"get time\" meta=\"Tells the time.\" = {\"type\": \"object\"}\n");
    dumps((struct cp_item){ CP_ITEM(PARAM), .name = STR("effort"), .text = STR("\"high\"") },
          "PARAM name=effort = \"high\"\n");
    dumps((struct cp_item){ CP_ITEM(NATIVE), .text = STR("{\n}") }, "NATIVE \"{\\n}\"\n");
    dumps((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = 77 },
          "MESSAGE + sub=77\n");
    dumps((struct cp_item){ CP_ITEM(USAGE), .sub = CP_CACHE_READ, .num = 12 },
          "USAGE sub=cache_read num=12\n");
}

/* Reading a dump gives items whose dump is the same. */
static void there_and_back(int phase, const char *text)
{
    struct cp_tape tape;
    struct buf out;
    struct err err = { 0 };
    struct arena *arena = arena_new(4096, 0);
    tape_init(&tape, arena, phase, CP_WANT_ALL, STR_NONE);
    if (!CHECK_EQ(dump_read(str_of(text), &tape, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    buf_init(&out, 1 << 20);
    dump_write(&out, &tape);
    CHECK_STR(buf_str(&out), text);
    buf_fini(&out);
    arena_free(arena);
}

TEST(back)
{
    there_and_back(CP_REQUEST,
                   "START num=1 name=claude-x id=a:b/c.d\n"
                   "PARAM name=max_output = 1024\nPARAM name=stop = [\"x y\"]\n"
                   "SYSTEM sub=developer \"be = terse\"\nCACHE_MARK num=3600\n"
                   "TOOL sub=custom num=-1 name=f id=custom meta=\"it's \\\"x\\\" = y\" = {}\n"
                   "MESSAGE + sub=user name=\"Jo Doe\"\nTEXT * \"\\u0000\\u0001\xC3\xA9 #+\"\n"
                   "MEDIA * sub=image num=2 name=image/png \"https://x.example/a.png\"\n"
                   "TOOL_RESULT + num=1 id=t1\nTEXT * \"\"\nTOOL_RESULT -\nMESSAGE -\nEND\n");
    there_and_back(CP_RESPONSE, "START num=1700000000 id=msg_1\nMESSAGE + sub=assistant\n"
                                "REASONING + sub=summary \"a\"\nREASONING | \"b\"\n"
                                "STATE name=signature id=claude \"EqQB+/==\"\nREASONING -\n"
                                "MESSAGE -\nSTOP sub=tool name=tool_use\nEND\n");
    there_and_back(CP_FAILURE, "ERROR sub=rate_limit num=429 name=x id=\"\" \"slow\"\n");
}

static void refuses(const char *text, const char *where)
{
    struct cp_tape tape;
    struct err err = { 0 };
    struct arena *arena = arena_new(4096, 0);
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK(dump_read(str_of(text), &tape, &err) < 0);
    CHECK_STR(str_of(err.where), where);
    arena_free(arena);
}

TEST(bad_dumps_are_refused)
{
    refuses("NOTHING\n", "line 1");
    refuses("# a comment\n\nSTART\nSTART\n", "line 4");
    refuses("START name=a b\n", "line 1");
    refuses("START name=\"a\n", "line 1");
    refuses("START name=\"a\"x\n", "line 1");
    refuses("START num=\n", "line 1");
    refuses("START num=99999999999999999999\n", "line 1");
    refuses("START #-1\n", "line 1");
    refuses("MESSAGE + sub=nobody\n", "line 1");
    refuses("TEXT ?\n", "line 1");
    refuses("SYSTEM \"a\\qb\"\n", "line 1");
}

TEST(comments_and_carriage_returns)
{
    struct cp_tape tape;
    struct err err;
    struct arena *arena = arena_new(4096, 0);
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(dump_read(STR("# made by hand\r\n\r\nSTART   name=m  \r\nEND"), &tape, &err), 0);
    CHECK_EQ(tape.n, 2);
    CHECK_STR(tape_item(&tape, 0)->name, "m");
    arena_free(arena);
}

TEST_MAIN()
