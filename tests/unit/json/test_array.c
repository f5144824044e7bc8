/* SPDX-License-Identifier: MIT */
/*
 * test_array - elements of an array that comes in pieces.
 */
#include "json/array.h"

#include "base/err.h"
#include "base/str.h"

#include "../test.h"

static struct buf heard;

static int hear(void *ctx, struct cp_str element)
{
    (void)ctx;
    buf_add_str(&heard, element);
    return buf_add_c(&heard, '|');
}

/* What is heard of text in pieces of cut bytes, the answer behind it, how much is torn. */
static struct cp_str told(const char *text, size_t cut)
{
    struct json_array a;
    struct cp_str rest = str_of(text);
    int rc = 0;

    buf_clear(&heard);
    heard.ceiling = SIZE_MAX;
    json_array_init(&a, 1000);
    for (; !rc && rest.n; rest = str_from(rest, cut < rest.n ? cut : rest.n))
        rc = json_array_feed(&a, str_cut(rest, cut), hear, NULL);
    rc = rc ? rc : json_array_end(&a);
    buf_printf(&heard, "%d %zu", rc, json_array_torn(&a));
    json_array_fini(&a);
    return buf_str(&heard);
}

/* Cut everywhere, it must say the same. */
static void check(const char *text, const char *wanted)
{
    for (size_t cut = 1; cut <= strlen(text) + 1; cut++)
        if (!CHECK_STR(told(text, cut), wanted))
            printf("#     cut %zu\n", cut);
    buf_fini(&heard);
}

TEST(elements)
{
    check("[{\"a\":1},{\"b\":[{}]}]", "{\"a\":1}|{\"b\":[{}]}|0 1");
    check("[\n{\"a\":1}\r\n,\r\n {\"b\":2}\n]\n", "{\"a\":1}|{\"b\":2}|0 3");
    check("[]", "0 2");
    check("", "0 0");
}

TEST(brackets_in_strings)
{
    check("[{\"a\":\"}]\\\"{\"},{\"\\\\\":\"\\\\\"}]",
          "{\"a\":\"}]\\\"{\"}|{\"\\\\\":\"\\\\\"}|0 1");
}

TEST(what_is_tolerated)
{
    check("\xef\xbb\xbf[{}]", "{}|0 1");
    check("{\"error\":{}}", "{\"error\":{}}|0 0");
    check("{\"error\":{}}\n", "{\"error\":{}}|0 1");
    check("[{}{}]", "{}|{}|0 1");
    check("[{}", "{}|0 0");
}

TEST(what_is_not)
{
    check("[{\"a\":", "-1 6");
    check("[{},7]", "{}|-1 2");
    check("hello", "-1 1");
    check("[{}]x", "{}|-1 2");
}

TEST(limits)
{
    struct json_array a;
    char big[64];
    memset(big, ' ', sizeof(big));
    big[0] = '{';
    json_array_init(&a, 32);
    CHECK_EQ(json_array_feed(&a, str_n(big, 32), hear, NULL), 0);
    CHECK_EQ(json_array_feed(&a, str_n(big + 1, 1), hear, NULL), E_LIMIT);
    json_array_fini(&a);
    big[63] = '}';
    json_array_init(&a, 32);
    CHECK_EQ(json_array_feed(&a, str_n(big, 64), hear, NULL), E_LIMIT);
    json_array_fini(&a);
}

TEST_MAIN()
