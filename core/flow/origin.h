/* SPDX-License-Identifier: MIT */
/*
 * origin - who really asks, where proxies stand before us.
 */
#ifndef FLOW_ORIGIN_H
#define FLOW_ORIGIN_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct conf;
struct request;

struct origin {
    char peer[64];   /* an address; "local" for a unix socket */
    bool is_tls;     /* by https, to us or to a trusted proxy */
    bool is_proxied; /* a trusted proxy brought it */
};
void origin_of(const struct conf *, const struct request *, struct origin *);
/* The address lies in one of those networks: "10.0.0.0/8", "::1". */
bool origin_is_among(struct cp_str address, const struct cp_str *networks, size_t n);
/* The same by what the headers say, of a connection from peer; for tests. */
void origin_read(const struct conf *, struct cp_str peer, struct cp_str forwarded_for,
                 struct cp_str proto, struct origin *);

#endif
