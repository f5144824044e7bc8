/* SPDX-License-Identifier: MIT */
/*
 * slice - a JSON value is the slice of text that spells it: get, each, text.
 *
 * All functions want text that json_check() has passed (or a value out of it); on other bytes
 * they stay inside the slice and return something harmless.
 */
#ifndef JSON_SLICE_H
#define JSON_SLICE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct arena;

char json_kind(struct cp_str v); /* { [ " 0 t f n, or 0 */
struct cp_str json_get(struct cp_str object,
                       const char *key); /* last one wins; absent: p NULL */
/*
 * Steps through an object or array.
 *
 * at       starts at 0
 * key      of an object's member, as spelled between its quotes (json_is, json_key_text), or NULL
 * returns  1: got one; 0: the end, or no object or array
 */
int json_each(struct cp_str list, size_t *at, struct cp_str *key, struct cp_str *v);
/* Without quotes and escapes; lent from v if it had no escapes, else arena_alloc'ed (p NULL when over
 * budget).  Lone surrogates become U+FFFD. */
struct cp_str json_text(struct arena *, struct cp_str v);
/* The same for a key given by json_each(). */
struct cp_str json_key_text(struct arena *, struct cp_str key);
int json_int(struct cp_str v,
             int64_t *value); /* 0, E_SYNTAX, E_LIMIT; 5.0 and 5e1 count as whole */
/* True if v is the string s, escapes respected.  v may be a value with its quotes or a key as given by
 * json_each(); a number or word is compared as it is spelled. */
bool json_is(struct cp_str v, const char *s);
bool json_true(struct cp_str v);
/* The same JSON without white space between tokens; lent from v if there was none; p NULL over budget. */
struct cp_str json_compact(struct arena *, struct cp_str v);
/* "a.b[2].c" from the root; for tests and messages. */
struct cp_str json_at(struct cp_str root, const char *path);

#endif
