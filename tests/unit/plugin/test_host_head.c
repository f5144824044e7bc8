/* SPDX-License-Identifier: MIT */
/*
 * test_host_head - what a plugin may say of an upstream request, and what it may not.
 */
#include "plugin/host.h"

#include "base/str.h"

#include "../test.h"

static struct arena *arena;
static struct cp_head head;

static void begin(const char *model)
{
    if (arena)
        arena_free(arena);
    arena = arena_new(4096, 0);
    head_init(&head, arena, str_of(model), STR("sk-ant-oat01-abcdefghijklmnopqrstuvwxyz"));
}

static void path(const char *model, const char *version, const char *pattern,
                 const char *wanted)
{
    begin(model);
    CHECK_EQ(head_set_path(&head, version, pattern), 0);
    CHECK_STR(head.path, wanted);
    CHECK_STR(head.version, version ? version : "");
}

static void no_path(int rc, const char *model, const char *version, const char *pattern)
{
    begin(model);
    CHECK_EQ(head_set_path(&head, version, pattern), rc);
    CHECK(head.failed);
    CHECK_EQ(head_add_header(&head, "x", STR("y")), rc);
}

TEST(paths)
{
    path("m", "v1", "/messages", "/messages");
    path("m", NULL, "/x", "/x");
    path("gemini-2.5-pro", "v1beta", "/models/{model}:generateContent",
         "/models/gemini-2.5-pro:generateContent");
    path("models/x", "v1beta", "/models/{model}", "/models/models%2Fx");
    path("ft:gpt-4o:acme", "v1", "/m/{model}", "/m/ft:gpt-4o:acme");
    path("a b?c#d%\xC3\xA9~", "v1", "/{model}", "/a%20b%3Fc%23d%25%C3%A9~");
    path("..x", "v1", "/m/{model}", "/m/..x");
    path("m", "api/v1", "/x", "/x");
}

TEST(paths_that_leave)
{
    no_path(E_SYNTAX, "..", "v1", "/m/{model}");
    no_path(E_SYNTAX, ".", "v1", "/m/{model}/x");
    no_path(E_SYNTAX, "", "v1", "/m/{model}");
    no_path(E_SYNTAX, NULL, "v1", "/m/{model}");
    no_path(E_BUG, "m", "v1", "/../admin");
    no_path(E_BUG, "m", "v1", "//evil.example/");
    no_path(E_BUG, "m", "v1", "messages");
    no_path(E_BUG, "m", "v1", "/a?b=c");
    no_path(E_BUG, "m", "v1", "/a#b");
    no_path(E_BUG, "m", "v1", "/a b");
    no_path(E_BUG, "m", "v1", "/a\r\nHost: x");
    no_path(E_BUG, "m", "v1", "/a%2e%2e/");
    no_path(E_BUG, "m", "v1", "/{other}");
    no_path(E_BUG, "m", "..", "/a");
    no_path(E_BUG, "m", "/v1", "/a");
    no_path(E_BUG, "m", "v1", NULL);
    char long_model[3000];
    memset(long_model, 'm', sizeof(long_model) - 1);
    long_model[sizeof(long_model) - 1] = '\0';
    no_path(E_SYNTAX, long_model, "v1", "/m/{model}");
}

static void no_header(const char *name, struct cp_str value)
{
    begin("m");
    CHECK_EQ(head_add_header(&head, name, value), E_BUG);
}

TEST(headers)
{
    begin("m");
    CHECK_EQ(head_add_header(&head, "anthropic-beta", STR(" a,b ")), 0);
    CHECK_EQ(head_add_header(&head, "x-empty", STR("")), 0);
    CHECK_STR(head.headers[0].name, "anthropic-beta");
    CHECK_STR(head.headers[0].value, "a,b");
    CHECK_STR(head.headers[1].value, "");
    no_header("a b", STR("x"));
    no_header("", STR("x"));
    no_header(NULL, STR("x"));
    no_header("x", STR("a\r\nb: c"));
    no_header("x", str_n("a\0b", 3));
    static const char *const forbidden[] = {
        "Authorization",   "x-api-key",         "X-Goog-Api-Key",     "Cookie", "Host",
        "Content-Length",  "Transfer-Encoding", "Connection",         "TE",     "Expect",
        "Accept-Encoding", "api-key",           "Proxy-Authorization"
    };
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
        no_header(forbidden[i], STR("x"));
    begin("m");
    for (int i = 0; i < HEAD_HEADERS; i++)
        CHECK_EQ(head_add_header(&head, "x", STR("y")), 0);
    CHECK_EQ(head_add_header(&head, "x", STR("y")), E_LIMIT);
}

TEST(queries)
{
    begin("m");
    CHECK_EQ(head_add_query(&head, "alt", STR("sse")), 0);
    CHECK_EQ(head_add_query(&head, "$filter", STR("a&b=c d")), 0);
    CHECK_STR(head.queries[0].value, "sse");
    CHECK_STR(head.queries[1].name, "%24filter");
    CHECK_STR(head.queries[1].value, "a%26b%3Dc%20d");
    CHECK_EQ(head_add_query(&head, "Key", STR("x")), E_BUG);
    begin("m");
    CHECK_EQ(head_add_query(&head, "", STR("x")), E_BUG);
    begin("m");
    for (int i = 0; i < HEAD_QUERIES; i++)
        CHECK_EQ(head_add_query(&head, "x", STR("y")), 0);
    CHECK_EQ(head_add_query(&head, "x", STR("y")), E_LIMIT);
}

TEST(key_places)
{
    begin("m");
    CHECK_EQ(head_place_key(&head, CP_IN_HEADER, "Authorization", "Bearer "), 0);
    CHECK_EQ(head_place_key(&head, CP_IN_QUERY, "key", NULL), 0);
    CHECK_STR(head.key_place[0].prefix, "Bearer ");
    CHECK_STR(head.key_place[1].name, "key");
    CHECK_EQ(head_place_key(&head, CP_IN_HEADER, "x-api-key", NULL), E_LIMIT);
    begin("m");
    CHECK_EQ(head_place_key(&head, 3, "x", NULL), E_BUG);
    begin("m");
    CHECK_EQ(head_place_key(&head, CP_IN_HEADER, "Host", NULL), E_BUG);
    begin("m");
    CHECK_EQ(head_place_key(&head, CP_IN_HEADER, "x", "a\nb"), E_BUG);
    begin("m");
    CHECK_EQ(head_place_key(&head, CP_IN_QUERY, "a b", NULL), E_BUG);
}

TEST(the_kind_of_a_key_may_be_asked_not_the_key)
{
    begin("m");
    CHECK(head_key_begins(&head, "sk-ant-"));
    CHECK(head_key_begins(&head, "sk-ant-oat01-"));
    CHECK(!head_key_begins(&head, "sk-proj-"));
    CHECK(!head_key_begins(&head, "sk-ant-oat01-abcd"));
    CHECK(!head_key_begins(&head, ""));
    CHECK(!head_key_begins(&head, NULL));
    head.key = STR("short");
    CHECK(!head_key_begins(&head, "sho"));
    arena_free(arena);
    arena = NULL;
}

TEST_MAIN()
