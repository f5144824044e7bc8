/* SPDX-License-Identifier: MIT */
/*
 * mem - heap memory or no process: out of memory aborts, in one place.
 *
 * What a stranger may make large is budgeted before it gets here (arena.h, buf.h); what is left
 * are needs of our own, and a gateway that cannot get them has no sensible way on.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_new(size_t n, size_t size);   /* zeroed; free() it; n * size may not overflow */
void *mem_grow(void *p, size_t bytes);  /* realloc; the new bytes are not set */
void *mem_dup(const void *p, size_t n); /* a copy with a NUL after it */

#endif
