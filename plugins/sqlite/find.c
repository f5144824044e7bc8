/* SPDX-License-Identifier: MIT */
/*
 * find - records, the newest first: conditions as SQL, rows as records.
 *
 * Who filters by channel or key asks for requests that were tried there: the walk goes through the index of tries, which
 * ends in seq as the others do; a request that was tried there twice is told once.  If they must have failed, it begins
 * with the failures, which are fewer.
 *
 * What no index leads to (a client API, an end, several things at once) is looked for hour by hour: the sums of hours say
 * in which ones there is any, so a page of what is rare costs no walk through all that is not.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>

enum { TRIES = 64, NOT_SERVED = CP_CANCELLED_ONLY + 1 };

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
    struct where hours;   /* the same as far as the sums of hours know it */
    int is_tried, has_id; /* through the tries; by id */
    int is_bad;           /* none that were served */
    int is_mixed; /* failed and cancelled ones: two walks of their index, put in order */
    int is_rare;  /* hour by hour */
    struct cp_str id;
    int64_t least, below; /* seq */
};

static int finding_hours(struct finding *f, const struct cp_filter *filter)
{
    struct where *w = &f->hours;
    int is_one = (filter->client.p != NULL) + (filter->model.p != NULL) + f->is_bad < 2;
    int rc = where_name(f->s, w, "client=?", filter->client);

    rc = rc ? rc : where_name(f->s, w, "family=?", filter->family);
    rc = rc ? rc : where_name(f->s, w, "model=?", filter->model);
    rc = rc ? rc : where_name(f->s, w, "\"end\"=?", filter->end);
    f->is_rare = w->values_n && !f->has_id && !filter->session.p &&
                 !(f->is_tried && f->is_bad) &&
                 (filter->family.p || filter->end.p || f->is_tried || !is_one);
    f->is_rare |= f->is_mixed && !f->has_id && !filter->session.p;
    return rc;
}

static int finding_names(struct finding *f, const struct cp_filter *filter)
{
    struct where *w = &f->where;
    int rc = where_name(f->s, w, "r.client=?", filter->client);
    rc = rc ? rc : where_name(f->s, w, "r.family=?", filter->family);
    rc = rc ? rc : where_name(f->s, w, "r.model=?", filter->model);
    rc = rc ? rc : where_name(f->s, w, "r.session=? AND r.session>0", filter->session);
    rc = rc ? rc : where_name(f->s, w, "r.\"end\"=?", filter->end);
    /* the plus: by the request, not by the channel's index, which would be walked anew for each failure */
    const char *channel = f->is_bad ? "+t.channel=?" : "t.channel=?";
    const char *key = f->is_bad ? "+t.key=?" : "t.key=?";
    rc = rc ? rc : where_name(f->s, w, channel, filter->channel);
    rc = rc ? rc : where_name(f->s, w, key, filter->key);
    f->is_tried = filter->channel.p || filter->key.p;
    return rc ? rc : finding_hours(f, filter);
}

/* A status from 400 on was no success, and but for 499 nobody has left before it. */
static uint32_t outcome_asked(const struct cp_filter *f)
{
    int has_499 = f->status_least <= 499 && (f->status_most <= 0 || f->status_most >= 499);

    if (f->outcome > CP_CANCELLED_ONLY)
        return CP_ANY_OUTCOME;
    if (f->outcome != CP_ANY_OUTCOME || f->status_least < 400)
        return f->outcome;
    return has_499 ? NOT_SERVED : CP_FAILED_ONLY;
}

static void finding_outcome(struct finding *f, uint32_t outcome)
{
    struct where *w = &f->where, *hours = &f->hours;

    f->is_bad = outcome > CP_SERVED_ONLY;
    if (outcome == CP_SERVED_ONLY)
        where_add(w, "r.outcome=?", SERVED);
    else if (outcome == NOT_SERVED)
        where_add(w, "r.outcome IN (?,3) AND r.outcome<>1", FAILED);
    else if (f->is_bad)
        where_add(w, "r.outcome=? AND r.outcome<>1", outcome);
    if (outcome == NOT_SERVED)
        where_add(hours, "outcome<>?", SERVED);
    else if (outcome)
        where_add(hours, "outcome=?", outcome);
    f->is_mixed = outcome == NOT_SERVED;
}

