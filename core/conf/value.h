/* SPDX-License-Identifier: MIT */
/*
 * value - one option's text to its number, switch or word.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf_entry;
struct conf_report;
struct node;

/* Stores the node's value at base + entry->place, or complains.  Strings are copied. */
void value_store(const struct conf_entry *, void *base, const struct node *, struct arena *,
                 struct conf_report *);
/* Stores the entry's default; it is static text. */
void value_preset(const struct conf_entry *, void *base);
/* A number as a file spells it, in the largest unit that leaves no rest: "50MB", "15m", "3". */
void value_spell(const struct conf_entry *, int64_t value, char out[32]);

#endif
