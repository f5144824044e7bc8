/* SPDX-License-Identifier: MIT */
/*
 * chat_stream_tools - calls put together from fragments.
 *
 * By the book a call's first fragment has index, id and name, and the others index and
 * arguments.  In the wild the index is missing, id and name are repeated or come late or in
 * pieces, one index is used for two calls.  So a call is opened when its arguments begin (by
 * then a name that came in pieces is complete) and its id and name are known; what arrives
 * before that waits.
 *
 *     a fragment with    belongs to
 *     an index           that call; with another id and a name, to a new one
 *     no index, new id   a new call
 *     neither            the last call
 */
#include "chat_stream.h"

enum { TOOLS_MOST = 100 }; /* open at once; the tape's grammar allows 128 blocks */

static struct rx_tool *tool_new(struct rx_choice *c, struct chat_in *d, int64_t key)
{
    struct rx_tool *t;

    if (c->tools_n >= TOOLS_MOST) {
        if (d->rc == CP_OK)
            d->rc = H->fail(d->call, CP_E_LIMIT, "tool_calls: more than %d in one answer",
                            TOOLS_MOST);
        return NULL;
    }
    t = H->alloc(d->call, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->key = key;
    if (c->last == NULL)
        c->tools = t;
    else
        c->last->next = t;
    c->last = t;
    c->tools_n++;
    return t;
}

static struct rx_tool *tool_by_key(struct rx_choice *c, int64_t key)
{
    struct rx_tool *found = NULL;

    for (struct rx_tool *t = c->tools; t != NULL; t = t->next)
        if (t->key == key)
            found = t; /* the last one: an index may be used again */
    return found;
}

static struct rx_tool *tool_for(struct rx_choice *c, struct chat_in *d, struct cp_str fragment,
                                struct cp_str id, struct cp_str name)
{
    struct cp_str index = J->get(fragment, "index");
    struct rx_tool *t = c->last;
    int64_t key = t == NULL ? 0 : t->key < INT64_MAX ? t->key + 1 : t->key;
    int is_other;

    if (J->kind(index) == '0' && J->integer(index, &key) == CP_OK)
        t = tool_by_key(c, key);
    is_other = t != NULL && id.n > 0 && t->id.n > 0 && !openai_text_same(id, t->id);
    /* Some servers make up an id for each fragment: only a name makes it another call. */
    if (is_other && J->kind(index) == '0' && name.n == 0)
        is_other = 0;
    if (t == NULL || is_other || (t->is_closed && name.n > 0))
        return tool_new(c, d, key);
    return t;
}

static void name_take(struct rx_tool *t, struct chat_in *d, struct cp_str name)
{
    struct cp_str two[2] = { t->name, name };

    if (name.n == 0 || t->is_open || t->waiting.n > 0 || openai_text_same(name, t->name))
        return;
    t->name = openai_text_join(d->call, two, 2);
}

static void emit_piece(struct rx_choice *c, struct rx_tool *t, struct chat_in *d,
                       uint32_t flags, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TOOL_CALL),
                          .flags = flags,
                          .index = t->index,
                          .choice = c->number,
                          .text = text,
                          .id = t->id,
                          .sub = t->is_custom || t->is_wrapped ? CP_TOOL_CUSTOM
                                                               : CP_TOOL_FUNCTION };

    if ((flags & CP_OPEN) == 0)
        it.id = (struct cp_str){ NULL, 0 };
    else
        it.name = H->original(d->call, t->name);
    if (t->is_wrapped)
        it.text = chat_unwrap_piece(d->call, &t->unwrapper, text);
    if (t->is_wrapped && (flags & CP_CLOSE) != 0) {
        struct cp_str both[2] = { it.text, chat_unwrap_end(&t->unwrapper) };
        it.text = openai_text_join(d->call, both, 2);
    }
    if (flags != 0 || it.text.n > 0)
        chat_in_emit(d, &it);
}

static void tool_open(struct rx *rx, struct rx_choice *c, struct rx_tool *t, struct chat_in *d)
{
    chat_rx_close_current(rx, c, d);
    if (!c->is_open) {
        c->is_open = 1;
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN,
                                           .sub = CP_ASSISTANT, .choice = c->number });
    }
    t->is_open = 1;
    t->index = rx->index++;
    t->is_wrapped = !t->is_custom && openai_mark_seen(d->call, MARK_CUSTOM, t->name);
    c->has_calls = 1;
    emit_piece(c, t, d, CP_OPEN,
               (struct cp_str){ t->waiting.n > 0 ? t->waiting.p : "", t->waiting.n });
    t->waiting.n = 0;
    if (t->signature.n > 0)
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(STATE), .index = t->index,
                                           .choice = c->number, .name = S("thought_signature"),
                                           .id = S("gemini"), .text = t->signature });
}

