/* SPDX-License-Identifier: MIT */
/*
 * chat_params_encode - parameters of a request, as far as the model and its server take them.
 *
 * OpenAI's reasoning models answer 400 to a temperature; compatible servers (Mistral) answer
 * 422 to a member they do not know.  So what OpenAI alone understands is sent only to its
 * models, or when the client itself speaks this dialect and wrote it.  What is left out is
 * noted.
 */
#include "chat.h"

#include <string.h>

enum {
    FIXED = 1,  /* refused by models with CAP_FIXED     */
    OPENAI = 2, /* only OpenAI's servers know it        */
    EXTRA = 4,  /* only compatible servers know it      */
    KEPT = 8    /* how long a prompt's cache is kept    */
};

static const struct {
    const char *name, *wire;
    unsigned rule;
} params[] = {
    { "temperature", "temperature", FIXED },
    { "top_p", "top_p", FIXED },
    { "top_k", "top_k", EXTRA },
    { "min_p", "min_p", EXTRA },
    { "n", "n", 0 },
    { "presence_penalty", "presence_penalty", FIXED },
    { "frequency_penalty", "frequency_penalty", FIXED },
    { "seed", "seed", 0 },
    { "logit_bias", "logit_bias", FIXED },
    { "logprobs", "logprobs", FIXED },
    { "top_logprobs", "top_logprobs", FIXED },
    { "verbosity", "verbosity", OPENAI },
    { "metadata", "metadata", OPENAI },
    { "tier", "service_tier", OPENAI },
    { "cache_retention", "prompt_cache_retention", OPENAI | KEPT },
};

static int is_effort_none(const struct chat_out *e)
{
    struct cp_str effort = chat_out_param(e, "effort");
    struct cp_str budget = chat_out_param(e, "thinking_budget");

    return (effort.p == NULL && budget.p == NULL) || J->is(effort, "none");
}

static const char *refusal_of(const struct chat_out *e, unsigned rule, struct cp_str v)
{
    int is_fixed = (e->caps.flags & CAP_FIXED) != 0;

    if (is_fixed && (e->caps.flags & CAP_NONE_SAMPLES) != 0 && is_effort_none(e))
        is_fixed = 0;
    if ((rule & FIXED) != 0 && is_fixed && !openai_text_is(v, "1") && !openai_text_is(v, "1.0"))
        return "the model takes no sampling parameters";
    if ((rule & KEPT) != 0 && !e->from_chat && !J->is(v, "24h") && !J->is(v, "in_memory"))
        return "the server's own time: this dialect knows no such";
    if ((rule & OPENAI) != 0 && !e->from_chat && (e->caps.flags & CAP_OPENAI) == 0)
        return "only OpenAI's own servers know it";
    if ((rule & EXTRA) != 0 && !e->from_chat && !e->conf->sampling_extras)
        return "not a parameter of this dialect";
    if ((rule & EXTRA) != 0 && (e->caps.flags & CAP_OPENAI) != 0)
        return "OpenAI's servers refuse it";
    return NULL;
}

static void limit_encode(struct chat_out *e)
{
    struct cp_str v = chat_out_param(e, "max_output");
    int is_new = e->conf->max_field == WORD_AUTO ? (e->caps.flags & CAP_OPENAI) != 0
                                                 : e->conf->max_field == MAX_NEW;
    const char *member = is_new ? "max_completion_tokens" : "max_tokens";
    int64_t n;

    if (v.p == NULL || !chat_out_may(e, member))
        return;
    (void)J->key(e->out, member);
    if (e->conf->max_cap > 0 && J->integer(v, &n) == CP_OK && n > e->conf->max_cap) {
        (void)J->number(e->out, e->conf->max_cap);
        chat_out_note(e, CP_APPROXIMATED, "max_output", "over the channel's max_tokens_cap");
        return;
    }
    (void)J->raw(e->out, v);
}

/* At most four; source: OpenAI's API reference, as of 2026-08. */
static void stop_encode(struct chat_out *e)
{
    struct cp_str list = chat_out_param(e, "stop"), one;
    size_t at = 0;
    int n = 0;

    if (J->kind(list) != '[' || !J->each(list, &at, NULL, &one) || !chat_out_may(e, "stop"))
        return;
    if ((e->caps.flags & CAP_NO_STOP) != 0) {
        if (!H->emulate(e->call, "stop"))
            chat_out_note(e, CP_DROPPED, "stop", "the model takes no stop sequences");
        return;
    }
    at = 0;
    (void)J->key(e->out, "stop");
    (void)J->open(e->out, '[');
    while (J->each(list, &at, NULL, &one) && ++n <= 4)
        (void)J->raw(e->out, one);
    (void)J->close(e->out);
    if (n > 4 && !H->emulate(e->call, "stop"))
        chat_out_note(e, CP_APPROXIMATED, "stop", "only the first four");
}

