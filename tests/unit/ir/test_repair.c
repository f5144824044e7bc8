/* SPDX-License-Identifier: MIT */
/*
 * test_repair - broken conversations and what every service takes instead.
 *
 * Tapes are dumps; what was told stands behind them as "# deed KIND: why".  Every case is also
 * held against the promises, and repaired a second time: nothing may change then.
 */
#include "ir/repair.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/kind.h"

#include "repair_promise.h"

#include "../test.h"

enum { TEXT_BYTES = 64 << 20 };

static void add_note(void *ctx, int deed, const struct cp_item *it, const char *why)
{
    static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };
    buf_printf(ctx, "# %s %s: %s\n", deeds[deed], kind_name(it->kind), why);
}

/* The dump of tape without its first and last line. */
static void dump(struct buf *out, const struct cp_tape *tape)
{
    for (uint32_t i = 1; i + 1 < tape->n; i++)
        dump_item(out, tape->items[i]);
}

static bool read_tape(struct cp_tape *tape, struct arena *arena, const char *body)
{
    struct err err = { 0 };
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    buf_printf(&text, "START name=m\n%sEND\n", body);
    tape_init(tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = dump_read(buf_str(&text), tape, &err);
    rc = rc ? rc : tape_finish(tape);
    if (rc)
        printf("# %s: %s\n", err.where, err.what);
    buf_fini(&text);
    return rc == 0;
}

static void check_twice(struct arena *arena, const struct repair_ends *ends,
                        const struct cp_tape *once)
{
    struct cp_tape twice;
    struct buf a, b;
    buf_init(&a, TEXT_BYTES);
    buf_init(&b, TEXT_BYTES);
    tape_init(&twice, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_repair(once, ends, &twice, NULL, NULL), 0);
    dump(&a, once);
    dump(&b, &twice);
    CHECK(str_eq(buf_str(&a), buf_str(&b)));
    buf_fini(&a);
    buf_fini(&b);
}

static void between(struct repair_ends ends, const char *given, const char *wanted)
{
    struct arena *arena = arena_new(4096, 0);
    struct cp_tape tape, to;
    struct buf got, notes;

    buf_init(&got, TEXT_BYTES);
    buf_init(&notes, TEXT_BYTES);
    CHECK(read_tape(&tape, arena, given));
    tape_init(&to, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = tape_repair(&tape, &ends, &to, add_note, &notes);
    if (rc) {
        buf_printf(&got, "refused: %s\n", to.err.what);
        CHECK_EQ(rc, E_UNSUPPORTED);
    } else {
        dump(&got, &to);
        buf_add_str(&got, buf_str(&notes));
        const char *why = ends.reads ? NULL : promise_broken(&to, ends.client, ends.upstream);
        if (!CHECK(!why))
            printf("# %s\n", why);
        check_twice(arena, &ends, &to);
    }
    CHECK_STR(buf_str(&got), wanted);
    buf_fini(&got);
    buf_fini(&notes);
    arena_free(arena);
}

static void same(const char *given, const char *wanted)
{
    between((struct repair_ends){ STR("a"), STR("a"), NULL }, given, wanted);
}

static void other(const char *given, const char *wanted)
{
    between((struct repair_ends){ STR("a"), STR("b"), NULL }, given, wanted);
}

#define USER(x)      "MESSAGE + sub=user\n" x "MESSAGE -\n"
#define ASSISTANT(x) "MESSAGE + sub=assistant\n" x "MESSAGE -\n"
#define CALL(id)     "TOOL_CALL * sub=function name=f id=" id " \"{}\"\n"
#define RESULT(id, text)                                                                       \
    "TOOL_RESULT + sub=function num=-1 name=f id=" id "\nTEXT * \"" text "\"\nTOOL_RESULT -\n"
#define MADE_UP(id)                                                                            \
    "TOOL_RESULT + sub=function num=1 name=f id=" id                                           \
    "\nTEXT * \"[no result recorded for this call]\"\nTOOL_RESULT -\n"
#define TEXT(s) "TEXT * \"" s "\"\n"

TEST(what_is_well_stays)
{
    static const char well[] =
        "PARAM name=max_output = 5\nSYSTEM sub=system \"s\"\nCACHE_MARK\n"
        "TOOL sub=function num=-1 name=f = {}\n" USER(TEXT("q"))
            ASSISTANT(TEXT("a") CALL("1") CALL("2"))
                USER(RESULT("1", "x") RESULT("2", "y") TEXT("go"));
    same(well, well);
    other(well, well);
    same(USER(TEXT("q")) ASSISTANT(TEXT("prefill")),
         USER(TEXT("q")) ASSISTANT(TEXT("prefill")));
    same("", "");
    same("SYSTEM sub=system \"s\"\n", "SYSTEM sub=system \"s\"\n");
}

TEST(neighbours_merge)
{
    same(USER(TEXT("a")) USER(TEXT("b")) ASSISTANT(TEXT("c")) ASSISTANT(CALL("1"))
             USER(RESULT("1", "r")) USER(TEXT("d")),
         USER(TEXT("a") TEXT("b")) ASSISTANT(TEXT("c") CALL("1")) USER(RESULT("1", "r") TEXT(
             "d")) "# mapped MESSAGE: two messages of one role became one\n"
                   "# mapped MESSAGE: two messages of one role became one\n"
                   "# mapped MESSAGE: two messages of one role became one\n");
    same(
        "MESSAGE + sub=user name=Ann\n" TEXT(
            "a") "MESSAGE -\nMESSAGE + sub=user name=Bob\n" TEXT("b") "MESSAGE -\n",
        USER(TEXT("a") TEXT(
            "b")) "# dropped MESSAGE: the author's name of one of two messages that became one\n"
                  "# dropped MESSAGE: the author's name of one of two messages that became one\n"
                  "# mapped MESSAGE: two messages of one role became one\n");
}

TEST(empty_ones_go)
{
    same(USER("") USER(TEXT("") TEXT("a")) ASSISTANT("REASONING * sub=summary\n")
             USER(TEXT("b")),
         USER(TEXT("a") TEXT("b")) "# mapped TEXT: it is empty\n"
                                   "# mapped REASONING: it is empty\n"
                                   "# mapped MESSAGE: two messages of one role became one\n");
    same(USER("MEDIA + sub=document num=5\nMEDIA -\n" TEXT("a")),
         USER(TEXT("a")) "# dropped MEDIA: it is empty\n");
}

TEST(pieces_are_joined)
{
    same(
        USER(
            "TEXT + #1 \"a\"\nTEXT + #2 \"x\"\nTEXT #1 \"b\"\nTEXT - #2 \"y\"\nTEXT - #1 \"c\"\n"),
        USER(TEXT("abc") TEXT("xy")));
    same(ASSISTANT("REASONING + sub=summary \"a\"\nREASONING \"b\"\nREASONING | \"c\"\n"
                   "STATE name=signature id=a \"S\"\nREASONING - \"d\"\n"),
         ASSISTANT("REASONING + sub=summary \"ab\"\nREASONING | sub=summary \"cd\"\n"
                   "STATE name=signature id=a \"S\"\nREASONING -\n"));
}

TEST(results_follow_their_calls)
{
    /* text before the results, results in another order, and in two messages */
    same(ASSISTANT(CALL("1") CALL("2")) USER(TEXT("x") RESULT("2", "b")) USER(RESULT("1", "a")),
         ASSISTANT(CALL("1") CALL("2")) USER(RESULT("1", "a") RESULT("2", "b") TEXT(
             "x")) "# mapped MESSAGE: two messages of one role became one\n"
                   "# repaired TOOL_RESULT: a result belongs directly behind its call\n");
    /* the user spoke, and the assistant, before the tool was done */
    same(ASSISTANT(CALL("1")) USER(TEXT("x")) ASSISTANT(TEXT("y")) USER(RESULT("1", "a")),
         ASSISTANT(CALL("1")) USER(RESULT("1", "a") TEXT("x")) ASSISTANT(
             TEXT("y")) "# repaired TOOL_RESULT: a result belongs directly behind its call\n");
    /* two steps stay two steps */
    same(ASSISTANT(CALL("1")) USER(RESULT("1", "a")) ASSISTANT(CALL("2"))
             USER(RESULT("2", "b")),
         ASSISTANT(CALL("1")) USER(RESULT("1", "a")) ASSISTANT(CALL("2"))
             USER(RESULT("2", "b")));
    /* instructions wait until the call is answered */
    same(ASSISTANT(CALL("1")) "MESSAGE + sub=system\n" TEXT("s") "MESSAGE -\n" USER(
             RESULT("1", "a")),
         ASSISTANT(CALL("1")) USER(RESULT("1", "a")) "MESSAGE + sub=system\n" TEXT(
             "s") "MESSAGE -\n"
                  "# repaired TOOL_RESULT: a result belongs directly behind its call\n");
    /* what the assistant says after a call belongs to its turn */
    same(ASSISTANT(CALL("1")) ASSISTANT(TEXT("y")) USER(RESULT("1", "a")),
         ASSISTANT(CALL("1") TEXT("y"))
             USER(RESULT("1", "a")) "# mapped MESSAGE: two messages of one role became one\n");
}

TEST(lost_results_are_made_up)
{
    same(ASSISTANT(CALL("1")),
         ASSISTANT(CALL("1"))
             USER(MADE_UP("1")) "# repaired TOOL_CALL: a call without its result\n");
    same(ASSISTANT(CALL("1") CALL("2")) USER(RESULT("2", "b") TEXT("x")),
         ASSISTANT(CALL("1") CALL("2")) USER(MADE_UP("1") RESULT("2", "b") TEXT(
             "x")) "# repaired TOOL_RESULT: a result belongs directly behind its call\n"
                   "# repaired TOOL_CALL: a call without its result\n");
}

TEST(results_of_no_call_are_text)
{
    same(USER(RESULT("9", "r") "CACHE_MARK num=300\n" TEXT("x")),
         USER(TEXT("[result of unknown tool call 9] r") "CACHE_MARK num=300\n" TEXT(
             "x")) "# repaired TOOL_RESULT: a result without its call became text\n");
    same(ASSISTANT(TEXT("a") RESULT("9", "r") TEXT("b")),
         ASSISTANT(TEXT("a")) USER(TEXT("[result of unknown tool call 9] r")) ASSISTANT(
             TEXT("b")) "# repaired TOOL_RESULT: a result without its call became text\n");
    same(
        USER("TOOL_RESULT + num=-1 id=9\nMEDIA * sub=image num=2 \"http://i\"\n"
             "TEXT * sub=1 = {}\nTOOL_RESULT -\n"),
        USER(TEXT(
            "[result of unknown tool call 9]") "MEDIA * sub=image num=2 \"http://i\"\n"
                                               "TEXT * \"{}\"\n") "# repaired TOOL_RESULT: a result without its call became text\n");
}

TEST(two_of_one_id)
{
    /* ids that begin anew in each turn */
    same(ASSISTANT(CALL("0")) USER(RESULT("0", "a")) ASSISTANT(CALL("0"))
             USER(RESULT("0", "b")),
         ASSISTANT(CALL("0")) USER(RESULT("0", "a")) ASSISTANT(CALL("0_2"))
             USER(RESULT("0_2", "b")) "# repaired TOOL_CALL: another call has the same id\n");
    /* in one turn */
    same(ASSISTANT(CALL("0") CALL("0") CALL("0_2")) USER(RESULT("0", "a") RESULT("0", "b")),
         ASSISTANT(CALL("0") CALL("0_2") CALL("0_2_2"))
             USER(RESULT("0", "a") RESULT("0_2", "b")
                      MADE_UP("0_2_2")) "# repaired TOOL_CALL: another call has the same id\n"
                                        "# repaired TOOL_CALL: another call has the same id\n"
                                        "# repaired TOOL_CALL: a call without its result\n");
    /* two answers: the last counts */
    same(
        ASSISTANT(CALL("1")) USER(RESULT("1", "a") "CACHE_MARK\n" RESULT("1", "b")),
        ASSISTANT(CALL("1")) USER(RESULT(
            "1",
            "b") "CACHE_MARK\n") "# repaired TOOL_RESULT: another result of the same call came later\n"
                                 "# repaired TOOL_RESULT: a result belongs directly behind its call\n");
    /* none at all */
    same(
        ASSISTANT("TOOL_CALL * sub=custom name=f\n")
            USER("TOOL_RESULT + num=-1\nTOOL_RESULT -\n"),
        ASSISTANT("TOOL_CALL * sub=custom name=f id=call\n") USER(
            "TOOL_RESULT + sub=custom num=-1 name=f id=call\nTOOL_RESULT -\n") "# repaired TOOL_CALL: a call without an id\n");
}

TEST(roles)
{
    same(USER(TEXT("q") CALL("1")) USER(RESULT("1", "a")),
         USER(TEXT("q")) ASSISTANT(CALL("1")) USER(RESULT("1", "a")));
    same(USER("REASONING * sub=raw \"hm\"\n" TEXT("q")),
         USER(TEXT("q")) "# dropped REASONING: only the assistant thinks\n");
}

TEST(other_makers)
{
    other(
        "NATIVE name=x id=a = 1\nNATIVE name=y id=b = 2\n" USER(
            TEXT("q") "NATIVE name=\"messages[0].content[0].x\" id=a = 3\nAUX name=ping = {}\n")
            ASSISTANT("REASONING + sub=summary \"t\"\nSTATE name=signature id=a \"S\"\n"
                      "REASONING -\nREASONING + sub=summary\nSTATE name=redacted id=a \"S\"\n"
                      "REASONING -\nREASONING +\nSTATE name=encrypted id=b \"S\"\nREASONING -\n"
                      "TEXT + \"a\"\nCITE name=url id=a = {}\nTEXT -\n"),
        "NATIVE name=y id=b = 2\n" USER(TEXT("q"))
            ASSISTANT("REASONING * sub=summary \"t\"\n"
                      "REASONING +\nSTATE name=encrypted id=b \"S\"\nREASONING -\n" TEXT(
                          "a")) "# dropped NATIVE: only its maker's dialect can say it\n"
                                "# dropped NATIVE: only its maker's dialect can say it\n"
                                "# dropped STATE: state that only its maker can read\n"
                                "# dropped STATE: state that only its maker can read\n"
                                "# mapped REASONING: it is empty\n"
                                "# dropped CITE: another maker's citation\n");
    between((struct repair_ends){ STR("x"), STR("b"), "c a" },
            ASSISTANT("TEXT +\nSTATE name=signature id=a \"S\"\nTEXT -\n"),
            ASSISTANT("TEXT +\nSTATE name=signature id=a \"S\"\nTEXT -\n"));
}

TEST(server_tools)
{
    other(USER(TEXT("q")) ASSISTANT("SERVER_CALL * name=web_search id=s1 \"{}\"\n"
                                    "SERVER_RESULT * name=r id=s1 meta=a \"[]\"\n" TEXT("A")),
          USER(TEXT("q")) ASSISTANT(
              TEXT("A")) "# dropped SERVER_CALL: work of another maker's server tool\n"
                         "# dropped SERVER_RESULT: work of another maker's server tool\n");
    /* paused: who made it is told by the dialect it came in; the turn is gone with it */
    other(USER(TEXT("q")) ASSISTANT("SERVER_CALL * name=web_search id=s1 \"{}\"\n"),
          USER(TEXT("q")) "# dropped SERVER_CALL: work of another maker's server tool\n");
    same(ASSISTANT("SERVER_CALL * name=web_search id=s1 \"{}\"\n"),
         ASSISTANT("SERVER_CALL * name=web_search id=s1 \"{}\"\n"));
    same(ASSISTANT("SERVER_CALL * name=code id=s1 \"{}\"\nSERVER_RESULT * name=r id=s1 meta=b "
                   "\"[]\"\n" TEXT("A")),
         ASSISTANT(TEXT("A")) "# dropped SERVER_CALL: work of another maker's server tool\n"
                              "# dropped SERVER_RESULT: work of another maker's server tool\n");
}

TEST(compactions)
{
    other("COMPACTION * id=c1 \"S\"\n" USER(TEXT("q")),
          USER(TEXT("Summary of the earlier conversation:\\nS") TEXT(
              "q")) "# approximated COMPACTION: a compacted history is told in words\n");
    other(
        ASSISTANT(
            TEXT("x") "COMPACTION + \"S\"\nSTATE name=encrypted id=a \"E\"\nCOMPACTION -\n" TEXT(
                "y")),
        ASSISTANT(TEXT("x")) USER(TEXT("Summary of the earlier conversation:\\nS")) ASSISTANT(
            TEXT("y")) "# dropped STATE: state that only its maker can read\n"
                       "# approximated COMPACTION: a compacted history is told in words\n");
    same("COMPACTION + id=c1\nSTATE name=encrypted id=a \"E\"\nCOMPACTION -\n" USER(TEXT("q")),
         "COMPACTION + id=c1\nSTATE name=encrypted id=a \"E\"\nCOMPACTION -\n" USER(TEXT("q")));
    other("COMPACTION + id=c1\nSTATE name=encrypted id=a \"E\"\nCOMPACTION -\n" USER(TEXT("q")),
          "refused: the compacted history 'c1' can be read by its maker alone\n");
}

TEST(references)
{
    same("REFERENCE * id=msg_1\n" USER(TEXT("q")), "REFERENCE * id=msg_1\n" USER(TEXT("q")));
    other("REFERENCE * id=msg_1\n" USER(TEXT("q")),
          "refused: the item 'msg_1' is stored at another service, and is not known here\n");
}

TEST(marks_survive)
{
    other(
        USER(TEXT("a")) ASSISTANT("REASONING * sub=summary\nCACHE_MARK num=300\n")
            USER(TEXT("b") TEXT("") "CACHE_MARK num=3600\n"),
        USER(TEXT("a") "CACHE_MARK num=300\n" TEXT(
            "b") "CACHE_MARK num=3600\n") "# mapped REASONING: it is empty\n"
                                          "# mapped TEXT: it is empty\n"
                                          "# mapped MESSAGE: two messages of one role became one\n");
    same(USER(TEXT("a")) "CACHE_MARK num=300\n", USER(TEXT("a") "CACHE_MARK num=300\n"));
    same(
        USER("TEXT * \"\"\nCACHE_MARK num=300\n"),
        "# mapped TEXT: it is empty\n# dropped CACHE_MARK: nothing is left that it could mark\n");
}

TEST(members_travel)
{
    same(
        ASSISTANT(CALL("1"))
            USER(TEXT("x") RESULT("1", "a") "NATIVE name=\"messages[1].content[1].k\" "
                                            "id=a = 1\nCACHE_MARK\n"),
        ASSISTANT(CALL("1")) USER(RESULT(
            "1",
            "a") "NATIVE name=\"messages[1].content[1].k\" id=a = 1\n"
                 "CACHE_MARK\n" TEXT(
                     "x")) "# repaired TOOL_RESULT: a result belongs directly behind its call\n");
    same(USER("NATIVE name=\"messages[0].content[0]\" id=a = {}\n"),
         USER("NATIVE name=\"messages[0].content[0]\" id=a = {}\n"));
    same(USER("NATIVE name=\"messages[0].k\" id=a = {}\n"),
         "# dropped NATIVE: a member of an empty message\n");
}

/* A result is found by its id, not by looking. */
TEST(long_conversations)
{
    enum { TURNS = 20000 };
    struct arena *arena = arena_new(1 << 20, 0);
    struct repair_ends ends = { STR("a"), STR("a"), NULL };
    struct cp_tape tape, to;
    struct cp_item message = { CP_ITEM(MESSAGE), .sub = CP_ASSISTANT };
    struct cp_item call = { CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = CP_TOOL_FUNCTION,
                            .name = STR("f"), .id = STR("x") };
    struct cp_item result = { CP_ITEM(TOOL_RESULT), .id = STR("x"), .num = -1 };

    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    (void)tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .name = STR("m") });
    for (int i = 0; i < 2 * TURNS; i++) {
        message.sub = i < TURNS ? CP_ASSISTANT : CP_USER;
        message.flags = CP_OPEN;
        (void)tape_emit(&tape, &message); /* a tape that failed stays failed */
        result.flags = CP_WHOLE;
        (void)tape_emit(&tape, i < TURNS ? &call : &result); /* the same */
        message.flags = CP_CLOSE;
        (void)tape_emit(&tape, &message); /* the same */
    }
    (void)tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    CHECK_EQ(tape_finish(&tape), 0);
    tape_init(&to, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_repair(&tape, &ends, &to, NULL, NULL), 0);
    CHECK_EQ(to.n, 2 + 4 + TURNS + 2 * TURNS);
    CHECK_STR(to.items[2 + 19999]->id, "x_20000");
    arena_free(arena);
}

TEST_MAIN()
