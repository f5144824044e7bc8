/* SPDX-License-Identifier: MIT */
/*
 * test_steward - what is set serves and stands on the disk, or neither: for wrong values, full disks, killed processes,
 * damaged files and two gateways.
 */
#include "admin/steward.h"

#include "steward_place.h"
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 50, WRITERS = 3, WRITES = 40 };

static struct cp_str managed(struct place *p)
{
    return place_get(p->managed);
}

static bool holds(struct cp_str text, const char *what)
{
    return str_find(text, str_of(what)) >= 0;
}

static int generations(struct place *p, struct steward_generation **list, struct arena *arena)
{
    size_t n = 0;

    CHECK_EQ(steward_history(p->steward, arena, list, &n, NULL), 0);
    return (int)n;
}

/* ---- edits ---- */

TEST(an_edit_is_written_and_serves)
{
    struct place p;
    struct stat st;

    place_begin(&p);
    CHECK_EQ(steward_version(p.steward), 1);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(p.published, 1);
    CHECK_EQ(p.result.version, 2);
    CHECK_EQ(p.result.generation, 1);
    CHECK(holds(managed(&p), "attempts = 5;"));
    CHECK(!stat(p.managed, &st) && (st.st_mode & 07777) == 0600);
    CHECK(!stat(p.state, &st) && (st.st_mode & 07777) == 0700);
    place_stop(&p);
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 5);
    place_end(&p);
}

TEST(an_edit_that_is_wrong_changes_nothing)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    CHECK_EQ(place_edit(&p, "limits.attempts", "4711", false), E_CONFIG);
    CHECK(holds(buf_str(&p.report), "limits.attempts must be from 1 to 40"));
    CHECK(str_begins(str_of(p.err.where), "managed.conf:"));
    CHECK_EQ(p.result.errors, 1);
    CHECK_EQ(p.result.version, 2);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK(holds(managed(&p), "attempts = 5;"));
    CHECK_EQ(p.published, 1);
    place_end(&p);
}

TEST(an_edit_may_say_no)
{
    static const int codes[] = { E_ABSENT, E_AGAIN, E_DENIED, E_CONFIG };
    struct place p;

    place_begin(&p);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        struct place_change c = { "limits.attempts", "5", codes[i] };
        struct steward_edit e = { .change = place_do, .ctx = &c };
        CHECK_EQ(steward_edit(p.steward, &e, &p.result, &p.err), codes[i]);
        CHECK_STR(str_of(p.err.what), "said no");
    }
    CHECK_EQ(managed(&p).n, 0);
    CHECK_EQ(steward_version(p.steward), 1);
    place_end(&p);
}

TEST(a_dry_edit_is_checked_only)
{
    struct place p;
    struct place_change good = { "limits.attempts", "5", 0 },
                        bad = { "limits.attempts", "0", 0 };
    struct steward_edit e = { .change = place_do, .ctx = &good, .is_dry = true };

    place_begin(&p);
    CHECK_EQ(steward_edit(p.steward, &e, &p.result, &p.err), 0);
    e.ctx = &bad;
    CHECK_EQ(steward_edit(p.steward, &e, &p.result, &p.err), E_CONFIG);
    CHECK_EQ(managed(&p).n, 0);
    CHECK_EQ(place_attempts(&p), 8);
    place_end(&p);
}

TEST(an_edit_that_changes_nothing_is_none)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    CHECK_EQ(place_edit(&p, "limits.nothing", NULL, false), 0);
    CHECK_EQ(p.result.version, 2);
    CHECK_EQ(p.result.generation, 1);
    place_end(&p);
}

/* ---- generations ---- */

TEST(ten_generations_are_kept_and_come_back)
{
    struct place p;
    struct steward_generation *list;
    struct arena *arena = arena_new(4096, 0);
    char text[16];

    place_begin(&p);
    for (int i = 1; i <= 15; i++) {
        snprintf(text, sizeof(text), "%d", i);
        CHECK_EQ(place_edit(&p, "limits.attempts", text, false), 0);
    }
    CHECK_EQ(generations(&p, &list, arena), STEWARD_KEPT + 1);
    CHECK_EQ(list[0].number, 15);
    CHECK(list[0].is_current && !list[1].is_current);
    CHECK_EQ(list[STEWARD_KEPT].number, 5);
    CHECK_STR(list[3].who, "test");
    CHECK_STR(list[3].what, "limits.attempts");
    CHECK(list[3].wall_ms > 0);
    CHECK_EQ(steward_restore(p.steward, 7, STR("me"), &p.result, &p.err), 0);
    CHECK_EQ(place_attempts(&p), 7);
    CHECK_EQ(p.result.generation, 16);
    CHECK_EQ(generations(&p, &list, arena), STEWARD_KEPT + 1);
    CHECK_STR(list[0].what, "generation 7 restored");
    CHECK_EQ(steward_restore(p.steward, 2, STR("me"), &p.result, &p.err), E_ABSENT);
    arena_free(arena);
    place_end(&p);
}

