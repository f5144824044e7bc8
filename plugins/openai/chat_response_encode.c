/* SPDX-License-Identifier: MIT */
/*
 * chat_response_encode - a tape as one chat.completion.
 *
 * The tape may be a stream that was folded, with its blocks interleaved, so every member is
 * gathered by a walk of its own over the items of its choice.
 */
#include "chat.h"

#include <string.h>

struct whole {
    struct cp_call *call;
    const struct cp_tape *tape;
    struct cp_out *out;
    uint32_t choice;
    int is_legacy;
    uint32_t texts, refusals, reasonings, calls, cites, logprobs, images, states;
    size_t text_bytes;
    const struct cp_item *stop;
};

struct cp_str chat_response_id(struct cp_call *call, struct cp_str id)
{
    struct cp_str parts[2] = { S("chatcmpl-"), id };

    if (openai_text_begins(id, "chatcmpl-"))
        return id;
    if (id.n == 0)
        parts[1] = call->trace;
    return openai_text_join(call, parts, 2);
}

struct cp_str chat_response_model(struct cp_call *call, struct cp_str model)
{
    if (model.n > 0)
        return model;
    return call->client_model.p != NULL ? call->client_model : S("");
}

static void count(struct whole *w, const struct cp_item *it)
{
    int opens = (it->flags & CP_OPEN) != 0;

    w->texts += (it->kind == CP_TEXT || chat_code_is(it)) && opens;
    w->text_bytes += it->kind == CP_TEXT || chat_code_is(it) ? it->text.n : 0;
    w->refusals += it->kind == CP_REFUSAL && opens;
    w->reasonings += it->kind == CP_REASONING && it->text.n > 0;
    w->calls += it->kind == CP_TOOL_CALL && opens;
    w->images += it->kind == CP_MEDIA && opens && it->sub == CP_IMAGE &&
                 (it->num == CP_FROM_BASE64 || it->num == CP_FROM_URL);
    w->logprobs += it->kind == CP_CITE && openai_text_is(it->name, "logprobs");
    w->cites += it->kind == CP_CITE && !openai_text_is(it->name, "logprobs");
    if (it->kind == CP_STATE)
        w->states++;
    if (it->kind == CP_STOP)
        w->stop = it;
    if (it->kind == CP_SERVER_CALL && opens && !chat_code_is(it))
        H->note_item(w->call, CP_DROPPED, it, "this dialect shows no hosted tools at work");
}

static struct whole choice_read(struct cp_call *call, const struct cp_tape *tape,
                                uint32_t choice)
{
    struct whole w = { .call = call, .tape = tape, .choice = choice };
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->choice == choice)
            count(&w, it);
    return w;
}

static void raw_key(struct cp_out *out, const char *key, struct cp_str json)
{
    (void)J->key(out, key); /* an out remembers its failure; so everywhere here */
    (void)J->raw(out, json);
}

static void text_key(struct cp_out *out, const char *key, struct cp_str text)
{
    (void)J->key(out, key);
    (void)J->string(out, text);
}

/* What a piece says of a member of the kind; programs are said with the text. */
static struct cp_str words_of(const struct whole *w, struct chat_code *code,
                              const struct cp_item *it, uint32_t kind)
{
    if (it->kind == kind)
        return it->text;
    if (kind == CP_TEXT && (it->kind == CP_SERVER_CALL || it->kind == CP_SERVER_RESULT))
        return chat_code_take(w->call, code, it);
    return S("");
}

/* All pieces of a kind, of this choice, as one string. */
static void gather(const struct whole *w, const char *key, uint32_t kind)
{
    struct chat_code code = { 0, 0, { NULL, 0 } };
    const struct cp_item *it;
    struct cp_str text;
    size_t bytes = 0;

    (void)J->key(w->out, key);
    (void)J->quote_open(w->out);
    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        text = it->choice == w->choice ? words_of(w, &code, it, kind) : S("");
        if (text.n == 0)
            continue;
        if (bytes == 0 && it->kind != kind) /* a fence begins the text as it begins a line */
            text = (struct cp_str){ text.p + 1, text.n - 1 };
        if (bytes > 0 && kind == CP_REASONING && (it->flags & (CP_SEGMENT | CP_OPEN)) != 0)
            (void)J->piece(w->out, S("\n\n"));
        bytes += text.n;
        (void)J->piece(w->out, text);
    }
    (void)J->quote_close(w->out);
}

