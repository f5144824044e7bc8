/* SPDX-License-Identifier: MIT */
/*
 * url - may this be asked, and of whom?
 *
 * Pure, and much narrower than RFC 3986: http or https, a host of letters, digits, dots, dashes
 * and underscores or a bracketed IPv6 address, a port 1-65535, a path and a query of printable
 * ASCII.  No user, no fragment, no blanks.  So narrow that no two parsers can read it differently:
 * the name whose certificate is checked is the name that is connected.
 */
#ifndef LOOP_URL_H
#define LOOP_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct url {
    bool is_https;
    struct cp_str host;   /* without brackets, port and a last dot */
    struct cp_str origin; /* "https://host:port" as written, up to the path */
    struct cp_str rest;   /* path and query; may be empty */
    uint16_t port;        /* 443 or 80 where none is written */
};

/* Slices of text.  0 or E_SYNTAX; the message never holds the path or query. */
int url_read(struct url *, struct cp_str text, struct err *);

#endif
