/* SPDX-License-Identifier: MIT */
/*
 * test_sealed - the last sealed state of a text is found, and nothing that only looks like it.
 */
#include "flow/sealed.h"

#include "base/buf.h"
#include "base/str.h"
#include "flow/session.h"

#include "unit/test.h"

extern const struct cp_plugin cp_static_claude, cp_static_openai;

#define CLAUDE    cp_static_claude.adapters[0]
#define RESPONSES cp_static_openai.adapters[1]

static struct cp_str last(const char *text)
{
    return sealed_last(str_of(text), STR("e_c"));
}

TEST(sealed_takes_the_last)
{
    CHECK_STR(last("{\"a\":[{\"e_c\":\"one\"},{\"e_c\":\"two\"},{\"x\":\"e_c\"}]}"), "two");
    CHECK_STR(last("{\"e_c\" :\n \"one\",\"b\":1}"), "one");
    CHECK_STR(last("{\"e_c\":\"one\",\"b\":{\"e_c\":null}}"), "one");
    CHECK_STR(last("{\"e_c\":\"one\",\"b\":{\"e_c\":\"\"}}"), "one");
    CHECK_STR(last("{\"e_c\":\"a\\\"b\\\\\"}"), "a\\\"b\\\\");
}

TEST(sealed_is_not_what_somebody_says)
{
    CHECK_STR(last("{\"t\":\"{\\\"e_c\\\":\\\"one\\\"}\"}"), NULL);
    CHECK_STR(last("{\"include\":[\"reasoning.e_c\",\"e_c\"]}"), NULL);
    CHECK_STR(last("{\"e_c\":\"torn"), NULL);
    CHECK_STR(last("{\"e_c\":\"torn\\\""), NULL);
    CHECK_STR(last("{\"e_c\":\"torn\\"), NULL);
    CHECK_STR(last("{\"e_c\":"), NULL);
    CHECK_STR(last("\"e_c\""), NULL);
    CHECK_STR(last(""), NULL);
    CHECK_STR(sealed_last(STR_NONE, STR("e_c")), NULL);
    CHECK_STR(sealed_last(STR("{\"\":\"x\"}"), STR("")), NULL);
}

/* Wherever the edges of what is looked at at once fall. */
TEST(sealed_is_found_in_a_long_text)
{
    struct buf b;
    bool is_found = true;

    buf_init(&b, 1 << 16);
    for (size_t behind = 4060; behind < 4120; behind++) {
        buf_clear(&b);
        buf_add_z(&b, "{\"e_c\":\"far\",\"e_c\":\"one\",\"x\":\"");
        for (size_t i = 0; i < behind; i++)
            buf_add_z(&b, "y");
        buf_add_z(&b, "\"}");
        struct cp_str found = sealed_last(buf_str(&b), STR("e_c"));
        is_found = is_found && str_is(found, "one");
    }
    CHECK(is_found);
    buf_fini(&b);
}

static bool seal(const struct cp_adapter *a, const char *body, const char *client_key,
                 struct session *s)
{
    struct session_source from = { a, NULL, NULL, str_of(body) };

    return sealed_find(&from, STR("install"), str_of(client_key), s);
}

TEST(sealed_state_is_its_clients)
{
    static const char one[] =
        "{\"input\":[{\"type\":\"reasoning\",\"encrypted_content\":\"gAAA\"}]}";
    static const char answer[] =
        "{\"output\":[{\"id\":\"rs_1\",\"encrypted_content\":\"gAAA\"}]}";
    struct session a, b;

    CHECK(seal(RESPONSES, one, "k1", &a));
    CHECK_STR(str_of(a.source), "sealed:encrypted_content");
    CHECK(seal(RESPONSES, answer, "k1", &b));
    CHECK(a.id[0] == b.id[0] && a.id[1] == b.id[1]);
    CHECK(seal(RESPONSES, one, "k2", &b));
    CHECK(a.id[0] != b.id[0] && a.id[1] != b.id[1]);
    CHECK(!seal(RESPONSES, "{\"input\":\"hello\"}", "k1", &b));
    CHECK(!b.source);
    CHECK(!seal(CLAUDE, one, "k1", &b)); /* a search result's: any account reads it */
}

static struct cp_str no_header(void *ctx, const char *name)
{
    return STR_NONE;
}

TEST(sealed_state_is_no_name_of_a_conversation)
{
    struct session_source from = { RESPONSES, no_header, NULL,
                                   STR("{\"encrypted_content\":\"x\"}") };
    struct session s;

    session_find(&from, STR("install"), STR("k1"), STR("m"), &s);
    CHECK(!s.source);
}

TEST_MAIN()
