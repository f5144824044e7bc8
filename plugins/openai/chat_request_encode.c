/* SPDX-License-Identifier: MIT */
/*
 * chat_request_encode - a tape as the body of POST /chat/completions.
 *
 * The order of members never depends on the client's dialect, so that the same conversation
 * gives the same bytes every time: prompt caches of the servers work on prefixes.
 */
#include "chat.h"

#include <string.h>

enum { ID_BYTES = 64 };

uint32_t chat_block_end(const struct cp_tape *tape, uint32_t at, uint32_t end)
{
    const struct cp_item *first = H->item(tape, at);
    const struct cp_item *it;

    for (uint32_t i = at; i < end && (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == first->kind && it->index == first->index &&
            it->choice == first->choice && (it->flags & CP_CLOSE) != 0)
            return i + 1;
    return end;
}

uint32_t chat_enclosed_end(const struct cp_tape *tape, uint32_t at)
{
    const struct cp_item *it = H->item(tape, at);
    uint32_t kind = it->kind, depth = 0;

    for (uint32_t i = at; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != kind || (kind == CP_MEDIA && it->num != CP_FROM_PARTS))
            continue;
        depth += (it->flags & CP_OPEN) != 0;
        depth -= (it->flags & CP_CLOSE) != 0 && depth > 0;
        if (depth == 0)
            return i + 1;
    }
    for (uint32_t i = at;; i++)
        if (H->item(tape, i) == NULL)
            return i;
}

uint32_t chat_pieces_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *first = H->item(e->tape, at);
    uint32_t stop = chat_block_end(e->tape, at, end);

    for (uint32_t i = at; i < stop; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind != first->kind || it->index != first->index || it->text.n == 0)
            continue;
        if (i > at && (it->flags & CP_SEGMENT) != 0)
            (void)J->piece(e->out, S("\n\n")); /* an out remembers its failure */
        (void)J->piece(e->out, it->text);      /* the same */
    }
    return stop;
}

struct cp_str chat_block_text(struct cp_call *call, const struct cp_tape *tape, uint32_t at,
                              uint32_t end)
{
    const struct cp_item *first = H->item(tape, at);
    uint32_t stop = chat_block_end(tape, at, end);
    struct cp_str *parts;
    size_t n = 0;

    if ((first->flags & CP_CLOSE) != 0)
        return first->text;
    parts = H->alloc(call, (stop - at) * sizeof(*parts));
    if (parts == NULL)
        return S("");
    for (uint32_t i = at; i < stop; i++) {
        const struct cp_item *it = H->item(tape, i);
        if (it->kind == first->kind && it->index == first->index && it->text.n > 0)
            parts[n++] = it->text;
    }
    return openai_text_join(call, parts, n);
}

struct cp_str chat_native_key(struct cp_call *call, const struct cp_item *it)
{
    struct cp_str key = it->name;

    if (it->kind != CP_NATIVE || !openai_text_is(it->id, OPENAI_CHAT))
        return (struct cp_str){ NULL, 0 };
    for (size_t i = key.n; i > 0; i--) {
        if (key.p[i - 1] != '.')
            continue;
        key.p += i;
        key.n -= i;
        break;
    }
    if (key.n == 0 || key.n > 256 || memchr(key.p, '\\', key.n) != NULL ||
        memchr(key.p, ']', key.n) != NULL)
        return (struct cp_str){ NULL, 0 };
    return openai_text_copy(call, key); /* now it ends in a NUL, as a key must */
}

static const struct cp_item *param_item(const struct chat_out *e, const char *name)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_PARAM && openai_text_is(it->name, name) &&
            !openai_json_null(it->text))
            return it;
    return NULL;
}

struct cp_str chat_out_param(const struct chat_out *e, const char *name)
{
    const struct cp_item *it = param_item(e, name);

    return it != NULL ? it->text : (struct cp_str){ NULL, 0 };
}

