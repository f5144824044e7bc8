/* SPDX-License-Identifier: MIT */
/*
 * str - slices of text: compare, trim, split, read numbers.
 *
 * struct cp_str (claude-proxy/plugin.h) owns nothing; every function here returns slices of
 * what it was given.  p == NULL means absent and is equal to nothing but absent.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <string.h>

#include <claude-proxy/plugin.h>

#define STR(literal) ((struct cp_str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE     ((struct cp_str){ NULL, 0 })
/* For printf's %.*s */
#define STR_FMT(s)   (int)((s).n > 8192 ? 8192 : (s).n), ((s).p ? (s).p : "")

struct cp_str str_of(const char *z); /* NULL gives STR_NONE */
struct cp_str str_n(const char *p, size_t n);
bool str_eq(struct cp_str a, struct cp_str b);
bool str_is(struct cp_str a, const char *z);
bool str_is_nocase(struct cp_str a, const char *z); /* ASCII */
bool str_begins(struct cp_str a, const char *prefix);
bool str_begins_nocase(struct cp_str a, const char *prefix);
bool str_ends(struct cp_str a, const char *suffix);
/* Offset of the first needle, or -1. */
ptrdiff_t str_find(struct cp_str hay, struct cp_str needle);
ptrdiff_t str_find_nocase(struct cp_str hay, const char *needle);
ptrdiff_t str_chr(struct cp_str s, char c);
struct cp_str str_from(struct cp_str s, size_t at); /* the rest from offset at */
struct cp_str str_cut(struct cp_str s, size_t n);   /* at most n bytes */
struct cp_str str_trim(struct cp_str s);            /* blanks, tabs, CR, LF at both ends */
/* Takes the part before sep out of *rest; false when *rest is used up (absent). */
bool str_split(struct cp_str *rest, char sep, struct cp_str *part);
/* Whole decimal integer, optional '-'; 0 or E_SYNTAX or E_LIMIT (err.h). */
int str_int(struct cp_str s, int64_t *value);
/* "50MB", "64 KiB", "1024": powers of 1024, any case; 0, E_SYNTAX, E_LIMIT. */
int str_bytes(struct cp_str s, int64_t *bytes);
/* "300s", "1500ms", "5m", "2h", "1d", "1h30m"; a bare number has no unit and is E_SYNTAX, but 0. */
int str_duration(struct cp_str s, int64_t *ms);
/* True if all bytes are RFC 9110 token characters and there is at least one. */
bool str_is_token(struct cp_str s);
/* True if there is no byte < 0x20 but TAB, and no 0x7F: safe as an HTTP field value. */
bool str_is_field_value(struct cp_str s);

#endif
