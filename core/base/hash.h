/* SPDX-License-Identifier: MIT */
/*
 * hash - a keyed 64-bit hash (SipHash-1-3) for tables, SHA-256 for names, random bytes.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

/* Keyed with random bytes drawn once per process. */
uint64_t hash_str(struct cp_str);
uint64_t hash_keyed(const uint8_t key[16], struct cp_str);
/* SHA-256 as 64 lower-case hex digits and a NUL. */
void hash_sha256(struct cp_str, char hex[65]);
void hash_sha256_raw(struct cp_str, uint8_t digest[32]);
/* HMAC-SHA-256. */
void hash_hmac(struct cp_str key, struct cp_str text, uint8_t digest[32]);
/* From getrandom(2); aborts if the kernel has none. */
void hash_random(void *p, size_t n);
/* 26 characters of Crockford base 32: time then randomness, sortable.  source: ULID spec. */
void hash_ulid(int64_t wall_ms, char out[27]);

#endif
