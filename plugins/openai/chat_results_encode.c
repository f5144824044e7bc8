/* SPDX-License-Identifier: MIT */
/*
 * chat_results_encode - what tools answered, as the text of tool messages.
 *
 * A tool message holds text only.  Images and files are announced there and shown in the user
 * message behind the last answer.  This dialect has no flag for an error: the text says so.
 */
#include "chat.h"

#include <string.h>

int chat_media_is_attachment(const struct cp_item *it)
{
    return it->kind == CP_MEDIA && (it->flags & CP_OPEN) != 0 &&
           (it->num == CP_FROM_BASE64 || it->num == CP_FROM_URL || it->num == CP_FROM_FILE_ID);
}

/* A JSON object that stands for text: {"output":"x"}, {"result":"x"}, {"error":"x"}. */
struct cp_str chat_object_text(struct cp_call *call, struct cp_str json, int *is_error)
{
    struct cp_str key, v, other;
    size_t at = 0;
    int is_alone;

    if (J->kind(json) != '{' || J->check(call, json) != CP_OK || !J->each(json, &at, &key, &v))
        return json;
    if (J->kind(v) != '"' || at >= json.n)
        return json;
    if (!J->is(key, "error") && !J->is(key, "output") && !J->is(key, "result"))
        return json;
    is_alone = !J->each(json, &at, NULL, &other);
    if (is_alone && J->is(key, "error"))
        *is_error = 1;
    return is_alone ? J->text(call, v) : json;
}

/* The text of one item of a result; absent: it has none. */
static struct cp_str item_text(struct chat_out *e, uint32_t i, uint32_t end, int *is_error,
                               int *attached)
{
    const struct cp_item *it = H->item(e->tape, i);
    struct cp_str text = { NULL, 0 };

    if (it->kind == CP_TEXT && (it->flags & CP_OPEN) != 0) {
        text = chat_block_text(e->call, e->tape, i, end);
        if (it->sub == 1) {
            struct cp_str copy = text;
            text = chat_object_text(e->call, text, is_error);
            text = text.n == 0 ? copy : text;
        }
    } else if (it->kind == CP_REFUSAL && (it->flags & CP_OPEN) != 0) {
        text = chat_block_text(e->call, e->tape, i, end);
    } else if (chat_media_is_attachment(it)) {
        ++*attached;
    } else if (it->kind == CP_MEDIA) {
        text = chat_media_text(e->call, e->tape, i);
    }
    return text;
}

/* Everything a result says, line by line; id names it where it has attachments. */
static struct cp_str result_text(struct chat_out *e, uint32_t at, struct cp_str id)
{
    uint32_t end = chat_enclosed_end(e->tape, at);
    int is_error = H->item(e->tape, at)->num == 1, attached = 0;
    struct cp_str *parts = H->alloc(e->call, 2 * (end - at) * sizeof(*parts) + sizeof(*parts));
    size_t n = 1;

    if (parts == NULL)
        return S("");
    for (uint32_t i = at + 1; i < end; i++) {
        int before = attached;
        struct cp_str text = item_text(e, i, end, &is_error, &attached);
        if (text.p != NULL && H->item(e->tape, i)->kind == CP_MEDIA)
            i = chat_media_end(e->tape, i) - 1;
        if (attached != before && e->conf->strings_only)
            chat_out_note_item(e, CP_DROPPED, H->item(e->tape, i),
                               "the server takes text only");
        if (attached != before)
            text =
                openai_text_format(e->call, "[attachment %d of %.*s %s]", attached, (int)id.n,
                                   id.p, e->conf->strings_only ? "omitted" : "follows");
        if (text.p == NULL)
            continue;
        if (n > 1)
            parts[n++] = S("\n");
        parts[n++] = text;
    }
    parts[0] = S("");
    if (is_error &&
        (n < 2 ||
         openai_text_find((struct cp_str){ parts[1].p, parts[1].n < 5 ? 0 : 5 }, "error") == 0))
        parts[0] = S("Error: ");
    return openai_text_join(e->call, parts, n);
}

void chat_result_encode(struct chat_out *e, uint32_t at)
{
    struct cp_str id = chat_out_id(e, H->item(e->tape, at)->id);

    e->messages_n++;
    (void)J->open(e->out, '{'); /* an out remembers its failure; so everywhere here */
    chat_out_key_raw(e, "role", S("\"tool\""));
    chat_out_key_text(e, "tool_call_id", id);
    chat_out_key_text(e, "content", result_text(e, at, id));
    (void)J->close(e->out);
}
