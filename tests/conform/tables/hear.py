# SPDX-License-Identifier: MIT
"""hear - what a client of each family must get of a neutral answer (speak.py): a pattern of the whole, or the events of the stream."""
import speak
from speak import NAMES, REASONS, STOPS, Call, Refusal, Text, Think, counts, dump, joined, raw

WRAPPED = "$re:gw1\\..+"
IN_BASE64 = "$re:[A-Za-z0-9+/=]+"


def sealed(client, upstream, p):
    """The state as the client gets it: as it is from its own maker, else wrapped."""
    if not p.state or client == upstream:
        return p.state
    return IN_BASE64 if client == "gemini" else WRAPPED


def stop_of(client, a):
    return STOPS[client][a.stop]


def used(client, upstream, a, is_stream=False):
    """Chat's and Responses' details are always told; what Claude never counted is not."""
    value = counts(client, a.usage)
    return value if client != upstream else counts(upstream, a.usage)


# ---- Claude ------------------------------------------------------------------


def claude_block(upstream, p):
    if isinstance(p, Think):
        return {"type": "thinking", "thinking": p.text, "signature": sealed("claude", upstream, p)}
    if isinstance(p, Call):
        return {"type": "tool_use", "id": p.id, "name": p.name, "input": raw(p.args)}
    return {"type": "text", "text": p.text}


def claude_whole(upstream, a):
    return {"type": "message", "role": "assistant", "content": [claude_block(upstream, p) for p in a.parts], "stop_reason": stop_of("claude", a),
            "usage": used("claude", upstream, a)}


def claude_stream(upstream, a):
    yield "start"
    for p in a.parts:
        if isinstance(p, Call):
            yield "open " + dump({"type": "tool_use", "id": p.id, "name": p.name, "input": {}})
            yield "args " + dump(p.args)
        else:
            yield "open " + ("thinking" if isinstance(p, Think) else "text")
            if p.text:
                yield ("think " if isinstance(p, Think) else "text ") + dump(p.text)
            if isinstance(p, Think) and p.state:
                yield "sign " + dump(sealed("claude", upstream, p))
        yield "close"
    yield f"delta {stop_of('claude', a)} " + dump(used("claude", upstream, a, True))
    yield "stop"


# ---- Chat --------------------------------------------------------------------


def chat_whole(upstream, a):
    message = {"role": "assistant", "content": joined(a.parts, Text) or (None if a.parts else "")}
    for word, kind in (("reasoning_content", Think), ("refusal", Refusal)):
        if joined(a.parts, kind):
            message[word] = joined(a.parts, kind)
    calls = [p for p in a.parts if isinstance(p, Call)]
    if calls:
        message["tool_calls"] = [{"id": p.id, "type": "function", "function": {"name": p.name, "arguments": p.args}} for p in calls]
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": stop_of("chat", a)}],
            "usage": used("chat", upstream, a)}


def chat_stream(upstream, a):
    yield 'c {"role":"assistant","content":""}'
    k = 0
    for p in a.parts:
        if isinstance(p, Call):
            call = {"id": p.id, "type": "function", "function": {"name": p.name, "arguments": ""}}
            yield "c " + dump({"tool_calls": [{"index": k, **call}]})
            yield "c " + dump({"tool_calls": [{"index": k, "function": {"arguments": p.args}}]})
            k += 1
            continue
        lines = []
        if p.text:
            lines.append("c " + dump({{Think: "reasoning_content", Refusal: "refusal", Text: "content"}[type(p)]: p.text}))
        if isinstance(p, Think) and p.state and upstream != "chat":
            lines.append("c " + dump({"reasoning_details": [{"data": WRAPPED}]}))
        yield from reversed(lines) if upstream == "gemini" and a.is_unfolded else lines
    yield "f " + stop_of("chat", a)
    yield "u " + dump(used("chat", upstream, a, True))
    yield "done"


# ---- Responses ---------------------------------------------------------------


