/* SPDX-License-Identifier: MIT */
/*
 * sum - sums of records: from the sums of hours where whole hours are asked for, from the records at the edges.
 *
 *     from            until
 *       |--|=========|---|      === hours   --- records (or tries)
 *
 * Who asks by channel or key, or for one, gets the sums of tries: how often it was asked, and what it brought.  Steps that
 * are no whole hours, and conditions that the hours do not know (a session, an id, a status), are summed from records.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>

enum { SQL_BYTES = 12000, PARTS = 3 };

/* One SELECT of the union. */
struct part {
    struct where where;
    int64_t least, below; /* hours or seqs */
};

struct summing {
    struct sqlite *s;
    const struct cp_filter *filter;
    uint32_t by;
    int64_t step_ms;
    int is_tried;
    char sql[SQL_BYTES];
    size_t n;
    struct part parts[PARTS];
    int parts_n;
};

static void say(struct summing *m, const char *z)
{
    size_t n = strlen(z);
    if (m->n + n >= sizeof(m->sql))
        return;
    memcpy(m->sql + m->n, z, n + 1);
    m->n += n;
}

/* ---- what it is grouped by ---- */

static const char *group_of(const struct summing *m, int of_hours)
{
    switch (m->by) {
    case CP_BY_FAMILY:
        return of_hours ? "family" : "r.family";
    case CP_BY_CHANNEL:
        return of_hours ? "channel" : "t.channel";
    case CP_BY_UPSTREAM_KEY:
        return of_hours ? "channel*4294967296+key" : "t.channel*4294967296+t.key";
    case CP_BY_MODEL_NAME:
        return of_hours ? "model" : "r.model";
    case CP_BY_CLIENT_KEY:
        return of_hours ? "client" : "r.client";
    case CP_BY_END:
        return of_hours ? "\"end\"" : "r.\"end\"";
    default:
        return "0";
    }
}

static void say_step(struct summing *m, const char *ms)
{
    char text[160];

    if (!m->step_ms) {
        say(m, ",0 AS s");
        return;
    }
    snprintf(text, sizeof(text), ",(%s)/%lld*%lld AS s", ms, (long long)m->step_ms,
             (long long)m->step_ms);
    say(m, text);
}

/* ---- conditions ---- */

static int conditions(struct summing *m, struct where *w, int of_hours)
{
    const struct cp_filter *f = m->filter;
    struct sqlite *s = m->s;
    const char *result = of_hours ? "outcome=?" : m->is_tried ? "t.result=?" : "r.outcome=?";

    if (f->outcome >= CP_SERVED_ONLY && f->outcome <= CP_CANCELLED_ONLY)
        where_add(w, result, f->outcome);
    int rc = where_name(s, w, of_hours ? "client=?" : "r.client=?", f->client);
    rc = rc ? rc : where_name(s, w, of_hours ? "family=?" : "r.family=?", f->family);
    rc = rc ? rc : where_name(s, w, of_hours ? "model=?" : "r.model=?", f->model);
    rc = rc ? rc : where_name(s, w, of_hours ? "\"end\"=?" : "r.\"end\"=?", f->end);
    rc = rc ? rc : where_name(s, w, of_hours ? "channel=?" : "t.channel=?", f->channel);
    rc = rc ? rc : where_name(s, w, of_hours ? "key=?" : "t.key=?", f->key);
    if (of_hours)
        return rc;
    rc = rc ? rc : where_name(s, w, "r.session=? AND r.session>0", f->session);
    if (f->status_least > 0)
        where_add(w, "r.status>=?", f->status_least);
    if (f->status_most > 0)
        where_add(w, "r.status<=?", f->status_most);
    if (f->id.p)
        where_add(w, "r.h=?", place_of_id(f->id));
    return rc;
}

/* ---- the parts ---- */

static struct part *part_new(struct summing *m, int64_t least, int64_t below)
{
    struct part *p = &m->parts[m->parts_n++];
    p->least = least;
    p->below = below;
    say(m, m->parts_n > 1 ? " UNION ALL SELECT " : "SELECT ");
    return p;
}

static int part_hours(struct summing *m, int64_t first, int64_t below)
{
    struct part *p = part_new(m, first, below);

    say(m, group_of(m, 1));
    say(m, " AS g");
    say_step(m, "hour*3600000");
    say(m, ",outcome AS o,n,t1,t2,t3,t4,t5,t6,t7,t8,cost,unpriced,total_us,content_us,"
           "content_n,attempts,dropped FROM hours WHERE kind=");
    say(m, m->is_tried ? "1" : "0");
    say(m, " AND hour>=? AND hour<?");
    int rc = conditions(m, &p->where, 1);
    say(m, p->where.sql);
    return rc;
}

/* What a try did not bring is nothing. */
static void say_weights(struct summing *m)
{
    static const char *const columns[] = { "r.t1",
                                           "r.t2",
                                           "r.t3",
                                           "r.t4",
                                           "r.t5",
                                           "r.t6",
                                           "r.t7",
                                           "r.t8",
                                           "r.cost",
                                           "r.cost IS NULL",
                                           "r.total_us",
                                           "r.content_us",
                                           "r.content_us IS NOT NULL",
                                           "r.attempts",
                                           "r.dropped" };
    char text[96];

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        snprintf(text, sizeof(text), m->is_tried ? ",iif(t.marks&2,%s,0)" : ",%s", columns[i]);
        say(m, text);
    }
}

