/* SPDX-License-Identifier: MIT */
/*
 * test_charge - each outcome costs its owner what it should, and nobody else anything.
 */
#include "balance/charge.h"

#include "balance/world.h"
#include "test.h"

static struct world w;
static struct pick_ask ask;

/* a: two keys, `urls` base URLs. */
static void open_world(uint32_t keys, uint32_t urls)
{
    world_init(&w);
    world_channel(&w, "a", keys, urls);
    world_open(&w);
    ask = world_ask(&w);
}

#define KEY     "a/key/a-0"
#define URL     "a/url/https://a0.example"
#define PATH    "a/path/a-0/https://a0.example"
#define OUTCOME (struct outcome)

static int64_t rests(const char *name)
{
    int64_t until = cooldown_until(&world_vitals(&w, name)->cooldown, w.now_ms);

    return until ? until - w.now_ms : 0;
}

static int64_t lacks(const char *owner)
{
    int64_t until = marks_until(w.health.marks, MARK_MODEL, str_of(owner), STR("m"), w.now_ms);

    return until ? until - w.now_ms : 0;
}

static uint32_t failures(const char *name)
{
    struct breaker_view v;

    breaker_view(&world_vitals(&w, name)->breaker, &w.roster.channels[0].breaker, w.now_ms, &v);
    return v.failures;
}

static uint32_t results(const char *name)
{
    struct breaker_view v;

    breaker_view(&world_vitals(&w, name)->breaker, &w.roster.channels[0].breaker, w.now_ms, &v);
    return v.results;
}

/* One request that ends so. */
static void request(struct outcome o)
{
    struct pick p;

    ask.degraded = 0;
    world_pick(&w, &ask, &p);
    CHECK(p.is_open && p.key == 0 && p.url == 0);
    world_settle(&w, &ask, &p, o);
    CHECK(!p.is_open);
}

/* ---- the table ---- */

struct charge_case {
    const char *name;
    uint32_t fault, trouble;
    int64_t wait_ms;
    uint32_t disable_key, for_model;
    bool is_cut;
    /* milliseconds of rest */
    int64_t key, url, of_channel, of_key; /* the last two: this model */
    uint32_t path, channel;               /* failures of the breakers */
};

static const struct charge_case cases[] = {
    { "client's mistake", CP_BY_CLIENT, CP_BAD_REQUEST, -1, 0, 0, false, 0, 0, 0, 0, 0, 0 },
    { "rate limit", CP_BY_KEY, CP_RATE_LIMIT, -1, 0, 0, false, 30000, 0, 0, 0, 0, 0 },
    { "rate limit, told", CP_BY_KEY, CP_RATE_LIMIT, 7000, 0, 0, false, 7000, 0, 0, 0, 0, 0 },
    { "told too long", CP_BY_KEY, CP_RATE_LIMIT, 90000000, 0, 0, false, WORLD_HOUR, 0, 0, 0, 0,
      0 },
    { "quota", CP_BY_KEY, CP_BILLING, -1, 0, 0, false, 600000, 0, 0, 0, 0, 0 },
    { "unpaid", CP_BY_KEY, CP_BILLING, -1, 1, 0, false, 600000, 0, 0, 0, 0, 0 },
    { "quota, told", CP_BY_KEY, CP_BILLING, 5000, 0, 0, false, 5000, 0, 0, 0, 0, 0 },
    { "revoked", CP_BY_KEY, CP_AUTH, -1, 1, 0, false, WORLD_HOUR, 0, 0, 0, 0, 0 },
    { "not for this model", CP_BY_KEY, CP_FORBIDDEN, -1, 0, 1, false, 0, 0, 0, 600000, 0, 0 },
    { "limit of this model", CP_BY_KEY, CP_RATE_LIMIT, -1, 0, 1, false, 0, 0, 0, 30000, 0, 0 },
    { "the same, told", CP_BY_KEY, CP_RATE_LIMIT, 9000, 0, 1, false, 0, 0, 0, 9000, 0, 0 },
    { "refused oddly", CP_BY_KEY, CP_SERVER, -1, 0, 0, false, 30000, 0, 0, 0, 1, 0 },
    { "no such model", CP_BY_MODEL, CP_NOT_FOUND, -1, 0, 0, false, 0, 0, 600000, 0, 0, 0 },
    { "model busy", CP_BY_MODEL, CP_OVERLOADED, 3000, 0, 0, false, 0, 0, 3000, 0, 0, 0 },
    { "one request's words", CP_BY_MODEL, CP_BAD_REQUEST, -1, 0, 0, false, 0, 0, 0, 0, 0, 0 },
    { "overloaded", CP_BY_UPSTREAM, CP_OVERLOADED, -1, 0, 0, false, 0, 2000, 0, 0, 1, 1 },
    { "overloaded, told", CP_BY_UPSTREAM, CP_OVERLOADED, 9000, 0, 0, false, 0, 9000, 0, 0, 1,
      1 },
    { "unreachable", CP_BY_NETWORK, CP_SERVER, -1, 0, 0, false, 0, 2000, 0, 0, 1, 1 },
    { "cut", CP_BY_NETWORK, CP_STREAM_CUT, -1, 0, 0, true, 0, 1000, 0, 0, 1, 1 },
};

