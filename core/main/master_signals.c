/* SPDX-License-Identifier: MIT */
/*
 * master_signals - waiting for signals, and draining.
 */
#include "main/master_private.h"

#include "admin/steward.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/notify.h"
#include "main/spend_file.h"
#include "main/worker.h"

#include <sys/socket.h>

enum { LOOK_MS = 20, LAST_MS = 2000 };

void master_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGUSR2);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file that may not grow is an error of its writer, not our end */
}

static bool master_all_done(const struct master *m)
{
    for (uint32_t i = 0; i < m->workers_n; i++)
        if (!worker_is_done(m->workers[i]))
            return false;
    return true;
}

void master_each(struct master *m, void (*tell)(struct worker *))
{
    for (uint32_t i = 0; i < m->workers_n; i++)
        tell(m->workers[i]);
}

/* is_retired: another process serves, and nobody waits for our end. */
static int64_t master_drain_ms(const struct master *m, bool is_retired)
{
    struct setup *s = steward_setup(m->office.steward);
    int64_t drain_ms = is_retired ? s->conf->retire_ms : s->conf->drain_ms;

    setup_unref(s);
    return drain_ms;
}

void master_shut(struct master *m)
{
    for (uint32_t i = 0; i < m->listeners_n; i++)
        if (!m->listeners[i].is_lent)
            (void)shutdown(m->listeners[i].fd, SHUT_RD);
    if (m->control.fd >= 0 && !m->control.is_lent)
        (void)shutdown(m->control.fd, SHUT_RD);
}

struct drain {
    int64_t until_ms;
    bool is_stopping, is_killed;
};

static void drain_stop(struct master *m, struct drain *d)
{
    int64_t drain_ms = master_drain_ms(m, false);

    d->is_stopping = true;
    d->until_ms = clock_ms() + drain_ms;
    if (!master_is_replaced(m))
        notify_stopping("draining");
    log_record(CP_LOG_INFO, "stopping", NULL, 0,
               "stopping: finishing what is in flight, at most %lld s",
               (long long)drain_ms / 1000);
    master_each(m, worker_drain);
    if (!master_is_replaced(m)) /* else the sockets are the other's, too */
        master_shut(m);
    master_legacy_tell(m, "stop");
}

static void drain_kill(struct master *m, struct drain *d)
{
    if (d->is_killed)
        return;
    d->is_killed = true;
    log_msg(CP_LOG_WARN, "stopping now: streams end with an error event");
    master_each(m, worker_kill);
    master_legacy_tell(m, "kill");
}

static void drain_retire(struct master *m, struct drain *d)
{
    d->until_ms = clock_ms() + master_drain_ms(m, true);
    master_each(m, worker_retire); /* once more does no harm */
}

static void drain_hear(struct master *m, struct drain *d, int sig)
{
    bool is_term = sig == SIGTERM || sig == SIGINT;
    int wanted = atomic_load(&m->heir.stop);

    if (sig == SIGUSR1)
        log_reopen();
    else if (sig == SIGHUP && master_is_replaced(m))
        atomic_store(&m->heir.is_reload_owed,
                     true); /* whoever sent it has not heard of the other */
    if ((is_term && d->is_stopping) || wanted == HEIR_KILLS || clock_ms() >= d->until_ms)
        drain_kill(m, d);
    else if ((is_term || wanted == HEIR_STOPS) && !d->is_stopping)
        drain_stop(m, d);
}

/* What the process before us still has under way is waited for, too: it tells us what was spent. */
static void master_drain(struct master *m, struct drain *d, const sigset_t *signals)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L };
    int64_t last_ms = 0;

    for (;;) {
        if (master_all_done(m) &&
            (master_legacy_is_over(m) || (last_ms && clock_ms() >= last_ms)))
            return;
        drain_hear(m, d, sigtimedwait(signals, NULL, &look));
        if (d->is_killed && !last_ms)
            last_ms = clock_ms() + LAST_MS;
    }
}

/* Another process serves, or TERM has come. */
static void master_end(struct master *m, bool is_term, const sigset_t *signals)
{
    struct drain d = { 0 };

    if (is_term)
        drain_stop(m, &d);
    else
        drain_retire(m, &d);
    master_drain(m, &d, signals);
}

/* TERM has come, and it was not known yet here that another process serves: whoever sent it did not know either. */
static void master_stop(struct master *m)
{
    master_cancel_upgrade(m);
    if (master_is_replaced(m))
        master_heir_stop(m);
}

static void master_hear(struct master *m, int sig)
{
    if (sig == SIGHUP && (atomic_load(&m->heir.is_under_way) || master_is_replaced(m)))
        atomic_store(&m->heir.is_reload_owed, true); /* by who serves when it is over */
    else if (sig == SIGHUP)
        master_ask_reload(m);
    else if (sig == SIGUSR1)
        log_reopen();
    else if (sig == SIGUSR2 && !master_is_replaced(m))
        master_ask_upgrade(m);
}

void master_wait(struct master *m, const sigset_t *signals)
{
    const struct timespec look = { SPEND_FILE_LOOK_S, 0 };
    bool is_term = false;

    master_start_pulse(m);
    while (!is_term && !master_is_replaced(m)) {
        int sig = sigtimedwait(signals, NULL, &look);
        if (sig < 0 || clock_ms() >= m->look_ms)
            master_look(m); /* also where signals come all the time */
        is_term = sig == SIGTERM || sig == SIGINT;
        if (is_term)
            master_stop(m);
        else
            master_hear(m, sig);
    }
    master_stop_pulse(m);
    master_end(m, is_term, signals);
}
