/* SPDX-License-Identifier: MIT */
/*
 * fields - header fields: a response's, kept flat and within limits; a request's, checked.
 *
 * Names and values lie one after the other in one block; where they are stands in a second.
 * Both grow by doubling and are cut to size when the head is complete, since a stream keeps
 * them for as long as it lives.
 */
#ifndef LOOP_FIELDS_H
#define LOOP_FIELDS_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

enum { FIELDS_BYTES = 100 * 1024, FIELDS_COUNT = 1000 };

struct field {
    uint32_t at, name_n, value_n; /* the value follows its name */
};

struct fields {
    char *text;
    struct field *list;
    uint32_t text_n, text_cap, n, cap;
};

void fields_init(struct fields *);
void fields_fini(struct fields *);
void fields_clear(struct fields *);
/* One line, with or without its line end.  0; E_LIMIT: too many or too long; E_SYNTAX: no field.
 * Control bytes within a value are kept: whoever passes values on has to check them. */
int fields_line(struct fields *, struct cp_str line);
void fields_trim(struct fields *);                                 /* no more lines will come */
struct cp_str fields_get(const struct fields *, const char *name); /* first; p NULL: absent */
void fields_at(const struct fields *, size_t i, struct cp_str *name, struct cp_str *value);

/* NULL: may be sent upstream; else why not.  What frames the message (Host, Content-Length,
 * Transfer-Encoding, Connection and their kin) is the transport's to say, and only once. */
const char *fields_refusal(struct cp_str name, struct cp_str value);

#endif
