/* SPDX-License-Identifier: MIT */
/*
 * test_frames - streams in all their forms, and JSON that stands where no event is; each also cut at every byte.
 */
#include "loop/frames.h"

#include "base/err.h"
#include "base/str.h"

#include "../test.h"

static struct buf heard;

static int hear(void *ctx, const struct cp_frame *f)
{
    (void)ctx;
    buf_add_c(&heard, '[');
    buf_add_str(&heard, f->event.p ? f->event : STR("-"));
    buf_add_c(&heard, '|');
    buf_add_str(&heard, f->data);
    return buf_add_c(&heard, ']');
}

static void tell(const char *text, uint32_t framing, size_t cut)
{
    struct frames f;
    struct cp_str rest = str_of(text);
    int rc = 0;

    buf_clear(&heard);
    heard.ceiling = SIZE_MAX;
    frames_init(&f, framing, 1000, 1000);
    for (; !rc && rest.n; rest = str_from(rest, cut < rest.n ? cut : rest.n))
        rc = frames_feed(&f, str_cut(rest, cut), hear, NULL);
    rc = rc ? rc : frames_end(&f, hear, NULL);
    if (rc)
        buf_printf(&heard, " %d", rc);
    if (frames_loose(&f).n)
        buf_printf(&heard, " loose %.*s", STR_FMT(str_trim(frames_loose(&f))));
    frames_fini(&f);
}

static void check(const char *text, uint32_t framing, const char *wanted)
{
    for (size_t cut = 1; cut <= strlen(text); cut++) {
        tell(text, framing, cut);
        if (!CHECK_STR(buf_str(&heard), wanted))
            printf("#     cut %zu\n", cut);
    }
    buf_fini(&heard);
}

TEST(events)
{
    check("event: a\ndata: 1\n\ndata: 2\n\n", CP_SSE, "[a|1][-|2]");
}

TEST(elements)
{
    check("[{\"a\":1}\n,\n{}]", CP_ARRAY, "[-|{\"a\":1}][-|{}]");
    check("[{\"a\":1", CP_ARRAY, " -1");
}

TEST(lines)
{
    check("{\"a\":1}\r\n\n{}\n \n[2]", CP_LINES, "[-|{\"a\":1}][-|{}][-|[2]]");
    check("data: 1\n\n", CP_LINES, "[-|data: 1]");
    check("\n", CP_LINES, "");
}

/* Only where it is cut: the same text as one, in as many pieces as there were. */
TEST(text_without_form)
{
    const char *text = "a\xc3\xa4\n\xf0\x9f\x99\x82z\xff";
    struct buf joined;

    for (size_t cut = 1; cut <= strlen(text); cut++) {
        tell(text, CP_RAW, cut);
        buf_init(&joined, 1000);
        for (struct cp_str rest = buf_str(&heard), part; str_split(&rest, '|', &part);)
            if (part.p != heard.p) {
                struct cp_str piece = str_cut(part, (size_t)str_chr(part, ']'));
                bool is_mended = (*piece.p & 0xC0) != 0x80;
                CHECK(is_mended);
                buf_add_str(&joined, piece);
            }
        CHECK_STR(buf_str(&joined), text);
        buf_fini(&joined);
    }
    buf_fini(&heard);
}

static int count_frames(void *ctx, const struct cp_frame *f)
{
    (void)f;
    ++*(size_t *)ctx;
    return 0;
}

TEST(what_of_lines_is_torn)
{
    struct frames f;
    size_t n = 0;

    frames_init(&f, CP_LINES, 20, 20);
    CHECK_EQ(frames_feed(&f, STR("one\ntwo\nthr"), count_frames, &n), 0);
    CHECK_EQ(n, 2);
    CHECK_EQ(frames_torn(&f), 3);
    CHECK_EQ(frames_feed(&f, STR("ee\n"), count_frames, &n), 0);
    CHECK_EQ(n, 3);
    CHECK_EQ(frames_torn(&f), 0);
    uint64_t signs = frames_signs(&f);
    CHECK_EQ(frames_feed(&f, STR("\n"), count_frames, &n), 0);
    CHECK_EQ(n, 3);
    CHECK(frames_signs(&f) > signs);
    CHECK_EQ(frames_feed(&f, STR("a line that is too long"), count_frames, &n), E_LIMIT);
    frames_fini(&f);
}

