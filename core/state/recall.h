/* SPDX-License-Identifier: MIT */
/*
 * recall - what a model thought before it spoke, for clients that do not send it back.
 *
 * Some services want their own reasoning and its signatures in the next request; some dialects'
 * clients have no field for it, or drop it.  So it is remembered by what such clients do send back:
 * a call by its id, a turn without calls by its words.  Kept for the client key only, in a store
 * with limits of its own; what is not found any more is as if another model had answered.
 */
#ifndef STATE_RECALL_H
#define STATE_RECALL_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct cp_tape;
struct recall;
struct store;

/* ---- an answer ---- */

/* Lives in the arena, gives its buffers back with it.  store and tenant are lent. */
struct recall *recall_new(struct arena *, struct store *, struct cp_str tenant);
/* Each item of a response as the client's adapter got it; at END what was thought is put. */
void recall_item(struct recall *, const struct cp_item *);

/* ---- the next request ---- */

/*
 * from     a finished request tape
 * to       becomes a copy in which the turns of the assistant that came without any reasoning have
 *          what was remembered of them; shares the texts of from
 * returns  how many turns; 0: nothing was remembered, and to is not to be used
 */
uint32_t recall_restore(struct arena *, struct store *, struct cp_str tenant,
                        const struct cp_tape *from, struct cp_tape *to);

#endif
