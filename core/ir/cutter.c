/* SPDX-License-Identifier: MIT */
/*
 * cutter - ends an answer before the first of its stop sequences, for services that cannot.
 *
 * Knuth, Morris and Pratt's automaton for each sequence, fed byte by byte: its state says how much
 * of the sequence the text ends with.  The largest state of a block is what is held back, and what
 * is held back is the beginning of that sequence, so it need not be copied.  The sequence that is
 * complete first wins, as it would where the text is made; of two at once, the longer one.
 * Sequences are whole UTF-8, so no character is ever torn.
 */
#include "ir/cutter.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/grammar.h"
#include "json/slice.h"

struct sequence {
    struct cp_str text;
    uint32_t *fall; /* by state: the next smaller one that may still go on */
};

/* An open block of the answer. */
struct block {
    uint32_t kind, index, choice;
    uint32_t state[CUTTER_STOPS];
    uint32_t held; /* bytes held back: the beginning of sequence best */
    uint32_t best;
};

struct cutter {
    struct sequence stops[CUTTER_STOPS];
    uint32_t stops_n;
    struct block *blocks[CUTTER_BLOCKS]; /* the first blocks_n are open */
    uint32_t blocks_n;
    uint32_t choices;
    uint64_t cut;      /* bit: this candidate was */
    uint64_t messages; /* bit: its message is open */
    struct arena *arena;
    struct buf text; /* what was held and what came, joined */
    cutter_emit_fn *emit;
    void *ctx;
};

static void cutter_free(void *p)
{
    struct cutter *c = p;
    buf_fini(&c->text);
}

static void sequence_init(struct sequence *s, struct arena *arena, struct cp_str text)
{
    s->text = text;
    s->fall = arena_need(arena, (text.n + 1) * sizeof(*s->fall));
    for (uint32_t i = 1, k = 0; i < text.n; i++) {
        while (k && text.p[i] != text.p[k])
            k = s->fall[k];
        k += text.p[i] == text.p[k];
        s->fall[i + 1] = k;
    }
}

static uint32_t sequence_step(const struct sequence *s, uint32_t state, char byte)
{
    while (state && s->text.p[state] != byte)
        state = s->fall[state];
    return state + (s->text.p[state] == byte);
}

struct cutter *cutter_new(struct arena *arena, const struct cp_str *stops, size_t stops_n,
                          uint32_t choices, cutter_emit_fn *emit, void *ctx)
{
    struct cutter *c = arena_need(arena, sizeof(*c));

    c->arena = arena;
    c->choices = choices ? choices : 1;
    c->emit = emit;
    c->ctx = ctx;
    for (size_t i = 0; i < stops_n && i < CUTTER_STOPS; i++)
        if (stops[i].n && stops[i].n < UINT32_MAX)
            sequence_init(&c->stops[c->stops_n++], arena, stops[i]);
    buf_init(&c->text, SIZE_MAX / 2);
    arena_at_exit(arena, cutter_free, c);
    return c;
}

bool cutter_has_cut(const struct cutter *c)
{
    return c->cut != 0;
}

bool cutter_is_done(const struct cutter *c)
{
    uint64_t all = c->choices >= 64 ? UINT64_MAX : (UINT64_C(1) << c->choices) - 1;
    return (c->cut & all) == all;
}

static uint64_t bit_of(uint32_t choice)
{
    return UINT64_C(1) << (choice & 63);
}

/* ---- blocks ---- */

static struct block *block_find(struct cutter *c, const struct cp_item *it)
{
    for (uint32_t i = 0; i < c->blocks_n; i++)
        if (c->blocks[i]->index == it->index && c->blocks[i]->choice == it->choice)
            return c->blocks[i];
    return NULL;
}

static struct block *block_open(struct cutter *c, const struct cp_item *it)
{
    if (c->blocks_n == CUTTER_BLOCKS)
        return NULL;
    struct block *b = c->blocks[c->blocks_n];
    if (!b)
        b = c->blocks[c->blocks_n] = arena_need(c->arena, sizeof(*b));
    *b = (struct block){ .kind = it->kind, .index = it->index, .choice = it->choice };
    c->blocks_n++;
    return b;
}

static void block_close(struct cutter *c, struct block *b)
{
    for (uint32_t i = 0; i < c->blocks_n; i++)
        if (c->blocks[i] == b) {
            c->blocks[i] = c->blocks[--c->blocks_n];
            c->blocks[c->blocks_n] = b;
            return;
        }
}

/* The longest sequence that is complete now, or -1; what is held anew. */
static int block_step(const struct cutter *c, struct block *b, char byte)
{
    int found = -1;

    b->held = b->best = 0;
    for (uint32_t i = 0; i < c->stops_n; i++) {
        const struct sequence *s = &c->stops[i];
        uint32_t k = sequence_step(s, b->state[i], byte);
        if (k == s->text.n && (found < 0 || k > c->stops[found].text.n))
            found = (int)i;
        b->state[i] = k == s->text.n ? s->fall[k] : k;
        if (b->state[i] > b->held) {
            b->held = b->state[i];
            b->best = i;
        }
    }
    return found;
}

