/* SPDX-License-Identifier: MIT */
/*
 * chat_messages_decode - the conversation of a client's request.
 *
 * Instructions at the beginning become SYSTEM; later ones stay messages where they stand.  A
 * run of tool (or legacy function) messages becomes the results inside one user message,
 * which is how the other dialects see it.
 *
 *     system developer | user  assistant  tool tool  user | ...
 *       SYSTEM SYSTEM     MESSAGE MESSAGE  MESSAGE{R R}  MESSAGE
 */
#include "chat.h"

enum { ROLE_UNKNOWN, ROLE_SYS, ROLE_DEV, ROLE_USER, ROLE_ASSISTANT, ROLE_TOOL, ROLE_FUNCTION };

static int role_of(struct cp_str role)
{
    static const struct {
        const char *word;
        int role;
    } roles[] = {
        { "user", ROLE_USER },  { "assistant", ROLE_ASSISTANT }, { "tool", ROLE_TOOL },
        { "system", ROLE_SYS }, { "developer", ROLE_DEV },       { "function", ROLE_FUNCTION },
    };

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (J->is(role, roles[i].word))
            return roles[i].role;
    return ROLE_UNKNOWN;
}

static void message_edge(struct chat_in *d, uint32_t role, uint32_t flags, struct cp_str name)
{
    chat_in_emit(
        d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = flags, .sub = role, .name = name });
}

/* Members of a message that this dialect does not define, each below its path. */
static void message_natives(struct chat_in *d, struct cp_str message, const char *path)
{
    static const char *const known[] = {
        "role",         "content",           "name",         "tool_calls",
        "tool_call_id", "function_call",     "refusal",      "reasoning_content",
        "reasoning",    "reasoning_details", "cache_control"
    };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(message, &at, &key, &v)) {
        int is_known = openai_json_null(v);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !is_known; i++)
            is_known = J->is(key, known[i]);
        if (!is_known)
            chat_in_native(d, openai_text_format(d->call, "%s.%.*s", path, (int)key.n, key.p),
                           v);
    }
}

/* Instructions before the conversation: one SYSTEM for each text. */
static void system_decode(struct chat_in *d, struct cp_str content, int role, const char *path)
{
    struct cp_item it = { CP_ITEM(SYSTEM),
                          .sub = role == ROLE_DEV ? CP_BY_DEVELOPER : CP_BY_SYSTEM };
    struct cp_str part;
    size_t at = 0;

    if (openai_json_null(content))
        return;
    if (!chat_in_expect(d, content, "\"[", path, "content: expected a string or an array"))
        return;
    if (J->kind(content) == '"') {
        it.text = J->text(d->call, content);
        chat_in_emit(d, &it);
        return;
    }
    for (size_t i = 0; chat_in_going(d) && J->each(content, &at, NULL, &part); i++) {
        struct cp_str text = J->kind(part) == '{' ? J->get(part, "text") : part;
        if (J->kind(text) != '"') {
            d->rc =
                H->fail(d->call, CP_E_SYNTAX, "%s.content[%zu]: expected a text part", path, i);
            return;
        }
        it.text = J->text(d->call, text);
        chat_in_emit(d, &it);
        struct cp_str where = openai_text_format(d->call, "%s.content[%zu]", path, i);
        if (J->kind(part) == '{' && where.p != NULL)
            chat_mark_alone(d, part, where.p);
    }
}

static int is_custom_id(const struct chat_in *d, struct cp_str id)
{
    for (uint32_t i = 0; i < d->customs_n; i++)
        if (openai_text_same(d->customs[i], id))
            return 1;
    return 0;
}

static void tool_decode(struct chat_in *d, struct cp_str message, const char *path)
{
    struct cp_str id = openai_json_string(d->call, message, "tool_call_id");
    struct cp_item it = { CP_ITEM(TOOL_RESULT), .flags = CP_OPEN, .id = id,
                          .name = openai_json_string(d->call, message, "name"), .num = -1 };

    if (id.p == NULL) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s.tool_call_id: expected a string", path);
        return;
    }
    it.sub = is_custom_id(d, id) ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION;
    chat_in_emit(d, &it);
    d->in_result = 1;
    chat_content_decode(d, J->get(message, "content"), path);
    d->in_result = 0;
    message_natives(d, message, path);
    it.flags = CP_CLOSE;
    chat_in_emit(d, &it);
    chat_mark_decode(d, message, path);
}

