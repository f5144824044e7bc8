/* SPDX-License-Identifier: MIT */
/*
 * test_echo - errors that say something of a word, and errors that only repeat what a client has written.
 */
#include "test.h"

#include "base/str.h"
#include "flow/echo.h"

#include <stdio.h>
#include <stdlib.h>

static bool heard(const char *word, const char *error, const char *json)
{
    static struct echo e;

    return echo_begin(&e, str_of(word), str_of(error)) && echo_hears_json(&e, str_of(json));
}

static const char told[] =
    "{\"error\":{\"message\":\"metadata: Extra inputs are not permitted\"}}";

TEST(an_error_of_its_own)
{
    CHECK(!heard("metadata", told, "{\"metadata\":{\"user_id\":\"metadata\"}}"));
    CHECK(!heard("metadata", told, "{\"a\":\"what is metadata: extra data\"}"));
    CHECK(
        !heard("scope",
               "{\"message\":\"system.1.cache_control.ephemeral.scope: Extra inputs are not "
               "permitted\"}",
               "{\"system\":[{\"cache_control\":{\"type\":\"ephemeral\",\"scope\":\"g\"}}]}"));
    CHECK(!heard(
        "effort",
        "{\"error\":{\"code\":\"unsupported_parameter\",\"param\":\"reasoning.effort\"}}",
        "{\"model\":\"m\",\"reasoning\":{\"effort\":\"high\"}}"));
    CHECK(!heard("store", "{\"error\":{\"message\":\"Unknown parameter: 'store'.\"}}",
                 "{\"store\":false,\"input\":\"it is in the Parameter Store\"}"));
}

TEST(a_word_that_is_not_said)
{
    CHECK(!heard("thinkingConfig", "{\"message\":\"Thinking is not supported\"}", "{}"));
    CHECK(!heard("metadata", "", "{\"a\":\"metadata: Extra inputs are not permitted\"}"));
    CHECK(!heard("", told, "{}"));
}

TEST(a_name_that_is_an_error)
{
    CHECK(heard(
        "metadata",
        "{\"error\":{\"message\":\"metadata: Extra inputs are not permitted: Extra inputs "
        "are not permitted\"}}",
        "{\"metadata\":1,\"metadata: Extra inputs are not permitted\":1}"));
    CHECK(heard("temperature",
                "{\"error\":{\"message\":\"The model `Unknown parameter: temperature` does not "
                "exist\"}}",
                "{\"model\":\"Unknown parameter: temperature\"}"));
    CHECK(heard(
        "topK",
        "{\"error\":{\"message\":\"Invalid value at 'x', \\\"Unknown name \\\"topK\\\"\"}}",
        "{\"x\":\"Unknown name \\\"topK\"}"));
}

TEST(escapes_and_case_hide_nothing)
{
    CHECK(heard("temperature",
                "{\"error\":{\"message\":\"No model 'UNKNOWN PARAMETER: TEMPERATURE'\"}}",
                "{\"model\":\"unknown par\\u0061meter:\\n\\\"temperature\"}"));
    CHECK(heard("temperature",
                "{\"message\":\"No model \\u0075nknown parameter: temperature\"}",
                "{\"model\":\"\\u4e2d\\uZZunknown parameter: temperature\"}"));
}

TEST(each_string_stands_alone)
{
    CHECK(!heard("temperature", "{\"message\":\"Unknown parameter: temperature\"}",
                 "{\"unknown parameter\":{\"temperature\":1}}"));
}

TEST(text_that_is_no_json)
{
    static struct echo e;

    CHECK(echo_begin(&e, STR("temperature"),
                     STR("No model: Unknown parameter: \\\\temperature")));
    CHECK(!echo_hears(&e, STR("unknown")));
    CHECK(!echo_hears(&e, STR("parameter temperature")));
    CHECK(!echo_hears(&e, STR("")));
    CHECK(echo_hears(&e, STR("Unknown parameter: \\temperature")));
}

/* Wherever it stands in a long text, and however many there are. */
TEST(long_texts)
{
    enum { BYTES = 20000, STEP = 61 };
    static const char said[] = "extra inputs are not permitted, field: store";
    static struct echo e;
    char *text = malloc(BYTES + 1);
    size_t missed = 0;

    memset(text, 'x', BYTES);
    for (size_t at = 0; at + sizeof(said) < BYTES; at += STEP) {
        memcpy(text + at, said, sizeof(said) - 1);
        echo_begin(&e, STR("store"),
                   STR("{\"a\":\"Extra inputs are not permitted, field: 'store'\"}"));
        missed += !echo_hears(&e, str_n(text, BYTES));
        memset(text + at, 'x', sizeof(said) - 1);
    }
    CHECK_EQ(missed, 0);
    for (size_t i = 0; i < BYTES; i++)
        text[i] = "store "[i % 6];
    CHECK(echo_begin(&e, STR("store"), str_n(text, BYTES)));
    CHECK(echo_hears(&e, str_n(text, BYTES)));
    CHECK(!echo_hears_json(&e, STR("\"\\")));
    CHECK(!echo_hears_json(&e, STR("\"\\u12")));
    free(text);
}

TEST_MAIN()
