/* SPDX-License-Identifier: MIT */
/*
 * test_recall - what was thought comes back before the call or the words it led to.
 */
#include "state/recall.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/tape.h"
#include "state/store.h"

#include "test.h"

static struct arena *arena;
static struct store *store;
static struct buf out;

static void begin(void)
{
    arena = arena_new(4096, 0);
    store = store_memory_new(&(struct store_limits){ 3600000, 1 << 20, 100 });
    buf_init(&out, 1 << 20);
}

static void done(void)
{
    store->ops->free(store);
    arena_free(arena);
    buf_fini(&out);
}

static struct cp_tape *tape_of(int phase, const char *text)
{
    struct cp_tape *tape = arena_need(arena, sizeof(*tape));
    struct err err = { 0 };

    tape_init(tape, arena, phase, CP_WANT_ALL, STR_NONE);
    if (!CHECK_EQ(dump_read(str_of(text), tape, &err), 0))
        printf("# %s: %s\n", err.where, err.what);
    CHECK_EQ(tape_finish(tape), 0);
    return tape;
}

static void answer(const char *who, const char *text)
{
    struct recall *r = recall_new(arena, store, str_of(who));
    struct cp_tape *tape = tape_of(CP_RESPONSE, text);
    const struct cp_item *it;

    for (size_t i = 0; (it = tape_item(tape, i)); i++)
        recall_item(r, it);
}

static uint64_t kept(void)
{
    uint64_t items, bytes;

    store->ops->count(store, &items, &bytes);
    return items;
}

/* The request with what was recalled; absent: nothing was. */
static struct cp_str request(const char *who, const char *text)
{
    struct cp_tape *from = tape_of(CP_REQUEST, text), to;

    buf_clear(&out);
    if (!recall_restore(arena, store, str_of(who), from, &to))
        return STR_NONE;
    dump_write(&out, &to);
    return buf_str(&out);
}

#define CALL_ANSWER                                                                            \
    "START id=a\nMESSAGE + sub=assistant\n"                                                    \
    "REASONING + \"Pl\"\nREASONING \"an\"\n"                                                   \
    "STATE name=signature id=claude \"SIG\"\nREASONING - \"\"\n"                               \
    "TEXT * #1 \"Let me look.\"\n"                                                             \
    "TOOL_CALL + #2 sub=function name=f id=toolu_0123456789abcdef \"\"\n"                      \
    "TOOL_CALL #2 \"{\\\"a\\\":1}\"\nTOOL_CALL - #2 \"\"\n"                                    \
    "MESSAGE -\nSTOP sub=tool name=tool_use\nEND\n"

#define CALL_REQUEST                                                                           \
    "START name=m\n"                                                                           \
    "MESSAGE + sub=user\nTEXT * \"Hi\"\nMESSAGE -\n"                                           \
    "MESSAGE + sub=assistant\nTEXT * \"Let me look.\"\n"                                       \
    "TOOL_CALL * sub=function name=f id=toolu_0123456789abcdef \"{\\\"a\\\": 1}\"\n"           \
    "MESSAGE -\n"                                                                              \
    "MESSAGE + sub=user\nTOOL_RESULT + id=toolu_0123456789abcdef\nTEXT * \"42\"\n"             \
    "TOOL_RESULT -\nMESSAGE -\nEND\n"

TEST(a_call_gets_its_thought_back)
{
    begin();
    answer("ann", CALL_ANSWER);
    CHECK_EQ(kept(), 1);
    struct cp_str all = request("ann", CALL_REQUEST);
    CHECK(str_find(all, STR("MESSAGE + sub=assistant\n"
                            "REASONING + \"Plan\"\n"
                            "STATE name=signature id=claude \"SIG\"\n"
                            "REASONING - \"\"\n"
                            "TEXT * \"Let me look.\"\n"
                            "TOOL_CALL * sub=function name=f")) > 0);
    if (test_is_failed)
        printf("# %.*s\n", STR_FMT(all));
    CHECK_STR(request("bob", CALL_REQUEST), NULL);
    done();
}

TEST(who_brings_his_own_keeps_it)
{
    begin();
    answer("ann", CALL_ANSWER);
    CHECK_STR(request("ann",
                      "START name=m\nMESSAGE + sub=assistant\n"
                      "REASONING * \"mine\"\n"
                      "TOOL_CALL * sub=function name=f id=toolu_0123456789abcdef \"{}\"\n"
                      "MESSAGE -\nEND\n"),
              NULL);
    done();
}

