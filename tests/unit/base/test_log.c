/* SPDX-License-Identifier: MIT */
/*
 * test_log - nothing logged is lost at the end, also with many threads and a moved file.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/journal.h"
#include "base/str.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"

static char dir[] = "/tmp/test-log-XXXXXX";
static char path[64], moved[64];
static char content[2 << 20];

static struct cp_str read_file(const char *name)
{
    FILE *f = fopen(name, "r");
    size_t n = f ? fread(content, 1, sizeof(content), f) : 0;
    if (f)
        fclose(f);
    return str_n(content, n);
}

static size_t count_lines(struct cp_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

/* Before the others, which need the folder. */
TEST(makes_a_folder)
{
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(moved, sizeof(moved), "%s/log.1", dir);
}

TEST(writes_to_a_private_file)
{
    clock_set(0, 0);
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), E_BUG);
    log_msg(CP_LOG_INFO, "hello %d", 7);
    log_msg(CP_LOG_DEBUG, "not shown");
    struct log_field f = { "n", LOG_INT, STR_NONE, 3 };
    log_record(CP_LOG_WARN, "event", &f, 1, "msg");
    log_record(CP_LOG_WARN, "bare", NULL, 0, NULL);
    log_close();
    log_close();
    clock_set(-1, -1);
    CHECK_STR(read_file(path), "1970-01-01T00:00:00.000Z INFO hello 7\n"
                               "1970-01-01T00:00:00.000Z WARN event msg n=3\n"
                               "1970-01-01T00:00:00.000Z WARN bare\n");
    struct stat st;
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0600);
    unlink(path);
}

TEST(level_can_change)
{
    CHECK_EQ(log_open(LOG_JSON, path, CP_LOG_ERROR), 0);
    CHECK_EQ(log_level_now(), CP_LOG_ERROR);
    log_msg(CP_LOG_WARN, "no");
    log_level(CP_LOG_DEBUG);
    log_msg(CP_LOG_DEBUG, "yes");
    log_close();
    struct cp_str s = read_file(path);
    CHECK_EQ(count_lines(s), 1);
    CHECK(str_find(s, STR("\"level\":\"debug\"")) > 0);
    unlink(path);
}

static void *chatter(void *arg)
{
    struct cp_str key = STR("sk-very-secret");
    log_hide(key);
    for (int i = 0; i < 500; i++)
        log_msg(CP_LOG_INFO, "thread %d line %d %.*s", *(int *)arg, i, STR_FMT(key));
    return NULL;
}

TEST(many_threads_lose_nothing)
{
    pthread_t threads[4];
    int ids[4];
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    uint64_t before = log_dropped();
    for (int i = 0; i < 4; i++) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, chatter, &ids[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_close();
    struct cp_str s = read_file(path);
    CHECK_EQ(count_lines(s), 2000);
    CHECK_EQ(log_dropped(), before);
    CHECK_EQ(str_find(s, STR("secret")), -1);
    CHECK(str_find(s, STR("thread 3 line 499 ***\n")) > 0);
    unlink(path);
}

TEST(reopens_after_rotation)
{
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    log_msg(CP_LOG_INFO, "old");
    while (read_file(path).n == 0)
        usleep(1000);
    CHECK_EQ(rename(path, moved), 0);
    log_reopen();
    log_msg(CP_LOG_INFO, "new");
    log_close();
    CHECK(str_ends(read_file(moved), "INFO old\n"));
    CHECK(str_ends(read_file(path), "INFO new\n"));
    unlink(path);
    unlink(moved);
}

static void *drain(void *arg)
{
    int *fd = arg;
    size_t n = 0;
    for (ssize_t got; (got = read(*fd, content + n, sizeof(content) - n)) > 0;)
        n += (size_t)got;
    content[n] = '\0';
    return NULL;
}

/* stderr is a pipe nobody reads: the ring fills, callers go on, the loss is told. */
TEST(a_stopped_sink_holds_up_nobody)
{
    int ends[2], saved = dup(2);
    uint64_t before = log_dropped();
    if (!CHECK_EQ(pipe(ends), 0))
        return;
    dup2(ends[1], 2);
    close(ends[1]);
    CHECK_EQ(log_open(LOG_TEXT, NULL, CP_LOG_INFO), 0);
    for (int i = 0; i < 20000; i++)
        log_msg(CP_LOG_INFO, "%0100d", i);
    uint64_t lost = log_dropped() - before;
    CHECK(lost > 0);

    pthread_t reader;
    pthread_create(&reader, NULL, drain, &ends[0]);
    log_close();
    dup2(saved, 2);
    close(saved);
    pthread_join(reader, NULL);
    close(ends[0]);

    uint64_t told = 0;
    struct cp_str rest = str_of(content), line;
    size_t lines = 0;
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t at = str_find(line, STR(" WARN log "));
        if (at > 0)
            told += strtoull(line.p + at + 10, NULL, 10);
        else
            lines += line.n > 0;
    }
    CHECK_EQ(told, lost);
    CHECK_EQ(lines, 20000 - lost);
}

