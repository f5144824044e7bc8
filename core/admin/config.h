/* SPDX-License-Identifier: MIT */
/*
 * config - the doors of the configuration as a whole: seen, tested, gone back to, read anew; its options and settings.
 */
#ifndef ADMIN_CONFIG_H
#define ADMIN_CONFIG_H

#include <stdbool.h>

#include "base/err.h"

struct api_call;
struct json_writer;
struct steward_result;

/* What the steward said as a failure of the call, its report as details. */
void config_fail(struct api_call *, int rc, const struct err *, const struct steward_result *);
/* "ok", "version", "generation", "errors", "warnings" and "report", as members of the object at hand. */
void config_put_result(struct json_writer *, const struct steward_result *, bool is_good);
/* Reads all files anew, for whoever calls, and answers with what came of it.  Blocks. */
void config_reload(struct api_call *);
/* config_settings.c */
void config_show_options(struct api_call *);
void config_show_settings(struct api_call *);
void config_patch_settings(struct api_call *);

#endif
