/* SPDX-License-Identifier: MIT */
/*
 * messages_decode - a client's conversation as a tape.
 *
 * Ollama's clients need not name calls: a result belongs to the first call of its tool that has none yet, or, if it
 * names no tool either, to the first of all.  Ids that are made up are numbers in the conversation, so they are the same
 * in each of its turns.
 */
#include "ollama.h"

struct waiting { /* a call without a result */
    struct waiting *next;
    struct cp_str name, id;
};

struct talk {
    struct cp_call *call;
    struct cp_tape *tape;
    struct waiting *first, *last;
    unsigned calls;
    int has_turns;
};

static void emit(struct talk *t, struct cp_item it)
{
    (void)H->emit(t->tape, &it); /* a tape remembers its failure */
}

static void edge(struct talk *t, uint32_t flags, uint32_t role)
{
    emit(t, (struct cp_item){ CP_ITEM(MESSAGE), .flags = flags, .sub = role });
}

static void whole(struct talk *t, uint32_t kind, uint32_t sub, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_WHOLE, .sub = sub, .text = text };

    it.kind = kind;
    if (text.n > 0)
        emit(t, it);
}

/* What the bytes are, by their first ones; source: RFC 2083, ITU T.81, GIF89a, RFC 9649 */
static struct cp_str mime_of(struct cp_str base64)
{
    static const struct {
        const char *begins, *mime;
    } known[] = {
        { "iVBORw0KGgo", "image/png" },
        { "/9j/", "image/jpeg" },
        { "R0lGOD", "image/gif" },
        { "UklGR", "image/webp" },
    };

    for (size_t i = 0; i < COUNT(known); i++)
        if (text_begins(base64, known[i].begins))
            return text_of(known[i].mime);
    return S("image/png");
}

static void images_decode(struct talk *t, struct cp_str images)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(images) == '[' && J->each(images, &at, NULL, &one)) {
        struct cp_str data = J->kind(one) == '"' ? J->text(t->call, one) : NOTHING;
        if (data.n > 0)
            emit(t, (struct cp_item){ CP_ITEM(MEDIA), .flags = CP_WHOLE, .sub = CP_IMAGE,
                                      .num = CP_FROM_BASE64, .name = mime_of(data),
                                      .text = data });
    }
}

/* ---- calls and results ---- */

static void call_decode(struct talk *t, struct cp_str one)
{
    struct cp_str f = J->kind(one) == '{' ? J->get(one, "function") : NOTHING;
    struct cp_str name = json_text(t->call, f, "name"), args;
    struct waiting *w = H->alloc(t->call, sizeof(*w));

    if (name.n == 0 || w == NULL)
        return;
    args = J->get(f, "arguments");
    w->name = name;
    w->id = json_text(t->call, one, "id");
    t->calls++;
    if (w->id.n == 0)
        w->id = text_format(t->call, "call_%u", t->calls);
    if (t->last == NULL)
        t->first = w;
    else
        t->last->next = w;
    t->last = w;
    args = J->kind(args) == '{'   ? J->compact(t->call, args)
           : J->kind(args) == '"' ? J->text(t->call, args)
                                  : S("{}");
    emit(t, (struct cp_item){ CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = CP_TOOL_FUNCTION,
                              .name = name, .id = w->id, .text = args });
}

static void calls_decode(struct talk *t, struct cp_str calls)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(calls) == '[' && J->each(calls, &at, NULL, &one))
        call_decode(t, one);
}

static int is_for(const struct waiting *w, struct cp_str id, struct cp_str name)
{
    if (id.n > 0)
        return text_same(w->id, id);
    return name.n == 0 || text_same(w->name, name);
}

/* The call that a result answers, which waits no longer; NULL: none. */
static const struct waiting *answered(struct talk *t, struct cp_str id, struct cp_str name)
{
    struct waiting **at = &t->first, *w;

    t->last = NULL;
    while (*at != NULL && !is_for(*at, id, name)) {
        t->last = *at;
        at = &(*at)->next;
    }
    w = *at;
    if (w != NULL)
        *at = w->next;
    while (*at != NULL) { /* who is last now */
        t->last = *at;
        at = &(*at)->next;
    }
    return w;
}

static void result_decode(struct talk *t, struct cp_str message)
{
    struct cp_str name = json_text(t->call, message, "tool_name");
    const struct waiting *w;
    struct cp_item it = { CP_ITEM(TOOL_RESULT), .flags = CP_OPEN, .sub = CP_TOOL_FUNCTION,
                          .num = -1 };

    if (name.n == 0)
        name = json_text(t->call, message, "name"); /* before 2025 */
    it.id = json_text(t->call, message, "tool_call_id");
    w = answered(t, it.id, name);
    if (w != NULL)
        it.id = w->id;
    it.name = name.n > 0 || w == NULL ? name : w->name;
    edge(t, CP_OPEN, CP_USER);
    emit(t, it);
    whole(t, CP_TEXT, 0, json_text(t->call, message, "content"));
    images_decode(t, J->get(message, "images"));
    it.flags = CP_CLOSE;
    emit(t, it);
    edge(t, CP_CLOSE, CP_USER);
}

/* ---- messages ---- */

static void turn_decode(struct talk *t, struct cp_str message, uint32_t role)
{
    edge(t, CP_OPEN, role);
    if (role == CP_ASSISTANT)
        whole(t, CP_REASONING, CP_RAW_THOUGHT, json_text(t->call, message, "thinking"));
    whole(t, CP_TEXT, 0, json_text(t->call, message, "content"));
    images_decode(t, J->get(message, "images"));
    if (role == CP_ASSISTANT)
        calls_decode(t, J->get(message, "tool_calls"));
    edge(t, CP_CLOSE, role);
}

/* 0: no such role. */
static int message_decode(struct talk *t, struct cp_str message)
{
    struct cp_str role = json_text(t->call, message, "role");
    struct cp_str content = json_text(t->call, message, "content");

    if (text_is(role, "system") && !t->has_turns) {
        if (content.n > 0)
            emit(t, (struct cp_item){ CP_ITEM(SYSTEM), .sub = CP_BY_SYSTEM, .text = content });
        return 1;
    }
    t->has_turns = 1;
    if (text_is(role, "system"))
        turn_decode(t, message, CP_SYS);
    else if (text_is(role, "user"))
        turn_decode(t, message, CP_USER);
    else if (text_is(role, "assistant"))
        turn_decode(t, message, CP_ASSISTANT);
    else if (text_is(role, "tool"))
        result_decode(t, message);
    else
        return 0;
    return 1;
}

void messages_decode(struct cp_call *call, struct cp_str messages, struct cp_tape *tape)
{
    struct talk t = { .call = call, .tape = tape };
    struct cp_str message;
    size_t at = 0, n = 0;

    for (; J->each(messages, &at, NULL, &message); n++)
        if (!message_decode(&t, message))
            H->note(call, CP_DROPPED, text_format(call, "messages[%zu]", n),
                    "a message of nobody that is known");
}
