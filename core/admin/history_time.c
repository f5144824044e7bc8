/* SPDX-License-Identifier: MIT */
/*
 * history_time - a moment as people write it.
 */
#include "admin/history_time.h"

#include "base/err.h"
#include "base/str.h"
#include "conf/moment.h"

enum { DAY_BYTES = sizeof("2026-01-31") - 1 };

int history_time(struct cp_str s, int64_t *wall_ms)
{
    static const char midnight[] = "T00:00:00Z";
    char day[DAY_BYTES + sizeof(midnight)];

    if (str_chr(s, '-') < 0)
        return str_int(s, wall_ms) ? E_SYNTAX : 0;
    if (s.n != DAY_BYTES)
        return moment_parse(s, wall_ms);
    memcpy(day, s.p, DAY_BYTES);
    memcpy(day + DAY_BYTES, midnight, sizeof(midnight));
    return moment_parse(str_of(day), wall_ms);
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
