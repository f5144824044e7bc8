/* SPDX-License-Identifier: MIT */
/*
 * recent - what the writer still knows of the moments it has written to, so that it need not ask the table for them.
 *
 * A new record wants two answers: which is the first free place of its millisecond, and does somebody of that millisecond
 * have its id already.  Of a moment behind all that was in the table at the beginning, both are known from what was written
 * since: each moment has a slot, and a slot passes only to a later moment, so what is later than its slot has nobody.
 * Whatever is not known for sure is asked; and when another connection has written, everything is.
 */
#include "sqlite.h"

#include <stdlib.h>

enum { SLOTS = 4096 };

struct slot {
    int64_t wall_ms;
    uint32_t n;   /* places that are taken */
    uint64_t ids; /* one bit for each hash, of 64 */
};

struct recent {
    struct slot slots[SLOTS];
    int64_t known_ms; /* all later moments are in the slots */
    int64_t version;  /* of the database, as others write it */
    int is_known;
};

struct recent *recent_new(void)
{
    return calloc(1, sizeof(struct recent));
}

void recent_free(struct recent *r)
{
    free(r);
}

void recent_forget(struct recent *r)
{
    r->is_known = 0;
}

static int recent_learn(struct sqlite *s)
{
    struct recent *r = s->recent;
    int64_t last = 0;

    int rc = db_number(s->db, "SELECT max(seq) FROM records", 0, &last);
    if (rc)
        return rc;
    for (int i = 0; i < SLOTS; i++)
        r->slots[i] = (struct slot){ 0 };
    r->known_ms = last >> SEQ_BITS;
    r->is_known = 1;
    return CP_OK;
}

int recent_begin(struct sqlite *s)
{
    struct db_query *q = sqlite_query(s, Q_VERSION);
    int64_t version = 0;

    if (!q)
        return CP_E_LIMIT;
    int rc = db_step(q);
    if (rc == 1)
        version = db_int(q, 0, 0);
    db_reset(q);
    if (rc < 0)
        return rc;
    if (s->recent->is_known && s->recent->version == version)
        return CP_OK;
    s->recent->version = version;
    return recent_learn(s);
}

int recent_place(struct recent *r, int64_t wall_ms, uint32_t hash, int64_t *seq)
{
    const struct slot *slot = &r->slots[(uint64_t)wall_ms % SLOTS];

    if (!r->is_known || wall_ms <= r->known_ms || slot->wall_ms > wall_ms)
        return 0;
    int is_same = slot->wall_ms == wall_ms;
    if (is_same && ((slot->ids >> hash % 64 & 1) || slot->n >= 1 << SEQ_BITS))
        return 0;
    *seq = (wall_ms << SEQ_BITS) + (is_same ? slot->n : 0);
    return 1;
}

void recent_note(struct recent *r, int64_t seq, uint32_t hash)
{
    int64_t wall_ms = seq >> SEQ_BITS;
    struct slot *slot = &r->slots[(uint64_t)wall_ms % SLOTS];

    if (slot->wall_ms > wall_ms)
        return;
    if (slot->wall_ms < wall_ms)
        *slot = (struct slot){ .wall_ms = wall_ms };
    slot->n = (uint32_t)(seq & ((1 << SEQ_BITS) - 1)) + 1;
    slot->ids |= UINT64_C(1) << hash % 64;
}
