/* SPDX-License-Identifier: MIT */
/*
 * chat_stream_rx - an upstream's stream of chunks as a tape.
 *
 *     chunk      START at the first that says anything
 *     delta      reasoning, text, refusal one after the other; calls beside each other
 *     finish     what is open is closed, the word is kept: servers send usage, another finish,
 *                even more text behind it
 *     [DONE]     STOP for every choice, then END; or EOF, if every choice had its finish
 *     error      ERROR and nothing more; so does an EOF without a finish
 *
 * As a tap (content not wanted) most chunks cost a glance, see chat_stream_tap.c.
 */
#include "chat_stream.h"

enum { REFUSAL_KEPT_BYTES = 1024, CHOICES_MOST = 64 };

/* What a frame is asked for, picked in one pass: a long answer is thousands of them. */
enum {
    CHUNK_ID,
    CHUNK_OBJECT,
    CHUNK_CHOICES,
    CHUNK_USAGE,
    CHUNK_ERROR,
    CHUNK_DETAIL,
    CHUNK_MESSAGE,
    CHUNK_N
};
static const struct cp_str chunk_names[CHUNK_N] = {
    NAME("id"),    NAME("object"), NAME("choices"), NAME("usage"),
    NAME("error"), NAME("detail"), NAME("message"),
};
enum {
    CHOICE_INDEX,
    CHOICE_DELTA,
    CHOICE_MESSAGE,
    CHOICE_FINISH,
    CHOICE_STOP,
    CHOICE_LOGPROBS,
    CHOICE_USAGE,
    CHOICE_N
};
static const struct cp_str choice_names[CHOICE_N] = {
    NAME("index"),       NAME("delta"),    NAME("message"), NAME("finish_reason"),
    NAME("stop_reason"), NAME("logprobs"), NAME("usage"),
};
enum {
    DELTA_ROLE,
    DELTA_CONTENT,
    DELTA_REASONING_CONTENT,
    DELTA_REASONING,
    DELTA_REFUSAL,
    DELTA_CALLS,
    DELTA_CALL,
    DELTA_DETAILS,
    DELTA_ANNOTATIONS,
    DELTA_IMAGES,
    DELTA_N
};
static const struct cp_str delta_names[DELTA_N] = {
    NAME("role"),          NAME("content"),           NAME("reasoning_content"),
    NAME("reasoning"),     NAME("refusal"),           NAME("tool_calls"),
    NAME("function_call"), NAME("reasoning_details"), NAME("annotations"),
    NAME("images"),
};

int chat_rx_open(void *instance, struct cp_call *call, void **state)
{
    struct rx *rx = H->alloc(call, sizeof(*rx));

    if (rx == NULL)
        return CP_E_LIMIT;
    rx->conf = instance;
    rx->is_tap = (call->want & CP_WANT_CONTENT) == 0;
    chat_meters_clear(&rx->seen);
    *state = rx;
    return CP_OK;
}

/* ---- blocks ------------------------------------------------------------------------------ */

static void message_open(struct rx_choice *c, struct chat_in *d)
{
    if (c->is_open)
        return;
    c->is_open = 1;
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT,
                                       .choice = c->number });
}

void chat_rx_close_current(struct rx *rx, struct rx_choice *c, struct chat_in *d)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE, .index = c->current_index,
                          .choice = c->number, .text = S("") };

    (void)rx; /* every block function has the same arguments */
    if (c->current == 0)
        return;
    it.kind = c->current;
    it.sub = c->current == CP_REASONING ? CP_RAW_THOUGHT : 0;
    if (c->high != 0) /* its other half never came */
        it.text = S("\xEF\xBF\xBD");
    c->high = 0;
    c->current = 0;
    chat_in_emit(d, &it);
}

/* A piece of reasoning, text or refusal: goes on, or opens after what was open is closed. */
static void words(struct rx *rx, struct rx_choice *c, struct chat_in *d, uint32_t kind,
                  struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .choice = c->number, .text = text };

    if (c->current != kind) {
        chat_rx_close_current(rx, c, d);
        chat_rx_tools_settle(rx, c, d);
        message_open(c, d);
        c->current = kind;
        c->current_index = rx->index++;
        it.flags = CP_OPEN;
    }
    c->has_words = 1;
    it.kind = kind;
    it.sub = kind == CP_REASONING ? CP_RAW_THOUGHT : 0;
    it.index = c->current_index;
    if (text.n > 0 || it.flags != 0)
        chat_in_emit(d, &it);
}

