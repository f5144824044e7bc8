/* SPDX-License-Identifier: MIT */
/*
 * chat_request_decode - the top level of a client's request.
 *
 * One walk lists the top-level members; of two with one name the last counts, as everywhere.
 * START goes first, because a route wants no more.  Then the members in the order they came:
 * parameters that every dialect knows become PARAM with their JSON untouched, the rest
 * becomes NATIVE.  null means: not said.
 */
#include "chat.h"

#include <string.h>

enum { MEMBERS_MOST = 256 };

struct cp_str chat_in_top(const struct chat_in *d, const char *name)
{
    for (uint32_t i = 0; i < d->members_n; i++)
        if (J->is(d->members[i].key, name))
            return d->members[i].value;
    return (struct cp_str){ NULL, 0 };
}

static void members_list(struct chat_in *d)
{
    struct cp_str key, v;
    size_t at = 0;
    uint32_t i;

    d->members = H->alloc(d->call, MEMBERS_MOST * sizeof(*d->members));
    if (d->members == NULL) {
        d->rc = CP_E_LIMIT;
        return;
    }
    while (J->each(d->body, &at, &key, &v)) {
        for (i = 0; i < d->members_n && !openai_text_same(d->members[i].key, key); i++)
            continue;
        if (i == MEMBERS_MOST) {
            d->rc = H->fail(d->call, CP_E_LIMIT, "body: more than %d members", MEMBERS_MOST);
            return;
        }
        d->members[i].key = key;
        d->members[i].value = v;
        d->members_n = i < d->members_n ? d->members_n : i + 1;
    }
}

/* Parameters that are the same thing under two names.  kinds: what J->kind() may answer. */
static const struct chat_param params[] = {
    { "temperature", "temperature", "0", "expected a number" },
    { "top_p", "top_p", "0", "expected a number" },
    { "top_k", "top_k", "0", "expected an integer" },
    { "min_p", "min_p", "0", "expected a number" },
    { "seed", "seed", "0", "expected an integer" },
    { "presence_penalty", "presence_penalty", "0", "expected a number" },
    { "frequency_penalty", "frequency_penalty", "0", "expected a number" },
    { "n", "n", "0", "expected an integer" },
    { "logit_bias", "logit_bias", "{", "expected an object" },
    { "logprobs", "logprobs", "tf", "expected a boolean" },
    { "top_logprobs", "top_logprobs", "0", "expected an integer" },
    { "parallel_tool_calls", "parallel_tools", "tf", "expected a boolean" },
    { "verbosity", "verbosity", "\"", "expected a string" },
    { "user", "user", "\"", "expected a string" },
    { "safety_identifier", "safety_id", "\"", "expected a string" },
    { "prompt_cache_key", "cache_key", "\"", "expected a string" },
    { "prompt_cache_retention", "cache_retention", "\"", "expected a string" },
    { "metadata", "metadata", "{", "expected an object" },
    { "service_tier", "tier", "\"", "expected a string" },
    { "store", "store", "tf", "expected a boolean" },
};

/* Who asks for effort wants to read what comes of it; some models keep that back unless told. */
static void effort_said(struct chat_in *d, struct cp_str v, const char *path)
{
    struct cp_str exclude = J->get(chat_in_top(d, "reasoning"), "exclude");

    if (openai_json_null(v) || !chat_in_expect(d, v, "\"", path, "expected a string"))
        return;
    chat_in_param(d, path, "effort", v);
    if (!J->is(v, "none") && J->kind(exclude) != 't')
        chat_in_param(d, NULL, "thinking_show", S("\"auto\""));
}

static void effort_decode(struct chat_in *d, struct cp_str v)
{
    effort_said(d, v, "reasoning_effort");
}

/* max_completion_tokens wins over the old max_tokens when both are there. */
static void limit_decode(struct chat_in *d, struct cp_str v)
{
    if (!openai_json_null(v) &&
        chat_in_expect(d, v, "0", "max_completion_tokens", "expected an integer"))
        chat_in_param(d, "max_completion_tokens", "max_output", v);
}

