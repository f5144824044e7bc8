/* SPDX-License-Identifier: MIT */
/*
 * host_head - where an upstream request goes: path, query, headers, and the place of the key.
 *
 * A plugin says what; what it may not say is refused here, so that no plugin can leave the
 * upstream's base URL, split a header, frame the body differently than the client library does, or
 * bring a credential of its own.
 *
 * source: RFC 3986 2.3 (unreserved), RFC 9110 5 (fields) and 7.6.1 (hop-by-hop)
 */
#include "plugin/host.h"

#include "base/str.h"

enum { HEAD_VALUE_BYTES = 8192, HEAD_PATH_BYTES = 2048, KEY_PREFIX_BYTES = 16 };

void head_init(struct cp_head *h, struct arena *arena, struct cp_str model, struct cp_str key)
{
    memset(h, 0, sizeof(*h));
    h->arena = arena;
    h->model = model;
    h->key = key;
    h->version = h->path = STR("");
}

static int head_fail(struct cp_head *h, int rc, const char *what, const char *why)
{
    if (!h->failed)
        err_set(&h->err, rc, what, "%s", why);
    h->failed = true;
    return rc;
}

static const char *const credentials[] = {
    "authorization", "proxy-authorization",  "x-api-key", "x-goog-api-key", "api-key", "cookie",
    "set-cookie",    "x-amz-security-token",
};

/* The client library's own: where the message ends, who is spoken to, how it is packed. */
static const char *const framing[] = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-connection",
    "content-encoding",
    "accept-encoding",
    "proxy-authenticate",
};

static bool is_one_of(struct cp_str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_is_nocase(name, names[i]))
            return true;
    return false;
}

bool head_is_credential(struct cp_str name)
{
    return is_one_of(name, credentials, sizeof(credentials) / sizeof(credentials[0]));
}

static bool is_framing(struct cp_str name)
{
    return is_one_of(name, framing, sizeof(framing) / sizeof(framing[0]));
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

static void add_escaped(struct buf *out, struct cp_str s, const char *also)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_unreserved(s.p[i]) || (c && strchr(also, c))) {
            buf_add_c(out, s.p[i]);
        } else {
            char triple[3] = { '%', hex[c >> 4], hex[c & 15] };
            buf_add(out, triple, sizeof(triple));
        }
    }
}

/* Bytes an author may write in a path: RFC 3986's pchar and '/', without the per cent. */
static bool is_path_text(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_unreserved(s.p[i]) && !(s.p[i] && strchr("/:@!$&'()*+,;=", s.p[i])))
            return false;
    return true;
}

/* No empty segment, none that is "." or "..". */
static bool has_plain_segments(struct cp_str path)
{
    struct cp_str rest = path, part;
    bool is_first = true;
    while (str_split(&rest, '/', &part)) {
        if (str_is(part, ".") || str_is(part, "..") || (part.n == 0 && !is_first))
            return false;
        is_first = false;
    }
    return true;
}

static int path_fill(struct cp_head *h, struct cp_str pattern, struct buf *out)
{
    const char *name = str_find(pattern, STR("{id}")) < 0 ? "{model}" : "{id}";
    ptrdiff_t at = str_find(pattern, str_of(name));
    struct cp_str before = at < 0 ? pattern : str_cut(pattern, (size_t)at);
    struct cp_str after = at < 0 ? STR("") : str_from(pattern, (size_t)at + strlen(name));

    if (!is_path_text(before) || !is_path_text(after))
        return head_fail(h, E_BUG, "set_path", "the pattern has bytes that a path has not");
    if (at >= 0 && h->model.n == 0)
        return head_fail(h, E_SYNTAX, "set_path", "there is no model to put into the path");
    buf_add_str(out, before);
    if (at >= 0)
        add_escaped(out, h->model, ":");
    buf_add_str(out, after);
    if (buf_failed(out))
        return head_fail(h, E_SYNTAX, "set_path", "the model's name is too long for a path");
    if (!has_plain_segments(buf_str(out)))
        return head_fail(h, at < 0 ? E_BUG : E_SYNTAX, "set_path", "an empty, . or .. segment");
    return 0;
}

