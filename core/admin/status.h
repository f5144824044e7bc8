/* SPDX-License-Identifier: MIT */
/*
 * status - the gateway on one screen.
 */
#ifndef ADMIN_STATUS_H
#define ADMIN_STATUS_H

struct api_call;

/* GET /api/status */
void status_show(struct api_call *);

#endif
