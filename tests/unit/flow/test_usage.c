/* SPDX-License-Identifier: MIT */
/*
 * test_usage - what is told and what is said, as one table.
 *
 * Each row is a stream of three frames: its start, its text, its end.  The request is estimated at E = 300
 * tokens, the text (when there is one) at T = 20.
 */
#include "flow/usage.h"

#include "base/arena.h"
#include "base/str.h"
#include "ir/tape.h"

#include "../test.h"

enum { E = 300, T = 20, NONE = -1 };

struct counts {
    int64_t input, output, read;
};

struct row {
    const char *name;
    struct counts start, end; /* told; NONE: not told */
    bool has_text;
    struct counts said_start, said_end; /* on the tapes; NONE: no such item */
    bool is_estimated;
};

/* Row by row what is known to go wrong in the field, and what must stay as it is. */
static const struct row rows[] = {
    { "as it should be",
      { 875, 1, NONE },
      { NONE, 120, NONE },
      true,
      { 875, 1, NONE },
      { NONE, 120, NONE },
      false },
    { "zeros", { 0, 0, NONE }, { 0, 0, NONE }, true, { E, 0, NONE }, { E, T, NONE }, true },
    { "little at the start",
      { 5, 1, NONE },
      { 5, 40, NONE },
      true,
      { E, 1, NONE },
      { E, 40, NONE },
      true },
    { "little, and an output that hides it",
      { 5, 3, NONE },
      { NONE, 40, NONE },
      true,
      { E, 3, NONE },
      { NONE, 40, NONE },
      true },
    { "a full hit of the cache",
      { 0, 1, 9000 },
      { NONE, 50, NONE },
      true,
      { 0, 1, 9000 },
      { NONE, 50, NONE },
      false },
    { "a cache told late",
      { NONE, NONE, NONE },
      { 1, 50, 9000 },
      true,
      { NONE, NONE, NONE },
      { 1, 50, 9000 },
      false },
    { "nothing",
      { NONE, NONE, NONE },
      { NONE, NONE, NONE },
      true,
      { NONE, NONE, NONE },
      { E, T, NONE },
      true },
    { "it grows only",
      { 1003, 1, NONE },
      { 875, 60, NONE },
      true,
      { 1003, 1, NONE },
      { 1003, 60, NONE },
      false },
    { "the truth comes last",
      { 0, 0, NONE },
      { 284, 33, NONE },
      true,
      { E, 0, NONE },
      { 284, 33, NONE },
      false },
    { "the truth comes at the end only",
      { NONE, NONE, NONE },
      { 8, 33, NONE },
      true,
      { NONE, NONE, NONE },
      { 8, 33, NONE },
      false },
    { "input only at the end, and none",
      { NONE, NONE, NONE },
      { 1, 33, NONE },
      true,
      { NONE, NONE, NONE },
      { E, 33, NONE },
      true },
    { "no output of no text",
      { 875, 0, NONE },
      { NONE, 0, NONE },
      false,
      { 875, 0, NONE },
      { NONE, 0, NONE },
      false },
    { "no output of some text",
      { 875, 0, NONE },
      { NONE, 0, NONE },
      true,
      { 875, 0, NONE },
      { NONE, T, NONE },
      true },
};

static struct arena *arena;
static bool is_asked;

static int64_t ask(void *ctx)
{
    CHECK(!is_asked);
    is_asked = true;
    return *(const int64_t *)ctx;
}

static void tell(struct cp_tape *t, const struct counts *c)
{
    const int64_t n[] = { c->input, c->output, c->read };
    static const uint32_t meters[] = { CP_INPUT, CP_OUTPUT, CP_CACHE_READ };
    for (int i = 0; i < 3; i++)
        if (n[i] >= 0)
            tape_emit(t, &(struct cp_item){ CP_ITEM(USAGE), .sub = meters[i], .num = n[i] });
}

static int64_t last(const struct cp_tape *t, uint32_t meter)
{
    int64_t n = NONE;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->items[i]->kind == CP_USAGE && t->items[i]->sub == meter)
            n = t->items[i]->num;
    return n;
}

static void check_said(const struct cp_tape *t, const struct counts *c)
{
    CHECK_EQ(last(t, CP_INPUT), c->input);
    CHECK_EQ(last(t, CP_OUTPUT), c->output);
    CHECK_EQ(last(t, CP_CACHE_READ), c->read);
}

/* 69 letters are 20 tokens. */
static const char text[] =
    "sixty-nine letters are what twenty tokens take up in here, more or le";

static void play(struct usage *u, const struct row *r)
{
    struct cp_tape t;

    tape_init(&t, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(START), .name = STR("m") });
    tell(&t, &r->start);
    usage_mend(u, &t);
    check_said(&t, &r->said_start);
    tape_forget(&t);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    if (r->has_text)
        tape_emit(&t,
                  &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = str_of(text) });
    tape_emit(&t, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    usage_mend(u, &t);
    tape_forget(&t);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    tell(&t, &r->end);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(END) });
    CHECK_EQ(t.err.code, 0);
    usage_mend(u, &t);
    check_said(&t, &r->said_end);
    CHECK_EQ(t.items[t.n - 1]->kind, CP_END);
    CHECK_EQ(usage_is_estimated(u), r->is_estimated);
}

