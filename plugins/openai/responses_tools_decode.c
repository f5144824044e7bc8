/* SPDX-License-Identifier: MIT */
/*
 * responses_tools_decode - tools, tools of namespaces, and which of them to use.
 *
 * A namespace is taken apart: each of its tools is one of the request, under a name that says
 * where it belongs.  What a tool has beside name, prose, schema and strictness is kept as
 * natives.
 */
#include "responses.h"

#include <string.h>

struct place { /* where a tool stands */
    const char *path;
    uint32_t index;
    struct cp_str space; /* its namespace; absent: none */
};

struct cp_str responses_flat_name(struct cp_call *call, struct cp_str space, struct cp_str name)
{
    struct cp_str parts[3] = { space, S("__"), name };

    if (space.n == 0 || openai_text_is(space, "functions"))
        return name;
    return openai_text_join(call, parts, 3);
}

static struct cp_str wire_type(struct responses_in *r, const struct place *at,
                               const char *plain)
{
    struct cp_str parts[2] = { S("namespace:"), at->space };

    if (at->space.p == NULL)
        return (struct cp_str){ plain, strlen(plain) };
    return openai_text_join(r->d.call, parts, 2);
}

static void named_decode(struct responses_in *r, struct cp_str tool, const struct place *at,
                         int is_custom)
{
    static const char *const known[] = { "type",       "name",   "description",
                                         "parameters", "strict", NULL };
    static const char *const known_custom[] = { "type", "name", "description", "format", NULL };
    struct cp_str schema = J->get(tool, is_custom ? "format" : "parameters");
    struct cp_str strict = is_custom ? (struct cp_str){ NULL, 0 } : J->get(tool, "strict");
    struct cp_item it = { CP_ITEM(TOOL),
                          .index = at->index,
                          .sub = is_custom ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION,
                          .id = wire_type(r, at, is_custom ? "custom" : "function"),
                          .name = openai_json_string(r->d.call, tool, "name"),
                          .meta = openai_json_string(r->d.call, tool, "description"),
                          .text =
                              openai_json_null(schema) ? (struct cp_str){ NULL, 0 } : schema };

    if (it.name.n == 0) {
        r->d.rc = H->fail(r->d.call, CP_E_SYNTAX, "%s.name: expected a name", at->path);
        return;
    }
    if (it.text.p != NULL && !chat_in_expect(&r->d, schema, is_custom ? "{" : "{tf", at->path,
                                             is_custom ? "format: expected an object"
                                                       : "parameters: expected a schema"))
        return;
    it.name = responses_flat_name(r->d.call, at->space, it.name);
    it.num = J->kind(strict) == 't' ? 1 : J->kind(strict) == 'f' ? 0 : -1;
    chat_in_emit(&r->d, &it);
    responses_rest_decode(&r->d, tool, at->path, is_custom ? known_custom : known);
}

/* Names that the other dialects have for the same tools. */
static struct cp_str hosted_name(struct cp_str type)
{
    if (openai_text_begins(type, "web_search"))
        return S("web_search");
    if (openai_text_is(type, "code_interpreter"))
        return S("code_execution");
    if (openai_text_begins(type, "computer"))
        return S("computer");
    return type;
}

/* Run by the client, with arguments that only their maker has documented. */
static int is_client_tool(struct cp_str type)
{
    return openai_text_is(type, "local_shell") || openai_text_is(type, "shell") ||
           openai_text_is(type, "apply_patch") || openai_text_begins(type, "computer");
}

static void tool_decode(struct responses_in *r, struct cp_str tool, const struct place *at);

