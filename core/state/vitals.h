/* SPDX-License-Identifier: MIT */
/*
 * vitals - the health of one thing: a channel, a key, a base URL, or a path (a key at a base URL).
 *
 * A record is found by name once, when a snapshot is set up, and from then on used through its pointer by any
 * thread.  Records are never freed before the table is: a reload that drops a key and another that brings it
 * back find the same record.  Names: "CHANNEL", "CHANNEL/key/KEYID", "CHANNEL/url/BASE", "CHANNEL/path/KEYID/BASE";
 * never an index, never a key.  Client keys have records of their own, "@ID", which no channel can be named.
 */
#ifndef STATE_VITALS_H
#define STATE_VITALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/breaker.h"
#include "state/cooldown.h"
#include "state/gate.h"
#include "state/meter.h"

struct buf;
struct parcel;
struct vitals_table;

/* What a process that is being replaced has said of itself last, or has been told by it: one thread's each. */
struct vitals_share {
    int64_t inside;
    uint64_t served, failed;
};

struct vitals {
    struct cp_str name; /* lent by the table */
    struct cooldown cooldown;
    struct breaker breaker; /* of channels and paths */
    struct gate gate;       /* of channels and keys */
    struct meter meter;     /* of channels and paths */
    /* Of a key: wall time since when it stands behind the channel's others, because it was exhausted; 0: in its place. */
    _Atomic int64_t demoted_ms;
    _Atomic uint64_t served, failed;
    _Atomic uint32_t failed_in_a_row;           /* of a channel: since it last served */
    _Atomic int64_t last_ok_ms, last_failed_ms; /* wall */
    _Atomic uint64_t last_trouble; /* why it last failed: vitals_trouble(); 0: it has not */
    _Atomic uint32_t miscounts; /* answers still to be watched: one told wrong token counts */
    _Atomic uint32_t
        told; /* the worst that the log was told since it was well; balance/tell.c */
    _Atomic uint64_t turn; /* round_robin: how often it was named; see balance/round_robin.c */
    struct vitals_share told_on, heard; /* vitals_pack(), vitals_unpack() */
};

/* Why something failed, as one number: enum cp_trouble, and the upstream's status. */
static inline uint64_t vitals_failure(uint32_t trouble, int32_t status)
{
    return (uint64_t)trouble << 32 | (status > 0 ? (uint32_t)status : 0);
}

static inline uint32_t vitals_trouble(uint64_t failure)
{
    return (uint32_t)(failure >> 32);
}

static inline int32_t vitals_status(uint64_t failure)
{
    return (int32_t)(failure & 0xffff);
}

struct vitals_table *vitals_table_new(void);
void vitals_table_free(struct vitals_table *);
/* Never NULL; takes the table's lock: not on a request's path. */
struct vitals *vitals_table_get(struct vitals_table *, struct cp_str name);
/* The record, or NULL.  Likewise. */
struct vitals *vitals_table_find(struct vitals_table *, struct cp_str name);
/* All, in the order they were first named; *at starts at 0; NULL: no more.  Records stay; likewise. */
struct vitals *vitals_table_each(struct vitals_table *, size_t *at);
/* Cool-down, breaker, demotion: as new.  Counters stay. */
void vitals_reset(struct vitals *);
/* Breaker closed, cool-down gone, of all whose name is prefix or begins with it and '/'; absent: all.  How many had any. */
uint32_t vitals_table_reset(struct vitals_table *, struct cp_str prefix);

/*
 * Another process takes over, and this one finishes what it has begun: vitals_pack.c.
 *
 * What the one says of who is inside the gates and of what was served counts for the other, too, as long as it is told.
 * One thread at a time calls any of these; times are monotonic, of one machine.
 *
 * is_all  everything that is counted; else what is under way and was served, where it is not what was told last
 */
void vitals_pack(struct vitals_table *, bool is_all, struct buf *out);
/* False: a parcel of another kind. */
bool vitals_unpack(struct vitals_table *, const struct parcel *);
/* The other one is gone, and with it what it had under way. */
void vitals_lose(struct vitals_table *);

#endif
