/* SPDX-License-Identifier: MIT */
/*
 * recall - what a model thought before it spoke, for clients that do not send it back.
 *
 * A record is a piece of tape: the thoughts before a call since the call before it, then, when the
 * words or the call itself were signed, empty blocks of their kind that hold the signatures:
 *
 *     REASONING + "..."  STATE  REASONING -     goes before the call, or in front of the turn
 *     TEXT +  STATE  TEXT -                     STATE goes into the turn's first text
 *     TOOL_CALL +  STATE  TOOL_CALL -           STATE goes into the call
 *
 * The key of a call is its id and its name, and its arguments if the id is so short that a server
 * may just have counted; the key of a turn without calls is its words without any white space,
 * because clients trim.  Only the first candidate is remembered: it is what clients go on with.
 */
#include "state/recall.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "ir/pack.h"
#include "ir/tape.h"
#include "state/store.h"

enum { BLOCKS = 128, TEXT_BYTES = 4 << 20, RECORD_BYTES = 4 << 20, SHORT_ID = 16 };

struct block {
    uint32_t kind, index, sub;
    struct cp_str id, name;
    bool is_open, has_segment;
    struct buf text;
    struct buf packed; /* REASONING: its segments so far; and STATE items of any kind */
    struct buf states;
};

struct recall {
    struct arena *arena;
    struct store *store;
    struct cp_str tenant;
    struct block *blocks[BLOCKS]; /* in the order they began */
    uint32_t blocks_n;
    bool is_off; /* more than can be remembered */
};

static void recall_free(void *p)
{
    struct recall *r = p;

    for (uint32_t i = 0; i < r->blocks_n; i++) {
        buf_fini(&r->blocks[i]->text);
        buf_fini(&r->blocks[i]->packed);
        buf_fini(&r->blocks[i]->states);
    }
    r->blocks_n = 0;
}

struct recall *recall_new(struct arena *arena, struct store *store, struct cp_str tenant)
{
    struct recall *r = arena_need(arena, sizeof(*r));

    r->arena = arena;
    r->store = store;
    r->tenant = tenant;
    arena_at_exit(arena, recall_free, r);
    return r;
}

/* ---- keys ---- */

static struct cp_str key_of(struct arena *arena, const char *kind, const struct buf *b)
{
    char hex[65];

    hash_sha256(buf_str(b), hex);
    return arena_printf(arena, "%s/%s", kind, hex);
}

static struct cp_str key_of_call(struct arena *arena, struct cp_str id, struct cp_str name,
                                 struct cp_str arguments)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES + 65536);
    buf_printf(&b, "%zu %zu ", id.n, name.n);
    buf_add_str(&b, id);
    buf_add_str(&b, name);
    if (id.n < SHORT_ID)
        buf_add_str(&b, arguments);
    struct cp_str key = key_of(arena, "call", &b);
    buf_fini(&b);
    return key;
}

static void add_words(struct buf *b, struct cp_str text)
{
    size_t from = 0;

    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && (unsigned char)text.p[i] > ' ')
            continue;
        buf_add_str(b, str_cut(str_from(text, from), i - from));
        from = i + 1;
    }
}

/* ---- an answer ---- */

static struct block *block_find(struct recall *r, uint32_t index)
{
    for (uint32_t i = r->blocks_n; i-- > 0;)
        if (r->blocks[i]->is_open && r->blocks[i]->index == index)
            return r->blocks[i];
    return NULL;
}

static struct block *block_open(struct recall *r, const struct cp_item *it)
{
    if (r->blocks_n == BLOCKS) {
        r->is_off = true;
        return NULL;
    }
    struct block *b = arena_need(r->arena, sizeof(*b));
    *b =
        (struct block){ .kind = it->kind, .index = it->index, .sub = it->sub, .is_open = true };
    b->id = arena_copy(r->arena, it->id);
    b->name = arena_copy(r->arena, it->name);
    buf_init(&b->text, TEXT_BYTES);
    buf_init(&b->packed, RECORD_BYTES);
    buf_init(&b->states, RECORD_BYTES);
    r->blocks[r->blocks_n++] = b;
    return b;
}

/* What was thought so far becomes a piece; the first one opens the block. */
static void block_flush(struct block *b)
{
    struct cp_item piece = { CP_ITEM(REASONING), .sub = b->sub, .id = b->id,
                             .text = b->text.n ? buf_str(&b->text) : STR("") };

    piece.flags = b->packed.n ? CP_SEGMENT : CP_OPEN;
    pack_item(&b->packed, &piece);
    buf_clear(&b->text);
}

static void recall_piece(struct recall *r, const struct cp_item *it)
{
    struct block *b = it->flags & CP_OPEN ? block_open(r, it) : block_find(r, it->index);

    if (!b)
        return;
    if (it->flags & CP_SEGMENT && b->kind == CP_REASONING && b->text.n)
        block_flush(b);
    buf_add_str(&b->text, it->text);
    if (it->flags & CP_CLOSE)
        b->is_open = false;
    if (it->flags & CP_CLOSE && b->kind == CP_REASONING)
        block_flush(b);
    r->is_off |= buf_failed(&b->text) || buf_failed(&b->packed);
}

