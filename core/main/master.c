/* SPDX-License-Identifier: MIT */
/*
 * master - the main thread: reads, listens, starts workers, then waits for signals.
 *
 *   HUP   read the configuration anew; a bad one changes nothing
 *   USR1  reopen the log file
 *   TERM, INT   once: drain; the second time: end every stream now, with an error event
 */
#include "main/master.h"

#include "admin/gatehouse.h"
#include "admin/office.h"
#include "admin/page.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/line.h"
#include "flow/setup.h"
#include "loop/pool.h"
#include "loop/server.h"
#include "loop/trust.h"
#include "main/drop.h"
#include "main/health_file.h"
#include "main/listen.h"
#include "main/notify.h"
#include "main/spend_file.h"
#include "main/worker.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "plugin/options.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/purse.h"
#include "state/ratio.h"
#include "state/store.h"
#include "state/vitals.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    WORKERS = 256,
    LISTENERS = 8,
    REPORT_BYTES = 1 << 20,
    FDS_SPARE = 64,
    LOOK_MS = 20,
    SWEEP_MS = 60 * 1000,
    PREFLIGHT_MS = 5000,
    AFFINITY_MOST = 1024, /* until the configuration has been read */
    AFFINITY_MS = 60 * 1000,
    SEALS_MS = 24 * 60 * 60 * 1000, /* a conversation that is taken up again the next day */
    POOL_THREADS = 4,
    POOL_QUEUE = 64
};

struct master {
    const struct master_options *o;
    struct registry *registry;
    struct roster_health health; /* owned: outlives snapshots */
    struct setup *setup;
    struct page *page;
    struct trust *trust;
    struct store *kept, *recalled;
    struct ratio_table *ratios;
    struct line_hall *hall;
    struct health_file *learned;
    struct spend_file *spent;
    int64_t look_ms, health_ms, sweep_ms; /* when next */
    struct server_gauge gauge;
    struct worker *workers[WORKERS];
    uint32_t workers_n;
    int fds[LISTENERS];
    struct server_tls *tls[LISTENERS];
    uint32_t listeners_n;
    int64_t started_ms;
    struct office office; /* owned, but for what it borrows from above */
};

static void master_say(struct cp_str lines, bool is_start)
{
    struct cp_str line;

    while (str_split(&lines, '\n', &line)) {
        if (!line.n)
            continue;
        if (is_start)
            fprintf(stderr, "%.*s\n", STR_FMT(line));
        else
            log_msg(str_find(line, STR("error:")) >= 0 ? CP_LOG_ERROR : CP_LOG_WARN, "%.*s",
                    STR_FMT(line));
    }
}

/* Where crashes are noted; NULL if there is nowhere to write. */
static const char *master_breadcrumb(const struct conf *c, char *out, size_t n)
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

    if (m->registry)
        return 0;
    snprintf(from_conf, sizeof(from_conf), "%.*s", STR_FMT(c->plugin_dir));
    if (!dir)
        dir = from_conf[0] ? from_conf : PLUGINDIR;
    m->registry = registry_new();
    registry_watch(m->registry, master_breadcrumb(c, crumbs, sizeof(crumbs)), PREFLIGHT_MS);
    int refused =
        registry_load_dir(m->registry, dir, m->o->is_lax ? LOADER_LAX : LOADER_STRICT, &err);
    if (refused < 0 || !registry_count(m->registry)) {
        fprintf(stderr,
                "claude-proxy: no adapter could be loaded from %s%s%s; --plugins names another "
                "folder\n",
                dir, err.what[0] ? ": " : "", err.what);
        return E_CONFIG;
    }
    return 0;
}

/* Everything that can be said against the configuration is said at once. */
static struct setup *master_read(struct master *m, bool is_start, uint32_t *warnings)
{
    struct conf_report report = { 0 };
    struct setup *s = NULL;
    struct buf out;

