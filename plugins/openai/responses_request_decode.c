/* SPDX-License-Identifier: MIT */
/*
 * responses_request_decode - the top level of a client's request.
 *
 * The bodies of POST /responses, /responses/compact and /responses/input_tokens are alike.
 * START goes first, because a route wants no more, and `instructions` before `input`, wherever
 * they stood. What other dialects know becomes PARAM, the rest NATIVE under its path; null
 * means: not said.
 */
#include "responses.h"

#include <string.h>

static const struct chat_param params[] = {
    { "max_output_tokens", "max_output", "0", "expected an integer" },
    { "temperature", "temperature", "0", "expected a number" },
    { "top_p", "top_p", "0", "expected a number" },
    { "parallel_tool_calls", "parallel_tools", "tf", "expected a boolean" },
    { "user", "user", "\"", "expected a string" },
    { "safety_identifier", "safety_id", "\"", "expected a string" },
    { "prompt_cache_key", "cache_key", "\"", "expected a string" },
    { "prompt_cache_retention", "cache_retention", "\"", "expected a string" },
    { "metadata", "metadata", "{", "expected an object" },
    { "service_tier", "tier", "\"", "expected a string" },
    { "store", "store", "tf", "expected a boolean" },
};

/* What is kept under its path, member by member. */
static void member_native(struct responses_in *r, const char *parent, struct cp_str key,
                          struct cp_str v)
{
    struct cp_str path =
        openai_text_format(r->d.call, "%s%.*s", parent, (int)key.n, key.p == NULL ? "" : key.p);

    if (path.p != NULL)
        responses_native(&r->d, path.p, v);
}

/* A client that asks for no summary gets none: its dialect shows thoughts only on demand. */
static void reasoning_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str key, one, show = S("\"none\"");
    const char *show_path = NULL;
    size_t at = 0;

    if (!chat_in_expect(&r->d, v, "{", "reasoning", "expected an object"))
        return;
    while (chat_in_going(&r->d) && J->each(v, &at, &key, &one)) {
        if (J->kind(one) == 'n')
            continue;
        if (J->is(key, "effort")) {
            if (chat_in_expect(&r->d, one, "\"", "reasoning.effort", "expected a string"))
                chat_in_param(&r->d, "reasoning.effort", "effort", one);
        } else if (J->is(key, "summary") ||
                   (J->is(key, "generate_summary") && openai_json_null(J->get(v, "summary")))) {
            show_path =
                J->is(key, "summary") ? "reasoning.summary" : "reasoning.generate_summary";
            if (chat_in_expect(&r->d, one, "\"", show_path, "expected a string"))
                show = one;
        } else {
            member_native(r, "reasoning.", key, one);
        }
    }
    chat_in_param(&r->d, show_path, "thinking_show", show);
}

static void format_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str type;

    if (!chat_in_expect(&r->d, v, "{", "text.format", "expected an object"))
        return;
    type = J->get(v, "type");
    if (J->is(type, "json_object"))
        chat_in_param(&r->d, "text.format", "format", S("{\"type\":\"json\"}"));
    else if (J->is(type, "text") || J->is(type, "json_schema"))
        chat_in_param(&r->d, "text.format", "format", v);
    else
        responses_native(&r->d, "text.format", v);
}

static void text_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str key, one;
    size_t at = 0;

    if (!chat_in_expect(&r->d, v, "{", "text", "expected an object"))
        return;
    while (chat_in_going(&r->d) && J->each(v, &at, &key, &one)) {
        if (J->kind(one) == 'n')
            continue;
        if (J->is(key, "format"))
            format_decode(r, one);
        else if (!J->is(key, "verbosity"))
            member_native(r, "text.", key, one);
        else if (chat_in_expect(&r->d, one, "\"", "text.verbosity", "expected a string"))
            chat_in_param(&r->d, "text.verbosity", "verbosity", one);
    }
}

/* Encrypted reasoning is always asked for, so who asks for it has said nothing new. */
static void include_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str one;
    size_t at = 0;

    if (!chat_in_expect(&r->d, v, "[", "include", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(&r->d) && J->each(v, &at, NULL, &one); i++) {
        struct cp_str path = openai_text_format(r->d.call, "include[%zu]", i);
        if (path.p == NULL || !chat_in_expect(&r->d, one, "\"", path.p, "expected a string"))
            return;
        if (J->is(one, "message.output_text.logprobs"))
            chat_in_param(&r->d, path.p, "logprobs", S("true"));
        else if (J->is(one, "reasoning.encrypted_content"))
            H->note(r->d.call, CP_MAPPED, path, "what seals reasoning is always asked for");
        else
            responses_native(&r->d, path.p, one);
    }
}

/* What came before, as if the client had said it all again.  Unknown: the host has to ask
 * elsewhere. */
static void previous_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str chain, parts[3] = { S("["), { NULL, 0 }, S("]") };

    if (openai_json_null(v) ||
        !chat_in_expect(&r->d, v, "\"", "previous_response_id", "expected a string"))
        return;
    chain = responses_kept_chain(r->d.call, J->text(r->d.call, v));
    if (chain.p == NULL) {
        chat_in_param(&r->d, "previous_response_id", "previous", v);
        return;
    }
    parts[1] = chain;
    chain = openai_text_join(r->d.call, parts, 3);
    if (chain.p == NULL || J->check(r->d.call, chain) != CP_OK) {
        r->d.rc = CP_E_LIMIT;
        return;
    }
    r->list = "previous";
    responses_input_decode(r, chain);
    r->list = "input";
}

static void tools_decode(struct responses_in *r, struct cp_str v)
{
    responses_tools_decode(r, v, "tools", 0);
}