TEST(charge_of_what_another_account_has_sealed_is_nobodys)
{
    struct pick p;
    struct outcome o = world_failed(CP_BY_KEY, CP_BAD_REQUEST, -1);

    open_world(2, 1);
    world_pick(&w, &ask, &p);
    struct tried t = charge_tried(&p, &o.verdict);
    CHECK(t.key == 0 && t.url == TRIED_ANY);
    world_settle(&w, &ask, &p, o);
    CHECK(!rests(KEY) && !rests(URL) && !lacks("a") && !lacks(KEY));
    CHECK_EQ(failures("a"), 0);
    CHECK_EQ(failures(PATH), 0);
    world_close(&w);
}

TEST(charge_finds_the_owner)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct charge_case *c = &cases[i];
        open_world(2, 1);
        struct outcome o = world_failed(c->fault, c->trouble, c->wait_ms);
        o.verdict.disable_key = c->disable_key;
        o.verdict.for_model = c->for_model;
        o.is_cut = c->is_cut;
        request(o);
        bool is_right = CHECK_EQ(rests(KEY), c->key);
        is_right &= CHECK_EQ(rests(URL), c->url);
        is_right &= CHECK_EQ(lacks("a"), c->of_channel);
        is_right &= CHECK_EQ(lacks(KEY), c->of_key);
        is_right &= CHECK_EQ(failures(PATH), c->path);
        is_right &= CHECK_EQ(failures("a"), c->channel);
        is_right &= CHECK(!rests("a/key/a-1") && !rests("a") && world_is_empty(&w));
        if (!is_right)
            printf("#     %s\n", c->name);
        world_close(&w);
    }
}

TEST(charge_of_a_channel_without_keys_lets_the_base_url_rest)
{
    open_world(0, 1);
    request(world_failed(CP_BY_KEY, CP_RATE_LIMIT, 4000));
    CHECK_EQ(rests(URL), 4000);
    world_close(&w);
}

