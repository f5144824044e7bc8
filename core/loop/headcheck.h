/* SPDX-License-Identifier: MIT */
/*
 * headcheck - the first-call guard: what must not pass although the HTTP library lets it.
 *
 * Pure: looks at a method, a target and headers as they came.  It stops request smuggling (two lengths, length and
 * transfer coding, odd codings), two hosts, names that are no tokens, control bytes, odd methods and targets, encoded
 * dots, NUL and line ends, and two different credentials.
 */
#ifndef LOOP_HEADCHECK_H
#define LOOP_HEADCHECK_H

#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct headcheck_pair {
    struct cp_str name, value;
};
struct headcheck_result {
    int status;       /* 0: fine */
    uint32_t trouble; /* enum cp_trouble */
    const char *why;  /* static text */
    int64_t length;   /* Content-Length, or -1 */
    int is_chunked;
};

void headcheck_run(struct cp_str method, struct cp_str target, struct cp_str version,
                   const struct headcheck_pair *, size_t n, struct headcheck_result *);

#endif
