/* SPDX-License-Identifier: MIT */
/*
 * chat_stream_tx - a tape as a stream of chunks to a client.
 *
 * All chunks share id, created and model.  The first of each choice has the role, the last
 * its finish_reason; usage comes behind them, and only for clients that asked (whose every
 * other chunk then says usage:null).  [DONE] is written for END and for nothing else: behind
 * an error it would make a broken answer look complete.
 */
#include "chat.h"

#include <string.h>

enum { CHOICES_MOST = 64 };

struct tx_call {                    /* an open call */
    uint32_t index, choice, number; /* block; candidate; tool_calls[].index */
    int is_custom, has_arguments, is_mute;
    struct tx_call *next;
};

struct tx {
    struct cp_str id, model;
    int64_t created;
    int wants_usage, is_legacy, is_over;
    struct meters meters;
    struct chat_code code;
    struct tx_call *calls, *spare;
    struct {
        uint32_t calls_n;
        int has_role, has_words, has_reasoning;
    } choices[CHOICES_MOST];
    uint32_t reasoning[CHOICES_MOST]; /* blocks of reasoning that are open, for their state */
    uint32_t reasoning_n;
};

int chat_tx_open(void *instance, struct cp_call *call, void **state)
{
    struct tx *tx = H->alloc(call, sizeof(*tx));

    (void)instance; /* options are an upstream's */
    if (tx == NULL)
        return CP_E_LIMIT;
    tx->wants_usage = chat_request_wants_usage(call);
    tx->is_legacy = chat_request_is_legacy(call);
    chat_meters_clear(&tx->meters);
    *state = tx;
    return CP_OK;
}

/* ---- the frame of a chunk ---------------------------------------------------------------- */

static void raw_key(struct cp_out *out, const char *key, struct cp_str json)
{
    (void)J->key(out, key); /* an out remembers its failure; so everywhere here */
    (void)J->raw(out, json);
}

static void text_key(struct cp_out *out, const char *key, struct cp_str text)
{
    (void)J->key(out, key);
    (void)J->string(out, text.p == NULL ? S("") : text);
}

static void head_ready(struct tx *tx, struct cp_call *call)
{
    if (tx->id.p == NULL)
        tx->id = openai_text_copy(call, chat_response_id(call, S("")));
    if (tx->model.p == NULL)
        tx->model = openai_text_copy(call, chat_response_model(call, S("")));
    if (tx->created <= 0)
        tx->created = H->now_ms() / 1000;
}

static void chunk_open(struct tx *tx, struct cp_call *call, struct cp_out *out)
{
    head_ready(tx, call);
    (void)H->frame_open(out, NULL);
    (void)J->open(out, '{');
    text_key(out, "id", tx->id);
    raw_key(out, "object", S("\"chat.completion.chunk\""));
    (void)J->key(out, "created");
    (void)J->number(out, tx->created);
    text_key(out, "model", tx->model);
    (void)J->key(out, "choices");
    (void)J->open(out, '[');
}

static int chunk_close(struct tx *tx, struct cp_out *out)
{
    (void)J->close(out);
    if (tx->wants_usage)
        raw_key(out, "usage", S("null"));
    (void)J->close(out);
    return H->frame_close(out);
}

/* Everything up to the members of delta. */
static void delta_open(struct tx *tx, struct cp_call *call, struct cp_out *out, uint32_t choice)
{
    chunk_open(tx, call, out);
    (void)J->open(out, '{');
    (void)J->key(out, "index");
    (void)J->number(out, choice);
    (void)J->key(out, "delta");
    (void)J->open(out, '{');
}

static int delta_close(struct tx *tx, struct cp_out *out, const char *finish)
{
    (void)J->close(out);
    (void)J->key(out, "finish_reason");
    if (finish == NULL)
        (void)J->raw(out, S("null"));
    else
        (void)J->string(out, (struct cp_str){ finish, strlen(finish) });
    (void)J->close(out);
    return chunk_close(tx, out);
}

static int role_item(struct tx *tx, struct cp_call *call, uint32_t choice, struct cp_out *out)
{
    if (tx->choices[choice].has_role)
        return CP_OK;
    tx->choices[choice].has_role = 1;
    delta_open(tx, call, out, choice);
    raw_key(out, "role", S("\"assistant\""));
    raw_key(out, "content", S("\"\""));
    return delta_close(tx, out, NULL);
}