static void space_decode(struct responses_in *r, struct cp_str tool, const struct place *at)
{
    static const char *const known[] = { "type", "name", "tools", NULL };
    static const char *const known_mute[] = { "type", "name", "tools", "description", NULL };
    struct cp_str name = openai_json_string(r->d.call, tool, "name");
    struct cp_str list = J->get(tool, "tools"), one;
    size_t next = 0;

    if (name.n == 0) {
        r->d.rc = H->fail(r->d.call, CP_E_SYNTAX, "%s.name: expected a name", at->path);
        return;
    }
    if (!chat_in_expect(&r->d, list, "[", at->path, "tools: expected an array"))
        return;
    for (uint32_t i = 0; chat_in_going(&r->d) && J->each(list, &next, NULL, &one); i++) {
        struct cp_str path =
            openai_text_format(r->d.call, "%s.tools[%u]", at->path, (unsigned)i);
        struct place inner = { path.p, at->index + (i % 0x1fff + 1) * RESPONSES_TOOL_NESTED,
                               name };
        if (path.p == NULL || at->space.p != NULL)
            r->d.rc = H->fail(r->d.call, CP_E_LIMIT, "%s: too deep", at->path);
        else
            tool_decode(r, one, &inner);
    }
    responses_rest_decode(&r->d, tool, at->path,
                          J->is(J->get(tool, "description"), "") ? known_mute : known);
}

static void tool_decode(struct responses_in *r, struct cp_str tool, const struct place *at)
{
    struct cp_str type;

    if (!chat_in_expect(&r->d, tool, "{", at->path, "expected an object"))
        return;
    type = J->get(tool, "type");
    if (!chat_in_expect(&r->d, type, "\"", at->path, "type: expected a string"))
        return;
    r->has_tools = 1;
    if (J->is(type, "function") || J->is(type, "custom")) {
        named_decode(r, tool, at, J->is(type, "custom"));
        return;
    }
    if (J->is(type, "namespace")) {
        space_decode(r, tool, at);
        return;
    }
    type = J->text(r->d.call, type);
    chat_in_emit(&r->d, &(struct cp_item){
                            CP_ITEM(TOOL), .index = at->index,
                            .sub = is_client_tool(type) ? CP_TOOL_CLIENT : CP_TOOL_HOSTED,
                            .name = hosted_name(type), .id = type, .text = tool, .num = -1 });
}

void responses_tools_decode(struct responses_in *r, struct cp_str tools, const char *path,
                            uint32_t flags)
{
    struct cp_str tool;
    size_t next = 0;

    if (openai_json_null(tools) ||
        !chat_in_expect(&r->d, tools, "[", path, "expected an array"))
        return;
    for (uint32_t i = 0; chat_in_going(&r->d) && J->each(tools, &next, NULL, &tool); i++) {
        struct cp_str where = openai_text_format(r->d.call, "%s[%u]", path, (unsigned)i);
        struct place at = { where.p, (i & RESPONSES_TOOL_AT) | flags, { NULL, 0 } };
        if (where.p == NULL)
            r->d.rc = CP_E_LIMIT;
        else
            tool_decode(r, tool, &at);
    }
}

/* ---- choice ------------------------------------------------------------------------------ */

static void emit_choice(struct responses_in *r, uint32_t sub, struct cp_str name,
                        struct cp_str path)
{
    chat_in_emit(
        &r->d, &(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = sub, .name = name, .id = path });
}

/* A function or custom tool by its name, a hosted one by its type; absent: neither. */
static struct cp_str chosen_name(struct responses_in *r, struct cp_str v)
{
    struct cp_call *call = r->d.call;
    struct cp_str type = openai_json_string(call, v, "type");
    struct cp_str name = openai_json_string(call, v, "name");

    if (openai_text_is(type, "mcp"))
        return (struct cp_str){ NULL, 0 };
    if (name.n > 0)
        return responses_flat_name(call, openai_json_string(call, v, "namespace"), name);
    return type.p == NULL || openai_text_is(type, "function") || openai_text_is(type, "custom")
               ? (struct cp_str){ NULL, 0 }
               : hosted_name(type);
}

