/* SPDX-License-Identifier: MIT */
/*
 * test_origin - whom a request comes from is what trusted proxies say, and nobody else.
 */
#include "base/str.h"
#include "conf/conf.h"
#include "flow/origin.h"

#include "../test.h"

static const struct cp_str nets[] = { STR("10.0.0.0/8"), STR("::1"), STR("2001:db8::/32"),
                                      STR("192.0.2.7") };

static bool is_from(const char *peer, const char *list, const char *want)
{
    struct conf c = { .trusted_proxies = nets, .trusted_proxies_n = 4 };
    struct origin o = { .is_tls = false };

    origin_read(&c, str_of(peer), str_of(list), STR_NONE, &o);
    if (strcmp(o.peer, want) != 0)
        printf("# got %s\n", o.peer);
    return !strcmp(o.peer, want);
}

TEST(strangers_are_not_believed)
{
    CHECK(is_from("203.0.113.1", "1.2.3.4", "203.0.113.1"));
    CHECK(is_from("192.0.2.8", "1.2.3.4", "192.0.2.8"));
    CHECK(is_from("::2", "1.2.3.4", "::2"));
}

TEST(the_last_one_that_no_trusted_proxy_is)
{
    CHECK(is_from("10.1.2.3", "1.2.3.4", "1.2.3.4"));
    CHECK(is_from("10.1.2.3", "6.6.6.6, 1.2.3.4", "1.2.3.4"));
    CHECK(is_from("10.1.2.3", "6.6.6.6, 1.2.3.4, 10.9.9.9,192.0.2.7", "1.2.3.4"));
    CHECK(is_from("::ffff:10.1.2.3", "1.2.3.4", "1.2.3.4"));
    CHECK(is_from("::1", "2001:db9::5", "2001:db9::5"));
    CHECK(is_from("10.1.2.3", "[2001:db9::5]:443", "2001:db9::5"));
    CHECK(is_from("10.1.2.3", "1.2.3.4:555", "1.2.3.4"));
    CHECK(is_from("10.1.2.3", "10.0.0.2", "10.0.0.2"));
}

TEST(nonsense_ends_the_belief)
{
    CHECK(is_from("10.1.2.3", "", "10.1.2.3"));
    CHECK(is_from("10.1.2.3", "unknown", "10.1.2.3"));
    CHECK(is_from("10.1.2.3", "1.2.3.4, _hidden, 10.0.0.9", "10.0.0.9"));
    CHECK(is_from("10.1.2.3", "1.2.3.4,,", "10.1.2.3"));
    CHECK(is_from("10.1.2.3", NULL, "10.1.2.3"));
}

TEST(https_is_what_a_trusted_proxy_says)
{
    struct conf c = { .trusted_proxies = nets, .trusted_proxies_n = 4 };
    struct origin o = { .is_tls = false };

    origin_read(&c, STR("203.0.113.1"), STR_NONE, STR("https"), &o);
    CHECK(!o.is_tls && !o.is_proxied);
    origin_read(&c, STR("10.0.0.1"), STR_NONE, STR("https, http"), &o);
    CHECK(!o.is_tls && o.is_proxied);
    origin_read(&c, STR("10.0.0.1"), STR_NONE, STR("http,HTTPS"), &o);
    CHECK(o.is_tls);
}

TEST(networks)
{
    const struct cp_str odd[] = { STR("10.0.0.0/9"), STR("bad/8"), STR("1.2.3.4/99"),
                                  STR("2001:db8::/33") };

    CHECK(origin_is_among(STR("10.127.0.1"), odd, 4));
    CHECK(!origin_is_among(STR("10.128.0.1"), odd, 4));
    CHECK(!origin_is_among(STR("1.2.3.4"), odd, 4));
    CHECK(origin_is_among(STR("2001:db8:7fff::1"), odd, 4));
    CHECK(!origin_is_among(STR("2001:db8:8000::1"), odd, 4));
    CHECK(!origin_is_among(STR("name.example"), odd, 4));
}

TEST_MAIN()
