/* SPDX-License-Identifier: MIT */
/*
 * gzip - the gzip format without compression: every piece is a stored block.
 *
 * Enough to see whether a peer decodes, and written so that each event can be decoded as soon as
 * its bytes are there. source: RFC 1951 3.2.4, RFC 1952.
 */
#include "conn.h"

static uint32_t crc_add(uint32_t crc, const char *p, size_t n)
{
    static uint32_t table[256];

    if (!table[1]) {
        for (uint32_t i = 255; i > 0; i--) { /* table[1] last: others may be reading */
            uint32_t v = i;
            for (int k = 0; k < 8; k++)
                v = v & 1 ? v >> 1 ^ 0xEDB88320u : v >> 1;
            table[i] = v;
        }
    }
    crc = ~crc;
    for (size_t i = 0; i < n; i++)
        crc = crc >> 8 ^ table[(crc ^ (unsigned char)p[i]) & 255];
    return ~crc;
}

static void put_le(struct text *out, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char c = (char)(v >> 8 * i);
        text_add(out, &c, 1);
    }
}

void gzip_begin(struct conn *c, struct text *out)
{
    c->crc = 0;
    c->packed_size = 0;
    text_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
}

static void put_block(struct text *out, const char *p, size_t n, bool is_final)
{
    put_le(out, is_final, 1);
    put_le(out, (uint32_t)n, 2);
    put_le(out, ~(uint32_t)n, 2);
    text_add(out, p, n);
}

void gzip_add(struct conn *c, struct text *out, struct slice s)
{
    c->crc = crc_add(c->crc, s.at, s.n);
    c->packed_size += (uint32_t)s.n;
    while (s.n) {
        size_t n = s.n < 65535 ? s.n : 65535;
        put_block(out, s.at, n, false);
        s = (struct slice){ s.at + n, s.n - n };
    }
}

void gzip_end(struct conn *c, struct text *out)
{
    put_block(out, "", 0, true);
    put_le(out, c->crc, 4);
    put_le(out, c->packed_size, 4);
}
