/* SPDX-License-Identifier: MIT */
/*
 * secret - keys: compared in constant time, shown only masked, wiped when freed.
 *
 * A candidate is compared by HMAC under a key drawn for this secret alone: the digests have one
 * length, so neither the secret's length nor the place of the first difference shows in the time,
 * and who could read the digest from a core file could not look it up.
 */
#include "base/secret.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>

struct secret {
    uint8_t salt[32];
    uint8_t digest[32];
    size_t n;
    char text[];
};

static void secret_digest(const struct secret *s, struct cp_str text, uint8_t digest[32])
{
    hash_hmac(str_n((const char *)s->salt, sizeof(s->salt)), text, digest);
}

struct secret *secret_new(struct cp_str text)
{
    struct secret *s = mem_new(1, sizeof(*s) + text.n + 1);
    s->n = text.n;
    if (text.n)
        memcpy(s->text, text.p, text.n);
    hash_random(s->salt, sizeof(s->salt));
    secret_digest(s, text, s->digest);
    log_hide(text);
    return s;
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    explicit_bzero(s, sizeof(*s) + s->n);
    free(s);
}

struct cp_str secret_show(const struct secret *s)
{
    return str_n(s->text, s->n);
}

bool secret_is(const struct secret *s, struct cp_str candidate)
{
    uint8_t digest[32];
    secret_digest(s, candidate, digest);
    volatile uint8_t differs = !candidate.p;
    for (size_t i = 0; i < sizeof(digest); i++)
        differs |= digest[i] ^ s->digest[i];
    return differs == 0;
}

void secret_mask(struct cp_str clear, char out[32])
{
    size_t first = 0, last = 0;
    if (clear.n >= 32)
        first = 8, last = 4;
    else if (clear.n >= 20)
        first = 4, last = 2;
    else if (clear.n >= 12)
        first = 2;

    char *p = out;
    for (size_t i = 0; i < first; i++)
        *p++ = clear.p[i];
    memcpy(p, "***", 3);
    p += 3;
    for (size_t i = clear.n - last; i < clear.n; i++)
        *p++ = clear.p[i];
    *p = '\0';
    for (p = out; *p; p++)
        if (*p <= ' ' || *p >= 0x7F)
            *p = '?';
}

void secret_id(struct cp_str clear, struct cp_str install_id, char out[13])
{
    uint8_t digest[32];
    hash_hmac(install_id, clear, digest);
    for (int i = 0; i < 6; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[12] = '\0';
}
