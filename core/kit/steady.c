/* SPDX-License-Identifier: MIT */
/*
 * steady - whether an adapter takes something and does not give it back: memory, descriptors, threads.
 *
 * What the host lends is gone after each call by itself; what malloc() gave must not grow from round to round.  The first rounds do not count:
 * they fill what is filled once.
 * malloc()'s cache of a thread counts as in use what was freed, so it is switched off (source: mallinfo(3), glibc manual "Memory
 * Allocation Tunables", tried with glibc 2.36, 2026-11-23).
 */
#include "kit/steady.h"

#include "base/folder.h"
#include "kit/cases.h"
#include "kit/golden.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "plugin/loader.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WARM_ROUNDS = 3, ROUNDS = 16 };

static const char tunable[] = "glibc.malloc.tcache_count=0";

struct holdings {
    int64_t bytes, fds, threads;
};

static bool is_prepared(void)
{
    const char *tunables = getenv("GLIBC_TUNABLES");
    return tunables && strstr(tunables, tunable);
}

void steady_prepare(char **argv)
{
    char tunables[1024];
    const char *given = getenv("GLIBC_TUNABLES");

    if (is_prepared() ||
        (size_t)snprintf(tunables, sizeof(tunables), "%s%s%s", given ? given : "",
                         given ? ":" : "", tunable) >= sizeof(tunables))
        return;
    if (!setenv("GLIBC_TUNABLES", tunables, 1))
        execv("/proc/self/exe", argv);
    /* There is no /proc, as in a plain chroot: malloc() has its cache still, and must not be taken for one without. */
    tunables[strlen(tunables) - strlen(tunable) - (given ? 1 : 0)] = '\0';
    if (given)
        (void)setenv("GLIBC_TUNABLES", tunables, 1);
    else
        (void)unsetenv("GLIBC_TUNABLES"); /* fails for impossible names only */
}

static int64_t count(const char *path)
{
    DIR *d = folder_open(path);
    int64_t n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static struct holdings holdings_now(void)
{
    struct holdings h = { .fds = count("/proc/self/fd"), .threads = count("/proc/self/task") };
    struct mallinfo2 m = mallinfo2();

    h.bytes = (int64_t)(m.uordblks + m.hblkhd);
    return h;
}

static void pass(void *ctx, struct sample *s)
{
    struct cp_tape tape;
    struct drive d;
    struct buf out;

    if (!sample_drive(s, &d, s->adapter, NULL))
        return;
    buf_init(&out, GOLDEN_BYTES);
    if (!sample_read(s, &d, &tape) && !(tape.kinds & ~s->adapter->hooks.speaks))
        (void)sample_write(s, &d, &tape, &out); /* what it writes was looked at before */
    buf_fini(&out);
    drive_close(&d);
}

static void rounds(const struct sample_run *r, const struct adapter *a, const char *folder,
                   int n)
{
    const struct cases_visitor visitor = { NULL, pass, NULL };

    for (int i = 0; i < n; i++)
        cases_each(r, a, folder, &visitor);
}

static void tell(const struct sample_run *r, const struct adapter *a, const char *what,
                 int64_t grown)
{
    if (grown > 0)
        report_note("%lld more after %d rounds", (long long)grown, ROUNDS);
    report_tell(r->report, grown <= 0, "%s: %s are given back", a->hooks.dialect, what);
}

void steady_check(const struct sample_run *r, const struct adapter *a, const char *folder)
{
    rounds(r, a, folder, WARM_ROUNDS);
    struct holdings before = holdings_now();
    rounds(r, a, folder, ROUNDS);
    struct holdings after = holdings_now();

    if (before.bytes == 0 || !is_prepared())
        report_skip(r->report, "memory is given back", "this malloc() cannot be counted");
    else
        tell(r, a, "bytes of memory", after.bytes - before.bytes);
    if (before.fds == 0) {
        report_skip(r->report, "descriptors and threads are given back", "there is no /proc");
        return;
    }
    tell(r, a, "descriptors", after.fds - before.fds);
    tell(r, a, "threads", after.threads - before.threads);
}
