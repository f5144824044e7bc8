/* SPDX-License-Identifier: MIT */
/*
 * pass - keys of a few minutes: made, and known again.
 *
 *   try-EEEEEEEEEEEESSSSSSSSNNNNNNNNDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD
 *       12 digits: the monotonic millisecond at which it ends; 8: whose session it is, 0 for none; 8: at random; 32: the digest of
 *       what stands before
 *
 * The clock is the monotonic one: a pass means this process only, and nobody who sets the machine's time prolongs it.
 *
 * Sessions that have ended stand in a ring.  Where more of them end than it has room for, the one that must go takes with it
 * every pass that sessions were given until then: somebody takes a new one, nobody keeps one that should be over.
 */
#include "flow/pass.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_CHARS = 4, END_CHARS = 12, WHOSE_CHARS = 8, NOISE_CHARS = 8, DIGEST_BYTES = 16 };
enum { SAID_CHARS = PREFIX_CHARS + END_CHARS + WHOSE_CHARS + NOISE_CHARS };
enum { ENDED_N = 64 };

struct pass_ended {
    uint32_t whose;
    int64_t at_ms; /* 0: nobody stands here */
};

struct pass_mint {
    uint8_t secret[32];
    pthread_mutex_t lock; /* of what follows */
    struct pass_ended ended[ENDED_N];
    uint32_t next;     /* place in the ring */
    int64_t all_until; /* what sessions were given until then has ended, ms; 0: nothing */
};

struct pass_mint *pass_mint_new(void)
{
    struct pass_mint *m = mem_new(1, sizeof(*m));

    hash_random(m->secret, sizeof(m->secret));
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

void pass_mint_free(struct pass_mint *m)
{
    if (!m)
        return;
    pthread_mutex_destroy(&m->lock);
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

/* A session's id as a pass says it; its secret id is not to be found in it.  0: nobody's. */
static uint32_t pass_whose(const struct pass_mint *m, struct cp_str session)
{
    uint8_t digest[32];
    uint32_t whose;

    if (!session.n)
        return 0;
    hash_hmac(str_n((const char *)m->secret, sizeof(m->secret)), session, digest);
    memcpy(&whose, digest, sizeof(whose));
    return whose ? whose : 1;
}

void pass_make(const struct pass_mint *m, struct cp_str session, int64_t now_ms,
               char out[PASS_CHARS + 1])
{
    uint32_t noise;

    hash_random(&noise, sizeof(noise));
    snprintf(out, PASS_CHARS + 1, "try-%012" PRIx64 "%08" PRIx32 "%08" PRIx32,
             (uint64_t)(now_ms + PASS_MS) & 0xffffffffffff, pass_whose(m, session), noise);
    pass_digest(m, str_n(out, SAID_CHARS), out + SAID_CHARS);
}

/* With the lock, or before any other thread. */
static void pass_remember(struct pass_mint *m, uint32_t whose, int64_t at_ms)
{
    struct pass_ended *e = &m->ended[m->next % ENDED_N];

    if (e->at_ms && at_ms - e->at_ms < PASS_MS)
        m->all_until = e->at_ms;
    *e = (struct pass_ended){ whose, at_ms };
    m->next++;
}

void pass_end(struct pass_mint *m, struct cp_str session, int64_t now_ms)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    if (session.n)
        pass_remember(m, pass_whose(m, session), now_ms);
    else
        m->all_until = now_ms;
    pthread_mutex_unlock(&m->lock);
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

static int64_t digits(struct cp_str candidate, size_t from, size_t n)
{
    int64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v * 16 + digit_of(candidate.p[from + i]);
    return v;
}

/* whose: of a session; end_ms: of its pass. */
static bool has_ended(struct pass_mint *m, uint32_t whose, int64_t end_ms)
{
    pthread_mutex_lock(&m->lock);
    bool is_over = m->all_until && end_ms - PASS_MS <= m->all_until;
    for (size_t i = 0; i < ENDED_N && !is_over; i++)
        is_over = m->ended[i].at_ms && m->ended[i].whose == whose;
    pthread_mutex_unlock(&m->lock);
    return is_over;
}

enum pass_verdict pass_check(struct pass_mint *m, struct cp_str candidate, int64_t now_ms)
{
    char digest[2 * DIGEST_BYTES + 1];
    volatile unsigned char differs = 0;

    if (!looks_like_one(candidate))
        return PASS_NONE;
    if (!m)
        return PASS_FALSE;
    pass_digest(m, str_cut(candidate, SAID_CHARS), digest);
    for (size_t i = 0; i < sizeof(digest) - 1; i++)
        differs |= (unsigned char)(digest[i] ^ candidate.p[SAID_CHARS + i]);
    if (differs)
        return PASS_FALSE;
    int64_t end_ms = digits(candidate, PREFIX_CHARS, END_CHARS);
    uint32_t whose = (uint32_t)digits(candidate, PREFIX_CHARS + END_CHARS, WHOSE_CHARS);
    if (now_ms >= end_ms)
        return PASS_OVER;
    return whose && has_ended(m, whose, end_ms) ? PASS_ENDED : PASS_GOOD;
}

void pass_mint_pack(struct pass_mint *m, struct buf *out)
{
    size_t begin = parcel_begin(out, "pass-mint");

    parcel_text(out, "secret", str_n((const char *)m->secret, sizeof(m->secret)));
    pthread_mutex_lock(&m->lock);
    parcel_number(out, "all_until", m->all_until);
    parcel_end(out, begin);
    for (uint32_t i = 0; i < ENDED_N; i++) {
        const struct pass_ended *e = &m->ended[(m->next + i) % ENDED_N];
        if (!e->at_ms)
            continue;
        begin = parcel_begin(out, "pass-ended");
        parcel_number(out, "whose", e->whose);
        parcel_number(out, "at_ms", e->at_ms);
        parcel_end(out, begin);
    }
    pthread_mutex_unlock(&m->lock);
}

bool pass_mint_unpack(struct pass_mint *m, const struct parcel *p)
{
    struct cp_str secret = parcel_get(p, "secret");

    if (parcel_is(p, "pass-ended")) {
        pass_remember(m, (uint32_t)parcel_get_number(p, "whose", 0),
                      parcel_get_number(p, "at_ms", 0));
        return true;
    }
    if (!parcel_is(p, "pass-mint"))
        return false;
    if (secret.n == sizeof(m->secret))
        memcpy(m->secret, secret.p, sizeof(m->secret));
    m->all_until = parcel_get_number(p, "all_until", 0);
    return true;
}
