/* SPDX-License-Identifier: MIT */
/*
 * host_ledger - what a translation did to which part of a request.
 *
 * A plugin names an item; the client knows its own body.  Most items carry a slice of that
 * body (a text, a name, an id), and the slice's place is the item's path.  What has none (a
 * flag, a mark, a value in neutral words) may say its path itself; else it is named by the
 * nearest item that has one, or by its own neutral name.
 */
#include "plugin/host.h"

#include "base/str.h"
#include "ir/kind.h"
#include "json/path.h"

enum { LEDGER_LINES = 256, NEAR_ITEMS = 64 };

void ledger_init(struct ledger *l)
{
    memset(l, 0, sizeof(*l));
    l->tail = &l->first;
}

void ledger_join(struct ledger *to, struct ledger *from)
{
    if (!from->first)
        return;
    *to->tail = from->first;
    to->tail = from->tail;
    to->lines += from->lines;
    for (size_t i = 0; i < sizeof(to->counts) / sizeof(*to->counts); i++)
        to->counts[i] += from->counts[i];
    ledger_init(from);
}

struct ledger_mark ledger_mark(const struct ledger *l)
{
    struct ledger_mark m = { .tail = l->tail, .lines = l->lines };
    memcpy(m.counts, l->counts, sizeof(m.counts));
    return m;
}

void ledger_back(struct ledger *l, const struct ledger_mark *m)
{
    l->tail = m->tail;
    *l->tail = NULL;
    l->lines = m->lines;
    memcpy(l->counts, m->counts, sizeof(l->counts));
}

static bool ledger_has(const struct ledger *l, uint32_t deed, struct cp_str path,
                       struct cp_str why)
{
    for (const struct ledger_line *line = l->first; line; line = line->next)
        if (line->deed == deed && str_eq(line->path, path) && str_eq(line->why, why))
            return true;
    return false;
}

void ledger_note(struct cp_call *call, int deed, struct cp_str path, const char *why)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    struct ledger *l = hc->ledger;
    struct cp_str reason = str_of(why ? why : "");

    if (!l || deed < CP_MAPPED || deed > CP_REPAIRED)
        return;
    path = path.p ? path : STR("");
    if (ledger_has(l, (uint32_t)deed, path, reason))
        return;
    l->counts[deed]++;
    if (l->lines == LEDGER_LINES)
        return;
    struct ledger_line *line = arena_need(hc->arena, sizeof(*line));
    line->deed = (uint32_t)deed;
    line->path = arena_copy(hc->arena, path);
    line->why = arena_copy(hc->arena, reason);
    *l->tail = line;
    l->tail = &line->next;
    l->lines++;
}

/* ---- where an item stood ----------------------------------------------------------------- */

static bool lies_in(struct cp_str part, struct cp_str whole)
{
    uintptr_t from = (uintptr_t)whole.p, at = (uintptr_t)part.p;
    return part.n && at >= from && at - from < whole.n;
}

void ledger_copied(struct cp_call *call, struct cp_str copy, struct cp_str source)
{
    struct host_call *hc = (struct host_call *)(void *)call;

    if (!hc->ledger || !copy.n || !lies_in(source, hc->client_body))
        return;
    struct ledger_copy *c = arena_alloc(hc->arena, sizeof(*c));
    if (!c)
        return; /* then its neighbours tell where it was */
    *c = (struct ledger_copy){ hc->ledger->copies, copy, source };
    hc->ledger->copies = c;
}

/* A text that was copied is where its source is.  The tape has copied it again: told by what
 * it says. */
static struct cp_str slice_source(const struct ledger *l, struct cp_str slice)
{
    for (const struct ledger_copy *c = l->copies; c; c = c->next)
        if (str_eq(slice, c->copy))
            return c->source;
    return slice;
}

static struct cp_str path_of_slice(struct host_call *hc, struct cp_str slice, char *out)
{
    struct ledger *l = hc->ledger;

    if (!l || !slice.n)
        return STR("");
    if (!lies_in(slice, hc->client_body))
        slice = slice_source(l, slice);
    if (!lies_in(slice, hc->client_body))
        return STR("");
    if (!l->paths || l->paths_of.p != hc->client_body.p) {
        l->paths = json_paths_new(hc->arena, hc->client_body);
        l->paths_of = hc->client_body;
    }
    return json_path_at(l->paths, (size_t)(slice.p - hc->client_body.p), out);
}

/* Up to the last, or the first, index in it: the element that the member belongs to. */
static struct cp_str path_element(struct cp_str path, bool is_first)
{
    size_t end = 0;
    for (size_t i = 0; i < path.n && !(is_first && end); i++)
        if (path.p[i] == ']')
            end = i + 1;
    return end ? str_cut(path, end) : path;
}

