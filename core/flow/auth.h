/* SPDX-License-Identifier: MIT */
/*
 * auth - which client is this.
 */
#ifndef FLOW_AUTH_H
#define FLOW_AUTH_H

#include <claude-proxy/plugin.h>

struct conf;

/* Id of the client key that this is, compared in constant time; absent: nobody's.  The access key's is "access". */
struct cp_str auth_whose(const struct conf *, struct cp_str candidate);
/* What stands behind "Bearer "; the value itself if it begins otherwise. */
struct cp_str auth_bearer(struct cp_str value);

#endif
