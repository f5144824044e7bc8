/* SPDX-License-Identifier: MIT */
/*
 * test_health_file - what was learned is written when it is worth it, and nothing that goes wrong with the file matters.
 */
#include "main/health_file.h"

#include "base/clock.h"
#include "base/str.h"
#include "state/marks.h"
#include "state/vitals.h"
#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t wall_ms = INT64_C(1795406400000);

struct place {
    char top[64], dir[96], file[128], bad[160];
    struct facts facts;
    struct vitals *key;
};

static void at(int64_t now_ms)
{
    clock_set(now_ms * 1000, wall_ms + now_ms);
}

static void tables_new(struct place *p)
{
    p->facts = (struct facts){ vitals_table_new(), marks_new() };
    p->key = vitals_table_get(p->facts.vitals, STR("relay/key/ab12cd34ef56"));
}

static void tables_free(struct place *p)
{
    vitals_table_free(p->facts.vitals);
    marks_free(p->facts.marks);
}

static void place_new(struct place *p)
{
    *p = (struct place){ .top = "/tmp/health.XXXXXX" };
    if (!mkdtemp(p->top))
        abort();
    snprintf(p->dir, sizeof(p->dir), "%s/a/state", p->top);
    snprintf(p->file, sizeof(p->file), "%s/health.conf", p->dir);
    snprintf(p->bad, sizeof(p->bad), "%s.bad", p->file);
    at(1000);
    tables_new(p);
}

static void place_free(struct place *p)
{
    char a[96];

    clock_set(-1, -1);
    tables_free(p);
    unlink(p->file);
    unlink(p->bad);
    rmdir(p->dir);
    snprintf(a, sizeof(a), "%s/a", p->top);
    rmdir(a);
    CHECK_EQ(rmdir(p->top), 0);
}

static void rest(struct place *p, int64_t wait_ms, int64_t now_ms)
{
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false };

    cooldown_charge(&p->key->cooldown, &cause, wait_ms, 1000, COOLDOWN_HARD_MS, now_ms);
}

/* The file's number; another one after each write. */
static ino_t number(const struct place *p)
{
    struct stat st;

    return stat(p->file, &st) ? 0 : st.st_ino;
}

static bool look_writes(struct place *p, struct health_file *h)
{
    unlink(p->file);
    health_file_look(h);
    return number(p);
}

TEST(health_file_goes_on_over_a_restart)
{
    struct place p;

    place_new(&p);
    struct health_file *h = health_file_open(&p.facts, str_of(p.dir));
    health_file_look(h);
    CHECK(!number(&p)); /* nothing was learned: no trace */
    rest(&p, 600000, 1000);
    health_file_look(h);
    CHECK(number(&p));
    health_file_close(h);
    tables_free(&p);
    tables_new(&p);
    at(3000);
    h = health_file_open(&p.facts, str_of(p.dir));
    CHECK_EQ(cooldown_until(&p.key->cooldown, 3000), 601000);
    health_file_close(h);
    place_free(&p);
}

TEST(health_file_is_written_only_for_what_will_hold_for_a_while)
{
    struct place p;

    place_new(&p);
    struct health_file *h = health_file_open(&p.facts, str_of(p.dir));
    rest(&p, 7000, 1000);
    CHECK(!look_writes(&p, h)); /* over in seconds */
    rest(&p, 60000, 1000);
    CHECK(look_writes(&p, h));
    CHECK(!look_writes(&p, h));
    at(55000);
    CHECK(!look_writes(&p, h)); /* about to end, as was written */
    at(70000);
    CHECK(!look_writes(&p, h));
    rest(&p, 60000, 70000);
    CHECK(look_writes(&p, h));
    cooldown_clear(&p.key->cooldown);
    CHECK(look_writes(&p, h)); /* it ended early */
    atomic_store(&p.key->demoted_ms, wall_ms);
    CHECK(look_writes(&p, h));
    at(INT64_C(90) * 24 * 3600 * 1000);
    CHECK(!look_writes(&p, h));
    health_file_close(h);
    place_free(&p);
}

TEST(health_file_ends_without_what_is_over)
{
    struct place p;
    char text[4096] = { 0 };

    place_new(&p);
    struct health_file *h = health_file_open(&p.facts, str_of(p.dir));
    rest(&p, 60000, 1000);
    health_file_look(h);
    at(70000);
    health_file_close(h);
    FILE *f = fopen(p.file, "r");
    if (CHECK(f)) {
        CHECK(fread(text, 1, sizeof(text) - 1, f) > 0);
        fclose(f);
    }
    CHECK(!strstr(text, "relay"));
    place_free(&p);
}

static void put_file(const struct place *p, const char *text)
{
    char a[96];

    snprintf(a, sizeof(a), "%s/a", p->top);
    mkdir(a, 0700);
    mkdir(p->dir, 0700);
    FILE *f = fopen(p->file, "w");
    fputs(text, f);
    fclose(f);
}

TEST(health_file_that_is_broken_is_moved_aside)
{
    struct place p;

    place_new(&p);
    put_file(&p, "facts = ( { kind = \"dem");
    struct health_file *h = health_file_open(&p.facts, str_of(p.dir));
    CHECK_EQ(access(p.bad, F_OK), 0);
    CHECK(!number(&p));
    rest(&p, 600000, 1000);
    CHECK(look_writes(&p, h));
    health_file_close(h);
    place_free(&p);
}

TEST(health_file_may_have_nowhere_to_be)
{
    struct place p;

    place_new(&p);
    struct health_file *h = health_file_open(&p.facts, STR_NONE);
    rest(&p, 600000, 1000);
    health_file_look(h);
    health_file_close(h);
    h = health_file_open(&p.facts, STR("/proc/nowhere"));
    rest(&p, 700000, 1000);
    health_file_look(h);
    health_file_look(h);
    health_file_close(h);
    health_file_close(NULL);
    place_free(&p);
}

TEST(health_file_is_tried_again_after_a_failure)
{
    struct place p;
    char a[96];

    place_new(&p);
    snprintf(a, sizeof(a), "%s/a", p.top);
    FILE *f = fopen(a, "w"); /* a file where the folder should be */
    fclose(f);
    struct health_file *h = health_file_open(&p.facts, str_of(p.dir));
    rest(&p, 600000, 1000);
    CHECK(!look_writes(&p, h));
    unlink(a);
    CHECK(!look_writes(&p, h)); /* not at once */
    at(62000);
    CHECK(look_writes(&p, h));
    health_file_close(h);
    place_free(&p);
}

TEST_MAIN()
