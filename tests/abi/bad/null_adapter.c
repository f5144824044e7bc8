/* SPDX-License-Identifier: MIT */
/*
 * null_adapter - one of its adapters is NULL
 */
#include <claude-proxy/plugin.h>

static const struct cp_adapter *const adapters[] = { (void *)0 };
CP_PLUGIN = { CP_PLUGIN_HEAD, .adapters = adapters, .adapters_n = 1, .name = "bad" };