/* Blocks of reasoning that are open while the tape is walked. */
struct open_blocks {
    uint32_t index[64], n;
};

static int open_find(const struct open_blocks *o, uint32_t index)
{
    for (uint32_t i = 0; i < o->n; i++)
        if (o->index[i] == index)
            return (int)i;
    return -1;
}

static void open_track(struct open_blocks *o, const struct cp_item *it)
{
    int found = open_find(o, it->index);

    if ((it->flags & CP_WHOLE) == CP_OPEN && found < 0 && o->n < 64)
        o->index[o->n++] = it->index;
    else if ((it->flags & CP_CLOSE) != 0 && found >= 0)
        o->index[found] = o->index[--o->n];
}

static void states_encode(const struct whole *w)
{
    struct open_blocks open = { { 0 }, 0 };
    const struct cp_item *it;
    int n = 0;

    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        if (it->choice != w->choice)
            continue;
        if (it->kind == CP_REASONING)
            open_track(&open, it);
        if (it->kind != CP_STATE || open_find(&open, it->index) < 0)
            continue;
        if (n++ == 0) {
            (void)J->key(w->out, "reasoning_details");
            (void)J->open(w->out, '[');
        }
        chat_detail_encode(w->call, w->out, it);
    }
    if (n > 0)
        (void)J->close(w->out);
}

void chat_cite_encode(struct cp_call *call, struct cp_out *out, const struct cp_item *cite)
{
    struct cp_str url = J->get(cite->text, "url"), title = J->get(cite->text, "title");
    struct cp_str start = J->get(cite->text, "start"), end = J->get(cite->text, "end");

    if (openai_text_is(cite->id, OPENAI_CHAT) && cite->meta.n > 0) {
        (void)J->raw(out, cite->meta);
        return;
    }
    if (J->get(cite->meta, "encrypted_index").n > 2)
        H->note_item(call, CP_APPROXIMATED, cite, "a link without its maker's own index");
    (void)J->open(out, '{');
    raw_key(out, "type", S("\"url_citation\""));
    (void)J->key(out, "url_citation");
    (void)J->open(out, '{');
    raw_key(out, "start_index", J->kind(start) == '0' ? start : S("0"));
    raw_key(out, "end_index", J->kind(end) == '0' ? end : S("0"));
    raw_key(out, "url", J->kind(url) == '"' ? url : S("\"\""));
    raw_key(out, "title", J->kind(title) == '"' ? title : S("\"\""));
    (void)J->close(out);
    (void)J->close(out);
}

static int is_shown_cite(const struct cp_item *it)
{
    return it->kind == CP_CITE &&
           (openai_text_is(it->name, "url") ||
            (openai_text_is(it->id, OPENAI_CHAT) && !openai_text_is(it->name, "logprobs")));
}

static void cites_encode(const struct whole *w)
{
    const struct cp_item *it;
    int n = 0;

    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        if (it->kind != CP_CITE || it->choice != w->choice)
            continue;
        if (!is_shown_cite(it)) {
            if (!openai_text_is(it->name, "logprobs"))
                H->note(w->call, CP_DROPPED, S("annotations"), "only links can be cited");
            continue;
        }
        if (n++ == 0) {
            (void)J->key(w->out, "annotations");
            (void)J->open(w->out, '[');
        }
        chat_cite_encode(w->call, w->out, it);
    }
    if (n > 0)
        (void)J->close(w->out);
}

static void images_encode(const struct whole *w)
{
    const struct cp_item *it;

    (void)J->key(w->out, "images");
    (void)J->open(w->out, '[');
    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        if (it->kind != CP_MEDIA || it->choice != w->choice || it->sub != CP_IMAGE ||
            (it->flags & CP_OPEN) == 0 || (it->num != CP_FROM_BASE64 && it->num != CP_FROM_URL))
            continue;
        (void)J->open(w->out, '{');
        raw_key(w->out, "type", S("\"image_url\""));
        (void)J->key(w->out, "image_url");
        (void)J->open(w->out, '{');
        text_key(w->out, "url",
                 it->num == CP_FROM_URL ? it->text
                                        : openai_media_data_url(w->call, it->name, it->text));
        (void)J->close(w->out);
        (void)J->close(w->out);
    }
    (void)J->close(w->out);
}

