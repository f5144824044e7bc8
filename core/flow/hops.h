/* SPDX-License-Identifier: MIT */
/*
 * hops - tells a request that has been here before from a new one: a base URL may lead back to this gateway.
 */
#ifndef FLOW_HOPS_H
#define FLOW_HOPS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct exchange;

#define HOPS_HEADER "CDN-Loop"

bool hops_came_back(const struct exchange *);
/* The header's value for an upstream: those before, and this gateway.  In the exchange's arena. */
struct cp_str hops_next(struct exchange *);

#endif