/* A disk that is full: what it cannot take is counted; what it took half of does not run into the next line. */
TEST(a_full_disk_tears_no_line)
{
    struct rlimit all, few;
    uint64_t before = log_dropped();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &all);
    few = all;
    few.rlim_cur = 1010;
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    setrlimit(RLIMIT_FSIZE, &few);
    for (int i = 0; i < 40; i++)
        log_msg(CP_LOG_INFO, "%075d", i);
    while (log_dropped() == before)
        usleep(1000);
    usleep(20000);
    setrlimit(RLIMIT_FSIZE, &all);
    log_msg(CP_LOG_INFO, "again");
    log_close();

    uint64_t told = 0, lost = log_dropped() - before;
    struct cp_str rest = read_file(path), line;
    size_t whole = 0, torn = 0, again = 0;
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t at = str_find(line, STR(" WARN log "));
        if (at > 0)
            told += strtoull(line.p + at + 10, NULL, 10);
        else if (str_ends(line, " again"))
            again++;
        else if (line.n)
            *(line.n == 105 ? &whole : &torn) += 1;
    }
    CHECK_EQ(again, 1);
    CHECK_EQ(told, lost);
    CHECK_EQ(whole + lost, 40);
    CHECK(torn <= 1);
    unlink(path);
}

/* Its reader may come later. */
TEST(a_pipe_without_a_reader_holds_up_nobody)
{
    char line[256];
    CHECK_EQ(mkfifo(path, 0600), 0);
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    log_msg(CP_LOG_INFO, "hello");
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, line, sizeof(line));
    CHECK(n > 0 && str_ends(str_n(line, (size_t)(n > 0 ? n : 0)), "hello\n"));
    log_close();
    close(fd);
    unlink(path);
}

TEST(a_level_for_a_while_ends_by_itself)
{
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    log_level_for(CP_LOG_DEBUG, 60000);
    CHECK_EQ(log_level_now(), CP_LOG_DEBUG);
    CHECK(log_level_left_ms() > 0);
    log_level(CP_LOG_WARN); /* a reload: it takes part when the time is over */
    CHECK_EQ(log_level_now(), CP_LOG_DEBUG);
    CHECK_EQ(log_level_configured(), CP_LOG_WARN);
    log_level_for(0, 0);
    CHECK_EQ(log_level_now(), CP_LOG_WARN);
    CHECK_EQ(log_level_left_ms(), 0);
    log_level(CP_LOG_INFO);
    log_level_for(CP_LOG_ERROR, 20);
    while (log_level_now() != CP_LOG_INFO)
        usleep(1000);
    while (!read_file(path).n)
        usleep(1000);
    log_close();
    CHECK(str_ends(read_file(path), "INFO level the log's level is info again\n"));
    unlink(path);
}

struct heard {
    int asked, told;
    char last[512];
};

static bool hear_wants(void *ctx, int level)
{
    return ++((struct heard *)ctx)->asked != 2;
}

static void hear(void *ctx, int level, struct cp_str json)
{
    struct heard *h = ctx;
    h->told += level == CP_LOG_INFO;
    snprintf(h->last, sizeof(h->last), "%.*s", STR_FMT(json));
}

TEST(others_may_listen)
{
    struct heard h = { 0 };
    const struct log_tap tap = { &h, hear_wants, hear };
    CHECK_EQ(log_open(LOG_TEXT, path, CP_LOG_INFO), 0);
    log_hide(STR("sk-very-secret"));
    log_tap(&tap);
    log_msg(CP_LOG_INFO, "one sk-very-secret");
    CHECK(str_find(str_of(h.last), STR("\"msg\":\"one ***\"}")) > 0);
    log_msg(CP_LOG_INFO, "two");
    log_msg(CP_LOG_DEBUG, "nobody's");
    log_tap(NULL);
    log_msg(CP_LOG_INFO, "three");
    CHECK_EQ(h.asked, 2);
    CHECK_EQ(h.told, 1);
    log_close();
    unlink(path);
}

TEST(says_what_it_cannot)
{
    CHECK_EQ(log_open(LOG_TEXT, "/nowhere/at/all", CP_LOG_INFO), E_IO);
    if (!journal_is_built())
        CHECK_EQ(log_open(LOG_JOURNAL, NULL, CP_LOG_INFO), E_UNSUPPORTED);
    log_reopen();
    CHECK_EQ(log_open(LOG_AUTO, path, CP_LOG_INFO), 0);
    log_close();
    unlink(path);
    CHECK_EQ(rmdir(dir), 0);
}

TEST_MAIN()
