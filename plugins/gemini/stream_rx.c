/* SPDX-License-Identifier: MIT */
/*
 * stream_rx - chunks become items.
 *
 * Each chunk is an answer in itself with what is new: some parts, perhaps usage so far, perhaps a
 * finishReason.  Nothing marks the end but the end of the bytes, so whether the answer is whole is
 * known by what came before it: a finishReason for every candidate that spoke, or a prompt that was
 * blocked.  Until then a candidate is kept open, and what is said of the whole of it (its grounding,
 * its safety) is kept, too.
 *
 *     chunk --parts--> items      rx_close: cites, searches, natives, MESSAGE -, STOP for each, END
 *          \--the rest--> kept              or ERROR stream_cut
 *
 * source: Gemini API reference, GenerateContentResponse and streamGenerateContent, as of 2026-08
 */
#include "answer.h"

enum { CANDIDATE_CONTENT, CANDIDATE_FINISH, CANDIDATE_INDEX, CANDIDATE_LOGPROBS, CANDIDATE_N };
static const char *const candidate_names[] = { "content", "finishReason", "index",
                                               "logprobsResult" };

int gemini_rx_open(void *instance, struct cp_call *call, void **state)
{
    struct rx *rx = H->alloc(call, sizeof(*rx));

    (void)instance; /* options are about requests */
    if (rx == NULL)
        return CP_E_LIMIT;
    gemini_rx_start(rx, call);
    *state = rx;
    return CP_OK;
}

void gemini_rx_start(struct rx *rx, struct cp_call *call)
{
    rx->call = call;
    rx->is_tap = (call->want & CP_WANT_CONTENT) == 0;
    rx->is_exact =
        call->client_dialect.n == 0 || gemini_text_is(call->client_dialect, GEMINI_MAKER);
    gemini_meters_clear(&rx->seen);
}

void gemini_rx_emit(struct rx *rx, const struct cp_item *it)
{
    if (rx->rc == CP_OK)
        rx->rc = H->emit(rx->tape, it);
}

struct cp_str gemini_rx_keep(struct rx *rx, struct cp_str s)
{
    return s.p == NULL ? s : gemini_text_join(rx->call, &s, 1);
}

/* ---- what is kept of a candidate ----------------------------------------------------------- */

static struct rx_kept *kept_find(const struct rx_choice *c, const char *key)
{
    for (struct rx_kept *k = c->kept; k != NULL; k = k->next)
        if (gemini_key_is(k->key, key))
            return k;
    return NULL;
}

struct cp_str gemini_rx_kept(const struct rx_choice *c, const char *key)
{
    const struct rx_kept *k = kept_find(c, key);

    return k == NULL ? NOTHING : k->value;
}

/* The last word counts; of grounding the longest: chunks behind it may have an empty one. */
static void kept_put(struct rx *rx, struct rx_choice *c, struct cp_str key, struct cp_str v)
{
    struct rx_kept **at = &c->kept;

    v = J->compact(rx->call, v);
    while (*at != NULL && !gemini_text_same((*at)->key, key))
        at = &(*at)->next;
    if (*at != NULL && gemini_key_is(key, "groundingMetadata") && v.n < (*at)->value.n)
        return;
    if (*at == NULL)
        *at = H->alloc(rx->call, sizeof(**at));
    if (*at == NULL)
        return;
    (*at)->key = gemini_rx_keep(rx, key);
    (*at)->value = gemini_rx_keep(rx, v);
}

/* ---- the end of a candidate ---------------------------------------------------------------- */

static void kept_tell(struct rx *rx, struct rx_choice *c)
{
    for (const struct rx_kept *k = c->kept; k != NULL; k = k->next)
        gemini_rx_emit(
            rx, &(struct cp_item){ CP_ITEM(NATIVE), .id = S(GEMINI_MAKER), .choice = c->number,
                                   .name = gemini_text_format(rx->call, "candidates[].%.*s",
                                                              (int)k->key.n, k->key.p),
                                   .text = k->value });
}

static void stop_tell(struct rx *rx, const struct rx_choice *c)
{
    struct cp_str message = gemini_rx_kept(c, "finishMessage");
    struct cp_item it = { CP_ITEM(STOP), .choice = c->number, .name = c->finish };

    it.sub = gemini_finish_decode(c->finish, c->has_calls, c->has_content);
    if ((it.sub == CP_STOP_REFUSED || it.sub == CP_STOP_MALFORMED) && J->kind(message) == '"')
        it.text = J->text(rx->call, message);
    gemini_rx_emit(rx, &it);
}

