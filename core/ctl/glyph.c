/* SPDX-License-Identifier: MIT */
/*
 * glyph - text of strangers on a terminal: made harmless, measured in columns, cut between characters.
 *
 * The C library's wcwidth() depends on the locale and says -1 for all of it in the C locale, where scripts run; the
 * ranges that matter are few.  source: Unicode 15 EastAsianWidth.txt (W, F) and DerivedGeneralCategory.txt (Mn, Me, Cf)
 */
#include "ctl/glyph.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

static const struct range combining[] = {
    { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD },   { 0x0610, 0x061A },
    { 0x064B, 0x065F }, { 0x0670, 0x0670 }, { 0x06D6, 0x06DC },   { 0x0900, 0x0902 },
    { 0x093C, 0x093C }, { 0x0941, 0x0948 }, { 0x094D, 0x094D },   { 0x0E31, 0x0E31 },
    { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF },   { 0x1DC0, 0x1DFF },
    { 0x200B, 0x200D }, { 0x20D0, 0x20F0 }, { 0x302A, 0x302D },   { 0x3099, 0x309A },
    { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0x1F3FB, 0x1F3FF }, { 0xE0100, 0xE01EF },
};

static const struct range wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x23E9, 0x23EC },   { 0x25FD, 0x25FE },
    { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26A1, 0x26A1 },   { 0x26BD, 0x26BE },
    { 0x2705, 0x2705 },   { 0x270A, 0x270B },   { 0x2728, 0x2728 },   { 0x274C, 0x274C },
    { 0x2753, 0x2755 },   { 0x2795, 0x2797 },   { 0x2B1B, 0x2B1C },   { 0x2B50, 0x2B50 },
    { 0x2E80, 0x303E },   { 0x3041, 0xA4CF },   { 0xA960, 0xA97C },   { 0xAC00, 0xD7A3 },
    { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },
    { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF }, { 0x1F18E, 0x1F19A }, { 0x1F200, 0x1F320 },
    { 0x1F32D, 0x1F335 }, { 0x1F337, 0x1F3FA }, { 0x1F400, 0x1F64F }, { 0x1F680, 0x1F6FF },
    { 0x1F7E0, 0x1F7EB }, { 0x1F90C, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

/* Line and paragraph separators, marks and overrides of direction, the byte order mark, tags that nobody sees. */
static const struct range harmful[] = {
    { 0x0000, 0x001F }, { 0x007F, 0x009F }, { 0x061C, 0x061C },
    { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 },
    { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_in(uint32_t code, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n && code >= ranges[i].first; i++)
        if (code <= ranges[i].last)
            return true;
    return false;
}

/* The character of n bytes, which are well-formed. */
static uint32_t decode(const char *p, size_t n)
{
    const uint8_t *b = (const uint8_t *)p;

    switch (n) {
    case 2:
        return (b[0] & 0x1Fu) << 6 | (b[1] & 0x3Fu);
    case 3:
        return (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
    case 4:
        return (b[0] & 0x07u) << 18 | (b[1] & 0x3Fu) << 12 | (b[2] & 0x3Fu) << 6 |
               (b[3] & 0x3Fu);
    default:
        return b[0];
    }
}

void glyph_add(struct buf *out, struct cp_str s)
{
    size_t n;

    for (size_t i = 0; i < s.n; i += n) {
        n = utf8_len(s.p + i, s.n - i);
        uint32_t code = n ? decode(s.p + i, n) : (uint8_t)s.p[i];
        if (n && !is_in(code, harmful, COUNT(harmful)))
            buf_add(out, s.p + i, n);
        else if (!n || code < 0x80)
            buf_printf(out, "\\x%02X", (unsigned)code);
        else
            buf_printf(out, "\\u{%X}", (unsigned)code);
        n = n ? n : 1;
    }
}

/* As JSON has it: beyond U+FFFF as two halves. */
static void escape_json(struct buf *out, uint32_t code)
{
    if (code > 0xFFFF) {
        buf_printf(out, "\\u%04X", (unsigned)(0xD800 + ((code - 0x10000) >> 10)));
        code = 0xDC00 + (code & 0x3FF);
    }
    buf_printf(out, "\\u%04X", (unsigned)code);
}

void glyph_add_json(struct buf *out, struct cp_str json)
{
    size_t n;

    for (size_t i = 0; i < json.n; i += n ? n : 1) {
        n = utf8_len(json.p + i, json.n - i);
        uint32_t code = n ? decode(json.p + i, n) : 0xFFFD;
        /* Between members they are what makes it readable. */
        bool is_space = code == '\n' || code == '\t' || code == '\r';
        if (n && (is_space || !is_in(code, harmful, COUNT(harmful))))
            buf_add(out, json.p + i, n);
        else
            escape_json(out, code);
    }
}

static size_t width_of(uint32_t code)
{
    if (code < 0x300)
        return 1;
    if (is_in(code, combining, COUNT(combining)))
        return 0;
    return is_in(code, wide, COUNT(wide)) ? 2 : 1;
}

/* Goes on until the columns are used up; bytes that are no UTF-8 count one each. */
static size_t measure(struct cp_str s, size_t most, size_t *columns)
{
    size_t at = 0, n;

    for (*columns = 0; at < s.n; at += n) {
        n = utf8_len(s.p + at, s.n - at);
        size_t w = n ? width_of(decode(s.p + at, n)) : 1;
        n = n ? n : 1;
        if (w > most - *columns)
            break;
        *columns += w;
    }
    return at;
}

size_t glyph_width(struct cp_str clean)
{
    size_t columns;

    measure(clean, (size_t)-1, &columns);
    return columns;
}

size_t glyph_cut(struct cp_str clean, size_t columns)
{
    size_t used;

    return measure(clean, columns, &used);
}
