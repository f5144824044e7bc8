/* SPDX-License-Identifier: MIT */
/*
 * tap - a report in TAP as one JSON object, for programs.
 *
 * The report is made as it always is, line by line, some of it in children that a plugin may crash: so it is read like anybody else's
 * TAP, from a pipe, instead of being made in a second way.
 */
#include "kit/tap.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAP_BYTES = 64 << 20, NOTES_MOST = 4096 };

struct tap {
    struct json_writer *w;
    struct cp_str notes[NOTES_MOST]; /* since the last result */
    uint32_t notes_n;
    int checks, failed, skipped;
    bool has_plan;
};

static void put(struct json_writer *w, const char *name, struct cp_str text)
{
    json_key(w, str_of(name));
    json_string(w, text);
}

static void put_flag(struct json_writer *w, const char *name, bool is)
{
    json_key(w, str_of(name));
    json_raw(w, is ? STR("true") : STR("false"));
}

static void put_count(struct json_writer *w, const char *name, int n)
{
    json_key(w, str_of(name));
    json_number(w, n);
}

static void put_result(struct tap *t, bool is_good, struct cp_str name, struct cp_str skipped)
{
    json_open(t->w, '{');
    put(t->w, "name", name);
    put_flag(t->w, "ok", is_good);
    if (skipped.p)
        put(t->w, "skipped", skipped);
    json_key(t->w, STR("notes"));
    json_open(t->w, '[');
    for (uint32_t i = 0; i < t->notes_n; i++)
        json_string(t->w, t->notes[i]);
    json_close(t->w);
    json_close(t->w);
    t->notes_n = 0;
    t->checks++;
    t->failed += !is_good;
    t->skipped += skipped.p != NULL;
}

/* rest: behind "ok " */
static void read_result(struct tap *t, bool is_good, struct cp_str rest)
{
    ptrdiff_t dash = str_find(rest, STR("- "));
    struct cp_str name = dash < 0 ? rest : str_from(rest, (size_t)dash + strlen("- "));
    ptrdiff_t skip = str_find(name, STR(" # skip "));
    struct cp_str why = skip < 0 ? STR_NONE : str_from(name, (size_t)skip + strlen(" # skip "));

    put_result(t, is_good, skip < 0 ? name : str_cut(name, (size_t)skip), why);
}

static void read_line(struct tap *t, struct cp_str line)
{
    if (str_begins(line, "ok "))
        read_result(t, true, str_from(line, strlen("ok ")));
    else if (str_begins(line, "not ok "))
        read_result(t, false, str_from(line, strlen("not ok ")));
    else if (str_begins(line, "1.."))
        t->has_plan = true;
    else if (line.n && t->notes_n < NOTES_MOST)
        t->notes[t->notes_n++] = str_begins(line, "# ") ? str_from(line, strlen("# ")) : line;
}

int tap_to_json(struct cp_str tap, const char *file, struct buf *out)
{
    struct json_writer w;
    struct tap t = { .w = &w };
    struct cp_str line;

    json_writer_init(&w, out);
    json_open(&w, '{');
    put(&w, "file", str_of(file));
    json_key(&w, STR("results"));
    json_open(&w, '[');
    while (str_split(&tap, '\n', &line))
        read_line(&t, line);
    if (!t.has_plan)
        put_result(&t, false, STR("the check comes to its end"), STR_NONE);
    json_close(&w);
    put_flag(&w, "ok", !t.failed);
    put_count(&w, "checks", t.checks);
    put_count(&w, "failed", t.failed);
    put_count(&w, "skipped", t.skipped);
    json_close(&w);
    buf_add_c(out, '\n');
    return buf_failed(out) ? E_LIMIT : 0;
}

static void read_all(int fd, struct buf *out)
{
    char piece[65536];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            (void)buf_add(out, piece, (size_t)n); /* what is too long has no plan at its end */
}

_Noreturn static void run_child(int (*run)(const void *), const void *plan, const int fds[2])
{
    close(fds[0]);
    if (dup2(fds[1], STDOUT_FILENO) < 0)
        _exit(1);
    close(fds[1]);
    int code = run(plan);
    fflush(stdout);
    _exit(code);
}

static int tell(struct cp_str tap, int status, const char *file)
{
    struct buf json;

    buf_init(&json, (size_t)TAP_BYTES * 2);
    int rc = tap_to_json(tap, file, &json);
    if (!rc)
        (void)fwrite(json.p, 1, json.n, stdout); /* who closed it wants no more */
    buf_fini(&json);
    return rc || !WIFEXITED(status) || WEXITSTATUS(status) ? 1 : 0;
}

int tap_run(int (*run)(const void *plan), const void *plan, const char *file)
{
    int fds[2], status = 0;
    struct buf tap;

    fflush(stdout);
    pid_t child = pipe(fds) ? -1 : fork();
    if (child == 0)
        run_child(run, plan, fds);
    if (child < 0) {
        fprintf(stderr, "claude-proxy plugin: fork: %s\n", strerror(errno));
        return 1;
    }
    close(fds[1]);
    buf_init(&tap, TAP_BYTES);
    read_all(fds[0], &tap);
    close(fds[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    int code = tell(buf_str(&tap), status, file);
    buf_fini(&tap);
    return code;
}
