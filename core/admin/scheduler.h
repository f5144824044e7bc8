/* SPDX-License-Identifier: MIT */
/*
 * scheduler - everything the scheduler knows now, as JSON: GET /api/scheduler.
 */
#ifndef ADMIN_SCHEDULER_H
#define ADMIN_SCHEDULER_H

struct api_call;

/* ?channel=ID: that channel alone; ?brief: what changes, and of the parts those that are not well. */
void scheduler_show(struct api_call *);

#endif
