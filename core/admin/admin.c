/* SPDX-License-Identifier: MIT */
/*
 * admin - what is asked of the gateway itself: health, readiness, the front page, the API.
 *
 * /health has the members that the predecessor's had, because panels and probes read them.  It and its short forms
 * are public: they tell nothing that a port scan does not.
 */
#include "admin/admin.h"

#include "admin/api.h"
#include "admin/page.h"
#include "balance/strategy.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "json/write.h"

#include <stdio.h>

enum { HEALTH_BYTES = 4096, HEADERS = 6 };

static const char page_policy[] =
    "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

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

static void admin_page(const struct page *p, struct request *r)
{
    struct cp_str known = request_header(r, "if-none-match");
    struct reply_header h[HEADERS] = {
        { "Content-Type", STR("text/html; charset=utf-8") },
        { "Cache-Control", STR("no-cache") },
        { "ETag", str_of(p->etag) },
        { "Content-Security-Policy", str_of(page_policy) },
        { "X-Content-Type-Options", STR("nosniff") },
        { "Referrer-Policy", STR("no-referrer") },
    };
    bool is_known = known.p && str_is(known, p->etag);

    (void)request_reply(r, is_known ? 304 : 200, h, HEADERS,
                        is_known ? STR_NONE : str_n(p->text, p->n), 0); /* gone is fine */
}

bool admin_head(struct admin *a, struct request *r)
{
    struct cp_str path = request_path(r), method = request_method(r);
    bool is_front = (str_is(path, "/") || str_is(path, "/index.html")) && !request_is_local(r);
    bool is_ours = str_is(path, "/health") || str_is(path, "/healthz") ||
                   str_is(path, "/readyz") ||
                   (is_front && a->page && a->flow->setup->conf->web_ui);

    if (!is_ours)
        return api_head(a, r);
    if (str_is(method, "OPTIONS"))
        return false;
    request_set_owner(r, a);
    if (!str_is(method, "GET") && !str_is(method, "HEAD"))
        admin_reply(r, 405, "text/plain", STR("use GET\n"));
    else if (str_is(path, "/health"))
        admin_health(a, r);
    else if (str_is(path, "/healthz"))
        admin_reply(r, 200, "text/plain", STR("ok\n"));
    else if (str_is(path, "/readyz"))
        admin_readyz(a, r);
    else
        admin_page(a->page, r);
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

void admin_fini(struct admin *a)
{
    events_close(&a->events);
}

/* Before head() nobody owns it; one that the flow has taken has the flow's exchange. */
bool admin_refuse(struct admin *a, struct request *r, int status, const char *why)
{
    return (admin_owns(a, r) || !request_user(r)) && api_refuse(a, r, status, why);
}
