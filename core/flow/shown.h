/* SPDX-License-Identifier: MIT */
/*
 * shown - a list of models with only those that the client's key may use.
 */
#ifndef FLOW_SHOWN_H
#define FLOW_SHOWN_H

#include <claude-proxy/plugin.h>

struct exchange;

/* body: a list in the client's dialect; itself if it is no list or nothing is left out, else in the exchange's arena. */
struct cp_str shown_models(struct exchange *, struct cp_str body);

#endif
