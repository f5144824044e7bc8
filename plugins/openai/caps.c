/* SPDX-License-Identifier: MIT */
/*
 * caps - what is known of models by the beginning of their names: the one table.
 *
 * The longest prefix wins.  A vendor in front ("openai/gpt-5") and "ft:" are looked through.
 * A model that is not here is taken for one of a compatible server: it gets the old spellings
 * that every server knows (max_tokens, system) and none of OpenAI's newer parameters unless
 * the client itself wrote them.
 *
 * Efforts and refused parameters, sources: the 400 answers quoted in openai-agents-python
 * #2089 and opencode #4451 (gpt-5.1: "Supported values are: 'none', 'low', 'medium', and
 * 'high'"), litellm #13781 (gpt-5-chat takes a temperature), Microsoft's page on reasoning
 * models in Azure OpenAI (max_completion_tokens only; custom and allowed tools with gpt-5),
 * OpenAI's guide to gpt-5.2 (temperature, top_p, logprobs only with effort none); all as
 * of 2026-08.
 */
#include "chat.h"

#include <string.h>

#define O_OLD  CAP_OPENAI
#define O_LINE (CAP_OPENAI | CAP_REASONS | CAP_FIXED | CAP_NO_STOP)
#define GPT_5  (O_LINE | CAP_CUSTOM)

static const struct {
    const char *prefix;
    unsigned flags;
    const char *efforts;
} table[] = {
    { "gpt-3.5", O_OLD, "" },
    { "gpt-4", O_OLD, "" },
    { "gpt-4o-search", O_OLD | CAP_SEARCH, "" },
    { "gpt-4o-mini-search", O_OLD | CAP_SEARCH, "" },
    { "chatgpt-", O_OLD, "" },
    /* o1 and o3-mini take stop; o3, o4-mini and all later ones refuse it. */
    { "o1", O_LINE & ~(unsigned)CAP_NO_STOP, "low,medium,high" },
    { "o3", O_LINE, "low,medium,high" },
    { "o3-mini", O_LINE & ~(unsigned)CAP_NO_STOP, "low,medium,high" },
    { "o4", O_LINE, "low,medium,high" },
    { "codex-", O_LINE, "low,medium,high" },
    { "gpt-5", GPT_5, "minimal,low,medium,high" },
    { "gpt-5-chat", O_OLD, "" },
    { "gpt-5-codex", GPT_5, "low,medium,high" },
    { "gpt-5-pro", GPT_5, "high" },
    { "gpt-5-search", O_LINE | CAP_SEARCH, "" },
    { "gpt-5.1", GPT_5 | CAP_NONE_SAMPLES, "none,low,medium,high" },
    { "gpt-5.1-codex", GPT_5, "low,medium,high" },
    { "gpt-5.1-codex-max", GPT_5, "low,medium,high,xhigh" },
    { "gpt-5.1-chat", O_OLD | CAP_REASONS | CAP_FIXED, "medium" },
    { "gpt-5.", GPT_5 | CAP_NONE_SAMPLES, "none,low,medium,high,xhigh" },
    { "gpt-5.2-codex", GPT_5, "low,medium,high,xhigh" },
    { "gpt-5.2-pro", GPT_5, "medium,high,xhigh" },
    { "gpt-5.2-chat", O_OLD | CAP_REASONS | CAP_FIXED, "medium" },
    { "gpt-5.3-codex", GPT_5, "low,medium,high,xhigh" },
    /* Open weights: served by everybody but OpenAI. */
    { "gpt-oss", 0, NULL },
    /* source: Google's page on OpenAI compatibility, as of 2026-08 */
    { "gemini-", CAP_GOOGLE, "minimal,low,medium,high" },
    { "gemini-2.5-flash", CAP_GOOGLE, "none,low,medium,high" },
    /* A later one of a known line: as the newest known. */
    { "gpt-", GPT_5 | CAP_NONE_SAMPLES, NULL },
};

static struct cp_str bare_name(struct cp_str model)
{
    for (size_t i = model.n; i > 0; i--) {
        if (model.p[i - 1] != '/')
            continue;
        model.p += i;
        model.n -= i;
        break;
    }
    if (openai_text_begins(model, "ft:")) {
        model.p += 3;
        model.n -= 3;
    }
    return model;
}

struct chat_caps chat_caps_of(struct cp_str model)
{
    struct chat_caps caps = { 0, NULL };
    size_t longest = 0;

    model = bare_name(model);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = strlen(table[i].prefix);
        if (n <= longest || !openai_text_begins(model, table[i].prefix))
            continue;
        longest = n;
        caps.flags = table[i].flags;
        caps.efforts = table[i].efforts;
    }
    return caps;
}
