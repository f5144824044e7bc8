/* SPDX-License-Identifier: MIT */
/*
 * things - bytes by (bucket, owner, id) that end by themselves.
 */
#include "sqlite.h"

#include <string.h>

static int thing_drop(struct sqlite *s, const struct cp_thing *t)
{
    struct db_query *q = sqlite_query(s, Q_THING_DROP);
    if (!q)
        return CP_E_LIMIT;
    db_bind_text(q, 1, t->bucket);
    db_bind_text(q, 2, t->owner);
    db_bind_text(q, 3, t->id);
    return db_run(q);
}

static int thing_put(struct sqlite *s, const struct cp_thing *t)
{
    struct db_query *q = sqlite_query(s, Q_THING_PUT);
    struct cp_str packed;

    if (!q)
        return CP_E_LIMIT;
    int rc = pack(t->bytes, &packed);
    if (rc)
        return rc;
    db_bind_text(q, 1, t->bucket);
    db_bind_text(q, 2, t->owner);
    db_bind_text(q, 3, t->id);
    db_bind_text(q, 4, t->under);
    db_bind_int(q, 5, t->wall_ms);
    db_bind_int(q, 6, t->until_ms);
    db_bind_int(q, 7, (int64_t)t->bytes.n);
    db_bind_blob(q, 8, packed);
    rc = db_run(q);
    pack_free(packed);
    return rc;
}

int things_put(void *store, const struct cp_thing *things, uint32_t n, uint32_t size)
{
    struct sqlite *s = store;
    int rc = sqlite_begin(s);

    if (rc)
        return rc;
    for (uint32_t i = 0; !rc && i < n; i++) {
        struct cp_thing t = { .size = sizeof(t) };
        memcpy(&t, (const char *)things + (size_t)i * size,
               size < sizeof(t) ? size : sizeof(t));
        rc = t.bytes.p ? thing_put(s, &t) : thing_drop(s, &t);
    }
    return sqlite_end(s, rc);
}

static int tell(struct db_query *q, struct cp_str bucket,
                int (*row)(void *, const struct cp_thing *), void *ctx)
{
    struct cp_thing t = { .size = sizeof(t),
                          .bucket = bucket,
                          .owner = db_text(q, 0),
                          .id = db_text(q, 1),
                          .under = db_text(q, 2),
                          .wall_ms = db_int(q, 3, 0),
                          .until_ms = db_int(q, 4, 0) };

    int rc = unpack(db_blob(q, 5), &t.bytes);
    if (!rc)
        rc = row(ctx, &t) != 0;
    pack_free(t.bytes);
    return rc;
}

int things_each(void *store, struct cp_str bucket, int64_t wall_ms,
                int (*row)(void *, const struct cp_thing *), void *ctx)
{
    struct sqlite *s = store;
    struct db_query *q;

    int rc =
        db_prepare(s->db,
                   "SELECT owner,id,under,wall_ms,until_ms,bytes FROM things WHERE bucket=? "
                   "AND (until_ms=0 OR until_ms>?) ORDER BY wall_ms DESC",
                   &q);
    if (rc)
        return rc;
    db_bind_text(q, 1, bucket);
    db_bind_int(q, 2, wall_ms);
    while ((rc = db_step(q)) == 1) {
        rc = tell(q, bucket, row, ctx);
        if (rc)
            break;
    }
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

/* ---- pruning ---- */

static int prune_ended(struct sqlite *s, int64_t wall_ms, uint32_t rows, int64_t *gone)
{
    struct db_query *q;

    int rc = db_prepare(s->db,
                        "DELETE FROM things WHERE rowid IN (SELECT rowid FROM things WHERE "
                        "until_ms>0 AND until_ms<=? LIMIT ?)",
                        &q);
    if (rc)
        return rc;
    db_bind_int(q, 1, wall_ms);
    db_bind_int(q, 2, rows);
    rc = db_step(q);
    db_finish(q);
    *gone = rc < 0 ? 0 : db_changes(s->db);
    return rc < 0 ? rc : CP_OK;
}

/* The bytes that are too many, 0 or less: none. */
static int bytes_over(struct sqlite *s, struct cp_str bucket, int64_t most, int64_t *over)
{
    struct db_query *q;

    int rc = db_prepare(s->db, "SELECT sum(n) FROM things WHERE bucket=?", &q);
    if (rc)
        return rc;
    db_bind_text(q, 1, bucket);
    rc = db_step(q);
    *over = rc == 1 ? db_int(q, 0, 0) - most : 0;
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

/* Up to which moment the oldest have to go, at most so many. */
static int prune_line(struct sqlite *s, struct cp_str bucket, int64_t over, uint32_t rows,
                      int64_t *line)
{
    struct db_query *q;

    int rc = db_prepare(
        s->db, "SELECT wall_ms,n FROM things WHERE bucket=? ORDER BY wall_ms LIMIT ?", &q);
    if (rc)
        return rc;
    db_bind_text(q, 1, bucket);
    db_bind_int(q, 2, rows);
    while (over > 0 && (rc = db_step(q)) == 1) {
        *line = db_int(q, 0, 0);
        over -= db_int(q, 1, 0);
    }
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

static int prune_over(struct sqlite *s, struct cp_str bucket, int64_t over, uint32_t rows,
                      int64_t *gone)
{
    struct db_query *q;
    int64_t line = INT64_MIN;

    int rc = prune_line(s, bucket, over, rows, &line);
    rc = rc ? rc : db_prepare(s->db, "DELETE FROM things WHERE bucket=? AND wall_ms<=?", &q);
    if (rc)
        return rc;
    db_bind_text(q, 1, bucket);
    db_bind_int(q, 2, line);
    rc = db_step(q);
    db_finish(q);
    *gone += rc < 0 ? 0 : db_changes(s->db);
    return rc < 0 ? rc : CP_OK;
}

int things_prune(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                 uint32_t most_rows)
{
    struct sqlite *s = store;
    int64_t gone = 0, over = 0;

    int rc = sqlite_begin(s);
    if (rc)
        return rc;
    rc = prune_ended(s, wall_ms, most_rows, &gone);
    if (!rc && most_bytes > 0)
        rc = bytes_over(s, bucket, most_bytes, &over);
    if (!rc && over > 0)
        rc = prune_over(s, bucket, over, most_rows, &gone);
    rc = sqlite_end(s, rc);
    return rc ? rc : gone >= most_rows;
}
