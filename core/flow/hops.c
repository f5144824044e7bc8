/* SPDX-License-Identifier: MIT */
/*
 * hops - the header that RFC 8586 has for loops: each on the way adds its name, and who finds its own says so.
 *
 * Without it one request to a gateway that is its own upstream becomes as many as there are connections, and each of them
 * is tried again.  The name is drawn anew by each process, so that gateways that share a configuration may stand in
 * a row.
 *
 * Only upstreams in private networks hear of it (headers.c), for that is where one's own gateway is; others are sent what
 * the client sent, and not a word of who stands between.
 */
#include "flow/hops.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "flow/exchange.h"
#include "loop/server.h"

enum {
    HOPS_BYTES = 1024
}; /* longer than any way there is: it goes round, however its stations are called */

static struct cp_str hops_name(const struct exchange *x)
{
    return arena_printf(x->arena, "claude-proxy-%016llx",
                        (unsigned long long)hash_str(STR(HOPS_HEADER)));
}

static struct cp_str hops_before(const struct exchange *x)
{
    return x->request ? request_header(x->request, HOPS_HEADER) : STR_NONE;
}

bool hops_came_back(const struct exchange *x)
{
    struct cp_str before = hops_before(x);

    return before.n > HOPS_BYTES || (before.n && str_find(before, hops_name(x)) >= 0);
}

struct cp_str hops_next(struct exchange *x)
{
    struct cp_str before = hops_before(x);

    return arena_printf(x->arena, "%.*s%s%.*s", STR_FMT(before), before.n ? ", " : "",
                        STR_FMT(hops_name(x)));
}
