/* SPDX-License-Identifier: MIT */
/*
 * origin - who really asks, where proxies stand before us.
 *
 * Each proxy appends whom it was asked by to X-Forwarded-For, and what stood there before may be anybody's invention.  So the
 * list is read from its end, for as long as the one who wrote an element is a proxy that the configuration trusts.
 * trust_forwarded trusts the nearest alone, whoever it is: for gateways that only their proxy can reach.
 */
#include "flow/origin.h"

#include "base/str.h"
#include "conf/conf.h"
#include "loop/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { LIST_BYTES = 4096, ADDRESS_BITS = 128, MAPPED_BITS = 96 };

/* IPv4 as IPv6 has it, so that one comparison does. */
static bool address_read(struct cp_str text, struct in6_addr *out)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    char z[64];

    if (!text.n || text.n >= sizeof(z))
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    if (inet_pton(AF_INET6, z, out) == 1)
        return true;
    memcpy(out->s6_addr, mapped, sizeof(mapped));
    return inet_pton(AF_INET, z, out->s6_addr + sizeof(mapped)) == 1;
}

static bool address_is_in(const struct in6_addr *a, struct cp_str network)
{
    struct in6_addr base;
    struct cp_str rest = network, address;
    int64_t bits = ADDRESS_BITS;

    (void)str_split(&rest, '/', &address);
    if (!address_read(address, &base))
        return false;
    if (rest.p && str_int(rest, &bits))
        return false;
    if (rest.p && str_chr(address, ':') < 0)
        bits += MAPPED_BITS;
    if (bits < 0 || bits > ADDRESS_BITS)
        return false;
    size_t whole = (size_t)bits / 8;
    unsigned left = (unsigned)bits % 8;
    if (memcmp(a->s6_addr, base.s6_addr, whole))
        return false;
    return !left || !((a->s6_addr[whole] ^ base.s6_addr[whole]) >> (8 - left));
}

bool origin_is_among(struct cp_str address, const struct cp_str *networks, size_t n)
{
    struct in6_addr a;

    if (!n || !address_read(address, &a))
        return false;
    for (size_t i = 0; i < n; i++)
        if (address_is_in(&a, networks[i]))
            return true;
    return false;
}

/* "1.2.3.4:5", "[::1]:5", "::1": the address alone. */
static struct cp_str element_address(struct cp_str e)
{
    ptrdiff_t colon = str_chr(e, ':');

    if (str_begins(e, "[")) {
        ptrdiff_t end = str_chr(e, ']');
        return end < 0 ? e : str_cut(str_from(e, 1), (size_t)end - 1);
    }
    if (colon >= 0 && str_chr(str_from(e, (size_t)colon + 1), ':') < 0)
        return str_cut(e, (size_t)colon);
    return e;
}

/* Takes the last element off the list; false: there is none. */
static bool list_pop(struct cp_str *list, struct cp_str *last)
{
    size_t at = list->n;

    if (!list->p)
        return false;
    while (at && list->p[at - 1] != ',')
        at--;
    *last = str_trim(str_from(*list, at));
    *list = at ? str_cut(*list, at - 1) : STR_NONE;
    return true;
}

static void origin_set(struct origin *o, struct cp_str peer)
{
    snprintf(o->peer, sizeof(o->peer), "%.*s", STR_FMT(str_cut(peer, sizeof(o->peer) - 1)));
}

void origin_read(const struct conf *c, struct cp_str peer, struct cp_str list,
                 struct cp_str proto, struct origin *o)
{
    const struct cp_str *nets = c->trusted_proxies;
    size_t n = c->trusted_proxies_n;
    struct in6_addr ignored;
    struct cp_str last;

    origin_set(o, peer);
    o->is_proxied = c->trust_forwarded || origin_is_among(peer, nets, n);
    if (!o->is_proxied)
        return;
    if (list_pop(&proto, &last))
        o->is_tls |= str_is_nocase(last, "https");
    while (list_pop(&list, &last)) {
        struct cp_str address = element_address(last);
        if (!address_read(address, &ignored))
            return; /* whoever wrote that: the last known one is whom we believe in */
        origin_set(o, address);
        if (!origin_is_among(address, nets, n))
            return;
    }
}

/* All headers of a name as one list; what is beyond its beginning's limit is lost, the end counts. */
static struct cp_str header_list(const struct request *r, const char *name, char *buf, size_t n)
{
    size_t at = n;

    for (size_t i = request_headers(r); i-- > 0;) {
        struct cp_str key, value;
        request_header_at(r, i, &key, &value);
        if (!str_is_nocase(key, name) || value.n + 1 > at)
            continue;
        if (at < n)
            buf[--at] = ',';
        at -= value.n;
        if (value.n)
            memcpy(buf + at, value.p, value.n);
    }
    return at < n ? str_n(buf + at, n - at) : STR_NONE;
}

void origin_of(const struct conf *c, const struct request *r, struct origin *o)
{
    char list[LIST_BYTES], proto[256];

    *o = (struct origin){ .is_tls = request_is_tls(r) };
    if (request_is_local(r)) {
        origin_set(o, STR("local"));
        return;
    }
    origin_read(c, request_peer(r), header_list(r, "x-forwarded-for", list, sizeof(list)),
                header_list(r, "x-forwarded-proto", proto, sizeof(proto)), o);
}
