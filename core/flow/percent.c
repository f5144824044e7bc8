/* SPDX-License-Identifier: MIT */
/*
 * percent - percent-encoding, both ways.  source: RFC 3986 2.1, 2.3
 */
#include "flow/percent.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

static int percent_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct cp_str percent_decode(struct arena *arena, struct cp_str s)
{
    if (!s.p || str_chr(s, '%') < 0)
        return s;
    char *out = arena_z(arena, s);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        bool is_escape = s.p[i] == '%' && i + 2 < s.n && percent_hex(s.p[i + 1]) >= 0 &&
                         percent_hex(s.p[i + 2]) >= 0;
        out[n++] =
            is_escape ? (char)(percent_hex(s.p[i + 1]) * 16 + percent_hex(s.p[i + 2])) : s.p[i];
        i += is_escape ? 2 : 0;
    }
    return str_n(out, n);
}

void percent_encode(struct buf *out, struct cp_str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        if (is_plain) {
            buf_add_c(out, (char)c);
            continue;
        }
        buf_add_c(out, '%');
        buf_add_c(out, digits[c >> 4]);
        buf_add_c(out, digits[c & 15]);
    }
}
