/* SPDX-License-Identifier: MIT */
/*
 * test_explain - dry runs over health that only a running gateway has: homes of conversations, caps, breakers, promotion.
 *
 * What needs no more than files is in tests/flow/stories/explain.
 */
#include "flow/explain.h"

#include "base/buf.h"
#include "base/str.h"
#include "flow/session.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"
#include "json/check.h"

#include "../conf/fixture.h"
#include "../test.h"

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

enum { NOW_MS = 5000000, MINUTE_MS = 60000, WALL_S = 1700000000 };

#define A                                                                                      \
    "{ id = \"a\"; dialect = \"claude\"; base_url = \"https://a.example\"; keys = [ \"one\", " \
    "\"two\" ]; }"
#define B(more)                                                                                \
    "{ id = \"b\"; dialect = \"chat\"; base_url = \"https://b.example/v1\"; keys = [ "         \
    "\"three\" ]; " more " }"
#define BODY                                                                                   \
    "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

struct scene {
    struct fixture f;
    struct registry *registry;
    struct roster_health health;
    struct setup *setup;
    struct buf out;
    const char *session;
    bool is_served;
};

static bool scene_open(struct scene *s, const char *channels)
{
    char text[4096];

    memset(s, 0, sizeof(*s));
    fixture_init(&s->f);
    s->registry = registry_new();
    registry_add(s->registry, &cp_static_claude, "claude", NULL);
    registry_add(s->registry, &cp_static_openai, "openai", NULL);
    registry_add(s->registry, &cp_static_gemini, "gemini", NULL);
    s->health = (struct roster_health){ vitals_table_new(),
                                        marks_new(),
                                        affinity_new(100, 30 * MINUTE_MS),
                                        affinity_new(100, 30 * MINUTE_MS),
                                        NULL,
                                        NULL };
    buf_init(&s->out, 1 << 20);
    snprintf(text, sizeof(text), "access_key = \"0123456789abcdef\";\n%s", channels);
    struct conf *c = fixture_conf(&s->f, text);
    if (!CHECK(c))
        return false;
    s->setup = setup_build(c, s->registry, &s->health, &s->f.report);
    return CHECK(s->setup);
}

static void scene_close(struct scene *s)
{
    setup_unref(s->setup);
    vitals_table_free(s->health.vitals);
    marks_free(s->health.marks);
    affinity_free(s->health.affinity);
    affinity_free(s->health.seals);
    registry_free(s->registry);
    buf_fini(&s->out);
    fixture_fini(&s->f);
}

static struct cp_str scene_header(void *ctx, const char *name)
{
    const struct scene *s = ctx;

    return str_is(STR("x-claude-code-session-id"), name) ? str_of(s->session) : STR_NONE;
}

static struct explain_ask scene_ask(struct scene *s)
{
    return (struct explain_ask){ .method = "POST",
                                 .path = STR("/v1/messages?beta=true"),
                                 .header = scene_header,
                                 .ctx = s,
                                 .body = STR(BODY),
                                 .client_key_id = STR("access"),
                                 .now_ms = NOW_MS,
                                 .wall_ms = (int64_t)WALL_S * 1000,
                                 .is_served = &s->is_served };
}

static bool scene_says(struct scene *s, bool as_json, const char *what)
{
    struct explain_ask ask = scene_ask(s);
    struct err err = { 0 };

    buf_clear(&s->out);
    if (explain_request(s->setup, &ask, as_json, &s->out, &err)) {
        printf("# %s: %s\n", err.where, err.what);
        return false;
    }
    if (as_json && json_check(buf_str(&s->out), NULL, NULL))
        return false;
    bool is_said = str_find(buf_str(&s->out), str_of(what)) >= 0;
    if (!is_said)
        printf("# said: %.*s# not: %s\n", STR_FMT(buf_str(&s->out)), what);
    return is_said;
}

static const char *key_id(const struct scene *s, uint32_t channel, uint32_t key)
{
    return s->setup->conf->channels[channel].keys[key].id;
}

static const char *join(const char *before, const char *id, const char *after)
{
    static char text[4][256];
    static unsigned turn;
    char *out = text[turn++ % 4];

    snprintf(out, sizeof(text[0]), "%s%s%s", before, id, after);
    return out;
}

