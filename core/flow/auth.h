/* SPDX-License-Identifier: MIT */
/*
 * auth - which client is this.
 */
#ifndef FLOW_AUTH_H
#define FLOW_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct conf;
struct conf_client;

#define AUTH_PANEL "panel" /* id of who comes with a pass of the panel; no client key has it */

/* Does it open the client APIs, or did it once?  *client: whose it is; NULL: the access key. */
bool auth_find(const struct conf *, struct cp_str candidate, int64_t wall_ms,
               const struct conf_client **client);
/* Id of the client key that this is, if it opens anything now; absent: nobody's.  The access key's is "access". */
struct cp_str auth_whose(const struct conf *, struct cp_str candidate);
/* What stands behind "Bearer "; the value itself if it begins otherwise. */
struct cp_str auth_bearer(struct cp_str value);

#endif
