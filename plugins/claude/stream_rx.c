/* SPDX-License-Identifier: MIT */
/*
 * stream_rx - the events of a Messages stream become items.
 *
 *     message_start (content_block_start content_block_delta* content_block_stop)*
 *     message_delta message_stop            ping anywhere, error anywhere and then nothing
 *
 * Servers that only resemble the service leave out stops, starts and event names; so a block is
 * closed by whatever shows that it is over, and opened by its first piece if need be.  Stop and
 * usage are held back until the end is certain: several message_delta are legal, the last wins.  Only
 * where they are wanted soon, for frames that pass, are they told with the first one.
 *
 * As a tap (the bytes go by untouched, only usage and stop are wanted) nothing is unescaped and
 * most frames are not even looked at.
 */
#include "claude.h"

#include <string.h>

enum { OPEN_MOST = 16 };

struct rx_block {
    int64_t wire;        /* its index in the events             */
    uint32_t index;      /* and on the tape                     */
    uint32_t kind;       /* enum cp_kind                        */
    struct cp_str input; /* of a call that came with its input  */
    int is_custom;       /* a free-text tool, sent as a function */
    uint32_t half;       /* of a surrogate pair, that the last delta ended in */
    struct unwrap unwrap;
    int is_renamed; /* a tool whose arguments get their names back, whole */
    struct held held;
};

struct rx {
    int is_started, is_ended, has_message, has_stop, has_call;
    int is_soon, is_stopped;           /* STOP is wanted at once; it was told */
    int is_tap, saw_text, saw_thought; /* a tap tells of each once */
    uint32_t next;                     /* index of the next block on the tape */
    int open_n;
    struct rx_block open[OPEN_MOST];
    struct claude_usage usage;
    struct cp_str last_delta; /* message_delta's delta, kept */
};

static struct reading reading_of(struct cp_call *call, struct cp_tape *tape)
{
    return (struct reading){
        .call = call, .tape = tape, .is_answer = 1, .message = -1, .block = -1, .part = -1
    };
}

int claude_rx_open(void *instance, struct cp_call *call, void **state)
{
    struct rx *rx = host->alloc(call, sizeof(*rx));

    if (!rx)
        return CP_E_NOMEM;
    rx->is_tap = !(call->want & CP_WANT_CONTENT);
    rx->is_soon = (call->want & CP_WANT_SOON) != 0;
    claude_usage_init(&rx->usage);
    *state = rx;
    return CP_OK;
}

/* ---- beginning and end ------------------------------------------------------------------ */

static void natives(struct reading *r, struct cp_str object)
{
    struct members m;

    claude_members(&m, object);
    claude_answer_natives(r, &m);
}

/* What stands beside the reason to stop: container. */
static void delta_natives(struct reading *r, struct cp_str delta)
{
    struct cp_str key, v;

    for (size_t at = 0; r->rc == CP_OK && json->each(delta, &at, &key, &v);)
        if (json->kind(v) != 'n' && !json->is(key, "stop_reason") &&
            !json->is(key, "stop_sequence") && !json->is(key, "stop_details") &&
            !claude_is_odd_key(key))
            claude_native_at(r, claude_format(r->call, "delta.%.*s", (int)key.n, key.p), v);
}

static void begin(struct rx *rx, struct reading *r, struct cp_str message)
{
    if (rx->is_started)
        return;
    rx->is_started = 1;
    claude_emit(r, &(struct cp_item){ CP_ITEM(START),
                                      .name = json->text(r->call, json->get(message, "model")),
                                      .id = json->text(r->call, json->get(message, "id")) });
    claude_usage_read(&rx->usage, json->get(message, "usage"));
    claude_usage_emit(r, &rx->usage);
    if (!rx->is_tap)
        natives(r, message);
}

