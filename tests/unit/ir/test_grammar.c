/* SPDX-License-Identifier: MIT */
/*
 * test_grammar - tapes that may be, and tapes that may not, with the reason.
 */
#include "ir/grammar.h"

#include "base/arena.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/tape.h"

#include "../test.h"

/* NULL: the text is a good tape; else why it is none. */
static const char *why_not(int phase, const char *text)
{
    static struct err err;
    struct cp_tape tape;
    struct arena *arena = arena_new(4096, 0);
    tape_init(&tape, arena, phase, CP_WANT_ALL, STR_NONE);
    int rc = dump_read(str_of(text), &tape, &err);
    if (!rc) {
        rc = tape_finish(&tape);
        err = tape.err;
    }
    arena_free(arena);
    return rc ? err.what : NULL;
}

static void good(int phase, const char *text)
{
    const char *why = why_not(phase, text);
    if (!CHECK(why == NULL))
        printf("#     %s: %s\n", why, text);
}

static void bad(int phase, const char *text, const char *reason)
{
    const char *why = why_not(phase, text);
    if (!CHECK(why && strstr(why, reason)))
        printf("#     \"%s\", not \"%s\": %s\n", why ? why : "(good)", reason, text);
}

#define REQ(body) "START\n" body "END\n"
#define MSG(body) REQ("MESSAGE + sub=user\n" body "MESSAGE -\n")
#define ANS(body) REQ("MESSAGE + sub=assistant\n" body "MESSAGE -\nSTOP sub=turn\n")

TEST(requests)
{
    good(CP_REQUEST, REQ(""));
    good(CP_REQUEST, "END\n");
    good(CP_REQUEST, MSG("TEXT * \"hi\"\n"));
    good(CP_REQUEST, "MESSAGE + sub=user\nMESSAGE -\nTOOL sub=function name=f\nSTART\nEND\n");
    good(CP_REQUEST, REQ("PARAM name=n = 1\nSYSTEM \"be terse\"\nTOOL_CHOICE sub=auto\n"));
    bad(CP_REQUEST, "PARAM name=n = 1\nEND\n", "no START");
    bad(CP_REQUEST, "START\n", "no END");
    bad(CP_REQUEST, "START\nSTART\n", "START comes once");
    bad(CP_REQUEST, REQ("") "AUX\n", "nothing may follow");
    bad(CP_REQUEST, REQ("STOP sub=turn\n"), "no place in this phase");
    bad(CP_REQUEST, REQ("USAGE sub=input\n"), "no place in this phase");
    bad(CP_REQUEST, REQ("ERROR sub=server\n"), "no place in this phase");
    bad(CP_REQUEST, MSG("PARAM name=n = 1\n"), "a message is still open");
    bad(CP_REQUEST, REQ("TEXT *\n"), "may not stand here");
    bad(CP_REQUEST, REQ("MESSAGE + choice=1 sub=user\n"), "choice is out of range");
}

TEST(responses)
{
    good(CP_RESPONSE, ANS("TEXT * \"hi\"\n"));
    good(CP_RESPONSE, REQ("MODEL id=a\nMODEL id=b\n"));
    good(CP_RESPONSE, "MODEL id=a\nEND\n");
    good(CP_RESPONSE, "USAGE sub=input num=3\nEND\n");
    good(CP_RESPONSE, "AUX name=ping\nSTART\nUSAGE sub=input num=3\nEND\n");
    good(CP_RESPONSE, "START\nMESSAGE + sub=assistant\nTEXT + \"h\"\nERROR sub=stream_cut\n");
    good(CP_RESPONSE, "ERROR sub=server\n");
    bad(CP_RESPONSE, "USAGE sub=input\nSTART\n", "START comes first");
    bad(CP_RESPONSE, "MESSAGE + sub=assistant\n", "START must come first");
    bad(CP_RESPONSE, "STOP sub=turn\n", "START must come first");
    bad(CP_RESPONSE, MSG(""), "the assistant's");
    bad(CP_RESPONSE, REQ("MESSAGE + sub=assistant\nMESSAGE -\n"), "no STOP");
    bad(CP_RESPONSE, "START\nMESSAGE + sub=assistant\nSTOP sub=turn\n", "still open");
}

