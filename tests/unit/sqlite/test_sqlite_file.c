/* SPDX-License-Identifier: MIT */
/*
 * test_sqlite_file - what may happen to the store's file, and another program's.
 */
#include "case.h"

/* ---- its file ---- */

TEST(the_file_is_ours_alone)
{
    char file[PATH_MAX];
    struct stat st;
    dir_new();
    mode_t before = umask(0);
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 10, 1000);
    umask(before);
    static const char *const names[] = { "history.db", "history.db-wal", "history.db-shm" };
    for (int i = 0; i < 3; i++) {
        in_dir(names[i], file);
        CHECK_EQ(stat(file, &st), 0);
        CHECK_EQ(st.st_mode & 0777, 0600);
    }
    vault_close(v);
    dir_drop();
}

TEST(a_reader_beside_the_writer)
{
    struct err err = { 0 };
    struct vault *reader = NULL;
    struct seen s;
    dir_new();
    CHECK(vault_open(depot, NULL, 0, dir, CP_STORE_READ, &reader, &err) < 0);
    struct vault *v = open_as(CP_STORE_WRITE);
    reader = open_as(CP_STORE_READ);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 0);
    fill(v, 5, 1000);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 5);
    vault_close(v);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 5);
    vault_close(reader);
    dir_drop();
}

TEST(a_file_that_is_deleted_is_noticed)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE), *reader = open_as(CP_STORE_READ);
    struct cp_record r = record(0, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    in_dir("history.db", file);
    unlink(file);
    CHECK_EQ(vault_append(v, &r, 1, &err), E_LIMIT);
    CHECK(strstr(err.what, "is gone"));
    CHECK_EQ(vault_find(reader, &(struct cp_filter){ .size = sizeof(struct cp_filter) },
                        STR_NONE, 1, see, &s, &err),
             E_LIMIT);
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    vault_close(reader); /* what it leaves does not touch the new one */
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 1);
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 1);
    vault_close(v);
    dir_drop();
}

static void scribble(long at, const void *bytes, size_t n)
{
    char file[PATH_MAX];
    in_dir("history.db", file);
    FILE *f = fopen(file, "r+b");
    CHECK(f && !fseek(f, at, SEEK_SET) && fwrite(bytes, 1, n, f) == n);
    if (f)
        fclose(f);
}

TEST(a_damaged_file_is_set_aside)
{
    char file[PATH_MAX], noise[3000];
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 100, 1000);
    vault_close(v);
    memset(noise, 0x5a, sizeof(noise));
    scribble(0, noise, sizeof(noise));
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 0);
    fill(v, 3, 1000);
    vault_close(v);
    in_dir("history.db.bad", file);
    CHECK_EQ(access(file, F_OK), 0);
    dir_drop();
}

TEST(damage_that_shows_later_is_set_aside_then)
{
    char noise[4096];
    struct err err = { 0 };
    int rc = 0;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 2000, 1000);
    vault_close(v);
    memset(noise, 0x5a, sizeof(noise));
    for (long page = 3; page < 40; page++)
        scribble(page * 4096, noise, sizeof(noise));
    for (int i = 0; i < 5; i++) {
        v = open_as(CP_STORE_WRITE);
        struct cp_record r = record(50000 + i, start_ms + 5000 + i);
        rc = vault_append(v, &r, 1, &err);
        vault_close(v);
        if (!rc)
            break;
        CHECK_EQ(rc, E_SYNTAX);
    }
    CHECK_EQ(rc, 0);
    char file[PATH_MAX];
    in_dir("history.db.bad", file);
    CHECK_EQ(access(file, F_OK), 0);
    dir_drop();
}

TEST(a_newer_file_is_left_alone)
{
    struct err err = { 0 };
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 5, 1000);
    vault_close(v);
    scribble(60, "\0\0\0\x63", 4); /* user_version: sqlite.org/fileformat.html, 1.3 */
    CHECK_EQ(vault_open(depot, NULL, 0, dir, CP_STORE_WRITE, &v, &err), E_UNSUPPORTED);
    CHECK(strstr(err.what, "newer version") && strstr(err.what, "99"));
    scribble(60, "\0\0\0\x01", 4);
    scribble(68, "abcd", 4); /* application_id */
    CHECK_EQ(vault_open(depot, NULL, 0, dir, CP_STORE_WRITE, &v, &err), E_CONFIG);
    CHECK(strstr(err.what, "another program's"));
    dir_drop();
}