/* ---- words ------------------------------------------------------------------------------- */

static int words_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                      struct cp_out *out, const char *member)
{
    int *has = it->kind == CP_REASONING ? &tx->choices[it->choice].has_reasoning
                                        : &tx->choices[it->choice].has_words;
    int is_apart =
        it->kind == CP_REASONING && *has && (it->flags & (CP_OPEN | CP_SEGMENT)) != 0;

    if (it->text.n == 0)
        return CP_OK;
    *has = 1;
    delta_open(tx, call, out, it->choice);
    (void)J->key(out, member);
    (void)J->quote_open(out);
    if (is_apart)
        (void)J->piece(out, S("\n\n"));
    (void)J->piece(out, it->text);
    (void)J->quote_close(out);
    return delta_close(tx, out, NULL);
}

static int hosted_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                       struct cp_out *out)
{
    struct cp_item said = { CP_ITEM(TEXT), .choice = it->choice,
                            .text = chat_code_take(call, &tx->code, it) };
    int opens = (it->flags & CP_OPEN) != 0;

    if (opens && it->kind == CP_SERVER_CALL && !chat_code_is(it))
        H->note_item(call, CP_DROPPED, it, "this dialect shows no hosted tools at work");
    if (said.text.n > 0 && !tx->choices[it->choice].has_words)
        said.text = (struct cp_str){ said.text.p + 1, said.text.n - 1 };
    return words_item(tx, call, &said, out, "content");
}

static void reasoning_track(struct tx *tx, const struct cp_item *it)
{
    uint32_t i = 0;

    while (i < tx->reasoning_n && tx->reasoning[i] != it->index)
        i++;
    if ((it->flags & CP_WHOLE) == CP_OPEN && i == tx->reasoning_n && i < CHOICES_MOST)
        tx->reasoning[tx->reasoning_n++] = it->index;
    else if ((it->flags & CP_CLOSE) != 0 && i < tx->reasoning_n)
        tx->reasoning[i] = tx->reasoning[--tx->reasoning_n];
}

static int cite_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                     struct cp_out *out)
{
    if (openai_text_is(it->name, "logprobs")) {
        chunk_open(tx, call, out);
        (void)J->open(out, '{');
        (void)J->key(out, "index");
        (void)J->number(out, it->choice);
        raw_key(out, "delta", S("{}"));
        raw_key(out, "logprobs", it->text);
        raw_key(out, "finish_reason", S("null"));
        (void)J->close(out);
        return chunk_close(tx, out);
    }
    if (!openai_text_is(it->name, "url") && !openai_text_is(it->id, OPENAI_CHAT)) {
        H->note_item(call, CP_DROPPED, it, "only links can be cited");
        return CP_OK;
    }
    delta_open(tx, call, out, it->choice);
    (void)J->key(out, "annotations");
    (void)J->open(out, '[');
    chat_cite_encode(call, out, it);
    (void)J->close(out);
    return delta_close(tx, out, NULL);
}

static int image_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                      struct cp_out *out)
{
    struct cp_str url = it->text;

    if ((it->flags & CP_OPEN) == 0)
        return CP_OK;
    if (it->sub != CP_IMAGE || (it->num != CP_FROM_URL && it->num != CP_FROM_BASE64)) {
        H->note_item(call, CP_DROPPED, it, "media that this dialect cannot answer with");
        return CP_OK;
    }
    if (it->num == CP_FROM_BASE64)
        url = openai_media_data_url(call, it->name, it->text);
    delta_open(tx, call, out, it->choice);
    (void)J->key(out, "images");
    (void)J->open(out, '[');
    (void)J->open(out, '{');
    raw_key(out, "type", S("\"image_url\""));
    (void)J->key(out, "image_url");
    (void)J->open(out, '{');
    text_key(out, "url", url);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
    return delta_close(tx, out, NULL);
}

/* ---- calls ------------------------------------------------------------------------------- */

static struct tx_call *call_find(struct tx *tx, const struct cp_item *it)
{
    struct tx_call *c = tx->calls;

