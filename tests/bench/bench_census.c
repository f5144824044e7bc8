/* SPDX-License-Identifier: MIT */
/*
 * bench_census - what a record costs behind the requests, and what a look at the sums costs, in nanoseconds.
 *
 * leave: a worker's copy into the diary, with a trace of the usual length.  add: census and metrics, one thread behind all
 * workers.  window, activity, line, page: what polls and followers cost, with 100 channels and 1,000 models, all rings full.
 */
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/statistics.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/census.h"
#include "state/diary.h"
#include "state/vitals.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS = 100, MODELS = 1000, RUNS = 20000, LOOKS = 2000 };
static const int64_t start_ms = INT64_C(1790000000000);

static const char trace[] =
    "[{\"kind\":\"prefer\",\"at_us\":0,\"why\":\"affinity\",\"channel\":\"relay-one\"},"
    "{\"kind\":\"chosen\",\"at_us\":1,\"why\":\"affinity\",\"channel\":\"relay-one\",\"key\":"
    "\"0123456789ab\",\"url\":\"https://relay.example\"},{\"kind\":\"attempt\",\"at_us\":812345,"
    "\"channel\":\"relay-one\",\"key\":\"0123456789ab\",\"result\":\"served\",\"status\":200}]";

static struct cp_try tries[1];
static char channel[32], model[32];

static struct cp_record record(uint32_t i)
{
    struct cp_record r = { .size = sizeof(r), .try_size = sizeof(struct cp_try) };

    snprintf(channel, sizeof(channel), "channel-%u", i % CHANNELS);
    snprintf(model, sizeof(model), "model-%u", i % MODELS);
    tries[0] = (struct cp_try){
        str_of(channel), STR("0123456789ab"), STR("ok"), 200, 0, 50, 800000, 0, 400
    };
    r.id = STR("01K7ZP0000000000000000000A");
    r.wall_ms = start_ms;
    r.client = STR("access");
    r.family = STR("messages");
    r.op = STR("chat");
    r.model = r.model_up = str_of(model);
    r.channel = str_of(channel);
    r.key = STR("0123456789ab");
    r.end = STR("--");
    r.status = r.up_status = 200;
    r.attempts = r.tries_n = 1;
    r.tries = tries;
    r.tokens[CP_INPUT] = 1200;
    r.tokens[CP_OUTPUT] = 300;
    r.cost_micro = 8100;
    r.total_us = 900000;
    r.content_us = 400000;
    r.overhead_us = 90;
    r.trace = str_of(trace);
    return r;
}

static void tell(const char *what, int64_t us, uint32_t n)
{
    printf("%-44s %9.0f ns\n", what, (double)us * 1000 / n);
}

static void measure_leave(void)
{
    struct diary *d = diary_new(1 << 20, 1 << 30);
    struct cp_record r = record(1);
    struct link all;
    int64_t begin_us = clock_us();

    for (uint32_t i = 0; i < RUNS; i++)
        (void)diary_add(d, &r); /* there is room */
    tell("leave a record", clock_us() - begin_us, RUNS);
    list_init(&all);
    diary_take(d, &all, 0);
    while (!list_empty(&all)) {
        struct diary_entry *e = LIST_ENTRY(all.next, struct diary_entry, link);
        list_remove(&e->link);
        diary_entry_free(e);
    }
    diary_free(d);
}

static int64_t measure_add(struct census *c, struct numbers *n)
{
    int64_t begin_us = clock_us(), wall_ms = clock_wall_ms();

    for (uint32_t i = 0; i < RUNS; i++) {
        struct cp_record r = record(i);
        r.wall_ms = wall_ms - 1000 - (int64_t)i * 1000 % (15 * 60 * 1000);
        if (c)
            census_add(c, &r);
        else
            numbers_add(n, &r);
    }
    return clock_us() - begin_us;
}

static void measure_looks(struct census *c)
{
    struct census_sum sum, strip[CENSUS_SEGMENTS];
    int64_t now = clock_wall_ms(), begin_us = clock_us();

    for (uint32_t i = 0; i < LOOKS; i++)
        census_window(c, CP_BY_NOTHING, STR_NONE, now, 15 * 60 * 1000, &sum);
    tell("a window of 15 minutes", clock_us() - begin_us, LOOKS);
    begin_us = clock_us();
    for (uint32_t i = 0; i < LOOKS; i++) {
        snprintf(channel, sizeof(channel), "channel-%u", i % CHANNELS);
        (void)census_steps(c, CP_BY_CHANNEL, str_of(channel), now - 149 * 6000, 6000, 150,
                           strip);
    }
    tell("the strip of one channel", clock_us() - begin_us, LOOKS);
}

/* Once a second, while somebody follows "stats". */
static void measure_line(struct census *c)
{
    static struct conf_channel confs[CHANNELS];
    static struct vitals vitals[CHANNELS];
    static struct roster_channel at[CHANNELS];
    static struct setup_channel channels[CHANNELS];
    static char ids[CHANNELS][32];
    struct setup s = { .registry = registry_new(),
                       .channels = channels,
                       .channels_n = CHANNELS };
    struct office o = { .census = c };
    struct statistics_told told = { 0 };
    struct buf line;

    for (uint32_t i = 0; i < CHANNELS; i++) {
        snprintf(ids[i], sizeof(ids[i]), "channel-%u", i);
        confs[i].id = str_of(ids[i]);
        at[i] = (struct roster_channel){ .conf = &confs[i], .vitals = &vitals[i] };
        channels[i] = (struct setup_channel){ .conf = &confs[i], .at = &at[i] };
    }
    buf_init(&line, 1 << 20);
    int64_t begin_us = clock_us(), wall_ms = clock_wall_ms();
    for (uint32_t i = 0; i < 200; i++) {
        buf_clear(&line);
        statistics_news(&o, &s, wall_ms, &told, &line);
    }
    tell("a line for those who follow", clock_us() - begin_us, 200);
    statistics_told_free(&told);
    buf_clear(&line);
    statistics_news(&o, &s, wall_ms, &told, &line);
    printf("of %zu bytes when it is whole\n", line.n);
    statistics_told_free(&told);
    buf_fini(&line);
    registry_free((struct registry *)(uintptr_t)s.registry);
}

static void measure_page(struct numbers *n)
{
    struct registry *r = registry_new();
    struct setup s = { .registry = r };
    struct office o = { .started_ms = start_ms };
    struct buf out;

    buf_init(&out, 64 << 20);
    int64_t begin_us = clock_us();
    for (uint32_t i = 0; i < 20; i++) {
        buf_clear(&out);
        numbers_write(n, &o, &s, false, &out);
    }
    tell("a scrape", clock_us() - begin_us, 20);
    printf("of %zu bytes\n", out.n);
    buf_fini(&out);
    registry_free(r);
}

int main(void)
{
    struct census *c = census_new();
    struct numbers *n = numbers_new();

    measure_leave();
    (void)measure_add(c, n); /* the rings are made */
    tell("add to the census", measure_add(c, n), RUNS);
    (void)measure_add(NULL, n);
    tell("add to the metrics", measure_add(NULL, n), RUNS);
    measure_looks(c);
    measure_line(c);
    measure_page(n);
    numbers_free(n);
    census_free(c);
    return 0;
}
