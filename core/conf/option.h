/* SPDX-License-Identifier: MIT */
/*
 * option - one setting of a channel's `options` group, before its adapter has looked at it.
 */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <claude-proxy/plugin.h>

/* One setting as the configuration gave it: text, whatever it was spelled as. */
struct conf_option {
    struct cp_str name, value;
    struct cp_str where; /* "claude-proxy.conf:31" */
};

#endif
