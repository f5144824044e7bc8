/* SPDX-License-Identifier: MIT */
/*
 * test_write - what comes out is JSON, or the writer says that it is not.
 */
#include "json/write.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"

#include "../test.h"

static struct buf out;
static struct json_writer w;

static void start(size_t ceiling)
{
    buf_fini(&out);
    buf_init(&out, ceiling);
    json_writer_init(&w, &out);
}

TEST(nests_and_puts_commas)
{
    start(4096);
    json_open(&w, '{');
    json_key(&w, STR("a"));
    json_number(&w, -5);
    json_key(&w, STR("list"));
    json_open(&w, '[');
    json_string(&w, STR("x"));
    json_open(&w, '{');
    json_close(&w);
    json_string(&w, STR_NONE);
    json_raw(&w, STR("1.50"));
    json_raw(&w, STR_NONE);
    json_close(&w);
    json_key_raw(&w, STR("k\\\""));
    json_open(&w, '[');
    json_close(&w);
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_STR(buf_str(&out), "{\"a\":-5,\"list\":[\"x\",{},null,1.50,null],\"k\\\"\":[]}");
}

TEST(a_bare_value_is_a_text)
{
    start(64);
    CHECK_EQ(json_writer_done(&w), E_BUG);
    json_number(&w, INT64_MIN);
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_STR(buf_str(&out), "-9223372036854775808");
    CHECK_EQ(json_number(&w, 1), E_BUG);
    CHECK_EQ(json_writer_done(&w), E_BUG);
}

TEST(escapes)
{
    start(4096);
    json_string(&w, STR("\"\\/\b\f\n\r\t\x01\x1F\x7F\xC3\xBC\xE2\x80\xA8\xF0\x9F\x98\x80"));
    CHECK_STR(buf_str(&out), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xBC\xE2\x80\xA8"
                             "\xF0\x9F\x98\x80\"");
    start(4096);
    json_string(&w, str_n("a\0b", 3));
    CHECK_STR(buf_str(&out), "\"a\\u0000b\"");
    start(4096);
    json_string(&w, STR("\xFF"
                        "a\xC3"
                        "b\xED\xA0\x80"));
    CHECK_STR(buf_str(&out), "\"\xEF\xBF\xBD"
                             "a\xEF\xBF\xBD"
                             "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK_EQ(json_check(buf_str(&out), NULL, NULL), 0);
}

TEST(members_at_once)
{
    start(4096);
    json_open(&w, '{');
    json_put_text(&w, "a", STR("x\"y"));
    json_put_text(&w, "b", STR_NONE);
    json_put_number(&w, "c", -7);
    json_put_bool(&w, "d", true);
    json_put_bool(&w, "e", false);
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_STR(buf_str(&out), "{\"a\":\"x\\\"y\",\"b\":null,\"c\":-7,\"d\":true,\"e\":false}");
    CHECK_EQ(json_put_bool(&w, "f", true), E_BUG); /* nothing is open */
}

TEST(what_is_written_reads_back)
{
    char text[40];
    struct arena *a = arena_new(0, 0);
    for (size_t n = 0; n < 20; n++) {
        for (int c = 0; c < 128; c++) {
            memset(text, 'x', sizeof(text));
            text[n] = (char)c;
            start(4096);
            json_string(&w, str_n(text, n + 12));
            struct cp_str back = json_text(a, buf_str(&out));
            if (!CHECK(str_eq(back, str_n(text, n + 12))) ||
                !CHECK_EQ(json_check(buf_str(&out), NULL, NULL), 0))
                break;
        }
    }
    arena_free(a);
}

TEST(writes_in_pieces)
{
    start(4096);
    json_open(&w, '[');
    json_quote_open(&w);
    json_piece(&w, STR("a\""));
    json_piece(&w, STR(""));
    json_piece(&w, STR_NONE);
    json_piece(&w, STR("\nb"));
    CHECK_EQ(json_writer_done(&w), E_BUG);
    json_quote_close(&w);
    json_quote_open(&w);
    json_quote_close(&w);
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_STR(buf_str(&out), "[\"a\\\"\\nb\",\"\"]");
}

TEST(notices_misuse)
{
    start(4096);
    CHECK_EQ(json_close(&w), E_BUG);
    start(4096);
    CHECK_EQ(json_key(&w, STR("a")), E_BUG);
    start(4096);
    CHECK_EQ(json_open(&w, '('), E_BUG);
    start(4096);
    json_open(&w, '{');
    CHECK_EQ(json_number(&w, 1), E_BUG);
    start(4096);
    json_open(&w, '{');
    json_key(&w, STR("a"));
    CHECK_EQ(json_close(&w), E_BUG);
    start(4096);
    json_open(&w, '{');
    json_key(&w, STR("a"));
    CHECK_EQ(json_key(&w, STR("b")), E_BUG);
    start(4096);
    json_open(&w, '[');
    CHECK_EQ(json_key(&w, STR("b")), E_BUG);
    start(4096);
    CHECK_EQ(json_piece(&w, STR("b")), E_BUG);
    start(4096);
    CHECK_EQ(json_quote_close(&w), E_BUG);
    start(4096);
    json_quote_open(&w);
    CHECK_EQ(json_string(&w, STR("b")), E_BUG);
    start(4096);
    CHECK_EQ(json_raw(&w, STR("")), E_BUG);
    /* and nothing mends it */
    json_open(&w, '[');
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), E_BUG);
}

TEST(stops_at_the_ceiling)
{
    start(5);
    json_open(&w, '[');
    CHECK_EQ(json_string(&w, STR("long")), E_LIMIT);
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), E_LIMIT);
}

TEST(depth_has_an_end)
{
    start(4096);
    for (int i = 0; i < JSON_WRITER_DEPTH; i++)
        CHECK_EQ(json_open(&w, '['), 0);
    CHECK_EQ(json_open(&w, '['), E_BUG);
    start(4096);
    for (int i = 0; i < JSON_WRITER_DEPTH; i++) {
        CHECK_EQ(json_open(&w, i % 3 ? '[' : '{'), 0);
        if (i % 3 == 0)
            CHECK_EQ(json_key(&w, STR("k")), 0);
    }
    json_number(&w, 1);
    for (int i = 0; i < JSON_WRITER_DEPTH; i++)
        CHECK_EQ(json_close(&w), 0);
    static const struct json_limits deep = { 1024, 1000, 1000 };
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_EQ(json_check(buf_str(&out), &deep, NULL), 0);
}

TEST(splices)
{
    struct cp_str text = STR("{\"model\": \"a\", \"x\":1}");
    start(4096);
    CHECK_EQ(json_splice(&out, text, json_get(text, "model"), STR("b\"c")), 0);
    CHECK_STR(buf_str(&out), "{\"model\": \"b\\\"c\", \"x\":1}");
    start(4096);
    CHECK_EQ(json_splice(&out, text, STR("\"a\""), STR("b")), E_BUG);
    CHECK_EQ(json_splice(&out, text, STR_NONE, STR("b")), E_BUG);
    CHECK_EQ(json_splice(&out, text, str_n(text.p + 5, text.n), STR("b")), E_BUG);
    CHECK_EQ(json_splice(&out, text, text, STR("b")), 0);
    CHECK_STR(buf_str(&out), "\"b\"");
    start(10);
    CHECK_EQ(json_splice(&out, text, json_get(text, "model"), STR("b")), E_LIMIT);
    buf_fini(&out);
}

TEST_MAIN()
