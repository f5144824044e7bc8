/* SPDX-License-Identifier: MIT */
/*
 * worker - a thread with a loop, its listeners, its upstream connections and its flow, until told to stop.
 */
#ifndef MAIN_WORKER_H
#define MAIN_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "main/pulse.h"

struct line_hall;
struct office;
struct panel;
struct ratio_table;
struct server_gauge;
struct server_tls;
struct setup;
struct store;
struct trust;
struct worker;

struct worker_config {
    uint32_t number;         /* 0.. */
    struct setup *setup;     /* the worker takes its own reference */
    const int *listen_fds;   /* shared; one for each listener of the configuration */
    struct server_tls **tls; /* one for each listener; entries may be NULL */
    uint32_t listeners_n;
    uint32_t connections;          /* of all workers and listeners together */
    struct server_gauge *gauge;    /* their count; shared, lent */
    struct panel *panel;           /* the worker takes its own reference; NULL: there is none */
    struct trust *trust;           /* of upstreams' certificates; shared by all workers */
    struct store *kept, *recalled; /* flow/flow.h */
    struct ratio_table *ratios;    /* likewise */
    struct line_hall *hall;        /* flow/line.h; likewise */
    int64_t started_ms;
    int local_fd;                /* a unix socket, served by the first worker; -1: none */
    int64_t local_gid;           /* loop/server.h */
    const struct office *office; /* admin/office.h; shared by all workers, lent */
};

int worker_start(struct worker **, const struct worker_config *, struct err *);
/* Any thread; carried out on the worker's own. */
void worker_set_setup(struct worker *, struct setup *); /* takes its own reference */
void worker_set_tls(struct worker *, uint32_t listener,
                    struct server_tls *);               /* takes its own reference */
void worker_set_panel(struct worker *, struct panel *); /* takes its own reference */
void worker_drain(struct worker *); /* no new connections; ends when the last request is done */
/* Another process accepts: what is here goes on, and so do connections for a while; ends when the last one is closed. */
void worker_retire(struct worker *);
struct pulse_one worker_pulse(const struct worker *); /* how to ask whether it answers */
bool worker_is_retired(const struct worker *);        /* nobody is accepted any more */
void worker_kill(struct worker *);                    /* ends every request now */
bool worker_is_done(const struct worker *);
uint32_t worker_in_flight(const struct worker *);
void worker_join(struct worker *); /* waits for its thread */
void worker_free(struct worker *); /* when all were joined: others may post to it until then */

#endif