TEST(charge_doubles_what_stays_so)
{
    static const int64_t quota[] = { 10, 20, 40, 60, 60 },
                         revoked[] = { 60, 120, 240, 480, 960, 1440, 1440 };
    struct outcome o = world_failed(CP_BY_KEY, CP_BILLING, -1);

    open_world(1, 1);
    for (size_t i = 0; i < sizeof(quota) / sizeof(*quota); i++) {
        request(o);
        CHECK_EQ(rests(KEY), quota[i] * WORLD_MINUTE);
        request(o); /* another that was under way: no new charge */
        CHECK_EQ(rests(KEY), quota[i] * WORLD_MINUTE);
        world_pass(&w, quota[i] * WORLD_MINUTE);
    }
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    request(o);
    CHECK_EQ(rests(KEY), 10 * WORLD_MINUTE);
    world_close(&w);

    open_world(1, 1);
    o = world_failed(CP_BY_KEY, CP_AUTH, 5);
    o.verdict.disable_key = 1;
    for (size_t i = 0; i < sizeof(revoked) / sizeof(*revoked); i++) {
        request(o);
        CHECK_EQ(rests(KEY), revoked[i] * WORLD_MINUTE);
        world_pass(&w, revoked[i] * WORLD_MINUTE);
    }
    world_close(&w);
}

TEST(charge_remembers_why)
{
    struct cooldown_cause cause;
    struct outcome o = world_failed(CP_BY_KEY, CP_RATE_LIMIT, 5000);

    open_world(1, 1);
    o.status = 429;
    request(o);
    cooldown_cause(&world_vitals(&w, KEY)->cooldown, &cause);
    CHECK_EQ(cause.fault, CP_BY_KEY);
    CHECK_EQ(cause.trouble, CP_RATE_LIMIT);
    CHECK_EQ(cause.status, 429);
    CHECK_EQ(cause.source, COOLDOWN_HEADER);
    world_close(&w);
}

/* ---- nobody's ---- */

TEST(charge_neutral_charges_nobody)
{
    open_world(1, 1);
    for (int i = 0; i < 20; i++) {
        request(OUTCOME{ .result = CHARGE_NEUTRAL, .tokens = -1 });
        request(world_failed(CP_BY_CLIENT, CP_CONTEXT_TOO_LONG, -1));
    }
    CHECK_EQ(results("a"), 0);
    CHECK_EQ(results(PATH), 0);
    CHECK(!rests(KEY) && !rests(URL) && world_is_empty(&w));
    CHECK_EQ(atomic_load(&world_vitals(&w, "a")->failed), 0);
    world_close(&w);
}

TEST(charge_twice_is_once)
{
    struct pick p;

    open_world(1, 1);
    world_pick(&w, &ask, &p);
    world_ok(&w, &ask, &p);
    world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
    world_ok(&w, &ask, &p);
    CHECK_EQ(results("a"), 1);
    CHECK_EQ(gate_inside(&world_vitals(&w, "a")->gate), 0);
    p = (struct pick){ 0 };
    world_ok(&w, &ask, &p); /* what was never chosen */
    CHECK_EQ(results("a"), 1);
    world_close(&w);
}

TEST(charge_gives_a_probe_back_that_brought_no_news)
{
    struct pick p;

    open_world(1, 1);
    world_break(&w, "a");
    world_pass(&w, 15 * WORLD_MINUTE);
    for (int i = 0; i < 3; i++) {
        CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 probe");
        world_settle(&w, &ask, &p, OUTCOME{ .result = CHARGE_NEUTRAL, .tokens = -1 });
    }
    world_close(&w);
}

/* ---- content of a stream that goes on ---- */

TEST(charge_content_is_a_probes_news)
{
    struct pick probe, p;

    open_world(1, 1);
    world_break(&w, "a");
    world_break(&w, PATH);
    world_pass(&w, 15 * WORLD_MINUTE);
    CHECK_STR(world_pick(&w, &ask, &probe), "a/0/0 probe");
    charge_content(&w.roster, &probe, w.now_ms);
    CHECK(probe.is_open && probe.has_slot);
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
    world_ok(&w, &ask, &p);
    CHECK_EQ(results("a"), 1);
    charge_content(&w.roster, &probe, w.now_ms); /* once is enough */
    world_settle(&w, &ask, &probe, world_failed(CP_BY_UPSTREAM, CP_SERVER, 0));
    CHECK_EQ(results("a"), 2); /* it counts like anybody's */
    CHECK_EQ(failures(PATH), 1);
    world_close(&w);
}