static void need_message(struct rx *rx, struct reading *r)
{
    begin(rx, r, NOTHING);
    if (rx->has_message)
        return;
    rx->has_message = 1;
    claude_emit(r,
                &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
}

static void piece(struct rx_block *b, struct reading *r, uint32_t flags, struct cp_str text)
{
    claude_emit(r, &(struct cp_item){ .size = (uint32_t)sizeof(struct cp_item),
                                      .kind = b->kind,
                                      .flags = flags,
                                      .index = b->index,
                                      .text = text });
}

/* What the call says, out of the object if it is free text. */
static struct cp_str said(struct rx_block *b, struct reading *r, struct cp_str text)
{
    if (b->is_renamed) {
        claude_props_hold(r->call, &b->held, text);
        return S("");
    }
    return b->is_custom ? claude_unwrap(r->call, &b->unwrap, text) : text;
}

static struct cp_str last_renamed(struct rx_block *b, struct reading *r)
{
    if (b->half)
        claude_props_hold(r->call, &b->held, S("\xEF\xBF\xBD"));
    return claude_props_restore(
        r->call,
        b->input.n ? b->input : (struct cp_str){ b->held.p ? b->held.p : "", b->held.n });
}

static struct cp_str last_said(struct rx_block *b, struct reading *r)
{
    if (b->is_renamed)
        return last_renamed(b, r);
    struct cp_str text = b->half      ? S("\xEF\xBF\xBD")
                         : b->input.n ? said(b, r, b->input)
                                      : S("");
    struct cp_str rest = b->is_custom ? claude_unwrap_end(&b->unwrap) : S("");

    if (!text.n || !rest.n)
        return text.n ? text : rest;
    return claude_format(r->call, "%.*s%.*s", (int)rest.n, rest.p, (int)text.n, text.p);
}

static void close_block(struct rx *rx, struct reading *r, int i)
{
    struct rx_block *b = &rx->open[i];

    piece(b, r, CP_CLOSE, last_said(b, r));
    memmove(b, b + 1, (size_t)(rx->open_n - i - 1) * sizeof(*b));
    rx->open_n--;
}

static void close_blocks(struct rx *rx, struct reading *r)
{
    while (rx->open_n)
        close_block(rx, r, 0);
}

static void stop(struct rx *rx, struct reading *r)
{
    struct members last;

    if (rx->is_stopped)
        return;
    rx->is_stopped = 1;
    claude_emit(r,
                &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_ASSISTANT });
    claude_members(&last, rx->last_delta);
    claude_stop_decode(r, &last, rx->has_call);
}

