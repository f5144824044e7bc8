/* SPDX-License-Identifier: MIT */
/*
 * scribe_told - what is told again at a start: sums of the last days to the census, answers and homes to their memories;
 * and the census once more after an import.
 *
 * The census is asked for ring by ring: each ring's places are sums of the store with the ring's own step, up to the
 * moment of the start, so nothing of now is counted twice.  This may take seconds of a long history; between two sums
 * the thread takes what requests have left meanwhile, so that nothing is lost for it.
 *
 * How times were spread no sum knows: the records are read for it once more, the newest first, some at each turn and no
 * more than TIMES_MOST in all, which are enough to tell a median by.
 */
#include "admin/scribe_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/vault.h"
#include "state/census.h"

#include <stdio.h>
#include <stdlib.h>

enum { TIMES_STEP = 2000, TIMES_MOST = 200000 };

struct telling {
    struct census *census;
    uint32_t by;
    int64_t step_ms;
};

static int tell_place(void *ctx, const struct cp_sum *sum)
{
    const struct telling *t = ctx;
    census_restore(t->census, t->by, sum->group, sum->from_ms, t->step_ms, sum);
    return 0;
}

static int tell_ring(struct scribe *s, uint32_t by, int64_t step_ms, int64_t span_ms,
                     struct err *err)
{
    struct telling t = { s->with.census, by, step_ms };
    int64_t from = (s->started_wall_ms - span_ms) / step_ms * step_ms;
    struct cp_filter f = { .size = sizeof(f),
                           .from_ms = from > 0 ? from : 1,
                           .until_ms = s->started_wall_ms };
    return vault_sum(s->vault, &f, by, step_ms, tell_place, &t, err);
}

static void tell_census(struct scribe *s)
{
    struct err err = { 0 };
    int64_t step_ms, span_ms;
    int rc = 0;

    s->is_census_told = true;
    s->times_left = 0;
    if (!s->with.census || !vault_keeps_history(s->vault))
        return;
    for (uint32_t i = 0; !rc && s->vault && census_ring(i, &step_ms, &span_ms); i++) {
        for (uint32_t by = 0; !rc && s->vault && by < CENSUS_KINDS; by++) {
            rc = tell_ring(s, by, step_ms, span_ms, &err);
            desk_take(s, 0);
            mirrors_tell(s);
        }
    }
    if (rc)
        log_msg(CP_LOG_WARN, "statistics of the past are incomplete: %s", err.what);
    s->times_left = TIMES_MOST;
    s->times_ms = s->started_wall_ms;
    s->times_id[0] = '\0';
}

static int tell_record(void *ctx, const struct cp_record *r)
{
    struct scribe *s = ctx;

    census_restore_times(s->with.census, r);
    s->times_left--;
    s->times_n++;
    s->times_ms = r->wall_ms + 1;
    snprintf(s->times_id, sizeof(s->times_id), "%.*s", STR_FMT(r->id));
    return 0;
}

/* The next ones back. */
static void tell_times(struct scribe *s)
{
    struct cp_filter f = { .size = sizeof(f), .until_ms = s->times_ms };
    uint32_t n = s->times_left < TIMES_STEP ? s->times_left : TIMES_STEP;
    struct err err = { 0 };

    s->times_n = 0;
    if (vault_find(s->vault, &f, s->times_id[0] ? str_of(s->times_id) : STR_NONE, n,
                   tell_record, s, &err) ||
        s->times_n < n)
        s->times_left = 0;
}

/*
 * What came is of the past, and some of it may have been there before: only the store knows.  This thread alone counts and
 * writes, so nothing is missed or counted twice: what it has taken is in the store, and what comes meanwhile is not.
 */
void told_imports(struct scribe *s)
{
    pthread_mutex_lock(&s->lock);
    bool is_whole = list_empty(&s->imports);
    pthread_mutex_unlock(&s->lock);
    if (!s->has_imported || !is_whole || s->waiting_n)
        return;
    s->has_imported = false;
    s->retain_ms = 0; /* it is measured anew */
    if (!s->with.census)
        return;
    s->started_wall_ms = clock_wall_ms();
    census_clear(s->with.census);
    tell_census(s);
}

void told_all(struct scribe *s)
{
    for (int i = 0; s->vault && i < 2; i++)
        homes_tell(s, &s->homes[i]);
    mirrors_tell(s);
    if (s->vault && !s->is_census_told)
        tell_census(s);
    if (s->vault && s->times_left)
        tell_times(s);
}
