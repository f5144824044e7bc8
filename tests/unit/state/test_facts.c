/* SPDX-License-Identifier: MIT */
/*
 * test_facts - what was learned is told, written down, read back, and never holds longer than it may.
 */
#include "state/facts.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "plugin/verdict.h"
#include "state/marks.h"
#include "state/vitals.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR_MS = 3600 * 1000 };

/* 2026-11-23T04:00:00Z */
static const int64_t wall_ms = INT64_C(1795406400000), now_ms = INT64_C(50000000);

static const char *const names[] = { "relay", "relay/key/ab12cd34ef56",
                                     "relay/path/ab12cd34ef56/https://a.example/v1",
                                     "relay/url/https://a.example/v1" };

static struct facts facts_new(void)
{
    struct facts f = { vitals_table_new(), marks_new() };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        vitals_table_get(f.vitals, str_of(names[i]));
    return f;
}

static void facts_free(struct facts *f)
{
    vitals_table_free(f->vitals);
    marks_free(f->marks);
}

/* A line for each fact; how the two clocks stand does not matter to it. */
static void note(void *ctx, const struct fact *f)
{
    buf_printf(ctx,
               "%d %.*s|%.*s until %lld since %lld fault %u trouble %u source %s status %d\n",
               (int)f->kind, STR_FMT(f->owner), STR_FMT(f->detail),
               (long long)(f->until_wall_ms ? f->until_wall_ms - wall_ms : 0),
               (long long)(f->since_wall_ms ? f->since_wall_ms - wall_ms : 0), f->cause.fault,
               f->cause.trouble, cooldown_source_name(f->cause.source), (int)f->cause.status);
}

static char *noted(const struct facts *f, int64_t now, int64_t wall)
{
    struct buf b;
    size_t n;

    buf_init(&b, 1 << 20);
    facts_each(f, now, wall, note, &b);
    buf_add_c(&b, '\0');
    return buf_give(&b, &n);
}

static void apply(const struct facts *f, enum fact_kind kind, const char *owner,
                  const char *detail, int64_t left_ms)
{
    struct fact fact = { .kind = kind,
                         .owner = str_of(owner),
                         .detail = str_of(detail),
                         .until_wall_ms = wall_ms + left_ms,
                         .since_wall_ms = wall_ms - 60000,
                         .cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false } };

    facts_apply(f, &fact, now_ms, wall_ms);
}

static void apply_all(const struct facts *f)
{
    apply(f, FACT_COOLDOWN, names[1], NULL, HOUR_MS);
    apply(f, FACT_BREAKER, names[2], NULL, 900000);
    apply(f, FACT_DEMOTED, names[1], NULL, 0);
    apply(f, FACT_MODEL, names[1], "claude-\xc3\xa4 \"x\" \\ ~\t\x01\x7f\xff\xc3", HOUR_MS);
    apply(f, FACT_REFUSED, "relay", "anthropic-beta: context-1m", 24 * HOUR_MS);
    apply(f, FACT_PROMOTED, "", "relay", HOUR_MS);
}

static void folder(char path[64], const char *name)
{
    snprintf(path, 64, "/tmp/facts.XXXXXX");
    if (!mkdtemp(path))
        abort();
    snprintf(path + strlen(path), 64 - strlen(path), "%s", name);
}

static void folder_remove(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    CHECK_EQ(rmdir(path), 0); /* nothing else was left in it */
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    fputs(text, f);
    fclose(f);
}

/* Whether the facts are these, in any order, a line each. */
static void check_noted(const struct facts *f, int64_t now, int64_t wall,
                        const char *const *lines, size_t n)
{
    char *all = noted(f, now, wall);
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (!CHECK(strstr(all, lines[i])))
            printf("#     %s\n", lines[i]);
    for (const char *p = all; *p; p++)
        found += *p == '\n';
    if (!CHECK_EQ(found, n))
        printf("#     %s\n", all);
    free(all);
}

#define CHECK_NOTED(f, now, wall, lines)                                                       \
    check_noted(f, now, wall, lines, sizeof(lines) / sizeof(*(lines)))

