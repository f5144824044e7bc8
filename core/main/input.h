/* SPDX-License-Identifier: MIT */
/*
 * input - the file that a command is given, as a whole; "-" is standard input.
 */
#ifndef MAIN_INPUT_H
#define MAIN_INPUT_H

#include <stdbool.h>

struct buf;

/*
 * Appends the file to out.  False: it cannot be read, or is larger than out may be; standard error has been told.
 *
 * command  "explain": who speaks there
 */
bool input_read(const char *command, const char *name, struct buf *out);

#endif
