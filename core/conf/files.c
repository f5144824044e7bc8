/* SPDX-License-Identifier: MIT */
/*
 * files - which files are read, and reading them without being tricked.
 *
 * A pipe, a device or a folder in a file's place must not hang or fool a reload, so everything is
 * opened without blocking and must be a regular file of a sane size.
 */
#include "conf/files.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/env.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static bool files_is_there(struct cp_str path)
{
    return path.n && access(path.p, F_OK) == 0;
}

struct cp_str files_find(struct arena *arena, const struct env *env)
{
    struct cp_str path = env_get(env, "CLAUDE_PROXY_CONFIG");
    if (path.n)
        return arena_copy(arena, path);
    path = STR("claude-proxy.conf");
    if (files_is_there(path))
        return path;
    struct cp_str home = env_get(env, "HOME");
    if (home.n) {
        path =
            arena_printf(arena, "%.*s/.config/claude-proxy/claude-proxy.conf", STR_FMT(home));
        if (files_is_there(path))
            return path;
    }
    path = STR(SYSCONFDIR "/claude-proxy/claude-proxy.conf");
    return files_is_there(path) ? path : STR_NONE;
}

static int files_open(const char *path, size_t most, size_t *size, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? E_ABSENT : E_IO, path, "cannot be opened: %s",
                       strerror(errno));
    struct stat st;
    int rc = 0;
    if (fstat(fd, &st))
        rc = err_set(err, E_IO, path, "cannot be examined: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, E_UNSUPPORTED, path, "is no regular file");
    else if (st.st_size > (off_t)most)
        rc = err_set(err, E_LIMIT, path, "is larger than %zu bytes", most);
    if (rc) {
        close(fd);
        return rc;
    }
    *size = (size_t)st.st_size;
    return fd;
}

int files_read(struct arena *arena, struct cp_str path, size_t most, struct cp_str *text,
               struct err *err)
{
    char *z = arena_z(arena, path);
    size_t size = 0, n = 0;
    int fd = files_open(z, most, &size, err);
    if (fd < 0)
        return fd;
    char *p = arena_need(arena, size + 1);
    int rc = 0;
    while (n < size) {
        ssize_t got = read(fd, p + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = err_set(err, E_IO, z, "cannot be read: %s", strerror(errno));
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    if (!rc)
        *text = str_n(p, n);
    return rc;
}

static int files_select(const struct dirent *e)
{
    return e->d_name[0] != '.' && str_ends(str_of(e->d_name), ".conf");
}

/* Not alphasort(): the locale must not change which file wins. */
static int files_compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int files_list(struct arena *arena, struct cp_str main, struct cp_str **files, size_t *n,
               struct err *err)
{
    struct cp_str dir = files_beside(arena, main, STR("conf.d"));
    struct dirent **entries = NULL;
    *n = 0;
    *files = NULL;
    int got = scandir(dir.p, &entries, files_select, files_compare);
    if (got < 0)
        return errno == ENOENT
                   ? 0
                   : err_set(err, E_IO, dir.p, "cannot be listed: %s", strerror(errno));
    *files = arena_need(arena, ((size_t)got + 1) * sizeof(**files));
    for (int i = 0; i < got; i++) {
        (*files)[(*n)++] = arena_printf(arena, "%.*s/%s", STR_FMT(dir), entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static bool files_is_our_group(gid_t gid)
{
    gid_t groups[256];
    int n = getgroups(256, groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == gid)
            return true;
    return gid == getegid();
}

/* To a service: its own group, or, for root who checks what a service will read, one that is not root's. */
static bool files_is_handed(const struct stat *st)
{
    return st->st_uid == 0 && (geteuid() ? files_is_our_group(st->st_gid) : st->st_gid != 0);
}

bool files_is_open(struct cp_str path)
{
    struct stat st;
    if (stat(path.p, &st) || !S_ISREG(st.st_mode))
        return false;
    return (st.st_mode & S_IROTH) || ((st.st_mode & S_IRGRP) && !files_is_handed(&st));
}

const char *files_way_out(struct cp_str path)
{
    struct stat st;
    return !stat(path.p, &st) && files_is_handed(&st) ? "chmod 640" : "chmod 600";
}

struct cp_str files_beside(struct arena *arena, struct cp_str where, struct cp_str path)
{
    const char *slash = where.n ? memrchr(where.p, '/', where.n) : NULL;
    if (str_begins(path, "/") || !slash || str_begins(where, "environment:"))
        return arena_copy(arena, path);
    return arena_printf(arena, "%.*s/%.*s", (int)(slash - where.p), where.p, STR_FMT(path));
}
