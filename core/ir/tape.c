/* SPDX-License-Identifier: MIT */
/*
 * tape - items in an arena: borrow or copy, sorted sections, the set of kinds seen.
 *
 * An item and the texts it brings that must be copied are one allocation from an arena, so a
 * small piece of a stream costs a bump of a pointer.  Whole bodies live in the exchange's arena.
 * A stream passes its items on and forgets them after every frame; from the first forget on,
 * copies go to an arena of the tape's own that is emptied each time: a stream of a million events
 * needs the memory of its largest one.
 *
 * JSON values that were copied are checked, because a plugin built them; slices of the borrowed
 * body were checked with the body.
 */
#include "ir/tape.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/utf8.h"
#include "json/check.h"

#include <string.h>

enum { TAPE_ITEMS = 200000, TAPE_OWN_BYTES = 1024, TAPE_FIRST_CAP = 32 };
static const size_t tape_copied_bytes = (size_t)64 << 20;

/* What an item of the first ABI minor has. */
static const size_t item_least_bytes = offsetof(struct cp_item, num) + sizeof(int64_t);

/* Kept when the content is not wanted. */
static const uint64_t usage_kinds =
    CP_BIT(CP_START) | CP_BIT(CP_STOP) | CP_BIT(CP_USAGE) | CP_BIT(CP_ERROR) | CP_BIT(CP_END);

void tape_init(struct cp_tape *t, struct arena *arena, int phase, uint32_t want,
               struct cp_str borrow)
{
    memset(t, 0, offsetof(struct cp_tape, grammar));
    t->arena = arena;
    t->want = want;
    t->borrow[0] = borrow;
    t->limits = (struct tape_limits){ TAPE_ITEMS, tape_copied_bytes };
    grammar_init(&t->grammar, phase);
    t->err.code = 0;
    t->err.where[0] = t->err.what[0] = '\0';
    t->is_sorted = t->shows_content = t->is_sharing = false;
}

static bool is_slice_of(struct cp_str whole, struct cp_str s)
{
    uintptr_t from = (uintptr_t)whole.p, at = (uintptr_t)s.p;
    return whole.p && at >= from && at - from <= whole.n && s.n <= whole.n - (at - from);
}

static bool is_borrowed(const struct cp_tape *t, struct cp_str s)
{
    return is_slice_of(t->borrow[0], s) || is_slice_of(t->borrow[1], s);
}

/* Bytes to copy; an empty text needs none, whoever owns it. */
static size_t copy_bytes(const struct cp_tape *t, struct cp_str s)
{
    return s.n == 0 || t->is_sharing || is_borrowed(t, s) ? 0 : s.n;
}

static struct cp_str copy_text(struct cp_str s, size_t bytes, char **at)
{
    if (s.n == 0)
        return s.p ? STR("") : STR_NONE;
    if (bytes == 0)
        return s;
    struct cp_str copy = { *at, s.n };
    memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

static int tape_grow(struct cp_tape *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : TAPE_FIRST_CAP;
    struct cp_item **items = arena_alloc(t->arena, cap * sizeof(struct cp_item *));
    if (!items)
        return err_set(&t->err, E_LIMIT, "tape", "the request's memory budget is used up");
    if (t->n)
        memcpy(items, t->items, t->n * sizeof(struct cp_item *));
    t->items = items;
    t->cap = cap;
    return 0;
}

static int tape_append(struct cp_tape *t, const struct cp_item *it)
{
    size_t text = copy_bytes(t, it->text), name = copy_bytes(t, it->name);
    size_t id = copy_bytes(t, it->id), meta = copy_bytes(t, it->meta);
    size_t bytes = text + name + id + meta;
    if (t->n >= t->limits.items)
        return err_set(&t->err, E_LIMIT, "tape", "more than %u items", t->limits.items);
    if (bytes > t->limits.bytes - t->copied)
        return err_set(&t->err, E_LIMIT, "tape", "more than %zu bytes", t->limits.bytes);
    if (t->n == t->cap && tape_grow(t))
        return t->err.code;

    struct cp_item *copy = arena_raw(t->own ? t->own : t->arena, sizeof(*copy) + bytes);
    if (!copy)
        return err_set(&t->err, E_LIMIT, "tape", "the request's memory budget is used up");
    char *at = (char *)(copy + 1);
    *copy = *it;
    copy->text = copy_text(it->text, text, &at);
    copy->name = copy_text(it->name, name, &at);
    copy->id = copy_text(it->id, id, &at);
    copy->meta = copy_text(it->meta, meta, &at);
    t->copied += bytes;
    t->items[t->n++] = copy;
    return 0;
}

/* A frame's data is checked by the plugin that takes it apart, and AUX is only passed on. */
static int tape_check_json(struct cp_tape *t, const struct cp_item *it)
{
    if (!it->text.p || it->kind == CP_AUX || !kind_is_json(it->kind) || t->is_sharing ||
        is_borrowed(t, it->text))
        return 0;
    struct err err;
    int rc = json_check(it->text, NULL, &err);
    if (!rc)
        return 0;
    return err_set(&t->err, rc == E_LIMIT ? E_LIMIT : E_BUG, kind_name(it->kind),
                   "its text is not JSON: %.200s", err.what);
}

static bool is_content(const struct cp_item *it)
{
    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
    case CP_COMPACTION:
        return it->text.n > 0;
    case CP_MEDIA:
    case CP_TOOL_CALL:
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
        return true;
    case CP_STOP: /* in the upstream's own word; adapters make one where it said none */
        return it->name.p != NULL;
    default:
        return false;
    }
}

