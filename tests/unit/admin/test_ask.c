/* SPDX-License-Identifier: MIT */
/*
 * test_ask - bodies of orders to the administration: what is taken, what is refused, and where it says so.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "base/arena.h"
#include "base/str.h"

#include "../test.h"

static struct arena *arena;

static struct api_call body(const char *text)
{
    struct api_call call = { .arena = arena, .body = str_of(text), .status = 200 };

    ask_body(&call, "channel|key|seconds");
    return call;
}

TEST(members)
{
    struct api_call c = body(" {\"channel\": \"a\\u0062\", \"seconds\": 5e1} ");

    CHECK_STR(ask_text(&c, "channel"), "ab");
    CHECK_STR(ask_text(&c, "key"), NULL);
    CHECK_EQ(ask_number(&c, "seconds", 0, 100, 7), 50);
    CHECK_EQ(c.status, 200);
}

TEST(nothing_is_an_empty_object)
{
    static const char *const empty[] = { "", " \n", "{}",
                                         "{\"channel\":null,\"key\":null,\"seconds\":null}" };
    for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
        struct api_call c = body(empty[i]);
        CHECK_STR(ask_text(&c, "channel"), NULL);
        CHECK_EQ(ask_number(&c, "seconds", 0, 100, 7), 7);
        CHECK_EQ(c.status, 200);
    }
    struct api_call none = { .arena = arena, .status = 200 };
    ask_body(&none, "channel");
    CHECK_EQ(none.status, 200);
    CHECK_STR(ask_text(&none, "channel"), NULL);
}

static void refused(const char *text, const char *path, const char *words)
{
    struct api_call c = body(text);

    (void)ask_text(&c, "channel");
    (void)ask_number(&c, "seconds", 0, 100, 7);
    CHECK_EQ(c.status, 400);
    CHECK_STR(c.path, path);
    if (!CHECK(str_find(c.error, str_of(words)) >= 0))
        printf("# %.*s\n", STR_FMT(c.error));
}

TEST(what_is_refused)
{
    refused("{", NULL, "not valid JSON");
    refused("{} {}", NULL, "not valid JSON");
    refused("[]", NULL, "must be a JSON object");
    refused("\"channel\"", NULL, "must be a JSON object");
    refused("{\"chanel\":\"a\"}", "chanel", "did you mean channel");
    refused("{\"\":1}", NULL, "nobody knows this");
    refused("{\"channel\":1}", "channel", "must be a string");
    refused("{\"channel\":[\"a\"]}", "channel", "must be a string");
    refused("{\"seconds\":\"1\"}", "seconds", "must be a number");
    refused("{\"seconds\":101}", "seconds", "from 0 to 100");
    refused("{\"seconds\":-1}", "seconds", "from 0 to 100");
    refused("{\"seconds\":1.5}", "seconds", "from 0 to 100");
    refused("{\"seconds\":99999999999999999999}", "seconds", "from 0 to 100");
}

TEST(the_first_failure_counts)
{
    struct api_call c = body("{\"x\":1,\"y\":2,\"channel\":3}");

    (void)ask_text(&c, "channel");
    CHECK_STR(c.path, "x");
    api_fail(&c, 500, "z", "later");
    CHECK_EQ(c.status, 400);
}

int main(int argc, char **argv)
{
    arena = arena_new(4096, 0);
    int rc = test_main(argc, argv);
    arena_free(arena);
    return rc;
}