TEST(charge_content_ends_the_rest_of_who_was_asked_all_the_same)
{
    struct pick first, second;

    open_world(1, 1);
    world_cool(&w, KEY, 60000);
    world_cool(&w, URL, 60000);
    world_break(&w, "a");
    world_pass(&w, 1000);
    world_pick(&w, &ask, &first);
    CHECK(first.is_degraded);
    charge_content(&w.roster, &first, w.now_ms);
    CHECK(!rests(KEY) && !rests(URL));
    CHECK_STR(world_pick(&w, &ask, &second), "a/0/0 strategy");
    world_fail(&w, &ask, &second, CP_BY_KEY, CP_RATE_LIMIT, 60000);
    world_settle(&w, &ask, &first, OUTCOME{ .result = CHARGE_OK, .tokens = -1 });
    world_close(&w);
}

TEST(charge_content_of_the_past_is_no_news)
{
    struct pick old, young;

    open_world(1, 1);
    world_cool(&w, KEY, 60000);
    world_pick(&w, &ask, &old);
    atomic_store(&world_vitals(&w, KEY)->cooldown.until_ms, 0);
    world_pass(&w, 1000);
    world_pick(&w, &ask, &young);
    world_fail(&w, &ask, &young, CP_BY_KEY, CP_RATE_LIMIT, 60000);
    world_pass(&w, 1000);
    charge_content(&w.roster, &old, w.now_ms);
    CHECK_EQ(rests(KEY), 59000);
    world_settle(&w, &ask, &old, OUTCOME{ .result = CHARGE_NEUTRAL, .tokens = -1 });
    charge_content(&w.roster, &old, w.now_ms); /* settled: nothing */
    CHECK_EQ(rests(KEY), 59000);
    world_close(&w);
}

/* ---- operations that take no slot ---- */

TEST(charge_books_only_what_holds_for_chats_too)
{
    struct outcome revoked = world_failed(CP_BY_KEY, CP_AUTH, -1);

    open_world(1, 1);
    ask.op = CP_COUNT_TOKENS;
    request(world_failed(CP_BY_KEY, CP_RATE_LIMIT, 60000));
    request(world_failed(CP_BY_KEY, CP_BILLING, -1));
    request(world_failed(CP_BY_MODEL, CP_NOT_FOUND, -1));
    request(world_failed(CP_BY_UPSTREAM, CP_SERVER, -1));
    CHECK(!rests(KEY) && !rests(URL) && !lacks("a"));
    world_cool(&w, KEY, 5000);
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    CHECK_EQ(rests(KEY), 5000);
    request(world_failed(CP_BY_NETWORK, CP_SERVER, -1));
    CHECK_EQ(rests(URL), 2000);
    revoked.verdict.disable_key = 1;
    request(revoked);
    CHECK_EQ(rests(KEY), WORLD_HOUR);
    CHECK_EQ(results("a"), 0);
    world_close(&w);
}

/* ---- success ---- */

TEST(charge_ok_clears_everything)
{
    open_world(1, 1);
    request(world_failed(CP_BY_KEY, CP_RATE_LIMIT, 60000));
    request(world_failed(CP_BY_UPSTREAM, CP_SERVER, 60000));
    request(world_failed(CP_BY_MODEL, CP_NOT_FOUND, -1));
    struct outcome o = world_failed(CP_BY_KEY, CP_FORBIDDEN, -1);
    o.verdict.for_model = 1;
    request(o);
    CHECK(rests(KEY) && rests(URL) && lacks("a") && lacks(KEY));
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = 1500, .tokens = -1 });
    CHECK(!rests(KEY) && !rests(URL) && !lacks("a") && !lacks(KEY));
    CHECK_EQ(meter_mean(&world_vitals(&w, "a")->meter, w.now_ms), 1500);
    CHECK_EQ(meter_mean(&world_vitals(&w, PATH)->meter, w.now_ms), 1500);
    CHECK_EQ(atomic_load(&world_vitals(&w, KEY)->served), 1);
    CHECK_EQ(atomic_load(&world_vitals(&w, "a")->failed), 4);
    CHECK_EQ(atomic_load(&world_vitals(&w, KEY)->last_ok_ms), w.wall_ms);
    world_close(&w);
}

