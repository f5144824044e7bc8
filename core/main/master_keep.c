/* SPDX-License-Identifier: MIT */
/*
 * master_keep - what is remembered: in memory as long as the process lives, and in the state folder beyond it.
 */
#include "main/master_private.h"

#include "admin/scribe.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "main/health_file.h"
#include "main/spend_file.h"
#include "state/affinity.h"
#include "state/store.h"

enum {
    SWEEP_MS = 60 * 1000,
    SEALS_MS = 24 * 60 * 60 * 1000 /* a conversation that is taken up again the next day */
};

static struct store_limits master_limits(const struct conf_memory *c)
{
    return (struct store_limits){ c->keep_ms, c->bytes, (uint64_t)c->items };
}

/* What is remembered outlives the configuration, but not what it says of how long and how much. */
void master_remember(struct master *m, const struct conf *c)
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

/* Answers that clients may come back to outlive the process, too. */
void master_keep_answers(struct master *m, const struct conf *c)
{
    struct store_limits kept = master_limits(&c->kept);

    m->kept = scribe_store(m->office.scribe, m->kept, &kept, "answers");
}

/* What was learned and spent before the restart. */
void master_recollect(struct master *m, const struct conf *c)
{
    struct facts facts = { m->health.vitals, m->health.marks };

    m->learned = health_file_open(&facts, c->state_dir);
    m->spent = spend_file_open(m->health.purses, c->state_dir, master_is_heir(m));
}

static void master_sweep(struct master *m)
{
    m->sweep_ms = clock_ms() + SWEEP_MS;
    m->kept->ops->sweep(m->kept, clock_ms());
    m->recalled->ops->sweep(m->recalled, clock_ms());
}

void master_look(struct master *m)
{
    bool is_slow = clock_ms() >= m->health_ms;

    m->look_ms = clock_ms() + SPEND_FILE_LOOK_S * 1000;
    if (is_slow)
        m->health_ms = clock_ms() + HEALTH_FILE_LOOK_S * 1000;
    pthread_mutex_lock(&m->keep_lock);
    if (!m->is_still)
        spend_file_look(m->spent);
    if (!m->is_still && is_slow)
        health_file_look(m->learned);
    pthread_mutex_unlock(&m->keep_lock);
    master_look_at_plugins();
    if (is_slow)
        master_tell_status(m);
    if (is_slow && !master_is_replaced(m))
        master_sweep_plugins(m);
    if (clock_ms() >= m->sweep_ms)
        master_sweep(m);
}

void master_keep_still(struct master *m, bool is_still)
{
    pthread_mutex_lock(&m->keep_lock);
    if (is_still) {
        spend_file_look(m->spent);
        health_file_look(m->learned);
    }
    m->is_still = is_still;
    pthread_mutex_unlock(&m->keep_lock);
}

void master_write_down(struct master *m)
{
    if (m->is_still) {
        health_file_forget(m->learned);
        (m->heir.is_lost ? spend_file_close : spend_file_forget)(m->spent);
    } else {
        health_file_close(m->learned);
        spend_file_close(m->spent);
    }
    m->learned = NULL;
    m->spent = NULL;
}

void master_forget(struct master *m)
{
    if (!m->kept)
        return;
    m->kept->ops->free(m->kept);
    m->recalled->ops->free(m->recalled);
}
