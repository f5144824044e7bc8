/* SPDX-License-Identifier: MIT */
/*
 * answer_encode - an answer for clients of Ollama's: one object, or one a line.
 *
 * A line has a piece of the text or of the thoughts; a call is told when its arguments are whole, as the server does.  The
 * last line has why and how much.  There is one candidate: others are not told.
 */
#include "ollama.h"

#include <string.h>

enum { METERS_N = CP_SEARCHES + 1 };

struct open_call {
    struct open_call *next;
    uint32_t index, sub;
    struct cp_str name, id;
    struct pile args;
    int is_told;
};

struct kept { /* a member that is told at the end */
    struct kept *next;
    const char *key;
    struct cp_str json;
};

struct writer {
    struct cp_call *call;
    struct cp_str model;
    int64_t created_s; /* 0: nobody said */
    struct open_call *calls, *last;
    struct kept *natives, **natives_end;
    int64_t meters[METERS_N];
    uint32_t stop, calls_n;
};

static struct cp_str copy(struct cp_call *call, struct cp_str s)
{
    return text_join(call, &s, 1);
}

/* ---- what both forms share ---- */

static void native_keep(struct writer *w, const struct cp_item *it)
{
    struct kept *k = H->alloc(w->call, sizeof(*k));

    if (k == NULL)
        return;
    k->key = text_z(w->call, it->name);
    k->json = copy(w->call, it->text);
    *w->natives_end = k;
    w->natives_end = &k->next;
}

static void note_item(struct writer *w, const struct cp_item *it)
{
    if (it->kind == CP_START && it->name.n > 0)
        w->model = copy(w->call, it->name);
    if (it->kind == CP_START)
        w->created_s = it->num;
    if (it->kind == CP_NATIVE && text_is(it->id, DIALECT))
        native_keep(w, it);
    if (it->kind == CP_STOP && it->choice == 0)
        w->stop = it->sub;
    if (it->kind == CP_USAGE && it->sub < METERS_N)
        w->meters[it->sub] = it->num;
}

static void writer_init(struct writer *w, struct cp_call *call)
{
    w->call = call;
    w->natives_end = &w->natives;
    w->model = call->client_model.n > 0 ? copy(call, call->client_model) : S("");
    for (int i = 0; i < METERS_N; i++)
        w->meters[i] = -1;
}

static void head_write(const struct writer *w, struct cp_out *out)
{
    (void)J->open(out, '{');
    put_text(out, "model", w->model);
    put_text(out, "created_at",
             stamp_write(w->call, w->created_s > 0 ? w->created_s * 1000 : H->now_ms()));
}

static int64_t sum(const struct writer *w, uint32_t first, uint32_t last)
{
    int64_t n = -1;

    for (uint32_t i = first; i <= last; i++)
        if (w->meters[i] >= 0)
            n = (n < 0 ? 0 : n) + w->meters[i];
    return n;
}

/* The rest of the last object. */
static void tail_write(const struct writer *w, struct cp_out *out)
{
    int64_t prompt = sum(w, CP_INPUT, CP_INPUT_TOOLS);
    int64_t answer = sum(w, CP_OUTPUT, CP_REASONING_TOKENS);
    int is_cut = w->stop == CP_STOP_LENGTH || w->stop == CP_STOP_CONTEXT;

    put_text(out, "done_reason", is_cut ? S("length") : S("stop"));
    put_raw(out, "done", S("true"));
    if (prompt >= 0)
        put_number(out, "prompt_eval_count", prompt);
    if (w->meters[CP_CACHE_READ] >= 0)
        put_number(out, "prompt_eval_cached_count", w->meters[CP_CACHE_READ]);
    if (answer >= 0)
        put_number(out, "eval_count", answer);
    for (const struct kept *k = w->natives; k != NULL; k = k->next)
        put_raw(out, k->key, k->json);
}

/* ---- calls ---- */

static struct open_call *call_of(struct writer *w, const struct cp_item *it)
{
    struct open_call *c;

