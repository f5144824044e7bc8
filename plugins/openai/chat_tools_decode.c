/* SPDX-License-Identifier: MIT */
/*
 * chat_tools_decode - tools, functions, and which of them to use.
 *
 * The legacy pair `functions` and `function_call` means the same thing in older words; it
 * leaves a mark, because its client wants its answer in those words.  A tool of a type that
 * this dialect does not define (servers invent them) stays native.
 */
#include "chat.h"

#include <string.h>

/* {name, description, parameters, strict}, wherever it stood. */
static void function_decode(struct chat_in *d, struct cp_str f, struct cp_str path)
{
    struct cp_str name = J->get(f, "name");
    struct cp_str schema = J->get(f, "parameters");
    struct cp_str strict = J->get(f, "strict");

    if (J->kind(name) != '"' || J->text(d->call, name).n == 0) {
        d->rc =
            H->fail(d->call, CP_E_SYNTAX, "%.*s.name: expected a name", (int)path.n, path.p);
        return;
    }
    if (openai_json_null(schema))
        schema = (struct cp_str){ NULL, 0 };
    else if (!chat_in_expect(d, schema, "{tf", "tools[].function.parameters",
                             "expected a schema"))
        return;
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(TOOL), .name = J->text(d->call, name),
                                       .id = S("function"), .sub = CP_TOOL_FUNCTION,
                                       .meta = openai_json_string(d->call, f, "description"),
                                       .text = schema,
                                       .num = J->kind(strict) == 't'   ? 1
                                              : J->kind(strict) == 'f' ? 0
                                                                       : -1 });
}

/* The grammar without the level that only this dialect has: {"type","syntax","definition"}. */
static struct cp_str format_flat(struct chat_in *d, struct cp_str format)
{
    struct cp_str grammar = J->kind(format) == '{' ? J->get(format, "grammar") : format;
    struct cp_str parts[5] = { S("{\"type\":\"grammar\",\"syntax\":"),
                               { NULL, 0 },
                               S(",\"definition\":"),
                               { NULL, 0 },
                               S("}") };

    if (J->kind(format) != '{')
        return (struct cp_str){ NULL, 0 };
    if (J->kind(grammar) != '{')
        return format;
    parts[1] = J->get(grammar, "syntax");
    parts[3] = J->get(grammar, "definition");
    if (J->kind(parts[1]) != '"' || J->kind(parts[3]) != '"')
        return format;
    return openai_text_join(d->call, parts, 5);
}

static void custom_decode(struct chat_in *d, struct cp_str c, struct cp_str path)
{
    struct cp_str name = J->get(c, "name");
    struct cp_str format = J->get(c, "format");

    if (J->kind(name) != '"' || J->text(d->call, name).n == 0) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%.*s.custom.name: expected a name", (int)path.n,
                        path.p);
        return;
    }
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(TOOL), .name = J->text(d->call, name),
                                       .id = S("custom"), .sub = CP_TOOL_CUSTOM,
                                       .meta = openai_json_string(d->call, c, "description"),
                                       .text = format_flat(d, format), .num = -1 });
}

static void tool_decode(struct chat_in *d, struct cp_str tool, size_t i)
{
    struct cp_str path = openai_text_format(d->call, "tools[%zu]", i);
    struct cp_str type, inner;

    if (path.p == NULL || !chat_in_expect(d, tool, "{", path.p, "expected an object"))
        return;
    type = J->get(tool, "type");
    if (J->is(type, "function")) {
        inner = J->get(tool, "function");
        /* Some clients forget the level of nesting. */
        if (openai_json_null(inner))
            inner = tool;
        if (chat_in_expect(d, inner, "{", path.p, "expected an object in function"))
            function_decode(d, inner, openai_text_format(d->call, "%s.function", path.p));
    } else if (J->is(type, "custom")) {
        inner = J->get(tool, "custom");
        if (openai_json_null(inner))
            inner = tool;
        if (chat_in_expect(d, inner, "{", path.p, "expected an object in custom"))
            custom_decode(d, inner, path);
    } else {
        chat_in_native(d, path, tool);
        return;
    }
    d->can_mark = 1;
    chat_mark_alone(d, tool, path.p);
}

