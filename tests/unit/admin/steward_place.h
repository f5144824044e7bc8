/* SPDX-License-Identifier: MIT */
/*
 * steward_place - a folder with a configuration of its own, and a steward that serves it, as often as a test starts one.
 */
#ifndef TESTS_UNIT_ADMIN_STEWARD_PLACE_H
#define TESTS_UNIT_ADMIN_STEWARD_PLACE_H

#include "admin/steward.h"

#include "balance/roster.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char top[64], main[128], env[128], state[128], managed[160];
    struct conf_source source;
    struct registry *registry;
    struct roster_health health;
    struct steward *steward;
    struct steward_result result;
    struct buf report;
    struct err err;
    int published;
};

static const char *const place_env[] = { NULL };

static inline void place_put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) || chmod(path, 0600))
        abort();
}

static inline struct cp_str place_get(const char *path)
{
    static char text[1 << 20];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
    if (fd >= 0)
        close(fd);
    return str_n(text, n < 0 ? 0 : (size_t)n);
}

static inline void place_publish(void *ctx, struct setup *s)
{
    struct place *p = ctx;
    (void)s;
    p->published++;
}

/* The folder and its files only. */
static inline void place_lay(struct place *p)
{
    char text[512];

    *p = (struct place){ .top = "/tmp/steward.XXXXXX" };
    if (!mkdtemp(p->top))
        abort();
    snprintf(p->main, sizeof(p->main), "%s/claude-proxy.conf", p->top);
    snprintf(p->env, sizeof(p->env), "%s/env", p->top);
    snprintf(p->state, sizeof(p->state), "%s/state", p->top);
    snprintf(p->managed, sizeof(p->managed), "%s/managed.conf", p->state);
    snprintf(text, sizeof(text),
             "listen = \"127.0.0.1:0\";\naccess_key = \"cp-0123456789abcdef\";\n"
             "state_dir = \"%s\";\n",
             p->state);
    place_put(p->main, text);
    place_put(p->env, "");
    p->source = (struct conf_source){ .file = p->main, .env_file = p->env, .env = place_env };
    buf_init(&p->report, 1 << 20);
    p->result.report = &p->report;
    p->registry = registry_new();
    log_level(0);
}

/* As main does: reads, then opens.  The code of the one that failed. */
static inline int place_start(struct place *p)
{
    struct conf_report report = { .out = &p->report };

    buf_clear(&p->report);
    p->health = (struct roster_health){ .vitals = vitals_table_new(),
                                        .marks = marks_new(),
                                        .affinity = affinity_new(16, 1000),
                                        .seals = affinity_new(16, 1000) };
    struct conf *c = conf_read(&p->source, &report);
    struct setup *s = c ? setup_build(c, p->registry, &p->health, &report) : NULL;
    if (!s)
        return E_CONFIG;
    struct steward_config config = {
        .source = &p->source, .health = &p->health, .publish = place_publish, .ctx = p
    };
    int rc = steward_open(&p->steward, &config, s, &p->err);
    if (rc)
        setup_unref(s);
    return rc;
}

static inline void place_stop(struct place *p)
{
    steward_close(p->steward);
    p->steward = NULL;
    vitals_table_free(p->health.vitals);
    marks_free(p->health.marks);
    affinity_free(p->health.affinity);
    affinity_free(p->health.seals);
}

static inline void place_begin(struct place *p)
{
    place_lay(p);
    if (place_start(p)) {
        printf("# %s: %s\n# %.*s\n", p->err.where, p->err.what, STR_FMT(buf_str(&p->report)));
        abort();
    }
}

static inline void place_clear(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char name[512];
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
            (size_t)snprintf(name, sizeof(name), "%s/%s", path, e->d_name) >= sizeof(name))
            continue;
        if (unlink(name))
            place_clear(name);
    }
    if (dir)
        closedir(dir);
    (void)rmdir(path); /* a folder left behind in /tmp fails no test */
}

static inline void place_remove(struct place *p)
{
    registry_free(p->registry);
    buf_fini(&p->report);
    place_clear(p->top);
}

static inline void place_end(struct place *p)
{
    place_stop(p);
    place_remove(p);
}

/* ---- changing ---- */

/* One setting. */
struct place_change {
    const char *path, *text; /* text NULL: it goes */
    int rc;                  /* what change() says */
};

static inline int place_do(void *ctx, struct node *root, const struct node *said,
                           struct arena *arena, struct err *err)
{
    const struct place_change *c = ctx;

    (void)said;
    if (c->rc)
        return err_set(err, c->rc, c->path, "said no");
    return node_set(arena, root, str_of(c->path), str_of(c->text), STR("test"));
}

static inline int place_edit(struct place *p, const char *path, const char *text, bool is_quiet)
{
    struct place_change c = { path, text, 0 };
    struct steward_edit e = { .change = place_do,
                              .ctx = &c,
                              .who = STR("test"),
                              .what = str_of(path),
                              .is_quiet = is_quiet };

    buf_clear(&p->report);
    p->err = (struct err){ 0 };
    return steward_edit(p->steward, &e, &p->result, &p->err);
}

static inline int64_t place_attempts(struct place *p)
{
    struct setup *s = steward_setup(p->steward);
    int64_t attempts = s->conf->attempts;

    setup_unref(s);
    return attempts;
}

#endif