static void schema_encode(struct chat_out *e, struct cp_str format)
{
    struct cp_str name = J->get(format, "name");
    struct cp_str description = J->get(format, "description");
    struct cp_str strict = J->get(format, "strict");
    struct cp_str schema = J->get(format, "schema");

    (void)J->key(e->out, "response_format");
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"json_schema\""));
    (void)J->key(e->out, "json_schema");
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "name", J->kind(name) == '"' ? name : S("\"output\""));
    if (J->kind(description) == '"')
        chat_out_key_raw(e, "description", description);
    if (J->kind(strict) == 't' || J->kind(strict) == 'f')
        chat_out_key_raw(e, "strict", strict);
    else if (!e->from_chat && chat_schema_is_strict(schema, 0))
        chat_out_key_raw(e, "strict", S("true"));
    if (!openai_json_null(schema))
        chat_out_key_raw(e, "schema", schema);
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void format_encode(struct chat_out *e)
{
    struct cp_str format = chat_out_param(e, "format");
    struct cp_str type;

    if (J->kind(format) != '{' || !chat_out_may(e, "response_format"))
        return;
    type = J->get(format, "type");
    if (J->is(type, "json_schema"))
        schema_encode(e, format);
    else if (J->is(type, "json"))
        chat_out_key_raw(e, "response_format", S("{\"type\":\"json_object\"}"));
    else if (J->is(type, "text") && e->from_chat)
        chat_out_key_raw(e, "response_format", S("{\"type\":\"text\"}"));
    else if (!J->is(type, "text") && !e->choice.n) /* a choice is asked for in words */
        chat_out_note(e, CP_DROPPED, "format", "this dialect has no such format");
}

void chat_params_encode(struct chat_out *e)
{
    limit_encode(e);
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        struct cp_str v = chat_out_param(e, params[i].name);
        const char *why;
        if (v.p == NULL || !chat_out_may(e, params[i].wire))
            continue;
        why = refusal_of(e, params[i].rule, v);
        if (why != NULL)
            chat_out_note(e, (params[i].rule & KEPT) != 0 ? CP_APPROXIMATED : CP_DROPPED,
                          params[i].name, why);
        else
            chat_out_key_raw(e, params[i].wire, v);
    }
    stop_encode(e);
    format_encode(e);
}

/* ---- who asks ---------------------------------------------------------------------------- */

/* Claude Code's user id ends in _session_UUID, or is JSON with a session_id: a good cache key.
 * source: recorded requests of Claude Code 2.1, 2026-08. */
struct cp_str chat_session_of(struct chat_out *e, struct cp_str user)
{
    size_t at = openai_text_find(user, "_session_");
    struct cp_str id;

    if (user.n > 0 && user.p[0] == '{' && J->check(e->call, user) == CP_OK) {
        id = openai_json_string(e->call, user, "session_id");
        return id;
    }
    if (at == 0)
        return (struct cp_str){ NULL, 0 };
    return (struct cp_str){ user.p + at, user.n - at };
}

static void cache_key_encode(struct chat_out *e, struct cp_str user)
{
    struct cp_str key = chat_out_param(e, "cache_key");
    int is_known = e->from_chat || (e->caps.flags & CAP_OPENAI) != 0;

    if (!is_known) {
        if (key.p != NULL)
            chat_out_note(e, CP_DROPPED, "cache_key", "only OpenAI's own servers know it");
        return;
    }
    if (key.p == NULL) {
        user = chat_session_of(e, user);
        key = user.n > 0 ? openai_text_quote(e->call, user) : key;
    }
    if (key.p != NULL && chat_out_may(e, "prompt_cache_key"))
        chat_out_key_raw(e, "prompt_cache_key", key);
}

static void safety_encode(struct chat_out *e, struct cp_str id)
{
    if (id.n > 64) { /* the longest the server takes; it asks for a hash anyway */
        id = H->digest(e->call, id);
        chat_out_note(e, CP_MAPPED,
                      chat_out_param(e, "safety_id").p != NULL ? "safety_id" : "user",
                      "longer than 64 bytes: hashed");
    }
    chat_out_key_text(e, "safety_identifier", id);
}

void chat_identity_encode(struct chat_out *e)
{
    struct cp_str user = chat_out_param(e, "user"), safety = chat_out_param(e, "safety_id");
    struct cp_str store = chat_out_param(e, "store"), id;
    int is_safety = e->conf->user_field == USER_SAFETY ||
                    (e->conf->user_field == WORD_AUTO && (e->caps.flags & CAP_OPENAI) != 0);

    id = J->kind(safety) == '"' ? safety : user;
    id = J->kind(id) == '"' ? J->text(e->call, id) : (struct cp_str){ NULL, 0 };
    if (e->from_chat) { /* both, as the client said */
        if (user.p != NULL && chat_out_may(e, "user"))
            chat_out_key_raw(e, "user", user);
        if (safety.p != NULL && chat_out_may(e, "safety_identifier"))
            chat_out_key_raw(e, "safety_identifier", safety);
    } else if (id.n > 0 && is_safety && chat_out_may(e, "safety_identifier")) {
        safety_encode(e, id);
    } else if (id.n > 0 && !is_safety && chat_out_may(e, "user")) {
        chat_out_key_text(e, "user", id);
    }
    cache_key_encode(e, id);
    if (store.p != NULL && e->from_chat && chat_out_may(e, "store"))
        chat_out_key_raw(e, "store", store);
}

/* ---- what this dialect's own clients said beyond ----------------------------------------- */

static void stream_option_native(struct chat_out *e, const struct cp_item *it)
{
    if (!openai_text_begins(it->name, "stream_options.include_obfuscation"))
        chat_out_note_item(e, CP_DROPPED, it, "streams are read by the gateway here");
}

void chat_natives_encode(struct chat_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL; i++) {
        struct cp_str key;
        if (it->kind != CP_NATIVE)
            continue;
        if (openai_text_begins(it->name, "messages[") ||
            openai_text_begins(it->name, "tools[") ||
            openai_text_begins(it->name, "functions["))
            continue; /* written where they stood */
        if (openai_text_begins(it->name, "stream_options.")) {
            stream_option_native(e, it);
            continue;
        }
        key = chat_native_key(e->call, it);
        if (key.p == NULL || !openai_text_same(key, it->name))
            chat_out_note_item(e, CP_DROPPED, it, "cannot be placed again");
        else if (chat_out_may(e, key.p))
            chat_out_key_raw(e, key.p, it->text);
    }
}
