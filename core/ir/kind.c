/* SPDX-License-Identifier: MIT */
/*
 * kind - the words of the tape: names of kinds and of what `sub` may say.
 *
 * One table for the checker, the dump and the messages, so that a kind is called the same
 * wherever a person reads of it.
 */
#include "ir/kind.h"

#include "base/str.h"

struct kind {
    const char *name;
    const char *const *subs; /* by value; [0] is NULL; ends with NULL */
    bool is_json;
};

#define WORDS(...)                                                                             \
    (const char *const[])                                                                      \
    {                                                                                          \
        NULL, __VA_ARGS__, NULL                                                                \
    }
#define TOOL_KINDS WORDS("function", "custom", "client", "hosted")

static const struct kind kinds[KIND_MOST + 1] = {
    [CP_START] = { .name = "START" },
    [CP_PARAM] = { .name = "PARAM", .is_json = true },
    [CP_SYSTEM] = { .name = "SYSTEM", .subs = WORDS("system", "developer") },
    [CP_TOOL] = { .name = "TOOL", .subs = TOOL_KINDS, .is_json = true },
    [CP_TOOL_CHOICE] = { .name = "TOOL_CHOICE",
                         .subs =
                             WORDS("auto", "none", "any", "named", "among_auto", "among_any") },
    [CP_MESSAGE] = { .name = "MESSAGE",
                     .subs = WORDS("user", "assistant", "system", "developer") },
    [CP_TEXT] = { .name = "TEXT", .subs = WORDS("json") },
    [CP_REFUSAL] = { .name = "REFUSAL" },
    [CP_REASONING] = { .name = "REASONING", .subs = WORDS("summary", "raw") },
    [CP_STATE] = { .name = "STATE" },
    [CP_MEDIA] = { .name = "MEDIA",
                   .subs = WORDS("image", "audio", "video", "document", "search_hit", "file") },
    [CP_TOOL_CALL] = { .name = "TOOL_CALL", .subs = TOOL_KINDS },
    [CP_TOOL_RESULT] = { .name = "TOOL_RESULT", .subs = TOOL_KINDS },
    [CP_SERVER_CALL] = { .name = "SERVER_CALL" },
    [CP_SERVER_RESULT] = { .name = "SERVER_RESULT" },
    [CP_CITE] = { .name = "CITE", .is_json = true },
    [CP_CACHE_MARK] = { .name = "CACHE_MARK" },
    [CP_STOP] = { .name = "STOP",
                  .subs = WORDS("turn", "length", "tool", "sequence", "refused", "pause",
                                "context", "malformed", "compaction") },
    [CP_USAGE] = { .name = "USAGE",
                   .subs = WORDS("input", "cache_read", "cache_write_5m", "cache_write_1h",
                                 "input_tools", "output", "reasoning", "searches") },
    [CP_ERROR] = { .name = "ERROR",
                   .subs =
                       WORDS("bad_request", "context_too_long", "auth", "billing", "forbidden",
                             "not_found", "conflict", "too_large", "rate_limit", "overloaded",
                             "timeout", "server", "policy", "stream_cut", "cancelled", "method",
                             "media_type", "headers_too_large") },
    [CP_MODEL] = { .name = "MODEL" },
    [CP_COMPACTION] = { .name = "COMPACTION" },
    [CP_REFERENCE] = { .name = "REFERENCE" },
    [CP_CONTROL] = { .name = "CONTROL", .is_json = true },
    [CP_NATIVE] = { .name = "NATIVE", .is_json = true },
    [CP_AUX] = { .name = "AUX", .is_json = true },
    [CP_END] = { .name = "END" },
};

const char *kind_name(uint32_t kind)
{
    return kind >= 1 && kind <= KIND_MOST ? kinds[kind].name : "?";
}

int kind_by_name(struct cp_str name)
{
    for (int kind = 1; kind <= KIND_MOST; kind++)
        if (str_is(name, kinds[kind].name))
            return kind;
    return 0;
}

static const char *const *kind_subs(uint32_t kind)
{
    return kind <= KIND_MOST ? kinds[kind].subs : NULL;
}

uint32_t kind_sub_most(uint32_t kind)
{
    const char *const *subs = kind_subs(kind);
    uint32_t most = 0;
    while (subs && subs[most + 1])
        most++;
    return most;
}

const char *kind_sub_name(uint32_t kind, uint32_t sub)
{
    return sub <= kind_sub_most(kind) && sub ? kinds[kind].subs[sub] : NULL;
}

uint32_t kind_sub_by_name(uint32_t kind, struct cp_str name)
{
    const char *const *subs = kind_subs(kind);
    for (uint32_t i = 1; subs && subs[i]; i++)
        if (str_is(name, subs[i]))
            return i;
    return 0;
}

bool kind_is_json(uint32_t kind)
{
    return kind <= KIND_MOST && kinds[kind].is_json;
}
