/* SPDX-License-Identifier: MIT */
/*
 * office - what the administration has at hand: one of each in the process, shared by all workers, lent to handlers.
 *
 * Made by main before the first worker and freed after the last; the pointers never change in between.
 */
#ifndef ADMIN_OFFICE_H
#define ADMIN_OFFICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct buf;
struct captures;
struct census;
struct diary;
struct gatehouse;
struct logs;
struct news;
struct numbers;
struct pass_mint;
struct pool;
struct purse_table;
struct scribe;
struct server_gauge;
struct shelf;
struct steward;

enum { OFFICE_LISTENERS = 8 };

/* As it really is: with the port that the kernel gave. */
struct office_listener {
    char url[96], address[64];
    uint16_t port;
    bool is_tls;
    _Atomic int64_t certificate_ends_ms; /* wall; 0: clear text, or not known */
};

/* What became of an upgrade. */
struct office_upgrade {
    int64_t pid,
        before_pid; /* of the process that serves now, and of the one that finishes its requests */
    char version[48];   /* of the former */
    uint32_t in_flight; /* in the latter */
    struct buf *said;   /* the caller's: what the new process wrote before it served */
};

struct office {
    struct steward *steward;     /* changes the configuration */
    struct gatehouse *gatehouse; /* who may come in */
    struct pool *pool;           /* for what blocks */
    struct news *news;           /* what has happened lately */
    struct diary *diary;         /* records of requests, on their way to ... */
    struct scribe *scribe;       /* ... history: NULL-safe, always there, may have no store */
    struct census *census;       /* sums of the last days */
    struct numbers *numbers;     /* what /metrics tells */
    struct purse_table *purses;  /* what client keys have spent */
    struct logs *logs;           /* its last lines */
    struct captures *captures;   /* files of requests seen whole */
    struct shelf *shelf;         /* what upstreams have said lately; may be NULL */
    struct pass_mint *passes;    /* makes keys for the panel; NULL: none are made */
    const struct server_gauge *gauge; /* client connections */
    _Atomic uint64_t panel_version;   /* its 16 digits as a number; 0: there is no panel */
    uint32_t workers;
    struct office_listener listeners[OFFICE_LISTENERS];
    uint32_t listeners_n;
    char control_socket[108]; /* "": there is none */
    int64_t started_ms;       /* wall */
    /*
     * Starts the program on the disk in this one's place and hands everything over; blocks until it serves or has failed.
     * NULL: it cannot be done here.
     *
     * returns  0; E_AGAIN: one is under way; E_UNSUPPORTED: not as this process was started; E_CONFIG: the new one does not
     *          start, and said tells why; E_IO
     */
    int (*upgrade)(void *ctx, struct cp_str who, struct office_upgrade *, struct err *);
    void *upgrade_ctx;
    /* Of the process that we have replaced, while it finishes; 0: there is none. */
    _Atomic int64_t before_pid;
    _Atomic uint32_t before_in_flight;
    _Atomic bool
        is_handing_over; /* nothing is to be changed here: another process takes over */
};

#endif
