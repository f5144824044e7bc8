/* SPDX-License-Identifier: MIT */
/*
 * test_cutter - answers end before the first stop sequence, however they are cut into pieces.
 */
#include "ir/cutter.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/tape.h"

#include "test.h"

static struct arena *arena;
static struct cp_tape tape;

static int take(void *ctx, const struct cp_item *it)
{
    return tape_emit(ctx, it);
}

static struct cutter *begin(const struct cp_str *stops, size_t n, uint32_t choices)
{
    arena = arena_new(4096, 0);
    tape_init(&tape, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    return cutter_new(arena, stops, n, choices, take, &tape);
}

/* What came out, joined, one line an item. */
static const char *told(struct buf *out)
{
    struct cp_tape joined;

    CHECK_EQ(tape_finish(&tape), 0);
    tape_init(&joined, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_join(&tape, &joined), 0);
    buf_init(out, 1 << 20);
    dump_write(out, &joined);
    buf_add_c(out, '\0');
    return out->p;
}

static void say_text(struct cutter *c, struct cp_str text, size_t cut, uint32_t choice)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_OPEN, .choice = choice };

    for (size_t at = 0; at < text.n; at += cut) {
        it.text = str_cut(str_from(text, at), cut);
        CHECK_EQ(cutter_item(c, &it), 0);
        it.flags = 0;
    }
    it.flags |= CP_CLOSE;
    it.text = STR("");
    CHECK_EQ(cutter_item(c, &it), 0);
}

static void message(struct cutter *c, uint32_t flags, uint32_t choice)
{
    struct cp_item it = { CP_ITEM(MESSAGE), .flags = flags, .sub = CP_ASSISTANT,
                          .choice = choice };
    CHECK_EQ(cutter_item(c, &it), 0);
}

static void finish(struct cutter *c, uint32_t choices)
{
    for (uint32_t i = 0; i < choices; i++) {
        struct cp_item stop = { CP_ITEM(STOP), .sub = CP_STOP_TURN, .name = STR("end"),
                                .choice = i };
        CHECK_EQ(cutter_item(c, &stop), 0);
    }
    CHECK_EQ(cutter_item(c, &(struct cp_item){ CP_ITEM(END) }), 0);
}

/* What is shown of text; *match: the sequence, or absent. */
static struct cp_str run(const struct cp_str *stops, size_t n, struct cp_str text, size_t cut,
                         struct cp_str *match)
{
    struct cutter *c = begin(stops, n, 1);
    struct buf out;
    const struct cp_item *it;
    struct cp_str shown = STR("");

    cutter_item(c, &(struct cp_item){ CP_ITEM(START), .id = STR("a") });
    message(c, CP_OPEN, 0);
    say_text(c, text, cut, 0);
    message(c, CP_CLOSE, 0);
    finish(c, 1);
    (void)told(&out);
    buf_fini(&out);
    buf_init(&out, 1 << 20);
    *match = STR_NONE;
    for (size_t i = 0; (it = tape_item(&tape, i)); i++) {
        if (it->kind == CP_TEXT)
            buf_add_str(&out, it->text);
        if (it->kind == CP_STOP && it->sub == CP_STOP_SEQUENCE)
            *match = it->text;
    }
    if (out.n)
        shown = arena_copy(arena, buf_str(&out));
    buf_fini(&out);
    CHECK_EQ(cutter_has_cut(c), match->p != NULL);
    CHECK_EQ(cutter_is_done(c), match->p != NULL);
    return shown;
}

#define CUT(text, shown, found, ...)                                                           \
    do {                                                                                       \
        static const struct cp_str stops[] = { __VA_ARGS__ };                                  \
        for (size_t cut = 1; cut <= sizeof(text); cut++) {                                     \
            struct cp_str match;                                                               \
            CHECK_STR(run(stops, sizeof(stops) / sizeof(*stops), STR(text), cut, &match),      \
                      shown);                                                                  \
            CHECK_STR(match, found);                                                           \
            arena_free(arena);                                                                 \
        }                                                                                      \
    } while (0)

TEST(any_cut_gives_the_same)
{
    CUT("Hello END of it", "Hello ", "END", STR("END"));
    CUT("EENEEND", "EENE", "END", STR("END"));
    CUT("nothing here: EN", "nothing here: EN", NULL, STR("END"));
    CUT("END", "", "END", STR("END"));
    CUT("aaaaab", "aaa", "aab", STR("aab"));
    CUT("abababac", "ab", "ababac", STR("ababac"));
    CUT("one\n\ntwo", "one", "\n\n", STR("\n\n"), STR("two"));
}

TEST(what_is_complete_first_wins)
{
    CUT("xabc", "xa", "b", STR("abc"), STR("b"));
    CUT("xabc", "x", "abc", STR("abc"), STR("bc"), STR("c"));
    CUT("xabc", "x", "abc", STR("c"), STR("bc"), STR("abc"));
    CUT("xabx", "xabx", NULL, STR("abc"), STR("abd"));
}

