/* SPDX-License-Identifier: MIT */
/*
 * store - bytes by (tenant, id) that somebody may come back to: the interface and nothing else.
 *
 * What a client may come back to is kept under its key's id, so that no client can read what
 * another one said: an id alone opens nothing.  All functions may be called by any thread at any
 * time.  Everything that is kept may be gone at the next look: the limits decide, oldest first.
 *
 * A store that lives outside of this process cannot answer at once.  It plugs in behind the same
 * table: get() answers STORE_LATER, the exchange is parked, and its body is decoded once more when
 * the bytes have come (core/DESIGN.md).
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct buf;
struct parcel;
struct store;
struct tap;

/* 0 of any of them: nothing is kept. */
struct store_limits {
    int64_t keep_ms; /* from the last put on */
    size_t bytes;    /* all tenants together, with what it costs to keep them */
    uint64_t items;
};

enum { STORE_NOTHING = 0, STORE_FOUND = 1, STORE_LATER = 2 };

struct store_ops {
    /* Copies; what was there by that id is replaced.  0, or E_LIMIT: it is larger than may be kept.
     * under: goes when the entry of that id is dropped; absent: under nothing. */
    int (*put)(struct store *, struct cp_str tenant, struct cp_str id, struct cp_str under,
               struct cp_str bytes, int64_t now_ms);
    /* STORE_*; found: *bytes is a copy in the arena, never absent.  It counts as used now. */
    int (*get)(struct store *, struct cp_str tenant, struct cp_str id, int64_t now_ms,
               struct arena *, struct cp_str *bytes);
    /* 1 if it was there.  What was kept under it goes, too. */
    int (*drop)(struct store *, struct cp_str tenant, struct cp_str id, int64_t now_ms);
    /* Gives back what is too old; to be called now and then. */
    void (*sweep)(struct store *, int64_t now_ms);
    /* From now on; what is too much goes at once. */
    void (*limit)(struct store *, const struct store_limits *, int64_t now_ms);
    void (*count)(struct store *, uint64_t *items, uint64_t *bytes);
    void (*free)(struct store *);
    /* Another process takes over: it is told of each put and drop from now on, as parcels of this kind.  tap NULL: of none;
     * the tap and kind are in use no more when that returns. */
    void (*tell)(struct store *, struct tap *, const char *kind);
    /* All that is kept as such parcels, the oldest first. */
    void (*pack)(struct store *, const char *kind, struct buf *out);
};

struct store {
    const struct store_ops *ops;
};

/* ---- such a parcel: store_parcel.c ---- */
void store_parcel_put(struct buf *out, const char *kind, struct cp_str tenant, struct cp_str id,
                      struct cp_str under, struct cp_str bytes, int64_t put_ms);
void store_parcel_drop(struct buf *out, const char *kind, struct cp_str tenant,
                       struct cp_str id);
/* What one says is done. */
void store_unpack(struct store *, const struct parcel *, int64_t now_ms);

/* In this process, for as long as it lives: store_memory.c. */
struct store *store_memory_new(const struct store_limits *);

#endif
