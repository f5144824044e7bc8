/* SPDX-License-Identifier: MIT */
/*
 * profile - transfers that may share connections; what must never share them is told apart here.
 *
 * Trust (which authorities, or none), proxy, private addresses allowed or not, HTTP/1 only: each
 * combination has an engine of its own with its own connections, names and sockets, so that nothing
 * depends on how well an HTTP library tells connections apart.
 */
#ifndef LOOP_PROFILE_H
#define LOOP_PROFILE_H

#include "base/list.h"
#include "loop/loop.h"

struct client;
struct transfer;
struct transfer_spec;
struct trust_seen;

struct profile {
    struct link link; /* in client->profiles */
    struct client *client;
    void *multi;         /* the engine */
    struct timer timer;  /* the engine's */
    struct task kick;    /* the engine's, when it says "now" */
    struct link socks;   /* the engine's */
    struct timer unused; /* nobody has asked for it for long */
    struct link transfers;
    uint32_t n;              /* of them */
    struct trust_seen *seen; /* connections found good */
    bool is_insecure, is_private_fine, is_http1;
    char *ca_file, *proxy; /* NULL: none */
};

struct profile *profile_for(struct client *, const struct transfer_spec *); /* found or made */
void profile_join(struct profile *, struct transfer *);
void profile_leave(struct profile *, struct transfer *);
void profile_free(struct profile *); /* nobody is in it any more */

#endif
