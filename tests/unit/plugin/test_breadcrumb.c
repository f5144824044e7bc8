/* SPDX-License-Identifier: MIT */
/*
 * test_breadcrumb - a crash in a child says whose it was, and three of them quarantine.
 */
#include "plugin/breadcrumb.h"

#include "base/clock.h"
#include "base/str.h"
#include "plugin/guard.h"
#include "plugin/quarantine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test.h"

static char file[] = "/tmp/test_breadcrumb.XXXXXX";
static char said[] = "/tmp/test_breadcrumb.XXXXXX";

static void child_crashes(const char *plugin, int sig)
{
    struct rlimit none = { 0, 0 };
    int fd = open(said, O_WRONLY | O_TRUNC);
    dup2(fd, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &none);
    signal(sig, SIG_DFL); /* no sanitizer between */
    if (breadcrumb_install(file))
        _exit(1);
    breadcrumb_thread();
    if (plugin)
        breadcrumb_swap((struct breadcrumb){ plugin, "decode", STR("trace-1"), NULL });
    raise(sig);
    _exit(0);
}

static void crash(const char *plugin, int sig)
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        child_crashes(plugin, sig);
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

static const char *text_of(const char *name)
{
    static char text[4096];
    int fd = open(name, O_RDONLY);
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

TEST(a_crash_is_told_and_noted)
{
    close(mkstemp(file));
    close(mkstemp(said));
    crash("claude", SIGSEGV);
    CHECK(strstr(text_of(said), "SIGSEGV in plugin claude, hook decode, request trace-1\n"));
    CHECK(strstr(text_of(file), " claude decode SIGSEGV\n"));
    crash(NULL, SIGABRT);
    CHECK(strstr(text_of(said), "SIGABRT outside any plugin\n"));
    CHECK(strstr(text_of(file), " - - SIGABRT\n"));
}

TEST(three_times_in_ten_minutes)
{
    int64_t now = clock_wall_ms();
    CHECK_EQ(breadcrumb_count(file, STR("claude"), 0), 1);
    CHECK(!quarantine_is_due(file, STR("claude"), 0, now));
    crash("claude", SIGFPE);
    crash("claude", SIGBUS);
    crash("openai", SIGILL);
    CHECK(quarantine_is_due(file, STR("claude"), 0, now));
    CHECK(!quarantine_is_due(file, STR("openai"), 0, now));
    CHECK(!quarantine_is_due(file, STR("claud"), 0, now));
    CHECK(!quarantine_is_due(file, STR("claude"), 0, now + 11 * 60000));
    CHECK(!quarantine_is_due("/nonexistent/file", STR("claude"), 0, now));
}

TEST(junk_in_the_file)
{
    int fd = open(file, O_WRONLY | O_TRUNC);
    CHECK(write(fd, "claude\n\n1x claude decode\n9999999999999 claude\n", 46) == 46);
    close(fd);
    CHECK_EQ(breadcrumb_count(file, STR("claude"), 0), 1);
    unlink(file);
    unlink(said);
}

static int slow_n;
static int64_t slow_ms;
static void slow(void *ctx, const char *plugin, const char *hook, int64_t least_ms)
{
    CHECK(!strcmp(plugin, "claude") && !strcmp(hook, "decode"));
    slow_n++;
    slow_ms = least_ms;
}

TEST(a_hook_that_does_not_come_back)
{
    breadcrumb_thread();
    breadcrumb_look(10000, slow, NULL); /* nothing runs */
    breadcrumb_enter("claude", "decode");
    breadcrumb_look(12000, slow, NULL); /* it has just begun */
    CHECK_EQ(slow_n, 0);
    breadcrumb_look(14000, slow, NULL);
    CHECK_EQ(slow_n, 1);
    CHECK_EQ(slow_ms, 2000);
    breadcrumb_look(16000, slow, NULL); /* once a minute */
    CHECK_EQ(slow_n, 1);
    breadcrumb_look(75000, slow, NULL);
    CHECK_EQ(slow_n, 2);
    breadcrumb_leave();
    breadcrumb_look(200000, slow, NULL);
    for (int i = 0; i < 100; i++) { /* many that are quick, seen in the middle of each */
        breadcrumb_enter("claude", "decode");
        breadcrumb_look(300000 + i * 2000, slow, NULL);
        breadcrumb_leave();
    }
    CHECK_EQ(slow_n, 2);
}

TEST(a_file_that_cannot_be)
{
    CHECK(breadcrumb_install("/nonexistent/file") < 0);
}

TEST_MAIN()
