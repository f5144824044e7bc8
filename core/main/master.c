/* SPDX-License-Identifier: MIT */
/*
 * master - the main thread: reads, listens, starts workers, then waits for signals.
 *
 *   HUP   read the configuration anew; a bad one changes nothing
 *   USR1  reopen the log file
 *   USR2  start the program on the disk, and hand everything over to it
 *   TERM, INT   once: drain; the second time: end every stream now, with an error event
 *
 * Files in the state folder are touched only after privileges were dropped, and only when it is locked.
 */
#include "main/master.h"

#include "admin/panel.h"
#include "admin/steward.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/line.h"
#include "flow/setup.h"
#include "loop/pool.h"
#include "loop/trust.h"
#include "main/control.h"
#include "main/drop.h"
#include "main/master_private.h"
#include "main/notify.h"
#include "main/worker.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/news.h"
#include "state/purse.h"
#include "state/ratio.h"
#include "state/vitals.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    AFFINITY_MOST = 1024,
    AFFINITY_MS = 60 * 1000
}; /* until the configuration has been read */

/* What happened lately, for those who follow it. */
enum { NEWS_ITEMS = 4096, NEWS_BYTES = 8 << 20 };

/* ---- workers ---- */

static int master_start_some(struct master *m, uint32_t n, struct worker_config *wc,
                             struct err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        wc->number = i;
        int rc = worker_start(&m->workers[i], wc, err);
        if (rc)
            return rc;
        m->workers_n++;
    }
    return 0;
}