static void choice_end(struct rx *rx, struct rx_choice *c)
{
    if (c->is_over)
        return;
    c->is_over = 1;
    gemini_rx_call_end(rx, c);
    gemini_rx_message(rx, c);
    if (!rx->is_tap) {
        gemini_rx_cites(rx, c, 1);
        gemini_rx_close_block(rx, c);
        kept_tell(rx, c);
    }
    gemini_rx_searches(rx, c); /* a tap counts them */
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE,
                                          .sub = CP_ASSISTANT, .choice = c->number });
    stop_tell(rx, c);
}

/* ---- candidates ---------------------------------------------------------------------------- */

static struct rx_choice *choice_of(struct rx *rx, int64_t number)
{
    struct rx_choice **at = &rx->choices;

    if (number < 0 || number >= CHOICES_MOST)
        return NULL;
    while (*at != NULL && (*at)->number != (uint32_t)number)
        at = &(*at)->next;
    if (*at == NULL)
        *at = H->alloc(rx->call, sizeof(**at));
    if (*at != NULL)
        (*at)->number = (uint32_t)number;
    return *at;
}

static void content_read(struct rx *rx, struct rx_choice *c, struct cp_str content)
{
    struct cp_str parts = gemini_member(content, "parts"), part;
    size_t at = 0;

    if (J->kind(parts) == '{')
        gemini_rx_part(rx, c, parts);
    while (J->kind(parts) == '[' && rx->rc == CP_OK && J->each(parts, &at, NULL, &part))
        if (J->kind(part) == '{')
            gemini_rx_part(rx, c, part);
}

static void finish_read(struct rx *rx, struct rx_choice *c, struct cp_str reason)
{
    struct cp_str word = J->kind(reason) == '"' ? J->text(rx->call, reason) : NOTHING;

    /* Said in every chunk by some: it means that there is no reason yet. */
    if (word.n == 0 || gemini_text_is(word, "FINISH_REASON_UNSPECIFIED"))
        return;
    c->finish = gemini_rx_keep(rx, word);
}

static int is_empty(struct cp_str v)
{
    char kind = J->kind(v);

    return v.n <= 2 && (kind == '[' || kind == '{' || kind == '"');
}

static int candidate_read(struct rx *rx, struct rx_choice *c, struct cp_str candidate,
                          struct cp_str *m)
{
    struct cp_str key, v;
    size_t at = 0;

    for (int i = 0; i < CANDIDATE_N; i++)
        m[i] = NOTHING;
    while (J->each(candidate, &at, &key, &v)) {
        int i = 0;
        while (i < CANDIDATE_N && !gemini_key_is(key, candidate_names[i]))
            i++;
        if (J->kind(v) == 'n')
            continue;
        if (i < CANDIDATE_N)
            m[i] = v;
        else if (c != NULL && !is_empty(v) &&
                 (!rx->is_tap || gemini_key_is(key, "groundingMetadata")))
            kept_put(rx, c, key, v);
    }
    return J->kind(m[CANDIDATE_CONTENT]) == '{';
}

/* taken: numbers that this chunk had already; two without an index are told apart by place. */
static void candidate_take(struct rx *rx, struct cp_str candidate, uint32_t place,
                           uint64_t *taken)
{
    struct cp_str m[CANDIDATE_N];
    struct rx_choice *c;
    int64_t number;

    (void)candidate_read(rx, NULL, candidate, m); /* its number comes first */
    number = gemini_int(m[CANDIDATE_INDEX], 0);
    if (number >= 0 && number < CHOICES_MOST && (*taken >> number & 1) != 0)
        number = place;
    c = choice_of(rx, number);
    if (c != NULL && c->is_over)
        return;
    if (c == NULL) {
        H->note(rx->call, CP_DROPPED, S("candidates[]"), "a candidate that has no number");
        return;
    }
    *taken |= UINT64_C(1) << number;
    if (candidate_read(rx, c, candidate, m))
        content_read(rx, c, m[CANDIDATE_CONTENT]);
    if (J->kind(m[CANDIDATE_LOGPROBS]) == '{' && !rx->is_tap)
        gemini_rx_logprobs(rx, c, m[CANDIDATE_LOGPROBS]);
    finish_read(rx, c, m[CANDIDATE_FINISH]);
    if (rx->is_tap && c->finish.p != NULL)
        choice_end(rx, c); /* its usage is told by now, and can still be put right */
}

/* ---- chunks -------------------------------------------------------------------------------- */

