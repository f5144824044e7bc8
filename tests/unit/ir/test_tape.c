/* SPDX-License-Identifier: MIT */
/*
 * test_tape - what is borrowed and what is copied, sections, budgets, and streams in constant memory.
 */
#include "ir/tape.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

static struct arena *arena;
static struct cp_tape tape;

static void begin(int phase, uint32_t want, struct cp_str borrow)
{
    arena = arena_new(4096, 0);
    tape_init(&tape, arena, phase, want, borrow);
}

static void end(void)
{
    arena_free(arena);
}

static int emit(struct cp_item it)
{
    return tape_emit(&tape, &it);
}

static void message(uint32_t role)
{
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = role }), 0);
}

TEST(slices_of_the_body_are_not_copied)
{
    static const char body[] = "the body";
    begin(CP_REQUEST, CP_WANT_ALL, str_n(body, 8));
    char other[] = "other";
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = str_n(body + 4, 4) }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = str_n(other, 5),
                                    .name = str_n(body, 3) }),
             0);
    CHECK(tape_item(&tape, 0)->text.p == body + 4);
    CHECK(tape_item(&tape, 1)->text.p != other);
    CHECK(tape_item(&tape, 1)->name.p == body);
    CHECK_STR(tape_item(&tape, 1)->text, "other");
    CHECK(tape_item(&tape, 2) == NULL);
    CHECK_EQ(tape.copied, 5);
    end();
}

TEST(absent_and_empty_stay_apart)
{
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("") }), 0);
    CHECK_STR(tape_item(&tape, 0)->text, "");
    CHECK_STR(tape_item(&tape, 0)->name, NULL);
    end();
}

TEST(sections_are_sorted)
{
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    message(CP_USER);
    emit((struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = STR("hi") });
    emit((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    emit((struct cp_item){ CP_ITEM(TOOL), .sub = CP_TOOL_FUNCTION, .name = STR("f") });
    emit((struct cp_item){ CP_ITEM(NATIVE), .text = STR("1"), .name = STR("tools[0].x") });
    emit((struct cp_item){ CP_ITEM(CACHE_MARK), .num = 300 });
    emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("a") });
    emit((struct cp_item){ CP_ITEM(CACHE_MARK), .num = 5 });
    emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("b") });
    emit((struct cp_item){ CP_ITEM(PARAM), .name = STR("n"), .text = STR("1") });
    emit((struct cp_item){ CP_ITEM(PARAM), .name = STR("n"), .text = STR("2") });
    emit((struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = CP_AUTO });
    emit((struct cp_item){ CP_ITEM(START), .name = STR("m") });
    emit((struct cp_item){ CP_ITEM(END) });
    CHECK_EQ(tape_finish(&tape), 0);
    CHECK_EQ(tape_finish(&tape), 0);
    static const uint32_t wanted[] = { CP_START,       CP_PARAM,   CP_PARAM, CP_SYSTEM,
                                       CP_CACHE_MARK,  CP_SYSTEM,  CP_TOOL,  CP_CACHE_MARK,
                                       CP_TOOL_CHOICE, CP_MESSAGE, CP_TEXT,  CP_MESSAGE,
                                       CP_NATIVE,      CP_END };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        CHECK_EQ(tape_item(&tape, i)->kind, wanted[i]);
    CHECK_EQ(tape_item(&tape, 4)->num, 5);
    CHECK_EQ(tape_item(&tape, 7)->num, 300);
    CHECK_STR(tape_param(&tape, "n"), "2");
    CHECK_STR(tape_param(&tape, "other"), NULL);
    CHECK(tape_find(&tape, CP_TEXT) == tape_item(&tape, 10));
    CHECK(tape_find(&tape, CP_STOP) == NULL);
    end();
}

TEST(route_has_enough_after_start)
{
    begin(CP_REQUEST, CP_WANT_ROUTE, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("a") }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(START), .name = STR("m"), .num = 1 }), CP_ENOUGH);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("b") }), CP_ENOUGH);
    CHECK_EQ(tape.n, 1);
    CHECK_EQ(tape_finish(&tape), 0);
    CHECK_STR(tape_find(&tape, CP_START)->name, "m");
    end();
    begin(CP_REQUEST, CP_WANT_ROUTE, STR_NONE);
    CHECK_EQ(tape_finish(&tape), E_BUG);
    end();
}

TEST(a_tap_keeps_what_it_counts)
{
    begin(CP_RESPONSE, CP_WANT_ROUTE | CP_WANT_USAGE, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(START), .name = STR("m") }), 0);
    message(CP_ASSISTANT);
    CHECK(!tape_shows_content(&tape));
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN }), 0);
    CHECK(!tape_shows_content(&tape));
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(TEXT), .text = STR("x") }), 0);
    CHECK(tape_shows_content(&tape));
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 7 }), 0);
    CHECK_EQ(tape.n, 2);
    CHECK(tape.kinds & CP_BIT(CP_TEXT));
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(REASONING), .text = STR("x") }), E_BUG);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(TEXT), .text = STR("x") }), E_BUG);
    end();
}