TEST(a_conversation_has_a_home)
{
    struct session session;
    struct scene s;

    if (!scene_open(&s, "channels = (" A ", " B("") ");"))
        return;
    s.session = "conv-1";
    struct session_source from = { &cp_static_claude.adapters[0][0], scene_header, &s,
                                   STR(BODY) };
    session_find(&from, s.setup->conf->install_id, STR("access"), STR("m"), &session);
    CHECK(session.source);
    CHECK(scene_says(&s, false,
                     "conversation   named by x-claude-code-session-id in the header\n"));
    CHECK(scene_says(
        &s, false, join("goes to        a, key ", key_id(&s, 0, 0), ", https://a.example\n")));
    affinity_set(s.health.affinity, &session, STR("access"), STR("b"), str_of(key_id(&s, 1, 0)),
                 NOW_MS);
    CHECK(scene_says(&s, false,
                     join("in the header, served by b, key ", key_id(&s, 1, 0), "\n")));
    CHECK(scene_says(&s, false,
                     "because        it had this conversation last\n"
                     "the request is translated from claude to chat\n"));
    CHECK(scene_says(&s, true, "\"why\":\"affinity\""));
    scene_close(&s);
}

TEST(caps_are_waited_for_or_passed)
{
    int64_t wait_ms;
    struct scene s;

    if (!scene_open(&s, "channels = (" B("caps = { concurrency = 1; }; full = \"wait\";") ");"))
        return;
    struct roster_channel *c = &s.setup->roster.channels[0];
    CHECK(scene_says(&s, true, "\"result\":\"found\""));
    CHECK_EQ(gate_enter(&c->vitals->gate, &c->rules, 1, NOW_MS, &wait_ms), GATE_OPEN);
    CHECK(
        scene_says(&s, false, "goes to        nobody yet: all that is well is at its caps\n"));
    CHECK(s.is_served);
    CHECK(scene_says(&s, false, "b is at its cap of 1 requests at once\n"));
    CHECK(scene_says(&s, true, "\"result\":\"wait\""));
    scene_close(&s);
}

TEST(the_last_path_is_asked_though_it_rests)
{
    struct cooldown_cause cause = { CP_BY_UPSTREAM, CP_OVERLOADED, COOLDOWN_HEADER, 529,
                                    false };
    struct scene s;

    if (!scene_open(&s, "channels = (" B("") ");"))
        return;
    struct vitals *url = s.setup->roster.channels[0].urls[0];
    cooldown_charge(&url->cooldown, &cause, 90000, 2000, 60 * MINUTE_MS, NOW_MS);
    CHECK(scene_says(&s, false, "because        nobody is well, and it is well soonest\n"));
    CHECK(scene_says(&s, false,
                     "b: https://b.example/v1 rests for 90 s more (overloaded, status "
                     "529, said by the header)\n"));
    CHECK(scene_says(&s, true, "\"why\":\"degraded\",\"rests\":true"));
    CHECK_EQ(cooldown_until(&url->cooldown, NOW_MS), NOW_MS + 90000);
    scene_close(&s);
}

TEST(what_was_learned_is_told)
{
    struct mark m = { .kind = MARK_REFUSED,
                      .owner = STR("a"),
                      .detail = STR("context_management"),
                      .until_ms = NOW_MS + MINUTE_MS };
    struct scene s;

    if (!scene_open(&s, "channels = ( " A ", " B("") " );"))
        return;
    CHECK(scene_says(&s, true, "\"learned\":[]"));
    marks_put(s.health.marks, &m, NOW_MS);
    m.detail = STR("[other-model] service_tier");
    marks_put(s.health.marks, &m, NOW_MS);
    m.detail = STR("[m] speed");
    marks_put(s.health.marks, &m, NOW_MS);
    CHECK(scene_says(&s, false, "without        context_management, which it has refused\n"));
    CHECK(scene_says(&s, false, "without        [m] speed, which it has refused\n"));
    CHECK(scene_says(&s, true, "\"learned\":[\"context_management\",\"[m] speed\"]"));
    CHECK(str_find(buf_str(&s.out), STR("service_tier")) < 0);
    scene_close(&s);
}

