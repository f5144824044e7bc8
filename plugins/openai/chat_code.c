/* SPDX-License-Identifier: MIT */
/*
 * chat_code - programs that a service ran, and what they printed, as fenced text.
 *
 *     Gemini      {"language","code"}, {"outcome","output"}
 *     Claude      {"code"} or {"command"}, {"stdout","stderr"}
 *     Responses   {"code","outputs":[{"type":"logs","logs"}]}
 *
 * This dialect has no other place for them, and the words after them often mean nothing without.
 */
#include "chat.h"

#include <string.h>

static int ends_with(struct cp_str s, const char *end)
{
    size_t n = strlen(end);

    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

int chat_code_is(const struct cp_item *it)
{
    if (it->kind == CP_SERVER_CALL)
        return openai_text_begins(it->name, "code_") || ends_with(it->name, "_code_execution");
    return it->kind == CP_SERVER_RESULT && (openai_text_is(it->name, "codeExecutionResult") ||
                                            ends_with(it->name, "code_execution_tool_result"));
}

/* On a line of its own, whatever stands before it. */
static struct cp_str fence(struct cp_call *call, const char *language, struct cp_str text)
{
    int is_long = openai_text_find(text, "```") != 0;
    struct cp_str mark = is_long ? S("\n````") : S("\n```");
    int has_end = text.n > 0 && text.p[text.n - 1] == '\n';
    struct cp_str parts[7] = {
        mark,   { language, strlen(language) }, S("\n"),
        text,   has_end ? S("") : S("\n"),      { mark.p + 1, mark.n - 1 },
        S("\n")
    };

    return openai_text_join(call, parts, 7);
}

static struct cp_str program(struct cp_call *call, struct cp_str input)
{
    struct cp_str code = openai_json_string(call, input, "code"), all, one;
    struct cp_str outputs = J->get(input, "outputs");
    int is_shell = code.p == NULL;
    size_t at = 0;

    if (is_shell)
        code = openai_json_string(call, input, "command");
    all = code.n > 0 ? fence(call, is_shell ? "bash" : "python", code) : S("");
    while (J->kind(outputs) == '[' && J->each(outputs, &at, NULL, &one)) {
        struct cp_str logs = openai_json_string(call, one, "logs");
        struct cp_str parts[2] = { all, fence(call, "", logs) };
        if (logs.n > 0)
            all = openai_text_join(call, parts, 2);
    }
    return all;
}

static struct cp_str printed(struct cp_call *call, struct cp_str result)
{
    static const char *const names[] = { "stdout", "stderr", "output" };
    struct cp_str parts[3], text;

    for (size_t i = 0; i < 3; i++)
        parts[i] = openai_json_string(call, result, names[i]);
    text = openai_text_join(call, parts, 3);
    return text.n > 0 ? fence(call, "", text) : S("");
}

struct cp_str chat_code_take(struct cp_call *call, struct chat_code *code,
                             const struct cp_item *it)
{
    struct cp_str parts[2], text;

    if ((it->flags & CP_OPEN) != 0) {
        code->is_code = chat_code_is(it);
        code->index = it->index;
        code->held = S("");
    }
    if (!code->is_code || code->index != it->index)
        return S("");
    parts[0] = code->held;
    parts[1] = it->text;
    code->held = openai_text_join(call, parts, 2);
    if ((it->flags & CP_CLOSE) == 0)
        return S("");
    code->is_code = 0;
    text = openai_text_trim(code->held);
    if (J->check(call, text) != CP_OK || J->kind(text) != '{')
        return S("");
    return it->kind == CP_SERVER_CALL ? program(call, text) : printed(call, text);
}
