/* SPDX-License-Identifier: MIT */
/*
 * world - a random configuration, and what of it can be said without the scheduler's own words.
 *
 * Channels are called a to i; their keys a0, a1, ...; their base URLs https://a0.example, ...  So what is known of an
 * upstream (truth.h) is found by letters and numbers, whatever a reload does to the order.  Who may serve what is kept
 * beside the configuration as bits, so that the scheduler's reading of its configuration is checked, too.
 */
#ifndef TESTS_VIRTUAL_WORLD_H
#define TESTS_VIRTUAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct arena;
struct dice;

enum { LETTERS = 9, KEYS = 8, URLS = 4, MODELS = 3, FAMILIES = 2, KEYLESS = KEYS - 1 };

struct world {
    struct conf conf; /* its channels are the array below, in file order */
    struct conf_channel channels[LETTERS];
    uint64_t ops[LETTERS]; /* by ordinal */
    struct conf_family families[FAMILIES];
    struct conf_route route;
    bool is_grown; /* it has a channel that it did not begin with */
    /* by letter */
    uint8_t models[LETTERS];      /* bits of models served */
    uint8_t families_of[LETTERS]; /* bits of families served */
    /* of the route */
    uint8_t route_models, route_families; /* bits; 0: there is none */
    uint16_t route_letters;               /* bits; all: it names none */
};

/* Names that requests use. */
struct cp_str world_model(uint32_t model);
const struct cp_str *world_families(void); /* FAMILIES of them */

/* small: at most three channels. */
void world_make(struct world *, bool is_small, struct dice *, struct arena *);
/* After somebody has edited the file: channels moved, removed, switched off or added, settings changed. */
void world_edit(struct world *, const struct world *before, struct dice *, struct arena *);

/* A path by letter and numbers. */
struct spot {
    uint32_t letter, key, url;
};
struct spot world_spot(const struct conf *, uint32_t channel, uint32_t key, uint32_t url);
/* Ordinal of the channel, or -1. */
int32_t world_ordinal(const struct world *, uint32_t letter);
/* Whether the channel (ordinal) can serve such a request at all. */
bool world_can(const struct world *, uint32_t channel, uint32_t op, uint32_t family,
               uint32_t model);
/* A route without a list of channels or none at all: false. */
bool world_is_routed(const struct world *, uint32_t family, uint32_t model);
/* Whether sessions stick for such a request. */
bool world_has_affinity(const struct world *, uint32_t family, uint32_t model);

#endif
