/* SPDX-License-Identifier: MIT */
/*
 * records - adding: a record, its tries, and the sums of its hour, in one transaction.
 *
 * The hours' sums have two kinds of rows: of requests, and of tries (who was asked, of which one brought what came), because
 * a channel that failed and was helped out by another has failed, whatever became of the request.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>

const struct named record_names[NAMED] = {
    { C_CLIENT, offsetof(struct cp_record, client) },
    { C_FAMILY, offsetof(struct cp_record, family) },
    { C_OP, offsetof(struct cp_record, op) },
    { C_DIALECT, offsetof(struct cp_record, dialect) },
    { C_MODEL, offsetof(struct cp_record, model) },
    { C_MODEL_UP, offsetof(struct cp_record, model_up) },
    { C_CHANNEL, offsetof(struct cp_record, channel) },
    { C_KEY, offsetof(struct cp_record, key) },
    { C_SESSION, offsetof(struct cp_record, session) },
    { C_PEER, offsetof(struct cp_record, peer) },
    { C_AGENT, offsetof(struct cp_record, agent) },
    { C_END, offsetof(struct cp_record, end) },
};
#define TOKENS(i) (offsetof(struct cp_record, tokens) + (i) * sizeof(int64_t))
const struct named record_numbers[COUNTED] = {
    { C_QUEUE, offsetof(struct cp_record, queue_us) },
    { C_CONNECT, offsetof(struct cp_record, connect_us) },
    { C_FIRST, offsetof(struct cp_record, first_us) },
    { C_CONTENT, offsetof(struct cp_record, content_us) },
    { C_TOTAL, offsetof(struct cp_record, total_us) },
    { C_BYTES_IN, offsetof(struct cp_record, bytes_in) },
    { C_BYTES_OUT, offsetof(struct cp_record, bytes_out) },
    { C_T1, TOKENS(1) },
    { C_T1 + 1, TOKENS(2) },
    { C_T1 + 2, TOKENS(3) },
    { C_T1 + 3, TOKENS(4) },
    { C_T1 + 4, TOKENS(5) },
    { C_T1 + 5, TOKENS(6) },
    { C_T1 + 6, TOKENS(7) },
    { C_T1 + 7, TOKENS(8) },
    { C_COST, offsetof(struct cp_record, cost_micro) },
};

/* A record on its way in. */
struct entry {
    struct cp_record r;
    int64_t seq, hour;
    int64_t names[RECORD_COLUMNS_N]; /* ids, by column */
    int outcome;
    char id[224]; /* when it had to get another */
};

static int outcome_of(const struct cp_record *r)
{
    char who = r->end.n ? r->end.p[0] : '-';
    if (who == 'C' && r->status == 499)
        return CANCELLED;
    return r->status < 400 && (who == '-' || who == 'C') ? SERVED : FAILED;
}

static int is_text(struct cp_str s, const char *z)
{
    return s.n == strlen(z) && memcmp(s.p, z, s.n) == 0;
}

/* 0: nothing is known of it. */
static int result_of(const struct cp_try *t)
{
    if (is_text(t->outcome, "ok"))
        return SERVED;
    if (is_text(t->outcome, "cancelled"))
        return CANCELLED;
    return is_text(t->outcome, "given_up") ? 0 : FAILED;
}

/* ---- its place ---- */

static void bind_number(struct db_query *q, int at, int64_t n)
{
    if (n < 0)
        db_bind_null(q, at);
    else
        db_bind_int(q, at, n);
}

/* 1: it is there already; 2: another one has its id. */
static int entry_twin(struct sqlite *s, const struct entry *e)
{
    struct db_query *q = sqlite_query(s, Q_TWIN);
    int is_same = 0;

    if (!q)
        return CP_E_LIMIT;
    db_bind_int(q, 1, place_of_id(e->r.id));
    db_bind_text(q, 2, e->r.id);
    db_bind_int(q, 3, e->r.wall_ms << SEQ_BITS);
    bind_number(q, 4, e->r.total_us);
    int rc = db_step(q);
    if (rc == 1)
        is_same = db_int(q, 0, 0) != 0;
    db_reset(q);
    return rc <= 0 ? rc : is_same ? 1 : 2;
}