TEST(a_quiet_edit_makes_no_generation)
{
    struct place p;
    struct steward_generation *list;
    struct arena *arena = arena_new(4096, 0);

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    CHECK_EQ(place_edit(&p, "limits.attempts", "6", true), 0);
    CHECK_EQ(p.result.generation, 1);
    CHECK_EQ(generations(&p, &list, arena), 1);
    CHECK_EQ(place_attempts(&p), 6);
    place_stop(&p);
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 6);
    CHECK_EQ(place_edit(&p, "limits.attempts", "7", false), 0);
    CHECK_EQ(p.result.generation, 2);
    arena_free(arena);
    place_end(&p);
}

TEST(a_restore_that_is_wrong_by_now_changes_nothing)
{
    struct place p;
    char conf[640];

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.stream_low", "1MB", false), E_CONFIG);
    CHECK_EQ(place_edit(&p, "limits.stream_low", "128KB", false), 0);
    CHECK_EQ(place_edit(&p, "limits.stream_low", "32KB", false), 0);
    snprintf(conf, sizeof(conf), "%.*slimits = { stream_high = \"100KB\"; };\n",
             STR_FMT(place_get(p.main)));
    place_put(p.main, conf);
    CHECK_EQ(steward_reload(p.steward, &p.result, &p.err), 0);
    buf_clear(&p.report);
    CHECK_EQ(steward_restore(p.steward, 1, STR("me"), &p.result, &p.err), E_CONFIG);
    CHECK(holds(buf_str(&p.report), "stream_low must be less than"));
    CHECK(holds(managed(&p), "32KB"));
    place_end(&p);
}

TEST(texts_show_no_secret)
{
    struct place p;
    struct arena *arena = arena_new(4096, 0);
    struct cp_str text;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "admin_key", "cp-admin-CANARY-0123456789", false), 0);
    CHECK(holds(managed(&p), "CANARY"));
    for (uint64_t n = 0; n < 2; n++) {
        CHECK_EQ(steward_text(p.steward, n, arena, &text, &p.err), 0);
        CHECK(!holds(text, "CANARY"));
        CHECK(holds(text, "admin_key = \"cp-"));
        CHECK(holds(text, "sha256:"));
    }
    CHECK_EQ(steward_text(p.steward, 9, arena, &text, &p.err), E_ABSENT);
    arena_free(arena);
    place_end(&p);
}

/* ---- reloads ---- */

TEST(a_reload_reads_the_files)
{
    struct place p;
    char good[1024], bad[1100];

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    snprintf(good, sizeof(good), "%.*slimits = { attempts = 3; };\n",
             STR_FMT(place_get(p.main)));
    snprintf(bad, sizeof(bad), "%slog = { level = \"lowd\"; };\n", good);
    place_put(p.main, bad);
    buf_clear(&p.report);
    CHECK_EQ(steward_test(p.steward, STR_NONE, &p.result, &p.err), E_CONFIG);
    CHECK_EQ(steward_reload(p.steward, &p.result, &p.err), E_CONFIG);
    CHECK(holds(buf_str(&p.report), "log.level must be one of"));
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(p.published, 1);
    place_put(p.main, good);
    CHECK_EQ(steward_test(p.steward, STR_NONE, &p.result, &p.err), 0);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(steward_reload(p.steward, &p.result, &p.err), 0);
    CHECK_EQ(place_attempts(&p), 3); /* what a file says wins */
    CHECK_EQ(p.result.version, 3);
    CHECK_EQ(p.published, 2);
    place_end(&p);
}

TEST(what_takes_a_restart_is_told)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "workers", "3", false), 0);
    CHECK_EQ(p.result.warnings, 1);
    CHECK(holds(buf_str(&p.report), "warning: workers takes a restart"));
    CHECK_EQ(place_edit(&p, "limits.attempts", "3", false), 0);
    CHECK_EQ(p.result.warnings, 0);
    place_end(&p);
}

