/* SPDX-License-Identifier: MIT */
/*
 * mutate - a text made a little wrong, in the ways in which upstreams and clients are wrong.
 */
#include "kit/mutate.h"

#include "base/hash.h"
#include "base/str.h"

#include <string.h>

enum { ROUNDS = 4, PIECE = 64, GROWTH = 4096 };

/* What parsers stumble over. */
static const char *const tokens[] = {
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[[[[[[[[",
    "null",
    "true",
    "-1",
    "1e309",
    "0.1",
    "9223372036854775808",
    "{}",
    "[]",
    "\"\"",
    ",",
    ":",
    "\n",
    "\r\n",
    "\n\n",
    "data: ",
    "data:",
    "event: error\n",
    ": note\n",
    "[DONE]",
    "\xff",
    "\xc3\x28",
    "\xe2\x80\xa8",
};

uint64_t mutate_draw(struct mutate *m, uint64_t below)
{
    uint8_t key[16] = { 0 };
    struct cp_str turn = { (const char *)&m->drawn, sizeof(m->drawn) };

    memcpy(key, &m->seed, sizeof(m->seed));
    m->drawn++;
    uint64_t bits = hash_keyed(key, turn);
    return below ? bits % below : 0;
}

/* A part of s of at most PIECE bytes. */
static struct cp_str piece(struct mutate *m, struct cp_str s)
{
    size_t at = (size_t)mutate_draw(m, s.n + 1);
    return str_cut(str_from(s, at), (size_t)mutate_draw(m, PIECE) + 1);
}

/* from with [at, at + gone) replaced. */
static void splice(struct buf *out, struct cp_str from, size_t at, size_t gone,
                   struct cp_str with)
{
    buf_clear(out);
    buf_add_str(out, str_cut(from, at));
    buf_add_str(out, with);
    if (at + gone < from.n)
        buf_add_str(out, str_from(from, at + gone));
}

static void once(struct mutate *m, struct cp_str from, struct cp_str other, struct buf *out)
{
    size_t at = (size_t)mutate_draw(m, from.n + 1), n = (size_t)mutate_draw(m, PIECE);
    char byte = (char)mutate_draw(m, 256);
    struct cp_str one = { &byte, 1 };

    switch (mutate_draw(m, 6)) {
    case 0:
        splice(out, from, at, 1, one);
        break;
    case 1:
        splice(out, from, at, n, STR_NONE);
        break;
    case 2:
        splice(out, from, at, 0, piece(m, from));
        break;
    case 3:
        splice(out, from, at, n, piece(m, other));
        break;
    case 4:
        splice(out, from, at, at < from.n,
               str_of(tokens[mutate_draw(m, sizeof(tokens) / sizeof(*tokens))]));
        break;
    default:
        splice(out, str_cut(from, at), at, 0, STR_NONE);
    }
}

void mutate_text(struct mutate *m, struct cp_str from, struct cp_str other, struct buf *out)
{
    struct buf spare;
    size_t rounds = 1 + (size_t)mutate_draw(m, ROUNDS);

    buf_init(&spare, from.n + other.n + GROWTH);
    splice(out, from, 0, 0, STR_NONE);
    for (size_t i = 0; i < rounds; i++) {
        splice(&spare, buf_str(out), 0, 0, STR_NONE);
        once(m, buf_str(&spare), other, out);
    }
    buf_fini(&spare);
}
