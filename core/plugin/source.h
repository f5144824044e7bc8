/* SPDX-License-Identifier: MIT */
/*
 * source - one line of an adapter's session list, read: where a conversation's name may stand.
 */
#ifndef PLUGIN_SOURCE_H
#define PLUGIN_SOURCE_H

#include <claude-proxy/plugin.h>

enum source_kind { SOURCE_HEADER = 1, SOURCE_BODY = 2, SOURCE_FIRST = 3, SOURCE_SEALED = 4 };

enum { SOURCE_BYTES = 128, SOURCE_MEMBERS = 8 };

/* Slices of what was read. */
struct source {
    enum source_kind kind;
    /* HEADER: its name, to the end of the string.  BODY: members' names parted by dots.  FIRST: top-level
     * members' names parted by commas, at most SOURCE_MEMBERS.  SEALED: a member's name, anywhere; no conversation's
     * name. */
    struct cp_str what;
    struct cp_str inner; /* BODY: the member of the JSON that the string holds; or absent */
};

/* "header:x-session-id", "body:metadata.user_id#session_id", "first:system,messages",
 * "sealed:encrypted_content".  0 or E_SYNTAX. */
int source_read(const char *spelled, struct source *);

#endif
