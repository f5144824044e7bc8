/* SPDX-License-Identifier: MIT */
/*
 * letters - the letters and digits of a text, whatever quotes, blanks, escapes and case it has them in.
 */
#include "flow/letters.h"

#include "base/str.h"
#include "base/utf8.h"

#include <stdint.h>

static bool plain(char *c)
{
    if (*c >= 'A' && *c <= 'Z')
        *c = (char)(*c | 0x20);
    return (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || (unsigned char)*c >= 0x80;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An escape stands at at. */
static void unescape(struct letters *l)
{
    struct cp_str digits = str_from(l->text, l->at + 2);
    bool is_code = l->text.n - l->at >= 6 && l->text.p[l->at + 1] == 'u';
    uint32_t code = 0;

    for (size_t i = 0; is_code && i < 4; i++) {
        int digit = hex(digits.p[i]);
        is_code = digit >= 0;
        code = code * 16 + (uint32_t)digit;
    }
    l->at += is_code ? 6 : 2;
    if (l->at > l->text.n)
        l->at = l->text.n;
    l->held_at = 0;
    l->held_n = is_code ? utf8_put(code, l->held) : 0;
}

bool letters_next(struct letters *l, char *c)
{
    for (;;) {
        while (l->held_at < l->held_n) {
            *c = l->held[l->held_at++];
            if (plain(c))
                return true;
        }
        if (l->at >= l->text.n)
            return false;
        l->from = l->at;
        if (l->has_escapes && l->text.p[l->at] == '\\') {
            unescape(l);
            continue;
        }
        *c = l->text.p[l->at++];
        if (plain(c))
            return true;
    }
}

bool letters_string(struct cp_str json, size_t *at, struct cp_str *string)
{
    while (*at < json.n && json.p[*at] != '"')
        ++*at;
    if (*at >= json.n)
        return false;
    size_t from = ++*at;
    while (*at < json.n && json.p[*at] != '"')
        *at += json.p[*at] == '\\' ? 2 : 1;
    size_t end = *at < json.n ? *at : json.n;
    ++*at;
    *string = str_n(json.p + from, end - from);
    return true;
}