void chat_tools_decode(struct chat_in *d, struct cp_str tools)
{
    struct cp_str tool;
    size_t at = 0;

    if (openai_json_null(tools) || !chat_in_expect(d, tools, "[", "tools", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(d) && J->each(tools, &at, NULL, &tool); i++)
        tool_decode(d, tool, i);
}

void chat_functions_decode(struct chat_in *d, struct cp_str functions)
{
    struct cp_str f;
    size_t at = 0;

    if (openai_json_null(functions) ||
        !chat_in_expect(d, functions, "[", "functions", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(d) && J->each(functions, &at, NULL, &f); i++)
        if (chat_in_expect(d, f, "{", "functions[]", "expected objects"))
            function_decode(d, f, openai_text_format(d->call, "functions[%zu]", i));
}

static void emit_choice(struct chat_in *d, uint32_t sub, struct cp_str name)
{
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = sub, .name = name,
                                       .id = { d->choice, strlen(d->choice) } });
}

static void word_choice(struct chat_in *d, struct cp_str v)
{
    if (J->is(v, "auto"))
        emit_choice(d, CP_AUTO, S(""));
    else if (J->is(v, "none"))
        emit_choice(d, CP_NONE, S(""));
    else if (J->is(v, "required") || J->is(v, "any")) /* "any": Mistral */
        emit_choice(d, CP_ANY, S(""));
    else
        chat_in_native(d, S("tool_choice"), v);
}

/* {"function":{"name":..}}, {"custom":{..}} or flat {"name":..}; absent if it names nothing. */
static struct cp_str chosen_name(struct chat_in *d, struct cp_str v)
{
    struct cp_str inner;

    if (J->kind(v) != '{')
        return (struct cp_str){ NULL, 0 };
    inner = J->get(v, "function");
    if (J->kind(inner) != '{')
        inner = J->get(v, "custom");
    return openai_json_string(d->call, J->kind(inner) == '{' ? inner : v, "name");
}

static void allowed_choice(struct chat_in *d, struct cp_str v)
{
    struct cp_str inner = J->get(v, "allowed_tools");
    struct cp_str tool;
    uint32_t sub;
    size_t at = 0;

    if (J->kind(inner) != '{')
        inner = v;
    sub = J->is(J->get(inner, "mode"), "required") ? CP_AMONG_ANY : CP_AMONG_AUTO;
    inner = J->get(inner, "tools");
    if (!chat_in_expect(d, inner, "[", "tool_choice.allowed_tools.tools", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(d) && J->each(inner, &at, NULL, &tool); i++) {
        struct cp_str name = chosen_name(d, tool);
        if (i == 1024)
            d->rc = H->fail(d->call, CP_E_LIMIT, "tool_choice.allowed_tools.tools: too many");
        if (name.n > 0)
            emit_choice(d, sub, name);
    }
}

void chat_choice_decode(struct chat_in *d, struct cp_str v)
{
    struct cp_str name;

    if (d->choice == NULL)
        d->choice = "tool_choice";
    if (openai_json_null(v) ||
        !chat_in_expect(d, v, "\"{", d->choice, "expected a string or an object"))
        return;
    if (J->kind(v) == '"') {
        word_choice(d, v);
        return;
    }
    if (J->is(J->get(v, "type"), "allowed_tools")) {
        allowed_choice(d, v);
        return;
    }
    name = chosen_name(d, v);
    if (name.n > 0)
        emit_choice(d, CP_NAMED, name);
    else
        chat_in_native(d, S("tool_choice"), v);
}

void chat_function_call_decode(struct chat_in *d, struct cp_str v)
{
    if (openai_json_null(v))
        return;
    /* tool_choice says the same in newer words: it wins if both are there. */
    if (!openai_json_null(chat_in_top(d, "tool_choice"))) {
        H->note(d->call, CP_MAPPED, S("function_call"), "tool_choice says it");
        return;
    }
    d->choice = "function_call";
    chat_choice_decode(d, v);
    d->choice = NULL;
}