TEST(a_candidate_is_tested_in_its_place)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(steward_test(p.steward, STR("limits = { attempts = 2; };"), &p.result, &p.err), 0);
    CHECK_EQ(steward_test(p.steward, STR("limits = { attempts = 2"), &p.result, &p.err),
             E_CONFIG);
    CHECK(p.result.errors > 0);
    CHECK_EQ(place_attempts(&p), 8);
    CHECK_EQ(managed(&p).n, 0);
    place_end(&p);
}

TEST(who_changes_the_file_behind_our_back_loses_nothing)
{
    struct place p;
    char text[4096];

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    snprintf(text, sizeof(text), "log = { level = \"debug\"; };\n%.*s", STR_FMT(managed(&p)));
    place_put(p.managed, text);
    CHECK_EQ(place_edit(&p, "limits.attempts", "6", false), E_AGAIN);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(steward_reload(p.steward, &p.result, &p.err), 0);
    CHECK_EQ(place_edit(&p, "limits.attempts", "6", false), 0);
    CHECK(holds(managed(&p), "debug"));
    place_put(p.managed, "nonsense");
    CHECK_EQ(steward_reload(p.steward, &p.result, &p.err), E_CONFIG);
    CHECK_EQ(place_attempts(&p), 6);
    place_end(&p);
}

/* ---- a disk that fails ---- */

/* The kernel's limit of a file's size stands for a disk that is full. */
TEST(a_full_disk_changes_nothing)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        struct rlimit most = { 100, 100 };
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &most);
        bool is_good = place_edit(&p, "limits.attempts", "6", false) == E_LIMIT &&
                       place_attempts(&p) == 5 && p.published == 1;
        _exit(is_good ? 0 : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
    CHECK(holds(managed(&p), "attempts = 5;"));
    place_stop(&p);
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 5);
    place_end(&p);
}

/* Root may write everywhere, so a file stands where the folder should be. */
TEST(a_folder_that_takes_nothing_is_told)
{
    struct place p;

    place_lay(&p);
    place_put(p.state, "no folder");
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), E_IO);
    CHECK(p.err.what[0]);
    CHECK_EQ(place_attempts(&p), 8);
    place_end(&p);
}

/* ---- killed ---- */

/* Edits for ever, and says the number of each that was acknowledged. */
static void storm(struct place *p, int fd)
{
    for (int i = 0;; i++) {
        char text[16];
        unsigned char value = (unsigned char)(1 + i % 40);
        snprintf(text, sizeof(text), "%d", value);
        if (place_edit(p, "limits.attempts", text, i % 3 == 2))
            _exit(1);
        if (write(fd, &value, 1) != 1)
            _exit(1);
    }
}

static int last_of(int fd)
{
    unsigned char all[4096];
    int last = 0;

    for (ssize_t n; (n = read(fd, all, sizeof(all))) > 0;)
        last = all[n - 1];
    return last;
}

TEST(what_was_acknowledged_survives_being_killed)
{
    struct place p;
    int known = 8;

    place_lay(&p);
    for (int i = 0; i < KILLS; i++) {
        int fds[2];
        if (pipe(fds))
            abort();
        fflush(stdout);
        pid_t pid = fork();
        if (!pid) {
            if (place_start(&p))
                _exit(2);
            storm(&p, fds[1]);
        }
        close(fds[1]);
        struct timespec wait = { 0, 8000000L + i * 1370000L % 23000000L };
        nanosleep(&wait, NULL);
        kill(pid, SIGKILL);
        int status = 0, last = last_of(fds[0]);
        waitpid(pid, &status, 0);
        close(fds[0]);
        CHECK(WIFSIGNALED(status));
        if (!CHECK_EQ(place_start(&p), 0))
            break;
        int64_t now = place_attempts(&p);
        int64_t want = last ? last : known;
        /* or the one after it, which was written but not acknowledged any more */
        CHECK(now == want || now == want % 40 + 1 || !last);
        known = (int)now;
        place_stop(&p);
    }
    place_remove(&p);
}

/* ---- damaged ---- */

