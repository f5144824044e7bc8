/* SPDX-License-Identifier: MIT */
/*
 * test_trace - a decision as sentences, as JSON, and in one line.
 */
#include "balance/trace.h"

#include "balance/roster.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/vitals.h"
#include "test.h"
#include "json/check.h"
#include "json/write.h"

enum { NOW_MS = 1000000 };

/* Two channels: relay-a with two keys and two base URLs, relay-b without keys. */
struct scene {
    struct conf conf;
    struct conf_channel channels[2];
    struct conf_key keys[2];
    struct conf_url urls[3];
    struct conf_route route;
    struct roster roster;
    struct roster_channel places[2];
    struct vitals_table *table;
    struct vitals *a_keys[2], *a_urls[2], *a_paths[4], *b_keys[1], *b_urls[1], *b_paths[1];
    struct gate_rules key_rules[2];
    struct trace trace;
    struct buf out;
};

static struct vitals *record(struct scene *s, const char *name)
{
    return vitals_table_get(s->table, str_of(name));
}

static void scene_channels(struct scene *s)
{
    s->keys[0] = (struct conf_key){ .id = "ab12cd34ef56", .is_enabled = true };
    s->keys[1] = (struct conf_key){ .id = "cd34ef56ab12", .is_enabled = true };
    s->urls[0] = (struct conf_url){ .base = STR("https://one.example") };
    s->urls[1] = (struct conf_url){ .base = STR("https://two.example") };
    s->urls[2] = (struct conf_url){ .base = STR("https://b.example") };
    s->channels[0] = (struct conf_channel){ .id = STR("relay-a"),
                                            .dialect = STR("claude"),
                                            .keys = s->keys,
                                            .keys_n = 2,
                                            .urls = s->urls,
                                            .urls_n = 2,
                                            .status = CONF_ACTIVE };
    s->channels[1] = (struct conf_channel){ .id = STR("relay-b"),
                                            .dialect = STR("chat"),
                                            .urls = s->urls + 2,
                                            .urls_n = 1,
                                            .ordinal = 1,
                                            .status = CONF_SUSPENDED,
                                            .is_keyless = true };
    s->route = (struct conf_route){ .model = STR("opus-*") };
    s->conf = (struct conf){
        .channels = s->channels, .channels_n = 2, .routes = &s->route, .routes_n = 1
    };
}

static void scene_roster(struct scene *s)
{
    s->a_keys[0] = record(s, "relay-a/key/ab12cd34ef56");
    s->a_keys[1] = record(s, "relay-a/key/cd34ef56ab12");
    s->a_urls[0] = record(s, "relay-a/url/https://one.example");
    s->a_urls[1] = record(s, "relay-a/url/https://two.example");
    for (int i = 0; i < 4; i++)
        s->a_paths[i] = record(s, (const char *[]){ "p0", "p1", "p2", "p3" }[i]);
    s->b_urls[0] = record(s, "relay-b/url/https://b.example");
    s->b_paths[0] = record(s, "relay-b/path/https://b.example");
    s->key_rules[1].rpm = 60;
    s->places[0] = (struct roster_channel){ .conf = &s->channels[0],
                                            .vitals = record(s, "relay-a"),
                                            .keys_n = 2,
                                            .urls_n = 2,
                                            .keys = s->a_keys,
                                            .urls = s->a_urls,
                                            .paths = s->a_paths,
                                            .key_rules = s->key_rules };
    s->places[1] = (struct roster_channel){ .conf = &s->channels[1],
                                            .vitals = record(s, "relay-b"),
                                            .keys_n = 1,
                                            .urls_n = 1,
                                            .keys = s->b_keys,
                                            .urls = s->b_urls,
                                            .paths = s->b_paths,
                                            .rules.concurrency = 4 };
    s->roster = (struct roster){ .conf = &s->conf, .channels = s->places, .channels_n = 2 };
}

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    s->table = vitals_table_new();
    buf_init(&s->out, 1 << 16);
    scene_channels(s);
    scene_roster(s);
}

static void scene_close(struct scene *s)
{
    buf_fini(&s->out);
    vitals_table_free(s->table);
}

static struct trace_step step(uint32_t kind, uint32_t why, uint32_t channel)
{
    return (struct trace_step){ .kind = (uint16_t)kind,
                                .why = (uint16_t)why,
                                .channel = channel,
                                .key = TRACE_ANY,
                                .url = TRACE_ANY,
                                .at_us = NOW_MS * 1000 };
}

