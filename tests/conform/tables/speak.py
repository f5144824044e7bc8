# SPDX-License-Identifier: MIT
"""speak - one question and one answer in the words of all four dialects, so that a table can be played between any two.

An answer is neutral: a list of parts, why it stopped, and disjoint counts.  `whole` and `stream` write it as an upstream
sends it, `seen` and `heard` say what a client of a family must get.  A family is named as its dialect here.
"""
import json

DIALECTS = ("claude", "chat", "responses", "gemini")
FAMILY = {"claude": "messages", "chat": "chat", "responses": "responses", "gemini": "gemini"}
NAMES = {"claude": "Claude", "chat": "Chat", "responses": "Responses", "gemini": "Gemini"}
MODEL = {"claude": "claude-opus-4-6", "chat": "some-model", "responses": "gpt-5", "gemini": "gemini-3-flash"}
PAIRS = [(c, u) for c in DIALECTS for u in DIALECTS]
OTHER_PAIRS = [(c, u) for c, u in PAIRS if c != u]


class Text:
    def __init__(self, text):
        self.text = text


class Think(Text):
    """Thoughts; state is what only the maker can read, in its own alphabet."""

    def __init__(self, text, state=""):
        super().__init__(text)
        self.state = state


class Refusal(Text):
    pass


class Call:
    def __init__(self, id, name, args):
        self.id, self.name, self.args = id, name, args


class Answer:
    """stop: end, length, tool or filter; usage: fresh, read, write, visible, thought."""

    def __init__(self, name, parts, stop="end", usage=(5, 2, 0, 3, 0), only=DIALECTS):
        self.name, self.parts, self.stop, self.usage, self.only = name, parts, stop, usage, only


def raw(text):
    """JSON that keeps its bytes in dump()."""
    return f"@raw@{text}@"


def dump(value):
    text, out = json.dumps(value, ensure_ascii=False, separators=(",", ":")), ""
    while '"@raw@' in text:
        before, _, text = text.partition('"@raw@')
        inner, _, text = text.partition('@"')
        out += before + json.loads(f'"{inner}"')
    return out + text


# ---- questions ---------------------------------------------------------------


