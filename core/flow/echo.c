/* SPDX-License-Identifier: MIT */
/*
 * echo - whether what an error says of a word is only what the client itself has written.
 *
 * Who quotes may change quotes, escapes and case, but hardly letters: so only letters and digits are compared.  A string
 * that was quoted brings its own words around the word; an error's words about a name it has found bring the error's.
 * Eleven letters on one side are enough to tell: "unknown name", "extra inputs".  A name in the request that happens to
 * be the same word has other words around it, or none, because each string stands alone.
 *
 * A conversation about such an error has its words, too.  Then nothing is learned from this request; another will teach it.
 */
#include "flow/echo.h"

#include "base/str.h"
#include "flow/letters.h"

#include <string.h>

enum { ERROR_BYTES = 16 * 1024, LONGEST = ECHO_CONTEXT + ECHO_WORD };

static size_t squeeze(struct letters l, char *out, size_t most)
{
    size_t n = 0;

    while (n < most && letters_next(&l, &out[n]))
        n++;
    return n;
}

/* ---- what would be an echo ---- */

static void pattern_add(struct echo *e, const char *p, size_t n)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->lengths[i] == n && memcmp(e->patterns[i], p, n) == 0)
            return;
    if (e->n == ECHO_PATTERNS)
        return;
    memcpy(e->patterns[e->n], p, n);
    e->lengths[e->n++] = n;
}

bool echo_begin(struct echo *e, struct cp_str word, struct cp_str error)
{
    char text[ERROR_BYTES], sought[ECHO_WORD];
    size_t text_n =
        squeeze((struct letters){ .text = error, .has_escapes = true }, text, sizeof(text));
    size_t n = squeeze((struct letters){ .text = word }, sought, sizeof(sought));
    bool is_there = false;

    e->n = e->sieve_n = 0;
    for (size_t i = 0; n && i + n <= text_n; i++) {
        if (memcmp(text + i, sought, n) != 0)
            continue;
        is_there = true;
        if (i >= ECHO_CONTEXT)
            pattern_add(e, text + i - ECHO_CONTEXT, ECHO_CONTEXT + n);
        if (i + n + ECHO_CONTEXT <= text_n)
            pattern_add(e, text + i, n + ECHO_CONTEXT);
    }
    return is_there;
}

/* ---- listening ---- */

static bool sieve_has(const struct echo *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (str_find(str_n(e->sieve, e->sieve_n), str_n(e->patterns[i], e->lengths[i])) >= 0)
            return true;
    return false;
}

static bool hear(struct echo *e, char c)
{
    e->sieve[e->sieve_n++] = c;
    if (e->sieve_n < ECHO_SIEVE)
        return false;
    bool is_there = sieve_has(e);
    memmove(e->sieve, e->sieve + ECHO_SIEVE - LONGEST, LONGEST);
    e->sieve_n = LONGEST;
    return is_there;
}

/* The end of a string: the next one does not go on with it. */
static bool hear_end(struct echo *e)
{
    bool is_there = sieve_has(e);

    e->sieve_n = 0;
    return is_there;
}

static bool hear_all(struct echo *e, struct letters l)
{
    bool is_there = false;
    char c;

    while (!is_there && letters_next(&l, &c))
        is_there = hear(e, c);
    return hear_end(e) || is_there;
}

bool echo_hears(struct echo *e, struct cp_str text)
{
    return hear_all(e, (struct letters){ .text = text });
}

bool echo_hears_json(struct echo *e, struct cp_str json)
{
    struct cp_str string;

    for (size_t at = 0; letters_string(json, &at, &string);)
        if (hear_all(e, (struct letters){ .text = string, .has_escapes = true }))
            return true;
    return false;
}
