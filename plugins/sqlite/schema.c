/* SPDX-License-Identifier: MIT */
/*
 * schema - the tables, their versions, and what becomes of a file that is none of ours.
 *
 * user_version counts up with each step below; a database that is older gets the steps it lacks, in one transaction.  One
 * that is newer is refused: a downgrade must not write what the newer one would misread.
 */
#include "sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { APPLICATION = 0x43506869 }; /* "CPhi" */

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE names(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, last INTEGER NOT NULL);"
    "CREATE TABLE records(seq INTEGER PRIMARY KEY, h INTEGER NOT NULL, id TEXT NOT NULL,"
    " outcome INTEGER NOT NULL, flags INTEGER, client INTEGER, family INTEGER, op INTEGER,"
    " dialect INTEGER, model INTEGER, model_up INTEGER, channel INTEGER, key INTEGER,"
    " session INTEGER, peer INTEGER, agent INTEGER, \"end\" INTEGER, why TEXT, status INTEGER,"
    " up_status INTEGER, attempts INTEGER, queue_us INTEGER, connect_us INTEGER,"
    " first_us INTEGER, content_us INTEGER, total_us INTEGER, bytes_in INTEGER,"
    " bytes_out INTEGER, t1 INTEGER, t2 INTEGER, t3 INTEGER, t4 INTEGER, t5 INTEGER,"
    " t6 INTEGER, t7 INTEGER, t8 INTEGER, cost INTEGER, mapped INTEGER, approximated INTEGER,"
    " dropped INTEGER, repaired INTEGER, trace BLOB);"
    "CREATE INDEX records_h ON records(h);"
    "CREATE INDEX records_client ON records(client);"
    "CREATE INDEX records_model ON records(model);"
    "CREATE INDEX records_session ON records(session) WHERE session>0;"
    "CREATE INDEX records_bad ON records(outcome) WHERE outcome<>1;"
    "CREATE TABLE tries(seq INTEGER NOT NULL, n INTEGER NOT NULL, marks INTEGER NOT NULL,"
    " result INTEGER NOT NULL, channel INTEGER, key INTEGER, outcome INTEGER, status INTEGER,"
    " began_us INTEGER, took_us INTEGER, PRIMARY KEY(seq, n)) WITHOUT ROWID;"
    "CREATE INDEX tries_channel ON tries(channel, seq);"
    "CREATE INDEX tries_key ON tries(key, seq);"
    "CREATE TABLE hours(kind INTEGER, hour INTEGER, family INTEGER, client INTEGER,"
    " channel INTEGER, key INTEGER, model INTEGER, \"end\" INTEGER, outcome INTEGER,"
    " n INTEGER, t1 INTEGER, t2 INTEGER, t3 INTEGER, t4 INTEGER, t5 INTEGER, t6 INTEGER,"
    " t7 INTEGER, t8 INTEGER, cost INTEGER, unpriced INTEGER, total_us INTEGER,"
    " content_us INTEGER, content_n INTEGER, attempts INTEGER, dropped INTEGER,"
    " PRIMARY KEY(kind, hour, family, client, channel, key, model, \"end\", outcome))"
    " WITHOUT ROWID;"
    "CREATE TABLE things(bucket TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL,"
    " under TEXT, wall_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, n INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, UNIQUE(bucket, owner, id));"
    "CREATE INDEX things_age ON things(bucket, wall_ms, n);"
    "CREATE INDEX things_end ON things(until_ms) WHERE until_ms>0;"
    "CREATE INDEX things_under ON things(bucket, owner, under) WHERE under IS NOT NULL;",
    /* 2: when a try was connected, and when it was answered */
    "ALTER TABLE tries ADD COLUMN connect_us INTEGER;"
    "ALTER TABLE tries ADD COLUMN first_us INTEGER;",
};
enum { SCHEMA_VERSION = sizeof(steps) / sizeof(steps[0]) };

static int schema_upgrade(struct sqlite *s, int64_t from)
{
    char version[96];

    int rc = db_exec(s->db, "BEGIN IMMEDIATE");
    for (int64_t i = from; !rc && i < SCHEMA_VERSION; i++)
        rc = db_exec(s->db, steps[i]);
    snprintf(version, sizeof(version), "PRAGMA application_id=%d; PRAGMA user_version=%d",
             APPLICATION, SCHEMA_VERSION);
    rc = rc ? rc : db_exec(s->db, version);
    return sqlite_end(s, rc);
}

static int schema_judge(struct sqlite *s, int64_t application, int64_t version, int64_t tables)
{
    if (application != APPLICATION && tables)
        return sqlite_host->fail(NULL, CP_E_CONFIG, "%s is another program's database",
                                 s->path);
    if (version > SCHEMA_VERSION)
        return sqlite_host->fail(
            NULL, CP_E_UNSUPPORTED,
            "%s was written by a newer version (schema %lld, this one knows "
            "%d); move it away or install that version again",
            s->path, (long long)version, SCHEMA_VERSION);
    return version < SCHEMA_VERSION && s->is_writer ? schema_upgrade(s, version) : CP_OK;
}

int schema_ready(struct sqlite *s)
{
    int64_t application = 0, version = 0, tables = 0;

    int rc = s->is_writer ? db_exec(s->db, "PRAGMA auto_vacuum=INCREMENTAL;"
                                           "PRAGMA journal_mode=WAL;"
                                           "PRAGMA synchronous=NORMAL;"
                                           "PRAGMA journal_size_limit=8388608;"
                                           "PRAGMA temp_store=MEMORY")
                          : db_exec(s->db, "PRAGMA temp_store=MEMORY");
    rc = rc ? rc : db_number(s->db, "PRAGMA application_id", 0, &application);
    rc = rc ? rc : db_number(s->db, "PRAGMA user_version", 0, &version);
    rc = rc ? rc : db_number(s->db, "SELECT count(*) FROM sqlite_master", 0, &tables);
    if (!rc && !s->is_writer && !tables)
        return sqlite_host->fail(NULL, CP_E_LIMIT, "there is no history yet");
    return rc ? rc : schema_judge(s, application, version, tables);
}

static void set_aside(const char *path, const char *ending)
{
    char from[1200], to[1200];

    snprintf(from, sizeof(from), "%s%s", path, ending);
    snprintf(to, sizeof(to), "%s.bad%s", path, ending);
    if (rename(from, to) && errno != ENOENT)
        sqlite_host->log(CP_LOG_ERROR, "%s: %s", from, strerror(errno));
}

void schema_set_aside(const char *path)
{
    set_aside(path, "");
    set_aside(path, "-wal");
    set_aside(path, "-shm");
    sqlite_host->log(CP_LOG_ERROR,
                     "%s is damaged: it was set aside as %s.bad, and a new one is begun", path,
                     path);
}
