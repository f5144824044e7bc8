/* SPDX-License-Identifier: MIT */
/*
 * parcel - named texts and numbers in one piece, from one process to another of the same machine.
 *
 *     u32 bytes that follow | u8 n, kind | { u8 n, name | u32 n, value }*
 *
 * Numbers are values of eight bytes; all in the machine's own order, because no other machine ever reads it.
 */
#include "base/parcel.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { HEAD_BYTES = 4 };

static void put_size(struct buf *b, size_t n)
{
    uint32_t size = (uint32_t)n;
    buf_add(b, &size, sizeof(size));
}

static void put_name(struct buf *b, const char *name)
{
    size_t n = strnlen(name, PARCEL_NAME_MOST);
    unsigned char short_n = (unsigned char)n;

    buf_add(b, &short_n, 1);
    buf_add(b, name, n);
}

size_t parcel_begin(struct buf *b, const char *kind)
{
    size_t begin = b->n;

    put_size(b, 0);
    put_name(b, kind);
    return begin;
}

void parcel_text(struct buf *b, const char *name, struct cp_str value)
{
    if (!value.p || value.n > PARCEL_BYTES_MOST)
        return;
    put_name(b, name);
    put_size(b, value.n);
    buf_add(b, value.p, value.n);
}

void parcel_number(struct buf *b, const char *name, int64_t value)
{
    put_name(b, name);
    put_size(b, sizeof(value));
    buf_add(b, &value, sizeof(value));
}

void parcel_end(struct buf *b, size_t begin)
{
    uint32_t size = (uint32_t)(b->n - begin - HEAD_BYTES);

    if (!buf_failed(b))
        memcpy(b->p + begin, &size, sizeof(size));
}

/* ---- reading ---- */

static bool take_bytes(struct cp_str *from, size_t n, struct cp_str *out)
{
    if (from->n < n)
        return false;
    *out = str_n(from->p, n);
    *from = str_from(*from, n);
    return true;
}

static bool take_size(struct cp_str *from, size_t *n)
{
    struct cp_str bytes;
    uint32_t size;

    if (!take_bytes(from, sizeof(size), &bytes))
        return false;
    memcpy(&size, bytes.p, sizeof(size));
    *n = size;
    return true;
}

static bool take_name(struct cp_str *from, struct cp_str *name)
{
    struct cp_str n;

    return take_bytes(from, 1, &n) && take_bytes(from, (unsigned char)*n.p, name);
}

static bool take_field(struct cp_str *from, struct cp_str *name, struct cp_str *value)
{
    size_t n;

    return take_name(from, name) && take_size(from, &n) && take_bytes(from, n, value);
}

int parcel_next(struct cp_str *bytes, struct parcel *p)
{
    struct cp_str rest = *bytes, body, name, value;
    size_t n;

    if (!take_size(&rest, &n))
        return 0;
    if (!n || n > PARCEL_BYTES_MOST)
        return E_SYNTAX;
    if (!take_bytes(&rest, n, &body))
        return 0;
    if (!take_name(&body, &p->kind))
        return E_SYNTAX;
    p->fields = body;
    while (body.n)
        if (!take_field(&body, &name, &value))
            return E_SYNTAX;
    *bytes = rest;
    return 1;
}

struct cp_str parcel_get(const struct parcel *p, const char *name)
{
    struct cp_str rest = p->fields, key, value;

    while (rest.n && take_field(&rest, &key, &value))
        if (str_is(key, name))
            return value;
    return STR_NONE;
}

int64_t parcel_get_number(const struct parcel *p, const char *name, int64_t preset)
{
    struct cp_str value = parcel_get(p, name);
    int64_t number;

    if (value.n != sizeof(number))
        return preset;
    memcpy(&number, value.p, sizeof(number));
    return number;
}

bool parcel_is(const struct parcel *p, const char *kind)
{
    return str_is(p->kind, kind);
}