/* Clients name their requests as they like, also several of one moment alike: "name~2" is the second of them. */
static int entry_name(struct sqlite *s, struct entry *e)
{
    struct cp_str given = e->r.id;
    int rc = entry_twin(s, e);

    for (int n = 2; rc == 2 && n < 10000; n++) {
        int length = snprintf(e->id, sizeof(e->id), "%.*s~%d",
                              (int)(given.n < 200 ? given.n : 200), given.p ? given.p : "", n);
        e->r.id = (struct cp_str){ e->id, (size_t)length };
        rc = entry_twin(s, e);
    }
    return rc;
}

static int entry_ask(struct sqlite *s, struct entry *e)
{
    struct db_query *q = sqlite_query(s, Q_SEQ_FREE);

    e->seq = e->r.wall_ms << SEQ_BITS;
    if (!q)
        return CP_E_LIMIT;
    db_bind_int(q, 1, e->seq);
    int rc = db_step(q);
    if (rc == 1)
        e->seq = db_int(q, 0, e->seq - 1) + 1;
    db_reset(q);
    return rc < 0 ? rc : CP_OK;
}

/* 1: it is there already. */
static int entry_place(struct sqlite *s, struct entry *e)
{
    int rc = CP_OK;

    if (!recent_place(s->recent, e->r.wall_ms, hash_id(e->r.id), &e->seq)) {
        rc = entry_name(s, e);
        rc = rc ? rc : entry_ask(s, e);
    }
    if (!rc)
        recent_note(s->recent, e->seq, hash_id(e->r.id));
    return rc;
}

static int entry_names(struct sqlite *s, struct entry *e)
{
    int rc = CP_OK;
    for (int i = 0; !rc && i < NAMED; i++) {
        struct cp_str text;
        memcpy(&text, (const char *)&e->r + record_names[i].at, sizeof(text));
        rc = names_id(s, text, e->hour, &e->names[record_names[i].column]);
    }
    return rc;
}

/* ---- the record ---- */

static void bind_record(struct db_query *q, const struct entry *e)
{
    const struct cp_record *r = &e->r;

    db_bind_int(q, C_SEQ + 1, e->seq);
    db_bind_int(q, C_H + 1, place_of_id(r->id));
    db_bind_text(q, C_ID + 1, r->id);
    db_bind_int(q, C_OUTCOME + 1, e->outcome);
    db_bind_int(q, C_FLAGS + 1, r->flags);
    for (int i = 0; i < NAMED; i++)
        db_bind_int(q, record_names[i].column + 1, e->names[record_names[i].column]);
    db_bind_text(q, C_WHY + 1, r->why.n ? r->why : (struct cp_str){ NULL, 0 });
    db_bind_int(q, C_STATUS + 1, r->status);
    db_bind_int(q, C_UP_STATUS + 1, r->up_status);
    db_bind_int(q, C_ATTEMPTS + 1, r->attempts);
    for (int i = 0; i < COUNTED; i++) {
        int64_t n;
        memcpy(&n, (const char *)r + record_numbers[i].at, sizeof(n));
        bind_number(q, record_numbers[i].column + 1, n);
    }
    db_bind_int(q, C_MAPPED + 1, r->mapped);
    db_bind_int(q, C_APPROXIMATED + 1, r->approximated);
    db_bind_int(q, C_DROPPED + 1, r->dropped);
    db_bind_int(q, C_REPAIRED + 1, r->repaired);
}

static int entry_record(struct sqlite *s, const struct entry *e)
{
    struct db_query *q = sqlite_query(s, Q_RECORD);
    struct cp_str trace = { NULL, 0 };

    if (!q)
        return CP_E_LIMIT;
    int rc = e->r.trace.n ? pack(e->r.trace, &trace) : CP_OK;
    if (rc)
        return rc;
    bind_record(q, e);
    db_bind_blob(q, C_TRACE + 1, trace);
    rc = db_run(q);
    pack_free(trace);
    return rc;
}

/* ---- its hour ---- */

struct share {
    int kind, result, carries;
    int64_t channel, key;
};

static int64_t told(int64_t n)
{
    return n > 0 ? n : 0;
}

static int entry_hour(struct sqlite *s, const struct entry *e, const struct share *share)
{
    const struct cp_record *r = &e->r;
    int64_t c = share->carries != 0;
    struct hour_sum one = { .of = { share->kind, e->hour, e->names[C_FAMILY],
                                    e->names[C_CLIENT], share->channel, share->key,
                                    e->names[C_MODEL], e->names[C_END], share->result },
                            .n = 1 };
    const int64_t tail[] = { told(r->cost_micro), r->cost_micro < 0,  told(r->total_us),
                             told(r->content_us), r->content_us >= 0, (int64_t)r->attempts,
                             (int64_t)r->dropped };

    for (int i = 0; i < 8; i++)
        one.sums[i] = c * told(r->tokens[1 + i]);
    for (int i = 0; i < 7; i++)
        one.sums[8 + i] = c * tail[i];
    return hours_add(s, &one);
}

