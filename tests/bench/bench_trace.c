/* SPDX-License-Identifier: MIT */
/*
 * bench_trace - what it costs to note why a path was chosen: the same choices with a trace and without, in nanoseconds.
 *
 * ordinary: the first key is well. spread: a strategy that looks at every channel. resting: every key but the last of
 * the last channel rests, so the trace is full.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "unit/balance/world.h"

enum { CHOICES = 5000, RUNS = 60, LINE_BYTES = 4096 };

static struct world world;
static struct trace trace;

static double choose_ns(struct pick_ask *ask, struct trace *t)
{
    int64_t begin_us = clock_us();

    ask->trace = t;
    for (int i = 0; i < CHOICES; i++) {
        struct pick p;
        trace.n = trace.left_out = 0;
        ask->random = world_random(&world);
        if (pick_choose(&world.roster, ask, &p, &world.wait_ms) != PICK_FOUND)
            abort();
        world_ok(&world, ask, &p);
    }
    return (double)(clock_us() - begin_us) * 1000 / CHOICES;
}

static double line_ns(void)
{
    double best = 1e18;
    struct buf out;

    buf_init(&out, LINE_BYTES);
    for (int run = 0; run < RUNS; run++) {
        int64_t begin_us = clock_us();
        for (int i = 0; i < CHOICES; i++) {
            buf_clear(&out);
            trace_line(&trace, &world.roster, &out);
        }
        double ns = (double)(clock_us() - begin_us) * 1000 / CHOICES;
        best = ns < best ? ns : best;
    }
    buf_fini(&out);
    return best;
}

static void rest_all_but_one(uint32_t channels, uint32_t keys)
{
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false };

    for (uint32_t c = 0; c < channels; c++)
        for (uint32_t k = 0; k < keys && c * keys + k + 1 < channels * keys; k++)
            cooldown_charge(&world.roster.channels[c].keys[k]->cooldown, &cause, 60000, 60000,
                            WORLD_HOUR, world.now_ms);
}

static void tell(const char *name, uint32_t channels, uint32_t keys, struct pick_ask *ask)
{
    double without = 1e18, with = 1e18;

    for (int run = 0; run < RUNS; run++) { /* by turns: others use the machine, too */
        double ns = choose_ns(ask, NULL);
        without = ns < without ? ns : without;
        ns = choose_ns(ask, &trace);
        with = ns < with ? ns : with;
    }
    printf("%-9s %4u x %-3u %9.0f %9.0f %9.0f %6u\n", name, channels, keys, without, with,
           with - without, trace.n);
}

static void measure(uint32_t channels, uint32_t keys)
{
    char name[16];

    world_init(&world);
    for (uint32_t i = 0; i < channels; i++) {
        snprintf(name, sizeof(name), "c%u", i);
        world_channel(&world, name, keys, 1);
    }
    world_open(&world);
    struct pick_ask ask = world_ask(&world);
    ask.now_ms = world.now_ms;
    ask.wall_ms = world.wall_ms;
    tell("ordinary", channels, keys, &ask);
    world.conf.scheduler.strategy = STR("two_choices");
    world_open(&world);
    tell("spread", channels, keys, &ask);
    world.conf.scheduler.strategy = STR("failover");
    world_open(&world);
    rest_all_but_one(channels, keys);
    tell("resting", channels, keys, &ask);
    if (channels == 10)
        printf("one line of a trace with %u steps: %.0f ns\n", trace.n, line_ns());
    world_close(&world);
}

int main(void)
{
    puts("choice and settlement, ns   without      with     trace  steps");
    measure(1, 1);
    measure(10, 10);
    measure(100, 10);
    return 0;
}
