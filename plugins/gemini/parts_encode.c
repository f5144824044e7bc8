/* SPDX-License-Identifier: MIT */
/*
 * parts_encode - items of a message become the parts of a candidate, whole or in a stream.
 *
 * Words go out as they come.  In a stream each piece is a part in a chunk of its own; in a whole
 * answer neighbours grow into one part, unless one of them is signed:
 *
 *     {"text":"Hel"} {"text":"lo"} {"text":"","thoughtSignature":".."}        stream
 *     {"text":"Hello","thoughtSignature":".."}                                whole
 *
 * A state that is known before its words is put on them; one that comes behind them goes on an
 * empty text.  Everything else is written when its block closes: a call's arguments must be an
 * object, and half of one is none.
 */
#include "answer.h"

/* ---- small parts --------------------------------------------------------------------------- */

struct cp_str gemini_tx_keep(struct tx *tx, struct cp_str s)
{
    return s.p == NULL ? s : gemini_text_join(tx->call, &s, 1);
}

void gemini_tx_key_raw(struct tx *tx, const char *key, struct cp_str json)
{
    (void)J->key(tx->out, key); /* an out remembers its failure; so everywhere here */
    (void)J->raw(tx->out, json);
}

void gemini_tx_key_text(struct tx *tx, const char *key, struct cp_str text)
{
    (void)J->key(tx->out, key);
    (void)J->string(tx->out, text.p == NULL ? S("") : text);
}

struct tx_choice *gemini_tx_choice(struct tx *tx, uint32_t number)
{
    struct tx_choice **at = &tx->choices;

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    if (*at == NULL)
        *at = H->alloc(tx->call, sizeof(**at));
    if (*at != NULL)
        (*at)->number = number;
    return *at;
}

static struct tx_block *block_of(const struct tx_choice *c, const struct cp_item *it)
{
    struct tx_block *b = c->blocks;

    while (b != NULL && (b->head.index != it->index || b->is_closed))
        b = b->next;
    return b;
}

/* ---- parts --------------------------------------------------------------------------------- */

void gemini_tx_settle(struct tx *tx, struct tx_choice *c)
{
    if (!c->is_part_open)
        return;
    c->is_part_open = 0;
    (void)J->quote_close(tx->out);
    if (c->last == CP_REASONING)
        gemini_tx_key_raw(tx, "thought", S("true"));
    (void)J->close(tx->out);
}

void gemini_tx_part_open(struct tx *tx, struct tx_choice *c)
{
    gemini_tx_settle(tx, c);
    if (tx->tape == NULL)
        gemini_chunk_open(tx, c);
    c->parts_n++;
    c->last = 0;
    (void)J->open(tx->out, '{');
}

void gemini_tx_part_close(struct tx *tx, struct tx_choice *c)
{
    (void)J->close(tx->out);
    if (tx->tape == NULL)
        gemini_chunk_close(tx, c);
}

static void text_part(struct tx *tx, struct tx_choice *c, struct cp_str text, int is_thought,
                      struct cp_str signature)
{
    gemini_tx_part_open(tx, c);
    gemini_tx_key_text(tx, "text", text);
    if (is_thought)
        gemini_tx_key_raw(tx, "thought", S("true"));
    if (signature.n > 0)
        gemini_tx_key_text(tx, "thoughtSignature", signature);
    gemini_tx_part_close(tx, c);
}

static int is_thought(const struct tx_block *b)
{
    return b->head.kind == CP_REASONING;
}

/* ---- words --------------------------------------------------------------------------------- */

static int is_words(uint32_t kind)
{
    return kind == CP_TEXT || kind == CP_REFUSAL || kind == CP_REASONING;
}

static uint32_t words_kind(const struct tx_block *b)
{
    return is_thought(b) ? CP_REASONING : CP_TEXT;
}

/* Thoughts of their own stand apart from those before them. */
static int is_apart(const struct tx_choice *c, const struct tx_block *b,
                    const struct cp_item *it)
{
    if (!is_thought(b))
        return 0;
    if (b->has_words)
        return (it->flags & CP_SEGMENT) != 0;
    return c->last == CP_REASONING && !b->is_signed && b->states_n == 0;
}

/* Into a part that can grow. */
static void words_grow(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                       struct cp_str gap, struct cp_str text)
{
    if (c->is_part_open && (c->last != words_kind(b) || (b->is_signed && !b->has_words)))
        gemini_tx_settle(tx, c);
    if (!c->is_part_open) {
        gemini_tx_part_open(tx, c);
        (void)J->key(tx->out, "text");
        (void)J->quote_open(tx->out);
        c->is_part_open = 1;
    }
    (void)J->piece(tx->out, gap);
    (void)J->piece(tx->out, text);
}

/* The first state of a block that has not been spelled yet. */
static struct cp_str state_take(struct tx_block *b)
{
    struct cp_str first = b->states_n > 0 ? b->states[0] : NOTHING;

    for (int i = 1; i < b->states_n; i++)
        b->states[i - 1] = b->states[i];
    b->states_n -= b->states_n > 0;
    return first;
}

static void words_piece(struct tx *tx, struct tx_choice *c, struct tx_block *b,
                        const struct cp_item *it)
{
    struct cp_str parts[2] = { is_apart(c, b, it) ? S("\n\n") : S(""), it->text };
    struct cp_str state = NOTHING;

    if (it->text.n == 0)
        return;
    if (tx->tape != NULL) {
        words_grow(tx, c, b, parts[0], parts[1]);
    } else {
        state = (it->flags & CP_CLOSE) != 0 ? state_take(b) : NOTHING;
        text_part(tx, c, gemini_text_join(tx->call, parts, 2), is_thought(b), state);
    }
    c->last = state.n > 0 ? 0 : words_kind(b);
    b->has_words = 1;
    c->has_refusal |= b->head.kind == CP_REFUSAL;
    c->text.call = tx->call;
    if (!is_thought(b))
        builder_add(&c->text, it->text);
}

