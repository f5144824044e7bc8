/* SPDX-License-Identifier: MIT */
/*
 * url - may this be asked, and of whom?
 *
 * One walk: scheme, authority, rest.
 */
#include "loop/url.h"

#include "base/str.h"

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
}

static bool is_ip6_byte(char c)
{
    return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') ||
           c == ':' || c == '.';
}

static int read_port(struct url *u, struct cp_str text, struct err *err)
{
    int64_t port;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return err_set(err, E_SYNTAX, "url", "the port is no number");
    if (str_int(text, &port) != 0 || port < 1 || port > 65535)
        return err_set(err, E_SYNTAX, "url", "the port is not 1 to 65535");
    u->port = (uint16_t)port;
    return 0;
}

static int read_ip6(struct url *u, struct cp_str authority, struct err *err)
{
    ptrdiff_t end = str_chr(authority, ']');
    if (end < 3)
        return err_set(err, E_SYNTAX, "url", "a bracketed address that is none");
    u->host = str_n(authority.p + 1, (size_t)end - 1);
    for (size_t i = 0; i < u->host.n; i++)
        if (!is_ip6_byte(u->host.p[i]))
            return err_set(err, E_SYNTAX, "url", "a bracketed address that is none");
    struct cp_str rest = str_from(authority, (size_t)end + 1);
    if (rest.n == 0)
        return 0;
    if (rest.p[0] != ':')
        return err_set(err, E_SYNTAX, "url", "something strange after the address");
    return read_port(u, str_from(rest, 1), err);
}

static int read_authority(struct url *u, struct cp_str authority, struct err *err)
{
    if (str_chr(authority, '@') >= 0)
        return err_set(err, E_SYNTAX, "url", "a user or password does not belong into a URL");
    if (authority.n && authority.p[0] == '[')
        return read_ip6(u, authority, err);
    ptrdiff_t colon = str_chr(authority, ':');
    u->host = colon < 0 ? authority : str_cut(authority, (size_t)colon);
    if (u->host.n && u->host.p[u->host.n - 1] == '.')
        u->host.n--;
    if (u->host.n == 0 || u->host.n > 253)
        return err_set(err, E_SYNTAX, "url", "no host, or one of more than 253 bytes");
    for (size_t i = 0; i < u->host.n; i++)
        if (!is_host_byte(u->host.p[i]))
            return err_set(err, E_SYNTAX, "url",
                           "a host may hold letters, digits, dots, dashes and underscores "
                           "(other names: write the xn-- form)");
    return colon < 0 ? 0 : read_port(u, str_from(authority, (size_t)colon + 1), err);
}

int url_read(struct url *out, struct cp_str text, struct err *err)
{
    struct url u = { 0 };
    size_t skip;
    if (str_begins_nocase(text, "https://")) {
        u.is_https = true;
        u.port = 443;
        skip = 8;
    } else if (str_begins_nocase(text, "http://")) {
        u.port = 80;
        skip = 7;
    } else {
        return err_set(err, E_SYNTAX, "url", "neither http:// nor https://");
    }
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '#' || text.p[i] == '\\')
            return err_set(err, E_SYNTAX, "url",
                           "a byte that must be %%-escaped, or a fragment");
    size_t end = skip;
    while (end < text.n && text.p[end] != '/' && text.p[end] != '?')
        end++;
    u.origin = str_cut(text, end);
    u.rest = str_from(text, end);
    int rc = read_authority(&u, str_from(u.origin, skip), err);
    if (rc == 0)
        *out = u;
    return rc;
}
