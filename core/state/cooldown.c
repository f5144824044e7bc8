/* SPDX-License-Identifier: MIT */
/*
 * cooldown - who is left alone until when, why, and when one request may look whether it is well again.
 *
 * The end is the one word that decides: it is only ever moved by compare-and-swap to a time not further
 * away than the longest rest, or to 0, so whatever order the rest is written in, it ends.  Who has moved the end writes the
 * time of the probe afterwards, and again if somebody else moved the end meanwhile: so the last writer has seen
 * the end that stands, and a long rest cannot be left without a probe.
 */
#include "state/cooldown.h"

enum {
    PRESET_MOST_MS = 10 * 60 * 1000,
    PROBED_LEAST_MS =
        2 * 60 * 1000, /* shorter rests are over before a probe would be worth it */
    PROBE_AGAIN_MS = 60 * 1000,
    DOUBLINGS = 20 /* 1 ms doubled so often is more than PRESET_MOST_MS */
};

/* fault 8 bits, source 7, whether it is restored 1, trouble 16, status 32 */
static uint64_t cause_pack(const struct cooldown_cause *c, uint32_t source, bool is_restored)
{
    return (uint64_t)(c->fault & 0xFF) | (uint64_t)(source & 0x7F) << 8 |
           (uint64_t)is_restored << 15 | (uint64_t)(c->trouble & 0xFFFF) << 16 |
           (uint64_t)(uint32_t)c->status << 32;
}

void cooldown_cause(const struct cooldown *c, struct cooldown_cause *out)
{
    uint64_t v = atomic_load_explicit(&c->cause, memory_order_relaxed);

    out->fault = v & 0xFF;
    out->source = v >> 8 & 0x7F;
    out->is_restored = v >> 15 & 1;
    out->trouble = v >> 16 & 0xFFFF;
    out->status = (int32_t)(uint32_t)(v >> 32);
}

int64_t cooldown_until(const struct cooldown *c, int64_t now_ms)
{
    int64_t end = atomic_load_explicit(&c->until_ms, memory_order_relaxed);

    return end > now_ms ? end : 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* before: charges in a row before this one. */
static int64_t wait_of(int64_t wait_ms, int64_t preset_ms, int64_t most_ms, uint32_t before)
{
    if (wait_ms < 0) {
        wait_ms = smaller(preset_ms, PRESET_MOST_MS);
        for (uint32_t i = 0; i < before && i < DOUBLINGS && wait_ms < PRESET_MOST_MS; i++)
            wait_ms *= 2;
        wait_ms = smaller(wait_ms, PRESET_MOST_MS);
    }
    wait_ms = smaller(wait_ms, smaller(most_ms, COOLDOWN_HARD_MS));
    return wait_ms < 0 ? 0 : wait_ms;
}

static void probe_plan(struct cooldown *c, int64_t now_ms)
{
    int64_t end;

    do {
        end = atomic_load(&c->until_ms);
        int64_t left = end - now_ms;
        atomic_store(&c->probe_ms, left < PROBED_LEAST_MS ? 0 : now_ms + left / 2);
    } while (atomic_load(&c->until_ms) != end);
}

/* *old: the end that was seen.  True if end stands now. */
static bool end_move(struct cooldown *c, int64_t *old, int64_t end, uint64_t cause,
                     int64_t now_ms)
{
    if (!atomic_compare_exchange_strong(&c->until_ms, old, end))
        return false;
    if (*old <= now_ms)
        atomic_store_explicit(&c->since_ms, now_ms, memory_order_relaxed);
    atomic_store_explicit(&c->cause, cause, memory_order_relaxed);
    probe_plan(c, now_ms);
    return true;
}

bool cooldown_charge(struct cooldown *c, const struct cooldown_cause *cause, int64_t wait_ms,
                     int64_t preset_ms, int64_t most_ms, int64_t now_ms)
{
    uint64_t packed = cause_pack(cause, wait_ms < 0 ? COOLDOWN_PRESET : cause->source, false);
    int64_t old = atomic_load(&c->until_ms);

    for (;;) {
        bool is_new =
            old <= now_ms || atomic_load_explicit(&c->is_probed, memory_order_relaxed);
        uint32_t n = atomic_load_explicit(&c->charges, memory_order_relaxed);
        uint32_t before = n && !is_new ? n - 1 : n;
        int64_t end = now_ms + wait_of(wait_ms, preset_ms, most_ms, before);
        bool is_moved = end > now_ms && end > old;
        if (is_moved && !end_move(c, &old, end, packed, now_ms))
            continue;
        if (is_new) {
            atomic_fetch_add_explicit(&c->charges, 1, memory_order_relaxed);
            atomic_store_explicit(&c->is_probed, 0, memory_order_relaxed);
        }
        return is_moved;
    }
}

bool cooldown_is_due(const struct cooldown *c, int64_t now_ms)
{
    int64_t due = atomic_load_explicit(&c->probe_ms, memory_order_relaxed);

    return due && due <= now_ms && cooldown_until(c, now_ms);
}

bool cooldown_probe(struct cooldown *c, int64_t now_ms)
{
    int64_t due = atomic_load(&c->probe_ms), end = atomic_load(&c->until_ms);

    if (!due || due > now_ms || end <= now_ms)
        return false;
    int64_t gap = (end - now_ms) / 2;
    if (gap < PROBE_AGAIN_MS)
        gap = PROBE_AGAIN_MS;
    if (!atomic_compare_exchange_strong(&c->probe_ms, &due, now_ms + gap))
        return false;
    atomic_store_explicit(&c->is_probed, 1, memory_order_relaxed);
    return true;
}

bool cooldown_clear(struct cooldown *c)
{
    if (atomic_load_explicit(&c->charges, memory_order_relaxed))
        atomic_store_explicit(&c->charges, 0, memory_order_relaxed);
    if (atomic_load_explicit(&c->is_probed, memory_order_relaxed))
        atomic_store_explicit(&c->is_probed, 0, memory_order_relaxed);
    return atomic_load_explicit(&c->until_ms, memory_order_relaxed) &&
           atomic_exchange(&c->until_ms, 0);
}

void cooldown_restore(struct cooldown *c, const struct cooldown_cause *cause, int64_t until_ms,
                      int64_t now_ms)
{
    int64_t old = atomic_load(&c->until_ms), end = until_ms;

    if (end > now_ms + COOLDOWN_HARD_MS)
        end = now_ms + COOLDOWN_HARD_MS;
    if (end <= now_ms)
        return;
    while (end > old)
        if (end_move(c, &old, end, cause_pack(cause, cause->source, true), now_ms))
            break;
    uint32_t none = 0;
    atomic_compare_exchange_strong(&c->charges, &none, 1);
}

const char *cooldown_source_name(uint32_t source)
{
    switch (source) {
    case COOLDOWN_PRESET:
        return "preset";
    case COOLDOWN_HEADER:
        return "header";
    case COOLDOWN_BODY:
        return "body";
    default:
        return "unknown";
    }
}
