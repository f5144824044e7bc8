/* SPDX-License-Identifier: MIT */
/*
 * chat_response - a whole chat.completion as a tape.
 *
 * The blocks of a message come in the order in which a stream would bring them: reasoning,
 * text, refusal, media, calls.  What a server adds of its own stays native beside the thing
 * that carried it.
 */
#include "chat.h"

struct answer { /* one choice on its way */
    struct chat_in *d;
    struct cp_str choice, message;
    uint32_t number;
    int has_calls;
    struct cp_str refusal;
};

static void block(struct answer *a, struct cp_item it)
{
    it.index = a->d->index++;
    it.choice = a->number;
    it.flags = CP_WHOLE;
    chat_in_emit(a->d, &it);
}

/* A block with things attached: opened with all its text, closed with none. */
static uint32_t block_open(struct answer *a, struct cp_item *it)
{
    it->index = a->d->index++;
    it->choice = a->number;
    it->flags = CP_OPEN;
    chat_in_emit(a->d, it);
    return it->index;
}

static void block_close(struct answer *a, struct cp_item *it)
{
    it->flags = CP_CLOSE;
    it->text = S("");
    chat_in_emit(a->d, it);
}

void chat_cites_decode(struct chat_in *d, struct cp_str annotations, uint32_t index,
                       uint32_t choice)
{
    struct cp_str one, url, parts[5];
    size_t at = 0;

    while (J->kind(annotations) == '[' && J->each(annotations, &at, NULL, &one)) {
        struct cp_item it = { CP_ITEM(CITE), .index = index, .choice = choice,
                              .id = S(OPENAI_CHAT), .meta = one };
        if (J->kind(one) != '{')
            continue;
        url = J->get(one, "url_citation");
        it.name = openai_json_string(d->call, one, "type");
        it.text = one;
        if (J->kind(url) == '{' && J->kind(J->get(url, "url")) == '"') {
            struct cp_str title = J->get(url, "title"), start = J->get(url, "start_index");
            struct cp_str end = J->get(url, "end_index");
            parts[0] = openai_text_format(d->call, "{\"url\":%.*s", (int)J->get(url, "url").n,
                                          J->get(url, "url").p);
            parts[1] = J->kind(title) != '"' ? S("")
                                             : openai_text_format(d->call, ",\"title\":%.*s",
                                                                  (int)title.n, title.p);
            parts[2] = J->kind(start) != '0' ? S("")
                                             : openai_text_format(d->call, ",\"start\":%.*s",
                                                                  (int)start.n, start.p);
            parts[3] = J->kind(end) != '0'
                           ? S("")
                           : openai_text_format(d->call, ",\"end\":%.*s", (int)end.n, end.p);
            parts[4] = S("}");
            it.name = S("url");
            it.text = openai_text_join(d->call, parts, 5);
        }
        if (it.name.n > 0)
            chat_in_emit(d, &it);
    }
}

void chat_logprobs_decode(struct chat_in *d, struct cp_str logprobs, uint32_t index,
                          uint32_t choice)
{
    if (J->kind(logprobs) == '{')
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(CITE), .index = index, .choice = choice,
                                           .name = S("logprobs"), .id = S(OPENAI_CHAT),
                                           .text = logprobs, .meta = logprobs });
}

static void reasoning_decode(struct answer *a, struct cp_str thought)
{
    struct cp_call *call = a->d->call;
    struct cp_str details = J->get(a->message, "reasoning_details");
    struct cp_item it = { CP_ITEM(REASONING), .sub = CP_RAW_THOUGHT };

    it.text = openai_json_string(call, a->message, "reasoning_content");
    if (it.text.n == 0)
        it.text = openai_json_string(call, a->message, "reasoning");
    if (it.text.n == 0)
        it.text = chat_details_text(call, details);
    if (it.text.n == 0)
        it.text = thought;
    if (it.text.n == 0 && !chat_details_has_state(details))
        return;
    if (it.text.p == NULL)
        it.text = S("");
    if (!chat_details_has_state(details)) {
        block(a, it);
        return;
    }
    chat_details_decode(a->d, details, block_open(a, &it), a->number);
    block_close(a, &it);
}

/* Text or refusal, with the annotations and logprobs that belong to it. */
static void words_decode(struct answer *a, uint32_t kind, struct cp_str text, int is_first)
{
    struct cp_str annotations = J->get(a->message, "annotations");
    struct cp_str logprobs = J->get(a->choice, "logprobs"), one;
    struct cp_item it = { CP_ITEM(TEXT), .text = text };
    size_t at = 0;
    uint32_t index;

    it.kind = kind;
    if (!is_first || (J->kind(logprobs) != '{' && !(J->kind(annotations) == '[' &&
                                                    J->each(annotations, &at, NULL, &one)))) {
        block(a, it);
        return;
    }
    index = block_open(a, &it);
    chat_cites_decode(a->d, annotations, index, a->number);
    chat_logprobs_decode(a->d, logprobs, index, a->number);
    block_close(a, &it);
}

