/* SPDX-License-Identifier: MIT */
/*
 * finish - why an answer ended: finishReason and the tape's word.
 *
 * STOP stands behind calls, too.  Words for a safety stop mean a refusal, whatever was said
 * before; OTHER and its like mean one only if nothing was said, for then the client must learn
 * that there is no answer.  A word of the service's that is not known ended the answer, that is all.
 *
 * source: Gemini API reference, Candidate.FinishReason, and Vertex AI's, as of 2026-08;
 * MISSING_THOUGHT_SIGNATURE and MALFORMED_RESPONSE: seen in reports of their users
 */
#include "answer.h"

#include <string.h>

/* is_empty: only when nothing was said. */
static const struct {
    const char *word;
    uint32_t stop;
    int is_empty;
} words[] = {
    { "STOP", CP_STOP_TURN, 0 },
    { "MAX_TOKENS", CP_STOP_LENGTH, 0 },
    { "SAFETY", CP_STOP_REFUSED, 0 },
    { "RECITATION", CP_STOP_REFUSED, 0 },
    { "BLOCKLIST", CP_STOP_REFUSED, 0 },
    { "PROHIBITED_CONTENT", CP_STOP_REFUSED, 0 },
    { "SPII", CP_STOP_REFUSED, 0 },
    { "MODEL_ARMOR", CP_STOP_REFUSED, 0 },
    { "JAILBREAK", CP_STOP_REFUSED, 0 },
    { "IMAGE_SAFETY", CP_STOP_REFUSED, 0 },
    { "IMAGE_PROHIBITED_CONTENT", CP_STOP_REFUSED, 0 },
    { "IMAGE_RECITATION", CP_STOP_REFUSED, 0 },
    { "IMAGE_OTHER", CP_STOP_REFUSED, 1 },
    { "NO_IMAGE", CP_STOP_REFUSED, 1 },
    { "LANGUAGE", CP_STOP_REFUSED, 1 },
    { "OTHER", CP_STOP_REFUSED, 1 },
    { "MALFORMED_FUNCTION_CALL", CP_STOP_MALFORMED, 0 },
    { "UNEXPECTED_TOOL_CALL", CP_STOP_MALFORMED, 0 },
    { "TOO_MANY_TOOL_CALLS", CP_STOP_MALFORMED, 0 },
    { "MISSING_THOUGHT_SIGNATURE", CP_STOP_MALFORMED, 0 },
    { "MALFORMED_RESPONSE", CP_STOP_MALFORMED, 0 },
};

uint32_t gemini_finish_decode(struct cp_str word, int has_calls, int has_content)
{
    uint32_t stop = CP_STOP_TURN;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (gemini_text_is(word, words[i].word) && !(words[i].is_empty && has_content))
            stop = words[i].stop;
    return stop == CP_STOP_TURN && has_calls ? CP_STOP_TOOL : stop;
}

/* Spelled as Google spells its enums: the other dialects write small letters. */
static int is_our_word(struct cp_str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!(word.p[i] >= 'A' && word.p[i] <= 'Z') && word.p[i] != '_')
            return 0;
    return word.n > 0;
}

struct cp_str gemini_finish_encode(const struct cp_item *stop, int has_refusal)
{
    if (stop == NULL)
        return S("STOP");
    if (is_our_word(stop->name))
        return stop->name;
    switch (stop->sub) {
    case CP_STOP_LENGTH:
    case CP_STOP_CONTEXT:
    case CP_STOP_COMPACTION:
        return S("MAX_TOKENS");
    case CP_STOP_REFUSED:
        return has_refusal ? S("STOP") : S("SAFETY");
    case CP_STOP_MALFORMED:
        return S("MALFORMED_FUNCTION_CALL");
    default:
        return S("STOP");
    }
}
