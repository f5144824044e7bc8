/* SPDX-License-Identifier: MIT */
/*
 * plain - the smallest useful dialect: the prompt is the body, the answer is text.
 *
 * Written for people who want to write a plugin: copy it, rename it, grow it.  It opens one door
 * to clients and can call an upstream of its own kind:
 *
 *     POST /v1/plain/{model}           the body is what the user says
 *     200, text                        the body is what the model says
 *     200, text/event-stream           each event's data is a piece of it; "event: end" ends it,
 *                                      "event: error" says why it could not be ended
 *
 * A stream that stops without its end was cut, and is told as cut: never invent an end.
 */
#include <claude-proxy/plugin.h>

#include <string.h>

static const struct cp_host *host;

static int load(const struct cp_host *h)
{
    host = h;
    return CP_OK;
}

/* ---- where a request goes ------------------------------------------------ */

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    host->set_path(head, "v1", "/plain/{model}");
    return host->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
}

/* ---- whole bodies -------------------------------------------------------- */

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    if (phase == CP_FAILURE)
        return host->emit(tape,
                          &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER, .text = body });
    if (body.n == 0)
        return host->fail(call, CP_E_SYNTAX, "empty body");

    int who = phase == CP_REQUEST ? CP_USER : CP_ASSISTANT;
    host->emit(tape, &(struct cp_item){ CP_ITEM(START), .num = call->stream });
    host->emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = who });
    host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = body });
    host->emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    if (phase == CP_RESPONSE)
        host->emit(tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    return host->emit(tape, &(struct cp_item){ CP_ITEM(END) });
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = host->item(tape, i)); i++)
        if (it->kind == CP_TEXT || it->kind == CP_ERROR)
            host->write(out, it->text);
    return CP_OK;
}

/* ---- streams from an upstream -------------------------------------------- */

enum { BEFORE, INSIDE, ENDED };

static int rx_open(void *instance, struct cp_call *call, void **state)
{
    *state = host->alloc(call, sizeof(int));
    return *state ? CP_OK : CP_E_NOMEM;
}

static int rx_begin(int *where, struct cp_tape *tape)
{
    *where = INSIDE;
    host->emit(tape, &(struct cp_item){ CP_ITEM(START) });
    host->emit(tape,
               &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    return host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN });
}

static int rx_end(int *where, struct cp_tape *tape)
{
    if (*where == BEFORE)
        rx_begin(where, tape);
    *where = ENDED;
    host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_CLOSE });
    host->emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    host->emit(tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    return host->emit(tape, &(struct cp_item){ CP_ITEM(END) });
}

static int rx_broken(int *where, struct cp_tape *tape, struct cp_str why)
{
    *where = ENDED;
    return host->emit(tape,
                      &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_STREAM_CUT, .text = why });
}

static int is_event(const struct cp_frame *frame, const char *name)
{
    return frame->event.n == strlen(name) && memcmp(frame->event.p, name, frame->event.n) == 0;
}

static int rx_frame(void *state, struct cp_call *call, const struct cp_frame *frame,
                    struct cp_tape *tape)
{
    int *where = state;

    if (*where == ENDED)
        return CP_OK;
    if (is_event(frame, "end"))
        return rx_end(where, tape);
    if (is_event(frame, "error"))
        return rx_broken(where, tape, frame->data);
    if (*where == BEFORE)
        rx_begin(where, tape);
    return host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .text = frame->data });
}

static int rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    static const char cut[] = "the upstream closed the stream early";

    if (*(int *)state == ENDED)
        return CP_OK;
    return rx_broken(state, tape, (struct cp_str){ cut, sizeof(cut) - 1 });
}

/* ---- streams to a client ------------------------------------------------- */

static int tx_open(void *instance, struct cp_call *call, void **state)
{
    *state = NULL;
    return CP_OK;
}

static int tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out)
{
    static const struct cp_str none = { "", 0 }, end = { "end", 3 }, error = { "error", 5 };

    switch (it->kind) {
    case CP_TEXT:
        return it->text.n ? host->frame(out, none, it->text) : CP_OK;
    case CP_ERROR:
        return host->frame(out, error, it->text);
    case CP_END:
        return host->frame(out, end, none);
    default:
        return CP_OK;
    }
}

static int tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    return CP_OK;
}

/* ---- what the host reads before it calls anything ------------------------- */

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 2, .method = "POST", .path = "/v1/plain/{model}" },
    { .op = CP_CHAT, .stream = 1, .method = "POST", .path = "/v1/plain/{model}/stream" },
};

/* Where a client may say which conversation it is in; there is no JSON here to find a name in. */
static const char *const session[] = { "header:x-session-id" };

static const struct cp_adapter plain = {
    .size = sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = CP_BIT(CP_START) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_STOP) |
              CP_BIT(CP_END) | CP_BIT(CP_ERROR),
    .ops = CP_BIT(CP_CHAT),
    .dialect = "plain",
    .family = "plain",
    .title = "Plain text",
    .body_type = "text/plain; charset=utf-8",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = sizeof(endpoints[0]),
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = rx_open,
    .rx_frame = rx_frame,
    .rx_close = rx_close,
    .tx_open = tx_open,
    .tx_item = tx_item,
    .tx_close = tx_close,
    .session = session,
    .session_n = 1,
};
static const struct cp_adapter *const adapters[] = { &plain };

CP_PLUGIN = {
    CP_PLUGIN_HEAD,   .adapters = adapters, .adapters_n = 1, .name = "plain",
    .version = "1.0", .license = "MIT",     .load = load,
};
