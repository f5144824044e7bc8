/* SPDX-License-Identifier: MIT */
/*
 * view_value - one value as one cell: times, durations, sizes, money, and the colour of a word.
 *
 * Integers only: what is shown with a digit behind the point is counted in tenths.
 */
#include "ctl/view.h"

#include "base/buf.h"
#include "base/str.h"
#include "conf/moment.h"
#include "json/tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { MICRO = 1000000, SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

const struct tree *view_at(const struct tree *t, const char *path)
{
    const struct tree *found = NULL;
    char name[64];

    if (!*path)
        return t;
    for (const char *at = path; *at && !found; at += *at == '|') {
        for (found = t; found;) {
            size_t n = strcspn(at, ".|");
            if (n >= sizeof(name))
                return NULL;
            memcpy(name, at, n);
            name[n] = 0;
            found = n ? tree_get(found, name) : found;
            at += n;
            if (*at != '.')
                break;
            at++;
        }
        at += strcspn(at, "|");
        if (found && tree_kind(found) == TREE_NULL)
            found = NULL;
    }
    return found;
}

/* ---- numbers ---- */

static void add_tenths(struct buf *out, int64_t value, int64_t unit, const char *name)
{
    int64_t tenths = value / unit * 10 + value % unit * 10 / unit;

    buf_printf(out, "%" PRId64, tenths / 10);
    if (tenths < 1000 && tenths % 10)
        buf_printf(out, ".%d", (int)(tenths % 10));
    buf_add_z(out, name);
}

static void add_big(struct buf *out, int64_t n, int64_t step, const char *const names[5])
{
    int64_t unit = 1;
    size_t i = 0;

    if (n < 0) {
        buf_printf(out, "%" PRId64, n);
        return;
    }
    while (i < 4 && n / unit >= step) {
        unit *= step;
        i++;
    }
    if (i)
        add_tenths(out, n, unit, names[i]);
    else
        buf_printf(out, "%" PRId64 "%s", n, names[0]);
}

/* Two digits, or four where cents do not tell it. */
static void add_money(struct buf *out, int64_t micro)
{
    uint64_t all = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;

    all += 50;
    all -= all % 100;
    int cents = (int)(all % MICRO / 10000), rest = (int)(all % 10000);
    buf_printf(out, "%s%" PRIu64 ".%02d", micro < 0 ? "-" : "", all / MICRO, cents);
    if (rest)
        buf_printf(out, "%02d", rest / 100);
}

static void add_seconds(struct buf *out, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s >= DAY_S)
        buf_printf(out, "%" PRId64 "d%" PRId64 "h", s / DAY_S, s % DAY_S / HOUR_S);
    else if (s >= HOUR_S)
        buf_printf(out, "%" PRId64 "h%02" PRId64 "m", s / HOUR_S, s % HOUR_S / MINUTE_S);
    else if (s >= MINUTE_S)
        buf_printf(out, "%" PRId64 "m%02" PRId64 "s", s / MINUTE_S, s % MINUTE_S);
    else
        buf_printf(out, "%" PRId64 "s", s);
}

/* A number with a fraction has none here, but is one. */
static int64_t whole(struct cp_str spelled)
{
    int64_t n = 0;
    ptrdiff_t point = str_chr(spelled, '.');

    if (str_int(point >= 0 ? str_cut(spelled, (size_t)point) : spelled, &n))
        n = 0;
    return n;
}

static void add_number(const struct tree *t, enum view_as as, struct buf *out)
{
    static const char *const thousands[] = { "", "k", "M", "G", "T" };
    static const char *const bytes[] = { " B", " KiB", " MiB", " GiB", " TiB" };
    struct cp_str spelled = tree_as_number(t);
    int64_t n = whole(spelled);

    switch (as) {
    case VIEW_SECONDS:
        add_seconds(out, n);
        break;
    case VIEW_MS:
    case VIEW_US:
        n /= as == VIEW_US ? 1000 : 1;
        if (n < SECOND_MS)
            buf_printf(out, "%" PRId64 "ms", n);
        else
            add_tenths(out, n, SECOND_MS, "s");
        break;
    case VIEW_LIMIT:
        if (!n) {
            buf_add_z(out, "-");
            break;
        }
        add_big(out, n, 1000, thousands);
        break;
    case VIEW_BIG:
        add_big(out, n, 1000, thousands);
        break;
    case VIEW_BYTES:
        add_big(out, n, 1024, bytes);
        break;
    case VIEW_MONEY:
        add_money(out, n);
        break;
    case VIEW_PERCENT:
        buf_add_str(out, str_cut(spelled, str_chr(spelled, '.') >= 0
                                              ? (size_t)str_chr(spelled, '.') + 2
                                              : spelled.n));
        buf_add_z(out, "%");
        break;
    default:
        buf_add_str(out, spelled);
    }
}

