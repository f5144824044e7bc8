/* SPDX-License-Identifier: MIT */
/*
 * master_heir - the side of the process that is being replaced: starts the new one, hands over, and serves on if that fails.
 *
 * master_legacy.c has the words that are exchanged.  Until the new one serves, everything can be taken back: sockets are
 * shared, not given away; files are written and then left alone; the scribe lays its pen down and can take it up again.  At no
 * moment does nobody accept: both do, for some milliseconds.
 */
#include "main/master_private.h"

#include "admin/scribe.h"
#include "admin/steward.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/cord.h"
#include "main/notify.h"
#include "main/spawn.h"
#include "main/worker.h"
#include "plugin/loader.h"
#include "state/purse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TURN_MS = 100,
    SERVE_MS = 10 * 1000, /* from "go" to "serving": it has all it needs */
    PARK_MS = 5 * 1000,
    STATE_BYTES = 1 << 30,
    HELLO_BYTES = 64 << 10,
    SAID_BYTES = 16 << 10,
    READS = 64, /* at once */
    SAID_LINES = 12,
    END_LOOKS = 50,
    RETIRE_LOOKS = 2000
};

/* One attempt. */
struct handover {
    struct master *m;
    struct office_upgrade *told;
    struct err *err;
    struct buf said; /* by its standard error */
    int said_fd;
    int64_t by_ms;
    bool is_frozen;
};

/* ---- what it says before it serves ---- */

static void handover_read(struct handover *h)
{
    char bytes[4096];
    ssize_t n;

    for (int i = 0; i < READS && (n = read(h->said_fd, bytes, sizeof(bytes))) > 0; i++) {
        if (h->said.n + (size_t)n > SAID_BYTES)
            buf_drop(&h->said, h->said.n + (size_t)n - SAID_BYTES); /* the reason comes last */
        buf_add(&h->said, bytes, (size_t)n);
    }
}

/* To our own standard error, and the last lines to who asked. */
static void handover_tell(struct handover *h)
{
    struct cp_str all = buf_str(&h->said);
    size_t at = all.n, lines = 0;

    handover_read(h);
    all = buf_str(&h->said);
    if (!all.n)
        return;
    fprintf(stderr, "%.*s", STR_FMT(all));
    for (at = all.n - 1; at && lines < SAID_LINES; at--)
        lines += all.p[at - 1] == '\n';
    at += at ? 1 : 0;
    if (h->told && h->told->said)
        buf_add_str(h->told->said, str_from(all, at));
}

/* ---- starting it ---- */

static void add_names(const struct registry *r, struct buf *out)
{
    const struct depot *d;

    for (size_t i = 0; i < registry_count(r); i++)
        buf_printf(out, "%s\n", registry_at(r, i)->hooks.dialect);
    for (size_t i = 0; (d = registry_store_at(r, i)); i++)
        buf_printf(out, "%s\n", d->hooks.name);
}

static void heir_greet(const struct master *m)
{
    struct buf b, names;

    buf_init(&b, HELLO_BYTES);
    buf_init(&names, HELLO_BYTES / 2);
    struct setup *s = steward_setup(m->office.steward);
    add_names(s->registry, &names);
    setup_unref(s);
    size_t begin = parcel_begin(&b, "hello");
    parcel_number(&b, "pid", getpid());
    parcel_text(&b, "version", STR(VERSION_TEXT));
    parcel_text(&b, "adapters", buf_str(&names));
    parcel_end(&b, begin);
    cord_put(m->heir.cord, buf_str(&b));
    buf_fini(&names);
    buf_fini(&b);
}

static void heir_give(const struct master *m, struct spawn *s, int cord_fd)
{
    struct inherit_name name = { INHERIT_CORD };

    spawn_add(s, cord_fd, &name);
    name = (struct inherit_name){ INHERIT_STDERR };
    spawn_add(s, STDERR_FILENO, &name);
    name = (struct inherit_name){ INHERIT_LOCK };
    if (steward_lock_fd(m->office.steward) >= 0)
        spawn_add(s, steward_lock_fd(m->office.steward), &name);
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        const struct master_listener *l = &m->listeners[i];
        name = inherit_listener_name(str_of(l->address), l->port, l->is_lent);
        spawn_add(s, l->fd, &name);
    }
    name = inherit_control_name(m->control.is_lent);
    if (m->control.fd >= 0)
        spawn_add(s, m->control.fd, &name);
}

