/* SPDX-License-Identifier: MIT */
/*
 * address - which network addresses an upstream may have.
 *
 * Two tables of prefixes.  IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64,
 * 6to4) are judged by the address they carry, because the packet ends there.
 * source: IANA special-purpose address registries, read 2026-11-22
 */
#include "loop/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct prefix4 {
    uint32_t net; /* host order */
    int bits;
    bool is_private; /* passes where private addresses are fine */
    const char *what;
};

struct prefix6 {
    uint8_t net[16];
    int bits;
    int carries; /* byte at which an IPv4 address stands; -1: none */
    bool is_private;
    const char *what;
};

/* The first that fits decides. */
static const struct prefix4 prefixes4[] = {
    { 0x00000000, 8, false, "unspecified address" },
    { 0xa9fe0000, 16, false, "link-local address" },
    /* source: Alibaba Cloud and Azure docs (instance metadata, WireServer), read 2026-11-22 */
    { 0x646464c8, 32, false, "cloud metadata address" },
    { 0xa83f8110, 32, false, "cloud metadata address" },
    { 0xe0000000, 4, false, "multicast address" },
    { 0xf0000000, 4, false, "reserved address" },
    { 0x7f000000, 8, true, "loopback address" },
    { 0x0a000000, 8, true, "private address" },
    { 0xac100000, 12, true, "private address" },
    { 0xc0a80000, 16, true, "private address" },
    { 0x64400000, 10, true, "carrier-shared address" },
    { 0xc0000000, 24, true, "special-purpose address" },
    { 0xc6120000, 15, true, "benchmarking address" },
};

static const struct prefix6 prefixes6[] = {
    { { 0 }, 128, -1, false, "unspecified address" },
    { { [15] = 1 }, 128, -1, true, "loopback address" },
    { { [10] = 0xff, 0xff }, 96, 12, false, NULL },                        /* mapped */
    { { 0 }, 96, 12, false, NULL },                                        /* compatible */
    { { 0x00, 0x64, 0xff, 0x9b }, 96, 12, false, NULL },                   /* NAT64 */
    { { 0x00, 0x64, 0xff, 0x9b, 0, 1 }, 48, -1, true, "private address" }, /* local NAT64 */
    { { 0x20, 0x02 }, 16, 2, false, NULL },                                /* 6to4 */
    { { 0x20, 0x01 }, 32, -1, false, "reserved address" }, /* Teredo hides the target */
    { { 0xfe, 0x80 }, 10, -1, false, "link-local address" },
    { { 0xff }, 8, -1, false, "multicast address" },
    /* source: AWS docs (instance metadata over IPv6), read 2026-11-22 */
    { { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 }, 128, -1, false, "cloud metadata address" },
    { { 0xfe, 0xc0 }, 10, -1, true, "private address" },
    { { 0xfc }, 7, -1, true, "private address" },
};

static const char *refusal4(uint32_t address, bool is_private_fine)
{
    for (size_t i = 0; i < sizeof prefixes4 / sizeof *prefixes4; i++) {
        const struct prefix4 *p = &prefixes4[i];
        if (((address ^ p->net) >> (32 - p->bits)) == 0)
            return p->is_private && is_private_fine ? NULL : p->what;
    }
    return NULL;
}

static bool is_within(const uint8_t address[16], const struct prefix6 *p)
{
    int whole = p->bits / 8, rest = p->bits % 8;
    if (memcmp(address, p->net, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ p->net[whole]) >> (8 - rest)) == 0;
}

static const char *refusal6(const uint8_t address[16], bool is_private_fine)
{
    for (size_t i = 0; i < sizeof prefixes6 / sizeof *prefixes6; i++) {
        const struct prefix6 *p = &prefixes6[i];
        if (!is_within(address, p))
            continue;
        if (p->carries < 0)
            return p->is_private && is_private_fine ? NULL : p->what;
        uint32_t carried;
        memcpy(&carried, address + p->carries, sizeof carried);
        return refusal4(ntohl(carried), is_private_fine);
    }
    return NULL;
}

const char *address_refusal(const struct sockaddr *sa, bool is_private_fine)
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        return refusal4(ntohl(in.sin_addr.s_addr), is_private_fine);
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        return refusal6(in6.sin6_addr.s6_addr, is_private_fine);
    }
    return "address of an unknown family";
}

/* inet_aton() reads 127.1, 0x7f.1 and 2130706433 as every resolver does. */
const char *address_refusal_text(struct cp_str host, bool is_private_fine)
{
    char text[64];
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = (struct cp_str){ host.p + 1, host.n - 2 };
    if (host.n == 0 || host.n >= sizeof text)
        return NULL;
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    text[strcspn(text, "%")] = 0; /* zone */
    struct in_addr in;
    struct in6_addr in6;
    if (inet_aton(text, &in))
        return refusal4(ntohl(in.s_addr), is_private_fine);
    if (inet_pton(AF_INET6, text, &in6) == 1)
        return refusal6(in6.s6_addr, is_private_fine);
    return NULL;
}
