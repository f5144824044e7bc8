/* SPDX-License-Identifier: MIT */
/*
 * probe_tell - what a probe has found, stage by stage: the first that is not well is what to mend.
 *
 * "ok" of a stage is null where nobody knows: a service without a list of models says nothing of the key.
 */
#include "admin/api.h"
#include "admin/office.h"
#include "admin/probe.h"
#include "admin/shelf.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "json/tree.h"

#include <stdio.h>

enum {
    HTTP_OK = 200,
    HTTP_REDIRECT = 300,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD = 405,
    HTTP_SERVER = 500,
    US = 1000
};

enum stage_ok { STAGE_BAD = 0, STAGE_GOOD = 1, STAGE_UNKNOWN = 2 };

struct telling {
    struct probe *probe;
    struct tree *stages;
    struct cp_str error; /* the first stage that is not well, with its words; absent: none */
};

/* us < 0: not measured. */
static void stage(struct telling *t, const char *name, enum stage_ok ok, int64_t us,
                  struct cp_str say)
{
    struct tree *s = tree_object();
    char ms[32];

    tree_put_text(s, "name", str_of(name));
    tree_put(s, "ok", ok == STAGE_UNKNOWN ? tree_null() : tree_bool(ok == STAGE_GOOD));
    snprintf(ms, sizeof(ms), "%lld.%lld", (long long)(us / US), (long long)(us % US / 100));
    tree_put(s, "ms", us < 0 ? tree_null() : tree_number(str_of(ms)));
    tree_put_text(s, "say", say);
    tree_append(t->stages, s);
    if (ok == STAGE_BAD && !t->error.p)
        t->error = arena_printf(t->probe->arena, "%s: %.*s", name, STR_FMT(say));
}

static bool is_good(const struct probe_try *t)
{
    return t->has_end && !t->end.net && t->status >= HTTP_OK && t->status < HTTP_REDIRECT;
}

static struct cp_str why_of(struct telling *t, const struct probe_try *try)
{
    struct cp_str why = try->end.why[0] ? str_of(try->end.why) : str_of(try->why);

    if (try->end.net == CP_NET_DENIED)
        why = arena_printf(t->probe->arena, "%.*s (allow_private lets private addresses pass)",
                           STR_FMT(why));
    return probe_scrub(t->probe->arena, arena_copy(t->probe->arena, why));
}

/* Name and address; false: it ends here. */
static bool tell_address(struct telling *t, const struct probe_try *try)
{
    const struct transfer_end *e = &try->end;
    bool is_late = e->net == CP_NET_TIMEOUT && e->lookup_us <= 0 && e->tcp_us <= 0;

    if (!try->is_sent || e->net == CP_NET_RESOLVE || e->net == CP_NET_DENIED || is_late) {
        stage(t, "address", STAGE_BAD, -1, why_of(t, try));
        return false;
    }
    stage(t, "address", STAGE_GOOD, e->lookup_us > 0 ? e->lookup_us : 0,
          e->address[0] ? arena_copy(t->probe->arena, str_of(e->address)) : STR_NONE);
    return true;
}

static bool tell_connect(struct telling *t, const struct probe_try *try)
{
    const struct transfer_end *e = &try->end;

    /* Who was connected has an address, also where TLS never came to an end. */
    bool is_late = e->net == CP_NET_TIMEOUT && e->tcp_us <= 0 && !e->address[0];

    if (e->net == CP_NET_CONNECT || is_late) {
        stage(t, "connect", STAGE_BAD, -1, why_of(t, try));
        return false;
    }
    stage(t, "connect", STAGE_GOOD,
          e->tcp_us > 0 ? e->tcp_us - (e->lookup_us > 0 ? e->lookup_us : 0) : 0,
          t->probe->target.conf->proxy.n ? STR("the proxy") : STR_NONE);
    return true;
}

static bool tell_tls(struct telling *t, const struct probe_try *try)
{
    const struct transfer_end *e = &try->end;
    bool is_late = e->net == CP_NET_TIMEOUT && e->connect_us < 0;

    if (!str_begins(try->url, "https:"))
        return true;
    if (e->net == CP_NET_TLS || is_late) {
        stage(t, "tls", STAGE_BAD, -1, why_of(t, try));
        return false;
    }
    stage(t, "tls", STAGE_GOOD, e->tls_us > e->tcp_us ? e->tls_us - e->tcp_us : 0,
          t->probe->target.conf->insecure ? STR("the certificate is not checked") : STR_NONE);
    return true;
}

static struct cp_str status_words(struct telling *t, const struct probe_try *try)
{
    return arena_printf(t->probe->arena, "HTTP %d%s%.*s", try->status,
                        !is_good(try) && try->said.n ? ": " : "",
                        STR_FMT(is_good(try) ? STR("") : try->said));
}

