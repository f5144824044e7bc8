/* SPDX-License-Identifier: MIT */
/*
 * log_level - how much is logged: as configured, or for a while as somebody asked for.
 *
 * Whoever logs reads one atomic number.  What was set for a while has an end, which the writer waits for: so a log that was
 * turned up to find something does not stay so, whatever becomes of who did it.
 */
#include "base/log_level.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdatomic.h>

static atomic_int level_now = CP_LOG_INFO, level_configured = CP_LOG_INFO;
static _Atomic int64_t level_until_ms; /* monotonic; 0: as configured */

void log_level(int level)
{
    atomic_store(&level_configured, level);
    if (!atomic_load(&level_until_ms))
        atomic_store_explicit(&level_now, level, memory_order_relaxed);
}

void log_level_for(int level, int64_t for_ms)
{
    atomic_store(&level_until_ms, for_ms > 0 ? clock_ms() + for_ms : 0);
    atomic_store_explicit(&level_now, for_ms > 0 ? level : atomic_load(&level_configured),
                          memory_order_relaxed);
    log_wake();
}

int log_level_now(void)
{
    return atomic_load_explicit(&level_now, memory_order_relaxed);
}

int log_level_configured(void)
{
    return atomic_load(&level_configured);
}

int64_t log_level_left_ms(void)
{
    int64_t until_ms = atomic_load(&level_until_ms), now_ms = clock_ms();

    return until_ms > now_ms ? until_ms - now_ms : 0;
}

int64_t log_level_end_ms(void)
{
    return atomic_load(&level_until_ms);
}

bool log_level_turn(void)
{
    int64_t until_ms = atomic_load(&level_until_ms);

    /* who sets it anew at this moment has the last word */
    if (!until_ms || until_ms > clock_ms() ||
        !atomic_compare_exchange_strong(&level_until_ms, &until_ms, 0))
        return false;
    atomic_store_explicit(&level_now, atomic_load(&level_configured), memory_order_relaxed);
    return true;
}

const char *log_level_name(int level)
{
    if (level <= CP_LOG_ERROR)
        return "error";
    if (level <= CP_LOG_WARN)
        return "warn";
    return level <= CP_LOG_INFO ? "info" : "debug";
}