static int bad_files(struct place *p)
{
    DIR *dir = opendir(p->state);
    int n = 0;

    for (struct dirent *e; dir && (e = readdir(dir));)
        n += strncmp(e->d_name, "managed.conf.bad.", 17) == 0;
    if (dir)
        closedir(dir);
    return n;
}

static void damage(const char *text, size_t cut)
{
    struct place p;

    place_begin(&p);
    CHECK_EQ(place_edit(&p, "log.level", "debug", false), 0);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    place_stop(&p);
    if (cut && truncate(p.managed, (off_t)cut))
        abort();
    if (text)
        place_put(p.managed, text);
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(bad_files(&p), 1);
    CHECK(holds(managed(&p), "attempts = 5;"));
    CHECK_EQ(place_edit(&p, "limits.attempts", "6", false), 0);
    CHECK_EQ(p.result.generation, 4);
    place_stop(&p);
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 6);
    CHECK_EQ(bad_files(&p), 1);
    place_end(&p);
}

TEST(a_damaged_file_gives_way_to_the_newest_good_one)
{
    damage("", 0);
    damage("limits = { attempts = \"", 0);
    damage("limits = { attempts = 4711; };", 0);
    damage(NULL, 230); /* in the middle of the comment at the top */
    damage("\x7F\x45LF\x02\x01", 0);
    damage("log = { level = \"debug\"; };\n", 0); /* cut between two settings */
}

TEST(a_damaged_file_without_another_is_set_aside)
{
    struct place p;

    place_lay(&p);
    if (mkdir(p.state, 0700))
        abort();
    place_put(p.managed, "limits = {");
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(bad_files(&p), 1);
    CHECK_EQ(place_edit(&p, "limits.attempts", "5", false), 0);
    place_end(&p);
}

TEST(a_file_of_a_newer_version_keeps_what_we_do_not_know)
{
    struct place p;

    place_lay(&p);
    if (mkdir(p.state, 0700))
        abort();
    place_put(p.managed, "limits = { attempts = 5; tachyons = 3; };\nwarp = { speed = 9; };\n"
                         "managed = { version = 99; generation = 7; };\n");
    CHECK_EQ(place_start(&p), 0);
    CHECK_EQ(place_attempts(&p), 5);
    CHECK_EQ(place_edit(&p, "limits.attempts", "6", false), 0);
    CHECK_EQ(p.result.generation, 8);
    CHECK(holds(managed(&p), "tachyons = 3;"));
    CHECK(holds(managed(&p), "speed = 9;"));
    place_end(&p);
}

/* ---- two of them ---- */

TEST(a_second_gateway_is_refused)
{
    struct place p;

    place_begin(&p);
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        struct place second =
            p; /* its descriptors are closed by exec only: a lock of its own */
        _exit(place_start(&second) == E_AGAIN && strstr(second.err.what, "another") ? 0 : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
    place_end(&p);
}

/* ---- many at once ---- */

struct writer {
    struct place *place;
    int number, done;
};

/* Adds one to what is there: an update that was lost would be missing in the end. */
static int add_one(void *ctx, struct node *root, const struct node *said, struct arena *arena,
                   struct err *err)
{
    const struct node *n = node_at(root, STR("limits.connections"));
    int64_t value = 1000;

    (void)ctx;
    (void)said;
    (void)err;
    if (n)
        (void)str_int(n->text, &value);
    return node_set(arena, root, STR("limits.connections"),
                    arena_printf(arena, "%lld", (long long)value + 1), STR("test"));
}

static void *write_many(void *arg)
{
    struct writer *w = arg;
    struct steward_edit e = { .change = add_one, .who = STR("w"), .what = STR("one more") };

    for (int i = 0; i < WRITES; i++) {
        e.is_quiet = i % 2;
        w->done += steward_edit(w->place->steward, &e, NULL, NULL) == 0;
        if (i % 8 == 0)
            (void)steward_reload(w->place->steward, NULL, NULL);
        setup_unref(steward_setup(w->place->steward));
    }
    return NULL;
}

TEST(no_update_is_lost)
{
    struct place p;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int done = 0;

    place_begin(&p);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ &p, i, 0 };
        pthread_create(&threads[i], NULL, write_many, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        done += writers[i].done;
    }
    CHECK_EQ(done, WRITERS * WRITES);
    struct setup *s = steward_setup(p.steward);
    CHECK_EQ(s->conf->connections, 1000 + WRITERS * WRITES);
    setup_unref(s);
    place_end(&p);
}

TEST_MAIN()
