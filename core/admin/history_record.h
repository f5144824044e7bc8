/* SPDX-License-Identifier: MIT */
/*
 * history_record - a record of history as JSON, as the API, the events and an import spell it; and back.
 */
#ifndef ADMIN_HISTORY_RECORD_H
#define ADMIN_HISTORY_RECORD_H

#include <stdbool.h>

#include <claude-proxy/store.h>

#include "base/err.h"

struct arena;
struct buf;
struct conf;
struct json_writer;
struct tree;

/* "served", "failed", "cancelled" */
const char *history_outcome(const struct cp_record *);
/*
 * One object.
 *
 * conf      what the currency and the client key's label are; NULL: they are left out
 * is_whole  with its attempts and why it went there
 */
void history_record_write(struct json_writer *, const struct cp_record *,
                          const struct conf *conf, bool is_whole);
/* One line, not whole.  0 or E_LIMIT. */
int history_record_line(const struct cp_record *, const struct conf *, struct buf *out);
/* Of an import: texts live in the arena.  0, or E_SYNTAX with the member in err.where. */
int history_record_read(const struct tree *, struct arena *, struct cp_record *, struct err *);

#endif
