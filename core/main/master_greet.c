/* SPDX-License-Identifier: MIT */
/*
 * master_greet - what is said to people: at the start, and as the service's status.
 */
#include "main/master_private.h"

#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/first_key.h"
#include "main/notify.h"
#include "main/worker.h"
#include "state/census.h"
#include "state/cooldown.h"
#include "state/vitals.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

/* Which files it is: who started in another folder than he thought sees it here. */
void master_tell_files(const struct conf *c, struct buf *out)
{
    buf_init(out, MASTER_REPORT_BYTES);
    for (size_t i = 0; i < c->files_n; i++)
        buf_printf(out, "%s%.*s", i ? ", " : "", STR_FMT(c->files[i]));
    if (!c->files_n)
        buf_add_z(out, "no file");
}

void master_greet(const struct master *m, const struct conf *c)
{
    struct buf files;

    master_tell_files(c, &files);
    log_record(CP_LOG_INFO, "start",
               &(struct log_field){ "version", LOG_STR, STR(VERSION_TEXT), 0 }, 1,
               "configuration: %.*s", STR_FMT(buf_str(&files)));
    buf_fini(&files);
    for (size_t i = 0; i < m->listeners_n; i++)
        log_msg(CP_LOG_INFO, "listening on %s://%s:%d", m->listeners[i].tls ? "https" : "http",
                m->listeners[i].address, i ? m->listeners[i].port : master_port(m));
    first_key_tell(c, master_port(m));
    if (!c->channels_n)
        log_msg(CP_LOG_WARN,
                "no channel is configured: every request will be answered with 503; add one "
                "with claude-proxyctl channel add, or in claude-proxy.conf(5)");
}

int master_open_log(const struct conf *c)
{
    static const struct {
        const char *name;
        enum log_form form;
    } forms[] = {
        { "text", LOG_TEXT }, { "json", LOG_JSON },     { "journal", LOG_JOURNAL },
        { "auto", LOG_AUTO }, { "access", LOG_ACCESS },
    };
    enum log_form form = LOG_AUTO;

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (str_is(c->log_form, forms[i].name))
            form = forms[i].form;
    return log_open(form, c->log_file.n ? arena_z(c->arena, c->log_file) : NULL, c->log_level);
}

/* ---- the service's status ---- */

static bool master_is_well(const struct setup_channel *c, int64_t now_ms)
{
    return c->conf->status == CONF_ACTIVE && c->adapter &&
           cooldown_until(&c->at->vitals->cooldown, now_ms) <= now_ms;
}

static void master_status(const struct master *m, const struct setup *s, char *out, size_t n)
{
    struct census_sum sum = { 0 };
    uint32_t well = 0, active = 0, streams = 0;

    for (uint32_t i = 0; i < s->channels_n; i++) {
        active += s->channels[i].conf->status == CONF_ACTIVE;
        well += master_is_well(&s->channels[i], clock_ms());
    }
    for (uint32_t i = 0; i < m->workers_n; i++)
        streams += worker_in_flight(m->workers[i]);
    (void)census_window(m->office.census, CP_BY_NOTHING, STR_NONE, clock_wall_ms(), MINUTE_MS,
                        &sum);
    int at = well == active ? snprintf(out, n, "%u channel%s ok", well, well == 1 ? "" : "s")
                            : snprintf(out, n, "%u of %u channels ok", well, active);
    snprintf(out + at, n - (size_t)at, ", %u requests under way, %lld req/min%s", streams,
             (long long)sum.requests,
             atomic_load(&m->is_reload_bad) ? "; the last reload failed" : "");
}

void master_tell_status(struct master *m)
{
    char now[sizeof(m->status)];
    struct setup *s = steward_setup(m->office.steward);

    master_status(m, s, now, sizeof(now));
    setup_unref(s);
    if (!atomic_exchange(&m->is_status_over, false) && !strcmp(now, m->status))
        return;
    snprintf(m->status, sizeof(m->status), "%s", now);
    notify_status(now);
}
