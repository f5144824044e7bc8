/* SPDX-License-Identifier: MIT */
/*
 * unquote - an error without what it only repeats of the request.
 *
 * A string of the request is a quotation in the error if all its letters stand there together and apart from other words:
 * between quotes, before a colon.  Who quotes may cut: then many of its first letters are enough.  "credit" in
 * "credit balance is too low" is none, although some schema may have a member of that name.
 *
 * The error is short and the request may be long: so the error's groups of six letters are put into a table once, and each
 * string of the request costs one look, unless it begins like something there.
 */
#include "flow/unquote.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "flow/letters.h"

#include <string.h>

enum {
    LETTERS = 16 * 1024, /* of the error */
    GROUP = 6,
    CUT_LEAST = 20, /* letters of a quotation that was cut */
    HEADS = 4096,
    PLACES_MOST = 8,            /* looked at for one string */
    WORK_MOST = 4 * 1024 * 1024 /* letters compared; who needs more makes trouble */
};

struct letter {
    uint32_t from, to; /* in the error */
    uint16_t next;     /* place + 1 of the next group with this hash */
    char c;            /* 0: between two strings */
};

struct unquote {
    struct arena *arena;
    struct cp_str error;
    char *own; /* its copy with dashes; NULL: nothing was found */
    uint32_t n, most, work;
    uint16_t heads[HEADS];
    struct letter *letters; /* room for most: errors are short, and the arena lives long */
};

/* ---- the error ---- */

static void add_letter(struct unquote *u, uint32_t from, uint32_t to, char c)
{
    if (u->n < u->most)
        u->letters[u->n++] = (struct letter){ .from = from, .to = to, .c = c };
}

static void add_string(struct unquote *u, struct cp_str string, bool has_escapes)
{
    struct letters l = { .text = string, .has_escapes = has_escapes };
    uint32_t base = (uint32_t)(string.p - u->error.p);
    char c;

    while (u->n < u->most && letters_next(&l, &c))
        add_letter(u, base + (uint32_t)l.from, base + (uint32_t)l.at, c);
    add_letter(u, 0, 0, '\0');
}

static uint32_t group_hash(const char group[GROUP])
{
    return (uint32_t)hash_str(str_n(group, GROUP)) % HEADS;
}

static void index_groups(struct unquote *u)
{
    char group[GROUP];

    for (uint32_t i = u->n < GROUP ? 0 : u->n - GROUP + 1; i-- > 0;) {
        for (uint32_t k = 0; k < GROUP; k++)
            group[k] = u->letters[i + k].c;
        uint16_t *head = &u->heads[group_hash(group)];
        u->letters[i].next = *head;
        *head = (uint16_t)(i + 1);
    }
}

/* Names of members are the service's own. */
static bool is_member(struct cp_str error, size_t at)
{
    return str_begins(str_trim(str_from(error, at)), ":");
}

struct unquote *unquote_begin(struct arena *arena, struct cp_str error)
{
    struct unquote *u = arena_need(arena, sizeof(*u));
    struct cp_str start = str_trim(error), string;
    size_t at = 0;

    u->arena = arena;
    u->error = error;
    u->most = error.n < LETTERS ? (uint32_t)error.n + 1 : LETTERS;
    u->letters = arena_need(arena, u->most * sizeof(*u->letters));
    if (str_begins(start, "{") || str_begins(start, "["))
        while (u->n < u->most && letters_string(error, &at, &string)) {
            if (!is_member(error, at))
                add_string(u, string, true);
        }
    else
        add_string(u, error, false);
    index_groups(u);
    return u;
}

/* ---- one string of the request ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* Another word, or a part of the same one, comes next in this direction. */
static bool is_joined(struct cp_str error, size_t at, int step)
{
    while (at < error.n && error.p[at] == ' ')
        at += (size_t)step; /* before the beginning is beyond the end, too */
    char c = at < error.n ? error.p[at] : '"';

    return is_letter(c) || c == '-' || c == '_';
}

static bool stands_apart(const struct unquote *u, uint32_t place, uint32_t n)
{
    size_t before = (size_t)u->letters[place].from - 1, after = u->letters[place + n - 1].to;

    return !is_joined(u->error, before, -1) && !is_joined(u->error, after, 1);
}

static void take_out(struct unquote *u, uint32_t place, uint32_t n)
{
    if (!u->own) {
        u->own = arena_need(u->arena, u->error.n + 1);
        memcpy(u->own, u->error.p, u->error.n);
    }
    for (uint32_t i = place; i < place + n; i++) {
        const struct letter *l = &u->letters[i];
        if (l->to - l->from == 1)
            u->own[l->from] = '-';
        else
            memcpy(u->own + l->from, "\\u002d", 6);
    }
}

/* How many letters are the same from place on; *is_whole: all of the string. */
static uint32_t compare(struct unquote *u, struct letters l, uint32_t place, bool *is_whole)
{
    uint32_t n = 0;
    char c = '\0';

    while ((*is_whole = !letters_next(&l, &c)) == false && place + n < u->n &&
           u->letters[place + n].c == c)
        n++;
    u->work += n + 1;
    return n;
}

static void seek(struct unquote *u, struct letters l, bool is_name)
{
    struct letters start = l;
    char group[GROUP];
    bool is_whole;

    for (uint32_t i = 0; i < GROUP; i++)
        if (!letters_next(&start, &group[i]))
            return;
    uint32_t place = u->heads[group_hash(group)];
    for (int i = 0; place && i < PLACES_MOST && u->work < WORK_MOST; i++) {
        uint32_t n = compare(u, l, place - 1, &is_whole);
        bool is_quote = is_whole && (is_name || stands_apart(u, place - 1, n));
        if (n >= GROUP && (is_quote || n >= CUT_LEAST))
            take_out(u, place - 1, n);
        place = u->letters[place - 1].next;
    }
}

void unquote_text(struct unquote *u, struct cp_str text, bool is_name)
{
    seek(u, (struct letters){ .text = text }, is_name);
}

void unquote_json(struct unquote *u, struct cp_str json)
{
    struct cp_str string;

    for (size_t at = 0; u->work < WORK_MOST && letters_string(json, &at, &string);)
        seek(u, (struct letters){ .text = string, .has_escapes = true }, false);
}

struct cp_str unquote_rest(const struct unquote *u)
{
    return u->own ? str_n(u->own, u->error.n) : STR_NONE;
}
