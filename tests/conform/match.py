# SPDX-License-Identifier: MIT
"""match - compares what came with what was expected: members that must be there, deltas joined, paths that must not be.

An object fits when it has all members of the pattern; a list when it has as many elements and each fits; a
number when it is spelled the same.
"""
import copy
import re

from case import Number, read_json
from macros import spell

TEXT_DELTAS = ("text", "thinking", "partial_json")
CHAT_WORDS = ("content", "refusal", "reasoning_content")


class Differs(Exception):
    pass


def shown(value, most=600):
    text = value if isinstance(value, str) and not isinstance(value, Number) else spell(value)
    return text if len(text) <= most else text[:most] + "..."


def fits_word(word, value, where, bound):
    kind, _, rest = word[1:].partition(":")
    if kind == "any":
        return
    if kind == "bind":
        if bound.setdefault(rest, value) != value:
            raise Differs(f"{where}: {shown(value)}, earlier {shown(bound[rest])}")
        return
    if kind == "re":
        if isinstance(value, str) and re.fullmatch(rest, value, re.S):
            return
    elif kind == "json":
        if isinstance(value, str):
            fits(read_json(rest), read_json(value), where + "(in the text)", bound)
            return
    raise Differs(f"{where}: {shown(value)} is not {word}")


def is_one_text(pattern, value):
    """Content said as one text part where the pattern says a text: the same to every service."""
    return (isinstance(pattern, str) and isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)
            and value[0].get("type") == "text" and set(value[0]) <= {"type", "text", "cache_control"})


def fits(pattern, value, where="", bound=None):
    """Raises Differs; fills bound with what $bind:NAME stood for."""
    bound = {} if bound is None else bound
    if where.endswith(".content") and is_one_text(pattern, value):
        value = value[0]["text"]
    if isinstance(pattern, str) and not isinstance(pattern, Number) and re.match(r"\$(any|bind|re|json)\b", pattern):
        fits_word(pattern, value, where, bound)
    elif isinstance(pattern, dict):
        if not isinstance(value, dict):
            raise Differs(f"{where}: {shown(value)} is not an object like {shown(pattern)}")
        for k, p in pattern.items():
            if k not in value:
                raise Differs(f"{where}.{k} is missing in {shown(value)}")
            fits(p, value[k], f"{where}.{k}", bound)
    elif isinstance(pattern, list):
        if not isinstance(value, list) or len(value) != len(pattern):
            raise Differs(f"{where}: {shown(value)} is not a list like {shown(pattern)}")
        for i, p in enumerate(pattern):
            fits(p, value[i], f"{where}[{i}]", bound)
    elif type(pattern) is not type(value) or pattern != value:
        raise Differs(f"{where}: {shown(value)}, expected {shown(pattern)}")


def find(value, path):
    """(is there, value) of a.b[0].c; [] stands for any element."""
    for part in re.findall(r"[^.\[\]]+|\[\d*\]", path):
        if part == "[]":
            rest = path.split("[]", 1)[1]
            return any(find(v, rest)[0] for v in value) if isinstance(value, list) else False, None
        if part.startswith("["):
            i = int(part[1:-1])
            if not isinstance(value, list) or i >= len(value):
                return False, None
            value = value[i]
        elif not isinstance(value, dict) or part not in value:
            return False, None
        else:
            value = value[part]
    return True, value


def must_lack(value, paths, what):
    for path in " ".join(paths).split():
        there, found = find(value, path)
        if there:
            raise Differs(f"{what}: {path} is there: {shown(found)}")


def must_hold(text, wanted, unwanted, what):
    for t in wanted:
        if t not in text:
            raise Differs(f"{what}: no {t!r} in\n{text[:3000]}")
    for t in unwanted:
        if t in text:
            raise Differs(f"{what}: {t!r} in\n{text[:3000]}")


# ---- deltas ------------------------------------------------------------------


def join_claude(a, b):
    if not (isinstance(a, dict) and isinstance(b, dict) and a.get("type") == b.get("type") == "content_block_delta"):
        return False
    if a.get("index") != b.get("index") or a["delta"].get("type") != b["delta"].get("type"):
        return False
    for member in TEXT_DELTAS:
        if member in a["delta"] and member in b["delta"]:
            a["delta"][member] += b["delta"][member]
            return True
    return False