static struct cp_str text_of(struct scene *s, const struct trace_step *one)
{
    s->trace.n = s->trace.left_out = 0;
    trace_add(&s->trace, one);
    buf_clear(&s->out);
    trace_text(&s->trace, &s->roster, NOW_MS, &s->out);
    return buf_str(&s->out);
}

static struct cp_str line_of(struct scene *s)
{
    buf_clear(&s->out);
    trace_line(&s->trace, &s->roster, &s->out);
    return buf_str(&s->out);
}

/* ---- sentences ---- */

TEST(a_rest_names_its_cause)
{
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false };
    struct trace_step t = step(TRACE_OUT, TRACE_COOLDOWN, 0);
    struct scene s;

    scene_open(&s);
    cooldown_charge(&s.a_keys[0]->cooldown, &cause, 41000, 30000, 3600000, NOW_MS);
    t.key = 0;
    t.until_ms = NOW_MS + 41000;
    CHECK_STR(text_of(&s, &t), "relay-a: key ab12cd34ef56 rests for 41 s more (rate_limit, "
                               "status 429, said by the header)\n");
    cause = (struct cooldown_cause){ CP_BY_UPSTREAM, CP_SERVER, COOLDOWN_PRESET, 0, false };
    cooldown_charge(&s.a_urls[1]->cooldown, &cause, -1, 2000, 3600000, NOW_MS);
    t.key = TRACE_ANY;
    t.url = 1;
    t.until_ms = NOW_MS + 1450;
    CHECK_STR(text_of(&s, &t), "relay-a: https://two.example rests for 1.5 s more (server, our "
                               "own estimate)\n");
    t.until_ms = NOW_MS - 1; /* over by the time somebody reads */
    CHECK_STR(text_of(&s, &t),
              "relay-a: https://two.example rests (server, our own estimate)\n");
    scene_close(&s);
}

TEST(every_reason_is_a_sentence)
{
    static const struct {
        uint32_t why;
        const char *says;
    } rows[] = {
        { TRACE_FAMILY, "relay-b does not serve this client API\n" },
        { TRACE_STATUS, "relay-b is suspended\n" },
        { TRACE_ADAPTER, "relay-b: its dialect chat is not loaded\n" },
        { TRACE_OP, "relay-b: its dialect chat cannot do this operation\n" },
        { TRACE_MODEL, "relay-b does not serve this model\n" },
        { TRACE_FORBIDDEN,
          "relay-b cannot be asked, what the request follows on belongs elsewhere\n" },
        { TRACE_TRIED, "relay-b has failed this request already\n" },
        { TRACE_BREAKER, "relay-b: its breaker is open for 3 min 20 s more\n" },
        { TRACE_PROBING, "relay-b: its breaker is half-open and a probe is under way\n" },
        { TRACE_CONCURRENCY,
          "relay-b is at its cap of 4 requests at once, the next one may come in 3 min 20 s\n" },
        { TRACE_MODEL_REST,
          "relay-b does not serve this model now, not for another 3 min 20 s\n" },
        { TRACE_LATELY, "relay-b failed the last time, and no other attempt is left\n" },
        { TRACE_ROUTED, "relay-b is not named by the route for this model\n" },
        { TRACE_KEY_OFF, "relay-b is switched off in the configuration\n" },
    };
    struct scene s;

    scene_open(&s);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct trace_step t = step(TRACE_OUT, rows[i].why, 1);
        t.until_ms = NOW_MS + 200000;
        CHECK_STR(text_of(&s, &t), rows[i].says);
    }
    struct trace_step t = step(TRACE_OUT, TRACE_RPM, 0);
    t.key = 1;
    CHECK_STR(text_of(&s, &t),
              "relay-a: key cd34ef56ab12 is at its cap of 60 requests a minute\n");
    scene_close(&s);
}

