/* SPDX-License-Identifier: MIT */
/*
 * responses_input_decode - the items of input as messages.
 *
 * A run of reasoning, message and call items without anything of the user's between is one
 * turn of the assistant; answers to calls are a turn of the user's.  Leading instructions are
 * SYSTEM, later ones stay where they are.  An item that is only referred to is read as if it
 * stood there, if the host still has it.
 */
#include "responses.h"

#include <string.h>

enum { DEPTH_MOST = 4 };

static void fail(struct responses_in *r, const char *path, const char *what)
{
    if (r->d.rc == CP_OK)
        r->d.rc = H->fail(r->d.call, CP_E_SYNTAX, "%s: %s", path, what);
}

void responses_close(struct responses_in *r)
{
    if (r->role != 0)
        chat_in_emit(&r->d,
                     &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = r->role });
    r->role = 0;
}

static void message_open(struct responses_in *r, uint32_t role)
{
    responses_close(r);
    chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = role });
    r->role = role;
    r->is_led = 1;
    r->d.index = 0;
}

/* The open message goes on if it is of that role. */
static void message_continue(struct responses_in *r, uint32_t role)
{
    if (r->role != role)
        message_open(r, role);
}

/* ---- messages ---------------------------------------------------------------------------- */

static uint32_t role_of(struct cp_str role)
{
    return J->is(role, "user")        ? CP_USER
           : J->is(role, "assistant") ? CP_ASSISTANT
           : J->is(role, "system")    ? CP_SYS
           : J->is(role, "developer") ? CP_DEVELOPER
                                      : 0;
}

static int is_all_text(struct cp_str content)
{
    struct cp_str part;
    size_t at = 0;

    if (J->kind(content) == '"')
        return 1;
    while (J->kind(content) == '[' && J->each(content, &at, NULL, &part))
        if (J->kind(part) != '{' || J->kind(J->get(part, "text")) != '"')
            return 0;
    return J->kind(content) == '[';
}

static void system_decode(struct responses_in *r, struct cp_str content, uint32_t authority)
{
    struct cp_item it = { CP_ITEM(SYSTEM), .sub = authority };
    struct cp_str part;
    size_t at = 0;

    if (J->kind(content) == '"') {
        it.text = J->text(r->d.call, content);
        chat_in_emit(&r->d, &it);
    }
    while (J->kind(content) == '[' && chat_in_going(&r->d) &&
           J->each(content, &at, NULL, &part)) {
        it.text = J->text(r->d.call, J->get(part, "text"));
        if (it.text.n == 0)
            continue;
        chat_in_emit(&r->d, &it);
        chat_mark_decode(&r->d, part, NULL);
    }
}

static void content_decode(struct responses_in *r, struct cp_str content, const char *path,
                           const char *member)
{
    struct cp_str part;
    size_t at = 0;

    if (J->kind(content) == '"') {
        struct cp_str text = J->text(r->d.call, content);
        if (text.n > 0)
            chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE,
                                                   .index = r->d.index++, .text = text });
        return;
    }
    for (size_t i = 0; chat_in_going(&r->d) && J->each(content, &at, NULL, &part); i++) {
        struct cp_str where = openai_text_format(r->d.call, "%s.%s[%zu]", path, member, i);
        if (where.p == NULL)
            r->d.rc = CP_E_LIMIT;
        else
            responses_part_decode(&r->d, part, where.p);
    }
}

/* Instructions have no place for what else an item says. */
static void rest_note(struct responses_in *r, struct cp_str item, const char *path)
{
    static const struct cp_str known[] = { NAME("type"), NAME("id"), NAME("role"),
                                           NAME("content"), NAME("status") };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(item, &at, &key, &v)) {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(*known) && !openai_text_same(key, known[i]))
            i++;
        if (i < sizeof(known) / sizeof(*known) || J->kind(v) == 'n')
            continue;
        H->note(r->d.call, CP_DROPPED,
                openai_text_format(r->d.call, "%s.%.*s", path, (int)key.n, key.p),
                "instructions are only text");
    }
}

static void message_decode(struct responses_in *r, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type", "id", "role", "content", "status", NULL };
    struct cp_str content = J->get(item, "content");
    uint32_t role = role_of(J->get(item, "role"));

    if (role == 0) {
        fail(r, path, "role: expected user, assistant, system or developer");
        return;
    }
    if (openai_json_null(content))
        content = S("\"\"");
    else if (!chat_in_expect(&r->d, content, "\"[", path,
                             "content: expected a string or an array"))
        return;
    if (!r->is_led && role >= CP_SYS && is_all_text(content)) {
        system_decode(r, content, role == CP_SYS ? CP_BY_SYSTEM : CP_BY_DEVELOPER);
        rest_note(r, item, path);
        return;
    }
    message_open(r, role);
    content_decode(r, content, path, "content");
    responses_rest_decode(&r->d, item, path, known);
}

/* ---- answers of tools -------------------------------------------------------------------- */

