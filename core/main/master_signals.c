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

enum { LOOK_MS = 20 };

void master_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
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

static int64_t master_drain_ms(const struct master *m)
{
    struct setup *s = steward_setup(m->office.steward);
    int64_t drain_ms = s->conf->drain_ms;

    setup_unref(s);
    return drain_ms;
}

/* From the first TERM on: until every worker is done, the time is up, or another TERM comes. */
static void master_drain(struct master *m, const sigset_t *signals)
{
    int64_t drain_ms = master_drain_ms(m), until_ms = clock_ms() + drain_ms;
    struct timespec look = { 0, LOOK_MS * 1000000L };
    bool is_killed = false;

    notify_stopping("draining");
    log_record(CP_LOG_INFO, "stopping", NULL, 0,
               "stopping: finishing what is in flight, at most %lld s",
               (long long)drain_ms / 1000);
    master_each(m, worker_drain);
    for (uint32_t i = 0; i < m->listeners_n; i++)
        (void)shutdown(
            m->listeners[i].fd,
            SHUT_RD); /* whoever comes now is refused by the kernel, not left waiting */
    if (m->control.fd >= 0)
        (void)shutdown(m->control.fd, SHUT_RD);
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

void master_wait(struct master *m, const sigset_t *signals)
{
    const struct timespec look = { SPEND_FILE_LOOK_S, 0 };

    for (;;) {
        int sig = sigtimedwait(signals, NULL, &look);
        if (sig < 0 || clock_ms() >= m->look_ms)
            master_look(m); /* also where signals come all the time */
        if (sig == SIGHUP)
            master_ask_reload(m);
        else if (sig == SIGUSR1)
            log_reopen();
        else if (sig == SIGTERM || sig == SIGINT)
            break;
    }
    master_drain(m, signals);
}
