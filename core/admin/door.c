/* SPDX-License-Identifier: MIT */
/*
 * door - the table of tables: which door a method and a path mean.
 *
 * A walk over all of them: some hundred comparisons of a few bytes, for what people and their pages ask, never for what
 * models are asked.
 */
#include "admin/api_private.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/percent.h"

static const struct api_route *const tables[] = {
    scheduler_routes,
    session_routes,
    event_routes,
    system_routes,
    plugin_routes,
    statistics_routes,
    original_statistics_routes,
    channel_routes,
    key_routes,
    family_routes,
    probe_routes,
    original_routes,
    client_routes,
    config_routes,
    history_routes,
    import_routes,
    log_routes,
    capture_routes,
    try_routes,
    upgrade_routes,
};

enum { TABLES = sizeof(tables) / sizeof(*tables) };

const struct api_route *api_each(size_t *at)
{
    size_t table = *at >> 16, row = *at & 0xffff;

    while (table < TABLES && !tables[table][row].method) {
        table++;
        row = 0;
    }
    *at = table << 16 | (row + 1);
    return table < TABLES ? &tables[table][row] : NULL;
}

static bool door_is_hole(struct cp_str part)
{
    return part.n >= 2 && part.p[0] == '{' && part.p[part.n - 1] == '}';
}

/* One bit for each segment, of which the first counts most: set if it is literal; 0: no match, as the first always is. */
static uint32_t door_rank(struct cp_str pattern, struct cp_str path)
{
    struct cp_str want, got;
    uint32_t rank = 0;

    for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
        bool has_want = str_split(&pattern, '/', &want), has_got = str_split(&path, '/', &got);
        if (!has_want || !has_got)
            return has_want == has_got ? rank : 0;
        if (str_eq(want, got))
            rank |= bit;
        else if (!door_is_hole(want) || !got.n)
            return 0;
    }
    return 0;
}

static struct cp_str door_allow(struct arena *arena, struct cp_str path, uint32_t best)
{
    struct cp_str list = STR_NONE;
    const struct api_route *r;

    for (size_t at = 0; (r = api_each(&at));) {
        if (door_rank(str_of(r->pattern), path) != best)
            continue;
        bool is_get = str_is(str_of(r->method), "GET");
        list = arena_printf(arena, "%.*s%s%s%s", STR_FMT(list), list.n ? ", " : "", r->method,
                            is_get ? ", HEAD" : "");
    }
    return list;
}

struct door door_find(struct arena *arena, struct cp_str method, struct cp_str path)
{
    const struct api_route *r, *found = NULL;
    uint32_t best = 0;

    if (str_is(method, "HEAD"))
        method = STR("GET");
    for (size_t at = 0; (r = api_each(&at));) {
        uint32_t rank = door_rank(str_of(r->pattern), path);
        if (rank > best)
            found = NULL;
        if (rank < best || !rank)
            continue;
        best = rank;
        if (str_is(method, r->method))
            found = r;
    }
    if (found || !best)
        return (struct door){ found, STR_NONE };
    return (struct door){ NULL, door_allow(arena, path, best) };
}

void door_params(struct arena *arena, const struct api_route *route, struct cp_str path,
                 struct cp_str param[API_PARAMS])
{
    struct cp_str pattern = str_of(route->pattern), want, got;
    size_t n = 0;

    while (str_split(&pattern, '/', &want) && str_split(&path, '/', &got))
        if (door_is_hole(want) && n < API_PARAMS)
            param[n++] = percent_decode(arena, got);
}