def question(client, stream=False, **more):
    """The least that can be asked, with two tools; more: members of the client's own."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    names = ("f", "g")
    body = {
        "claude": {"max_tokens": 9000, "messages": [{"role": "user", "content": "hi"}],
                   "tools": [{"name": n, "input_schema": schema} for n in names]},
        "chat": {"messages": [{"role": "user", "content": "hi"}],
                 "tools": [{"type": "function", "function": {"name": n, "parameters": schema}} for n in names]},
        "responses": {"store": False, "input": "hi",
                      "tools": [{"type": "function", "name": n, "parameters": schema, "strict": False} for n in names]},
        "gemini": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}],
                   "tools": [{"functionDeclarations": [{"name": n, "parametersJsonSchema": schema} for n in names]}]},
    }[client]
    if stream and client != "gemini":
        body["stream"] = True
    if stream and client == "chat":
        body["stream_options"] = {"include_usage": True}
    return {**body, **more}


# ---- counts ------------------------------------------------------------------


def counts(dialect, usage):
    fresh, read, write, visible, thought = usage
    out = visible + thought
    if dialect == "claude":
        value = {"input_tokens": fresh, "cache_creation_input_tokens": write, "cache_read_input_tokens": read, "output_tokens": out}
        return {**value, "output_tokens_details": {"thinking_tokens": thought}} if thought else value
    if dialect == "gemini":
        value = {"promptTokenCount": fresh + read + write, "cachedContentTokenCount": read, "candidatesTokenCount": visible,
                 "thoughtsTokenCount": thought, "totalTokenCount": fresh + read + write + out}
        return {k: v for k, v in value.items() if v}
    details = {"cached_tokens": read, "cache_write_tokens": write}
    if dialect == "chat":
        return {"prompt_tokens": fresh + read + write, "completion_tokens": out, "total_tokens": fresh + read + write + out,
                "prompt_tokens_details": details, "completion_tokens_details": {"reasoning_tokens": thought}}
    return {"input_tokens": fresh + read + write, "input_tokens_details": details, "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": thought}, "total_tokens": fresh + read + write + out}


# ---- what an upstream sends, whole -------------------------------------------


STOPS = {"claude": {"end": "end_turn", "length": "max_tokens", "tool": "tool_use", "filter": "refusal"},
         "chat": {"end": "stop", "length": "length", "tool": "tool_calls", "filter": "content_filter"},
         "responses": {"end": "completed", "tool": "completed", "length": "incomplete", "filter": "incomplete"},
         "gemini": {"end": "STOP", "length": "MAX_TOKENS", "tool": "STOP", "filter": "SAFETY"}}
REASONS = {"length": "max_output_tokens", "filter": "content_filter"}


def claude_block(p):
    if isinstance(p, Think):
        return {"type": "thinking", "thinking": p.text, "signature": p.state}
    if isinstance(p, Call):
        return {"type": "tool_use", "id": p.id, "name": p.name, "input": raw(p.args)}
    return {"type": "text", "text": p.text}


def claude_whole(a):
    more = {"stop_details": {"type": "refusal", "category": None, "explanation": None}} if a.stop == "filter" else {}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [claude_block(p) for p in a.parts],
            "stop_reason": STOPS["claude"][a.stop], "stop_sequence": None, **more, "usage": counts("claude", a.usage)}


def joined(parts, kind):
    return "".join(p.text for p in parts if type(p) is kind)


def chat_calls(parts):
    return [{"id": p.id, "type": "function", "function": {"name": p.name, "arguments": p.args}} for p in parts if isinstance(p, Call)]


def chat_message(a):
    message = {"role": "assistant", "content": joined(a.parts, Text) or (None if a.parts else "")}
    for word, value in (("reasoning_content", joined(a.parts, Think)), ("refusal", joined(a.parts, Refusal)), ("tool_calls", chat_calls(a.parts))):
        if value:
            message[word] = value
    return message


def chat_whole(a):
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": chat_message(a), "finish_reason": STOPS["chat"][a.stop]}], "usage": counts("chat", a.usage)}


def item_of(p, n):
    if isinstance(p, Think):
        return {"type": "reasoning", "id": f"rs_{n}", "summary": [{"type": "summary_text", "text": p.text}] if p.text else [],
                **({"encrypted_content": p.state} if p.state else {})}
    if isinstance(p, Call):
        return {"type": "function_call", "id": f"fc_{n}", "call_id": p.id, "name": p.name, "arguments": p.args, "status": "completed"}
    part = {"type": "refusal", "refusal": p.text} if isinstance(p, Refusal) else {"type": "output_text", "text": p.text, "annotations": []}
    return {"type": "message", "id": f"msg_{n}", "role": "assistant", "status": "completed", "content": [part]}


def responses_end(a):
    status = STOPS["responses"][a.stop]
    return {"status": status, "incomplete_details": {"reason": REASONS[a.stop]} if status == "incomplete" else None,
            "output": [item_of(p, n) for n, p in enumerate(a.parts)], "usage": counts("responses", a.usage)}


def responses_whole(a):
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "error": None, **responses_end(a)}


def gemini_part(p):
    if isinstance(p, Think):
        return {"text": p.text, "thought": True, **({"thoughtSignature": p.state} if p.state else {})}
    if isinstance(p, Call):
        return {"functionCall": {"id": p.id, "name": p.name, "args": raw(p.args)}}
    return {"text": p.text}


def gemini_whole(a):
    return {"candidates": [{"content": {"role": "model", "parts": [gemini_part(p) for p in a.parts]}, "finishReason": STOPS["gemini"][a.stop], "index": 0}],
            "usageMetadata": counts("gemini", a.usage), "modelVersion": "m", "responseId": "r1"}


def whole(dialect, a):
    return dump({"claude": claude_whole, "chat": chat_whole, "responses": responses_whole, "gemini": gemini_whole}[dialect](a))


# ---- what an upstream sends, as a stream -------------------------------------


def halves(text):
    at = (len(text) + 1) // 2
    return [x for x in (text[:at], text[at:]) if x]


def claude_lines(p):
    if isinstance(p, Call):
        yield "open " + dump({"type": "tool_use", "id": p.id, "name": p.name, "input": {}})
        yield from ("args " + dump(x) for x in halves(p.args))
    else:
        yield "open " + ("thinking" if isinstance(p, Think) else "text")
        yield from (("think " if isinstance(p, Think) else "text ") + dump(x) for x in halves(p.text))
        if isinstance(p, Think) and p.state:
            yield "sign " + dump(p.state)
    yield "close"


def claude_stream(a):
    used = counts("claude", a.usage)
    yield "start " + dump({**used, "output_tokens": min(1, used["output_tokens"])})
    for p in a.parts:
        yield from claude_lines(p)
    more = {"stop_details": {"type": "refusal", "category": None, "explanation": None}} if a.stop == "filter" else {}
    yield "delta " + dump({"stop_reason": STOPS["claude"][a.stop], "stop_sequence": None, **more}) + " " + dump(used)
    yield "stop"


def chat_stream(a):
    yield 'c {"role":"assistant","content":""}'
    k = 0
    for p in a.parts:
        if isinstance(p, Call):
            yield "c " + dump({"tool_calls": [{"index": k, "id": p.id, "type": "function", "function": {"name": p.name, "arguments": ""}}]})
            yield from ("c " + dump({"tool_calls": [{"index": k, "function": {"arguments": x}}]}) for x in halves(p.args))
            k += 1
        else:
            word = {Think: "reasoning_content", Refusal: "refusal", Text: "content"}[type(p)]
            yield from ("c " + dump({word: x}) for x in halves(p.text))
    yield "f " + STOPS["chat"][a.stop]
    yield "u " + dump(counts("chat", a.usage))
    yield "done"


def think_lines(p, n, at):
    yield "output_item.added " + dump({"output_index": n, "item": {**item_of(p, n), "summary": []}})
    if p.text:
        place = {**at, "summary_index": 0}
        yield "reasoning_summary_part.added " + dump({**place, "part": {"type": "summary_text", "text": ""}})
        yield from ("reasoning_summary_text.delta " + dump({**place, "delta": x}) for x in halves(p.text))
        yield "reasoning_summary_text.done " + dump({**place, "text": p.text})
        yield "reasoning_summary_part.done " + dump({**place, "part": {"type": "summary_text", "text": p.text}})


def call_lines(p, n, at):
    yield "output_item.added " + dump({"output_index": n, "item": {**item_of(p, n), "arguments": "", "status": "in_progress"}})
    yield from ("function_call_arguments.delta " + dump({**at, "delta": x}) for x in halves(p.args))
    yield "function_call_arguments.done " + dump({**at, "arguments": p.args})


def message_lines(p, n, at):
    item, place = item_of(p, n), {**at, "content_index": 0}
    part = item["content"][0]
    word = "refusal" if isinstance(p, Refusal) else "text"
    event = "refusal" if isinstance(p, Refusal) else "output_text"
    yield "output_item.added " + dump({"output_index": n, "item": {**item, "content": [], "status": "in_progress"}})
    yield "content_part.added " + dump({**place, "part": {**part, word: ""}})
    yield from (f"{event}.delta " + dump({**place, "delta": x}) for x in halves(p.text))
    yield f"{event}.done " + dump({**place, word: p.text})
    yield "content_part.done " + dump({**place, "part": part})


def responses_stream(a):
    yield "created"
    for n, p in enumerate(a.parts):
        item = item_of(p, n)
        lines = think_lines if isinstance(p, Think) else call_lines if isinstance(p, Call) else message_lines
        yield from lines(p, n, {"item_id": item["id"], "output_index": n})
        yield "output_item.done " + dump({"output_index": n, "item": item})
    end = responses_end(a)
    yield end["status"] + " " + dump(end)


def gemini_stream(a):
    for p in a.parts:
        if isinstance(p, Call):
            yield "g " + dump([gemini_part(p)])
            continue
        pieces = halves(p.text) or [""]
        for i, x in enumerate(pieces):
            part = {**gemini_part(p), "text": x}
            if i < len(pieces) - 1:
                part.pop("thoughtSignature", None)
            yield "g " + dump([part])
    yield f"g! {STOPS['gemini'][a.stop]} " + dump([{"text": ""}]) + " " + dump(counts("gemini", a.usage))


def stream(dialect, a):
    return list({"claude": claude_stream, "chat": chat_stream, "responses": responses_stream, "gemini": gemini_stream}[dialect](a))
