/* SPDX-License-Identifier: MIT */
/*
 * pass - keys of a few minutes: made, and known again.
 *
 *   try-EEEEEEEEEEEENNNNNNNNDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD
 *       12 digits: the monotonic millisecond at which it ends; 8: at random; 32: the digest of what stands before
 *
 * The clock is the monotonic one: a pass means this process only, and nobody who sets the machine's time prolongs it.
 */
#include "flow/pass.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PREFIX_CHARS = 4, END_CHARS = 12, NOISE_CHARS = 8, DIGEST_BYTES = 16 };
enum { SAID_CHARS = PREFIX_CHARS + END_CHARS + NOISE_CHARS };

struct pass_mint {
    uint8_t secret[32];
};

struct pass_mint *pass_mint_new(void)
{
    struct pass_mint *m = mem_new(1, sizeof(*m));

    hash_random(m->secret, sizeof(m->secret));
    return m;
}

void pass_mint_free(struct pass_mint *m)
{
    if (!m)
        return;
    explicit_bzero(m, sizeof(*m));
    free(m);
}

/* said: what stands before the digest. */
static void pass_digest(const struct pass_mint *m, struct cp_str said,
                        char out[2 * DIGEST_BYTES + 1])
{
    uint8_t digest[32];

    hash_hmac(str_n((const char *)m->secret, sizeof(m->secret)), said, digest);
    for (int i = 0; i < DIGEST_BYTES; i++)
        snprintf(out + (size_t)2 * i, 3, "%02x", digest[i]);
}

void pass_make(const struct pass_mint *m, int64_t now_ms, char out[PASS_CHARS + 1])
{
    uint32_t noise;

    hash_random(&noise, sizeof(noise));
    snprintf(out, PASS_CHARS + 1, "try-%012" PRIx64 "%08" PRIx32,
             (uint64_t)(now_ms + PASS_MS) & 0xffffffffffff, noise);
    pass_digest(m, str_n(out, SAID_CHARS), out + SAID_CHARS);
}

/* -1: another character. */
static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool looks_like_one(struct cp_str candidate)
{
    if (candidate.n != PASS_CHARS || !str_begins(candidate, "try-"))
        return false;
    for (size_t i = PREFIX_CHARS; i < PASS_CHARS; i++)
        if (digit_of(candidate.p[i]) < 0)
            return false;
    return true;
}

enum pass_verdict pass_check(const struct pass_mint *m, struct cp_str candidate, int64_t now_ms)
{
    char digest[2 * DIGEST_BYTES + 1];
    volatile unsigned char differs = 0;
    int64_t end_ms = 0;

    if (!looks_like_one(candidate))
        return PASS_NONE;
    if (!m)
        return PASS_FALSE;
    pass_digest(m, str_cut(candidate, SAID_CHARS), digest);
    for (size_t i = 0; i < sizeof(digest) - 1; i++)
        differs |= (unsigned char)(digest[i] ^ candidate.p[SAID_CHARS + i]);
    for (size_t i = 0; i < END_CHARS; i++)
        end_ms = end_ms * 16 + digit_of(candidate.p[PREFIX_CHARS + i]);
    if (differs)
        return PASS_FALSE;
    return now_ms < end_ms ? PASS_GOOD : PASS_OVER;
}

void pass_mint_pack(const struct pass_mint *m, struct buf *out)
{
    size_t begin = parcel_begin(out, "pass-mint");

    parcel_text(out, "secret", str_n((const char *)m->secret, sizeof(m->secret)));
    parcel_end(out, begin);
}

bool pass_mint_unpack(struct pass_mint *m, const struct parcel *p)
{
    struct cp_str secret = parcel_get(p, "secret");

    if (!parcel_is(p, "pass-mint"))
        return false;
    if (secret.n == sizeof(m->secret))
        memcpy(m->secret, secret.p, sizeof(m->secret));
    return true;
}