TEST(charge_ok_of_the_past_clears_nothing)
{
    struct pick old, young;

    open_world(1, 1);
    world_pick(&w, &ask, &old);
    world_pass(&w, 1000);
    world_pick(&w, &ask, &young);
    world_fail(&w, &ask, &young, CP_BY_KEY, CP_RATE_LIMIT, 60000);
    world_pass(&w, 1000);
    world_ok(&w, &ask, &old); /* began before the limit was hit */
    CHECK_EQ(rests(KEY), 59000);
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    CHECK_EQ(rests(KEY), 0);
    world_close(&w);
}

TEST(charge_ok_of_the_past_does_not_bring_a_model_back)
{
    struct pick old, young;

    open_world(1, 1);
    world_pick(&w, &ask, &old);
    world_pass(&w, 1000);
    world_pick(&w, &ask, &young);
    struct outcome o = world_failed(CP_BY_KEY, CP_RATE_LIMIT, 60000);
    o.verdict.for_model = 1;
    world_settle(&w, &ask, &young, o);
    world_pass(&w, 1000);
    world_ok(&w, &ask, &old); /* began before the model's limit was hit */
    CHECK_EQ(lacks(KEY), 59000);
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    CHECK_EQ(lacks(KEY), 0);
    world_close(&w);
}

TEST(charge_ok_makes_a_home)
{
    struct session s = world_session(1);
    struct affinity_home home;

    open_world(1, 1);
    ask.session = &s;
    request(world_failed(CP_BY_UPSTREAM, CP_SERVER, 0));
    CHECK(!affinity_find(w.health.affinity, &s, w.now_ms, &home));
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    CHECK(affinity_find(w.health.affinity, &s, w.now_ms, &home));
    CHECK_STR(home.channel, "a");
    CHECK_STR(home.key, "a-0");
    world_close(&w);
    open_world(0, 1);
    ask.session = &s;
    request(OUTCOME{ .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 });
    CHECK(affinity_find(w.health.affinity, &s, w.now_ms, &home));
    CHECK_STR(home.key, NULL);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 affinity");
    world_close(&w);
}

/* ---- exhausted keys ---- */

static bool is_behind(const char *key)
{
    return atomic_load(&world_vitals(&w, key)->demoted_ms);
}

TEST(charge_demotes_an_exhausted_key_when_another_has_served)
{
    open_world(3, 1);
    request(world_failed(CP_BY_KEY, CP_BILLING, -1));
    CHECK(!is_behind(KEY)); /* perhaps the whole account is empty */
    CHECK_STR(world_serve(&w, &ask), "a/1/0 strategy");
    CHECK(is_behind(KEY) && !is_behind("a/key/a-1") && !is_behind("a/key/a-2"));
    world_close(&w);
}

TEST(charge_demotes_for_nothing_but_money)
{
    open_world(2, 1);
    request(world_failed(CP_BY_KEY, CP_RATE_LIMIT, 60000));
    CHECK_STR(world_serve(&w, &ask), "a/1/0 strategy");
    CHECK(!is_behind(KEY));
    world_close(&w);
}

TEST(charge_demotes_however_late_the_other_serves)
{
    struct pick p;

    open_world(2, 1);
    request(world_failed(CP_BY_KEY, CP_BILLING, -1));
    world_pick(&w, &ask, &p);
    world_pass(&w, WORLD_HOUR); /* the rest is over, but it was the last word */
    world_ok(&w, &ask, &p);
    CHECK(is_behind(KEY));
    world_close(&w);
}