/* [{"type":"image_url","image_url":{"url":"data:.."}}], as OpenRouter gives them. */
static void images_decode(struct answer *a)
{
    struct cp_str images = J->get(a->message, "images"), image;
    size_t at = 0;

    while (J->kind(images) == '[' && J->each(images, &at, NULL, &image)) {
        struct cp_item it = { CP_ITEM(MEDIA), .sub = CP_IMAGE, .num = CP_FROM_URL };
        struct cp_str link = J->kind(image) == '{' ? J->get(image, "image_url") : image;
        struct media m;
        it.text = J->kind(link) == '{' ? openai_json_string(a->d->call, link, "url")
                                       : openai_json_string(a->d->call, image, "image_url");
        if (it.text.n == 0)
            continue;
        if (openai_media_from_url(a->d->call, it.text, &m) && !m.is_text) {
            it.name = m.mime;
            it.text = m.data;
            it.num = CP_FROM_BASE64;
        }
        block(a, it);
    }
}

static void call_emit(struct answer *a, struct cp_item *it, struct cp_str signature)
{
    if (it->name.n == 0) {
        H->note(a->d->call, CP_REPAIRED, S("choices[].message.tool_calls"),
                "a call without a name");
        return;
    }
    a->has_calls = 1;
    it->id = it->id.n > 0 ? it->id
                          : chat_call_id_made(a->d->call,
                                              openai_json_string(a->d->call, a->d->body, "id"),
                                              it->name, a->d->index);
    if (it->sub == CP_TOOL_FUNCTION && openai_mark_seen(a->d->call, MARK_CUSTOM, it->name)) {
        struct unwrapper u = { 0 };
        it->sub = CP_TOOL_CUSTOM;
        struct cp_str both[2] = { chat_unwrap_piece(a->d->call, &u, it->text) };
        both[1] = chat_unwrap_end(&u);
        it->text = openai_text_join(a->d->call, both, 2);
    }
    it->name = H->original(a->d->call, it->name);
    if (signature.n == 0) {
        block(a, *it);
        return;
    }
    chat_in_emit(a->d, &(struct cp_item){ CP_ITEM(STATE), .index = block_open(a, it),
                                          .choice = a->number, .name = S("thought_signature"),
                                          .id = S("gemini"), .text = signature });
    block_close(a, it);
}

static struct cp_str arguments_of(struct cp_call *call, struct cp_str v)
{
    if (J->kind(v) == '"')
        return J->text(call, v);
    /* The object itself, from servers that forget to quote it. */
    return openai_json_null(v) ? S("") : J->compact(call, v);
}

static void calls_decode(struct answer *a)
{
    struct cp_call *call = a->d->call;
    struct cp_str calls = J->get(a->message, "tool_calls"), one;
    size_t at = 0;

    while (J->kind(calls) == '[' && J->each(calls, &at, NULL, &one)) {
        struct cp_item it = { CP_ITEM(TOOL_CALL), .sub = CP_TOOL_FUNCTION };
        struct cp_str f;
        if (J->kind(one) != '{')
            continue;
        f = J->get(one, "function");
        if (J->kind(f) != '{' && J->kind(J->get(one, "custom")) == '{') {
            f = J->get(one, "custom");
            it.sub = CP_TOOL_CUSTOM;
        }
        if (J->kind(f) != '{')
            continue;
        it.name = openai_json_string(call, f, "name");
        it.id = openai_json_string(call, one, "id");
        it.text =
            arguments_of(call, J->get(f, it.sub == CP_TOOL_CUSTOM ? "input" : "arguments"));
        call_emit(a, &it, chat_thought_signature(call, one));
    }
}

static void legacy_decode(struct answer *a)
{
    struct cp_str f = J->get(a->message, "function_call");
    struct cp_item it = { CP_ITEM(TOOL_CALL), .sub = CP_TOOL_FUNCTION };

    if (J->kind(f) != '{')
        return;
    it.name = openai_json_string(a->d->call, f, "name");
    it.text = arguments_of(a->d->call, J->get(f, "arguments"));
    call_emit(a, &it, (struct cp_str){ NULL, 0 });
}

static int is_listed(struct cp_str key, const char *const *known)
{
    for (; *known != NULL; known++)
        if (J->is(key, *known))
            return 1;
    return 0;
}

static void natives_decode(struct chat_in *d, struct cp_str object, uint32_t choice,
                           const char *prefix, const char *const *known)
{
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(object, &at, &key, &v)) {
        if (openai_json_null(v) || is_listed(key, known))
            continue;
        chat_in_emit(d,
                     &(struct cp_item){ CP_ITEM(NATIVE), .choice = choice, .id = S(OPENAI_CHAT),
                                        .name = openai_text_format(d->call, "%s%.*s", prefix,
                                                                   (int)key.n, key.p),
                                        .text = v });
    }
}

