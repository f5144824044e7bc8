/* SPDX-License-Identifier: MIT */
/*
 * tools_encode - tools of a tape, and which of them to use.
 *
 * All functions go into one Tool object; hosted tools stand behind it, one each.  Models before
 * Gemini 3 refuse functions beside hosted tools: then the functions stay.  A free-text tool is
 * sent as a function with one string; tools that a maker knows by name only (bash, text editor,
 * memory) are spelled out as functions with the arguments that their maker documents.
 */
#include "request.h"

#include <string.h>

#define INPUT_SCHEMA                                                                           \
    "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},"                   \
    "\"required\":[\"input\"]}"

/* source: Anthropic's pages on the bash, text editor and memory tools, as of 2026-08 */
static const struct {
    const char *wire_type, *prose, *schema;
} client_tools[] = {
    { "bash_", "Run a command in a persistent bash session; restart starts a new one.",
      "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"},"
      "\"restart\":{\"type\":\"boolean\"}}}" },
    { "text_editor_", "View, create and edit text files.",
      "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\","
      "\"enum\":[\"view\",\"create\",\"str_replace\",\"insert\"]},"
      "\"path\":{\"type\":\"string\"},"
      "\"file_text\":{\"type\":\"string\"},\"old_str\":{\"type\":\"string\"},"
      "\"new_str\":{\"type\":\"string\"},\"insert_line\":{\"type\":\"integer\"},"
      "\"insert_text\":{\"type\":\"string\"},\"view_range\":{\"type\":\"array\","
      "\"items\":{\"type\":\"integer\"}}},\"required\":[\"command\",\"path\"]}" },
    { "memory_", "Keep notes in files below /memories.",
      "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\","
      "\"enum\":[\"view\",\"create\",\"str_replace\",\"insert\",\"delete\",\"rename\"]},"
      "\"path\":{\"type\":\"string\"},\"file_text\":{\"type\":\"string\"},"
      "\"old_str\":{\"type\":\"string\"},\"new_str\":{\"type\":\"string\"},"
      "\"insert_line\":{\"type\":\"integer\"},\"insert_text\":{\"type\":\"string\"},"
      "\"view_range\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
      "\"old_path\":{\"type\":\"string\"},\"new_path\":{\"type\":\"string\"}},"
      "\"required\":[\"command\"]}" },
};

static int client_tool(const struct cp_item *it)
{
    for (int i = 0; i < (int)(sizeof(client_tools) / sizeof(client_tools[0])); i++)
        if (gemini_text_begins(it->id, client_tools[i].wire_type))
            return i;
    return -1;
}

/* ---- hosted tools ------------------------------------------------------------------------------------- */

static const struct {
    const char *begins, *tool;
} hosted[] = {
    { "web_search", "googleSearch" },
    { "web_fetch", "urlContext" },
    { "code_execution", "codeExecution" },
    { "code_interpreter", "codeExecution" },
    { "image_generation", "" }, /* no tool here, but a modality */
};

/* "googleSearch"; "": the modality of images; NULL: the service has no such tool. */
static const char *hosted_of(const struct cp_item *it)
{
    struct cp_str word = it->id.n > 0 ? it->id : it->name;

    for (size_t i = 0; i < sizeof(hosted) / sizeof(hosted[0]); i++)
        if (gemini_text_begins(word, hosted[i].begins))
            return hosted[i].tool;
    return NULL;
}

/* {"googleSearch":{..}} as a client of ours spelled it. */
static int is_own_spelling(const struct cp_item *it)
{
    return it->id.n > 0 && J->kind(it->text) == '{' &&
           gemini_text_same(gemini_hosted_word(it->id), it->name) &&
           gemini_member(it->text, "type").p == NULL && hosted_of(it) == NULL;
}

/* ---- what is sent ---------------------------------------------------------------------------------------- */

static int is_function(const struct cp_item *it)
{
    if (it->sub == CP_TOOL_CLIENT)
        return client_tool(it) >= 0;
    return it->sub == CP_TOOL_FUNCTION || it->sub == CP_TOOL_CUSTOM;
}

static const struct cp_item *head_item(const struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);

    return it == NULL || it->kind == CP_MESSAGE ? NULL : it;
}

/* Of tools with one name the last counts. */
static int is_sent(const struct writing *w, uint32_t i, const struct cp_item *it)
{
    return it->kind == CP_TOOL && is_function(it) && *names_at(&w->tool_at, it->name) == i;
}