/* ---- calls ------------------------------------------------------------------------------- */

static void arguments_encode(const struct whole *w, const char *key, uint32_t at,
                             int is_function)
{
    struct cp_str text = chat_block_text(w->call, w->tape, at, CHAT_REST);

    text_key(w->out, key, is_function && openai_text_trim(text).n == 0 ? S("{}") : text);
}

static void signature_encode(const struct whole *w, uint32_t at)
{
    const struct cp_item *call = H->item(w->tape, at), *it;
    uint32_t end = chat_block_end(w->tape, at, CHAT_REST);

    for (uint32_t i = at; i < end && (it = H->item(w->tape, i)) != NULL; i++) {
        if (it->kind != CP_STATE || it->index != call->index || it->choice != call->choice ||
            !openai_text_is(it->id, "gemini"))
            continue;
        (void)J->key(w->out, "extra_content");
        (void)J->open(w->out, '{');
        (void)J->key(w->out, "google");
        (void)J->open(w->out, '{');
        text_key(w->out, "thought_signature", it->text);
        (void)J->close(w->out);
        (void)J->close(w->out);
        return;
    }
}

static void call_encode(const struct whole *w, uint32_t at)
{
    const struct cp_item *it = H->item(w->tape, at);
    int is_custom = it->sub == CP_TOOL_CUSTOM;

    (void)J->open(w->out, '{');
    text_key(w->out, "id", it->id.p == NULL ? S("") : it->id);
    raw_key(w->out, "type", is_custom ? S("\"custom\"") : S("\"function\""));
    (void)J->key(w->out, is_custom ? "custom" : "function");
    (void)J->open(w->out, '{');
    text_key(w->out, "name", it->name);
    arguments_encode(w, is_custom ? "input" : "arguments", at, !is_custom);
    (void)J->close(w->out);
    signature_encode(w, at);
    (void)J->close(w->out);
}

static void calls_encode(const struct whole *w)
{
    const struct cp_item *it;
    uint32_t i;

    (void)J->key(w->out, w->is_legacy ? "function_call" : "tool_calls");
    if (!w->is_legacy)
        (void)J->open(w->out, '[');
    for (i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        if (it->kind != CP_TOOL_CALL || it->choice != w->choice || (it->flags & CP_OPEN) == 0)
            continue;
        if (!w->is_legacy) {
            call_encode(w, i);
            continue;
        }
        (void)J->open(w->out, '{'); /* the older words have room for one call */
        text_key(w->out, "name", it->name);
        arguments_encode(w, "arguments", i, 1);
        (void)J->close(w->out);
        if (w->calls > 1)
            H->note(w->call, CP_DROPPED, S("function_call"), "only the first of several calls");
        return;
    }
    if (!w->is_legacy)
        (void)J->close(w->out);
}

/* ---- logprobs: one object, whatever number of pieces it came in -------------------------- */

static void logprob_list(const struct whole *w, const char *key)
{
    const struct cp_item *it;
    int n = 0;

    (void)J->key(w->out, key);
    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        struct cp_str list, one;
        size_t at = 0;
        if (it->kind != CP_CITE || it->choice != w->choice ||
            !openai_text_is(it->name, "logprobs"))
            continue;
        list = J->get(it->text, key);
        if (J->kind(list) == '[' && n++ == 0)
            (void)J->open(w->out, '[');
        while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
            (void)J->raw(w->out, one);
    }
    if (n > 0)
        (void)J->close(w->out);
    else
        (void)J->raw(w->out, S("null"));
}

static void logprobs_encode(const struct whole *w)
{
    (void)J->key(w->out, "logprobs");
    if (w->logprobs == 0) {
        (void)J->raw(w->out, S("null"));
        return;
    }
    (void)J->open(w->out, '{');
    logprob_list(w, "content");
    logprob_list(w, "refusal");
    (void)J->close(w->out);
}

/* ---- what servers of this dialect added -------------------------------------------------- */

enum { OF_BODY, OF_MESSAGE, OF_CHOICE };

