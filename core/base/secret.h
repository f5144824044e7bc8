/* SPDX-License-Identifier: MIT */
/*
 * secret - keys: compared in constant time, shown only masked, wiped when freed.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct secret;

struct secret *secret_new(struct cp_str);         /* also log_hide()s it */
void secret_free(struct secret *);                /* wipes first */
struct cp_str secret_show(const struct secret *); /* the clear text: lent; for headers only */
/* Time depends only on the candidate's length. */
bool secret_is(const struct secret *, struct cp_str candidate);
/* "sk-ant-***" style: at most 8 first and 4 last bytes of long keys, fewer of short ones. */
void secret_mask(struct cp_str clear, char out[32]);
/* Stable id of a key: 12 hex digits of a keyed hash (key: the installation's id). */
void secret_id(struct cp_str clear, struct cp_str install_id, char out[13]);

#endif
