/* SPDX-License-Identifier: MIT */
/*
 * history_search - ?q=: what people paste into a search box: an id, the beginning of one, or a conversation.
 *
 * The ids that the gateway makes begin with their time (ULIDs), so the beginning of one is a span of time in which few
 * others are, and needs no index.  Ids that clients have given are found whole.
 */
#include "admin/history.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "admin/scribe.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

/* source: github.com/ulid/spec, read 2026-11: 10 characters of 5 bits are milliseconds, 16 are random */
enum { TIME_CHARS = 10, ULID_CHARS = 26, LEAST = 6, SESSION_CHARS = 16, SLACK_MS = 5000 };

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Upper case; absent: it is not the beginning of a ULID. */
static struct cp_str ulid_of(struct arena *arena, struct cp_str s)
{
    if (s.n < LEAST || s.n >= ULID_CHARS)
        return STR_NONE;
    char *text = arena_z(arena, s);
    for (size_t i = 0; i < s.n; i++) {
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (char)(text[i] - 'a' + 'A');
        if (!strchr(digits, text[i]))
            return STR_NONE;
    }
    return text[0] <= '7' ? str_n(text, s.n) : STR_NONE;
}

/* The clock may have been set between the request's first and last moment. */
static void filter_time(struct cp_filter *f, struct cp_str ulid)
{
    int64_t first = 0, width = 1;

    for (size_t i = 0; i < TIME_CHARS; i++) {
        first = first << 5 | (i < ulid.n ? strchr(digits, ulid.p[i]) - digits : 0);
        width <<= i < ulid.n ? 0 : 5;
    }
    int64_t from_ms = first - SLACK_MS, until_ms = first + width + SLACK_MS;
    if (from_ms > f->from_ms)
        f->from_ms = from_ms;
    if (!f->until_ms || until_ms < f->until_ms)
        f->until_ms = until_ms;
}

static bool is_session(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == SESSION_CHARS;
}

static int count_row(void *ctx, const struct cp_record *r)
{
    ++*(uint32_t *)ctx;
    return 1;
}

/* Somebody's own id may look like a conversation's name. */
static bool is_id(struct api_call *c, struct cp_str s)
{
    struct cp_filter f = { .size = sizeof(f), .id = s };
    struct err err = { 0 };
    uint32_t n = 0;

    return !scribe_find(c->office->scribe, &f, STR_NONE, 1, count_row, &n, &err) && n;
}

bool history_has_prefix(const struct cp_record *r, struct cp_str prefix)
{
    return !prefix.p || str_eq(str_cut(r->id, prefix.n), prefix);
}

struct cp_str history_search(struct api_call *c, struct cp_filter *f)
{
    struct cp_str q = str_trim(ask_query_text(c, "q"));
    struct cp_str ulid = ulid_of(c->arena, q);

    if (!q.n || api_has_failed(c))
        return STR_NONE;
    if (is_session(q) && !is_id(c, q)) {
        if (f->session.p && !str_eq(f->session, q))
            api_fail(c, 400, "query.q", "session says another conversation");
        f->session = q;
        return STR_NONE;
    }
    if (!ulid.p || is_session(q)) {
        f->id = q;
        return STR_NONE;
    }
    filter_time(f, ulid);
    return ulid;
}
