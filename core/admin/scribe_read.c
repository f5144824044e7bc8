/* SPDX-License-Identifier: MIT */
/*
 * scribe_read - reading what was kept, beside the thread that writes it.
 *
 * A second opening of the same store, used by one thread of the pool at a time.  If it fails before it has told anything it
 * is opened anew and asked once more: the file may be another one by now.
 */
#include "admin/scribe_private.h"

#include "base/str.h"
#include "conf/conf.h"
#include "plugin/vault.h"
#include "state/diary.h"

#include <stdio.h>
#include <string.h>

/* What a caller's row is called through: who has told nothing yet may be asked again. */
struct asked {
    const struct cp_filter *filter;
    struct cp_str after;
    uint32_t n, by;
    int64_t step_ms;
    int (*record)(void *, const struct cp_record *);
    int (*sum)(void *, const struct cp_sum *);
    void *ctx;
    uint64_t told;
};

static int tell_record(void *ctx, const struct cp_record *r)
{
    struct asked *a = ctx;
    a->told++;
    return a->record(a->ctx, r);
}

static int tell_sum(void *ctx, const struct cp_sum *s)
{
    struct asked *a = ctx;
    a->told++;
    return a->sum(a->ctx, s);
}

void reader_close(struct scribe *s)
{
    vault_close(s->reader);
    s->reader = NULL;
}

/* The store that is written to now; the lock of readers is held, so it stays that one. */
static int reader_open(struct scribe *s, struct err *err)
{
    char dir[sizeof(s->open_dir)];

    pthread_mutex_lock(&s->lock);
    const struct depot *d = s->open_depot;
    snprintf(dir, sizeof(dir), "%s", s->open_dir);
    pthread_mutex_unlock(&s->lock);
    if (!d || !dir[0])
        return err_set(err, E_ABSENT, "history", "no history is kept (history.store)");
    if (s->reader)
        return 0;
    return vault_open(d, NULL, 0, dir, CP_STORE_READ, &s->reader, err);
}

static int reader_ask(struct scribe *s, struct asked *a, struct err *err)
{
    int rc = reader_open(s, err);
    if (rc)
        return rc;
    return a->record ? vault_find(s->reader, a->filter, a->after, a->n, tell_record, a, err)
                     : vault_sum(s->reader, a->filter, a->by, a->step_ms, tell_sum, a, err);
}

static int reader_answer(struct scribe *s, struct asked *a, struct err *err)
{
    if (!s)
        return err_set(err, E_ABSENT, "history", "no history is kept");
    pthread_mutex_lock(&s->reading);
    int rc = reader_ask(s, a, err);
    if (rc && rc != E_ABSENT) {
        reader_close(s);
        if (!a->told)
            rc = reader_ask(s, a, err);
        if (rc)
            reader_close(s);
    }
    pthread_mutex_unlock(&s->reading);
    return rc;
}

int scribe_find(struct scribe *s, const struct cp_filter *f, struct cp_str after, uint32_t n,
                int (*row)(void *ctx, const struct cp_record *), void *ctx, struct err *err)
{
    struct asked a = { .filter = f, .after = after, .n = n, .record = row, .ctx = ctx };
    return reader_answer(s, &a, err);
}

int scribe_sum(struct scribe *s, const struct cp_filter *f, uint32_t by, int64_t step_ms,
               int (*row)(void *ctx, const struct cp_sum *), void *ctx, struct err *err)
{
    struct asked a = { .filter = f, .by = by, .step_ms = step_ms, .sum = row, .ctx = ctx };
    return reader_answer(s, &a, err);
}

int scribe_import(struct scribe *s, const struct cp_record *records, uint32_t n,
                  struct err *err)
{
    if (!s)
        return err_set(err, E_ABSENT, "history", "no history is kept");
    pthread_mutex_lock(&s->lock);
    bool has_store = s->state.store != NULL, has_room = s->imports_n + n <= SCRIBE_IMPORT_MOST;
    for (uint32_t i = 0; has_store && has_room && i < n; i++) {
        list_push(&s->imports, &diary_entry_new(&records[i])->link);
        s->imports_n++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!has_store)
        return err_set(err, E_ABSENT, "history", "no history is kept (history.store)");
    if (!has_room)
        return err_set(err, E_AGAIN, "history", "too much waits to be written already");
    diary_wake(s->with.diary);
    return 0;
}
