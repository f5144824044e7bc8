/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_rx - the events of a Responses stream become items.
 *
 *     created, in_progress, queued    START
 *     output_item.*, *.delta, *.done  blocks, see responses_stream_rx_items.c
 *     completed, incomplete           what no event told of, then STOP, usage, END
 *     failed, cancelled, error        ERROR; error is flat or nested
 *     anything else                   AUX, for a client of this dialect
 *
 * There is no lenient end: without the last event the answer was cut off.  [DONE], which some
 * proxies add, is nothing.
 *
 * As a tap (content not wanted) only the frames that begin, end or break an answer are read.
 */
#include "responses_answer.h"

#include <string.h>

int responses_rx_open(void *instance, struct cp_call *call, void **state)
{
    struct responses_rx *rx = H->alloc(call, sizeof(*rx));

    (void)instance; /* its options are about requests */
    if (rx == NULL)
        return CP_E_LIMIT;
    rx->is_tap = (call->want & CP_WANT_CONTENT) == 0;
    chat_meters_clear(&rx->seen);
    *state = rx;
    return CP_OK;
}

/* ---- events ----------------------------------------------------------------------------------- */

static void failed(struct answer_in *in, const struct trouble *t)
{
    in->rx->is_over = 1;
    openai_trouble_emit(in->d, t);
}

/* {"type":"error","error":{..}}, {"type":"error","code","message","param"} */
static void error_event(struct answer_in *in, struct cp_str event)
{
    struct cp_str error = J->get(event, "error");
    struct trouble t = { .sub = 0 };

    if (J->kind(error) == '{') {
        openai_trouble_from_error(in->d->call, error, &t);
    } else {
        openai_trouble_from_error(in->d->call, event, &t);
        t.type = NONE; /* "error" is the event's */
        if (J->kind(error) == '"')
            t.message = J->text(in->d->call, error);
    }
    failed(in, &t);
}

static int is_end(struct cp_str type)
{
    return openai_text_is(type, "response.completed") ||
           openai_text_is(type, "response.incomplete") ||
           openai_text_is(type, "response.failed") ||
           openai_text_is(type, "response.cancelled");
}

static int is_beginning(struct cp_str type)
{
    return openai_text_is(type, "response.created") ||
           openai_text_is(type, "response.in_progress") ||
           openai_text_is(type, "response.queued");
}

/* Events that say no more than those around them. */
static int is_dull(struct cp_str type)
{
    return openai_text_is(type, "response.content_part.added") ||
           openai_text_is(type, "response.reasoning_summary_part.added") ||
           openai_text_is(type, "response.reasoning_summary_part.done");
}

static int has_control(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return 1;
    return 0;
}

/* The tap: that there is content, and whether it ends in a call. */
static void glance(struct answer_in *in, struct cp_str event, struct cp_str type)
{
    struct responses_rx *rx = in->rx;
    struct cp_str what =
        J->get(J->kind(J->get(event, "item")) == '{' ? J->get(event, "item") : S("{}"), "type");
    int is_item = openai_text_begins(type, "response.output_item.");
    int is_delta = type.n > 6 && memcmp(type.p + type.n - 6, ".delta", 6) == 0;
    struct cp_str shown = is_item ? what : J->get(event, "delta");

    if (is_item && (J->is(what, "function_call") || J->is(what, "custom_tool_call")))
        rx->contents.has_call = 1;
    else if (is_item && openai_text_is(type, "response.output_item.added"))
        return; /* it is still empty */
    if (rx->has_shown || !(is_item || is_delta) || J->kind(shown) != '"' || shown.n <= 2)
        return;
    rx->has_shown = 1;
    answer_in_message(in); /* the piece's text is the wire's own: nobody reads it */
    chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE,
                                           .index = rx->index++, .text = shown });
}

/* The last event of some services tells the items no more: then these are the answer. */
static void pass_item(struct answer_in *in, struct cp_str event)
{
    struct cp_str item = J->get(event, "item");

    if (J->kind(item) == '{')
        responses_note_add(in->d->call, &in->rx->passed, item);
}

static struct cp_str with_output(struct answer_in *in, struct cp_str response)
{
    struct cp_str output = J->get(response, "output"), first, parts[5];
    struct rj j = { NULL, NULL, 0, 0 };
    size_t at = 0;
    int has_own = J->kind(output) == '[' && J->each(output, &at, NULL, &first);

    if (has_own || in->rx->passed.n == 0)
        return response;
    responses_notes_write(&j, &in->rx->passed);
    j.p = H->alloc(in->d->call, j.n);
    j.n = 0;
    j.needs_comma = 0;
    if (j.p == NULL)
        return response;
    responses_notes_write(&j, &in->rx->passed);
    parts[0] = output.p != NULL ? (struct cp_str){ response.p, (size_t)(output.p - response.p) }
                                : S("{\"output\":");
    parts[1] = (struct cp_str){ j.p, j.n };
    parts[2] = output.p != NULL ? S("") : S(",");
    parts[3].p = output.p != NULL ? output.p + output.n : response.p + 1;
    parts[3].n = (size_t)(response.p + response.n - parts[3].p);
    return openai_text_join(in->d->call, parts, 4);
}