static int master_start_workers(struct master *m, struct setup *s, struct err *err)
{
    int fds[MASTER_LISTENERS];
    struct server_tls *tls[MASTER_LISTENERS];
    uint32_t n = s->conf->workers ? s->conf->workers : (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct worker_config wc = { .setup = s,
                                .listen_fds = fds,
                                .tls = tls,
                                .listeners_n = m->listeners_n,
                                .connections = master_connections(s->conf),
                                .gauge = &m->gauge,
                                .panel = m->panel,
                                .trust = m->trust,
                                .kept = m->kept,
                                .recalled = m->recalled,
                                .ratios = m->ratios,
                                .hall = m->hall,
                                .started_ms = m->started_ms,
                                .local_fd = m->control.fd,
                                .local_gid = m->control.gid,
                                .office = &m->office };

    for (uint32_t i = 0; i < m->listeners_n; i++) {
        fds[i] = m->listeners[i].fd;
        tls[i] = m->listeners[i].tls;
    }
    if (n > MASTER_WORKERS)
        n = MASTER_WORKERS;
    m->office.workers = n;
    master_tell_office(m);
    pthread_mutex_lock(&m->workers_lock);
    int rc = master_start_some(m, n, &wc, err);
    pthread_mutex_unlock(&m->workers_lock);
    return rc;
}

/* ---- serving ---- */

/* As sysexits.h has it: a service manager tries again after some of them, and not after others. */
static int master_exit(int code)
{
    switch (code) {
    case E_CONFIG:
    case E_ABSENT:
        return EX_CONFIG;
    case E_DENIED:
        return EX_NOPERM;
    case E_AGAIN:
        return EX_TEMPFAIL;
    case E_IO:
        return EX_OSERR;
    default:
        return 1;
    }
}

/* What needs the rights we were started with, and giving them up. */
static int master_take_place(struct master *m, struct err *err)
{
    char crumbs[4096];
    const struct conf *c = m->setup->conf;

    if (master_open_log(c))
        fprintf(stderr, "claude-proxy: cannot open the log; it goes to stderr\n");
    /* Without its file a crash is only less well explained. */
    (void)guard_install(master_breadcrumb(c, crumbs, sizeof(crumbs)));
    m->trust = trust_new();
    master_remember(m, c);
    int rc = master_listen(m, err);
    if (!rc)
        rc = control_open(&m->control, c, &m->inherit, err);
    if (!rc)
        rc = inherit_close(&m->inherit, err);
    return rc ? rc : drop_user(c->user, err);
}

static int master_serve(struct master *m, const sigset_t *signals)
{
    struct err err = { 0 };
    struct setup *s = NULL;
    int rc = master_take_place(m, &err);

    if (!rc)
        rc = master_open_office(m, &err);
    if (!rc)
        master_read_panel(m);
    if (!rc)
        s = steward_setup(m->office.steward);
    if (!rc)
        rc = master_legacy_stand(m, &err);
    if (!rc)
        rc = master_start_workers(m, s, &err);
    if (!rc)
        rc = master_start_reloader(m, &err);
    if (!rc)
        rc = master_legacy_serve(m, &err);
    if (rc) {
        fprintf(stderr, "claude-proxy: %s: %s\n", err.where, err.what);
        setup_unref(s);
        master_each(m, worker_kill);
        return master_exit(rc);
    }
    master_greet(m, s->conf);
    setup_unref(s);
    master_port_file(m);
    if (!master_is_heir(m))
        notify_ready("running"); /* else who was before us has said it */
    master_wait(m, signals);
    log_record(CP_LOG_INFO, "stopped", NULL, 0, "stopped");
    return 0;
}

/*
 * Who asks others to do something goes before them: the pool's jobs come back to loops, which go with their workers.
 *
 * returns  false: a plugin has not come back from a call.  Files are written, and nothing is freed that it may use.
 */
static bool master_close(struct master *m)
{
    master_stop_reloader(m);
    bool is_over = master_stop_office(m);
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_join(m->workers[i]);
    master_legacy_end(m);
    master_upgrade_end(m);
    master_heir_end(m);
    control_close(&m->control);
    master_write_down(m);
    if (!is_over) {
        log_msg(CP_LOG_WARN, "a plugin does not come back from a call: it is left behind");
        log_close();
        return false;
    }
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_free(m->workers[i]);
    master_free_pulse(m);
    pool_close(m->office.pool);
    master_close_listeners(m);
    master_forget(m);
    master_close_office(m);
    setup_unref(m->setup);
    panel_unref(m->panel);
    trust_unref(m->trust);
    vitals_table_free(m->health.vitals);
    marks_free(m->health.marks);
    affinity_free(m->health.affinity);
    affinity_free(m->health.seals);
    purse_table_free(m->health.purses);
    news_free(m->health.news);
    line_hall_free(m->hall);
    ratio_table_free(m->ratios);
    if (m->registry)
        registry_free(m->registry);
    log_close();
    return true;
}

int master_run(const struct master_options *o)
{
    struct master m = { .o = o,
                        .control = { .fd = -1 },
                        .health = { .vitals = vitals_table_new(),
                                    .marks = marks_new(),
                                    .affinity = affinity_new(AFFINITY_MOST, AFFINITY_MS),
                                    .seals = affinity_new(AFFINITY_MOST, AFFINITY_MS),
                                    .purses = purse_table_new(),
                                    .news = news_new(NEWS_ITEMS, NEWS_BYTES) },
                        .hall = line_hall_new(),
                        .workers_lock = PTHREAD_MUTEX_INITIALIZER,
                        .keep_lock = PTHREAD_MUTEX_INITIALIZER,
                        .heir = { .turn = PTHREAD_MUTEX_INITIALIZER },
                        .ratios = ratio_table_new(),
                        .started_ms = clock_wall_ms() };
    struct err err = { 0 };
    sigset_t signals;
    int rc = 0;

    inherit_read(&m.inherit);
    rc = master_legacy_begin(&m, &err);
    if (!rc)
        m.setup = master_read(&m);
    if (rc) {
        fprintf(stderr, "claude-proxy: %s: %s\n", err.where, err.what);
        rc = master_exit(rc);
    } else if (!m.setup) {
        if (!m.registry || registry_count(m.registry))
            fprintf(stderr, "claude-proxy: the configuration is bad\n");
        rc = EX_CONFIG;
    } else {
        master_signals(&signals);
        rc = master_serve(&m, &signals);
    }
    if (!master_close(&m))
        _exit(rc);
    return rc;
}
