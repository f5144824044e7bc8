# SPDX-License-Identifier: MIT
"""speech - what an answer says, in whichever dialect, whole or streamed; and whether a stream is honest.

A stream is honest when a client's parser can follow it to a true end: blocks open and close in turn, the last
event is the dialect's own end or an error, never both, and nothing comes after it.
"""
import json


class Dishonest(Exception):
    pass


def family_of(path):
    if "/responses" in path:
        return "responses"
    return "chat" if "/chat/" in path else "messages"


def need(is_true, what):
    if not is_true:
        raise Dishonest(what)


# ---- reading -----------------------------------------------------------------


def say_nothing():
    return {"text": "", "thinking": "", "refusal": "", "tools": [], "stop": None, "usage": {}, "model": None, "id": None, "error": None}


def read_messages_whole(j):
    out = say_nothing()
    out.update(model=j.get("model"), id=j.get("id"), stop=j.get("stop_reason"), usage=j.get("usage") or {}, error=j.get("error"))
    for b in j.get("content") or []:
        if b.get("type") == "text":
            out["text"] += b["text"]
        elif b.get("type") == "thinking":
            out["thinking"] += b["thinking"]
        elif b.get("type") == "tool_use":
            out["tools"].append((b["name"], b["input"], b.get("id")))
    return out


def read_chat_whole(j):
    out = say_nothing()
    out.update(model=j.get("model"), id=j.get("id"), usage=j.get("usage") or {}, error=j.get("error"))
    for c in (j.get("choices") or [])[:1]:
        m = c.get("message") or {}
        out["text"] = m.get("content") or ""
        out["thinking"] = m.get("reasoning_content") or m.get("reasoning") or ""
        out["refusal"] = m.get("refusal") or ""
        out["stop"] = c.get("finish_reason")
        for t in m.get("tool_calls") or []:
            out["tools"].append((t["function"]["name"], loose_json(t["function"]["arguments"]), t.get("id")))
    return out


def loose_json(text):
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def read_messages_stream(events):
    out, tool = say_nothing(), {}
    for e in events:
        j = e.json()
        kind = (j or {}).get("type")
        if kind == "message_start":
            m = j["message"]
            out.update(model=m.get("model"), id=m.get("id"), usage=dict(m.get("usage") or {}))
        elif kind == "content_block_start" and j["content_block"]["type"] == "tool_use":
            tool[j["index"]] = [j["content_block"]["name"], "", j["content_block"]["id"]]
        elif kind == "content_block_delta":
            d = j["delta"]
            out["text"] += d.get("text", "")
            out["thinking"] += d.get("thinking", "")
            if d["type"] == "input_json_delta" and j["index"] in tool:
                tool[j["index"]][1] += d["partial_json"]
        elif kind == "message_delta":
            out["stop"] = j["delta"].get("stop_reason")
            out["usage"].update(j.get("usage") or {})
        elif kind == "error":
            out["error"] = j["error"]
    out["tools"] = [(n, loose_json(a), i) for n, a, i in tool.values()]
    return out


def read_chat_stream(events):
    out, tools = say_nothing(), {}
    for e in events:
        j = e.json()
        if not isinstance(j, dict):
            continue
        out["error"] = j.get("error") or out["error"]
        out.update(model=j.get("model") or out["model"], id=j.get("id") or out["id"], usage=j.get("usage") or out["usage"])
        for c in j.get("choices") or []:
            d = c.get("delta") or {}
            out["text"] += d.get("content") or ""
            out["thinking"] += d.get("reasoning_content") or ""
            out["refusal"] += d.get("refusal") or ""
            out["stop"] = c.get("finish_reason") or out["stop"]
            for t in d.get("tool_calls") or []:
                slot = tools.setdefault(t["index"], ["", "", None])
                slot[0] += t.get("function", {}).get("name") or ""
                slot[1] += t.get("function", {}).get("arguments") or ""
                slot[2] = t.get("id") or slot[2]
    out["tools"] = [(n, loose_json(a), i) for n, a, i in tools.values()]
    return out


def read_response(j):
    """A response object; what it says stands in its output."""
    out = say_nothing()
    reason = (j.get("incomplete_details") or {}).get("reason")
    out.update(model=j.get("model"), id=j.get("id"), stop=reason or j.get("status"), usage=j.get("usage") or {}, error=j.get("error"))
    for item in j.get("output") or []:
        kind, out["item"] = item.get("type"), item.get("id")
        if kind == "message":
            for part in item["content"]:
                out["refusal" if part["type"] == "refusal" else "text"] += part.get("text") or part.get("refusal") or ""
        elif kind == "reasoning":
            out["thinking"] += "".join(p["text"] for p in item["summary"] + (item.get("content") or []))
        elif kind in ("function_call", "custom_tool_call"):
            said = loose_json(item["arguments"]) if kind == "function_call" else item["input"]
            out["tools"].append((item["name"], said, item.get("call_id")))
    return out


