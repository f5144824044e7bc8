/* SPDX-License-Identifier: MIT */
/*
 * quarantine - who has crashed the gateway three times in ten minutes stays out, until another file or a person says otherwise.
 */
#ifndef PLUGIN_QUARANTINE_H
#define PLUGIN_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct registry;

/* Whether the file names the plugin three times in the last ten minutes, and not before that. */
bool quarantine_is_due(const char *breadcrumb_file, struct cp_str plugin, int64_t not_before_s,
                       int64_t wall_ms);
/* Before the file is opened: E_DENIED if this very content is in quarantine, which the registry notes. */
int quarantine_check(struct registry *, const char *file, const char *digest, struct err *);
/* When its name is known, and nothing of it was called: E_DENIED if the breadcrumbs say so, which the registry notes. */
int quarantine_meets(struct registry *, const char *file, const struct cp_plugin *,
                     struct err *);

#endif
