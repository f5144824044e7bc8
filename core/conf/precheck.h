/* SPDX-License-Identifier: MIT */
/*
 * precheck - what the configuration's parser would let through, seen before it reads.
 */
#ifndef CONF_PRECHECK_H
#define CONF_PRECHECK_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct conf_report;

/*
 * Complains of bytes NUL, integers that do not fit, leading zeros, @include, too deep nesting and
 * strings that are not closed.
 * *text loses a byte order mark at its beginning.
 *
 * returns  false if the text must not be parsed at all
 */
bool precheck_text(struct cp_str file, struct cp_str *text, struct conf_report *);

#endif
