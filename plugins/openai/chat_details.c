/* SPDX-License-Identifier: MIT */
/*
 * chat_details - opaque state in members that OpenAI did not define: reasoning_details and
 * extra_content.
 *
 * OpenRouter lists reasoning as typed details; what is encrypted there must come back as it
 * was, so the entry itself is the state, and its maker is this dialect.  Towards our own
 * clients the same member carries the state of every other maker as one wrapped word: clients
 * that know the member send it back untouched, all others ignore it.
 *
 *     {"type":"reasoning.encrypted","data":"gw1.claude.signature....","format":"claude-proxy"}
 *
 * source: OpenRouter's page on reasoning tokens, as of 2026-08; Google's page on thought
 * signatures in its OpenAI-compatible endpoint (extra_content.google.thought_signature), the
 * same day
 */
#include "chat.h"

static int is_state(struct cp_str entry)
{
    return J->kind(entry) == '{' && J->is(J->get(entry, "type"), "reasoning.encrypted") &&
           J->kind(J->get(entry, "data")) == '"';
}

int chat_details_has_state(struct cp_str details)
{
    struct cp_str entry;
    size_t at = 0;

    while (J->kind(details) == '[' && J->each(details, &at, NULL, &entry))
        if (is_state(entry))
            return 1;
    return 0;
}

struct cp_str chat_details_text(struct cp_call *call, struct cp_str details)
{
    struct cp_str text = { NULL, 0 }, entry;
    size_t at = 0;

    while (J->kind(details) == '[' && J->each(details, &at, NULL, &entry)) {
        struct cp_str two[2] = { text, { NULL, 0 } };
        if (J->kind(entry) != '{')
            continue;
        if (J->is(J->get(entry, "type"), "reasoning.text"))
            two[1] = openai_json_string(call, entry, "text");
        else if (J->is(J->get(entry, "type"), "reasoning.summary"))
            two[1] = openai_json_string(call, entry, "summary");
        if (two[1].n > 0)
            text = text.n == 0 ? two[1] : openai_text_join(call, two, 2);
    }
    return text;
}

int chat_details_decode(struct chat_in *d, struct cp_str details, uint32_t index,
                        uint32_t choice)
{
    struct cp_str entry;
    size_t at = 0;
    int n = 0;

    while (J->kind(details) == '[' && J->each(details, &at, NULL, &entry)) {
        struct cp_item it = { CP_ITEM(STATE),         .index = index,       .choice = choice,
                              .name = S("encrypted"), .id = S(OPENAI_CHAT), .text = entry };
        if (!is_state(entry))
            continue;
        if (H->unwrap(d->call, J->text(d->call, J->get(entry, "data")), &it) != 1)
            it.text = entry;
        it.index = index;
        it.choice = choice;
        chat_in_emit(d, &it);
        n++;
    }
    return n;
}

void chat_detail_encode(struct cp_call *call, struct cp_out *out, const struct cp_item *state)
{
    struct cp_str word;

    if (openai_text_is(state->id, OPENAI_CHAT) && J->check(call, state->text) == CP_OK) {
        (void)J->raw(out, state->text); /* an out remembers its failure; so everywhere here */
        return;
    }
    word = H->wrap(call, state);
    (void)J->open(out, '{');
    (void)J->key(out, "type");
    (void)J->raw(out, S("\"reasoning.encrypted\""));
    (void)J->key(out, "data");
    (void)J->string(out, word.p == NULL ? S("") : word);
    (void)J->key(out, "format");
    (void)J->raw(out, S("\"claude-proxy\""));
    (void)J->close(out);
}

struct cp_str chat_thought_signature(struct cp_call *call, struct cp_str tool_call)
{
    struct cp_str v = J->get(tool_call, "extra_content");

    if (J->kind(v) == '{')
        v = J->get(v, "google");
    return J->kind(v) == '{' ? openai_json_string(call, v, "thought_signature")
                             : (struct cp_str){ NULL, 0 };
}

struct cp_str chat_call_id_made(struct cp_call *call, struct cp_str seed, struct cp_str name,
                                uint32_t n)
{
    struct cp_str parts[3] = { seed, openai_text_format(call, "|%u|", (unsigned)n), name };
    struct cp_str digest = H->digest(call, openai_text_join(call, parts, 3));

    return openai_text_format(call, "call_%.*s", digest.n < 24 ? (int)digest.n : 24, digest.p);
}

/* Mistral gives arrays: {"type":"text","text":".."}, {"type":"thinking","thinking":[..]}. */
struct cp_str chat_content_text(struct cp_call *call, struct cp_str content,
                                struct cp_str *thought)
{
    struct cp_str text = { NULL, 0 }, part;
    size_t at = 0;

    if (J->kind(content) == '"')
        return J->text(call, content);
    while (J->kind(content) == '[' && J->each(content, &at, NULL, &part)) {
        struct cp_str *to = &text, two[2] = { { NULL, 0 }, { NULL, 0 } };
        if (J->kind(part) == '"')
            two[1] = J->text(call, part);
        else if (J->kind(part) == '{' && thought != NULL &&
                 J->is(J->get(part, "type"), "thinking")) {
            two[1] = chat_content_text(call, J->get(part, "thinking"), NULL);
            to = thought;
        } else {
            two[1] = openai_json_string(call, part, "text");
        }
        two[0] = *to;
        if (two[1].n > 0)
            *to = to->n == 0 ? two[1] : openai_text_join(call, two, 2);
    }
    return text;
}
