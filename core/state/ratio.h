/* SPDX-License-Identifier: MIT */
/*
 * ratio - how far estimates of a request's size are off, model by model, learned from what upstreams counted.
 *
 * Bounded, forgetful, and shared by all workers without a lock: any thread, any time.  The numbers are advice.
 */
#ifndef STATE_RATIO_H
#define STATE_RATIO_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct ratio_table;

struct ratio_table *ratio_table_new(void);
void ratio_table_free(struct ratio_table *);
/*
 * An upstream counted real tokens where an estimate had said so many.
 *
 * estimate  uncorrected; of requests below 50 tokens nothing is learned
 */
void ratio_learn(struct ratio_table *, struct cp_str dialect, struct cp_str model, int64_t real,
                 int64_t estimate);
/* The estimate as the model's upstream would count it, or as its dialect's others would; t may be NULL. */
int64_t ratio_correct(const struct ratio_table *t, struct cp_str dialect, struct cp_str model,
                      int64_t estimate);
/* Is it worth while to estimate this request only to learn?  Yes for a model's first three, then for each 64th. */
bool ratio_wants(struct ratio_table *, struct cp_str dialect, struct cp_str model);

#endif
