/* SPDX-License-Identifier: MIT */
/*
 * filler - text in any amount, and noise, the same in every run.
 *
 * A buffer per power of two is made once and kept: thousands of streams of filler text share it.
 */
#include "reply.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *filler_words(size_t n)
{
    static const char words[] =
        "The quick brown fox jumps over the lazy dog, and so on it goes. ";
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char *made[48];
    size_t size = 64;
    int class = 6;

    for (; size < n; size *= 2)
        class ++;
    pthread_mutex_lock(&lock);
    if (!made[class]) {
        made[class] = malloc(size);
        if (!made[class])
            abort();
        for (size_t i = 0; i < size; i += sizeof words - 1)
            memcpy(made[class] + i, words, sizeof words - 1);
    }
    pthread_mutex_unlock(&lock);
    return made[class];
}

void filler_noise(struct text *out, size_t n)
{
    uint32_t x = 2463534242u;
    char *p = text_room(out, n);

    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        p[i] = (char)x;
    }
    out->n += n;
}