static void arguments_take(struct rx *rx, struct rx_choice *c, struct rx_tool *t,
                           struct chat_in *d, struct cp_str v)
{
    struct cp_str text = { NULL, 0 };

    if (J->kind(v) == '"')
        text = chat_rx_text(d->call, v, &t->high);
    else if (J->kind(v) == '{')
        text = J->compact(d->call, v); /* from servers that forget to quote it */
    if (text.n == 0 || t->is_closed)
        return;
    if (t->is_open) {
        emit_piece(c, t, d, 0, text);
        return;
    }
    chat_rx_append(d->call, &t->waiting, text);
    if (t->id.n > 0 && t->name.n > 0)
        tool_open(rx, c, t, d);
}

static void fragment_take(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                          struct cp_str fragment)
{
    struct cp_str id = openai_json_string(d->call, fragment, "id");
    struct cp_str f = J->get(fragment, "function"), name;
    struct cp_str signature = chat_thought_signature(d->call, fragment);
    int is_custom = J->kind(f) != '{' && J->kind(J->get(fragment, "custom")) == '{';
    struct rx_tool *t;

    if (is_custom)
        f = J->get(fragment, "custom");
    name = openai_json_string(d->call, f, "name");
    t = tool_for(c, d, fragment, id, name);
    if (t == NULL)
        return;
    for (struct rx_tool *before = c->tools; before != t; before = before->next)
        if (!before->is_open && !before->is_closed && before->id.n > 0 && before->name.n > 0)
            tool_open(rx, c, before, d);
    t->is_custom |= is_custom;
    if (t->id.n == 0 && id.n > 0)
        t->id = openai_text_copy(d->call, id);
    name_take(t, d, name);
    if (t->signature.n == 0 && signature.n > 0)
        t->signature = openai_text_copy(d->call, signature);
    if (J->kind(f) == '{')
        arguments_take(rx, c, t, d, J->get(f, t->is_custom ? "input" : "arguments"));
    if (!t->is_open && t->waiting.n > 0 && t->id.n > 0 && t->name.n > 0)
        tool_open(rx, c, t, d);
}

void chat_rx_tools(struct rx *rx, struct rx_choice *c, struct chat_in *d, struct cp_str calls)
{
    struct cp_str one;
    size_t at = 0;

    if (J->kind(calls) == '{') { /* one call, from servers that forget the array */
        fragment_take(rx, c, d, calls);
        return;
    }
    while (chat_in_going(d) && J->kind(calls) == '[' && J->each(calls, &at, NULL, &one))
        if (J->kind(one) == '{')
            fragment_take(rx, c, d, one);
}

void chat_rx_function_call(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                           struct cp_str f)
{
    struct cp_str name;
    struct rx_tool *t;

    if (J->kind(f) != '{')
        return;
    t = tool_by_key(c, -1);
    if (t == NULL)
        t = tool_new(c, d, -1);
    if (t == NULL)
        return;
    name = openai_json_string(d->call, f, "name");
    name_take(t, d, name);
    if (t->id.n == 0 && t->name.n > 0)
        t->id = chat_call_id_made(d->call, rx->id, S("function_call"), c->number);
    arguments_take(rx, c, t, d, J->get(f, "arguments"));
}

void chat_rx_tools_settle(struct rx *rx, struct rx_choice *c, struct chat_in *d)
{
    for (struct rx_tool *t = c->tools; t != NULL; t = t->next)
        if (!t->is_open && !t->is_closed && t->id.n > 0 && t->name.n > 0)
            tool_open(rx, c, t, d);
}

void chat_rx_tools_close(struct rx *rx, struct rx_choice *c, struct chat_in *d)
{
    uint32_t n = 0;

    for (struct rx_tool *t = c->tools; t != NULL; t = t->next, n++) {
        if (t->is_closed)
            continue;
        if (!t->is_open && t->name.n > 0) {
            if (t->id.n == 0)
                t->id = chat_call_id_made(d->call, rx->id, t->name, c->number * TOOLS_MOST + n);
            tool_open(rx, c, t, d);
        }
        if (t->is_open)
            emit_piece(c, t, d, CP_CLOSE, t->high != 0 ? S("\xEF\xBF\xBD") : S(""));
        else
            H->note(d->call, CP_REPAIRED, S("tool_calls"),
                    "a call without a name was left out");
        t->is_closed = 1;
    }
}
