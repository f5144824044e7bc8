/* SPDX-License-Identifier: MIT */
/*
 * array - a JSON array that comes in pieces, any cut: each element as soon as it is whole.
 *
 * An element that lies whole in the bytes at hand is handed on where it lies; only one that was cut
 * is put together in `held`.
 */
#include "json/array.h"

#include "base/err.h"
#include "base/str.h"
#include "json/bytes.h"

enum { KEEP_BYTES = 16 * 1024 };

static const char bom_bytes[3] = "\xef\xbb\xbf";

void json_array_init(struct json_array *a, size_t element_max)
{
    memset(a, 0, sizeof(*a));
    buf_init(&a->held, element_max);
}

void json_array_fini(struct json_array *a)
{
    buf_fini(&a->held);
}

/* One byte inside an element.  True: it was the element's last. */
static bool array_step(struct json_array *a, char c)
{
    if (a->in_string) {
        bool ends = c == '"' && !a->after_slash;
        a->after_slash = c == '\\' && !a->after_slash;
        a->in_string = !ends;
        return false;
    }
    if (c == '"')
        a->in_string = true;
    else if (c == '{' || c == '[')
        a->depth++;
    else if (c == '}' || c == ']')
        a->depth--;
    return a->depth == 0;
}

/* How many of the bytes belong to the element that is open; *ends: the last of them closes it. */
static size_t array_inside(struct json_array *a, struct cp_str bytes, bool *ends)
{
    const char *at = bytes.p, *end = bytes.p + bytes.n;

    *ends = false;
    while (at < end && !*ends) {
        if (a->in_string && !a->after_slash)
            at = bytes_plain_end(at, end);
        if (at < end)
            *ends = array_step(a, *at++);
    }
    return (size_t)(at - bytes.p);
}

/* Gives an element away: rest is its end, or all of it. */
static int array_give(struct json_array *a, struct cp_str rest, json_array_fn *fn, void *ctx)
{
    size_t most = a->held.ceiling;
    int rc = rest.n > most ? E_LIMIT : 0;

    if (!rc && a->held.n)
        rc = buf_add_str(&a->held, rest);
    if (rc)
        return rc;
    a->elements++;
    a->torn_n = 0;
    rc = fn(ctx, a->held.n ? buf_str(&a->held) : rest);
    if (a->held.cap > KEEP_BYTES) {
        buf_fini(&a->held);
        buf_init(&a->held, most);
    }
    buf_clear(&a->held);
    return rc;
}

/* A byte order mark, which only the beginning may have. */
static bool array_is_bom(struct json_array *a, char c)
{
    if (a->is_open || a->elements || a->bom >= sizeof(bom_bytes) || c != bom_bytes[a->bom])
        return false;
    a->bom++;
    return true;
}

/* One byte between elements. */
static int array_between(struct json_array *a, char c)
{
    a->torn_n++;
    a->taken++;
    if (bytes_is_space(c) || array_is_bom(a, c))
        return 0;
    if (c == ',' && a->is_open && !a->is_closed)
        return 0;
    if (c == '[' && !a->is_open && !a->elements) {
        a->is_open = true;
        return 0;
    }
    if (c == ']' && a->is_open && !a->is_closed) {
        a->is_closed = true;
        return 0;
    }
    return E_SYNTAX;
}

int json_array_feed(struct json_array *a, struct cp_str bytes, json_array_fn *fn, void *ctx)
{
    int rc = 0;

    while (!rc && bytes.n) {
        bool ends = false;
        if (!a->depth && (*bytes.p != '{' || a->is_closed)) {
            rc = array_between(a, *bytes.p);
            bytes = str_from(bytes, 1);
            continue;
        }
        size_t n = array_inside(a, bytes, &ends);
        a->torn_n += n;
        a->taken += n;
        rc = ends ? array_give(a, str_cut(bytes, n), fn, ctx)
                  : buf_add_str(&a->held, str_cut(bytes, n));
        bytes = str_from(bytes, n);
    }
    return rc;
}

int json_array_end(const struct json_array *a)
{
    return a->depth ? E_SYNTAX : 0;
}

size_t json_array_torn(const struct json_array *a)
{
    return a->torn_n;
}