int chat_out_is_said(const struct chat_out *e, const char *name)
{
    const struct cp_item *it = param_item(e, name);

    return it != NULL && it->id.n > 0;
}

int chat_out_may(struct chat_out *e, const char *member)
{
    if (e->conf->drop.n == 0 || !openai_text_listed(e->conf->drop, member))
        return 1;
    chat_out_note(e, CP_DROPPED, member, "the channel's option drop names it");
    return 0;
}

void chat_out_note(struct chat_out *e, int deed, const char *path, const char *why)
{
    const struct cp_item *param = param_item(e, path);

    if (param != NULL) /* the host knows what its client called it */
        H->note_item(e->call, deed, param, why);
    else
        H->note(e->call, deed, (struct cp_str){ path, strlen(path) }, why);
}

void chat_out_note_item(struct chat_out *e, int deed, const struct cp_item *it, const char *why)
{
    H->note_item(e->call, deed, it, why);
}

/* The results of writing are not looked at: an out that failed stays failed. */
void chat_out_key_raw(struct chat_out *e, const char *member, struct cp_str json)
{
    (void)J->key(e->out, member);
    (void)J->raw(e->out, json);
}

void chat_out_key_text(struct chat_out *e, const char *member, struct cp_str text)
{
    (void)J->key(e->out, member);
    (void)J->string(e->out, text);
}

struct cp_str chat_out_name(struct chat_out *e, struct cp_str name)
{
    return H->rename(e->call, name.p == NULL ? S("_") : name, 64, 0);
}

/* A pure function, so that a call and its result agree in every turn. */
struct cp_str chat_out_id(struct chat_out *e, struct cp_str id)
{
    return id.n > ID_BYTES ? H->rename(e->call, id, ID_BYTES, CP_NAME_DOTS) : id;
}

static void stream_encode(struct chat_out *e)
{
    const struct cp_item *it;

    if (!e->call->stream)
        return;
    chat_out_key_raw(e, "stream", S("true"));
    if (!e->conf->usage_in_stream || !chat_out_may(e, "stream_options"))
        return;
    (void)J->key(e->out, "stream_options");
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "include_usage", S("true"));
    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_CHAT) &&
            openai_text_is(it->name, "stream_options.include_obfuscation"))
            chat_out_key_raw(e, "include_obfuscation", it->text);
    (void)J->close(e->out);
}

static struct cp_str start_model(const struct cp_tape *tape)
{
    const struct cp_item *it = H->item(tape, 0);

    return it != NULL && it->kind == CP_START && it->name.p != NULL ? it->name : S("");
}

int chat_request_encode(const struct chat_conf *conf, struct cp_call *call,
                        const struct cp_tape *tape, struct cp_out *out)
{
    struct chat_out e = { .call = call, .tape = tape, .out = out, .conf = conf };
    int rc;

    if (call->op != CP_CHAT)
        return CP_OK; /* a GET has no body */
    e.model = call->model.n > 0 ? call->model : start_model(tape);
    e.caps = chat_caps_of(e.model);
    e.from_chat =
        openai_text_is(call->client_dialect, OPENAI_CHAT) || call->client_dialect.n == 0;
    e.is_custom_native = conf->custom == CUSTOM_NATIVE ||
                         (conf->custom == WORD_AUTO && (e.caps.flags & CAP_CUSTOM) != 0);
    (void)J->open(out, '{');
    chat_out_key_text(&e, "model", e.model);
    (void)J->key(out, "messages");
    (void)J->open(out, '[');
    chat_messages_encode(&e);
    (void)J->close(out);
    chat_tools_encode(&e);
    chat_params_encode(&e);
    chat_effort_encode(&e);
    chat_identity_encode(&e);
    stream_encode(&e);
    chat_natives_encode(&e);
    chat_losses_note(&e);
    if (e.rc == CP_OK && e.messages_n == 0)
        e.rc = H->fail(call, CP_E_SYNTAX, "messages: nothing in them can be said here");
    rc = J->close(out);
    return e.rc != CP_OK ? e.rc : rc;
}