static void block_reset(struct block *b)
{
    memset(b->state, 0, sizeof(b->state));
    b->held = b->best = 0;
}

/* ---- text ---- */

/* The first n bytes of what was held followed by what came. */
static struct cp_str cutter_join(struct cutter *c, struct cp_str held, struct cp_str came,
                                 size_t n)
{
    if (n <= held.n)
        return str_cut(held, n);
    if (!held.n)
        return str_cut(came, n);
    buf_clear(&c->text);
    buf_add_str(&c->text, held);
    buf_add_str(&c->text, str_cut(came, n - held.n));
    return buf_str(&c->text);
}

/* Everything of this candidate that is open closes, innermost first; then its STOP. */
static int cutter_stop(struct cutter *c, uint32_t choice, struct cp_str match)
{
    int rc = 0;

    for (uint32_t i = c->blocks_n; i-- > 0 && !rc;) {
        struct block *b = c->blocks[i];
        if (b->choice != choice)
            continue;
        struct cp_item end = { CP_ITEM(TEXT), .flags = CP_CLOSE, .index = b->index,
                               .choice = choice, .text = STR("") };
        end.kind = b->kind;
        rc = c->emit(c->ctx, &end);
        block_close(c, b);
    }
    struct cp_item message = { CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_ASSISTANT,
                               .choice = choice };
    if (!rc && c->messages & bit_of(choice))
        rc = c->emit(c->ctx, &message);
    struct cp_item stop = { CP_ITEM(STOP), .sub = CP_STOP_SEQUENCE, .choice = choice,
                            .text = match };
    c->cut |= bit_of(choice);
    return rc ? rc : c->emit(c->ctx, &stop);
}

/* A new segment begins with this piece: nothing reaches over its border. */
static int text_segment(struct cutter *c, struct block *b)
{
    struct cp_item rest = { CP_ITEM(TEXT), .index = b->index, .choice = b->choice };

    if (!b->held)
        return 0;
    rest.text = str_cut(c->stops[b->best].text, b->held);
    block_reset(b);
    return c->emit(c->ctx, &rest);
}

static int text_cut(struct cutter *c, struct block *b, struct cp_item *it, struct cp_str match)
{
    int rc = 0;

    it->flags = (it->flags & ~(uint32_t)CP_CLOSE) | CP_CLOSE;
    rc = c->emit(c->ctx, it);
    block_close(c, b);
    return rc ? rc : cutter_stop(c, it->choice, match);
}

static int cutter_text(struct cutter *c, struct block *b, const struct cp_item *it)
{
    struct cp_item out = *it;
    int rc = it->flags & CP_SEGMENT ? text_segment(c, b) : 0;
    struct cp_str held = str_cut(c->stops[b->best].text, b->held);

    if (rc)
        return rc;
    for (size_t i = 0; i < it->text.n; i++) {
        int found = block_step(c, b, it->text.p[i]);
        if (found < 0)
            continue;
        struct cp_str match = c->stops[found].text;
        out.text = cutter_join(c, held, it->text, held.n + i + 1 - match.n);
        return text_cut(c, b, &out, match);
    }
    bool is_end = it->flags & CP_CLOSE;
    out.text = cutter_join(c, held, it->text, held.n + it->text.n - (is_end ? 0 : b->held));
    if (is_end)
        block_close(c, b);
    return out.text.n || out.flags ? c->emit(c->ctx, &out) : 0;
}

/* ---- items ---- */

/* Of a candidate that was cut only what is nobody's alone is still told. */
static bool is_common(uint32_t kind)
{
    return kind == CP_USAGE || kind == CP_NATIVE || kind == CP_AUX || kind == CP_ERROR ||
           kind == CP_END || kind == CP_CONTROL || kind == CP_START;
}

static int cutter_block(struct cutter *c, const struct cp_item *it)
{
    struct block *b = it->flags & CP_OPEN ? block_open(c, it) : block_find(c, it);

    if (b && it->kind == CP_TEXT)
        return cutter_text(c, b, it);
    if (b && it->flags & CP_CLOSE)
        block_close(c, b);
    return c->emit(c->ctx, it);
}

int cutter_item(struct cutter *c, const struct cp_item *it)
{
    if (c->cut & bit_of(it->choice) && !is_common(it->kind))
        return 0;
    if (it->kind == CP_MESSAGE && it->flags & CP_OPEN)
        c->messages |= bit_of(it->choice);
    else if (it->kind == CP_MESSAGE)
        c->messages &= ~bit_of(it->choice);
    if (grammar_is_block(it->kind))
        return cutter_block(c, it);
    return c->emit(c->ctx, it);
}

size_t cutter_stops(struct arena *arena, struct cp_str json, struct cp_str stops[CUTTER_STOPS])
{
    size_t at = 0, n = 0;
    struct cp_str key, v;

    while (n < CUTTER_STOPS && json_each(json, &at, &key, &v) > 0) {
        struct cp_str text = json_kind(v) == '"' ? json_text(arena, v) : STR_NONE;
        if (text.n)
            stops[n++] = text;
    }
    return n;
}
