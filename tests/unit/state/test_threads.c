/* SPDX-License-Identifier: MIT */
/*
 * test_threads - the shared tables of health under real threads: what only one may have one gets, what is limited stays
 * within its limit, what was taken is given back, and whatever came of it heals.
 *
 * Also run under ThreadSanitizer (tests/check.py, stage thread).  Time is a counter that the threads move, so nothing
 * here depends on how fast the machine is.
 */
#include "state/breaker.h"
#include "state/cooldown.h"
#include "state/gate.h"
#include "state/meter.h"

#include "test.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 6, ROUNDS = 60000, S = 1000, MIN = 60 * S };

static _Atomic int64_t now_ms;
static _Atomic int wrong;

static void must(bool is_good)
{
    if (!is_good)
        atomic_fetch_add(&wrong, 1);
}

static uint32_t dice(uint64_t *word, uint32_t n)
{
    *word ^= *word << 13;
    *word ^= *word >> 7;
    *word ^= *word << 17;
    return (uint32_t)(*word >> 33) % n;
}

static void run_some(int n, void *(*work)(void *))
{
    pthread_t threads[THREADS];
    uint64_t seeds[THREADS];

    atomic_store(&now_ms, MIN);
    atomic_store(&wrong, 0);
    for (int i = 0; i < n; i++) {
        seeds[i] = 88172645463325252u + (uint64_t)i * 7919;
        pthread_create(&threads[i], NULL, work, &seeds[i]);
    }
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(atomic_load(&wrong), 0);
}

static void run(void *(*work)(void *))
{
    run_some(THREADS, work);
}

/* ---- breaker ---- */

static const struct breaker_rules usual = {
    .window = 10, .minimum = 5, .percent = 50, .open_ms = 3, .age_ms = MIN
};
static struct breaker breaker;
static _Atomic int probing, probes;

static bool heals(void)
{
    struct breaker_pass pass;
    int64_t now = atomic_load(&now_ms) + BREAKER_PROBE_MS;

    if (!breaker_enter(&breaker, &usual, now, &pass))
        return false;
    breaker_report(&breaker, &usual, &pass, BREAKER_OK, now);
    return breaker_look(&breaker, &usual, now) == BREAKER_CLOSED;
}

/* Nobody is lost and nobody forces: then there is one probe at most, whoever is faster. */
static void *ask_politely(void *seed)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t now = atomic_load(&now_ms);
        struct breaker_pass pass;
        if (dice(seed, 16) == 0)
            now = atomic_fetch_add(&now_ms, 1) + 1;
        if (!breaker_enter(&breaker, &usual, now, &pass)) {
            sched_yield(); /* the one who probes may be waiting for this core */
            continue;
        }
        if (pass.is_probe) {
            must(atomic_fetch_add(&probing, 1) == 0);
            atomic_fetch_add(&probes, 1);
            sched_yield();
            must(atomic_fetch_sub(&probing, 1) == 1);
        }
        enum breaker_result r = dice(seed, 3)   ? BREAKER_FAILED
                                : dice(seed, 4) ? BREAKER_OK
                                                : BREAKER_NEUTRAL;
        breaker_report(&breaker, &usual, &pass, r, now);
    }
    return NULL;
}

TEST(threads_breaker_has_one_probe_at_once)
{
    breaker_init(&breaker);
    probes = 0;
    run(ask_politely);
    CHECK_EQ(probing, 0);
    CHECK(probes > 100);
    CHECK(heals());
    breaker_fini(&breaker);
}

static void look_around(const struct breaker_rules *rules, int64_t now)
{
    struct breaker_view v;

    breaker_view(&breaker, rules, now, &v);
    must(v.results <= rules->window && v.failures <= v.results);
    must(breaker_look(&breaker, rules, now) <= BREAKER_HALF_OPEN);
}

static void *ask_rudely(void *seed)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct breaker_rules rules = usual;
        struct breaker_pass pass;
        int64_t now = atomic_fetch_add(&now_ms, dice(seed, 1000) ? dice(seed, 2) : MIN);
        rules.window = 1 + dice(seed, BREAKER_WINDOW);
        rules.is_off = dice(seed, 20) == 0;
        if (dice(seed, 200) == 0)
            breaker_reset(&breaker);
        if (dice(seed, 200) == 0)
            breaker_restore(&breaker, now + dice(seed, MIN));
        if (dice(seed, 20) == 0)
            look_around(&rules, now);
        if (dice(seed, 10) == 0)
            breaker_force(&breaker, &rules, now, &pass);
        else if (!breaker_enter(&breaker, &rules, now, &pass))
            continue;
        if (dice(seed, 50)) /* else it is lost */
            breaker_report(&breaker, &rules, &pass, (enum breaker_result)(1 + dice(seed, 3)),
                           now);
    }
    return NULL;
}

