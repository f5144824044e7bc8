/* SPDX-License-Identifier: MIT */
/*
 * journal - the one door to systemd's journal; shut where it was not built in.
 */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

enum { JOURNAL_FIELDS = 48 };

bool journal_is_built(void);
bool journal_is_stderr(void); /* file descriptor 2 goes to the journal */
/* Sends one entry, each field "NAME=value", at most JOURNAL_FIELDS; 0, E_IO or E_UNSUPPORTED. */
int journal_send(const struct cp_str *fields, size_t n);

#endif
