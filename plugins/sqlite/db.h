/* SPDX-License-Identifier: MIT */
/*
 * db - the door to SQLite: open, ask, step, read; each failure as an enum cp_rc with a sentence.
 */
#ifndef SQLITE_DB_H
#define SQLITE_DB_H

#include <claude-proxy/plugin.h>

struct db;
struct db_query;

enum {
    DB_READ = 1,
    DB_WRITE = 2,
    DB_ALIEN = 3 /* another program's: read, whatever it takes */
};

/* CP_E_SYNTAX: it is damaged, or no database. */
int db_open(const char *path, int how, struct db **);
void db_close(struct db *); /* and all its queries */
int db_exec(struct db *, const char *sql);
/* If something is under way; says nothing of how it went. */
void db_rollback(struct db *);
/* One number; preset if there is no row. */
int db_number(struct db *, const char *sql, int64_t preset, int64_t *value);
int db_prepare(struct db *, const char *sql, struct db_query **);
/* The file of that name is another one by now, or none. */
int db_is_moved(struct db *);
/* The last failure was for damage. */
int db_is_damaged(const struct db *);
int64_t db_changes(struct db *); /* rows of the last statement */
int64_t db_last_id(struct db *);

void db_bind_int(struct db_query *, int at, int64_t value); /* at from 1 */
void db_bind_null(struct db_query *, int at);
void db_bind_text(struct db_query *, int at,
                  struct cp_str); /* lent until db_reset(); absent: NULL */
void db_bind_blob(struct db_query *, int at, struct cp_str);
/* 1: a row; 0: no more; else a failure. */
int db_step(struct db_query *);
int64_t db_int(struct db_query *, int column, int64_t preset); /* preset for NULL; from 0 */
struct cp_str db_text(struct db_query *, int column);          /* lent until the next step */
struct cp_str db_blob(struct db_query *, int column);
void db_reset(struct db_query *);
/* Runs one that gives no rows. */
int db_run(struct db_query *);
void db_finish(struct db_query *);

#endif