static int finding_make(struct finding *f, const struct cp_filter *filter)
{
    struct where *w = &f->where;

    f->least = filter->from_ms > 0 ? filter->from_ms << SEQ_BITS : 0;
    f->below = filter->until_ms > 0 ? filter->until_ms << SEQ_BITS : INT64_MAX;
    finding_outcome(f, outcome_asked(filter));
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
                                               .took_us = db_int(q, 6, 0),
                                               .connect_us = db_int(q, 7, 0),
                                               .first_us = db_int(q, 8, 0) };
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

/* A page on its way. */
struct page {
    struct db_query *q;
    uint32_t left; /* rows that are still wanted */
    int64_t last;  /* seq of the last one */
    int (*row)(void *, const struct cp_record *);
    void *ctx;
};

static int page_prepare(struct finding *f, struct page *p)
{
    char sql[2400], columns[800];
    int is_mixed = f->is_mixed && f->is_rare;
    const char *from = is_mixed ? "records r INDEXED BY records_bad" : "records r";
    const char *seq = "r.seq";

    if (f->is_tried && f->is_bad) {
        from = is_mixed ? "records r INDEXED BY records_bad CROSS JOIN tries t ON t.seq=r.seq"
                        : "records r CROSS JOIN tries t ON t.seq=r.seq";
    } else if (f->is_tried) {
        from = "tries t CROSS JOIN records r ON r.seq=t.seq";
        seq = "t.seq";
    }
    columns_of(columns, sizeof(columns));
    snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s>=? AND %s<?%s%s ORDER BY %s DESC",
             columns, from, seq, seq, f->where.sql, f->has_id ? " AND r.id=?" : "", seq);
    return db_prepare(f->s->db, sql, &p->q);
}

/* 0: it is to go on; 1: enough. */
static int page_fill(struct finding *f, struct page *p, int64_t least, int64_t below)
{
    int rc = 0;

    db_bind_int(p->q, 1, least);
    db_bind_int(p->q, 2, below);
    int at = where_bind(p->q, &f->where, 3);
    if (f->has_id)
        db_bind_text(p->q, at, f->id);
    while (p->left && (rc = db_step(p->q)) == 1) {
        if (db_int(p->q, C_SEQ, 0) == p->last)
            continue;
        p->last = db_int(p->q, C_SEQ, 0);
        p->left--;
        rc = tell(f->s, p->q, p->row, p->ctx);
        if (rc)
            break;
    }
    db_reset(p->q);
    return rc < 0 ? rc : rc == 1 || !p->left;
}

/* The hours that have any, the newest first. */
static int page_hours(struct finding *f, struct page *p)
{
    char sql[1400];
    struct db_query *hours;

    snprintf(sql, sizeof(sql),
             "SELECT DISTINCT hour FROM hours WHERE kind=0 AND hour>=? AND hour<=?%s "
             "ORDER BY hour DESC",
             f->hours.sql);
    int rc = db_prepare(f->s->db, sql, &hours);
    if (rc)
        return rc;
    db_bind_int(hours, 1, (f->least >> SEQ_BITS) / HOUR_MS);
    db_bind_int(hours, 2, (f->below >> SEQ_BITS) / HOUR_MS);
    (void)where_bind(hours, &f->hours, 3);
    while ((rc = db_step(hours)) == 1) {
        int64_t least = (db_int(hours, 0, 0) * HOUR_MS) << SEQ_BITS;
        int64_t below = least + ((int64_t)HOUR_MS << SEQ_BITS);
        rc = page_fill(f, p, least > f->least ? least : f->least,
                       below < f->below ? below : f->below);
        if (rc)
            break;
    }
    db_finish(hours);
    return rc;
}

static int finding_run(struct finding *f, uint32_t n,
                       int (*row)(void *, const struct cp_record *), void *ctx)
{
    struct page p = { .left = n, .last = -1, .row = row, .ctx = ctx };
    int rc = page_prepare(f, &p);

    if (rc)
        return rc;
    rc = f->is_rare ? page_hours(f, &p) : page_fill(f, &p, f->least, f->below);
    db_finish(p.q);
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
