/* SPDX-License-Identifier: MIT */
/*
 * control - the local door: a unix socket for claude-proxyctl, on which the kernel says who asks.
 *
 * What a killed gateway left behind is removed, but only after nobody answered there: two gateways must not take each other's
 * door.  The file's mode keeps strangers out; who comes through is known by SO_PEERCRED all the same.
 */
#include "main/control.h"

#include "base/log.h"
#include "base/save.h"
#include "base/str.h"
#include "conf/conf.h"
#include "main/inherit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

/* Where claude-proxyctl looks, too. */
static int control_usual(const struct conf *c, char *out, size_t n)
{
    const char *run = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    int used;

    if (run && run[0] == '/') {
        used = snprintf(out, n, "%.*s/ctl.sock", (int)strcspn(run, ":"), run);
    } else if (user && user[0] == '/') {
        used = snprintf(out, n, "%s/claude-proxy/ctl.sock", user);
    } else {
        used = snprintf(out, n, "%.*s/ctl.sock", STR_FMT(c->state_dir));
    }
    return used > 0 && (size_t)used < n ? 0 : E_LIMIT;
}

static int control_path(const struct conf *c, char *out, size_t n, struct err *err)
{
    if (!c->control_socket.n) {
        if (!control_usual(c, out, n)) {
            save_make_folders(out);
            return 0;
        }
    } else if (c->control_socket.n < n) {
        snprintf(out, n, "%.*s", STR_FMT(c->control_socket));
        return 0;
    }
    return err_set(err, E_CONFIG, "control.socket", "the path is longer than %zu bytes", n - 1);
}

static int control_group(const struct conf *c, int64_t *gid, struct err *err)
{
    const struct group *g;

    *gid = -1;
    if (!c->control_group.n)
        return 0;
    g = getgrnam(c->control_group.p);
    if (!g)
        return err_set(err, E_CONFIG, "control.group", "there is no group \"%.*s\"",
                       STR_FMT(c->control_group));
    *gid = g->gr_gid;
    return 0;
}

/* What stands there goes if it is a socket that nobody answers on. */
static int control_sweep(int fd, const struct sockaddr_un *at, struct err *err)
{
    struct stat st;

    if (lstat(at->sun_path, &st))
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, E_IO, "control.socket", "%s is there and is no socket",
                       at->sun_path);
    if (!connect(fd, (const struct sockaddr *)at, sizeof(*at)) || errno == EAGAIN)
        return err_set(err, E_IO, "control.socket", "another gateway answers at %s",
                       at->sun_path);
    if (unlink(at->sun_path))
        return err_set(err, E_IO, "control.socket", "%s: %s", at->sun_path, strerror(errno));
    return 0;
}

static int control_socket(struct err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    return fd >= 0 ? fd : err_set(err, E_IO, "control.socket", "%s", strerror(errno));
}

/* The file belongs to whom the gateway becomes. */
static void control_hand_over(const struct control *ctl, const struct conf *c)
{
    const struct passwd *p = c->user.n ? getpwnam(c->user.p) : NULL;
    uid_t uid = p && geteuid() == 0 ? p->pw_uid : (uid_t)-1;
    gid_t gid = ctl->gid >= 0 ? (gid_t)ctl->gid : (gid_t)-1;
    struct stat st;

    /* In a setgid folder it has the group already: then a gateway that may change no owner need not. */
    bool is_right =
        uid == (uid_t)-1 && !lstat(ctl->path, &st) && (gid == (gid_t)-1 || st.st_gid == gid);
    if (!is_right && lchown(ctl->path, uid, gid))
        log_msg(CP_LOG_WARN, "control.socket: its owner or group cannot be set: %s",
                strerror(errno));
    else if (ctl->gid >= 0 && chmod(ctl->path, 0660))
        log_msg(CP_LOG_WARN, "control.socket: %s", strerror(errno));
}

static int control_bind(struct control *ctl, struct err *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct stat st;

    memcpy(at.sun_path, ctl->path, sizeof(at.sun_path));
    int probe = control_socket(err);
    if (probe < 0)
        return probe;
    int rc = control_sweep(probe, &at, err);
    close(probe);
    if (rc || (ctl->fd = control_socket(err)) < 0)
        return E_IO;
    mode_t before = umask(0177); /* never open to others, not for a moment */
    rc = bind(ctl->fd, (const struct sockaddr *)&at, sizeof(at));
    (void)umask(before);
    if (rc || listen(ctl->fd, BACKLOG) || lstat(ctl->path, &st))
        return err_set(err, E_IO, "control.socket", "%s: %s", ctl->path, strerror(errno));
    ctl->device = st.st_dev;
    ctl->inode = st.st_ino;
    return 0;
}

/* True: it has a socket now. */
static bool control_take_over(struct control *ctl, struct inherit *in)
{
    struct sockaddr_un at = { 0 };
    socklen_t size = sizeof(at);
    struct stat st;
    int fd = inherit_control(in, &ctl->is_lent);

    ctl->is_lent &= fd >= 0;
    if (fd < 0)
        return false;
    if (getsockname(fd, (struct sockaddr *)&at, &size) || lstat(at.sun_path, &st) ||
        (!ctl->is_lent && strcmp(ctl->path, at.sun_path) != 0)) {
        close(fd); /* its file is gone, or it shall stand elsewhere now */
        ctl->is_lent = false;
        return false;
    }
    memcpy(ctl->path, at.sun_path, sizeof(ctl->path));
    ctl->path[sizeof(ctl->path) - 1] = 0;
    ctl->fd = fd;
    ctl->device = st.st_dev;
    ctl->inode = st.st_ino;
    ctl->is_inherited = true;
    ctl->is_handed = in->is_handed;
    return true;
}

static int control_try(struct control *ctl, const struct conf *c, struct inherit *in,
                       struct err *err)
{
    int rc = control_path(c, ctl->path, sizeof(ctl->path), err);

    if (!rc)
        rc = control_group(c, &ctl->gid, err);
    if (rc || control_take_over(ctl, in))
        return rc;
    rc = control_bind(ctl, err);
    if (!rc)
        control_hand_over(ctl, c);
    return rc;
}

int control_open(struct control *ctl, const struct conf *c, struct inherit *in, struct err *err)
{
    *ctl = (struct control){ .fd = -1, .gid = -1 };
    if (str_is(c->control_socket, "none"))
        return 0;
    int rc = control_try(ctl, c, in, err);
    if (!rc)
        return 0;
    if (ctl->fd >= 0)
        close(ctl->fd);
    ctl->fd = -1;
    if (c->control_socket.n || c->control_group.n)
        return rc;
    log_msg(CP_LOG_WARN, "no control socket: %s", err->what);
    *err = (struct err){ 0 };
    return 0;
}

void control_close(struct control *ctl)
{
    struct stat st;

    if (ctl->fd < 0)
        return;
    if (!ctl->is_lent && !ctl->is_handed && !lstat(ctl->path, &st) &&
        st.st_dev == ctl->device && st.st_ino == ctl->inode)
        (void)unlink(ctl->path); /* who comes next sweeps it */
    close(ctl->fd);
    ctl->fd = -1;
}
