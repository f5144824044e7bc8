/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_rx_items - output items that grow event by event become blocks.
 *
 * Events name their item by output_index and by item_id.  Copilot gives an item another id in each
 * event, other servers give every item the index 0: an id that is known counts first, then the
 * index.  Whatever an item's done says beyond what its deltas said is added then; what is encrypted
 * counts only there.  Items of a service's own tools come whole, at their done.
 *
 *     added --delta*--> done        a block for each part of a message; one for a summary, whose
 *                                   parts are its segments; one for thoughts shown raw; one for a call
 */
#include "responses_answer.h"

#include <string.h>

enum { REFUSAL_KEPT_BYTES = 1024 };

static struct cp_str member(struct cp_str object, const char *key)
{
    return J->kind(object) == '{' ? J->get(object, key) : NONE;
}

static int64_t number(struct cp_str object, const char *key)
{
    struct cp_str v = member(object, key);
    int64_t n = -1;

    return J->kind(v) == '0' && J->integer(v, &n) == CP_OK ? n : -1;
}

void answer_in_message(struct answer_in *in)
{
    if (in->rx->has_message)
        return;
    in->rx->has_message = 1;
    chat_in_emit(in->d,
                 &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
}

/* ---- which item -------------------------------------------------------------------------------- */

static struct in_item *item_find(struct answer_in *in, struct cp_str id, int64_t wire)
{
    struct in_item *found = NULL;

    for (struct in_item *item = in->rx->items; item != NULL; item = item->next) {
        if (id.n > 0 && openai_text_same(item->id, id))
            return item;
        if (wire >= 0 && item->wire == wire && (found == NULL || !item->is_done))
            found = item;
    }
    return found;
}

static struct in_item *item_add(struct answer_in *in, struct cp_str id, int64_t wire,
                                uint32_t type)
{
    struct in_item *item = H->alloc(in->d->call, sizeof(*item));

    if (item == NULL)
        return NULL;
    item->id = openai_text_copy(in->d->call, id);
    item->wire = wire;
    item->type = type;
    if (in->rx->last != NULL)
        in->rx->last->next = item;
    else
        in->rx->items = item;
    in->rx->last = item;
    return item;
}

static uint32_t type_of(struct cp_str item)
{
    struct cp_str type = member(item, "type");

    if (J->is(type, "message"))
        return IN_MESSAGE;
    if (J->is(type, "reasoning"))
        return IN_REASONING;
    if (J->is(type, "function_call"))
        return IN_FUNCTION;
    return J->is(type, "custom_tool_call") ? IN_CUSTOM : IN_OTHER;
}

/* The item an event is about; type: what it must be if nobody has announced it. */
static struct in_item *item_of(struct answer_in *in, struct cp_str event, uint32_t type)
{
    struct cp_str id = openai_json_string(in->d->call, event, "item_id");
    int64_t wire = number(event, "output_index");
    struct in_item *item = item_find(in, id, wire);

    if (item == NULL && id.n == 0 && wire < 0)
        item = in->rx->last;
    if (item == NULL)
        item = item_add(in, id, wire, type);
    return item == NULL || item->is_done || item->type != type ? NULL : item;
}

/* ---- words ---------------------------------------------------------------------------------------- */

static struct in_part *part_of(struct answer_in *in, struct in_item *item, uint32_t kind,
                               uint32_t sub, int64_t wire)
{
    struct in_part **at = &item->parts;

    wire = wire < 0 ? 0 : wire;
    while (*at != NULL && ((*at)->sub != sub || (*at)->wire != wire))
        at = &(*at)->next;
    if (*at == NULL) {
        *at = H->alloc(in->d->call, sizeof(**at));
        if (*at == NULL)
            return NULL;
        (*at)->kind = kind;
        (*at)->sub = sub;
        (*at)->wire = wire;
    }
    return *at;
}

static void refusal_keep(struct answer_in *in, struct cp_str text)
{
    struct rx_buffer *kept = &in->rx->refusal;

    if (kept->n + text.n <= REFUSAL_KEPT_BYTES)
        chat_rx_append(in->d->call, kept, text);
    in->rx->contents.refusal = (struct cp_str){ kept->p, kept->n };
}

/* A piece of a block that may not be open yet. */
static void piece(struct answer_in *in, struct in_block *b, struct cp_item it)
{
    answer_in_message(in);
    if (!b->is_open)
        b->index = in->rx->index++;
    it.size = (uint32_t)sizeof(it);
    it.index = b->index;
    if (!b->is_open)
        it.flags = (it.flags & ~(uint32_t)CP_SEGMENT) | CP_OPEN;
    b->is_open = 1;
    chat_in_emit(in->d, &it);
}

static void thought(struct answer_in *in, struct in_item *item, struct in_part *p,
                    struct cp_str text)
{
    piece(in, p->sub == CP_SUMMARY ? &item->summary : &item->raw,
          (struct cp_item){ .kind = CP_REASONING,
                            .sub = p->sub,
                            .text = text,
                            .id = item->id,
                            .flags = p->said == 0 ? CP_SEGMENT : 0 });
}

static void words(struct answer_in *in, struct in_item *item, struct in_part *p,
                  struct cp_str text)
{
    struct in_block b = { p->index, p->is_open, 0, 0 };

    if (p->is_closed || (text.n == 0 && p->is_open))
        return;
    if (p->kind == CP_REASONING) {
        thought(in, item, p, text);
    } else {
        piece(in, &b,
              (struct cp_item){
                  .kind = p->kind, .text = text, .id = responses_message_id(item->id) });
        in->rx->contents.has_text = 1;
    }
    p->index = b.index;
    p->is_open = 1;
    p->said += text.n;
    if (p->kind == CP_REFUSAL)
        refusal_keep(in, text);
}

static void words_delta(struct answer_in *in, struct in_item *item, struct in_part *p,
                        struct cp_str string)
{
    struct cp_str text;

    if (J->kind(string) != '"' || string.n <= 2)
        return;
    text = chat_rx_text(in->d->call, string, &p->high);
    if (text.n > 0)
        words(in, item, p, text);
}

/* What is behind the first bytes of text; they were said already. */
static struct cp_str rest_of(struct cp_str text, size_t said)
{
    while (said < text.n && ((unsigned char)text.p[said] & 0xC0) == 0x80)
        said++; /* it was another text: not from inside a character */
    return said >= text.n ? S("") : (struct cp_str){ text.p + said, text.n - said };
}

static void words_complete(struct answer_in *in, struct in_item *item, struct in_part *p,
                           struct cp_str text)
{
    if (p->high != 0 && text.n <= p->said) /* its other half never came */
        words(in, item, p, S("\xEF\xBF\xBD"));
    p->high = 0;
    if (text.n > p->said)
        words(in, item, p, rest_of(text, p->said));
}

/* ---- what hangs on a text ------------------------------------------------------------------------- */

static void logprobs(struct answer_in *in, struct in_item *item, struct in_part *p,
                     struct cp_str list)
{
    struct cp_str one, parts[3] = { S("{\"content\":"), list, S(",\"refusal\":null}") };
    size_t at = 0;

    if (p->kind != CP_TEXT || p->is_closed || J->kind(list) != '[' ||
        !J->each(list, &at, NULL, &one))
        return;
    words(in, item, p, S(""));
    p->has_logprobs = 1;
    chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(CITE), .index = p->index,
                                           .name = S("logprobs"), .id = S(OPENAI_RESPONSES),
                                           .text = openai_text_join(in->d->call, parts, 3),
                                           .meta = list });
}

