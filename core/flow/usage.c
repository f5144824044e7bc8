/* SPDX-License-Identifier: MIT */
/*
 * usage - the token counts of one answer: what the upstream told, and what is told in place of nonsense.
 */
#include "flow/usage.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/estimate.h"
#include "ir/tape.h"

enum {
    INPUT_LEAST = 10,
    OFF_PERCENT = 5,
    PIECES_LEAST = 8, /* fewer pieces say nothing */
    PIECES_OTHER = 4, /* what ends a stream is counted with them */
    ASK = -2
};

void usage_init(struct usage *u, bool is_low_quality, int64_t (*ask)(void *), void *ctx)
{
    *u = (struct usage){
        .is_low_quality = is_low_quality, .ask = ask, .ctx = ctx, .input = ASK
    };
    for (int i = 0; i < USAGE_METERS; i++)
        u->told[i] = u->said[i] = -1;
    u->given[0] = u->given[1] = -1;
}

static int64_t usage_input(struct usage *u)
{
    if (u->input == ASK)
        u->input = u->ask ? u->ask(u->ctx) : -1;
    return u->input;
}

static int64_t at_least_0(int64_t n)
{
    return n < 0 ? 0 : n;
}

/* Tokens of the text that went by; -1: none did. */
static int64_t usage_text(const struct usage *u)
{
    if (u->units)
        return estimate_tokens(u->units);
    return u->pieces > PIECES_LEAST ? u->pieces - PIECES_OTHER : -1;
}

int64_t usage_seen(const struct usage *u)
{
    return at_least_0(usage_text(u));
}

static bool is_off(int64_t told, int64_t estimate)
{
    int64_t off = told > estimate ? told - estimate : estimate - told;
    return off * 100 > estimate * OFF_PERCENT;
}

/* ---- what is told --------------------------------------------------------- */

static bool is_cache(uint32_t meter)
{
    return meter == CP_CACHE_READ || meter == CP_CACHE_WRITE_5M || meter == CP_CACHE_WRITE_1H;
}

static void usage_hear(struct usage *u, const struct cp_item *it)
{
    if (it->kind == CP_USAGE && it->sub < USAGE_METERS) {
        u->has_cache |= is_cache(it->sub) && it->num > 0;
        if (it->num > u->told[it->sub])
            u->told[it->sub] = it->num;
    }
    int64_t units = estimate_units_out(it);
    u->units += units;
    u->has_content |= units > 0;
}

/* ---- what is said --------------------------------------------------------- */

static void say_input(struct usage *u, bool is_end)
{
    int64_t told = u->told[CP_INPUT], *said = &u->said[CP_INPUT];

    if (told > *said)
        *said = told;
    if (u->has_cache) {
        *said = told;
        return;
    }
    if (u->is_low_quality && (is_end || told >= 0)) {
        if (usage_input(u) > 0 && (told < 0 || is_off(told, u->input)))
            *said = u->input;
        return;
    }
    if (told >= INPUT_LEAST) {
        *said = told;
        return;
    }
    bool is_nothing = told <= 1 && (is_end || told >= 0);
    bool is_early = told >= 0 && !u->has_content && !is_end;
    if ((is_nothing && usage_input(u) > told) ||
        (is_early && usage_input(u) >= 2 * INPUT_LEAST))
        *said = u->input;
}

static void say_output(struct usage *u, bool is_end)
{
    int64_t hidden = at_least_0(u->told[CP_REASONING_TOKENS]);
    int64_t told = at_least_0(u->told[CP_OUTPUT]) + hidden, text = usage_text(u);

    u->said[CP_OUTPUT] = u->told[CP_OUTPUT];
    if (!is_end || text < 0)
        return;
    bool is_wrong = u->is_low_quality && !hidden && u->units && is_off(told, text);
    if (is_wrong || (told <= 1 && text > 2 * told))
        u->said[CP_OUTPUT] = text > hidden ? text - hidden : 0;
}

static void usage_say(struct usage *u, bool is_end)
{
    for (int i = 0; i < USAGE_METERS; i++)
        if (i != CP_INPUT && i != CP_OUTPUT)
            u->said[i] = u->told[i];
    say_input(u, is_end);
    say_output(u, is_end);
}

void usage_end(struct usage *u)
{
    usage_say(u, true);
}

