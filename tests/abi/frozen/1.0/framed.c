/* SPDX-License-Identifier: MIT */
/*
 * framed - a dialect of lines as it was when ABI 1.0 was frozen; never change it.
 *
 *     POST /v1/framed/{model}            {"say":"hello"}, answered {"say":"well"}
 *     POST /v1/framed/{model}/stream     frames {"say":"we"} {"say":"ll"} {"end":true}, or {"error":"why"}
 *
 * With CP_RAW bodies and streams are the text itself, and a stream's end is that of its bytes.
 */
#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

#define FRAMING CP_LINES

#define IS_RAW (FRAMING == CP_RAW)

static const struct cp_host *host;
static const struct cp_json *json;

static int load(const struct cp_host *h)
{
    host = h;
    json = h->service("json", 1);
    return json ? CP_OK : CP_E_UNSUPPORTED;
}

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    host->set_path(head, "v1", call->stream ? "/framed/{model}/stream" : "/framed/{model}");
    return host->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
}

static int emit(struct cp_tape *tape, struct cp_item it)
{
    return host->emit(tape, &it);
}

static int begin(struct cp_tape *tape, int phase, struct cp_call *call)
{
    int who = phase == CP_REQUEST ? CP_USER : CP_ASSISTANT;
    emit(tape, (struct cp_item){ CP_ITEM(START), .num = call->stream });
    return emit(tape,
                (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = (uint32_t)who });
}

static int end(struct cp_tape *tape, int phase)
{
    emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    if (phase == CP_RESPONSE)
        emit(tape, (struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    return emit(tape, (struct cp_item){ CP_ITEM(END) });
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    struct cp_str say = IS_RAW ? body : json->text(call, json->get(body, "say"));

    if (phase == CP_FAILURE)
        return emit(tape, (struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER, .text = body });
    if (!say.n)
        return host->fail(call, CP_E_SYNTAX, "say: nothing");
    begin(tape, phase, call);
    emit(tape, (struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = say });
    return end(tape, phase);
}

static void say(struct cp_out *out, const char *name, struct cp_str text)
{
    json->open(out, '{');
    json->key(out, name);
    json->string(out, text);
    json->close(out);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    const struct cp_item *it;

    if (!IS_RAW) {
        json->open(out, '{');
        json->key(out, phase == CP_FAILURE ? "error" : "say");
        json->quote_open(out);
    }
    for (size_t i = 0; (it = host->item(tape, i)); i++)
        if (it->kind == CP_TEXT || it->kind == CP_ERROR)
            IS_RAW ? host->write(out, it->text) : json->piece(out, it->text);
    if (IS_RAW)
        return CP_OK;
    json->quote_close(out);
    return json->close(out);
}

struct rx {
    int is_open, is_over;
};

static int rx_open(void *instance, struct cp_call *call, void **state)
{
    *state = host->alloc(call, sizeof(struct rx));
    return *state ? CP_OK : CP_E_NOMEM;
}

static int rx_say(struct rx *rx, struct cp_call *call, struct cp_str text, struct cp_tape *tape)
{
    if (!rx->is_open)
        begin(tape, CP_RESPONSE, call);
    if (!rx->is_open)
        emit(tape, (struct cp_item){ CP_ITEM(TEXT), .flags = CP_OPEN });
    rx->is_open = 1;
    return emit(tape, (struct cp_item){ CP_ITEM(TEXT), .text = text });
}

static int rx_end(struct rx *rx, struct cp_tape *tape)
{
    rx->is_over = 1;
    emit(tape, (struct cp_item){ CP_ITEM(TEXT), .flags = CP_CLOSE });
    return end(tape, CP_RESPONSE);
}

static int rx_fail(struct rx *rx, struct cp_tape *tape, int trouble, struct cp_str why)
{
    rx->is_over = 1;
    return emit(tape,
                (struct cp_item){ CP_ITEM(ERROR), .sub = (uint32_t)trouble, .text = why });
}

static int rx_frame(void *state, struct cp_call *call, const struct cp_frame *f,
                    struct cp_tape *tape)
{
    struct rx *rx = state;
    struct cp_str error;

    if (rx->is_over)
        return CP_OK;
    if (IS_RAW)
        return rx_say(rx, call, f->data, tape);
    if (json->check(call, f->data))
        return CP_E_SYNTAX;
    error = json->get(f->data, "error");
    if (error.p)
        return rx_fail(rx, tape, CP_SERVER, json->text(call, error));
    if (json->get(f->data, "end").p)
        return rx->is_open ? rx_end(rx, tape)
                           : host->fail(call, CP_E_SYNTAX, "an end of nothing");
    return rx_say(rx, call, json->text(call, json->get(f->data, "say")), tape);
}

static int rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    static const char cut[] = "cut";
    struct rx *rx = state;

    if (rx->is_over)
        return CP_OK;
    if (IS_RAW && rc == CP_OK && rx->is_open)
        return rx_end(rx, tape);
    return rx_fail(rx, tape, CP_STREAM_CUT, (struct cp_str){ cut, sizeof(cut) - 1 });
}

static int tx_open(void *instance, struct cp_call *call, void **state)
{
    *state = NULL;
    return CP_OK;
}

static int tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out)
{
    static const char over[] = "{\n\"end\":true}";
    static const struct cp_str none = { NULL, 0 };

    if (it->kind == CP_TEXT && !it->text.n)
        return CP_OK;
    if (it->kind == CP_END)
        return IS_RAW ? CP_OK
                      : host->frame(out, none, (struct cp_str){ over, sizeof(over) - 1 });
    if (it->kind != CP_TEXT && it->kind != CP_ERROR)
        return CP_OK;
    if (IS_RAW)
        return host->frame(out, none, it->text);
    host->frame_open(out, NULL);
    say(out, it->kind == CP_TEXT ? "say" : "error", it->text);
    return host->frame_close(out);
}

static int tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    return CP_OK;
}

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 2, .method = "POST", .path = "/v1/framed/{model}" },
    { .op = CP_CHAT,
      .stream = 1,
      .method = "POST",
      .path = "/v1/framed/{model}/stream",
      .framing = FRAMING },
};

static const struct cp_adapter framed = {
    .size = sizeof(struct cp_adapter),
    .framing = FRAMING,
    .speaks = CP_BIT(CP_START) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_STOP) |
              CP_BIT(CP_END) | CP_BIT(CP_ERROR),
    .ops = CP_BIT(CP_CHAT),
    .dialect = "framed",
    .family = "framed",
    .body_type = IS_RAW ? "text/plain; charset=utf-8" : NULL,
    .keepalive = IS_RAW ? NULL : "\n",
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
};
static const struct cp_adapter *const adapters[] = { &framed };

CP_PLUGIN = { CP_PLUGIN_HEAD, .adapters = adapters, .adapters_n = 1, .name = "framed",
              .version = "1", .license = "MIT",     .load = load };
