/* SPDX-License-Identifier: MIT */
/*
 * test_who - who can be asked, who is meant, and how long a home is one.
 */
#include "balance/who.h"

#include "balance/world.h"
#include "test.h"

static struct world w;

static struct pick_ask three(void)
{
    world_three(&w);
    return world_ask(&w);
}

/* ---- 1: who can ---- */

struct who_case {
    const char *said;
    void (*change)(struct conf_channel *);
    struct pick_ask ask;
    uint64_t ops;
};

static void is_suspended(struct conf_channel *c)
{
    c->status = CONF_SUSPENDED;
}

static void is_disabled(struct conf_channel *c)
{
    c->status = CONF_DISABLED;
}

static void serves_chat(struct conf_channel *c)
{
    static const struct cp_str families[] = { { "chat", 4 } };

    c->families = families;
    c->families_n = 1;
}

static void serves_gpt(struct conf_channel *c)
{
    static const struct cp_str only[] = { { "gpt-*", 5 } };

    c->only = only;
    c->only_n = 1;
}

static void is_as_it_was(struct conf_channel *c)
{
}

TEST(who_asks_only_who_can)
{
    static const struct who_case cases[] = {
        { "b/0/0 strategy", is_suspended, { .op = CP_CHAT }, CP_BIT(CP_CHAT) },
        { "b/0/0 strategy", is_disabled, { .op = CP_CHAT }, CP_BIT(CP_CHAT) },
        { "b/0/0 strategy", serves_chat, { .op = CP_CHAT }, CP_BIT(CP_CHAT) },
        { "b/0/0 strategy", serves_gpt, { .op = CP_CHAT }, CP_BIT(CP_CHAT) },
        { "a/0/0 strategy",
          serves_gpt,
          { .op = CP_LIST_MODELS, .any_model = true },
          CP_BIT(CP_LIST_MODELS) },
        { "b/0/0 strategy", is_as_it_was, { .op = CP_CHAT }, 0 },
        { "b/0/0 strategy", is_as_it_was, { .op = CP_COUNT_TOKENS }, CP_BIT(CP_CHAT) },
        { "a/0/0 strategy", is_as_it_was, { .op = CP_COMPACT }, CP_BIT(CP_CHAT) },
        { "a/0/0 strategy", is_as_it_was, { .op = CP_COMPACT }, CP_BIT(CP_COMPACT) },
        { "b/0/0 strategy", is_as_it_was, { .op = CP_CHAT }, CP_BIT(CP_COMPACT) },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        three();
        cases[i].change(&w.channels[0]);
        w.ops[0] = cases[i].ops;
        world_open(&w);
        struct pick_ask ask = cases[i].ask;
        ask.family = STR("messages");
        ask.model = STR("m");
        WORLD_SAYS(&w, &ask, cases[i].said);
        world_close(&w);
    }
}

static bool may_only_c(void *ctx, uint32_t channel)
{
    return channel == 2;
}

TEST(who_heeds_what_else_forbids_a_channel)
{
    struct pick_ask ask = three();

    ask.may = may_only_c;
    WORLD_SAYS(&w, &ask, "c/0/0 strategy");
    ask.maker = STR("a");
    WORLD_SAYS(&w, &ask, "c/0/0 strategy");
    world_close(&w);
}

TEST(who_finds_nobody_where_there_is_nobody)
{
    struct pick_ask ask = three();

    ask.family = STR("gemini"); /* no such client API */
    WORLD_SAYS(&w, &ask, "nobody");
    ask = world_ask(&w);
    ask.op = CP_STORED_GET;
    WORLD_SAYS(&w, &ask, "nobody");
    world_close(&w);
}

