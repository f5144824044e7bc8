/* SPDX-License-Identifier: MIT */
/*
 * check - everything that can be said of a plugin's file before anybody trusts it.
 *
 *     look       from outside, nothing of it runs
 *     preflight  loaded and tried in a forked child, as the gateway does it
 *     laws       every golden input, whole and cut everywhere
 *     budget     with less and less of everything; then again and again, for leaks
 *     fuzz       golden inputs made wrong
 *
 * What runs the plugin's code on more than a trifle does so in a child, so that a crash is a line of the report.
 */
#include "kit/check.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "kit/budget.h"
#include "kit/cases.h"
#include "kit/fuzz.h"
#include "kit/golden.h"
#include "kit/laws.h"
#include "kit/look.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "kit/steady.h"
#include "plugin/guard.h"
#include "plugin/loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some dialects say when they answered; in a golden file that is always the same. */
static const int64_t WALL_MS = INT64_C(1760000000000);

enum { LOG_NOTHING = CP_LOG_ERROR - 1 };

struct check {
    const struct check_plan *plan;
    struct report *report;
    struct registry *registry;
    struct sample_run run;
    size_t own_n; /* adapters of the file: the first of the registry */
};

static bool read_file(struct check *c, struct buf *image)
{
    if (golden_read(c->plan->file, image))
        return true;
    report_note("%s: %s", c->plan->file, strerror(errno ? errno : EFBIG));
    report_tell(c->report, false, "the file can be read");
    return false;
}

/* Those of them that are refused, one with this dialect's name among them, are no news of this file. */
static void load_others(struct check *c)
{
    int level = log_level_now();
    struct err err = { 0 };

    log_level(LOG_NOTHING);
    if (registry_load_dir(c->registry, c->plan->against, LOADER_LAX, &err) < 0)
        report_note("no other dialects: %s: %s", err.where, err.what);
    log_level(level);
}

static bool load(struct check *c)
{
    struct err err = { 0 };
    int rc = registry_load(c->registry, c->plan->file, LOADER_LAX, &err);

    if (rc)
        report_note("%s: %s (%s)", err.where, err.what, err_name(rc));
    c->own_n = registry_count(c->registry);
    bool is_good = report_tell(c->report, rc == 0, "the gateway would load it");
    if (is_good && c->plan->against)
        load_others(c);
    return is_good;
}

/* ---- golden inputs ---- */

static void visit(void *ctx, struct sample *s)
{
    const struct check *c = ctx;

    laws_check(s);
    if (!c->plan->is_update)
        budget_check(s);
}

static void folder_of(const struct check *c, const struct adapter *a,
                      char out[SAMPLE_PATH_BYTES])
{
    snprintf(out, SAMPLE_PATH_BYTES, "%s/%s", c->plan->golden, a->hooks.dialect);
}

static void check_golden(struct check *c, const struct adapter *a)
{
    const struct cases_visitor visitor = { NULL, visit, c };
    char folder[SAMPLE_PATH_BYTES];

    folder_of(c, a, folder);
    int n = cases_each(&c->run, a, folder, &visitor);
    if (n <= 0)
        report_note("there is no golden input in %s", folder);
    report_tell(c->report, n > 0, "%s: it has golden inputs", a->hooks.dialect);
    if (n > 0)
        steady_check(&c->run, a, folder);
}

/* In the child: what is to be told at its end goes into the pipe. */
_Noreturn static void golden_child(struct check *c, int fd)
{
    guard_install(NULL);
    guard_thread();
    for (size_t i = 0; i < c->own_n; i++)
        check_golden(c, registry_at(c->registry, i));
    fflush(stdout);
    ssize_t n = write(fd, c->report, sizeof(*c->report));
    _exit(n == (ssize_t)sizeof(*c->report) ? 0 : 1);
}

static void golden_end(struct check *c, int fd, pid_t child)
{
    struct report told;
    int status = 0;
    ssize_t n = read(fd, &told, sizeof(told));

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (n == (ssize_t)sizeof(told)) {
        *c->report = told;
        return;
    }
    if (WIFSIGNALED(status))
        report_note("it crashed (%s) after the last line above", strsignal(WTERMSIG(status)));
    report_tell(c->report, false, "it survives its golden inputs");
}

static void check_all_golden(struct check *c)
{
    int fds[2];

    fflush(stdout);
    pid_t child = pipe(fds) ? -1 : fork();
    if (child == 0)
        golden_child(c, fds[1]);
    if (child < 0) {
        report_tell(c->report, false, "fork: %s", strerror(errno));
        return;
    }
    close(fds[1]);
    golden_end(c, fds[0], child);
    close(fds[0]);
}

static void check_fuzz(struct check *c, const struct adapter *a)
{
    char folder[SAMPLE_PATH_BYTES];
    const struct fuzz_plan plan = { folder, c->plan->fuzz_seconds, c->plan->seed, "." };

    folder_of(c, a, folder);
    fuzz_check(&c->run, a, &plan);
}

/* ---- all of it ---- */

static void check_inside(struct check *c)
{
    if (!c->plan->golden) {
        report_skip(c->report, "golden inputs", "no folder was named (--golden DIR)");
        return;
    }
    check_all_golden(c);
    for (size_t i = 0; c->plan->fuzz_seconds && i < c->own_n; i++)
        check_fuzz(c, registry_at(c->registry, i));
}

int check_run(const struct check_plan *plan)
{
    struct report report = { 0 };
    struct check c = { .plan = plan, .report = &report, .registry = registry_new() };
    struct buf image;

    clock_set(0, WALL_MS);
    c.run = (struct sample_run){ &report, c.registry, plan->is_update };
    buf_init(&image, GOLDEN_BYTES);
    if (read_file(&c, &image)) {
        look_check(&report, buf_str(&image));
        if (load(&c))
            check_inside(&c);
    }
    buf_fini(&image);
    registry_free(c.registry);
    return report_end(&report);
}
