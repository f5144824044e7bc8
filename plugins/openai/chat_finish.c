/* SPDX-License-Identifier: MIT */
/*
 * chat_finish - why an answer ended: the wire's word and the tape's.
 *
 * OpenAI has five words; servers of its dialect have two dozen, some of which tell of a
 * failure although the status was 200.  `tool` needs a call and a call makes it `tool`:
 * servers say "stop" behind calls, and "tool_calls" behind none.
 */
#include "chat.h"

#include <string.h>

static const struct {
    const char *word;
    uint32_t stop, trouble;
} words[] = {
    { "stop", CP_STOP_TURN, 0 },
    { "length", CP_STOP_LENGTH, 0 },
    { "tool_calls", CP_STOP_TOOL, 0 },
    { "function_call", CP_STOP_TOOL, 0 },
    { "content_filter", CP_STOP_REFUSED, 0 },
    /* Claude, Gemini and others behind doors of this dialect. */
    { "end_turn", CP_STOP_TURN, 0 },
    { "eos", CP_STOP_TURN, 0 },
    { "stop_sequence", CP_STOP_SEQUENCE, 0 },
    { "max_tokens", CP_STOP_LENGTH, 0 },
    { "MAX_TOKENS", CP_STOP_LENGTH, 0 },
    { "model_length", CP_STOP_CONTEXT, 0 }, /* Mistral */
    { "model_context_window_exceeded", CP_STOP_CONTEXT, 0 },
    { "tool_use", CP_STOP_TOOL, 0 },
    { "refusal", CP_STOP_REFUSED, 0 },
    { "sensitive", CP_STOP_REFUSED, 0 }, /* GLM */
    { "safety", CP_STOP_REFUSED, 0 },
    { "SAFETY", CP_STOP_REFUSED, 0 },
    { "recitation", CP_STOP_REFUSED, 0 },
    { "MALFORMED_FUNCTION_CALL", CP_STOP_MALFORMED, 0 },
    /* No ends but accidents. */
    { "error", 0, CP_SERVER },                            /* OpenRouter, Mistral */
    { "abort", 0, CP_SERVER },                            /* vLLM, SGLang */
    { "network_error", 0, CP_SERVER },                    /* GLM */
    { "insufficient_system_resource", 0, CP_OVERLOADED }, /* DeepSeek */
};

uint32_t chat_finish_decode(struct cp_str word, int has_calls, uint32_t *trouble)
{
    uint32_t stop = CP_STOP_TURN;

    *trouble = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!openai_text_is(word, words[i].word))
            continue;
        stop = words[i].stop;
        *trouble = words[i].trouble;
        break;
    }
    if (stop == CP_STOP_TURN && has_calls)
        return CP_STOP_TOOL;
    return stop == CP_STOP_TOOL && !has_calls ? CP_STOP_TURN : stop;
}

const char *chat_finish_encode(const struct cp_item *stop, int has_calls, int is_legacy)
{
    switch (stop->sub) {
    case CP_STOP_LENGTH:
    case CP_STOP_CONTEXT:
    case CP_STOP_COMPACTION:
        return "length";
    case CP_STOP_TOOL:
        return !has_calls ? "stop" : is_legacy ? "function_call" : "tool_calls";
    case CP_STOP_REFUSED:
        /* Our own servers tell of a refusal in words with a plain "stop". */
        return openai_text_is(stop->name, "stop") ? "stop" : "content_filter";
    default:
        return "stop";
    }
}
