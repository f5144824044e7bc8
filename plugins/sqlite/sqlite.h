/* SPDX-License-Identifier: MIT */
/*
 * sqlite - what the files of this plugin share.
 *
 * One database, history.db.  A record's place is its time and a counter: seq = wall_ms << 16 | n, which is the rowid.  So the
 * table lies in the order of time, every index ends in the time, and "the newest of this client between two moments" is one
 * walk through one index.
 */
#ifndef SQLITE_SQLITE_H
#define SQLITE_SQLITE_H

#include <claude-proxy/store.h>

#include "db.h"

#include <string.h>

enum { SEQ_BITS = 16, HOUR_MS = 3600 * 1000 };
enum { SERVED = 1, FAILED = 2, CANCELLED = 3 };

/* What a try was told as, when a record brought none: told to sums, not to readers. */
enum { TRY_IMPLIED = 1, TRY_CARRIES = 2 };

struct hours;
struct names;
struct recent;

/* Prepared once for each opening. */
enum query {
    Q_NAME_FIND,
    Q_NAME_ADD,
    Q_NAME_USED,
    Q_NAME_TEXT,
    Q_VERSION,
    Q_TWIN,
    Q_SEQ_FREE,
    Q_RECORD,
    Q_TRY,
    Q_HOUR,
    Q_TRIES,
    Q_THING_PUT,
    Q_THING_DROP,
    QUERIES
};

struct sqlite {
    struct db *db;
    struct db_query *queries[QUERIES];
    struct names *names;
    struct hours *hours;   /* a writer's */
    struct recent *recent; /* a writer's */
    int64_t gc_hour;       /* names unused since before that hour are gone */
    int is_writer;
    char path[1100];
};

/* plugin.c */
extern const struct cp_host *sqlite_host;
int sqlite_begin(struct sqlite *);
/* Commits if rc is CP_OK, else rolls back; what is damaged is set aside. */
int sqlite_end(struct sqlite *, int rc);
struct db_query *sqlite_query(struct sqlite *,
                              enum query); /* NULL: it failed, and fail() was called */

/* schema.c: makes, upgrades, or refuses what is there. */
int schema_ready(struct sqlite *);
/* Renames a damaged database; the next opening makes a new one. */
void schema_set_aside(const char *path);

/* names.c: texts that come again and again, by number; 0: absent or unknown. */
struct names *names_new(void);
void names_free(struct names *);
void names_forget(struct names *); /* after a rollback */
/* hour: it was used in. */
int names_id(struct sqlite *, struct cp_str text, int64_t hour, int64_t *id);
int names_find(struct sqlite *, struct cp_str text, int64_t *id);
/* Lent until names_next(); not more than 250 in between. */
struct cp_str names_text(struct sqlite *, int64_t id);
void names_next(struct names *);

/* hours.c: what a transaction adds to the sums of hours; in the table with hours_write(). */
enum { HOUR_OF = 9, HOUR_SUMS = 15 };
struct hour_sum {
    int64_t of[HOUR_OF]; /* kind to outcome, as the table has them */
    int64_t n, sums[HOUR_SUMS];
};
struct hours *hours_new(void);
void hours_free(struct hours *);
void hours_forget(struct hours *);
int hours_add(struct sqlite *, const struct hour_sum *one);
int hours_write(struct sqlite *);

/* recent.c: the first free place of a moment, from memory. */
struct recent *recent_new(void);
void recent_free(struct recent *);
void recent_forget(struct recent *); /* after a rollback */
int recent_begin(struct sqlite *);   /* within a transaction */
/* 1: there it goes, and nobody of that moment has an id of that hash; 0: ask the table. */
int recent_place(struct recent *, int64_t wall_ms, uint32_t hash, int64_t *seq);
void recent_note(struct recent *, int64_t seq, uint32_t hash); /* it went there */

/* pack.c: bytes made small: a letter, the length, what zlib made of them. */
int pack(struct cp_str bytes, struct cp_str *packed); /* free with pack_free() */
int unpack(struct cp_str packed, struct cp_str *bytes);
void pack_free(struct cp_str);