static bool stop_shows_content(struct cp_str word)
{
    begin(CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(START), .name = STR("m") }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(MESSAGE), .sub = CP_ASSISTANT, .flags = CP_OPEN }),
             0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN, .name = word }), 0);
    bool shows = tape_shows_content(&tape);
    end();
    return shows;
}

TEST(a_stop_is_content_if_it_was_said)
{
    CHECK(stop_shows_content(STR("end_turn")));
    CHECK(!stop_shows_content(STR_NONE));
}

TEST(what_failed_stays_failed)
{
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_emit(&tape, NULL), E_BUG);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(START) }), E_BUG);
    CHECK_EQ(tape_finish(&tape), E_BUG);
    end();
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    struct cp_item small = { .size = 8, .kind = CP_START };
    CHECK_EQ(tape_emit(&tape, &small), E_BUG);
    end();
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = { NULL, 5 } }), E_BUG);
    end();
}

TEST(items_of_other_minors)
{
    struct {
        struct cp_item it;
        char more[64];
    } larger = { .it = { CP_ITEM(SYSTEM), .text = STR("a") } };
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    larger.it.size = sizeof(larger);
    CHECK_EQ(tape_emit(&tape, &larger.it), 0);
    CHECK_EQ(tape_item(&tape, 0)->size, sizeof(struct cp_item));
    end();
}

TEST(json_that_a_plugin_made_is_checked)
{
    static const char body[] = "{\"broken\": ";
    begin(CP_REQUEST, CP_WANT_ALL, str_n(body, sizeof(body) - 1));
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(PARAM), .name = STR("n"), .text = STR("12") }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(AUX), .name = STR("n"), .text = STR("nonsense") }),
             0);
    /* a slice of the body was checked with the body */
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(NATIVE), .text = str_n(body, sizeof(body) - 1) }),
             0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(PARAM), .name = STR("n"), .text = STR("{") }),
             E_BUG);
    end();
}

TEST(flags_are_settled)
{
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .flags = CP_WHOLE, .text = STR("a") }), 0);
    CHECK_EQ(tape_item(&tape, 0)->flags, 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_WHOLE, .sub = CP_USER }), 0);
    CHECK_EQ(tape_item(&tape, 1)->flags, CP_OPEN);
    CHECK_EQ(tape_item(&tape, 2)->flags, CP_CLOSE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(REFERENCE), .id = STR("r1") }), 0);
    CHECK_EQ(tape_item(&tape, 3)->flags, CP_WHOLE);
    end();
}

TEST(an_error_is_mended)
{
    begin(CP_FAILURE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER, .text = STR("a\xFF\nb"),
                                    .name = STR("x\ny") }),
             0);
    CHECK_STR(tape_item(&tape, 0)->text, "a\xEF\xBF\xBD\nb");
    CHECK_STR(tape_item(&tape, 0)->name, "x y");
    CHECK_EQ(tape_finish(&tape), 0);
    end();
}

TEST(budgets)
{
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    tape.limits.items = 2;
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM) }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM) }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM) }), E_LIMIT);
    end();
    begin(CP_REQUEST, CP_WANT_ALL, STR_NONE);
    tape.limits.bytes = 10;
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("12345678") }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("123") }), E_LIMIT);
    end();
    arena = arena_new(4096, 8192);
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = 0;
    for (int i = 0; !rc && i < 1000; i++)
        rc = emit((struct cp_item){ CP_ITEM(SYSTEM), .text = STR("0123456789") });
    CHECK_EQ(rc, E_LIMIT);
    end();
}

TEST(a_long_stream_needs_the_memory_of_one_event)
{
    begin(CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    emit((struct cp_item){ CP_ITEM(START) });
    message(CP_ASSISTANT);
    emit((struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN });
    tape_forget(&tape);
    size_t before = 0;
    for (int i = 0; i < 100000; i++) {
        CHECK_EQ(emit((struct cp_item){ CP_ITEM(TEXT), .text = STR("some words ") }), 0);
        CHECK_STR(tape_item(&tape, 0)->text, "some words ");
        tape_forget(&tape);
        if (i == 10)
            before = arena_used(arena) + arena_used(tape.own);
    }
    CHECK_EQ(arena_used(arena) + arena_used(tape.own), before);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(TEXT), .flags = CP_CLOSE }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN }), 0);
    CHECK_EQ(emit((struct cp_item){ CP_ITEM(END) }), 0);
    CHECK_EQ(tape_finish(&tape), 0);
    CHECK(tape.kinds & CP_BIT(CP_START));
    end();
}

TEST_MAIN()
