/* SPDX-License-Identifier: MIT */
/*
 * url - a channel's base URL: what is legal, what it is made of.
 *
 * The rules for versions are those that users of the Go program have in their files: a base that
 * ends in a segment like v1 or v1beta has its version, a '#' at the end means "exactly this", and
 * anything else gets the dialect's version inserted.
 */
#include "conf/url.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"

#include <arpa/inet.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* "/v1", "/v2", "/v1beta" at the end of a path. */
static bool url_ends_in_version(struct cp_str path)
{
    const char *slash = memrchr(path.p, '/', path.n);
    struct cp_str s = slash ? str_from(path, (size_t)(slash - path.p) + 1) : STR_NONE;
    size_t i = 1;
    if (s.n < 2 || s.p[0] != 'v' || !is_digit(s.p[1]))
        return false;
    while (i < s.n && is_digit(s.p[i]))
        i++;
    while (i < s.n && is_lower(s.p[i]))
        i++;
    return i == s.n;
}

/* RFC 3986 3.3 without the characters that would end a path. */
static bool url_is_path(struct cp_str path)
{
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}?#", c))
            return false;
    }
    return true;
}

static const char *url_check_port(struct cp_str port)
{
    int64_t number;
    if (str_int(port, &number) || number < 1 || number > 65535)
        return "has a port that is not from 1 to 65535";
    return NULL;
}

static const char *url_check_authority(struct cp_str a)
{
    if (str_chr(a, '@') >= 0)
        return "must not hold a user or password";
    struct cp_str host = a, rest = STR_NONE;
    if (str_begins(a, "[")) {
        ptrdiff_t end = str_chr(a, ']');
        char z[INET6_ADDRSTRLEN];
        struct in6_addr addr;
        if (end < 2 || end > (ptrdiff_t)sizeof(z))
            return "has an IPv6 address that is none";
        memcpy(z, a.p + 1, (size_t)end - 1);
        z[end - 1] = '\0';
        if (inet_pton(AF_INET6, z, &addr) != 1)
            return "has an IPv6 address that is none";
        rest = str_from(a, (size_t)end + 1);
        if (rest.n && rest.p[0] != ':')
            return "has something behind its address";
        return rest.n ? url_check_port(str_from(rest, 1)) : NULL;
    }
    rest = a;
    (void)str_split(&rest, ':', &host); /* a is there, so there is a first part */
    if (!host.n || host.n > 253)
        return "has no host";
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (!is_digit(c) && !is_lower(c) && !(c >= 'A' && c <= 'Z') && !strchr("-._", c))
            return "has a host with a character that is no part of a name";
    }
    return rest.p ? url_check_port(rest) : NULL;
}

const char *url_parse(struct cp_str text, struct arena *arena, struct conf_url *url)
{
    const char *scheme = str_begins_nocase(text, "https://")  ? "https://"
                         : str_begins_nocase(text, "http://") ? "http://"
                                                              : NULL;
    if (!scheme)
        return "must begin with https:// or http://";
    struct cp_str rest = str_from(text, strlen(scheme));
    bool is_exact = str_ends(rest, "#");
    if (is_exact)
        rest.n--;
    if (str_chr(rest, '?') >= 0)
        return "must not hold a query";
    if (str_chr(rest, '#') >= 0)
        return "may hold a # only as its last character";
    while (str_ends(rest, "/"))
        rest.n--;
    ptrdiff_t slash = str_chr(rest, '/');
    struct cp_str authority = slash < 0 ? rest : str_cut(rest, (size_t)slash);
    const char *why = url_check_authority(authority);
    if (why)
        return why;
    struct cp_str path = str_from(rest, authority.n);
    if (!url_is_path(path))
        return "has a character in its path that must be written as %XX";
    url->base = arena_printf(arena, "%s%.*s", scheme, STR_FMT(rest));
    url->is_exact = is_exact;
    url->has_version = url_ends_in_version(path);
    return NULL;
}