/* A JSON string of words; a pending half makes sure that it belongs to the same block. */
static void string_words(struct rx *rx, struct rx_choice *c, struct chat_in *d, uint32_t kind,
                         struct cp_str string)
{
    struct cp_str text;

    if (J->kind(string) != '"' || string.n <= 2)
        return;
    if (c->current != kind)
        chat_rx_close_current(rx, c, d);
    text = chat_rx_text(d->call, string, &c->high);
    if (text.n > 0 || c->high != 0)
        words(rx, c, d, kind, text);
}

static void reasoning_delta(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                            const struct cp_str *m)
{
    struct cp_str details = m[DELTA_DETAILS], text = { NULL, 0 };

    for (size_t i = DELTA_REASONING_CONTENT; i <= DELTA_REASONING; i++) {
        struct cp_str v = m[i];
        if (J->kind(v) != '"' || v.n <= 2)
            continue;
        string_words(rx, c, d, CP_REASONING, v);
        text = v;
        break; /* some servers say the same twice */
    }
    if (text.n == 0)
        text = chat_details_text(d->call, details);
    else
        text.n = 0;
    if (text.n > 0)
        words(rx, c, d, CP_REASONING, text);
    if (!chat_details_has_state(details))
        return;
    words(rx, c, d, CP_REASONING, S(""));
    (void)chat_details_decode(d, details, c->current_index,
                              c->number); /* their number is no matter */
}

static void content_delta(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                          struct cp_str content)
{
    struct cp_str thought = { NULL, 0 }, text;

    if (J->kind(content) == '"') {
        string_words(rx, c, d, CP_TEXT, content);
        return;
    }
    text = chat_content_text(d->call, content, &thought);
    if (thought.n > 0)
        words(rx, c, d, CP_REASONING, thought);
    if (text.n > 0)
        words(rx, c, d, CP_TEXT, text);
}

static void refusal_delta(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                          struct cp_str refusal)
{
    struct cp_str text;

    if (J->kind(refusal) != '"' || refusal.n <= 2)
        return;
    text = J->text(d->call, refusal);
    if (c->refusal.n + text.n <= REFUSAL_KEPT_BYTES)
        chat_rx_append(d->call, &c->refusal, text);
    string_words(rx, c, d, CP_REFUSAL, refusal);
}

static void images_delta(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                         struct cp_str images)
{
    struct cp_str image;
    size_t at = 0;

    while (J->kind(images) == '[' && J->each(images, &at, NULL, &image)) {
        struct cp_item it = { CP_ITEM(MEDIA), .sub = CP_IMAGE, .num = CP_FROM_URL,
                              .flags = CP_WHOLE, .choice = c->number };
        struct cp_str link = J->kind(image) == '{' ? J->get(image, "image_url") : image;
        struct media m;
        it.text = openai_json_string(d->call, link, "url");
        if (it.text.n == 0)
            continue;
        if (openai_media_from_url(d->call, it.text, &m) && !m.is_text) {
            it.name = m.mime;
            it.text = m.data;
            it.num = CP_FROM_BASE64;
        }
        chat_rx_close_current(rx, c, d);
        message_open(c, d);
        it.index = rx->index++;
        chat_in_emit(d, &it);
    }
}

/* Citations and logprobs need a block; a chunk may bring them before or behind its words. */
static void attached_delta(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                           struct cp_str annotations, struct cp_str logprobs)
{
    struct cp_str one;
    size_t at = 0;

    if (J->kind(annotations) == '[' && J->each(annotations, &at, NULL, &one)) {
        if (c->current != CP_TEXT)
            words(rx, c, d, CP_TEXT, S(""));
        chat_cites_decode(d, annotations, c->current_index, c->number);
    }
    if (J->kind(logprobs) == '{' && (c->current == CP_TEXT || c->current == CP_REFUSAL))
        chat_logprobs_decode(d, logprobs, c->current_index, c->number);
}

