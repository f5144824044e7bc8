/* SPDX-License-Identifier: MIT */
/*
 * find - records, the newest first: conditions as SQL, rows as records.
 *
 * Who filters by channel or key asks for requests that were tried there: the walk goes through the index of tries, which
 * ends in seq as the others do; a request that was tried there twice is told once.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>

enum { TRIES = 64 };

void where_add(struct where *w, const char *sql, int64_t value)
{
    size_t n = strlen(sql);
    if (w->n + n + 6 >= sizeof(w->sql) || w->values_n == 24)
        return;
    memcpy(w->sql + w->n, " AND ", 5);
    memcpy(w->sql + w->n + 5, sql, n + 1);
    w->n += n + 5;
    w->values[w->values_n++] = value;
}

int where_name(struct sqlite *s, struct where *w, const char *sql, struct cp_str name)
{
    int64_t id;

    if (!name.p)
        return CP_OK;
    int rc = names_find(s, name, &id);
    if (rc)
        return rc;
    w->is_nothing |= !id;
    where_add(w, sql, id);
    return CP_OK;
}

int where_bind(struct db_query *q, const struct where *w, int at)
{
    for (int i = 0; i < w->values_n; i++)
        db_bind_int(q, at++, w->values[i]);
    return at;
}

/* ---- which ---- */

struct finding {
    struct sqlite *s;
    struct where where;
    int is_tried, has_id; /* through the tries; by id */
    struct cp_str id;
    int64_t least, below; /* seq */
};

static int finding_names(struct finding *f, const struct cp_filter *filter)
{
    struct where *w = &f->where;
    int rc = where_name(f->s, w, "r.client=?", filter->client);
    rc = rc ? rc : where_name(f->s, w, "r.family=?", filter->family);
    rc = rc ? rc : where_name(f->s, w, "r.model=?", filter->model);
    rc = rc ? rc : where_name(f->s, w, "r.session=? AND r.session>0", filter->session);
    rc = rc ? rc : where_name(f->s, w, "r.\"end\"=?", filter->end);
    rc = rc ? rc : where_name(f->s, w, "t.channel=?", filter->channel);
    rc = rc ? rc : where_name(f->s, w, "t.key=?", filter->key);
    f->is_tried = filter->channel.p || filter->key.p;
    return rc;
}

static int finding_make(struct finding *f, const struct cp_filter *filter)
{
    struct where *w = &f->where;

    f->least = filter->from_ms > 0 ? filter->from_ms << SEQ_BITS : 0;
    f->below = filter->until_ms > 0 ? filter->until_ms << SEQ_BITS : INT64_MAX;
    if (filter->outcome == CP_SERVED_ONLY)
        where_add(w, "r.outcome=?", SERVED);
    if (filter->outcome == CP_FAILED_ONLY)
        where_add(w, "r.outcome=? AND r.outcome<>1", FAILED);
    if (filter->outcome == CP_CANCELLED_ONLY)
        where_add(w, "r.outcome=? AND r.outcome<>1", CANCELLED);
    if (filter->status_least > 0)
        where_add(w, "r.status>=?", filter->status_least);
    if (filter->status_most > 0)
        where_add(w, "r.status<=?", filter->status_most);
    if (filter->id.p) {
        where_add(w, "r.h=?", place_of_id(filter->id));
        f->has_id = 1;
        f->id = filter->id;
    }
    return finding_names(f, filter);
}

