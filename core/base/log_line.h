/* SPDX-License-Identifier: MIT */
/*
 * log_line - spells one log record: a line of text, a line of JSON, or fields for the journal.
 *
 * Every value comes out with known secrets as *** and without control bytes; what is not UTF-8 is
 * escaped or replaced.  A record that is too long loses the end of its values, then whole fields,
 * never its form.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdint.h>

#include "base/log.h"

enum { LOG_LINE_BYTES = 8192 };

struct log_event {
    int level; /* CP_LOG_* */
    int64_t wall_us;
    const char *event; /* NULL: a plain message */
    struct cp_str msg; /* may be absent */
    const struct log_field *fields;
    size_t fields_n;
};

/* Writes at most LOG_LINE_BYTES and returns how many.  Text and JSON end with a newline.
 * LOG_JOURNAL: fields "NAME=value", each ended by a newline (no value holds one). */
size_t log_line_write(enum log_form form, const struct log_event *, char out[LOG_LINE_BYTES]);

#endif
