/* SPDX-License-Identifier: MIT */
/*
 * request_decode - a Messages request becomes a tape.
 *
 * What every dialect has a word for becomes an item; everything else is kept as CP_NATIVE with
 * its path, so that a Claude upstream reached through the tape loses nothing.  Only what makes a
 * request meaningless is refused (the service itself is the judge of the rest): a 400 of ours
 * makes Claude Code try six other forms of the same request (seen with 2.1.330, 2026-11).
 */
#include "claude.h"

#include <string.h>

void claude_emit(struct reading *r, const struct cp_item *it)
{
    if (r->rc == CP_OK)
        r->rc = host->emit(r->tape, it);
}

struct cp_str claude_path(struct reading *r, const char *key)
{
    struct cp_str s = S("");

    if (r->message >= 0)
        s = claude_format(r->call, "messages[%d]", r->message);
    if (r->block >= 0)
        s = claude_format(r->call, "%.*s%scontent[%d]", (int)s.n, s.p ? s.p : "",
                          s.n ? "." : "", r->block);
    if (r->part >= 0)
        s = claude_format(r->call, "%.*s.content[%d]", (int)s.n, s.p ? s.p : "", r->part);
    if (key)
        s = claude_format(r->call, "%.*s%s%s", (int)s.n, s.p ? s.p : "", s.n ? "." : "", key);
    return s;
}

void claude_native_at(struct reading *r, struct cp_str path, struct cp_str value)
{
    claude_emit(r, &(struct cp_item){ CP_ITEM(NATIVE), .text = value, .name = path,
                                      .id = S(CLAUDE_MAKER) });
}

int claude_is_odd_key(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if ((unsigned char)key.p[i] <= ' ' || key.p[i] == 0x7F || strchr(".[]\"\\", key.p[i]))
            return 1;
    return key.n == 0 || key.n > 128;
}

void claude_native(struct reading *r, struct cp_str key, struct cp_str value)
{
    char name[136];

    if (claude_is_odd_key(key)) {
        host->note(r->call, CP_DROPPED, key, "a member with an odd name");
        return;
    }
    memcpy(name, key.p, key.n);
    name[key.n] = '\0';
    claude_native_at(r, claude_path(r, name), value);
}

void claude_refuse(struct reading *r, const char *key, const char *what)
{
    if (r->rc != CP_OK)
        return;
    struct cp_str path = claude_path(r, key);
    r->rc =
        host->fail(r->call, CP_E_SYNTAX, "%.*s: %s", (int)path.n, path.p ? path.p : "", what);
}

/* ---- system ---------------------------------------------------------------- */

/* Claude Code says here who it is; it changes with each conversation, so for anybody but
 * Anthropic it would only spoil the cache of what follows (captured 2026-11). */
static int is_billing_header(struct cp_str text)
{
    return claude_begins(text, "x-anthropic-billing-header:");
}

static void system_emit(struct reading *r, struct cp_str text)
{
    claude_emit(r, &(struct cp_item){ CP_ITEM(SYSTEM), .sub = CP_BY_SYSTEM, .text = text });
}

static void system_block(struct reading *r, int i, struct cp_str block)
{
    struct cp_str key, v, mark = NOTHING, path = claude_format(r->call, "system[%d]", i);
    struct cp_str text = json->text(r->call, json->get(block, "text"));
    struct cp_str type = json->get(block, "type");

    if (!text.p || (type.p && !json->is(type, "text")) || is_billing_header(text)) {
        claude_native_at(r, path, block);
        return;
    }
    system_emit(r, text);
    for (size_t at = 0; r->rc == CP_OK && json->each(block, &at, &key, &v);) {
        if (json->is(key, "cache_control"))
            mark = v;
        else if (!json->is(key, "type") && !json->is(key, "text") && !claude_is_odd_key(key))
            claude_native_at(
                r, claude_format(r->call, "%.*s.%.*s", (int)path.n, path.p, (int)key.n, key.p),
                v);
    }
    claude_mark_decode(r, mark, path);
}