TEST(holes_are_filled)
{
    int64_t estimate = E;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct usage u;
        arena = arena_new(4096, 0);
        is_asked = false;
        usage_init(&u, false, ask, &estimate);
        play(&u, &rows[i]);
        if (test_is_failed)
            printf("# in row \"%s\"\n", rows[i].name);
        arena_free(arena);
    }
}

/* What a small request is told to have is believed: it may well be so. */
TEST(small_requests)
{
    static const struct row row = { "small", { 8, 1, NONE }, { NONE, 20, NONE },
                                    true,    { 8, 1, NONE }, { NONE, 20, NONE },
                                    false };
    int64_t estimate = 9;
    struct usage u;
    arena = arena_new(4096, 0);
    is_asked = false;
    usage_init(&u, false, ask, &estimate);
    play(&u, &row);
    arena_free(arena);
}

TEST(nobody_can_estimate)
{
    static const struct row row = { "unknown", { 0, 0, NONE }, { 0, 0, NONE },
                                    true,      { 0, 0, NONE }, { 0, T, NONE },
                                    true };
    struct usage u;
    arena = arena_new(4096, 0);
    usage_init(&u, false, NULL, NULL);
    play(&u, &row);
    arena_free(arena);
}

static const struct row poor[] = {
    { "near enough",
      { 295, 1, NONE },
      { NONE, 20, NONE },
      true,
      { 295, 1, NONE },
      { NONE, 20, NONE },
      false },
    { "too much",
      { 3000, 1, NONE },
      { NONE, 500, NONE },
      true,
      { E, 1, NONE },
      { NONE, T, NONE },
      true },
    { "too little",
      { 200, 1, NONE },
      { NONE, 7, NONE },
      true,
      { E, 1, NONE },
      { NONE, T, NONE },
      true },
    { "with a cache",
      { 30, 1, 9000 },
      { NONE, 20, NONE },
      true,
      { 30, 1, 9000 },
      { NONE, 20, NONE },
      false },
};

TEST(low_quality)
{
    int64_t estimate = E;
    for (size_t i = 0; i < sizeof(poor) / sizeof(*poor); i++) {
        struct usage u;
        arena = arena_new(4096, 0);
        is_asked = false;
        usage_init(&u, true, ask, &estimate);
        play(&u, &poor[i]);
        if (test_is_failed)
            printf("# in row \"%s\"\n", poor[i].name);
        arena_free(arena);
    }
}

/* A passing frame is only looked at: what it should say is told, not written. */
TEST(passing)
{
    int64_t estimate = E;
    struct usage u;
    struct cp_tape t, said;

    arena = arena_new(4096, 0);
    is_asked = false;
    usage_init(&u, false, ask, &estimate);
    u.is_passing = true;
    tape_init(&t, arena, CP_RESPONSE, CP_WANT_USAGE, STR_NONE);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(START) });
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = 0 });
    CHECK(usage_mend(&u, &t));
    tape_forget(&t);
    u.pieces = 34;
    tape_emit(&t, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    CHECK(usage_mend(&u, &t));
    CHECK_EQ(t.n, 1);
    usage_tape(&u, arena, &said);
    CHECK_EQ(said.err.code, 0);
    CHECK_EQ(last(&said, CP_INPUT), E);
    CHECK_EQ(last(&said, CP_OUTPUT), 30);
    arena_free(arena);
}

/* Where usage may come after the stop, or never, its absence there says nothing. */
TEST(passing_late)
{
    struct usage u;
    struct cp_tape t;

    arena = arena_new(4096, 0);
    is_asked = true; /* nobody may ask */
    usage_init(&u, false, ask, NULL);
    u.is_passing = u.is_late = true;
    tape_init(&t, arena, CP_RESPONSE, CP_WANT_USAGE, STR_NONE);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(START) });
    tape_emit(&t, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    CHECK(!usage_mend(&u, &t));
    tape_forget(&t);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = 12 });
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 3 });
    CHECK(!usage_mend(&u, &t));
    tape_forget(&t);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(END) });
    CHECK(!usage_mend(&u, &t));
    CHECK_EQ(t.n, 1);
    CHECK(!usage_is_estimated(&u));
    arena_free(arena);
}

TEST(holes_are_seen)
{
    struct usage u;
    struct cp_tape t;

    arena = arena_new(4096, 0);
    usage_init(&u, false, NULL, NULL);
    tape_init(&t, arena, CP_RESPONSE, CP_WANT_USAGE, STR_NONE);
    tape_emit(&t, &(struct cp_item){ CP_ITEM(START) });
    CHECK(usage_has_hole(&u, &t));
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = 2 });
    CHECK(usage_has_hole(&u, &t));
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 2 });
    CHECK(!usage_has_hole(&u, &t));
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = 0 });
    CHECK(usage_has_hole(&u, &t));
    tape_emit(&t, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_CACHE_READ, .num = 7 });
    CHECK(!usage_has_hole(&u, &t));
    u.is_low_quality = true;
    CHECK(usage_has_hole(&u, &t));
    arena_free(arena);
}

TEST_MAIN()
