/* SPDX-License-Identifier: MIT */
/*
 * snap - what captures see of an exchange: heads and bodies at both sides, streams as they pass.
 *
 * Each function looks whether anybody captures, which costs one load, and then whether this request is wanted, which is
 * found out when its first attempt begins, or when it is answered without one.  Nothing here waits.
 */
#ifndef FLOW_SNAP_H
#define FLOW_SNAP_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

struct exchange;
struct reply_header;
struct snap;

/* The attempt at hand is about to be sent. */
void snap_upstream(struct exchange *);
void snap_upstream_head(struct exchange *);
void snap_upstream_data(struct exchange *, struct cp_str);
void snap_upstream_end(struct exchange *);
/* What the client is told: the head, and what of the body is there already; is_whole: that is all of it. */
void snap_client_head(struct exchange *, int status, const struct reply_header *, size_t n,
                      struct cp_str body, bool is_whole);
void snap_client_data(struct exchange *, struct cp_str);
void snap_over(struct exchange *);
/* That of a twin; NULL stays NULL. */
struct snap *snap_twin(struct exchange *twin, const struct snap *);

#endif