static void old_limit_decode(struct chat_in *d, struct cp_str v)
{
    if (openai_json_null(v) || !chat_in_expect(d, v, "0", "max_tokens", "expected an integer"))
        return;
    if (openai_json_null(chat_in_top(d, "max_completion_tokens")))
        chat_in_param(d, "max_tokens", "max_output", v);
    else
        H->note(d->call, CP_MAPPED, S("max_tokens"), "max_completion_tokens says it");
}

static void stop_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str parts[3] = { S("["), v, S("]") };
    struct cp_str one;
    size_t at = 0;

    if (openai_json_null(v) ||
        !chat_in_expect(d, v, "\"[", "stop", "expected a string or an array"))
        return;
    if (J->kind(v) == '"')
        v = openai_text_join(d->call, parts, 3);
    else
        while (J->each(v, &at, NULL, &one))
            if (!chat_in_expect(d, one, "\"", "stop", "expected strings"))
                return;
    chat_in_param(d, "stop", "stop", v);
}

static void stream_options_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str key, member;
    size_t at = 0;

    if (openai_json_null(v) ||
        !chat_in_expect(d, v, "{", "stream_options", "expected an object"))
        return;
    while (J->each(v, &at, &key, &member)) {
        if (J->is(key, "include_usage")) {
            if (J->kind(member) == 't' || J->kind(member) == 'f')
                chat_in_param(d, "stream_options.include_usage", "include_usage", member);
            continue;
        }
        chat_in_native(d, openai_text_format(d->call, "stream_options.%.*s", (int)key.n, key.p),
                       member);
    }
}

/* {"type":"json_schema","json_schema":{...}} loses a level; what is flat already stays. */
static void format_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str type, inner;

    if (openai_json_null(v) ||
        !chat_in_expect(d, v, "{", "response_format", "expected an object"))
        return;
    type = J->get(v, "type");
    inner = J->get(v, "json_schema");
    if (J->is(type, "text"))
        chat_in_param(d, "response_format", "format", S("{\"type\":\"text\"}"));
    else if (J->is(type, "json_object"))
        chat_in_param(d, "response_format", "format", S("{\"type\":\"json\"}"));
    else if (!J->is(type, "json_schema"))
        chat_in_native(d, S("response_format"), v);
    else if (chat_in_expect(d, inner, "{", "response_format.json_schema",
                            "expected an object")) {
        struct cp_str rest = openai_text_trim((struct cp_str){ inner.p + 1, inner.n - 1 });
        struct cp_str all[3] = { S("{\"type\":\"json_schema\""), S(","), rest };
        if (rest.n <= 1) /* an empty object: only its bracket is left */
            all[1] = S("");
        chat_in_param(d, "response_format", "format", openai_text_join(d->call, all, 3));
    }
}

/* OpenRouter's {"effort","max_tokens","exclude","enabled"}, as of 2026-08. */
static void reasoning_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str effort, budget;

    if (J->kind(v) == '{') {
        effort = J->get(v, "effort");
        budget = J->get(v, "max_tokens");
        if (openai_json_null(chat_in_top(d, "reasoning_effort")) && J->kind(effort) == '"')
            effort_said(d, effort, "reasoning.effort");
        if (J->kind(budget) == '0')
            chat_in_param(d, "reasoning.max_tokens", "thinking_budget", budget);
        if (J->kind(J->get(v, "exclude")) == 't')
            chat_in_param(d, "reasoning.exclude", "thinking_show", S("\"none\""));
        if (J->kind(J->get(v, "enabled")) == 'f')
            chat_in_param(d, "reasoning.enabled", "thinking_mode", S("\"off\""));
    }
    chat_in_native(d, S("reasoning"), v);
}

/* {"type":"enabled|disabled","budget_tokens"} of LiteLLM, DeepSeek, GLM, Kimi. */
static void thinking_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str type = J->kind(v) == '{' ? J->get(v, "type") : v;
    struct cp_str budget = J->kind(v) == '{' ? J->get(v, "budget_tokens") : v;

    if (J->kind(v) == '{' && J->is(type, "disabled"))
        chat_in_param(d, "thinking.type", "thinking_mode", S("\"off\""));
    else if (J->kind(v) == '{' && J->is(type, "enabled"))
        chat_in_param(d, "thinking.type", "thinking_mode", S("\"enabled\""));
    if (J->kind(v) == '{' && J->kind(budget) == '0')
        chat_in_param(d, "thinking.budget_tokens", "thinking_budget", budget);
    chat_in_native(d, S("thinking"), v);
}