    buf_init(&out, REPORT_BYTES);
    report.out = &out;
    struct conf_source source = *m->o->source;
    source.before = m->setup ? m->setup->conf : NULL;
    struct conf *c = conf_read(&source, &report);
    if (c && !master_load_plugins(m, c))
        s = setup_build(c, m->registry, &m->health, &report);
    else
        conf_unref(c);
    master_say(buf_str(&out), is_start);
    buf_fini(&out);
    *warnings = report.warnings;
    return s;
}

static int master_load_tls(const struct conf *c, struct server_tls **tls, struct err *err)
{
    for (size_t i = 0; i < c->listeners_n && i < LISTENERS; i++) {
        const struct conf_listener *l = &c->listeners[i];
        tls[i] = NULL;
        if (!l->cert_file.n)
            continue;
        char *cert = arena_z(c->arena, l->cert_file), *key = arena_z(c->arena, l->key_file);
        tls[i] = server_tls_load(cert, key, err);
        if (!tls[i])
            return E_CONFIG;
    }
    return 0;
}

static int master_listen(struct master *m, struct err *err)
{
    const struct conf *c = m->setup->conf;
    int rc = master_load_tls(c, m->tls, err);

    for (size_t i = 0; !rc && i < c->listeners_n && i < LISTENERS; i++) {
        int fd = listen_open(&c->listeners[i], err);
        if (fd < 0)
            return fd;
        m->fds[m->listeners_n++] = fd;
    }
    return rc;
}

static int master_port(const struct master *m)
{
    struct sockaddr_storage a = { 0 };
    socklen_t size = sizeof(a);

    if (getsockname(m->fds[0], (struct sockaddr *)&a, &size))
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port
                                         : ((struct sockaddr_in *)(void *)&a)->sin_port);
}

static void master_port_file(const struct master *m)
{
    char temp[4096];

    if (!m->o->port_file ||
        (size_t)snprintf(temp, sizeof(temp), "%s.new", m->o->port_file) >= sizeof(temp))
        return;
    FILE *f = fopen(temp, "we");
    if (!f)
        return;
    fprintf(f, "%d\n", master_port(m));
    if (!fclose(f) && rename(temp, m->o->port_file))
        log_msg(CP_LOG_WARN, "cannot write %s: %s", m->o->port_file, strerror(errno));
}

/* Two descriptors a request (client, upstream), and some to spare. */
static uint32_t master_connections(const struct conf *c)
{
    uint64_t fds = listen_raise_fds(),
             most = fds > FDS_SPARE * 2 ? (fds - FDS_SPARE) / 2 : FDS_SPARE / 2;

    if (c->connections <= most)
        return c->connections;
    log_msg(CP_LOG_WARN, "limits.connections is %u, but %llu descriptors allow only %llu",
            c->connections, (unsigned long long)fds, (unsigned long long)most);
    return (uint32_t)most;
}

