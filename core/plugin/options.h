/* SPDX-License-Identifier: MIT */
/*
 * options - a channel's option group against an adapter's cp_option table.
 */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "conf/option.h"

struct buf;

/*
 * Checks names (with a did-you-mean) and types, fills presets.  The result owns copies; free with
 * options_free() after the instance is forgotten.
 */
int options_check(const struct cp_adapter *, const struct conf_option *, size_t n,
                  struct cp_conf **, struct err *);
void options_free(struct cp_conf *);
struct cp_str options_str(const struct cp_conf *, const char *name);
int64_t options_int(const struct cp_conf *, const char *name);
/* True if an option with CP_REWRITES is not at its preset. */
bool options_rewrite(const struct cp_conf *);
/* The table as text for --help and the manual. */
void options_help(struct buf *, const struct cp_adapter *);

#endif