static void natives_read(struct rx *rx, struct cp_str chunk)
{
    static const char *const known[] = { "candidates",   "promptFeedback", "usageMetadata",
                                         "modelVersion", "responseId",     "error" };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(chunk, &at, &key, &v)) {
        int is_known = J->kind(v) == 'n';
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !is_known; i++)
            is_known = gemini_key_is(key, known[i]);
        if (!is_known)
            gemini_rx_emit(rx,
                           &(struct cp_item){ CP_ITEM(NATIVE), .id = S(GEMINI_MAKER),
                                              .name = key, .text = J->compact(rx->call, v) });
    }
}

static void begin(struct rx *rx, struct cp_str chunk)
{
    struct cp_str id = gemini_member_text(rx->call, chunk, "responseId");

    if (rx->is_started)
        return;
    rx->is_started = 1;
    rx->id = id.n > 0 ? gemini_rx_keep(rx, id) : rx->call->trace;
    gemini_rx_emit(
        rx, &(struct cp_item){ CP_ITEM(START), .id = id,
                               .name = gemini_member_text(rx->call, chunk, "modelVersion") });
    if (!rx->is_tap)
        natives_read(rx, chunk);
}

static void usage_read(struct rx *rx, struct cp_str usage)
{
    struct meters m = rx->seen;

    if (J->kind(usage) != '{')
        return;
    if (!rx->is_tap)
        rx->usage = gemini_rx_keep(rx, usage);
    gemini_meters_read(usage, &m);
    for (uint32_t i = CP_INPUT; i < METERS_N; i++)
        if (m.n[i] >= 0 && m.n[i] != rx->seen.n[i])
            gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(USAGE), .sub = i, .num = m.n[i] });
    rx->seen = m;
}

static void feedback_read(struct rx *rx, struct cp_str feedback)
{
    if (J->kind(feedback) != '{' || feedback.n <= 2)
        return;
    if (gemini_member_text(rx->call, feedback, "blockReason").n > 0)
        rx->blocked = gemini_rx_keep(rx, feedback);
    else if (!rx->is_tap)
        gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(NATIVE), .id = S(GEMINI_MAKER),
                                              .name = S("promptFeedback"),
                                              .text = J->compact(rx->call, feedback) });
}

static void error_tell(struct rx *rx, struct cp_item *it)
{
    /* What is open stays open: a part that is closed counts as whole, and half of one must not. */
    rx->is_over = 1;
    gemini_rx_emit(rx, it);
}

static void answer_read(struct rx *rx, struct cp_str chunk)
{
    struct cp_str candidates = gemini_member(chunk, "candidates"), one;
    uint64_t taken = 0;
    size_t at = 0;

    begin(rx, chunk);
    usage_read(rx, gemini_member(chunk, "usageMetadata")); /* some tell it at their start */
    for (uint32_t i = 0;
         J->kind(candidates) == '[' && rx->rc == CP_OK && J->each(candidates, &at, NULL, &one);
         i++)
        if (J->kind(one) == '{')
            candidate_take(rx, one, i, &taken);
    feedback_read(rx, gemini_member(chunk, "promptFeedback"));
}

void gemini_rx_chunk(struct rx *rx, struct cp_str chunk)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_SERVER };
    struct cp_str one, inner;
    size_t at = 0;

    if (rx->is_over || rx->rc != CP_OK)
        return;
    if (J->kind(chunk) == '[') {
        while (J->each(chunk, &at, NULL, &one))
            if (J->kind(one) == '{')
                gemini_rx_chunk(rx, one);
        return;
    }
    if (gemini_member(chunk, "error").p != NULL && gemini_error_read(rx->call, chunk, &error)) {
        error_tell(rx, &error);
        return;
    }
    /* Code Assist puts the answer into an envelope. */
    inner = gemini_member(chunk, "response");
    if (J->kind(inner) == '{' && gemini_member(chunk, "candidates").p == NULL)
        chunk = inner;
    answer_read(rx, chunk);
}

/* ---- the end ------------------------------------------------------------------------------- */

/* The prompt was blocked: there is no candidate at all. */
static void blocked_tell(struct rx *rx)
{
    struct cp_item it = { CP_ITEM(STOP), .sub = CP_STOP_REFUSED };

    if (!rx->is_tap)
        gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(NATIVE), .id = S(GEMINI_MAKER),
                                              .name = S("promptFeedback"),
                                              .text = J->compact(rx->call, rx->blocked) });
    if (rx->choices != NULL)
        return;
    it.name = gemini_member_text(rx->call, rx->blocked, "blockReason");
    it.text = gemini_member_text(rx->call, rx->blocked, "blockReasonMessage");
    gemini_rx_emit(rx, &it);
}

