/* SPDX-License-Identifier: MIT */
/*
 * utf8 - validate; cut at a boundary; encode.
 *
 * source: RFC 3629, Unicode 15 table 3-7 (well-formed byte sequences)
 */
#include "base/utf8.h"

#include <string.h>

static int utf8_is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

size_t utf8_len(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    if (n == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    if (p[0] < 0xE0)
        return n >= 2 && utf8_is_tail(p[1]) ? 2 : 0;
    if (p[0] < 0xF0) {
        if (n < 3 || !utf8_is_tail(p[1]) || !utf8_is_tail(p[2]))
            return 0;
        /* E0 80-9F would be overlong, ED A0-BF a surrogate */
        if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
            return 0;
        return 3;
    }
    if (n < 4 || !utf8_is_tail(p[1]) || !utf8_is_tail(p[2]) || !utf8_is_tail(p[3]))
        return 0;
    /* F0 80-8F would be overlong, F4 90-BF beyond U+10FFFF */
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return 4;
}

size_t utf8_valid(struct cp_str s)
{
    size_t i = 0;
    while (i < s.n) {
        uint64_t word;
        while (s.n - i >= sizeof(word)) {
            memcpy(&word, s.p + i, sizeof(word));
            if (word & 0x8080808080808080u)
                break;
            i += sizeof(word);
        }
        size_t step = utf8_len(s.p + i, s.n - i);
        if (step == 0)
            break;
        i += step;
    }
    return i;
}

size_t utf8_cut(struct cp_str s, size_t n)
{
    if (n >= s.n)
        return s.n;
    size_t back = 0;
    while (back < 3 && back < n && utf8_is_tail((unsigned char)s.p[n - back]))
        back++;
    /* no first byte where one must be: not UTF-8, so any cut is as good */
    return utf8_is_tail((unsigned char)s.p[n - back]) ? n : n - back;
}

size_t utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = 0xFFFD;
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code >> 18));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}
