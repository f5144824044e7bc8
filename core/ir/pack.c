/* SPDX-License-Identifier: MIT */
/*
 * pack - items as few bytes, for keeping a piece of a tape.
 *
 * A mark, then numbers in groups of seven bits, lowest first; a text is its length and one (0:
 * absent), then its bytes.
 */
#include "ir/pack.h"

#include "base/buf.h"
#include "base/str.h"
#include "ir/kind.h"

enum { PACK_MARK = 0xC1, MORE = 0x80, LOW = 0x7F, GROUP = 7, TEXTS = 4 };

static void put_number(struct buf *out, uint64_t n)
{
    while (n > LOW) {
        buf_add_c(out, (char)(n | MORE));
        n >>= GROUP;
    }
    buf_add_c(out, (char)n);
}

static bool take_number(struct cp_str *rest, uint64_t *n)
{
    *n = 0;
    for (unsigned shift = 0; shift < 64 && rest->n; shift += GROUP) {
        unsigned char c = (unsigned char)*rest->p;
        *rest = str_from(*rest, 1);
        *n |= (uint64_t)(c & LOW) << shift;
        if (!(c & MORE))
            return true;
    }
    return false;
}

static bool take_number32(struct cp_str *rest, uint32_t *n)
{
    uint64_t wide;
    bool is_good = take_number(rest, &wide) && wide <= UINT32_MAX;

    *n = is_good ? (uint32_t)wide : 0;
    return is_good;
}

static void put_text(struct buf *out, struct cp_str s)
{
    put_number(out, s.p ? (uint64_t)s.n + 1 : 0);
    if (s.n)
        buf_add_str(out, s);
}

static bool take_text(struct cp_str *rest, struct cp_str *s)
{
    uint64_t n;

    *s = STR_NONE;
    if (!take_number(rest, &n))
        return false;
    if (!n)
        return true;
    if (n - 1 > rest->n)
        return false;
    *s = n > 1 ? str_cut(*rest, (size_t)n - 1) : STR("");
    *rest = str_from(*rest, (size_t)n - 1);
    return true;
}

void pack_item(struct buf *out, const struct cp_item *it)
{
    uint64_t num = (uint64_t)it->num;

    buf_add_c(out, (char)PACK_MARK);
    put_number(out, it->kind);
    put_number(out, it->flags);
    put_number(out, it->index);
    put_number(out, it->sub);
    put_number(out, it->choice);
    put_number(out, num << 1 ^ (it->num < 0 ? UINT64_MAX : 0));
    put_text(out, it->text);
    put_text(out, it->name);
    put_text(out, it->id);
    put_text(out, it->meta);
}

bool pack_next(struct cp_str *rest, struct cp_item *it)
{
    struct cp_str *texts[TEXTS] = { &it->text, &it->name, &it->id, &it->meta };
    uint32_t *numbers[] = { &it->kind, &it->flags, &it->index, &it->sub, &it->choice };
    struct cp_str at = *rest;
    uint64_t num;

    *it = (struct cp_item){ .size = (uint32_t)sizeof(*it) };
    if (!at.n || (unsigned char)*at.p != PACK_MARK)
        return false;
    at = str_from(at, 1);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (!take_number32(&at, numbers[i]))
            return false;
    if (!it->kind || it->kind > KIND_MOST || !take_number(&at, &num))
        return false;
    it->num = (int64_t)(num >> 1 ^ (num & 1 ? UINT64_MAX : 0));
    for (size_t i = 0; i < TEXTS; i++)
        if (!take_text(&at, texts[i]))
            return false;
    *rest = at;
    return true;
}