TEST(words_without_calls)
{
    begin();
    answer("ann", "START id=a\nMESSAGE + sub=assistant\nREASONING * \"Hm\"\n"
                  "TEXT + #1 \"So be\"\nTEXT #1 \" it.\\n\"\n"
                  "STATE #1 name=thought_signature id=gemini \"G1\"\nTEXT - #1 \"\"\n"
                  "MESSAGE -\nSTOP sub=turn name=STOP\nEND\n");
    struct cp_str all =
        request("ann", "START name=m\n"
                       "MESSAGE + sub=assistant\nTEXT * \"So be it.\"\nMESSAGE -\n"
                       "MESSAGE + sub=user\nTEXT * \"And?\"\nMESSAGE -\nEND\n");
    CHECK_STR(all, "START name=m\n"
                   "MESSAGE + sub=assistant\n"
                   "REASONING + \"Hm\"\n"
                   "REASONING - \"\"\n"
                   "TEXT + \"So be it.\"\n"
                   "STATE name=thought_signature id=gemini \"G1\"\n"
                   "TEXT - \"\"\n"
                   "MESSAGE -\n"
                   "MESSAGE + sub=user\nTEXT * \"And?\"\nMESSAGE -\nEND\n");
    CHECK_STR(request("ann",
                      "START name=m\nMESSAGE + sub=assistant\nTEXT * \"Else\"\nMESSAGE -\n"
                      "END\n"),
              NULL);
    done();
}

TEST(calls_that_are_signed)
{
    begin();
    answer("ann", "START id=a\nMESSAGE + sub=assistant\n"
                  "TOOL_CALL + sub=function name=f id=c1 \"{}\"\n"
                  "STATE name=thought_signature id=gemini \"G1\"\nTOOL_CALL - \"\"\n"
                  "REASONING * \"then\"\n"
                  "TOOL_CALL * sub=function name=g id=c2 \"{}\"\n"
                  "MESSAGE -\nSTOP sub=tool name=STOP\nEND\n");
    CHECK_EQ(kept(), 2);
    CHECK_STR(request("ann", "START name=m\nMESSAGE + sub=assistant\n"
                             "TOOL_CALL * sub=function name=f id=c1 \"{}\"\n"
                             "TOOL_CALL * sub=function name=g id=c2 \"{}\"\nMESSAGE -\nEND\n"),
              "START name=m\nMESSAGE + sub=assistant\n"
              "TOOL_CALL + sub=function name=f id=c1 \"{}\"\n"
              "STATE name=thought_signature id=gemini \"G1\"\n"
              "TOOL_CALL - sub=function \"\"\n"
              "REASONING + \"then\"\nREASONING - \"\"\n"
              "TOOL_CALL * sub=function name=g id=c2 \"{}\"\nMESSAGE -\nEND\n");
    CHECK_STR(request("ann", "START name=m\nMESSAGE + sub=assistant\n"
                             "TOOL_CALL * sub=function name=f id=c1 \"{\\\"b\\\":1}\"\n"
                             "MESSAGE -\nEND\n"),
              NULL);
    done();
}

TEST(nothing_was_thought)
{
    begin();
    answer("ann", "START id=a\nMESSAGE + sub=assistant\nTEXT * \"x\"\n"
                  "TOOL_CALL * #1 sub=function name=f id=c1 \"{}\"\n"
                  "MESSAGE -\nSTOP sub=tool name=x\nEND\n");
    CHECK_EQ(kept(), 0);
    answer(NULL, CALL_ANSWER);
    CHECK_EQ(kept(), 0);
    done();
}

TEST(segments_stay_segments)
{
    begin();
    answer("ann", "START id=a\nMESSAGE + sub=assistant\n"
                  "REASONING + sub=summary \"One\"\nREASONING | sub=summary \"Two\"\n"
                  "STATE name=encrypted id=responses \"E\"\nREASONING - \"\"\n"
                  "TEXT * #1 \"ok\"\nMESSAGE -\nSTOP sub=turn name=x\nEND\n");
    struct cp_str all = request("ann", "START name=m\nMESSAGE + sub=assistant\nTEXT * \"ok\"\n"
                                       "MESSAGE -\nEND\n");
    CHECK(str_find(all, STR("REASONING + sub=summary One\n")) >= 0 ||
          str_find(all, STR("REASONING + sub=summary \"One\"\n")) >= 0);
    CHECK(str_find(all, STR("REASONING | sub=summary \"Two\"\n")) >= 0);
    done();
}

TEST_MAIN()
