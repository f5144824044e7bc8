/* SPDX-License-Identifier: MIT */
/*
 * clock - monotonic and wall time; tests may set both.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t clock_fixed_mono_us = -1;
static _Atomic int64_t clock_fixed_wall_ms = -1;

static int64_t clock_read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_us(void)
{
    int64_t fixed = atomic_load_explicit(&clock_fixed_mono_us, memory_order_relaxed);
    return fixed >= 0 ? fixed : clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return clock_us() / 1000;
}

int64_t clock_wall_us(void)
{
    int64_t fixed = atomic_load_explicit(&clock_fixed_wall_ms, memory_order_relaxed);
    return fixed >= 0 ? fixed * 1000 : clock_read_us(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void)
{
    return clock_wall_us() / 1000;
}

void clock_set(int64_t mono_us, int64_t wall_ms)
{
    atomic_store(&clock_fixed_mono_us, mono_us);
    atomic_store(&clock_fixed_wall_ms, wall_ms);
}

static char *clock_digits(char *p, int value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        p[i] = (char)('0' + value % 10);
    return p + width;
}

void clock_rfc3339(int64_t wall_us, char out[32])
{
    /* RFC 3339 has four digits for the year */
    static const int64_t last_us = INT64_C(253402300800) * 1000000 - 1;
    if (wall_us < 0)
        wall_us = 0;
    if (wall_us > last_us)
        wall_us = last_us;

    time_t s = (time_t)(wall_us / 1000000);
    struct tm tm;
    gmtime_r(&s, &tm);
    char *p = clock_digits(out, tm.tm_year + 1900, 4);
    *p++ = '-';
    p = clock_digits(p, tm.tm_mon + 1, 2);
    *p++ = '-';
    p = clock_digits(p, tm.tm_mday, 2);
    *p++ = 'T';
    p = clock_digits(p, tm.tm_hour, 2);
    *p++ = ':';
    p = clock_digits(p, tm.tm_min, 2);
    *p++ = ':';
    p = clock_digits(p, tm.tm_sec, 2);
    *p++ = '.';
    p = clock_digits(p, (int)(wall_us % 1000000), 6);
    *p++ = 'Z';
    *p = '\0';
}

void clock_rfc3339_s(int64_t wall_ms, char out[32])
{
    static const size_t end = sizeof("2026-11-22T20:37:00") - 1;

    clock_rfc3339(wall_ms > INT64_MAX / 1000 ? INT64_MAX
                  : wall_ms < 0              ? 0
                                             : wall_ms * 1000,
                  out);
    out[end] = 'Z';
    out[end + 1] = '\0';
}
