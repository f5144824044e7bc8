/* SPDX-License-Identifier: MIT */
/*
 * test_config_diff - what it tells makes the one text of the other, for samples and thousands of random ones.
 */
#include "admin/config_diff.h"

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

#include <stdint.h>
#include <stdlib.h>

enum { MOST = 1 << 20, ROUNDS = 3000, LINES = 40 };

static struct buf out;

static struct cp_str diff(struct cp_str a, struct cp_str b)
{
    buf_clear(&out);
    config_diff(a, b, "old", "new", &out);
    return out.n ? buf_str(&out) : STR("");
}

TEST(the_same_is_nothing)
{
    buf_init(&out, MOST);
    CHECK_STR(diff(STR(""), STR("")), "");
    CHECK_STR(diff(STR("a\nb\n"), STR("a\nb\n")), "");
    CHECK_STR(diff(STR("a\nb\n"), STR("a\nb")), "");
    buf_fini(&out);
}

TEST(it_reads_like_diff)
{
    buf_init(&out, MOST);
    CHECK_STR(diff(STR(""), STR("a\n")), "--- old\n+++ new\n@@ -0,0 +1,1 @@\n+a\n");
    CHECK_STR(diff(STR("a\n"), STR("")), "--- old\n+++ new\n@@ -1,1 +0,0 @@\n-a\n");
    CHECK_STR(diff(STR("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), STR("1\n2\n3\n4\nx\n6\n7\n8\n9\n")),
              "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
    CHECK_STR(
        diff(STR("a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n"), STR("A\n1\n2\n3\n4\n5\n6\n7\n8\nB\n")),
        "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
        "@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-b\n+B\n");
    buf_fini(&out);
}

/* ---- random texts ---- */

static uint64_t seed = 20261123;

static uint32_t some(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static struct cp_str random_text(char *p)
{
    size_t n = 0, lines = some(LINES);

    for (size_t i = 0; i < lines; i++) {
        p[n++] = (char)('a' + (int)some(6));
        p[n++] = '\n';
    }
    return str_n(p, n);
}

/* Takes the lines of the difference that are of one side, and those of the text that it leaves out, in order. */
static bool is_applied(struct cp_str a, struct cp_str b, struct cp_str lines)
{
    struct cp_str line, got;
    struct buf made;
    size_t at = 0, from = 0;

    buf_init(&made, MOST);
    (void)str_split(&lines, '\n', &line);
    (void)str_split(&lines, '\n', &line);
    while (str_split(&lines, '\n', &line)) {
        if (str_begins(line, "@@ -")) {
            from = (size_t)strtoul(line.p + 4, NULL, 10);
            for (struct cp_str rest = str_from(a, 2 * at); from && at + 1 < from; at++) {
                (void)str_split(&rest, '\n', &got);
                (void)buf_printf(&made, "%.*s\n", STR_FMT(got));
            }
        } else if (str_begins(line, " ") || str_begins(line, "+")) {
            (void)buf_printf(&made, "%.*s\n", STR_FMT(str_from(line, 1)));
        }
        at += str_begins(line, " ") || str_begins(line, "-");
    }
    (void)buf_add_str(&made, str_from(a, 2 * at));
    bool is_good = made.n == b.n && (!b.n || !memcmp(made.p, b.p, b.n));
    if (!is_good)
        printf("# %.*s# not %.*s", STR_FMT(buf_str(&made)), STR_FMT(b));
    buf_fini(&made);
    return is_good;
}

TEST(any_difference_can_be_applied)
{
    static char p[2 * LINES], q[2 * LINES];
    int bad = 0;

    buf_init(&out, MOST);
    for (int i = 0; i < ROUNDS && bad < 3; i++) {
        struct cp_str a = random_text(p), b = random_text(q), d = diff(a, b);
        bad += !CHECK(d.n ? is_applied(a, b, d) : str_eq(a, b) || a.n == b.n);
    }
    buf_fini(&out);
}

TEST(texts_that_are_too_long_differ_as_a_whole)
{
    static char p[12000], q[12000];

    for (size_t i = 0; i < sizeof(p); i += 2) {
        p[i] = 'a';
        q[i] = 'b';
        p[i + 1] = q[i + 1] = '\n';
    }
    buf_init(&out, MOST);
    CHECK(str_begins(diff(str_n(p, sizeof(p)), str_n(q, sizeof(q))),
                     "--- old\n+++ new\n@@ -1,6000 +1,6000 @@\n-a\n-a\n"));
    buf_fini(&out);
}

TEST_MAIN()
