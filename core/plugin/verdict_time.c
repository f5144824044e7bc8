/* SPDX-License-Identifier: MIT */
/*
 * verdict_time - how services spell a time to wait: spans, moments, and numbers that may be either.
 *
 * Nobody agrees with anybody: seconds, milliseconds, fractions, Go's durations, RFC 3339, three forms of HTTP date,
 * seconds or milliseconds of an epoch, and prose.  A wait that is misread is worse than none, so each reader takes
 * the whole of what it knows and nothing else; what is left over makes it -1.
 */
#include "plugin/verdict_time.h"

#include "base/str.h"
#include "plugin/verdict.h"

enum { YEAR_DAYS = 366, DIGITS_MOST = 31, WORD_MOST = 16 };

int64_t verdict_time_cap(double ms)
{
    if (!(ms >= 0)) /* not a number is neither */
        return -1;
    return ms < VERDICT_DAY_MS ? (int64_t)(ms + 0.5) : VERDICT_DAY_MS;
}

int64_t verdict_time_number(double n, double unit_ms, int64_t wall_ms)
{
    static const double scales[] = { 1000, 1 };
    for (size_t i = 0; i < 2; i++) {
        double ahead = n * scales[i] - (double)wall_ms;
        if (ahead > -(double)VERDICT_DAY_MS && ahead < (double)VERDICT_DAY_MS * YEAR_DAYS)
            return ahead > 0 ? verdict_time_cap(ahead) : 0;
    }
    return verdict_time_cap(n * unit_ms);
}

double verdict_time_digits(struct cp_str *rest)
{
    double value = 0, place = 1;
    bool any = false, in_fraction = false;
    size_t n = 0;
    for (; n < rest->n; n++) {
        char c = rest->p[n];
        bool is_next_digit = n + 1 < rest->n && rest->p[n + 1] >= '0' && rest->p[n + 1] <= '9';
        if (c == '.' && !in_fraction && is_next_digit) {
            in_fraction = true;
        } else if (c >= '0' && c <= '9') {
            any = true;
            place = in_fraction ? place / 10 : place;
            value = in_fraction ? value + (c - '0') * place : value * 10 + (c - '0');
        } else {
            break;
        }
    }
    *rest = str_from(*rest, n);
    return any && n <= DIGITS_MOST ? value : -1;
}

/* ---- spans ----------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What the unit at the beginning of *rest is worth; -1: no unit. */
static double unit_ms(struct cp_str *rest)
{
    static const struct {
        const char *names;
        double ms;
    } words[] = {
        { " ms msec msecs millisecond milliseconds ", 1 },
        { " s sec secs second seconds ", 1000 },
        { " m min mins minute minutes ", 60000 },
        { " h hr hrs hour hours ", 3600000 },
        { " d day days ", 86400000 },
    };
    static const struct {
        const char *name;
        double ms;
    } signs[] = { { "毫秒", 1 },     { "秒", 1000 },      { "分钟", 60000 },
                  { "分", 60000 },   { "小时", 3600000 }, { "个小时", 3600000 },
                  { "天", 86400000 } };
    char name[WORD_MOST + 3] = " ";
    size_t n = 0;

    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (!str_begins(*rest, signs[i].name))
            continue;
        *rest = str_from(*rest, strlen(signs[i].name));
        return signs[i].ms;
    }
    for (; n < rest->n && n < WORD_MOST && is_letter(rest->p[n]); n++)
        name[n + 1] = (char)(rest->p[n] | 0x20);
    name[n + 1] = ' ';
    for (size_t i = 0; n && i < sizeof(words) / sizeof(*words); i++) {
        if (!strstr(words[i].names, name))
            continue;
        *rest = str_from(*rest, n);
        return words[i].ms;
    }
    return -1;
}

static void skip_blanks(struct cp_str *rest)
{
    while (rest->n && (*rest->p == ' ' || *rest->p == '\t'))
        *rest = str_from(*rest, 1);
}

/* One number with its unit; *rest moves on only if there is one. */
static double span_part(struct cp_str *rest)
{
    struct cp_str at = *rest;
    double value = verdict_time_digits(&at);
    if (value < 0)
        return -1;
    skip_blanks(&at);
    double unit = unit_ms(&at);
    if (unit < 0)
        return -1;
    *rest = at;
    return value * unit;
}

int64_t verdict_time_span(struct cp_str *rest)
{
    double total = span_part(rest);
    if (total < 0)
        return -1;
    for (;;) {
        struct cp_str at = *rest;
        skip_blanks(&at);
        if (str_begins(at, ","))
            at = str_from(at, 1);
        skip_blanks(&at);
        if (str_begins_nocase(at, "and "))
            at = str_from(at, 4);
        double more = span_part(&at);
        if (more < 0)
            return verdict_time_cap(total);
        total += more;
        *rest = at;
    }
}

/* ---- moments --------------------------------------------------------------------------------- */

/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12. */
static int64_t days_of(int64_t year, int month, int day)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int64_t y = month > 2 ? year : year - 1;
    int64_t leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return (year - 1970) * 365 + leaps + before[month - 1] + day - 1;
}

