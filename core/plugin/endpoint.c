/* SPDX-License-Identifier: MIT */
/*
 * endpoint - which adapter's door a request line leads to.
 *
 * All doors of all adapters are looked at and the most telling one wins: first one whose condition
 * (a header) holds over one without, then the one with more literal bytes in its pattern. So the
 * order in which plugins were loaded decides nothing but ties.
 */
#include "plugin/registry.h"

#include "base/str.h"

enum { ALLOW_GET = 1, ALLOW_POST = 2, ALLOW_DELETE = 4 };

struct search {
    struct cp_str method, path, query;
    bool (*has_header)(void *ctx, const char *name);
    void *ctx;
    struct endpoint_match best;
    size_t best_score;
    unsigned allow;
    const struct adapter *any; /* knows the path, by another method */
};

/* True if the path fits; model is what {model} or {id} stands for. */
static bool pattern_fits(struct cp_str pattern, struct cp_str path, struct cp_str *model)
{
    ptrdiff_t at = str_chr(pattern, '{'), end = str_chr(pattern, '}');
    if (at < 0 || end < at)
        return str_eq(pattern, path);
    struct cp_str before = str_cut(pattern, (size_t)at);
    struct cp_str after = str_from(pattern, (size_t)end + 1);
    if (path.n <= before.n + after.n)
        return false;
    if (memcmp(path.p, before.p, before.n) != 0 ||
        (after.n && memcmp(path.p + path.n - after.n, after.p, after.n) != 0))
        return false;
    *model = str_n(path.p + before.n, path.n - before.n - after.n);
    return true;
}

/* True if one of the query's pairs is this one, letter by letter. */
static bool query_has(struct cp_str query, const char *pair)
{
    struct cp_str part;
    while (str_split(&query, '&', &part))
        if (str_is(part, pair))
            return true;
    return false;
}

static unsigned allow_of(const char *method)
{
    if (strcmp(method, "GET") == 0)
        return ALLOW_GET;
    return strcmp(method, "POST") == 0 ? ALLOW_POST : ALLOW_DELETE;
}

static void search_door(struct search *s, const struct adapter *a, const struct cp_endpoint *e)
{
    struct cp_str model = STR_NONE, pattern = str_of(e->path);
    if (!pattern_fits(pattern, s->path, &model))
        return;
    if (e->when_header && !(s->has_header && s->has_header(s->ctx, e->when_header)))
        return;
    if (e->when_query && !query_has(s->query, e->when_query))
        return;
    if (!str_is(s->method, e->method)) {
        s->allow |= allow_of(e->method);
        s->any = s->any ? s->any : a;
        return;
    }
    /* patterns are shorter than this: a condition outweighs any of them; a name in braces is no literal */
    size_t literal = model.p ? pattern.n - strlen("{id}") : pattern.n;
    size_t score = (e->when_header ? 2048u : 0u) + (e->when_query ? 1024u : 0u) + literal + 1;
    if (score <= s->best_score)
        return;
    s->best_score = score;
    s->best = (struct endpoint_match){ .adapter = a, .endpoint = e, .model = model };
}

struct endpoint_match registry_match(const struct registry *r, struct cp_str method,
                                     struct cp_str path, struct cp_str query,
                                     bool (*has_header)(void *ctx, const char *name), void *ctx)
{
    static const char *const allows[] = { NULL,           "GET",
                                          "POST",         "GET, POST",
                                          "DELETE",       "GET, DELETE",
                                          "POST, DELETE", "GET, POST, DELETE" };
    struct search s = {
        .method = method, .path = path, .query = query, .has_header = has_header, .ctx = ctx
    };

    for (size_t i = 0, n = registry_count(r); i < n; i++) {
        const struct adapter *a = r->adapters[i];
        for (uint32_t k = 0; k < a->hooks.endpoints_n; k++)
            search_door(&s, a, &a->hooks.endpoints[k]);
    }
    if (!s.best.adapter && s.any)
        s.best = (struct endpoint_match){ .adapter = s.any, .allow = allows[s.allow] };
    return s.best;
}