TEST(charge_ok_of_the_past_does_not_bring_a_key_back)
{
    struct pick old, p;

    open_world(2, 1);
    world_pick(&w, &ask, &old);
    world_pass(&w, 1000);
    request(world_failed(CP_BY_KEY, CP_BILLING, -1));
    CHECK_STR(world_pick(&w, &ask, &p), "a/1/0 strategy");
    world_ok(&w, &ask, &p);
    world_ok(&w, &ask, &old);
    CHECK(is_behind(KEY));
    world_pass(&w, 10 * WORLD_MINUTE);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 probe");
    CHECK(!is_behind(KEY));
    world_close(&w);
}

/* ---- caps ---- */

TEST(charge_settles_tokens)
{
    struct pick p;

    open_world(1, 1);
    w.channels[0].caps.tpm = 6000; /* 100 a second */
    world_open(&w);
    ask.tokens = 6000;
    world_pick(&w, &ask, &p);
    ask.tokens = 100;
    CHECK_STR(world_pick(&w, &ask, &p), "exhausted 1000");
    world_close(&w);

    static const struct {
        struct outcome outcome; /* of a request for which 4,000 were guessed */
        int64_t then;           /* how many the next one wants */
        const char *said;
    } ends[] = {
        { { .result = CHARGE_OK, .tokens = 3000 }, 3000, "a/0/0 strategy" },
        { { .result = CHARGE_OK, .tokens = -1 }, 5000, "exhausted 30000" },
        { { .result = CHARGE_OK, .tokens = 9000 }, 5000, "exhausted 80000" },
        { { .result = CHARGE_NEUTRAL, .tokens = -1 }, 5000, "exhausted 30000" },
        { { .result = CHARGE_NEUTRAL, .tokens = -1, .is_unsent = true },
          6000,
          "a/0/0 strategy" },
        { { .result = CHARGE_FAILED, .verdict = { .fault = CP_BY_CLIENT }, .tokens = -1 },
          6000,
          "a/0/0 strategy" },
    };
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        open_world(1, 1);
        w.channels[0].caps.tpm = 6000;
        world_open(&w);
        ask.tokens = 4000;
        request(ends[i].outcome);
        ask.tokens = ends[i].then;
        CHECK_STR(world_pick(&w, &ask, &p), ends[i].said);
        world_close(&w);
    }
}

TEST(charge_undoes_what_was_not_sent)
{
    open_world(1, 1);
    w.channels[0].caps.rpm = 1;
    world_key(&w.channels[0], 0)->caps.rpm = 1;
    world_open(&w);
    for (int i = 0; i < 5; i++)
        request(OUTCOME{ .result = CHARGE_NEUTRAL, .tokens = -1, .is_unsent = true });
    request(OUTCOME{ .result = CHARGE_NEUTRAL, .tokens = -1 });
    struct pick p;
    CHECK_STR(world_pick(&w, &ask, &p), "exhausted 60000");
    CHECK(world_is_empty(&w));
    world_close(&w);
}

/* ---- what is not asked again ---- */

TEST(charge_tried_names_what_failed)
{
    static const struct {
        uint32_t fault;
        struct tried tried;
    } all[] = {
        { CP_BY_KEY, { 3, 4, TRIED_ANY } },
        { CP_BY_UPSTREAM, { 3, TRIED_ANY, 5 } },
        { CP_BY_NETWORK, { 3, TRIED_ANY, 5 } },
        { CP_BY_MODEL, { 3, TRIED_ANY, TRIED_ANY } },
        { CP_BY_CLIENT, { 3, TRIED_ANY, TRIED_ANY } },
    };
    struct pick p = { .channel = 3, .key = 4, .url = 5 };

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        struct tried t = charge_tried(&p, &(struct cp_verdict){ .fault = all[i].fault });
        CHECK(t.channel == all[i].tried.channel && t.key == all[i].tried.key &&
              t.url == all[i].tried.url);
    }
}

TEST_MAIN()
