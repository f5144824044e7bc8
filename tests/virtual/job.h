/* SPDX-License-Identifier: MIT */
/*
 * job - a request of a history: what core/flow does with a real one, with the world's answers.
 */
#ifndef TESTS_VIRTUAL_JOB_H
#define TESTS_VIRTUAL_JOB_H

#include "play.h"

/* A new one with random wishes; NULL: too many are under way. */
struct job *job_begin(struct play *, uint32_t op, struct dice *);
/* Chooses and sends; NULL: nobody is asked (job->is_over, unless another attempt of it is under way). */
struct flight *job_ask(struct play *, struct job *, bool is_hedge);
/* Its answer comes. */
void job_settle(struct play *, struct flight *);
/* It begins to come, and may go on for long. */
void job_content(struct play *, struct flight *);
/* Its client leaves: nothing was learned. */
void job_cancel(struct play *, struct flight *);
void job_end(struct play *, struct job *);
/* To its end, at this moment.  True: it was served. */
bool job_run(struct play *, struct job *);
void job_fill_ask(const struct play *, struct job *, struct pick_ask *);
struct session job_session(int32_t session);

#endif
