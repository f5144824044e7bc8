/* SPDX-License-Identifier: MIT */
/*
 * percent - percent-encoding, both ways.  source: RFC 3986 2.1, 2.3
 */
#ifndef FLOW_PERCENT_H
#define FLOW_PERCENT_H

#include <claude-proxy/plugin.h>

struct arena;
struct buf;

/* Lent if there is nothing to decode; a % without two hex digits stays. */
struct cp_str percent_decode(struct arena *, struct cp_str);
/* Everything but unreserved characters is encoded. */
void percent_encode(struct buf *, struct cp_str);

#endif
