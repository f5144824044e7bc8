/* SPDX-License-Identifier: MIT */
/*
 * record_pack - a record of a request on its way to another process.
 */
#ifndef STATE_RECORD_PACK_H
#define STATE_RECORD_PACK_H

#include <stdbool.h>

#include <claude-proxy/store.h>

struct buf;
struct parcel;

enum { RECORD_PACK_TRIES = 64 };

void record_pack(const struct cp_record *, struct buf *out);
/*
 * tries    room for RECORD_PACK_TRIES; those behind are lost
 * returns  false: a parcel of another kind.  The record's texts are lent by the parcel
 */
bool record_unpack(const struct parcel *, struct cp_record *, struct cp_try *tries);

#endif
