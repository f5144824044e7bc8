/* SPDX-License-Identifier: MIT */
/*
 * lines - a stream of lines, or of text without any form, in frames; any cut.
 *
 * A line that lies whole in the bytes at hand is handed on where it lies; only one that was cut is put together in `held`.
 *
 * source: NDJSON 1.0 (2014): a line feed ends a value, a carriage return before it is ignored, and so may empty lines be
 */
#include "loop/lines.h"

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

enum { KEEP_BYTES = 16 * 1024, TAIL_BYTES = 3, LEAD = 0xC0, FOLLOWS = 0x80 };

void lines_init(struct lines *l, bool is_raw, size_t line_max)
{
    memset(l, 0, sizeof(*l));
    l->is_raw = is_raw;
    buf_init(&l->held, line_max);
}

void lines_fini(struct lines *l)
{
    buf_fini(&l->held);
}

static void lines_forget(struct lines *l)
{
    size_t most = l->held.ceiling;

    if (l->held.cap > KEEP_BYTES) {
        buf_fini(&l->held);
        buf_init(&l->held, most);
    }
    buf_clear(&l->held);
}

/* line: with what was held, without its line feed. */
static int lines_give(struct lines *l, struct cp_str line, lines_fn *fn, void *ctx)
{
    if (str_ends(line, "\r"))
        line = str_cut(line, line.n - 1);
    l->signs++;
    int rc = str_trim(line).n ? fn(ctx, line) : 0;
    lines_forget(l);
    return rc;
}

/* rest: the end of a line, or all of it. */
static int lines_whole(struct lines *l, struct cp_str rest, lines_fn *fn, void *ctx)
{
    if (!l->held.n)
        return rest.n > l->held.ceiling ? E_LIMIT : lines_give(l, rest, fn, ctx);
    int rc = buf_add_str(&l->held, rest);
    return rc ? rc : lines_give(l, buf_str(&l->held), fn, ctx);
}

/* How many bytes at the end of the text begin a character that is not whole. */
static size_t lines_tail(struct cp_str text)
{
    struct cp_str rest = str_from(text, utf8_valid(text));
    bool is_begun = rest.n && rest.n <= TAIL_BYTES && ((unsigned char)*rest.p & LEAD) == LEAD;

    for (size_t i = 1; is_begun && i < rest.n; i++)
        is_begun = ((unsigned char)rest.p[i] & LEAD) == FOLLOWS;
    return is_begun ? rest.n : 0;
}

static int lines_feed_raw(struct lines *l, struct cp_str bytes, lines_fn *fn, void *ctx)
{
    char begun[TAIL_BYTES];

    l->taken += bytes.n;
    int rc = l->held.n ? buf_add_str(&l->held, bytes) : 0;
    if (rc)
        return rc;
    struct cp_str text = l->held.n ? buf_str(&l->held) : bytes;
    size_t tail = lines_tail(text);
    struct cp_str given = str_cut(text, text.n - tail);
    if (tail)
        memcpy(begun, text.p + given.n, tail);
    l->signs += given.n > 0;
    rc = given.n ? fn(ctx, given) : 0;
    lines_forget(l);
    return rc ? rc : buf_add(&l->held, begun, tail);
}

int lines_feed(struct lines *l, struct cp_str bytes, lines_fn *fn, void *ctx)
{
    int rc = 0;

    if (l->is_raw)
        return bytes.n ? lines_feed_raw(l, bytes, fn, ctx) : 0;
    while (!rc && bytes.n) {
        ptrdiff_t end = str_chr(bytes, '\n');
        size_t n = end < 0 ? bytes.n : (size_t)end;
        l->taken += n + (end >= 0);
        rc =
            end < 0 ? buf_add_str(&l->held, bytes) : lines_whole(l, str_cut(bytes, n), fn, ctx);
        bytes = str_from(bytes, n + (end >= 0));
    }
    return rc;
}

int lines_end(struct lines *l, lines_fn *fn, void *ctx)
{
    struct cp_str rest = buf_str(&l->held);

    if (!rest.n)
        return 0;
    return l->is_raw ? fn(ctx, rest) : lines_give(l, rest, fn, ctx);
}
