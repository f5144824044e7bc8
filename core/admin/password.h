/* SPDX-License-Identifier: MIT */
/*
 * password - passwords of people as crypt(5) hashes: made, and compared.
 *
 * Both take a tenth of a second of a processor, by purpose: not on a worker's thread.
 */
#ifndef ADMIN_PASSWORD_H
#define ADMIN_PASSWORD_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

enum { PASSWORD_LEAST = 8, PASSWORD_MOST = 500, PASSWORD_HASH_BYTES = 384 };

/*
 * A yescrypt hash with a salt of its own; out holds PASSWORD_HASH_BYTES.
 *
 * returns  0; E_CONFIG: too short, too long, or with a NUL in it; E_UNSUPPORTED: libcrypt cannot
 */
int password_hash(struct cp_str clear, char *out, struct err *);
/* hash absent, or none that libcrypt knows: the same work, and false. */
bool password_is(struct cp_str clear, struct cp_str hash);

#endif
