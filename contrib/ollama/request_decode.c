/* SPDX-License-Identifier: MIT */
/*
 * request_decode - what a client of Ollama's asks.
 *
 *     model, messages, tools, options, format, think, logprobs, top_logprobs, stream     said in neutral words
 *     keep_alive, truncate, options.num_ctx and the like                                 native: ours alone
 *
 * Unsaid, stream is true.
 */
#include "ollama.h"

#include <string.h>

static const char *const known[] = { "model", "messages", "tools",    "options",     "format",
                                     "think", "stream",   "logprobs", "top_logprobs" };

/* Members of options that other services have, too; in this order, so that what was asked alike is told alike. */
static const struct {
    const char *wire, *name;
} options[] = {
    { "num_predict", "max_output" },
    { "temperature", "temperature" },
    { "top_p", "top_p" },
    { "top_k", "top_k" },
    { "min_p", "min_p" },
    { "seed", "seed" },
    { "presence_penalty", "presence_penalty" },
    { "frequency_penalty", "frequency_penalty" },
    { "stop", "stop" },
};

static void param(struct cp_tape *tape, const char *path, const char *name, struct cp_str json)
{
    (void)H->emit(tape,
                  &(struct cp_item){ CP_ITEM(PARAM), .name = text_of(name), .text = json,
                                     .id = text_of(path) }); /* a tape remembers its failure */
}

static void native(struct cp_tape *tape, struct cp_str path, struct cp_str json)
{
    (void)H->emit(tape, &(struct cp_item){ CP_ITEM(NATIVE), .id = S(DIALECT), .name = path,
                                           .text = json }); /* the same */
}

/* What the neutral word for it holds; absent: it cannot be said so. */
static struct cp_str option_value(struct cp_call *call, size_t i, struct cp_str v)
{
    int is_stop = strcmp(options[i].wire, "stop") == 0;
    int64_t n;

    if (is_stop && J->kind(v) == '"')
        return text_join(call, (struct cp_str[]){ S("["), v, S("]") }, 3);
    if (is_stop)
        return J->kind(v) == '[' ? v : NOTHING;
    /* Below zero it is as much as there is room for, which needs no word. */
    if (i == 0 && (J->kind(v) != '0' || J->integer(v, &n) != CP_OK || n <= 0))
        return NOTHING;
    return J->kind(v) == '0' ? v : NOTHING;
}

static int is_neutral(struct cp_call *call, struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (J->is(key, options[i].wire))
            return option_value(call, i, v).p != NULL;
    return 0;
}

static void options_decode(struct cp_call *call, struct cp_str object, struct cp_tape *tape)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(object) != '{')
        return;
    for (size_t i = 0; i < COUNT(options); i++) {
        v = J->get(object, options[i].wire);
        v = v.p == NULL ? v : option_value(call, i, v);
        if (v.p != NULL)
            param(tape, text_z(call, text_format(call, "options.%s", options[i].wire)),
                  options[i].name, v);
    }
    while (J->each(object, &at, &key, &v))
        if (J->kind(v) != 'n' && !is_neutral(call, key, v))
            native(tape, text_join(call, (struct cp_str[]){ S("options."), key }, 2), v);
}

static void format_decode(struct cp_call *call, struct cp_str v, struct cp_tape *tape)
{
    if (J->is(v, "json"))
        param(tape, "format", "format", S("{\"type\":\"json\"}"));
    else if (J->kind(v) == '{')
        param(tape, "format", "format",
              text_join(
                  call,
                  (struct cp_str[]){ S("{\"type\":\"json_schema\",\"schema\":"), v, S("}") },
                  3));
}

static void think_decode(struct cp_str v, struct cp_tape *tape)
{
    if (J->kind(v) == 't')
        param(tape, "think", "thinking_mode", S("\"enabled\""));
    else if (J->kind(v) == 'f')
        param(tape, "think", "thinking_mode", S("\"off\""));
    else if (J->is(v, "low") || J->is(v, "medium") || J->is(v, "high"))
        param(tape, "think", "effort", v);
}

void params_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_str key, v;
    size_t at = 0;

    options_decode(call, J->get(body, "options"), tape);
    format_decode(call, J->get(body, "format"), tape);
    think_decode(J->get(body, "think"), tape);
    if (J->kind(J->get(body, "logprobs")) == 't')
        param(tape, "logprobs", "logprobs", J->get(body, "logprobs"));
    if (J->kind(J->get(body, "top_logprobs")) == '0')
        param(tape, "top_logprobs", "top_logprobs", J->get(body, "top_logprobs"));
    while (J->each(body, &at, &key, &v)) {
        int is_known = J->kind(v) == 'n';
        for (size_t i = 0; i < COUNT(known) && !is_known; i++)
            is_known = J->is(key, known[i]);
        if (!is_known)
            native(tape, key, v);
    }
}

void tools_decode(struct cp_call *call, struct cp_str tools, struct cp_tape *tape)
{
    struct cp_str one, f;
    size_t at = 0;

    while (J->kind(tools) == '[' && J->each(tools, &at, NULL, &one)) {
        struct cp_item it = { CP_ITEM(TOOL), .sub = CP_TOOL_FUNCTION, .num = -1 };
        f = J->kind(one) == '{' ? J->get(one, "function") : NOTHING;
        it.name = json_text(call, f, "name");
        if (it.name.n == 0)
            continue;
        it.id = S("function");
        it.meta = json_text(call, f, "description");
        it.text = J->get(f, "parameters");
        if (J->kind(it.text) != '{')
            it.text = NOTHING;
        (void)H->emit(tape, &it); /* a tape remembers its failure */
    }
}

int request_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_str model, messages;
    int rc;

    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "the body is no JSON object");
    model = json_text(call, body, "model");
    messages = J->get(body, "messages");
    if (model.n == 0)
        return H->fail(call, CP_E_SYNTAX, "model is required");
    if (J->kind(messages) != '[')
        return H->fail(call, CP_E_SYNTAX, "messages: expected an array");
    rc = H->emit(tape, &(struct cp_item){ CP_ITEM(START), .name = model,
                                          .num = J->kind(J->get(body, "stream")) != 'f' });
    if (rc != CP_OK) /* CP_ENOUGH: who is asked is all that was asked */
        return rc == CP_ENOUGH ? CP_OK : rc;
    params_decode(call, body, tape);
    tools_decode(call, J->get(body, "tools"), tape);
    messages_decode(call, messages, tape);
    rc = H->emit(tape, &(struct cp_item){ CP_ITEM(END) });
    return rc == CP_ENOUGH ? CP_OK : rc;
}
