/* SPDX-License-Identifier: MIT */
/*
 * fixture - a folder of configuration files, and reading them with an environment of our own.
 *
 * Files are written 0600 into a fresh folder, whatever the checkout's modes are; messages lose that
 * folder's name, so that tests can compare them whole.
 */
#ifndef TESTS_UNIT_CONF_FIXTURE_H
#define TESTS_UNIT_CONF_FIXTURE_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char dir[64];
    char path[256];      /* of the last file that was made */
    const char *env[32]; /* NULL-terminated */
    const char *sets[16];
    const struct conf *before;
    struct buf said;
    struct conf_report report;
};

static inline void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    strncpy(f->dir, "/tmp/claude-proxy-test-XXXXXX", sizeof(f->dir) - 1);
    if (!mkdtemp(f->dir))
        abort();
    buf_init(&f->said, 1 << 20);
    f->report.out = &f->said;
}

static inline const char *fixture_path(struct fixture *f, const char *name)
{
    snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
    return f->path;
}

static inline void fixture_write(struct fixture *f, const char *name, struct cp_str text)
{
    FILE *out = fopen(fixture_path(f, name), "w");
    if (!out || fwrite(text.p, 1, text.n, out) != text.n || fclose(out) || chmod(f->path, 0600))
        abort();
}

static inline void fixture_mkdir(struct fixture *f, const char *name)
{
    if (mkdir(fixture_path(f, name), 0700))
        abort();
}

/* Reads main from the folder; .env is the folder's if it has one, else an empty one is made. */
static inline struct conf *fixture_read(struct fixture *f, const char *main)
{
    char file[256], env_file[256];
    snprintf(file, sizeof(file), "%s/%s", f->dir, main ? main : "");
    snprintf(env_file, sizeof(env_file), "%s/.env", f->dir);
    if (access(env_file, F_OK))
        fixture_write(f, ".env", STR(""));
    struct conf_source source = { .file = main ? file : NULL,
                                  .env_file = env_file,
                                  .env = f->env,
                                  .sets = f->sets,
                                  .before = f->before };
    buf_clear(&f->said);
    f->report.errors = f->report.warnings = 0;
    struct conf *c = conf_read(&source, &f->report);
    if (!c && !f->report.errors)
        abort();
    return c;
}

/* The configuration that text is, and nothing else. */
static inline struct conf *fixture_conf(struct fixture *f, const char *text)
{
    fixture_write(f, "main.conf", str_of(text));
    return fixture_read(f, "main.conf");
}

/* What was said, without the folder's name; lent until the next read. */
static inline struct cp_str fixture_said(struct fixture *f)
{
    struct cp_str dir = str_of(f->dir);
    ptrdiff_t at;
    while ((at = str_find(buf_str(&f->said), dir)) >= 0) {
        size_t rest = f->said.n - (size_t)at - dir.n - 1;
        memmove(f->said.p + at, f->said.p + at + dir.n + 1, rest);
        f->said.n -= dir.n + 1;
    }
    return f->said.n ? buf_str(&f->said) : STR("");
}

static inline bool fixture_says(struct fixture *f, const char *what)
{
    bool is_said = str_find(fixture_said(f), str_of(what)) >= 0;
    if (!is_said)
        printf("# said: %.*s# not: %s\n", STR_FMT(fixture_said(f)), what);
    return is_said;
}

static inline void fixture_clear_dir(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char name[512];
        if ((size_t)snprintf(name, sizeof(name), "%s/%s", path, e->d_name) >= sizeof(name))
            continue;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlink(name))
            fixture_clear_dir(name);
    }
    if (dir)
        closedir(dir);
    (void)rmdir(path); /* a folder left behind in /tmp fails no test */
}

static inline void fixture_fini(struct fixture *f)
{
    fixture_clear_dir(f->dir);
    buf_fini(&f->said);
}

enum { FIXTURE_SOURCE_BYTES = 1 << 18 };

/* A file of the source tree; absent if it is not there.  Free p. */
static inline struct cp_str fixture_source(const char *name)
{
    char path[512];
    const char *root = getenv("srcdir");
    snprintf(path, sizeof(path), "%s/%s", root ? root : ".", name);
    FILE *in = fopen(path, "r");
    if (!in)
        return STR_NONE;
    char *p = calloc(1, FIXTURE_SOURCE_BYTES);
    size_t n = p ? fread(p, 1, FIXTURE_SOURCE_BYTES - 1, in) : 0;
    fclose(in);
    return str_n(p, n);
}

#endif
