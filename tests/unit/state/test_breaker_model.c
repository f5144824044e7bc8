/* SPDX-License-Identifier: MIT */
/*
 * test_breaker_model - the breaker against a naive one that keeps every result in a list: all short histories, and a
 * million random steps with clock jumps, late results, lost probes and rules that change.
 *
 * After every step both must say the same.  Beside that, by the histories alone: never two probes at once, a late result
 * leaves no trace, and from wherever a history has led, some time and one success close the breaker.
 */
#include "state/breaker.h"

#include "test.h"

enum { S = 1000, MIN = 60 * S, HELD = 6, KEPT = BREAKER_WINDOW, RESTORED_MS = 30 * MIN };

/* ---- the naive one ---- */

struct naive {
    enum breaker_state state;
    uint32_t age; /* changes whenever what came before no longer counts */
    int64_t open_since, open_until, probe_at; /* probe_at -1: none */
    int n, opened;
    struct {
        int64_t at_ms;
        bool is_failure;
    } results[KEPT]; /* oldest first */
};

struct ticket {
    uint32_t age;
    bool is_probe, is_forced;
};

static void naive_become(struct naive *m, enum breaker_state state)
{
    m->state = state;
    m->age++;
    m->probe_at = -1;
    if (state == BREAKER_CLOSED)
        m->n = 0;
}

static bool naive_is_waiting(const struct naive *m, const struct breaker_rules *r, int64_t now)
{
    return m->state == BREAKER_OPEN && now < m->open_until && now - m->open_since < r->open_ms;
}

static bool naive_enter(struct naive *m, const struct breaker_rules *r, int64_t now,
                        struct ticket *t)
{
    *t = (struct ticket){ .age = m->age };
    if (r->is_off || m->state == BREAKER_CLOSED)
        return true;
    if (naive_is_waiting(m, r, now))
        return false;
    if (m->state == BREAKER_HALF_OPEN && m->probe_at >= 0) {
        if (now < m->probe_at + BREAKER_PROBE_MS)
            return false;
        m->age++;
    }
    if (m->state == BREAKER_OPEN)
        naive_become(m, BREAKER_HALF_OPEN);
    m->probe_at = now;
    *t = (struct ticket){ .age = m->age, .is_probe = true };
    return true;
}

static void naive_force(struct naive *m, const struct breaker_rules *r, int64_t now,
                        struct ticket *t)
{
    if (!naive_enter(m, r, now, t))
        t->is_forced = true;
}

static int naive_count(const struct naive *m, const struct breaker_rules *r, int64_t now,
                       int *failures)
{
    int first = m->n > (int)r->window ? m->n - (int)r->window : 0, n = 0;

    *failures = 0;
    for (int i = first; i < m->n; i++) {
        int64_t seconds = now / 1000 - m->results[i].at_ms / 1000;
        if (r->age_ms && seconds * 1000 > r->age_ms)
            continue;
        n++;
        *failures += m->results[i].is_failure;
    }
    return n;
}

static void naive_push(struct naive *m, bool is_failure, int64_t now)
{
    if (m->n == KEPT) {
        memmove(m->results, m->results + 1, sizeof(m->results) - sizeof(m->results[0]));
        m->n--;
    }
    m->results[m->n].at_ms = now;
    m->results[m->n++].is_failure = is_failure;
}

static void naive_open(struct naive *m, const struct breaker_rules *r, int64_t now)
{
    naive_become(m, BREAKER_OPEN);
    m->open_since = now;
    m->open_until = now + r->open_ms;
    m->opened++;
}

static bool naive_report(struct naive *m, const struct breaker_rules *r, const struct ticket *t,
                         enum breaker_result result, int64_t now)
{
    enum breaker_state before = m->state;
    int failures;

    if (t->age != m->age)
        return false;
    if (t->is_probe)
        m->probe_at = -1;
    if (r->is_off || result == BREAKER_NEUTRAL)
        return false;
    if (m->state == BREAKER_CLOSED) {
        naive_push(m, result == BREAKER_FAILED, now);
        int n = naive_count(m, r, now, &failures);
        if (result == BREAKER_FAILED && n >= (int)r->minimum &&
            failures * 100 >= n * (int)r->percent)
            naive_open(m, r, now);
    } else if (result == BREAKER_OK && (t->is_probe || t->is_forced)) {
        naive_become(m, BREAKER_CLOSED);
    } else if (result == BREAKER_FAILED && t->is_probe) {
        naive_open(m, r, now);
    }
    return m->state != before;
}

/* ---- both together ---- */

struct held {
    struct breaker_pass pass;
    struct ticket ticket;
    int64_t since;
};

struct world {
    struct breaker b;
    struct naive m;
    struct breaker_rules rules;
    int64_t now;
    int held_n;
    struct held held[HELD]; /* under way, oldest first */
    int64_t probing;        /* since when somebody looks; -1: nobody */
};

