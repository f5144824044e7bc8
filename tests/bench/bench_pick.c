/* SPDX-License-Identifier: MIT */
/*
 * bench_pick - what choosing a path and booking its outcome costs, in nanoseconds of CPU, by strategy and by how many channels.
 *
 * Each channel has ten keys and one base URL, all of them well; each request is chosen for, succeeds, and is settled, as a
 * worker does it; "at home" are the turns of a few conversations.  Eight threads share all of the health, so what they
 * tear from each other's caches is in the figure.
 *
 * Prints the median of some runs: the best of them is the one in which the threads met least.
 */
#include "unit/balance/world.h"

#include <pthread.h>
#include <time.h>

enum { RUNS = 5, THREADS = 8, KEYS = 10 };

static struct world w;

struct load {
    uint32_t n; /* requests */
    uint64_t seed;
    bool has_trace, has_session;
};

static int64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void request(const struct load *l, uint32_t i)
{
    struct session session = world_session(l->seed + i % 16);
    struct trace trace;
    struct pick pick;
    int64_t wait_ms;
    struct pick_ask ask = { .family = STR("messages"),
                            .model = STR("claude-sonnet-4-5"),
                            .op = CP_CHAT,
                            .session = l->has_session ? &session : NULL,
                            .tokens = 1000,
                            .random = strategy_mix(l->seed, i),
                            .now_ms = w.now_ms + i / 64,
                            .wall_ms = w.wall_ms + i / 64 };
    struct outcome outcome = { .result = CHARGE_OK,
                               .first_content_us = 400000 + i % 1000,
                               .tokens = 1200,
                               .model = ask.model,
                               .session = ask.session,
                               .client_key = STR("client") };

    if (l->has_trace) {
        trace.n = trace.left_out = 0;
        ask.trace = &trace;
    }
    if (pick_choose(&w.roster, &ask, &pick, &wait_ms) != PICK_FOUND)
        abort();
    charge_settle(&w.roster, &pick, &outcome, ask.now_ms, ask.wall_ms);
}

static void *load_run(void *arg)
{
    const struct load *l = arg;

    for (uint32_t i = 0; i < l->n; i++)
        request(l, i);
    return NULL;
}

static int smaller_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* CPU of all threads together, for one request. */
static int64_t run_ns(struct load l, int threads)
{
    pthread_t thread[THREADS];
    struct load loads[THREADS];
    int64_t took[RUNS];

    for (int r = 0; r < RUNS; r++) {
        int64_t begin = cpu_ns();
        for (int i = 0; i < threads; i++) {
            loads[i] = l;
            loads[i].seed = (uint64_t)(r * THREADS + i) * 1000 + 1;
            if (pthread_create(&thread[i], NULL, load_run, &loads[i]))
                abort();
        }
        for (int i = 0; i < threads; i++)
            pthread_join(thread[i], NULL);
        took[r] = (cpu_ns() - begin) / l.n / threads;
    }
    qsort(took, RUNS, sizeof(*took), smaller_first);
    return took[RUNS / 2];
}

static void open_channels(uint32_t n, const char *strategy)
{
    char id[16];

    world_init(&w);
    w.conf.scheduler.strategy = str_of(strategy);
    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof(id), "c%u", i);
        world_channel(&w, id, KEYS, 1);
    }
    world_open(&w);
}

static void row(uint32_t channels, const char *strategy, bool has_session)
{
    struct load l = { .n = 400000 / (channels + 9), .has_session = has_session };

    open_channels(channels, strategy);
    printf("| %s%s | %u |", strategy, has_session ? ", at home" : "", channels);
    for (int threads = 1; threads <= THREADS; threads += THREADS - 1) {
        for (int traced = 0; traced < 2; traced++) {
            l.has_trace = traced;
            printf(" %lld |", (long long)run_ns(l, threads));
        }
    }
    printf("\n");
    fflush(stdout);
    world_close(&w);
}

int main(void)
{
    static const char *const strategies[] = { "failover", "round_robin", "random", "least_busy",
                                              "two_choices" };
    static const uint32_t channels[] = { 1, 10, 100, 1000 };

    printf("| strategy | channels | 1 thread | with trace | 8 threads | with trace |\n"
           "|---|---|---|---|---|---|\n");
    for (size_t s = 0; s < sizeof(strategies) / sizeof(*strategies); s++)
        for (size_t c = 0; c < sizeof(channels) / sizeof(*channels); c++)
            row(channels[c], strategies[s], false);
    for (size_t c = 0; c < sizeof(channels) / sizeof(*channels); c++)
        row(channels[c], "random", true);
    return 0;
}