static int is_hosted_sent(const struct writing *w, const struct cp_item *it)
{
    const char *tool;

    if (it->kind != CP_TOOL || it->sub != CP_TOOL_HOSTED)
        return 0;
    if (w->has_functions && (w->caps.flags & CAP_TOOLS_MIXED) == 0)
        return 0;
    tool = hosted_of(it);
    return is_own_spelling(it) || (tool != NULL && tool[0] != '\0');
}

static int is_image_tool(const struct writing *w, const struct cp_item *it)
{
    const char *tool = it->kind == CP_TOOL && it->sub == CP_TOOL_HOSTED ? hosted_of(it) : NULL;

    return tool != NULL && tool[0] == '\0' && (w->caps.flags & CAP_IMAGES) != 0;
}

static void unsent_note(struct writing *w, const struct cp_item *it)
{
    if (it->sub == CP_TOOL_CLIENT && gemini_text_begins(it->id, "computer"))
        (void)writing_fail(w, "a computer cannot be used through this service: ", it->id);
    else if (it->sub == CP_TOOL_CLIENT)
        writing_note(w, CP_DROPPED, it, "a tool whose arguments only its maker knows");
    else if (it->sub != CP_TOOL_HOSTED)
        writing_note(w, CP_DROPPED, it, "a later tool has its name");
    else if (is_own_spelling(it) || hosted_of(it) != NULL)
        writing_note(w, CP_DROPPED, it, "the model does not have this tool beside functions");
    else
        writing_note(w, CP_DROPPED, it, "a hosted tool that this service does not have");
}

/* The hosted tool that the choice forces, if the service has it; NULL: it forces none. */
static const struct cp_item *forced_hosted(const struct writing *w)
{
    const struct cp_item *it, *choice = NULL;

    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++)
        if (it->kind == CP_TOOL_CHOICE && it->sub == CP_NAMED)
            choice = it;
    for (uint32_t i = 0; choice != NULL && (it = head_item(w, i)) != NULL; i++)
        if (it->kind == CP_TOOL && it->sub == CP_TOOL_HOSTED &&
            gemini_text_same(it->name, choice->name))
            return it;
    return NULL;
}

/* Where functions and hosted tools exclude each other, a hosted one that is forced wins. */
static void functions_yield(struct writing *w)
{
    const struct cp_item *forced = forced_hosted(w), *it;

    if (forced == NULL || !w->has_functions || (w->caps.flags & CAP_TOOLS_MIXED) != 0)
        return;
    w->has_functions = 0;
    if (!is_hosted_sent(w, forced)) {
        w->has_functions = 1;
        return;
    }
    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++)
        if (it->kind == CP_TOOL && is_function(it)) {
            *names_at(&w->tool_at, it->name) = 0;
            writing_note(w, CP_DROPPED, it,
                         "the model takes no functions beside a hosted tool");
        }
}

void gemini_tools_plan(struct writing *w)
{
    const struct cp_item *it;
    size_t n = 0;

    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++)
        n += it->kind == CP_TOOL || it->kind == CP_TOOL_CHOICE;
    if (!names_init(w->call, &w->tool_at, n)) {
        w->rc = CP_E_LIMIT;
        return;
    }
    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++)
        if (it->kind == CP_TOOL && is_function(it)) {
            *names_at(&w->tool_at, it->name) = i;
            w->has_functions = 1;
        }
    functions_yield(w);
    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++) {
        if (it->kind != CP_TOOL)
            continue;
        w->has_hosted |= is_hosted_sent(w, it);
        w->wants_images |= is_image_tool(w, it);
        if (is_function(it) && !w->has_functions)
            continue; /* told already */
        if (!is_sent(w, i, it) && !is_hosted_sent(w, it) && !is_image_tool(w, it))
            unsent_note(w, it);
    }
}

/* ---- functions ------------------------------------------------------------------------------------------- */

static int is_empty_object(struct cp_str schema)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(schema) != '{')
        return 1;
    while (J->each(schema, &at, &key, &v)) {
        size_t inner = 0;
        struct cp_str name, property;
        if (J->is(key, "properties") && J->each(v, &inner, &name, &property))
            return 0;
        if (J->is(key, "$ref") || J->is(key, "allOf") || J->is(key, "anyOf") ||
            J->is(key, "oneOf") || J->is(key, "patternProperties") ||
            (J->is(key, "additionalProperties") && J->kind(v) != 'f'))
            return 0;
    }
    return 1;
}

static void schema_encode(struct writing *w, const struct cp_item *it, struct cp_str schema,
                          struct cp_str name)
{
    const char *lost = NULL;

