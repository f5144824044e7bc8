/* SPDX-License-Identifier: MIT */
/*
 * log_kind - the kinds of events that the log knows, each with a number that stays the same for ever.
 *
 * The journal indexes the number (MESSAGE_ID): who watches for one kind need not read words, which may change.  The section
 * DIAGNOSTICS of claude-proxy(8) explains each kind; a test compares the two.
 */
#ifndef BASE_LOG_KIND_H
#define BASE_LOG_KIND_H

#include <stddef.h>

/* source: systemd.journal-fields(7), MESSAGE_ID: 128 bits, random, as 32 hexadecimal digits */
struct log_kind {
    const char *event, *id;
};

/* NULL: the event has no number. */
const struct log_kind *log_kind_find(const char *event);
/* All, in their order; NULL: no more. */
const struct log_kind *log_kind_at(size_t i);

#endif
