/* SPDX-License-Identifier: MIT */
/*
 * test_refused - what may be left out of a request, how it is remembered, and lists without a word.
 */
#include "flow/refused.h"

#include "base/arena.h"
#include "base/str.h"

#include "../test.h"

static void words(const char *said, const char *model, const char *wanted)
{
    char out[REFUSED_BYTES];

    if (!CHECK_STR(refused_words(str_of(said), str_of(model), out), wanted))
        printf("#     of %s\n", said);
}

TEST(members)
{
    words("context_management", NULL, "context_management");
    words("generationConfig.thinkingConfig", NULL, "generationConfig.thinkingConfig");
    words("tools[2].defer_loading", NULL, "tools[*].defer_loading");
    words("messages[0].content[12].cache_control.ttl", NULL,
          "messages[*].content[*].cache_control.ttl");
    words("[\"a.b\"].c", NULL, "[\"a.b\"].c");
    words("temperature", "gpt-5.5", "[gpt-5.5] temperature");
}

TEST(what_must_stay)
{
    static const char *const stay[] = {
        "model",
        "messages",
        "input",
        "contents",
        "max_tokens",
        "stream",
        "tools",
        "stop",
        "response_format",
        "messages[0]",
        "messages[0].content",
        "messages[0].content[1].text",
        "input[3].role",
        "tools[1]",
        "tools[1].name",
        "tools[1].input_schema",
        "tools[1].input_schema.properties",
        "tools[1].input_schema.properties.cache_control",
        "generationConfig.responseSchema",
        "output_config.format",
        "[0].a",
    };

    for (size_t i = 0; i < sizeof(stay) / sizeof(*stay); i++)
        words(stay[i], NULL, NULL);
    words("tools[1].input_schema.additionalProperties", NULL,
          "tools[*].input_schema.additionalProperties");
}

TEST(words_of_headers)
{
    words("anthropic-beta: effort-2025-11-24", NULL, "anthropic-beta: effort-2025-11-24");
    words("Anthropic-Beta:x", "m", "[m] anthropic-beta: x");
    words("anthropic-beta: ", NULL, NULL);
    words("anthropic-beta: a,b", NULL, NULL);
    words("x-api-key: k", NULL, NULL);
    words("Authorization: Bearer", NULL, NULL);
    words("anthropic-version: 2023-06-01", NULL, NULL);
}

TEST(what_is_neither)
{
    char text[600] = "a.";

    words("", NULL, NULL);
    words("a..b", NULL, NULL);
    words("a\nb", NULL, NULL);
    words("why: not so", NULL, NULL);
    words("a b: c", NULL, "[\"a b: c\"]"); /* no header, and in no body */
    memset(text + 2, 'x', sizeof(text) - 3);
    words(text, NULL, NULL);
    words("temperature", "a]b", NULL);
    words("temperature", "\"a", NULL);
    words("\"].c[\"d\"]", NULL, NULL);
}

TEST(read_again)
{
    struct refused r;

    CHECK(refused_read(STR("[gpt-5.5] text.verbosity"), &r));
    CHECK_STR(r.model, "gpt-5.5");
    CHECK_STR(r.path, "text.verbosity");
    CHECK_STR(r.header, NULL);
    CHECK(refused_read(STR("anthropic-beta: a"), &r));
    CHECK_STR(r.model, NULL);
    CHECK_STR(r.path, NULL);
    CHECK_STR(r.header, "anthropic-beta");
    CHECK_STR(r.word, "a");
    CHECK(refused_read(STR("[\"a.b\"].c"), &r));
    CHECK_STR(r.model, NULL);
    CHECK_STR(r.path, "[\"a.b\"].c");
    CHECK(!refused_read(STR("[gpt-5.5"), &r));
    CHECK(!refused_read(STR("messages"),
                        &r)); /* nothing that a request needs, whoever wrote it down */
    CHECK(!refused_read(STR("[gpt-5.5] input"), &r));
    CHECK(!refused_read(STR("tools[2].x"), &r));
    CHECK(!refused_read(STR_NONE, &r));
}

static void cut(const char *list, const char *word, const char *wanted)
{
    struct arena *arena = arena_new(1024, 0);
    struct cp_str in = str_of(list), out = refused_cut(arena, in, str_of(word));

    CHECK_STR(out, wanted);
    CHECK(!wanted || (out.p == in.p) == (strcmp(list, wanted) == 0));
    arena_free(arena);
}

TEST(lists)
{
    cut("a,b,c", "b", "a,c");
    cut("a, b, c", "a", "b, c");
    cut("a, b, c", "c", "a, b");
    cut("a, B , c", "b", "a, c");
    cut("a,b,a", "a", "b");
    cut("a", "a", NULL);
    cut("a, a", "a", NULL);
    cut("ab,c", "a", "ab,c");
    cut("", "a", "");
}

TEST_MAIN()
