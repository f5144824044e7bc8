/* SPDX-License-Identifier: MIT */
/*
 * headcheck - the first-call guard: what must not pass although the HTTP library lets it.
 *
 * libmicrohttpd 0.9.75 takes a length together with a transfer coding, takes two lengths, hangs on codings it does
 * not know, and hands on methods and names with control bytes in them (tried with a raw socket, 2026-11).  Every such
 * request is answered before a byte of its body is read, and its connection is closed: what stands behind it on the
 * wire is never looked at, which is what stops smuggling.
 *
 * The path is decoded once, here, only to be judged.  Two decodings are two opinions.
 */
#include "loop/headcheck.h"

#include "base/str.h"

#include <stdbool.h>

enum { HEADERS_MAX = 256, LENGTH_DIGITS_MAX = 18 };

/* What the headers said so far. */
struct seen {
    struct headcheck_result *r;
    unsigned hosts, lengths, codings, encodings;
    struct cp_str credential; /* the first one, bare */
    bool is_http10;
};

static bool refuse(struct headcheck_result *r, int status, uint32_t trouble, const char *why)
{
    r->status = status;
    r->trouble = trouble;
    r->why = why;
    return false;
}

static bool bad(struct headcheck_result *r, const char *why)
{
    return refuse(r, 400, CP_BAD_REQUEST, why);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- request line ---- */

static bool check_method(struct headcheck_result *r, struct cp_str m)
{
    static const char *const known[] = { "GET", "POST",  "HEAD",  "OPTIONS",
                                         "PUT", "PATCH", "DELETE" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(m, known[i]))
            return true;
    if (!str_is_token(m))
        return bad(r, "the method is no token");
    return refuse(r, 501, CP_METHOD, "this method is not known here");
}

static bool check_version(struct seen *s, struct cp_str v)
{
    if (v.n != 8 || memcmp(v.p, "HTTP/1.", 7) != 0 || !is_digit(v.p[7]))
        return refuse(s->r, 505, CP_BAD_REQUEST, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    s->is_http10 = v.p[7] == '0';
    return true;
}

static int hex(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The next byte of the path, decoded; -1: a broken escape. */
static int next_byte(struct cp_str path, size_t *at)
{
    unsigned char c = (unsigned char)path.p[(*at)++];
    if (c != '%')
        return c;
    int hi = *at + 1 < path.n ? hex(path.p[*at]) : -1;
    int lo = hi < 0 ? -1 : hex(path.p[*at + 1]);
    *at += 2;
    return lo < 0 ? -1 : hi * 16 + lo;
}

/* No way up, no empty segment, no byte that another reader would take for an end. */
static bool check_path(struct headcheck_result *r, struct cp_str path)
{
    size_t segment_n = 0, dots = 0; /* of the segment at hand, decoded */
    for (size_t at = 1; at <= path.n;) {
        int c = at < path.n ? next_byte(path, &at) : (at++, '/');
        if (c < 0)
            return bad(r, "a broken percent-escape in the path");
        if (c < 0x20 || c == 0x7f || c == '\\')
            return bad(r, "a forbidden byte in the path");
        if (c != '/') {
            segment_n++;
            dots += c == '.';
            continue;
        }
        if (segment_n == 2 && dots == 2)
            return bad(r, "the path leads upwards");
        if (segment_n == 0 && at <= path.n)
            return bad(r, "an empty segment in the path");
        segment_n = dots = 0;
    }
    return true;
}

static bool check_target(struct headcheck_result *r, struct cp_str method, struct cp_str target)
{
    if (str_is(target, "*") && str_is(method, "OPTIONS"))
        return true;
    if (!target.n || target.p[0] != '/')
        return bad(r, "the request target must be a path");
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return bad(r, "a forbidden byte in the request target");
    }
    ptrdiff_t query = str_chr(target, '?');
    return check_path(r, query < 0 ? target : str_cut(target, (size_t)query));
}

/* ---- headers ---- */

static bool see_length(struct seen *s, struct cp_str v)
{
    if (s->lengths++)
        return bad(s->r, "two Content-Length headers");
    int64_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (!is_digit(v.p[i]))
            return bad(s->r, "Content-Length is no number");
        if (i >= LENGTH_DIGITS_MAX)
            return refuse(s->r, 413, CP_TOO_LARGE, "Content-Length is too large");
        n = n * 10 + (v.p[i] - '0');
    }
    if (!v.n)
        return bad(s->r, "Content-Length is empty");
    s->r->length = n;
    return true;
}

static bool see_coding(struct seen *s, struct cp_str v)
{
    if (s->codings++)
        return bad(s->r, "two Transfer-Encoding headers");
    if (!str_is_nocase(v, "chunked"))
        return refuse(s->r, 501, CP_BAD_REQUEST,
                      "the only transfer coding known here is chunked");
    if (s->is_http10)
        return bad(s->r, "HTTP/1.0 knows no transfer coding");
    s->r->is_chunked = 1;
    return true;
}

static bool see_host(struct seen *s, struct cp_str v)
{
    if (s->hosts++)
        return bad(s->r, "two Host headers");
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] <= 0x20 || (unsigned char)v.p[i] >= 0x7f ||
            strchr("/\\@?#,;\"<>{}|^`", v.p[i]))
            return bad(s->r, "a forbidden byte in Host");
    return true;
}

