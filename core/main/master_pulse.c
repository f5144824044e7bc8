/* SPDX-License-Identifier: MIT */
/*
 * master_pulse - whether the workers answer is looked at now and then, and told to a service manager that wants to know.
 *
 * On a thread of its own: the main one writes files, and a disk that hangs is no reason to end streams that flow.  Nothing is
 * told for a worker that hangs, which is the manager's cue to end us; before it does, we end ourselves on that worker's thread, so
 * that the crash names the plugin that was running there.  Without such a manager nobody would start us again: then the log
 * is all there is.
 */
#include "main/master_private.h"

#include "main/notify.h"
#include "main/pulse.h"
#include "main/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_MS = 5000,     /* where nobody wants to know */
    LOOKS = 4,          /* within the time that the manager grants */
    LOOKS_TO_DEATH = 3, /* missed: after it, and before the manager's own end */
    LEAST_MS = 10
};

/* False: it is over. */
static bool pulse_wait(struct master_pulse *p)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + p->every_ms % 1000 * 1000000;
    until.tv_sec += p->every_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    while (sem_clockwait(&p->over, CLOCK_MONOTONIC, &until))
        if (errno != EINTR)
            return true;
    return false;
}

static void *pulse_run(void *arg)
{
    struct master_pulse *p = arg;

    /* The first look is late: the manager counts from when it heard that we are ready, or who we are. */
    while (pulse_wait(p)) {
        bool is_well = pulse_look(p->pulse);
        if (p->is_watched && is_well)
            notify_alive();
        else if (p->is_watched)
            (void)pulse_signal(p->pulse, LOOKS_TO_DEATH,
                               SIGABRT); /* most times there is none */
    }
    return NULL;
}

void master_start_pulse(struct master *m)
{
    struct master_pulse *p = &m->pulse;
    struct pulse_one ones[MASTER_WORKERS];
    int64_t granted_ms = notify_watchdog_ms();

    for (uint32_t i = 0; i < m->workers_n; i++)
        ones[i] = worker_pulse(m->workers[i]);
    p->pulse = pulse_new(ones, m->workers_n);
    p->is_watched = granted_ms > 0;
    p->every_ms = p->is_watched ? granted_ms / LOOKS : LOOK_MS;
    if (p->every_ms < LEAST_MS)
        p->every_ms = LEAST_MS;
    sem_init(&p->over, 0, 0);
    if (pthread_create(&p->thread, NULL, pulse_run, p))
        abort(); /* as out of memory: nobody would be told that we live */
    pthread_setname_np(p->thread, "pulse");
}

void master_stop_pulse(struct master *m)
{
    struct master_pulse *p = &m->pulse;

    if (!p->pulse || p->is_over)
        return;
    p->is_over = true;
    sem_post(&p->over);
    pthread_join(p->thread, NULL);
}

void master_free_pulse(struct master *m)
{
    pulse_free(m->pulse.pulse);
}