static int tape_take(struct cp_tape *t, const struct cp_item *it)
{
    int rc = grammar_check(&t->grammar, it, &t->err);
    if (rc)
        return rc;
    t->kinds |= CP_BIT(it->kind);
    t->shows_content |= is_content(it);
    if (!(t->want & CP_WANT_CONTENT) && !(usage_kinds & CP_BIT(it->kind)))
        return 0;
    if (kind_is_json(it->kind) && tape_check_json(t, it))
        return t->err.code;
    return tape_append(t, it);
}

/* What an upstream says of its failure is shown to people, so it is mended rather than refused. */
static struct cp_str mended(struct arena *a, struct cp_str s, bool is_name)
{
    char *p = arena_need(a, s.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t step = utf8_len(s.p + i, s.n - i);
        bool is_control = step == 1 && ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F);
        if (step && is_name && is_control) {
            p[n++] = ' ';
        } else if (step) {
            memcpy(p + n, s.p + i, step);
            n += step;
        } else {
            n += utf8_put(0xFFFD, p + n);
        }
        i += step ? step : 1;
    }
    return str_n(p, n);
}

static void mend_error(struct arena *a, struct cp_item *it)
{
    if (utf8_valid(it->text) != it->text.n)
        it->text = mended(a, it->text, false);
    if (it->name.n)
        it->name = mended(a, it->name, true);
    if (it->id.n)
        it->id = mended(a, it->id, true);
    if (utf8_valid(it->meta) != it->meta.n)
        it->meta = mended(a, it->meta, true);
}

/* A thing that cannot come in pieces is whole whether or not its maker said so. */
static void settle_flags(const struct grammar *g, struct cp_item *it)
{
    if (it->kind == CP_REFERENCE && it->flags == 0 && !grammar_open(g, it))
        it->flags = CP_WHOLE;
    else if (it->flags == CP_WHOLE && !grammar_is_block(it->kind) && !grammar_encloses(g, it))
        it->flags = 0;
}

/* Before anybody reads it: nobody has that much of anything. */
enum { TEXT_MOST = 1 << 30 };

static bool is_sane(struct cp_str s)
{
    return s.n < TEXT_MOST && (s.p || s.n == 0);
}

/* Any minor's item as today's: shorter ones are filled with zeros, longer ones cut. */
static int tape_read_item(struct cp_tape *t, const struct cp_item *it, struct cp_item *out)
{
    if (!it || it->size < item_least_bytes)
        return err_set(&t->err, E_BUG, "emit", "no item, or one without its size");
    if (it->size >= sizeof(*out)) {
        *out = *it;
    } else {
        memset(out, 0, sizeof(*out));
        memcpy(out, it, it->size);
    }
    out->size = sizeof(*out);
    if (!is_sane(out->text) || !is_sane(out->name) || !is_sane(out->id) || !is_sane(out->meta))
        return err_set(&t->err, E_BUG, kind_name(out->kind),
                       "a text at NULL, or longer than any");
    return 0;
}

static bool is_satisfied(const struct cp_tape *t)
{
    return t->want == CP_WANT_ROUTE && t->grammar.is_started;
}

