/* SPDX-License-Identifier: MIT */
/*
 * setup - a configuration snapshot made ready to serve: channels bound to adapters, instances and health.
 *
 * Immutable and refcounted like the snapshot it holds.  Built by the main thread at start and on reload; each
 * worker takes a reference, each exchange takes one from its worker.
 */
#ifndef FLOW_SETUP_H
#define FLOW_SETUP_H

#include <stdatomic.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "balance/roster.h"
#include "state/gate.h"
#include "state/purse.h"

struct adapter;
struct conf;
struct conf_channel;
struct conf_report;
struct registry;
struct registry_absent;

struct setup_channel {
    const struct conf_channel *conf;
    const struct adapter
        *adapter; /* NULL: no such dialect is loaded (setup_why_absent()); never chosen */
    void *instance;
    const struct roster_channel *at; /* its place in the roster, and its health */
};

/* A client key's limits, and what it has used of them. */
struct setup_client {
    struct vitals *vitals; /* its gate: "@ID" */
    struct gate_rules rules;
    struct purse *purse; /* NULL: nothing is counted */
    struct purse_rules budget;
    _Atomic int64_t warned_ms; /* wall: when a model without a price was last told; 0: never */
};

struct setup {
    int refs;                       /* atomic */
    struct conf *conf;              /* owned reference */
    struct registry *registry;      /* a reference: its plugins stay mapped as long */
    struct setup_channel *channels; /* by ordinal */
    uint32_t channels_n;
    struct roster roster; /* the same channels, to choose from */
    void **clients; /* client-side instance, by adapter ordinal: LOADER_ADAPTERS of them */
    uint32_t adapters_n;
    struct setup_client *owners; /* of client keys, by ordinal */
    int64_t started_ms;          /* wall: when this snapshot began to serve */
};

/* Takes conf (also on failure), and a reference of the registry's.  NULL when report has errors (unknown dialect, bad option). */
struct setup *setup_build(struct conf *conf, struct registry *, const struct roster_health *,
                          struct conf_report *);
/* Why a channel has no adapter: its plugin is in quarantine, its file was removed; NULL: nobody knows the dialect. */
const struct registry_absent *setup_why_absent(const struct setup *,
                                               const struct setup_channel *);
struct setup *setup_ref(struct setup *);
void setup_unref(struct setup *);

#endif
