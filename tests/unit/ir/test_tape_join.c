/* SPDX-License-Identifier: MIT */
/*
 * test_tape_join - however it was cut, it reads the same.
 */
#include "ir/tape.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/dump.h"

#include "../test.h"

static void joins(const char *text, const char *wanted)
{
    struct cp_tape from, to;
    struct buf out;
    struct err err = { 0 };
    struct arena *arena = arena_new(4096, 0);
    tape_init(&from, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_init(&to, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    if (!CHECK_EQ(dump_read(str_of(text), &from, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    if (!CHECK_EQ(tape_join(&from, &to), 0))
        printf("#     %s: %s\n", to.err.where, to.err.what);
    buf_init(&out, 1 << 20);
    dump_write(&out, &to);
    CHECK_STR(buf_str(&out), wanted);
    buf_fini(&out);
    arena_free(arena);
}

#define OPEN  "START\nMESSAGE + sub=assistant\n"
#define CLOSE "MESSAGE -\nSTOP sub=turn\n"

TEST(pieces)
{
    joins(OPEN "TEXT + \"Hel\"\nTEXT \"lo\"\nTEXT - \"!\"\n" CLOSE "END\n",
          OPEN "TEXT * \"Hello!\"\n" CLOSE "END\n");
    joins(OPEN "TEXT * \"Hello\"\n" CLOSE "END\n", OPEN "TEXT * \"Hello\"\n" CLOSE "END\n");
    joins(OPEN "TEXT +\nTEXT -\n" CLOSE "END\n", OPEN "TEXT *\n" CLOSE "END\n");
    joins(OPEN "TEXT * \"\"\n" CLOSE "END\n", OPEN "TEXT *\n" CLOSE "END\n");
}

TEST(overlapping_blocks_are_moved_together)
{
    joins(OPEN "TOOL_CALL + #3 sub=function name=f id=a \"{\"\n"
               "TOOL_CALL + #4 sub=function name=g id=b \"[\"\nTOOL_CALL #3 \"}\"\n"
               "TOOL_CALL - #4 \"]\"\nTOOL_CALL - #3\n" CLOSE "END\n",
          OPEN "TOOL_CALL * sub=function name=f id=a \"{}\"\n"
               "TOOL_CALL * sub=function name=g id=b \"[]\"\n" CLOSE "END\n");
}

TEST(what_is_attached_comes_after_the_text)
{
    joins(OPEN "TEXT + \"a\"\nCITE name=url = {}\nTEXT \"b\"\n"
               "CITE name=url = [1]\nTEXT -\n" CLOSE "END\n",
          OPEN "TEXT + \"ab\"\nCITE name=url = {}\nCITE name=url = [1]\nTEXT -\n" CLOSE
               "END\n");
    joins(OPEN "REASONING + \"a\"\nSTATE name=signature id=claude \"xyz\"\nREASONING -\n" CLOSE
               "END\n",
          OPEN "REASONING + \"a\"\nSTATE name=signature id=claude \"xyz\"\nREASONING -\n" CLOSE
               "END\n");
}

TEST(segments_stay_apart)
{
    joins(OPEN "REASONING + sub=summary \"a\"\nREASONING \"b\"\nREASONING | \"c\"\n"
               "REASONING \"d\"\nREASONING -\n" CLOSE "END\n",
          OPEN "REASONING + sub=summary \"ab\"\nREASONING -| sub=summary \"cd\"\n" CLOSE
               "END\n");
}

TEST(later_pieces_may_tell_more)
{
    joins(OPEN "SERVER_CALL + name=web_search id=s meta=running \"{\"\n"
               "SERVER_CALL - meta=completed \"}\"\n" CLOSE "END\n",
          OPEN "SERVER_CALL * name=web_search id=s meta=completed \"{}\"\n" CLOSE "END\n");
}

TEST(usage_is_the_last_word_of_each_meter)
{
    joins("START\nUSAGE sub=output num=1\nUSAGE sub=input num=9\nMESSAGE + sub=assistant\n"
          "USAGE sub=output num=5\n" CLOSE "END\n",
          OPEN CLOSE "USAGE sub=input num=9\nUSAGE sub=output num=5\nEND\n");
}

TEST(a_broken_stream_stays_broken)
{
    joins(OPEN "TEXT + #2 \"a\"\nTOOL_CALL + #7 sub=function name=f \"{\"\nTEXT #2 \"b\"\n"
               "USAGE sub=output num=5\nERROR sub=stream_cut \"gone\"\n",
          OPEN "TEXT + #1 \"ab\"\nTOOL_CALL + #2 sub=function name=f \"{\"\n"
               "USAGE sub=output num=5\nERROR sub=stream_cut \"gone\"\n");
    joins(OPEN "TEXT + \"a\"\n", OPEN "TEXT + #1 \"a\"\n");
}

TEST(choices)
{
    joins("START\nMESSAGE + sub=assistant\nMESSAGE + choice=1 sub=assistant\nTEXT + \"a\"\n"
          "TEXT + choice=1 \"x\"\nTEXT - \"b\"\nTEXT - choice=1 \"y\"\nMESSAGE -\n"
          "STOP sub=turn\nMESSAGE - choice=1\nSTOP choice=1 sub=turn\nEND\n",
          "START\nMESSAGE + sub=assistant\nMESSAGE + choice=1 sub=assistant\nTEXT * \"ab\"\n"
          "TEXT * choice=1 \"xy\"\nMESSAGE -\nSTOP sub=turn\nMESSAGE - choice=1\n"
          "STOP choice=1 sub=turn\nEND\n");
}

TEST_MAIN()
