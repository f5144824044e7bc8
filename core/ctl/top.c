/* SPDX-License-Identifier: MIT */
/*
 * top - `claude-proxyctl top`: channels and traffic, once a second, on a screen of its own.
 *
 * Plain ANSI: the alternate screen, the cursor home, each line cleared behind its end, so nothing flickers and nothing is
 * left behind.  q, Ctrl-C, Ctrl-D, Escape and signals end it, and the terminal is as it was before.  Rates are what was
 * added between two looks.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/run.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { REFRESH_MS = 1000, MINUTE_MS = 60000, KEY_CTRL_C = 3, KEY_CTRL_D = 4, KEY_ESCAPE = 27 };

#define SCREEN_ON  "\033[?1049h\033[?25l"
#define SCREEN_OFF "\033[?25h\033[?1049l"
#define HOME       "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

struct top {
    struct ctl *ctl;
    struct tree *before; /* the last look */
    int64_t before_ms;
    struct termios was;
    sigset_t mask;
    int signals;
    bool is_screen;
};

/* ---- one look ---- */

static const struct tree *same_channel(const struct tree *t, struct cp_str id)
{
    const struct tree *rows = tree_get(t, "channels");

    for (size_t i = 0; i < tree_count(rows); i++)
        if (str_eq(tree_as_text(tree_get(tree_at(rows, i), "id")), id))
            return tree_at(rows, i);
    return NULL;
}

static int64_t asked(const struct tree *channel)
{
    return tree_as_int(tree_get(channel, "served"), 0) +
           tree_as_int(tree_get(channel, "failed"), 0);
}

/* Each channel gets "a_minute": requests since the last look, as many as in a minute. */
static void add_rates(struct top *top, struct tree *now, int64_t now_ms)
{
    const struct tree *rows = tree_get(now, "channels");
    int64_t span_ms = now_ms - top->before_ms;

    for (size_t i = 0; top->before && span_ms > 0 && i < tree_count(rows); i++) {
        struct tree *c = tree_at(rows, i);
        const struct tree *old = same_channel(top->before, tree_as_text(tree_get(c, "id")));
        int64_t more = asked(c) - asked(old);
        if (old && more >= 0 && more < INT64_MAX / MINUTE_MS && tree_kind(c) == TREE_OBJECT)
            tree_put_int(c, "a_minute", more * MINUTE_MS / span_ms);
    }
}

static void add_head(struct ctl *ctl, const struct tree *t)
{
    const struct tree *rows = tree_get(t, "channels");
    int64_t under_way = 0, served = 0, failed = 0, rate = 0;
    time_t now = (time_t)(ctl->wall_ms / 1000);
    char clock[16] = "";
    struct tm tm;

    for (size_t i = 0; i < tree_count(rows); i++) {
        under_way += tree_as_int(tree_get(tree_at(rows, i), "under_way"), 0);
        served += tree_as_int(tree_get(tree_at(rows, i), "served"), 0);
        failed += tree_as_int(tree_get(tree_at(rows, i), "failed"), 0);
        rate += tree_as_int(tree_get(tree_at(rows, i), "a_minute"), 0);
    }
    if (localtime_r(&now, &tm))
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    buf_printf(&ctl->out,
               "claude-proxy  %s  %zu channels  %" PRId64 " under way  %" PRId64
               "/min  %" PRId64 " served  %" PRId64 " failed  %" PRId64 " sessions\n\n",
               clock, tree_count(rows), under_way, rate, served, failed,
               tree_as_int(tree_get(t, "sessions"), 0));
}

static int look_once(struct top *top)
{
    struct ctl *ctl = top->ctl;
    struct tree *t = NULL;
    int code = errand_get(ctl, "/api/scheduler?brief", &t);

    if (code)
        return code;
    int64_t now_ms = clock_ms();
    add_rates(top, t, now_ms);
    if (ctl->look.form == LOOK_TABLE)
        add_head(ctl, t);
    errand_show_tree(ctl, t, &view_top);
    tree_free(top->before);
    top->before = t;
    top->before_ms = now_ms;
    return 0;
}

