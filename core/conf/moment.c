/* SPDX-License-Identifier: MIT */
/*
 * moment - a point in time as people write it down: RFC 3339.
 *
 * strptime() follows the locale and lets 31 February be 3 March; here each field stands at its place
 * and the date must come back from the calendar as it went in.
 */
#include "conf/moment.h"

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HEAD_BYTES = 19 };

/* s.p[at..at+n) as a number from least to most; -1: it is none. */
static int moment_digits(struct cp_str s, size_t at, size_t n, int least, int most)
{
    int value = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return -1;
        value = value * 10 + (s.p[i] - '0');
    }
    return value < least || value > most ? -1 : value;
}

/* "Z" or "+08:00" as milliseconds ahead of UTC. */
static bool moment_zone(struct cp_str s, int64_t *ahead_ms)
{
    *ahead_ms = 0;
    if (str_is_nocase(s, "z"))
        return true;
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':')
        return false;
    int hours = moment_digits(s, 1, 2, 0, 23), minutes = moment_digits(s, 4, 2, 0, 59);
    if (hours < 0 || minutes < 0)
        return false;
    *ahead_ms = ((int64_t)hours * 60 + minutes) * MINUTE_MS * (s.p[0] == '-' ? -1 : 1);
    return true;
}

/* ".25" before the zone; takes it off *rest. */
static bool moment_fraction(struct cp_str *rest, int64_t *ms)
{
    size_t n = 1;
    int64_t scale = SECOND_MS;
    *ms = 0;
    if (!rest->n || rest->p[0] != '.')
        return true;
    for (; n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9'; n++) {
        scale /= 10;
        *ms += (rest->p[n] - '0') * scale;
    }
    *rest = str_from(*rest, n);
    return n > 1;
}

int moment_parse(struct cp_str s, int64_t *wall_ms)
{
    static const char form[] = "dddd-dd-dd?dd:dd:dd";
    if (s.n <= HEAD_BYTES)
        return E_SYNTAX;
    for (size_t i = 0; i < HEAD_BYTES; i++)
        if (form[i] != 'd' && form[i] != '?' && s.p[i] != form[i])
            return E_SYNTAX;
    if (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' ')
        return E_SYNTAX;
    struct tm tm = {
        .tm_year = moment_digits(s, 0, 4, 1970, 9999) - 1900,
        .tm_mon = moment_digits(s, 5, 2, 1, 12) - 1,
        .tm_mday = moment_digits(s, 8, 2, 1, 31),
        .tm_hour = moment_digits(s, 11, 2, 0, 23),
        .tm_min = moment_digits(s, 14, 2, 0, 59),
        .tm_sec = moment_digits(s, 17, 2, 0, 60), /* a leap second is the next minute's first */
    };
    struct tm given = tm;
    struct cp_str rest = str_from(s, HEAD_BYTES);
    int64_t ms, ahead_ms;
    if (tm.tm_year < 0 || tm.tm_mon < 0 || tm.tm_mday < 0 || tm.tm_hour < 0 || tm.tm_min < 0 ||
        tm.tm_sec < 0 || !moment_fraction(&rest, &ms) || !moment_zone(rest, &ahead_ms))
        return E_SYNTAX;
    time_t seconds = timegm(&tm);
    if (given.tm_sec < 60 && tm.tm_mday != given.tm_mday)
        return E_SYNTAX;
    *wall_ms = (int64_t)seconds * SECOND_MS + ms - ahead_ms;
    return 0;
}
