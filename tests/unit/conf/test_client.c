/* SPDX-License-Identifier: MIT */
/*
 * test_client - keys of clients: clear and digests, what each opens, and finding whose a key is.
 */
#include "conf/client.h"

#include "base/hash.h"
#include "base/secret.h"
#include "fixture.h"
#include "test.h"

static const int64_t now = INT64_C(1795000000000); /* 2026-11-18 */

static const char *digest_of(const char *key)
{
    static char hex[65];
    hash_sha256(str_of(key), hex);
    return hex;
}

static struct conf *read_keys(struct fixture *f, const char *keys)
{
    static char text[8192];
    snprintf(text, sizeof(text),
             "access_key = \"access-key-0123456789\";\nclient_keys = (\n%s\n);\n", keys);
    return fixture_conf(f, text);
}

static struct cp_str label_of(const struct conf *c, const char *key, int64_t wall)
{
    const struct conf_client *k = client_find(c, str_of(key), wall);
    return k ? k->label : STR_NONE;
}

TEST(client_is_found_by_key_and_by_digest)
{
    struct fixture f;
    char keys[2048];
    fixture_init(&f);
    snprintf(
        keys, sizeof(keys),
        "\"plain-key-0123456789\",\n{ key = \"alice-key-0123456789\"; label = \"alice\"; },\n"
        "{ digest = \"%s\"; label = \"bob\"; id = \"bob\"; mask = \"cp-b***\"; }",
        digest_of("bob-key-0123456789"));
    struct conf *c = read_keys(&f, keys);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->clients_n, 3);
    CHECK_STR(label_of(c, "alice-key-0123456789", now), "alice");
    CHECK_STR(label_of(c, "bob-key-0123456789", now), "bob");
    CHECK(client_find(c, STR("plain-key-0123456789"), now) == &c->clients[0]);
    CHECK(!client_find(c, STR("access-key-0123456789"), now));
    CHECK(!client_find(c, STR("alice-key-012345678"), now));
    CHECK(!client_find(c, STR(""), now));
    CHECK(!client_find(c, str_of(digest_of("bob-key-0123456789")), now));
    CHECK(client_by_id(c, STR("bob")) == &c->clients[2]);
    CHECK_STR(str_of(c->clients[2].mask), "cp-b***");
    CHECK_EQ(strlen(c->clients[1].id), 12);
    CHECK(!c->clients[2].secret);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(client_id_is_the_same_for_a_key_and_its_digest)
{
    struct fixture f;
    char keys[512], id[13];
    fixture_init(&f);
    struct conf *c = read_keys(&f, "\"alice-key-0123456789\"");
    memcpy(id, c->clients[0].id, sizeof(id));
    conf_unref(c);
    snprintf(keys, sizeof(keys), "{ digest = \"sha256:%s\"; }",
             digest_of("alice-key-0123456789"));
    c = read_keys(&f, keys);
    CHECK(c && str_is(str_of(id), c->clients[0].id));
    conf_unref(c);
    fixture_fini(&f);
}

