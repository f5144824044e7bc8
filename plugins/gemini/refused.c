/* SPDX-License-Identifier: MIT */
/*
 * refused - what a service of this dialect says it does not know, and can do without.
 *
 *     Invalid JSON payload received. Unknown name "includeThoughts" at 'generation_config.thinking_config': Cannot
 *     find field.
 *     Invalid JSON payload received. Unknown name "mediaResolution" at 'contents[1].parts[0]': Cannot find field.
 *     Thinking level is not supported for this model.
 *
 * The place is told with underscores whatever the request had; it is said here as programs write it.  Only what
 * changes nothing essential of what the client gets may be left out; a word nobody knows stays its writer's error.
 *
 * Source: the API's and Vertex' answers as reported in the issues of Gemini CLI and LiteLLM, 2025 to 2026-08.
 */
#include "answer.h"

#include <string.h>

enum { PATH_BYTES = 160 };

/* Members that may be missing; [0] stands for any element. */
static const char *const optional[] = {
    "contents[0].parts[0].functionResponse.scheduling",
    "contents[0].parts[0].mediaResolution",
    "contents[0].parts[0].videoMetadata",
    "generationConfig.enableEnhancedCivicAnswers",
    "generationConfig.frequencyPenalty",
    "generationConfig.logprobs",
    "generationConfig.mediaResolution",
    "generationConfig.presencePenalty",
    "generationConfig.responseLogprobs",
    "generationConfig.routingConfig",
    "generationConfig.seed",
    "generationConfig.thinkingConfig",
    "generationConfig.thinkingConfig.includeThoughts",
    "generationConfig.thinkingConfig.thinkingBudget",
    "generationConfig.thinkingConfig.thinkingLevel",
    "generationConfig.topK",
    "labels",
    "serviceTier",
    "store",
    "toolConfig.functionCallingConfig.streamFunctionCallArguments",
    "toolConfig.includeServerSideToolInvocations",
    "toolConfig.retrievalConfig",
    "tools[0].functionDeclarations[0].behavior",
};

struct path {
    char bytes[PATH_BYTES];
    size_t n;
};

/* Camels instead of underscores, [0] instead of numbers. */
static void path_add(struct path *p, struct cp_str text)
{
    int is_up = 0, in_index = 0;

    for (size_t i = 0; i < text.n && p->n + 2 < sizeof(p->bytes); i++) {
        char c = text.p[i];
        if (c == ']')
            in_index = 0;
        if (in_index)
            continue;
        if (c == '_') {
            is_up = 1;
            continue;
        }
        p->bytes[p->n++] = is_up && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        is_up = 0;
        if (c == '[') {
            p->bytes[p->n++] = '0';
            in_index = 1;
        }
    }
}

static struct cp_str path_known(const struct path *p)
{
    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
        if (gemini_text_is((struct cp_str){ p->bytes, p->n }, optional[i]))
            return (struct cp_str){ optional[i], p->n };
    return NOTHING;
}

/* What stands from offset at to the sign. */
static struct cp_str until(struct cp_str s, size_t at, char sign)
{
    size_t n = 0;

    while (at + n < s.n && s.p[at + n] != sign)
        n++;
    return at + n < s.n ? (struct cp_str){ s.p + at, n } : NOTHING;
}

/* Whether the words stand there before any quotation: in those, a client's own words stand. */
static int is_said(struct cp_str message, const char *words)
{
    size_t at = gemini_text_find(message, words); /* behind them */

    for (size_t i = 0; i < at; i++)
        if (message.p[i] == '"' || message.p[i] == '`')
            return 0;
    return at != 0;
}

struct cp_str gemini_refused(struct cp_str message)
{
    static const char *const thinking[] = { "thinking level is not supported",
                                            "thinking budget is not supported",
                                            "thinking is not supported",
                                            "does not support thinking" };
    size_t name_at = gemini_text_find(message, "unknown name \"");
    struct path p = { .n = 0 };

    for (size_t i = 0; i < sizeof(thinking) / sizeof(thinking[0]); i++)
        if (is_said(message, thinking[i]))
            return S("generationConfig.thinkingConfig");
    if (name_at == 0)
        return NOTHING;
    struct cp_str name = until(message, name_at, '"');
    struct cp_str rest = { message.p + name_at + name.n, message.n - name_at - name.n };
    size_t place_at = gemini_text_find(rest, "\" at '");
    if (place_at == 6) { /* right behind the name */
        path_add(&p, until(rest, place_at, '\''));
        path_add(&p, S("."));
    }
    path_add(&p, name);
    return path_known(&p);
}