    while (c != NULL && (c->index != it->index || c->choice != it->choice))
        c = c->next;
    return c;
}

static struct tx_call *call_begin(struct tx *tx, struct cp_call *call, const struct cp_item *it)
{
    struct tx_call *c = tx->spare;

    if (c != NULL)
        tx->spare = c->next;
    else
        c = H->alloc(call, sizeof(*c));
    if (c == NULL)
        return NULL;
    *c = (struct tx_call){ .index = it->index, .choice = it->choice, .next = tx->calls };
    c->number = tx->choices[it->choice].calls_n++;
    c->is_custom = it->sub == CP_TOOL_CUSTOM;
    c->is_mute = tx->is_legacy && c->number > 0; /* the older words have room for one call */
    tx->calls = c;
    return c;
}

static void call_end(struct tx *tx, struct tx_call *c)
{
    struct tx_call **at = &tx->calls;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->next = tx->spare;
    tx->spare = c;
}

static void legacy_delta(const struct cp_item *it, struct cp_out *out, struct cp_str arguments)
{
    (void)J->key(out, "function_call");
    (void)J->open(out, '{');
    if ((it->flags & CP_OPEN) != 0)
        text_key(out, "name", it->name);
    text_key(out, "arguments", arguments);
    (void)J->close(out);
}

static void fragment(const struct tx_call *c, const struct cp_item *it, struct cp_out *out,
                     struct cp_str arguments)
{
    int opens = (it->flags & CP_OPEN) != 0;

    (void)J->key(out, "tool_calls");
    (void)J->open(out, '[');
    (void)J->open(out, '{');
    (void)J->key(out, "index");
    (void)J->number(out, c->number);
    if (opens) {
        text_key(out, "id", it->id);
        raw_key(out, "type", c->is_custom ? S("\"custom\"") : S("\"function\""));
    }
    (void)J->key(out, c->is_custom ? "custom" : "function");
    (void)J->open(out, '{');
    if (opens)
        text_key(out, "name", it->name);
    text_key(out, c->is_custom ? "input" : "arguments", arguments);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
}

static int call_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                     struct cp_out *out)
{
    struct tx_call *c =
        (it->flags & CP_OPEN) != 0 ? call_begin(tx, call, it) : call_find(tx, it);
    int opens = (it->flags & CP_OPEN) != 0, closes = (it->flags & CP_CLOSE) != 0;
    struct cp_str arguments = it->text.p == NULL ? S("") : it->text;

    if (c == NULL)
        return opens ? CP_E_LIMIT : CP_OK;
    c->has_arguments |= arguments.n > 0;
    /* Clients parse the arguments: nothing at all is not JSON, an empty object is. */
    if (closes && !c->has_arguments && !c->is_custom)
        arguments = S("{}");
    if (closes)
        call_end(tx, c);
    if (c->is_mute || (!opens && arguments.n == 0))
        return CP_OK;
    delta_open(tx, call, out, it->choice);
    if (tx->is_legacy)
        legacy_delta(it, out, arguments);
    else
        fragment(c, it, out, arguments);
    return delta_close(tx, out, NULL);
}

static int signature_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                          const struct tx_call *c, struct cp_out *out)
{
    delta_open(tx, call, out, it->choice);
    (void)J->key(out, "tool_calls");
    (void)J->open(out, '[');
    (void)J->open(out, '{');
    (void)J->key(out, "index");
    (void)J->number(out, c->number);
    /* Readers take it for granted in every fragment. */
    raw_key(out, c->is_custom ? "custom" : "function",
            c->is_custom ? S("{\"input\":\"\"}") : S("{\"arguments\":\"\"}"));
    (void)J->key(out, "extra_content");
    (void)J->open(out, '{');
    (void)J->key(out, "google");
    (void)J->open(out, '{');
    text_key(out, "thought_signature", it->text);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
    return delta_close(tx, out, NULL);
}