TEST(client_opens_what_it_says)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = read_keys(
        &f,
        "{ key = \"alice-key-0123456789\"; models = [ \"claude-*\", \"gpt-5\" ]; families = [ "
        "\"messages\" ]; expires = \"2026-11-19T00:00:00Z\"; caps = { rpm = 5; }; budget = { "
        "tokens = \"5M\"; money = \"12.50\"; period = \"day\"; priced_only = true; }; },"
        "{ key = \"bobby-key-0123456789\"; }");
    if (!CHECK(c))
        return;
    const struct conf_client *a = &c->clients[0], *b = &c->clients[1];
    CHECK(client_has_model(a, STR("claude-opus-4-5")) && client_has_model(a, STR("gpt-5")));
    CHECK(!client_has_model(a, STR("gpt-5-mini")) && client_has_model(a, STR_NONE));
    CHECK(client_has_family(a, STR("messages")) && !client_has_family(a, STR("chat")));
    CHECK(!client_is_over(a, now) && client_is_over(a, now + 86400000));
    CHECK(client_has_caps(a) && client_has_budget(a));
    CHECK_EQ(a->budget.tokens, 5000000);
    CHECK_EQ(a->budget.micro, 12500000);
    CHECK_EQ(a->budget.period, CONF_DAY);
    CHECK(a->is_priced);
    CHECK(client_has_model(b, STR("x")) && client_has_family(b, STR("x")));
    CHECK(!client_is_over(b, INT64_MAX) && !client_has_caps(b) && !client_has_budget(b));
    CHECK_EQ(b->budget.micro, -1);
    CHECK_EQ(b->budget.period, CONF_MONTH);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(client_key_that_was_replaced_opens_for_a_while)
{
    struct fixture f;
    char keys[1024], one[65];
    fixture_init(&f);
    snprintf(one, sizeof(one), "%s", digest_of("older-key-0123456789"));
    snprintf(keys, sizeof(keys),
             "{ digest = \"%s\"; label = \"bob\"; previous = \"%s\"; previous_until = "
             "\"2026-11-19T00:00:00Z\"; }",
             digest_of("newer-key-0123456789"), one);
    struct conf *c = read_keys(&f, keys);
    if (!CHECK(c))
        return;
    CHECK_STR(label_of(c, "newer-key-0123456789", now), "bob");
    CHECK_STR(label_of(c, "older-key-0123456789", now), "bob");
    CHECK_STR(label_of(c, "older-key-0123456789", now + 86400000), NULL);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(client_is_found_among_a_thousand)
{
    struct fixture f;
    struct buf text;
    fixture_init(&f);
    buf_init(&text, 1 << 20);
    buf_add_z(&text, "client_keys = (");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%s\"key-number-%08d\"", i ? "," : "", i);
    buf_add_z(&text, ");");
    buf_add_c(&text, '\0');
    struct conf *c = fixture_conf(&f, text.p);
    if (!CHECK(c))
        return;
    for (int i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof(key), "key-number-%08d", i);
        CHECK(client_find(c, str_of(key), now) == &c->clients[i]);
    }
    CHECK(!client_find(c, STR("key-number-00001000"), now));
    conf_unref(c);
    buf_fini(&text);
    fixture_fini(&f);
}

static void check_said(const char *keys, bool is_error, const char *wanted)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = read_keys(&f, keys);
    CHECK_EQ(!c, is_error);
    CHECK(fixture_says(&f, wanted));
    conf_unref(c);
    fixture_fini(&f);
}

TEST(client_keys_that_are_wrong_are_told_with_their_places)
{
    char both[512];
    check_said("{ digest = \"12\"; }", true,
               "main.conf:3: error: digest must be a key's SHA-256");
    check_said("{ label = \"x\"; }", true, "main.conf:3: error: a key's group has no key");
    snprintf(both, sizeof(both), "{ key = \"alice-key-0123456789\"; digest = \"%s\"; }",
             digest_of("x"));
    check_said(both, true, "exclude each other");
    check_said("\"alice-key-0123456789\", { key = \"alice-key-0123456789\"; }", false,
               "the same key again is left out");
    check_said("{ key = \"alice-key-0123456789\"; id = \"Al\"; }", true, "id must be 1 to 12");
    check_said("{ key = \"alice-key-0123456789\"; id = \"access\"; }", true,
               "neither \"access\" nor");
    check_said("{ key = \"alice-key-0123456789\"; id = \"panel\"; }", true, "nor \"panel\"");
    check_said("{ key = \"alice-key-0123456789\"; id = \"a\"; },\n{ key = "
               "\"bobby-key-0123456789\"; id = \"a\"; }",
               true, "main.conf:4: error: the id \"a\" is that of the key at");
    check_said("{ key = \"alice-key-0123456789\"; id = \"a\"; },\n{ key = "
               "\"alice-key-0123456789\"; id = \"b\"; }",
               true, "this key has another id elsewhere");
    check_said("\"access-key-0123456789\"", false, "this key is the access_key, too");
    check_said("{ key = \"alice-key-0123456789\"; expires = \"tomorrow\"; }", true,
               "must be a time");
    check_said("\"alice-key-0123456789\" ); admin_key = \"alice-key-0123456789\"; routes = (",
               true, "this key is the admin_key, too");
}

TEST_MAIN()