/* Natives of ours: those before any message are the body's. */
static void own_encode(const struct whole *w, int owner)
{
    const struct cp_item *it;
    int depth = 0;

    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL; i++) {
        struct cp_str key = { NULL, 0 };
        int of = openai_text_begins(it->name, "choices[].") ? OF_CHOICE
                 : depth > 0                                ? OF_MESSAGE
                                                            : OF_BODY;
        if (it->kind == CP_MESSAGE)
            depth += (it->flags & CP_OPEN) != 0 ? 1 : -1;
        if (it->kind == CP_NATIVE && of == owner &&
            (owner == OF_BODY || it->choice == w->choice))
            key = chat_native_key(w->call, it);
        if (key.p != NULL)
            raw_key(w->out, key.p, it->text);
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

static void message_encode(const struct whole *w)
{
    int is_told = w->stop != NULL && w->stop->sub == CP_STOP_REFUSED && w->stop->text.n > 0 &&
                  w->text_bytes == 0;

    (void)J->key(w->out, "message");
    (void)J->open(w->out, '{');
    raw_key(w->out, "role", S("\"assistant\""));
    if (w->texts == 0 && (w->calls > 0 || w->refusals > 0 || is_told))
        raw_key(w->out, "content", S("null"));
    else
        gather(w, "content", CP_TEXT);
    if (w->refusals > 0)
        gather(w, "refusal", CP_REFUSAL);
    else if (is_told)
        text_key(w->out, "refusal", w->stop->text);
    else
        raw_key(w->out, "refusal", S("null"));
    if (w->reasonings > 0)
        gather(w, "reasoning_content", CP_REASONING);
    if (w->states > 0)
        states_encode(w);
    if (w->cites > 0)
        cites_encode(w);
    if (w->images > 0)
        images_encode(w);
    if (w->calls > 0)
        calls_encode(w);
    own_encode(w, OF_MESSAGE);
    (void)J->close(w->out);
}

static void choice_encode(const struct whole *w)
{
    struct cp_item none = { CP_ITEM(STOP), .sub = CP_STOP_TURN };
    const char *word =
        chat_finish_encode(w->stop == NULL ? &none : w->stop, w->calls > 0, w->is_legacy);

    (void)J->open(w->out, '{');
    (void)J->key(w->out, "index");
    (void)J->number(w->out, w->choice);
    message_encode(w);
    logprobs_encode(w);
    text_key(w->out, "finish_reason", (struct cp_str){ word, strlen(word) });
    own_encode(w, OF_CHOICE);
    (void)J->close(w->out);
}

static uint64_t choices_of(const struct cp_tape *tape, struct meters *m)
{
    const struct cp_item *it;
    uint64_t choices = 0;

    chat_meters_clear(m);
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if ((it->kind == CP_MESSAGE || it->kind == CP_STOP) && it->choice < 64)
            choices |= UINT64_C(1) << it->choice;
        if (it->kind == CP_USAGE)
            chat_meters_take(m, it);
    }
    return choices == 0 ? 1 : choices;
}

static const struct cp_item *start_of(const struct cp_tape *tape)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == CP_START)
            return it;
    return NULL;
}

int openai_tape_broke(const struct cp_tape *tape)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == CP_ERROR)
            return 1;
    return 0;
}

int chat_response_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    struct cp_item none = { CP_ITEM(START) };
    const struct cp_item *start = start_of(tape);
    struct whole w = { .call = call, .tape = tape, .out = out };
    struct meters m;
    uint64_t choices = choices_of(tape, &m);

    if (openai_tape_broke(tape)) /* an answer that broke off is none */
        return openai_failure_encode(call, tape, out);
    start = start == NULL ? &none : start;
    (void)J->open(out, '{');
    text_key(out, "id", chat_response_id(call, start->id));
    raw_key(out, "object", S("\"chat.completion\""));
    (void)J->key(out, "created");
    (void)J->number(out, start->num > 0 ? start->num : H->now_ms() / 1000);
    text_key(out, "model", chat_response_model(call, start->name));
    (void)J->key(out, "choices");
    (void)J->open(out, '[');
    for (uint32_t c = 0; c < 64; c++) {
        if ((choices >> c & 1) == 0)
            continue;
        w = choice_read(call, tape, c);
        w.out = out;
        w.is_legacy = chat_request_is_legacy(call);
        choice_encode(&w);
    }
    (void)J->close(out);
    (void)J->key(out, "usage");
    chat_meters_write(out, &m);
    own_encode(&w, OF_BODY);
    return J->close(out);
}
