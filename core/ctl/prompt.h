/* SPDX-License-Identifier: MIT */
/*
 * prompt - keys and passwords come from standard input, or are asked for without showing what is typed.
 */
#ifndef CTL_PROMPT_H
#define CTL_PROMPT_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct buf;

enum { PROMPT_BYTES = 64 << 10 };

/*
 * Appends what was typed, or all of standard input if that is no terminal.
 *
 * question  from a terminal one line is taken as its answer; else nothing is asked
 * returns   0 or an exit code: it has been told
 */
int prompt_read(const char *question, struct buf *out);
/* Somebody sits there. */
bool prompt_is_terminal(void);
/* A question to be answered with y; without a terminal the answer is no. */
bool prompt_is_sure(const char *question);

#endif
