/* SPDX-License-Identifier: MIT */
/*
 * answer_decode - what Ollama answers: one object, or one a line.
 *
 *     {"model":..,"created_at":..,"message":{"role":"assistant","content":..,"thinking":..,"tool_calls":[..]},"done":false}
 *     ...
 *     {"model":..,"message":{..},"done":true,"done_reason":"stop","prompt_eval_count":12,"eval_count":34}
 *
 * A whole answer is a stream of one line, so there is one reader.  A call comes whole, with its arguments as an object.
 * An error behind the status 200 is a line {"error": ..}; a stream without its done was cut.
 */
#include "ollama.h"

#include <string.h>

struct answer {
    int is_started, is_over, is_tap;
    uint32_t current; /* the kind of the block that is open; 0: none */
    uint32_t index;   /* of the next block */
    uint32_t calls;
    int has_content;
};

/* ---- blocks ---- */

static void emit(struct cp_tape *tape, struct cp_item it)
{
    (void)H->emit(tape, &it); /* a tape remembers its failure */
}

static void close_block(struct answer *a, struct cp_tape *tape)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE, .index = a->index - 1,
                          .text = S("") };

    if (a->current == 0)
        return;
    it.kind = a->current;
    it.sub = a->current == CP_REASONING ? CP_RAW_THOUGHT : 0;
    a->current = 0;
    emit(tape, it);
}

static void words(struct answer *a, struct cp_tape *tape, uint32_t kind, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .text = text };

    if (text.n == 0)
        return;
    if (a->current != kind) {
        close_block(a, tape);
        a->current = kind;
        a->index++;
        it.flags = CP_OPEN;
    }
    a->has_content = 1;
    it.kind = kind;
    it.sub = kind == CP_REASONING ? CP_RAW_THOUGHT : 0;
    it.index = a->index - 1;
    emit(tape, it);
}

/* OpenAI's names for the same numbers. */
static void logprobs(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                     struct cp_str list)
{
    if (J->kind(list) != '[' || a->current != CP_TEXT)
        return;
    emit(tape, (struct cp_item){
                   CP_ITEM(CITE), .index = a->index - 1, .name = S("logprobs"),
                   .id = S(DIALECT), .meta = list,
                   .text = text_join(
                       call, (struct cp_str[]){ S("{\"content\":"), list, S("}") }, 3) });
}

/* ---- calls ---- */

/* Older servers give calls no ids, and all other dialects want one. */
static struct cp_str id_of(struct answer *a, struct cp_call *call, struct cp_str one)
{
    struct cp_str id = json_text(call, one, "id"), hex;

    if (id.n > 0)
        return id;
    hex = H->digest(call, text_format(call, "%.*s %u", (int)call->trace.n, call->trace.p,
                                      (unsigned)a->calls));
    return text_join(call, (struct cp_str[]){ S("call_"), { hex.p, hex.n < 24 ? hex.n : 24 } },
                     2);
}

static void call_decode(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                        struct cp_str one)
{
    struct cp_str f = J->kind(one) == '{' ? J->get(one, "function") : NOTHING;
    struct cp_str name = json_text(call, f, "name"), args;
    struct cp_item it = { CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = CP_TOOL_FUNCTION };

    if (name.n == 0) {
        H->note(call, CP_REPAIRED, S("message.tool_calls"),
                "a call without a name was left out");
        return;
    }
    args = J->get(f, "arguments");
    it.name = name;
    it.id = id_of(a, call, one);
    it.text = J->kind(args) == '{'   ? J->compact(call, args)
              : J->kind(args) == '"' ? J->text(call, args) /* as OpenAI has it */
                                     : S("{}");
    if (J->kind(args) == '{' && tool_is_free(call, name)) {
        it.sub = CP_TOOL_CUSTOM;
        it.text = json_text(call, args, "input");
    }
    close_block(a, tape);
    it.index = a->index++;
    a->calls++;
    a->has_content = 1;
    emit(tape, it);
}

static void calls_decode(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                         struct cp_str calls)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(calls) == '[' && J->each(calls, &at, NULL, &one))
        call_decode(a, call, tape, one);
}

static void images_decode(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                          struct cp_str images)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(images) == '[' && J->each(images, &at, NULL, &one)) {
        if (J->kind(one) != '"')
            continue;
        close_block(a, tape);
        a->has_content = 1;
        emit(tape, (struct cp_item){ CP_ITEM(MEDIA), .flags = CP_WHOLE, .sub = CP_IMAGE,
                                     .num = CP_FROM_BASE64, .name = S("image/png"),
                                     .index = a->index++, .text = J->text(call, one) });
    }
}

/* ---- the end ---- */

static uint32_t stop_of(const struct answer *a, struct cp_str word)
{
    if (text_is(word, "length"))
        return CP_STOP_LENGTH;
    return a->calls > 0 ? CP_STOP_TOOL : CP_STOP_TURN;
}

