/* SPDX-License-Identifier: MIT */
/*
 * test_host_out - bytes, frames, and JSON in them.
 */
#include "plugin/host.h"

#include "base/str.h"

#include "../test.h"

static struct buf buf;
static struct cp_out out;
static const struct cp_json *J;

static void begin(size_t ceiling)
{
    J = host_json();
    buf_init(&buf, ceiling);
    out_init(&out, &buf);
}

static void ends(int rc, const char *wanted)
{
    CHECK_EQ(out_done(&out), rc);
    if (wanted)
        CHECK_STR(buf_str(&buf), wanted);
    buf_fini(&buf);
}

TEST(bytes)
{
    begin(100);
    CHECK_EQ(out_write(&out, STR("a\nb")), 0);
    CHECK_EQ(out_write(&out, STR_NONE), 0);
    ends(0, "a\nb");
}

TEST(frames)
{
    begin(1000);
    CHECK_EQ(out_frame(&out, STR(""), STR("x")), 0);
    CHECK_EQ(out_frame(&out, STR("ping"), STR("")), 0);
    CHECK_EQ(out_frame(&out, STR_NONE, STR("a\nb\r\nc\rd\n")), 0);
    CHECK_EQ(out.frames, 3);
    ends(0, "data: x\n\nevent: ping\ndata: \n\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST(frames_with_crlf)
{
    begin(1000);
    out.crlf = true;
    CHECK_EQ(out_frame(&out, STR("e"), STR("x")), 0);
    CHECK_EQ(out_frame_open(&out, NULL), 0);
    CHECK_EQ(out_write(&out, STR("y")), 0);
    CHECK_EQ(out_frame_close(&out), 0);
    ends(0, "event: e\r\ndata: x\r\n\r\ndata: y\r\n\r\n");
}

TEST(frames_as_an_array)
{
    begin(1000);
    out_framing(&out, CP_ARRAY);
    CHECK_EQ(out_frame(&out, STR("e"), STR("{\n}")), 0);
    CHECK_EQ(out_frame_open(&out, "e"), 0);
    CHECK_EQ(J->open(&out, '{'), 0);
    CHECK_EQ(J->close(&out), 0);
    CHECK_EQ(out_frame_close(&out), 0);
    out_renew(&out);
    CHECK_EQ(out_frame(&out, STR_NONE, STR("{}")), 0);
    out_end(&out);
    out_end(&out);
    ends(0, "[{\n},\r\n{},\r\n{}]");
    begin(1000);
    out_framing(&out, CP_ARRAY);
    out_end(&out);
    ends(0, "[]");
    begin(1000);
    out_framing(&out, CP_SSE);
    out_end(&out);
    ends(0, "");
}

TEST(frames_as_lines)
{
    begin(1000);
    out_framing(&out, CP_LINES);
    CHECK_EQ(out_frame(&out, STR("e"), STR("{\r\n}")), 0);
    CHECK_EQ(out_frame_open(&out, "e"), 0);
    CHECK_EQ(J->open(&out, '{'), 0);
    CHECK_EQ(J->key(&out, "a"), 0);
    CHECK_EQ(J->raw(&out, STR("[1,\n2]")), 0);
    CHECK_EQ(J->close(&out), 0);
    CHECK_EQ(out_frame_close(&out), 0);
    out_end(&out);
    ends(0, "{  }\n{\"a\":[1, 2]}\n");
}

TEST(frames_as_they_are)
{
    begin(1000);
    out_framing(&out, CP_RAW);
    CHECK_EQ(out_frame(&out, STR("e"), STR("a\nb")), 0);
    CHECK_EQ(out_frame_open(&out, NULL), 0);
    CHECK_EQ(out_write(&out, STR("c\r\n")), 0);
    CHECK_EQ(out_frame_close(&out), 0);
    out_end(&out);
    ends(0, "a\nbc\r\n");
}

TEST(frames_in_place)
{
    begin(1000);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(out_frame_open(&out, "delta"), 0);
        CHECK_EQ(J->open(&out, '{'), 0);
        CHECK_EQ(J->key(&out, "text"), 0);
        CHECK_EQ(J->quote_open(&out), 0);
        CHECK_EQ(J->piece(&out, STR("a\n")), 0);
        CHECK_EQ(J->piece(&out, STR("\"b")), 0);
        CHECK_EQ(J->quote_close(&out), 0);
        CHECK_EQ(J->key(&out, "n"), 0);
        CHECK_EQ(J->number(&out, -5), 0);
        CHECK_EQ(J->key(&out, "none"), 0);
        CHECK_EQ(J->string(&out, STR_NONE), 0);
        CHECK_EQ(J->close(&out), 0);
        CHECK_EQ(out_frame_close(&out), 0);
    }
#define ONE "event: delta\ndata: {\"text\":\"a\\n\\\"b\",\"n\":-5,\"none\":null}\n\n"
    CHECK_EQ(out.frames, 2);
    ends(0, ONE ONE);
}

TEST(white_space_of_a_slice_in_a_frame)
{
    begin(1000);
    CHECK_EQ(out_frame_open(&out, NULL), 0);
    CHECK_EQ(J->raw(&out, STR("{\n  \"a\": 1\r\n}")), 0);
    CHECK_EQ(out_frame_close(&out), 0);
    ends(0, "data: {\ndata:   \"a\": 1\ndata: }\n\n");
}

TEST(several_values_with_bytes_between)
{
    begin(1000);
    out_write(&out, STR("["));
    for (int i = 0; i < 2; i++) {
        J->open(&out, '{');
        J->close(&out);
        out_write(&out, i ? STR("]") : STR(","));
    }
    ends(0, "[{},{}]");
}

TEST(what_is_left_open_is_a_bug)
{
    begin(1000);
    J->open(&out, '{');
    ends(E_BUG, NULL);
    begin(1000);
    out_frame_open(&out, NULL);
    ends(E_BUG, NULL);
    begin(1000);
    out_frame_open(&out, NULL);
    J->open(&out, '[');
    CHECK_EQ(out_frame_close(&out), E_BUG);
    ends(E_BUG, NULL);
    begin(1000);
    out_frame_open(&out, NULL);
    CHECK_EQ(out_frame_open(&out, NULL), E_BUG);
    ends(E_BUG, NULL);
    begin(1000);
    CHECK_EQ(out_frame_close(&out), E_BUG);
    CHECK_EQ(out_write(&out, STR("x")), E_BUG);
    ends(E_BUG, "");
    begin(1000);
    CHECK_EQ(out_frame(&out, STR("a\nb"), STR("x")), E_BUG);
    ends(E_BUG, NULL);
    begin(1000);
    J->open(&out, '{');
    CHECK_EQ(J->number(&out, 1), E_BUG);
    ends(E_BUG, NULL);
}

TEST(a_ceiling)
{
    begin(10);
    CHECK_EQ(out_write(&out, STR("12345678")), 0);
    CHECK_EQ(out_write(&out, STR("901")), E_LIMIT);
    CHECK_EQ(out_write(&out, STR("9")), E_LIMIT);
    ends(E_LIMIT, NULL);
    begin(10);
    CHECK_EQ(out_frame(&out, STR("event"), STR("x")), E_LIMIT);
    ends(E_LIMIT, NULL);
}

TEST(status)
{
    begin(10);
    CHECK_EQ(out_set_status(&out, 429), 0);
    CHECK_EQ(out.status, 429);
    CHECK_EQ(out_set_status(&out, 99), E_BUG);
    ends(E_BUG, NULL);
}

TEST(json_reading)
{
    struct host_call hc;
    struct arena *arena = arena_new(4096, 0);
    host_call_init(&hc, arena, NULL);
    struct cp_str body = STR("{\"a\": [1, \"x\\ty\"], \"b\": true}"), key, v;
    size_t at = 0;
    CHECK_EQ(J->check(&hc.call, body), 0);
    CHECK_EQ(J->check(&hc.call, STR("{")), CP_E_SYNTAX);
    CHECK_EQ(hc.err.code, CP_E_SYNTAX);
    CHECK_EQ(J->check(NULL, STR("{")), CP_E_SYNTAX);
    CHECK_EQ(J->kind(body), '{');
    CHECK_EQ(J->kind(STR_NONE), 0);
    CHECK_EQ(J->each(body, &at, &key, &v), 1);
    CHECK(J->is(key, "a"));
    CHECK_EQ(J->each(body, &at, NULL, NULL), 1);
    CHECK_EQ(J->each(body, &at, NULL, NULL), 0);
    at = 0;
    J->each(v, &at, NULL, &body);
    int64_t n;
    CHECK_EQ(J->integer(body, &n), 0);
    CHECK_EQ(n, 1);
    J->each(v, &at, NULL, &body);
    CHECK_STR(J->text(&hc.call, body), "x\ty");
    CHECK_STR(J->compact(&hc.call, v), "[1,\"x\\ty\"]");
    arena_free(arena);
}

TEST_MAIN()
