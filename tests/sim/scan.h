/* SPDX-License-Identifier: MIT */
/*
 * scan - reads JSON where it lies: a value is the slice of text that spells it.
 */
#ifndef SIM_SCAN_H
#define SIM_SCAN_H

#include "text.h"

struct scan {
    const char *p, *end;
    char closer; /* ']' or '}'; 0: nothing to read */
};

bool scan_check(struct slice text); /* exactly one valid JSON value and blanks around it */

/* Walk the members of an object or the elements of an array that scan_check() accepted. */
struct scan scan_open(struct slice value);
bool scan_next(struct scan *walk, struct slice *name, struct slice *value);

struct slice scan_member(struct slice object, const char *name); /* n == 0: not there */
bool scan_is(struct slice value, const char *word);              /* the string "word" */
bool scan_is_string(struct slice value);
void scan_text(struct slice value, struct text *out); /* append the decoded string */

#endif
