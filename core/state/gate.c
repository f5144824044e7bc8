/* SPDX-License-Identifier: MIT */
/*
 * gate - how many may be under way, and how many (and how much) in a minute.
 *
 * A token bucket that holds one minute's worth and fills evenly needs one number: when it will be full again.  Taking moves
 * that time away by what was taken, and while it lies further ahead than a minute nobody is let in.  (GCRA, the
 * generic cell rate algorithm: ITU-T I.371, 2004-03.)  So there is nothing to refill, and an idle gate costs nothing.
 */
#include "state/gate.h"

#include <stddef.h>

enum { US_PER_MS = 1000 };
static const int64_t minute_us = 60 * 1000 * 1000;
static const int64_t hour_us = INT64_C(3600) * 1000 * 1000;
/* More in one request is a mistake of who counted; times minute_us it still fits. */
static const int64_t units_most = INT64_C(100) * 1000 * 1000 * 1000;

/* What n of so many a minute take, microseconds; no debt is longer than an hour. */
static int64_t cost_us(int64_t n, int64_t per_minute)
{
    if (per_minute <= 0 || n <= 0)
        return 0;
    int64_t us = (n < units_most ? n : units_most) * minute_us / per_minute;
    return us < hour_us ? us : hour_us;
}

/* The bucket after taking cost; *wait_us: how long until that is allowed.  More than a minute's worth needs a full one. */
static int64_t bucket_after(int64_t full_us, int64_t cost, int64_t now_us, int64_t *wait_us)
{
    int64_t from = full_us < now_us ? now_us : full_us;

    *wait_us = from + (cost < minute_us ? cost : minute_us) - minute_us - now_us;
    return from + cost;
}

static bool bucket_take(_Atomic int64_t *full_us, int64_t cost, int64_t now_us,
                        int64_t *wait_us)
{
    int64_t old = atomic_load_explicit(full_us, memory_order_relaxed);

    for (;;) {
        int64_t after = bucket_after(old, cost, now_us, wait_us);
        if (*wait_us > 0)
            return false;
        if (atomic_compare_exchange_weak_explicit(full_us, &old, after, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    }
}

static void bucket_give(_Atomic int64_t *full_us, int64_t cost)
{
    if (cost)
        atomic_fetch_sub_explicit(full_us, cost, memory_order_relaxed);
}

static enum gate_answer answer(enum gate_answer a, int64_t wait_us, int64_t *wait_ms)
{
    if (wait_ms && a == GATE_CONCURRENCY)
        *wait_ms = -1;
    else if (wait_ms)
        *wait_ms = a == GATE_OPEN ? 0 : (wait_us + US_PER_MS - 1) / US_PER_MS;
    return a;
}

int64_t gate_inside(const struct gate *g)
{
    return atomic_load_explicit(&g->inside, memory_order_relaxed);
}

/* Which of the two buckets keeps it waiting longest. */
static enum gate_answer buckets_look(const struct gate *g, const struct gate_rules *r,
                                     int64_t tokens, int64_t now_us, int64_t *wait_us)
{
    int64_t rpm_us = 0, tpm_us = 0;

    if (r->rpm > 0)
        bucket_after(atomic_load_explicit(&g->full_us, memory_order_relaxed),
                     cost_us(1, r->rpm), now_us, &rpm_us);
    if (r->tpm > 0)
        bucket_after(atomic_load_explicit(&g->owed_us, memory_order_relaxed),
                     cost_us(tokens, r->tpm), now_us, &tpm_us);
    *wait_us = rpm_us > tpm_us ? rpm_us : tpm_us;
    if (*wait_us <= 0)
        return GATE_OPEN;
    return rpm_us >= tpm_us ? GATE_RPM : GATE_TPM;
}

enum gate_answer gate_look(const struct gate *g, const struct gate_rules *r, int64_t tokens,
                           int64_t now_ms, int64_t *wait_ms)
{
    int64_t wait_us;

    if (r->concurrency > 0 && gate_inside(g) >= r->concurrency)
        return answer(GATE_CONCURRENCY, 0, wait_ms);
    enum gate_answer a = buckets_look(g, r, tokens, now_ms * US_PER_MS, &wait_us);
    return answer(a, wait_us, wait_ms);
}

static bool slot_take(struct gate *g, int64_t most)
{
    int64_t n = gate_inside(g);

    do {
        if (most > 0 && n >= most)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&g->inside, &n, n + 1, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

/* All or nothing; a refusal tells the bucket that keeps it waiting longest. */
static enum gate_answer buckets_take(struct gate *g, const struct gate_rules *r, int64_t tokens,
                                     int64_t now_us, int64_t *wait_us)
{
    enum gate_answer by = GATE_OPEN;

    if (r->rpm > 0 && !bucket_take(&g->full_us, cost_us(1, r->rpm), now_us, wait_us))
        by = GATE_RPM;
    else if (r->tpm > 0 && !bucket_take(&g->owed_us, cost_us(tokens, r->tpm), now_us, wait_us))
        by = GATE_TPM;
    if (by == GATE_OPEN)
        return by;
    if (by == GATE_TPM)
        bucket_give(&g->full_us, cost_us(1, r->rpm));
    int64_t longest_us;
    enum gate_answer longest = buckets_look(g, r, tokens, now_us, &longest_us);
    if (longest == GATE_OPEN) /* who took what was missing has given it back meanwhile */
        return by;
    *wait_us = longest_us;
    return longest;
}

enum gate_answer gate_enter(struct gate *g, const struct gate_rules *r, int64_t tokens,
                            int64_t now_ms, int64_t *wait_ms)
{
    int64_t wait_us = 0, now_us = now_ms * US_PER_MS;

    if (!slot_take(g, r->concurrency))
        return answer(GATE_CONCURRENCY, 0, wait_ms);
    enum gate_answer a = buckets_take(g, r, tokens, now_us, &wait_us);
    if (a != GATE_OPEN) {
        gate_leave(g);
        return answer(a, wait_us, wait_ms);
    }
    if (r->tpm > 0)
        atomic_store_explicit(&g->last_us, now_us, memory_order_relaxed);
    return answer(GATE_OPEN, 0, wait_ms);
}

void gate_leave(struct gate *g)
{
    atomic_fetch_sub_explicit(&g->inside, 1, memory_order_relaxed);
}

void gate_undo(struct gate *g, const struct gate_rules *r, int64_t tokens)
{
    bucket_give(&g->full_us, cost_us(1, r->rpm));
    bucket_give(&g->owed_us, cost_us(tokens, r->tpm));
    gate_leave(g);
}

/* There is no clock here; who came in last was at least not in the future. */
void gate_settle(struct gate *g, const struct gate_rules *r, int64_t guessed, int64_t spent)
{
    int64_t more = cost_us(spent, r->tpm) - cost_us(guessed, r->tpm);
    int64_t most = atomic_load_explicit(&g->last_us, memory_order_relaxed) + hour_us;
    int64_t old = atomic_load_explicit(&g->owed_us, memory_order_relaxed), after;

    do {
        after = old + more;
        if (more > 0 && after > most)
            after = old > most ? old : most;
    } while (after != old && !atomic_compare_exchange_weak_explicit(&g->owed_us, &old, after,
                                                                    memory_order_relaxed,
                                                                    memory_order_relaxed));
}