/* A legacy answer names the function; the call before it got the matching number. */
static void function_decode(struct chat_in *d, struct cp_str message, const char *path)
{
    struct cp_str name = openai_json_string(d->call, message, "name");
    struct cp_item it = { CP_ITEM(TOOL_RESULT), .flags = CP_OPEN, .name = name,
                          .sub = CP_TOOL_FUNCTION, .num = -1 };

    if (name.p == NULL) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s.name: expected a string", path);
        return;
    }
    it.id = openai_text_format(d->call, "call_legacy_%u", (unsigned)d->legacy_n);
    chat_in_emit(d, &it);
    d->in_result = 1;
    chat_content_decode(d, J->get(message, "content"), path);
    d->in_result = 0;
    it.flags = CP_CLOSE;
    chat_in_emit(d, &it);
}

static void turn_decode(struct chat_in *d, struct cp_str message, int role, const char *path)
{
    static const uint32_t roles[] = { [ROLE_SYS] = CP_SYS,
                                      [ROLE_DEV] = CP_DEVELOPER,
                                      [ROLE_USER] = CP_USER,
                                      [ROLE_ASSISTANT] = CP_ASSISTANT };

    message_edge(d, roles[role], CP_OPEN, openai_json_string(d->call, message, "name"));
    if (role == ROLE_ASSISTANT)
        chat_assistant_decode(d, message, path);
    else
        chat_content_decode(d, J->get(message, "content"), path);
    chat_mark_decode(d, message, path);
    message_natives(d, message, path);
    message_edge(d, roles[role], CP_CLOSE, (struct cp_str){ NULL, 0 });
}

struct walk {
    int in_conversation, in_results;
};

static void message_decode(struct chat_in *d, struct walk *w, struct cp_str message,
                           const char *path)
{
    int role;

    if (!chat_in_expect(d, message, "{", path, "expected an object"))
        return;
    role = role_of(J->get(message, "role"));
    if (role == ROLE_UNKNOWN) {
        d->rc = H->fail(d->call, CP_E_SYNTAX,
                        "%s.role: expected system, developer, user, "
                        "assistant, tool or function",
                        path);
        return;
    }
    if ((role == ROLE_SYS || role == ROLE_DEV) && !w->in_conversation) {
        system_decode(d, J->get(message, "content"), role, path);
        if (J->kind(J->get(message, "name")) == '"')
            chat_in_native(d, openai_text_format(d->call, "%s.name", path),
                           J->get(message, "name"));
        message_natives(d, message, path);
        return;
    }
    w->in_conversation = 1;
    if ((role == ROLE_TOOL || role == ROLE_FUNCTION) != w->in_results) {
        w->in_results = !w->in_results;
        message_edge(d, CP_USER, w->in_results ? CP_OPEN : CP_CLOSE,
                     (struct cp_str){ NULL, 0 });
    }
    if (role == ROLE_TOOL)
        tool_decode(d, message, path);
    else if (role == ROLE_FUNCTION)
        function_decode(d, message, path);
    else
        turn_decode(d, message, role, path);
}

void chat_messages_decode(struct chat_in *d, struct cp_str messages)
{
    struct walk w = { 0, 0 };
    struct cp_str message;
    size_t at = 0;

    if (!chat_in_expect(d, messages, "[", "messages", "expected an array"))
        return;
    for (size_t i = 0; chat_in_going(d) && J->each(messages, &at, NULL, &message); i++) {
        struct cp_str path = openai_text_format(d->call, "messages[%zu]", i);
        if (path.p == NULL)
            d->rc = CP_E_LIMIT;
        else
            message_decode(d, &w, message, path.p);
    }
    if (w.in_results)
        message_edge(d, CP_USER, CP_CLOSE, (struct cp_str){ NULL, 0 });
}
