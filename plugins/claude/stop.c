/* SPDX-License-Identifier: MIT */
/*
 * stop - why an answer ended, in this dialect's words and the tape's.
 */
#include "claude.h"

#include <string.h>

static const struct {
    const char *word;
    uint32_t stop;
} words[] = {
    { "end_turn", CP_STOP_TURN },
    { "max_tokens", CP_STOP_LENGTH },
    { "tool_use", CP_STOP_TOOL },
    { "stop_sequence", CP_STOP_SEQUENCE },
    { "refusal", CP_STOP_REFUSED },
    { "pause_turn", CP_STOP_PAUSE },
    { "model_context_window_exceeded", CP_STOP_CONTEXT },
    { "compaction", CP_STOP_COMPACTION },
};
enum { WORDS_N = sizeof(words) / sizeof(words[0]) };

void claude_stop_decode(struct reading *r, const struct members *holder, int has_call)
{
    struct cp_str reason = claude_get(holder, "stop_reason");
    struct cp_str details = claude_get(holder, "stop_details");
    struct cp_item it = { CP_ITEM(STOP), .sub = has_call ? CP_STOP_TOOL : CP_STOP_TURN };

    it.name = json->text(r->call, reason);
    for (size_t i = 0; i < WORDS_N; i++)
        if (json->is(reason, words[i].word))
            it.sub = words[i].stop;
    if (it.sub == CP_STOP_TOOL && (!has_call || (it.name.p && !json->is(reason, "tool_use"))))
        it.sub = CP_STOP_TURN; /* a word we do not know: it ended cleanly, that is all */
    if (it.sub == CP_STOP_SEQUENCE)
        it.text = json->text(r->call, claude_get(holder, "stop_sequence"));
    else if (it.sub == CP_STOP_REFUSED)
        it.text = json->text(r->call, json->get(details, "explanation"));
    if (json->kind(details) == '{')
        it.meta = details;
    claude_emit(r, &it);
}

const char *claude_stop_word(const struct cp_item *stop, int has_call, int has_refusal)
{
    uint32_t sub = stop ? stop->sub : has_call ? CP_STOP_TOOL : CP_STOP_TURN;

    if (has_refusal && (sub == CP_STOP_TURN || sub == CP_STOP_TOOL))
        sub = CP_STOP_REFUSED;
    if (sub == CP_STOP_TOOL && !has_call)
        sub = CP_STOP_TURN;
    for (size_t i = 0; i < WORDS_N; i++)
        if (words[i].stop == sub)
            return words[i].word;
    return "end_turn"; /* CP_STOP_MALFORMED, and what came later */
}

static void details_write(struct cp_call *call, struct cp_out *out, const struct cp_item *stop,
                          struct cp_str refusal)
{
    struct cp_str meta = claude_json_or_null(call, stop ? stop->meta : NOTHING);
    struct cp_str category = json->get(meta, "category");

    if (json->is(json->get(meta, "type"), "refusal")) {
        json->raw(out, meta);
        return;
    }
    json->open(out, '{');
    claude_put_text(out, "type", S("refusal"));
    claude_put_raw(out, "category", category.p ? category : S("null"));
    claude_put_text(out, "explanation",
                    refusal.n              ? refusal
                    : stop && stop->text.n ? stop->text
                                           : NOTHING);
    json->close(out);
}

void claude_stop_write(struct cp_call *call, struct cp_out *out, const struct cp_item *stop,
                       const char *word, struct cp_str refusal)
{
    claude_put_text(out, "stop_reason", (struct cp_str){ word, strlen(word) });
    claude_put_text(out, "stop_sequence",
                    strcmp(word, "stop_sequence") == 0 ? stop->text : NOTHING);
    if (strcmp(word, "refusal") != 0)
        return;
    json->key(out, "stop_details");
    details_write(call, out, stop, refusal);
}
