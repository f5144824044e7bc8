/* SPDX-License-Identifier: MIT */
/*
 * scribe_desk - writing: what waits goes to the store in batches; what fails is offered again, for a while.
 *
 * After a failure the store is closed, and opened anew after a pause that doubles: so a file that was deleted comes back,
 * and one that is locked is not knocked at all the time.  One line in the log when it begins to fail, one when it is well
 * again.
 */
#include "admin/history_record.h"
#include "admin/numbers.h"
#include "admin/scribe_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/loader.h"
#include "plugin/vault.h"
#include "state/census.h"
#include "state/diary.h"
#include "state/news.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RETAIN_MS = 60 * 1000,
    RETAIN_ROWS = 500,
    HOMES_MS = 30 * 1000,
    FLUSH_MS = 2000 /* while nothing says otherwise */
};

/* ---- state, for those who look ---- */

static void state_counts(struct scribe *s, uint64_t written, uint64_t lost)
{
    pthread_mutex_lock(&s->lock);
    s->state.written += written;
    s->state.lost += lost;
    s->state.waiting = s->waiting_n;
    if (written)
        s->state.written_wall_ms = clock_wall_ms();
    pthread_mutex_unlock(&s->lock);
}

static void state_failing(struct scribe *s, bool is_failing, const char *why)
{
    s->is_failing = is_failing;
    pthread_mutex_lock(&s->lock);
    s->state.is_failing = is_failing;
    if (why)
        snprintf(s->state.why, sizeof(s->state.why), "%.*s", (int)sizeof(s->state.why) - 1,
                 why);
    pthread_cond_broadcast(&s->told);
    pthread_mutex_unlock(&s->lock);
}

static void state_store(struct scribe *s, const char *name)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->state_store, sizeof(s->state_store), "%s", name ? name : "");
    s->state.store = name ? s->state_store : NULL;
    s->state.records = s->state.bytes = -1;
    pthread_mutex_unlock(&s->lock);
}

/* ---- the desk ---- */

static void waiting_drop(struct scribe *s, uint32_t n)
{
    while (n-- && !list_empty(&s->waiting)) {
        struct diary_entry *e = LIST_ENTRY(s->waiting.next, struct diary_entry, link);
        list_remove(&e->link);
        s->waiting_n--;
        s->waiting_bytes -= e->bytes;
        diary_entry_free(e);
    }
}

static void tell_news(struct scribe *s, const struct cp_record *r)
{
    struct buf line;

    if (!s->with.news || !news_is_followed(s->with.news, "request"))
        return;
    buf_init(&line, SCRIBE_BATCH_BYTES);
    if (!history_record_line(r, s->now, &line))
        news_add(s->with.news, "request", buf_str(&line), false);
    buf_fini(&line);
}

static void waiting_add(struct scribe *s, struct diary_entry *e)
{
    if (!s->depot) {
        diary_entry_free(e);
        return;
    }
    if (!s->waiting_n)
        s->flush_ms = clock_ms() + (s->now ? s->now->history.flush_ms : FLUSH_MS);
    list_push(&s->waiting, &e->link);
    s->waiting_n++;
    s->waiting_bytes += e->bytes;
}

static void waiting_bound(struct scribe *s)
{
    uint32_t before = s->waiting_n;

    while (s->waiting_n > SCRIBE_MOST || s->waiting_bytes > SCRIBE_MOST_BYTES)
        waiting_drop(s, 1);
    state_counts(s, 0, before - s->waiting_n);
}

/* Records of an import, when there is room for them. */
static void take_imports(struct scribe *s)
{
    pthread_mutex_lock(&s->lock);
    while (!list_empty(&s->imports) && s->waiting_n < SCRIBE_MOST / 2) {
        struct diary_entry *e = LIST_ENTRY(s->imports.next, struct diary_entry, link);
        list_remove(&e->link);
        s->imports_n--;
        s->has_imported = true;
        waiting_add(s, e);
    }
    pthread_mutex_unlock(&s->lock);
}

