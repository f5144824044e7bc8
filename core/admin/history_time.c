/* SPDX-License-Identifier: MIT */
/*
 * history_time - a moment as people write it.
 */
#include "admin/history_time.h"

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <time.h>

/* Exactly n digits, and then the byte behind (0: any). */
static bool take(struct cp_str *s, size_t n, char behind, int *value)
{
    int v = 0;

    if (s->n < n + (behind != 0))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    if (behind && s->p[n] != behind)
        return false;
    *value = v;
    *s = str_from(*s, n + (behind != 0));
    return true;
}

static bool take_fraction(struct cp_str *s, int64_t *ms)
{
    int64_t scale = 100;

    *ms = 0;
    if (!str_begins(*s, "."))
        return true;
    *s = str_from(*s, 1);
    if (!s->n || s->p[0] < '0' || s->p[0] > '9')
        return false;
    for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; *s = str_from(*s, 1)) {
        *ms += scale * (s->p[0] - '0');
        scale /= 10;
    }
    return true;
}

static bool take_zone(struct cp_str s, int64_t *ms)
{
    int hours, minutes;

    *ms = 0;
    if (str_is_nocase(s, "z"))
        return true;
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-'))
        return false;
    int64_t sign = s.p[0] == '+' ? 1 : -1;
    s = str_from(s, 1);
    if (!take(&s, 2, ':', &hours) || !take(&s, 2, 0, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ms = sign * (hours * 60 + minutes) * 60000;
    return true;
}

static bool take_clock(struct cp_str s, struct tm *t, int64_t *ms)
{
    int64_t fraction, zone;

    if (s.n < 8 || !take(&s, 2, ':', &t->tm_hour) || !take(&s, 2, ':', &t->tm_min) ||
        !take(&s, 2, 0, &t->tm_sec) || t->tm_hour > 23 || t->tm_min > 59 || t->tm_sec > 60 ||
        !take_fraction(&s, &fraction) || !take_zone(s, &zone))
        return false;
    *ms = fraction - zone;
    return true;
}

int history_time(struct cp_str s, int64_t *wall_ms)
{
    struct tm t = { 0 };
    int64_t ms = 0;

    if (str_chr(s, '-') < 0)
        return str_int(s, wall_ms) ? E_SYNTAX : 0;
    if (!take(&s, 4, '-', &t.tm_year) || !take(&s, 2, '-', &t.tm_mon) ||
        !take(&s, 2, 0, &t.tm_mday) || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 ||
        t.tm_mday > 31)
        return E_SYNTAX;
    t.tm_year -= 1900;
    t.tm_mon--;
    if (s.n) {
        if (s.p[0] != 'T' && s.p[0] != 't' && s.p[0] != ' ')
            return E_SYNTAX;
        if (!take_clock(str_from(s, 1), &t, &ms))
            return E_SYNTAX;
    }
    *wall_ms = (int64_t)timegm(&t) * 1000 + ms;
    return 0;
}

int history_since(struct cp_str s, int64_t now_wall_ms, int64_t *wall_ms)
{
    int64_t ms;

    if (s.n > 1 && str_duration(s, &ms) == 0) {
        *wall_ms = now_wall_ms - ms;
        return 0;
    }
    return history_time(s, wall_ms);
}
