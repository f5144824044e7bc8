/* SPDX-License-Identifier: MIT */
/*
 * address - which network addresses an upstream may have.
 *
 * Pure.  A base URL is typed by an administrator, but a stolen panel session types too: the rule
 * is asked with the address that is really about to be connected, after DNS and for every try, so
 * that neither odd spellings (127.1, 0x7f.1, [::ffff:127.0.0.1]) nor a name that changes its mind
 * get around it.
 */
#ifndef LOOP_ADDRESS_H
#define LOOP_ADDRESS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct sockaddr;

/* NULL: may be connected; else a static text that says what it is ("link-local address").
 * is_private_fine lets loopback, RFC 1918, ULA and shared space pass; link-local, cloud metadata,
 * multicast, unspecified and reserved addresses never pass.  Families but INET and INET6: refused. */
const char *address_refusal(const struct sockaddr *, bool is_private_fine);
/* The same for an address in text, with or without brackets; NULL too when it is none (a name). */
const char *address_refusal_text(struct cp_str host, bool is_private_fine);

#endif
