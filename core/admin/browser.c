/* SPDX-License-Identifier: MIT */
/*
 * browser - what is asked of browsers, who carry other people's pages: names, origins, tokens, cookies.
 *
 * A page of somebody else's may make a browser ask us (forged requests), or give its own name our address (DNS rebinding).  The
 * first is known by Sec-Fetch-Site and Origin, which pages cannot set, and by types and headers that forms cannot send; the
 * second by the Host that the browser believes to talk to: addresses cannot be rebound, names that are not ours are refused.
 * Behind a trusted proxy, the names are the proxy's affair.
 */
#include "admin/gatehouse_private.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/origin.h"
#include "loop/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { COOKIE_NAME = 24 };

/* "name:port", "[::1]:port": the name alone, without brackets. */
static struct cp_str host_name(struct cp_str host)
{
    ptrdiff_t end;

    if (str_begins(host, "[")) {
        end = str_chr(host, ']');
        return end < 0 ? host : str_cut(str_from(host, 1), (size_t)end - 1);
    }
    end = str_chr(host, ':');
    return end < 0 ? host : str_cut(host, (size_t)end);
}

static bool is_address(struct cp_str name)
{
    struct in6_addr out;
    char z[64];

    if (!name.n || name.n >= sizeof(z))
        return false;
    memcpy(z, name.p, name.n);
    z[name.n] = 0;
    return inet_pton(AF_INET, z, &out) == 1 || inet_pton(AF_INET6, z, &out) == 1;
}

static bool is_own_name(struct cp_str name)
{
    char own[256] = "";

    if (gethostname(own, sizeof(own) - 1))
        return false;
    bool is_whole = str_is_nocase(name, own);
    own[strcspn(own, ".")] = 0;
    return is_whole || (own[0] && str_is_nocase(name, own));
}

const char *browser_refuses_host(const struct conf *c, const struct request *r, bool is_proxied)
{
    struct cp_str host = request_header(r, "host"), name = host_name(str_trim(host));

    if (!host.p || is_proxied || is_address(name) || str_is_nocase(name, "localhost") ||
        is_own_name(name))
        return NULL;
    for (size_t i = 0; i < c->hosts_n; i++)
        if (str_is_nocase(name, c->hosts[i].p) || str_is(c->hosts[i], "*"))
            return NULL;
    return "this gateway does not go by that name: add it to the option hosts";
}

const char *browser_refuses_origin(const struct request *r)
{
    struct cp_str site = request_header(r, "sec-fetch-site");
    struct cp_str origin = request_header(r, "origin"), host = request_header(r, "host");

    if (site.p && !str_is(site, "same-origin"))
        return "another page asked for this (Sec-Fetch-Site)";
    if (!origin.p)
        return NULL;
    ptrdiff_t at = str_find(origin, STR("://"));
    struct cp_str authority = at < 0 ? STR_NONE : str_from(origin, (size_t)at + 3);
    if (!host.p || authority.n != host.n || strncasecmp(authority.p, host.p, host.n))
        return "another page asked for this (Origin)";
    return NULL;
}

const char *browser_refuses_type(const struct request *r)
{
    struct cp_str length = request_header(r, "content-length");
    struct cp_str rest = request_header(r, "content-type"), type;
    bool has_body = request_header(r, "transfer-encoding").p ||
                    (length.p && !str_is(str_trim(length), "0"));

    if (!has_body)
        return NULL;
    return str_split(&rest, ';', &type) && str_is_nocase(str_trim(type), "application/json")
               ? NULL
               : "the body's type must be application/json";
}

/*
 * Browsers do not tell ports apart when they keep cookies (RFC 6265, 8.5): two gateways of one machine would log each other's
 * users out.  So the port that the browser asked stands in the name.
 */
static struct cp_str cookie_name(struct cp_str host, bool is_tls, char out[COOKIE_NAME])
{
    size_t from = host.n;

    while (from && host.p[from - 1] >= '0' && host.p[from - 1] <= '9')
        from--;
    struct cp_str port = str_from(host, from);
    bool has_port = port.n && port.n <= 5 && from && host.p[from - 1] == ':';
    snprintf(out, COOKIE_NAME, "%scp%s%.*s", is_tls ? "__Host-" : "", has_port ? "-" : "",
             has_port ? (int)port.n : 0, has_port ? port.p : "");
    return str_of(out);
}

struct cp_str browser_cookie(const struct request *r, bool is_tls)
{
    struct cp_str all = request_header(r, "cookie"), one, name;
    char own[COOKIE_NAME];

    (void)cookie_name(str_trim(request_header(r, "host")), is_tls, own);

    while (str_split(&all, ';', &one)) {
        one = str_trim(one);
        if (str_split(&one, '=', &name) && str_is(name, own))
            return one;
    }
    return STR_NONE;
}

bool browser_is_safe(bool is_tls, struct cp_str peer)
{
    const struct cp_str loopback[] = { STR("127.0.0.0/8"), STR("::1"),
                                       STR("::ffff:127.0.0.0/104") };

    return is_tls || origin_is_among(peer, loopback, sizeof(loopback) / sizeof(*loopback));
}

struct cp_str browser_set_cookie(struct arena *arena, struct cp_str host, bool is_tls,
                                 struct cp_str id)
{
    char own[COOKIE_NAME];

    return arena_printf(arena, "%.*s=%.*s; Path=/; %sHttpOnly; SameSite=Strict%s",
                        STR_FMT(cookie_name(str_trim(host), is_tls, own)), STR_FMT(id),
                        is_tls ? "Secure; " : "", id.n ? "" : "; Max-Age=0");
}
