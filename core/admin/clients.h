/* SPDX-License-Identifier: MIT */
/*
 * clients - what the files of the client keys' doors share.
 *
 *   clients.c         /api/clients, /api/clients/{id}: how a client key is, and what it has spent
 *   clients_change.c  made, changed, rotated, removed
 *   prices.c          /api/prices
 */
#ifndef ADMIN_CLIENTS_H
#define ADMIN_CLIENTS_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct arena;
struct conf_client;
struct node;
struct setup;
struct tree;

/* The client key as the API shows it; the caller's. */
struct tree *clients_tree(const struct api_call *, const struct setup *,
                          const struct conf_client *);
/* Without quotes: the same as long as what is said of it is the same; absent: nobody says anything. */
struct cp_str clients_tag(struct arena *, const struct node *said, struct cp_str id);
/* Money as a file spells it, in out: up to six decimals, two at least. */
struct cp_str clients_money(int64_t micro, char out[40]);
/* The client key in call->setup, or NULL after failing with 404. */
const struct conf_client *clients_find(struct api_call *, struct cp_str id);
/* As it is now, with its tag, as the answer.  key: shown this once; absent: not. */
void clients_answer(struct api_call *, const struct setup *, struct cp_str id,
                    struct cp_str key, int status);

/* Handlers of clients_change.c. */
void clients_post(struct api_call *);
void clients_patch(struct api_call *);
void clients_delete(struct api_call *);
void clients_rotate(struct api_call *);
/* Of prices.c. */
void prices_list(struct api_call *);

#endif