bool usage_is_estimated(const struct usage *u)
{
    return u->said[CP_INPUT] != u->told[CP_INPUT] || u->said[CP_OUTPUT] != u->told[CP_OUTPUT];
}

/* ---- on the tape ---------------------------------------------------------- */

/* Before the END that is the tape's last item. */
static void usage_insert(struct cp_tape *t, uint32_t meter, int64_t tokens)
{
    struct cp_item *it = arena_need(t->own ? t->own : t->arena, sizeof(*it));

    *it = (struct cp_item){ CP_ITEM(USAGE), .sub = meter, .num = tokens };
    if (t->n == t->cap) {
        uint32_t cap = t->cap + 4;
        struct cp_item **items = arena_need(t->arena, cap * sizeof(*items));
        memcpy(items, t->items, t->n * sizeof(*items));
        t->items = items;
        t->cap = cap;
    }
    t->items[t->n] = t->items[t->n - 1];
    t->items[t->n - 1] = it;
    t->n++;
    t->kinds |= CP_BIT(CP_USAGE);
}

static bool tape_ends(const struct cp_tape *t)
{
    return t->n && t->items[t->n - 1]->kind == CP_END;
}

/* The last word of a meter on this tape; -1: none. */
static int64_t last_on(const struct cp_tape *t, uint32_t meter)
{
    int64_t last = -1;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->items[i]->kind == CP_USAGE && t->items[i]->sub == meter)
            last = t->items[i]->num;
    return last;
}

/* Is this the frame after which no number will come? */
static bool usage_ends(struct usage *u, const struct cp_tape *t)
{
    bool has_usage = false, has_stop = false;

    for (uint32_t i = 0; i < t->n; i++) {
        has_usage |= t->items[i]->kind == CP_USAGE;
        has_stop |= t->items[i]->kind == CP_STOP;
    }
    u->has_stop |= has_stop;
    if (!u->is_passing)
        return tape_ends(t);
    return (has_stop && !u->is_late) || (u->has_stop && has_usage);
}

static bool usage_replace(const struct usage *u, struct cp_tape *t)
{
    bool is_changed = false;

    for (uint32_t i = 0; i < t->n; i++) {
        struct cp_item *it = t->items[i];
        if (it->kind != CP_USAGE || it->sub >= USAGE_METERS || it->num == u->said[it->sub])
            continue;
        it->num = u->said[it->sub];
        is_changed = true;
    }
    return is_changed;
}

bool usage_mend(struct usage *u, struct cp_tape *t)
{
    static const uint32_t mended[] = { CP_INPUT, CP_OUTPUT };
    bool is_end = usage_ends(u, t);

    for (uint32_t i = 0; i < t->n; i++)
        usage_hear(u, t->items[i]);
    usage_say(u, is_end);
    bool is_changed = usage_replace(u, t);
    for (int k = 0; k < 2; k++) {
        int64_t said = u->said[mended[k]], last = last_on(t, mended[k]);
        if (last >= 0)
            u->given[k] = last;
        if (!is_end || said < 0 || said == u->given[k])
            continue;
        is_changed = true;
        if (!u->is_passing) {
            usage_insert(t, mended[k], said);
            u->given[k] = said;
        }
    }
    return is_changed;
}

bool usage_has_hole(const struct usage *u, const struct cp_tape *t)
{
    int64_t n[USAGE_METERS];
    bool has_cache = false;

    for (uint32_t m = 0; m < USAGE_METERS; m++) {
        n[m] = last_on(t, m);
        has_cache |= is_cache(m) && n[m] > 0;
    }
    int64_t output = at_least_0(n[CP_OUTPUT]) + at_least_0(n[CP_REASONING_TOKENS]);
    return u->is_low_quality || (n[CP_INPUT] <= 1 && !has_cache) || output <= 1;
}

void usage_tape(const struct usage *u, struct arena *arena, struct cp_tape *t)
{
    tape_init(t, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(t, &(struct cp_item){ CP_ITEM(START), .name = STR("") });
    for (uint32_t m = 1; m < USAGE_METERS; m++)
        if (u->said[m] >= 0)
            tape_emit(t, &(struct cp_item){ CP_ITEM(USAGE), .sub = m, .num = u->said[m] });
    tape_emit(t, &(struct cp_item){ CP_ITEM(END) });
}
