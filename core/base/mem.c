/* SPDX-License-Identifier: MIT */
/*
 * mem - heap memory or no process: out of memory aborts, in one place.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *mem_must(void *p)
{
    if (!p)
        abort();
    return p;
}

void *mem_new(size_t n, size_t size)
{
    return mem_must(calloc(n ? n : 1, size ? size : 1));
}

void *mem_grow(void *p, size_t bytes)
{
    return mem_must(realloc(p, bytes ? bytes : 1));
}

void *mem_dup(const void *p, size_t n)
{
    if (n == SIZE_MAX)
        abort();
    char *copy = mem_must(malloc(n + 1));
    if (n)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}
