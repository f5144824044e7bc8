/* SPDX-License-Identifier: MIT */
/*
 * test_statistics_news - the line for who follows: what is in it, and that what has not changed is not.
 */
#include "admin/office.h"
#include "admin/statistics.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/census.h"
#include "state/vitals.h"
#include "json/tree.h"

#include "test.h"

#include <stdlib.h>

enum { CHANNELS = 3 };
static const int64_t start_ms = INT64_C(1790000000000) / 6000 * 6000;

/* Three channels, nothing else. */
static struct {
    struct conf_channel confs[CHANNELS];
    struct vitals vitals[CHANNELS];
    struct roster_channel at[CHANNELS];
    struct setup_channel channels[CHANNELS];
    struct roster_family family;
    struct setup setup;
    struct office office;
    struct statistics_told told;
    struct buf line;
} w;

static void world_begin(void)
{
    static const char *const ids[CHANNELS] = { "a", "b", "c" };

    memset(&w, 0, sizeof(w));
    for (uint32_t i = 0; i < CHANNELS; i++) {
        w.confs[i].id = str_of(ids[i]);
        w.at[i].conf = &w.confs[i];
        w.at[i].vitals = &w.vitals[i];
        w.channels[i] = (struct setup_channel){ .conf = &w.confs[i], .at = &w.at[i] };
    }
    w.family.name = STR("messages");
    w.setup.channels = w.channels;
    w.setup.channels_n = CHANNELS;
    w.setup.registry = registry_new();
    w.setup.roster.families = &w.family;
    w.setup.roster.families_n = 1;
    w.office.census = census_new();
    buf_init(&w.line, 1 << 20);
    clock_set(0, start_ms);
}

static void world_end(void)
{
    census_free(w.office.census);
    registry_free((struct registry *)(uintptr_t)w.setup.registry);
    statistics_told_free(&w.told);
    buf_fini(&w.line);
    clock_set(-1, -1);
}

static void serve(const char *channel, int64_t at_ms)
{
    struct cp_record r = { .size = sizeof(r),
                           .try_size = sizeof(struct cp_try),
                           .wall_ms = at_ms,
                           .status = 200,
                           .end = STR("--"),
                           .family = STR("messages"),
                           .channel = str_of(channel),
                           .content_us = 40000,
                           .total_us = 1000,
                           .cost_micro = -1 };

    r.tokens[CP_INPUT] = 7;
    clock_set(0, at_ms + 1);
    census_add(w.office.census, &r);
}

static struct tree *tell(int64_t at_ms)
{
    struct err err = { 0 };

    buf_clear(&w.line);
    statistics_news(&w.office, &w.setup, at_ms, &w.told, &w.line);
    struct tree *t = tree_parse(buf_str(&w.line), &err);
    CHECK(t != NULL);
    return t;
}

static int64_t number(const struct tree *t, const char *name)
{
    return tree_as_int(tree_get(t, name), -1);
}

TEST(the_first_line_is_whole_and_the_next_ones_tell_changes)
{
    world_begin();
    serve("a", start_ms);
    serve("a", start_ms);
    serve("b", start_ms);
    struct tree *t = tell(start_ms + 100);
    CHECK(tree_as_bool(tree_get(t, "whole")));
    CHECK_EQ(number(t, "requests"), 3);
    CHECK_EQ(tree_count(tree_get(t, "channels")), 2);
    CHECK_EQ(tree_count(tree_get(t, "families")), 1);
    CHECK(str_find(buf_str(&w.line), STR("\"first_content_p50_ms\":3")) > 0);
    tree_free(t);
    t = tell(start_ms + 200);
    CHECK(!tree_as_bool(tree_get(t, "whole")));
    CHECK_EQ(tree_count(tree_get(t, "channels")), 0);
    tree_free(t);
    serve("c", start_ms + 300);
    t = tell(start_ms + 400);
    CHECK_EQ(tree_count(tree_get(t, "channels")), 1);
    CHECK_STR(tree_as_text(tree_get(tree_at(tree_get(t, "channels"), 0), "channel")), "c");
    tree_free(t);
    t = tell(start_ms + 31000);
    CHECK(tree_as_bool(tree_get(t, "whole")));
    CHECK_EQ(tree_count(tree_get(t, "channels")), 3);
    tree_free(t);
    t = tell(start_ms + 70000); /* all is over: said by being left out */
    CHECK_EQ(number(t, "requests"), 0);
    CHECK_EQ(tree_count(tree_get(t, "channels")), 0);
    tree_free(t);
    world_end();
}

TEST(a_second_is_the_mean_of_ten)
{
    world_begin();
    for (int i = 0; i < 20; i++)
        serve("a", start_ms + i * 500);
    struct tree *t = tell(start_ms + 10000);
    CHECK(str_find(buf_str(&w.line), STR("\"per_second\":2,")) > 0);
    tree_free(t);
    t = tell(start_ms + 30000);
    CHECK(str_find(buf_str(&w.line), STR("\"per_second\":0,")) > 0);
    tree_free(t);
    world_end();
}

TEST(segments_are_told_in_full_with_their_time)
{
    char expected[160];

    world_begin();
    serve("a", start_ms + 5000);
    serve("a", start_ms + 6500);
    serve("a", start_ms + 6600);
    struct tree *t = tell(start_ms + 7000);
    snprintf(expected, sizeof(expected), "\"segments\":[[%lld,1,0,7,0],[%lld,2,0,14,0]]",
             (long long)start_ms, (long long)start_ms + 6000);
    CHECK(str_find(buf_str(&w.line), str_of(expected)) > 0);
    tree_free(t);
    world_end();
}

TEST_MAIN()
