/* SPDX-License-Identifier: MIT */
/*
 * trust - is the other end of a TLS session who the URL says?
 *
 * One trust store for the whole process instead of one for each connection: read at the first
 * use, read again when its file has changed.  A certificate passes if its chain ends in the store, all
 * of it is valid now and meant for servers, and it names the host (DNS or IP; the subject's
 * common name counts only where there is no such name, as GnuTLS has it).
 */
#ifndef LOOP_TRUST_H
#define LOOP_TRUST_H

#include <claude-proxy/plugin.h>

struct trust;
struct trust_seen;

/* Any thread. */
struct trust *trust_new(void);
struct trust *trust_ref(struct trust *);
void trust_unref(struct trust *);

/* What one user of connections has found good already; one thread. */
struct trust_seen *trust_seen_new(void);
void trust_seen_free(struct trust_seen *);

/* session: a gnutls_session_t after its handshake; NULL is never trusted.  ca_file: PEM; NULL: the
 * system's store.  A session that was found good for this host before, by this seen and with the same
 * handshake, costs a look-up.  0, or E_DENIED with why.  Any thread, each with its own seen. */
int trust_check(struct trust *, struct trust_seen *, void *session, const char *ca_file,
                struct cp_str host, char why[128]);

#endif
