/* SPDX-License-Identifier: MIT */
/*
 * roster - a configuration snapshot made ready to choose from: every channel with the health of its parts, and each
 * family's order worked out once.
 *
 * Immutable after roster_build(), like the snapshot it belongs to; the health it points to lives on.
 */
#ifndef BALANCE_ROSTER_H
#define BALANCE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/breaker.h"
#include "state/gate.h"

struct affinity_table;
struct arena;
struct conf;
struct conf_channel;
struct conf_family;
struct conf_route;
struct marks;
struct news;
struct strategy;
struct vitals;
struct vitals_table;

struct roster_channel {
    const struct conf_channel *conf;
    uint64_t hash; /* of its id; the same in every process */
    uint32_t weight;
    const uint64_t *key_hashes; /* likewise, by key */
    uint64_t ops;            /* CP_BIT(op) that its adapter has; 0: no adapter, never chosen */
    struct vitals *vitals;   /* the channel's own */
    uint32_t keys_n, urls_n; /* keys_n >= 1: a channel without keys has one that is none */
    struct vitals **keys;    /* by key; of a keyless one NULL */
    struct vitals **urls;    /* by base URL */
    struct vitals **paths;   /* [key * urls_n + url] */
    const struct gate_rules *key_rules; /* by key */
    struct gate_rules rules;            /* the channel's */
    struct breaker_rules breaker;
    struct news *news; /* who is told of its health; lent; NULL: nobody */
};

/* The channels that one family can be served by, in its order: active ones with an adapter. */
struct roster_family {
    struct cp_str name;
    const struct conf_family *conf; /* NULL: nothing special is said of it */
    uint32_t *order;                /* ordinals */
    uint32_t order_n;
    uint32_t *promoted; /* of them those that the configuration promotes until some time */
    uint32_t promoted_n;
    const struct strategy *strategy;
    bool affinity;
};

struct roster_route {
    const struct conf_route *conf;
    uint32_t *order; /* ordinals; NULL: the family's */
    uint32_t order_n;
    const struct strategy *strategy; /* NULL: the family's */
};

struct roster {
    const struct conf *conf;
    struct roster_channel *channels; /* by ordinal */
    uint32_t channels_n;
    struct roster_family *families;
    uint32_t families_n;
    struct roster_route *routes; /* by conf->routes */
    uint32_t *slots;             /* of the table by id: ordinal + 1, 0: free */
    uint32_t slots_n;            /* a power of two */
    struct vitals_table *vitals;
    struct marks *marks;
    struct affinity_table *affinity;
    struct affinity_table *seals; /* who made what only he can open; NULL: nobody asks */
};

/* All that one path's health is kept in. */
struct roster_path {
    const struct roster_channel *channel;
    struct vitals *key; /* NULL: the channel has none */
    struct vitals *url, *path;
};

/* What outlives snapshots; lent. */
struct roster_health {
    struct vitals_table *vitals;
    struct marks *marks;
    struct affinity_table *affinity;
    struct affinity_table *seals; /* may be NULL */
    struct purse_table *purses;   /* of client keys; NULL: nothing is counted */
    struct news *news;            /* is told of changes; NULL: nobody is */
};

/*
 * ops       by channel ordinal
 * families  names of the client APIs there are
 * arena     everything is allocated there
 */
void roster_build(struct roster *, const struct conf *, const uint64_t *ops,
                  const struct cp_str *families, uint32_t families_n,
                  const struct roster_health *, struct arena *);
const struct roster_family *roster_family(const struct roster *, struct cp_str name);
const struct roster_channel *roster_find(const struct roster *,
                                         struct cp_str channel_id);       /* or NULL */
struct cp_str roster_key_id(const struct roster_channel *, uint32_t key); /* absent: keyless */
struct roster_path roster_path(const struct roster *, uint32_t channel, uint32_t key,
                               uint32_t url);

#endif