TEST(choices)
{
    good(CP_RESPONSE,
         REQ("MESSAGE + sub=assistant\nMESSAGE + choice=1 sub=assistant\n"
             "TEXT + \"a\"\nTEXT + choice=1 \"b\"\nTEXT - \nTEXT - choice=1\n"
             "MESSAGE -\nSTOP sub=turn\nMESSAGE - choice=1\nSTOP choice=1 sub=length\n"));
    bad(CP_RESPONSE, REQ("MESSAGE + sub=assistant\nMESSAGE -\nSTOP sub=turn\nSTOP sub=turn\n"),
        "has stopped");
    bad(CP_RESPONSE,
        REQ("MESSAGE + sub=assistant\nMESSAGE -\nSTOP sub=turn\nMESSAGE + sub=assistant\n"),
        "has stopped");
    bad(CP_RESPONSE, REQ("MESSAGE + choice=64 sub=assistant\n"), "choice is out of range");
    bad(CP_RESPONSE, REQ("STOP choice=4000000000 sub=turn\n"), "choice is out of range");
    bad(CP_RESPONSE, REQ("MESSAGE + sub=assistant\nTEXT * choice=1 \"b\"\n"),
        "may not stand here");
}

TEST(failures)
{
    good(CP_FAILURE, "ERROR sub=rate_limit num=429 \"slow down\"\n");
    good(CP_FAILURE, "NATIVE = {}\nERROR sub=server\n");
    bad(CP_FAILURE, "", "no ERROR");
    bad(CP_FAILURE, "START\n", "no place in this phase");
    bad(CP_FAILURE, "ERROR sub=server\nERROR sub=server\n", "nothing may follow");
    bad(CP_FAILURE, "ERROR\n", "sub must be said");
    bad(CP_FAILURE, "ERROR sub=server num=1000\n", "HTTP status");
}

TEST(blocks_are_told_apart_by_index)
{
    good(CP_RESPONSE, ANS("TEXT + \"a\"\nTEXT + #1 \"b\"\nTEXT \"c\"\nTEXT - #1\nTEXT -\n"));
    good(CP_RESPONSE, ANS("REASONING + sub=summary \"a\"\nREASONING | \"b\"\nREASONING -\n"));
    bad(CP_RESPONSE, ANS("TEXT + \"a\"\nTEXT + \"b\"\n"), "with this index is open");
    bad(CP_RESPONSE, ANS("TEXT \"a\"\n"), "no block with this index");
    bad(CP_RESPONSE, ANS("TEXT -\n"), "no block with this index");
    bad(CP_RESPONSE, ANS("TEXT + \"a\"\nREASONING \"b\"\n"), "of another kind");
    bad(CP_RESPONSE, ANS("TEXT + \"a\"\n"), "still open");
    bad(CP_RESPONSE, ANS("TOOL_CALL + sub=function name=f\nTOOL_CALL -| \"b\"\n"),
        "no segments");
}

TEST(state_and_cite_need_their_block)
{
    good(CP_REQUEST, MSG("REASONING +\nSTATE name=signature id=claude \"x\"\nREASONING -\n"));
    good(CP_REQUEST, MSG("TEXT + \"a\"\nCITE name=url = {}\nTEXT -\n"));
    good(CP_REQUEST,
         REQ("COMPACTION +\nSTATE name=encrypted id=responses \"x\"\nCOMPACTION -\n"));
    bad(CP_REQUEST, MSG("STATE name=signature \"x\"\n"), "its block is not open");
    bad(CP_REQUEST, MSG("TEXT + \"a\"\nSTATE #1 name=signature \"x\"\n"),
        "its block is not open");
    bad(CP_REQUEST, MSG("TEXT + \"a\"\nSTATE \"x\"\n"), "needs a name");
}

TEST(enclosures)
{
    good(CP_REQUEST, MSG("TOOL_RESULT + id=1\nTEXT * \"4\"\nTOOL_RESULT -\n"));
    good(CP_REQUEST, MSG("TOOL_RESULT + id=1\nMEDIA + sub=document num=5\nTEXT * \"4\"\n"
                         "MEDIA * sub=image num=1 \"QQ==\"\nMEDIA -\nTOOL_RESULT -\n"));
    good(CP_REQUEST, MSG("MEDIA + sub=image num=1 \"QQ\"\nMEDIA - \"==\"\n"));
    good(CP_REQUEST, MSG("TOOL_RESULT * id=1\n"));
    bad(CP_REQUEST, MSG("TOOL_RESULT + id=1\nTOOL_CALL * sub=function name=f\n"),
        "may not stand here");
    bad(CP_REQUEST, MSG("TOOL_RESULT + id=1\nTOOL_RESULT + id=2\n"), "may not stand here");
    bad(CP_REQUEST, MSG("MEDIA + sub=document num=5\nMEDIA + sub=document num=5\n"),
        "may not be nested");
    bad(CP_REQUEST, MSG("TOOL_RESULT + id=1\nTEXT + \"a\"\nTOOL_RESULT -\n"), "still open");
    bad(CP_REQUEST, MSG("TOOL_RESULT -\n"), "not the innermost");
    bad(CP_REQUEST, MSG("TOOL_RESULT + id=1\n"), "still open");
    bad(CP_REQUEST, REQ("MESSAGE -\n"), "no message is open");
    bad(CP_REQUEST, MSG("MESSAGE + sub=user\n"), "still open");
}

