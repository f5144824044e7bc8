/* SPDX-License-Identifier: MIT */
/*
 * chat_repair - JSON that a sloppy server spelled, made readable.
 *
 * Three sins are common among compatible servers and harmless: NaN and Infinity where a
 * logprob should be, raw control bytes inside strings, and UTF-8 cut in the middle.  They
 * become null, an escape, and U+FFFD.  Everything else stays what it is, and an error.
 */
#include "chat.h"

#include <string.h>

/* Length of the well-formed UTF-8 sequence at p, 0 if there is none. */
static size_t sequence_bytes(const unsigned char *p, size_t n)
{
    size_t need = p[0] < 0x80   ? 1
                  : p[0] < 0xC2 ? 0
                  : p[0] < 0xE0 ? 2
                  : p[0] < 0xF0 ? 3
                  : p[0] < 0xF5 ? 4
                                : 0;

    if (need == 0 || need > n)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return need;
}

static size_t put(char *to, const char *s)
{
    size_t n = strlen(s);

    memcpy(to, s, n);
    return n;
}

static size_t bad_number(struct cp_str rest)
{
    static const char *const names[] = { "-Infinity", "Infinity", "NaN", "-NaN" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (openai_text_begins(rest, names[i]))
            return strlen(names[i]);
    return 0;
}

/* One byte or sequence of a string's inside; how much was read. */
static size_t repair_inside(char *to, size_t *n, struct cp_str rest, int *in_string)
{
    unsigned char c = (unsigned char)rest.p[0];
    size_t bytes;

    if (c == '\\' && rest.n > 1 && (unsigned char)rest.p[1] >= 0x20 && rest.p[1] > 0) {
        to[(*n)++] = rest.p[0];
        to[(*n)++] = rest.p[1];
        return 2;
    }
    if (c == '"')
        *in_string = 0;
    if (c < 0x20) {
        static const char hex[] = "0123456789abcdef";
        *n += put(to + *n, "\\u00");
        to[(*n)++] = hex[c >> 4];
        to[(*n)++] = hex[c & 15];
        return 1;
    }
    bytes = sequence_bytes((const unsigned char *)rest.p, rest.n);
    if (bytes == 0) {
        *n += put(to + *n, "\xEF\xBF\xBD");
        return 1;
    }
    memcpy(to + *n, rest.p, bytes);
    *n += bytes;
    return bytes;
}

struct cp_str chat_repair_json(struct cp_call *call, struct cp_str text)
{
    char *p = text.n < SIZE_MAX / 8 ? H->alloc(call, text.n * 6 + 1) : NULL;
    size_t n = 0;
    int in_string = 0;

    if (p == NULL)
        return text;
    for (size_t i = 0; i < text.n;) {
        struct cp_str rest = { text.p + i, text.n - i };
        size_t bad = in_string ? 0 : bad_number(rest);
        if (in_string) {
            i += repair_inside(p, &n, rest, &in_string);
        } else if (bad > 0) {
            n += put(p + n, "null");
            i += bad;
        } else {
            in_string = text.p[i] == '"';
            p[n++] = text.p[i++];
        }
    }
    return (struct cp_str){ p, n };
}
