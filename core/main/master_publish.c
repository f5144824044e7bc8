/* SPDX-License-Identifier: MIT */
/*
 * master_publish - a new snapshot goes to everybody; reloads.
 *
 * A reload reads disks, so it has a thread of its own: the main thread stays awake for the signals.  However often it is
 * asked while one runs, there is one more behind it, which sees all that was changed until then.
 */
#include "main/master_private.h"

#include "admin/panel.h"
#include "admin/scribe.h"
#include "admin/steward.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/notify.h"
#include "main/worker.h"
#include "state/vitals.h"

#include <stdlib.h>

/* A key that was refused is asked again: somebody has looked at the configuration. */
static void master_pardon(struct master *m)
{
    struct cooldown_cause cause;
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(m->health.vitals, &at));) {
        cooldown_cause(&v->cooldown, &cause);
        if (cause.fault == CP_BY_KEY && cause.trouble != CP_RATE_LIMIT)
            vitals_reset(v);
    }
}

void master_publish(void *ctx, struct setup *s)
{
    struct master *m = ctx;

    /* The first may be asked to change something before the last is there. */
    pthread_mutex_lock(&m->workers_lock);
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_set_setup(m->workers[i], s);
    pthread_mutex_unlock(&m->workers_lock);
    master_pardon(m);
    master_remember(m, s->conf);
    master_serve_plugins(m, s->registry);
    scribe_set_conf(m->office.scribe, s->conf, s->registry);
    log_level(s->conf->log_level);
    master_reload_tls(m, s->conf);
}

void master_read_panel(struct master *m)
{
    const struct panel_folders from = { m->o->www_dir, m->o->javascript_dir };
    struct panel *p = panel_read(&from), *before;

    if (!p)
        return;
    pthread_mutex_lock(&m->workers_lock);
    before = m->panel;
    m->panel = p;
    atomic_store(&m->office.panel_version, strtoull(panel_version(p), NULL, 16));
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_set_panel(m->workers[i], p);
    pthread_mutex_unlock(&m->workers_lock);
    panel_unref(before);
}

void master_reloaded(void *ctx)
{
    master_read_panel(ctx);
}

static void master_reload(struct master *m)
{
    struct steward_result result = { 0 };
    struct err err = { 0 };
    struct buf report;

    buf_init(&report, MASTER_REPORT_BYTES);
    result.report = &report;
    notify_reloading();
    int rc = steward_reload(m->office.steward, &result, &err);
    atomic_store(&m->is_reload_bad, rc != 0);
    master_say(buf_str(&report));
    buf_fini(&report);
    if (rc) {
        log_record(CP_LOG_ERROR, "reload_failed", NULL, 0,
                   "reload: the configuration is bad; nothing has changed");
        notify_ready("running; the last reload failed");
        atomic_store(&m->is_status_over, true);
        return;
    }
    struct setup *s = steward_setup(m->office.steward);
    log_record(CP_LOG_INFO, "reload", NULL, 0, "reload: %zu channels, %u warnings",
               s->conf->channels_n, result.warnings);
    setup_unref(s);
    notify_ready("running");
    atomic_store(&m->is_status_over, true);
}

static void *master_reloads(void *arg)
{
    struct master *m = arg;
    struct master_reloader *r = &m->reloader;

    pthread_mutex_lock(&r->lock);
    while (!r->is_over) {
        if (!r->is_asked) {
            pthread_cond_wait(&r->wake, &r->lock);
            continue;
        }
        r->is_asked = false;
        pthread_mutex_unlock(&r->lock);
        master_reload(m);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

int master_start_reloader(struct master *m, struct err *err)
{
    struct master_reloader *r = &m->reloader;

    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    if (pthread_create(&r->thread, NULL, master_reloads, m))
        return err_set(err, E_IO, "reload", "cannot start a thread");
    pthread_setname_np(r->thread, "reload");
    r->is_started = true;
    return 0;
}

void master_ask_reload(struct master *m)
{
    struct master_reloader *r = &m->reloader;

    pthread_mutex_lock(&r->lock);
    r->is_asked = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

void master_stop_reloader(struct master *m)
{
    struct master_reloader *r = &m->reloader;

    if (!r->is_started)
        return;
    pthread_mutex_lock(&r->lock);
    r->is_over = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    r->is_started = false;
}
