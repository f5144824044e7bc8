/* SPDX-License-Identifier: MIT */
/*
 * spawn - the program on the disk as a child, with descriptors and without anything else of ours.
 *
 * fork() and not posix_spawn(): LISTEN_PID must be the child's own number.  Other threads may hold any lock while we fork, so
 * the child calls nothing but the kernel; all it needs was made before.  What libraries have opened without close-on-exec
 * (libcurl's sockets are such) is closed: an upstream must see that nobody listens any more when we end.
 */
#include "main/spawn.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FIRST_FD = 3,
    SAFE_FD = 64,
    PID_DIGITS = 12,
    NAMES_BYTES = INHERIT_MOST * INHERIT_NAME_BYTES
};

extern char **environ;

/* What is made before the fork. */
struct made {
    char **env;
    char fds[32], names[NAMES_BYTES + 32];
    char pid[sizeof("LISTEN_PID=") + PID_DIGITS];
    char watchdog[sizeof("WATCHDOG_PID=") + PID_DIGITS];
    int moved[INHERIT_MOST]; /* copies above all places they go to */
    int moved_stderr;
};

static bool is_ours(const char *variable)
{
    static const char *const ours[] = { "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=",
                                        "WATCHDOG_PID=" };

    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        if (!strncmp(variable, ours[i], strlen(ours[i])))
            return true;
    return false;
}

static void make_environment(const struct spawn *s, struct made *m)
{
    size_t n = 0, at = 0, used;

    while (environ[n])
        n++;
    m->env = mem_new(n + 5, sizeof(*m->env));
    for (size_t i = 0; i < n; i++)
        if (!is_ours(environ[i]))
            m->env[at++] = environ[i];
    snprintf(m->fds, sizeof(m->fds), "LISTEN_FDS=%u", s->n);
    used = (size_t)snprintf(m->names, sizeof(m->names), "LISTEN_FDNAMES=");
    for (uint32_t i = 0; i < s->n; i++)
        used += (size_t)snprintf(m->names + used, sizeof(m->names) - used, "%s%s", i ? ":" : "",
                                 s->names[i].text);
    snprintf(m->pid, sizeof(m->pid), "LISTEN_PID=");
    snprintf(m->watchdog, sizeof(m->watchdog), "WATCHDOG_PID=");
    m->env[at++] = m->fds;
    m->env[at++] = m->names;
    m->env[at++] = m->pid;
    if (getenv("WATCHDOG_PID"))
        m->env[at++] = m->watchdog;
}

static int copy_high(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, SAFE_FD);
}

static int make_copies(const struct spawn *s, struct made *m)
{
    bool is_good = (m->moved_stderr = copy_high(s->stderr_fd)) >= 0;

    for (uint32_t i = 0; i < s->n; i++)
        is_good &= (m->moved[i] = copy_high(s->fds[i])) >= 0;
    return is_good ? 0 : E_IO;
}

static void close_copies(const struct spawn *s, const struct made *m)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (m->moved[i] >= 0)
            close(m->moved[i]);
    if (m->moved_stderr >= 0)
        close(m->moved_stderr);
}

/* What we do with signals is nothing to a program that has not said yet what it wants to do with them. */
static void free_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* By hand: the child may call nothing that takes a lock. */
static void append_number(char *text, long number)
{
    char digits[PID_DIGITS];
    size_t n = 0, at = strlen(text);

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number && n < sizeof(digits));
    while (n)
        text[at++] = digits[--n];
    text[at] = 0;
}

static void child(const struct spawn *s, struct made *m)
{
    static const char sorry[] = "claude-proxy: the program on the disk cannot be run\n";
    long pid = (long)getpid();

    append_number(m->pid, pid);
    append_number(m->watchdog, pid);
    for (uint32_t i = 0; i < s->n; i++)
        if (dup2(m->moved[i], FIRST_FD + (int)i) < 0)
            _exit(127);
    if (dup2(m->moved_stderr, STDERR_FILENO) < 0 || close_range(FIRST_FD + s->n, ~0U, 0))
        _exit(127);
    free_signals();
    execve(s->file, s->argv, m->env);
    ssize_t n = write(STDERR_FILENO, sorry, sizeof(sorry) - 1);
    (void)n; /* nobody is left to tell */
    _exit(127);
}

void spawn_add(struct spawn *s, int fd, const struct inherit_name *name)
{
    if (s->n == INHERIT_MOST)
        return;
    s->fds[s->n] = fd;
    s->names[s->n++] = *name;
}

pid_t spawn_start(const struct spawn *s, struct err *err)
{
    struct made *m = mem_new(1, sizeof(*m));
    pid_t pid = -1;

    make_environment(s, m);
    if (!make_copies(s, m))
        pid = fork();
    if (!pid)
        child(s, m);
    int why = errno;
    close_copies(s, m);
    free(m->env);
    free(m);
    return pid > 0 ? pid
                   : err_set(err, E_IO, "upgrade", "cannot start a process: %s", strerror(why));
}