static void enable_thinking_decode(struct chat_in *d, struct cp_str v)
{
    if (J->kind(v) == 't' || J->kind(v) == 'f')
        chat_in_param(d, "enable_thinking", "thinking_mode",
                      J->kind(v) == 't' ? S("\"enabled\"") : S("\"off\""));
    chat_in_native(d, S("enable_thinking"), v);
}

/* The one hosted tool of this dialect is no tool but a member. */
static void search_decode(struct chat_in *d, struct cp_str v)
{
    if (!openai_json_null(v) &&
        chat_in_expect(d, v, "{", "web_search_options", "expected an object"))
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(TOOL), .name = S("web_search"),
                                           .id = S("web_search_options"), .sub = CP_TOOL_HOSTED,
                                           .text = v, .num = -1 });
}

static void head_decode(struct chat_in *d, struct cp_str v)
{
    (void)d; /* model and stream are START's, taken already */
    (void)v;
}

static const struct {
    const char *wire;
    void (*decode)(struct chat_in *, struct cp_str);
} members[] = {
    { "model", head_decode },
    { "stream", head_decode },
    { "messages", chat_messages_decode },
    { "tools", chat_tools_decode },
    { "tool_choice", chat_choice_decode },
    { "functions", chat_functions_decode },
    { "function_call", chat_function_call_decode },
    { "max_completion_tokens", limit_decode },
    { "max_tokens", old_limit_decode },
    { "stop", stop_decode },
    { "stream_options", stream_options_decode },
    { "response_format", format_decode },
    { "reasoning_effort", effort_decode },
    { "reasoning", reasoning_decode },
    { "thinking", thinking_decode },
    { "enable_thinking", enable_thinking_decode },
    { "web_search_options", search_decode },
};

static void member_decode(struct chat_in *d, struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!J->is(key, members[i].wire))
            continue;
        members[i].decode(d, v);
        return;
    }
    if (!chat_in_plain(d, params, sizeof(params) / sizeof(params[0]), key, v))
        chat_in_native(d, key, v);
}

static void start_decode(struct chat_in *d)
{
    struct cp_str model = chat_in_top(d, "model");
    struct cp_str stream = chat_in_top(d, "stream");

    if (!openai_json_null(model) &&
        !chat_in_expect(d, model, "\"", "model", "expected a string"))
        return;
    if (!openai_json_null(stream) &&
        !chat_in_expect(d, stream, "tf", "stream", "expected a boolean"))
        return;
    model = openai_json_null(model) ? S("") : J->text(d->call, model);
    chat_in_emit(
        d, &(struct cp_item){ CP_ITEM(START), .name = model, .num = J->kind(stream) == 't' });
}

int chat_request_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .body = body };

    if (call->op != CP_CHAT) { /* a GET: there is nothing to read */
        chat_in_emit(&d, &(struct cp_item){ CP_ITEM(START), .name = S("") });
        chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
        return chat_in_done(&d);
    }
    if (!chat_in_expect(&d, body, "{", "body", "expected a JSON object"))
        return chat_in_done(&d);
    members_list(&d);
    if (chat_in_going(&d))
        start_decode(&d);
    if (chat_in_going(&d) && openai_json_null(chat_in_top(&d, "messages")))
        return H->fail(call, CP_E_SYNTAX, "messages: missing");
    for (uint32_t i = 0; chat_in_going(&d) && i < d.members_n; i++)
        member_decode(&d, d.members[i].key, d.members[i].value);
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}

int chat_request_wants_usage(const struct cp_call *call)
{
    struct cp_str options = J->get(call->request, "stream_options");

    return J->kind(options) == '{' && J->kind(J->get(options, "include_usage")) == 't';
}

int chat_request_is_legacy(const struct cp_call *call)
{
    return J->kind(call->request) == '{' &&
           !openai_json_null(J->get(call->request, "functions"));
}
