/* SPDX-License-Identifier: MIT */
/*
 * master_legacy - the side of the process that takes another one's place.
 *
 *     before                      we
 *       hello ------------------->            what it has; we read files and plugins, and take its sockets
 *             <------------------- ready      it holds still, and tells all ("changed": we read once more)
 *       ..., all ---------------->
 *             <------------------- standing   all is open but the doors
 *       go ---------------------->
 *             <------------------- serving
 *       records, changes -------->            until its last request is over
 *       end --------------------->
 *
 * Until "serving" the one before us may end us at any time, and goes on as if we had never been.
 */
#include "main/master_private.h"

#include "admin/steward.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/cord.h"
#include "main/inherit.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "state/purse.h"
#include "state/vitals.h"

#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    ANSWER_MS = 10 * 60 * 1000, /* whoever started us has a limit of his own */
    TURN_MS = 500,
    SAID_BYTES = 8192
};

/* The next one of that kind; others go where they belong.  E_GONE: who started us has given us up. */
static int legacy_await(struct master *m, const char *kind, struct parcel *p)
{
    int64_t by_ms = clock_ms() + ANSWER_MS;
    int rc = 0;

    while (!rc && clock_ms() < by_ms) {
        while (cord_next(m->legacy.cord, p) == 1) {
            if (parcel_is(p, kind))
                return 0;
            if (parcel_is(p, "changed"))
                m->legacy.is_changed = true;
            else
                (void)master_hand_take(m, p); /* of another version: nothing to us */
        }
        rc = cord_turn(m->legacy.cord, TURN_MS);
    }
    return E_GONE;
}

bool master_is_heir(const struct master *m)
{
    return m->legacy.cord != NULL;
}

int master_legacy_begin(struct master *m, struct err *err)
{
    int fd = inherit_take(&m->inherit, INHERIT_CORD);
    struct parcel hello;

    m->legacy.stderr_fd = inherit_take(&m->inherit, INHERIT_STDERR);
    m->legacy.lock_fd = inherit_take(&m->inherit, INHERIT_LOCK);
    if (fd < 0)
        return 0;
    m->is_still = true; /* files are the other's until we serve */
    m->legacy.cord = cord_open(fd);
    if (!m->legacy.cord || legacy_await(m, "hello", &hello))
        return err_set(err, E_GONE, "upgrade", "who has started this process is gone");
    buf_init(&m->legacy.adapters, SAID_BYTES);
    buf_add_str(&m->legacy.adapters, parcel_get(&hello, "adapters"));
    m->legacy.pid = parcel_get_number(&hello, "pid", 0);
    return 0;
}

/* What served before must serve again: a plugin that is refused now is no reason to do without it. */
bool master_legacy_misses(const struct master *m, struct buf *names)
{
    struct cp_str rest = buf_str(&m->legacy.adapters), name;

    if (!m->legacy.adapters.n)
        return false;
    while (str_split(&rest, '\n', &name)) {
        if (!name.n || registry_find(m->registry, name) || registry_store(m->registry, name))
            continue;
        buf_printf(names, "%s%.*s", names->n ? ", " : "", STR_FMT(name));
    }
    return names->n > 0;
}

static void put_taken(const struct master *m, struct buf *b)
{
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        const struct master_listener *l = &m->listeners[i];
        if (l->is_inherited)
            parcel_number(b, l->came_as.text, 1);
    }
    if (m->control.fd >= 0 && m->control.is_inherited)
        parcel_number(b, inherit_control_name(m->control.is_lent).text, 1);
}

static void legacy_say(struct master *m, const char *kind)
{
    struct buf b;

    buf_init(&b, SAID_BYTES);
    size_t begin = parcel_begin(&b, kind);
    parcel_number(&b, "pid", getpid());
    parcel_text(&b, "version", STR(VERSION_TEXT));
    put_taken(m, &b);
    parcel_end(&b, begin);
    cord_put(m->legacy.cord, buf_str(&b));
    buf_fini(&b);
}

int master_legacy_receive(struct master *m, struct err *err)
{
    struct parcel p;

    if (!m->legacy.cord)
        return 0;
    legacy_say(m, "ready");
    if (legacy_await(m, "all", &p))
        return err_set(err, E_GONE, "upgrade", "who has started this process is gone");
    return 0;
}

