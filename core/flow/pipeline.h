/* SPDX-License-Identifier: MIT */
/*
 * pipeline - the table of steps; run, park, resume.
 */
#ifndef FLOW_PIPELINE_H
#define FLOW_PIPELINE_H

struct exchange;

/* Goes on from where the exchange waits.  Harmless after it is answered. */
void pipeline_run(struct exchange *);
/* Begins where a path is chosen: of a twin (hedge.h), whose request has been read. */
void pipeline_enter(struct exchange *);
/* The attempt at hand failed (attempt_fail() said why): from outside a step. */
void pipeline_retry(struct exchange *);

#endif