TEST(nothing_is_claimed)
{
    struct scene s;

    if (!scene_open(&s, "scheduler = { strategy = \"round_robin\"; };\n"
                        "channels = (" A ", " B("caps = { rpm = 1; };") ");"))
        return;
    for (int i = 0; i < 20; i++)
        CHECK(scene_says(&s, true, "\"result\":\"found\""));
    for (uint32_t c = 0; c < 2; c++) {
        const struct roster_channel *r = &s.setup->roster.channels[c];
        CHECK_EQ(gate_inside(&r->vitals->gate), 0);
        CHECK_EQ(atomic_load(&r->vitals->gate.full_us), 0);
        CHECK_EQ(atomic_load(&r->vitals->turn), 0);
    }
    CHECK_EQ(affinity_count(s.health.affinity), 0);
    scene_close(&s);
}

TEST(routes_and_estimates)
{
    struct scene s;

    if (!scene_open(
            &s,
            "routes = ( { model = \"m*\"; channels = [ \"b\" ]; strategy = \"random\"; } );\n"
            "channels = (" A ", " B("") ");"))
        return;
    CHECK(scene_says(&s, false, "route          m*\nstrategy       random\n"));
    CHECK(scene_says(&s, false, "a is not named by the route for this model\n"));
    CHECK(scene_says(&s, false, "nobody else: the client is told\n"));
    struct explain_ask ask = scene_ask(&s);
    ask.path = STR("/v1/messages/count_tokens");
    buf_clear(&s.out);
    CHECK_EQ(explain_request(s.setup, &ask, false, &s.out, NULL), 0);
    CHECK(
        str_find(buf_str(&s.out), STR("the request is answered here: chat counts no tokens, so "
                                      "they are estimated\n")) >= 0);
    scene_close(&s);
}

TEST(attempts_are_counted)
{
    struct scene s;

    if (!scene_open(&s, "limits = { attempts = 2; };\nchannels = (" A ", " B("") ");"))
        return;
    CHECK(scene_says(
        &s, false,
        join("If keys are refused or limited:\n  2  a, key ", key_id(&s, 0, 1),
             ", https://a.example\n     others could follow, but limits.attempts is 2\n")));
    scene_close(&s);
}

TEST(the_last_attempt_avoids_who_failed_lately)
{
    struct scene s;

    if (!scene_open(&s, "limits = { attempts = 2; };\nchannels = (" A ", " B("") ");"))
        return;
    atomic_store(&s.setup->roster.channels[0].keys[1]->last_failed_ms, 1);
    CHECK(scene_says(&s, false, join("goes to        a, key ", key_id(&s, 0, 0), ", ")));
    CHECK(str_find(buf_str(&s.out), STR("  2  b, key ")) >= 0);
    CHECK(str_find(buf_str(&s.out), STR("  2  a, key ")) < 0);
    CHECK(str_find(buf_str(&s.out), STR("Not asked")) < 0);
    scene_close(&s);
}

TEST(what_is_wrong_is_told)
{
    struct err err = { 0 };
    struct scene s;

    if (!scene_open(&s, "channels = (" A ");"))
        return;
    struct explain_ask ask = scene_ask(&s);
    ask.path = STR("/v1/nothing");
    CHECK_EQ(explain_request(s.setup, &ask, true, &s.out, &err), E_ABSENT);
    CHECK_STR(str_of(err.where), "path");
    ask = scene_ask(&s);
    ask.method = "DELETE";
    CHECK_EQ(explain_request(s.setup, &ask, true, &s.out, &err), E_UNSUPPORTED);
    ask = scene_ask(&s);
    ask.body = STR("{\"model\":");
    CHECK_EQ(explain_request(s.setup, &ask, true, &s.out, &err), E_SYNTAX);
    ask = scene_ask(&s);
    ask.method = "GET";
    ask.path = STR("/v1/responses/resp_1");
    CHECK_EQ(explain_request(s.setup, &ask, true, &s.out, &err), E_UNSUPPORTED);
    CHECK_EQ(s.out.n, 0);
    scene_close(&s);
}

TEST_MAIN()
