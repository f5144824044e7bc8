/* SPDX-License-Identifier: MIT */
/*
 * test_host_names - names that come back as they were, state that comes back as it was.
 */
#include "plugin/host.h"

#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

static struct arena *arena;
static struct host_call hc;

static void begin(void)
{
    arena = arena_new(4096, 0);
    host_call_init(&hc, arena, NULL);
}

static void end(void)
{
    host_call_fini(&hc);
    arena_free(arena);
}

static struct cp_str named(const char *name, size_t longest, int flags)
{
    return names_rename(&hc.call, str_of(name), longest, flags);
}

TEST(legal_names_stay)
{
    begin();
    CHECK_STR(named("get_weather-2", 64, 0), "get_weather-2");
    CHECK_STR(named("a.b:c", 64, CP_NAME_DOTS), "a.b:c");
    CHECK_STR(names_original(&hc.call, STR("get_weather-2")), "get_weather-2");
    CHECK_STR(names_original(&hc.call, STR("unknown")), "unknown");
    end();
}

TEST(bad_bytes)
{
    begin();
    CHECK_STR(named("get weather.now", 64, 0), "get_weather_now");
    CHECK_STR(named("get weather.now", 64, 0), "get_weather_now");
    CHECK_STR(names_original(&hc.call, STR("get_weather_now")), "get weather.now");
    CHECK_STR(named("2fast", 64, CP_NAME_ALPHA_FIRST), "_2fast");
    CHECK_STR(named("\xC3\xA9t\xC3\xA9", 64, 0), "__t__");
    CHECK_STR(named("", 64, 0), "_");
    end();
}

TEST(long_names_keep_their_beginning)
{
    char name[200];
    memset(name, 'n', sizeof(name));
    name[199] = '\0';
    begin();
    struct cp_str short_name = named(name, 64, 0);
    CHECK_EQ(short_name.n, 64);
    CHECK(str_begins(short_name, "nnnn"));
    CHECK_EQ(short_name.p[47], '_');
    CHECK(str_eq(names_original(&hc.call, short_name), str_of(name)));
    char kept[65];
    memcpy(kept, short_name.p, 64);
    kept[64] = '\0';
    end();
    /* the same for ever: another request, another process */
    begin();
    CHECK_STR(named(name, 64, 0), kept);
    name[198] = 'x';
    CHECK(!str_is(named(name, 64, 0), kept));
    end();
}

TEST(two_names_never_become_one)
{
    begin();
    CHECK_STR(named("a.b", 64, 0), "a_b");
    struct cp_str second = named("a_b", 64, 0), third = named("a b", 64, 0);
    CHECK(str_begins(second, "a_b_") && second.n == 20);
    CHECK(str_begins(third, "a_b_") && !str_eq(second, third));
    CHECK_STR(names_original(&hc.call, second), "a_b");
    CHECK_STR(names_original(&hc.call, third), "a b");
    CHECK_STR(names_original(&hc.call, STR("a_b")), "a.b");
    CHECK(str_eq(named("a_b", 64, 0), second));
    end();
}

TEST(a_limit_too_small_for_a_hash)
{
    begin();
    CHECK_EQ(named("0123456789012345678901234567890", 3, 0).n, 18);
    end();
}

TEST(digests)
{
    begin();
    /* source: FIPS 180-4 example, "abc" */
    CHECK_STR(names_digest(&hc.call, STR("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    end();
}

static void travels(struct cp_str bytes)
{
    struct cp_item state = { CP_ITEM(STATE), .id = STR("claude"), .name = STR("signature"),
                             .text = bytes },
                   back = { 0 };
    struct cp_str word = names_wrap(&hc.call, &state);
    CHECK(str_begins(word, "gw1.claude.signature."));
    CHECK_EQ(names_unwrap(&hc.call, word, &back), 1);
    CHECK_STR(back.id, "claude");
    CHECK_STR(back.name, "signature");
    CHECK(str_eq(back.text, bytes));
}

TEST(state_travels)
{
    char bytes[300];
    begin();
    for (int i = 0; i < 300; i++)
        bytes[i] = (char)(i * 37);
    for (size_t n = 0; n < sizeof(bytes); n++)
        travels(str_n(bytes, n));
    end();
}

static void foreign(const char *word)
{
    struct cp_item back = { 0 };
    CHECK_EQ(names_unwrap(&hc.call, str_of(word), &back), 0);
    CHECK(back.text.p == NULL);
}

TEST(what_wrap_did_not_write_is_left_alone)
{
    begin();
    foreign("gAAAAABo");
    foreign("EqQBCkYIBx");
    foreign("gw1.");
    foreign("gw1.claude");
    foreign("gw1.claude.signature");
    foreign("gw1..signature.QQ");
    foreign("gw1.claude..QQ");
    foreign("gw1.Claude.signature.QQ");
    foreign("gw1.claude.signature.QQ==");
    foreign("gw1.claude.signature.Q");
    foreign("gw1.claude.signature.QR"); /* bits that no byte has */
    foreign("gw1.claude.signature.Q+Q");
    foreign("gw1.claude.signature.QQ.QQ");
    foreign("gw2.claude.signature.QQ");
    foreign(NULL);
    struct cp_item state = { CP_ITEM(STATE), .id = STR("bad maker"), .name = STR("x") };
    CHECK_STR(names_wrap(&hc.call, &state), NULL);
    end();
}

TEST(what_services_never_said_is_seen)
{
    CHECK(names_are_wrapped(STR("{\"signature\":\"gw1.gemini.thought_signature.QQ\"}")));
    CHECK(
        names_are_wrapped(STR("{\"thoughtSignature\": \"Z3cxLmNsYXVkZS5zaWduYXR1cmUuUVE=\"}")));
    CHECK(names_are_wrapped(STR("{\"thinking\":\"x\",\"signature\":\"\"}")));
    CHECK(names_are_wrapped(STR("{\"signature\":\"EqQB\",\"a\":{\"signature\" :\n \"\"}}")));
    CHECK(!names_are_wrapped(STR("{\"signature\":\"EqQB\"}")));
    CHECK(!names_are_wrapped(STR("{\"data\":\"gw1.a.b.QQ\",\"format\":\"claude-proxy\"}")));
    CHECK(!names_are_wrapped(STR("{\"data\":\"AAZ3cxLAA\"}")));
    CHECK(!names_are_wrapped(STR("\"signature\"")));
    CHECK(!names_are_wrapped(STR("\"signature\":\"")));
    CHECK(!names_are_wrapped(STR_NONE));
}

TEST_MAIN()
