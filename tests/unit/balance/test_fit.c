/* SPDX-License-Identifier: MIT */
/*
 * test_fit - each reason to be left out, and what is told of it.
 */
#include "balance/fit.h"

#include "balance/world.h"
#include "test.h"

static struct world w;

static struct pick_ask three(void)
{
    world_three(&w);
    return world_ask(&w);
}

/* ---- 3: who is fit ---- */

struct out_case {
    const char *name;
    void (*change)(void);
    uint32_t why;
    const char *said;
};

static void out_channel_cool(void)
{
    world_cool(&w, "a", 1000);
}

static void out_channel_open(void)
{
    world_break(&w, "a");
}

static void out_channel_probing(void)
{
    struct vitals *v = world_vitals(&w, "a");
    struct breaker_pass pass;

    breaker_restore(&v->breaker, w.now_ms + 1000);
    world_pass(&w, 1000);
    CHECK(breaker_enter(&v->breaker, &w.roster.channels[0].breaker, w.now_ms, &pass));
}

static void out_key_cool(void)
{
    world_cool(&w, "a/key/a-0", 1000);
}

static void out_key_off(void)
{
    world_key(&w.channels[0], 0)->is_enabled = false;
    world_open(&w);
}

static void out_key_model(void)
{
    struct mark mark = { .kind = MARK_MODEL,
                         .owner = STR("a/key/a-0"),
                         .detail = STR("m"),
                         .until_ms = w.now_ms + 1000 };

    marks_put(w.health.marks, &mark, w.now_ms);
}

static void out_channel_model(void)
{
    struct mark mark = {
        .kind = MARK_MODEL, .owner = STR("a"), .detail = STR("m"), .until_ms = w.now_ms + 1000
    };

    marks_put(w.health.marks, &mark, w.now_ms);
}

static void out_url_cool(void)
{
    world_cool(&w, "a/url/https://a0.example", 1000);
}

static void out_path_open(void)
{
    world_break(&w, "a/path/a-0/https://a0.example");
}

static void cap_and_fill(struct conf_caps *caps, struct conf_caps set)
{
    struct pick_ask ask = world_ask(&w);
    struct pick p;

    *caps = set;
    world_open(&w);
    ask.tokens = 1;
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
    if (set.tpm)
        world_settle(&w, &ask, &p, (struct outcome){ .result = CHARGE_OK, .tokens = 100 });
}

static void out_channel_concurrency(void)
{
    cap_and_fill(&w.channels[0].caps, (struct conf_caps){ .concurrency = 1 });
}

static void out_channel_rpm(void)
{
    cap_and_fill(&w.channels[0].caps, (struct conf_caps){ .rpm = 1 });
}

static void out_channel_tpm(void)
{
    cap_and_fill(&w.channels[0].caps, (struct conf_caps){ .tpm = 50 });
}

static void out_key_concurrency(void)
{
    cap_and_fill(&world_key(&w.channels[0], 0)->caps, (struct conf_caps){ .concurrency = 1 });
}

static void out_key_rpm(void)
{
    cap_and_fill(&world_key(&w.channels[0], 0)->caps, (struct conf_caps){ .rpm = 1 });
}

static void out_key_tpm(void)
{
    cap_and_fill(&world_key(&w.channels[0], 0)->caps, (struct conf_caps){ .tpm = 50 });
}

static bool is_told(const struct trace *t, uint32_t why)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->at[i].kind == TRACE_OUT && t->at[i].channel == 0 && t->at[i].why == why)
            return true;
    return false;
}

TEST(fit_leaves_out_who_is_not_fit_and_says_why)
{
    static const struct out_case cases[] = {
        { "channel rests", out_channel_cool, TRACE_COOLDOWN, "b/0/0 strategy" },
        { "channel open", out_channel_open, TRACE_BREAKER, "b/0/0 strategy" },
        { "channel probing", out_channel_probing, TRACE_PROBING, "b/0/0 strategy" },
        { "channel lacks model", out_channel_model, TRACE_MODEL_REST, "b/0/0 strategy" },
        { "channel slots", out_channel_concurrency, TRACE_CONCURRENCY, "b/0/0 strategy" },
        { "channel rpm", out_channel_rpm, TRACE_RPM, "b/0/0 strategy" },
        { "channel tpm", out_channel_tpm, TRACE_TPM, "b/0/0 strategy" },
        { "key rests", out_key_cool, TRACE_COOLDOWN, "a/1/0 strategy" },
        { "key off", out_key_off, TRACE_KEY_OFF, "a/1/0 strategy" },
        { "key lacks model", out_key_model, TRACE_MODEL_REST, "a/1/0 strategy" },
        { "key slots", out_key_concurrency, TRACE_CONCURRENCY, "a/1/0 strategy" },
        { "key rpm", out_key_rpm, TRACE_RPM, "a/1/0 strategy" },
        { "key tpm", out_key_tpm, TRACE_TPM, "a/1/0 strategy" },
        { "url rests", out_url_cool, TRACE_COOLDOWN, "a/0/1 strategy" },
        { "path open", out_path_open, TRACE_BREAKER, "a/0/1 strategy" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct pick_ask ask = three();
        struct trace trace = { 0 };
        cases[i].change();
        ask.trace = &trace;
        ask.tokens = 1;
        WORLD_SAYS(&w, &ask, cases[i].said);
        if (!CHECK(is_told(&trace, cases[i].why)))
            printf("#     %s\n", cases[i].name);
        CHECK_EQ(trace.at[trace.n - 1].kind, TRACE_CHOSEN);
        world_close(&w);
    }
}

TEST(fit_asks_nothing_twice_for_the_same_fault)
{
    static const struct {
        struct tried tried;
        const char *said;
    } cases[] = {
        { { 0, 0, TRIED_ANY }, "a/1/0 strategy" },         /* the key */
        { { 0, TRIED_ANY, 0 }, "a/0/1 strategy" },         /* the base URL */
        { { 0, 0, 0 }, "a/0/1 strategy" },                 /* the path */
        { { 0, TRIED_ANY, TRIED_ANY }, "b/0/0 strategy" }, /* the channel */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct pick_ask ask = three();
        ask.tried = &cases[i].tried;
        ask.tried_n = 1;
        WORLD_SAYS(&w, &ask, cases[i].said);
        world_close(&w);
    }
}

TEST_MAIN()