static void cite(struct answer_in *in, struct in_item *item, struct in_part *p,
                 struct cp_str annotation)
{
    struct cp_str list[3] = { S("["), annotation, S("]") };

    if (p->kind != CP_TEXT || p->is_closed || J->kind(annotation) != '{')
        return;
    words(in, item, p, S(""));
    p->cites_n++;
    responses_cites_decode(in->d, openai_text_join(in->d->call, list, 3), p->index);
}

/* Everything a finished part says, as far as it is new. */
static void part_complete(struct answer_in *in, struct in_item *item, struct in_part *p,
                          struct cp_str part)
{
    struct cp_str annotations = member(part, "annotations"), one;
    size_t at = 0;

    words_complete(
        in, item, p,
        openai_json_string(in->d->call, part, p->kind == CP_REFUSAL ? "refusal" : "text"));
    for (uint32_t i = 0; J->kind(annotations) == '[' && J->each(annotations, &at, NULL, &one);
         i++)
        if (i >= p->cites_n)
            cite(in, item, p, one);
    if (!p->has_logprobs)
        logprobs(in, item, p, member(part, "logprobs"));
}

static void block_close(struct answer_in *in, uint32_t kind, uint32_t sub, struct in_block *b)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE, .sub = sub, .index = b->index,
                          .text = S("") };

    it.kind = kind;
    if (b->is_open)
        chat_in_emit(in->d, &it);
    b->is_open = 0;
}