static int master_start_workers(struct master *m, struct err *err)
{
    const struct conf *c = m->setup->conf;
    uint32_t n = c->workers ? c->workers : (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t connections = master_connections(c);
    struct worker_config wc = { .setup = m->setup,
                                .listen_fds = m->fds,
                                .tls = m->tls,
                                .listeners_n = m->listeners_n,
                                .page = m->page,
                                .trust = m->trust,
                                .kept = m->kept,
                                .recalled = m->recalled,
                                .ratios = m->ratios,
                                .hall = m->hall,
                                .started_ms = m->started_ms,
                                .office = &m->office };

    if (n > WORKERS)
        n = WORKERS;
    m->office.workers = n;
    for (uint32_t i = 0; i < n; i++) {
        wc.number = i;
        wc.connections = connections;
        wc.gauge = &m->gauge;
        int rc = worker_start(&m->workers[i], &wc, err);
        if (rc)
            return rc;
        m->workers_n++;
    }
    return 0;
}

static void master_reload_tls(struct master *m, const struct conf *c)
{
    struct server_tls *tls[LISTENERS] = { NULL };
    struct err err = { 0 };

    if (master_load_tls(c, tls, &err))
        log_msg(CP_LOG_ERROR, "the certificate is kept as it was: %s", err.what);
    for (uint32_t i = 0; i < m->listeners_n && i < c->listeners_n; i++) {
        if (!tls[i] || !m->tls[i])
            continue;
        for (uint32_t w = 0; w < m->workers_n; w++)
            worker_set_tls(m->workers[w], i, tls[i]);
        server_tls_unref(m->tls[i]);
        m->tls[i] = tls[i];
        tls[i] = NULL;
    }
    for (uint32_t i = 0; i < LISTENERS; i++)
        server_tls_unref(tls[i]);
}

static struct store_limits master_limits(const struct conf_memory *c)
{
    return (struct store_limits){ c->keep_ms, c->bytes, (uint64_t)c->items };
}

/* What is remembered outlives the configuration, but not what it says of how long and how much. */
static void master_remember(struct master *m, const struct conf *c)
{
    struct store_limits kept = master_limits(&c->kept), recalled = master_limits(&c->recalled);

    affinity_limit(m->health.affinity, (uint64_t)c->scheduler.affinity_max,
                   c->scheduler.affinity_ttl_ms, clock_ms());
    affinity_limit(m->health.seals, (uint64_t)c->scheduler.affinity_max, SEALS_MS, clock_ms());
    if (!m->kept) {
        m->kept = store_memory_new(&kept);
        m->recalled = store_memory_new(&recalled);
        return;
    }
    m->kept->ops->limit(m->kept, &kept, clock_ms());
    m->recalled->ops->limit(m->recalled, &recalled, clock_ms());
}

static void master_sweep(struct master *m)
{
    m->sweep_ms = clock_ms() + SWEEP_MS;
    m->kept->ops->sweep(m->kept, clock_ms());
    m->recalled->ops->sweep(m->recalled, clock_ms());
}

static void master_look(struct master *m)
{
    m->look_ms = clock_ms() + SPEND_FILE_LOOK_S * 1000;
    spend_file_look(m->spent);
    if (clock_ms() >= m->health_ms) {
        m->health_ms = clock_ms() + HEALTH_FILE_LOOK_S * 1000;
        health_file_look(m->learned);
    }
    if (clock_ms() >= m->sweep_ms)
        master_sweep(m);
}

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

static void master_reload(struct master *m)
{
    uint32_t warnings;

    notify_reloading();
    struct setup *s = master_read(m, false, &warnings);
    if (!s) {
        log_msg(CP_LOG_ERROR, "reload: the configuration is bad; nothing has changed");
        notify_ready("running; the last reload failed");
        return;
    }
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_set_setup(m->workers[i], s);
    setup_unref(m->setup);
    m->setup = s;
    master_pardon(m);
    master_remember(m, s->conf);
    log_level(s->conf->log_level);
    master_reload_tls(m, s->conf);
    log_msg(CP_LOG_INFO, "reload: %zu channels, %u warnings", s->conf->channels_n, warnings);
    notify_ready("running");
}

static bool master_all_done(const struct master *m)
{
    for (uint32_t i = 0; i < m->workers_n; i++)
        if (!worker_is_done(m->workers[i]))
            return false;
    return true;
}

static void master_each(struct master *m, void (*tell)(struct worker *))
{
    for (uint32_t i = 0; i < m->workers_n; i++)
        tell(m->workers[i]);
}

/* From the first TERM on: until every worker is done, the time is up, or another TERM comes. */
static void master_drain(struct master *m, const sigset_t *signals)
{
    int64_t until_ms = clock_ms() + m->setup->conf->drain_ms;
    struct timespec look = { 0, LOOK_MS * 1000000L };
    bool is_killed = false;

    notify_stopping("draining");
    log_msg(CP_LOG_INFO, "stopping: finishing what is in flight, at most %lld s",
            (long long)m->setup->conf->drain_ms / 1000);
    master_each(m, worker_drain);
    for (uint32_t i = 0; i < m->listeners_n; i++)
        (void)shutdown(
            m->fds[i],
            SHUT_RD); /* whoever comes now is refused by the kernel, not left waiting */
    while (!master_all_done(m)) {
        int sig = sigtimedwait(signals, NULL, &look);
        bool is_late = clock_ms() >= until_ms;
        if (is_killed || (sig != SIGTERM && sig != SIGINT && !is_late))
            continue;
        is_killed = true;
        log_msg(CP_LOG_WARN, "stopping now: streams end with an error event");
        master_each(m, worker_kill);
    }
}

static void master_wait(struct master *m, const sigset_t *signals)
{
    const struct timespec look = { SPEND_FILE_LOOK_S, 0 };

    for (;;) {
        int sig = sigtimedwait(signals, NULL, &look);
        if (sig < 0 || clock_ms() >= m->look_ms)
            master_look(m); /* also where signals come all the time */
        if (sig == SIGHUP)
            master_reload(m);
        else if (sig == SIGUSR1)
            log_reopen();
        else if (sig == SIGTERM || sig == SIGINT)
            break;
    }
    master_drain(m, signals);
}

/* Which files it is: who started in another folder than he thought sees it here. */
static void master_tell_files(const struct conf *c, struct buf *out)
{
    buf_init(out, REPORT_BYTES);
    for (size_t i = 0; i < c->files_n; i++)
        buf_printf(out, "%s%.*s", i ? ", " : "", STR_FMT(c->files[i]));
    if (!c->files_n)
        buf_add_z(out, "no file");
}

static void master_greet(const struct master *m)
{
    const struct conf *c = m->setup->conf;
    struct buf files;

    master_tell_files(c, &files);
    log_msg(CP_LOG_INFO, "configuration: %.*s", STR_FMT(buf_str(&files)));
    buf_fini(&files);
    for (size_t i = 0; i < m->listeners_n; i++)
        log_msg(CP_LOG_INFO, "listening on %s://%.*s:%d",
                c->listeners[i].cert_file.n ? "https" : "http",
                STR_FMT(c->listeners[i].address), i ? c->listeners[i].port : master_port(m));
    if (c->is_access_key_made)
        fprintf(stderr, "claude-proxy: no access key was configured; this run's key is %.*s\n",
                STR_FMT(secret_show(c->access_key)));
    if (!c->channels_n)
        log_msg(CP_LOG_WARN,
                "no channel is configured: every request will be answered with 503; "
                "claude-proxy.conf(5) has an example");
}

static void master_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int master_open_log(const struct conf *c)
{
    static const struct {
        const char *name;
        enum log_form form;
    } forms[] = {
        { "text", LOG_TEXT },
        { "json", LOG_JSON },
        { "journal", LOG_JOURNAL },
        { "auto", LOG_AUTO },
    };
    enum log_form form = LOG_AUTO;

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (str_is(c->log_form, forms[i].name))
            form = forms[i].form;
    return log_open(form, c->log_file.n ? arena_z(c->arena, c->log_file) : NULL, c->log_level);
}

static void master_close(struct master *m)
{
    if (m->office.pool)
        pool_close(m->office.pool); /* before the loops that its jobs come back to */
    for (uint32_t i = 0; i < m->workers_n; i++)
        worker_join(m->workers[i]);
    gatehouse_free(m->office.gatehouse);
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        close(m->fds[i]);
        server_tls_unref(m->tls[i]);
    }
    health_file_close(m->learned);
    spend_file_close(m->spent);
    setup_unref(m->setup);
    page_free(m->page);
    trust_unref(m->trust);
    vitals_table_free(m->health.vitals);
    marks_free(m->health.marks);
    affinity_free(m->health.affinity);
    affinity_free(m->health.seals);
    purse_table_free(m->health.purses);
    line_hall_free(m->hall);
    ratio_table_free(m->ratios);
    if (m->kept) {
        m->kept->ops->free(m->kept);
        m->recalled->ops->free(m->recalled);
    }
    if (m->registry)
        registry_free(m->registry);
    log_close();
}

