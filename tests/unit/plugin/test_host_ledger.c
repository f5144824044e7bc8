/* SPDX-License-Identifier: MIT */
/*
 * test_host_ledger - the ledger names what it speaks of as the client's own body does.
 */
#include "plugin/host.h"

#include "base/str.h"

#include "../test.h"

static struct arena *arena;
static struct ledger ledger;
static struct host_call hc;
static struct cp_tape tape;
static struct cp_str body;

static const char request[] =
    "{\"model\":\"m\",\"top_k\":5,\"system\":[{\"type\":\"text\",\"text\":\"Be terse\"}],"
    "\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":\"object\"}}],"
    "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"first\"},"
    "{\"type\":\"image\",\"source\":{\"media_type\":\"image/png\",\"data\":\"iVBO\"}}]},"
    "{\"role\":\"assistant\",\"content\":\"second\"}]}";

static void begin(void)
{
    arena = arena_new(4096, 0);
    ledger_init(&ledger);
    host_call_init(&hc, arena, &ledger);
    body = str_of(request);
    hc.client_body = body;
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, body);
    ledger.tapes[0] = &tape;
}

static void end(void)
{
    host_call_fini(&hc);
    arena_free(arena);
}

static struct cp_str slice(const char *words)
{
    return str_cut(str_from(body, (size_t)str_find(body, str_of(words))), strlen(words));
}

/* The path under which the item gets into the ledger. */
static struct cp_str noted(const struct cp_item *it)
{
    struct ledger_mark before = ledger_mark(&ledger);
    host_table()->note_item(&hc.call, CP_DROPPED, it, "why");
    struct cp_str path = (*before.tail)->path;
    ledger_back(&ledger, &before);
    return path;
}

TEST(slices_of_the_body)
{
    begin();
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TEXT), .text = slice("first") }),
              "messages[0].content[0].text");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TEXT), .text = slice("second") }),
              "messages[1].content");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(SYSTEM), .text = slice("Be terse") }),
              "system[0].text");
    CHECK_STR(
        noted(&(struct cp_item){ CP_ITEM(PARAM), .name = STR("top_k"), .text = slice("5") }),
        "top_k");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TOOL), .name = slice("look"),
                                       .text = slice("{\"type\":\"object\"}") }),
              "tools[0]");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(MEDIA), .name = slice("image/png"),
                                       .text = slice("iVBO") }),
              "messages[0].content[1]");
    end();
}

TEST(what_was_made_up_has_a_neutral_name)
{
    begin();
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(PARAM), .name = STR("effort"),
                                       .text = STR("\"high\"") }),
              "effort");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = CP_ANY }), "tool_choice");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TEXT), .text = STR("words") }), "text");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TOOL_CALL), .id = STR("call_1") }), "call_1");
    end();
}

TEST(what_is_no_slice_may_say_its_path)
{
    begin();
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(PARAM), .name = STR("tier"),
                                       .text = STR("\"fast\""), .id = STR("speed") }),
              "speed");
    CHECK_STR(noted(&(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = CP_NAMED,
                                       .name = slice("look"), .id = STR("toolConfig") }),
              "toolConfig");
    CHECK_STR(
        noted(&(struct cp_item){ CP_ITEM(CACHE_MARK), .id = STR("system[0].cache_control") }),
        "system[0].cache_control");
    end();
}

TEST(what_carries_nothing_is_named_by_its_neighbours)
{
    begin();
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .name = STR("m") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(SYSTEM), .text = slice("Be terse") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(CACHE_MARK) });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER });
    tape_emit(&tape,
              &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = slice("first") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    tape_emit(&tape,
              &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    tape_emit(&tape,
              &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = slice("second") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(CACHE_MARK) });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    CHECK_EQ(tape_finish(&tape), 0);
    CHECK_STR(noted(tape_item(&tape, 2)), "system[0]");
    CHECK_STR(noted(tape_item(&tape, 3)), "messages[0]");
    CHECK_STR(noted(tape_item(&tape, 5)), "messages[0]");
    CHECK_STR(noted(tape_item(&tape, 6)), "messages[1]");
    CHECK_STR(noted(tape_item(&tape, 8)), "messages[1]");
    CHECK_STR(noted(tape_item(&tape, 2)), "system[0]");
    end();
}

TEST(what_was_joined_is_all_its_pieces)
{
    struct cp_item joined = { CP_ITEM(REASONING), .text = STR("firstsecond") };

    begin();
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .name = STR("m") });
    tape_emit(&tape,
              &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_OPEN,
                                        .text = slice("first") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_CLOSE,
                                        .text = slice("second") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    CHECK_EQ(tape_finish(&tape), 0);
    host_table()->note_item(&hc.call, CP_DROPPED, &joined, "joined");
    CHECK_EQ(ledger.lines, 2);
    CHECK_STR(ledger.first->path, "messages[0].content[0]");
    CHECK_STR(ledger.first->next->path, "messages[1].content");
    host_table()->note_item(&hc.call, CP_DROPPED, tape_item(&tape, 2), "in pieces");
    CHECK_EQ(ledger.lines, 4);
    CHECK_STR(noted(&joined), "messages[0].content[0]");
    end();
}

TEST(an_attempt_that_failed_is_forgotten)
{
    begin();
    ledger_note(&hc.call, CP_MAPPED, STR("a"), "decoded");
    struct ledger_mark mark = ledger_mark(&ledger);
    ledger_note(&hc.call, CP_DROPPED, STR("b"), "first");
    ledger_back(&ledger, &mark);
    ledger_note(&hc.call, CP_DROPPED, STR("c"), "second");
    ledger_note(&hc.call, CP_DROPPED, STR("c"), "second");
    CHECK_EQ(ledger.counts[CP_MAPPED], 1);
    CHECK_EQ(ledger.counts[CP_DROPPED], 1);
    CHECK_EQ(ledger.lines, 2);
    CHECK_STR(ledger.first->next->path, "c");
    CHECK(ledger.first->next->next == NULL);
    end();
}

TEST_MAIN()
