# SPDX-License-Identifier: MIT
"""parts - what a user can show, a model has said and a tool has found, from every client's words into every upstream's."""
import speak
from speak import FAMILY, MODEL, OTHER_PAIRS, dump

PNG, PDF, WAV = "iVBO", "JVBE", "UklG"
REFUSED = "refused"
URL = "https://e.org/a.png"
# What a user shows: dialect -> its part.  A dialect that is not there has no word for it: REFUSED, or left out by the pair's rule.
SHOWN = {
    "an image": {
        "claude": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        "chat": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        "responses": {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
        "gemini": {"inlineData": {"mimeType": "image/png", "data": PNG}}},
    "an image by its address": {
        "claude": {"type": "image", "source": {"type": "url", "url": URL}},
        "chat": {"type": "image_url", "image_url": {"url": URL}},
        "responses": {"type": "input_image", "image_url": URL},
        "gemini": {"fileData": {"fileUri": URL, "mimeType": "image/png"}}},
    "a PDF": {
        "claude": {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}},
        "chat": {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}"}},
        "responses": {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}"},
        "gemini": {"inlineData": {"mimeType": "application/pdf", "data": PDF}}},
    "audio": {
        "claude": REFUSED,
        "chat": {"type": "input_audio", "input_audio": {"format": "wav", "data": WAV}},
        "gemini": {"inlineData": {"mimeType": "audio/wav", "data": WAV}}},
    "a file of its maker's": {
        "claude": {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        "chat": {"type": "file", "file": {"file_id": "file-1"}},
        "responses": {"type": "input_file", "file_id": "file-1"}},
}
FILE_PAIRS_OF_ONE_MAKER = (("chat", "responses"), ("responses", "chat"))
TEXT = {"claude": {"type": "text", "text": "see"}, "chat": {"type": "text", "text": "see"}, "responses": {"type": "input_text", "text": "see"},
        "gemini": {"text": "see"}}
# One step with a tool: what was said, the call with odd numbers, its result, and more words.
ARGS = '{"id":9007199254740993,"x":1.0,"y":1e400}'
LOOP = {
    "claude": {"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "t1", "name": "f", "input": speak.raw(ARGS)}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "{\"a\": 1}"}, {"type": "text", "text": "go on"}]}]},
    "chat": {"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "I look.", "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": ARGS}}]},
        {"role": "tool", "tool_call_id": "t1", "content": "{\"a\": 1}"}, {"role": "user", "content": "go on"}]},
    "responses": {"input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call", "call_id": "t1", "name": "f", "arguments": ARGS},
        {"type": "function_call_output", "call_id": "t1", "output": "{\"a\": 1}"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]}]},
    "gemini": {"contents": [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"text": "I look."}, {"functionCall": {"name": "f", "args": speak.raw(ARGS)}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "{\"a\": 1}"}}}, {"text": "go on"}]}]},
}


def turn(dialect, parts):
    if dialect == "gemini":
        return {"contents": [{"role": "user", "parts": parts}]}
    if dialect == "responses":
        return {"input": [{"role": "user", "content": parts}]}
    return {"messages": [{"role": "user", "content": parts}]}


def head_of(name, client, upstream):
    return [f"case {name}, to {speak.NAMES[upstream]}, from a client of {speak.NAMES[client]}", f"from {FAMILY[client]} to {upstream} as {MODEL[upstream]}"]


def shown_case(name, client, upstream, part, told):
    lines = head_of(name, client, upstream) + ["in  " + dump({**speak.question(client), **turn(client, [part, TEXT[client]])})]
    if told == REFUSED:
        out = {"error": {"type": "invalid_request_error"}} if client != "gemini" else {"error": {"code": 400, "status": "INVALID_ARGUMENT"}}
        return "\n".join(lines + ["up-none", "out 400 " + dump(out)])
    return "\n".join(lines + ["up  " + dump(turn(upstream, [told, TEXT[upstream]])), "reply ok"])


def loop_case(client, upstream):
    body = {**speak.question(client), **LOOP[client]}
    told = dump(LOOP[upstream])
    if client == "gemini":
        told = told.replace('"t1"', '"$bind:id"')
    return "\n".join(head_of("a step with a tool", client, upstream) + ["in  " + dump(body), "up  " + told, "reply ok"])


def cases():
    for client, upstream in OTHER_PAIRS:
        for name, row in SHOWN.items():
            part = row.get(client, REFUSED)
            if part == REFUSED:
                continue
            told = row.get(upstream, REFUSED)
            if name == "a file of its maker's" and (client, upstream) not in FILE_PAIRS_OF_ONE_MAKER:
                told = REFUSED
            yield shown_case(name, client, upstream, part, told)
        yield loop_case(client, upstream)
