/* SPDX-License-Identifier: MIT */
/*
 * caps - what is known of models by the beginning of their names: the one table.
 *
 * The longest prefix wins.  What stands before the last slash ("models/", a vendor) is looked
 * through.  A Gemini that is not here is taken for one of the newest line; a model of another
 * name for one of a compatible server, which gets the spellings that are known everywhere.
 *
 * source: Google's pages on models, thinking, thought signatures, function calling and
 * structured output, as of 2026-08
 */
#include "request.h"

#include <string.h>

#define G_2_5 (CAP_JSON_SCHEMA | CAP_VALIDATED)
#define G_3                                                                                    \
    (G_2_5 | CAP_IDS | CAP_RESULT_MEDIA | CAP_RESOLUTION | CAP_TOOLS_MIXED | CAP_TOOLS_FORMAT)

static const char all_levels[] = "minimal,low,medium,high";

static const struct {
    const char *prefix;
    struct gemini_caps caps;
} table[] = {
    { "gemini-1", { 0, THINK_OFF, 8192, 0, 0, 0, "" } },
    { "gemini-2.0", { 0, THINK_OFF, 8192, 0, 0, 0, "" } },
    { "gemini-2.5-pro", { G_2_5, THINK_BUDGET, 65536, 128, 32768, 0, "" } },
    { "gemini-2.5-flash", { G_2_5, THINK_BUDGET, 65536, 1, 24576, 1, "" } },
    { "gemini-2.5-flash-lite", { G_2_5, THINK_BUDGET, 65536, 512, 24576, 1, "" } },
    { "gemini-2.5-flash-image", { CAP_IMAGES, THINK_OFF, 32768, 0, 0, 0, "" } },
    { "gemini-2.5-computer-use", { G_2_5, THINK_BUDGET, 65536, 128, 32768, 0, "" } },
    { "gemini-3-pro", { G_3, THINK_LEVEL, 65536, 0, 0, 0, "low,high" } },
    { "gemini-3-pro-image", { G_3 | CAP_IMAGES, THINK_OFF, 32768, 0, 0, 0, "" } },
    { "gemini-3.1-pro", { G_3, THINK_LEVEL, 65536, 0, 0, 0, "low,medium,high" } },
    { "gemini-3", { G_3, THINK_LEVEL, 65536, 0, 0, 0, all_levels } },
    { "gemini-", { G_3, THINK_LEVEL, 65536, 0, 0, 0, all_levels } },
    { "gemini-pro-latest", { G_3, THINK_LEVEL, 65536, 0, 0, 0, "low,high" } },
    { "gemma-", { 0, THINK_OFF, 8192, 0, 0, 0, "" } },
    { "learnlm-", { 0, THINK_OFF, 8192, 0, 0, 0, "" } },
};

static const struct gemini_caps stranger = { 0, THINK_BUDGET, 0, 1, 32768, 1, all_levels };

struct cp_str gemini_bare_model(struct cp_str model)
{
    for (size_t i = model.n; i > 0; i--)
        if (model.p[i - 1] == '/')
            return (struct cp_str){ model.p + i, model.n - i };
    return model;
}

struct gemini_caps gemini_caps_of(struct cp_str model)
{
    struct gemini_caps caps = stranger;
    size_t longest = 0;

    model = gemini_bare_model(model);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = strlen(table[i].prefix);
        if (n <= longest || !gemini_text_begins(model, table[i].prefix))
            continue;
        longest = n;
        caps = table[i].caps;
    }
    return caps;
}