TEST(bare_json_behind_an_event)
{
    check("data: 1\r\n\r\n{\r\n \"error\": {}\r\n}\r\n", CP_SSE,
          "[-|1][error|{\n \"error\": {}\n}]");
    check("data: 1\n\n{\"error\": {}}", CP_SSE, "[-|1][error|{\"error\": {}}]");
    check("data: 1\n\n{\"error\":\n{}}\n\ndata: 2\n\n", CP_SSE,
          "[-|1][error|{\"error\":\n{}}][-|2]");
    check("data: 1\n\n{\"error\":", CP_SSE, "[-|1][error|{\"error\":]");
    check("data: 1\n\n{\"stray\":1}\ndata: 2\n\n", CP_SSE, "[-|1][-|2]");
}

/* Wherever a read ends it is looked at when its last line has come, once. */
TEST(bare_json_is_judged_by_lines)
{
    check("data: 1\n\n{\"error\":{}}\nrest\ndata: 2\n\n", CP_SSE,
          "[-|1][error|{\"error\":{}}][-|2]");
    check("data: 1\n\n{\"a\":1}\n{\"error\":{}}\ndata: 2\n\n", CP_SSE, "[-|1][-|2]");
    check("data: 1\n\n{\"a\":\n\"}\",\"error\":{}}\ndata: 2\n\n", CP_SSE,
          "[-|1][error|{\"a\":\n\"}\",\"error\":{}}][-|2]");
    check("data: 1\n\n[{\"error\":{}}\n,{}]\ndata: 2\n\n", CP_SSE,
          "[-|1][error|[{\"error\":{}}\n,{}]][-|2]");
    check("{\"error\":{}}\ndata: 1\n\n{}\ndata: 2\n\n", CP_SSE, "[-|1][-|2]");
}

TEST(json_instead_of_events)
{
    check("{\"id\":\n1}", CP_SSE, " loose {\"id\":\n1}");
    check("[{\"a\":1},\n{}]\n", CP_SSE, "[-|{\"a\":1}][-|{}]");
}

/* Bare JSON is told as soon as it is whole, and a cut behind it tears nothing. */
TEST(soon)
{
    struct frames f;
    buf_clear(&heard);
    heard.ceiling = SIZE_MAX;
    frames_init(&f, CP_SSE, 1000, 1000);
    CHECK_EQ(frames_feed(&f, STR("data: 1\n\n{\n\"error\":1\n"), hear, NULL), 0);
    CHECK_EQ(frames_torn(&f), 12);
    CHECK_EQ(frames_feed(&f, STR("}\n"), hear, NULL), 0);
    CHECK_STR(buf_str(&heard), "[-|1][error|{\n\"error\":1\n}]");
    CHECK_EQ(frames_torn(&f), 0);
    frames_fini(&f);
    buf_fini(&heard);
}

static uint64_t places[8];
static size_t places_n;

static int where(void *ctx, const struct cp_frame *f)
{
    (void)f;
    places[places_n++] = frames_taken(ctx);
    return 0;
}

TEST(where_a_frame_ends)
{
    static const char text[] = "\xef\xbb\xbf"
                               "data: 1\n\n: c\n\nevent: x\r\ndata: 2\r\n\r\n";
    for (size_t cut = 1; cut < sizeof(text); cut++) {
        struct frames f;
        struct cp_str rest = STR("");
        places_n = 0;
        frames_init(&f, CP_SSE, 1000, 1000);
        for (rest = str_of(text); rest.n; rest = str_from(rest, cut < rest.n ? cut : rest.n))
            CHECK_EQ(frames_feed(&f, str_cut(rest, cut), where, &f), 0);
        CHECK_EQ(places_n, 2);
        CHECK_EQ(places[0], 12);
        CHECK_EQ(places[1], sizeof(text) - 2); /* its last line feed is read with the next */
        frames_fini(&f);
    }
    static const char array[] = "[{},\n{\"a\":1}]";
    for (size_t cut = 1; cut < sizeof(array); cut++) {
        struct frames f;
        struct cp_str rest = STR("");
        places_n = 0;
        frames_init(&f, CP_ARRAY, 1000, 1000);
        for (rest = str_of(array); rest.n; rest = str_from(rest, cut < rest.n ? cut : rest.n))
            CHECK_EQ(frames_feed(&f, str_cut(rest, cut), where, &f), 0);
        CHECK_EQ(places_n, 2);
        CHECK_EQ(places[0], 3);
        CHECK_EQ(places[1], 12);
        frames_fini(&f);
    }
}

TEST_MAIN()