TEST(every_step_is_a_sentence)
{
    struct trace_step t = step(TRACE_ROUTE, 0, TRACE_ANY);
    struct scene s;

    scene_open(&s);
    CHECK_STR(text_of(&s, &t), "route 1 applies (model opus-*)\n");
    t = step(TRACE_FIT, 0, 0);
    t.value = 7;
    CHECK_STR(text_of(&s, &t), "relay-a may be asked (score 7)\n");
    t = step(TRACE_PREFER, TRACE_AFFINITY, 0);
    CHECK_STR(text_of(&s, &t), "relay-a goes first: it had this conversation last\n");
    t = step(TRACE_CHOSEN, TRACE_STRATEGY, 0);
    t.key = t.url = 0;
    CHECK_STR(text_of(&s, &t), "relay-a: key ab12cd34ef56 at https://one.example is asked: the "
                               "strategy names it\n");
    t = step(TRACE_CHOSEN, TRACE_STRATEGY, 1); /* a channel without keys */
    t.key = t.url = 0;
    CHECK_STR(text_of(&s, &t), "relay-b: https://b.example is asked: the strategy names it\n");
    t = step(TRACE_WAIT, 0, TRACE_ANY);
    t.value = 2 * 3600000 + 5 * 60000;
    CHECK_STR(text_of(&s, &t), "nobody may be asked for 2 h 5 min\n");
    t.value = -1;
    CHECK_STR(text_of(&s, &t), "nobody may be asked until another request ends\n");
    t = step(TRACE_HEDGE, 0, TRACE_ANY);
    t.value = 850;
    CHECK_STR(text_of(&s, &t),
              "a second attempt begins beside the first, which had no content after 850 ms\n");
    t = step(TRACE_NOBODY, 0, TRACE_ANY);
    t.until_ms = NOW_MS + 30000;
    CHECK_STR(text_of(&s, &t), "nobody can be asked, the first one is well again in 30 s\n");
    scene_close(&s);
}

/* ---- a whole story ---- */

static void tell_story(struct scene *s)
{
    struct trace_step t = step(TRACE_CHOSEN, TRACE_AFFINITY, 0);

    t.key = t.url = 0;
    trace_add(&s->trace, &t);
    t.kind = TRACE_ATTEMPT;
    t.why = CP_BY_KEY;
    t.value = 429;
    t.first_content_us = -1;
    t.at_us += 230000;
    trace_add(&s->trace, &t);
    t = step(TRACE_CHOSEN, TRACE_STRATEGY, 1);
    t.key = t.url = 0;
    t.at_us += 231000;
    trace_add(&s->trace, &t);
    t.kind = TRACE_ATTEMPT;
    t.why = 0;
    t.value = 200;
    t.first_content_us = 812000;
    t.at_us += 900000;
    trace_add(&s->trace, &t);
}

TEST(attempts_in_one_line)
{
    struct trace_step t = step(TRACE_WAIT, 0, TRACE_ANY);
    struct scene s;

    scene_open(&s);
    CHECK_STR(line_of(&s), "");
    tell_story(&s);
    CHECK_STR(line_of(&s), "relay-a/ab12cd34ef56#1 429 key 0.2s; relay-b ok strategy");
    t.value = 1500;
    trace_add(&s.trace, &t);
    CHECK(str_ends(line_of(&s), "; relay-b ok strategy; nobody 1.5s"));
    trace_add(&s.trace, &t);                   /* who waits says it again */
    t = step(TRACE_CHOSEN, TRACE_DEGRADED, 0); /* its end is not known yet */
    t.key = t.url = 1;
    trace_add(&s.trace, &t);
    CHECK_STR(line_of(&s),
              "relay-a/ab12cd34ef56#1 429 key 0.2s; relay-b ok strategy; wait 1.5s; "
              "relay-a/cd34ef56ab12#2 open degraded");
    scene_close(&s);
}

TEST(attempts_in_sentences)
{
    struct scene s;

    scene_open(&s);
    tell_story(&s);
    trace_text(&s.trace, &s.roster, NOW_MS, &s.out);
    CHECK_STR(
        buf_str(&s.out),
        "relay-a: key ab12cd34ef56 at https://one.example is asked: it had this conversation "
        "last\n"
        "attempt 1 at relay-a, key ab12cd34ef56 at https://one.example failed, by the key's "
        "fault (status 429) after 230 ms\n"
        "relay-b: https://b.example is asked: the strategy names it\n"
        "attempt 2 at relay-b, https://b.example served (status 200) after 900 ms, first "
        "content after 812 ms\n");
    scene_close(&s);
}