/* Behind the newest record of that id within the bounds; if it is gone, the bounds say enough. */
static int finding_after(struct finding *f, struct cp_str after)
{
    struct db_query *q;

    if (!after.p)
        return CP_OK;
    int rc = db_prepare(
        f->s->db, "SELECT max(seq) FROM records WHERE h=? AND id=? AND seq>=? AND seq<?", &q);
    if (rc)
        return rc;
    db_bind_int(q, 1, place_of_id(after));
    db_bind_text(q, 2, after);
    db_bind_int(q, 3, f->least);
    db_bind_int(q, 4, f->below);
    rc = db_step(q);
    if (rc == 1)
        f->below = db_int(q, 0, f->below);
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

/* ---- rows ---- */

static void read_texts(struct sqlite *s, struct db_query *q, struct cp_record *r)
{
    for (int i = 0; i < NAMED; i++) {
        struct cp_str text = names_text(s, db_int(q, record_names[i].column, 0));
        memcpy((char *)r + record_names[i].at, &text, sizeof(text));
    }
    for (int i = 0; i < COUNTED; i++) {
        int64_t n = db_int(q, record_numbers[i].column, -1);
        memcpy((char *)r + record_numbers[i].at, &n, sizeof(n));
    }
}

static int read_tries(struct sqlite *s, int64_t seq, struct cp_record *r, struct cp_try *tries)
{
    struct db_query *q = sqlite_query(s, Q_TRIES);
    int rc = 1;

    if (!q)
        return CP_E_LIMIT;
    db_bind_int(q, 1, seq);
    while (r->tries_n < TRIES && (rc = db_step(q)) == 1) {
        if (db_int(q, 0, 0) & TRY_IMPLIED)
            continue;
        tries[r->tries_n++] = (struct cp_try){ .channel = names_text(s, db_int(q, 1, 0)),
                                               .key = names_text(s, db_int(q, 2, 0)),
                                               .outcome = names_text(s, db_int(q, 3, 0)),
                                               .status = (int32_t)db_int(q, 4, 0),
                                               .began_us = db_int(q, 5, 0),
                                               .took_us = db_int(q, 6, 0) };
    }
    db_reset(q);
    return rc < 0 ? rc : CP_OK;
}

static void read_record(struct sqlite *s, struct db_query *q, struct cp_record *r)
{
    *r = (struct cp_record){ .size = sizeof(*r),
                             .flags = (uint32_t)db_int(q, C_FLAGS, 0),
                             .id = db_text(q, C_ID),
                             .wall_ms = db_int(q, C_SEQ, 0) >> SEQ_BITS,
                             .why = db_text(q, C_WHY),
                             .status = (int32_t)db_int(q, C_STATUS, 0),
                             .up_status = (int32_t)db_int(q, C_UP_STATUS, 0),
                             .attempts = (uint32_t)db_int(q, C_ATTEMPTS, 0),
                             .try_size = sizeof(struct cp_try),
                             .mapped = (uint32_t)db_int(q, C_MAPPED, 0),
                             .approximated = (uint32_t)db_int(q, C_APPROXIMATED, 0),
                             .dropped = (uint32_t)db_int(q, C_DROPPED, 0),
                             .repaired = (uint32_t)db_int(q, C_REPAIRED, 0) };
    read_texts(s, q, r);
    r->tokens[0] = 0;
}

/* 1: enough; 0: go on. */
static int tell(struct sqlite *s, struct db_query *q,
                int (*row)(void *, const struct cp_record *), void *ctx)
{
    struct cp_try tries[TRIES];
    struct cp_record r;

    names_next(s->names);
    read_record(s, q, &r);
    int rc = read_tries(s, db_int(q, C_SEQ, 0), &r, tries);
    if (rc)
        return rc;
    r.tries = r.tries_n ? tries : NULL;
    struct cp_str packed = db_blob(q, C_TRACE);
    if (packed.p)
        rc = unpack(packed, &r.trace);
    if (!rc)
        rc = row(ctx, &r) != 0;
    pack_free(r.trace);
    return rc;
}

/* The columns, each with its table: tries has some of the same names. */
static void columns_of(char *out, size_t most)
{
    static const char columns[] = "," RECORD_COLUMNS;
    size_t n = 0;

    for (size_t i = 0; columns[i] && n + 3 < most; i++) {
        if (columns[i] != ',' || n)
            out[n++] = columns[i];
        if (columns[i] == ',') {
            out[n++] = 'r';
            out[n++] = '.';
        }
    }
    out[n] = '\0';
}

static int finding_run(struct finding *f, uint32_t n,
                       int (*row)(void *, const struct cp_record *), void *ctx)
{
    char sql[2400], columns[800];
    struct db_query *q;
    int64_t last = -1;

    const char *from =
        f->is_tried ? "tries t CROSS JOIN records r ON r.seq=t.seq" : "records r";
    const char *seq = f->is_tried ? "t.seq" : "r.seq";
    columns_of(columns, sizeof(columns));
    snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s>=? AND %s<?%s%s ORDER BY %s DESC",
             columns, from, seq, seq, f->where.sql, f->has_id ? " AND r.id=?" : "", seq);
    int rc = db_prepare(f->s->db, sql, &q);
    if (rc)
        return rc;
    db_bind_int(q, 1, f->least);
    db_bind_int(q, 2, f->below);
    int at = where_bind(q, &f->where, 3);
    if (f->has_id)
        db_bind_text(q, at, f->id);
    while (n && (rc = db_step(q)) == 1) {
        if (db_int(q, C_SEQ, 0) == last)
            continue;
        last = db_int(q, C_SEQ, 0);
        n--;
        rc = tell(f->s, q, row, ctx);
        if (rc)
            break;
    }
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

int find_records(void *store, const struct cp_filter *filter, struct cp_str after, uint32_t n,
                 int (*row)(void *, const struct cp_record *), void *ctx)
{
    struct finding f = { .s = store };

    if (db_is_moved(f.s->db))
        return sqlite_host->fail(NULL, CP_E_LIMIT, "%s is gone", f.s->path);
    int rc = finding_make(&f, filter);
    rc = rc ? rc : finding_after(&f, after);
    return rc || f.where.is_nothing ? rc : finding_run(&f, n, row, ctx);
}