int tape_emit(struct cp_tape *t, const struct cp_item *given)
{
    struct cp_item it;
    if (t->err.code)
        return t->err.code;
    if (is_satisfied(t))
        return CP_ENOUGH;
    if (tape_read_item(t, given, &it))
        return t->err.code;

    settle_flags(&t->grammar, &it);
    if (it.kind == CP_ERROR)
        mend_error(t->own ? t->own : t->arena, &it);
    int rc;
    if ((it.flags & CP_WHOLE) == CP_WHOLE && grammar_encloses(&t->grammar, &it)) {
        it.flags = CP_OPEN;
        rc = tape_take(t, &it);
        it.flags = CP_CLOSE;
        rc = rc ? rc : tape_take(t, &it);
    } else {
        rc = tape_take(t, &it);
    }
    return rc ? rc : is_satisfied(t) ? CP_ENOUGH : 0;
}

int tape_share(struct cp_tape *t, const struct cp_item *it)
{
    t->is_sharing = true;
    int rc = tape_emit(t, it);
    t->is_sharing = false;
    return rc == CP_ENOUGH ? 0 : rc;
}

const struct cp_item *tape_item(const struct cp_tape *t, size_t i)
{
    return i < t->n ? t->items[i] : NULL;
}

/* The sections of a request's head, in their order. */
static int rank_of(uint32_t kind)
{
    switch (kind) {
    case CP_START:
        return 0;
    case CP_PARAM:
        return 1;
    case CP_SYSTEM:
        return 2;
    case CP_TOOL:
        return 3;
    case CP_TOOL_CHOICE:
        return 4;
    default:
        return 5;
    }
}

enum { RANKS = 6 };

/* A mark goes with what it marks, over the heads of remarks between the two. */
static int rank_next(const struct cp_item *it, int *marked)
{
    if (it->kind == CP_CACHE_MARK)
        return *marked;
    int rank = rank_of(it->kind);
    if (it->kind != CP_NATIVE && it->kind != CP_AUX)
        *marked = rank;
    return rank;
}

static bool tape_is_in_order(const struct cp_tape *t)
{
    int last = 0, marked = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        int rank = rank_next(t->items[i], &marked);
        if (rank < last)
            return false;
        last = rank;
    }
    return true;
}

static int tape_sort(struct cp_tape *t)
{
    if (tape_is_in_order(t))
        return 0;
    struct cp_item **sorted = arena_alloc(t->arena, t->n * sizeof(struct cp_item *));
    if (!sorted)
        return err_set(&t->err, E_LIMIT, "tape", "the request's memory budget is used up");

    uint32_t begin[RANKS + 1] = { 0 };
    int marked = 0;
    for (uint32_t i = 0; i < t->n; i++)
        begin[rank_next(t->items[i], &marked) + 1]++;
    for (int r = 1; r < RANKS; r++)
        begin[r] += begin[r - 1];
    marked = 0;
    for (uint32_t i = 0; i < t->n; i++)
        sorted[begin[rank_next(t->items[i], &marked)]++] = t->items[i];
    t->items = sorted;
    t->cap = t->n;
    return 0;
}

int tape_finish(struct cp_tape *t)
{
    if (t->err.code || t->is_sorted)
        return t->err.code;
    if (!is_satisfied(t) && grammar_end(&t->grammar, &t->err))
        return t->err.code;
    if (t->grammar.phase == CP_REQUEST && tape_sort(t))
        return t->err.code;
    t->is_sorted = true;
    return 0;
}

static void free_own(void *own)
{
    arena_free(own);
}

void tape_forget(struct cp_tape *t)
{
    t->n = 0;
    t->copied = 0;
    if (t->own) {
        arena_reset(t->own);
        return;
    }
    t->own = arena_new(TAPE_OWN_BYTES, 0);
    arena_at_exit(t->arena, free_own, t->own);
}

const struct cp_item *tape_find(const struct cp_tape *t, uint32_t kind)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->items[i]->kind == kind)
            return t->items[i];
    return NULL;
}

struct cp_str tape_param(const struct cp_tape *t, const char *name)
{
    struct cp_str value = STR_NONE;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->items[i]->kind == CP_PARAM && str_is(t->items[i]->name, name))
            value = t->items[i]->text;
    return value;
}

bool tape_shows_content(const struct cp_tape *t)
{
    return t->shows_content;
}
