/* SPDX-License-Identifier: MIT */
/*
 * master_upgrade - who asks for another process in this one's place, and whether that can be.
 */
#include "main/master_private.h"

#include "admin/steward.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, LOOK_MS = 5, LOOKS = 4000 };

/* A key that was made for this run and could not be kept would be another one in the next process. */
static bool has_passing_key(const struct master *m)
{
    struct setup *s = steward_setup(m->office.steward);
    char file[PATH_BYTES];

    snprintf(file, sizeof(file), "%.*s/" CONF_ACCESS_KEY_FILE, STR_FMT(s->conf->state_dir));
    bool is = s->conf->is_access_key_made && access(file, R_OK);
    setup_unref(s);
    return is;
}

static int master_may_upgrade(const struct master *m, struct err *err)
{
    if (getpid() == 1)
        return err_set(err, E_UNSUPPORTED, "upgrade",
                       "process 1 ends its container when it ends: start a new container");
    if (getppid() == 1 && getenv("INVOCATION_ID") && !getenv("NOTIFY_SOCKET"))
        return err_set(err, E_UNSUPPORTED, "upgrade",
                       "systemd would not follow to another process: the unit needs "
                       "Type=notify");
    if (has_passing_key(m))
        return err_set(err, E_UNSUPPORTED, "upgrade",
                       "the access key was made for this run only: set access_key or "
                       "state_dir, and restart once");
    if (atomic_load(&m->heir.fate) != MASTER_SERVES)
        return err_set(err, E_AGAIN, "upgrade",
                       atomic_load(&m->heir.fate) == MASTER_REPLACED
                           ? "another process has taken this one's place already: ask that one"
                           : "this process is being stopped");
    return 0;
}

int master_upgrade(void *ctx, struct cp_str who, struct office_upgrade *told, struct err *err)
{
    struct master *m = ctx;

    if (pthread_mutex_trylock(&m->heir.turn))
        return err_set(err, E_AGAIN, "upgrade", "an upgrade is under way already");
    log_record(CP_LOG_INFO, "upgrade_asked", NULL, 0, "upgrade (%.*s): starting %s",
               STR_FMT(who), m->o->program);
    int rc = master_may_upgrade(m, err);
    if (!rc)
        rc = master_heir_start(m, told, err);
    pthread_mutex_unlock(&m->heir.turn);
    return rc;
}

void master_upgrade_end(struct master *m)
{
    if (m->heir.is_asker_started)
        pthread_join(m->heir.asker, NULL);
    m->heir.is_asker_started = false;
}

static void *upgrade_by_signal(void *arg)
{
    struct master *m = arg;
    struct err err = { 0 };

    pthread_setname_np(pthread_self(), "upgrade");
    if (master_upgrade(m, STR("signal"), NULL, &err))
        log_msg(CP_LOG_WARN, "upgrade: %s", err.what);
    atomic_store(&m->heir.is_asked, false);
    return NULL;
}

void master_ask_upgrade(struct master *m)
{
    if (atomic_exchange(&m->heir.is_asked, true)) {
        log_msg(CP_LOG_WARN, "upgrade: one is under way already");
        return;
    }
    master_upgrade_end(m);
    m->heir.is_asker_started = !pthread_create(&m->heir.asker, NULL, upgrade_by_signal, m);
}

void master_cancel_upgrade(struct master *m)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L };
    int going = MASTER_SERVES;

    while (!atomic_compare_exchange_strong(&m->heir.fate, &going, MASTER_STOPS) &&
           !master_is_replaced(m)) {
        going = MASTER_SERVES; /* it may fail yet */
        nanosleep(&look, NULL);
    }
    atomic_store(&m->heir.is_cancelled, true);
    for (int i = 0; i < LOOKS && atomic_load(&m->heir.is_under_way); i++)
        nanosleep(&look, NULL); /* a plugin may hang in a reload that it waits for */
    master_upgrade_end(m);
}

bool master_is_replaced(const struct master *m)
{
    return atomic_load(&m->heir.is_serving);
}
