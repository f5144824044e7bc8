/* SPDX-License-Identifier: MIT */
/*
 * pulse - does every worker still answer?
 */
#include "main/pulse.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/loop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pulse_loop {
    struct pulse_one one;
    struct task task;
    atomic_bool has_answered;
    uint32_t missed; /* looks that found no answer */
};

struct pulse {
    uint32_t n;
    struct pulse_loop loops[];
};

static void pulse_answer(struct task *t)
{
    atomic_store(&LIST_ENTRY(t, struct pulse_loop, task)->has_answered, true);
}

struct pulse *pulse_new(const struct pulse_one *ones, uint32_t n)
{
    struct pulse *p = mem_new(1, sizeof(*p) + n * sizeof(*p->loops));

    p->n = n;
    for (uint32_t i = 0; i < n; i++) {
        p->loops[i].one = ones[i];
        p->loops[i].task.run = pulse_answer;
        p->loops[i].has_answered = true;
        list_init(&p->loops[i].task.link);
    }
    return p;
}

void pulse_free(struct pulse *p)
{
    free(p);
}

static bool pulse_look_at(struct pulse_loop *l, uint32_t number)
{
    if (!atomic_load(&l->has_answered)) {
        l->missed++;
        if (l->missed == 1)
            log_record(CP_LOG_ERROR, "worker_hangs", NULL, 0,
                       "worker %u does not answer: what it serves stands still", number);
        return false;
    }
    if (l->missed)
        log_record(CP_LOG_INFO, "worker_well", NULL, 0, "worker %u answers again", number);
    l->missed = 0;
    atomic_store(&l->has_answered, false);
    loop_post(l->one.loop, &l->task);
    return true;
}

bool pulse_look(struct pulse *p)
{
    bool is_well = true;

    for (uint32_t i = 0; i < p->n; i++)
        is_well &= pulse_look_at(&p->loops[i], i);
    return is_well;
}

bool pulse_signal(const struct pulse *p, uint32_t looks, int sig)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->loops[i].missed >= looks)
            return !pthread_kill(p->loops[i].one.thread, sig);
    return false;
}