TEST(a_locked_file_is_said_to_be_locked)
{
    struct err err = { 0 };
    char fifo[PATH_MAX];
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_record r = record(0, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    in_dir("held", fifo);
    CHECK_EQ(python("import os,sqlite3,sys,subprocess\n"
                    "d=sys.argv[1]\n"
                    "if os.fork()==0:\n"
                    "  c=sqlite3.connect(d+'/history.db',isolation_level=None)\n"
                    "  c.execute('BEGIN EXCLUSIVE')\n"
                    "  open(d+'/held','w').close()\n"
                    "  import time\n"
                    "  while os.path.exists(d+'/held'): time.sleep(0.01)\n"
                    "  c.execute('ROLLBACK')\n"
                    "  c.close()\n"
                    "  open(d+'/free','w').close()\n"
                    "  os._exit(0)\n"
                    "import time\n"
                    "while not os.path.exists(d+'/held'): time.sleep(0.01)\n"),
             0);
    r = record(1, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), E_LIMIT);
    CHECK(strstr(err.what, "locked"));
    vault_close(v);
    unlink(fifo);
    in_dir("free", fifo);
    while (access(fifo, F_OK))
        usleep(1000);
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    vault_close(v);
    dir_drop();
}

TEST(the_predecessors_history)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct seen s = { 0 };
    dir_new();
    CHECK_EQ(
        python(
            "import sqlite3,sys\n"
            "c=sqlite3.connect(sys.argv[1]+'/metrics.db')\n"
            "c.execute('PRAGMA journal_mode=WAL')\n"
            "c.execute('''CREATE TABLE request_records(id INTEGER PRIMARY KEY AUTOINCREMENT,"
            "metrics_key TEXT NOT NULL,base_url TEXT NOT NULL,key_mask TEXT NOT NULL,"
            "timestamp INTEGER NOT NULL,success INTEGER NOT NULL,input_tokens INTEGER DEFAULT "
            "0,output_tokens INTEGER DEFAULT 0,cache_creation_tokens INTEGER DEFAULT 0,"
            "cache_read_tokens INTEGER DEFAULT 0,api_type TEXT DEFAULT 'messages')''')\n"
            "c.executemany('INSERT INTO request_records(metrics_key,base_url,key_mask,"
            "timestamp,success,input_tokens,output_tokens,cache_creation_tokens,"
            "cache_read_tokens,api_type) VALUES(?,?,?,?,?,?,?,?,?,?)',"
            "[('m','https://up.example','sk-a***b',1760000400+i,i%2,1,2,3,4,'responses') for "
            "i in range(10)])\n"
            "c.commit()\n"),
        0);
    in_dir("metrics.db", file);
    CHECK_EQ(vault_read_other(depot, "claude-proxy-go", file, see, &s, &err), 0);
    CHECK_EQ(s.n, 10);
    CHECK(strcmp(s.id, "go-1760000409-10") == 0);
    CHECK_EQ(s.last.status, 200);
    CHECK_EQ(s.last.wall_ms, INT64_C(1760000409000));
    CHECK_EQ(s.last.tokens[CP_CACHE_READ], 4);
    CHECK_EQ(s.last.tokens[CP_CACHE_WRITE_5M], 3);
    CHECK_EQ(s.last.flags, CP_RECORD_IMPORTED);
    CHECK_EQ(vault_read_other(depot, "another", file, see, &s, &err), E_UNSUPPORTED);
    in_dir("nothing.db", file);
    CHECK(vault_read_other(depot, "claude-proxy-go", file, see, &s, &err) < 0);
    dir_drop();
}

TEST(a_file_of_the_first_schema_gets_what_it_lacks)
{
    struct cp_record r = record(1, start_ms + 5);
    struct cp_try tried = { STR("alpha"), STR("k1"), STR("ok"), 200, 0, 1, 9, 3, 4 };
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 1, 1000);
    vault_close(v);
    CHECK_EQ(python("import sqlite3,sys\n"
                    "c=sqlite3.connect(sys.argv[1]+'/history.db')\n"
                    "c.execute('ALTER TABLE tries DROP COLUMN connect_us')\n"
                    "c.execute('ALTER TABLE tries DROP COLUMN first_us')\n"
                    "c.execute('PRAGMA user_version=1')\n"
                    "c.commit()\n"),
             0);
    v = open_as(CP_STORE_WRITE);
    r.tries = &tried;
    r.tries_n = 1;
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 2);
    CHECK_EQ(found(v, (struct cp_filter){ .id = r.id }, STR_NONE, 10, &s), 1);
    CHECK_EQ(s.first_us, 4);
    vault_close(v);
    dir_drop();
}