static int state_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                      struct cp_out *out)
{
    const struct tx_call *c = call_find(tx, it);

    if (c != NULL && !c->is_mute && openai_text_is(it->id, "gemini"))
        return signature_item(tx, call, it, c, out);
    for (uint32_t i = 0; i < tx->reasoning_n; i++) {
        if (tx->reasoning[i] != it->index)
            continue;
        delta_open(tx, call, out, it->choice);
        (void)J->key(out, "reasoning_details");
        (void)J->open(out, '[');
        chat_detail_encode(call, out, it);
        (void)J->close(out);
        return delta_close(tx, out, NULL);
    }
    H->note_item(call, CP_DROPPED, it, "state that has no carrier in this dialect");
    return CP_OK;
}

/* ---- ends -------------------------------------------------------------------------------- */

static int stop_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                     struct cp_out *out)
{
    const char *word =
        chat_finish_encode(it, tx->choices[it->choice].calls_n > 0, tx->is_legacy);
    int rc = role_item(tx, call, it->choice, out);

    if (rc != CP_OK)
        return rc;
    /* A refusal that was never put in words gets those of its reason. */
    if (it->sub == CP_STOP_REFUSED && it->text.n > 0 && !tx->choices[it->choice].has_words) {
        delta_open(tx, call, out, it->choice);
        text_key(out, "refusal", it->text);
        rc = delta_close(tx, out, NULL);
    }
    delta_open(tx, call, out, it->choice);
    return rc != CP_OK ? rc : delta_close(tx, out, word);
}

static int end_item(struct tx *tx, struct cp_call *call, struct cp_out *out)
{
    int rc = CP_OK;

    tx->is_over = 1;
    if (tx->wants_usage) {
        chunk_open(tx, call, out);
        (void)J->close(out);
        (void)J->key(out, "usage");
        chat_meters_write(out, &tx->meters);
        (void)J->close(out);
        rc = H->frame_close(out);
    }
    return rc != CP_OK ? rc : H->frame(out, (struct cp_str){ NULL, 0 }, S("[DONE]"));
}

static int error_item(struct tx *tx, const struct cp_item *it, struct cp_out *out)
{
    tx->is_over = 1;
    (void)H->frame_open(out, NULL);
    openai_error_encode(out, it);
    return H->frame_close(out);
}

static void start_item(struct tx *tx, struct cp_call *call, const struct cp_item *it)
{
    tx->id = openai_text_copy(call, chat_response_id(call, it->id));
    tx->model = openai_text_copy(call, chat_response_model(call, it->name));
    tx->created = it->num;
}

static int content_item(struct tx *tx, struct cp_call *call, const struct cp_item *it,
                        struct cp_out *out)
{
    switch (it->kind) {
    case CP_TEXT:
        return words_item(tx, call, it, out, "content");
    case CP_REFUSAL:
        return words_item(tx, call, it, out, "refusal");
    case CP_REASONING:
        reasoning_track(tx, it);
        return words_item(tx, call, it, out, "reasoning_content");
    case CP_TOOL_CALL:
        return call_item(tx, call, it, out);
    case CP_MEDIA:
        return image_item(tx, call, it, out);
    case CP_STATE:
        return state_item(tx, call, it, out);
    case CP_CITE:
        return cite_item(tx, call, it, out);
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
        return hosted_item(tx, call, it, out);
    default:
        return CP_OK;
    }
}

int chat_tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                 struct cp_out *out)
{
    struct tx *tx = state;

    if (tx->is_over)
        return CP_OK;
    if (it->choice >= CHOICES_MOST)
        return H->fail(call, CP_E_LIMIT, "more than %d choices", CHOICES_MOST);
    switch (it->kind) {
    case CP_START:
        start_item(tx, call, it);
        return CP_OK;
    case CP_MESSAGE:
        return (it->flags & CP_OPEN) != 0 ? role_item(tx, call, it->choice, out) : CP_OK;
    case CP_STOP:
        return stop_item(tx, call, it, out);
    case CP_USAGE:
        chat_meters_take(&tx->meters, it);
        return CP_OK;
    case CP_END:
        return end_item(tx, call, out);
    case CP_ERROR:
        return error_item(tx, it, out);
    default:
        return content_item(tx, call, it, out);
    }
}

int chat_tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    (void)state; /* END or ERROR has said everything */
    (void)call;
    (void)rc;
    (void)out;
    return CP_OK;
}
