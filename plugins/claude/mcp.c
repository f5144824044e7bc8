/* SPDX-License-Identifier: MIT */
/*
 * mcp - tools of remote servers that the service calls by itself.
 *
 * Here a server stands in mcp_servers and its tools in a mcp_toolset beside the other tools; in the
 * Responses dialect one tool has both.  A call that wants a human's approval first cannot be said
 * here: such a tool is left out, not called unasked.
 *
 * source: Anthropic's page on the MCP connector (mcp-client-2025-11-20), OpenAI's on remote MCP, as
 * of 2026-08
 */
#include "claude.h"

static const char mark[] = "servers of a request", spelled[] = "servers_of_a_request";

struct cp_str claude_mcp_server(struct cp_str servers, struct cp_str toolset)
{
    struct cp_str one, name = json->get(toolset, "mcp_server_name");

    for (size_t at = 0; json->kind(servers) == '[' && json->each(servers, &at, NULL, &one);)
        if (name.n && claude_equal(json->get(one, "name"), name))
            return one;
    return NOTHING;
}

/* ["a"] or {"tool_names":["a"]} */
static struct cp_str names_of(struct cp_str v)
{
    return json->kind(v) == '{' ? json->get(v, "tool_names") : v;
}

/* The tools that may be called unasked: a list, or true for all of them; absent: none. */
static struct cp_str unasked(struct cp_str tool)
{
    struct cp_str approval = json->get(tool, "require_approval");

    if (json->is(approval, "never"))
        return S("true");
    return json->kind(approval) == '{' ? names_of(json->get(approval, "never")) : NOTHING;
}

int claude_mcp_is(const struct cp_item *tool)
{
    return tool->sub == CP_TOOL_HOSTED && claude_is(tool->id, "mcp") &&
           json->kind(json->get(tool->text, "server_url")) == '"' &&
           json->kind(json->get(tool->text, "server_label")) == '"' && unasked(tool->text).n;
}

static int has(struct cp_str list, struct cp_str name)
{
    struct cp_str one;

    if (json->kind(list) != '[')
        return 1;
    for (size_t at = 0; json->each(list, &at, NULL, &one);)
        if (claude_equal(one, name))
            return 1;
    return 0;
}

static void configs_write(struct cp_call *call, struct cp_out *out, struct cp_str tool)
{
    struct cp_str allowed = names_of(json->get(tool, "allowed_tools")), free = unasked(tool);
    struct cp_str list = json->kind(free) == '[' ? free : allowed, one;

    if (json->kind(list) != '[')
        return;
    claude_put_raw(out, "default_config", S("{\"enabled\":false}"));
    json->key(out, "configs");
    json->open(out, '{');
    for (size_t at = 0; json->each(list, &at, NULL, &one);)
        if (json->kind(one) == '"' && has(allowed, one))
            claude_put_raw(out, claude_cstr(call, json->text(call, one)),
                           S("{\"enabled\":true}"));
    json->close(out);
}

void claude_mcp_tool_write(struct writing *w, const struct node *t)
{
    struct cp_str tool = t->head->text;

    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("mcp_toolset"));
    claude_put_raw(w->out, "mcp_server_name", json->get(tool, "server_label"));
    configs_write(w->call, w->out, tool);
    claude_mark_write(w->out, t);
    json->close(w->out);
    host->note_item(w->call, CP_MAPPED, t->head, "a server's tools by this service's name");
}

/* The token of "Bearer ..."; the service takes no other header. */
static struct cp_str token_of(struct writing *w, const struct cp_item *tool)
{
    struct cp_str token = json->text(w->call, json->get(tool->text, "authorization"));
    struct cp_str headers = json->get(tool->text, "headers"), key, v;

    for (size_t at = 0; json->kind(headers) == '{' && json->each(headers, &at, &key, &v);) {
        struct cp_str text = json->text(w->call, v);
        if ((json->is(key, "Authorization") || json->is(key, "authorization")) &&
            claude_begins(text, "Bearer "))
            token = (struct cp_str){ text.p + 7, text.n - 7 };
        else
            host->note_item(
                w->call, CP_DROPPED,
                &(struct cp_item){ CP_ITEM(PARAM), .text = v, .name = S("headers") },
                "a server gets no header but its token");
    }
    return token;
}

void claude_mcp_servers_write(struct writing *w)
{
    int n = 0;

    for (const struct node *t = w->tree->tools.first; t; t = t->next) {
        if (t->kind != CP_TOOL || !claude_mcp_is(t->head))
            continue;
        if (!n++) {
            json->key(w->out, "mcp_servers");
            json->open(w->out, '[');
        }
        struct cp_str token = token_of(w, t->head);
        json->open(w->out, '{');
        claude_put_text(w->out, "type", S("url"));
        claude_put_raw(w->out, "url", json->get(t->head->text, "server_url"));
        claude_put_raw(w->out, "name", json->get(t->head->text, "server_label"));
        if (token.n)
            claude_put_text(w->out, "authorization_token", token);
        json->close(w->out);
    }
    if (!n)
        return;
    json->close(w->out);
    (void)host->rename(w->call, S("servers of a request"), sizeof(mark),
                       0); /* for its memory */
}

int claude_mcp_is_used(struct cp_call *call)
{
    return claude_is(host->original(call, (struct cp_str){ spelled, sizeof(spelled) - 1 }),
                     mark);
}
