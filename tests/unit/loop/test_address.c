/* SPDX-License-Identifier: MIT */
#include "loop/address.h"

#include "base/str.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { NEVER, PRIVATE, PUBLIC };

static const struct {
    const char *text;
    int kind;
} addresses[] = {
    { "0.0.0.0", NEVER },
    { "0.1.2.3", NEVER },
    { "169.254.0.1", NEVER },
    { "169.254.169.254", NEVER },
    { "169.253.255.255", PUBLIC },
    { "169.255.0.0", PUBLIC },
    { "100.100.100.200", NEVER },
    { "168.63.129.16", NEVER },
    { "168.63.129.17", PUBLIC },
    { "224.0.0.1", NEVER },
    { "239.255.255.255", NEVER },
    { "240.0.0.1", NEVER },
    { "255.255.255.255", NEVER },
    { "127.0.0.1", PRIVATE },
    { "127.255.255.254", PRIVATE },
    { "126.255.255.255", PUBLIC },
    { "128.0.0.1", PUBLIC },
    { "10.0.0.1", PRIVATE },
    { "11.0.0.1", PUBLIC },
    { "172.15.255.255", PUBLIC },
    { "172.16.0.0", PRIVATE },
    { "172.31.255.255", PRIVATE },
    { "172.32.0.0", PUBLIC },
    { "192.168.1.1", PRIVATE },
    { "192.169.0.0", PUBLIC },
    { "100.63.255.255", PUBLIC },
    { "100.64.0.0", PRIVATE },
    { "100.127.255.255", PRIVATE },
    { "100.128.0.0", PUBLIC },
    { "198.18.0.1", PRIVATE },
    { "198.19.255.255", PRIVATE },
    { "198.20.0.0", PUBLIC },
    { "1.1.1.1", PUBLIC },
    { "223.255.255.255", PUBLIC },
    { "::", NEVER },
    { "::1", PRIVATE },
    { "fe80::1", NEVER },
    { "febf::1", NEVER },
    { "fec0::1", PRIVATE },
    { "fc00::1", PRIVATE },
    { "fdff::1", PRIVATE },
    { "fd00:ec2::254", NEVER },
    { "ff02::1", NEVER },
    { "2606:4700::1111", PUBLIC },
    { "2001:4860:4860::8888", PUBLIC },
    { "2001::1", NEVER },
    /* IPv4 in other clothes */
    { "::ffff:127.0.0.1", PRIVATE },
    { "::ffff:169.254.169.254", NEVER },
    { "::ffff:1.1.1.1", PUBLIC },
    { "::127.0.0.1", PRIVATE },
    { "::169.254.169.254", NEVER },
    { "64:ff9b::7f00:1", PRIVATE },
    { "64:ff9b::a9fe:a9fe", NEVER },
    { "64:ff9b::101:101", PUBLIC },
    { "64:ff9b:1::1", PRIVATE },
    { "2002:7f00:1::", PRIVATE },
    { "2002:a9fe:a9fe::1", NEVER },
    { "2002:101:101::1", PUBLIC },
};

static const char *judge(const char *text, bool is_private_fine)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return address_refusal((struct sockaddr *)&in, is_private_fine);
    CHECK(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
    return address_refusal((struct sockaddr *)&in6, is_private_fine);
}

TEST(address_rule)
{
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        const char *text = addresses[i].text;
        bool is_good = CHECK((judge(text, false) == NULL) == (addresses[i].kind == PUBLIC));
        is_good &= CHECK((judge(text, true) == NULL) == (addresses[i].kind != NEVER));
        is_good &= CHECK((address_refusal_text(str_of(text), false) == NULL) ==
                         (addresses[i].kind == PUBLIC));
        if (!is_good)
            printf("#     %s\n", text);
    }
}

TEST(address_in_odd_spellings)
{
    static const char *const loopback[] = { "127.1",           "2130706433",   "0x7f.1",
                                            "0x7f000001",      "017700000001", "[::1]",
                                            "[::ffff:7f00:1]", "127.0.1" };
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        CHECK(address_refusal_text(str_of(loopback[i]), false) != NULL);
    CHECK(address_refusal_text(STR("[fe80::1%25eth0]"), true) != NULL);
    CHECK(address_refusal_text(STR("fe80::1%eth0"), true) != NULL);
}

TEST(address_of_names_is_not_known_yet)
{
    static const char *const names[] = { "localhost", "api.example.com", "",     "[",
                                         "[]",        "1.2.3.4.5",       "face", "x127.0.0.1" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(address_refusal_text(str_of(names[i]), false) == NULL);
}

TEST(address_of_other_families_is_refused)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    CHECK(address_refusal((struct sockaddr *)&un, true) != NULL);
}

TEST_MAIN()