struct cp_str url_host(const struct conf_url *url)
{
    struct cp_str rest = str_from(url->base, url_is_clear(url) ? 7 : 8), host = rest;
    if (str_begins(rest, "[")) {
        ptrdiff_t end = str_chr(rest, ']');
        return end < 0 ? STR_NONE : str_n(rest.p + 1, (size_t)end - 1);
    }
    size_t n = 0;
    while (n < host.n && host.p[n] != '/' && host.p[n] != ':')
        n++;
    return str_cut(host, n);
}

uint16_t url_port(const struct conf_url *url)
{
    struct cp_str host = url_host(url), port;
    struct cp_str rest = str_from(url->base, (size_t)(host.p - url->base.p) + host.n);
    int64_t number = url_is_clear(url) ? 80 : 443;

    if (str_begins(rest, "]"))
        rest = str_from(rest, 1);
    if (str_begins(rest, ":")) {
        rest = str_from(rest, 1);
        (void)str_split(&rest, '/', &port);
        (void)str_int(port, &number); /* url_parse() has seen that it is one */
    }
    return (uint16_t)number;
}

const char *url_remark(const struct conf_url *url)
{
    static const char *const ends[] = { "/messages",  "/chat/completions", "/completions",
                                        "/responses", "/models",           "Content" };

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if (str_ends(url->base, ends[i]))
            return "ends with the path of a request, which is put behind it once more: leave "
                   "it out, as in https://api.example.com/v1";
    return NULL;
}

bool url_is_clear(const struct conf_url *url)
{
    return str_begins(url->base, "http://");
}

/* The address that the host spells, IPv4 as ::ffff:a.b.c.d; false if it is a name. */
static bool url_address(const struct conf_url *url, uint8_t out[16])
{
    char z[INET6_ADDRSTRLEN];
    struct cp_str host = url_host(url);
    if (host.n >= sizeof(z))
        return false;
    memcpy(z, host.p, host.n);
    z[host.n] = '\0';
    if (inet_pton(AF_INET6, z, out) == 1)
        return true;
    memset(out, 0, 10);
    out[10] = out[11] = 0xFF;
    return inet_pton(AF_INET, z, out + 12) == 1;
}

static bool is_mapped(const uint8_t a[16])
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    return memcmp(a, mapped, 12) == 0;
}

bool url_is_loopback(const struct conf_url *url)
{
    static const uint8_t one[16] = { [15] = 1 };
    struct cp_str host = url_host(url);
    uint8_t a[16];
    if (str_is_nocase(host, "localhost") || str_ends(host, ".localhost"))
        return true;
    if (!url_address(url, a))
        return false;
    return is_mapped(a) ? a[12] == 127 : memcmp(a, one, 16) == 0;
}

bool url_is_private(const struct conf_url *url)
{
    uint8_t a[16];
    if (url_is_loopback(url))
        return true;
    if (!url_address(url, a))
        return false;
    if (!is_mapped(a))
        return (a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0xC0) == 0x80);
    return a[12] == 10 || (a[12] == 172 && (a[13] & 0xF0) == 16) ||
           (a[12] == 192 && a[13] == 168) || (a[12] == 169 && a[13] == 254);
}

/* Is it there already, under a name that looks like no version ("/api")? */
static bool url_has(const struct conf_url *url, struct cp_str version)
{
    struct cp_str base = url->base;
    size_t at = base.n > version.n ? base.n - version.n : 0;
    return at > 1 && str_eq(str_from(base, at), version) && base.p[at - 1] == '/' &&
           base.p[at - 2] != '/';
}

void conf_request_url(struct buf *out, const struct conf_url *url, struct cp_str version,
                      struct cp_str path)
{
    (void)buf_add_str(out, url->base); /* a buf remembers that it failed */
    if (version.n && !url->has_version && !url->is_exact && !url_has(url, version)) {
        (void)buf_add_c(out, '/');
        (void)buf_add_str(out, version);
    }
    if (!str_begins(path, "/"))
        (void)buf_add_c(out, '/');
    (void)buf_add_str(out, path);
}