static void meter(struct cp_tape *tape, uint32_t which, int64_t n)
{
    if (n >= 0)
        emit(tape, (struct cp_item){ CP_ITEM(USAGE), .sub = which, .num = n });
}

/* prompt_eval_count is the whole prompt, what was found in the cache (0.33 and later say how much) included. */
static void usage_decode(struct cp_tape *tape, struct cp_str line)
{
    int64_t prompt = json_count(line, "prompt_eval_count");
    int64_t cached = json_count(line, "prompt_eval_cached_count");

    if (cached > prompt)
        cached = prompt;
    meter(tape, CP_INPUT, cached > 0 ? prompt - cached : prompt);
    meter(tape, CP_CACHE_READ, cached);
    meter(tape, CP_OUTPUT, json_count(line, "eval_count"));
}

static void finish(struct answer *a, struct cp_tape *tape, struct cp_str line,
                   struct cp_str word)
{
    close_block(a, tape);
    emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_ASSISTANT });
    emit(tape, (struct cp_item){ CP_ITEM(STOP), .sub = stop_of(a, word), .name = word });
    usage_decode(tape, line);
    emit(tape, (struct cp_item){ CP_ITEM(END) });
    a->is_over = 1;
}

static int fail_with(struct answer *a, struct cp_tape *tape, struct cp_str why, uint32_t sub)
{
    a->is_over = 1;
    if (sub == 0)
        return error_emit(tape, why);
    return H->emit(tape, &(struct cp_item){ CP_ITEM(ERROR), .sub = sub, .text = why });
}

/* ---- a line ---- */

static void start(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                  struct cp_str line)
{
    if (a->is_started)
        return;
    a->is_started = 1;
    emit(tape, (struct cp_item){ CP_ITEM(START), .name = json_text(call, line, "model"),
                                 .num = stamp_read(json_text(call, line, "created_at")) });
    emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
}

/* How long it took: our own clients like to see it. */
static void natives(struct cp_tape *tape, struct cp_str line)
{
    static const char *const known[] = { "total_duration", "load_duration",
                                         "prompt_eval_duration", "eval_duration" };
    struct cp_str v;

    for (size_t i = 0; i < COUNT(known); i++)
        if ((v = J->get(line, known[i])).p != NULL)
            emit(tape, (struct cp_item){ CP_ITEM(NATIVE), .id = S(DIALECT),
                                         .name = text_of(known[i]), .text = v });
}

static int line_decode(struct answer *a, struct cp_call *call, struct cp_tape *tape,
                       struct cp_str line, int is_last)
{
    struct cp_str message, why = error_text(call, line), word;

    if (why.p != NULL)
        return fail_with(a, tape, why, 0);
    message = J->get(line, "message");
    is_last |= J->kind(J->get(line, "done")) == 't';
    if (J->kind(message) != '{' && !is_last)
        return H->fail(call, CP_E_SYNTAX, "a line without a message");
    word = json_text(call, line, "done_reason");
    /* That a model came into memory or went out of it is no answer. */
    if (!a->has_content && (text_is(word, "load") || text_is(word, "unload")))
        return CP_OK;
    start(a, call, tape, line);
    if (J->kind(message) == '{') {
        words(a, tape, CP_REASONING, json_text(call, message, "thinking"));
        words(a, tape, CP_TEXT, json_text(call, message, "content"));
        logprobs(a, call, tape, J->get(line, "logprobs"));
        images_decode(a, call, tape, J->get(message, "images"));
        calls_decode(a, call, tape, J->get(message, "tool_calls"));
    }
    if (is_last) {
        natives(tape, line);
        finish(a, tape, line, word);
    }
    return CP_OK;
}

int answer_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct answer a = { 0 };
    int rc;

    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    rc = line_decode(&a, call, tape, body, 1);
    if (rc == CP_OK && !a.is_over)
        rc = fail_with(&a, tape, S("the model was loaded, and nothing answered"), CP_SERVER);
    return rc == CP_ENOUGH ? CP_OK : rc;
}

/* ---- streams ---- */

int rx_open(void *instance, struct cp_call *call, void **state)
{
    (void)instance;
    *state = H->alloc(call, sizeof(struct answer));
    return *state == NULL ? CP_E_NOMEM : CP_OK;
}

int rx_frame(void *state, struct cp_call *call, const struct cp_frame *frame,
             struct cp_tape *tape)
{
    struct answer *a = state;
    int rc;

    if (a->is_over)
        return CP_OK;
    rc = J->check(call, frame->data);
    if (rc != CP_OK || J->kind(frame->data) != '{')
        return H->fail(call, rc == CP_OK ? CP_E_SYNTAX : rc, "a line that is no JSON object");
    rc = line_decode(a, call, tape, frame->data, 0);
    return rc == CP_ENOUGH ? CP_OK : rc;
}

int rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    struct answer *a = state;

    (void)call;
    (void)rc; /* what came over the wire decides */
    if (!a->is_over)
        (void)fail_with(a, tape, S("the server closed the stream before it was done"),
                        CP_STREAM_CUT);
    return CP_OK;
}
