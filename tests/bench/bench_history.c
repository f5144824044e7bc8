/* SPDX-License-Identifier: MIT */
/*
 * bench_history - what a history of a million requests costs: writing, finding, summing, trimming.
 *
 *     bench_history [records [plugin]]
 *
 * The database stands in a folder below the current one.  Of what is asked several times the median is told.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "plugin/loader.h"
#include "plugin/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000, TURNS = 9, KNOWN = 4242, TRACED = 20, SELDOM = 9973 };
static const int64_t start_ms = INT64_C(1760000400000);
static char known_id[27];

struct names {
    char id[27], session[17];
};

static struct cp_record record(int64_t i, int64_t every_ms, struct names *n)
{
    static const char *const channels[] = { "anthropic", "relay-a", "relay-b", "openai",
                                            "gemini" };
    static const char *const models[] = { "claude-sonnet-4-5", "claude-opus-4-5", "gpt-5.2",
                                          "gemini-3-pro" };
    static const char *const clients[] = { "team", "laptop", "ci", "alice", "bob", "carol" };
#define PASSED(id)                                                                             \
    "{\"channel\":\"" id                                                                       \
    "\",\"key\":\"172fd47e71b3\",\"why\":\"cooling\",\"left_ms\":41234,\"in_flight\":3},"
    static const char trace[] =
        "{\"strategy\":\"failover\",\"order\":[\"anthropic\",\"relay-a\",\"relay-b\"],\"passed\":[" PASSED(
            "relay-a") PASSED("relay-b") PASSED("openai") PASSED("gemini")
            PASSED("vertex") "null],\"picked\":\"anthropic\",\"why\":\"home\"}";
    uint64_t r = (uint64_t)i * 0x9E3779B97F4A7C15u >> 32;
    hash_ulid(start_ms + i * every_ms, n->id);
    if (i == KNOWN)
        memcpy(known_id, n->id, sizeof(known_id));
    snprintf(n->session, sizeof(n->session), "%016llx", (unsigned long long)(i / 40));
    return (struct cp_record){ .size = sizeof(struct cp_record),
                               .flags = CP_RECORD_STREAM,
                               .id = str_of(n->id),
                               .wall_ms = start_ms + i * every_ms,
                               .client = str_of(clients[r % 6]),
                               .family = i % SELDOM ? STR("messages") : STR("gemini"),
                               .op = STR("chat"),
                               .dialect = STR("claude"),
                               .model = str_of(models[r / 6 % 4]),
                               .model_up = str_of(models[r / 6 % 4]),
                               .channel = str_of(channels[r / 24 % 5]),
                               .key = STR("172fd47e71b3"),
                               .session = str_of(n->session),
                               .peer = STR("192.0.2.17"),
                               .agent = STR("claude-cli/2.1.0 (external, cli)"),
                               .end = !(i % SELDOM) ? STR("CL")
                                      : r % 50      ? STR("--")
                                                    : STR("SH"),
                               .why = r % 50 ? STR_NONE : STR("upstream: 529 overloaded"),
                               .status = r % 50 ? 200 : 502,
                               .up_status = r % 50 ? 200 : 529,
                               .attempts = 1,
                               .try_size = sizeof(struct cp_try),
                               .queue_us = 40,
                               .connect_us = 12000,
                               .first_us = 800000,
                               .content_us = 900000,
                               .total_us = 9000000,
                               .bytes_in = 180000,
                               .bytes_out = 12000,
                               .tokens = { 0, 900, 41000, 1200, 0, -1, 700, -1, -1 },
                               .cost_micro = 31337,
                               .trace =
                                   i % TRACED ? STR_NONE : str_n(trace, sizeof(trace) - 1) };
}

static double seconds_since(int64_t us)
{
    return (double)(clock_us() - us) / 1e6;
}

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fill(struct vault *v, int64_t n, int64_t every_ms)
{
    static struct names names[BATCH];
    static struct cp_record batch[BATCH];
    struct err err = { 0 };
    int64_t begin = clock_us(), worst = 0;
    double cpu = cpu_us();

    for (int64_t i = 0; i < n; i += BATCH) {
        for (int64_t j = 0; j < BATCH; j++)
            batch[j] = record(i + j, every_ms, &names[j]);
        int64_t at = clock_us();
        if (vault_append(v, batch, BATCH, &err)) {
            printf("append: %s\n", err.what);
            exit(1);
        }
        worst = clock_us() - at > worst ? clock_us() - at : worst;
    }
    printf(
        "append  %lld records in batches of %d: %.0f records/s, %.1f us of CPU each; the longest "
        "batch %.1f ms\n",
        (long long)n, BATCH, (double)n / seconds_since(begin), (cpu_us() - cpu) / (double)n,
        (double)worst / 1e3);
}

static int count(void *ctx, const struct cp_record *r)
{
    ++*(int64_t *)ctx;
    return r->id.n == 0;
}

static int count_sum(void *ctx, const struct cp_sum *s)
{
    ++*(int64_t *)ctx;
    return s->size == 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_find(struct vault *v, const char *what, struct cp_filter f)
{
    double took[TURNS];
    struct err err = { 0 };
    int64_t n = 0;

    f.size = sizeof(f);
    for (int i = 0; i < TURNS; i++) {
        int64_t at = clock_us();
        n = 0;
        if (vault_find(v, &f, STR_NONE, 50, count, &n, &err))
            printf("find: %s\n", err.what);
        took[i] = seconds_since(at) * 1e3;
    }
    qsort(took, TURNS, sizeof(*took), by_value);
    printf("find    %-34s %3lld rows  %8.2f ms\n", what, (long long)n, took[TURNS / 2]);
}

static void time_sum(struct vault *v, const char *what, struct cp_filter f, uint32_t by,
                     int64_t step_ms)
{
    double took[TURNS];
    struct err err = { 0 };
    int64_t n = 0;

    f.size = sizeof(f);
    for (int i = 0; i < TURNS; i++) {
        int64_t at = clock_us();
        n = 0;
        if (vault_sum(v, &f, by, step_ms, count_sum, &n, &err))
            printf("sum: %s\n", err.what);
        took[i] = seconds_since(at) * 1e3;
    }
    qsort(took, TURNS, sizeof(*took), by_value);
    printf("sum     %-34s %3lld rows  %8.2f ms\n", what, (long long)n, took[TURNS / 2]);
}

static void look(struct vault *v, int64_t n, int64_t every_ms)
{
    int64_t end = start_ms + n * every_ms, hour = 3600000;

    time_find(v, "the newest", (struct cp_filter){ 0 });
    time_find(v, "of a client", (struct cp_filter){ .client = STR("carol") });
    time_find(v, "of a channel, a day old",
              (struct cp_filter){ .channel = STR("openai"), .until_ms = end - 24 * hour });
    time_find(v, "that failed", (struct cp_filter){ .outcome = CP_FAILED_ONLY });
    time_find(v, "of a conversation", (struct cp_filter){ .session = STR("00000000000000ff") });
    time_find(v, "by its id", (struct cp_filter){ .id = str_of(known_id) });
    time_find(v, "of a status nobody had",
              (struct cp_filter){ .status_least = 418, .status_most = 418 });
    time_find(v, "of a status that failures have",
              (struct cp_filter){ .status_least = 500, .status_most = 599 });
    time_find(v, "of all that went wrong", (struct cp_filter){ .status_least = 400 });
    time_find(v, "of a class that nobody had",
              (struct cp_filter){ .status_least = 400, .status_most = 499 });
    time_find(v, "of a model", (struct cp_filter){ .model = STR("gpt-5.2") });
    time_find(v, "of a client API", (struct cp_filter){ .family = STR("messages") });
    time_find(v, "of a client API used seldom", (struct cp_filter){ .family = STR("gemini") });
    time_find(v, "of an end", (struct cp_filter){ .end = STR("SH") });
    time_find(v, "of an end that is seldom", (struct cp_filter){ .end = STR("CL") });
    time_find(v, "that were cancelled", (struct cp_filter){ .outcome = CP_CANCELLED_ONLY });
    time_find(v, "of a key", (struct cp_filter){ .key = STR("172fd47e71b3") });
    time_find(v, "of a channel, failed",
              (struct cp_filter){ .channel = STR("relay-a"), .outcome = CP_FAILED_ONLY });
    time_find(v, "of a channel and a client",
              (struct cp_filter){ .channel = STR("relay-a"), .client = STR("bob") });
    time_find(v, "of a channel and a client API used seldom",
              (struct cp_filter){ .channel = STR("relay-a"), .family = STR("gemini") });
    time_find(v, "of a client and a model, failed",
              (struct cp_filter){
                  .client = STR("bob"), .model = STR("gpt-5.2"), .outcome = CP_FAILED_ONLY });
    time_sum(v, "all", (struct cp_filter){ 0 }, CP_BY_NOTHING, 0);
    time_sum(v, "30 d by channel, 6 h steps",
             (struct cp_filter){ .from_ms = end - 720 * hour, .until_ms = end }, CP_BY_CHANNEL,
             6 * hour);
    time_sum(v, "7 d by model, 1 h steps",
             (struct cp_filter){ .from_ms = end - 168 * hour, .until_ms = end },
             CP_BY_MODEL_NAME, hour);
    time_sum(v, "24 h by key, 15 min steps",
             (struct cp_filter){ .from_ms = end - 24 * hour, .until_ms = end },
             CP_BY_UPSTREAM_KEY, hour / 4);
    time_sum(v, "24 h by client",
             (struct cp_filter){ .from_ms = end - 24 * hour - 1234, .until_ms = end - 77 },
             CP_BY_CLIENT_KEY, 0);
}

static void trim(struct vault *v, int64_t before_ms)
{
    struct err err = { 0 };
    int64_t begin = clock_us(), worst = 0, steps = 0, at;
    int rc;

    do {
        at = clock_us();
        rc = vault_trim(v, before_ms, 0, 500, &err);
        worst = clock_us() - at > worst ? clock_us() - at : worst;
        steps++;
    } while (rc == 1);
    printf("trim    half of it in %lld steps of 500: %.1f s; the longest step %.1f ms\n",
           (long long)steps, seconds_since(begin), (double)worst / 1e3);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000, records, bytes;
    const char *plugin = argc > 2 ? argv[2] : ".libs/sqlite.so";
    char dir[] = "bench_history.XXXXXX", command[64];
    struct err err = { 0 };
    struct vault *v, *reader;
    struct registry *r = registry_new();
    int64_t every_ms = INT64_C(30) * 86400000 / n; /* thirty days */

    if (registry_load(r, plugin, LOADER_LAX, &err) || !mkdtemp(dir) ||
        vault_open(registry_store_at(r, 0), NULL, 0, dir, CP_STORE_WRITE, &v, &err)) {
        printf("%s: %s\n", err.where, err.what);
        return 1;
    }
    n = n / BATCH * BATCH;
    fill(v, n, every_ms);
    if (!vault_measure(v, &records, &bytes, &err))
        printf("size    %lld records, %.0f bytes each\n", (long long)records,
               (double)bytes / (double)records);
    if (!vault_open(registry_store_at(r, 0), NULL, 0, dir, CP_STORE_READ, &reader, &err)) {
        look(reader, n, every_ms);
        vault_close(reader);
    }
    trim(v, start_ms + n / 2 * every_ms);
    if (!vault_measure(v, &records, &bytes, &err))
        printf("size    %lld records, %lld bytes\n", (long long)records, (long long)bytes);
    vault_close(v);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) ? 1 : 0;
}
