/* SPDX-License-Identifier: MIT */
/*
 * halves - the text of deltas whose cuts fall between the halves of a surrogate pair.
 *
 * A server that escapes what is not ASCII may end one delta with \ud83d and begin the next with
 * \ude00.  The first half is kept and put before what follows.
 */
#include "claude.h"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first half that the string literal s ends in; 0: none. */
static uint32_t half_at_end(struct cp_str s)
{
    uint32_t code = 0;
    size_t slashes = 0;

    if (s.n < 8 || s.p[s.n - 7] != '\\' || s.p[s.n - 6] != 'u')
        return 0;
    for (size_t i = s.n - 5; i < s.n - 1; i++) {
        int digit = hex_of(s.p[i]);
        if (digit < 0)
            return 0;
        code = code * 16 + (uint32_t)digit;
    }
    while (slashes + 8 <= s.n && s.p[s.n - 7 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 1 && code >= 0xD800 && code <= 0xDBFF ? code : 0;
}

struct cp_str claude_halves(struct cp_call *call, struct cp_str string, uint32_t *half)
{
    uint32_t kept = *half, next = json->kind(string) == '"' ? half_at_end(string) : 0;

    if (json->kind(string) != '"' || (!kept && !next))
        return json->text(call, string);
    if (string.n == 2) /* nothing came: the half waits on */
        return S("");
    size_t n = string.n - 2 - (next ? 6 : 0);
    struct cp_str whole =
        kept ? claude_format(call, "\"\\u%04x%.*s\"", (unsigned)kept, (int)n, string.p + 1)
             : claude_format(call, "\"%.*s\"", (int)n, string.p + 1);
    *half = next;
    return json->text(call, whole);
}
