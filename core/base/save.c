/* SPDX-License-Identifier: MIT */
/*
 * save - a file replaced as a whole: what is there is the old one or the new one, whatever happens.
 *
 * The new file is made under a name that nobody else has and changes places with the old one when it is on the disk
 * (renameat2, Linux 3.15).  So the old one still exists when the folder is synced, and if that fails it goes back: who is told that
 * saving failed finds what he had.  File systems that cannot exchange get a plain rename.
 */
#include "base/save.h"

#include "base/clock.h"
#include "base/folder.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static const char temp_end[] = ".XXXXXX";

static int save_failed(struct err *err, const char *path, const char *what)
{
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return err_set(err, is_full ? E_LIMIT : E_IO, path, "%s: %s", what, strerror(errno));
}

bool save_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) ? true : S_ISREG(st.st_mode);
}

static int save_no_file(struct err *err, const char *path)
{
    return err_set(err, E_IO, path, "is no regular file, and stays as it is");
}

int save_set_aside(const char *path, const char *to, struct err *err)
{
    if (!save_is_file(path))
        return save_no_file(err, path);
    return rename(path, to) ? save_failed(err, path, "cannot be moved aside") : 0;
}

static int save_write(int fd, struct cp_str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text = str_from(text, (size_t)n);
    }
    return fsync(fd);
}

static void save_folder_of(const char *path, char folder[PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;

    snprintf(folder, PATH_BYTES, "%.*s", n ? (int)n : 1, n ? path : ".");
}

/* So that the new name is on the disk, too.  Not every file system knows how. */
static int save_sync_folder(const char *path, struct err *err)
{
    char folder[PATH_BYTES];

    save_folder_of(path, folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return save_failed(err, folder, "cannot be opened");
    int rc = fsync(fd) && errno != EINVAL ? save_failed(err, folder, "cannot be synced") : 0;
    close(fd);
    return rc;
}

static bool save_exchange(const char *a, const char *b)
{
    return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
}

/* temp goes to path and is gone; on failure path is as it was. */
static int save_replace(const char *temp, const char *path, struct err *err)
{
    bool is_exchanged = save_exchange(temp, path), is_new = !is_exchanged && errno == ENOENT;

    if (!is_exchanged && rename(temp, path))
        return save_failed(err, path, "cannot be replaced");
    int rc = save_sync_folder(path, err);
    if (rc && is_exchanged)
        (void)save_exchange(temp, path); /* the folder takes no more: we cannot do better */
    else if (rc && is_new)
        unlink(path);
    if (is_exchanged)
        unlink(temp);
    return rc;
}

int save_file(const char *path, struct cp_str text, struct err *err)
{
    char temp[PATH_BYTES];

    if ((size_t)snprintf(temp, sizeof(temp), "%s%s", path, temp_end) >= sizeof(temp))
        return err_set(err, E_LIMIT, path, "is too long a name");
    if (!save_is_file(path))
        return save_no_file(err, path);
    int fd = mkostemp(temp, O_CLOEXEC); /* new, 0600 */
    if (fd < 0)
        return save_failed(err, path, "cannot be written");
    int rc = save_write(fd, text) ? save_failed(err, path, "cannot be written") : 0;
    if (close(fd) && !rc)
        rc = save_failed(err, path, "cannot be written");
    if (!rc)
        rc = save_replace(temp, path, err);
    if (rc)
        unlink(temp);
    return rc;
}

/* file: the name that it would have got. */
static bool save_is_left(int folder, const char *name, struct cp_str file, int64_t age_s)
{
    struct cp_str found = str_of(name);
    struct stat st;

    return found.n == file.n + sizeof(temp_end) - 1 && str_eq(str_cut(found, file.n), file) &&
           name[file.n] == '.' && !fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) &&
           S_ISREG(st.st_mode) && clock_wall_ms() / 1000 - st.st_mtime >= age_s;
}

void save_sweep(const char *path, int64_t age_s)
{
    char place[PATH_BYTES];
    const struct dirent *entry;
    const char *slash = strrchr(path, '/');

    save_folder_of(path, place);
    DIR *folder = folder_open(place);
    while (folder && (entry = readdir(folder)))
        if (save_is_left(dirfd(folder), entry->d_name, str_of(slash ? slash + 1 : path), age_s))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}

void save_make_folders(const char *path)
{
    char part[PATH_BYTES];

    if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
        return;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0700); /* if it fails, writing will say so better */
        *slash = '/';
    }
}
