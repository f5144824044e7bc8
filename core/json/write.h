/* SPDX-License-Identifier: MIT */
/*
 * write - append JSON tokens to a buf; nesting is checked, commas are ours.
 *
 * A misuse (a value where a key is due, a bracket too many) marks the writer failed: the caller
 * checks json_writer_done() once.  Strings are escaped as RFC 8259 asks and no more: non-ASCII
 * stays UTF-8, invalid bytes become U+FFFD, '/' stays.
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf;

enum { JSON_WRITER_DEPTH = 256 };

struct json_writer {
    struct buf *out;
    uint32_t depth;
    bool failed, after_key, in_quote, any; /* any: a complete top-level value was written */
    uint8_t kind[JSON_WRITER_DEPTH / 4];   /* two bits a level: is object, has members */
};

void json_writer_init(struct json_writer *, struct buf *out);
int json_open(struct json_writer *, char bracket);
int json_close(struct json_writer *);
int json_key(struct json_writer *, struct cp_str name);
int json_key_raw(struct json_writer *, struct cp_str spelled); /* as json_each() gave it */
int json_string(struct json_writer *, struct cp_str text);     /* absent: null */
int json_number(struct json_writer *, int64_t);
int json_raw(struct json_writer *, struct cp_str json); /* verbatim; absent: null */
int json_bool(struct json_writer *, bool);
/* A key and its value at once. */
int json_put_text(struct json_writer *, const char *name,
                  struct cp_str text); /* absent: null */
int json_put_number(struct json_writer *, const char *name, int64_t);
int json_put_bool(struct json_writer *, const char *name, bool);
int json_quote_open(struct json_writer *);
int json_piece(struct json_writer *, struct cp_str text);
int json_quote_close(struct json_writer *);
int json_writer_done(
    const struct json_writer
        *); /* 0; E_LIMIT: the buf is full; E_BUG: misuse, or something is still open */

/* Copies text to out, with the string s, quoted and escaped, where the slice old stands in it.
 * 0, E_LIMIT, or E_BUG: old is no part of text. */
int json_splice(struct buf *out, struct cp_str text, struct cp_str old, struct cp_str s);

#endif