static bool see_expect(struct seen *s, struct cp_str v)
{
    if (str_is_nocase(v, "100-continue"))
        return true;
    return refuse(s->r, 417, CP_BAD_REQUEST, "the only expectation known here is 100-continue");
}

static bool see_encoding(struct seen *s, struct cp_str v)
{
    if (s->encodings++)
        return refuse(s->r, 415, CP_MEDIA_TYPE, "two Content-Encoding headers");
    return true;
}

/* The same key may come in two headers; two keys may not, whichever of them would be the valid one. */
static bool see_credential(struct seen *s, struct cp_str v)
{
    if (str_begins_nocase(v, "bearer "))
        v = str_trim(str_from(v, 7));
    if (!v.n)
        return true;
    if (!s->credential.p)
        s->credential = v;
    if (!str_eq(s->credential, v))
        return refuse(s->r, 401, CP_AUTH, "two different credentials");
    return true;
}

static bool check_header(struct seen *s, const struct headcheck_pair *h)
{
    static const struct {
        const char *name;
        bool (*see)(struct seen *, struct cp_str value);
    } rules[] = {
        { "content-length", see_length },
        { "transfer-encoding", see_coding },
        { "host", see_host },
        { "expect", see_expect },
        { "content-encoding", see_encoding },
        { "authorization", see_credential },
        { "x-api-key", see_credential },
        { "x-goog-api-key", see_credential },
    };
    if (!str_is_token(h->name))
        return bad(s->r, "a header name is no token");
    if (!str_is_field_value(h->value))
        return bad(s->r, "a control byte in a header value");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (str_is_nocase(h->name, rules[i].name))
            return rules[i].see(s, str_trim(h->value));
    return true;
}

static bool check_whole(const struct seen *s)
{
    if (s->lengths && s->codings)
        return bad(s->r, "Content-Length and Transfer-Encoding");
    if (!s->hosts && !s->is_http10)
        return bad(s->r, "no Host header");
    return true;
}

void headcheck_run(struct cp_str method, struct cp_str target, struct cp_str version,
                   const struct headcheck_pair *pairs, size_t n, struct headcheck_result *r)
{
    struct seen s = { .r = r };
    *r = (struct headcheck_result){ .length = -1 };
    if (!check_version(&s, version) || !check_method(r, method) ||
        !check_target(r, method, target))
        return;
    if (n > HEADERS_MAX) {
        refuse(r, 431, CP_HEADERS_TOO_LARGE, "too many headers");
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!check_header(&s, &pairs[i]))
            return;
    check_whole(&s);
}