void desk_take(struct scribe *s, int64_t wait_ms)
{
    struct link fresh;

    list_init(&fresh);
    (void)diary_take(s->with.diary, &fresh, wait_ms);
    while (!list_empty(&fresh)) {
        struct diary_entry *e = LIST_ENTRY(fresh.next, struct diary_entry, link);
        list_remove(&e->link);
        if (s->with.census)
            census_add(s->with.census, &e->record);
        if (s->with.numbers)
            numbers_add(s->with.numbers, &e->record);
        tell_news(s, &e->record);
        waiting_add(s, e);
    }
    take_imports(s);
    waiting_bound(s);
}

/* At the end: nobody comes back for it. */
void desk_drop(struct scribe *s)
{
    if (s->waiting_n)
        log_msg(CP_LOG_WARN, "%u records of history are lost: the store has not taken them",
                s->waiting_n);
    waiting_drop(s, s->waiting_n);
    while (!list_empty(&s->imports)) {
        struct diary_entry *e = LIST_ENTRY(s->imports.next, struct diary_entry, link);
        list_remove(&e->link);
        diary_entry_free(e);
    }
}

/* ---- the store ---- */

void desk_close(struct scribe *s)
{
    vault_close(s->vault);
    s->vault = NULL;
}

void desk_failed(struct scribe *s, const struct err *err)
{
    char where[sizeof(err->where)];

    snprintf(where, sizeof(where), "%s", err->where);
    if (!s->is_failing)
        log_record(CP_LOG_WARN, "store_failing", NULL, 0,
                   "history is not kept for now: %s: %s; requests are served", where,
                   err->what);
    state_failing(s, true, err->what);
    desk_close(s);
    s->pause_ms = s->pause_ms ? s->pause_ms * 2 : SCRIBE_PAUSE_MS;
    if (s->pause_ms > SCRIBE_PAUSE_MOST_MS)
        s->pause_ms = SCRIBE_PAUSE_MOST_MS;
    s->retry_ms = clock_ms() + s->pause_ms;
}

static void desk_well(struct scribe *s)
{
    s->pause_ms = s->retry_ms = 0;
    if (!s->is_failing)
        return;
    log_record(CP_LOG_INFO, "store_well", NULL, 0,
               "history is kept again; %u records waited, %llu were lost", s->waiting_n,
               (unsigned long long)s->state.lost);
    state_failing(s, false, NULL);
}

bool desk_is_open(struct scribe *s)
{
    struct err err = { 0 };

    if (s->vault)
        return true;
    if (!s->depot || clock_ms() < s->retry_ms)
        return false;
    if (vault_open(s->depot, NULL, 0, s->dir, CP_STORE_WRITE, &s->vault, &err)) {
        s->vault = NULL;
        desk_failed(s, &err);
        return false;
    }
    return true;
}

static void desk_tell_absent(const struct conf *c, const struct registry *plugins)
{
    const struct registry_absent *why = registry_absent_store(plugins, c->history.store);

    log_msg(CP_LOG_WARN, "no plugin has the store \"%.*s\"%s%s%s%s: history is not kept",
            STR_FMT(c->history.store), why ? "; " : "", why ? why->file : "", why ? ": " : "",
            why ? why->why : "");
}

/* Readers ask the store that is written to, and no two files of one store are open at once: they may lock each other out. */
static void desk_adopt(struct scribe *s, const struct depot *d, const char *dir)
{
    desk_close(s);
    pthread_mutex_lock(&s->reading); /* who reads ends first */
    reader_close(s);
    pthread_mutex_lock(&s->lock);
    s->open_depot = d;
    snprintf(s->open_dir, sizeof(s->open_dir), "%s", dir);
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_unlock(&s->reading);
    depot_unref(s->depot);
    s->depot = d ? depot_ref(d) : NULL;
    snprintf(s->dir, sizeof(s->dir), "%s", dir);
}

