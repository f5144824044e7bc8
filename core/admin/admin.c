/* SPDX-License-Identifier: MIT */
/*
 * admin - what is asked of the gateway itself: health, readiness, the panel, the API.
 *
 * /health has the members that the predecessor's had, because panels and probes read them.  It and its short forms
 * are public: they tell nothing that a port scan does not.
 */
#include "admin/admin.h"

#include "admin/api.h"
#include "admin/panel.h"
#include "balance/strategy.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "json/write.h"

#include <stdio.h>

enum { HEALTH_BYTES = 4096, HEADERS = 4 };

static void admin_reply(struct request *r, int status, const char *type, struct cp_str body)
{
    struct reply_header h[HEADERS] = {
        { "Content-Type", str_of(type) },
        { "Cache-Control", STR("no-store") },
        { "X-Content-Type-Options", STR("nosniff") },
    };
    size_t n = 3;

    if (status == 405)
        h[n++] = (struct reply_header){ "Allow", STR("GET, HEAD") };
    (void)request_reply(r, status, h, n, body, 0); /* gone is fine */
}

static void health_version(struct json_writer *w)
{
    json_key(w, STR("version"));
    json_open(w, '{');
    json_put_text(w, "version", STR(VERSION_TEXT));
    json_put_text(w, "buildTime", STR(""));
    json_put_text(w, "gitCommit", STR(""));
    json_close(w);
}

/* The strategy of a client API, under the predecessor's name for it. */
static void health_strategy(struct json_writer *w, const struct setup *s, const char *member,
                            const char *family)
{
    const struct roster_family *f = roster_family(&s->roster, str_of(family));

    json_put_text(w, member, f ? str_of(f->strategy->name) : s->conf->scheduler.strategy);
}

static void health_config(struct json_writer *w, const struct setup *s)
{
    int64_t serving = 0;

    for (uint32_t i = 0; i < s->channels_n; i++)
        serving += s->channels[i].conf->status == CONF_ACTIVE && s->channels[i].adapter != NULL;
    json_key(w, STR("config"));
    json_open(w, '{');
    json_put_number(w, "upstreamCount", serving);
    health_strategy(w, s, "loadBalance", "messages");
    health_strategy(w, s, "responsesLoadBalance", "responses");
    json_close(w);
}

static void admin_health(struct admin *a, struct request *r)
{
    int64_t up_ms = clock_wall_ms() - a->started_ms;
    struct json_writer w;
    struct buf out;
    char now[32], uptime[32];

    clock_rfc3339(clock_wall_us(), now);
    snprintf(uptime, sizeof(uptime), "%lld.%03d", (long long)(up_ms / 1000),
             (int)(up_ms % 1000));
    buf_init(&out, HEALTH_BYTES);
    json_writer_init(&w, &out);
    json_open(&w, '{');
    json_put_text(&w, "status", STR("healthy"));
    json_put_text(&w, "timestamp", str_of(now));
    json_key(&w, STR("uptime"));
    json_raw(&w, str_of(uptime));
    json_put_text(&w, "mode", a->flow->setup->conf->mode);
    health_version(&w);
    health_config(&w, a->flow->setup);
    json_close(&w);
    admin_reply(r, 200, "application/json", buf_str(&out));
    buf_fini(&out);
}

static void admin_readyz(struct admin *a, struct request *r)
{
    const struct setup *s = a->flow->setup;
    bool is_ready = false;

    for (uint32_t i = 0; i < s->channels_n && !a->flow->is_draining; i++)
        is_ready |= s->channels[i].conf->status == CONF_ACTIVE && s->channels[i].adapter;
    if (is_ready)
        admin_reply(r, 200, "text/plain", STR("ready\n"));
    else
        admin_reply(r, 503, "text/plain",
                    a->flow->is_draining ? STR("draining\n") : STR("no usable channel\n"));
}

static bool admin_is_panels(const struct admin *a, const struct request *r)
{
    return a->panel && a->flow->setup->conf->web_ui && !request_is_local(r) &&
           panel_is_path(request_path(r));
}

static bool admin_is_health(struct cp_str path)
{
    return str_is(path, "/health") || str_is(path, "/healthz") || str_is(path, "/readyz");
}

bool admin_head(struct admin *a, struct request *r)
{
    struct cp_str path = request_path(r), method = request_method(r);
    bool is_panels = admin_is_panels(a, r);

    if (!is_panels && !admin_is_health(path))
        return api_head(a, r);
    if (str_is(method, "OPTIONS"))
        return false; /* browsers ask so for clients' sake: the flow knows what to say */
    request_set_owner(r, a);
    if (is_panels)
        panel_answer(a->panel, r);
    else if (!str_is(method, "GET") && !str_is(method, "HEAD"))
        admin_reply(r, 405, "text/plain", STR("use GET\n"));
    else if (str_is(path, "/health"))
        admin_health(a, r);
    else if (str_is(path, "/healthz"))
        admin_reply(r, 200, "text/plain", STR("ok\n"));
    else
        admin_readyz(a, r);
    return true;
}

bool admin_owns(const struct admin *a, const struct request *r)
{
    return request_owner(r) == a;
}

void admin_ready(struct admin *a, struct request *r)
{
    api_ready(a, r);
}

void admin_gone(struct admin *a, struct request *r)
{
    api_gone(r);
}

void admin_done(struct admin *a, struct request *r)
{
    api_done(r);
}

void admin_set_panel(struct admin *a, struct panel *panel)
{
    struct panel *before = a->panel;

    a->panel = panel_ref(panel);
    panel_unref(before);
}

void admin_fini(struct admin *a)
{
    admin_set_panel(a, NULL);
    events_close(&a->events);
}

/* Before head() nobody owns it; one that the flow has taken has the flow's exchange. */
bool admin_refuse(struct admin *a, struct request *r, int status, const char *why)
{
    return (admin_owns(a, r) || !request_user(r)) && api_refuse(a, r, status, why);
}