int head_set_path(struct cp_head *h, const char *version, const char *pattern)
{
    struct cp_str ver = str_of(version ? version : ""), pat = str_of(pattern ? pattern : "");
    if (h->failed)
        return h->err.code;
    if (!is_path_text(ver) || str_begins(ver, "/") || str_ends(ver, "/") ||
        !has_plain_segments(ver))
        return head_fail(h, E_BUG, "set_path", "the version is no path segment");
    if (!str_begins(pat, "/"))
        return head_fail(h, E_BUG, "set_path", "the pattern does not begin with /");

    struct buf out;
    buf_init(&out, HEAD_PATH_BYTES);
    int rc = path_fill(h, pat, &out);
    if (!rc) {
        h->version = arena_copy(h->arena, ver);
        h->path = arena_copy(h->arena, buf_str(&out));
    }
    buf_fini(&out);
    return rc;
}

static struct cp_str head_escaped(struct cp_head *h, struct cp_str s)
{
    struct buf out;
    buf_init(&out, HEAD_VALUE_BYTES * 3);
    add_escaped(&out, s, "");
    struct cp_str copy = out.n ? arena_copy(h->arena, buf_str(&out)) : STR("");
    buf_fini(&out);
    return copy;
}

static bool is_key_query(struct cp_str name)
{
    return str_is_nocase(name, "key") || str_is_nocase(name, "api_key") ||
           str_is_nocase(name, "access_token");
}

int head_add_query(struct cp_head *h, const char *name, struct cp_str value)
{
    struct cp_str n = str_of(name ? name : "");
    if (h->failed)
        return h->err.code;
    if (n.n == 0 || n.n > 128 || !host_is_text(value) || value.n > HEAD_VALUE_BYTES)
        return head_fail(h, E_BUG, "add_query", "no name, or too long");
    if (is_key_query(n))
        return head_fail(h, E_BUG, "add_query", "keys are placed with place_key()");
    if (h->queries_n == HEAD_QUERIES)
        return head_fail(h, E_LIMIT, "add_query", "too many");
    h->queries[h->queries_n++] =
        (struct head_pair){ head_escaped(h, n), head_escaped(h, value) };
    return 0;
}

int head_add_header(struct cp_head *h, const char *name, struct cp_str value)
{
    struct cp_str n = str_of(name ? name : "");
    if (h->failed)
        return h->err.code;
    if (!str_is_token(n) || n.n > 128)
        return head_fail(h, E_BUG, "add_header", "the name is no token");
    if (head_is_credential(n) || is_framing(n))
        return head_fail(h, E_BUG, "add_header", "this header is not a plugin's to set");
    if (!host_is_text(value) || value.n > HEAD_VALUE_BYTES || !str_is_field_value(value))
        return head_fail(h, E_BUG, "add_header", "the value has control bytes or is too long");
    if (h->headers_n == HEAD_HEADERS)
        return head_fail(h, E_LIMIT, "add_header", "too many");
    struct cp_str v = str_trim(value);
    h->headers[h->headers_n++] =
        (struct head_pair){ arena_copy(h->arena, n), v.n ? arena_copy(h->arena, v) : STR("") };
    return 0;
}

int head_place_key(struct cp_head *h, int where, const char *name, const char *prefix)
{
    struct cp_str n = str_of(name ? name : ""), p = str_of(prefix ? prefix : "");
    if (h->failed)
        return h->err.code;
    if (where != CP_IN_HEADER && where != CP_IN_QUERY)
        return head_fail(h, E_BUG, "place_key", "no such place");
    if (!str_is_token(n) || n.n > 128 || is_framing(n))
        return head_fail(h, E_BUG, "place_key", "the name is none for a key");
    if (!str_is_field_value(p) || p.n > 128 || (where == CP_IN_QUERY && p.n))
        return head_fail(h, E_BUG, "place_key", "the prefix is none for a key");
    uint32_t most = sizeof(h->key_place) / sizeof(h->key_place[0]);
    if (h->key_places_n == most)
        return head_fail(h, E_LIMIT, "place_key", "a key goes to at most two places");
    h->key_place[h->key_places_n].where = where;
    h->key_place[h->key_places_n].name = arena_copy(h->arena, n);
    h->key_place[h->key_places_n++].prefix = p.n ? arena_copy(h->arena, p) : STR("");
    return 0;
}

int head_key_begins(const struct cp_head *h, const char *prefix)
{
    /* The kind of a key may be asked for; asking byte by byte for the rest may not. */
    size_t n = prefix ? strlen(prefix) : 0;
    return n > 0 && n <= KEY_PREFIX_BYTES && h->key.n >= 2 * n && str_begins(h->key, prefix);
}
