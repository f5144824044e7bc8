# SPDX-License-Identifier: MIT
"""stops - why an answer ended, from every upstream's word into every client's, whole and streamed."""
import copy

import speak
from hear import pair
from speak import Answer, Call, FAMILY, MODEL, PAIRS, Text, dump

END, LENGTH, TOOL, FILTER, CONTEXT, PAUSE, SEQUENCE, COMPACTION = "end", "length", "tool", "filter", "context", "pause", "sequence", "compaction"
TEXT, CALL, BOTH = [Text("So")], [Call("call_1", "f", '{"a":1}')], [Text("So"), Call("call_1", "f", '{"a":1}')]

# upstream: its word, what was said, what it means
SAID = {
    "claude": [("end_turn", TEXT, END), ("stop_sequence", TEXT, SEQUENCE), ("max_tokens", TEXT, LENGTH), ("max_tokens", BOTH, LENGTH),
               ("model_context_window_exceeded", TEXT, CONTEXT), ("tool_use", CALL, TOOL), ("tool_use", TEXT, END), ("refusal", TEXT, FILTER),
               ("pause_turn", TEXT, PAUSE), ("compaction", TEXT, COMPACTION), ("a_word_of_the_future", TEXT, END)],
    "chat": [("stop", TEXT, END), ("stop", CALL, TOOL), ("length", TEXT, LENGTH), ("length", BOTH, LENGTH), ("tool_calls", CALL, TOOL),
             ("tool_calls", TEXT, END), ("function_call", CALL, TOOL), ("content_filter", TEXT, FILTER), ("a_word_of_the_future", TEXT, END)],
    "responses": [("completed", TEXT, END), ("completed", CALL, TOOL), ("max_output_tokens", TEXT, LENGTH), ("max_output_tokens", BOTH, LENGTH),
                  ("content_filter", TEXT, FILTER), ("a_word_of_the_future", TEXT, None)],
    "gemini": [("STOP", TEXT, END), ("STOP", CALL, TOOL), ("OTHER", TEXT, END), ("LANGUAGE", TEXT, END),
               ("MAX_TOKENS", TEXT, LENGTH), ("MAX_TOKENS", BOTH, LENGTH), ("SAFETY", TEXT, FILTER), ("RECITATION", TEXT, FILTER),
               ("BLOCKLIST", TEXT, FILTER), ("PROHIBITED_CONTENT", TEXT, FILTER), ("SPII", TEXT, FILTER), ("IMAGE_SAFETY", TEXT, FILTER),
               ("A_WORD_OF_THE_FUTURE", TEXT, END)],
}
HEARD = {
    "claude": {END: "end_turn", SEQUENCE: "$re:stop_sequence|end_turn", LENGTH: "max_tokens", CONTEXT: "model_context_window_exceeded", TOOL: "tool_use",
               FILTER: "refusal", PAUSE: "pause_turn", COMPACTION: "compaction"},
    "chat": {END: "stop", SEQUENCE: "stop", LENGTH: "length", CONTEXT: "length", TOOL: "tool_calls", FILTER: "content_filter", PAUSE: "stop",
             COMPACTION: "length"},
    "responses": {END: "completed", SEQUENCE: "completed", LENGTH: "max_output_tokens", CONTEXT: "max_output_tokens", TOOL: "completed",
                  FILTER: "content_filter", PAUSE: "completed", COMPACTION: "completed"},
    "gemini": {END: "STOP", SEQUENCE: "STOP", LENGTH: "MAX_TOKENS", CONTEXT: "MAX_TOKENS", TOOL: "STOP", FILTER: "SAFETY", PAUSE: "STOP",
               COMPACTION: "MAX_TOKENS"},
}


def answer_of(upstream, word, parts):
    """An answer that ends with this very word."""
    a = Answer(word, copy.copy(parts))
    if upstream != "responses":
        a.stop = word
        speak.STOPS[upstream].setdefault(word, word)
        return a
    a.stop = {"completed": END, "max_output_tokens": LENGTH, "content_filter": FILTER}.get(word, word)
    if a.stop == word:
        speak.STOPS["responses"][word] = "incomplete"
        speak.REASONS[word] = word
    return a


def whole_out(client, word):
    if client == "claude":
        return {"stop_reason": word}
    if client == "chat":
        return {"choices": [{"finish_reason": word}]}
    if client == "gemini":
        return {"candidates": [{"finishReason": word}]}
    status = "completed" if word == "completed" else "incomplete"
    return {"status": status, "incomplete_details": None if status == "completed" else {"reason": word}}


def stream_has(client, word):
    word = word.replace("$re:stop_sequence|end_turn", "stop_sequence")
    return {"claude": f'"stop_reason":"{word}"', "chat": f'"finish_reason":"{word}"', "gemini": f'"finishReason":"{word}"',
            "responses": "event: response.completed" if word == "completed" else f'"reason":"{word}"'}[client]


def heard(client, upstream, word, meaning):
    """Gemini's filters keep their name in its own dialect, as all words do between two that speak alike."""
    return word if client == upstream else HEARD[client][meaning]


def case_of(client, upstream, row, is_stream):
    word, parts, meaning = row
    told = heard(client, upstream, word, meaning)
    a = answer_of(upstream, word, parts)
    said = " and ".join("a call" if isinstance(p, Call) else "words" for p in parts)
    lines = [f"case {word} after {said}{', streamed' if is_stream else ''}, from {pair(client, upstream)}",
             f"from {FAMILY[client]} to {upstream} as {MODEL[upstream]}"]
    if is_stream and client == "gemini":
        lines.append("target /v1beta/models/@model@:streamGenerateContent?alt=sse")
    lines += ["in  " + dump(speak.question(client, is_stream)), "reply"]
    lines += ["    " + x for x in (speak.stream(upstream, a) if is_stream else [speak.whole(upstream, a)])]
    lines.append("out-has " + stream_has(client, told) if is_stream else "out 200 " + dump(whole_out(client, told)))
    return "\n".join(lines)


def cases():
    for client, upstream in PAIRS:
        for row in SAID[upstream]:
            if row[2] is None:
                continue
            for is_stream in (False, True):
                yield case_of(client, upstream, row, is_stream)
