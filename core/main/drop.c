/* SPDX-License-Identifier: MIT */
/*
 * drop - become another user for good.
 *
 * After the sockets are open and the files are read; before any thread is there, because libc only then can be
 * sure that all of the process changes.
 */
#include "main/drop.h"

#include "base/str.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int drop_user(struct cp_str user, struct err *err)
{
    char name[64];

    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0,
                0); /* an old kernel without it is no reason to stop */
    if (!user.n)
        return 0;
    snprintf(name, sizeof(name), "%.*s", STR_FMT(user));
    const struct passwd *p = getpwnam(name);
    if (!p)
        return err_set(err, E_CONFIG, "user", "there is no user \"%s\"", name);
    if (geteuid() == p->pw_uid)
        return 0;
    if (initgroups(name, p->pw_gid) || setgid(p->pw_gid) || setuid(p->pw_uid))
        return err_set(err, E_DENIED, "user", "cannot become %s: %s", name, strerror(errno));
    return 0;
}
