/* SPDX-License-Identifier: MIT */
/*
 * test_save - a file is the old or the new one: with a full disk, with a folder that takes nothing, and when the process
 * is killed at any moment.
 */
#include "base/save.h"

#include "base/str.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 60, BIG = 200000 };

static char dir[64], path[128];

static void begin(void)
{
    snprintf(dir, sizeof(dir), "/tmp/save.XXXXXX");
    if (!mkdtemp(dir))
        abort();
    snprintf(path, sizeof(path), "%s/state.conf", dir);
}

/* Files in the folder. */
static int count(void)
{
    DIR *d = opendir(dir);
    int n = -2; /* . and .. */

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void end(void)
{
    unlink(path);
    CHECK_EQ(rmdir(dir), 0);
}

static struct cp_str text(void)
{
    static char p[BIG + 1];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, p, BIG);

    if (fd >= 0)
        close(fd);
    return str_n(p, n < 0 ? 0 : (size_t)n);
}

TEST(save_replaces_whole)
{
    struct stat st;

    begin();
    CHECK_EQ(save_file(path, STR("first"), NULL), 0);
    CHECK_STR(text(), "first");
    CHECK_EQ(save_file(path, STR("2"), NULL), 0);
    CHECK_STR(text(), "2");
    CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0600);
    CHECK_EQ(count(), 1);
    CHECK_EQ(save_file(path, STR(""), NULL), 0);
    CHECK_EQ(text().n, 0);
    end();
}

TEST(save_says_what_fails)
{
    struct err err = { 0 };

    begin();
    CHECK_EQ(save_file("/proc/nowhere/state.conf", STR("x"), &err), E_IO);
    CHECK(str_find(str_of(err.what), STR("cannot be written: ")) == 0);
    end();
}

/* The kernel's limit of a file's size stands for a disk that is full. */
TEST(save_keeps_the_old_file_when_there_is_no_room)
{
    static char big[BIG];

    begin();
    CHECK_EQ(save_file(path, STR("old"), NULL), 0);
    memset(big, '#', sizeof(big));
    pid_t pid = fork();
    if (!pid) {
        struct rlimit most = { BIG / 2, BIG / 2 };
        struct err err = { 0 };
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &most);
        _exit(save_file(path, str_n(big, sizeof(big)), &err) == E_LIMIT ? 0 : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
    CHECK_STR(text(), "old");
    CHECK_EQ(count(), 1);
    end();
}

static void write_for_ever(void)
{
    static char all[BIG];

    for (unsigned i = 0;; i++) {
        size_t n = 1 + i * 7919u % (BIG - 1);
        memset(all, 'a' + (int)(i % 26), n);
        (void)save_file(path, str_n(all, n), NULL);
    }
}

/* Any file that was ever written is all of one letter. */
static bool is_whole(void)
{
    struct cp_str s = text();

    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] != s.p[0])
            return false;
    return s.n > 0;
}

TEST(save_survives_being_killed)
{
    begin();
    CHECK_EQ(save_file(path, STR("a"), NULL), 0);
    int bad = 0;
    for (int i = 0; i < KILLS; i++) {
        pid_t pid = fork();
        if (!pid)
            write_for_ever();
        struct timespec wait = { 0, 1000000L + i * 137000L % 9000000L };
        nanosleep(&wait, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        bad += !is_whole();
    }
    CHECK_EQ(bad, 0);
    save_sweep(path, 60);
    save_sweep(path, 0);
    CHECK_EQ(count(), 1);
    end();
}

TEST(save_sweeps_only_what_is_ours)
{
    char other[160], young[160];

    begin();
    snprintf(other, sizeof(other), "%s/state.conf.saved1x", dir);
    snprintf(young, sizeof(young), "%s/state.conf.AbCdEf", dir);
    CHECK_EQ(save_file(path, STR("x"), NULL), 0);
    CHECK_EQ(save_file(other, STR("x"), NULL), 0);
    CHECK_EQ(save_file(young, STR("x"), NULL), 0);
    save_sweep(path, 60);
    CHECK_EQ(count(), 3);
    save_sweep(path, 0);
    CHECK_EQ(count(), 2);
    unlink(other);
    end();
}

/* A pipe stands for a device: anybody may make one. */
TEST(save_replaces_files_only)
{
    char aside[140], link[140];
    struct err err = { 0 };
    struct stat st;

    begin();
    snprintf(aside, sizeof(aside), "%s.bad", path);
    snprintf(link, sizeof(link), "%s.link", path);
    CHECK(save_is_file(path)); /* nothing is there */
    CHECK_EQ(mkfifo(path, 0600), 0);
    CHECK_EQ(symlink(path, link), 0);
    CHECK(!save_is_file(path) && !save_is_file(link) && !save_is_file(dir));
    CHECK_EQ(save_file(path, STR("x"), &err), E_IO);
    CHECK(strstr(err.what, "no regular file") != NULL);
    CHECK_EQ(save_file(link, STR("x"), &err), E_IO);
    CHECK_EQ(save_set_aside(path, aside, &err), E_IO);
    CHECK(!lstat(path, &st) && S_ISFIFO(st.st_mode));
    CHECK(!lstat(link, &st) && S_ISLNK(st.st_mode));
    CHECK_EQ(count(), 2);
    unlink(link);
    unlink(path);
    CHECK_EQ(save_file(path, STR("x"), NULL), 0);
    CHECK_EQ(save_set_aside(path, aside, NULL), 0);
    CHECK(!stat(aside, &st));
    unlink(aside);
    end();
}

TEST(save_makes_the_folders)
{
    char deep[160];

    begin();
    snprintf(deep, sizeof(deep), "%s/a/b/c.conf", dir);
    save_make_folders(deep);
    CHECK_EQ(save_file(deep, STR("x"), NULL), 0);
    unlink(deep);
    snprintf(deep, sizeof(deep), "%s/a/b", dir);
    rmdir(deep);
    snprintf(deep, sizeof(deep), "%s/a", dir);
    rmdir(deep);
    end();
}

TEST_MAIN()
