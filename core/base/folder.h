/* SPDX-License-Identifier: MIT */
/*
 * folder - a folder opened to be read.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <dirent.h>

/*
 * opendir() in two steps.  Its own open() goes unseen by ThreadSanitizer while closedir() is seen, so that the number of a
 * descriptor which another thread has closed looks like a race (source: LLVM, tsan_interceptors_posix.cpp, 2026-11-23).
 *
 * returns  to be closed with closedir(); NULL and errno
 */
DIR *folder_open(const char *path);

#endif
