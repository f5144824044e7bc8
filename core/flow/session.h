/* SPDX-License-Identifier: MIT */
/*
 * session - which conversation a request belongs to: what the client's adapter says its clients call it, hashed.
 */
#ifndef FLOW_SESSION_H
#define FLOW_SESSION_H

#include <stdbool.h>

#include "state/affinity.h"

struct conf;
struct exchange;

/* Where a session's name stands, apart from any exchange: also for the dry run. */
struct session_source {
    const struct cp_adapter *hooks;
    struct cp_str (*header)(void *ctx, const char *name); /* absent: there is none */
    void *ctx;
    struct cp_str body; /* valid JSON, or absent */
};

/*
 * The first source of the adapter's list that is there and not empty; out->source is NULL if none is.  The hash is over the
 * install id, the client's key, the family, the model and the name, so it is the same after a restart.
 */
void session_find(const struct session_source *, struct cp_str install_id,
                  struct cp_str client_key, struct cp_str model, struct session *);
/* By what state that an upstream has sealed is known: whatever the family and model (flow/sealed.h). */
void session_of_seal(struct session *, struct cp_str install_id, struct cp_str client_key,
                     const char *source, struct cp_str sealed);
/* Whether the configuration lets conversations of this kind keep their upstream key. */
bool session_is_wanted(const struct conf *, const struct cp_adapter *client, uint32_t op,
                       struct cp_str model);
/* Of this request, looked for once; NULL: it has none, or affinity is off for it. */
const struct session *session_of(struct exchange *);
/*
 * The attempt at hand has served a conversation: one that has a name is noted under its beginning, too, where a later
 * request may leave the name out: clients compact without (Codex 0.104, seen 2026-11).
 */
void session_served(struct exchange *);

#endif