static void result_decode(struct responses_in *r, struct cp_str item, const char *path,
                          uint32_t kind)
{
    static const char *const known[] = { "type",   "id",   "call_id",   "output",
                                         "status", "name", "namespace", NULL };
    struct cp_str output = J->get(item, "output");
    struct cp_item it = { CP_ITEM(TOOL_RESULT),
                          .flags = CP_OPEN,
                          .id = openai_json_string(r->d.call, item, "call_id"),
                          .name = openai_json_string(r->d.call, item, "name"),
                          .sub = kind,
                          .num = -1 };

    if (it.id.n == 0) {
        fail(r, path, "call_id: expected a string");
        return;
    }
    message_continue(r, CP_USER);
    chat_in_emit(&r->d, &it);
    if (J->kind(output) == '"' || J->kind(output) == '[')
        content_decode(r, output, path, "output");
    else if (!openai_json_null(output)) /* some clients send what their tool returned */
        chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .sub = 1,
                                               .index = r->d.index++, .text = output });
    it.flags = CP_CLOSE;
    chat_in_emit(&r->d, &it);
    responses_rest_decode(&r->d, item, path, known);
}

/* ---- what is no content ------------------------------------------------------------------ */

static void item_decode(struct responses_in *r, struct cp_str item, const char *path);

static void reference_decode(struct responses_in *r, struct cp_str item, const char *path)
{
    struct cp_str id = openai_json_string(r->d.call, item, "id");
    struct cp_str kept = id.n > 0 ? responses_kept_item(r->d.call, id) : id;

    if (id.n == 0) {
        fail(r, path, "neither a type nor a role nor an id");
        return;
    }
    if (J->kind(kept) == '{' && r->depth < DEPTH_MOST && J->check(r->d.call, kept) == CP_OK) {
        r->depth++;
        item_decode(r, kept, path);
        r->depth--;
        return;
    }
    message_continue(r, CP_ASSISTANT);
    chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(REFERENCE), .flags = CP_WHOLE,
                                           .index = r->d.index++, .id = id });
}

static void trigger_decode(struct responses_in *r, struct cp_str item)
{
    responses_close(r);
    chat_in_emit(&r->d, &(struct cp_item){ CP_ITEM(CONTROL), .name = S("compaction_trigger"),
                                           .id = S(OPENAI_RESPONSES), .text = item });
}

static void added_decode(struct responses_in *r, struct cp_str item, const char *path)
{
    struct cp_str where = openai_text_format(r->d.call, "%s.tools", path);

    if (where.p != NULL)
        responses_tools_decode(r, J->get(item, "tools"), where.p, RESPONSES_TOOL_ADDED);
}

/* Calls of tools that only their maker knows are the assistant's, all else is the user's. */
static void unknown_decode(struct responses_in *r, struct cp_str item, struct cp_str type,
                           const char *path)
{
    struct cp_str word = J->text(r->d.call, type);
    int is_call = word.n > 5 && memcmp(word.p + word.n - 5, "_call", 5) == 0;

    message_continue(r, is_call || J->is(type, "mcp_list_tools") ||
                                J->is(type, "mcp_approval_request")
                            ? CP_ASSISTANT
                            : CP_USER);
    responses_native(&r->d, path, item);
}

static void item_decode(struct responses_in *r, struct cp_str item, const char *path)
{
    struct cp_str type;

    if (!chat_in_expect(&r->d, item, "{", path, "expected an object"))
        return;
    type = J->get(item, "type");
    if (!openai_json_null(type) &&
        !chat_in_expect(&r->d, type, "\"", path, "type: expected a string"))
        return;
    if (responses_is_output(item)) {
        message_continue(r, CP_ASSISTANT);
        (void)responses_output_decode(&r->d, item, path); /* it is one */
    } else if (J->is(type, "message") ||
               (openai_json_null(type) && !openai_json_null(J->get(item, "role")))) {
        message_decode(r, item, path);
    } else if (J->is(type, "function_call_output")) {
        result_decode(r, item, path, CP_TOOL_FUNCTION);
    } else if (J->is(type, "custom_tool_call_output")) {
        result_decode(r, item, path, CP_TOOL_CUSTOM);
    } else if (J->is(type, "compaction") || J->is(type, "compaction_summary")) {
        message_continue(r, CP_USER);
        (void)responses_output_decode(&r->d, item, path); /* it is one */
    } else if (J->is(type, "compaction_trigger")) {
        trigger_decode(r, item);
    } else if (J->is(type, "additional_tools")) {
        added_decode(r, item, path);
    } else if (J->is(type, "item_reference") || openai_json_null(type)) {
        reference_decode(r, item, path);
    } else {
        unknown_decode(r, item, type, path);
    }
}

void responses_input_decode(struct responses_in *r, struct cp_str input)
{
    struct cp_str item;
    size_t at = 0;

    if (J->kind(input) == '"') {
        message_open(r, CP_USER);
        content_decode(r, input, r->list, "content");
        return;
    }
    for (size_t i = 0; chat_in_going(&r->d) && J->each(input, &at, NULL, &item); i++) {
        struct cp_str path = openai_text_format(r->d.call, "%s[%zu]", r->list, i);
        if (path.p == NULL)
            r->d.rc = CP_E_LIMIT;
        else
            item_decode(r, item, path.p);
    }
}