static void end(struct rx *rx, struct reading *r)
{
    if (rx->is_ended)
        return;
    rx->is_ended = 1;
    need_message(rx, r);
    close_blocks(rx, r);
    stop(rx, r);
    claude_usage_emit(r, &rx->usage);
    claude_emit(r, &(struct cp_item){ CP_ITEM(END) });
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static struct rx_block *find(struct rx *rx, int64_t wire)
{
    for (int i = rx->open_n - 1; i >= 0; i--)
        if (rx->open[i].wire == wire)
            return &rx->open[i];
    return NULL;
}

static struct rx_block *add(struct rx *rx, struct reading *r, int64_t wire, uint32_t kind)
{
    for (int i = 0; i < rx->open_n; i++) {
        if (rx->open[i].wire != wire)
            continue;
        close_block(rx, r, i); /* its stop never came */
        break;
    }
    if (rx->open_n == OPEN_MOST)
        close_block(rx, r, 0);
    struct rx_block *b = &rx->open[rx->open_n++];
    *b = (struct rx_block){ .wire = wire, .index = rx->next++, .kind = kind };
    return b;
}

static int has_members(struct cp_str object)
{
    struct cp_str v;
    size_t at = 0;

    return json->kind(object) == '{' && json->each(object, &at, NULL, &v);
}

static void call_start(struct rx *rx, struct reading *r, int64_t wire, struct cp_str block)
{
    int is_server = !json->is(json->get(block, "type"), "tool_use");
    int is_mcp = json->is(json->get(block, "type"), "mcp_tool_use");
    struct rx_block *b = add(rx, r, wire, is_server ? CP_SERVER_CALL : CP_TOOL_CALL);
    struct cp_str name = json->text(r->call, json->get(block, "name"));
    struct cp_str input = json->get(block, "input");
    struct cp_item it = { .size = (uint32_t)sizeof(it), .kind = b->kind, .flags = CP_OPEN };

    b->is_custom = !is_server && claude_is_custom(r->call, name);
    b->is_renamed = !is_server && claude_props_is(r->call, name);
    if (!is_server)
        name = host->original(r->call, name);
    it.sub = is_server ? 0 : b->is_custom ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION;
    it.index = b->index;
    it.name = is_mcp ? S("mcp") : name.n ? name : S("_");
    it.id = json->text(r->call, json->get(block, "id"));
    it.text = S("");
    if (has_members(input))
        b->input = claude_keep(r->call, input); /* said unless deltas come after all */
    rx->has_call |= !is_server;
    claude_emit(r, &it);
}

static void text_start(struct rx *rx, struct reading *r, int64_t wire, struct cp_str block)
{
    int is_text = json->is(json->get(block, "type"), "text");
    struct rx_block *b = add(rx, r, wire, is_text ? CP_TEXT : CP_REASONING);
    struct cp_str text = json->text(r->call, json->get(block, is_text ? "text" : "thinking"));
    struct cp_str signature = json->text(r->call, json->get(block, "signature"));
    struct cp_item it = { .size = (uint32_t)sizeof(it), .kind = b->kind, .flags = CP_OPEN };

    it.index = b->index;
    it.sub = is_text ? 0 : CP_SUMMARY;
    it.text = text.p ? text : S("");
    claude_emit(r, &it);
    r->base = b->index;
    if (!is_text && signature.n)
        claude_signature_decode(r, signature, "signature");
    r->base = 0;
}

static void compaction_start(struct rx *rx, struct reading *r, int64_t wire,
                             struct cp_str block)
{
    struct rx_block *b = add(rx, r, wire, CP_COMPACTION);
    struct cp_str text = json->text(r->call, json->get(block, "content"));

    piece(b, r, CP_OPEN, text.p ? text : S(""));
}

/* Blocks that have no deltas come whole; the index of the tape is theirs alone. */
static void whole(struct rx *rx, struct reading *r, struct cp_str block)
{
    r->block = (int)rx->next;
    r->base = rx->next;
    rx->next += 3; /* it may hold parts that hold parts */
    claude_block_decode(r, block);
    r->block = -1;
    r->base = 0;
}

static void block_start(struct rx *rx, struct reading *r, int64_t wire, struct cp_str block)
{
    struct cp_str type = json->get(block, "type");

    need_message(rx, r);
    if (claude_is_forced_tool(r->call, type, json->get(block, "name")))
        text_start(rx, r, wire, S("{\"type\":\"text\"}"));
    else if (json->is(type, "text") || json->is(type, "thinking"))
        text_start(rx, r, wire, block);
    else if (json->is(type, "tool_use") || json->is(type, "server_tool_use") ||
             json->is(type, "mcp_tool_use"))
        call_start(rx, r, wire, block);
    else if (json->is(type, "compaction"))
        compaction_start(rx, r, wire, block);
    else if (json->kind(type) == '"')
        whole(rx, r, block);
}

/* ---- deltas -------------------------------------------------------------------------------------- */

static const struct {
    const char *type, *member;
    uint32_t kind;
} deltas[] = {
    { "text_delta", "text", CP_TEXT },
    { "thinking_delta", "thinking", CP_REASONING },
    { "input_json_delta", "partial_json", CP_TOOL_CALL },
    { "signature_delta", "signature", CP_REASONING },
    { "compaction_delta", "content", CP_COMPACTION },
    { "citations_delta", "citation", CP_TEXT },
};
enum { DELTAS_N = sizeof(deltas) / sizeof(deltas[0]) };

static int delta_of(struct cp_str type)
{
    int i = 0;

    while (i < DELTAS_N && !json->is(type, deltas[i].type))
        i++;
    return i;
}

static struct rx_block *block_for(struct rx *rx, struct reading *r, int64_t wire, uint32_t kind)
{
    struct rx_block *b = find(rx, wire);

    if (b || (kind != CP_TEXT && kind != CP_REASONING))
        return b;
    need_message(rx, r);
    text_start(rx, r, wire,
               kind == CP_TEXT ? S("{\"type\":\"text\"}") : S("{\"type\":\"thinking\"}"));
    return find(rx, wire);
}

static void attach(struct reading *r, const struct rx_block *b, struct cp_str delta)
{
    r->base = b->index;
    if (json->is(json->get(delta, "type"), "citations_delta"))
        claude_cite_decode(r, json->get(delta, "citation"));
    else if (b->kind == CP_COMPACTION)
        claude_signature_decode(r, json->text(r->call, json->get(delta, "encrypted_content")),
                                "encrypted");
    else
        claude_signature_decode(r, json->text(r->call, json->get(delta, "signature")),
                                "signature");
    r->base = 0;
}

static int takes(const struct rx_block *b, uint32_t kind, const char *type)
{
    if (strcmp(type, "input_json_delta") == 0) /* CP_TEXT: a format said as a tool */
        return b->kind == CP_TOOL_CALL || b->kind == CP_SERVER_CALL || b->kind == CP_TEXT;
    return b->kind == kind;
}

static void block_delta(struct rx *rx, struct reading *r, int64_t wire, struct cp_str delta)
{
    int i = delta_of(json->get(delta, "type"));

    if (i == DELTAS_N) {
        host->note(r->call, CP_DROPPED, json->text(r->call, json->get(delta, "type")),
                   "a delta of a kind that is not known here");
        return;
    }
    struct rx_block *b = block_for(rx, r, wire, deltas[i].kind);
    if (!b || !takes(b, deltas[i].kind, deltas[i].type))
        return;
    struct cp_str text = claude_halves(r->call, json->get(delta, deltas[i].member), &b->half);
    if (strcmp(deltas[i].type, "signature_delta") != 0 && text.n) {
        b->input = NOTHING;
        text = said(b, r, text);
        if (!b->is_renamed)
            piece(b, r, 0, text);
    }
    if (strcmp(deltas[i].type, "text_delta") != 0 &&
        strcmp(deltas[i].type, "thinking_delta") != 0 && b->kind != CP_TOOL_CALL &&
        b->kind != CP_SERVER_CALL)
        attach(r, b, delta);
}

/* ---- the tap ---------------------------------------------------------------------------------------- */

/* Once for thought and once for what is shown: that it began, not what it is. */
static void tell(struct rx *rx, struct reading *r, uint32_t kind, struct cp_str text)
{
    int *seen = kind == CP_REASONING ? &rx->saw_thought : &rx->saw_text;
    struct cp_item it = { .size = (uint32_t)sizeof(it), .kind = kind, .flags = CP_WHOLE };

    if (*seen)
        return;
    *seen = 1;
    need_message(rx, r);
    it.index = rx->next++;
    it.text = text;
    if (kind == CP_TOOL_CALL) {
        it.sub = CP_TOOL_FUNCTION;
        it.name = S("_");
    }
    claude_emit(r, &it);
}

static void glance_start(struct rx *rx, struct reading *r, struct cp_str block)
{
    struct cp_str type = json->get(block, "type");

    if (json->is(type, "tool_use") &&
        !claude_is_forced_tool(r->call, type, json->get(block, "name")))
        rx->has_call = 1;
    if (json->is(type, "redacted_thinking"))
        tell(rx, r, CP_REASONING, S("."));
    else if (!json->is(type, "text") && !json->is(type, "thinking"))
        tell(rx, r, CP_TOOL_CALL, S("{}"));
}

static void glance_delta(struct rx *rx, struct reading *r, struct cp_str delta)
{
    int i = delta_of(json->get(delta, "type"));
    struct cp_str v = i < DELTAS_N ? json->get(delta, deltas[i].member) : NOTHING;

    if (json->kind(v) != '"' || v.n <= 2)
        return;
    /* still escaped: nobody reads it */
    tell(rx, r, deltas[i].kind == CP_REASONING ? CP_REASONING : CP_TEXT,
         (struct cp_str){ v.p + 1, v.n - 2 });
}

/* A frame that can tell a tap nothing new, known by its name alone. */
static int is_dull(const struct rx *rx, struct cp_str event)
{
    if (!rx->is_tap)
        return 0;
    return claude_is(event, "ping") || claude_is(event, "content_block_stop") ||
           (rx->saw_text && claude_is(event, "content_block_delta"));
}

/* ---- frames -------------------------------------------------------------------------------------------- */

static void message_start(struct rx *rx, struct reading *r, struct cp_str message)
{
    begin(rx, r, message);
    need_message(rx, r);
}

static void message_delta(struct rx *rx, struct reading *r, struct cp_str data)
{
    struct cp_str delta = json->get(data, "delta");

    need_message(rx, r);
    close_blocks(rx, r);
    claude_usage_read(&rx->usage, json->get(data, "usage"));
    if (!rx->is_tap) {
        natives(r, data);
        delta_natives(r, delta);
    }
    if (json->kind(json->get(delta, "stop_reason")) == '"') {
        rx->has_stop = 1;
        rx->last_delta = claude_keep(r->call, delta);
    }
    if (!rx->is_soon || !rx->has_stop)
        return;
    stop(rx, r);
    claude_usage_emit(r, &rx->usage);
}

static void block_stop(struct rx *rx, struct reading *r, int64_t wire)
{
    struct rx_block *b = find(rx, wire);

    if (b)
        close_block(rx, r, (int)(b - rx->open));
}

static void failed(struct rx *rx, struct reading *r, struct cp_str data)
{
    rx->is_ended = 1;
    claude_error_emit(r, data);
}

static void content_event(struct rx *rx, struct reading *r, struct cp_str type,
                          struct cp_str data)
{
    int64_t wire = claude_int(json->get(data, "index"), -1);

    if (claude_is(type, "content_block_start")) {
        if (rx->is_tap)
            glance_start(rx, r, json->get(data, "content_block"));
        else
            block_start(rx, r, wire, json->get(data, "content_block"));
    } else if (claude_is(type, "content_block_delta")) {
        if (rx->is_tap)
            glance_delta(rx, r, json->get(data, "delta"));
        else
            block_delta(rx, r, wire, json->get(data, "delta"));
    } else {
        block_stop(rx, r, wire);
    }
}

/* What we do not know is kept for a client of this dialect. */
static void aside(struct rx *rx, struct reading *r, struct cp_str type, struct cp_str data)
{
    if (!rx->is_tap && !claude_is_odd_key(type))
        claude_emit(r, &(struct cp_item){ CP_ITEM(AUX), .text = data, .name = type,
                                          .id = S(CLAUDE_MAKER) });
}

static void event(struct rx *rx, struct reading *r, struct cp_str type, struct cp_str data)
{
    if (claude_begins(type, "content_block_"))
        content_event(rx, r, type, data);
    else if (claude_is(type, "message_start"))
        message_start(rx, r, json->get(data, "message"));
    else if (claude_is(type, "message_delta"))
        message_delta(rx, r, data);
    else if (claude_is(type, "message_stop"))
        end(rx, r);
    else if (claude_is(type, "error") || json->kind(json->get(data, "error")) == '{')
        failed(rx, r, data);
    else
        aside(rx, r, type, data);
}

int claude_rx_frame(void *state, struct cp_call *call, const struct cp_frame *f,
                    struct cp_tape *tape)
{
    struct rx *rx = state;
    struct reading r = reading_of(call, tape);

    if (rx->is_ended || is_dull(rx, f->event) || claude_is_blank(f->data) ||
        claude_begins(f->data, "[DONE]"))
        return CP_OK;
    int rc = json->check(call, f->data);
    if (rc != CP_OK)
        return host->fail(call, rc, "an event of the stream is no JSON");
    struct cp_str type = json->text(call, json->get(f->data, "type"));
    if (!rx->is_started && claude_is(type, "message")) { /* it answered without a stream */
        rx->is_started = rx->is_ended = 1;
        return claude_response_decode(call, f->data, tape);
    }
    event(rx, &r, type.n ? type : f->event, f->data);
    return r.rc > 0 ? CP_OK : r.rc;
}

int claude_rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    struct rx *rx = state;
    struct reading r = reading_of(call, tape);

    if (rx->is_ended)
        return CP_OK;
    if (rx->has_stop) { /* all but the last word was said */
        end(rx, &r);
        return r.rc > 0 ? CP_OK : r.rc;
    }
    rx->is_ended = 1;
    claude_emit(&r, &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_STREAM_CUT,
                                       .text = S("upstream closed the stream early") });
    return r.rc > 0 ? CP_OK : r.rc;
}
