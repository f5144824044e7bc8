/* SPDX-License-Identifier: MIT */
/*
 * hours - the sums of hours, gathered in memory for the length of a transaction.
 *
 * The requests of a moment are alike: of one client, one channel, one model.  Told one by one, each would change the same
 * few rows again, twice a request, which took as long as all else that is written of it.
 */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 512, MOST = 256 };

struct hours {
    struct hour_sum at[PLACES];
    uint16_t used[MOST]; /* places, in the order of their coming */
    int used_n;
};

struct hours *hours_new(void)
{
    return calloc(1, sizeof(struct hours));
}

void hours_free(struct hours *h)
{
    free(h);
}

void hours_forget(struct hours *h)
{
    for (int i = 0; i < h->used_n; i++)
        h->at[h->used[i]].n = 0;
    h->used_n = 0;
}

static uint32_t place_of(const int64_t of[HOUR_OF])
{
    uint64_t h = 0;
    for (int i = 0; i < HOUR_OF; i++)
        h = (h ^ (uint64_t)of[i]) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 40) % PLACES;
}

static int hour_write(struct sqlite *s, const struct hour_sum *sum)
{
    struct db_query *q = sqlite_query(s, Q_HOUR);

    if (!q)
        return CP_E_LIMIT;
    for (int i = 0; i < HOUR_OF; i++)
        db_bind_int(q, 1 + i, sum->of[i]);
    db_bind_int(q, 1 + HOUR_OF, sum->n);
    for (int i = 0; i < HOUR_SUMS; i++)
        db_bind_int(q, 2 + HOUR_OF + i, sum->sums[i]);
    return db_run(q);
}

int hours_write(struct sqlite *s)
{
    struct hours *h = s->hours;
    int rc = CP_OK;

    for (int i = 0; !rc && i < h->used_n; i++)
        rc = hour_write(s, &h->at[h->used[i]]);
    hours_forget(h);
    return rc;
}

int hours_add(struct sqlite *s, const struct hour_sum *one)
{
    struct hours *h = s->hours;
    uint32_t i = place_of(one->of);

    while (h->at[i].n && memcmp(h->at[i].of, one->of, sizeof(one->of)) != 0)
        i = (i + 1) % PLACES;
    struct hour_sum *sum = &h->at[i];
    if (sum->n) {
        sum->n += one->n;
        for (int c = 0; c < HOUR_SUMS; c++)
            sum->sums[c] += one->sums[c];
        return CP_OK;
    }
    *sum = *one;
    h->used[h->used_n++] = (uint16_t)i;
    return h->used_n == MOST ? hours_write(s) : CP_OK;
}