static void keep(struct answer_in *in, struct cp_str response)
{
    if ((in->d->call->want & CP_WANT_KEPT) != 0)
        responses_keep_passed(in->d->call, with_output(in, response));
}

static void content_event(struct answer_in *in, struct cp_str event, struct cp_str type)
{
    answer_in_start(in, NONE);
    if ((in->d->call->want & CP_WANT_KEPT) != 0 &&
        openai_text_is(type, "response.output_item.done"))
        pass_item(in, event);
    if (in->rx->is_tap)
        glance(in, event, type);
    else if (openai_text_is(type, "response.output_item.added"))
        answer_in_added(in, event);
    else if (openai_text_is(type, "response.output_item.done"))
        answer_in_done(in, event);
    else if (!answer_in_piece(in, event, type) && !is_dull(type) && type.n > 0 &&
             !has_control(type))
        chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(AUX), .name = type, .text = event,
                                               .id = S(OPENAI_RESPONSES) });
}

/* Servers that leave the status out say it by the event's name. */
static struct cp_str with_status(struct cp_call *call, struct cp_str response,
                                 struct cp_str type)
{
    struct cp_str parts[4] = { S("{\"status\":\""), { type.p + 9, type.n - 9 }, S("\""), NONE };
    struct cp_str rest[2], v;
    size_t at = 0;

    if (J->kind(J->get(response, "status")) == '"')
        return response;
    rest[0] = openai_text_join(call, parts, 3);
    rest[1] = J->each(response, &at, NULL, &v) ? S(",") : S("");
    parts[0] = openai_text_join(call, rest, 2);
    parts[1] = (struct cp_str){ response.p + 1, response.n - 1 };
    return openai_text_join(call, parts, 2);
}

static void event_read(struct answer_in *in, struct cp_str event, struct cp_str type)
{
    struct cp_str response = J->get(event, "response");
    struct trouble t;

    if (J->kind(response) != '{')
        response = S("{}");
    if (is_beginning(type)) {
        answer_in_start(in, response);
        answer_in_usage(in, response);
    } else if (is_end(type)) {
        response = with_status(in->d->call, response, type);
        answer_in_end(in, response);
        keep(in, response);
    } else if (openai_text_is(type, "error") ||
               (type.n == 0 && J->kind(J->get(event, "error")) == '{')) {
        error_event(in, event);
    } else if (openai_text_begins(type, "response.") || openai_text_is(type, "keepalive") ||
               type.n > 0) {
        content_event(in, event, type);
    } else if (openai_trouble_read(in->d->call, event, &t)) {
        failed(in, &t);
    }
}

/* ---- frames ------------------------------------------------------------------------------------ */

/* A frame that can tell a tap nothing new, known by its name alone. */
static int may_skip(const struct responses_rx *rx, struct cp_str event)
{
    if (!rx->is_tap || !rx->has_shown || !openai_text_begins(event, "response."))
        return 0;
    return !is_end(event) && !openai_text_begins(event, "response.output_item.");
}

int responses_rx_frame(void *state, struct cp_call *call, const struct cp_frame *f,
                       struct cp_tape *tape)
{
    struct responses_rx *rx = state;
    struct chat_in d = { .call = call, .tape = tape };
    struct answer_in in = { rx, &d };
    struct cp_str data = openai_text_trim(f->data), type;
    int rc;

    if (rx->is_over || data.n == 0 || openai_text_begins(data, "[DONE]") ||
        may_skip(rx, f->event))
        return CP_OK;
    rc = J->check(call, data);
    if (rc != CP_OK || J->kind(data) != '{') {
        H->note(call, CP_REPAIRED, S("stream"), "an event that is no JSON object");
        return CP_OK;
    }
    type = openai_json_string(call, data, "type");
    if (J->is(J->get(data, "object"), "response")) { /* it answered without a stream */
        answer_in_end(&in, data);
        keep(&in, data);
        return chat_in_done(&d);
    }
    event_read(&in, data, type.n > 0 ? type : f->event);
    return chat_in_done(&d);
}

int responses_rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    struct responses_rx *rx = state;
    struct chat_in d = { .call = call, .tape = tape };
    struct answer_in in = { rx, &d };
    struct trouble t = { .message = S("upstream closed the stream early"),
                         .sub = CP_STREAM_CUT };

    (void)rc; /* whatever the reason, the last event did not come */
    if (!rx->is_over)
        failed(&in, &t);
    return chat_in_done(&d);
}
