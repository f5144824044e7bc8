/* SPDX-License-Identifier: MIT */
/*
 * original - the predecessor's doors: channels by client API and index, in its shapes and with its words.
 *
 *   original.c           the doors of channels
 *   original_channel.c   a channel in its members, and back
 *   original_keys.c      keys
 *   original_ping.c      who can be reached
 *   original_settings.c  strategies, fuzzy mode, save
 *
 * An id is the index in the client API's list, or one of ours.  Keys are never shown: apiKeys holds masks, keyIds beside it
 * the ids that are accepted wherever it wanted a clear key.
 */
#ifndef ADMIN_ORIGINAL_H
#define ADMIN_ORIGINAL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct conf_channel;
struct setup;
struct tree;

/* The channels of one client API, as its index counts them: those that serve it, in the configuration's order. */
struct original_channels {
    struct cp_str family;
    const struct conf_channel **at; /* in the call's arena */
    uint32_t n;
    uint32_t *rank; /* of each: its place in the client API's order, from 1 on */
};

/* ---- original_channel.c ---- */
/* Of the path's {family}; "messages" where the path has none.  False after failing. */
bool original_channels(struct api_call *, const struct setup *, struct cp_str family,
                       struct original_channels *);
struct tree *original_tree(struct api_call *, const struct original_channels *, uint32_t i);
/*
 * Its members as a patch in ours; the caller's.  NULL after failing.
 *
 * old  whose keys the masks mean; NULL: a new channel
 */
struct tree *original_body(struct api_call *, const struct tree *body,
                           const struct conf_channel *old, struct cp_str family);

/* ---- original.c ---- */
/* The channel that the path means; NULL after failing with status and words. */
const struct conf_channel *original_find(struct api_call *, struct original_channels *,
                                         int status, const char *words);
/* The strategy by which a client API's channels are tried, by its name of it. */
struct cp_str original_balance_name(const struct setup *, struct cp_str family);
/* {"message": ...} and "success": true if is_success. */
struct tree *original_said(const char *message, bool is_success);

/* ---- handlers of the others ---- */
void original_key_add(struct api_call *);
void original_key_remove(struct api_call *);
void original_key_top(struct api_call *);
void original_key_bottom(struct api_call *);
void original_ping(struct api_call *);
void original_ping_all(struct api_call *);
void original_balance(struct api_call *);
void original_fuzzy_get(struct api_call *);
void original_fuzzy_put(struct api_call *);
void original_save(struct api_call *);

#endif