def item_of(upstream, p):
    if isinstance(p, Think):
        state = sealed("responses", upstream, p)
        return {"type": "reasoning", "summary": [{"type": "summary_text", "text": p.text}] if p.text else [], **({"encrypted_content": state} if state else {})}
    if isinstance(p, Call):
        return {"type": "function_call", "call_id": p.id, "name": p.name, "arguments": p.args, "status": "completed"}
    part = {"type": "refusal", "refusal": p.text} if isinstance(p, Refusal) else {"type": "output_text", "text": p.text}
    return {"type": "message", "role": "assistant", "content": [part]}


def responses_whole(upstream, a):
    status = stop_of("responses", a)
    return {"object": "response", "status": status, "incomplete_details": {"reason": REASONS[a.stop]} if status == "incomplete" else None,
            "output": [item_of(upstream, p) for p in a.parts], "usage": used("responses", upstream, a)}


def think_lines(p):
    if p.text:
        yield "reasoning_summary_part.added"
        yield "reasoning_summary_text.delta " + dump({"delta": p.text})
        yield "reasoning_summary_text.done " + dump({"text": p.text})
        yield "reasoning_summary_part.done"


def message_lines(p):
    word, event = ("refusal", "refusal") if isinstance(p, Refusal) else ("text", "output_text")
    yield "content_part.added"
    yield f"{event}.delta " + dump({"delta": p.text})
    yield f"{event}.done " + dump({word: p.text})
    yield "content_part.done"


def responses_stream(upstream, a):
    yield "created"
    if upstream != "responses" or a.is_unfolded:
        yield "in_progress"
    for n, p in enumerate(a.parts):
        item = item_of(upstream, p)
        yield "output_item.added " + dump({"output_index": n, "item": {"type": item["type"]}})
        if isinstance(p, Call):
            yield "function_call_arguments.delta " + dump({"output_index": n, "delta": p.args})
            yield "function_call_arguments.done " + dump({"output_index": n, "arguments": p.args})
        else:
            yield from think_lines(p) if isinstance(p, Think) else message_lines(p)
        yield "output_item.done " + dump({"output_index": n, "item": item})
    end = responses_whole(upstream, a)
    yield end["status"] + " " + dump(end)


# ---- Gemini ------------------------------------------------------------------


def gemini_part(upstream, p):
    if isinstance(p, Think):
        state = sealed("gemini", upstream, p)
        return {"text": p.text, "thought": True, **({"thoughtSignature": state} if state else {})}
    if isinstance(p, Call):
        return {"functionCall": {"name": p.name, "args": raw(p.args)}}
    return {"text": p.text}


def gemini_whole(upstream, a):
    """Neighbouring texts are one, unless one of them is signed."""
    parts = []
    for p in a.parts:
        part = gemini_part(upstream, p)
        first = speak.halves(p.text)[:1] if a.is_gathered and upstream == "gemini" and "thoughtSignature" in part else []
        parts += [{"text": x, "thought": True} for x in first] + [{**part, "text": part["text"][len(first[0]):]} if first else part]
    content = {"content": {"role": "model", "parts": parts}} if parts else {}
    return {"candidates": [{**content, "finishReason": stop_of("gemini", a)}], "usageMetadata": used("gemini", upstream, a)}


def gemini_stream(upstream, a):
    for p in a.parts:
        part = gemini_part(upstream, p)
        if isinstance(p, Think) and p.state and p.text and upstream != "gemini":
            yield "g " + dump([{"text": p.text, "thought": True}])
            part = {"text": "", "thought": True, "thoughtSignature": part["thoughtSignature"]}
        yield "g " + dump([part])
    yield f"g! {stop_of('gemini', a)} " + dump(used("gemini", upstream, a, True))


WHOLE = {"claude": claude_whole, "chat": chat_whole, "responses": responses_whole, "gemini": gemini_whole}
STREAM = {"claude": claude_stream, "chat": chat_stream, "responses": responses_stream, "gemini": gemini_stream}


def whole(client, upstream, a):
    return dump(WHOLE[client](upstream, a))


def stream(client, upstream, a):
    """Between two that speak alike a stream passes as it is."""
    if client == upstream and not a.is_unfolded:
        return speak.stream(upstream, a)
    return list(STREAM[client](upstream, a))


def pair(client, upstream):
    return f"{NAMES[upstream]} to a client of {NAMES[client]}"
