/* SPDX-License-Identifier: MIT */
/*
 * breaker - leaves a way alone that fails too often, and finds out with one request at a time when it works again.
 *
 * Three ways in which such a thing gets stuck are closed by how it is built.  What is open is a stored state with an
 * end, never a sum worked out anew from the window: so a window that was filled by others, or before a restart, cannot
 * hold a way shut that nobody has opened.  Every way out of open begins with an empty window: so old failures do not
 * outvote the success that closed it.  And whoever is let in to look is bound to a generation and a time: so one that is
 * lost is replaced, and one that comes back after that is not heard.
 *
 * The window keeps the last BREAKER_WINDOW results whatever the rules say; how many of them count, and how old they
 * may be, is asked anew each time.  So the rules may change between any two calls.
 */
#include "state/breaker.h"

#include <string.h>

static const int64_t open_most_ms = 24 * 3600 * 1000;

static uint64_t face_of(enum breaker_state state, uint32_t generation)
{
    return (uint64_t)generation << 2 | (uint64_t)state;
}

static enum breaker_state face_state(uint64_t face)
{
    return (enum breaker_state)(face & 3);
}

static uint32_t face_generation(uint64_t face)
{
    return (uint32_t)(face >> 2);
}

static uint64_t face_load(const struct breaker *b)
{
    return atomic_load_explicit(&b->face, memory_order_acquire);
}

/* With the lock. */
static void state_set(struct breaker *b, enum breaker_state state)
{
    uint32_t generation = face_generation(face_load(b)) + 1;

    b->probe_since_ms = 0;
    if (state == BREAKER_CLOSED)
        b->seen = 0;
    atomic_store_explicit(&b->face, face_of(state, generation), memory_order_release);
}

static void open_set(struct breaker *b, int64_t since_ms, int64_t until_ms)
{
    atomic_store_explicit(&b->open_since_ms, since_ms, memory_order_relaxed);
    atomic_store_explicit(&b->open_until_ms, until_ms, memory_order_relaxed);
}

static int64_t open_wait(const struct breaker_rules *r)
{
    int64_t open_ms = r->open_ms < 0 ? 0 : r->open_ms;

    return open_ms < open_most_ms ? open_ms : open_most_ms;
}

static void open_now(struct breaker *b, const struct breaker_rules *r, int64_t now_ms)
{
    b->opened++;
    open_set(b, now_ms, now_ms + open_wait(r));
    state_set(b, BREAKER_OPEN);
}

/* Also when the rules were made shorter since, or when no rule could have said so: a file or a clock was wrong. */
static bool is_over(const struct breaker *b, const struct breaker_rules *r, int64_t now_ms)
{
    int64_t until = atomic_load_explicit(&b->open_until_ms, memory_order_relaxed);
    int64_t since = atomic_load_explicit(&b->open_since_ms, memory_order_relaxed);

    return until <= now_ms || until - now_ms > open_most_ms || now_ms - since >= open_wait(r);
}

static bool has_probe(const struct breaker *b, int64_t now_ms)
{
    return b->probe_since_ms && now_ms - b->probe_since_ms < BREAKER_PROBE_MS;
}

void breaker_init(struct breaker *b)
{
    memset(b, 0, sizeof(*b));
    pthread_mutex_init(&b->lock, NULL);
}

void breaker_fini(struct breaker *b)
{
    pthread_mutex_destroy(&b->lock);
}

enum breaker_state breaker_look(const struct breaker *b, const struct breaker_rules *r,
                                int64_t now_ms)
{
    enum breaker_state state = face_state(face_load(b));

    if (r->is_off)
        return BREAKER_CLOSED;
    return state == BREAKER_OPEN && is_over(b, r, now_ms) ? BREAKER_HALF_OPEN : state;
}

/* ---- the window ---- */

static uint32_t clamp(uint32_t v, uint32_t least, uint32_t most)
{
    return v < least ? least : v > most ? most : v;
}

static void window_push(struct breaker *b, bool is_failure, int64_t now_ms)
{
    memmove(b->at_s + 1, b->at_s, sizeof(b->at_s) - sizeof(b->at_s[0]));
    b->at_s[0] = (uint32_t)(now_ms / 1000);
    b->failed = b->failed << 1 | is_failure;
    if (b->seen < BREAKER_WINDOW)
        b->seen++;
}

/* What counts under these rules at this moment. */
static uint32_t window_count(const struct breaker *b, const struct breaker_rules *r,
                             int64_t now_ms, uint32_t *failures)
{
    uint32_t n = clamp(r->window, 1, BREAKER_WINDOW), counted = 0;

    *failures = 0;
    for (uint32_t i = 0; i < n && i < b->seen; i++) {
        int32_t age_s = (int32_t)((uint32_t)(now_ms / 1000) - b->at_s[i]);
        if (r->age_ms > 0 && age_s > 0 && (int64_t)age_s * 1000 > r->age_ms)
            continue;
        counted++;
        *failures += b->failed >> i & 1;
    }
    return counted;
}

static bool window_is_bad(const struct breaker *b, const struct breaker_rules *r,
                          int64_t now_ms)
{
    uint32_t failures, n = window_count(b, r, now_ms, &failures);
    uint32_t minimum = clamp(r->minimum, 1, clamp(r->window, 1, BREAKER_WINDOW));

    return n >= minimum && failures * 100 >= n * clamp(r->percent, 1, 100);
}

/* ---- passing ---- */