static void master_list(const struct master *m)
{
    struct buf out;

    buf_init(&out, REPORT_BYTES);
    for (size_t i = 0; i < registry_count(m->registry); i++) {
        const struct adapter *a = registry_at(m->registry, i);
        options_help(&out, &a->hooks);
        buf_printf(&out, "    (for clients of the family %s; from %s)\n\n", a->hooks.family,
                   a->file);
    }
    printf("%.*s", (int)out.n, out.p ? out.p : "");
    buf_fini(&out);
}

/* What was learned before the restart: read as the user that will write it. */
static void master_recollect(struct master *m)
{
    struct facts facts = { m->health.vitals, m->health.marks };

    m->learned = health_file_open(&facts, m->setup->conf->state_dir);
    m->spent = spend_file_open(m->health.purses, m->setup->conf->state_dir);
}

static int master_open_office(struct master *m, struct err *err)
{
    m->office = (struct office){ .gatehouse = gatehouse_new(),
                                 .pool = pool_open(POOL_THREADS, POOL_QUEUE, err),
                                 .purses = m->health.purses,
                                 .registry = m->registry,
                                 .gauge = &m->gauge,
                                 .started_ms = m->started_ms };
    return m->office.pool ? 0 : E_IO;
}

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

static int master_serve(struct master *m, const sigset_t *signals)
{
    struct err err = { 0 };
    char crumbs[4096];

    if (master_open_log(m->setup->conf))
        fprintf(stderr, "claude-proxy: cannot open the log; it goes to stderr\n");
    /* Without its file a crash is only less well explained. */
    (void)guard_install(master_breadcrumb(m->setup->conf, crumbs, sizeof(crumbs)));
    m->page = page_load(m->o->www_dir);
    m->trust = trust_new();
    master_remember(m, m->setup->conf);
    bool is_open = !master_listen(m, &err) && !drop_user(m->setup->conf->user, &err);
    if (is_open)
        master_recollect(m);
    if (!is_open || master_open_office(m, &err) || master_start_workers(m, &err)) {
        fprintf(stderr, "claude-proxy: %s: %s\n", err.where, err.what);
        master_each(m, worker_kill);
        return master_exit(err.code);
    }
    master_greet(m);
    master_port_file(m);
    notify_ready("running");
    master_wait(m, signals);
    log_msg(CP_LOG_INFO, "stopped");
    return 0;
}

