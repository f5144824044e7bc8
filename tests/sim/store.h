/* SPDX-License-Identifier: MIT */
/*
 * store - answers of the Responses dialect that are kept, so that a client can come back to them.
 */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include "text.h"

/*
 * Keep an answer; an old one makes room. All texts are copied.
 *
 * id        "resp_..." without quotes
 * previous  the id this one follows; n == 0: none
 * input     the request's input: a JSON string or array
 * output    the inside of the output array
 * whole     the answer
 */
void store_put(struct slice id, struct slice previous, struct slice input, struct slice output,
               struct slice whole);

/* Append copies of the answer, and of the inside of an array of all items up to its last output;
 * either may be NULL. false: nothing is kept by that id. */
bool store_find(struct slice id, struct text *whole, struct text *chain);
bool store_items(struct slice id, struct text *own_input); /* its own input only */
bool store_remove(struct slice id);
bool store_has_item(struct slice raw_id); /* a JSON string: an output item of an answer kept */

#endif
