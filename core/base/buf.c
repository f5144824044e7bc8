/* SPDX-License-Identifier: MIT */
/*
 * buf - growable bytes with a ceiling given at birth.
 *
 * One byte more than cap is always allocated, so that printf's NUL never counts.
 */
#include "base/buf.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST_BYTES = 256 };

void buf_init(struct buf *b, size_t ceiling)
{
    if (ceiling > SIZE_MAX / 4)
        ceiling = SIZE_MAX / 4;
    *b = (struct buf){ .ceiling = ceiling };
}

void buf_fini(struct buf *b)
{
    free(b->p);
    *b = (struct buf){ .ceiling = b->ceiling };
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->failed || n > b->ceiling - b->n) {
        b->failed = true;
        return NULL;
    }
    if (b->n + n > b->cap || !b->p) {
        size_t cap = b->cap ? b->cap * 2 : BUF_FIRST_BYTES;
        if (cap < b->n + n)
            cap = b->n + n;
        if (cap > b->ceiling)
            cap = b->ceiling;
        b->p = mem_grow(b->p, cap + 1);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_grew(struct buf *b, size_t n)
{
    if (n > b->cap - b->n)
        abort();
    b->n += n;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
    char *room = buf_room(b, n);
    if (!room)
        return E_LIMIT;
    if (n)
        memcpy(room, p, n);
    b->n += n;
    return 0;
}

int buf_add_str(struct buf *b, struct cp_str s)
{
    return buf_add(b, s.p, s.n);
}

int buf_add_z(struct buf *b, const char *z)
{
    return buf_add(b, z, strlen(z));
}

int buf_add_c(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
    char *room = buf_room(b, 0);
    if (!room)
        return E_LIMIT;
    size_t left = b->cap - b->n;

    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int wanted = vsnprintf(room, left + 1, fmt, args);
    va_end(args);
    if (wanted >= 0 && (size_t)wanted > left) {
        room = buf_room(b, (size_t)wanted);
        if (room)
            wanted = vsnprintf(room, (size_t)wanted + 1, fmt, again);
    }
    va_end(again);

    if (!room || wanted < 0) {
        b->failed = true;
        return E_LIMIT;
    }
    b->n += (size_t)wanted;
    return 0;
}

void buf_drop(struct buf *b, size_t n)
{
    if (n >= b->n) {
        b->n = 0;
        return;
    }
    if (n) {
        memmove(b->p, b->p + n, b->n - n);
        b->n -= n;
    }
}

struct cp_str buf_str(const struct buf *b)
{
    return str_n(b->p ? b->p : "", b->n);
}

bool buf_failed(const struct buf *b)
{
    return b->failed;
}

char *buf_give(struct buf *b, size_t *n)
{
    char *p = b->p;
    if (n)
        *n = b->n;
    *b = (struct buf){ .ceiling = b->ceiling };
    return p;
}