static bool tell_http(struct telling *t, const struct probe_try *try)
{
    if (!try->status) {
        stage(t, "http", STAGE_BAD, -1, why_of(t, try));
        return false;
    }
    bool is_cut = try->end.net && try->status < HTTP_REDIRECT;
    bool is_moved = try->status >= HTTP_REDIRECT && try->status < 400;
    stage(t, "http", try->status < HTTP_SERVER && !is_cut && !is_moved ? STAGE_GOOD : STAGE_BAD,
          try->end.first_byte_us, is_cut ? why_of(t, try) : status_words(t, try));
    return true;
}

static void tell_key(struct telling *t, const struct probe_try *try)
{
    const struct probe *p = t->probe;
    bool is_refused =
        try->trouble == CP_AUTH || try->trouble == CP_BILLING || try->trouble == CP_FORBIDDEN;

    if (is_good(try) || is_good(&p->chat))
        stage(t, "key", STAGE_GOOD, -1,
              p->target.conf->keys_n ? STR("it is accepted") : STR("none is needed"));
    else if (is_refused)
        stage(t, "key", STAGE_BAD, -1,
              try->said.n ? try->said : str_of(verdict_trouble_name(try->trouble)));
    else
        stage(t, "key", STAGE_UNKNOWN, -1,
              STR("the list of models says nothing of it; a chat would"));
}

static void tell_models(struct telling *t, const struct probe_try *try)
{
    const struct probe *p = t->probe;

    if (is_good(try) && !try->why[0])
        stage(t, "models", STAGE_GOOD, -1, arena_printf(p->arena, "%zu models", p->models_n));
    else if (is_good(try))
        stage(t, "models", STAGE_UNKNOWN, -1, str_of(try->why));
    else if (try->status == HTTP_NOT_FOUND || try->status == HTTP_METHOD)
        stage(t, "models", STAGE_UNKNOWN, -1, STR("there is no list of models"));
}

static void tell_chat(struct telling *t)
{
    const struct probe *p = t->probe;
    const struct probe_try *c = &p->chat;

    if (!p->is_chat_wanted || (!c->is_sent && !c->why[0]))
        return;
    if (c->content_us)
        stage(t, "content", STAGE_GOOD, c->content_us - c->start_us,
              arena_printf(p->arena, "from %.*s", STR_FMT(p->model)));
    else if (c->status && c->said.n)
        stage(t, "content", STAGE_BAD, -1,
              arena_printf(p->arena, "HTTP %d: %.*s", c->status, STR_FMT(c->said)));
    else if (c->end.net || c->why[0])
        stage(t, "content", STAGE_BAD, -1, why_of(t, c));
    else
        stage(t, "content", STAGE_BAD, -1,
              arena_printf(p->arena, "HTTP %d without content", c->status));
}

static void tell_head(const struct probe *p, struct tree *t, bool is_ok)
{
    const struct conf_channel *c = p->target.conf;
    const struct probe_try *try = p->list.url.p ? &p->list : &p->chat;

    tree_put_bool(t, "ok", is_ok);
    tree_put_text(t, "channel", c->id);
    tree_put_text(t, "key", c->keys_n ? str_of(c->keys[p->key].id) : STR_NONE);
    tree_put_text(t, "base_url", c->urls[p->url].base);
    tree_put_text(t, "request_url", p->chat.url.p ? p->chat.url : try->url);
    if (p->chat.url.p)
        tree_put_text(t, "model", p->model);
}

void probe_tell(struct probe *p)
{
    struct telling t = { .probe = p, .stages = tree_array() };
    const struct probe_try *try = p->list.is_sent ? &p->list : &p->chat;
    struct tree *answer = tree_object();

    if (tell_address(&t, try) && tell_connect(&t, try) && tell_tls(&t, try) &&
        tell_http(&t, try)) {
        tell_key(&t, try);
        tell_models(&t, try);
        tell_chat(&t);
    }
    tell_head(p, answer, !t.error.p);
    if (t.error.p)
        tree_put_text(answer, "error", t.error);
    tree_put(answer, "stages", t.stages);
    api_tell(p->call, answer);
}

void probe_tell_models(struct probe *p)
{
    struct tree *t, *list;

    if (!is_good(&p->list) || p->list.why[0]) {
        struct telling telling = { .probe = p };
        struct cp_str why =
            p->list.status && p->list.said.n ? status_words(&telling, &p->list)
            : p->list.status ? arena_printf(p->arena, "HTTP %d %s", p->list.status, p->list.why)
                             : why_of(&telling, &p->list);
        api_fail(p->call, 502, "", "the upstream tells no models: %.*s", STR_FMT(why));
        return;
    }
    t = tree_object();
    list = tree_array();
    for (size_t i = 0; i < p->models_n; i++)
        tree_append(list, tree_text(p->models[i]));
    tree_put_text(t, "channel", p->target.conf->id);
    tree_put(t, "models", list);
    api_tell(p->call, t);
    if (p->shelf_name.p)
        shelf_put(p->call->office->shelf, p->shelf_name, buf_str(p->call->text),
                  p->call->now_ms + PROBE_KEEP_MS);
}