static int part_records(struct summing *m, int64_t from_ms, int64_t until_ms)
{
    struct part *p =
        part_new(m, from_ms << SEQ_BITS, until_ms ? until_ms << SEQ_BITS : INT64_MAX);

    say(m, group_of(m, 0));
    say(m, " AS g");
    say_step(m, m->is_tried ? "t.seq>>16" : "r.seq>>16");
    say(m, m->is_tried ? ",t.result AS o,1" : ",r.outcome AS o,1");
    say_weights(m);
    say(m, m->is_tried
               ? " FROM tries t CROSS JOIN records r ON r.seq=t.seq WHERE t.result<>0 AND "
                 "t.seq>=? AND t.seq<?"
               : " FROM records r WHERE r.seq>=? AND r.seq<?");
    int rc = conditions(m, &p->where, 0);
    say(m, p->where.sql);
    return rc;
}

static int needs_records(const struct summing *m)
{
    const struct cp_filter *f = m->filter;
    return m->step_ms % HOUR_MS || f->session.p || f->id.p || f->status_least > 0 ||
           f->status_most > 0;
}

static int summing_parts(struct summing *m)
{
    int64_t from = m->filter->from_ms > 0 ? m->filter->from_ms : 0;
    int64_t until = m->filter->until_ms > 0 ? m->filter->until_ms : 0;
    int64_t first = (from + HOUR_MS - 1) / HOUR_MS;
    int64_t below = until ? until / HOUR_MS : INT64_MAX / HOUR_MS;
    int rc;

    if (needs_records(m) || first >= below)
        return part_records(m, from, until);
    rc = part_hours(m, first, below);
    if (!rc && from < first * HOUR_MS)
        rc = part_records(m, from, first * HOUR_MS);
    if (!rc && until > below * HOUR_MS)
        rc = part_records(m, below * HOUR_MS, until);
    return rc;
}

/* ---- rows ---- */

static struct cp_str group_text(struct summing *m, int64_t group, char *path, size_t most)
{
    if (m->by != CP_BY_UPSTREAM_KEY)
        return names_text(m->s, group);
    struct cp_str channel = names_text(m->s, group >> 32);
    struct cp_str key = names_text(m->s, group & 0xffffffff);
    if (!channel.p || !key.p)
        return (struct cp_str){ NULL, 0 };
    int n = snprintf(path, most, "%.*s/%.*s", (int)channel.n, channel.p, (int)key.n, key.p);
    return (struct cp_str){ path, n > 0 && (size_t)n < most ? (size_t)n : 0 };
}

static int tell(struct summing *m, struct db_query *q,
                int (*row)(void *, const struct cp_sum *), void *ctx)
{
    char path[600];
    struct cp_sum sum = { .size = sizeof(sum),
                          .from_ms = db_int(q, 1, 0),
                          .requests = db_int(q, 2, 0),
                          .served = db_int(q, 3, 0),
                          .failed = db_int(q, 4, 0),
                          .cancelled = db_int(q, 5, 0) };

    names_next(m->s->names);
    sum.group = group_text(m, db_int(q, 0, 0), path, sizeof(path));
    for (int i = 1; i < 9; i++)
        sum.tokens[i] = db_int(q, 5 + i, 0);
    sum.cost_micro = db_int(q, 14, 0);
    sum.unpriced = db_int(q, 15, 0);
    sum.total_us = db_int(q, 16, 0);
    sum.content_us = db_int(q, 17, 0);
    sum.content_n = db_int(q, 18, 0);
    sum.attempts = db_int(q, 19, 0);
    sum.dropped = db_int(q, 20, 0);
    return row(ctx, &sum) != 0;
}

static int summing_run(struct summing *m, int (*row)(void *, const struct cp_sum *), void *ctx)
{
    struct db_query *q;
    int at = 1;

    int rc = db_prepare(m->s->db, m->sql, &q);
    if (rc)
        return rc;
    for (int i = 0; i < m->parts_n; i++) {
        db_bind_int(q, at++, m->parts[i].least);
        db_bind_int(q, at++, m->parts[i].below);
        at = where_bind(q, &m->parts[i].where, at);
    }
    while ((rc = db_step(q)) == 1) {
        rc = tell(m, q, row, ctx);
        if (rc)
            break;
    }
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

int sum_records(void *store, const struct cp_filter *filter, uint32_t by, int64_t step_ms,
                int (*row)(void *, const struct cp_sum *), void *ctx)
{
    struct summing m = { .s = store,
                         .filter = filter,
                         .by = by,
                         .step_ms = step_ms > 0 ? step_ms : 0,
                         .is_tried = by == CP_BY_CHANNEL || by == CP_BY_UPSTREAM_KEY ||
                                     filter->channel.p || filter->key.p };

    if (db_is_moved(m.s->db))
        return sqlite_host->fail(NULL, CP_E_LIMIT, "%s is gone", m.s->path);
    say(&m, "SELECT g,s,sum(n),sum(n*(o=1)),sum(n*(o=2)),sum(n*(o=3)),sum(t1),sum(t2),sum(t3),"
            "sum(t4),sum(t5),sum(t6),sum(t7),sum(t8),sum(cost),sum(unpriced),sum(total_us),"
            "sum(content_us),sum(content_n),sum(attempts),sum(dropped) FROM (");
    /* names the columns, of which there may be no row */
    say(&m, "SELECT 0 AS g,0 AS s,0 AS o,0 AS n,0 AS t1,0 AS t2,0 AS t3,0 AS t4,0 AS t5,"
            "0 AS t6,0 AS t7,0 AS t8,0 AS cost,0 AS unpriced,0 AS total_us,0 AS content_us,"
            "0 AS content_n,0 AS attempts,0 AS dropped WHERE 0 UNION ALL ");
    int rc = summing_parts(&m);
    say(&m, ") GROUP BY g,s ORDER BY g,s");
    for (int i = 0; i < m.parts_n; i++)
        if (m.parts[i].where.is_nothing)
            return rc;
    return rc ? rc : summing_run(&m, row, ctx);
}
