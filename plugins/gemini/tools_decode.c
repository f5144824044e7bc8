/* SPDX-License-Identifier: MIT */
/*
 * tools_decode - tools and toolConfig of a request.
 *
 * One Tool object may hold functions and hosted tools side by side; on the tape each is one item,
 * and a hosted one is the object it would be if it stood alone.
 */
#include "request.h"

#include <string.h>

/* ---- functions ----------------------------------------------------------------------------------- */

static struct cp_str schema_of(struct reading *r, struct cp_str f, struct cp_str path)
{
    struct cp_str schema = gemini_member(f, "parametersJsonSchema");
    struct cp_str parts[2] = { path, S(".parameters") };

    if (schema.p == NULL) {
        schema = gemini_member(f, "parameters");
        if (schema.p != NULL && J->kind(schema) == '{')
            return gemini_schema_read(r->call, schema);
    }
    if (schema.p != NULL && J->kind(schema) != '{')
        (void)reading_refuse(r, gemini_text_join(r->call, parts, 2), "expected a schema");
    return schema;
}

static int is_said(struct cp_str key)
{
    static const char *const names[] = { "name", "description", "parameters",
                                         "parametersJsonSchema" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (gemini_key_is(key, names[i]))
            return 1;
    return 0;
}

static void function_decode(struct reading *r, struct cp_str f, struct cp_str path, int tool)
{
    struct cp_str parts[2] = { path, S(".name") }, key, v;
    struct cp_item it = { CP_ITEM(TOOL), .id = S("function"), .sub = CP_TOOL_FUNCTION,
                          .num = -1, .index = (uint32_t)tool };
    size_t at = 0;

    if (J->kind(f) != '{') {
        (void)reading_refuse(r, path, "expected an object");
        return;
    }
    it.name = gemini_member_text(r->call, f, "name");
    it.meta = gemini_member_text(r->call, f, "description");
    if (it.name.n == 0) {
        (void)reading_refuse(r, gemini_text_join(r->call, parts, 2), "expected a name");
        return;
    }
    it.text = schema_of(r, f, path);
    reading_emit(r, &it);
    while (r->rc == CP_OK && J->each(f, &at, &key, &v))
        if (!is_said(key))
            reading_member(r, path, key, v);
}

static void functions_decode(struct reading *r, struct cp_str list, int tool)
{
    struct cp_str f;
    size_t at = 0;

    if (J->kind(list) != '[') {
        (void)reading_refuse(
            r, gemini_text_format(r->call, "tools[%d].functionDeclarations", tool),
            "expected an array");
        return;
    }
    for (int i = 0; r->rc == CP_OK && J->each(list, &at, NULL, &f); i++)
        function_decode(
            r, f, gemini_text_format(r->call, "tools[%d].functionDeclarations[%d]", tool, i),
            tool);
}

/* ---- hosted tools ----------------------------------------------------------------------------------- */

/* source: Tool of the Gemini API reference, as of 2026-08 */
static const char *const hosted[] = { "googleSearch",  "googleSearchRetrieval", "urlContext",
                                      "codeExecution", "computerUse",           "fileSearch",
                                      "googleMaps",    "enterpriseWebSearch",   "retrieval" };

static struct cp_str hosted_name(struct cp_str key)
{
    for (size_t i = 0; i < sizeof(hosted) / sizeof(hosted[0]); i++)
        if (gemini_key_is(key, hosted[i]))
            return (struct cp_str){ hosted[i], strlen(hosted[i]) };
    return NOTHING;
}

static void hosted_decode(struct reading *r, struct cp_str name, struct cp_str v)
{
    struct cp_str parts[5] = { S("{\""), name, S("\":"), v, S("}") };

    reading_emit(r, &(struct cp_item){ CP_ITEM(TOOL), .name = gemini_hosted_word(name),
                                       .id = name, .sub = CP_TOOL_HOSTED, .num = -1,
                                       .text = gemini_text_join(r->call, parts, 5) });
}

static void tool_decode(struct reading *r, struct cp_str tool, int i)
{
    struct cp_str path = gemini_text_format(r->call, "tools[%d]", i), key, v, name;
    size_t at = 0;

    if (J->kind(tool) != '{') {
        (void)reading_refuse(r, path, "expected an object");
        return;
    }
    while (r->rc == CP_OK && J->each(tool, &at, &key, &v)) {
        if (J->kind(v) == 'n')
            continue;
        name = hosted_name(key);
        if (gemini_key_is(key, "functionDeclarations"))
            functions_decode(r, v, i);
        else if (name.p != NULL && J->kind(v) == '{')
            hosted_decode(r, name, v);
        else
            reading_member(r, path, key, v);
    }
}

void gemini_tools_decode(struct reading *r, struct cp_str tools)
{
    struct cp_str tool;
    size_t at = 0;

    if (J->kind(tools) == '{') {
        tool_decode(r, tools, 0);
        return;
    }
    if (J->kind(tools) != '[') {
        (void)reading_refuse(r, S("tools"), "expected an array");
        return;
    }
    for (int i = 0; r->rc == CP_OK && J->each(tools, &at, NULL, &tool); i++)
        tool_decode(r, tool, i);
}

/* ---- which of them -------------------------------------------------------------------------------------- */

static void emit_choice(struct reading *r, uint32_t sub, struct cp_str name)
{
    reading_emit(
        r, &(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = sub, .name = name, .id = r->key });
}

static void names_decode(struct reading *r, struct cp_str names, uint32_t sub)
{
    struct cp_str name;
    size_t at = 0;

    for (int i = 0; r->rc == CP_OK && J->each(names, &at, NULL, &name); i++) {
        struct cp_str text = J->text(r->call, name);
        if (text.n == 0 || i == 1024)
            (void)reading_refuse(r, S("toolConfig.functionCallingConfig.allowedFunctionNames"),
                                 i == 1024 ? "too many" : "expected names");
        else
            emit_choice(r, sub, text);
    }
}

static size_t count(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0, n = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        n++;
    return n;
}

/* VALIDATED has no word of its own on the tape: it is "auto" that keeps to the schemas. */
static void mode_decode(struct reading *r, struct cp_str mode, struct cp_str names)
{
    size_t n = count(names);

    if (n > 0 && (J->is(mode, "AUTO") || J->is(mode, "NONE")))
        H->note(r->call, CP_DROPPED, S("toolConfig.functionCallingConfig.allowedFunctionNames"),
                "they count with ANY and VALIDATED only");
    if (J->is(mode, "AUTO") || J->is(mode, "1"))
        emit_choice(r, CP_AUTO, S(""));
    else if (J->is(mode, "NONE") || J->is(mode, "3"))
        emit_choice(r, CP_NONE, S(""));
    else if (J->is(mode, "ANY") || J->is(mode, "2")) {
        if (n == 0)
            emit_choice(r, CP_ANY, S(""));
        else
            names_decode(r, names, n == 1 ? CP_NAMED : CP_AMONG_ANY);
    } else if (J->is(mode, "VALIDATED") || J->is(mode, "4")) {
        if (n > 0) {
            names_decode(r, names, CP_AMONG_AUTO);
            return;
        }
        emit_choice(r, CP_AUTO, S(""));
        reading_native(r, S("toolConfig.functionCallingConfig.mode"),
                       J->is(mode, "4") ? S("\"VALIDATED\"") : mode);
    } else if (mode.p != NULL && !J->is(mode, "MODE_UNSPECIFIED") && !J->is(mode, "0")) {
        reading_native(r, S("toolConfig.functionCallingConfig.mode"), mode);
    }
}

static void calling_decode(struct reading *r, struct cp_str config)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(config) != '{') {
        (void)reading_refuse(r, S("toolConfig.functionCallingConfig"), "expected an object");
        return;
    }
    mode_decode(r, gemini_member(config, "mode"),
                gemini_member(config, "allowedFunctionNames"));
    while (r->rc == CP_OK && J->each(config, &at, &key, &v))
        if (!gemini_key_is(key, "mode") && !gemini_key_is(key, "allowedFunctionNames"))
            reading_member(r, S("toolConfig.functionCallingConfig"), key, v);
}

void gemini_choice_decode(struct reading *r, struct cp_str config)
{
    struct cp_str holder = r->key, key, v;
    size_t at = 0;

    if (J->kind(config) != '{') {
        (void)reading_refuse(r, S("toolConfig"), "expected an object");
        return;
    }
    while (r->rc == CP_OK && J->each(config, &at, &key, &v)) {
        if (gemini_key_is(key, "functionCallingConfig") && J->kind(v) != 'n') {
            r->key = reading_below(r, holder, key);
            calling_decode(r, v);
        } else {
            reading_member(r, S("toolConfig"), key, v);
        }
    }
}
