/* SPDX-License-Identifier: MIT */
/*
 * responses_compact - the answer of POST /responses/compact: a conversation in one item.
 *
 * A client replaces its whole history by the answer's output, so the last things the user said
 * are kept in front of the compaction, pictures too; a file whose bytes are in it is only named, and
 * a text that is too long loses its middle.  A summary that is readable travels
 * wrapped: the client hands it back unread, and whichever upstream comes next gets it as text.
 */
#include "responses_answer.h"

/* About 20000 tokens, the most that Codex keeps of what users said; and of a picture, 1500. source:
 * its repository, core/src/compact.rs, as of 2026-08.  What is cut shorter than LEAST says nothing. */
enum { KEPT_BYTES = 80000, IMAGE_BYTES = 6000, FILE_BYTES = 6000, LEAST_BYTES = 200 };

#define FILE_NOTE "[a file was here, and was left out]"

/* ---- bytes -> tape ----------------------------------------------------------------------- */

int responses_compact_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct cp_str item, output;
    struct meters m;
    struct trouble t;
    size_t at = 0;

    output = J->kind(body) == '{' ? J->get(body, "output") : body;
    if (J->kind(body) != '{' || J->kind(output) != '[') {
        if (!openai_trouble_read(call, body, &t))
            return H->fail(call, CP_E_SYNTAX, "output: expected an array");
        openai_trouble_emit(&d, &t);
        return chat_in_done(&d);
    }
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(START), .name = S(""),
                                        .id = openai_json_string(call, body, "id") });
    for (size_t i = 0; chat_in_going(&d) && J->each(output, &at, NULL, &item); i++) {
        struct cp_str path = openai_text_format(call, "output[%zu]", i);
        struct cp_str type = J->kind(item) == '{' ? J->get(item, "type") : item;
        if (path.p != NULL && J->kind(item) == '{' &&
            (J->is(type, "compaction") || J->is(type, "compaction_summary")))
            (void)responses_output_decode(&d, item, path.p); /* it is one */
    }
    chat_meters_clear(&m);
    if (J->kind(J->get(body, "usage")) == '{')
        responses_usage_read(J->get(body, "usage"), &m);
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_COMPACTION });
    chat_meters_emit(&d, &m, NULL);
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}

/* ---- tape -> bytes ----------------------------------------------------------------------- */

static int is_user(struct cp_str item)
{
    struct cp_str type;

    if (J->kind(item) != '{' || !J->is(J->get(item, "role"), "user"))
        return 0;
    type = J->get(item, "type");
    return openai_json_null(type) || J->is(type, "message");
}

static int is_image(struct cp_str part)
{
    return J->is(J->get(part, "type"), "input_image");
}

/* What a part weighs: words their bytes, a picture about what services count for one, and a file
 * that is there with all its bytes no more than the words that it was there. */
static size_t weight_of(struct cp_str part)
{
    struct cp_str text = J->kind(part) == '{' ? J->get(part, "text") : part;

    if (J->kind(text) == '"')
        return text.n;
    if (is_image(part))
        return IMAGE_BYTES;
    return part.n > FILE_BYTES ? sizeof(FILE_NOTE) : part.n;
}

static size_t weight_of_all(struct cp_str content)
{
    struct cp_str part;
    size_t at = 0, sum = 0;

    if (J->kind(content) != '[')
        return weight_of(content);
    while (J->each(content, &at, NULL, &part))
        sum += J->kind(part) == '{' ? weight_of(part) : 0;
    return sum;
}

static void text_write(struct cp_out *out, struct cp_str text)
{
    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(out, "type");
    (void)J->string(out, S("input_text"));
    (void)J->key(out, "text");
    (void)J->string(out, text);
    (void)J->close(out);
}

static size_t whole_points(struct cp_str text, size_t n)
{
    while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return n;
}

/* Its beginning and its end: what is wanted stands mostly in one of them. */
static struct cp_str shortened(struct cp_call *call, struct cp_str text, size_t room)
{
    size_t head = whole_points(text, room / 2), tail = whole_points(text, text.n - room / 2);

    if (text.n <= room)
        return text;
    return openai_text_format(call, "%.*s\n[%zu bytes were left out here]\n%.*s", (int)head,
                              text.p, tail - head, (int)(text.n - tail), text.p + tail);
}

/* A part in the room that is left for its message. */
static void part_write(struct cp_call *call, struct cp_out *out, struct cp_str part,
                       size_t *room)
{
    struct cp_str text = J->kind(part) == '{' ? J->get(part, "text") : part;
    size_t weight = weight_of(part);

    if (weight <= *room && J->kind(part) == '{' &&
        (J->kind(text) == '"' || is_image(part) || part.n <= FILE_BYTES))
        (void)J->raw(out, part);
    else if (J->kind(text) == '"')
        text_write(out, shortened(call, J->text(call, text), *room));
    else
        text_write(out,
                   is_image(part) ? S("[an image was here, and was left out]") : S(FILE_NOTE));
    *room -= weight < *room ? weight : *room;
}

