/* SPDX-License-Identifier: MIT */
/*
 * shield - headers that keep browsers from doing with our pages and answers what nobody asked for.
 */
#ifndef ADMIN_SHIELD_H
#define ADMIN_SHIELD_H

#include <stddef.h>

#include <claude-proxy/plugin.h>

struct reply_header;
struct request;

enum { SHIELD_HEADERS = 6 };

/*
 * h        room for SHIELD_HEADERS
 * policy   Content-Security-Policy; absent: that of answers which are no pages
 * returns  how many there are now
 */
size_t shield_put(struct reply_header *h, const struct request *, struct cp_str policy);

#endif
