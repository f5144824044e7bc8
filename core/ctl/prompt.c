/* SPDX-License-Identifier: MIT */
/*
 * prompt - keys and passwords come from standard input, or are asked for without showing what is typed.
 *
 * What a signal could leave behind is a terminal that shows nothing: so INT, TERM, QUIT, HUP and TSTP are held back while
 * the echo is off, and come through when it is on again.  Ctrl-C is read as a byte instead and gives up.
 */
#include "ctl/prompt.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, ESCAPE = 27, DELETE = 127 };

static void say(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    (void)n; /* a terminal that cannot be written is seen by the read that follows */
}

/* One line, byte by byte, with the two keys that people use in it.  0, or -1: they gave up. */
static int read_line(int fd, struct buf *out)
{
    size_t from = out->n;
    char c;

    while (read(fd, &c, 1) == 1) {
        if (c == '\n' || c == '\r')
            return 0;
        if (c == CTRL_C || (c == CTRL_D && out->n == from))
            return -1;
        if (c == CTRL_U)
            out->n = from;
        else if (c == BACKSPACE || c == DELETE)
            out->n -= out->n > from;
        else if ((unsigned char)c >= ' ')
            buf_add_c(out, c);
    }
    return out->n > from ? 0 : -1;
}

static int ask_terminal(int fd, const char *question, struct buf *out)
{
    struct termios was, quiet;
    sigset_t held, before;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGQUIT);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGTSTP);
    if (tcgetattr(fd, &was))
        return -1;
    sigprocmask(SIG_BLOCK, &held, &before);
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    int rc = tcsetattr(fd, TCSAFLUSH, &quiet);
    if (!rc) {
        say(fd, question);
        rc = read_line(fd, out);
    }
    (void)tcsetattr(fd, TCSAFLUSH, &was); /* nothing better can be done */
    say(fd, "\n");
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static int read_all(struct buf *out)
{
    char some[4096];
    ssize_t n;

    while ((n = read(STDIN_FILENO, some, sizeof(some))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            buf_add(out, some, (size_t)n);
    explicit_bzero(some, sizeof(some));
    if (!buf_failed(out))
        return 0;
    ctl_complain("that is too long for keys");
    return CTL_USAGE;
}

bool prompt_is_terminal(void)
{
    return isatty(STDIN_FILENO) == 1;
}

int prompt_read(const char *question, struct buf *out)
{
    if (!prompt_is_terminal())
        return read_all(out);
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int rc = ask_terminal(fd >= 0 ? fd : STDIN_FILENO, question, out);
    if (fd >= 0)
        close(fd);
    if (!rc)
        return 0;
    ctl_complain("nothing was entered; nothing is changed");
    return CTL_USAGE;
}

bool prompt_is_sure(const char *question)
{
    char c = 0, first = 0;

    if (!prompt_is_terminal())
        return false;
    say(STDERR_FILENO, question);
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        first = first ? first : c;
    return first == 'y' || first == 'Y';
}
