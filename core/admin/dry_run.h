/* SPDX-License-Identifier: MIT */
/*
 * dry_run - where a request would go now, and why: POST /api/explain.
 */
#ifndef ADMIN_DRY_RUN_H
#define ADMIN_DRY_RUN_H

struct api_call;

/* ?path=/v1/messages&method=POST: the request's line; its headers and body are those of the call. */
void dry_run_show(struct api_call *);

#endif
