/* SPDX-License-Identifier: MIT */
/*
 * err - what went wrong: a code, where, and a sentence; never allocates.
 *
 * Functions that can fail return 0 or one of these negative codes.  The message is made where
 * the fact is known, and once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <claude-proxy/plugin.h>

enum {
    E_SYNTAX = CP_E_SYNTAX,
    E_UNSUPPORTED = CP_E_UNSUPPORTED,
    E_LIMIT = CP_E_LIMIT,
    E_NOMEM = CP_E_NOMEM,
    E_CONFIG = CP_E_CONFIG,
    E_BUG = CP_E_BUG,
    E_IO = -20,    /* errno says more */
    E_AGAIN = -21, /* not now */
    E_GONE = -22,  /* the other side left */
    E_DENIED = -23,
    E_ABSENT = -24
};

struct err {
    int code;
    char where[96]; /* "claude-proxy.conf:12", "messages[3].content" */
    char what[416];
};

/* Fills *err (may be NULL), cuts what is too long at a UTF-8 boundary, returns code. */
int err_set(struct err *, int code, const char *where, const char *fmt, ...) CP_PRINTF(4, 5);
const char *err_name(int code); /* "E_SYNTAX" */

#endif
