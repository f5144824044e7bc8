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
    SAID_LINES = 12,
    END_LOOKS = 50,
    RETIRE_LOOKS = 2000
};

/* One attempt. */
struct
try {
    struct master *m;
    struct office_upgrade *told;
    struct err *err;
    struct buf said; /* by its standard error */
    int said_fd;
    int64_t by_ms;
    bool is_frozen;
};

/* ---- what it says before it serves ---- */

static void try_read(struct try *t)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(t->said_fd, bytes, sizeof(bytes))) > 0)
        buf_add(&t->said, bytes, (size_t)n); /* what is too much is not told */
}

/* To our own standard error, and the last lines to who asked. */
static void try_tell(struct try *t)
{
    struct cp_str all = buf_str(&t->said);
    size_t at = all.n, lines = 0;

    try_read(t);
    all = buf_str(&t->said);
    if (!all.n)
        return;
    fprintf(stderr, "%.*s", STR_FMT(all));
    for (at = all.n - 1; at && lines < SAID_LINES; at--)
        lines += all.p[at - 1] == '\n';
    at += at ? 1 : 0;
    if (t->told && t->told->said)
        buf_add_str(t->told->said, str_from(all, at));
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

static int try_spawn(struct try *t)
{
    struct master *m = t->m;
    struct spawn s = { .file = m->o->program, .argv = m->o->argv };
    int ends[2], said[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return err_set(t->err, E_IO, "upgrade", "%s", strerror(errno));
    if (pipe2(said, O_CLOEXEC)) {
        close(ends[0]);
        close(ends[1]);
        return err_set(t->err, E_IO, "upgrade", "%s", strerror(errno));
    }
    (void)fcntl(said[0], F_SETFL, O_NONBLOCK); /* a pipe can be that */
    t->said_fd = said[0];
    s.stderr_fd = said[1];
    heir_give(m, &s, ends[1]);
    m->heir.cord = cord_open(ends[0]);
    m->heir.pid = m->heir.cord ? spawn_start(&s, t->err)
                               : err_set(t->err, E_IO, "upgrade", "no descriptor is left");
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

/* Why it ended: by itself, or by us. */
static int try_ended(struct try *t, bool is_late)
{
    struct master *m = t->m;
    int status = is_late ? heir_kill(m->heir.pid) : heir_wait(m->heir.pid);

    if (atomic_load(&m->heir.is_cancelled))
        return err_set(t->err, E_AGAIN, "upgrade", "this process is being stopped");
    if (is_late)
        return err_set(
            t->err, E_CONFIG, "upgrade",
            "the new process was not ready in time, and was ended; this one serves on");
    if (WIFSIGNALED(status))
        return err_set(t->err, E_CONFIG, "upgrade",
                       "the new process was ended by signal %d (%s); this one serves on",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    return err_set(t->err, E_CONFIG, "upgrade",
                   "the new process ended with exit code %d; this one serves on",
                   WEXITSTATUS(status));
}

static bool try_is_late(const struct try *t)
{
    return clock_ms() >= t->by_ms || atomic_load(&t->m->heir.is_cancelled);
}

static bool heir_hear(struct master *m, const struct parcel *p);

/* 0: it said the word, and p is what it said. */
static int try_await(struct try *t, const char *kind, struct parcel *p)
{
    struct master *m = t->m;
    int rc = 0;

    while (!rc) {
        try_read(t);
        while (cord_next(m->heir.cord, p) == 1) {
            if (parcel_is(p, kind))
                return 0;
            (void)heir_hear(m, p); /* of another version: nothing to us */
        }
        if (try_is_late(t))
            return try_ended(t, true);
        rc = cord_turn(m->heir.cord, TURN_MS);
    }
    /* It has closed its end: it is dead, or about to be. */
    try_read(t);
    return try_ended(t, false);
}

/* ---- holding still ---- */

static void try_freeze(struct try *t)
{
    struct master *m = t->m;

    t->is_frozen = true;
    atomic_store(&m->office.is_handing_over, true);
    steward_hold(m->office.steward, true);
    master_keep_still(m, true);
    if (!scribe_park(m->office.scribe, PARK_MS))
        log_msg(CP_LOG_WARN, "upgrade: the store of history takes long; what waits for it is "
                             "written when it can be");
}

static void try_thaw(struct try *t)
{
    struct master *m = t->m;

    master_hand_on(m, NULL);
    if (!t->is_frozen)
        return;
    scribe_go_on(m->office.scribe);
    master_keep_still(m, false);
    steward_hold(m->office.steward, false);
    atomic_store(&m->office.is_handing_over, false);
}

static int try_hand_over(struct try *t)
{
    struct master *m = t->m;
    struct buf all;

    try_freeze(t);
    m->heir.known = map_new();
    m->heir.ahead_ms = clock_wall_ms() - clock_ms();
    master_hand_on(m, cord_tap(m->heir.cord));
    buf_init(&all, STATE_BYTES);
    master_hand_all(m, &all);
    bool is_too_much = buf_failed(&all);
    if (!is_too_much)
        cord_put(m->heir.cord, buf_str(&all));
    if (all.p)
        explicit_bzero(all.p, all.n); /* sessions */
    buf_fini(&all);
    if (is_too_much)
        return err_set(t->err, E_LIMIT, "upgrade",
                       "more is remembered than can be handed over");
    cord_say(m->heir.cord, "all");
    return 0;
}

/* ---- the moment ---- */

/* What the new one has not taken is nobody's: who comes there is refused, not left waiting. */
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

static void try_commit(struct try *t, const struct parcel *serving)
{
    struct master *m = t->m;
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
    if (!t->told)
        return;
    t->told->pid = m->heir.pid;
    t->told->before_pid = getpid();
    t->told->in_flight = in_flight;
    snprintf(t->told->version, sizeof(t->told->version), "%.*s", STR_FMT(version));
}

static int try_run(struct try *t)
{
    struct master *m = t->m;
    struct parcel p;
    int going = MASTER_SERVES;

    int rc = try_spawn(t);
    if (!rc)
        rc = try_await(t, "ready", &p);
    if (!rc)
        rc = try_hand_over(t);
    if (!rc)
        rc = try_await(t, "standing", &p);
    if (rc)
        return rc;
    if (!atomic_compare_exchange_strong(&m->heir.fate, &going, MASTER_REPLACED))
        return try_ended(t, true);
    cord_say(m->heir.cord, "go");
    t->by_ms = clock_ms() + SERVE_MS;
    rc = try_await(t, "serving", &p);
    if (rc)
        atomic_store(&m->heir.fate, MASTER_SERVES);
    else
        try_commit(t, &p);
    return rc;
}

static void try_undo(struct try *t)
{
    struct master *m = t->m;

    try_thaw(t);
    purse_lose(m->health.purses, PURSE_AFTER);
    cord_close(m->heir.cord);
    m->heir.cord = NULL;
    map_free(m->heir.known);
    m->heir.known = NULL;
    log_record(CP_LOG_ERROR, "upgrade_failed", NULL, 0, "upgrade: %s", t->err->what);
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

/* It is dead; somebody will start another one.  What ends here is written here. */
static void heir_lost(struct master *m)
{
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
        heir_lost(m);
    return NULL;
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
    struct try t = { .m = m, .told = told, .err = err, .said_fd = -1 };

    atomic_store(&m->heir.is_under_way, true);
    t.by_ms = clock_ms() + limit_ms(m);
    buf_init(&t.said, HELLO_BYTES);
    int rc = try_run(&t);
    if (t.said_fd >= 0)
        try_tell(&t);
    if (rc)
        try_undo(&t);
    if (t.said_fd >= 0)
        close(t.said_fd);
    buf_fini(&t.said);
    atomic_store(&m->heir.is_under_way, false);
    if (rc)
        return rc;
    m->heir.is_started = !pthread_create(&m->heir.thread, NULL, heir_run, m);
    atomic_store(&m->heir.is_serving, true);
    (void)kill(getpid(), SIGUSR2); /* wakes the main thread, which retires */
    return 0;
}
