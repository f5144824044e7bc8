/* SPDX-License-Identifier: MIT */
/*
 * breadcrumb - who is running: a note per thread, read by the crash handler, by the next start, and by who looks for slow ones.
 *
 * A plugin shares our address space, so a wild pointer of its ends us all.  What can be done is to
 * say whose it was: the handler writes one line to stderr and appends
 *
 *     1763845020 claude decode SIGSEGV
 *
 * to a file that the next start reads.  A crash outside any plugin is written with "-", because an
 * operator wants to know that too.  The handler only calls what POSIX allows in one (write,
 * clock_gettime, sigaction, raise) and formats by hand.
 */
#include "plugin/breadcrumb.h"

#include "base/err.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 320, SLOW_MS = 1000, TELL_MS = 60000 }; /* workers, the pool and some more */
enum { CRUMB_STACK_BYTES = 16384, CRUMB_LINE_BYTES = 512, CRUMB_TAIL_BYTES = 65536 };

struct crash {
    int signal;
    const char *name;
    struct sigaction before;
};

_Thread_local struct breadcrumb breadcrumb_now;
_Thread_local struct breadcrumb_slot *breadcrumb_mine;
static struct breadcrumb_slot slots[SLOTS];
static struct seen {
    uint64_t turn;
    int64_t since_ms, told_ms;
} seen[SLOTS]; /* of who looks */
static _Thread_local char crash_stack[CRUMB_STACK_BYTES];
static int crash_fd = -1;
static bool is_installed;
static struct crash crashes[] = { { .signal = SIGSEGV, .name = "SIGSEGV" },
                                  { .signal = SIGBUS, .name = "SIGBUS" },
                                  { .signal = SIGFPE, .name = "SIGFPE" },
                                  { .signal = SIGILL, .name = "SIGILL" },
                                  { .signal = SIGABRT, .name = "SIGABRT" } };
enum { CRASHES = sizeof(crashes) / sizeof(crashes[0]) };

struct line {
    char p[CRUMB_LINE_BYTES];
    size_t n;
};

static void line_add(struct line *l, const char *p, size_t n)
{
    for (size_t i = 0; i < n && l->n < sizeof(l->p) - 1; i++)
        l->p[l->n++] = (unsigned char)p[i] < 0x20 ? '?' : p[i];
}

static void line_add_z(struct line *l, const char *z)
{
    size_t n = 0;
    while (z[n])
        n++;
    line_add(l, z, n);
}

static void line_add_number(struct line *l, int64_t value)
{
    char digits[24];
    size_t n = sizeof(digits);
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 && n > 0);
    line_add(l, digits + n, sizeof(digits) - n);
}

static void line_write(struct line *l, int fd)
{
    l->p[l->n++] = '\n';
    ssize_t done = write(fd, l->p, l->n);
    (void)done; /* nobody is left to tell */
}

static void crash_tell(const struct crash *c)
{
    struct line l = { .n = 0 };
    line_add_z(&l, "claude-proxy: ");
    line_add_z(&l, c->name);
    if (breadcrumb_now.plugin) {
        line_add_z(&l, " in plugin ");
        line_add_z(&l, breadcrumb_now.plugin);
        line_add_z(&l, ", hook ");
        line_add_z(&l, breadcrumb_now.hook);
        line_add_z(&l, ", request ");
        line_add(&l, breadcrumb_now.trace.p,
                 breadcrumb_now.trace.n < 64 ? breadcrumb_now.trace.n : 64);
    } else {
        line_add_z(&l, " outside any plugin");
    }
    line_write(&l, STDERR_FILENO);
}

static void crash_note(const struct crash *c)
{
    struct line l = { .n = 0 };
    struct timespec now = { 0 };
    clock_gettime(CLOCK_REALTIME, &now);
    line_add_number(&l, now.tv_sec);
    line_add_z(&l, " ");
    line_add_z(&l, breadcrumb_now.plugin ? breadcrumb_now.plugin : "-");
    line_add_z(&l, " ");
    line_add_z(&l, breadcrumb_now.plugin ? breadcrumb_now.hook : "-");
    line_add_z(&l, " ");
    line_add_z(&l, c->name);
    line_write(&l, crash_fd);
}

static void on_crash(int sig, siginfo_t *info, void *context)
{
    for (size_t i = 0; i < CRASHES; i++) {
        if (crashes[i].signal != sig)
            continue;
        crash_tell(&crashes[i]);
        if (crash_fd >= 0)
            crash_note(&crashes[i]);
        sigaction(sig, &crashes[i].before, NULL);
    }
    /* A fault comes again when the instruction is run again; what was sent must be sent again. */
    if (info->si_code <= 0)
        raise(sig);
}

/* A thread that has ended keeps its slot, with nothing in it; where there is none left a thread is not looked at. */
static void take_slot(void)
{
    for (uint32_t i = 0; !breadcrumb_mine && i < SLOTS; i++)
        if (!atomic_exchange(&slots[i].is_taken, true))
            breadcrumb_mine = &slots[i];
}

void breadcrumb_look(int64_t now_ms,
                     void (*tell)(void *ctx, const char *plugin, const char *hook,
                                  int64_t least_ms),
                     void *ctx)
{
    for (uint32_t i = 0; i < SLOTS && atomic_load(&slots[i].is_taken); i++) {
        uint64_t turn = atomic_load_explicit(&slots[i].turn, memory_order_acquire);
        const char *plugin = atomic_load_explicit(&slots[i].plugin, memory_order_relaxed);
        const char *hook = atomic_load_explicit(&slots[i].hook, memory_order_relaxed);
        struct seen *s = &seen[i];

        if (turn != s->turn || !plugin) {
            s->turn = turn;
            s->since_ms = now_ms;
        } else if (now_ms - s->since_ms >= SLOW_MS &&
                   (!s->told_ms || now_ms - s->told_ms >= TELL_MS)) {
            s->told_ms = now_ms;
            tell(ctx, plugin, hook, now_ms - s->since_ms);
        }
    }
}

/* A stack that is there already stays: it belongs to a sanitizer, which gives it back when the thread ends. */
void breadcrumb_thread(void)
{
    take_slot();
    stack_t stack = { .ss_sp = crash_stack, .ss_size = sizeof(crash_stack) }, old;
    if (sigaltstack(NULL, &old) || old.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
}

int breadcrumb_install(const char *file)
{
    if (file && crash_fd < 0) {
        crash_fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (crash_fd < 0)
            return E_IO;
    }
    breadcrumb_thread();
    if (is_installed)
        return 0;
    struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i].signal, &action, &crashes[i].before))
            return E_IO;
    is_installed = true;
    return 0;
}

void breadcrumb_close(void)
{
    if (crash_fd >= 0)
        close(crash_fd);
    crash_fd = -1;
}

static bool line_names(struct cp_str line, struct cp_str plugin, int64_t since_s)
{
    struct cp_str when, who;
    int64_t at;
    return str_split(&line, ' ', &when) && str_split(&line, ' ', &who) && !str_int(when, &at) &&
           at >= since_s && str_eq(who, plugin);
}

int breadcrumb_count(const char *file, struct cp_str plugin, int64_t since_s)
{
    char tail[CRUMB_TAIL_BYTES];
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), count = 0;
    if (fd < 0)
        return 0;
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof(tail) ? size - (off_t)sizeof(tail) : 0;
    ssize_t n = pread(fd, tail, sizeof(tail), from);
    close(fd);

    struct cp_str rest = str_n(tail, n > 0 ? (size_t)n : 0), line;
    while (n > 0 && str_split(&rest, '\n', &line))
        count += line_names(line, plugin, since_s);
    return count;
}