TEST(who_follows_the_route)
{
    static const struct cp_str channels[] = { { "c", 1 }, { "b", 1 } };
    static const struct conf_route routes[] = {
        { .model = { "big-*", 5 },
          .channels = channels,
          .channels_n = 2,
          .affinity = CONF_UNSAID },
        { .model = { "*", 1 }, .affinity = CONF_UNSAID },
    };
    struct pick_ask ask = three();

    w.conf.routes = routes;
    w.conf.routes_n = 2;
    world_open(&w);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    ask.model = STR("big-one");
    WORLD_SAYS(&w, &ask, "c/0/0 strategy");
    world_cool(&w, "c", 1000);
    WORLD_SAYS(&w, &ask, "b/0/0 strategy");
    ask.maker = STR("a"); /* not one of the route's */
    WORLD_SAYS(&w, &ask, "b/0/0 strategy");
    ask.any_model = true; /* a list has no model to go by */
    ask.op = CP_LIST_MODELS;
    ask.maker = STR_NONE;
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

/* ---- 2: who is meant ---- */

static void promote(const char *family, const char *channel, int64_t ms)
{
    struct mark mark = { .kind = MARK_PROMOTED,
                         .owner = str_of(family),
                         .detail = str_of(channel),
                         .until_ms = w.now_ms + ms };

    marks_put(w.health.marks, &mark, w.now_ms);
}

TEST(who_asks_the_maker_then_the_promoted_then_the_home)
{
    struct pick_ask ask = three();
    struct session s = world_session(1);

    world_channel(&w, "d", 1, 1);
    world_open(&w);
    affinity_set(w.health.affinity, &s, STR("client"), STR("d"), STR("d-0"), w.now_ms);
    promote("messages", "c", WORLD_MINUTE);
    ask.maker = STR("b");
    ask.session = &s;
    WORLD_SAYS(&w, &ask, "b/0/0 provenance");
    world_cool(&w, "b", 1000);
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    world_cool(&w, "c", 1000);
    WORLD_SAYS(&w, &ask, "d/0/0 affinity");
    world_cool(&w, "d", 1000);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_pass(&w, 1000);
    WORLD_SAYS(&w, &ask, "b/0/0 provenance");
    world_close(&w);
}

TEST(who_asks_the_key_that_sealed_and_no_other_of_its_channel)
{
    struct pick_ask ask = three();
    struct session s = world_session(1), sealed = world_session(2);

    world_channel(&w, "d", 3, 1);
    world_open(&w);
    affinity_set(w.health.affinity, &s, STR("client"), STR("a"), STR("a-0"), w.now_ms);
    affinity_set(w.health.seals, &sealed, STR("client"), STR("d"), STR("d-1"), w.now_ms);
    promote("messages", "c", WORLD_MINUTE);
    ask.session = &s;
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    ask.sealed = &sealed;
    WORLD_SAYS(&w, &ask, "d/1/0 provenance");
    ask.maker = STR("b");
    WORLD_SAYS(&w, &ask, "b/0/0 provenance"); /* what it follows, only b has at all */
    ask.maker = STR_NONE;
    world_cool(&w, "d/key/d-1", 1000);
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    CHECK_EQ(affinity_count(w.health.seals), 1); /* who rests is its maker still */
    world_pass(&w, 1000);
    WORLD_SAYS(&w, &ask, "d/1/0 provenance");
    world_pass(&w, 25 * WORLD_HOUR);
    ask.session = NULL;
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(who_promotes_until_the_promotion_is_over)
{
    struct pick_ask ask = three();

    promote("chat", "b", WORLD_MINUTE); /* of another family */
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    promote("", "c", WORLD_MINUTE);
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    world_pass(&w, WORLD_MINUTE - 1);
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    world_pass(&w, 1);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");

    w.channels[1].promoted_until_ms = w.wall_ms + 5000;
    world_open(&w);
    WORLD_SAYS(&w, &ask, "b/0/0 promotion");
    promote("messages", "c", 1000); /* what was told last */
    WORLD_SAYS(&w, &ask, "c/0/0 promotion");
    world_pass(&w, 1000);
    WORLD_SAYS(&w, &ask, "b/0/0 promotion");
    world_pass(&w, 4000);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(who_promotes_the_only_channel_too)
{
    struct pick_ask ask;

    world_init(&w);
    world_channel(&w, "a", 1, 1);
    world_open(&w);
    ask = world_ask(&w);
    promote("messages", "a", WORLD_MINUTE);
    WORLD_SAYS(&w, &ask, "a/0/0 promotion");
    world_close(&w);
}

/* ---- 2: home ---- */

TEST(who_keeps_a_conversation_at_its_key)
{
    struct pick_ask ask = three();
    struct session s = world_session(7);

    affinity_set(w.health.affinity, &s, STR("client"), STR("a"), STR("a-1"), w.now_ms);
    ask.session = &s;
    for (int i = 0; i < 100; i++) {
        CHECK_STR(world_serve(&w, &ask), "a/1/0 affinity");
        world_pass(&w, WORLD_MINUTE);
    }
    world_close(&w);
}

TEST(who_makes_a_detour_and_goes_home_again)
{
    struct pick_ask ask = three();
    struct session s = world_session(7);

    ask.session = &s;
    CHECK_STR(world_serve(&w, &ask), "a/0/0 strategy");
    world_cool(&w, "a/key/a-0", 5000);
    CHECK_STR(world_serve(&w, &ask), "a/1/0 affinity"); /* the channel still is its own */
    world_cool(&w, "a", 5000);
    CHECK_STR(world_serve(&w, &ask), "b/0/0 strategy");
    world_pass(&w, 5000);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 affinity");
    world_close(&w);
}

TEST(who_moves_a_conversation_once_when_its_key_dies)
{
    struct pick_ask ask = three();
    struct session s = world_session(7);
    struct pick p;

    ask.session = &s;
    CHECK_STR(world_serve(&w, &ask), "a/0/0 strategy");
    world_pick(&w, &ask, &p);
    struct outcome dead = world_failed(CP_BY_KEY, CP_AUTH, -1);
    dead.verdict.disable_key = 1;
    world_settle(&w, &ask, &p, dead);
    CHECK_EQ(affinity_count(w.health.affinity), 0);
    CHECK_STR(world_serve(&w, &ask), "a/1/0 strategy");
    for (int i = 0; i < 50; i++) {
        CHECK_STR(world_serve(&w, &ask), "a/1/0 affinity");
        world_pass(&w, WORLD_MINUTE);
    }
    world_close(&w);
}

struct home_case {
    const char *name;
    void (*change)(void);
    const char *said;
    bool is_kept;
};

static void home_rests(void)
{
    world_cool(&w, "b/key/b-0", WORLD_MINUTE);
}

static void home_rests_long(void)
{
    world_cool(&w, "b/key/b-0", WORLD_MINUTE + 1);
}

static void home_is_open(void)
{
    world_break(&w, "b");
}

static void home_path_is_open(void)
{
    world_break(&w, "b/path/b-0/https://b0.example");
}

static void home_is_suspended(void)
{
    w.channels[1].status = CONF_SUSPENDED;
    world_open(&w);
}

static void home_key_is_off(void)
{
    world_key(&w.channels[1], 0)->is_enabled = false;
    world_open(&w);
}

static void home_key_is_gone(void)
{
    strcpy(world_key(&w.channels[1], 0)->id, "other");
    world_open(&w);
}

static void home_is_gone(void)
{
    w.channels[1].id = STR("other");
    world_open(&w);
}

static void home_has_moved(void)
{
    struct conf_channel b = w.channels[1];

    w.channels[1] = w.channels[2];
    w.channels[2] = b;
    world_open(&w);
}

static void home_lacks_the_model(void)
{
    struct mark mark = { .kind = MARK_MODEL,
                         .owner = STR("b"),
                         .detail = STR("m"),
                         .until_ms = w.now_ms + 10 * WORLD_MINUTE };

    marks_put(w.health.marks, &mark, w.now_ms);
}

static void home_is_well(void)
{
}

TEST(who_forgets_a_home_that_is_none)
{
    static const struct home_case cases[] = {
        { "well", home_is_well, "b/0/0 affinity", true },
        { "rests", home_rests, "a/0/0 strategy", true },
        { "rests long", home_rests_long, "a/0/0 strategy", false },
        { "breaker open", home_is_open, "a/0/0 strategy", false },
        { "path open", home_path_is_open, "a/0/0 strategy", false },
        { "suspended", home_is_suspended, "a/0/0 strategy", false },
        { "key off", home_key_is_off, "a/0/0 strategy", false },
        { "key gone", home_key_is_gone, "a/0/0 strategy", false },
        { "gone", home_is_gone, "a/0/0 strategy", false },
        { "moved", home_has_moved, "b/0/0 affinity", true },
        { "lacks the model", home_lacks_the_model, "a/0/0 strategy", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct pick_ask ask = three();
        struct session s = world_session(3);
        affinity_set(w.health.affinity, &s, STR("client"), STR("b"), STR("b-0"), w.now_ms);
        cases[i].change();
        ask.session = &s;
        ask.is_dry = true;
        WORLD_SAYS(&w, &ask, cases[i].said);
        CHECK_EQ(affinity_count(w.health.affinity), 1); /* who only asks changes nothing */
        ask.is_dry = false;
        WORLD_SAYS(&w, &ask, cases[i].said);
        if (!CHECK(affinity_count(w.health.affinity) == cases[i].is_kept))
            printf("#     %s\n", cases[i].name);
        world_close(&w);
    }
}

TEST(who_lets_no_conversation_point_to_a_breaker_that_opens)
{
    struct pick_ask ask = three();
    struct session s = world_session(3);
    struct pick p;

    ask.session = &s;
    w.channels[0].urls_n = 1;
    world_open(&w);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 strategy");
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(affinity_count(w.health.affinity), 1);
        world_pick(&w, &ask, &p);
        world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, 0);
    }
    CHECK_EQ(affinity_count(w.health.affinity), 0);
    world_close(&w);
}

TEST_MAIN()