static void system_decode(struct reading *r, struct cp_str v)
{
    struct cp_str block;
    int i = 0;

    if (json->kind(v) == '"') {
        struct cp_str text = json->text(r->call, v);
        if (is_billing_header(text))
            claude_native_at(r, S("system"), v);
        else
            system_emit(r, text);
        return;
    }
    if (json->kind(v) != '[') {
        if (json->kind(v) != 'n')
            claude_refuse(r, "system", "is a string or a list of text blocks");
        return;
    }
    for (size_t at = 0; r->rc == CP_OK && json->each(v, &at, NULL, &block); i++)
        system_block(r, i, block);
}

/* ---- messages --------------------------------------------------------------- */

static uint32_t role_of(struct cp_str role)
{
    if (json->is(role, "user"))
        return CP_USER;
    if (json->is(role, "assistant"))
        return CP_ASSISTANT;
    if (json->is(role, "system"))
        return CP_SYS;
    return json->is(role, "developer") ? CP_DEVELOPER : 0;
}

static void message_decode(struct reading *r, struct cp_str object)
{
    struct members message;
    struct cp_str key, v;

    claude_members(&message, object);
    struct cp_str content = claude_get(&message, "content");
    uint32_t role = role_of(claude_get(&message, "role"));
    if (json->kind(object) != '{')
        claude_refuse(r, NULL, "is no object");
    else if (!role)
        claude_refuse(r, "role", "is user, assistant or system");
    else if (json->kind(content) != '"' && json->kind(content) != '[')
        claude_refuse(r, "content", content.p ? "is a string or a list" : "field required");
    claude_emit(r, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = role });
    for (size_t at = 0; r->rc == CP_OK && claude_each(&message, &at, &key, &v);)
        if (!json->is(key, "role") && !json->is(key, "content"))
            claude_native(r, key, v);
    if (r->rc == CP_OK)
        claude_content_decode(r, content);
    claude_emit(r, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = role });
}

static void messages_decode(struct reading *r, struct cp_str messages)
{
    struct cp_str message;

    if (json->kind(messages) != '[') {
        claude_refuse(r, "messages", messages.p ? "is a list" : "field required");
        return;
    }
    r->message = 0;
    for (size_t at = 0; r->rc == CP_OK && json->each(messages, &at, NULL, &message);) {
        message_decode(r, message);
        r->message++;
    }
    r->message = -1;
}

/* ---- the whole ---------------------------------------------------------------- */

static int is_elsewhere(struct cp_str key)
{
    return json->is(key, "model") || json->is(key, "stream") || json->is(key, "messages");
}

static void members_decode(struct reading *r, const struct members *body)
{
    struct cp_str key, v;

    for (size_t at = 0; r->rc == CP_OK && claude_each(body, &at, &key, &v);) {
        if (is_elsewhere(key))
            continue;
        if (json->is(key, "system"))
            system_decode(r, v);
        else if (json->is(key, "tools"))
            claude_tools_decode(r, v, claude_get(body, "mcp_servers"));
        else if (json->is(key, "tool_choice"))
            claude_choice_decode(r, v);
        else
            claude_params_decode(r, key, v);
    }
}

int claude_request_decode(struct cp_call *call, struct cp_str object, struct cp_tape *tape)
{
    struct reading r = { .call = call, .tape = tape, .message = -1, .block = -1, .part = -1 };
    struct members body;

    if (json->kind(object) != '{')
        return host->fail(call, CP_E_SYNTAX, "the body is no JSON object");
    claude_members(&body, object);
    struct cp_str model = json->text(call, claude_get(&body, "model"));
    if (model.n == 0)
        return host->fail(call, CP_E_SYNTAX, "model: field required");
    r.is_fast = json->is(claude_get(&body, "speed"), "fast");
    claude_emit(&r, &(struct cp_item){ CP_ITEM(START), .name = model,
                                       .num = json->kind(claude_get(&body, "stream")) == 't' });
    if (r.rc == CP_OK)
        members_decode(&r, &body);
    if (r.rc == CP_OK)
        messages_decode(&r, claude_get(&body, "messages"));
    claude_emit(&r, &(struct cp_item){ CP_ITEM(END) });
    return r.rc > 0 ? CP_OK : r.rc;
}