/* With the lock, not closed. */
static bool probe_claim(struct breaker *b, const struct breaker_rules *r, int64_t now_ms)
{
    bool is_open = face_state(face_load(b)) == BREAKER_OPEN;

    if (is_open ? !is_over(b, r, now_ms) : has_probe(b, now_ms))
        return false;
    if (is_open ||
        b->probe_since_ms) /* a probe that is lost is of the past when it comes back */
        state_set(b, BREAKER_HALF_OPEN);
    b->probe_since_ms = now_ms ? now_ms : 1;
    return true;
}

bool breaker_enter(struct breaker *b, const struct breaker_rules *r, int64_t now_ms,
                   struct breaker_pass *pass)
{
    uint64_t face = face_load(b);

    *pass = (struct breaker_pass){ .generation = face_generation(face) };
    if (r->is_off || face_state(face) == BREAKER_CLOSED)
        return true;
    if (face_state(face) == BREAKER_OPEN && !is_over(b, r, now_ms))
        return false;
    pthread_mutex_lock(&b->lock);
    bool is_closed = face_state(face_load(b)) == BREAKER_CLOSED;
    pass->is_probe = !is_closed && probe_claim(b, r, now_ms);
    pass->generation = face_generation(face_load(b));
    pthread_mutex_unlock(&b->lock);
    return is_closed || pass->is_probe;
}

void breaker_force(struct breaker *b, const struct breaker_rules *r, int64_t now_ms,
                   struct breaker_pass *pass)
{
    if (breaker_enter(b, r, now_ms, pass))
        return;
    pass->is_forced = true;
}

/* With the lock; the pass is of this generation. */
static bool report_take(struct breaker *b, const struct breaker_rules *r,
                        const struct breaker_pass *pass, enum breaker_result result,
                        int64_t now_ms)
{
    enum breaker_state state = face_state(face_load(b));

    if (pass->is_probe)
        b->probe_since_ms = 0;
    if (r->is_off || result == BREAKER_NEUTRAL)
        return false;
    if (state != BREAKER_CLOSED && result == BREAKER_OK) {
        if (pass->is_probe || pass->is_forced)
            state_set(b, BREAKER_CLOSED);
        return pass->is_probe || pass->is_forced;
    }
    if (state == BREAKER_CLOSED)
        window_push(b, result == BREAKER_FAILED, now_ms);
    if (result == BREAKER_FAILED &&
        (state == BREAKER_CLOSED ? window_is_bad(b, r, now_ms) : pass->is_probe)) {
        open_now(b, r, now_ms);
        return true;
    }
    return false;
}

bool breaker_report(struct breaker *b, const struct breaker_rules *r,
                    const struct breaker_pass *pass, enum breaker_result result, int64_t now_ms)
{
    bool is_changed = false;

    pthread_mutex_lock(&b->lock);
    if (pass->generation == face_generation(face_load(b)))
        is_changed = report_take(b, r, pass, result, now_ms);
    pthread_mutex_unlock(&b->lock);
    return is_changed;
}

/* ---- from outside ---- */

void breaker_reset(struct breaker *b)
{
    pthread_mutex_lock(&b->lock);
    state_set(b, BREAKER_CLOSED);
    pthread_mutex_unlock(&b->lock);
}

void breaker_restore(struct breaker *b, int64_t open_until_ms)
{
    pthread_mutex_lock(&b->lock);
    enum breaker_state state = face_state(face_load(b));
    bool is_longer = state == BREAKER_OPEN && atomic_load(&b->open_until_ms) < open_until_ms;
    if (state == BREAKER_CLOSED || is_longer)
        open_set(b, open_until_ms, open_until_ms);
    if (state == BREAKER_CLOSED)
        state_set(b, BREAKER_OPEN);
    pthread_mutex_unlock(&b->lock);
}

void breaker_window(struct breaker *b, struct breaker_window *out)
{
    pthread_mutex_lock(&b->lock);
    *out = (struct breaker_window){ .failed = b->failed, .seen = b->seen, .opened = b->opened };
    memcpy(out->at_s, b->at_s, sizeof(out->at_s));
    pthread_mutex_unlock(&b->lock);
}

void breaker_fill(struct breaker *b, const struct breaker_window *from)
{
    pthread_mutex_lock(&b->lock);
    if (face_state(face_load(b)) == BREAKER_CLOSED && !b->seen) {
        b->failed = from->failed;
        b->seen = from->seen < BREAKER_WINDOW ? from->seen : BREAKER_WINDOW;
        b->opened = from->opened;
        memcpy(b->at_s, from->at_s, sizeof(b->at_s));
    }
    pthread_mutex_unlock(&b->lock);
}

void breaker_view(struct breaker *b, const struct breaker_rules *r, int64_t now_ms,
                  struct breaker_view *v)
{
    pthread_mutex_lock(&b->lock);
    uint64_t face = face_load(b);
    v->state = breaker_look(b, r, now_ms);
    v->generation = face_generation(face);
    v->results = window_count(b, r, now_ms, &v->failures);
    v->opened = b->opened;
    v->open_until_ms = v->state == BREAKER_CLOSED
                           ? 0
                           : atomic_load_explicit(&b->open_until_ms, memory_order_relaxed);
    v->has_probe = face_state(face) == BREAKER_HALF_OPEN && has_probe(b, now_ms);
    pthread_mutex_unlock(&b->lock);
}

const char *breaker_state_name(enum breaker_state state)
{
    switch (state) {
    case BREAKER_OPEN:
        return "open";
    case BREAKER_HALF_OPEN:
        return "half_open";
    default:
        return "closed";
    }
}