/* ---- its tries ---- */

static const struct cp_try *try_at(const struct cp_record *r, uint32_t i)
{
    return (const struct cp_try *)(const void *)((const char *)r->tries +
                                                 (size_t)i * r->try_size);
}

static int is_same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

/* The last try at who the record says it came from, or the last of all. */
static uint32_t carrier_of(const struct cp_record *r)
{
    for (uint32_t i = r->tries_n; i-- > 0;)
        if (is_same(try_at(r, i)->channel, r->channel) && is_same(try_at(r, i)->key, r->key))
            return i;
    return r->tries_n - 1;
}

static int entry_try(struct sqlite *s, const struct entry *e, uint32_t n, int64_t outcome,
                     const struct cp_try *t, const struct share *share)
{
    struct db_query *q = sqlite_query(s, Q_TRY);
    if (!q)
        return CP_E_LIMIT;
    const int64_t values[] = { e->seq,
                               n,
                               (t ? 0 : TRY_IMPLIED) | (share->carries ? TRY_CARRIES : 0),
                               share->result,
                               share->channel,
                               share->key,
                               outcome,
                               t ? t->status : 0,
                               t ? t->began_us : 0,
                               t ? t->took_us : 0 };
    int has_steps = t && e->r.try_size >= sizeof(*t);
    for (int i = 0; i < 10; i++)
        db_bind_int(q, 1 + i, values[i]);
    bind_number(q, 11, has_steps && t->connect_us > 0 ? t->connect_us : -1);
    bind_number(q, 12, has_steps && t->first_us > 0 ? t->first_us : -1);
    int rc = db_run(q);
    return rc || !share->result ? rc : entry_hour(s, e, share);
}

static int entry_tries(struct sqlite *s, const struct entry *e)
{
    const struct cp_record *r = &e->r;
    uint32_t carrier = r->tries_n ? carrier_of(r) : 0;
    int rc = CP_OK;

    if (!r->tries_n && r->channel.n) {
        struct share whole = { 1, e->outcome, 1, e->names[C_CHANNEL], e->names[C_KEY] };
        return entry_try(s, e, 0, 0, NULL, &whole);
    }
    for (uint32_t i = 0; !rc && i < r->tries_n; i++) {
        const struct cp_try *t = try_at(r, i);
        struct share share = { 1, result_of(t), i == carrier, 0, 0 };
        int64_t outcome = 0;
        rc = names_id(s, t->channel, e->hour, &share.channel);
        rc = rc ? rc : names_id(s, t->key, e->hour, &share.key);
        rc = rc ? rc : names_id(s, t->outcome, e->hour, &outcome);
        rc = rc ? rc : entry_try(s, e, i, outcome, t, &share);
    }
    return rc;
}

/* ---- all of it ---- */

static int entry_add(struct sqlite *s, const struct cp_record *given, uint32_t size)
{
    struct share whole = { .kind = 0, .carries = 1 };
    struct entry e = { .seq = 0 };

    memcpy(&e.r, given, size < sizeof(e.r) ? size : sizeof(e.r));
    if (e.r.wall_ms <= 0 || e.r.wall_ms >= INT64_C(1) << 46)
        return CP_OK; /* no time anybody could ask for */
    e.hour = e.r.wall_ms / HOUR_MS;
    e.outcome = whole.result = outcome_of(&e.r);
    int rc = entry_place(s, &e);
    if (rc)
        return rc > 0 ? CP_OK : rc;
    rc = entry_names(s, &e);
    rc = rc ? rc : entry_record(s, &e);
    rc = rc ? rc : entry_hour(s, &e, &whole);
    return rc ? rc : entry_tries(s, &e);
}

int records_append(void *store, const struct cp_record *records, uint32_t n, uint32_t size)
{
    struct sqlite *s = store;
    int rc = sqlite_begin(s);

    if (rc)
        return rc;
    rc = recent_begin(s);
    for (uint32_t i = 0; !rc && i < n; i++)
        rc = entry_add(
            s,
            (const struct cp_record *)(const void *)((const char *)records + (size_t)i * size),
            size);
    rc = rc ? rc : hours_write(s);
    return sqlite_end(s, rc);
}