static void user_write(struct cp_call *call, struct cp_out *out, struct cp_str content,
                       size_t room)
{
    struct cp_str part;
    size_t at = 0;

    (void)J->open(out, '{');
    (void)J->key(out, "type");
    (void)J->string(out, S("message"));
    (void)J->key(out, "role");
    (void)J->string(out, S("user"));
    (void)J->key(out, "content");
    (void)J->open(out, '[');
    if (J->kind(content) == '"')
        part_write(call, out, content, &room);
    while (J->kind(content) == '[' && J->each(content, &at, NULL, &part))
        if (J->kind(part) == '{')
            part_write(call, out, part, &room);
    (void)J->close(out);
    (void)J->close(out);
}

/* What users said last, as far as it fits, in its order: the newest is served first. */
static void users_write(struct cp_call *call, struct cp_out *out, struct cp_str input)
{
    size_t at = 0, n = 0, first, left = KEPT_BYTES, *room;
    struct cp_str item, *contents;

    if (J->kind(input) == '"')
        user_write(call, out, input, left);
    while (J->kind(input) == '[' && J->each(input, &at, NULL, &item))
        n += is_user(item) ? 1 : 0;
    contents = H->alloc(call, (n + 1) * sizeof(*contents));
    room = H->alloc(call, (n + 1) * sizeof(*room));
    if (n == 0 || contents == NULL || room == NULL)
        return;
    at = n = 0;
    while (J->each(input, &at, NULL, &item)) {
        struct cp_str content = is_user(item) ? J->get(item, "content") : S("");
        if (content.n > 2 && (J->kind(content) == '"' || J->kind(content) == '['))
            contents[n++] = content;
    }
    for (first = n; first > 0 && left >= LEAST_BYTES; first--) {
        size_t weight = weight_of_all(contents[first - 1]);
        room[first - 1] = weight < left ? weight : left;
        left -= room[first - 1];
    }
    for (; first < n; first++)
        user_write(call, out, contents[first], room[first]);
}

struct compaction {
    struct cp_str text, state, id;
};

static void compaction_read(struct cp_call *call, const struct cp_tape *tape,
                            struct compaction *c)
{
    const struct cp_item *it;
    int is_inside = 0;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind == CP_COMPACTION && (it->flags & CP_OPEN) != 0) {
            c->text = chat_block_text(call, tape, i, UINT32_MAX);
            c->id = it->id;
            is_inside = 1;
        } else if (it->kind == CP_STATE && is_inside) {
            c->state = openai_text_is(it->id, OPENAI_RESPONSES) ? it->text : H->wrap(call, it);
        }
    }
    if (c->state.n == 0)
        c->state = H->wrap(call, &(struct cp_item){ CP_ITEM(STATE), .id = S("claude-proxy"),
                                                    .name = S("compaction"), .text = c->text });
}

static void compaction_write(struct cp_call *call, const struct compaction *c,
                             struct cp_out *out)
{
    struct cp_str id = c->id, digest = H->digest(call, c->state);

    if (!openai_text_begins(id, "cmp_"))
        id = openai_text_format(call, "cmp_%.*s", digest.n < 32 ? (int)digest.n : 32, digest.p);
    (void)J->open(out, '{');
    (void)J->key(out, "type");
    (void)J->string(out, S("compaction"));
    (void)J->key(out, "id");
    (void)J->string(out, id);
    (void)J->key(out, "encrypted_content");
    (void)J->string(out, c->state);
    (void)J->close(out);
}

int responses_compact_encode(struct cp_call *call, const struct cp_tape *tape,
                             struct cp_out *out)
{
    const struct cp_item nobody = { CP_ITEM(START) };
    const struct cp_item *it, *start = H->item(tape, 0);
    struct compaction c = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    struct envelope e = { .created_s = 0 };
    struct rj j = { .out = out };
    struct meters m;

    chat_meters_clear(&m);
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind == CP_ERROR)
            return openai_failure_encode(call, tape, out);
        if (it->kind == CP_USAGE)
            chat_meters_take(&m, it);
    }
    compaction_read(call, tape, &c);
    if (c.state.n == 0)
        return H->fail(call, CP_E_UNSUPPORTED, "the answer holds no compaction");
    responses_envelope_read(call, start != NULL && start->kind == CP_START ? start : &nobody,
                            &e);
    (void)J->open(out, '{');
    (void)J->key(out, "id");
    (void)J->string(out, e.id);
    (void)J->key(out, "object");
    (void)J->string(out, S("response.compaction"));
    (void)J->key(out, "created_at");
    (void)J->number(out, e.created_s);
    (void)J->key(out, "output");
    (void)J->open(out, '[');
    if (J->kind(call->request) == '{')
        users_write(call, out, J->get(call->request, "input"));
    compaction_write(call, &c, out);
    (void)J->close(out);
    (void)J->key(out, "usage");
    responses_usage_write(&j, &m);
    return J->close(out);
}