static int handover_spawn(struct handover *h)
{
    struct master *m = h->m;
    struct spawn s = { .file = m->o->program, .argv = m->o->argv };
    int ends[2], said[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return err_set(h->err, E_IO, "upgrade", "%s", strerror(errno));
    if (pipe2(said, O_CLOEXEC)) {
        close(ends[0]);
        close(ends[1]);
        return err_set(h->err, E_IO, "upgrade", "%s", strerror(errno));
    }
    (void)fcntl(said[0], F_SETFL, O_NONBLOCK); /* a pipe can be that */
    h->said_fd = said[0];
    s.stderr_fd = said[1];
    heir_give(m, &s, ends[1]);
    m->heir.cord = cord_open(ends[0]);
    m->heir.pid = m->heir.cord ? spawn_start(&s, h->err)
                               : err_set(h->err, E_IO, "upgrade", "no descriptor is left");
    close(ends[1]);
    close(said[1]);
    if (m->heir.pid > 0)
        heir_greet(m);
    return m->heir.pid > 0 ? 0 : E_IO;
}

/* ---- waiting for it ---- */

static int heir_kill(pid_t pid)
{
    int status = 0;

    (void)kill(pid, SIGKILL); /* it may be dead already */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* It ends by itself, and if it takes its time, by us. */
static int heir_wait(pid_t pid)
{
    const struct timespec look = { 0, TURN_MS * 1000000L };
    int status = 0;

    for (int i = 0; i < END_LOOKS; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
        nanosleep(&look, NULL);
    }
    return heir_kill(pid);
}

/* Why it ended.  E_AGAIN: it took too long; E_SYNTAX: it talked nonsense; both are ended by us.  E_GONE: it has ended by itself. */
static int handover_ended(struct handover *h, int why)
{
    struct master *m = h->m;
    int status = why == E_GONE ? heir_wait(m->heir.pid) : heir_kill(m->heir.pid);

    if (atomic_load(&m->heir.is_cancelled))
        return err_set(h->err, E_AGAIN, "upgrade", "this process is being stopped");
    if (why == E_SYNTAX)
        return err_set(h->err, E_CONFIG, "upgrade",
                       "the new process talked nonsense, and was ended; this one serves on");
    if (why == E_AGAIN)
        return err_set(
            h->err, E_CONFIG, "upgrade",
            "the new process was not ready in time, and was ended; this one serves on");
    if (WIFSIGNALED(status))
        return err_set(h->err, E_CONFIG, "upgrade",
                       "the new process was ended by signal %d (%s); this one serves on",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    return err_set(h->err, E_CONFIG, "upgrade",
                   "the new process ended with exit code %d; this one serves on",
                   WEXITSTATUS(status));
}

static bool handover_is_late(const struct handover *h)
{
    return clock_ms() >= h->by_ms || atomic_load(&h->m->heir.is_cancelled);
}

static bool heir_hear(struct master *m, const struct parcel *p);

/* 0: it said the word, and p is what it said. */
static int handover_await(struct handover *h, const char *kind, struct parcel *p)
{
    struct master *m = h->m;
    int rc = 0;

    while (!rc) {
        handover_read(h);
        while (cord_next(m->heir.cord, p) == 1) {
            if (parcel_is(p, kind))
                return 0;
            (void)heir_hear(m, p); /* of another version: nothing to us */
        }
        rc = handover_is_late(h) ? E_AGAIN : cord_turn(m->heir.cord, TURN_MS);
    }
    handover_read(h);
    return handover_ended(h, rc);
}

/* ---- holding still ---- */

static void handover_freeze(struct handover *h)
{
    struct master *m = h->m;

    h->is_frozen = true;
    atomic_store(&m->office.is_handing_over, true);
    steward_hold(m->office.steward, true);
    master_keep_still(m, true);
    if (!scribe_park(m->office.scribe, PARK_MS))
        log_msg(CP_LOG_WARN, "upgrade: the store of history takes long; what waits for it is "
                             "written when it can be");
}

static void handover_thaw(struct handover *h)
{
    struct master *m = h->m;

    master_hand_on(m, NULL);
    if (!h->is_frozen)
        return;
    scribe_go_on(m->office.scribe);
    master_keep_still(m, false);
    steward_hold(m->office.steward, false);
    atomic_store(&m->office.is_handing_over, false);
}

static int handover_give_state(struct handover *h)
{
    struct master *m = h->m;
    struct buf all;

    handover_freeze(h);
    m->heir.known = map_new();
    m->heir.ahead_ms = clock_wall_ms() - clock_ms();
    master_hand_on(m, cord_tap(m->heir.cord));
    buf_init(&all, STATE_BYTES);
    if (steward_version(m->office.steward) != m->heir.version)
        parcel_end(&all, parcel_begin(&all, "changed"));
    master_hand_all(m, &all);
    bool is_too_much = buf_failed(&all);
    if (!is_too_much)
        cord_put(m->heir.cord, buf_str(&all));
    if (all.p)
        explicit_bzero(all.p, all.n); /* sessions */
    buf_fini(&all);
    if (is_too_much) {
        (void)heir_kill(m->heir.pid);
        return err_set(h->err, E_LIMIT, "upgrade",
                       "more is remembered than can be handed over");
    }
    cord_say(m->heir.cord, "all");
    return 0;
}

/* ---- the moment ---- */

/* What the new one has not taken is nobody's. */
static void heir_shut_rest(struct master *m, const struct parcel *p)
{
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        const struct master_listener *l = &m->listeners[i];
        struct inherit_name name =
            inherit_listener_name(str_of(l->address), l->port, l->is_lent);
        if (!l->is_lent && !parcel_get_number(p, name.text, 0))
            (void)shutdown(l->fd, SHUT_RD);
    }
    m->control.is_handed =
        parcel_get_number(p, inherit_control_name(m->control.is_lent).text, 0) != 0;
    if (m->control.fd >= 0 && !m->control.is_lent && !m->control.is_handed)
        (void)shutdown(m->control.fd, SHUT_RD);
}

/* Who asked shall find the new one when he has his answer: that takes a turn of each worker. */
static void heir_stop_accepting(struct master *m)
{
    const struct timespec look = { 0, 1000000L };

    master_each(m, worker_retire);
    for (uint32_t i = 0, looks = 0; i < m->workers_n && looks < RETIRE_LOOKS; looks++) {
        if (worker_is_retired(m->workers[i]))
            i++;
        else
            nanosleep(&look, NULL);
    }
}

static void handover_commit(struct handover *h, const struct parcel *serving)
{
    struct master *m = h->m;
    struct cp_str version = parcel_get(serving, "version");
    uint32_t in_flight = 0;

    heir_stop_accepting(m);
    heir_shut_rest(m, serving);
    for (uint32_t i = 0; i < m->workers_n; i++)
        in_flight += worker_in_flight(m->workers[i]);
    notify_successor(m->heir.pid);
    log_record(CP_LOG_INFO, "upgrade", NULL, 0,
               "upgrade: process %d (version %.*s) serves; this one (%d) finishes %u requests",
               (int)m->heir.pid, STR_FMT(version), (int)getpid(), in_flight);
    if (!h->told)
        return;
    h->told->pid = m->heir.pid;
    h->told->before_pid = getpid();
    h->told->in_flight = in_flight;
    snprintf(h->told->version, sizeof(h->told->version), "%.*s", STR_FMT(version));
}

static int handover_run(struct handover *h)
{
    struct master *m = h->m;
    struct parcel p;
    int going = MASTER_SERVES;

    int rc = handover_spawn(h);
    if (!rc)
        rc = handover_await(h, "ready", &p);
    if (!rc)
        rc = handover_give_state(h);
    if (!rc)
        rc = handover_await(h, "standing", &p);
    if (rc)
        return rc;
    if (!atomic_compare_exchange_strong(&m->heir.fate, &going, MASTER_REPLACED))
        return handover_ended(h, E_AGAIN);
    master_legacy_tell(m, "passed-on"); /* in time: we may be gone any moment */
    cord_say(m->heir.cord, "go");
    h->by_ms = clock_ms() + SERVE_MS;
    rc = handover_await(h, "serving", &p);
    if (rc)
        atomic_store(&m->heir.fate, MASTER_SERVES);
    else
        handover_commit(h, &p);
    return rc;
}

static void handover_undo(struct handover *h)
{
    struct master *m = h->m;

    handover_thaw(h);
    purse_lose(m->health.purses, PURSE_AFTER);
    cord_close(m->heir.cord);
    m->heir.cord = NULL;
    map_free(m->heir.known);
    m->heir.known = NULL;
    log_record(CP_LOG_ERROR, "upgrade_failed", NULL, 0, "upgrade: %s", h->err->what);
    if (atomic_exchange(&m->heir.is_reload_owed, false))
        master_ask_reload(m);
}

/* ---- afterwards: what is still under way here is told there ---- */

static bool heir_hear(struct master *m, const struct parcel *p)
{
    if (parcel_is(p, "stop"))
        atomic_store(&m->heir.stop, HEIR_STOPS);
    else if (parcel_is(p, "kill"))
        atomic_store(&m->heir.stop, HEIR_KILLS);
    else if (parcel_is(p, "passed-on"))
        m->heir.is_passed_on = true;
    else
        return purse_hear(m->health.purses, PURSE_AFTER, p);
    return true;
}

static uint32_t heir_left(const struct master *m)
{
    uint32_t n = atomic_load(&m->office.before_in_flight);

    for (uint32_t i = 0; i < m->workers_n; i++)
        n += worker_in_flight(m->workers[i]);
    return n;
}

static void heir_tell(struct master *m)
{
    struct buf more;
    uint32_t left = heir_left(m);

    buf_init(&more, SIZE_MAX);
    master_hand_more(m, &more);
    if (left != m->heir.told_left) {
        size_t begin = parcel_begin(&more, "left");
        parcel_number(&more, "in_flight", left);
        parcel_end(&more, begin);
        m->heir.told_left = left;
    }
    if (more.n)
        cord_put(m->heir.cord, buf_str(&more));
    buf_fini(&more);
}

/* It is dead; somebody will start another one.  Nobody waits for it at our sockets, and what ends here is written here. */
static void heir_lost(struct master *m, int why)
{
    m->heir.is_lost = why == E_GONE && !m->heir.is_passed_on;
    if (m->heir.is_lost)
        master_shut(m);
    log_record(CP_LOG_ERROR, "upgrade_lost", NULL, 0,
               "the process that took this one's place (%d) is gone", (int)m->heir.pid);
    purse_lose(m->health.purses, PURSE_AFTER);
    scribe_go_on(m->office.scribe);
}

static void *heir_run(void *arg)
{
    struct master *m = arg;
    struct parcel p;
    int rc = 0;

    pthread_setname_np(pthread_self(), "heir");
    while (!rc && !atomic_load(&m->heir.is_ending)) {
        heir_tell(m);
        rc = cord_turn(m->heir.cord, TURN_MS);
        while (cord_next(m->heir.cord, &p) == 1)
            (void)heir_hear(m, &p); /* of another version: nothing to us */
        if (!rc && atomic_exchange(&m->heir.is_reload_owed, false))
            cord_say(m->heir.cord, "reload");
    }
    if (rc)
        heir_lost(m, rc);
    return NULL;
}

void master_heir_stop(struct master *m)
{
    (void)kill(m->heir.pid, SIGTERM); /* our child: nobody else has that number */
}

void master_heir_end(struct master *m)
{
    if (!m->heir.is_started)
        return;
    atomic_store(&m->heir.is_ending, true);
    pthread_join(m->heir.thread, NULL);
    m->heir.is_started = false;
    heir_tell(m);
    cord_say(m->heir.cord, "end");
    (void)cord_flush(m->heir.cord, SERVE_MS); /* else it learns it when the socket closes */
    master_hand_on(m, NULL);
    cord_close(m->heir.cord);
    map_free(m->heir.known);
    m->heir.cord = NULL;
    m->heir.known = NULL;
}

/* ---- all of it ---- */

static int64_t limit_ms(const struct master *m)
{
    struct setup *s = steward_setup(m->office.steward);
    int64_t ms = s->conf->upgrade_ms;

    setup_unref(s);
    return ms;
}

int master_heir_start(struct master *m, struct office_upgrade *told, struct err *err)
{
    struct handover h = { .m = m, .told = told, .err = err, .said_fd = -1 };

    atomic_store(&m->heir.is_under_way, true);
    m->heir.version = steward_version(m->office.steward);
    h.by_ms = clock_ms() + limit_ms(m);
    buf_init(&h.said, SAID_BYTES);
    int rc = handover_run(&h);
    if (h.said_fd >= 0)
        handover_tell(&h);
    if (rc)
        handover_undo(&h);
    if (h.said_fd >= 0)
        close(h.said_fd);
    buf_fini(&h.said);
    if (!rc) {
        m->heir.is_started = !pthread_create(&m->heir.thread, NULL, heir_run, m);
        atomic_store(&m->heir.is_serving, true);
        (void)kill(getpid(), SIGUSR2); /* wakes the main thread, which retires */
    }
    atomic_store(&m->heir.is_under_way, false);
    return rc;
}
