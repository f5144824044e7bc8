/* SPDX-License-Identifier: MIT */
/*
 * document - the API's doors as an OpenAPI 3.1 document, written from the very tables that serve them.
 */
#ifndef ADMIN_DOCUMENT_H
#define ADMIN_DOCUMENT_H

struct api_call;
struct api_route;
struct tree;

/* GET /api/openapi.json */
void document_show(struct api_call *);
/* The schema of the door's body, the caller's; NULL: it is no object of ours.  document_body.c */
struct tree *document_body(const struct api_route *);

#endif