static void message_decode(struct answer *a)
{
    static const char *const known[] = {
        "role",       "content",           "refusal",     "reasoning_content",
        "reasoning",  "reasoning_details", "annotations", "images",
        "tool_calls", "function_call",     NULL
    };
    static const char *const known_choice[] = { "index",         "message", "delta", "logprobs",
                                                "finish_reason", "usage",   NULL };
    struct cp_str thought = { NULL, 0 };
    struct cp_str text = chat_content_text(a->d->call, J->get(a->message, "content"), &thought);

    a->refusal = openai_json_string(a->d->call, a->message, "refusal");
    reasoning_decode(a, thought);
    if (text.n > 0)
        words_decode(a, CP_TEXT, text, 1);
    if (a->refusal.n > 0)
        words_decode(a, CP_REFUSAL, a->refusal, text.n == 0);
    images_decode(a);
    calls_decode(a);
    legacy_decode(a);
    natives_decode(a->d, a->message, a->number, "", known);
    natives_decode(a->d, a->choice, a->number, "choices[].", known_choice);
}

static void stop_decode(struct answer *a)
{
    struct cp_str word = openai_json_string(a->d->call, a->choice, "finish_reason");
    struct cp_str matched = openai_json_string(a->d->call, a->choice, "stop_reason"); /* vLLM */
    struct cp_item it = { CP_ITEM(STOP), .choice = a->number, .name = word };
    uint32_t trouble;

    it.sub = chat_finish_decode(word, a->has_calls, &trouble);
    if (trouble != 0) {
        chat_in_emit(a->d, &(struct cp_item){ CP_ITEM(ERROR), .sub = trouble,
                                              .text = S("the upstream broke off its answer"),
                                              .name = word });
        if (chat_in_going(a->d))
            a->d->rc = CP_ENOUGH; /* nothing may follow */
        return;
    }
    if (it.sub == CP_STOP_TURN && a->refusal.n > 0)
        it.sub = CP_STOP_REFUSED;
    if (it.sub == CP_STOP_REFUSED)
        it.text = a->refusal;
    if (it.sub == CP_STOP_TURN && matched.n > 0) {
        it.sub = CP_STOP_SEQUENCE;
        it.text = matched;
    }
    chat_in_emit(a->d, &it);
}

static void answer_decode(struct chat_in *d, struct cp_str choice, uint32_t ordinal,
                          uint64_t *seen)
{
    struct answer a = { .d = d, .choice = choice, .message = J->get(choice, "message") };
    struct cp_item edge = { CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT };
    int64_t number = ordinal;

    if (J->kind(J->get(choice, "index")) == '0')
        (void)J->integer(J->get(choice, "index"), &number); /* else its ordinal stays */
    if (J->kind(a.message) != '{' || number < 0 || number > 63 || (*seen >> number & 1) != 0) {
        H->note(d->call, CP_DROPPED, S("choices[]"), "a choice that cannot be told apart");
        return;
    }
    *seen |= UINT64_C(1) << number;
    edge.choice = a.number = (uint32_t)number;
    chat_in_emit(d, &edge);
    message_decode(&a);
    edge.flags = CP_CLOSE;
    chat_in_emit(d, &edge);
    stop_decode(&a);
}

static int64_t created_of(struct cp_str body)
{
    int64_t n = 0;

    if (J->kind(J->get(body, "created")) == '0' &&
        J->integer(J->get(body, "created"), &n) != CP_OK)
        n = 0;
    return n;
}

int chat_response_decode(const struct chat_conf *conf, struct cp_call *call, struct cp_str body,
                         struct cp_tape *tape)
{
    static const char *const known[] = { "id",      "object", "created", "model",
                                         "choices", "usage",  NULL };
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct cp_str choices, choice, error;
    struct meters m;
    struct trouble t;
    uint64_t seen = 0;
    size_t at = 0;

    (void)conf; /* whole answers need no leniency */
    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    choices = J->get(body, "choices");
    error = J->get(body, "error");
    if (!openai_json_null(error) || J->kind(choices) != '[') {
        if (!openai_trouble_read(call, body, &t))
            return H->fail(call, CP_E_SYNTAX, "choices: expected an array");
        openai_trouble_emit(&d, &t);
        return chat_in_done(&d);
    }
    chat_in_emit(&d, &(struct cp_item){
                         CP_ITEM(START), .name = openai_json_string(call, body, "model"),
                         .id = openai_json_string(call, body, "id"), .num = created_of(body) });
    natives_decode(&d, body, 0, "", known);
    for (uint32_t i = 0; chat_in_going(&d) && J->each(choices, &at, NULL, &choice); i++)
        if (J->kind(choice) == '{')
            answer_decode(&d, choice, i, &seen);
    chat_meters_clear(&m);
    if (J->kind(J->get(body, "usage")) == '{')
        chat_meters_read(J->get(body, "usage"), &m);
    chat_meters_emit(&d, &m, NULL);
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}
