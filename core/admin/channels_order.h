/* SPDX-License-Identifier: MIT */
/*
 * channels_order - the order of channels; status, promotion, resume: what is turned while it runs.
 */
#ifndef ADMIN_CHANNELS_ORDER_H
#define ADMIN_CHANNELS_ORDER_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct arena;
struct conf;
struct conf_channel;

/* Without quotes: says the same as long as the common order of channels is the same; in the arena. */
struct cp_str channels_order_tag(struct arena *, const struct conf *);
/*
 * POST /api/channels/reorder {"order": [ids], "family"?}: these first, the others as they stand.  If-Match: the tag of the
 * common order; with a family there is none.
 */
void channels_reorder_all(struct api_call *);
/* PATCH /api/channels/{id}/status {"status"} */
void channels_status(struct api_call *);
/* POST /api/channels/{id}/promote {"seconds" or "until", "family"?}: 0 ends it. */
void channels_promote(struct api_call *);
/* The channel's promoted_until, if it has one.  False after failing. */
bool channels_end_written(struct api_call *, const struct conf_channel *);
/* POST /api/channels/{id}/resume {} */
void channels_resume(struct api_call *);

#endif
