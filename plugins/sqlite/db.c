/* SPDX-License-Identifier: MIT */
/*
 * db - the door to SQLite: open, ask, step, read; each failure as an enum cp_rc with a sentence.
 *
 * A writer waits for nobody: what is locked is said to be locked, and the gateway comes again.  A reader waits two
 * seconds.  A reader never removes the write-ahead log when it closes: the log by that name may belong to a database that
 * took this one's place.
 */
#include "db.h"

#include "sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READER_WAIT_MS = 2000 };

struct db {
    sqlite3 *handle;
    int last; /* SQLite's code of the last failure */
};

struct db_query {
    struct db *db;
    sqlite3_stmt *stmt;
};

static int fail(struct db *db, int code)
{
    const char *said = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);

    db->last = code & 0xff;
    switch (db->last) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sqlite_host->fail(NULL, CP_E_LIMIT, "another program has locked it");
    case SQLITE_FULL:
        return sqlite_host->fail(NULL, CP_E_LIMIT, "no space is left for it");
    case SQLITE_NOMEM:
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return sqlite_host->fail(NULL, CP_E_SYNTAX, "it is damaged: %s", said);
    default:
        return sqlite_host->fail(NULL, CP_E_LIMIT, "%s", said);
    }
}

static int open_flags(int how)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
    return flags | (how == DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                    : SQLITE_OPEN_READONLY);
}

static void open_settle(struct db *db, const char *path, int how)
{
    int yes = 1;

    sqlite3_busy_timeout(db->handle, how == DB_WRITE ? 0 : READER_WAIT_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (how == DB_WRITE)
        (void)chmod(path, 0600); /* the log and the index take theirs from it */
    else
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &yes);
}

/* A device that is opened here would be given our mode, and set aside as a damaged file. */
static int open_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) || S_ISREG(st.st_mode);
}

int db_open(const char *path, int how, struct db **out)
{
    if (!open_is_file(path))
        return sqlite_host->fail(NULL, CP_E_LIMIT, "%s is no regular file", path);
    struct db *db = calloc(1, sizeof(*db));
    if (!db)
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    int code = sqlite3_open_v2(path, &db->handle, open_flags(how), NULL);
    if (code != SQLITE_OK) {
        int rc = fail(db, code);
        db_close(db);
        return rc;
    }
    open_settle(db, path, how);
    *out = db;
    return CP_OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    sqlite3_close_v2(db->handle);
    free(db);
}

int db_exec(struct db *db, const char *sql)
{
    int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CP_OK : fail(db, code);
}

void db_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int db_prepare(struct db *db, const char *sql, struct db_query **out)
{
    struct db_query *q = calloc(1, sizeof(*q));
    if (!q)
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    q->db = db;
    sqlite_host->log(CP_LOG_DEBUG, "sqlite: %s", sql);
    int code =
        sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
    if (code != SQLITE_OK) {
        free(q);
        return fail(db, code);
    }
    *out = q;
    return CP_OK;
}

int db_number(struct db *db, const char *sql, int64_t preset, int64_t *value)
{
    struct db_query *q;

    *value = preset;
    int rc = db_prepare(db, sql, &q);
    if (rc)
        return rc;
    rc = db_step(q);
    if (rc == 1)
        *value = db_int(q, 0, preset);
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

int db_is_moved(struct db *db)
{
    int is_moved = 0;
    return sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &is_moved) ==
               SQLITE_OK &&
           is_moved;
}

int db_is_damaged(const struct db *db)
{
    return db->last == SQLITE_CORRUPT || db->last == SQLITE_NOTADB;
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes(db->handle);
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

void db_bind_int(struct db_query *q, int at, int64_t value)
{
    sqlite3_bind_int64(q->stmt, at, value);
}

void db_bind_null(struct db_query *q, int at)
{
    sqlite3_bind_null(q->stmt, at);
}

void db_bind_text(struct db_query *q, int at, struct cp_str s)
{
    if (s.p)
        sqlite3_bind_text64(q->stmt, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(q->stmt, at);
}

void db_bind_blob(struct db_query *q, int at, struct cp_str s)
{
    if (s.p)
        sqlite3_bind_blob64(q->stmt, at, s.p, s.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(q->stmt, at);
}

int db_step(struct db_query *q)
{
    int code = sqlite3_step(q->stmt);
    if (code == SQLITE_ROW)
        return 1;
    return code == SQLITE_DONE ? 0 : fail(q->db, code);
}

int64_t db_int(struct db_query *q, int column, int64_t preset)
{
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return preset;
    return sqlite3_column_int64(q->stmt, column);
}

struct cp_str db_text(struct db_query *q, int column)
{
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return (struct cp_str){ NULL, 0 };
    const char *p = (const char *)sqlite3_column_text(q->stmt, column);
    return (struct cp_str){ p ? p : "", (size_t)sqlite3_column_bytes(q->stmt, column) };
}

struct cp_str db_blob(struct db_query *q, int column)
{
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return (struct cp_str){ NULL, 0 };
    const char *p = sqlite3_column_blob(q->stmt, column);
    return (struct cp_str){ p ? p : "", (size_t)sqlite3_column_bytes(q->stmt, column) };
}

void db_reset(struct db_query *q)
{
    sqlite3_reset(q->stmt);
    sqlite3_clear_bindings(q->stmt);
}

int db_run(struct db_query *q)
{
    int rc = db_step(q);
    db_reset(q);
    return rc < 0 ? rc : CP_OK;
}

void db_finish(struct db_query *q)
{
    if (!q)
        return;
    sqlite3_finalize(q->stmt);
    free(q);
}
