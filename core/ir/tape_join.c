/* SPDX-License-Identifier: MIT */
/*
 * tape_join - the canonical form of a tape: however it was cut, it reads the same.
 *
 *     TEXT + "Hel"                    TEXT + "Hello"
 *     CITE ...               ->       CITE ...
 *     TEXT   "lo"                     TEXT -
 *     TEXT -                          (TEXT * "Hello" if nothing was attached)
 *     USAGE output 3
 *     USAGE output 9                  USAGE output 9
 *     END                             END
 *
 * Blocks stand where they began; a block that overlapped others is moved together.  A block that
 * a broken stream left open stays open.  Segments stay apart: their borders mean something.
 */
#include "ir/tape.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

enum { METERS = CP_SEARCHES + 1 };

struct join {
    const struct cp_tape *from;
    struct cp_tape *to;
    uint8_t *done;                       /* by item: already joined */
    const struct cp_item *usage[METERS]; /* the last of each meter */
    uint32_t unclosed;                   /* blocks left open so far */
};

/* One block of the tape it comes from. */
struct span {
    uint32_t first, last; /* items; last is its CLOSE, or the end of the tape */
    size_t bytes;         /* of all its pieces */
    uint32_t attached;    /* STATE and CITE */
    uint32_t segments_n;
    bool is_closed;
    struct cp_item head; /* what its pieces say of it together */
};

static bool is_of(const struct cp_item *it, const struct span *s)
{
    return it->index == s->head.index && it->choice == s->head.choice;
}

static bool is_attached(const struct cp_item *it)
{
    return it->kind == CP_STATE || it->kind == CP_CITE;
}

static void span_add(struct span *s, const struct cp_item *it)
{
    s->bytes += it->text.n;
    if (!s->head.name.n)
        s->head.name = it->name;
    if (!s->head.id.n)
        s->head.id = it->id;
    if (it->meta.p)
        s->head.meta = it->meta;
    if (!s->head.sub)
        s->head.sub = it->sub;
    if (!s->head.num)
        s->head.num = it->num;
    if (it->flags & CP_CLOSE)
        s->is_closed = true;
}

static struct span span_find(const struct cp_tape *t, uint32_t first)
{
    struct span s = { .first = first, .segments_n = 1, .head = *t->items[first] };
    for (s.last = first; s.last < t->n; s.last++) {
        const struct cp_item *it = t->items[s.last];
        if (!is_of(it, &s))
            continue;
        if (is_attached(it)) {
            s.attached++;
        } else if (it->kind == s.head.kind) {
            if (s.last != first && it->flags & CP_SEGMENT)
                s.segments_n++;
            span_add(&s, it);
        }
        if (s.is_closed)
            break;
    }
    return s;
}

static bool is_piece(const struct join *j, const struct span *s, uint32_t i)
{
    const struct cp_item *it = j->from->items[i];
    return is_of(it, s) && it->kind == s->head.kind;
}

/* Joins the pieces from *at up to the next segment; *at is then there. */
static struct cp_item join_segment(struct join *j, const struct span *s, uint32_t *at,
                                   char *room)
{
    struct cp_item it = s->head;
    const struct cp_item *first = j->from->items[*at];
    it.sub = first->sub ? first->sub : s->head.sub;
    it.text = str_n(room, 0);
    do {
        if (is_piece(j, s, *at)) {
            struct cp_str text = j->from->items[*at]->text;
            if (text.n)
                memcpy(room + it.text.n, text.p, text.n);
            it.text.n += text.n;
            j->done[*at] = 1;
        }
        ++*at;
    } while (*at <= s->last && *at < j->from->n &&
             !(is_piece(j, s, *at) && j->from->items[*at]->flags & CP_SEGMENT));
    if (it.text.n == 0)
        it.text = STR_NONE;
    return it;
}

static int join_emit(struct join *j, struct cp_item it, uint32_t index)
{
    it.index = index;
    int rc = tape_emit(j->to, &it);
    return rc == CP_ENOUGH ? 0 : rc;
}

/* An end says nothing but that it is one. */
static int join_close(struct join *j, uint32_t kind, uint32_t choice)
{
    struct cp_item close = { .size = sizeof(close), .kind = kind, .flags = CP_CLOSE };
    close.choice = choice;
    return join_emit(j, close, 0);
}

static int join_attached(struct join *j, const struct span *s, uint32_t index)
{
    int rc = 0;
    for (uint32_t i = s->first; !rc && i <= s->last && i < j->from->n; i++) {
        const struct cp_item *it = j->from->items[i];
        if (!is_of(it, s) || !is_attached(it))
            continue;
        j->done[i] = 1;
        rc = join_emit(j, *it, index);
    }
    return rc;
}

static int join_block(struct join *j, uint32_t first)
{
    struct span s = span_find(j->from, first);
    uint32_t index = s.is_closed ? 0 : ++j->unclosed, at = first;
    char *room = arena_need(j->to->arena, s.bytes + 1);
    int rc = 0;

    /* the joined text needs no second copy */
    j->to->borrow[1] = str_n(room, s.bytes);
    for (uint32_t n = 0; !rc && n < s.segments_n; n++) {
        bool is_last = n + 1 == s.segments_n && s.is_closed && !s.attached;
        struct cp_item it = join_segment(j, &s, &at, room);
        it.flags = (n ? CP_SEGMENT : CP_OPEN) | (is_last ? CP_CLOSE : 0);
        room += it.text.n;
        rc = join_emit(j, it, index);
    }
    if (!rc)
        rc = join_attached(j, &s, index);
    if (rc || !s.is_closed || !s.attached)
        return rc;
    return join_close(j, s.head.kind, s.head.choice);
}

static int join_usage(struct join *j)
{
    int rc = 0;
    for (int meter = 1; !rc && meter < METERS; meter++) {
        if (j->usage[meter])
            rc = join_emit(j, *j->usage[meter], 0);
        j->usage[meter] = NULL;
    }
    return rc;
}

static int join_item(struct join *j, uint32_t i)
{
    const struct cp_item *it = j->from->items[i];
    if (j->done[i])
        return 0;
    if (it->kind == CP_USAGE && it->sub < METERS) {
        j->usage[it->sub] = it;
        return 0;
    }
    bool is_parts = it->kind == CP_MEDIA && it->num == CP_FROM_PARTS;
    if (grammar_is_block(it->kind) && it->flags & CP_OPEN && !is_parts)
        return join_block(j, i);
    if (it->kind == CP_END || it->kind == CP_ERROR) {
        int rc = join_usage(j);
        if (rc)
            return rc;
    }
    if (it->flags == CP_CLOSE && grammar_encloses(&j->to->grammar, it))
        return join_close(j, it->kind, it->choice);
    return join_emit(j, *it, 0);
}

int tape_join(const struct cp_tape *from, struct cp_tape *to)
{
    struct join j = { .from = from, .to = to };
    int rc = 0;

    j.done = arena_need(to->arena, from->n + 1);
    for (uint32_t i = 0; !rc && i < from->n; i++)
        rc = join_item(&j, i);
    if (!rc)
        rc = join_usage(&j);
    to->borrow[1] = STR_NONE;
    return rc;
}