static void recall_state(struct recall *r, const struct cp_item *it)
{
    struct block *b = block_find(r, it->index);
    struct cp_item state = *it;

    if (!b)
        return;
    state.index = 0;
    pack_item(&b->states, &state);
}

static void pack_end(struct buf *out, uint32_t kind, uint32_t flags)
{
    struct cp_item it = {
        .size = (uint32_t)sizeof(it), .kind = kind, .flags = flags, .text = STR("")
    };
    pack_item(out, &it);
}

static void pack_thought(struct buf *out, const struct block *b)
{
    buf_add_str(out, buf_str(&b->packed));
    if (b->states.n)
        buf_add_str(out, buf_str(&b->states));
    pack_end(out, CP_REASONING, CP_CLOSE);
}

static void pack_signed(struct buf *out, const struct block *b)
{
    if (!b->states.n)
        return;
    pack_end(out, b->kind, CP_OPEN);
    buf_add_str(out, buf_str(&b->states));
    pack_end(out, b->kind, CP_CLOSE);
}

static void recall_put(struct recall *r, struct cp_str key, struct buf *record)
{
    if (record->n && !buf_failed(record))
        (void)r->store->ops->put(r->store, r->tenant, key, STR_NONE, buf_str(record),
                                 clock_ms()); /* no room: it is forgotten */
    buf_clear(record);
}

static void recall_call(struct recall *r, const struct block *b, struct buf *record)
{
    pack_signed(record, b);
    recall_put(r, key_of_call(r->arena, b->id, b->name, buf_str(&b->text)), record);
}

static void recall_end(struct recall *r)
{
    struct buf record, words;
    bool has_calls = false;

    if (r->is_off)
        return;
    buf_init(&record, RECORD_BYTES);
    buf_init(&words, TEXT_BYTES);
    for (uint32_t i = 0; i < r->blocks_n; i++) {
        const struct block *b = r->blocks[i];
        has_calls |= b->kind == CP_TOOL_CALL;
        if (b->kind == CP_REASONING && b->packed.n)
            pack_thought(&record, b);
        else if (b->kind == CP_TEXT && !has_calls)
            pack_signed(&record, b);
        if (b->kind == CP_TEXT && b->text.n)
            add_words(&words, buf_str(&b->text));
        if (b->kind == CP_TOOL_CALL)
            recall_call(r, b, &record);
    }
    if (!has_calls && words.n && !buf_failed(&words))
        recall_put(r, key_of(r->arena, "words", &words), &record);
    buf_fini(&record);
    buf_fini(&words);
}

void recall_item(struct recall *r, const struct cp_item *it)
{
    if (it->choice || r->is_off)
        return;
    switch (it->kind) {
    case CP_REASONING:
    case CP_TEXT:
    case CP_TOOL_CALL:
        recall_piece(r, it);
        break;
    case CP_STATE:
        recall_state(r, it);
        break;
    case CP_END:
        recall_end(r);
        break;
    default:
        break;
    }
}

/* ---- the next request ---- */

/* One turn of the assistant: items [from, end), both of its ends included. */
struct turn {
    size_t from, end;
    bool has_thought;
    uint32_t calls_n;
};

struct restoring {
    struct arena *arena;
    struct store *store;
    struct cp_str tenant;
    const struct cp_tape *from;
    struct cp_tape *to;
    uint32_t turns; /* that something was put into */
};

static struct cp_str restore_get(struct restoring *r, struct cp_str key)
{
    struct cp_str record = STR_NONE;

    (void)r->store->ops->get(r->store, r->tenant, key, clock_ms(), r->arena, &record);
    return record;
}

static struct turn turn_at(const struct cp_tape *from, size_t at)
{
    struct turn t = { .from = at };
    const struct cp_item *it;

    for (t.end = at + 1; (it = tape_item(from, t.end)); t.end++) {
        t.has_thought |= it->kind == CP_REASONING || it->kind == CP_STATE;
        t.calls_n += it->kind == CP_TOOL_CALL && it->flags & CP_OPEN;
        if (it->kind == CP_MESSAGE)
            break;
    }
    t.end++;
    return t;
}

/* The words of a turn, or a call's arguments, which may come in pieces. */
static struct cp_str words_key(struct restoring *r, const struct turn *t)
{
    struct cp_str key = STR_NONE;
    struct buf words;

    buf_init(&words, TEXT_BYTES);
    for (size_t i = t->from; i < t->end; i++) {
        const struct cp_item *it = tape_item(r->from, i);
        if (it && it->kind == CP_TEXT)
            add_words(&words, it->text);
    }
    if (words.n && !buf_failed(&words))
        key = key_of(r->arena, "words", &words);
    buf_fini(&words);
    return key;
}

static struct cp_str call_key(struct restoring *r, size_t at, size_t end)
{
    const struct cp_item *first = tape_item(r->from, at), *it;
    struct cp_str key;
    struct buf arguments;

