/* SPDX-License-Identifier: MIT */
/*
 * chat_tools_encode - tools of a tape, and which of them to use.
 *
 * Where the server has no free-text tools, such a tool is sent as a function with one string
 * called "input"; the mark tells the reader of the reply to take the string out again.  Tools
 * that a maker knows by name only (bash, text editor, memory) are spelled out as functions
 * with the arguments that their maker documents.
 */
#include "chat.h"

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
        if (openai_text_begins(it->id, client_tools[i].wire_type))
            return i;
    return -1;
}

int chat_client_tool(const struct cp_item *it, struct cp_str *prose, struct cp_str *schema)
{
    int i = client_tool(it);

    if (i < 0)
        return 0;
    *prose = (struct cp_str){ client_tools[i].prose, strlen(client_tools[i].prose) };
    *schema = (struct cp_str){ client_tools[i].schema, strlen(client_tools[i].schema) };
    return 1;
}

static int is_search(const struct cp_item *it)
{
    return it->sub == CP_TOOL_HOSTED &&
           (openai_text_begins(it->id, "web_search") || openai_text_is(it->id, "googleSearch"));
}

/* ---- choice ------------------------------------------------------------------------------ */

static const struct cp_item *choice_of(const struct chat_out *e, size_t *at)
{
    const struct cp_item *it;

    for (size_t i = *at; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        *at = i + 1;
        if (it->kind == CP_TOOL_CHOICE)
            return it;
    }
    return NULL;
}

static int is_among(const struct cp_item *choice)
{
    return choice != NULL && (choice->sub == CP_AMONG_AUTO || choice->sub == CP_AMONG_ANY);
}

/* Tools left out because the server has no allowed_tools. */
static int is_filtered(const struct chat_out *e, const struct cp_item *tool)
{
    size_t at = 0;
    const struct cp_item *choice = choice_of(e, &at);

    if (!is_among(choice) || (e->caps.flags & CAP_CUSTOM) != 0)
        return 0;
    for (; choice != NULL; choice = choice_of(e, &at))
        if (openai_text_same(choice->name, tool->name))
            return 0;
    return 1;
}

static int is_sent(const struct chat_out *e, const struct cp_item *tool)
{
    if (tool->kind != CP_TOOL || is_filtered(e, tool))
        return 0;
    if (tool->sub == CP_TOOL_CLIENT)
        return client_tool(tool) >= 0;
    return tool->sub != CP_TOOL_HOSTED;
}

static const struct cp_item *tool_named(const struct chat_out *e, struct cp_str name)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL && openai_text_same(it->name, name))
            return it;
    return NULL;
}

/* {"type":"function","function":{"name":..}} */
static void named_encode(struct chat_out *e, struct cp_str name)
{
    const struct cp_item *tool = tool_named(e, name);
    int is_custom = tool != NULL && tool->sub == CP_TOOL_CUSTOM && e->is_custom_native;
    const char *kind = is_custom ? "custom" : "function";

    (void)J->open(e->out, '{');
    chat_out_key_text(e, "type", (struct cp_str){ kind, strlen(kind) });
    (void)J->key(e->out, kind);
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "name", chat_out_name(e, name));
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void allowed_encode(struct chat_out *e, const struct cp_item *choice, size_t at)
{
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"allowed_tools\""));
    (void)J->key(e->out, "allowed_tools");
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "mode",
                     choice->sub == CP_AMONG_ANY ? S("\"required\"") : S("\"auto\""));
    (void)J->key(e->out, "tools");
    (void)J->open(e->out, '[');
    for (; choice != NULL; choice = choice_of(e, &at)) {
        const struct cp_item *tool = tool_named(e, choice->name);
        if (tool == NULL || is_sent(e, tool))
            named_encode(e, choice->name);
    }
    (void)J->close(e->out);
    (void)J->close(e->out);
    (void)J->close(e->out);
}

/* Is it the search of a model that always searches? */
static int is_searching(const struct chat_out *e, const struct cp_item *choice)
{
    const struct cp_item *tool = choice->sub == CP_NAMED ? tool_named(e, choice->name) : NULL;

    return tool != NULL && is_search(tool) && (e->caps.flags & CAP_SEARCH) != 0;
}

static void forced_check(struct chat_out *e)
{
    size_t at = 0;
    const struct cp_item *choice = choice_of(e, &at), *tool;

    if (choice == NULL || choice->sub != CP_NAMED)
        return;
    tool = tool_named(e, choice->name);
    if (is_searching(e, choice))
        chat_out_note_item(e, CP_MAPPED, choice, "the model searches always");
    else if (tool != NULL && !is_sent(e, tool))
        e->rc = H->fail_item(e->call, CP_E_UNSUPPORTED, choice,
                             "the tool it forces cannot be sent to this upstream");
}

