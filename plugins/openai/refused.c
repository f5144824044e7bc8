/* SPDX-License-Identifier: MIT */
/*
 * refused - what a service of these dialects says it does not know, and can do without.
 *
 *     {"error":{"param":"temperature","code":"unsupported_parameter"}}                   OpenAI
 *     {"error":{"message":"Unrecognized request argument supplied: store"}}              OpenAI, Azure
 *     {"detail":[{"type":"extra_forbidden","loc":["body","store"]}]}                     FastAPI, Mistral
 *     "[{'type': 'extra_forbidden', 'loc': ('body', 'store'), ..}]"                       vLLM
 *     "Extra inputs are not permitted, field: 'store', value: False"                     Fireworks
 *     "property 'messages.1.reasoning_content' is unsupported"                           Groq, Cerebras
 *     "Argument not supported on this model: presencePenalty"                            xAI
 *
 * Only what changes nothing essential of what the client gets may be left out; a word that nobody knows stays its
 * writer's error.
 *
 * Sources: those services' answers as reported in the issues of LiteLLM, Continue and Cline, 2024 to 2026-08.
 */
#include "openai.h"

#include <string.h>

enum { PATH_BYTES = 128 };

/* Members that may be missing; [0] stands for any element. */
static const char *const optional[] = {
    "chat_template_kwargs",
    "context_management",
    "enable_thinking",
    "frequency_penalty",
    "include",
    "logit_bias",
    "logprobs",
    "max_tool_calls",
    "messages[0].reasoning",
    "messages[0].reasoning_content",
    "messages[0].reasoning_details",
    "messages[0].refusal",
    "metadata",
    "min_p",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "reasoning.effort",
    "reasoning.summary",
    "reasoning_effort",
    "repetition_penalty",
    "safety_identifier",
    "seed",
    "service_tier",
    "store",
    "stream_options",
    "stream_options.include_obfuscation",
    "stream_options.include_usage",
    "temperature",
    "text.verbosity",
    "thinking",
    "thinking_budget",
    "tools[0].defer_loading",
    "tools[0].function.strict",
    "tools[0].strict",
    "top_k",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
    "verbosity",
};

static int is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '[' || c == ']';
}

struct path {
    char bytes[PATH_BYTES];
    size_t n;
    int is_long;
};

static void path_add(struct path *p, const char *bytes, size_t n)
{
    if (p->n + n > sizeof(p->bytes)) {
        p->is_long = 1;
        return;
    }
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
}

/* A number is any element; a name in camels is one with underscores (xAI). */
static void path_step(struct path *p, struct cp_str step)
{
    if (step.n == 0 || (p->n == 0 && openai_text_is(step, "body")))
        return;
    if (step.p[0] >= '0' && step.p[0] <= '9') {
        path_add(p, "[0]", 3);
        return;
    }
    if (p->n > 0)
        path_add(p, ".", 1);
    for (size_t i = 0; i < step.n; i++) {
        char low = step.p[i];
        int is_high = low >= 'A' && low <= 'Z';
        if (is_high && i > 0)
            path_add(p, "_", 1);
        low = is_high ? (char)(low + 32) : low;
        path_add(p, &low, 1);
    }
}

/* "messages.1.name", "tools[0].function.strict" */
static void path_steps(struct path *p, struct cp_str word)
{
    for (size_t from = 0; from < word.n;) {
        size_t end = from;
        while (end < word.n && !strchr(".[]", word.p[end]))
            end++;
        path_step(p, (struct cp_str){ word.p + from, end - from });
        from = end + 1;
    }
}

static struct cp_str path_known(const struct path *p)
{
    for (size_t i = 0; !p->is_long && i < sizeof(optional) / sizeof(optional[0]); i++)
        if (openai_text_is((struct cp_str){ p->bytes, p->n }, optional[i]))
            return (struct cp_str){ optional[i], p->n };
    return (struct cp_str){ NULL, 0 };
}

static struct cp_str word_known(struct cp_str word)
{
    struct path p = { .n = 0 };

