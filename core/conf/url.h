/* SPDX-License-Identifier: MIT */
/*
 * url - a channel's base URL: what is legal, what it is made of.
 */
#ifndef CONF_URL_H
#define CONF_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf_url;

/* NULL, or why text is no base URL; never quotes it, for it may hold a password. */
const char *url_parse(struct cp_str text, struct arena *, struct conf_url *);
/* NULL, or a sentence: it is legal, and hardly what is meant. */
const char *url_remark(const struct conf_url *);
struct cp_str url_host(const struct conf_url *); /* without brackets and port */
uint16_t url_port(const struct conf_url *);      /* its scheme's, if it names none */
bool url_is_clear(const struct conf_url *);      /* http */
bool url_is_loopback(const struct conf_url *);   /* by its spelling */
bool url_is_private(
    const struct conf_url *); /* loopback, link-local, RFC 1918, ULA: by its spelling */

#endif
