/* SPDX-License-Identifier: MIT */
/*
 * tools_decode - tools and tool_choice of a request.
 *
 * A tool with a schema is a function.  A typed tool is kept as it is spelled: bash, editor,
 * memory, computer and browser are run by the client although they show no schema, all other
 * types by the service.
 */
#include "claude.h"

static int is_run_by_client(struct cp_str type)
{
    static const char *const begin[] = { "bash_", "text_editor_", "memory_", "computer_",
                                         "browser_" };

    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        if (claude_begins(type, begin[i]))
            return 1;
    return 0;
}

static struct cp_str path_of(struct reading *r, int i, struct cp_str key)
{
    return claude_format(r->call, "tools[%d].%.*s", i, (int)key.n, key.p);
}

static void mark_decode(struct reading *r, int i, const struct members *tool)
{
    struct cp_str mark = claude_get(tool, "cache_control");

    if (json->kind(mark) == '{')
        claude_mark_decode(r, mark, claude_format(r->call, "tools[%d]", i));
}

static void typed_decode(struct reading *r, int i, const struct members *tool,
                         struct cp_str type, struct cp_str servers)
{
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(TOOL),
                       .sub = is_run_by_client(type) ? CP_TOOL_CLIENT : CP_TOOL_HOSTED,
                       .text = tool->object,
                       .name = json->text(r->call, claude_get(tool, "name")),
                       .id = type,
                       .meta = claude_is(type, "mcp_toolset")
                                   ? claude_mcp_server(servers, tool->object)
                                   : NOTHING,
                       .num = -1,
                   });
    mark_decode(r, i, tool);
}

static int strict_of(struct cp_str v)
{
    char kind = json->kind(v);

    return kind == 't' ? 1 : kind == 'f' ? 0 : -1;
}

static int is_said(struct cp_str key)
{
    static const char *const words[] = { "name", "description", "input_schema",
                                         "type", "strict",      "cache_control" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (json->is(key, words[i]))
            return 1;
    return 0;
}

static void function_decode(struct reading *r, int i, const struct members *tool,
                            struct cp_str type)
{
    struct cp_str key, v, schema = claude_get(tool, "input_schema");
    struct cp_str name = json->text(r->call, claude_get(tool, "name"));

    if (name.n == 0) {
        r->rc = host->fail(r->call, CP_E_SYNTAX, "tools[%d].name: field required", i);
        return;
    }
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(TOOL),
                       .sub = CP_TOOL_FUNCTION,
                       .text = json->kind(schema) == '{' ? schema : NOTHING,
                       .name = name,
                       .id = type,
                       .meta = json->text(r->call, claude_get(tool, "description")),
                       .num = strict_of(claude_get(tool, "strict")),
                   });
    for (size_t at = 0; r->rc == CP_OK && claude_each(tool, &at, &key, &v);)
        if (!is_said(key) && !claude_is_odd_key(key))
            claude_native_at(r, path_of(r, i, key), v);
    mark_decode(r, i, tool);
}

static void tool_decode(struct reading *r, int i, struct cp_str object, struct cp_str servers)
{
    struct members tool;

    claude_members(&tool, object);
    struct cp_str type = json->text(r->call, claude_get(&tool, "type"));
    if (json->kind(object) != '{')
        r->rc = host->fail(r->call, CP_E_SYNTAX, "tools[%d]: is no object", i);
    else if (type.n && !claude_is(type, "custom"))
        typed_decode(r, i, &tool, type, servers);
    else
        function_decode(r, i, &tool, type);
}

void claude_tools_decode(struct reading *r, struct cp_str tools, struct cp_str servers)
{
    struct cp_str tool;
    int i = 0;

    if (json->kind(tools) != '[') {
        if (json->kind(tools) != 'n')
            claude_refuse(r, "tools", "is a list");
        return;
    }
    for (size_t at = 0; r->rc == CP_OK && json->each(tools, &at, NULL, &tool); i++)
        tool_decode(r, i, tool, servers);
}

static uint32_t choice_of(struct cp_str type)
{
    if (json->is(type, "auto"))
        return CP_AUTO;
    if (json->is(type, "any"))
        return CP_ANY;
    if (json->is(type, "none"))
        return CP_NONE;
    return json->is(type, "tool") ? CP_NAMED : 0;
}

void claude_choice_decode(struct reading *r, struct cp_str choice)
{
    struct cp_str key, v, name = json->text(r->call, json->get(choice, "name"));
    uint32_t sub = choice_of(json->get(choice, "type"));

    if (!sub || (sub == CP_NAMED && name.n == 0)) {
        claude_native_at(r, S("tool_choice"), choice);
        return;
    }
    claude_emit(r, &(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = sub, .id = S("tool_choice"),
                                      .name = sub == CP_NAMED ? name : NOTHING });
    for (size_t at = 0; r->rc == CP_OK && json->each(choice, &at, &key, &v);) {
        char kind = json->kind(v);
        if (json->is(key, "type") || (sub == CP_NAMED && json->is(key, "name")))
            continue;
        if (json->is(key, "disable_parallel_tool_use") && (kind == 't' || kind == 'f'))
            claude_emit(r, &(struct cp_item){ CP_ITEM(PARAM),
                                              .text = kind == 't' ? S("false") : S("true"),
                                              .id = S("tool_choice.disable_parallel_tool_use"),
                                              .name = S("parallel_tools") });
        else if (!claude_is_odd_key(key))
            claude_native_at(r, claude_format(r->call, "tool_choice.%.*s", (int)key.n, key.p),
                             v);
    }
}
