/* SPDX-License-Identifier: MIT */
/*
 * master_read - the configuration and the plugins at the start; everything that can be said against them is said at once.
 */
#include "main/master_private.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/loader.h"

#include <stdio.h>
#include <unistd.h>

enum { PREFLIGHT_MS = 5000 };

void master_say(struct cp_str lines)
{
    struct cp_str line;

    while (str_split(&lines, '\n', &line))
        if (line.n)
            log_msg(str_find(line, STR("error:")) >= 0 ? CP_LOG_ERROR : CP_LOG_WARN, "%.*s",
                    STR_FMT(line));
}

/* Where crashes are noted; NULL if there is nowhere to write. */
const char *master_breadcrumb(const struct conf *c, char *out, size_t n)
{
    if (!c->state_dir.n || access(arena_z(c->arena, c->state_dir), W_OK))
        return NULL;
    snprintf(out, n, "%.*s/breadcrumb", STR_FMT(c->state_dir));
    return out;
}

static int master_load_plugins(struct master *m, const struct conf *c)
{
    char from_conf[4096], crumbs[4096];
    const char *dir = m->o->plugin_dir;
    struct err err = { 0 };

    snprintf(from_conf, sizeof(from_conf), "%.*s", STR_FMT(c->plugin_dir));
    if (!dir)
        dir = from_conf[0] ? from_conf : PLUGINDIR;
    m->registry = registry_new();
    registry_watch(m->registry, master_breadcrumb(c, crumbs, sizeof(crumbs)), PREFLIGHT_MS);
    struct buf missed;
    int refused =
        registry_load_dir(m->registry, dir, m->o->is_lax ? LOADER_LAX : LOADER_STRICT, &err);
    if (refused < 0 || !registry_count(m->registry)) {
        fprintf(stderr,
                "claude-proxy: no adapter could be loaded from %s%s%s; --plugins names another "
                "folder\n",
                dir, err.what[0] ? ": " : "", err.what);
        return E_CONFIG;
    }
    buf_init(&missed, sizeof(from_conf));
    bool is_missed = refused > 0 && master_legacy_misses(m, &missed);
    if (is_missed)
        fprintf(stderr,
                "claude-proxy: a plugin is refused, and these are not there any more: %.*s\n",
                STR_FMT(buf_str(&missed)));
    buf_fini(&missed);
    return is_missed ? E_CONFIG : 0;
}

int master_read_again(struct master *m, struct err *err)
{
    struct conf_report report = { 0 };
    struct setup *s = NULL;
    struct buf out;

    buf_init(&out, MASTER_REPORT_BYTES);
    report.out = &out;
    struct conf *c = conf_read(m->o->source, &report);
    if (c)
        s = setup_build(c, m->registry, &m->health, &report);
    if (!s)
        fprintf(stderr, "%.*s", (int)out.n, out.p ? out.p : "");
    buf_fini(&out);
    if (!s)
        return err_set(err, E_CONFIG, "upgrade", "the configuration is bad");
    setup_unref(m->setup);
    m->setup = s;
    master_remember(m, s->conf);
    return 0;
}

struct setup *master_read(struct master *m)
{
    struct conf_report report = { 0 };
    struct setup *s = NULL;
    struct buf out;

    buf_init(&out, MASTER_REPORT_BYTES);
    report.out = &out;
    struct conf *c = conf_read(m->o->source, &report);
    if (c && !master_load_plugins(m, c))
        s = setup_build(c, m->registry, &m->health, &report);
    else
        conf_unref(c);
    fprintf(stderr, "%.*s", (int)out.n, out.p ? out.p : "");
    buf_fini(&out);
    return s;
}