static void choice_encode(struct chat_out *e)
{
    size_t at = 0;
    const struct cp_item *choice = choice_of(e, &at);

    if (choice == NULL || is_searching(e, choice) || !chat_out_may(e, "tool_choice"))
        return;
    (void)J->key(e->out, "tool_choice");
    if (choice->sub == CP_NAMED)
        named_encode(e, choice->name);
    else if (is_among(choice) && (e->caps.flags & CAP_CUSTOM) != 0)
        allowed_encode(e, choice, at);
    else if (choice->sub == CP_ANY || choice->sub == CP_AMONG_ANY)
        (void)J->raw(e->out, S("\"required\""));
    else
        (void)J->raw(e->out, choice->sub == CP_NONE ? S("\"none\"") : S("\"auto\""));
}

/* ---- tools ------------------------------------------------------------------------------- */

/* OpenAI refuses an object schema without properties; every other schema goes as it is. */
static void schema_encode(struct chat_out *e, const struct cp_item *tool)
{
    struct cp_str schema = openai_text_trim(tool->text);
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(schema) != '{' || !J->each(schema, &at, &key, &v))
        return; /* absent, {} or a boolean: a function without parameters */
    (void)J->key(e->out, "parameters");
    if (tool->num != 1 && J->is(J->get(schema, "type"), "object") &&
        J->get(schema, "properties").p == NULL) {
        struct cp_str parts[2] = { { schema.p, schema.n - 1 }, S(",\"properties\":{}}") };
        (void)J->raw(e->out, openai_text_join(e->call, parts, 2));
        return;
    }
    (void)J->raw(e->out, schema);
}

static void function_open(struct chat_out *e, const struct cp_item *tool, struct cp_str prose)
{
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"function\""));
    (void)J->key(e->out, "function");
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "name", chat_out_name(e, tool->name));
    if (prose.p != NULL)
        chat_out_key_text(e, "description", prose);
}

/* The nested object that this dialect has, or the flat one of the Responses dialect. */
static struct cp_str grammar_of(const struct cp_item *tool)
{
    struct cp_str inner;

    if (J->kind(tool->text) != '{' || !J->is(J->get(tool->text, "type"), "grammar"))
        return (struct cp_str){ NULL, 0 };
    inner = J->get(tool->text, "grammar");
    return J->kind(inner) == '{' ? inner : tool->text;
}

static void custom_as_function(struct chat_out *e, const struct cp_item *tool)
{
    struct cp_str grammar = grammar_of(tool), prose = tool->meta;

    if (grammar.p != NULL) {
        struct cp_str parts[5] = { tool->meta, S("\n\nThe input must match this grammar ("),
                                   openai_json_string(e->call, grammar, "syntax"), S("):\n"),
                                   openai_json_string(e->call, grammar, "definition") };
        prose = openai_text_join(e->call, parts, 5);
    }
    openai_mark_set(e->call, MARK_CUSTOM, chat_out_name(e, tool->name));
    chat_out_note_item(e, CP_MAPPED, tool, "free-text tool sent as a function with one string");
    function_open(e, tool, prose);
    chat_out_key_raw(e, "parameters", S(INPUT_SCHEMA));
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void custom_encode(struct chat_out *e, const struct cp_item *tool)
{
    struct cp_str grammar = grammar_of(tool);

    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"custom\""));
    (void)J->key(e->out, "custom");
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "name", chat_out_name(e, tool->name));
    if (tool->meta.p != NULL)
        chat_out_key_text(e, "description", tool->meta);
    if (grammar.p != NULL) {
        struct cp_str syntax = J->get(grammar, "syntax");
        struct cp_str definition = J->get(grammar, "definition");
        (void)J->key(e->out, "format");
        (void)J->open(e->out, '{');
        chat_out_key_raw(e, "type", S("\"grammar\""));
        (void)J->key(e->out, "grammar");
        (void)J->open(e->out, '{');
        chat_out_key_raw(e, "syntax", J->kind(syntax) == '"' ? syntax : S("\"lark\""));
        chat_out_key_raw(e, "definition", J->kind(definition) == '"' ? definition : S("\"\""));
        (void)J->close(e->out);
        (void)J->close(e->out);
    } else if (J->kind(tool->text) == '{') {
        chat_out_key_raw(e, "format", tool->text);
    }
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void tool_encode(struct chat_out *e, const struct cp_item *tool)
{
    int known;

    if (tool->sub == CP_TOOL_CUSTOM) {
        if (e->is_custom_native)
            custom_encode(e, tool);
        else
            custom_as_function(e, tool);
        return;
    }
    if (tool->sub == CP_TOOL_CLIENT) {
        known = client_tool(tool);
        function_open(
            e, tool,
            (struct cp_str){ client_tools[known].prose, strlen(client_tools[known].prose) });
        chat_out_key_raw(
            e, "parameters",
            (struct cp_str){ client_tools[known].schema, strlen(client_tools[known].schema) });
        chat_out_note_item(e, CP_MAPPED, tool, "the maker's tool spelled out as a function");
    } else {
        function_open(e, tool, tool->meta);
        schema_encode(e, tool);
        if (tool->num >= 0)
            chat_out_key_raw(e, "strict", tool->num == 1 ? S("true") : S("false"));
    }
    (void)J->close(e->out);
    (void)J->close(e->out);
}

