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

#endif