    while (word.n > 0 && word.p[word.n - 1] == '.')
        word.n--;
    path_steps(&p, word);
    return path_known(&p);
}

/* The word at offset at, behind quotes and blanks. */
static struct cp_str word_at(struct cp_str s, size_t at)
{
    size_t n = 0;

    while (at < s.n && strchr(" '\"`(", s.p[at]) && s.p[at] != '\0')
        at++;
    while (at + n < s.n && is_word_byte(s.p[at + n]))
        n++;
    return (struct cp_str){ s.p + at, n };
}

/* "[{'type': 'extra_forbidden', 'loc': ('body', 'tools', 0, 'strict'), 'msg': ..": Python's own spelling. */
static struct cp_str from_python(struct cp_str message)
{
    struct path p = { .n = 0 };
    size_t at = openai_text_find(message, "'extra_forbidden', 'loc': (");

    while (at > 0 && at < message.n && message.p[at] != ')') {
        struct cp_str word = word_at(message, at);
        size_t end = (size_t)(word.p - message.p) + word.n;
        if (word.n == 0)
            break;
        path_step(&p, word);
        while (end < message.n && strchr("', ", message.p[end]) && message.p[end] != '\0')
            end++;
        at = end;
    }
    return path_known(&p);
}

static struct cp_str from_words(struct cp_str message)
{
    static const char *const befores[] = {
        "unrecognized request argument supplied: ",
        "unrecognized request arguments supplied: ",
        "extra inputs are not permitted, field: ",
        "unsupported parameter: ",
        "unknown parameter: ",
        "argument not supported on this model: ",
        "does not support parameter ",
        "property ",
    };

    message.n = message.n > 4096 ? 4096 : message.n;
    for (size_t i = 0; i < sizeof(befores) / sizeof(befores[0]); i++) {
        size_t at = openai_text_find(message, befores[i]);
        int is_property = i + 1 == sizeof(befores) / sizeof(befores[0]);
        if (at == 0 || (is_property && openai_text_find(message, "is unsupported") == 0))
            continue;
        return word_known(word_at(message, at));
    }
    return from_python(message);
}

/* A list of what pydantic complains of. */
static struct cp_str from_details(struct cp_call *call, struct cp_str list)
{
    struct cp_str one, step, known = { NULL, 0 };
    size_t at = 0;

    while (known.n == 0 && J->kind(list) == '[' && J->each(list, &at, NULL, &one)) {
        struct path p = { .n = 0 };
        size_t in = 0;
        struct cp_str loc = J->get(one, "loc");
        if (!J->is(J->get(one, "type"), "extra_forbidden"))
            continue;
        while (J->kind(loc) == '[' && J->each(loc, &in, NULL, &step))
            path_step(&p, J->kind(step) == '"' ? J->text(call, step) : step);
        known = path_known(&p);
    }
    return known;
}

/* Groq names the message apart: "'messages.1' : .. property 'reasoning_content' is unsupported". */
static struct cp_str from_message_property(struct cp_str message)
{
    size_t at = openai_text_find(message, "'messages.");
    size_t of = openai_text_find(message, "property '");
    struct path p = { .n = 0 };

    if (at == 0 || of == 0 || openai_text_find(message, "is unsupported") == 0)
        return (struct cp_str){ NULL, 0 };
    path_add(&p, "messages[0]", 11);
    path_step(&p, word_at(message, of));
    return path_known(&p);
}

struct cp_str openai_refused(struct cp_call *call, struct cp_str body, const struct trouble *t)
{
    struct cp_str found = { NULL, 0 };

    if (J->kind(body) == '{' && J->check(call, body) == CP_OK) {
        found = from_details(call, J->get(body, "detail"));
        if (found.n == 0)
            found = from_details(call, J->get(J->get(body, "message"), "detail"));
    }
    if (found.n == 0 && (openai_text_is(t->code, "unsupported_parameter") ||
                         openai_text_is(t->code, "unknown_parameter")))
        found = word_known(t->param);
    if (found.n == 0)
        found = from_message_property(t->message);
    return found.n > 0 ? found : from_words(t->message);
}
