/* SPDX-License-Identifier: MIT */
/*
 * errand - a question to the gateway, what it says to it, and what of that is shown.
 *
 * Functions return an exit code; whatever is not 0 has been told on stderr.
 */
#ifndef CTL_ERRAND_H
#define CTL_ERRAND_H

#include "ctl/ctl.h"
#include "ctl/view.h"

struct tree;

/* Finds the gateway, if that has not been done. */
int errand_connect(struct ctl *);
/* Only answers that are a success come back; the answer is the caller's to end in any case. */
int errand_ask(struct ctl *, const struct talk_ask *, struct talk_answer *);
/* A GET whose answer is JSON; *answer is the caller's. */
int errand_get(struct ctl *, const char *target, struct tree **answer);
/* body: taken; NULL: none.  *answer (may be NULL) is the caller's, NULL if nothing was answered. */
int errand_send(struct ctl *, const char *method, const char *target, struct tree *body,
                struct tree **answer);
/* A GET, shown. */
int errand_pass(struct ctl *, const char *target, const struct view *);
/* The command's path with its arguments and its options of the address; false: it has been told. */
int errand_target(struct ctl *, struct buf *target);
/* One part of an address, escaped. */
void errand_escape(struct buf *out, struct cp_str part);
/* As the command's view and the look have it.  JSON is not parsed anew: what came is what is written. */
int errand_show(struct ctl *, const struct talk_answer *, const struct view *);
/* A tree that was made here. */
void errand_show_tree(struct ctl *, const struct tree *, const struct view *);
/* The command's sentence: "channel {CHANNEL} is active". */
void errand_done(struct ctl *, const struct tree *answer);
/* The whole of a command without a function. */
int errand_run(struct ctl *);

#endif
