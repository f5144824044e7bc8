/* SPDX-License-Identifier: MIT */
/*
 * play - what one reply shall look like, and the language that says so.
 *
 * The same words are used in a script file, in a request's x-sim header and in its last prompt.
 */
#ifndef SIM_PLAY_H
#define SIM_PLAY_H

#include "text.h"

enum { PLAY_HEADERS_MAX = 24, PLAY_TOOLS_MAX = 16, PLAY_UNSET = -1 };

struct play_tool {
    struct slice name, args;
};

/* Numbers are PLAY_UNSET when not said, flags 0; strings have n == 0 and at == NULL. */
struct play {
    int64_t status, delay_ms, first_ms, pace_ms, events, size, frag;
    int64_t cut, cutevent, stall, stallevent, drip_ms, errafter, wronglength, pings;
    int64_t garbage, flood, continues, junkheaders, bigheader, eatbody, chunk;
    int64_t interleave, nousage, reset, html, empty, close, nodone, nofinish, crlf, bom;
    int64_t comments, noblank, as_json, as_sse, gzip, stamp, each, drop, early, badchunk;
    int64_t bareerror, nosignature, badtool, strict;
    struct slice text, refusal, think, signature, error, errevent, stop, usage, usagejson;
    struct slice retry_after, raw, body, models;
    struct slice header[PLAY_HEADERS_MAX];
    struct play_tool tool[PLAY_TOOLS_MAX];
    int headers_n, tools_n;
    /* when a rule applies; counted by script.c */
    int64_t times, nth, every;
    struct slice path, model, key, prompt, dialect, has_header, has_member;
};

struct directive;
struct word {
    const struct directive *directive;
    struct slice value;
};

/* A parsed line: values point into block, which the words own. */
struct words {
    char *block;
    struct word *list;
    int n;
};

void play_init(struct play *p);
void play_apply(struct play *p, const struct words *words); /* later words win */

/*
 * Read a line of directives.
 *
 * turn     words between the turn-th and the next `then` are taken; 0 is the first
 * error    receives the offending word, at most error_n bytes
 * returns  0, or -1 when a word is unknown or its value is not of its kind
 */
int words_parse(struct words *words, struct slice line, int turn, char *error, size_t error_n);
void words_free(struct words *words);

void play_print_help(void);

#endif
