/* SPDX-License-Identifier: MIT */
/*
 * chat_pairs - which tool result answers which call of a history.
 *
 * This dialect wants every call answered directly after the turn that made it, exactly once,
 * and refuses answers nobody asked for.  Histories of other dialects know no such rule, and
 * histories that agents have trimmed break it.  So calls and results are sorted by id and
 * paired before anything is written:
 *
 *     as many results as calls of one id   the first answers the first, and so on
 *     else                                 a call gets the last one before its id comes again
 *
 * A later call with an id that is taken is renamed ID_2, ID_3; ids over 64 bytes are
 * shortened.  All is a pure function of the history: the same prefix gives the same bytes in
 * the next turn.
 */
#include "chat.h"

#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 64 };

static int compare_ids(struct cp_str a, struct cp_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

    return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

static int compare_calls(const void *a, const void *b)
{
    const struct chat_pair *x = *(struct chat_pair *const *)a;
    const struct chat_pair *y = *(struct chat_pair *const *)b;
    int c = compare_ids(x->id, y->id);

    return c != 0 ? c : x->at < y->at ? -1 : x->at > y->at;
}

static int compare_results(const void *a, const void *b)
{
    const struct chat_result *x = *(struct chat_result *const *)a;
    const struct chat_result *y = *(struct chat_result *const *)b;
    int c = compare_ids(x->id, y->id);

    return c != 0 ? c : x->at < y->at ? -1 : x->at > y->at;
}

static int is_opener(const struct cp_item *it, uint32_t kind)
{
    return it->kind == kind && (it->flags & CP_OPEN) != 0;
}

static int list_build(struct cp_call *call, const struct cp_tape *tape, struct chat_pairs *p)
{
    const struct cp_item *it;
    uint32_t calls_n = 0, results_n = 0;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        calls_n += (uint32_t)is_opener(it, CP_TOOL_CALL);
        results_n += (uint32_t)is_opener(it, CP_TOOL_RESULT);
    }
    p->calls = H->alloc(call, (calls_n + 1) * sizeof(*p->calls));
    p->results = H->alloc(call, (results_n + 1) * sizeof(*p->results));
    if (p->calls == NULL || p->results == NULL)
        return CP_E_LIMIT;
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (is_opener(it, CP_TOOL_CALL))
            p->calls[p->calls_n++] =
                (struct chat_pair){ .at = (uint32_t)i,
                                    .result = PAIR_NONE,
                                    .id = it->id,
                                    .is_custom = it->sub == CP_TOOL_CUSTOM };
        else if (is_opener(it, CP_TOOL_RESULT))
            p->results[p->results_n++] =
                (struct chat_result){ .at = (uint32_t)i, .id = it->id };
    }
    return CP_OK;
}

/* Calls c[0..n) and results r[0..m) have the same id. */
static void pair_group(struct chat_pair **c, uint32_t n, struct chat_result **r, uint32_t m)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t until = i + 1 < n ? c[i + 1]->at : PAIR_NONE;
        struct chat_result *found = NULL;
        if (n == m) {
            found = r[i];
        } else {
            for (; next < m && r[next]->at < until; next++)
                if (r[next]->at > c[i]->at || n == 1)
                    found = r[next];
        }
        if (found != NULL)
            c[i]->result = found->at;
    }
    /* A second answer to a call that has one is no orphan: it is superseded. */
    for (uint32_t i = 0; n > 0 && i < m; i++)
        r[i]->is_paired = 1;
}

static void name_group(struct cp_call *call, struct chat_pair **c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct cp_str id = c[i]->id;
        if (id.n == 0)
            id = openai_text_format(call, "call_gw%u", (unsigned)(i + 1));
        else if (i > 0)
            id = openai_text_format(call, "%.*s_%u", (int)id.n, id.p, (unsigned)(i + 1));
        if (id.n > ID_BYTES)
            id = H->rename(call, id, ID_BYTES, CP_NAME_DOTS);
        c[i]->id = id;
    }
}

static void groups_pair(struct cp_call *call, struct chat_pairs *p, struct chat_pair **c,
                        struct chat_result **r)
{
    uint32_t next = 0;

    for (uint32_t i = 0, end; i < p->calls_n; i = end) {
        uint32_t first;
        struct cp_str id = c[i]->id;
        for (end = i + 1; end < p->calls_n && openai_text_same(c[end]->id, id); end++)
            continue;
        while (next < p->results_n && compare_ids(r[next]->id, id) < 0)
            next++;
        for (first = next; next < p->results_n && openai_text_same(r[next]->id, id); next++)
            continue;
        pair_group(c + i, end - i, r + first, next - first);
        name_group(call, c + i, end - i);
    }
}

int chat_pairs_build(struct cp_call *call, const struct cp_tape *tape, struct chat_pairs *p)
{
    struct chat_pair **c;
    struct chat_result **r;
    int rc = list_build(call, tape, p);

    if (rc != CP_OK)
        return rc;
    c = H->alloc(call, (p->calls_n + 1) * sizeof(struct chat_pair *));
    r = H->alloc(call, (p->results_n + 1) * sizeof(struct chat_result *));
    if (c == NULL || r == NULL)
        return CP_E_LIMIT;
    for (uint32_t i = 0; i < p->calls_n; i++)
        c[i] = &p->calls[i];
    for (uint32_t i = 0; i < p->results_n; i++)
        r[i] = &p->results[i];
    qsort(c, p->calls_n, sizeof(struct chat_pair *), compare_calls);
    qsort(r, p->results_n, sizeof(struct chat_result *), compare_results);
    groups_pair(call, p, c, r);
    return CP_OK;
}
