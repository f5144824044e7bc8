/* SPDX-License-Identifier: MIT */
/*
 * media - under which media types a dialect's bodies and streams go.
 */
#ifndef PLUGIN_MEDIA_H
#define PLUGIN_MEDIA_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

/* Its whole bodies are JSON: checked, and cut, put and looked at as such.  Else they are text, and left alone. */
bool media_is_json(const struct cp_adapter *);
/* Of whole bodies, in both directions; as long as the process lives. */
const char *media_of_body(const struct cp_adapter *);
/* Of a stream; framing: enum cp_framing, 0: CP_SSE. */
const char *media_of_stream(const struct cp_adapter *, uint32_t framing);
/* What an upstream is asked for: the same, without parameters, which not every server reads there. */
struct cp_str media_accept(const struct cp_adapter *, bool is_stream);
/* May a client's body be of that type?  One without a type may. */
bool media_takes(const struct cp_adapter *, struct cp_str content_type);
/* What is between the events of a stream to a client that waits; absent: nothing may be. */
struct cp_str media_keepalive(const struct cp_adapter *, uint32_t framing);

#endif