    for (c = w->calls; c != NULL; c = c->next)
        if (c->index == it->index && !c->is_told)
            return c;
    c = H->alloc(w->call, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->index = it->index;
    c->sub = it->sub;
    c->name = copy(w->call, it->name);
    c->id = copy(w->call, it->id);
    if (w->last == NULL)
        w->calls = c;
    else
        w->last->next = c;
    w->last = c;
    return c;
}

static void call_write(struct writer *w, struct cp_out *out, struct open_call *c)
{
    struct cp_str args = pile_str(&c->args);
    int is_object = args.n > 0 && J->check(w->call, args) == CP_OK && J->kind(args) == '{';

    c->is_told = 1;
    (void)J->open(out, '{');
    put_text(out, "id", c->id);
    (void)J->key(out, "function");
    (void)J->open(out, '{');
    put_number(out, "index", w->calls_n++);
    put_text(out, "name", c->name);
    (void)J->key(out, "arguments");
    if (c->sub == CP_TOOL_CUSTOM) {
        (void)J->open(out, '{');
        put_text(out, "input", args);
        (void)J->close(out);
    } else {
        (void)J->raw(out, is_object ? args : S("{}"));
    }
    (void)J->close(out);
    (void)J->close(out);
}

/* 1: the call is whole now. */
static int call_take(struct writer *w, const struct cp_item *it, struct open_call **c)
{
    *c = call_of(w, it);
    if (*c == NULL)
        return 0;
    pile_add(w->call, &(*c)->args, it->text);
    return (it->flags & CP_CLOSE) != 0;
}

/* ---- whole ---- */

static void gather(struct cp_call *call, const struct cp_tape *tape, uint32_t kind,
                   struct pile *pile)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != kind || it->choice != 0 || it->text.n == 0)
            continue;
        if ((it->flags & (CP_OPEN | CP_SEGMENT)) != 0 && pile->n > 0)
            pile_add(call, pile, S("\n\n"));
        pile_add(call, pile, it->text);
    }
}

static void calls_write(struct writer *w, struct cp_out *out, const struct cp_tape *tape)
{
    const struct cp_item *it;
    struct open_call *c;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_TOOL_CALL || it->choice != 0 || !call_take(w, it, &c))
            continue;
        if (w->calls_n == 0) {
            (void)J->key(out, "tool_calls");
            (void)J->open(out, '[');
        }
        call_write(w, out, c);
    }
    if (w->calls_n > 0)
        (void)J->close(out);
}

static void images_write(struct cp_call *call, struct cp_out *out, const struct cp_tape *tape)
{
    const struct cp_item *it;
    int n = 0;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_MEDIA || (it->flags & CP_OPEN) == 0 || it->num != CP_FROM_BASE64)
            continue;
        if (n++ == 0) {
            (void)J->key(out, "images");
            (void)J->open(out, '[');
        }
        (void)J->string(out, block_text(call, tape, i));
    }
    if (n > 0)
        (void)J->close(out);
}

/* The list of tokens, ours or OpenAI's, which name things alike; absent: it is another citation. */
static struct cp_str tokens_of(const struct cp_item *it)
{
    struct cp_str list = NOTHING;

    if (it->kind != CP_CITE || !text_is(it->name, "logprobs") || it->choice != 0)
        return NOTHING;
    if (J->kind(it->text) == '{')
        list = J->get(it->text, "content");
    return J->kind(list) == '[' ? list : NOTHING;
}

static void logprobs_write(struct cp_out *out, const struct cp_tape *tape)
{
    const struct cp_item *it;
    struct cp_str list, one;
    int n = 0;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        size_t at = 0;
        list = tokens_of(it);
        if (list.p != NULL && n++ == 0) {
            (void)J->key(out, "logprobs");
            (void)J->open(out, '[');
        }
        while (list.p != NULL && J->each(list, &at, NULL, &one))
            (void)J->raw(out, one);
    }
    if (n > 0)
        (void)J->close(out);
}

