/* SPDX-License-Identifier: MIT */
/*
 * bytes - JSON's bytes by class, one at a time and eight at a time.
 *
 * A mask has the top bit of every byte that matches; only the lowest match is exact, which is the
 * only one asked for (a borrow can make a false one above a true one, never below).
 * source: the zero-byte test, Mycroft 1987
 */
#ifndef JSON_BYTES_H
#define JSON_BYTES_H

#include "base/utf8.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BYTES_WORD = 8 };

#define BYTES_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t bytes_load(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof(w));
    return le64toh(w);
}

static inline uint64_t bytes_zero(uint64_t w)
{
    return (w - BYTES_ALL(0x01)) & ~w & BYTES_ALL(0x80);
}

/* Bytes a JSON string cannot hold as they are, or that need a second look: " \ < 0x20, >= 0x80. */
static inline uint64_t bytes_special(uint64_t w)
{
    uint64_t quote = (w ^ BYTES_ALL('"')) - BYTES_ALL(0x01);
    uint64_t slash = (w ^ BYTES_ALL('\\')) - BYTES_ALL(0x01);
    uint64_t control = w - BYTES_ALL(0x20);
    return ((quote | slash | control) & ~w & BYTES_ALL(0x80)) | (w & BYTES_ALL(0x80));
}

/* Offset of the lowest match; mask is not 0. */
static inline size_t bytes_first(uint64_t mask)
{
    return (size_t)__builtin_ctzll(mask) / 8;
}

static inline bool bytes_is_special(char c)
{
    unsigned char u = (unsigned char)c;
    return u < 0x20 || u >= 0x80 || u == '"' || u == '\\';
}

/* The first special byte from p on, or end. */
static inline const char *bytes_plain_end(const char *p, const char *end)
{
    while (end - p >= BYTES_WORD) {
        uint64_t mask = bytes_special(bytes_load(p));
        if (mask)
            return p + bytes_first(mask);
        p += BYTES_WORD;
    }
    while (p < end && !bytes_is_special(*p))
        p++;
    return p;
}

/* Most scripts that are not Latin: three bytes, and neither of the two leads with exceptions.
 * Four bytes must be there. */
static inline bool bytes_is_plain_three(const char *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof(w));
    w = le32toh(w);
    return (w & 0x00C0C0F0) == 0x008080E0 && (w & 0xFF) != 0xE0 && (w & 0xFF) != 0xED;
}

/* The end of a run of characters beyond ASCII; where that is a byte >= 0x80, it is not UTF-8. */
static inline const char *bytes_wide_end(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p >= 0x80) {
        if (end - p >= 4 && bytes_is_plain_three(p)) {
            p += 3;
            continue;
        }
        size_t n = utf8_len(p, (size_t)(end - p));
        if (n == 0)
            break;
        p += n;
    }
    return p;
}

static inline bool bytes_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline const char *bytes_skip_space(const char *p, const char *end)
{
    while (p < end && bytes_is_space(*p)) {
        p++;
        while (end - p >= BYTES_WORD && bytes_load(p) == BYTES_ALL(' '))
            p += BYTES_WORD;
    }
    return p;
}

/* The value of a hexadecimal digit, or -1. */
static inline int bytes_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The letter that escapes c after a backslash, or 0: only \u can. */
static inline char bytes_letter(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/* What the letter after a backslash stands for, or 0: no escape, or \u. */
static inline char bytes_escaped(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

#endif
