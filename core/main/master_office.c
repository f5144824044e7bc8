/* SPDX-License-Identifier: MIT */
/*
 * master_office - what the administration has at hand: made before the first worker, gone after the last.
 *
 * The steward comes first, because it locks the state folder that the others write into.  The pool goes first, because what
 * runs there uses all the others.
 */
#include "main/master_private.h"

#include "admin/captures.h"
#include "admin/gatehouse.h"
#include "admin/logs.h"
#include "admin/numbers.h"
#include "admin/scribe.h"
#include "admin/shelf.h"
#include "admin/steward.h"
#include "conf/conf.h"
#include "flow/pass.h"
#include "flow/setup.h"
#include "loop/pool.h"
#include "state/census.h"
#include "state/diary.h"
#include "state/purse.h"

enum {
    POOL_THREADS = 4,
    POOL_QUEUE = 64,
    DIARY_ENTRIES = 16384,
    DIARY_BYTES = 32 << 20,
    LAST_JOBS_MS = 5000,
    LAST_WRITE_MS = 3000
};

static int master_open_steward(struct master *m, struct err *err)
{
    struct steward_config config = { .source = m->o->source,
                                     .health = &m->health,
                                     .rescan = master_rescan,
                                     .publish = master_publish,
                                     .reloaded = master_reloaded,
                                     .news = m->office.news,
                                     .numbers = m->office.numbers,
                                     .lock_fd = m->legacy.lock_fd,
                                     .ctx = m };
    int rc = steward_open(&m->office.steward, &config, m->setup, err);

    m->legacy.lock_fd = -1; /* taken, whatever came of it */
    if (!rc)
        m->setup = NULL;
    return rc;
}

static int master_open_scribe(struct master *m, const struct setup *s, struct err *err)
{
    struct office *o = &m->office;
    struct scribe_config config = { .registry = s->registry,
                                    .diary = o->diary,
                                    .census = o->census,
                                    .numbers = o->numbers,
                                    .news = o->news,
                                    .purses = o->purses,
                                    .homes = m->health.affinity,
                                    .seals = m->health.seals,
                                    .has_memories = master_is_heir(m) };

    return scribe_open(&o->scribe, &config, s->conf, err);
}

int master_open_office(struct master *m, struct err *err)
{
    struct office *o = &m->office;

    *o = (struct office){ .news = m->health.news,
                          .diary = diary_new(DIARY_ENTRIES, DIARY_BYTES),
                          .census = census_new(),
                          .numbers = numbers_new(),
                          .gatehouse = gatehouse_new(),
                          .shelf = shelf_new(),
                          .passes = pass_mint_new(),
                          .purses = m->health.purses,
                          .gauge = &m->gauge,
                          .upgrade = master_upgrade,
                          .upgrade_ctx = m,
                          .started_ms = m->started_ms };
    o->logs = logs_open(o->news);
    int rc = master_legacy_receive(m, err);
    if (!rc && m->legacy.is_changed)
        rc = master_read_again(m, err);
    if (!rc)
        rc = master_open_steward(m, err);
    if (rc)
        return rc;
    struct setup *s = steward_setup(o->steward);
    master_recollect(m, s->conf);
    master_serve_plugins(m, s->registry); /* who mended managed.conf has looked again */
    master_keep_quarantine(m);
    rc = master_open_scribe(m, s, err);
    if (!rc)
        rc = captures_open(&o->captures, s->conf->state_dir, err);
    if (!rc)
        master_keep_answers(m, s->conf);
    setup_unref(s);
    if (rc)
        return rc;
    o->pool = pool_open(POOL_THREADS, POOL_QUEUE, err);
    return o->pool ? 0 : E_IO;
}

bool master_stop_office(struct master *m)
{
    bool is_over = pool_stop(m->office.pool, LAST_JOBS_MS);

    return scribe_stop(m->office.scribe, LAST_WRITE_MS) && is_over;
}

void master_close_office(struct master *m)
{
    struct office *o = &m->office;

    captures_close(o->captures);
    scribe_close(o->scribe, LAST_WRITE_MS);
    gatehouse_free(o->gatehouse);
    shelf_free(o->shelf);
    pass_mint_free(o->passes);
    steward_close(o->steward);
    numbers_free(o->numbers);
    census_free(o->census);
    diary_free(o->diary);
    logs_close(o->logs);
}
