/* SPDX-License-Identifier: MIT */
/*
 * fuzz - an adapter on golden inputs made wrong, for some seconds, in a process of its own.
 *
 * The child writes each text into memory that it shares with its parent before it tries it.  So the parent, which only watches, can say what
 * it was that killed or stopped the child, and leave it in a file.
 */
#include "kit/fuzz.h"

#include "base/str.h"
#include "kit/cases.h"
#include "kit/golden.h"
#include "kit/laws.h"
#include "kit/mutate.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "plugin/breadcrumb.h"
#include "plugin/loader.h"
#include "json/check.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SEEDS = 256,
    TEXT_BYTES = 1 << 20,
    WHY_BYTES = 1024,
    HANG_MS = 5000,
    LOOK_MS = 20,
    TRIES = 64
};

/* What both processes see. */
struct fuzz_shared {
    _Atomic uint64_t runs;
    int phase;
    size_t n;
    char why[WHY_BYTES]; /* "": nothing is wrong so far */
    char text[TEXT_BYTES];
};

struct fuzz {
    const struct sample_run *run;
    const struct adapter *adapter;
    const struct fuzz_plan *plan;
    struct fuzz_shared *shared;
    struct mutate mutate;
    struct sample seeds[SEEDS];
    size_t seeds_n;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- seeds ---- */

/* The sample becomes ours: what is left behind is empty. */
static void keep(void *ctx, struct sample *s)
{
    struct fuzz *f = ctx;

    if (f->seeds_n == SEEDS || s->input.n > TEXT_BYTES / 2)
        return;
    f->seeds[f->seeds_n++] = *s;
    buf_init(&s->input, 0);
    buf_init(&s->settings, 0);
}

/* ---- one run, in the child ---- */

static void blame(struct fuzz *f, const char *what, const struct err *err)
{
    snprintf(f->shared->why, WHY_BYTES, "%s%s%s%s%s", what, err ? ": " : "",
             err ? err->where : "", err ? ": " : "", err ? err->what : "");
}

/* The tape of a stream in two pieces, or whole (at == 0).  False: it was refused, or told to be broken in its bytes. */
static bool stream_said(struct fuzz *f, struct sample *s, size_t at, struct buf *said)
{
    struct cp_str bytes = buf_str(&s->input);
    struct cp_tape tape;
    struct drive d;

    if (!sample_drive(s, &d, f->adapter, NULL))
        return false;
    int rc = at ? drive_rx_split(&d, bytes, at, &tape) : drive_rx(&d, bytes, 0, &tape);
    if (rc == E_BUG)
        blame(f, "it broke a rule", &d.hc.err);
    if (!rc)
        laws_canonical(&d, &tape, 0, said);
    drive_close(&d);
    return rc == 0;
}

static void try_stream(struct fuzz *f, struct sample *s)
{
    size_t at = 1 + (size_t)mutate_draw(&f->mutate, s->input.n);
    struct buf whole, cut;

    buf_init(&whole, GOLDEN_BYTES);
    buf_init(&cut, GOLDEN_BYTES);
    bool is_told = stream_said(f, s, 0, &whole);
    bool is_told_cut = stream_said(f, s, at, &cut);
    if (!f->shared->why[0] &&
        (is_told != is_told_cut || !str_eq(buf_str(&whole), buf_str(&cut))))
        snprintf(f->shared->why, WHY_BYTES, "cut at byte %zu it says something else", at);
    buf_fini(&whole);
    buf_fini(&cut);
}

static void try_body(struct fuzz *f, struct sample *s)
{
    struct cp_tape tape;
    struct drive d;
    struct buf out;

    if (!sample_drive(s, &d, f->adapter, NULL))
        return;
    buf_init(&out, GOLDEN_BYTES);
    int rc = sample_read(s, &d, &tape);
    if (!rc && !(tape.kinds & ~f->adapter->hooks.speaks))
        rc = sample_write(s, &d, &tape, &out);
    if (rc == E_BUG)
        blame(f, "it broke a rule", &d.hc.err);
    buf_fini(&out);
    drive_close(&d);
}

/* The host sees to it that requests and answers in JSON are such, before a plugin sees them. */
static bool is_stopped_by_host(const struct sample *from, struct cp_str text)
{
    struct cp_str was = str_trim(buf_str(&from->input)), is = str_trim(text);
    bool is_body = from->phase == CP_REQUEST || from->phase == CP_RESPONSE;
    bool is_json = (was.n && strchr("{[", *was.p)) || (is.n && strchr("{[", *is.p));
    return is_body && is_json && json_check(text, NULL, NULL);
}

static void once(struct fuzz *f)
{
    const struct sample *from = &f->seeds[mutate_draw(&f->mutate, f->seeds_n)];
    const struct sample *other = &f->seeds[mutate_draw(&f->mutate, f->seeds_n)];
    struct sample s = *from;

    buf_init(&s.input, TEXT_BYTES);
    for (int i = 0; i == 0 || (i < TRIES && is_stopped_by_host(from, buf_str(&s.input))); i++)
        mutate_text(&f->mutate, buf_str(&from->input), buf_str(&other->input), &s.input);
    if (is_stopped_by_host(from, buf_str(&s.input))) {
        buf_fini(&s.input);
        return;
    }
    f->shared->phase = s.phase;
    f->shared->n = s.input.n;
    memcpy(f->shared->text, s.input.n ? s.input.p : "", s.input.n);
    if (s.phase == SAMPLE_STREAM)
        try_stream(f, &s);
    else
        try_body(f, &s);
    buf_fini(&s.input);
    atomic_fetch_add(&f->shared->runs, 1);
}

_Noreturn static void run_child(struct fuzz *f)
{
    struct rlimit none = { 0, 0 };
    int64_t end = now_ms() + f->plan->seconds * INT64_C(1000);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    breadcrumb_close();
    while (now_ms() < end && !f->shared->why[0])
        once(f);
    _exit(0);
}

/* ---- the parent ---- */

/* Waits for the child, and ends it if it stands still.  Its wait status. */
static int watch(const struct fuzz *f, pid_t child)
{
    const struct timespec pause = { 0, LOOK_MS * 1000000 };
    uint64_t runs = 0;
    int64_t moved = now_ms();
    int status = 0;

    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return status;
        if (atomic_load(&f->shared->runs) != runs) {
            runs = atomic_load(&f->shared->runs);
            moved = now_ms();
        } else if (now_ms() - moved > HANG_MS) {
            snprintf(f->shared->why, WHY_BYTES, "it hangs: no end in %d ms", HANG_MS);
            kill(child, SIGKILL);
        }
        nanosleep(&pause, NULL);
    }
}