static void world_init(struct world *w, const struct breaker_rules *r)
{
    memset(w, 0, sizeof(*w));
    breaker_init(&w->b);
    w->m.probe_at = -1;
    w->rules = *r;
    w->now = MIN;
    w->probing = -1;
}

static void world_copy(struct world *to, const struct world *from)
{
    memcpy(to, from, sizeof(*to));
    pthread_mutex_init(&to->b.lock, NULL);
}

static bool is_same(struct world *w)
{
    struct breaker_view v;
    int failures, n = naive_count(&w->m, &w->rules, w->now, &failures);
    enum breaker_state state = w->m.state;

    if (state == BREAKER_OPEN && !naive_is_waiting(&w->m, &w->rules, w->now))
        state = BREAKER_HALF_OPEN;
    if (w->rules.is_off)
        state = BREAKER_CLOSED;
    breaker_view(&w->b, &w->rules, w->now, &v);
    bool has_probe = w->m.state == BREAKER_HALF_OPEN && w->m.probe_at >= 0 &&
                     w->now < w->m.probe_at + BREAKER_PROBE_MS;
    return v.state == state && breaker_look(&w->b, &w->rules, w->now) == state &&
           v.generation == w->m.age && (int)v.results == n && (int)v.failures == failures &&
           (int)v.opened == w->m.opened && v.has_probe == has_probe &&
           (state == BREAKER_CLOSED || v.open_until_ms == w->m.open_until);
}

/* By the history alone, whatever breakers and generations say. */
static bool note_probe(struct world *w)
{
    bool is_alone = w->probing < 0 || w->now >= w->probing + BREAKER_PROBE_MS;

    w->probing = w->now;
    return is_alone;
}

static void held_drop(struct world *w, int i)
{
    w->held_n--;
    memmove(w->held + i, w->held + i + 1, sizeof(w->held[0]) * (size_t)(w->held_n - i));
}

static bool step_pass(struct world *w, bool is_forced)
{
    if (w->held_n == HELD)
        held_drop(w, 0); /* lost */
    struct held *h = &w->held[w->held_n];
    bool is_in = true, is_in_m = true;

    if (is_forced) {
        breaker_force(&w->b, &w->rules, w->now, &h->pass);
        naive_force(&w->m, &w->rules, w->now, &h->ticket);
    } else {
        is_in = breaker_enter(&w->b, &w->rules, w->now, &h->pass);
        is_in_m = naive_enter(&w->m, &w->rules, w->now, &h->ticket);
    }
    if (is_in != is_in_m)
        return false;
    if (!is_in)
        return true;
    h->since = w->now;
    w->held_n++;
    if (h->pass.is_probe && !note_probe(w))
        return false;
    return h->pass.is_probe == h->ticket.is_probe && h->pass.is_forced == h->ticket.is_forced;
}

static bool is_untouched(const struct breaker *a, const struct breaker *b)
{
    return a->face == b->face && a->open_since_ms == b->open_since_ms &&
           a->open_until_ms == b->open_until_ms && a->probe_since_ms == b->probe_since_ms &&
           a->failed == b->failed && a->seen == b->seen && a->opened == b->opened &&
           memcmp(a->at_s, b->at_s, sizeof(a->at_s)) == 0;
}

static bool step_report(struct world *w, int i, enum breaker_result result)
{
    struct breaker before;

    if (i >= w->held_n)
        return true;
    struct held h = w->held[i];
    held_drop(w, i);
    memcpy(&before, &w->b, sizeof(before));
    bool is_late = h.ticket.age != w->m.age;
    bool is_changed = breaker_report(&w->b, &w->rules, &h.pass, result, w->now);
    if (is_changed != naive_report(&w->m, &w->rules, &h.ticket, result, w->now))
        return false;
    if (is_changed || (h.pass.is_probe && h.since == w->probing))
        w->probing = -1;
    return !is_late || (!is_changed && is_untouched(&before, &w->b));
}

/* Whoever is under way never comes back; the longest of our waits; one request that works. */
static bool can_recover(const struct world *w)
{
    struct world c;
    struct breaker_pass pass;

    world_copy(&c, w);
    c.rules.is_off = false;
    int64_t wait = c.rules.open_ms > RESTORED_MS ? c.rules.open_ms : RESTORED_MS;
    c.now += wait > BREAKER_PROBE_MS ? wait : BREAKER_PROBE_MS;
    if (!breaker_enter(&c.b, &c.rules, c.now, &pass))
        return false;
    breaker_report(&c.b, &c.rules, &pass, BREAKER_OK, c.now);
    bool is_well = breaker_look(&c.b, &c.rules, c.now) == BREAKER_CLOSED;
    breaker_fini(&c.b);
    return is_well;
}

/* ---- all short histories ---- */

enum { DEEP = 6, STEPS = 10 };

