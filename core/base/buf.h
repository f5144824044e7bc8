/* SPDX-License-Identifier: MIT */
/*
 * buf - growable bytes with a ceiling given at birth.
 *
 * A buf that would pass its ceiling keeps what it has, remembers that it failed, and refuses
 * everything after: check buf_failed() once, at the end.  Out of memory aborts.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf {
    char *p;        /* heap; NULL while empty */
    size_t n;       /* bytes in use */
    size_t cap;     /* bytes allocated */
    size_t ceiling; /* most it will hold */
    bool failed;
};

void buf_init(struct buf *, size_t ceiling);
void buf_fini(struct buf *);  /* also wipes nothing: use secret.h for keys */
void buf_clear(struct buf *); /* keeps the memory, forgets a failure */
int buf_add(struct buf *, const void *p, size_t n); /* 0 or E_LIMIT */
int buf_add_str(struct buf *, struct cp_str);
int buf_add_z(struct buf *, const char *);
int buf_add_c(struct buf *, char);
int buf_printf(struct buf *, const char *fmt, ...) CP_PRINTF(2, 3);
/* Room for n more bytes at the end, or NULL; follow with buf_grew(). */
char *buf_room(struct buf *, size_t n);
void buf_grew(struct buf *, size_t n);
void buf_drop(struct buf *, size_t n); /* forget the first n bytes */
struct cp_str buf_str(const struct buf *);
bool buf_failed(const struct buf *);
/* The memory becomes yours to free(); the buf is empty. */
char *buf_give(struct buf *, size_t *n);

#endif
