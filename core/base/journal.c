/* SPDX-License-Identifier: MIT */
/*
 * journal - the one door to systemd's journal; shut where it was not built in.
 */
#include "base/journal.h"

#include "base/err.h"
#include "base/str.h"

#if defined(HAVE_SYSTEMD) && HAVE_SYSTEMD
#define JOURNAL_BUILT 1
/* ours are fields of a client's request, never a place in this file */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#else
#define JOURNAL_BUILT 0
#endif

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

bool journal_is_built(void)
{
    return JOURNAL_BUILT;
}

/* source: systemd.exec(5), $JOURNAL_STREAM: device and inode of what stdout or stderr was given */
bool journal_is_stderr(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char here[64];
    if (!stream || fstat(2, &st) < 0)
        return false;
    snprintf(here, sizeof(here), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    return str_is(str_of(here), stream);
}

#if JOURNAL_BUILT
/* source: systemd-journald.service(8), FILES */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

int journal_send(const struct cp_str *fields, size_t n)
{
    struct iovec parts[JOURNAL_FIELDS];
    if (n > JOURNAL_FIELDS)
        n = JOURNAL_FIELDS;
    for (size_t i = 0; i < n; i++) {
        /* iovec knows no const; sd_journal_sendv only reads */
        parts[i].iov_base = (void *)(uintptr_t)fields[i].p;
        parts[i].iov_len = fields[i].n;
    }
    /* where there is no journal at all, the library says that all is well */
    if (access(JOURNAL_SOCKET, F_OK) < 0)
        return E_IO;
    return sd_journal_sendv(parts, (int)n) < 0 ? E_IO : 0;
}
#else
int journal_send(const struct cp_str *fields, size_t n)
{
    return E_UNSUPPORTED;
}
#endif
