/* SPDX-License-Identifier: MIT */
/*
 * price - what tokens cost, by a table of models with dates.
 *
 * Tokens are the truth and are kept; money is derived from them by the table that held when the request began, in
 * whole millionths of one currency, and can be derived anew.
 */
#ifndef CONF_PRICE_H
#define CONF_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct build;
struct conf;
struct conf_price;
struct node;

/*
 * The price of a model at a channel then; NULL: nobody said.  Of prompts of any length: price_of() goes on to those of longer
 * ones.
 */
const struct conf_price *price_find(const struct conf *, struct cp_str channel,
                                    struct cp_str model, int64_t wall_ms);
/* Does it hold for that model there then?  Several may; price_find() tells which counts. */
bool price_fits(const struct conf_price *, struct cp_str channel, struct cp_str model,
                int64_t wall_ms);
/* What a million of enum cp_meter cost, after what goes for what is not said; searches that nobody priced: 0. */
int64_t price_meter(const struct conf_price *, int meter);
/* Rounded half up to whole millionths; counts below 0 are 0. */
int64_t price_of(const struct conf_price *, const int64_t tokens[9]);
/* root's prices, and those of prices_file, to conf->prices. */
void price_read_all(struct build *, const struct node *root);

#endif
