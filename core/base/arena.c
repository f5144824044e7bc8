/* SPDX-License-Identifier: MIT */
/*
 * arena - memory that dies together.
 *
 * The arena lives at the beginning of its own first block, so a request costs one malloc until
 * that block is full.  What would waste more than half of a fresh block gets a block of its own, in
 * a second list, and the current block stays in use.  The second block is half of the first, which
 * holds what is usual; from there on they double.
 *
 *     last -> [ current ] -> [ older ] -> [ first: struct arena, ... ]
 *     big  -> [ one piece ] -> [ one piece ]
 */
#include "base/arena.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_ALIGN = 16, ARENA_LEAST_BYTES = 512 };
static const size_t arena_largest_step = 1u << 20;

struct block {
    struct block *before;
    size_t cap, used; /* bytes of data */
    alignas(ARENA_ALIGN) char data[];
};

struct hook {
    struct hook *older;
    void (*run)(void *);
    void *arg;
};

struct arena {
    struct block *last, *big;
    struct hook *hooks;
    size_t next_bytes; /* data of the next block */
    size_t budget;     /* 0: none */
    size_t charged;    /* by arena_alloc, against the budget */
    size_t used;       /* all that was handed out */
    size_t first_used; /* what the arena itself takes of the first block */
};

static struct block *block_new(size_t cap)
{
    struct block *b = mem_grow(NULL, sizeof(*b) + cap);
    b->before = NULL;
    b->cap = cap;
    b->used = 0;
    return b;
}

static size_t round_up(size_t n)
{
    if (n > SIZE_MAX / 4)
        abort();
    return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

struct arena *arena_new(size_t first_block, size_t budget)
{
    size_t own = round_up(sizeof(struct arena));
    size_t cap = round_up(first_block < ARENA_LEAST_BYTES ? ARENA_LEAST_BYTES : first_block);
    struct block *b = block_new(cap);
    struct arena *a = (struct arena *)(void *)b->data;
    b->used = own;
    *a =
        (struct arena){ .last = b, .next_bytes = cap / 4, .budget = budget, .first_used = own };
    return a;
}

static void arena_run_hooks(struct arena *a)
{
    while (a->hooks) {
        struct hook *h = a->hooks;
        a->hooks = h->older;
        h->run(h->arg);
    }
}

static void arena_free_but_first(struct arena *a)
{
    while (a->last->before) {
        struct block *b = a->last;
        a->last = b->before;
        free(b);
    }
    while (a->big) {
        struct block *b = a->big;
        a->big = b->before;
        free(b);
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_run_hooks(a);
    arena_free_but_first(a);
    free(a->last);
}

static void block_wipe(struct block *b)
{
    explicit_bzero(b->data, b->used);
}

/* The arena lives in its own first block, which goes last. */
void arena_wipe(struct arena *a)
{
    if (!a)
        return;
    arena_run_hooks(a);
    for (struct block *b = a->big; b; b = b->before)
        block_wipe(b);
    for (struct block *b = a->last; b->before; b = b->before)
        block_wipe(b);
    arena_free_but_first(a);
    struct block *first = a->last;
    block_wipe(first);
    free(first);
}

void arena_reset(struct arena *a)
{
    arena_run_hooks(a);
    arena_free_but_first(a);
    a->last->used = a->first_used;
    a->next_bytes = a->last->cap / 4;
    a->charged = a->used = 0;
}

/* n is rounded and does not fit into the current block. */
static void *arena_take_new(struct arena *a, size_t n)
{
    size_t next = a->next_bytes < arena_largest_step ? a->next_bytes * 2 : a->next_bytes;
    bool is_big = n > next / 2;
    struct block *b = block_new(is_big ? n : next);
    if (!is_big)
        a->next_bytes = next;
    struct block **list = is_big ? &a->big : &a->last;
    b->before = *list;
    b->used = n;
    *list = b;
    return b->data;
}

static void *arena_take(struct arena *a, size_t n)
{
    n = round_up(n ? n : 1);
    a->used += n;
    struct block *b = a->last;
    if (b->cap - b->used < n)
        return arena_take_new(a, n);
    void *p = b->data + b->used;
    b->used += n;
    return p;
}

void *arena_raw(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 4)
        return NULL;
    size_t whole = round_up(n ? n : 1);
    if (a->budget && (a->charged > a->budget || whole > a->budget - a->charged))
        return NULL;
    a->charged += whole;
    return arena_take(a, n);
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_raw(a, n);
    return p ? memset(p, 0, n) : NULL;
}

void *arena_need(struct arena *a, size_t n)
{
    return memset(arena_take(a, n), 0, n);
}

char *arena_z(struct arena *a, struct cp_str s)
{
    char *p = arena_take(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

struct cp_str arena_copy(struct arena *a, struct cp_str s)
{
    return s.p ? str_n(arena_z(a, s), s.n) : STR_NONE;
}

struct cp_str arena_printf(struct arena *a, const char *fmt, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int wanted = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);

    size_t n = wanted < 0 ? 0 : (size_t)wanted;
    char *p = arena_take(a, n + 1);
    p[0] = '\0';
    if (n < sizeof(small))
        memcpy(p, small, n + 1);
    else
        vsnprintf(p, n + 1, fmt, again);
    va_end(again);
    return str_n(p, n);
}

void arena_at_exit(struct arena *a, void (*run)(void *), void *arg)
{
    struct hook *h = arena_need(a, sizeof(*h));
    *h = (struct hook){ a->hooks, run, arg };
    a->hooks = h;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