TEST(no_character_is_torn)
{
    static const struct cp_str stops[] = { STR("\xc3\xa9nd") };
    struct cutter *c = begin(stops, 1, 1);
    static const char *const pieces[] = { "caf\xc3\xa9", "\xc3\xa8", "\xc3\xa9n", "d!" };
    struct buf out;

    cutter_item(c, &(struct cp_item){ CP_ITEM(START) });
    message(c, CP_OPEN, 0);
    for (size_t i = 0; i < 4; i++) {
        struct cp_item it = { CP_ITEM(TEXT), .flags = i ? 0 : CP_OPEN, .text = STR_NONE };
        it.text = (struct cp_str){ pieces[i], strlen(pieces[i]) };
        CHECK_EQ(cutter_item(c, &it), 0);
    }
    CHECK(cutter_is_done(c));
    CHECK_EQ(cutter_item(c, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 5 }),
             0);
    CHECK_EQ(cutter_item(c, &(struct cp_item){ CP_ITEM(END) }), 0);
    CHECK_STR(str_of(told(&out)), "START\n"
                                  "MESSAGE + sub=assistant\n"
                                  "TEXT * \"caf\xc3\xa9\xc3\xa8\"\n"
                                  "MESSAGE -\n"
                                  "STOP sub=sequence \"\xc3\xa9nd\"\n"
                                  "USAGE sub=output num=5\n"
                                  "END\n");
    buf_fini(&out);
    arena_free(arena);
}

TEST(thoughts_and_arguments_are_not_searched)
{
    static const struct cp_str stops[] = { STR("END") };
    struct cutter *c = begin(stops, 1, 1);
    struct buf out;

    cutter_item(c, &(struct cp_item){ CP_ITEM(START) });
    message(c, CP_OPEN, 0);
    cutter_item(c,
                &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_WHOLE, .text = STR("END") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = 1,
                                      .name = STR("f"), .id = STR("c1"),
                                      .text = STR("{\"a\":\"END\"}") });
    say_text(c, STR("EN"), 1, 0);
    say_text(c, STR("D"), 1, 0);
    message(c, CP_CLOSE, 0);
    finish(c, 1);
    CHECK(!cutter_has_cut(c));
    CHECK(strstr(told(&out), "\"D\"") || strstr(out.p, "TEXT * D"));
    buf_fini(&out);
    arena_free(arena);
}

TEST(what_else_is_open_closes)
{
    static const struct cp_str stops[] = { STR("END") };
    struct cutter *c = begin(stops, 1, 1);
    struct buf out;

    cutter_item(c, &(struct cp_item){ CP_ITEM(START) });
    message(c, CP_OPEN, 0);
    cutter_item(c, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN, .text = STR("a") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_OPEN, .index = 1,
                                      .text = STR("b") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(TEXT), .text = STR("xEND") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_CLOSE, .index = 1,
                                      .text = STR("c") });
    message(c, CP_CLOSE, 0);
    finish(c, 1);
    CHECK_STR(str_of(told(&out)), "START\n"
                                  "MESSAGE + sub=assistant\n"
                                  "TEXT * \"ax\"\n"
                                  "REASONING * \"b\"\n"
                                  "MESSAGE -\n"
                                  "STOP sub=sequence \"END\"\n"
                                  "END\n");
    buf_fini(&out);
    arena_free(arena);
}

TEST(each_candidate_for_itself)
{
    static const struct cp_str stops[] = { STR("END") };
    struct cutter *c = begin(stops, 1, 2);
    struct buf out;

    cutter_item(c, &(struct cp_item){ CP_ITEM(START) });
    message(c, CP_OPEN, 0);
    message(c, CP_OPEN, 1);
    say_text(c, STR("aEND"), 3, 0);
    CHECK(cutter_has_cut(c) && !cutter_is_done(c));
    say_text(c, STR("bEN"), 3, 1);
    message(c, CP_CLOSE, 0);
    message(c, CP_CLOSE, 1);
    finish(c, 2);
    CHECK(!cutter_is_done(c));
    const char *all = told(&out);
    CHECK(strstr(all, "STOP sub=sequence \"END\"\n"));
    CHECK(strstr(all, "STOP choice=1 sub=turn name=end\n"));
    CHECK(strstr(all, "TEXT * choice=1 \"bEN\"\n"));
    buf_fini(&out);
    arena_free(arena);
}

TEST(a_segment_is_a_border)
{
    static const struct cp_str stops[] = { STR("END") };
    struct cutter *c = begin(stops, 1, 1);
    struct buf out;

    cutter_item(c, &(struct cp_item){ CP_ITEM(START) });
    message(c, CP_OPEN, 0);
    cutter_item(c, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN, .text = STR("aEN") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_SEGMENT, .text = STR("D") });
    cutter_item(c, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_CLOSE, .text = STR("b") });
    message(c, CP_CLOSE, 0);
    finish(c, 1);
    CHECK(!cutter_has_cut(c));
    (void)told(&out);
    buf_fini(&out);
    arena_free(arena);
}

TEST(sequences_are_read_from_json)
{
    struct cp_str stops[CUTTER_STOPS];
    struct arena *a = arena_new(1024, 0);

    CHECK_EQ(cutter_stops(a, STR("[\"a\\n\",\"\",\" \",1,null]"), stops), 2);
    CHECK_STR(stops[0], "a\n");
    CHECK_STR(stops[1], " ");
    CHECK_EQ(cutter_stops(a, STR("[]"), stops), 0);
    arena_free(a);
}

TEST_MAIN()
