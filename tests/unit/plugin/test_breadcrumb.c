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

TEST(a_file_that_cannot_be)
{
    CHECK(breadcrumb_install("/nonexistent/file") < 0);
}

TEST_MAIN()