/* A text's path is the text's; a tool's is not that of its schema, a thought's not that of its
 * words. */
static struct cp_str path_for(uint32_t kind, struct cp_str path)
{
    switch (kind) {
    case CP_REASONING:
        return str_ends(path, "].text") || str_ends(path, "].thinking")
                   ? path_element(path, false)
                   : path;
    case CP_MESSAGE:
        return path_element(path, true);
    case CP_TOOL:
    case CP_MEDIA:
    case CP_TOOL_CALL:
    case CP_TOOL_RESULT:
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
    case CP_CITE:
    case CP_CACHE_MARK:
    case CP_COMPACTION:
    case CP_REFERENCE:
        return path_element(path, false);
    default:
        return path;
    }
}

static struct cp_str path_of_slices(struct host_call *hc, const struct cp_item *it, char *out)
{
    const struct cp_str slices[] = { it->text, it->name, it->id, it->meta };
    struct cp_str path = STR("");

    for (size_t i = 0; !path.n && i < sizeof(slices) / sizeof(*slices); i++)
        path = path_of_slice(hc, slices[i], out);
    return path;
}

/* ---- blocks in pieces --------------------------------------------------------------------- */

/*
 * Repair makes one text of a block's pieces, which is no slice of anything any more.  What it was
 * made of is still on the tape before.
 */
struct joined {
    const struct cp_tape *tape;
    uint32_t first, behind;
};

static uint32_t joined_end(const struct cp_tape *t, uint32_t i, struct cp_str text)
{
    const struct cp_item *first = t->items[i];

    for (; i < t->n && text.n; i++) {
        const struct cp_item *it = t->items[i];
        if (it->kind != first->kind || it->index != first->index)
            continue;
        if (it->text.n > text.n || memcmp(it->text.p, text.p, it->text.n) != 0)
            return 0;
        text = str_from(text, it->text.n);
    }
    return text.n ? 0 : i;
}

static bool joined_of(const struct ledger *l, const struct cp_item *it, struct joined *j)
{
    const struct cp_tape *t = l ? l->tapes[0] : NULL;

    for (uint32_t i = 0; t && it->text.n && i < t->n; i++) {
        const struct cp_item *first = t->items[i];
        if (first->kind != it->kind || !first->text.n)
            continue;
        *j = (struct joined){ t, i, joined_end(t, i, it->text) };
        if (j->behind)
            return true;
    }
    return false;
}

static bool is_of_pieces(uint32_t kind)
{
    return kind == CP_TEXT || kind == CP_REFUSAL || kind == CP_REASONING;
}

static struct cp_str path_of_item(struct host_call *hc, const struct cp_item *it, char *out)
{
    struct cp_str path = path_of_slices(hc, it, out);
    struct joined j;

    if (!path.n && is_of_pieces(it->kind) && joined_of(hc->ledger, it, &j))
        path = path_of_slices(hc, j.tape->items[j.first], out);
    return path;
}

/* ---- neighbours ------------------------------------------------------------------------------ */

/* Looks where the last one was found first: who notes goes along the tape. */
static const struct cp_tape *ledger_find(struct ledger *l, const struct cp_item *it)
{
    for (uint32_t k = 0; k < 2; k++) {
        uint32_t which = (l->found_tape + k) % 2;
        const struct cp_tape *t = l->tapes[which];
        for (uint32_t i = 0; t && i < t->n; i++) {
            uint32_t at = (l->found_at + i) % t->n;
            if (t->items[at] != it)
                continue;
            l->found_tape = which;
            l->found_at = at;
            return t;
        }
    }
    return NULL;
}

/* Of what holds a list: one level above its element, or where a text stands for the list. */
static struct cp_str path_around(struct cp_str path)
{
    struct cp_str element = path_element(path, false);

    if (str_ends(path, "content"))
        return element;
    while (element.n && element.p[element.n - 1] != '[')
        element.n--;
    return path_element(element, false);
}

/* The path of the next item that has one, on the way to where a message begins or ends. */
static struct cp_str path_near(struct host_call *hc, const struct cp_tape *t, bool is_forward,
                               bool is_message, char *out)
{
    uint32_t at = hc->ledger->found_at;

    for (uint32_t i = 1; i < NEAR_ITEMS; i++) {
        if (is_forward ? at + i >= t->n : i > at)
            break;
        const struct cp_item *near = t->items[is_forward ? at + i : at - i];
        if (is_forward && near->kind == CP_MESSAGE)
            break;
        struct cp_str path = path_of_item(hc, near, out);
        if (path.n && is_forward && t->items[at]->kind == CP_MEDIA)
            return path_around(path);
        if (path.n)
            return path_element(path, is_message || near->kind == CP_MESSAGE);
        if (near->kind == CP_MESSAGE)
            break;
    }
    return STR("");
}

