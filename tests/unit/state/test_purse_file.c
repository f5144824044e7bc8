/* SPDX-License-Identifier: MIT */
/*
 * test_purse_file - what was spent, written down and told again; what is broken is taken as a whole or not at all.
 */
#include "state/purse_file.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "state/purse.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

static const int64_t now = INT64_C(1795406400000); /* 2026-11-23T04:00:00Z */

static int load(struct purse_table *t, struct cp_str text, struct err *err)
{
    char path[] = "/tmp/test_purse_file.XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
    close(fd);
    int rc = purse_file_load(t, path, err);
    unlink(path);
    return rc;
}

static int64_t spent(struct purse_table *t, const char *id, enum purse_period period)
{
    struct purse_sum s, r;
    int64_t begin;
    purse_look(purse_get(t, str_of(id)), period, now, &s, &r, &begin);
    return s.tokens;
}

TEST(purse_file_tells_again_what_was_written)
{
    struct purse_table *t = purse_table_new(), *u = purse_table_new();
    struct purse_sum none = { 0 }, some = { INT64_MAX, 7 }, less = { 5, INT64_MAX };
    struct err err = { 0 };
    struct buf one, two;

    clock_set(1000000, now);
    buf_init(&one, 1 << 20);
    buf_init(&two, 1 << 20);
    purse_settle(purse_get(t, STR("a1b2c3d4e5f6")), &none, &some, now);
    purse_settle(purse_get(t, STR("bob-1_x")), &none, &less, now);
    purse_settle(purse_get(t, STR("No\"t")), &none, &less, now);
    purse_get(t, STR("idle"));
    purse_file_write(t, &one);
    CHECK_EQ(load(u, buf_str(&one), &err), 0);
    CHECK_STR(str_of(err.what), "");
    CHECK_EQ(spent(u, "a1b2c3d4e5f6", PURSE_DAY), INT64_MAX);
    CHECK_EQ(spent(u, "bob-1_x", PURSE_MONTH), 5);
    CHECK_EQ(spent(u, "bob-1_x", PURSE_EVER), 5);
    purse_file_write(u, &two);
    CHECK(str_eq(buf_str(&one), buf_str(&two)));
    buf_fini(&one);
    buf_fini(&two);
    purse_table_free(t);
    purse_table_free(u);
    clock_set(-1, -1);
}

TEST(purse_file_forgets_removed_keys_after_their_month)
{
    struct purse_table *t = purse_table_new();
    struct purse *kept = purse_get(t, STR("kept")), *gone = purse_get(t, STR("gone"));
    struct purse_sum none = { 0 }, some = { 5, 7 };
    struct buf out;

    buf_init(&out, 1 << 20);
    clock_set(1000000, now);
    purse_hold(kept);
    purse_hold(gone);
    purse_settle(kept, &none, &some, now);
    purse_settle(gone, &none, &some, now);
    purse_release(gone);
    purse_file_write(t, &out);
    CHECK(str_find(buf_str(&out), STR("\"gone\"; period = \"ever\"")) >= 0);
    buf_clear(&out);
    clock_set(1000000, now + INT64_C(31) * 24 * 3600 * 1000);
    purse_file_write(t, &out);
    CHECK(str_find(buf_str(&out), STR("gone")) < 0);
    CHECK(str_find(buf_str(&out), STR("\"kept\"; period = \"ever\"")) >= 0);
    buf_fini(&out);
    purse_table_free(t);
    clock_set(-1, -1);
}

static void check_bad(const char *text, const char *wanted)
{
    struct purse_table *t = purse_table_new();
    struct err err = { 0 };
    CHECK_EQ(load(t, str_of(text), &err), E_CONFIG);
    if (!CHECK(str_find(str_of(err.what), str_of(wanted)) >= 0))
        printf("# %s: %s\n", err.where, err.what);
    CHECK_EQ(spent(t, "good", PURSE_EVER), 0);
    purse_table_free(t);
}

#define GOOD                                                                                   \
    "{ key = \"good\"; period = \"ever\"; from = \"1970-01-01T00:00:00Z\"; tokens = \"5\"; "   \
    "micro = \"0\"; }"

TEST(purse_file_takes_all_or_nothing)
{
    struct purse_table *t = purse_table_new();
    clock_set(1000000, now);
    CHECK_EQ(load(t, STR("spent = ( " GOOD " );"), NULL), 0);
    CHECK_EQ(spent(t, "good", PURSE_EVER), 5);
    CHECK_EQ(purse_file_load(t, "/nonexistent/spend.conf", NULL), 0);
    check_bad("", "no list");
    check_bad("spent = ( " GOOD ", 5 );", "must be a group");
    check_bad("spent = ( " GOOD ", { key = \"x\"; } );", "no key or no period");
    check_bad("spent = ( " GOOD ", { key = \"X\"; period = \"day\"; } );",
              "no key or no period");
    check_bad("spent = ( " GOOD ", { key = \"x\"; period = \"day\"; from = \"now\"; } );",
              "no time");
    check_bad("spent = ( " GOOD ", { key = \"x\"; period = \"day\"; from = "
              "\"2026-11-23T00:00:00Z\"; tokens = \"-1\"; micro = \"1\"; } );",
              "no tokens");
    check_bad("spent = ( " GOOD ", {", "syntax error");
    purse_table_free(t);
    clock_set(-1, -1);
}

TEST_MAIN()