static void leave(const struct fuzz *f)
{
    static const char *const phases[] = { "", "request", "response", "failure", "stream" };
    const char *phase = phases[f->shared->phase <= SAMPLE_STREAM ? f->shared->phase : 0];
    char path[SAMPLE_PATH_BYTES];

    snprintf(path, sizeof(path), "%s/fuzz-%s.%s", f->plan->save, f->adapter->hooks.dialect,
             phase);
    if (golden_write(path, str_n(f->shared->text, f->shared->n)))
        report_note("see it with: claude-proxy tape --plugins . %s %s %s",
                    f->adapter->hooks.dialect, phase, path);
}

static void tell(const struct fuzz *f, int status)
{
    bool is_dead = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status));

    if (is_dead && !f->shared->why[0] && WIFSIGNALED(status))
        snprintf(f->shared->why, WHY_BYTES, "it crashed (%s)", strsignal(WTERMSIG(status)));
    else if (is_dead && !f->shared->why[0])
        snprintf(f->shared->why, WHY_BYTES, "it ended its process (exit status %d)",
                 WEXITSTATUS(status));
    if (f->shared->why[0]) {
        report_note("%s, after %llu texts of seed %llu", f->shared->why,
                    (unsigned long long)atomic_load(&f->shared->runs),
                    (unsigned long long)f->plan->seed);
        leave(f);
    }
    report_tell(f->run->report, !f->shared->why[0], "%s: %llu texts made wrong do it no harm",
                f->adapter->hooks.dialect, (unsigned long long)atomic_load(&f->shared->runs));
}

static void run(struct fuzz *f)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        run_child(f);
    if (child < 0)
        report_tell(f->run->report, false, "fork: %s", strerror(errno));
    else
        tell(f, watch(f, child));
}

void fuzz_check(const struct sample_run *r, const struct adapter *a,
                const struct fuzz_plan *plan)
{
    struct fuzz f = { .run = r, .adapter = a, .plan = plan, .mutate = { .seed = plan->seed } };
    const struct cases_visitor visitor = { NULL, keep, &f };

    f.shared = mmap(NULL, sizeof(*f.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                    -1, 0);
    if (f.shared == MAP_FAILED) {
        report_tell(r->report, false, "mmap: %s", strerror(errno));
        return;
    }
    cases_each(r, a, plan->folder, &visitor);
    if (f.seeds_n)
        run(&f);
    else
        report_skip(r->report, "texts made wrong", "there are no golden inputs to make wrong");
    for (size_t i = 0; i < f.seeds_n; i++)
        sample_close(&f.seeds[i]);
    munmap(f.shared, sizeof(*f.shared));
}