/* What begins is found by what comes of it, all else by what stands before it; both only inside
 * their own message. */
static struct cp_str path_of_neighbour(struct host_call *hc, const struct cp_item *it,
                                       char *out)
{
    const struct cp_tape *t = ledger_find(hc->ledger, it);
    bool is_begin = (it->flags & CP_WHOLE) == CP_OPEN, is_message = it->kind == CP_MESSAGE;

    if (!t)
        return STR("");
    struct cp_str path = path_near(hc, t, is_begin, is_message, out);
    if (!path.n && !is_message)
        path = path_near(hc, t, !is_begin, true, out);
    return path;
}

/* Parts of a head have no neighbours, only names. */
static bool has_neighbours(uint32_t kind)
{
    return kind >= CP_MESSAGE && kind <= CP_CACHE_MARK;
}

static struct cp_str neutral_name(const struct cp_item *it, char *out)
{
    if (it->name.n || it->id.n)
        return it->name.n ? it->name : it->id;
    struct cp_str kind = str_cut(str_of(kind_name(it->kind)), JSON_PATH_BYTES);
    for (size_t i = 0; i < kind.n; i++)
        out[i] = kind.p[i] >= 'A' && kind.p[i] <= 'Z' ? (char)(kind.p[i] + 32) : kind.p[i];
    return str_n(out, kind.n);
}

/* Some kinds need no id and carry their path in it. */
static bool says_path(const struct cp_item *it)
{
    return it->id.n &&
           (it->kind == CP_PARAM || it->kind == CP_TOOL_CHOICE || it->kind == CP_CACHE_MARK);
}

/* Lent until out is used again; is_cheap: not by its neighbours. */
static struct cp_str path_named(struct host_call *hc, const struct cp_item *it, bool is_cheap,
                                char out[JSON_PATH_BYTES])
{
    if (says_path(it))
        return it->id;
    struct cp_str path = path_for(it->kind, path_of_item(hc, it, out));
    if (!path.n && has_neighbours(it->kind) && !is_cheap)
        path = path_of_neighbour(hc, it, out);
    return path.n ? path : neutral_name(it, out);
}

/* A piece that was made of many; 0: it has a place of its own, or none. */
static bool note_joined(struct cp_call *call, int deed, const struct cp_item *it,
                        const char *why)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    char out[JSON_PATH_BYTES];
    struct joined j;

    if (path_of_slices(hc, it, out).n || !joined_of(hc->ledger, it, &j))
        return false;
    for (uint32_t i = j.first; i < j.behind; i++) {
        const struct cp_item *piece = j.tape->items[i];
        if (piece->kind == it->kind)
            ledger_note(call, deed, path_for(it->kind, path_of_slices(hc, piece, out)), why);
    }
    return true;
}

/* The pieces of a block behind its first. */
static void note_pieces(struct cp_call *call, int deed, const struct cp_item *first,
                        const char *why)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    const struct cp_tape *t = ledger_find(hc->ledger, first);
    char out[JSON_PATH_BYTES];

    for (uint32_t i = hc->ledger->found_at + 1; t && i < t->n; i++) {
        const struct cp_item *it = t->items[i];
        if (it->kind != first->kind || it->index != first->index)
            continue;
        if (it->text.n && !note_joined(call, deed, it, why))
            ledger_note(call, deed, path_named(hc, it, false, out), why);
        if (it->flags & CP_CLOSE)
            return;
    }
}

void ledger_note_item(struct cp_call *call, int deed, const struct cp_item *it, const char *why)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    char out[JSON_PATH_BYTES];

    if (!hc->ledger || !it)
        return;
    bool is_full = hc->ledger->lines == LEDGER_LINES; /* then it only counts */
    bool is_block = is_of_pieces(it->kind) && !is_full;
    if (!is_block || !note_joined(call, deed, it, why))
        ledger_note(call, deed, path_named(hc, it, is_full, out), why);
    if (is_block && (it->flags & CP_WHOLE) == CP_OPEN)
        note_pieces(call, deed, it, why);
}

struct cp_str ledger_path_item(struct cp_call *call, const struct cp_item *it)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    char out[JSON_PATH_BYTES];

    return arena_copy(hc->arena, path_named(hc, it, !hc->ledger, out));
}
