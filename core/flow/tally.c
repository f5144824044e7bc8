/* SPDX-License-Identifier: MIT */
/*
 * tally - what translating cost: the ledger as one header for the client and one field for the log.
 */
#include "flow/tally.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/relay.h"

enum { TALLY_LINES = 50, TALLY_BYTES = 5000 };

static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };

bool tally_is_due(const struct exchange *x)
{
    uint32_t decoding = x->request_tape ? x->decoded.lines : 0;

    if (!x->is_body)
        return false;
    if (!x->attempt.channel)
        return x->request_tape != NULL;
    return !relay_is_raw(x) ||
           x->ledger.lines > decoding; /* something was left out (learn.c) */
}

struct cp_str tally_header(const struct exchange *x)
{
    const uint32_t *n = x->ledger.counts;
    return arena_printf(x->arena, "mapped=%u, approximated=%u, dropped=%u, repaired=%u",
                        n[CP_MAPPED], n[CP_APPROXIMATED], n[CP_DROPPED], n[CP_REPAIRED]);
}

struct cp_str tally_lines(const struct exchange *x)
{
    const struct ledger_line *l = x->ledger.first;
    uint32_t i = 0;
    struct buf out;

    if (!l || !tally_is_due(x))
        return STR_NONE;
    buf_init(&out, TALLY_BYTES);
    for (; l && i < TALLY_LINES && !buf_failed(&out); l = l->next, i++)
        buf_printf(&out, "%s%s %.*s: %.*s", i ? "; " : "", deeds[l->deed], STR_FMT(l->path),
                   STR_FMT(l->why));
    struct cp_str lines = arena_printf(x->arena, "%.*s%s", STR_FMT(buf_str(&out)),
                                       l || buf_failed(&out) ? "; ..." : "");
    buf_fini(&out);
    return lines;
}