/* Tool types that servers of this dialect have invented. */
static int is_native_tool(const struct cp_item *it)
{
    return it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_CHAT) &&
           openai_text_begins(it->name, "tools[") && it->name.p[it->name.n - 1] == ']';
}

/* What the other makers' searches have and this one has not. */
static void search_losses(struct chat_out *e, struct cp_str tool)
{
    static const char *const lost[] = { "max_uses", "allowed_domains", "blocked_domains",
                                        "filters", "external_web_access" };

    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        struct cp_item it = { CP_ITEM(PARAM), .text = J->get(tool, lost[i]) };
        it.name = (struct cp_str){ lost[i], strlen(lost[i]) };
        if (!openai_json_null(it.text))
            chat_out_note_item(e, CP_DROPPED, &it, "this dialect's search has no such thing");
    }
}

/* {"city","country","region","timezone"} beside its type, or, as here, in a member of its own. */
static void location_encode(struct chat_out *e, struct cp_str place)
{
    static const char *const said[] = { "city", "country", "region", "timezone" };

    (void)J->key(e->out, "user_location");
    if (J->kind(J->get(place, "approximate")) == '{') {
        (void)J->raw(e->out, place);
        return;
    }
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"approximate\""));
    (void)J->key(e->out, "approximate");
    (void)J->open(e->out, '{');
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (J->kind(J->get(place, said[i])) == '"')
            chat_out_key_raw(e, said[i], J->get(place, said[i]));
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void options_encode(struct chat_out *e, const struct cp_item *tool)
{
    struct cp_str size, place;

    (void)J->key(e->out, "web_search_options");
    if (openai_text_is(tool->id, "web_search_options") && J->kind(tool->text) == '{') {
        (void)J->raw(e->out, tool->text);
        return;
    }
    chat_out_note_item(e, CP_MAPPED, tool, "this model's own search");
    (void)J->open(e->out, '{');
    if (J->kind(tool->text) == '{') {
        search_losses(e, tool->text);
        size = J->get(tool->text, "search_context_size");
        place = J->get(tool->text, "user_location");
        if (J->kind(size) == '"')
            chat_out_key_raw(e, "search_context_size", size);
        if (J->kind(place) == '{')
            location_encode(e, place);
    }
    (void)J->close(e->out);
}

static void search_encode(struct chat_out *e, const struct cp_item *tool)
{
    int is_own = openai_text_is(tool->id, "web_search_options") && e->from_chat &&
                 (e->caps.flags & CAP_OPENAI) == 0;
    int can = is_search(tool) && (e->caps.flags & CAP_SEARCH) != 0;

    if (is_own || (can && chat_out_may(e, "web_search_options")))
        options_encode(e, tool);
    else if (!can)
        chat_out_note_item(e, CP_DROPPED, tool,
                           "a hosted tool that this upstream does not have");
}

static void unsent_encode(struct chat_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (it->kind != CP_TOOL || is_sent(e, it))
            continue;
        if (it->sub == CP_TOOL_HOSTED)
            search_encode(e, it);
        else
            chat_out_note_item(e, CP_DROPPED, it,
                               it->sub == CP_TOOL_CLIENT ? "its arguments are not documented"
                                                         : "not among the allowed tools");
    }
}

void chat_tools_encode(struct chat_out *e)
{
    struct cp_str parallel = chat_out_param(e, "parallel_tools");
    const struct cp_item *it;
    uint32_t n = 0;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL; i++)
        n += is_sent(e, it) || is_native_tool(it);
    forced_check(e);
    unsent_encode(e);
    if (n == 0 || !chat_out_may(e, "tools"))
        return;
    (void)J->key(e->out, "tools");
    (void)J->open(e->out, '[');
    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL; i++) {
        if (is_sent(e, it))
            tool_encode(e, it);
        else if (is_native_tool(it))
            (void)J->raw(e->out, it->text);
    }
    (void)J->close(e->out);
    choice_encode(e);
    if (parallel.p != NULL && chat_out_may(e, "parallel_tool_calls"))
        chat_out_key_raw(e, "parallel_tool_calls", parallel);
}
