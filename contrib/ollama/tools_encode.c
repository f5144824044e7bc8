/* SPDX-License-Identifier: MIT */
/*
 * tools_encode - the tools of a request, and what becomes of a choice between them.
 *
 * Ollama has functions, and no way to say which of them must be called: a choice is made by what is offered.  A tool that
 * takes free text is offered as a function with one string; its schema is spelled so that the answer's reader knows it
 * again in the request.
 */
#include "ollama.h"

#define FREE_SCHEMA                                                                            \
    "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},"                   \
    "\"required\":[\"input\"],\"title\":\"free text\"}"

static const struct cp_item *choice_of(const struct request *r)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL_CHOICE)
            return it;
    return NULL;
}

static int is_named(const struct request *r, struct cp_str name)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL_CHOICE && text_same(it->name, name))
            return 1;
    return 0;
}

static int is_offered(const struct request *r, const struct cp_item *tool)
{
    const struct cp_item *choice = choice_of(r);
    int can = tool->sub == CP_TOOL_FUNCTION || tool->sub == CP_TOOL_CUSTOM;

    if (choice == NULL || choice->sub == CP_AUTO || choice->sub == CP_ANY || !can)
        return can;
    return choice->sub != CP_NONE && is_named(r, tool->name);
}

static void choice_note(struct request *r, uint32_t offered)
{
    const struct cp_item *choice = choice_of(r);

    if (choice == NULL)
        return;
    if (choice->sub == CP_NAMED && offered == 0)
        r->rc = H->fail_item(r->call, CP_E_UNSUPPORTED, choice,
                             "the tool it forces cannot be sent to Ollama");
    else if (choice->sub == CP_ANY || choice->sub == CP_NAMED || choice->sub == CP_AMONG_ANY)
        H->note_item(r->call, offered > 0 ? CP_APPROXIMATED : CP_DROPPED, choice,
                     "a tool may be called, but need not");
    else
        H->note_item(r->call, CP_MAPPED, choice, "said by which tools are offered");
}

/* An object schema: the server reads type and properties of nothing else. */
static struct cp_str schema_of(const struct request *r, const struct cp_item *tool)
{
    if (tool->sub == CP_TOOL_CUSTOM)
        return S(FREE_SCHEMA);
    if (J->kind(tool->text) == '{' && J->is(J->get(tool->text, "type"), "object"))
        return tool->text;
    if (J->kind(tool->text) == '{' && J->get(tool->text, "type").p != NULL)
        H->note_item(r->call, CP_APPROXIMATED, tool, "arguments are always an object");
    return S("{\"type\":\"object\",\"properties\":{}}");
}

static struct cp_str prose_of(const struct request *r, const struct cp_item *tool)
{
    struct cp_str grammar =
        J->kind(tool->text) == '{' ? J->get(tool->text, "grammar") : NOTHING;
    struct cp_str definition;

    if (tool->sub != CP_TOOL_CUSTOM)
        return tool->meta;
    definition =
        json_text(r->call, J->kind(grammar) == '{' ? grammar : tool->text, "definition");
    H->note_item(r->call, definition.n > 0 ? CP_APPROXIMATED : CP_MAPPED, tool,
                 "a free-text tool is offered as a function with one string");
    if (definition.n == 0)
        return tool->meta;
    return text_join(r->call,
                     (struct cp_str[]){ tool->meta,
                                        S("\n\nThe input must match this grammar:\n"),
                                        definition },
                     3);
}

static void tool_encode(struct request *r, const struct cp_item *tool)
{
    struct cp_str prose = prose_of(r, tool);

    (void)J->open(r->out, '{');
    put_text(r->out, "type", S("function"));
    (void)J->key(r->out, "function");
    (void)J->open(r->out, '{');
    put_text(r->out, "name", tool->name);
    if (prose.n > 0)
        put_text(r->out, "description", prose);
    put_raw(r->out, "parameters", schema_of(r, tool));
    (void)J->close(r->out);
    (void)J->close(r->out);
    if (tool->num == 1)
        H->note_item(r->call, CP_APPROXIMATED, tool,
                     "a schema guides the model; nothing holds it");
}

static void left_out_note(struct request *r, const struct cp_item *tool)
{
    if (tool->sub == CP_TOOL_HOSTED)
        H->note_item(r->call, CP_DROPPED, tool, "the server runs no tools");
    else if (tool->sub == CP_TOOL_CLIENT)
        H->note_item(r->call, CP_DROPPED, tool, "only its maker's models know its arguments");
    else
        H->note_item(r->call, CP_MAPPED, tool, "not among the tools to choose from");
}

void tools_encode(struct request *r)
{
    const struct cp_item *it;
    uint32_t n = 0;

    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (it->kind != CP_TOOL)
            continue;
        if (!is_offered(r, it)) {
            left_out_note(r, it);
            continue;
        }
        if (n++ == 0) {
            (void)J->key(r->out, "tools");
            (void)J->open(r->out, '[');
        }
        tool_encode(r, it);
    }
    if (n > 0)
        (void)J->close(r->out);
    choice_note(r, n);
}

int tool_is_free(struct cp_call *call, struct cp_str name)
{
    struct cp_str tools, tool, f;
    size_t at = 0;

    tools = J->kind(call->request) == '{' ? J->get(call->request, "tools") : NOTHING;
    while (J->kind(tools) == '[' && J->each(tools, &at, NULL, &tool)) {
        f = J->kind(tool) == '{' ? J->get(tool, "function") : NOTHING;
        if (J->kind(f) != '{' || !text_is(J->get(f, "parameters"), FREE_SCHEMA))
            continue;
        f = J->get(f, "name");
        if (J->kind(f) == '"' && J->is(f, text_z(call, name)))
            return 1;
    }
    return 0;
}