static void allowed_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str mode = J->get(v, "mode"), list = J->get(v, "tools"), one;
    uint32_t sub = J->is(mode, "required") ? CP_AMONG_ANY : CP_AMONG_AUTO;
    size_t next = 0;

    if (!openai_json_null(mode) && !J->is(mode, "required") && !J->is(mode, "auto")) {
        r->d.rc =
            H->fail(r->d.call, CP_E_SYNTAX, "tool_choice.mode: neither auto nor required");
        return;
    }
    if (!chat_in_expect(&r->d, list, "[", "tool_choice.tools", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(&r->d) && J->each(list, &next, NULL, &one); i++) {
        struct cp_str name =
            J->kind(one) == '{' ? chosen_name(r, one) : (struct cp_str){ NULL, 0 };
        struct cp_str path = openai_text_format(r->d.call, "tool_choice.tools[%zu]", i);
        if (name.n > 0)
            emit_choice(r, sub, name, path);
        else if (path.p != NULL)
            responses_native(&r->d, path.p, one);
    }
}

void responses_choice_decode(struct responses_in *r, struct cp_str v)
{
    struct cp_str name;

    if (openai_json_null(v) ||
        !chat_in_expect(&r->d, v, "\"{", "tool_choice", "expected a string or an object"))
        return;
    if (J->is(v, "auto") || J->is(v, "none") || J->is(v, "required")) {
        emit_choice(r,
                    J->is(v, "auto")   ? CP_AUTO
                    : J->is(v, "none") ? CP_NONE
                                       : CP_ANY,
                    S(""), S("tool_choice"));
        return;
    }
    if (J->kind(v) == '{' && J->is(J->get(v, "type"), "allowed_tools")) {
        allowed_decode(r, v);
        return;
    }
    name = J->kind(v) == '{' ? chosen_name(r, v) : (struct cp_str){ NULL, 0 };
    if (name.n > 0)
        emit_choice(r, CP_NAMED, name, S("tool_choice"));
    else
        responses_native(&r->d, "tool_choice", v);
}

/* ---- names of answers -------------------------------------------------------------------- */

static int space_split(struct cp_call *call, struct cp_str tool, struct cp_str name,
                       struct cp_str *space, struct cp_str *bare)
{
    struct cp_str one, own = openai_json_string(call, tool, "name");
    size_t next = 0;

    while (J->kind(J->get(tool, "tools")) == '[' &&
           J->each(J->get(tool, "tools"), &next, NULL, &one)) {
        struct cp_str inner = openai_json_string(call, one, "name");
        if (inner.n == 0 || !openai_text_same(responses_flat_name(call, own, inner), name))
            continue;
        *space = openai_text_is(own, "functions") ? (struct cp_str){ NULL, 0 } : own;
        *bare = inner;
        return 1;
    }
    return 0;
}

static int list_split(struct cp_call *call, struct cp_str tools, struct cp_str name,
                      struct cp_str *space, struct cp_str *bare)
{
    struct cp_str tool;
    size_t next = 0;

    while (J->kind(tools) == '[' && J->each(tools, &next, NULL, &tool))
        if (J->kind(tool) == '{' && J->is(J->get(tool, "type"), "namespace") &&
            space_split(call, tool, name, space, bare))
            return 1;
    return 0;
}

int responses_split_name(struct cp_call *call, struct cp_str name, struct cp_str *space,
                         struct cp_str *bare)
{
    struct cp_str input, item;
    size_t next = 0;

    if (J->kind(call->request) != '{')
        return 0;
    if (list_split(call, J->get(call->request, "tools"), name, space, bare))
        return 1;
    input = J->get(call->request, "input");
    while (J->kind(input) == '[' && J->each(input, &next, NULL, &item))
        if (J->kind(item) == '{' && J->is(J->get(item, "type"), "additional_tools") &&
            list_split(call, J->get(item, "tools"), name, space, bare))
            return 1;
    return 0;
}
