/* SPDX-License-Identifier: MIT */
/*
 * test_sse - bytes to frames; every stream here is also fed cut at every byte, and byte by byte.
 */
#include "loop/sse.h"

#include "base/err.h"
#include "base/str.h"
#include "test.h"

#include <stdlib.h>

static struct buf heard; /* "[event|data]" of each frame; event - if absent */
static int stop_at;

static int hear(void *ctx, const struct cp_frame *f)
{
    buf_add_c(&heard, '[');
    buf_add_str(&heard, f->event.p ? f->event : STR("-"));
    buf_add_c(&heard, '|');
    buf_add_str(&heard, f->data);
    buf_add_c(&heard, ']');
    return stop_at && --stop_at == 0 ? 77 : 0;
}

/* A copy of its own size, so that a read beyond a piece is seen. */
static int feed_copy(struct sse *s, struct cp_str piece)
{
    char *p = malloc(piece.n ? piece.n : 1);
    if (piece.n)
        memcpy(p, piece.p, piece.n);
    int rc = sse_feed(s, str_n(p, piece.n), hear, NULL);
    free(p);
    return rc;
}

struct outcome {
    int rc;
    bool is_at_boundary;
    uint64_t frames, comments;
    char text[4096], loose[1024];
};

static void end_stream(struct sse *s, int rc, struct outcome *o)
{
    memset(o, 0, sizeof *o);
    o->is_at_boundary = !rc && sse_at_boundary(s);
    o->rc = rc ? rc : sse_end(s, hear, NULL);
    o->frames = s->frames;
    o->comments = s->comments;
    snprintf(o->text, sizeof o->text, "%.*s", STR_FMT(buf_str(&heard)));
    snprintf(o->loose, sizeof o->loose, "%.*s", STR_FMT(sse_loose(s)));
    sse_fini(s);
    buf_clear(&heard);
}

static void open_stream(struct sse *s)
{
    buf_init(&heard, heard.p ? heard.ceiling : SIZE_MAX);
    sse_init(s, 64, 128);
}

static void feed_cut(struct cp_str all, size_t a, size_t b, struct outcome *o)
{
    struct sse s;
    open_stream(&s);
    int rc = feed_copy(&s, str_cut(all, a));
    rc = rc ? rc : feed_copy(&s, str_n(all.p + a, b - a));
    rc = rc ? rc : feed_copy(&s, str_from(all, b));
    end_stream(&s, rc, o);
    buf_fini(&heard);
}

static void feed_bytes(struct cp_str all, struct outcome *o)
{
    struct sse s;
    int rc = 0;
    open_stream(&s);
    for (size_t i = 0; i < all.n && !rc; i++)
        rc = feed_copy(&s, str_n(all.p + i, 1));
    end_stream(&s, rc, o);
    buf_fini(&heard);
}

static void check_stream(struct cp_str all, const char *wanted, int rc)
{
    struct outcome whole, cut;
    feed_cut(all, all.n, all.n, &whole);
    CHECK_STR(str_of(whole.text), wanted);
    CHECK_EQ(whole.rc, rc);
    bool is_same = true;
    for (size_t a = 0; a <= all.n; a++)
        for (size_t b = a; b <= all.n; b++) {
            feed_cut(all, a, b, &cut);
            is_same = is_same && memcmp(&whole, &cut, sizeof cut) == 0;
        }
    CHECK(is_same);
    feed_bytes(all, &cut);
    CHECK(memcmp(&whole, &cut, sizeof cut) == 0);
}

#define STREAM(literal, wanted) check_stream(STR(literal), wanted, 0)

TEST(sse_simple_events)
{
    STREAM("data: one\n\ndata:two\n\n", "[-|one][-|two]");
    STREAM("event: e\ndata: x\n\ndata: y\n\n", "[e|x][-|y]");
    STREAM("data:  two blanks\n\n", "[-| two blanks]");
    STREAM("data\n\n", "[-|]");
    STREAM("data:\n\n", "[-|]");
    STREAM("", "");
    STREAM("\n\n\n", "");
}

TEST(sse_line_ends)
{
    STREAM("data: a\r\n\r\ndata: b\r\n\r\n", "[-|a][-|b]");
    STREAM("data: a\r\rdata: b\r\r", "[-|a][-|b]");
    STREAM("data: a\n\r\ndata: b\r\n\ndata: c\r\n\rdata: d\r\r\n", "[-|a][-|b][-|c][-|d]");
    STREAM("data: \xe2\x80\xa8 stays\n\n", "[-|\xe2\x80\xa8 stays]");
}

TEST(sse_data_lines_join)
{
    STREAM("data: {\ndata: \"a\":1\ndata: }\n\n", "[-|{\n\"a\":1\n}]");
    STREAM("data\ndata\n\n", "[-|\n]");
    STREAM("data: a\nevent: late\ndata: b\n\n", "[late|a\nb]");
}

TEST(sse_other_fields_are_passed_over)
{
    STREAM("id: 7\nretry: 10\nwhatever\ndata: x\n\n", "[-|x]");
    STREAM("datax: no\nDATA: no\n\n", "");
    STREAM("event: lonely\n\ndata: x\n\n", "[-|x]");
    STREAM("event:\ndata: x\n\n", "[-|x]");
}

TEST(sse_comments_are_life)
{
    struct outcome o;
    STREAM(": ping\n\n:\ndata: x\n: in between\ndata: y\n\n", "[-|x\ny]");
    feed_cut(STR(": ping\n\n:\n: third"), 3, 5, &o);
    CHECK_EQ(o.comments, 3);
    CHECK_EQ(o.frames, 0);
}

