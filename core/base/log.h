/* SPDX-License-Identifier: MIT */
/*
 * log - one record an event: a message and key=value fields, to text, JSON lines or journald.
 *
 * Records go through a bounded ring to one writer thread: a slow disk or journal never holds
 * up a worker; what does not fit is counted and reported as "N records dropped".  Every value is
 * escaped (no control byte survives raw, and outside the journal no quote or backslash), lines end
 * at 8 KiB.  Before log_open() and after log_close() records go straight to stderr as text.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

enum log_form {
    LOG_TEXT = 1,
    LOG_JSON = 2,
    LOG_JOURNAL = 3,
    LOG_AUTO = 4,
    LOG_ACCESS = 5 /* text, but requests as web servers write them */
};

struct log_field {
    const char *name;                       /* lower case; journald gets CP_NAME */
    enum { LOG_STR, LOG_INT, LOG_US } type; /* LOG_US: microseconds, written as seconds */
    struct cp_str s;                        /* absent: the field is left out */
    int64_t i;                              /* LOG_INT, LOG_US: < 0 leaves the field out */
};

/*
 * Starts the writer thread.
 *
 * form     LOG_AUTO: the journal if there is no path and stderr goes there; LOG_ACCESS in a file, else text
 * path     NULL or "": stderr; files are made 0600 and appended to
 * returns  0, E_IO (errno says more), E_UNSUPPORTED (no journal built in), E_BUG (is open)
 */
int log_open(enum log_form form, const char *path, int level);
/* Writes out what is queued; gives up on a sink that takes nothing for three seconds. */
void log_close(void);
void log_reopen(void); /* after rotation; async-signal-safe: sets a flag for the writer */
/* As it is configured: CP_LOG_*.  What was set for a while stays until its time is over. */
void log_level(int level);
/* For so long, then as configured; 0 or less: that is over now.  The writer ends it, and says so in the log. */
void log_level_for(int level, int64_t for_ms);
int log_level_now(void);
int log_level_configured(void);
int64_t log_level_left_ms(void);       /* of what was set for a while; 0: nothing was */
const char *log_level_name(int level); /* "error", "warn", "info", "debug" */

/* Who else wants every record, as a line of JSON without its newline, secrets hidden. */
struct log_tap {
    void *ctx;
    bool (*is_wanted)(void *ctx, int level); /* asked for each record: cheap */
    void (*tell)(void *ctx, int level,
                 struct cp_str json); /* on the thread that logs; never waits, never logs */
};
/* One at most; NULL: nobody any more, and nobody is being told when it returns. */
void log_tap(const struct log_tap *);
/* Values longer than 4 bytes given here are replaced by *** in every record (canary of last
 * resort; keys should not get here at all).  Any thread; the table only grows. */
void log_hide(struct cp_str secret);

void log_msg(int level, const char *fmt, ...) CP_PRINTF(2, 3);
/* event: a fixed word ("request", "reload"), stable over releases. */
void log_record(int level, const char *event, const struct log_field *, size_t n,
                const char *fmt, ...) CP_PRINTF(5, 6);
uint64_t log_dropped(void);

#endif
