/* SPDX-License-Identifier: MIT */
/*
 * tap - where a table tells what has changed, for another process that must know it, too: parcels (base/parcel.h).
 */
#ifndef BASE_TAP_H
#define BASE_TAP_H

#include <claude-proxy/plugin.h>

struct tap {
    /* Any thread, also with a table's lock held: copies, and waits for nobody. */
    void (*put)(struct tap *, struct cp_str parcels);
};

static inline void tap_put(struct tap *t, struct cp_str parcels)
{
    t->put(t, parcels);
}

#endif