static void master_praise(const struct conf *c, uint32_t warnings)
{
    struct buf files;

    master_tell_files(c, &files);
    printf("configuration is fine: %zu channels, %u warnings (%.*s)\n", c->channels_n, warnings,
           STR_FMT(buf_str(&files)));
    buf_fini(&files);
}

int master_run(const struct master_options *o)
{
    struct master m = { .o = o,
                        .health = { vitals_table_new(), marks_new(),
                                    affinity_new(AFFINITY_MOST, AFFINITY_MS),
                                    affinity_new(AFFINITY_MOST, SEALS_MS), purse_table_new() },
                        .hall = line_hall_new(),
                        .ratios = ratio_table_new(),
                        .started_ms = clock_wall_ms() };
    sigset_t signals;
    uint32_t warnings;
    int rc = 0;

    m.setup = master_read(&m, true, &warnings);
    if (!m.setup) {
        if (!m.registry || registry_count(m.registry))
            fprintf(stderr, "claude-proxy: the configuration is bad\n");
        rc = EX_CONFIG;
    } else if (o->show) {
        rc = o->show(m.setup, o->show_ctx);
    } else if (o->is_list) {
        master_list(&m);
    } else if (o->is_test) {
        master_praise(m.setup->conf, warnings);
    } else {
        master_signals(&signals);
        rc = master_serve(&m, &signals);
    }
    master_close(&m);
    return rc;
}