/* What is left of its states when it closes. */
static void words_end(struct tx *tx, struct tx_choice *c, struct tx_block *b)
{
    struct cp_str state;

    if (b->states_n > 0 && c->is_part_open && b->has_words) {
        (void)J->quote_close(tx->out);
        if (is_thought(b))
            gemini_tx_key_raw(tx, "thought", S("true"));
        gemini_tx_key_text(tx, "thoughtSignature", state_take(b));
        (void)J->close(tx->out);
        c->is_part_open = 0;
        c->last = 0;
    }
    while ((state = state_take(b)).n > 0) {
        text_part(tx, c, S(""), is_thought(b) && !b->is_bare, state);
        b->is_bare = 0;
    }
}

/* ---- blocks -------------------------------------------------------------------------------- */

static void state_item(struct tx *tx, struct tx_choice *c, struct tx_block *b,
                       const struct cp_item *it)
{
    struct cp_str spelled = gemini_state_spell(tx->call, it);

    if (spelled.n == 0 || b->states_n == STATES_MOST) {
        H->note(tx->call, CP_DROPPED, it->name, "a state this dialect has no place for");
        return;
    }
    b->is_bare |= gemini_text_is(it->id, GEMINI_MAKER) &&
                  gemini_text_is(it->name, "thought_signature") && !b->has_words;
    if (is_words(b->head.kind) && b->has_words && tx->tape == NULL)
        text_part(tx, c, S(""), is_thought(b), spelled);
    else
        b->states[b->states_n++] = gemini_tx_keep(tx, spelled);
}

/* Is there a state for the block that opens at hand? */
static int is_signed(const struct tx *tx)
{
    const struct cp_item *open = H->item(tx->tape, tx->at), *it;

    for (size_t i = tx->at + 1; (it = H->item(tx->tape, i)) != NULL; i++) {
        if (it->index != open->index || it->choice != open->choice)
            continue;
        if (it->kind == CP_STATE)
            return 1;
        if (it->kind == open->kind && (it->flags & CP_CLOSE) != 0)
            return 0;
    }
    return 0;
}

static struct tx_block *block_open(struct tx *tx, struct tx_choice *c, const struct cp_item *it)
{
    struct tx_block *b = H->alloc(tx->call, sizeof(*b)), **at = &c->blocks;

    if (b == NULL)
        return NULL;
    b->head = *it;
    b->head.name = gemini_tx_keep(tx, it->name);
    b->head.id = gemini_tx_keep(tx, it->id);
    b->head.meta = gemini_tx_keep(tx, it->meta);
    b->head.text = NOTHING;
    b->text.call = tx->call;
    b->begins_at = c->text.n;
    b->is_signed = tx->tape != NULL && (it->flags & CP_CLOSE) == 0 && is_signed(tx);
    while (*at != NULL)
        at = &(*at)->next;
    *at = b;
    return b;
}

static void block_remove(struct tx_choice *c, const struct tx_block *b)
{
    struct tx_block **at = &c->blocks;

    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
}

/* Calls go out in the order in which they began, whoever is complete first. */
static void wholes_write(struct tx *tx, struct tx_choice *c)
{
    struct tx_block *b = c->blocks;

    while (b != NULL && (b->is_closed || is_words(b->head.kind))) {
        struct tx_block *next = b->next;
        if (b->is_closed) {
            gemini_tx_whole(tx, c, b);
            block_remove(c, b);
        }
        b = next;
    }
}

static void block_close(struct tx *tx, struct tx_choice *c, struct tx_block *b)
{
    for (struct tx_cite *cite = c->cites; cite != NULL; cite = cite->next)
        if (cite->block == b) {
            cite->end = cite->end < 0 ? (int64_t)c->text.n : cite->end;
            cite->block = NULL;
        }
    if (is_words(b->head.kind)) {
        words_end(tx, c, b);
        block_remove(c, b);
    } else {
        b->is_closed = 1;
        wholes_write(tx, c);
    }
}

/* A part of ours that no item speaks of. */
static void native_part(struct tx *tx, struct tx_choice *c, const struct cp_item *it)
{
    gemini_tx_settle(tx, c);
    if (tx->tape == NULL)
        gemini_chunk_open(tx, c);
    (void)J->raw(tx->out, J->compact(tx->call, it->text));
    if (tx->tape == NULL)
        gemini_chunk_close(tx, c);
    c->parts_n++;
    c->last = 0;
}

void gemini_tx_content(struct tx *tx, struct tx_choice *c, const struct cp_item *it)
{
    struct tx_block *b;

    if (it->kind == CP_NATIVE) {
        native_part(tx, c, it);
        return;
    }
    b = it->kind != CP_STATE && it->kind != CP_CITE && (it->flags & CP_OPEN) != 0
            ? block_open(tx, c, it)
            : block_of(c, it);
    if (b == NULL)
        return;
    if (it->kind == CP_STATE) {
        state_item(tx, c, b, it);
    } else if (it->kind == CP_CITE) {
        gemini_tx_cite(tx, c, b, it);
    } else {
        if (is_words(it->kind))
            words_piece(tx, c, b, it);
        else
            builder_add(&b->text, it->text);
        if ((it->flags & CP_CLOSE) != 0)
            block_close(tx, c, b);
    }
}