    buf_init(&arguments, TEXT_BYTES);
    for (size_t i = at; i < end && (it = tape_item(r->from, i)); i++) {
        if (it->kind == CP_TOOL_CALL && it->index == first->index)
            buf_add_str(&arguments, it->text);
        if (it->kind == CP_TOOL_CALL && it->index == first->index && it->flags & CP_CLOSE)
            break;
    }
    key = key_of_call(r->arena, first->id, first->name, buf_str(&arguments));
    buf_fini(&arguments);
    return key;
}

/* The thoughts of a record. */
static void emit_thoughts(struct restoring *r, struct cp_str record)
{
    struct cp_item it;
    bool is_in = false;

    while (pack_next(&record, &it)) {
        if (it.kind == CP_REASONING)
            is_in = !(it.flags & CP_CLOSE);
        if (it.kind == CP_REASONING || (it.kind == CP_STATE && is_in))
            (void)tape_emit(r->to, &it); /* a tape that refused one has failed for good */
    }
}

/* What signs a block of this kind: into the open block of that index.  True if there was any. */
static bool emit_states(struct restoring *r, struct cp_str record, uint32_t kind,
                        uint32_t index, bool is_dry)
{
    struct cp_item it;
    bool is_in = false, found = false;

    while (pack_next(&record, &it)) {
        if (it.kind == CP_TEXT || it.kind == CP_TOOL_CALL)
            is_in = it.kind == kind && it.flags & CP_OPEN;
        if (it.kind != CP_STATE || !is_in)
            continue;
        found = true;
        it.index = index;
        if (!is_dry)
            (void)tape_emit(r->to, &it);
    }
    return found;
}

/* A block's item; the states go in before its last piece. */
static void emit_signed(struct restoring *r, const struct cp_item *it, struct cp_str record)
{
    struct cp_item piece = *it;

    if (!(it->flags & CP_CLOSE) || !emit_states(r, record, it->kind, it->index, true)) {
        (void)tape_emit(r->to, it);
        return;
    }
    if (it->flags & CP_OPEN || it->text.n) {
        piece.flags &= ~(uint32_t)CP_CLOSE;
        (void)tape_emit(r->to, &piece);
    }
    (void)emit_states(r, record, it->kind, it->index, false);
    piece = (struct cp_item){ .size = (uint32_t)sizeof(piece),
                              .kind = it->kind,
                              .flags = CP_CLOSE,
                              .index = it->index,
                              .sub = it->sub,
                              .text = STR("") };
    (void)tape_emit(r->to, &piece);
}

static size_t first_call(struct restoring *r, const struct turn *t)
{
    for (size_t i = t->from; i < t->end; i++) {
        const struct cp_item *it = tape_item(r->from, i);
        if (it && it->kind == CP_TOOL_CALL)
            return i;
    }
    return t->end;
}

static void restore_turn(struct restoring *r, const struct turn *t)
{
    size_t first = first_call(r, t);
    struct cp_str head = STR_NONE, call = STR_NONE;
    const struct cp_item *it;
    bool is_found, has_text = false;

    struct cp_str key = t->calls_n ? call_key(r, first, t->end) : words_key(r, t);
    head = key.p ? restore_get(r, key) : STR_NONE;
    is_found = head.p != NULL;
    for (size_t i = t->from; i < t->end && (it = tape_item(r->from, i)); i++) {
        if (it->kind == CP_TOOL_CALL && it->flags & CP_OPEN) {
            call = i == first ? head : restore_get(r, call_key(r, i, t->end));
            is_found |= call.p != NULL;
            if (i != first && call.p && !r->to->grammar.open_n)
                emit_thoughts(r, call);
        }
        if (it->kind == CP_TOOL_CALL)
            emit_signed(r, it, call);
        else if (it->kind == CP_TEXT && !has_text)
            emit_signed(r, it, head);
        else
            (void)tape_emit(r->to, it);
        has_text |= it->kind == CP_TEXT && it->flags & CP_CLOSE;
        if (i == t->from && head.p)
            emit_thoughts(r, head);
    }
    r->turns += is_found;
}

uint32_t recall_restore(struct arena *arena, struct store *store, struct cp_str tenant,
                        const struct cp_tape *from, struct cp_tape *to)
{
    struct restoring r = { arena, store, tenant, from, to, 0 };
    const struct cp_item *it;

    tape_init(to, arena, CP_REQUEST, CP_WANT_ALL, from->borrow[0]);
    to->borrow[1] = from->borrow[1];
    for (size_t i = 0; (it = tape_item(from, i));) {
        bool is_turn = it->kind == CP_MESSAGE && it->flags & CP_OPEN && it->sub == CP_ASSISTANT;
        struct turn t = is_turn ? turn_at(from, i) : (struct turn){ i, i + 1, true, 0 };
        if (!t.has_thought)
            restore_turn(&r, &t);
        else
            for (size_t k = t.from; k < t.end && tape_item(from, k); k++)
                (void)tape_emit(to, tape_item(from, k));
        i = t.end;
    }
    return r.turns && !tape_finish(to) ? r.turns : 0;
}
