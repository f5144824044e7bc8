/* SPDX-License-Identifier: MIT */
/*
 * probe - the doors: test a channel, a key, a channel that is not saved; what models an upstream has; which URLs are asked.
 */
#include "admin/probe.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/channels.h"
#include "admin/office.h"
#include "admin/shelf.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/tree.h"

static void probe_done(struct probe *p)
{
    struct api_call *call = p->call;

    if (p->is_models_wanted)
        probe_tell_models(p);
    else
        probe_tell(p);
    probe_end(p);
    call->user = NULL;
    api_answer(call);
}

static void probe_gone(struct api_call *call)
{
    if (call->user)
        probe_end(call->user);
    call->user = NULL;
}

/* ---- what is asked ---- */

/* The key by its id or mask; absent: the first that is enabled. */
static void probe_take_key(struct probe *p, struct cp_str ref)
{
    const struct conf_channel *c = p->target.conf;
    const struct conf_key *k = ref.p ? keys_find(c, ref) : NULL;

    if (ref.p && !k)
        api_fail(p->call, 404, "key", "the channel has no key with this id");
    for (size_t i = 0; k && i < c->keys_n; i++)
        if (k == &c->keys[i])
            p->key = i;
    for (size_t i = c->keys_n; !ref.p && i-- > 0;)
        if (c->keys[i].is_enabled)
            p->key = i;
    if (!c->keys_n && !c->is_keyless)
        api_fail(p->call, 422, "keys", "there is no key to ask with");
}

static void probe_take_url(struct probe *p, struct cp_str url)
{
    const struct conf_channel *c = p->target.conf;

    if (!url.p)
        return;
    if (url.n && url.p[url.n - 1] == '#')
        url = str_cut(url, url.n - 1);
    for (size_t i = 0; i < c->urls_n; i++)
        if (str_eq(url, c->urls[i].base)) {
            p->url = i;
            return;
        }
    api_fail(p->call, 404, "url", "the channel has no such base URL");
}

static void probe_start(struct probe *p)
{
    struct api_call *call = p->call;

    if (call->status != 200)
        return;
    p->done = probe_done;
    call->user = p;
    call->gone = probe_gone;
    log_msg(CP_LOG_INFO, "api: channel %.*s is asked whether it is well%s (%.*s)",
            STR_FMT(p->target.conf->id), p->is_chat_wanted ? ", with a chat" : "",
            STR_FMT(call->who));
    probe_begin(p);
}

static struct probe *probe_new(struct api_call *call)
{
    struct probe *p = arena_need(call->arena, sizeof(*p));

    p->call = call;
    p->arena = call->arena;
    return p;
}

static bool probe_take_channel(struct probe *p, struct cp_str id)
{
    const struct conf_channel *c = channels_find(p->call, id);

    if (!c)
        return false;
    const struct setup_channel *s = &p->call->setup->channels[c->ordinal];
    p->target = (struct probe_target){ c, s->adapter, s->instance };
    if (!s->adapter)
        api_fail(p->call, 409, "dialect", "no adapter for the dialect \"%.*s\" is loaded",
                 STR_FMT(c->dialect));
    return s->adapter != NULL;
}

static void probe_take_words(struct probe *p, const struct tree *body)
{
    p->model = tree_as_text(tree_get(body, "model"));
    /* Who says which model wants to hear it. */
    p->is_chat_wanted =
        tree_get(body, "chat") ? tree_as_bool(tree_get(body, "chat")) : p->model.n;
    probe_take_url(p, tree_as_text(tree_get(body, "url")));
}

/* ---- doors ---- */

static void probe_channel_with(struct api_call *call, struct cp_str key)
{
    struct probe *p = probe_new(call);
    struct tree *body = channels_body(call);

    if (!body || !probe_take_channel(p, call->param[0]))
        return;
    probe_take_key(p, key.p ? key : tree_as_text(tree_get(body, "key")));
    probe_take_words(p, body);
    probe_start(p);
}

static void probe_channel(struct api_call *call)
{
    probe_channel_with(call, STR_NONE);
}

static void probe_key(struct api_call *call)
{
    probe_channel_with(call, call->param[1]);
}

/* {"channel": {...}, "key"?, "model"?, "url"?, "chat"?}, or the channel itself. */
static struct probe *probe_of_candidate(struct api_call *call)
{
    struct probe *p = probe_new(call);
    struct tree *body = channels_body(call);
    const struct tree *channel = tree_get(body, "channel");

    if (!body || !probe_candidate(call, channel ? channel : body, &p->target))
        return NULL;
    probe_take_key(p, channel ? tree_as_text(tree_get(body, "key")) : STR_NONE);
    if (channel)
        probe_take_words(p, body);
    return p;
}

static void probe_unsaved(struct api_call *call)
{
    struct probe *p = probe_of_candidate(call);

    if (p)
        probe_start(p);
}

static void probe_models_unsaved(struct api_call *call)
{
    struct probe *p = probe_of_candidate(call);

    if (!p)
        return;
    p->is_models_wanted = true;
    p->is_chat_wanted = false;
    probe_start(p);
}

/* What the same question was answered a moment ago. */
static bool probe_tell_kept(struct probe *p)
{
    const struct conf_channel *c = p->target.conf;
    struct api_call *call = p->call;
    struct cp_str kept;

    p->shelf_name =
        arena_printf(call->arena, "models %llu %.*s %s %.*s",
                     (unsigned long long)call->setup->conf->generation, STR_FMT(c->id),
                     c->keys_n ? c->keys[p->key].id : "", STR_FMT(c->urls[p->url].base));
    if (ask_query_bool(call, "fresh"))
        return false;
    kept = shelf_get(call->office->shelf, p->shelf_name, call->now_ms, call->arena);
    if (!kept.n)
        return false;
    buf_add_str(call->text, kept);
    api_answer(call);
    return true;
}

static void probe_models(struct api_call *call)
{
    struct probe *p = probe_new(call);

    ask_query(call, "key|url|fresh");
    if (!probe_take_channel(p, call->param[0]))
        return;
    p->is_models_wanted = true;
    probe_take_key(p, ask_query_text(call, "key"));
    probe_take_url(p, ask_query_text(call, "url"));
    if (call->status == 200 && !probe_tell_kept(p))
        probe_start(p);
}

const struct api_route probe_routes[] = {
    { "POST", "/api/channels/test", probe_unsaved, API_BODY, API_PARK, 0,
      "Tests a channel that is not saved, stage by stage" },
    { "POST", "/api/channels/models", probe_models_unsaved, API_BODY, API_PARK, 0,
      "The models of the upstream of a channel that is not saved" },
    { "POST", "/api/channels/preview", probe_preview, API_SMALL, API_HERE, 0,
      "The URLs that requests would go to" },
    { "POST", "/api/channels/{id}/test", probe_channel, API_SMALL, API_PARK, 0,
      "Tests a channel, stage by stage; with \"chat\" or a \"model\" a few tokens are spent" },
    { "GET", "/api/channels/{id}/models", probe_models, 0, API_PARK, 0,
      "The upstream's own list of models; kept for five minutes, ?fresh asks anew" },
    { "POST", "/api/channels/{id}/keys/{key}/test", probe_key, API_SMALL, API_PARK, 0,
      "Tests a key, as a channel is tested" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
