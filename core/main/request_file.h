/* SPDX-License-Identifier: MIT */
/*
 * request_file - a request as people have it in a file: a bare body, or a whole HTTP request.
 */
#ifndef MAIN_REQUEST_FILE_H
#define MAIN_REQUEST_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;

enum { REQUEST_FILE_HEADERS = 128 };

struct request_header_pair {
    struct cp_str name, value;
};

struct request_file {
    struct cp_str method, target; /* absent in a bare body, until they are guessed or given */
    struct request_header_pair headers[REQUEST_FILE_HEADERS];
    size_t headers_n;
    struct cp_str body;
};

/*
 * A text whose first line is "METHOD TARGET" or "METHOD TARGET HTTP/x" is a whole request: headers, an empty line, the body.
 * The "> " before the lines that curl -v prints is taken off; its lines with "* " and "< " are passed over.  Everything else
 * is a bare body.
 *
 * strings  slices of the text, or in the arena
 * returns  0, or E_SYNTAX: err says which line
 */
int request_file_read(struct request_file *, struct cp_str text, struct arena *, struct err *);
/* "Name: value"; the first of that name is replaced.  0, E_SYNTAX or E_LIMIT. */
int request_file_add(struct request_file *, struct cp_str header, struct err *);
/* Any case; p NULL: absent.  ctx: struct request_file. */
struct cp_str request_file_header(void *ctx, const char *name);
/*
 * Method and target of a bare body, by its members.
 *
 * model    for a body whose API has it in the path; or absent
 * returns  0; E_SYNTAX: no JSON object; E_ABSENT: no API is known by such members, or the model is missing
 */
int request_file_guess(struct request_file *, struct cp_str model, struct arena *,
                       struct err *);
/* Another model in the body.  0, or E_ABSENT: the body has none. */
int request_file_set_model(struct request_file *, struct cp_str model, struct arena *,
                           struct err *);

#endif
