/* SPDX-License-Identifier: MIT */
/*
 * test_portrait - the health of a thing as JSON: times by the wall, causes in words, nothing made up.
 */
#include "admin/portrait.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/vitals.h"
#include "json/write.h"

#include "../test.h"

/* 2026-11-23T12:00:00Z, an hour after the start */
static const struct portrait_time noon = { 3600000, INT64_C(1795435200000) };
static const struct breaker_rules rules = { false, 10, 2, 50, 900000, 900000 };

static struct buf out;
static struct json_writer w;
static struct vitals_table *table;

static void begin(void)
{
    buf_clear(&out);
    json_writer_init(&w, &out);
    json_open(&w, '{');
}

static struct cp_str end(void)
{
    json_close(&w);
    CHECK_EQ(json_writer_done(&w), 0);
    return buf_str(&out);
}

TEST(who_is_well)
{
    struct vitals *v = vitals_table_get(table, STR("well"));

    begin();
    portrait_gate(&w, v, &(struct conf_caps){ 0 });
    portrait_cooldown(&w, v, &noon);
    portrait_breaker(&w, v, &rules, &noon);
    portrait_meter(&w, v, &noon);
    portrait_counts(&w, v);
    CHECK_STR(end(), "{\"under_way\":0,\"caps\":null,\"cooldown\":null,\"breaker\":{\"state\":"
                     "\"closed\",\"results\":0,\"failures\":0,\"generation\":0,\"opened\":0,"
                     "\"is_probed\":false},\"first_content_ms\":{\"mean\":null,\"p90\":null},"
                     "\"served\":0,\"failed\":0,\"last_served\":null,\"last_failed\":null}");
}

TEST(who_rests)
{
    struct vitals *v = vitals_table_get(table, STR("rests"));
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false };

    (void)cooldown_charge(&v->cooldown, &cause, 90500, 1000, 3600000, noon.now_ms - 500);
    begin();
    portrait_cooldown(&w, v, &noon);
    CHECK_STR(end(), "{\"cooldown\":{\"trouble\":\"rate_limit\",\"fault\":\"key\",\"source\":"
                     "\"header\",\"status\":429,\"since\":\"2026-11-23T11:59:59Z\",\"until\":"
                     "\"2026-11-23T12:01:30Z\",\"seconds_left\":90,\"failures_in_a_row\":1,"
                     "\"probe_is_due\":false}}");
}

TEST(whose_breaker_is_open)
{
    struct vitals *v = vitals_table_get(table, STR("open"));

    for (int i = 0; i < 2; i++) {
        struct breaker_pass pass;
        CHECK(breaker_enter(&v->breaker, &rules, noon.now_ms, &pass));
        (void)breaker_report(&v->breaker, &rules, &pass, BREAKER_FAILED, noon.now_ms);
    }
    begin();
    portrait_breaker(&w, v, &rules, &noon);
    struct cp_str said = end();
    CHECK(str_find(said, STR("\"state\":\"open\"")) > 0);
    CHECK(str_find(said, STR("\"until\":\"2026-11-23T12:15:00Z\",\"seconds_left\":900")) > 0);
    begin();
    portrait_breaker(&w, v, &(struct breaker_rules){ .is_off = true }, &noon);
    CHECK_STR(end(), "{\"breaker\":\"off\"}");
}

TEST(what_is_told_of_causes_is_what_is_known)
{
    begin();
    portrait_cause(&w, &(struct cooldown_cause){ .status = 503 });
    CHECK_STR(end(), "{\"status\":503}");
    begin();
    portrait_cause(&w, &(struct cooldown_cause){ 0 });
    CHECK_STR(end(), "{}");
}

TEST(caps_and_ends)
{
    struct vitals *v = vitals_table_get(table, STR("caps"));

    begin();
    portrait_gate(&w, v, &(struct conf_caps){ .rpm = 60 });
    portrait_until(&w, &noon, noon.now_ms + 1);
    CHECK_STR(end(), "{\"under_way\":0,\"caps\":{\"concurrency\":0,\"rpm\":60,\"tpm\":0},"
                     "\"until\":\"2026-11-23T12:00:00Z\",\"seconds_left\":1}");
    begin();
    portrait_until(&w, &noon, noon.now_ms - 5000);
    CHECK_STR(end(), "{\"until\":\"2026-11-23T11:59:55Z\",\"seconds_left\":0}");
}

int main(int argc, char **argv)
{
    buf_init(&out, 65536);
    table = vitals_table_new();
    int rc = test_main(argc, argv);
    vitals_table_free(table);
    buf_fini(&out);
    return rc;
}
