/* SPDX-License-Identifier: MIT */
/*
 * plugin - the module: one store, no dialect.
 */
#include "sqlite.h"

#include <stdio.h>
#include <stdlib.h>

const struct cp_host *sqlite_host;

#define HOURS                                                                                  \
    "kind,hour,family,client,channel,key,model,\"end\",outcome,n,t1,t2,t3,t4,t5,t6,t7,t8,"     \
    "cost,unpriced,total_us,content_us,content_n,attempts,dropped"
#define GROWS(column) #column "=" #column "+excluded." #column

static const char *const queries[QUERIES] = {
    [Q_NAME_FIND] = "SELECT id FROM names WHERE text=?",
    [Q_NAME_ADD] = "INSERT INTO names(text,last) VALUES(?,?)",
    [Q_NAME_USED] = "UPDATE names SET last=max(last,?) WHERE id=?",
    [Q_NAME_TEXT] = "SELECT text FROM names WHERE id=?",
    [Q_VERSION] = "PRAGMA data_version",
    [Q_TWIN] = "SELECT total_us IS ?4 FROM records WHERE h=?1 AND id=?2 AND seq>=?3 AND "
               "seq<?3+65536",
    [Q_SEQ_FREE] = "SELECT max(seq) FROM records WHERE seq>=?1 AND seq<?1+65536",
    [Q_RECORD] = "INSERT INTO records(" RECORD_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
                 "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [Q_TRY] = "INSERT INTO tries(seq,n,marks,result,channel,key,outcome,status,began_us,"
              "took_us,connect_us,first_us) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [Q_HOUR] =
        "INSERT INTO hours(" HOURS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
        "?,?,?,?) ON CONFLICT DO UPDATE SET " GROWS(n) "," GROWS(t1) "," GROWS(t2) "," GROWS(t3) "," GROWS(t4) "," GROWS(t5) "," GROWS(t6) "," GROWS(
            t7) "," GROWS(t8) "," GROWS(cost) "," GROWS(unpriced) "," GROWS(total_us) "," GROWS(content_us) "," GROWS(content_n) "," GROWS(attempts) "," GROWS(dropped),
    [Q_TRIES] =
        "SELECT marks,channel,key,outcome,status,began_us,took_us,connect_us,first_us FROM tries"
        " WHERE seq=? ORDER BY n",
    [Q_THING_PUT] = "INSERT OR REPLACE INTO things(bucket,owner,id,under,wall_ms,until_ms,n,"
                    "bytes) VALUES(?,?,?,?,?,?,?,?)",
    [Q_THING_DROP] = "DELETE FROM things WHERE bucket=?1 AND owner=?2 AND (id=?3 OR under=?3)",
};

struct db_query *sqlite_query(struct sqlite *s, enum query q)
{
    if (!s->queries[q] && db_prepare(s->db, queries[q], &s->queries[q]))
        return NULL;
    return s->queries[q];
}

int sqlite_begin(struct sqlite *s)
{
    if (db_is_moved(s->db))
        return sqlite_host->fail(NULL, CP_E_LIMIT, "%s is gone", s->path);
    int rc = db_exec(s->db, "BEGIN IMMEDIATE");
    return rc ? sqlite_end(s, rc) : rc;
}

int sqlite_end(struct sqlite *s, int rc)
{
    int done = rc ? rc : db_exec(s->db, "COMMIT");
    if (!done)
        return CP_OK;
    db_rollback(s->db);
    names_forget(s->names);
    hours_forget(s->hours);
    recent_forget(s->recent);
    if (db_is_damaged(s->db))
        schema_set_aside(s->path);
    return done;
}

static void store_close(void *store)
{
    struct sqlite *s = store;
    for (int i = 0; i < QUERIES; i++)
        db_finish(s->queries[i]);
    db_close(s->db);
    names_free(s->names);
    hours_free(s->hours);
    recent_free(s->recent);
    free(s);
}

static int store_try(struct sqlite *s)
{
    int rc = db_open(s->path, s->is_writer ? DB_WRITE : DB_READ, &s->db);
    rc = rc ? rc : schema_ready(s);
    if (rc) {
        db_close(s->db);
        s->db = NULL;
    }
    return rc;
}

static int store_rooms(struct sqlite *s)
{
    s->names = names_new();
    if (s->is_writer) {
        s->hours = hours_new();
        s->recent = recent_new();
    }
    return s->names && (!s->is_writer || (s->hours && s->recent));
}

static int store_open(const struct cp_conf *options, const char *dir, int how, void **store)
{
    struct sqlite *s = calloc(1, sizeof(*s));
    if (!s)
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    s->is_writer = how == CP_STORE_WRITE;
    if (!store_rooms(s)) {
        store_close(s);
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    }
    snprintf(s->path, sizeof(s->path), "%s/history.db", dir);
    int rc = store_try(s);
    if (rc == CP_E_SYNTAX && s->is_writer) {
        schema_set_aside(s->path);
        rc = store_try(s);
    }
    if (rc) {
        store_close(s);
        return rc;
    }
    *store = s;
    return CP_OK;
}

static int sqlite_load(const struct cp_host *host)
{
    sqlite_host = host;
    return CP_OK;
}

static const struct cp_store store = {
    .size = sizeof(struct cp_store),
    .name = "sqlite",
    .title = "One SQLite database, history.db",
    .open = store_open,
    .close = store_close,
    .append = records_append,
    .find = find_records,
    .sum = sum_records,
    .trim = trim_records,
    .measure = trim_measure,
    .put = things_put,
    .each = things_each,
    .prune = things_prune,
    .read_other = other_read,
};
static const struct cp_store *const stores[] = { &store };

CP_PLUGIN = {
    CP_PLUGIN_HEAD, .name = "sqlite",    .version = "0.1.0", .license = "MIT",
    .contact = "",  .load = sqlite_load, .stores = stores,   .stores_n = 1,
};