static const char *const all_lines[] = {
    "1 relay/key/ab12cd34ef56| until 3600000 since -60000 fault 2 trouble 9 source header "
    "status 429\n",
    "2 relay/path/ab12cd34ef56/https://a.example/v1| until 900000 since 0 fault 0 trouble 0 ",
    "3 relay/key/ab12cd34ef56| until 0 since -60000 fault 0 trouble 0 ",
    "4 relay/key/ab12cd34ef56|claude-\xc3\xa4 \"x\" \\ ~\t\x01\x7f\xff\xc3 until 3600000 since 0 "
    "fault 2 trouble 9 source header status 429\n",
    "5 relay|anthropic-beta: context-1m until 86400000 since 0 ",
    "6 |relay until 3600000 since 0 ",
};

TEST(facts_come_out_as_they_went_in)
{
    struct facts f = facts_new();

    check_noted(&f, now_ms, wall_ms, NULL, 0);
    apply_all(&f);
    CHECK_NOTED(&f, now_ms, wall_ms, all_lines);
    CHECK_NOTED(&f, now_ms + 5, wall_ms + 5, all_lines);
    facts_free(&f);
}

TEST(facts_outlive_the_process)
{
    struct facts before = facts_new(), after = facts_new();
    struct err err;
    char path[64];

    folder(path, "/health.conf");
    clock_set(now_ms * 1000, wall_ms);
    apply_all(&before);
    CHECK_EQ(facts_save(&before, path, &err), 0);
    clock_set(77000, wall_ms); /* another process: its monotonic time began anew */
    if (!CHECK_EQ(facts_load(&after, path, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    CHECK_NOTED(&after, 77, wall_ms, all_lines);
    CHECK_EQ(facts_save(&after, path, &err), 0);
    clock_set(-1, -1);
    facts_free(&before);
    facts_free(&after);
    folder_remove(path);
}

TEST(facts_that_are_over_or_unknown_are_left)
{
    struct facts before = facts_new(), after = facts_new(), others;
    struct err err;
    char path[64];

    folder(path, "/health.conf");
    others = (struct facts){ vitals_table_new(), marks_new() };
    clock_set(now_ms * 1000, wall_ms);
    apply_all(&before);
    facts_save(&before, path, &err);
    clock_set(now_ms * 1000, wall_ms + HOUR_MS);
    facts_load(&after, path, &err);
    static const char *const left[] = { "3 relay/key", "5 relay|anthropic-beta" };
    CHECK_NOTED(&after, now_ms, wall_ms + HOUR_MS, left);
    CHECK_EQ(facts_load(&others, path, &err), 0);
    check_noted(&others, now_ms, wall_ms, NULL, 0);
    clock_set(-1, -1);
    facts_free(&before);
    facts_free(&after);
    facts_free(&others);
    folder_remove(path);
}

TEST(facts_hold_no_longer_than_they_may)
{
    struct facts f = facts_new();
    struct fact ahead = { .kind = FACT_DEMOTED,
                          .owner = str_of(names[1]),
                          .since_wall_ms = wall_ms + HOUR_MS };
    static const char *const lines[] = { "1 relay/key/ab12cd34ef56| until 86400000 ",
                                         "2 relay| until 86400000 ",
                                         "3 relay/key/ab12cd34ef56| until 0 since 0 ",
                                         "4 relay/key/ab12cd34ef56|m until 86400000 ",
                                         "6 chat|relay until 691200000 " };

    apply(&f, FACT_COOLDOWN, names[1], NULL, INT64_C(1000) * 24 * HOUR_MS);
    apply(&f, FACT_BREAKER, names[0], NULL, INT64_MAX - wall_ms);
    apply(&f, FACT_MODEL, names[1], "m", INT64_MAX - wall_ms);
    apply(&f, FACT_PROMOTED, "chat", "relay", INT64_C(9) * 24 * HOUR_MS);
    apply(&f, FACT_PROMOTED, "chat", "gone", HOUR_MS);
    apply(&f, FACT_REFUSED, "relay", "x", -1);
    facts_apply(&f, &ahead, now_ms, wall_ms);
    facts_apply(&f, &(struct fact){ .kind = (enum fact_kind)77, .owner = STR("relay") }, now_ms,
                wall_ms);
    CHECK_NOTED(&f, now_ms, wall_ms, lines);
    facts_free(&f);
}

static char *file_text(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *f = fopen(path, "r");

    if (f) {
        if (fread(text, 1, 65535, f) == 65535)
            abort();
        fclose(f);
    }
    return text;
}

TEST(facts_are_a_private_file_that_explains_itself)
{
    struct facts f = facts_new();
    struct stat st;
    struct err err;
    char path[64];

    folder(path, "/health.conf");
    clock_set(now_ms * 1000, wall_ms);
    apply_all(&f);
    CHECK_EQ(facts_save(&f, path, &err), 0);
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_mode & 07777, 0600);
    char *text = file_text(path);
    CHECK(strncmp(text, "# What claude-proxy has learned", 31) == 0);
    CHECK(strstr(text, "    { kind = \"cooldown\"; owner = \"relay/key/ab12cd34ef56\"; until = "
                       "\"2026-11-23T05:00:00.000Z\"; since = \"2026-11-23T03:59:00.000Z\"; "
                       "fault = \"key\"; trouble = \"rate_limit\"; source = \"header\"; "
                       "status = 429; }"));
    CHECK(strstr(text, "\"claude-\xc3\xa4 \\\"x\\\" \\\\ ~\\x09\\x01\\x7f\\xff\\xc3\""));
    free(text);
    clock_set(-1, -1);
    facts_free(&f);
    folder_remove(path);
}

TEST(facts_speak_the_words_of_the_log)
{
    struct facts f = facts_new();
    struct err err;
    char path[64], wanted[64];

    folder(path, "/health.conf");
    for (uint32_t fault = CP_BY_CLIENT; fault <= CP_BY_NETWORK; fault++) {
        struct fact fact = { .kind = FACT_MODEL,
                             .owner = STR("relay"),
                             .detail = str_n(verdict_fault_name(fault), 2),
                             .until_wall_ms = wall_ms + HOUR_MS,
                             .cause = { .fault = fault } };
        facts_apply(&f, &fact, clock_ms(), wall_ms);
    }
    CHECK_EQ(facts_save(&f, path, &err), 0);
    char *text = file_text(path);
    for (uint32_t fault = CP_BY_CLIENT; fault <= CP_BY_NETWORK; fault++) {
        snprintf(wanted, sizeof(wanted), " fault = \"%s\";", verdict_fault_name(fault));
        CHECK(strstr(text, wanted));
    }
    free(text);
    facts_free(&f);
    folder_remove(path);
}

TEST(facts_that_cannot_be_written_leave_the_old_file)
{
    struct facts f = facts_new();
    struct rlimit full, was;
    struct err err;
    char path[64];

    CHECK_EQ(facts_save(&f, "/nowhere/at/all/health.conf", &err), E_IO);
    CHECK_STR(str_of(err.where), "/nowhere/at/all/health.conf");
    CHECK(strstr(err.what, "No such file"));
    folder(path, "/health.conf");
    put_file(path, "facts = ( { kind = \"demoted\"; owner = \"relay\"; } );\n");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    full = (struct rlimit){ 16, was.rlim_max };
    setrlimit(RLIMIT_FSIZE, &full);
    int rc = facts_save(&f, path, &err);
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK_EQ(rc, E_LIMIT);
    CHECK(strstr(err.what, "too large"));
    CHECK_EQ(facts_load(&f, path, &err), 0);
    static const char *const lines[] = { "3 relay| until 0" };
    CHECK_NOTED(&f, clock_ms(), wall_ms, lines);
    facts_free(&f);
    folder_remove(path);
}

static bool is_there(const char *path, const char *end)
{
    char text[96];

    snprintf(text, sizeof(text), "%s%s", path, end);
    return access(text, F_OK) == 0;
}

TEST(facts_of_a_killed_writer_are_swept_away)
{
    static const char *const ends[] = { ".AbC123", ".young1", ".bad", ".AbC1234", "xAbC123" };
    const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
    char path[64], text[96];

    folder(path, "/health.conf");
    put_file(path, "facts = ( );\n");
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        snprintf(text, sizeof(text), "%s%s", path, ends[i]);
        put_file(text, "facts = (");
        if (i != 1)
            utimensat(AT_FDCWD, text, old, 0);
    }
    utimensat(AT_FDCWD, path, old, 0);
    facts_sweep(path);
    CHECK(!is_there(path, ends[0]));
    for (size_t i = 1; i < sizeof(ends) / sizeof(*ends); i++)
        CHECK(is_there(path, ends[i]));
    CHECK(is_there(path, ""));
    facts_sweep("/nowhere/at/all/health.conf");
    for (size_t i = 1; i < sizeof(ends) / sizeof(*ends); i++) {
        snprintf(text, sizeof(text), "%s%s", path, ends[i]);
        unlink(text);
    }
    folder_remove(path);
}

static const struct {
    const char *text, *where, *what;
} bad_files[] = {
    { "", "health.conf", "no list" },
    { "fact = ();", "health.conf", "no list" },
    { "facts = { };", "health.conf", "no list" },
    { "facts = (\n", "health.conf:", "syntax" },
    { "# x\nfacts = ( 1 );", "health.conf:2", "group" },
    { "facts = ( { owner = \"relay\"; } );", "health.conf:1", "no kind" },
    { "facts = ( { kind = \"demoted\"; } );", "health.conf:1", "no owner" },
    { "facts = ( { kind = 3; owner = \"relay\"; } );", "health.conf:1", "string" },
    { "facts = ( { kind = \"demoted\";\n owner = 3; } );", "health.conf:2", "string" },
    { "facts = ( { kind = \"cooldown\"; owner = \"relay\"; until = \"soon\"; } );",
      "health.conf:1", "time" },
    { "facts = ( { kind = \"cooldown\"; owner = \"relay\"; until = 99999999999999; } );",
      "health.conf:1", "" },
    { "@include \"/dev/zero\"\nfacts = ( );", "health.conf:1", "include" },
    { "facts = ( { kind = \"demoted\"; owner = \"relay\"; }, { kind = \"demoted\"; owner = \"re",
      "health.conf:1", "closed" },
};

TEST(facts_of_a_bad_file_are_not_taken)
{
    struct facts f = facts_new();
    struct err err;
    char path[64];

    folder(path, "/health.conf");
    CHECK_EQ(facts_load(&f, path, &err), 0); /* it is not there */
    for (size_t i = 0; i < sizeof(bad_files) / sizeof(*bad_files); i++) {
        put_file(path, bad_files[i].text);
        err = (struct err){ 0 };
        CHECK_EQ(facts_load(&f, path, &err), E_CONFIG);
        if (!CHECK(strstr(err.where, bad_files[i].where)) ||
            !CHECK(strstr(err.what, bad_files[i].what)))
            printf("#     %s\n#     %s: %s\n", bad_files[i].text, err.where, err.what);
    }
    check_noted(&f, now_ms, wall_ms, NULL, 0);
    facts_free(&f);
    folder_remove(path);
}

TEST(facts_of_another_version_are_read_as_far_as_they_are_known)
{
    struct facts f = facts_new();
    struct err err;
    char path[64];
    static const char *const lines[] = { "3 relay| until 0 since -1000 " };

    folder(path, "/health.conf");
    put_file(path,
             "version = 7;\nfacts = (\n"
             "{ kind = \"weather\"; owner = 1; until = { }; },\n"
             "{ kind = \"demoted\"; owner = \"relay\"; since = \"2026-11-23 11:59:59+08:00\";"
             " fault = \"nobody's\"; trouble = [ 1 ]; status = \"x\"; more = ( ); } );");
    clock_set(now_ms * 1000, wall_ms);
    CHECK_EQ(facts_load(&f, path, &err), 0);
    CHECK_NOTED(&f, now_ms, wall_ms, lines);
    clock_set(-1, -1);
    facts_free(&f);
    folder_remove(path);
}

TEST_MAIN()