void desk_conf(struct scribe *s, const struct registry *plugins)
{
    const struct conf *c = s->now;
    const struct depot *d =
        c->history.store.n ? registry_store(plugins, c->history.store) : NULL;
    char dir[sizeof(s->dir)];

    snprintf(dir, sizeof(dir), "%.*s", STR_FMT(c->state_dir));
    if (c->history.store.n && !d && !s->is_failing)
        desk_tell_absent(c, plugins);
    if (d && !dir[0])
        d = NULL;
    if (d == s->depot && strcmp(dir, s->dir) == 0)
        return;
    desk_adopt(s, d, dir);
    s->retry_ms = s->pause_ms = 0;
    state_failing(s, false, "");
    state_store(s, d ? d->hooks.name : NULL);
    if (!d)
        waiting_drop(s, s->waiting_n);
}

/* The first of those that wait; their structs are copied, their texts stay where they are. */
static uint32_t batch_of(struct scribe *s, struct cp_record *records)
{
    uint32_t n = 0;
    size_t bytes = 0;

    LIST_EACH(l, &s->waiting)
    {
        const struct diary_entry *e = LIST_ENTRY(l, struct diary_entry, link);
        if (n == SCRIBE_BATCH || bytes > SCRIBE_BATCH_BYTES)
            break;
        records[n++] = e->record;
        bytes += e->bytes;
    }
    return n;
}

static bool records_write(struct scribe *s)
{
    struct cp_record *records = mem_new(SCRIBE_BATCH, sizeof(*records));
    struct err err = { 0 };
    int rc = 0;

    while (s->vault && s->waiting_n) {
        uint32_t n = batch_of(s, records);
        rc = vault_append(s->vault, records, n, &err);
        bool is_lost = rc == E_NOMEM || rc == E_BUG || rc == E_UNSUPPORTED;
        if (!rc || is_lost)
            waiting_drop(s, n);
        state_counts(s, rc ? 0 : n, is_lost ? n : 0);
        if (rc)
            desk_failed(s, &err);
    }
    free(records);
    return !rc;
}

bool desk_write(struct scribe *s)
{
    if (!records_write(s) || !things_write(s))
        return false;
    desk_well(s);
    s->flush_ms = clock_ms() + s->now->history.flush_ms;
    return true;
}

/* ---- retention ---- */

int64_t desk_keep_ms(struct scribe *s)
{
    return s->now->history.keep_ms;
}

static void desk_measure(struct scribe *s)
{
    struct err err = { 0 };
    int64_t records = -1, bytes = -1;

    if (vault_measure(s->vault, &records, &bytes, &err)) {
        desk_failed(s, &err);
        return;
    }
    pthread_mutex_lock(&s->lock);
    s->state.records = records;
    s->state.bytes = bytes;
    pthread_mutex_unlock(&s->lock);
}

static void desk_trim(struct scribe *s)
{
    struct err err = { 0 };
    int64_t before = desk_keep_ms(s) ? clock_wall_ms() - desk_keep_ms(s) : 0;
    int rc = vault_trim(s->vault, before, s->now->history.most_bytes, RETAIN_ROWS, &err);

    if (rc < 0)
        desk_failed(s, &err);
    else
        s->has_more = rc == 1;
}

void desk_retain(struct scribe *s)
{
    if (clock_ms() >= s->homes_ms) {
        for (int i = 0; i < 2; i++)
            homes_write(s, &s->homes[i]);
        s->homes_ms = clock_ms() + HOMES_MS;
    }
    if (!s->vault || (!s->has_more && clock_ms() < s->retain_ms))
        return;
    s->has_more = false;
    if (vault_keeps_history(s->vault))
        desk_trim(s);
    if (s->vault && vault_keeps_things(s->vault))
        s->has_more |= mirrors_prune(s);
    if (s->vault && !s->has_more && vault_keeps_history(s->vault))
        desk_measure(s);
    s->retain_ms = clock_ms() + RETAIN_MS;
}
