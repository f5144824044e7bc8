/* SPDX-License-Identifier: MIT */
/*
 * folder - a folder opened to be read.
 */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

DIR *folder_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !d) {
        int why = errno;
        close(fd);
        errno = why;
    }
    return d;
}
