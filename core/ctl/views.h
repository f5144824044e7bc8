/* SPDX-License-Identifier: MIT */
/*
 * views - which members of the API's lists are columns.
 */
#ifndef CTL_VIEWS_H
#define CTL_VIEWS_H

#include "ctl/view.h"

extern const struct view view_plugins, view_prices, view_sessions, view_channels, view_keys,
    view_clients, view_families, view_generations, view_captures, view_health, view_key_health,
    view_breakers, view_inflight, view_history, view_monitor, view_statistics, view_models,
    view_model_names, view_top;

#endif
