/* SPDX-License-Identifier: MIT */
/*
 * ask - what a request to the administration says: members of its body, parameters of its address.
 */
#include "admin/ask.h"

#include "admin/api.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/guess.h"
#include "flow/percent.h"
#include "json/check.h"
#include "json/slice.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAME_BYTES = 64 };

static void ask_unknown(struct api_call *call, const char *where, struct cp_str name,
                        const char *known)
{
    char best[32];
    bool is_near = guess_among(name, known, best);

    api_fail(call, 400, where, "nobody knows this; it may be one of %s%s%s", known,
             is_near ? "; did you mean " : "", is_near ? best : "");
}

/* ---- the body ---- */

/* Which of two would count is not for us to guess. */
static void ask_members(struct api_call *call, const char *members)
{
    struct cp_str key, value;
    size_t at = 0;
    unsigned place;
    uint32_t seen = 0;

    while (json_each(call->body, &at, &key, &value) == 1) {
        struct cp_str name = json_key_text(call->arena, key);
        const char *where = arena_z(call->arena, str_cut(name, NAME_BYTES));
        if (!guess_is_among(name, members, &place))
            ask_unknown(call, where, name, members);
        else if (seen & 1u << (place & 31))
            api_fail(call, 400, where, "stands there twice");
        else
            seen |= 1u << (place & 31);
    }
}

void ask_body(struct api_call *call, const char *members)
{
    struct err err = { 0 };

    if (!str_trim(call->body).n)
        call->body = STR("{}");
    if (json_check(call->body, NULL, &err)) {
        api_fail(call, 400, "", "the body is not valid JSON: %s at %s", err.what, err.where);
        call->body = STR("{}");
        return;
    }
    call->body = str_trim(call->body);
    if (json_kind(call->body) != '{') {
        api_fail(call, 400, "", "the body must be a JSON object");
        call->body = STR("{}");
        return;
    }
    ask_members(call, members);
}

struct cp_str ask_text(struct api_call *call, const char *member)
{
    struct cp_str v = json_get(call->body, member);

    if (!v.p || json_kind(v) == 'n')
        return STR_NONE;
    if (json_kind(v) == '"')
        return json_text(call->arena, v);
    api_fail(call, 400, member, "must be a string");
    return STR_NONE;
}

static int64_t ask_in_range(struct api_call *call, const char *where, struct cp_str number,
                            int64_t least, int64_t most)
{
    int64_t value;

    if (!json_int(number, &value) && value >= least && value <= most)
        return value;
    api_fail(call, 400, where, "must be a whole number from %" PRId64 " to %" PRId64, least,
             most);
    return least;
}

int64_t ask_number(struct api_call *call, const char *member, int64_t least, int64_t most,
                   int64_t preset)
{
    struct cp_str v = json_get(call->body, member);

    if (!v.p || json_kind(v) == 'n')
        return preset;
    if (json_kind(v) == '0')
        return ask_in_range(call, member, v, least, most);
    api_fail(call, 400, member, "must be a number");
    return preset;
}

/* ---- the address ---- */

static const char *ask_place(struct api_call *call, struct cp_str name)
{
    return arena_printf(call->arena, "query.%.*s", STR_FMT(str_cut(name, NAME_BYTES))).p;
}

void ask_query(struct api_call *call, const char *names)
{
    struct cp_str rest = call->query, part, name;
    unsigned place;
    uint32_t seen = 0;

    while (str_split(&rest, '&', &part)) {
        if (!part.n)
            continue;
        (void)str_split(&part, '=', &name);
        if (!guess_is_among(name, names, &place))
            ask_unknown(call, ask_place(call, name), name, names);
        else if (seen & 1u << (place & 31))
            api_fail(call, 400, ask_place(call, name), "stands there twice");
        else
            seen |= 1u << (place & 31);
    }
}

struct cp_str ask_query_text(struct api_call *call, const char *name)
{
    struct cp_str rest = call->query, part, key;

    while (str_split(&rest, '&', &part))
        if (str_split(&part, '=', &key) && str_is(key, name))
            return part.p ? percent_decode(call->arena, part) : STR("");
    return STR_NONE;
}

bool ask_query_bool(struct api_call *call, const char *name)
{
    struct cp_str text = ask_query_text(call, name);

    if (!text.p || str_is(text, "false"))
        return false;
    if (text.n && !str_is(text, "true"))
        api_fail(call, 400, ask_place(call, str_of(name)), "is true, false, or stands alone");
    return true;
}

int64_t ask_query_number(struct api_call *call, const char *name, int64_t least, int64_t most,
                         int64_t preset)
{
    struct cp_str text = ask_query_text(call, name);
    int64_t value;

    if (!text.p)
        return preset;
    if (!str_int(text, &value) && value >= least && value <= most)
        return value;
    api_fail(call, 400, ask_place(call, str_of(name)),
             "must be a whole number from %" PRId64 " to %" PRId64, least, most);
    return preset;
}