/* year, month, day, hour, minute, second to wall clock; -1: no such moment. */
static int64_t moment_ms(const int64_t part[6])
{
    static const int64_t least[] = { 1970, 1, 1, 0, 0, 0 },
                         most[] = { 9999, 12, 31, 23, 59, 60 };
    for (int i = 0; i < 6; i++)
        if (part[i] < least[i] || part[i] > most[i])
            return -1;
    int64_t days = days_of(part[0], (int)part[1], (int)part[2]);
    return (((days * 24 + part[3]) * 60 + part[4]) * 60 + part[5]) * 1000;
}

/* Exactly n digits; *rest moves on. */
static bool digits_exact(struct cp_str *rest, size_t n, int64_t *value)
{
    if (rest->n < n || str_int(str_cut(*rest, n), value) || *value < 0)
        return false;
    *rest = str_from(*rest, n);
    return true;
}

static bool sign_take(struct cp_str *rest, char sign)
{
    if (!rest->n || *rest->p != sign)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

/* "Z", " UTC", "+08:00", "-0700"; else the preset. */
static int64_t zone_minutes(struct cp_str rest, int preset)
{
    int64_t hours, minutes;
    skip_blanks(&rest);
    if (str_begins_nocase(rest, "z") || str_begins_nocase(rest, "utc") ||
        str_begins_nocase(rest, "gmt"))
        return 0;
    int sign = rest.n && *rest.p == '-' ? -1 : 1;
    if (!sign_take(&rest, '+') && !sign_take(&rest, '-'))
        return preset;
    if (!digits_exact(&rest, 2, &hours) || (sign_take(&rest, ':'), false) ||
        !digits_exact(&rest, 2, &minutes) || hours > 14 || minutes > 59)
        return preset;
    return sign * (hours * 60 + minutes);
}

int64_t verdict_time_date(struct cp_str s, int zone_min)
{
    int64_t part[6] = { 0 };
    if (!digits_exact(&s, 4, &part[0]) || !sign_take(&s, '-') ||
        !digits_exact(&s, 2, &part[1]) || !sign_take(&s, '-') || !digits_exact(&s, 2, &part[2]))
        return -1;
    if (str_begins_nocase(s, " at "))
        s = str_from(s, 4);
    else if (!sign_take(&s, 'T') && !sign_take(&s, 't') && !sign_take(&s, ' '))
        return -1;
    if (!digits_exact(&s, 2, &part[3]) || !sign_take(&s, ':') || !digits_exact(&s, 2, &part[4]))
        return -1;
    if (sign_take(&s, ':') && !digits_exact(&s, 2, &part[5]))
        return -1;
    while (s.n && (*s.p == '.' || (*s.p >= '0' && *s.p <= '9')))
        s = str_from(s, 1);
    int64_t at = moment_ms(part);
    return at < 0 ? -1 : at - zone_minutes(s, zone_min) * 60000;
}

/* The next run of letters or of digits; separators are skipped. */
static struct cp_str date_word(struct cp_str *rest)
{
    size_t from = 0;
    while (from < rest->n && strchr(" ,-:", rest->p[from]))
        from++;
    size_t to = from;
    while (to < rest->n && !strchr(" ,-:", rest->p[to]))
        to++;
    struct cp_str word = str_n(rest->p + from, to - from);
    *rest = str_from(*rest, to);
    return word;
}

static int month_of(struct cp_str word)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12 && word.n == 3; i++)
        if (memcmp(word.p, names + i * 3, 3) == 0)
            return i + 1;
    return 0;
}

/*
 * Wall clock of an HTTP date in ms, or -1.
 * source: RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
 * "Sun Nov  6 08:49:37 1994"; two digits of a year that seem to lie far ahead are of the past.
 */
static int64_t http_date_ms(struct cp_str s)
{
    struct cp_str word[7];
    int64_t part[6];
    if (s.n < 24 || memchr(s.p, '\0', s.n))
        return -1;
    for (int i = 0; i < 7; i++)
        word[i] = date_word(&s);
    bool is_asctime = month_of(word[1]) > 0;
    int time_at = is_asctime ? 3 : 4;
    part[1] = month_of(word[is_asctime ? 1 : 2]);
    if (!part[1] || str_int(word[is_asctime ? 6 : 3], &part[0]) ||
        str_int(word[is_asctime ? 2 : 1], &part[2]) || str_int(word[time_at], &part[3]) ||
        str_int(word[time_at + 1], &part[4]) || str_int(word[time_at + 2], &part[5]))
        return -1;
    if (part[0] >= 0 && part[0] < 100)
        part[0] += part[0] < 70 ? 2000 : 1900;
    return moment_ms(part);
}

/* ---- values ---------------------------------------------------------------------------------- */

static int64_t left_until(int64_t at_ms, int64_t wall_ms)
{
    if (at_ms < 0)
        return -1;
    return at_ms > wall_ms ? verdict_time_cap((double)at_ms - (double)wall_ms) : 0;
}

int64_t verdict_wait_ms(struct cp_str value, int64_t wall_ms)
{
    struct cp_str s = str_trim(value), rest = s;
    if (s.n == 0)
        return -1;
    if ((s.p[0] < '0' || s.p[0] > '9') && s.p[0] != '.')
        return left_until(http_date_ms(s), wall_ms);
    double n = verdict_time_digits(&rest);
    if (rest.n == 0)
        return n < 0 ? -1 : verdict_time_number(n, 1000, wall_ms);
    if (*rest.p == '-')
        return left_until(verdict_time_date(s, 0), wall_ms);
    rest = s;
    int64_t span = verdict_time_span(&rest);
    return rest.n == 0 ? span : -1;
}
