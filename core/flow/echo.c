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

#include <string.h>

enum { ERROR_BYTES = 16 * 1024, LONGEST = ECHO_CONTEXT + ECHO_WORD };

/* A letter in lower case or a digit; 0: something else. */
static char plain(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character that an escape at *at stands for; *at moves behind it. */
static char unescape(struct cp_str s, size_t *at)
{
    int code = 0;

    *at += 2;
    if (*at > s.n || s.p[*at - 1] != 'u' || s.n - *at < 4)
        return '\0';
    for (size_t i = 0; i < 4 && code >= 0; i++) {
        int digit = hex(s.p[*at + i]);
        code = digit < 0 ? -1 : code * 16 + digit;
    }
    *at += code < 0 ? 0 : 4;
    return code > 0 && code < 0x80 ? plain((char)code) : '\0';
}

static char next(struct cp_str s, size_t *at, bool has_escapes)
{
    if (has_escapes && s.p[*at] == '\\')
        return unescape(s, at);
    return plain(s.p[(*at)++]);
}

static size_t squeeze(struct cp_str s, bool has_escapes, char *out, size_t most)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n && n < most;) {
        char c = next(s, &at, has_escapes);
        if (c)
            out[n++] = c;
    }
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
    size_t text_n = squeeze(error, true, text, sizeof(text));
    size_t n = squeeze(word, false, sought, sizeof(sought));
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

bool echo_hears(struct echo *e, struct cp_str text)
{
    bool is_there = false;

    for (size_t at = 0; at < text.n && !is_there;) {
        char c = next(text, &at, false);
        is_there = c && hear(e, c);
    }
    return hear_end(e) || is_there;
}

/* at: behind the opening quote; returns the place of the closing one. */
static size_t hear_string(struct echo *e, struct cp_str json, size_t at, bool *is_there)
{
    while (at < json.n && json.p[at] != '"') {
        char c = next(json, &at, true);
        *is_there |= c && hear(e, c);
    }
    *is_there |= hear_end(e);
    return at;
}

bool echo_hears_json(struct echo *e, struct cp_str json)
{
    bool is_there = false;

    for (size_t at = 0; at < json.n && !is_there; at++)
        if (json.p[at] == '"')
            at = hear_string(e, json, at + 1, &is_there);
    return is_there;
}
