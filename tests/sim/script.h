/* SPDX-License-Identifier: MIT */
/*
 * script - rules that say which requests get which reply, and the counting they need.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "ask.h"
#include "play.h"

struct head; /* http.h */
struct script;

/*
 * Replace the rules: a line each, # begins a comment line, a backslash at the end continues.
 * returns  0, or -1 with the line and the word that was not understood in error
 */
int script_load(struct slice text, char *error, size_t error_n);
void script_reset(void); /* all counters to zero */
bool script_is_empty(void);

/*
 * Apply the first rule that fits to play.
 *
 * is_early only rules with early or eatbody, which are asked before the body has been read
 * returns  the rules, if one was applied; play's strings live in them: script_release() later
 */
struct script *script_choose(struct play *play, const struct ask *ask, const struct head *head,
                             bool is_early);
void script_release(struct script *script);

/* May these words of a header or a prompt be applied now? Counts by the line itself. */
bool script_allows(const struct words *words, struct slice line, const struct ask *ask,
                   const struct head *head);

#endif