/* Until now it was a pipe to who asked for the upgrade, who wants to hear why it failed.  Where a log goes that is said to be
 * "auto" is known only now; no worker has begun yet. */
static void legacy_take_stderr(struct master *m)
{
    if (m->legacy.stderr_fd < 0)
        return;
    (void)dup2(m->legacy.stderr_fd, STDERR_FILENO); /* else the pipe stays, and is broken */
    close(m->legacy.stderr_fd);
    m->legacy.stderr_fd = -1;
    struct setup *s = steward_setup(m->office.steward);
    log_close();
    if (master_open_log(s->conf))
        fprintf(stderr, "claude-proxy: cannot open the log; it goes to stderr\n");
    setup_unref(s);
}

int master_legacy_stand(struct master *m, struct err *err)
{
    struct parcel p;

    if (!m->legacy.cord)
        return 0;
    purse_tell(m->health.purses, PURSE_BEFORE, cord_tap(m->legacy.cord), false);
    legacy_say(m, "standing");
    if (legacy_await(m, "go", &p))
        return err_set(err, E_GONE, "upgrade", "who has started this process is gone");
    legacy_take_stderr(m);
    return 0;
}

/* ---- while the one before us finishes ---- */

static void legacy_over(struct master *m, bool is_told)
{
    purse_tell(m->health.purses, PURSE_BEFORE, NULL, false);
    purse_lose(m->health.purses, PURSE_BEFORE);
    vitals_lose(m->health.vitals);
    atomic_store(&m->office.before_pid, 0);
    atomic_store(&m->office.before_in_flight, 0);
    log_record(is_told ? CP_LOG_INFO : CP_LOG_WARN, "upgrade_over", NULL, 0,
               is_told ? "the process before this one (%lld) has finished its last request"
                       : "the process before this one (%lld) is gone, and with it what it had "
                         "under way",
               (long long)m->legacy.pid);
    atomic_store(&m->legacy.is_over, true);
}

static bool legacy_hear(struct master *m)
{
    struct parcel p;

    while (cord_next(m->legacy.cord, &p) == 1) {
        if (parcel_is(&p, "end"))
            return true;
        if (parcel_is(&p, "reload"))
            master_ask_reload(m);
        else if (parcel_is(&p, "left"))
            atomic_store(&m->office.before_in_flight,
                         (uint32_t)parcel_get_number(&p, "in_flight", 0));
        else
            (void)master_hand_take(m, &p); /* of another version: nothing to us */
    }
    return false;
}

static void *legacy_run(void *arg)
{
    struct master *m = arg;
    bool is_told = false;
    int rc = 0;

    prctl(PR_SET_NAME, "legacy");
    guard_thread();
    while (!rc && !is_told && !atomic_load(&m->legacy.is_ending)) {
        rc = cord_turn(m->legacy.cord, TURN_MS);
        is_told = legacy_hear(m);
    }
    legacy_over(m, is_told);
    return NULL;
}

int master_legacy_serve(struct master *m, struct err *err)
{
    if (!m->legacy.cord)
        return 0;
    atomic_store(&m->office.before_pid, m->legacy.pid);
    if (pthread_create(&m->legacy.thread, NULL, legacy_run, m))
        return err_set(err, E_IO, "upgrade", "cannot start a thread");
    m->legacy.is_started = true;
    legacy_say(m, "serving");
    m->control.is_handed = false; /* ours alone from now on, as the files */
    master_keep_still(m, false);
    return 0;
}

bool master_legacy_is_over(const struct master *m)
{
    return !m->legacy.is_started || atomic_load(&m->legacy.is_over);
}

void master_legacy_tell(struct master *m, const char *kind)
{
    if (!master_legacy_is_over(m))
        cord_say(m->legacy.cord, kind);
}

void master_legacy_end(struct master *m)
{
    atomic_store(&m->legacy.is_ending, true);
    if (m->legacy.is_started) {
        cord_say(m->legacy.cord, "bye"); /* wakes the thread, too */
        pthread_join(m->legacy.thread, NULL);
    }
    m->legacy.is_started = false;
    cord_close(m->legacy.cord);
    m->legacy.cord = NULL;
    buf_fini(&m->legacy.adapters);
}
