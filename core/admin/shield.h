/* SPDX-License-Identifier: MIT */
/*
 * shield - headers that keep browsers from doing with our pages and answers what nobody asked for.
 */
#ifndef ADMIN_SHIELD_H
#define ADMIN_SHIELD_H

#include <stddef.h>

struct reply_header;
struct request;

enum { SHIELD_HEADERS = 6 };

/* h: room for SHIELD_HEADERS.  How many there are now. */
size_t shield_put(struct reply_header *h, const struct request *);

#endif
