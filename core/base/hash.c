/* SPDX-License-Identifier: MIT */
/*
 * hash - a keyed 64-bit hash (SipHash-1-3) for tables, SHA-256 for names, random bytes.
 *
 * Tables are keyed because their keys come from strangers: model names, session ids.  One
 * compression and three finalisation rounds are what Rust and Python use for the same purpose.
 * source: Aumasson, Bernstein: SipHash, a fast short-input PRF, 2012
 */
#include "base/hash.h"

#include <gnutls/crypto.h>

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint8_t hash_process_key[16];

static void hash_draw_key(void)
{
    hash_random(hash_process_key, sizeof(hash_process_key));
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

/* Up to eight bytes, the first the lowest. */
static uint64_t load_le(const void *p, size_t n)
{
    uint64_t x = 0;
    memcpy(&x, p, n);
    return le64toh(x);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

uint64_t hash_keyed(const uint8_t key[16], struct cp_str s)
{
    uint64_t k0 = load_le(key, 8), k1 = load_le(key + 8, 8);
    uint64_t v[4] = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                      k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u };
    size_t whole = s.n & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = load_le(s.p + i, 8);
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t last =
        ((uint64_t)s.n << 56) | (s.n > whole ? load_le(s.p + whole, s.n - whole) : 0);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_str(struct cp_str s)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hash_draw_key);
    return hash_keyed(hash_process_key, s);
}

void hash_sha256_raw(struct cp_str s, uint8_t digest[32])
{
    /* fails only where the library was built or told to refuse SHA-256 */
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, s.p ? s.p : "", s.n, digest) < 0)
        abort();
}

void hash_hmac(struct cp_str key, struct cp_str text, uint8_t digest[32])
{
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.p ? key.p : "", key.n, text.p ? text.p : "",
                         text.n, digest) < 0)
        abort();
}

void hash_sha256(struct cp_str s, char hex[65])
{
    uint8_t digest[32];
    hash_sha256_raw(s, digest);
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[64] = '\0';
}

void hash_random(void *p, size_t n)
{
    char *at = p;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        n -= (size_t)got;
    }
}

/* A system call for each id would be the dearest part of it. */
static void hash_noise(uint8_t *out, size_t n)
{
    static _Thread_local uint8_t pool[256];
    static _Thread_local size_t left;

    if (left < n) {
        hash_random(pool, sizeof(pool));
        left = sizeof(pool);
    }
    memcpy(out, pool + left - n, n);
    left -= n;
}

void hash_ulid(int64_t wall_ms, char out[27])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t ms = (uint64_t)wall_ms;
    for (int i = 9; i >= 0; i--, ms >>= 5)
        out[i] = digits[ms & 31];

    uint8_t noise[16];
    hash_noise(noise, sizeof(noise));
    for (int i = 0; i < 16; i++)
        out[10 + i] = digits[noise[i] & 31];
    out[26] = '\0';
}
