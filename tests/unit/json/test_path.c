/* SPDX-License-Identifier: MIT */
/*
 * test_path - from a byte's place to the name of what stands there.
 */
#include "json/path.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#include "../test.h"

static struct arena *arena;

/* The path of the first place where needle stands. */
static struct cp_str path_of(struct json_paths *p, struct cp_str text, const char *needle)
{
    static char out[JSON_PATH_BYTES];
    return json_path_at(p, (size_t)str_find(text, str_of(needle)), out);
}

static const char request[] =
    "{\"model\":\"m\", \"messages\" : [ {\"role\":\"user\",\"content\":\"first\"},\n"
    " {\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a \\\"quoted\\\\\"},\n"
    "  {\"type\":\"image\",\"source\":{\"data\":\"iVBO\"}}]}],\"top_k\":5,\"stop\":[true,\"S\"],\n"
    " \"odd key\":{\"a.b\":[[1,22],[]]}}";

TEST(values_keys_and_brackets)
{
    arena = arena_new(4096, 0);
    struct cp_str text = str_of(request);
    struct json_paths *p = json_paths_new(arena, text);
    CHECK_STR(path_of(p, text, "m\""), "model");
    CHECK_STR(path_of(p, text, "first"), "messages[0].content");
    CHECK_STR(path_of(p, text, "quoted"), "messages[1].content[0].text");
    CHECK_STR(path_of(p, text, "iVBO"), "messages[1].content[1].source.data");
    CHECK_STR(path_of(p, text, "data"), "messages[1].content[1].source.data");
    CHECK_STR(path_of(p, text, "{\"data"), "messages[1].content[1].source");
    CHECK_STR(path_of(p, text, "5"), "top_k");
    CHECK_STR(path_of(p, text, "S"), "stop[1]");
    CHECK_STR(path_of(p, text, "22"), "[\"odd key\"][\"a.b\"][0][1]");
    CHECK_STR(path_of(p, text, "[]"), "[\"odd key\"][\"a.b\"][1]");
    CHECK_STR(path_of(p, text, "{\"model"), "");
    arena_free(arena);
}

TEST(any_order)
{
    arena = arena_new(4096, 0);
    struct cp_str text = str_of(request);
    struct json_paths *p = json_paths_new(arena, text);
    CHECK_STR(path_of(p, text, "22"), "[\"odd key\"][\"a.b\"][0][1]");
    CHECK_STR(path_of(p, text, "first"), "messages[0].content");
    CHECK_STR(path_of(p, text, "5"), "top_k");
    CHECK_STR(path_of(p, text, "quoted"), "messages[1].content[0].text");
    CHECK_STR(path_of(p, text, "model"), "model");
    arena_free(arena);
}

TEST(between_members_is_the_container)
{
    arena = arena_new(4096, 0);
    struct cp_str text = STR("{\"a\":{\"b\":1 , \"c\":[2 ]} }");
    struct json_paths *p = json_paths_new(arena, text);
    char out[JSON_PATH_BYTES];
    CHECK_STR(json_path_at(p, 11, out), "a");
    CHECK_STR(json_path_at(p, 12, out), "a");
    CHECK_STR(json_path_at(p, 20, out), "a.c");
    CHECK_STR(json_path_at(p, 21, out), "a.c");
    CHECK_STR(json_path_at(p, 22, out), "a");
    CHECK_STR(json_path_at(p, 23, out), "");
    CHECK_STR(json_path_at(p, 24, out), "");
    CHECK_STR(json_path_at(p, 25, out), "");
    CHECK_STR(json_path_at(p, 1000, out), "");
    arena_free(arena);
}

TEST(a_large_text_is_read_once)
{
    struct buf b;
    char out[JSON_PATH_BYTES], wanted[64];
    size_t places[2000];
    arena = arena_new(4096, 0);
    buf_init(&b, SIZE_MAX);
    buf_add_z(&b, "{\"messages\":[");
    for (int i = 0; i < 2000; i++) {
        buf_add_z(&b, i ? ",{\"content\":\"" : "{\"content\":\"");
        for (int k = 0; k < 20; k++)
            buf_add_z(&b, "some words, {not} [a] \\\"bracket\\\" ");
        places[i] = b.n - 3;
        buf_add_z(&b, "\"}");
    }
    buf_add_z(&b, "]}");
    struct json_paths *p = json_paths_new(arena, buf_str(&b));
    for (int i = 1999; i >= 0; i -= 7) {
        snprintf(wanted, sizeof(wanted), "messages[%d].content", i);
        CHECK_STR(json_path_at(p, places[i], out), wanted);
    }
    for (int i = 0; i < 2000; i += 31) {
        snprintf(wanted, sizeof(wanted), "messages[%d].content", i);
        CHECK_STR(json_path_at(p, places[i], out), wanted);
    }
    buf_fini(&b);
    arena_free(arena);
}

TEST(depth_and_length_have_ends)
{
    struct buf b;
    char out[JSON_PATH_BYTES];
    arena = arena_new(4096, 0);
    buf_init(&b, SIZE_MAX);
    for (int i = 0; i < 120; i++)
        buf_add_z(&b, "{\"member\":");
    buf_add_z(&b, "[0,1");
    size_t at = b.n - 1;
    buf_add_c(&b, ']');
    for (int i = 0; i < 120; i++)
        buf_add_c(&b, '}');
    struct json_paths *p = json_paths_new(arena, buf_str(&b));
    struct cp_str path = json_path_at(p, at, out);
    CHECK(path.n > 400 && path.n <= JSON_PATH_BYTES);
    CHECK(str_begins(path, "member.member."));
    CHECK_STR(json_path_at(p, 3, out), "member");
    buf_fini(&b);
    arena_free(arena);
}

TEST(long_keys_are_cut_between_characters)
{
    arena = arena_new(4096, 0);
    struct buf b;
    char out[JSON_PATH_BYTES];
    buf_init(&b, SIZE_MAX);
    buf_add_z(&b, "{\"x");
    for (int i = 0; i < 40; i++)
        buf_add_z(&b, "\xe4\xbd\xa0");
    buf_add_z(&b, "\":1}");
    struct json_paths *p = json_paths_new(arena, buf_str(&b));
    CHECK_EQ(json_path_at(p, b.n - 2, out).n, 64);
    CHECK_EQ(json_path_at(p, b.n - 2, out).n % 3, 1);
    buf_fini(&b);
    arena_free(arena);
}

TEST_MAIN()