static void part_close(struct answer_in *in, struct in_part *p)
{
    struct in_block b = { p->index, p->is_open, 0, 0 };

    if (p->kind == CP_REASONING || p->is_closed)
        return;
    block_close(in, p->kind, 0, &b);
    p->is_closed = 1;
}

/* ---- calls ------------------------------------------------------------------------------------------ */

static void call_open(struct answer_in *in, struct in_item *item, struct cp_str wire)
{
    struct cp_call *call = in->d->call;
    struct cp_str name = openai_json_string(call, wire, "name");
    struct cp_str id = openai_json_string(call, wire, "call_id");
    struct cp_str space = openai_json_string(call, wire, "namespace");

    if (item->call.is_open || name.n == 0 || (id.n == 0 && !item->is_done))
        return;
    if (id.n == 0) {
        id = chat_call_id_made(call, item->id, name, in->rx->index);
        H->note(call, CP_REPAIRED, S("output"), "a call without call_id");
    }
    if (openai_text_is(space, "functions"))
        space = NONE;
    in->rx->contents.has_call = 1;
    piece(
        in, &item->call,
        (struct cp_item){ .kind = CP_TOOL_CALL,
                          .name = H->original(call, name),
                          .id = id,
                          .meta = space,
                          .text = S(""),
                          .sub = item->type == IN_CUSTOM ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION });
}

static void call_say(struct answer_in *in, struct in_item *item, struct cp_str text)
{
    if (!item->call.is_open || text.n == 0)
        return;
    item->call.said += text.n;
    piece(in, &item->call, (struct cp_item){ .kind = CP_TOOL_CALL, .text = text });
}

static void call_complete(struct answer_in *in, struct in_item *item, struct cp_str v)
{
    struct cp_str text = J->kind(v) == '"' ? J->text(in->d->call, v)
                         /* the object itself, from servers that forget to quote it */
                         : J->kind(v) == '{' ? J->compact(in->d->call, v)
                                             : NONE;

    if (text.n > item->call.said)
        call_say(in, item, rest_of(text, item->call.said));
}

static void call_done(struct answer_in *in, struct in_item *item, struct cp_str wire)
{
    call_open(in, item, wire);
    if (!item->call.is_open)
        H->note(in->d->call, CP_REPAIRED, S("output"), "a call without a name");
    call_complete(in, item, member(wire, item->type == IN_CUSTOM ? "input" : "arguments"));
    block_close(in, CP_TOOL_CALL, 0, &item->call);
}

/* ---- items ------------------------------------------------------------------------------------------ */

static void message_done(struct answer_in *in, struct in_item *item, struct cp_str wire)
{
    struct cp_str content = member(wire, "content"), part;
    size_t at = 0;

    for (int64_t i = 0; J->kind(content) == '[' && J->each(content, &at, NULL, &part); i++) {
        uint32_t kind = J->is(member(part, "type"), "refusal") ? CP_REFUSAL : CP_TEXT;
        struct in_part *p = part_of(in, item, kind, 0, i);
        if (p != NULL && !p->is_closed)
            part_complete(in, item, p, part);
    }
    for (struct in_part *p = item->parts; p != NULL; p = p->next) {
        words_complete(in, item, p, NONE);
        part_close(in, p);
    }
}

static void thoughts_done(struct answer_in *in, struct in_item *item, struct cp_str list,
                          uint32_t sub)
{
    struct cp_str part;
    size_t at = 0;

    for (int64_t i = 0; J->kind(list) == '[' && J->each(list, &at, NULL, &part); i++) {
        struct in_part *p = part_of(in, item, CP_REASONING, sub, i);
        if (p != NULL)
            part_complete(in, item, p, part);
    }
}

