/* SPDX-License-Identifier: MIT */
/*
 * slurp - a file of the command line, whole; "-" is standard input.
 *
 * Opened without waiting, so that a pipe with nobody behind it does not hold us up for ever; and it must be a plain file,
 * because a folder or a device has no end worth sending.
 */
#include "ctl/slurp.h"

#include "base/buf.h"
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *why)
{
    ctl_complain("%s: %s", path, why);
    return CTL_NO_INPUT;
}

static int read_all(int fd, const char *path, struct buf *out)
{
    ssize_t n;

    for (;;) {
        char *room = buf_room(out, 65536);
        if (!room)
            return fail(path, "too large");
        n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(path, strerror(errno));
        if (!n)
            return 0;
        buf_grew(out, (size_t)n);
    }
}

int slurp_maybe(const char *path, struct buf *out, bool *is_there)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int rc;

    *is_there = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(path, strerror(errno));
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        rc = fail(path, "is no plain file");
    else
        rc = read_all(fd, path, out);
    close(fd);
    return rc;
}

int slurp_file(const char *path, struct buf *out)
{
    bool is_there = false;

    if (!strcmp(path, "-"))
        return read_all(STDIN_FILENO, "standard input", out);
    int rc = slurp_maybe(path, out, &is_there);
    return rc || is_there ? rc : fail(path, strerror(ENOENT));
}
