/* SPDX-License-Identifier: MIT */
/*
 * client - the keys of clients, and what each opens.
 *
 * A key is known by its SHA-256 alone, so that managed.conf holds nothing that opens anything.  Found through a table whose
 * hash nobody outside this process can foresee, then compared in constant time: how long it takes tells nothing.
 */
#ifndef CONF_CLIENT_H
#define CONF_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct conf;
struct conf_client;

enum { CLIENT_ID_MOST = 12, CLIENT_HEX = 64 };

/* Whose key this is, whether it may still come in or not; NULL: none.  wall_ms: a key that was replaced opens for a while. */
const struct conf_client *client_find(const struct conf *, struct cp_str candidate,
                                      int64_t wall_ms);
const struct conf_client *client_by_id(const struct conf *, struct cp_str id); /* or NULL */
bool client_is_over(const struct conf_client *, int64_t wall_ms);              /* expired */
/* As the client says it; absent: no model is meant. */
bool client_has_model(const struct conf_client *, struct cp_str model);
bool client_has_family(const struct conf_client *, struct cp_str family);
bool client_has_caps(const struct conf_client *);
bool client_has_budget(const struct conf_client *);
/* "sha256:..." or 64 hex digits; false: neither. */
bool client_parse_digest(struct cp_str text, uint8_t digest[32]);
/* The id that a key with this digest has, unless it is given one. */
void client_id_of(const uint8_t digest[32], struct cp_str install_id, char id[13]);

#endif
