/* SPDX-License-Identifier: MIT */
/*
 * trim - the oldest go, a few at a time, and the file gives their pages back.
 */
#include "sqlite.h"

#include <stdio.h>

enum { PAGES = 256, PAGES_SPARE = 32 };

static int used_bytes(struct sqlite *s, int64_t *used, int64_t *spare)
{
    int64_t pages = 0, size = 0;

    int rc = db_number(s->db, "PRAGMA page_count", 0, &pages);
    rc = rc ? rc : db_number(s->db, "PRAGMA freelist_count", 0, spare);
    rc = rc ? rc : db_number(s->db, "PRAGMA page_size", 4096, &size);
    *used = (pages - *spare) * size;
    return rc;
}

static int run(struct sqlite *s, const char *sql, int64_t value)
{
    struct db_query *q;

    int rc = db_prepare(s->db, sql, &q);
    if (rc)
        return rc;
    db_bind_int(q, 1, value);
    rc = db_step(q);
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

/* The last one to go, when at most so many of those below a place go; -1: none. */
static int last_to_go(struct sqlite *s, int64_t below, uint32_t rows, int64_t *last)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
             "SELECT max(seq) FROM (SELECT seq FROM records WHERE seq<%lld ORDER BY seq LIMIT "
             "%u)",
             (long long)below, rows);
    return db_number(s->db, sql, -1, last);
}

static int delete_to(struct sqlite *s, int64_t last)
{
    int rc = run(s, "DELETE FROM tries WHERE seq<=?", last);
    return rc ? rc : run(s, "DELETE FROM records WHERE seq<=?", last);
}

/* Sums and names of hours that nothing is left of. */
static int delete_hours(struct sqlite *s, int64_t before_ms)
{
    int64_t oldest = 0, hour;

    int rc = db_number(s->db, "SELECT min(seq) FROM records", 0, &oldest);
    hour = (oldest ? oldest >> SEQ_BITS : before_ms) / HOUR_MS;
    if (rc || hour <= s->gc_hour)
        return rc;
    rc = run(s, "DELETE FROM hours WHERE kind=0 AND hour<?", hour);
    rc = rc ? rc : run(s, "DELETE FROM hours WHERE kind=1 AND hour<?", hour);
    rc = rc ? rc : run(s, "DELETE FROM names WHERE last<?", hour);
    names_forget(s->names);
    if (!rc)
        s->gc_hour = hour;
    return rc;
}

/* *more: as many went as might. */
static int trim_step(struct sqlite *s, int64_t before_ms, int is_too_large, uint32_t rows,
                     int *more)
{
    int64_t last = -1, behind = -1;

    int rc = before_ms > 0 ? last_to_go(s, before_ms << SEQ_BITS, rows, &last) : CP_OK;
    if (!rc && last < 0 && is_too_large)
        rc = last_to_go(s, INT64_MAX, rows, &last);
    if (!rc && last >= 0) {
        rc = delete_to(s, last);
        *more = 1;
    }
    if (!rc && *more && before_ms > 0 && !is_too_large) {
        rc = last_to_go(s, before_ms << SEQ_BITS, 1, &behind);
        *more = behind >= 0;
    }
    return rc ? rc : delete_hours(s, before_ms);
}

int trim_records(void *store, int64_t before_ms, int64_t most_bytes, uint32_t most_rows)
{
    struct sqlite *s = store;
    int64_t used = 0, spare = 0;
    char vacuum[64];
    int more = 0;

    int rc = sqlite_begin(s);
    if (rc)
        return rc;
    rc = used_bytes(s, &used, &spare);
    rc = rc ? rc
            : trim_step(s, before_ms, most_bytes > 0 && used > most_bytes, most_rows, &more);
    rc = sqlite_end(s, rc);
    rc = rc ? rc : used_bytes(s, &used, &spare);
    if (rc || spare <= PAGES_SPARE)
        return rc ? rc : more;
    snprintf(vacuum, sizeof(vacuum), "PRAGMA incremental_vacuum(%d)", PAGES);
    rc = db_exec(s->db, vacuum);
    return rc ? rc : 1;
}

int trim_measure(void *store, int64_t *records, int64_t *bytes)
{
    struct sqlite *s = store;
    int64_t used = 0, spare = 0, size = 0;

    int rc = db_number(s->db, "SELECT count(*) FROM records", 0, records);
    rc = rc ? rc : used_bytes(s, &used, &spare);
    rc = rc ? rc : db_number(s->db, "PRAGMA page_size", 4096, &size);
    *bytes = used + spare * size;
    return rc;
}
