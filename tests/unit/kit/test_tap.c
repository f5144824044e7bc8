/* SPDX-License-Identifier: MIT */
/*
 * test_tap - a report for people, as programs get it.
 */
#include "kit/tap.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"

#include "../test.h"

static struct buf out;

static struct cp_str told(const char *tap)
{
    buf_init(&out, 65536);
    CHECK_EQ(tap_to_json(str_of(tap), "x.so", &out), 0);
    CHECK_EQ(json_check(str_trim(buf_str(&out)), NULL, NULL), 0);
    return str_trim(buf_str(&out));
}

TEST(a_whole_one)
{
    struct cp_str json = told("ok 1 - it is - \"good\"\n# why\n# more\nnot ok 2 - it is bad\n"
                              "ok 3 - it is left # skip no time\n1..3\n");
    CHECK(json_is(json_at(json, "file"), "x.so"));
    CHECK_STR(json_at(json, "ok"), "false");
    CHECK_STR(json_at(json, "checks"), "3");
    CHECK_STR(json_at(json, "failed"), "1");
    CHECK_STR(json_at(json, "skipped"), "1");
    CHECK(json_is(json_at(json, "results[0].name"), "it is - \"good\""));
    CHECK_STR(json_at(json, "results[0].notes"), "[]");
    CHECK(json_is(json_at(json, "results[1].notes[1]"), "more"));
    CHECK(json_is(json_at(json, "results[2].name"), "it is left"));
    CHECK(json_is(json_at(json, "results[2].skipped"), "no time"));
    buf_fini(&out);
}

TEST(one_that_breaks_off)
{
    struct cp_str json = told("ok 1 - it is good\n# it was about to");
    CHECK_STR(json_at(json, "ok"), "false");
    CHECK_STR(json_at(json, "checks"), "2");
    CHECK(json_is(json_at(json, "results[1].notes[0]"), "it was about to"));
    buf_fini(&out);
    json = told("");
    CHECK_STR(json_at(json, "failed"), "1");
    buf_fini(&out);
}

TEST(no_room)
{
    buf_init(&out, 16);
    CHECK_EQ(tap_to_json(STR("ok 1 - it is good\n1..1\n"), "x.so", &out), E_LIMIT);
    buf_fini(&out);
}

TEST_MAIN()