static void reasoning_done(struct answer_in *in, struct in_item *item, struct cp_str wire)
{
    struct cp_str word = openai_json_string(in->d->call, wire, "encrypted_content");
    struct cp_item state = { CP_ITEM(STATE), .text = word };
    struct in_block *b;

    thoughts_done(in, item, member(wire, "summary"), CP_SUMMARY);
    thoughts_done(in, item, member(wire, "content"), CP_RAW_THOUGHT);
    b = item->raw.is_open && !item->summary.is_open ? &item->raw : &item->summary;
    if (word.n > 0) {
        if (H->unwrap(in->d->call, word, &state) != 1) {
            state.name = S("encrypted");
            state.id = S(OPENAI_RESPONSES);
        }
        if (!b->is_open)
            piece(in, b,
                  (struct cp_item){
                      .kind = CP_REASONING, .sub = CP_SUMMARY, .text = S(""), .id = item->id });
        state.kind = CP_STATE;
        state.index = b->index;
        chat_in_emit(in->d, &state);
    }
    block_close(in, CP_REASONING, CP_SUMMARY, &item->summary);
    block_close(in, CP_REASONING, CP_RAW_THOUGHT, &item->raw);
}

static void refusals_keep(struct answer_in *in, struct cp_str content)
{
    struct cp_str part, refusal;
    size_t at = 0;

    while (J->kind(content) == '[' && J->each(content, &at, NULL, &part)) {
        refusal = openai_json_string(in->d->call, part, "refusal");
        if (refusal.n > 0)
            refusal_keep(in, refusal);
    }
}

/* An item of which nothing was said before. */
static void whole(struct answer_in *in, struct in_item *item, struct cp_str wire,
                  const char *path)
{
    struct cp_str type = member(wire, "type");

    answer_in_message(in);
    if (J->is(type, "compaction") || J->is(type, "compaction_summary"))
        in->rx->contents.has_compaction = 1;
    if (item->type == IN_MESSAGE) {
        in->rx->contents.has_text = 1;
        refusals_keep(in, member(wire, "content"));
    }
    if (in->d->rc == CP_OK)
        in->d->rc = responses_item_decode(in->d->call, wire, path, &in->rx->index, in->d->tape);
}

static int is_untold(const struct in_item *item)
{
    return item->parts == NULL && !item->call.is_open;
}

static void item_done(struct answer_in *in, struct in_item *item, struct cp_str wire)
{
    static const char *const known[] = {
        "type",      "id",      "role",      "content",
        "status",    "summary", "name",      "encrypted_content",
        "arguments", "call_id", "namespace", "input",
        NULL
    };
    struct cp_str path = openai_text_format(in->d->call, "output[%lld]", (long long)item->wire);

    item->is_done = 1;
    if (path.p == NULL)
        return;
    if (is_untold(item) &&
        (item->type == IN_OTHER || item->type == IN_MESSAGE || item->type == IN_REASONING)) {
        if (J->kind(wire) == '{')
            whole(in, item, wire, path.p);
        return;
    }
    if (item->type == IN_MESSAGE)
        message_done(in, item, wire);
    else if (item->type == IN_REASONING)
        reasoning_done(in, item, wire);
    else
        call_done(in, item, wire);
    if (J->kind(wire) == '{')
        responses_rest_decode(in->d, wire, path.p, known);
}

void answer_in_added(struct answer_in *in, struct cp_str event)
{
    struct cp_str wire = member(event, "item");
    struct cp_str id = openai_json_string(in->d->call, wire, "id");
    struct in_item *item = id.n > 0 ? item_find(in, id, -1) : NULL;

    if (J->kind(wire) != '{' || item != NULL)
        return;
    item = item_add(in, id, number(event, "output_index"), type_of(wire));
    if (item != NULL && (item->type == IN_FUNCTION || item->type == IN_CUSTOM))
        call_open(in, item, wire);
}

void answer_in_done(struct answer_in *in, struct cp_str event)
{
    struct cp_str wire = member(event, "item");
    struct cp_str id = openai_json_string(in->d->call, wire, "id");
    int64_t at = number(event, "output_index");
    struct in_item *item = item_find(in, id, at);

    if (J->kind(wire) != '{')
        return;
    if (item == NULL || (item->is_done && !openai_text_same(item->id, id)) ||
        (!item->is_done && item->type != type_of(wire)))
        item = item_add(in, id, at, type_of(wire));
    if (item != NULL && !item->is_done)
        item_done(in, item, wire);
}

static struct in_item *item_meant(struct answer_in *in, struct cp_str wire, int64_t at)
{
    struct in_item *item = item_find(in, openai_json_string(in->d->call, wire, "id"), at);

    return item != NULL && item->type == type_of(wire) ? item : NULL;
}