/* Details of the usage that no meter has. */
static void details_tell(struct rx *rx)
{
    struct cp_str key, v;
    size_t at = 0;

    while (rx->usage.p != NULL && J->each(rx->usage, &at, &key, &v))
        if (J->kind(v) != 'n' && !gemini_meters_has_key(key))
            gemini_rx_emit(rx, &(struct cp_item){
                                   CP_ITEM(NATIVE), .id = S(GEMINI_MAKER),
                                   .text = J->compact(rx->call, v),
                                   .name = gemini_text_format(rx->call, "usageMetadata.%.*s",
                                                              (int)key.n, key.p) });
}

static int is_whole_now(const struct rx *rx)
{
    int is_finished = rx->choices != NULL || rx->blocked.p != NULL;

    for (const struct rx_choice *c = rx->choices; c != NULL; c = c->next)
        is_finished &= c->finish.p != NULL || rx->blocked.p != NULL;
    return is_finished;
}

/*
 * A call that the model could not spell, and nothing else: to clients of this dialect its own word,
 * to others, who know none for it, a failure that can be tried again.
 */
static const struct rx_choice *malformed_of(const struct rx *rx)
{
    const struct rx_choice *c = rx->choices;

    if (c == NULL || c->next != NULL || rx->is_exact || rx->is_tap || c->has_content ||
        c->has_calls || gemini_finish_decode(c->finish, 0, 0) != CP_STOP_MALFORMED)
        return NULL;
    return c;
}

/* 1: it is no answer, and why. */
static int trouble_of(struct rx *rx, int is_clean, struct cp_item *error)
{
    const struct rx_choice *malformed;
    struct cp_str message;

    if (!is_clean && !is_whole_now(rx)) {
        error->sub = rx->is_whole ? CP_SERVER : CP_STREAM_CUT;
        error->text = rx->is_whole ? S("the upstream's answer has no candidates")
                                   : S("upstream closed the stream early");
        return 1;
    }
    malformed = malformed_of(rx);
    if (malformed == NULL)
        return 0;
    message = gemini_rx_kept(malformed, "finishMessage");
    error->text = J->kind(message) == '"' ? J->text(rx->call, message)
                                          : S("the model made a malformed tool call");
    error->name = malformed->finish;
    error->sub = CP_SERVER;
    return 1;
}

void gemini_rx_finish(struct rx *rx, int is_clean)
{
    struct cp_item error = { CP_ITEM(ERROR), 0 };

    if (rx->is_over)
        return;
    rx->is_over = 1;
    if (trouble_of(rx, is_clean, &error)) {
        gemini_rx_emit(rx, &error);
        return;
    }
    for (struct rx_choice *c = rx->choices; c != NULL; c = c->next)
        choice_end(rx, c);
    if (rx->blocked.p != NULL)
        blocked_tell(rx);
    details_tell(rx);
    if (rx->searches_n > 0)
        gemini_rx_emit(
            rx, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_SEARCHES, .num = rx->searches_n });
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(END) });
}

/* ---- hooks --------------------------------------------------------------------------------- */

static int done(const struct rx *rx)
{
    return rx->rc == CP_ENOUGH ? CP_OK : rx->rc;
}

/* What the host found between events, or what is called so: not an answer, whatever its form. */
static int is_error(const struct cp_frame *frame)
{
    return gemini_text_is(frame->event, "error") &&
           gemini_member(frame->data, "candidates").p == NULL;
}

int gemini_rx_frame(void *state, struct cp_call *call, const struct cp_frame *frame,
                    struct cp_tape *tape)
{
    struct rx *rx = state;
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_SERVER };
    int is_json;

    rx->call = call;
    rx->tape = tape;
    rx->rc = CP_OK;
    if (rx->is_over || frame->data.n == 0 || gemini_text_is(frame->data, "[DONE]"))
        return CP_OK;
    is_json = J->check(call, frame->data) == CP_OK;
    if (!is_json && !gemini_text_is(frame->event, "error"))
        return H->fail(call, CP_E_SYNTAX, "a chunk that is no JSON"); /* the host goes on */
    if (!is_json || is_error(frame)) {
        (void)gemini_error_read(call, frame->data, &error); /* its words, whatever they are */
        error_tell(rx, &error);
    } else if (J->kind(frame->data) == '{' || J->kind(frame->data) == '[') {
        gemini_rx_chunk(rx, frame->data);
    }
    return done(rx);
}

int gemini_rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    struct rx *rx = state;

    (void)rc; /* what came over the wire decides, not how the connection went */
    rx->call = call;
    rx->tape = tape;
    rx->rc = CP_OK;
    gemini_rx_finish(rx, 0);
    return done(rx);
}
