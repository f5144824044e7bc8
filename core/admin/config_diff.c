/* SPDX-License-Identifier: MIT */
/*
 * config_diff - two texts side by side: what went, what came, as diff -u tells it.
 *
 * What both have at the beginning and at the end is cut off first; of the rest the longest common subsequence is found by
 * the book, in a table.  If the table would be too large, all of the rest went and all of the rest came: true, if long.
 */
#include "admin/config_diff.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { CONTEXT = 3, CELLS_MOST = 4 << 20 };

struct lines {
    struct cp_str *at;
    size_t n;
};

/* In order: ' ' both have it, '-' it went, '+' it came. */
struct script {
    char *ops;
    size_t n;
};

static struct lines lines_of(struct cp_str text)
{
    struct lines l = { mem_new(text.n + 1, sizeof(*l.at)), 0 };
    struct cp_str line;

    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    while (text.n && str_split(&text, '\n', &line))
        l.at[l.n++] = line;
    return l;
}

static void script_add(struct script *s, char op, size_t times)
{
    memset(s->ops + s->n, op, times);
    s->n += times;
}

/* cell(i, j): length of the longest common subsequence of a from i on and b from j on. */
static uint32_t *table_of(const struct cp_str *a, size_t n, const struct cp_str *b, size_t m)
{
    uint32_t *cells = mem_new((n + 1) * (m + 1), sizeof(*cells));

    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint32_t down = cells[(i + 1) * (m + 1) + j], right = cells[i * (m + 1) + j + 1];
            cells[i * (m + 1) + j] = str_eq(a[i], b[j]) ? cells[(i + 1) * (m + 1) + j + 1] + 1
                                     : down > right     ? down
                                                        : right;
        }
    return cells;
}

static void script_middle(struct script *s, const struct cp_str *a, size_t n,
                          const struct cp_str *b, size_t m)
{
    size_t i = 0, j = 0;
    uint32_t *cells = (n + 1) * (m + 1) > CELLS_MOST ? NULL : table_of(a, n, b, m);

    while (cells && i < n && j < m) {
        if (str_eq(a[i], b[j])) {
            script_add(s, ' ', 1);
            i++;
            j++;
        } else if (cells[(i + 1) * (m + 1) + j] >= cells[i * (m + 1) + j + 1]) {
            script_add(s, '-', 1);
            i++;
        } else {
            script_add(s, '+', 1);
            j++;
        }
    }
    script_add(s, '-', n - i);
    script_add(s, '+', m - j);
    free(cells);
}

static struct script script_of(const struct lines *a, const struct lines *b)
{
    struct script s = { mem_new(a->n + b->n + 1, 1), 0 };
    size_t head = 0, tail = 0, least = a->n < b->n ? a->n : b->n;

    while (head < least && str_eq(a->at[head], b->at[head]))
        head++;
    while (tail < least - head && str_eq(a->at[a->n - 1 - tail], b->at[b->n - 1 - tail]))
        tail++;
    script_add(&s, ' ', head);
    script_middle(&s, a->at + head, a->n - head - tail, b->at + head, b->n - head - tail);
    script_add(&s, ' ', tail);
    return s;
}

/* The end of the piece that begins at from: where more than twice the context is the same, or all ends. */
static size_t hunk_end(const struct script *s, size_t from)
{
    size_t last = from;

    for (size_t i = from; i < s->n && i <= last + 2 * CONTEXT; i++)
        if (s->ops[i] != ' ')
            last = i;
    return last + 1 + CONTEXT < s->n ? last + 1 + CONTEXT : s->n;
}

static void hunk_write(const struct script *s, size_t from, size_t end, const struct cp_str *a,
                       const struct cp_str *b, struct buf *out)
{
    for (size_t i = from; i < end; i++) {
        const struct cp_str *line = s->ops[i] == '+' ? b : a;
        (void)buf_add_c(out, s->ops[i]);
        (void)buf_add_str(out, *line);
        (void)buf_add_c(out, '\n');
        a += s->ops[i] != '+';
        b += s->ops[i] != '-';
    }
}

/* How many of the operations from..end are lines of one side. */
static size_t count(const struct script *s, size_t from, size_t end, char other)
{
    size_t n = 0;

    for (size_t i = from; i < end; i++)
        n += s->ops[i] != other;
    return n;
}

static void script_write(const struct script *s, const struct lines *a, const struct lines *b,
                         struct buf *out)
{
    for (size_t at = 0; at < s->n; at++) {
        if (s->ops[at] == ' ')
            continue;
        size_t from = at > CONTEXT ? at - CONTEXT : 0, end = hunk_end(s, at);
        size_t old = count(s, 0, from, '+'), new = count(s, 0, from, '-');
        size_t old_n = count(s, from, end, '+'), new_n = count(s, from, end, '-');
        (void)buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old + (old_n > 0), old_n,
                         new + (new_n > 0), new_n);
        hunk_write(s, from, end, a->at + old, b->at + new, out);
        at = end - 1;
    }
}

void config_diff(struct cp_str a, struct cp_str b, const char *from, const char *to,
                 struct buf *out)
{
    struct lines left = lines_of(a), right = lines_of(b);
    struct script s = script_of(&left, &right);
    bool is_same = !memchr(s.ops, '-', s.n) && !memchr(s.ops, '+', s.n);

    if (!is_same) {
        (void)buf_printf(out, "--- %s\n+++ %s\n", from, to);
        script_write(&s, &left, &right, out);
    }
    free(s.ops);
    free(left.at);
    free(right.at);
}