    if (is_empty_object(schema)) { /* no arguments: an object without properties is refused */
        if (schema.n > 0)
            writing_note(w, CP_MAPPED, it, "a function without parameters");
        return;
    }
    if (!w->is_openapi) {
        writing_key_raw(w, "parametersJsonSchema", gemini_schema_plain(w->call, schema));
        return;
    }
    schema = gemini_schema_clean(w->call, schema, name, &lost);
    if (lost != NULL)
        writing_note(w, CP_APPROXIMATED, it, lost);
    if (schema.p != NULL)
        writing_key_raw(w, "parameters", schema);
    else
        writing_note(w, CP_APPROXIMATED, it, "arguments without names cannot be described");
}

static void function_head(struct writing *w, struct cp_str name, struct cp_str prose)
{
    writing_key_text(w, "name", name);
    if (prose.p != NULL)
        writing_key_text(w, "description", prose);
}

static void custom_encode(struct writing *w, const struct cp_item *it, struct cp_str name)
{
    struct cp_str grammar = J->kind(it->text) == '{' ? it->text : NOTHING, prose = it->meta;

    if (J->kind(J->get(grammar, "grammar")) == '{')
        grammar = J->get(grammar, "grammar");
    if (J->kind(J->get(grammar, "definition")) == '"') {
        struct cp_str parts[5] = { it->meta, S("\n\nThe input must match this grammar ("),
                                   J->text(w->call, J->get(grammar, "syntax")), S("):\n"),
                                   J->text(w->call, J->get(grammar, "definition")) };
        prose = gemini_text_join(w->call, parts, 5);
    }
    writing_note(w, CP_MAPPED, it, "a tool of free text is a function of one string here");
    gemini_custom_note(w->call, name);
    function_head(w, name, prose);
    schema_encode(w, it, S(INPUT_SCHEMA), name);
}

/* Where a function stood: in which Tool object, and which of its functions it was. */
struct place {
    uint32_t tool, at;
};

static int number_read(struct cp_str *rest, uint32_t *n)
{
    size_t i = 0;

    for (*n = 0; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9' && *n < 1000000; i++)
        *n = *n * 10 + (uint32_t)(rest->p[i] - '0');
    *rest = (struct cp_str){ rest->p + i, rest->n - i };
    return i > 0;
}

/* Of "tools[0].functionDeclarations[7].response"; 0: it is another path. */
static int place_read(const struct cp_item *it, struct place *place)
{
    static const char begin[] = "tools[", middle[] = "].functionDeclarations[";
    struct cp_str rest = it->name;

    if (!writing_is_native(it, begin))
        return 0;
    rest = (struct cp_str){ rest.p + sizeof(begin) - 1, rest.n - (sizeof(begin) - 1) };
    if (!number_read(&rest, &place->tool) || !gemini_text_begins(rest, middle))
        return 0;
    rest = (struct cp_str){ rest.p + sizeof(middle) - 1, rest.n - (sizeof(middle) - 1) };
    return number_read(&rest, &place->at) && gemini_text_begins(rest, "].");
}

static int is_behind(struct place a, struct place b)
{
    return a.tool > b.tool || (a.tool == b.tool && a.at > b.at);
}

/* response, behavior and the like.  They stand in the order of their functions, so each is passed
 * once. */
static void natives_encode(struct writing *w, struct place of, uint32_t *at)
{
    struct place place;
    struct cp_str key;
    const struct cp_item *it;

    for (; (it = head_item(w, *at)) != NULL; ++*at) {
        if (!place_read(it, &place))
            continue;
        if (is_behind(place, of))
            return;
        if (is_behind(of, place))
            continue;
        key = gemini_text_format(w->call, "tools[%u].functionDeclarations[%u].",
                                 (unsigned)of.tool, (unsigned)of.at);
        key = key.p == NULL ? key : writing_native_key(w, it, key.p);
        if (key.p != NULL)
            writing_key_raw(w, key.p, it->text);
    }
}

static void function_encode(struct writing *w, const struct cp_item *it, struct place place,
                            uint32_t *natives_at)
{
    struct cp_str name = gemini_tool_name(w, NOTHING, it->name);
    int known = client_tool(it);

    if (!gemini_text_same(name, it->name))
        writing_note(w, CP_MAPPED, it, "its name is spelled as the service takes it");
    (void)J->open(w->out, '{');
    if (it->sub == CP_TOOL_CUSTOM) {
        custom_encode(w, it, name);
    } else if (it->sub == CP_TOOL_CLIENT) {
        const char *prose = client_tools[known].prose, *schema = client_tools[known].schema;
        writing_note(w, CP_MAPPED, it, "the maker's tool spelled out as a function");
        function_head(w, name, (struct cp_str){ prose, strlen(prose) });
        schema_encode(w, it, (struct cp_str){ schema, strlen(schema) }, name);
    } else {
        function_head(w, name, it->meta);
        schema_encode(w, it, it->text, name);
        natives_encode(w, place, natives_at);
    }
    (void)J->close(w->out);
}

static void functions_encode(struct writing *w)
{
    const struct cp_item *it;
    struct place next = { 0, 0 };
    uint32_t natives_at = 0;

    (void)J->open(w->out, '{');
    (void)J->key(w->out, "functionDeclarations");
    (void)J->open(w->out, '[');
    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++) {
        if (it->kind != CP_TOOL || !is_function(it))
            continue;
        if (it->index != next.tool)
            next = (struct place){ it->index, 0 };
        if (is_sent(w, i, it))
            function_encode(w, it, next, &natives_at);
        next.at++;
    }
    (void)J->close(w->out);
    (void)J->close(w->out);
}