def read_responses_stream(events):
    """What the pieces say; the response of the last event must say the same."""
    said, last = "", {}
    for e in events:
        j = e.json() or {}
        if j.get("type") == "response.output_text.delta":
            said += j["delta"]
        last = j.get("response") or last
    out = read_response(last)
    if out["stop"] == "completed":
        need(out["text"] == said, f"the pieces say {said!r}, the last event {out['text']!r}")
    out["text"] = said
    return out


STREAMS = {"chat": read_chat_stream, "messages": read_messages_stream, "responses": read_responses_stream}
WHOLE = {"chat": read_chat_whole, "messages": read_messages_whole, "responses": read_response}


def read(answer, family):
    """text, thinking, tools, stop, usage, model, id, error."""
    if answer.is_stream:
        return STREAMS[family](answer.events())
    try:
        j = answer.json()
    except ValueError:
        return say_nothing()
    if not isinstance(j, dict):
        return say_nothing()
    return WHOLE[family](j)


# ---- the names of events -----------------------------------------------------


def chat_label(e):
    if e.data.strip() == "[DONE]":
        return "done"
    j = e.json() or {}
    if "error" in j:
        return "error"
    if not j.get("choices"):
        return "usage" if j.get("usage") else "empty"
    c = j["choices"][0]
    d = c.get("delta") or {}
    if c.get("finish_reason"):
        return "finish"
    for name, label in (("tool_calls", "tool"), ("reasoning_content", "thinking"), ("refusal", "refusal"), ("content", "text")):
        if d.get(name):
            return label
    return "role" if "role" in d else "empty"


def labels(answer, family):
    """Pings are left out: when they come is the clock's business."""
    out = []
    for e in answer.events():
        label = ":" if e.name == ":" else chat_label(e) if family == "chat" else e.name or (e.json() or {}).get("type")
        if label not in (":", "ping"):
            out.append(label)
    return out


def pings(answer):
    return sum(1 for e in answer.events() if e.name in (":", "ping"))


# ---- honesty -----------------------------------------------------------------


def check_messages(events):
    opened, started, ended, last = None, False, None, -1
    for e in events:
        if e.name in (":", "ping"):
            continue
        j = e.json()
        need(j is not None, f"not JSON: {e!r}")
        need(e.name == j.get("type"), f"the event's name is not its type: {e!r}")
        need(not ended, f"an event after {ended}: {e!r}")
        if e.name == "message_start":
            need(not started, "a second message_start")
            started = True
        elif e.name == "error":
            ended = "error"
        else:
            need(started, f"before message_start: {e!r}")
        if e.name == "content_block_start":
            need(opened is None and j["index"] == last + 1, f"a block begins out of turn: {e!r}")
            opened = last = j["index"]
        elif e.name in ("content_block_delta", "content_block_stop"):
            need(opened == j["index"], f"not the open block: {e!r}")
            opened = None if e.name == "content_block_stop" else opened
        elif e.name in ("message_delta", "message_stop"):
            need(opened is None, f"a block is still open: {e!r}")
            ended = "message_stop" if e.name == "message_stop" else None
    return ended


def check_chat(events):
    ended = None
    for e in events:
        if e.name == ":":
            continue
        need(not ended, f"an event after {ended}: {e!r}")
        if e.data.strip() == "[DONE]":
            ended = "done"
            continue
        j = e.json()
        need(isinstance(j, dict), f"not a JSON object: {e!r}")
        if "error" in j:
            ended = "error"
    return ended


def check_responses(events):
    """One item after the other, added, filled, done; numbered without a gap."""
    ended, number, added, done = None, 0, 0, 0
    for e in events:
        if e.name == ":":
            continue
        j = e.json()
        need(isinstance(j, dict), f"not a JSON object: {e!r}")
        kind = j.get("type")
        need(e.name == kind, f"the event's name is not its type: {e!r}")
        need(not ended, f"an event after {ended}: {e!r}")
        if kind == "error":
            ended = "error"
            continue
        need(j["sequence_number"] == number, f"not event {number}: {e!r}")
        number += 1
        if kind == "response.output_item.added":
            need(j["output_index"] == added == done, f"an item begins out of turn: {e!r}")
            added += 1
        elif kind == "response.output_item.done":
            need(j["output_index"] == done < added, f"not the open item: {e!r}")
            done += 1
        elif kind in ("response.completed", "response.incomplete"):
            need(added == done, "an item is still open")
            ended = kind.split(".")[1]
        elif kind == "response.failed":
            ended = "error"
    return ended


def check(answer, family):
    """How the stream ended: message_stop, done, completed, incomplete, error or None.  Raises Dishonest."""
    checks = {"chat": check_chat, "messages": check_messages, "responses": check_responses}
    return checks[family](answer.events())
