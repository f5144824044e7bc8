/* SPDX-License-Identifier: MIT */
/*
 * params_decode - the request's top-level members that are no conversation.
 */
#include "claude.h"

#include <string.h>

/* path: where the client said it; NULL: it did not. */
static void param(struct reading *r, const char *path, const char *name, struct cp_str value)
{
    struct cp_item it = { CP_ITEM(PARAM), .text = value };

    it.name = (struct cp_str){ name, strlen(name) };
    if (path)
        it.id = (struct cp_str){ path, strlen(path) };
    claude_emit(r, &it);
}

/* A member of a member that we have no word for. */
static void native_in(struct reading *r, const char *holder, struct cp_str key, struct cp_str v)
{
    if (!claude_is_odd_key(key))
        claude_native_at(r, claude_format(r->call, "%s.%.*s", holder, (int)key.n, key.p), v);
}

/* ---- metadata ---------------------------------------------------------------- */

static int is_id(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
              (s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '-'))
            return 0;
    return s.n > 0 && s.n <= 64;
}

/* Claude Code's user_id ends in _session_UUID, or is JSON text with a session_id (2.1.330). */
static struct cp_str session_of(struct reading *r, struct cp_str user)
{
    static const char mark[] = "_session_";
    size_t n = sizeof(mark) - 1;

    if (user.n && user.p[0] == '{' && json->check(r->call, user) == CP_OK)
        return json->text(r->call, json->get(user, "session_id"));
    for (size_t i = user.n; i >= n; i--)
        if (memcmp(user.p + i - n, mark, n) == 0)
            return (struct cp_str){ user.p + i, user.n - i };
    return NOTHING;
}

static void user_decode(struct reading *r, struct cp_str v)
{
    struct cp_str session = session_of(r, json->text(r->call, v));

    param(r, "metadata.user_id", "user", v);
    if (is_id(session))
        param(r, NULL, "cache_key",
              claude_format(r->call, "\"%.*s\"", (int)session.n, session.p));
}

static void metadata_decode(struct reading *r, struct cp_str metadata)
{
    struct cp_str key, v;

    for (size_t at = 0; r->rc == CP_OK && json->each(metadata, &at, &key, &v);) {
        if (json->is(key, "user_id") && json->kind(v) == '"')
            user_decode(r, v);
        else
            native_in(r, "metadata", key, v);
    }
}

/* ---- thinking, output_config --------------------------------------------------- */

static const char *mode_of(struct cp_str type)
{
    if (json->is(type, "enabled"))
        return "\"enabled\"";
    if (json->is(type, "adaptive"))
        return "\"adaptive\"";
    return json->is(type, "disabled") ? "\"off\"" : NULL;
}

static const char *show_of(struct cp_str display)
{
    if (json->is(display, "omitted"))
        return "\"none\"";
    return json->is(display, "summarized") ? "\"auto\"" : NULL;
}

static void thinking_decode(struct reading *r, struct cp_str thinking)
{
    struct cp_str key, v;
    const char *mode = mode_of(json->get(thinking, "type"));

    if (!mode) {
        claude_native_at(r, S("thinking"), thinking);
        return;
    }
    param(r, "thinking.type", "thinking_mode", (struct cp_str){ mode, strlen(mode) });
    /* Unsaid, thoughts are shown: other dialects show none until asked. */
    if (strcmp(mode, "\"off\"") != 0 && !show_of(json->get(thinking, "display")))
        param(r, NULL, "thinking_show", S("\"auto\""));
    for (size_t at = 0; r->rc == CP_OK && json->each(thinking, &at, &key, &v);) {
        const char *show = json->is(key, "display") ? show_of(v) : NULL;
        if (json->is(key, "type"))
            continue;
        if (json->is(key, "budget_tokens") && json->kind(v) == '0')
            param(r, "thinking.budget_tokens", "thinking_budget", v);
        else if (show)
            param(r, "thinking.display", "thinking_show",
                  (struct cp_str){ show, strlen(show) });
        else
            native_in(r, "thinking", key, v);
    }
}

static void output_decode(struct reading *r, struct cp_str config)
{
    struct cp_str key, v;

    for (size_t at = 0; r->rc == CP_OK && json->each(config, &at, &key, &v);) {
        if (json->is(key, "effort") && json->kind(v) == '"')
            param(r, "output_config.effort", "effort", v);
        else if (json->is(key, "format") && json->is(json->get(v, "type"), "json_schema"))
            param(r, "output_config.format", "format", v);
        else
            native_in(r, "output_config", key, v);
    }
}

/* ---- the small ones -------------------------------------------------------------- */

/* Speed says more; what stands beside it is for this service alone. */
static int tier_decode(struct reading *r, struct cp_str v)
{
    static const char path[] = "service_tier";

    if (r->is_fast)
        return 0;
    if (json->is(v, "auto"))
        param(r, path, "tier", S("\"auto\""));
    else if (json->is(v, "standard_only"))
        param(r, path, "tier", S("\"default\""));
    else
        return 0;
    return 1;
}

/* At the top: the service is to put a mark on the last block by itself. */
static int cache_decode(struct reading *r, struct cp_str v)
{
    struct cp_str ttl = json->get(v, "ttl");

    if (!json->is(json->get(v, "type"), "ephemeral"))
        return 0;
    param(r, "cache_control", "cache_auto", S("true"));
    if (json->kind(ttl) == '"')
        param(r, "cache_control.ttl", "cache_retention", ttl);
    return 1;
}

static const struct {
    const char *key, *name;
    char kind;
} plain[] = {
    { "max_tokens", "max_output", '0' }, { "temperature", "temperature", '0' },
    { "top_p", "top_p", '0' },           { "top_k", "top_k", '0' },
    { "stop_sequences", "stop", '[' },
};

static int plain_decode(struct reading *r, struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (!json->is(key, plain[i].key))
            continue;
        if (json->kind(v) != plain[i].kind)
            return 0;
        param(r, plain[i].key, plain[i].name, v);
        return 1;
    }
    return 0;
}

void claude_params_decode(struct reading *r, struct cp_str key, struct cp_str v)
{
    int is_object = json->kind(v) == '{', done = 1;

    if (is_object && json->is(key, "metadata"))
        metadata_decode(r, v);
    else if (is_object && json->is(key, "thinking"))
        thinking_decode(r, v);
    else if (is_object && json->is(key, "output_config"))
        output_decode(r, v);
    else if (is_object && json->is(key, "output_format") &&
             json->is(json->get(v, "type"), "json_schema"))
        param(r, "output_format", "format", v);
    else if (json->is(key, "service_tier"))
        done = tier_decode(r, v);
    else if (json->is(key, "speed") && json->is(v, "fast"))
        param(r, "speed", "tier", S("\"fast\""));
    else if (json->is(key, "cache_control"))
        done = cache_decode(r, v);
    else
        done = plain_decode(r, key, v);
    if (!done)
        claude_native(r, key, v);
}