/* ---- texts ---- */

static void add_time(struct cp_str text, int64_t wall_ms, enum view_as as, struct buf *out)
{
    int64_t at_ms;
    struct tm tm;
    char shown[40];

    if (moment_parse(text, &at_ms)) {
        buf_add_str(out, text);
        return;
    }
    time_t s = (time_t)(at_ms / SECOND_MS);
    if (as == VIEW_TIME && localtime_r(&s, &tm)) {
        strftime(shown, sizeof(shown), "%Y-%m-%d %H:%M:%S", &tm);
        buf_add_z(out, shown);
        return;
    }
    int64_t left = (at_ms - wall_ms) / SECOND_MS;
    buf_add_z(out, left > 0 ? "in " : "");
    add_seconds(out, left > 0 ? left : -left);
    buf_add_z(out, left > 0 ? "" : " ago");
}

static void add_list(const struct tree *t, int64_t wall_ms, bool is_raw, struct buf *out)
{
    for (size_t i = 0; i < tree_count(t); i++) {
        buf_add_z(out, i ? ", " : "");
        view_value(tree_at(t, i), VIEW_TEXT, wall_ms, is_raw, out);
    }
}

static void add_text(struct cp_str text, enum view_as as, int64_t wall_ms, struct buf *out)
{
    if (as == VIEW_TIME || as == VIEW_AGE)
        add_time(text, wall_ms, as, out);
    else
        buf_add_str(out, text);
}

void view_value(const struct tree *t, enum view_as as, int64_t wall_ms, bool is_raw,
                struct buf *out)
{
    enum tree_kind kind = t ? tree_kind(t) : TREE_NULL;

    if (as == VIEW_COUNT && (kind == TREE_ARRAY || kind == TREE_OBJECT)) {
        buf_printf(out, "%zu", tree_count(t));
        return;
    }
    switch (kind) {
    case TREE_TEXT:
        add_text(tree_as_text(t), is_raw ? VIEW_TEXT : as, wall_ms, out);
        break;
    case TREE_NUMBER:
        add_number(t, is_raw ? VIEW_NUMBER : as, out);
        break;
    case TREE_BOOL:
        if (is_raw)
            buf_add_z(out, tree_as_bool(t) ? "true" : "false");
        else
            buf_add_z(out, tree_as_bool(t) ? "yes" : as == VIEW_YES ? "" : "no");
        break;
    case TREE_ARRAY:
        add_list(t, wall_ms, is_raw, out);
        break;
    case TREE_OBJECT:
        tree_write(t, out);
        break;
    default:
        buf_add_z(out, is_raw || as == VIEW_YES ? "" : "-");
    }
}

enum look_colour view_colour(struct cp_str word)
{
    static const struct {
        const char *word;
        enum look_colour colour;
    } words[] = {
        { "active", LOOK_GOOD },   { "ok", LOOK_GOOD },        { "well", LOOK_GOOD },
        { "closed", LOOK_GOOD },   { "healthy", LOOK_GOOD },   { "suspended", LOOK_WARN },
        { "resting", LOOK_WARN },  { "half-open", LOOK_WARN }, { "half_open", LOOK_WARN },
        { "cooling", LOOK_WARN },  { "exhausted", LOOK_WARN }, { "warning", LOOK_WARN },
        { "expired", LOOK_WARN },  { "disabled", LOOK_FAINT }, { "open", LOOK_BAD },
        { "error", LOOK_BAD },     { "failed", LOOK_BAD },     { "dead", LOOK_BAD },
        { "unhealthy", LOOK_BAD }, { "revoked", LOOK_BAD },    { "faulty", LOOK_BAD },
        { "served", LOOK_GOOD },   { "cancelled", LOOK_WARN }, { "loaded", LOOK_GOOD },
        { "off", LOOK_FAINT },
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_is(word, words[i].word))
            return words[i].colour;
    return LOOK_PLAIN;
}