int records_append(void *, const struct cp_record *, uint32_t n, uint32_t size);
int find_records(void *, const struct cp_filter *, struct cp_str after, uint32_t n,
                 int (*row)(void *, const struct cp_record *), void *ctx);
int sum_records(void *, const struct cp_filter *, uint32_t by, int64_t step_ms,
                int (*row)(void *, const struct cp_sum *), void *ctx);
int trim_records(void *, int64_t before_ms, int64_t most_bytes, uint32_t most_rows);
int trim_measure(void *, int64_t *records, int64_t *bytes);
int things_put(void *, const struct cp_thing *, uint32_t n, uint32_t size);
int things_each(void *, struct cp_str bucket, int64_t wall_ms,
                int (*row)(void *, const struct cp_thing *), void *ctx);
int things_prune(void *, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                 uint32_t most_rows);
int other_read(const char *kind, const char *path, int (*row)(void *, const struct cp_record *),
               void *ctx);

/* A record's columns, in the order of Q_RECORD; read by find.c. */
#define RECORD_COLUMNS                                                                         \
    "seq,h,id,outcome,flags,client,family,op,dialect,model,model_up,channel,key,session,peer," \
    "agent,\"end\",why,status,up_status,attempts,queue_us,connect_us,first_us,content_us,"     \
    "total_us,bytes_in,bytes_out,t1,t2,t3,t4,t5,t6,t7,t8,cost,mapped,approximated,dropped,"    \
    "repaired,trace"
enum {
    C_SEQ,
    C_H,
    C_ID,
    C_OUTCOME,
    C_FLAGS,
    C_CLIENT,
    C_FAMILY,
    C_OP,
    C_DIALECT,
    C_MODEL,
    C_MODEL_UP,
    C_CHANNEL,
    C_KEY,
    C_SESSION,
    C_PEER,
    C_AGENT,
    C_END,
    C_WHY,
    C_STATUS,
    C_UP_STATUS,
    C_ATTEMPTS,
    C_QUEUE,
    C_CONNECT,
    C_FIRST,
    C_CONTENT,
    C_TOTAL,
    C_BYTES_IN,
    C_BYTES_OUT,
    C_T1,
    C_COST = C_T1 + 8,
    C_MAPPED,
    C_APPROXIMATED,
    C_DROPPED,
    C_REPAIRED,
    C_TRACE,
    RECORD_COLUMNS_N
};

/* Texts of a record that are names: the column, and where in struct cp_record. */
struct named {
    int column;
    size_t at;
};
enum { NAMED = 12 };
extern const struct named record_names[NAMED];
/* Numbers that are -1 when unknown, NULL in the table. */
enum { COUNTED = 16 };
extern const struct named record_numbers[COUNTED];

/* Conditions of a WHERE, with what is bound to them. */
struct where {
    char sql[1024];
    size_t n;
    int64_t values[24];
    int values_n;
    int is_nothing; /* a name that nobody has: no row can fit */
};
void where_add(struct where *, const char *sql, int64_t value);
/* And the name's id; absent: nothing is added. */
int where_name(struct sqlite *, struct where *, const char *sql, struct cp_str name);
int where_bind(struct db_query *, const struct where *, int at); /* returns the next place */

static inline uint32_t hash_id(struct cp_str s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 16777619u;
    return h;
}

/* Where an id stands in the index: ids that begin with their time (ULIDs, which the gateway makes) in the order of their
 * seconds, so that new ones stand side by side; all others anywhere. */
static inline int64_t place_of_id(struct cp_str id)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    int64_t ms = 0;

    for (size_t i = 0; id.n == 26 && i < 10; i++) {
        const char *digit = memchr(digits, id.p[i], 32);
        if (!digit)
            return hash_id(id);
        ms = ms << 5 | (digit - digits);
    }
    return (ms >> 10 & 0x7fffffff) << 32 | hash_id(id);
}

#endif