/* ---- the screen ---- */

/* What was gathered, with every line cleared to its end, and no more lines than there are. */
static int paint(struct ctl *ctl)
{
    struct cp_str rest = buf_str(&ctl->out), line;
    struct buf screen;
    size_t n = 0;

    buf_init(&screen, CTL_OUT_BYTES);
    buf_add_z(&screen, HOME);
    while (rest.n && n + 2 < ctl->look.rows && str_split(&rest, '\n', &line)) {
        buf_add_str(&screen, line);
        buf_add_z(&screen, CLEAR_LINE "\r\n");
        n++;
    }
    buf_add_z(&screen, CLEAR_REST "\r\nq ends");
    buf_clear(&ctl->out);
    buf_add_str(&ctl->out, buf_str(&screen));
    buf_fini(&screen);
    return ctl_flush(ctl);
}

static void screen_off(struct top *top)
{
    if (!top->is_screen)
        return;
    buf_clear(&top->ctl->out);
    buf_add_z(&top->ctl->out, SCREEN_OFF);
    (void)ctl_flush(top->ctl);                           /* a terminal that is gone */
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &top->was); /* needs nothing */
    if (top->signals >= 0)
        close(top->signals);
    sigprocmask(SIG_SETMASK, &top->mask, NULL);
    top->is_screen = false;
}

/* False: stdin or stdout is no terminal. */
static bool screen_on(struct top *top)
{
    struct termios raw;
    sigset_t caught;

    if (!top->ctl->look.is_terminal || tcgetattr(STDIN_FILENO, &top->was))
        return false;
    sigemptyset(&caught);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGHUP);
    sigaddset(&caught, SIGQUIT);
    sigaddset(&caught, SIGWINCH);
    sigprocmask(SIG_BLOCK, &caught, &top->mask);
    top->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    raw = top->was;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw); /* then keys are seen after Enter */
    fputs(SCREEN_ON, stdout);
    fflush(stdout);
    top->is_screen = true;
    return true;
}

/* True: somebody wants to leave. */
static bool is_key_end(void)
{
    char c = 0;

    if (read(STDIN_FILENO, &c, 1) != 1)
        return true;
    return c == 'q' || c == 'Q' || c == KEY_CTRL_C || c == KEY_CTRL_D || c == KEY_ESCAPE;
}

static bool is_signal_end(struct top *top)
{
    struct signalfd_siginfo info;

    while (read(top->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGWINCH)
            return true;
    look_measure(&top->ctl->look);
    return false;
}

/* Until the next look is due; true: the end. */
static bool pause_is_end(struct top *top)
{
    int64_t end_ms = clock_ms() + REFRESH_MS;

    for (int64_t left = REFRESH_MS; left > 0; left = end_ms - clock_ms()) {
        struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 }, { top->signals, POLLIN, 0 } };
        int n = poll(fds, 2, (int)left);
        if (n < 0 && errno != EINTR)
            return true;
        if (n > 0 && fds[0].revents && is_key_end())
            return true;
        if (n > 0 && fds[1].revents) {
            if (is_signal_end(top))
                return true;
            return false;
        }
    }
    return false;
}

static int run_screen(struct top *top)
{
    /* The first look tells its errors where they can be read. */
    int code = look_once(top);

    if (code || !screen_on(top))
        return code;
    while (!code && !paint(top->ctl) && !pause_is_end(top))
        code = look_once(top);
    screen_off(top);
    if (code)
        ctl_complain("the gateway answers no more");
    return code;
}

int run_top(struct ctl *ctl)
{
    struct top top = { .ctl = ctl, .signals = -1 };
    bool is_once =
        args_has(&ctl->args, "once") || ctl->look.form != LOOK_TABLE || !ctl->look.is_terminal;
    int code = is_once ? look_once(&top) : run_screen(&top);

    tree_free(top.before);
    return code;
}