/* Alone it says nothing: only who includes logprobs is told them. */
static void top_logprobs_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str include = J->get(r->d.body, "include"), one;
    size_t at = 0;

    if (!chat_in_expect(&r->d, v, "0", "top_logprobs", "expected an integer"))
        return;
    while (J->kind(include) == '[' && J->each(include, &at, NULL, &one)) {
        if (!J->is(one, "message.output_text.logprobs"))
            continue;
        chat_in_param(&r->d, "top_logprobs", "top_logprobs", v);
        return;
    }
    responses_native(&r->d, "top_logprobs", v);
}

static void stated(struct responses_in *r, struct cp_str v)
{
    (void)r; /* START, instructions and input are read before the rest */
    (void)v;
}

static const struct {
    const char *wire;
    void (*decode)(struct responses_in *, struct cp_str);
} members[] = {
    { "model", stated },
    { "stream", stated },
    { "instructions", stated },
    { "input", stated },
    { "previous_response_id", stated },
    { "tools", tools_decode },
    { "tool_choice", responses_choice_decode },
    { "reasoning", reasoning_decode },
    { "text", text_decode },
    { "include", include_decode },
    { "top_logprobs", top_logprobs_decode },
};

static void member_decode(struct responses_in *r, struct cp_str key, struct cp_str v)
{
    if (J->kind(v) == 'n')
        return;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!J->is(key, members[i].wire))
            continue;
        members[i].decode(r, v);
        return;
    }
    if (!chat_in_plain(&r->d, params, sizeof(params) / sizeof(params[0]), key, v))
        member_native(r, "", key, v);
}

enum { MODEL, STREAM, INSTRUCTIONS, INPUT, PREVIOUS, STORE, HEAD_N };
static const struct cp_str head_names[HEAD_N] = { NAME("model"),
                                                  NAME("stream"),
                                                  NAME("instructions"),
                                                  NAME("input"),
                                                  NAME("previous_response_id"),
                                                  NAME("store") };

/* Does an item only name one that was kept?  Most requests have no id at all in them. */
static int has_reference(struct cp_str input)
{
    struct cp_str item, key, type;
    size_t at = 0, first;

    if (J->kind(input) != '[' || memmem(input.p, input.n, "\"id\"", 4) == NULL)
        return 0;
    while (J->each(input, &at, NULL, &item)) {
        if (J->kind(item) != '{')
            continue;
        first = 0; /* mostly it is the type: then the rest need not be read */
        if (!J->each(item, &first, &key, &type) || !J->is(key, "type"))
            type = J->get(item, "type");
        if (J->is(type, "item_reference") ||
            (openai_json_null(type) && openai_json_null(J->get(item, "role"))))
            return 1;
    }
    return 0;
}

static uint32_t ties(const struct cp_str *head)
{
    uint32_t all = J->kind(head[STORE]) == 'f' ? CP_UNKEPT : 0;

    if (!openai_json_null(head[PREVIOUS]) || has_reference(head[INPUT]))
        all |= CP_TIED;
    return all;
}

static void start_decode(struct responses_in *r, const struct cp_str *head)
{
    struct cp_str model = head[MODEL];

    if ((!openai_json_null(model) &&
         !chat_in_expect(&r->d, model, "\"", "model", "expected a string")) ||
        (!openai_json_null(head[STREAM]) &&
         !chat_in_expect(&r->d, head[STREAM], "tf", "stream", "expected a boolean")))
        return;
    chat_in_emit(&r->d, &(struct cp_item){
                            CP_ITEM(START),
                            .name = openai_json_null(model) ? S("") : J->text(r->d.call, model),
                            .sub = r->d.call->want == CP_WANT_ROUTE ? ties(head) : 0,
                            .num = J->kind(head[STREAM]) == 't' });
}

static void head_decode(struct responses_in *r, const struct cp_str *head)
{
    if (!openai_json_null(head[INSTRUCTIONS]) &&
        chat_in_expect(&r->d, head[INSTRUCTIONS], "\"", "instructions", "expected a string")) {
        struct cp_str text = J->text(r->d.call, head[INSTRUCTIONS]);
        if (text.n > 0)
            chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(SYSTEM), .text = text });
    }
    previous_decode(r, head[PREVIOUS]);
    if (!openai_json_null(head[INPUT]) &&
        chat_in_expect(&r->d, head[INPUT], "\"[", "input", "expected a string or an array"))
        responses_input_decode(r, head[INPUT]);
    responses_close(r);
}

int responses_request_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct responses_in r = { .d = { .call = call, .tape = tape, .body = body },
                              .list = "input" };
    struct cp_str head[HEAD_N], key, v;
    size_t at = 0;

    if (call->op != CP_CHAT && call->op != CP_COMPACT && call->op != CP_COUNT_TOKENS) {
        chat_in_emit(&r.d, &(struct cp_item){ CP_ITEM(START), .name = S("") });
        chat_in_emit(&r.d, &(struct cp_item){ CP_ITEM(END) });
        return chat_in_done(&r.d); /* a GET: there is nothing to read */
    }
    if (!chat_in_expect(&r.d, body, "{", "body", "expected a JSON object"))
        return chat_in_done(&r.d);
    (void)openai_json_pick(body, head_names, HEAD_N, head); /* the others are walked below */
    start_decode(&r, head);
    if (chat_in_going(&r.d))
        head_decode(&r, head);
    while (chat_in_going(&r.d) && J->each(body, &at, &key, &v))
        member_decode(&r, key, v);
    chat_in_emit(&r.d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&r.d);
}