static void natives_delta(struct rx_choice *c, struct chat_in *d, struct cp_str delta)
{
    static const char *const known[] = { "role",        "content",
                                         "refusal",     "reasoning_content",
                                         "reasoning",   "reasoning_details",
                                         "annotations", "images",
                                         "tool_calls",  "function_call" };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(delta, &at, &key, &v)) {
        int is_known = openai_json_null(v);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !is_known; i++)
            is_known = J->is(key, known[i]);
        if (is_known)
            continue;
        message_open(c, d);
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(NATIVE), .choice = c->number,
                                           .id = S(OPENAI_CHAT), .name = key, .text = v });
    }
}

/* Members of a delta in the order that makes sense, whatever order they came in. */
static void delta_decode(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                         struct cp_str delta, struct cp_str logprobs)
{
    struct cp_str m[DELTA_N];
    uint32_t others = openai_json_pick(delta, delta_names, DELTA_N, m);

    if (J->kind(m[DELTA_ROLE]) == '"')
        message_open(c, d);
    reasoning_delta(rx, c, d, m);
    content_delta(rx, c, d, m[DELTA_CONTENT]);
    refusal_delta(rx, c, d, m[DELTA_REFUSAL]);
    attached_delta(rx, c, d, m[DELTA_ANNOTATIONS], logprobs);
    images_delta(rx, c, d, m[DELTA_IMAGES]);
    chat_rx_tools(rx, c, d, m[DELTA_CALLS]);
    chat_rx_function_call(rx, c, d, m[DELTA_CALL]);
    if (others > 0)
        natives_delta(c, d, delta);
}

/* The tap: that there is content, and whether there are calls. */
static void delta_tap(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                      struct cp_str delta)
{
    struct cp_str m[DELTA_N], shown = { NULL, 0 };

    (void)openai_json_pick(delta, delta_names, DELTA_N, m); /* others are nothing to a tap */
    for (size_t i = DELTA_CONTENT; i <= DELTA_CALL; i++) {
        if (openai_json_null(m[i]) || m[i].n <= 2) /* "", [], {} */
            continue;
        c->has_calls |= i >= DELTA_CALLS;
        shown = m[i];
    }
    message_open(c, d);
    if (shown.p == NULL || c->has_words)
        return;
    c->has_words = 1; /* the piece's text is the wire's own: nobody reads it */
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .choice = c->number,
                                       .index = rx->index++, .text = shown });
}

/* ---- chunks ------------------------------------------------------------------------------ */

static struct rx_choice *choice_of(struct rx *rx, struct chat_in *d, int64_t number)
{
    struct rx_choice **at = &rx->choices;

    if (number < 0 || number >= CHOICES_MOST)
        return NULL;
    while (*at != NULL && (*at)->number != (uint32_t)number)
        at = &(*at)->next;
    if (*at == NULL) {
        *at = H->alloc(d->call, sizeof(**at));
        if (*at != NULL)
            (*at)->number = (uint32_t)number;
    }
    return *at;
}

static void finish_read(struct rx *rx, struct rx_choice *c, struct chat_in *d,
                        const struct cp_str *m)
{
    struct cp_str word = m[CHOICE_FINISH], matched = m[CHOICE_STOP]; /* the latter is vLLM's */

    if (J->kind(word) != '"' || word.n <= 2)
        return;
    chat_rx_close_current(rx, c, d);
    chat_rx_tools_close(rx, c, d);
    message_open(c, d);
    c->finish = openai_text_copy(d->call, J->text(d->call, word));
    if (J->kind(matched) == '"' && matched.n > 2)
        c->matched = openai_text_copy(d->call, J->text(d->call, matched));
}

/* m: what was picked of the choice. */
static void chunk_choice(struct rx *rx, struct chat_in *d, const struct cp_str *m,
                         uint32_t ordinal)
{
    struct cp_str delta = m[CHOICE_DELTA];
    struct rx_choice *c;
    int64_t number = ordinal;

    if (J->kind(m[CHOICE_INDEX]) == '0')
        (void)J->integer(m[CHOICE_INDEX], &number); /* else its ordinal stays */
    c = choice_of(rx, d, number);
    if (c == NULL)
        return;
    if (J->kind(delta) != '{')
        delta = m[CHOICE_MESSAGE]; /* a whole answer where a stream was asked for */
    if (J->kind(delta) == '{' && rx->is_tap)
        delta_tap(rx, c, d, delta);
    else if (J->kind(delta) == '{')
        delta_decode(rx, c, d, delta, m[CHOICE_LOGPROBS]);
    finish_read(rx, c, d, m);
}

