/* SPDX-License-Identifier: MIT */
/*
 * study - a configuration read as the gateway would read it, without serving it: for -t, -T and their like.
 */
#ifndef MAIN_STUDY_H
#define MAIN_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/roster.h"
#include "base/buf.h"
#include "conf/conf.h"

struct registry;
struct setup;

struct study_options {
    const struct conf_source *source;
    const char *plugin_dir; /* NULL: the configuration's */
    bool is_lax;            /* plugins' owner and mode are not looked at */
};

struct study {
    struct conf_report report;
    struct buf said; /* the report's lines */
    struct conf *conf;
    struct registry *registry;
    struct setup *setup;
    struct roster_health health;
    int refused; /* plugins that could not be loaded */
};

/* Reads the configuration; study_close() in any case.  conf is NULL after errors. */
void study_read(struct study *, const struct study_options *);
/* Loads the plugins of the configuration (or, if it is bad, of plugin_dir); false after a complaint. */
bool study_load(struct study *, const struct study_options *);
/* Sees whether they understand the channels: setup is NULL after errors. */
void study_build(struct study *);
void study_close(struct study *);

#endif
