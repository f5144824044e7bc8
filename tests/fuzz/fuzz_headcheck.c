/* SPDX-License-Identifier: MIT */
/*
 * fuzz_headcheck - any request head: what passes must be free of what smuggles.
 *
 * Lines: the first is method, target and version, the others "name:value".
 */
#include "base/str.h"
#include "loop/headcheck.h"

#include <stdlib.h>

enum { PAIRS_MAX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int is_true)
{
    if (!is_true)
        abort();
}

static int is_named(const struct headcheck_pair *p, const char *name)
{
    return str_is_nocase(p->name, name);
}

static void check_passed(struct cp_str target, const struct headcheck_pair *p, size_t n,
                         const struct headcheck_result *r)
{
    int lengths = 0, codings = 0, hosts = 0;
    for (size_t i = 0; i < n; i++) {
        lengths += is_named(&p[i], "content-length");
        codings += is_named(&p[i], "transfer-encoding");
        hosts += is_named(&p[i], "host");
        must(str_is_token(p[i].name) && str_is_field_value(p[i].value));
    }
    must(lengths + codings <= 1 && hosts <= 1);
    must((r->length >= 0) == (lengths == 1) && r->is_chunked == codings);
    must(str_is(target, "*") || str_begins(target, "/"));
    must(str_find(target, STR("/../")) < 0 || str_chr(target, '?') >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct headcheck_pair pairs[PAIRS_MAX];
    struct headcheck_result r;
    struct cp_str rest = str_n((const char *)data, size), line, method, target, part;
    size_t n = 0;
    if (!str_split(&rest, '\n', &line) || !str_split(&line, ' ', &method) ||
        !str_split(&line, ' ', &target))
        return 0;
    while (n < PAIRS_MAX && str_split(&rest, '\n', &part)) {
        ptrdiff_t colon = str_chr(part, ':');
        size_t at = colon < 0 ? part.n : (size_t)colon;
        pairs[n].name = str_cut(part, at);
        pairs[n++].value = str_from(part, at + 1);
    }
    headcheck_run(method, target, line.p ? line : STR(""), pairs, n, &r);
    must(!r.status == !r.why && !r.status == !r.trouble);
    if (!r.status)
        check_passed(target, pairs, n, &r);
    return 0;
}
