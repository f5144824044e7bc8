/* SPDX-License-Identifier: MIT */
/*
 * document - the API's doors as an OpenAPI 3.1 document, written from the very tables that serve them.
 */
#ifndef ADMIN_DOCUMENT_H
#define ADMIN_DOCUMENT_H

struct api_call;

/* GET /api/openapi.json */
void document_show(struct api_call *);

#endif