TEST(marks)
{
    good(CP_REQUEST,
         REQ("SYSTEM \"a\"\nCACHE_MARK\nTOOL sub=function name=f\nCACHE_MARK num=300\n"));
    good(CP_REQUEST, MSG("TEXT * \"a\"\nCACHE_MARK\nTOOL_RESULT * id=1\nCACHE_MARK\n"));
    good(CP_REQUEST, REQ("TOOL sub=function name=f\nNATIVE = 1\nCACHE_MARK\n"));
    bad(CP_REQUEST, REQ("CACHE_MARK\n"), "can be marked");
    bad(CP_REQUEST, REQ("SYSTEM \"a\"\nCACHE_MARK\nCACHE_MARK\n"), "can be marked");
    bad(CP_REQUEST, MSG("TEXT + \"a\"\nCACHE_MARK\n"), "can be marked");
    bad(CP_REQUEST, REQ("SYSTEM \"a\"\nCACHE_MARK num=-1\n"), "not negative");
}

TEST(values)
{
    bad(CP_REQUEST, REQ("SYSTEM sub=3 \"a\"\n"), "none of its values");
    bad(CP_REQUEST, REQ("MESSAGE +\n"), "sub must be said");
    bad(CP_REQUEST, REQ("TOOL sub=function\n"), "needs a name");
    good(CP_REQUEST, REQ("TOOL sub=hosted id=web_search\n"));
    bad(CP_REQUEST, REQ("TOOL sub=function name=f num=2\n"), "-1, 0 or 1");
    bad(CP_REQUEST, REQ("TOOL_CHOICE sub=named\n"), "needs a name");
    bad(CP_REQUEST, MSG("MEDIA * sub=image\n"), "enum cp_from");
    bad(CP_REQUEST, REQ("PARAM = 1\n"), "needs a name");
    bad(CP_REQUEST, REQ("PARAM + name=n = 1\n"), "flags must be 0");
    bad(CP_REQUEST, MSG("TOOL_CALL * sub=function name=\"a\\nb\"\n"), "control bytes");
    bad(CP_RESPONSE, REQ("USAGE sub=input num=-1\n"), "not negative");
}

TEST(spelling_is_the_senders_fault)
{
    struct grammar g;
    struct err err;
    grammar_init(&g, CP_REQUEST);
    struct cp_item it = { CP_ITEM(SYSTEM), .text = STR("a\xFF") };
    CHECK_EQ(grammar_check(&g, &it, &err), E_SYNTAX);
    CHECK_STR(str_of(err.where), "item 0 (SYSTEM)");
    it.text = STR("a\xC3\xA9");
    CHECK_EQ(grammar_check(&g, &it, &err), 0);
    it.kind = 99;
    CHECK_EQ(grammar_check(&g, &it, &err), E_BUG);
    it = (struct cp_item){ CP_ITEM(SYSTEM), .flags = 64 };
    CHECK_EQ(grammar_check(&g, &it, &err), E_BUG);
}

TEST(open_blocks_are_bounded)
{
    struct grammar g;
    grammar_init(&g, CP_REQUEST);
    struct cp_item it = { CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER };
    CHECK_EQ(grammar_check(&g, &it, NULL), 0);
    it = (struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN };
    for (it.index = 0; it.index < GRAMMAR_OPEN_BLOCKS; it.index++)
        CHECK_EQ(grammar_check(&g, &it, NULL), 0);
    CHECK_EQ(grammar_check(&g, &it, NULL), E_LIMIT);
    it.flags = CP_CLOSE;
    for (it.index = 0; it.index < GRAMMAR_OPEN_BLOCKS; it.index++)
        CHECK_EQ(grammar_check(&g, &it, NULL), 0);
    CHECK_EQ(g.open_n, 0);
}

TEST_MAIN()