TEST(a_line_is_bounded)
{
    struct trace_step t = step(TRACE_ATTEMPT, CP_BY_NETWORK, 0);
    struct scene s;

    scene_open(&s);
    t.key = t.url = 1;
    for (int i = 0; i < TRACE_STEPS; i++)
        trace_add(&s.trace, &t);
    struct cp_str line = line_of(&s);
    CHECK(line.n <= TRACE_LINE_BYTES);
    CHECK(str_begins(line, "relay-a/cd34ef56ab12#2 network; relay-a/"));
    CHECK(str_ends(line, " more"));
    for (size_t i = 0; i < line.n; i++)
        CHECK(line.p[i] >= ' ' && line.p[i] < 0x7f);
    scene_close(&s);
}

TEST(a_crowd_of_candidates_leaves_room_for_deeds)
{
    struct trace_step out = step(TRACE_OUT, TRACE_MODEL, 1);
    struct scene s;

    scene_open(&s);
    for (int i = 0; i < 1000; i++)
        trace_add(&s.trace, &out);
    CHECK_EQ(s.trace.n, TRACE_STEPS - TRACE_DEEDS);
    CHECK_EQ(s.trace.left_out, 1000 - (TRACE_STEPS - TRACE_DEEDS));
    tell_story(&s);
    CHECK_STR(line_of(&s), "relay-a/ab12cd34ef56#1 429 key 0.2s; relay-b ok strategy");
    for (int i = 0; i < 1000; i++)
        tell_story(&s);
    CHECK_EQ(s.trace.n, TRACE_STEPS);
    trace_text(&s.trace, &s.roster, NOW_MS, &s.out);
    CHECK(str_ends(buf_str(&s.out), " more steps are not kept)\n"));
    trace_add(NULL, &out);
    scene_close(&s);
}

TEST(steps_as_json)
{
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_BODY, 429, false };
    struct trace_step t = step(TRACE_OUT, TRACE_COOLDOWN, 0);
    struct json_writer w;
    struct scene s;

    scene_open(&s);
    cooldown_charge(&s.a_keys[1]->cooldown, &cause, 5000, 30000, 3600000, NOW_MS);
    t.key = 1;
    t.until_ms = NOW_MS + 5000;
    trace_add(&s.trace, &t);
    tell_story(&s);
    s.trace.left_out = 3;
    json_writer_init(&w, &s.out);
    trace_json(&s.trace, &s.roster, NOW_MS, &w);
    CHECK_EQ(json_writer_done(&w), 0);
    CHECK_EQ(json_check(buf_str(&s.out), NULL, NULL), 0);
    CHECK_STR(
        buf_str(&s.out),
        "[{\"step\":\"out\",\"channel\":\"relay-a\",\"key\":\"cd34ef56ab12\",\"why\":\"cooldown\","
        "\"trouble\":\"rate_limit\",\"fault\":\"key\",\"status\":429,\"source\":\"body\","
        "\"for_ms\":5000,\"at_us\":0},"
        "{\"step\":\"chosen\",\"channel\":\"relay-a\",\"key\":\"ab12cd34ef56\","
        "\"url\":\"https://one.example\",\"why\":\"affinity\",\"at_us\":0},"
        "{\"step\":\"attempt\",\"channel\":\"relay-a\",\"key\":\"ab12cd34ef56\","
        "\"url\":\"https://one.example\",\"result\":\"failed\",\"fault\":\"key\",\"status\":429,"
        "\"at_us\":230000},"
        "{\"step\":\"chosen\",\"channel\":\"relay-b\",\"url\":\"https://b.example\","
        "\"why\":\"strategy\",\"at_us\":231000},"
        "{\"step\":\"attempt\",\"channel\":\"relay-b\",\"url\":\"https://b.example\","
        "\"result\":\"served\",\"status\":200,\"first_content_us\":812000,\"at_us\":1131000},"
        "{\"step\":\"left_out\",\"steps\":3}]");
    scene_close(&s);
}

TEST(a_step_about_what_is_not_there)
{
    struct trace_step t = step(TRACE_OUT, 999, 77);
    struct scene s;

    scene_open(&s);
    CHECK_STR(text_of(&s, &t), "all channels is left out (unknown)\n");
    t.kind = 99;
    CHECK_STR(text_of(&s, &t), "unknown\n");
    CHECK_STR(str_of(trace_why_name(TRACE_WHYS)), "unknown");
    for (uint32_t i = 0; i < TRACE_WHYS; i++)
        CHECK(!str_is(str_of(trace_why_name(i)), "unknown"));
    scene_close(&s);
}

TEST_MAIN()
