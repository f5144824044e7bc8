/* SPDX-License-Identifier: MIT */
/*
 * sessions - which conversation is at home where: shown and forgotten by /api/scheduler/sessions.
 */
#ifndef ADMIN_SESSIONS_H
#define ADMIN_SESSIONS_H

struct api_call;

/* GET ?limit=100: the most recent ones. */
void sessions_show(struct api_call *);
/* DELETE ?channel=ID&key=ID: those whose home it is; without them all. */
void sessions_clear(struct api_call *);

#endif
