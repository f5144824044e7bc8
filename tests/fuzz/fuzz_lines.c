/* SPDX-License-Identifier: MIT */
/*
 * fuzz_lines - lines and text without form in pieces of any size: the same as in one piece, and no character in two.
 *
 * The first byte: whether it is text without form, and how large the pieces are.
 */
#include "loop/lines.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>

enum { LINE_MOST = 64, RAW = 0x80 };

struct heard {
    struct buf text;
    bool is_raw;
};

static int hear(void *ctx, struct cp_str line)
{
    struct heard *h = ctx;

    if (!h->is_raw && (!str_trim(line).n || memchr(line.p, '\n', line.n)))
        abort();
    buf_add_str(&h->text, line);
    return h->is_raw ? 0 : buf_add_c(&h->text, '\n');
}

static int feed(struct cp_str bytes, size_t piece, bool is_raw, struct heard *h)
{
    size_t all = bytes.n;
    struct lines l;
    int rc = 0;

    *h = (struct heard){ .is_raw = is_raw };
    buf_init(&h->text, 1 << 20);
    lines_init(&l, is_raw, LINE_MOST);
    for (; !rc && bytes.n; bytes = str_from(bytes, piece < bytes.n ? piece : bytes.n))
        rc = lines_feed(&l, str_cut(bytes, piece), hear, h);
    if (!rc && l.taken != all)
        abort();
    rc = rc ? rc : lines_end(&l, hear, h);
    lines_fini(&l);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct heard whole, cut;

    if (n < 2)
        return 0;
    bool is_raw = data[0] & RAW;
    size_t piece = (data[0] & ~RAW) % 16 + 1;
    struct cp_str bytes = { (const char *)data + 1, n - 1 };
    int rc = feed(bytes, bytes.n, is_raw, &whole), again = feed(bytes, piece, is_raw, &cut);
    if (rc != again || (!rc && !str_eq(buf_str(&whole.text), buf_str(&cut.text))))
        abort();
    if (is_raw && !str_eq(buf_str(&whole.text), bytes))
        abort();
    buf_fini(&whole.text);
    buf_fini(&cut.text);
    return 0;
}
