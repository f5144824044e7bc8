/* SPDX-License-Identifier: MIT */
/*
 * http - reads the head of an HTTP/1.1 request and the chunks of its body.
 */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include "text.h"

enum { HTTP_HEADERS_MAX = 200, HTTP_HEAD_MAX = 1 << 20 };

struct header {
    struct slice name, value;
};

struct head {
    struct slice method, target, path, query; /* path and query are parts of target */
    struct header header[HTTP_HEADERS_MAX];
    int headers_n;
    int64_t length; /* Content-Length, -1: none */
    bool is_chunked, is_http10, is_close, wants_continue, is_gzip_ok;
};

/*
 * returns  bytes of the head with its blank line; 0: more is needed; -1: malformed
 * lent     the slices point into p
 */
int64_t http_head(struct head *head, const char *p, size_t n);
struct slice http_header(const struct head *head, const char *name); /* first; n == 0: none */

struct chunks {
    int state;
    int64_t left;
};

/*
 * Decode what p holds; appends the body's bytes to out and stores how much was used.
 * returns  1: the body is complete; 0: more is needed; -1: malformed
 */
int http_chunks(struct chunks *c, const char *p, size_t n, size_t *used, struct text *out);

const char *http_reason(int64_t status);

#endif