TEST(sse_byte_order_mark)
{
    STREAM("\xef\xbb\xbf"
           "data: x\n\n",
           "[-|x]");
    STREAM("\xef\xbb"
           "data: x\n\ndata: y\n\n",
           "[-|y]");
    STREAM("\xef\xbb\xbf\xef\xbb\xbf"
           "data: x\n\ndata: y\n\n",
           "[-|y]");
    STREAM("\xef", "");
}

TEST(sse_last_event_without_blank_line)
{
    STREAM("data: x", "[-|x]");
    STREAM("data: x\n", "[-|x]");
    STREAM("data: x\r", "[-|x]");
    STREAM("data: a\n\nevent: e\ndata: b\ndata: c", "[-|a][e|b\nc]");
    STREAM("event: e", "");
}

TEST(sse_long_event_names_are_cut)
{
    STREAM("event: 0123456789012345678901234567890123456789012345678\ndata: x\n\n",
           "[0123456789012345678901234567890123456789012345678|x]");
    struct sse s;
    open_stream(&s);
    s.line_max = s.line.ceiling = 200;
    struct cp_str name =
        STR("event: 0123456789012345678901234567890123456789012345678901234567890123X\n");
    CHECK_EQ(sse_feed(&s, name, hear, NULL), 0);
    CHECK_EQ(s.event_n, sizeof s.event);
    sse_fini(&s);
    buf_fini(&heard);
}

TEST(sse_json_instead_of_events)
{
    struct outcome o;
    struct cp_str all = STR("{\"error\":\n\n  {\"code\": 1}\n}");
    check_stream(all, "", 0);
    feed_bytes(all, &o);
    CHECK_STR(str_of(o.loose), "{\"error\":\n\n  {\"code\": 1}\n}\n");
    CHECK(!o.is_at_boundary);
    STREAM("[1]\ndata: x\n\n", "[-|x]");
    STREAM("data: x\n\n[{\"a\":1}\n,2]\nevent: e\ndata: y\n\n", "[-|x][e|y]");
}

TEST(sse_limits)
{
    char long_line[80];
    memset(long_line, 'a', sizeof long_line);
    memcpy(long_line, "data: ", 6);
    check_stream(str_n(long_line, 65), "", E_LIMIT);
    long_line[64] = '\n';
    long_line[65] = '\n';
    struct outcome o;
    feed_cut(str_n(long_line, 66), 0, 66, &o);
    CHECK_EQ(o.rc, 0);
    CHECK_EQ(o.frames, 1);
    /* 40 + LF + 40 + LF + 40 fit into 128; one more byte does not */
#define FORTY "data: 0123456789012345678901234567890123456789\n"
    check_stream(
        STR(FORTY FORTY "data: 0123456789012345678901234567890123456789012345\n\n"),
        "[-|0123456789012345678901234567890123456789\n0123456789012345678901234567890123456789\n"
        "0123456789012345678901234567890123456789012345]",
        0);
    check_stream(STR(FORTY FORTY "data: 01234567890123456789012345678901234567890123456\n\n"),
                 "", E_LIMIT);
}

TEST(sse_callback_stops_the_feed)
{
    struct sse s;
    open_stream(&s);
    stop_at = 2;
    CHECK_EQ(sse_feed(&s, STR("data: a\n\ndata: b\n\ndata: c\n\n"), hear, NULL), 77);
    CHECK_STR(buf_str(&heard), "[-|a][-|b]");
    CHECK_EQ(s.frames, 2);
    sse_fini(&s);
    buf_fini(&heard);
}

TEST(sse_knows_where_a_cut_hurts)
{
    static const struct {
        const char *bytes;
        bool is_boundary;
    } rows[] = {
        { "", true },
        { "data: x\n\n", true },
        { "data: x\r\r", true },
        { "data: x\n\n: ping\n", true },
        { "data: x\n", false },
        { "data: x", false },
        { "event: e\n", false },
        { "id: 1\n", false },
        { "data: x\n\nd", false },
        { ": pi", false },
        { "{\"a\":1}\n", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o;
        feed_cut(str_of(rows[i].bytes), 0, strlen(rows[i].bytes), &o);
        if (!CHECK_EQ(o.is_at_boundary, rows[i].is_boundary))
            printf("#     row %zu\n", i);
    }
}

static const char *fed;
static size_t fed_n;

static int is_inside(void *ctx, const struct cp_frame *f)
{
    *(bool *)ctx = f->data.p >= fed && f->data.p + f->data.n <= fed + fed_n;
    return 0;
}

TEST(sse_whole_events_are_not_copied)
{
    static const char text[] = "event: e\ndata: hello\n\n";
    struct sse s;
    bool is_slice = false;
    open_stream(&s);
    fed = text;
    fed_n = sizeof text - 1;
    CHECK_EQ(sse_feed(&s, str_n(fed, fed_n), is_inside, &is_slice), 0);
    CHECK(is_slice);
    CHECK_EQ(s.line.cap + s.data.cap, 0);
    sse_fini(&s);
}

TEST(sse_gives_big_buffers_back)
{
    struct sse s;
    bool is_slice;
    size_t n = 300000;
    char *big = malloc(n);
    memset(big, 'x', n);
    memcpy(big, "data: ", 6);
    sse_init(&s, 1 << 20, 1 << 20);
    CHECK_EQ(sse_feed(&s, str_n(big, n), is_inside, &is_slice), 0);
    CHECK_EQ(s.line.n, n);
    CHECK_EQ(sse_feed(&s, STR("\n"), is_inside, &is_slice), 0);
    CHECK_EQ(sse_feed(&s, STR("\n"), is_inside, &is_slice), 0);
    CHECK_EQ(s.frames, 1);
    CHECK(s.line.cap + s.data.cap < 65536);
    sse_fini(&s);
    free(big);
}

TEST_MAIN()
