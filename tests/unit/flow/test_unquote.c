/* SPDX-License-Identifier: MIT */
/*
 * test_unquote - what an error says itself stays, what it repeats of the request goes.
 */
#include "test.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/unquote.h"
#include "json/check.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena *arena;

static struct cp_str rest(const char *error, const char *json)
{
    struct unquote *u = unquote_begin(arena, str_of(error));

    unquote_json(u, str_of(json));
    return unquote_rest(u);
}

static void begin(void)
{
    arena = arena_new(1 << 16, 0);
}

static void end(void)
{
    arena_free(arena);
}

TEST(quoted)
{
    begin();
    CHECK_STR(rest("{\"message\":\"Unknown name \\\"api key expired\\\": Cannot find field.\"}",
                   "{\"api key expired\":1}"),
              "{\"message\":\"Unknown name \\\"--- --- -------\\\": Cannot find field.\"}");
    CHECK_STR(rest("{\"m\":\"requires more credits: Extra inputs\"}",
                   "{\"requires more credits\":1}"),
              "{\"m\":\"-------- ---- -------: Extra inputs\"}");
    CHECK_STR(rest("no such role: 'rate limit'", "{\"role\":\"rate limit\"}"),
              "no such role: '---- -----'");
    CHECK_STR(rest("no such role: 'Rate Limit'", "{\"role\":\"r\\u0061te limit\"}"),
              "no such role: '---- -----'");
    end();
}

TEST(not_quoted)
{
    begin();
    CHECK(!rest("{\"message\":\"Your credit balance is too low\"}",
                "{\"credit\":{\"balance\":\"is too low\"},\"message\":\"your\"}")
               .p);
    CHECK(!rest("{\"message\":\"invalid x-api-key\"}", "{\"invalid\":\"api-key\"}").p);
    CHECK(!rest("", "{\"invalid\":\"api-key\"}").p);
    CHECK(!rest("{\"a\":\"rate\",\"b\":\"limit\"}", "{\"rate limit\":1}").p);
    end();
}

TEST(cut)
{
    begin();
    CHECK_STR(rest("{\"m\":\"bad value: your api key has expired and...\"}",
                   "{\"v\":\"your api key has expired and nobody will know\"}"),
              "{\"m\":\"bad value: ---- --- --- --- ------- ---...\"}");
    end();
}

TEST(a_name)
{
    begin();
    struct unquote *u = unquote_begin(arena, STR("The model rate limit does not exist"));
    unquote_text(u, STR("rate limit"), false);
    CHECK(!unquote_rest(u).p);
    unquote_text(u, STR("m"), true);
    unquote_text(u, STR("rate limit"), true);
    CHECK_STR(unquote_rest(u), "The model ---- ----- does not exist");
    end();
}

TEST(json_stays_json)
{
    begin();
    struct cp_str left =
        rest("{\"m\":\"'\\u6b20\\u8d39\\u0061b'\",\"n\":1}", "[\"\xe6\xac\xa0\xe8\xb4\xb9"
                                                             "ab\"]");
    CHECK_STR(left, "{\"m\":\"'\\u002d\\u002d\\u002d-'\",\"n\":1}");
    CHECK(!json_check(left, NULL, NULL));
    end();
}

/* As many strings as a request may have, and an error in which all of them begin everywhere. */
TEST(work_is_bounded)
{
    enum { STRINGS = 20000, ERROR = 100000 };
    static const char one[] = "\"aaaaaaaaaaaaaaaaaaaaaaaaab\",";
    size_t step = sizeof(one) - 1;
    char *json = malloc(STRINGS * step + 3), *error = malloc(ERROR + 1);

    begin();
    json[0] = '[';
    for (size_t i = 0; i < STRINGS; i++)
        memcpy(json + 1 + i * step, one, step);
    memcpy(json + STRINGS * step, "]", 2);
    memset(error, 'a', ERROR);
    error[ERROR] = '\0';
    CHECK(rest(error, json).n == ERROR);
    free(json);
    free(error);
    end();
}

TEST_MAIN()
