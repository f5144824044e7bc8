/* SPDX-License-Identifier: MIT */
/*
 * refused - what a service of this dialect says it does not know, and can do without.
 *
 *     Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header.
 *     context_management: Extra inputs are not permitted
 *     tools.0.custom.defer_loading: Extra inputs are not permitted
 *     system.1.cache_control.ephemeral.scope: Extra inputs are not permitted
 *
 * New programs meet services that are a few months behind, most of all on rented clouds.  Only what changes nothing of
 * what the client gets may be left out; a misspelled "temprature" stays its writer's error.
 *
 * Sources: the answers of the API, of Bedrock and of Vertex as reported in the issues of Claude Code and of relays,
 * 2025 to 2026-08.
 */
#include "claude.h"

#include <string.h>

enum { PATH_BYTES = 160, FLAG_BYTES = 64 };

/* Members that may be missing; [0] stands for any element. */
static const char *const optional[] = {
    "cache_control",
    "cache_control.scope",
    "cache_control.ttl",
    "context_management",
    "diagnostics",
    "inference_geo",
    "messages[0].content[0].cache_control",
    "messages[0].content[0].cache_control.scope",
    "messages[0].content[0].cache_control.ttl",
    "messages[0].content[0].caller",
    "messages[0].content[0].content[0].cache_control",
    "messages[0].content[0].content[0].cache_control.scope",
    "messages[0].content[0].content[0].cache_control.ttl",
    "metadata",
    "output_config",
    "output_config.effort",
    "output_config.task_budget",
    "safeguards",
    "service_tier",
    "speed",
    "system[0].cache_control",
    "system[0].cache_control.scope",
    "system[0].cache_control.ttl",
    "thinking.display",
    "tools[0].allowed_callers",
    "tools[0].cache_control",
    "tools[0].cache_control.scope",
    "tools[0].cache_control.ttl",
    "tools[0].defer_loading",
    "tools[0].eager_input_streaming",
    "tools[0].input_examples",
    "tools[0].strict",
    "user_profile_id",
};

/* The offset of needle, or n of hay. */
static size_t find(struct cp_str hay, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = 0; i + n <= hay.n; i++)
        if (memcmp(hay.p + i, needle, n) == 0)
            return i;
    return hay.n;
}

static int is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
}

/* The first word in backquotes before the header's name. */
static struct cp_str refused_flag(struct cp_call *call, struct cp_str message)
{
    size_t from = find(message, "Unexpected value(s) `"), n = 0;
    size_t of = find(message, "`anthropic-beta`");

    if (from >= of || of == message.n)
        return NOTHING;
    from += strlen("Unexpected value(s) `");
    while (from + n < of && is_word_byte(message.p[from + n]))
        n++;
    if (n == 0 || n > FLAG_BYTES || message.p[from + n] != '`')
        return NOTHING;
    return claude_format(call, "anthropic-beta: %.*s", (int)n, message.p + from);
}

/* A step that belongs to the body; others name the branch of a union: "custom", "ephemeral". */
static int is_step(struct cp_str step, int is_first, int is_last)
{
    return is_first || is_last || claude_is(step, "content") ||
           claude_is(step, "cache_control");
}

static int is_number(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return 0;
    return s.n > 0;
}

/* "tools.0.custom.defer_loading" to "tools[0].defer_loading"; the length, 0: too long. */
static size_t path_write(struct cp_str dotted, char to[PATH_BYTES])
{
    size_t n = 0;

    for (size_t from = 0; from < dotted.n;) {
        size_t end = from;
        while (end < dotted.n && dotted.p[end] != '.')
            end++;
        struct cp_str step = { dotted.p + from, end - from };
        if (n + step.n + 4 > PATH_BYTES)
            return 0;
        if (is_number(step)) {
            memcpy(to + n, "[0]", 3);
            n += 3;
        } else if (is_step(step, from == 0, end >= dotted.n)) {
            if (n)
                to[n++] = '.';
            memcpy(to + n, step.p, step.n);
            n += step.n;
        }
        from = end + 1;
    }
    return n;
}

static struct cp_str refused_member(struct cp_str message)
{
    size_t end = find(message, ": Extra inputs are not permitted"), from = end;
    char path[PATH_BYTES];

    if (end == message.n)
        return NOTHING;
    while (from > 0 && is_word_byte(message.p[from - 1]))
        from--;
    size_t n = path_write((struct cp_str){ message.p + from, end - from }, path);
    for (size_t i = 0; n && i < sizeof(optional) / sizeof(optional[0]); i++)
        if (claude_is((struct cp_str){ path, n }, optional[i]))
            return (struct cp_str){ optional[i], n };
    return NOTHING;
}

struct cp_str claude_refused(struct cp_call *call, struct cp_str message)
{
    struct cp_str flag = refused_flag(call, message);

    return flag.n ? flag : refused_member(message);
}
