/* SPDX-License-Identifier: MIT */
/*
 * chat_stream_text - the text of fragments: what piles up, and surrogate pairs cut in two.
 *
 * A server that escapes what is not ASCII may cut a stream between the two halves of a pair.  The
 * first half is kept back and put before the next fragment.
 */
#include "chat_stream.h"

#include <string.h>

void chat_rx_append(struct cp_call *call, struct rx_buffer *b, struct cp_str s)
{
    if (s.n > b->room - b->n) {
        size_t room = (b->n + s.n) * 2 + 64;
        char *p = H->alloc(call, room);
        if (p == NULL)
            return;
        if (b->n > 0)
            memcpy(p, b->p, b->n);
        b->p = p;
        b->room = room;
    }
    if (s.n > 0)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The high surrogate that the string s (with quotes) ends in; 0: none. */
static uint32_t trailing_high(struct cp_str s)
{
    uint32_t code = 0;
    size_t slashes = 0;

    if (s.n < 8 || s.p[s.n - 7] != '\\' || s.p[s.n - 6] != 'u')
        return 0;
    for (size_t i = s.n - 5; i < s.n - 1; i++) {
        int digit = hex_value(s.p[i]);
        if (digit < 0)
            return 0;
        code = code * 16 + (uint32_t)digit;
    }
    while (slashes < s.n - 7 && s.p[s.n - 7 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 1 && code >= 0xD800 && code <= 0xDBFF ? code : 0;
}

struct cp_str chat_rx_text(struct cp_call *call, struct cp_str string, uint32_t *high)
{
    uint32_t tail = trailing_high(string), head = *high;
    struct cp_str parts[4] = { S("\""), { NULL, 0 }, { NULL, 0 }, S("\"") };

    if ((head == 0 && tail == 0) || string.n <= 2)
        return string.n <= 2 ? S("") : J->text(call, string);
    if (head != 0)
        parts[1] = openai_text_format(call, "\\u%04x", (unsigned)head);
    parts[2] = (struct cp_str){ string.p + 1, string.n - 2 - (tail != 0 ? 6 : 0) };
    *high = tail;
    return J->text(call, openai_text_join(call, parts, 4));
}
