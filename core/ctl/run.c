/* SPDX-License-Identifier: MIT */
/*
 * run - from a command line to an exit code; and the program's voice on stdout and stderr.
 *
 * Output is gathered and written at the end: an answer that breaks off leaves no half table behind.
 */
#include "ctl/run.h"

#include "base/clock.h"
#include "base/str.h"
#include "ctl/complete.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { SAID_BYTES = 8192, TIMEOUT_MS = 60000 };

CP_PRINTF(1, 0) static void say(const char *fmt, va_list ap)
{
    char text[SAID_BYTES];
    struct buf out;

    vsnprintf(text, sizeof(text), fmt, ap);
    buf_init(&out, 16 * SAID_BYTES);
    buf_add_z(&out, "claude-proxyctl: ");
    glyph_add(&out, str_of(text));
    buf_add_c(&out, '\n');
    fwrite(out.p, 1, out.n, stderr);
    buf_fini(&out);
}

void ctl_complain(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

void ctl_note(const struct ctl *ctl, const char *fmt, ...)
{
    va_list ap;

    if (ctl->look.is_quiet)
        return;
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

int ctl_flush(struct ctl *ctl)
{
    size_t at = 0;

    while (at < ctl->out.n) {
        ssize_t n = write(STDOUT_FILENO, ctl->out.p + at, ctl->out.n - at);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    bool is_whole = at == ctl->out.n;
    buf_clear(&ctl->out);
    return is_whole ? 0 : -1;
}

/* ---- options that all commands have ---- */

static int usage(const char *what)
{
    ctl_complain("%s", what);
    return CTL_USAGE;
}

static int take_form(struct ctl *ctl)
{
    const char *form = args_option(&ctl->args, "output");

    if (args_has(&ctl->args, "json") || (form && !strcmp(form, "json")))
        ctl->look.form = LOOK_JSON;
    else if (args_has(&ctl->args, "csv") || (form && !strcmp(form, "csv")))
        ctl->look.form = LOOK_CSV;
    else if (form && strcmp(form, "table") != 0)
        return usage("--output is table, json or csv");
    ctl->look.has_header = !args_has(&ctl->args, "no-header");
    ctl->look.is_quiet = args_has(&ctl->args, "quiet");
    return 0;
}

static int take_globals(struct ctl *ctl)
{
    const struct args *a = &ctl->args;
    const char *timeout = args_global(a, "timeout");

    ctl->wish.socket = args_global(a, "socket");
    ctl->wish.url = args_global(a, "url");
    ctl->wish.key_file = args_global(a, "key-file");
    ctl->wish.ca_file = args_global(a, "ca-file");
    ctl->wish.timeout_ms = TIMEOUT_MS;
    if (ctl->wish.socket && ctl->wish.url)
        return usage("either --socket or --url");
    if (timeout && str_duration(str_of(timeout), &ctl->wish.timeout_ms))
        return usage("--timeout wants a time with its unit, such as 30s");
    return take_form(ctl);
}

/* ---- the command ---- */

static int obey(struct ctl *ctl)
{
    const struct command *c = ctl->args.command;
    struct err err = { 0 };

    if (args_has(&ctl->args, "version")) {
        buf_add_z(&ctl->out, "claude-proxyctl " VERSION_TEXT "\n");
        return 0;
    }
    if (args_has(&ctl->args, "help")) {
        if (c && c->run != run_help)
            ctl_help(ctl, c);
        else
            ctl_help_all(ctl);
        return 0;
    }
    if (!c) {
        ctl_help_all(ctl);
        fwrite(ctl->out.p, 1, ctl->out.n, stderr);
        buf_clear(&ctl->out);
        return CTL_USAGE;
    }
    if (args_check(&ctl->args, &err))
        return usage(err.what);
    return c->run ? c->run(ctl) : errand_run(ctl);
}

int ctl_run(int argc, char *const *argv)
{
    struct ctl ctl = { .wall_ms = clock_wall_ms() };
    struct err err = { 0 };
    int code;

    if (argc > 0 && !strcmp(argv[0], COMPLETE_WORD))
        return complete_main(argc - 1, argv + 1);
    buf_init(&ctl.out, CTL_OUT_BYTES);
    look_init(&ctl.look);
    if (args_read(&ctl.args, argc, argv, &err))
        code = usage(err.what);
    else
        code = take_globals(&ctl);
    if (!code)
        code = obey(&ctl);
    if (ctl_flush(&ctl) && !code)
        code = CTL_REFUSED;
    talk_close(ctl.talk);
    explicit_bzero(ctl.where.key, sizeof(ctl.where.key));
    buf_fini(&ctl.out);
    return code;
}