def one_choice(chunk):
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    return choices[0] if choices and len(choices) == 1 else None


def join_calls(before, after):
    """Further arguments of the call that was spoken of last."""
    if not before or len(after) != 1 or set(after[0]) != {"index", "function"} or set(after[0]["function"]) != {"arguments"}:
        return False
    last = before[-1]
    if last.get("index") != after[0]["index"] or "arguments" not in last.get("function", {}):
        return False
    last["function"]["arguments"] += after[0]["function"]["arguments"]
    return True


def join_chat(a, b):
    x, y = one_choice(a), one_choice(b)
    if not x or not y or x.get("index") != y.get("index") or x.get("finish_reason") or y.get("finish_reason"):
        return False
    d, e = x.get("delta") or {}, y.get("delta") or {}
    if len(e) != 1:
        return False
    if "tool_calls" in e:
        return join_calls(d.get("tool_calls"), e["tool_calls"])
    word = next(iter(e))
    if word not in CHAT_WORDS or "role" in d or word not in d:
        return False
    d[word] += e[word]
    return True


def join_responses(a, b):
    if not (isinstance(a, dict) and isinstance(b, dict) and "delta" in a and "delta" in b):
        return False
    places = ("type", "output_index", "content_index", "summary_index")
    if any(a.get(p) != b.get(p) for p in places):
        return False
    a["delta"] += b["delta"]
    return True


def only_text(chunk):
    """The one part of a chunk, if it is a text and nothing else is told."""
    candidates = chunk.get("candidates") or [{}]
    parts = candidates[0].get("content", {}).get("parts", [])
    if len(candidates) != 1 or len(parts) != 1 or "text" not in parts[0] or set(parts[0]) - {"text", "thought"}:
        return None
    return None if candidates[0].get("finishReason") else parts[0]


def join_gemini(a, b):
    x, y = (only_text(c) if isinstance(c, dict) else None for c in (a, b))
    if not x or not y or x.get("thought") != y.get("thought") or a["candidates"][0].get("index", 0) != b["candidates"][0].get("index", 0):
        return False
    x["text"] += y["text"]
    a.update({k: v for k, v in b.items() if k == "usageMetadata"})
    return True


JOINS = {"chat": join_chat, "messages": join_claude, "claude": join_claude, "responses": join_responses, "gemini": join_gemini}


def joined(events, family):
    join = JOINS[family]
    out = []
    for name, value in events:
        value = copy.deepcopy(value)
        if not (out and join(out[-1][1], value)):
            out.append((name, value))
    return out


def events_fit(patterns, events, family, bound, is_apart):
    """The same events in the same order; pings and comments come when they like."""
    if not is_apart:
        patterns, events = joined(patterns, family), joined(events, family)
    for i, (name, pattern) in enumerate(patterns):
        if i >= len(events):
            raise Differs(f"event {i}, {shown(pattern)}, never came")
        if name and name != events[i][0]:
            raise Differs(f"event {i} is {events[i][0]} {shown(events[i][1])}, expected {shown(pattern)}")
        fits(pattern, events[i][1], f"event {i} ", bound)
    if len(events) > len(patterns):
        raise Differs(f"one more event: {shown(events[len(patterns)][1])}")


def events_of(answer):
    out = []
    for e in answer.events():
        if e.name not in (":", "ping"):
            out.append((e.name, "[DONE]" if e.data.strip() == "[DONE]" else read_json(e.data)))
    return out


def drop_ids(value):
    """Items are named after their answer, which may be named by chance."""
    if isinstance(value, dict):
        value.pop("id", None)
        value.pop("item_id", None)
    for v in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        drop_ids(v)


def without_chance(events, family):
    """What must be equal however the upstream's bytes were cut: all but made names and clocks."""
    out = joined(events, family)
    for _, value in out:
        if family == "responses":
            drop_ids(value)
        if isinstance(value, dict):
            for place in (value, value.get("message") or {}, value.get("response") or {}):
                for name in ("id", "created", "model", "request_id", "created_at", "completed_at", "responseId", "sequence_number"):
                    place.pop(name, None)
    return out