static void start(struct rx *rx, struct chat_in *d, struct cp_str chunk)
{
    int64_t created = 0;

    if (rx->is_started)
        return;
    rx->is_started = 1;
    rx->id = openai_text_copy(d->call, openai_json_string(d->call, chunk, "id"));
    if (J->kind(J->get(chunk, "created")) == '0' &&
        J->integer(J->get(chunk, "created"), &created) != CP_OK)
        created = 0;
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(START), .id = rx->id, .num = created,
                                       .name = openai_json_string(d->call, chunk, "model") });
}

static void usage_decode(struct rx *rx, struct chat_in *d, struct cp_str usage)
{
    struct meters m = rx->seen;

    if (J->kind(usage) != '{')
        return;
    chat_meters_read(usage, &m);
    chat_meters_emit(d, &m, &rx->seen);
}

static void chunk_natives(struct chat_in *d, struct cp_str chunk)
{
    static const char *const known[] = { "id",      "object", "created",    "model",
                                         "choices", "usage",  "obfuscation" };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(chunk, &at, &key, &v)) {
        int is_known = openai_json_null(v);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !is_known; i++)
            is_known = J->is(key, known[i]);
        if (!is_known)
            chat_in_native(d, key, v);
    }
}

/* m: what was picked of the chunk. */
static void chunk_decode(struct rx *rx, struct chat_in *d, struct cp_str chunk,
                         const struct cp_str *m)
{
    struct cp_str choices = m[CHUNK_CHOICES], choice, of[CHOICE_N];
    int is_first = !rx->is_started;
    size_t at = 0;
    uint32_t i = 0;

    while (chat_in_going(d) && J->kind(choices) == '[' &&
           J->each(choices, &at, NULL, &choice)) {
        if (J->kind(choice) != '{')
            continue;
        if (is_first && i == 0) {
            start(rx, d, chunk);
            chunk_natives(d, chunk);
        }
        (void)openai_json_pick(choice, choice_names, CHOICE_N, of); /* others: nobody's */
        chunk_choice(rx, d, of, i++);
        usage_decode(rx, d, of[CHOICE_USAGE]); /* Moonshot */
    }
    if (J->kind(m[CHUNK_USAGE]) == '{') {
        start(rx, d, chunk);
        usage_decode(rx, d, m[CHUNK_USAGE]);
    }
}

/* ---- ends -------------------------------------------------------------------------------- */

/* What is open stays open: a part that is closed counts as whole, and half a tool call must not. */
static void fail_with(struct rx *rx, struct chat_in *d, const struct trouble *t)
{
    rx->is_over = 1;
    openai_trouble_emit(d, t);
}

/* A word of the wire may tell that this was no end; 1 if so. */
static int stop_emit(struct rx *rx, struct rx_choice *c, struct chat_in *d)
{
    struct cp_item it = { CP_ITEM(STOP), .choice = c->number, .name = c->finish };
    struct trouble t = { .message = S("the upstream broke off its answer"), .type = c->finish };

    it.sub = chat_finish_decode(c->finish, c->has_calls, &t.sub);
    if (t.sub != 0) {
        fail_with(rx, d, &t);
        return 1;
    }
    if (it.sub == CP_STOP_TURN && c->refusal.n > 0)
        it.sub = CP_STOP_REFUSED;
    if (it.sub == CP_STOP_REFUSED && c->refusal.n > 0)
        it.text = (struct cp_str){ c->refusal.p, c->refusal.n };
    if (it.sub == CP_STOP_TURN && c->matched.n > 0) {
        it.sub = CP_STOP_SEQUENCE;
        it.text = c->matched;
    }
    chat_rx_close_current(rx, c, d);
    chat_rx_tools_close(rx, c, d);
    if (c->is_open)
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE,
                                           .sub = CP_ASSISTANT, .choice = c->number });
    chat_in_emit(d, &it);
    return 0;
}