/* ---- hosted ones -------------------------------------------------------------------------------------------- */

/* More than what the tool is called: each is told.  A container or filters of nothing are none. */
static void settings_note(struct writing *w, struct cp_str tool)
{
    struct cp_str key, v;
    size_t at = 0;

    while (J->kind(tool) == '{' && J->each(tool, &at, &key, &v)) {
        struct cp_item it = { CP_ITEM(PARAM), .text = v, .name = key };
        if (J->is(key, "type") || J->is(key, "name") || J->is(key, "cache_control") ||
            J->kind(v) == 'n' || J->is(J->get(v, "type"), "auto"))
            continue;
        writing_note(w, CP_DROPPED, &it, "the service's own tool has no such setting");
    }
}

static void hosted_encode(struct writing *w, const struct cp_item *it, unsigned *written)
{
    const char *tool;

    if (is_own_spelling(it)) {
        (void)J->raw(w->out, it->text);
        return;
    }
    tool = hosted_of(it);
    settings_note(w, it->text);
    writing_note(w, CP_MAPPED, it, "a hosted tool by this service's name");
    for (unsigned i = 0; i < sizeof(hosted) / sizeof(hosted[0]); i++) {
        if (strcmp(hosted[i].tool, tool) != 0)
            continue;
        if ((*written & 1u << i) != 0)
            return; /* once is enough */
        *written |= 1u << i;
        break;
    }
    (void)J->open(w->out, '{');
    writing_key_raw(w, tool, S("{}"));
    (void)J->close(w->out);
}

/* What stands directly behind "tools[1]."; absent: it hangs deeper. */
static struct cp_str unknown_key(struct writing *w, const struct cp_item *it)
{
    const char *end = memchr(it->name.p, ']', it->name.n);
    size_t n = end == NULL ? 0 : (size_t)(end - it->name.p) + 2;
    struct cp_str prefix;

    if (n == 0 || n >= it->name.n)
        return NOTHING;
    prefix = gemini_text_format(w->call, "%.*s", (int)n, it->name.p);
    return prefix.p == NULL ? prefix : writing_native_key(w, it, prefix.p);
}

/* A member of a Tool object that nobody here knows is a tool of its own. */
static void unknown_encode(struct writing *w, const struct cp_item *it)
{
    struct cp_str key = unknown_key(w, it);

    if (key.p == NULL)
        return;
    (void)J->open(w->out, '{');
    writing_key_raw(w, key.p, it->text);
    (void)J->close(w->out);
}

static int has_unknown(struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++)
        if (writing_is_native(it, "tools[") && unknown_key(w, it).p != NULL)
            return 1;
    return 0;
}

void gemini_tools_encode(struct writing *w)
{
    const struct cp_item *it;
    unsigned written = 0;

    if (!w->has_functions && !w->has_hosted && !has_unknown(w))
        return;
    (void)J->key(w->out, "tools");
    (void)J->open(w->out, '[');
    if (w->has_functions)
        functions_encode(w);
    for (uint32_t i = 0; (it = head_item(w, i)) != NULL; i++) {
        if (is_hosted_sent(w, it))
            hosted_encode(w, it, &written);
        else if (writing_is_native(it, "tools["))
            unknown_encode(w, it);
    }
    (void)J->close(w->out);
}