void answer_in_output(struct answer_in *in, struct cp_str output)
{
    struct cp_str wire;
    size_t at = 0;

    for (int64_t i = 0;
         J->kind(output) == '[' && chat_in_going(in->d) && J->each(output, &at, NULL, &wire);
         i++) {
        struct in_item *item;
        if (J->kind(wire) != '{')
            continue;
        item = item_meant(in, wire, i);
        if (item == NULL)
            item = item_add(in, openai_json_string(in->d->call, wire, "id"), i, type_of(wire));
        if (item != NULL && !item->is_done)
            item_done(in, item, wire);
    }
    for (struct in_item *item = in->rx->items; item != NULL; item = item->next)
        if (!item->is_done)
            item_done(in, item, NONE); /* an output without it: the events are trusted */
}

/* ---- pieces ------------------------------------------------------------------------------------------- */

enum what { A_DELTA, A_TEXT, A_PART, A_NOTE };
static const struct {
    const char *type, *member, *index;
    uint32_t kind, sub, what;
} pieces[] = {
    { "response.output_text.delta", "delta", "content_index", CP_TEXT, 0, A_DELTA },
    { "response.output_text.done", "text", "content_index", CP_TEXT, 0, A_TEXT },
    { "response.output_text.annotation.added", "annotation", "content_index", CP_TEXT, 0,
      A_NOTE },
    { "response.refusal.delta", "delta", "content_index", CP_REFUSAL, 0, A_DELTA },
    { "response.refusal.done", "refusal", "content_index", CP_REFUSAL, 0, A_TEXT },
    { "response.content_part.done", "part", "content_index", CP_TEXT, 0, A_PART },
    { "response.reasoning_summary_text.delta", "delta", "summary_index", CP_REASONING,
      CP_SUMMARY, A_DELTA },
    { "response.reasoning_summary_text.done", "text", "summary_index", CP_REASONING, CP_SUMMARY,
      A_TEXT },
    { "response.reasoning_text.delta", "delta", "content_index", CP_REASONING, CP_RAW_THOUGHT,
      A_DELTA },
    { "response.reasoning_text.done", "text", "content_index", CP_REASONING, CP_RAW_THOUGHT,
      A_TEXT },
};
enum { PIECES_N = sizeof(pieces) / sizeof(pieces[0]) };

static void words_event(struct answer_in *in, struct cp_str event, size_t i)
{
    struct cp_str v = member(event, pieces[i].member);
    uint32_t kind = pieces[i].kind;
    struct in_item *item;
    struct in_part *p;

    if (pieces[i].what == A_PART && J->is(member(v, "type"), "refusal"))
        kind = CP_REFUSAL;
    if (pieces[i].what == A_PART && J->is(member(v, "type"), "reasoning_text"))
        return; /* its text was done before */
    item = item_of(in, event, kind == CP_REASONING ? IN_REASONING : IN_MESSAGE);
    p = item == NULL ? NULL
                     : part_of(in, item, kind, pieces[i].sub, number(event, pieces[i].index));
    if (p == NULL || p->kind != kind)
        return;
    if (pieces[i].what == A_DELTA) {
        words_delta(in, item, p, v);
        logprobs(in, item, p, member(event, "logprobs"));
    } else if (pieces[i].what == A_TEXT) {
        if (J->kind(v) == '"')
            words_complete(in, item, p, J->text(in->d->call, v));
    } else if (pieces[i].what == A_NOTE) {
        cite(in, item, p, v);
    } else {
        part_complete(in, item, p, v);
        part_close(in, p);
    }
}

static int call_event(struct answer_in *in, struct cp_str event, struct cp_str type)
{
    int is_custom = openai_text_begins(type, "response.custom_tool_call_input.");
    int is_delta = type.n > 6 && memcmp(type.p + type.n - 6, ".delta", 6) == 0;
    struct in_item *item;

    if (!is_custom && !openai_text_begins(type, "response.function_call_arguments."))
        return 0;
    item = item_of(in, event, is_custom ? IN_CUSTOM : IN_FUNCTION);
    if (item == NULL || !item->call.is_open)
        return 1; /* its done will say it all */
    if (!is_delta)
        call_complete(in, item, member(event, is_custom ? "input" : "arguments"));
    else if (J->kind(member(event, "delta")) == '"')
        call_say(in, item, chat_rx_text(in->d->call, member(event, "delta"), &item->call.high));
    return 1;
}

int answer_in_piece(struct answer_in *in, struct cp_str event, struct cp_str type)
{
    for (size_t i = 0; i < PIECES_N; i++) {
        if (!openai_text_is(type, pieces[i].type))
            continue;
        words_event(in, event, i);
        return 1;
    }
    return call_event(in, event, type);
}