int answer_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    struct pile text = { 0 }, refusal = { 0 }, thought = { 0 };
    const struct cp_item *it;
    struct writer w = { 0 };

    writer_init(&w, call);
    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind == CP_ERROR)
            return failure_encode(call, tape, out);
        note_item(&w, it);
    }
    gather(call, tape, CP_TEXT, &text);
    gather(call, tape, CP_REFUSAL, &refusal);
    gather(call, tape, CP_REASONING, &thought);
    pile_add(call, &text, pile_str(&refusal));
    head_write(&w, out);
    (void)J->key(out, "message");
    (void)J->open(out, '{');
    put_text(out, "role", S("assistant"));
    put_text(out, "content", pile_str(&text));
    if (thought.n > 0)
        put_text(out, "thinking", pile_str(&thought));
    images_write(call, out, tape);
    calls_write(&w, out, tape);
    (void)J->close(out);
    tail_write(&w, out);
    logprobs_write(out, tape);
    return J->close(out);
}

/* ---- streams ---- */

int tx_open(void *instance, struct cp_call *call, void **state)
{
    struct writer *w = H->alloc(call, sizeof(*w));

    (void)instance;
    if (w == NULL)
        return CP_E_NOMEM;
    writer_init(w, call);
    *state = w;
    return CP_OK;
}

static void line_open(struct writer *w, struct cp_out *out)
{
    (void)H->frame_open(out, NULL);
    head_write(w, out);
    (void)J->key(out, "message");
    (void)J->open(out, '{');
    put_text(out, "role", S("assistant"));
}

static int line_close(struct cp_out *out)
{
    (void)J->close(out);
    put_raw(out, "done", S("false"));
    (void)J->close(out);
    return H->frame_close(out);
}

static int piece_write(struct writer *w, struct cp_out *out, const struct cp_item *it)
{
    int is_thought = it->kind == CP_REASONING;

    if (it->text.n == 0)
        return CP_OK;
    line_open(w, out);
    put_text(out, "content", is_thought ? S("") : it->text);
    if (is_thought)
        put_text(out, "thinking", it->text);
    return line_close(out);
}

static int call_piece(struct writer *w, struct cp_out *out, const struct cp_item *it)
{
    struct open_call *c;

    if (!call_take(w, it, &c))
        return CP_OK;
    line_open(w, out);
    put_text(out, "content", S(""));
    (void)J->key(out, "tool_calls");
    (void)J->open(out, '[');
    call_write(w, out, c);
    (void)J->close(out);
    return line_close(out);
}

static int logprobs_line(struct writer *w, struct cp_out *out, const struct cp_item *it)
{
    struct cp_str list = tokens_of(it);

    if (list.p == NULL)
        return CP_OK;
    line_open(w, out);
    put_text(out, "content", S(""));
    (void)J->close(out);
    put_raw(out, "logprobs", list);
    put_raw(out, "done", S("false"));
    (void)J->close(out);
    return H->frame_close(out);
}

static int last_line(struct writer *w, struct cp_out *out)
{
    (void)H->frame_open(out, NULL);
    head_write(w, out);
    (void)J->key(out, "message");
    (void)J->open(out, '{');
    put_text(out, "role", S("assistant"));
    put_text(out, "content", S(""));
    (void)J->close(out);
    tail_write(w, out);
    (void)J->close(out);
    return H->frame_close(out);
}

static int error_line(struct cp_out *out, const struct cp_item *it)
{
    (void)H->frame_open(out, NULL);
    (void)J->open(out, '{');
    put_text(out, "error", it->text);
    (void)J->close(out);
    return H->frame_close(out);
}

int tx_item(void *state, struct cp_call *call, const struct cp_item *it, struct cp_out *out)
{
    struct writer *w = state;

    w->call = call;
    note_item(w, it);
    if (it->choice != 0)
        return CP_OK;
    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
        return piece_write(w, out, it);
    case CP_TOOL_CALL:
        return call_piece(w, out, it);
    case CP_CITE:
        return logprobs_line(w, out, it);
    case CP_ERROR:
        return error_line(out, it);
    case CP_END:
        return last_line(w, out);
    default:
        return CP_OK;
    }
}

int tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    (void)state;
    (void)call;
    (void)rc;
    (void)out;
    return CP_OK;
}