static void finish(struct rx *rx, struct chat_in *d)
{
    if (rx->is_over)
        return;
    for (struct rx_choice *c = rx->choices; c != NULL; c = c->next)
        if (stop_emit(rx, c, d))
            return;
    rx->is_over = 1;
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(END) });
}

static int is_finished(const struct rx *rx, int *has_words)
{
    int finished = rx->choices != NULL;

    *has_words = 0;
    for (const struct rx_choice *c = rx->choices; c != NULL; c = c->next) {
        finished &= c->finish.p != NULL;
        *has_words |= c->has_words && !c->has_calls;
    }
    return finished;
}

static void done(struct rx *rx, struct chat_in *d)
{
    struct trouble t = { .message = S("the upstream sent an empty stream"), .sub = CP_SERVER };

    if (rx->choices == NULL)
        fail_with(rx, d, &t);
    else
        finish(rx, d);
}

int chat_rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    struct rx *rx = state;
    struct chat_in d = { .call = call, .tape = tape };
    struct trouble t = { .message = S("upstream closed the stream early"),
                         .sub = CP_STREAM_CUT };
    int has_words;

    (void)rc; /* what came over the wire decides, not how the connection went */
    if (rx->is_over)
        return CP_OK;
    if (is_finished(rx, &has_words) ||
        (has_words && rx->conf != NULL && rx->conf->lenient_eof && rc == CP_OK))
        finish(rx, &d);
    else
        fail_with(rx, &d, &t);
    return chat_in_done(&d);
}

/* ---- frames ------------------------------------------------------------------------------ */

static int is_error(const struct cp_frame *frame, struct cp_str chunk, const struct cp_str *m)
{
    if (openai_text_is(frame->event, "error") || J->kind(chunk) != '{')
        return 1;
    if (!openai_json_null(m[CHUNK_ERROR]) || J->is(m[CHUNK_OBJECT], "error"))
        return 1;
    /* FastAPI's {"detail":..} and nginx's {"message":..}, from servers that fail late. */
    return m[CHUNK_CHOICES].p == NULL && m[CHUNK_USAGE].p == NULL && m[CHUNK_ID].p == NULL &&
           (!openai_json_null(m[CHUNK_DETAIL]) || !openai_json_null(m[CHUNK_MESSAGE]));
}

static void error_frame(struct rx *rx, struct chat_in *d, struct cp_str data)
{
    struct trouble t;

    if (!openai_trouble_read(d->call, data, &t))
        t = (struct trouble){ .message = S("the upstream sent a chunk that is no JSON") };
    t.sub = t.sub == 0 ? CP_SERVER : t.sub;
    fail_with(rx, d, &t);
}

int chat_rx_frame(void *state, struct cp_call *call, const struct cp_frame *frame,
                  struct cp_tape *tape)
{
    struct rx *rx = state;
    struct chat_in d = { .call = call, .tape = tape, .body = frame->data };
    struct cp_str data = openai_text_trim(frame->data), m[CHUNK_N];

    if (rx->is_over || data.n == 0 || (rx->is_tap && chat_tap_may_skip(rx, frame, data)))
        return CP_OK;
    if (openai_text_is(data, "[DONE]")) {
        done(rx, &d);
        return chat_in_done(&d);
    }
    if (J->check(call, data) != CP_OK) {
        data = chat_repair_json(call, data);
        if (J->check(call, data) != CP_OK && (data.p[0] == '{' || data.p[0] == '['))
            return H->fail(call, CP_E_SYNTAX, "a chunk that is no JSON"); /* the host goes on */
        if (J->check(call, data) != CP_OK) {
            error_frame(rx, &d, frame->data);
            return chat_in_done(&d);
        }
        H->note(call, CP_REPAIRED, S("stream"), "a chunk that was no proper JSON");
    }
    (void)openai_json_pick(data, chunk_names, CHUNK_N, m); /* others: see chunk_natives() */
    if (is_error(frame, data, m))
        error_frame(rx, &d, data);
    else
        chunk_decode(rx, &d, data, m);
    return chat_in_done(&d);
}