TEST(threads_breaker_heals_after_anything)
{
    breaker_init(&breaker);
    run(ask_rudely);
    CHECK(heals());
    breaker_fini(&breaker);
}

/* ---- cool-downs ---- */

static const struct cooldown_cause cause = { .fault = CP_BY_KEY, .trouble = CP_RATE_LIMIT };
static struct cooldown cooldown;
static pthread_barrier_t line;
static _Atomic int winners;

static void *probe_together(void *seed)
{
    for (int i = 0; i < 500; i++) {
        int64_t now = 10 * MIN + (int64_t)i * 20 * MIN;
        if (pthread_barrier_wait(&line) == PTHREAD_BARRIER_SERIAL_THREAD) {
            cooldown_clear(&cooldown);
            cooldown_charge(&cooldown, &cause, 10 * MIN, 0, 60 * MIN, now);
            atomic_store(&winners, 0);
        }
        pthread_barrier_wait(&line);
        must(!cooldown_probe(&cooldown, now + 5 * MIN - 1));
        if (cooldown_probe(&cooldown, now + 5 * MIN))
            atomic_fetch_add(&winners, 1);
        pthread_barrier_wait(&line);
        must(atomic_load(&winners) == 1);
    }
    return NULL;
}

TEST(threads_cooldown_probe_has_one_winner)
{
    memset(&cooldown, 0, sizeof(cooldown));
    pthread_barrier_init(&line, NULL, THREADS);
    run(probe_together);
    pthread_barrier_destroy(&line);
}

static void *charge_together(void *seed)
{
    for (int i = 0; i < 500; i++) {
        int64_t now = 10 * MIN + (int64_t)i * 20 * MIN;
        pthread_barrier_wait(&line);
        cooldown_charge(&cooldown, &cause, -1, 1, 60 * MIN, now);
        if (pthread_barrier_wait(&line) == PTHREAD_BARRIER_SERIAL_THREAD) {
            must(cooldown_until(&cooldown, now) == now + 1);
            must(atomic_load(&cooldown.charges) == 1);
            cooldown_clear(&cooldown);
        }
    }
    return NULL;
}

TEST(threads_cooldown_a_burst_is_one_failure)
{
    memset(&cooldown, 0, sizeof(cooldown));
    pthread_barrier_init(&line, NULL, THREADS);
    run(charge_together);
    pthread_barrier_destroy(&line);
    CHECK_EQ(cooldown_until(&cooldown, 0), 0);
}

static void *charge_and_clear(void *seed)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t now = atomic_fetch_add(&now_ms, dice(seed, 1000));
        struct cooldown_cause c;
        switch (dice(seed, 6)) {
        case 0:
            cooldown_clear(&cooldown);
            break;
        case 1:
            cooldown_probe(&cooldown, now);
            break;
        case 2:
            cooldown_charge(&cooldown, &cause, -1, dice(seed, 10 * S), 60 * MIN, now);
            break;
        case 3:
            cooldown_restore(&cooldown, &cause, now + dice(seed, MIN), now);
            break;
        case 4:
            cooldown_charge(&cooldown, &cause, dice(seed, 60 * MIN), 0, 60 * MIN, now);
            break;
        default:
            cooldown_cause(&cooldown, &c);
            must(!cooldown_until(&cooldown, now) || c.status == 0);
        }
    }
    return NULL;
}

TEST(threads_cooldown_ends_after_anything)
{
    for (int i = 0; i < 4; i++) {
        memset(&cooldown, 0, sizeof(cooldown));
        run(charge_and_clear);
        int64_t now = atomic_load(&now_ms), end = cooldown_until(&cooldown, now);
        CHECK(end <= now + 60 * MIN);
        CHECK(end < now + 4 * MIN || cooldown_is_due(&cooldown, end - 1));
        cooldown_clear(&cooldown);
        CHECK_EQ(cooldown_until(&cooldown, now), 0);
    }
}

/* Two at the very same moment, again and again: a barrier wakes them one after the other. */
static _Atomic int turn, done;