static bool step_one(struct world *w, int what)
{
    static const int64_t jumps[] = { S, 2 * MIN, BREAKER_PROBE_MS };
    int newest = w->held_n ? w->held_n - 1 : 0;

    switch (what) {
    case 0:
        return step_pass(w, false);
    case 1:
        return step_pass(w, true);
    case 2:
        return step_report(w, 0, BREAKER_OK);
    case 3:
        return step_report(w, 0, BREAKER_FAILED);
    case 4:
        return step_report(w, 0, BREAKER_NEUTRAL);
    case 5:
        return step_report(w, newest, BREAKER_OK);
    case 6:
        return step_report(w, newest, BREAKER_FAILED);
    default:
        w->now += jumps[what - 7];
        return true;
    }
}

static long histories, wrong;

static void go_on(const struct world *from, int depth)
{
    for (int what = 0; what < STEPS; what++) {
        struct world w;
        world_copy(&w, from);
        if (!step_one(&w, what) || !is_same(&w) || !can_recover(&w))
            wrong++;
        else if (depth > 1)
            go_on(&w, depth - 1);
        histories += depth == 1;
        breaker_fini(&w.b);
    }
}

/* From closed, from the edge of opening, and from open. */
TEST(breaker_model_all_short_histories)
{
    static const struct breaker_rules tiny = {
        .window = 3, .minimum = 2, .percent = 60, .open_ms = 2 * MIN, .age_ms = 5 * MIN
    };
    struct world w;

    histories = wrong = 0;
    world_init(&w, &tiny);
    for (int i = 0; i < 3; i++) {
        go_on(&w, DEEP - 1 + (i == 2));
        CHECK(step_pass(&w, false) && step_report(&w, 0, BREAKER_FAILED));
    }
    breaker_fini(&w.b);
    printf("# %ld histories\n", histories);
    CHECK_EQ(wrong, 0);
}

/* ---- a million random steps ---- */

static uint64_t random_word;

static uint32_t dice(uint32_t n)
{
    random_word ^= random_word << 13;
    random_word ^= random_word >> 7;
    random_word ^= random_word << 17;
    return (uint32_t)(random_word >> 33) % n;
}

static void roll_rules(struct breaker_rules *r)
{
    static const int64_t opens[] = { 0, 1, S, MIN, 15 * MIN, 24 * 60 * MIN };
    static const int64_t ages[] = { 0, S, MIN, 10 * MIN };

    r->is_off = dice(8) == 0;
    r->window = 1 + dice(dice(2) ? 12 : KEPT);
    r->minimum = 1 + dice(r->window);
    r->percent = 1 + dice(100);
    r->open_ms = opens[dice(6)];
    r->age_ms = ages[dice(4)];
}

static void step_outside(struct world *w)
{
    if (dice(2)) {
        breaker_reset(&w->b);
        naive_become(&w->m, BREAKER_CLOSED);
        w->probing = -1;
        return;
    }
    int64_t until = w->now + dice(RESTORED_MS);
    breaker_restore(&w->b, until);
    bool is_longer = w->m.state == BREAKER_OPEN && until > w->m.open_until;
    if (w->m.state == BREAKER_CLOSED || is_longer)
        w->m.open_since = w->m.open_until = until;
    if (w->m.state == BREAKER_CLOSED)
        naive_become(&w->m, BREAKER_OPEN);
}

static bool step_random(struct world *w, uint32_t failing)
{
    uint32_t what = dice(1000);

    if (what < 400)
        return step_pass(w, dice(10) == 0);
    if (what < 830) {
        enum breaker_result r = dice(10) == 0         ? BREAKER_NEUTRAL
                                : dice(100) < failing ? BREAKER_FAILED
                                                      : BREAKER_OK;
        return step_report(w, w->held_n ? (int)dice((uint32_t)w->held_n) : 0, r);
    }
    if (what < 860 && w->held_n)
        held_drop(w, (int)dice((uint32_t)w->held_n));
    else if (what < 990)
        w->now += dice(10) ? dice(30 * S) : dice(20 * MIN);
    else if (what < 992)
        w->now += dice(48 * 60 * MIN);
    else if (what < 995)
        step_outside(w);
    else if (what < 997)
        roll_rules(&w->rules);
    return true;
}

TEST(breaker_model_a_million_random_steps)
{
    static const struct breaker_rules usual = {
        .window = 10, .minimum = 5, .percent = 50, .open_ms = 15 * MIN, .age_ms = 10 * MIN
    };
    struct world w;
    long states[3] = { 0 };
    int bad = 0;

    random_word = 88172645463325252u;
    world_init(&w, &usual);
    for (long i = 0; i < 1500000 && bad < 5; i++) {
        uint32_t failing = i >> 12 & 1 ? 80 : 20; /* better and worse times */
        if (!CHECK(step_random(&w, failing)) || !CHECK(is_same(&w)) ||
            (i % 16 == 0 && !CHECK(can_recover(&w)))) {
            printf("# step %ld\n", i);
            bad++;
        }
        states[w.m.state]++;
    }
    printf("# closed %ld, open %ld, half-open %ld, opened %d\n", states[0], states[1],
           states[2], w.m.opened);
    CHECK(states[0] > 100000 && states[1] > 100000 && states[2] > 10000);
    breaker_fini(&w.b);
}

TEST_MAIN()
