/* SPDX-License-Identifier: MIT */
/*
 * rules - what the real services refuse, so that a wrong translation shows as their 400.
 */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#include "ask.h"
#include "scan.h"

enum { RULES_WHY_MAX = 400, RULES_PATH_MAX = 120, RULES_IDS_MAX = 256 };

struct rules {
    const struct ask *ask;
    bool is_refused; /* the first reason stands */
    char why[RULES_WHY_MAX], param[RULES_PATH_MAX];
    const char *code; /* NULL: the usual one */
};

/* returns  false when the service would answer 400, with why, param and code filled */
bool rules_check(struct rules *r, const struct ask *ask);

/* One for each dialect, in rules_DIALECT.c. */
void rules_claude(struct rules *r);
void rules_chat(struct rules *r);
void rules_responses(struct rules *r);
void rules_gemini(struct rules *r);

/* rules_gemini_schema.c: a Schema of the OpenAPI kind; path for the message */
void rules_gemini_schema(struct rules *r, struct slice schema, const char *path);

/* ---- for them: refuse() keeps the first reason and returns false ---- */
bool rules_refuse(struct rules *r, const char *param, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/* Every member of object is one of names (words parted by blanks); form has a %.*s for the first
 * that is not, and may have a %s before it for where. */
struct slice rules_unknown(struct slice object, const char *names);

bool rules_is_name(struct slice raw, size_t longest,
                   const char *more);  /* a JSON string of [A-Za-z0-9] and more */
bool rules_is_null(struct slice v);    /* absent or null */
bool rules_is_blank(struct slice raw); /* "" or white space */
bool rules_number_in(struct slice v, double least, double most); /* absent is fine */
size_t rules_count(struct slice list);                           /* elements */
bool rules_has_name(struct slice tools, struct slice raw_name);  /* at any depth */

/* Ids of calls that wait for their results: raw JSON strings. */
struct waiting {
    struct slice id[RULES_IDS_MAX];
    bool is_answered[RULES_IDS_MAX];
    size_t n;
};
void waiting_add(struct waiting *w, struct slice id);
bool waiting_answer(struct waiting *w, struct slice id); /* false: nobody waits for it */
bool waiting_has(const struct waiting *w, struct slice id);
struct slice waiting_first(const struct waiting *w); /* that has no answer; n == 0: all have */
void waiting_clear(struct waiting *w);

#define RAW(s) (int)((s).n > 2 ? (s).n - 2 : 0), (s).n > 2 ? (s).at + 1 : "" /* for %.*s */

#endif
