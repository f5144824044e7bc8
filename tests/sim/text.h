/* SPDX-License-Identifier: MIT */
/*
 * text - growable bytes and the few ways the simulator writes JSON into them.
 *
 * The simulator shares no code with the gateway, so that one bug cannot hide another; this is its
 * own string type. A failed allocation ends the process: a test tool has no better answer.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *at;
    size_t n;
};

struct text {
    char *at;
    size_t n, cap;
};

char *text_room(struct text *t, size_t n); /* at least n free bytes at the end; lent */
void text_add(struct text *t, const char *p, size_t n);
void text_str(struct text *t, const char *s);
void text_num(struct text *t, int64_t v);
void text_json(struct text *t, const char *p, size_t n); /* escaped, without the quotes */
void text_base64(struct text *t, const char *p, size_t n);
void text_free(struct text *t);

/*
 * Append by a template made for JSON: ' stands for a double quote, %s a C string as it is, %q a C
 * string quoted and escaped, %S and %Q the same for a struct slice *, %n an int64_t, %% a percent.
 */
void text_form(struct text *t, const char *form, ...);

struct slice slice_of(const char *s);
struct slice slice_trim(struct slice s);
bool slice_is(struct slice s, const char *word);        /* equal */
bool slice_is_nocase(struct slice s, const char *word); /* equal but for ASCII case */
bool slice_has(struct slice s, struct slice part);      /* contains */
bool slice_ends(struct slice s, const char *tail);
int64_t slice_number(struct slice s, int64_t otherwise); /* decimal, with KB MB GB or K M G */
bool utf8_is_valid(const char *p, size_t n);

#endif