static void *race_for_probe(void *seed)
{
    for (int i = 1; i <= 4 * ROUNDS; i++) {
        while (atomic_load(&turn) != i)
            sched_yield();
        int64_t now = (int64_t)i * 20 * MIN;
        for (volatile uint32_t pause = dice(seed, 40); pause; pause = pause - 1)
            ;
        if (cooldown_probe(&cooldown, now + 5 * MIN))
            atomic_fetch_add(&winners, 1);
        if (atomic_fetch_add(&done, 1) % 2 == 0)
            continue;
        must(atomic_exchange(&winners, 0) == 1);
        cooldown_clear(&cooldown);
        cooldown_charge(&cooldown, &cause, 10 * MIN, 0, 60 * MIN, now + 20 * MIN);
        atomic_store(&turn, i + 1);
    }
    return NULL;
}

TEST(threads_cooldown_probe_is_won_in_one_step)
{
    memset(&cooldown, 0, sizeof(cooldown));
    cooldown_charge(&cooldown, &cause, 10 * MIN, 0, 60 * MIN, 20 * MIN);
    winners = done = 0;
    turn = 1;
    run_some(2, race_for_probe);
}

/* ---- gates ---- */

enum { MOST = 3, RPM = 5000 };

static struct gate gate;
static struct gate_rules rules;
static _Atomic int inside, kept;

static void *go_through(void *seed)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t now = atomic_fetch_add(&now_ms, 1), wait = -7;
        int64_t guess = dice(seed, 50);
        enum gate_answer a = gate_enter(&gate, &rules, guess, now, &wait);
        must(a == GATE_OPEN ? wait == 0 : a == GATE_CONCURRENCY ? wait == -1 : wait > 0);
        if (a != GATE_OPEN)
            continue;
        must(atomic_fetch_add(&inside, 1) < MOST);
        if (dice(seed, 4) == 0)
            sched_yield();
        atomic_fetch_sub(&inside, 1);
        if (dice(seed, 8) == 0) {
            gate_undo(&gate, &rules, guess);
            continue;
        }
        gate_settle(&gate, &rules, guess, dice(seed, 100));
        gate_leave(&gate);
        atomic_fetch_add(&kept, 1);
    }
    return NULL;
}

TEST(threads_gate_holds_and_empties)
{
    memset(&gate, 0, sizeof(gate));
    rules = (struct gate_rules){ .concurrency = MOST, .rpm = 1000 * 1000, .tpm = 1000 * 1000 };
    kept = 0;
    run(go_through);
    CHECK_EQ(gate_inside(&gate), 0);
    CHECK(kept > 0);
    /* All debts end. */
    CHECK_EQ(gate_enter(&gate, &rules, 1000000, atomic_load(&now_ms) + 90 * MIN, NULL),
             GATE_OPEN);
}

static void *take_a_minutes_worth(void *seed)
{
    for (int i = 0; i < RPM; i++) {
        if (gate_enter(&gate, &rules, 0, MIN, NULL) != GATE_OPEN)
            continue;
        if (dice(seed, 3) == 0) {
            gate_undo(&gate, &rules, 0);
            continue;
        }
        gate_leave(&gate);
        atomic_fetch_add(&kept, 1);
    }
    return NULL;
}

/* Time stands still: of all threads together as many get in as one alone would. */
TEST(threads_gate_lets_in_a_minutes_worth)
{
    memset(&gate, 0, sizeof(gate));
    rules = (struct gate_rules){ .rpm = RPM };
    kept = 0;
    run(take_a_minutes_worth);
    while (gate_enter(&gate, &rules, 0, MIN, NULL) == GATE_OPEN)
        kept++;
    CHECK_EQ(kept, RPM);
}

/* ---- meters ---- */

static struct meter meter;

static void *measure(void *seed)
{
    for (int i = 0; i < ROUNDS / 2; i++) {
        int64_t now = atomic_fetch_add(&now_ms, dice(seed, 3));
        meter_add(&meter, 1000000 + dice(seed, 1000000), now);
        if (i % 16)
            continue;
        int64_t mean = meter_mean(&meter, now), p50 = meter_percentile(&meter, 50, 1);
        must(mean > 500000 && mean < 2000000);
        must(p50 == -1 || (p50 >= 1000000 && p50 <= 2500000));
    }
    return NULL;
}

TEST(threads_meter_loses_nothing_but_samples)
{
    uint32_t sum = 0;

    memset(&meter, 0, sizeof(meter));
    run(measure);
    for (int i = 0; i < METER_BUCKETS; i++)
        sum += meter.counts[i];
    CHECK(sum > 0);
    CHECK_EQ(sum, meter.n);
    for (uint32_t n = sum; n; n /= 2) /* however far they ran ahead of the one that halved */
        meter_add(&meter, 1000000, atomic_load(&now_ms));
    CHECK(meter.n < METER_KEPT);
}

TEST_MAIN()
