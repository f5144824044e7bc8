# SPDX-License-Identifier: MIT
"""macros - short words for the events of streams: written in full as an upstream's bytes, or as patterns of what a client gets.

A script is a list of lines.  Written, each becomes one event in the dialect's whole shape; expected, it says only
what the case says, and everything else may be there or not.
"""
import json
import re

from case import Number, Wrong, read_json

BLANKS = {"text": {"type": "text", "text": ""}, "thinking": {"type": "thinking", "thinking": "", "signature": ""}}
DELTAS = {"text": ("text_delta", "text"), "think": ("thinking_delta", "thinking"), "sign": ("signature_delta", "signature"),
          "args": ("input_json_delta", "partial_json"), "cite": ("citations_delta", "citation")}


class Exact(str):
    """JSON text that is written as it stands."""


def spell(value):
    """JSON with numbers, and texts marked exact, spelled as they came."""
    if isinstance(value, (Number, Exact)):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + spell(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spell(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def raw_bytes(text):
    """A quoted text with \\n \\r \\t \\" \\\\ and \\xHH: bytes as they are."""
    m = re.fullmatch(r'"(.*)"', text)
    if not m:
        raise Wrong(f"raw wants a quoted text, not {text}")

    def one(m):
        c = m.group(1)
        return bytes([int(c[1:], 16)]) if c[:1] == b"x" else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(c, c)
    return re.sub(rb"\\(x[0-9A-Fa-f]{2}|.)", one, m.group(1).encode())


def two(text):
    """A word and a JSON text behind it, either of which may be missing."""
    if text.startswith("{"):
        return None, text
    word, _, rest = text.partition(" ")
    return word or None, rest.strip()


# ---- Claude ------------------------------------------------------------------


class Claude:
    """Events of Claude Messages; blocks are counted here."""

    def __init__(self, is_pattern):
        self.is_pattern, self.index = is_pattern, -1

    def event(self, line):
        """(name, value)"""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        made = getattr(self, "do_" + word, None)
        if word in DELTAS:
            value = self.delta_of(word, rest)
        elif made:
            value = made(rest)
        else:
            raise Wrong(f"what is the event {word!r}?")
        return value["type"], value

    def do_start(self, rest):
        usage = read_json(rest) if rest else None
        if self.is_pattern:
            return {"type": "message_start", **({"message": {"usage": usage}} if usage else {})}
        return {"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": usage or read_json('{"input_tokens":1,"output_tokens":1}')}}

    def do_open(self, rest):
        self.index += 1
        block = read_json(rest) if rest.startswith("{") else BLANKS[rest]
        if self.is_pattern and not rest.startswith("{"):
            block = {"type": rest}
        return {"type": "content_block_start", "index": Number(self.index), "content_block": block}

    def delta_of(self, word, rest):
        kind, member = DELTAS[word]
        value = read_json(rest)
        if not self.is_pattern and isinstance(value, str) and "\\u" in rest:
            value = Exact(rest)
        return {"type": "content_block_delta", "index": Number(self.index), "delta": {"type": kind, member: value}}

    def do_close(self, rest):
        return {"type": "content_block_stop", "index": Number(self.index)}

    def do_delta(self, rest):
        """delta REASON [USAGE], or delta {the delta} [USAGE as a second object on the line]"""
        reason, more = two(rest)
        if reason is None:
            delta, at = json.JSONDecoder().raw_decode(more)
            more = more[at:].strip()
        else:
            delta = {"stop_reason": reason}
            if not self.is_pattern:
                delta["stop_sequence"] = None
        usage = read_json(more) if more else ({} if self.is_pattern else read_json('{"output_tokens":1}'))
        return {"type": "message_delta", "delta": delta, "usage": usage}

    def do_stop(self, rest):
        return {"type": "message_stop"}

    def do_ping(self, rest):
        return {"type": "ping"}

    def do_error(self, rest):
        kind, _, message = rest.partition(" ")
        return {"type": "error", "error": {"type": kind, "message": message}}

    def do_event(self, rest):
        return read_json(rest)


# ---- Chat --------------------------------------------------------------------


class Chat:
    """Chunks of Chat Completions; cN and fN are of choice N."""

    def __init__(self, is_pattern):
        self.is_pattern = is_pattern

    def event(self, line):
        word, _, rest = line.partition(" ")
        m = re.fullmatch(r"([cf])(\d*)", word)
        rest = rest.strip()
        if m:
            return None, self.choice(m.group(1), m.group(2) or "0", rest)
        if word == "u":
            return None, self.chunk([], usage=read_json(rest))
        if word == "done":
            return None, "[DONE]"
        if word == "error":
            return None, {"error": read_json(rest)}
        if word == "data":
            return None, read_json(rest) if self.is_pattern else Exact(rest)
        raise Wrong(f"what is the event {word!r}?")

    def choice(self, kind, index, rest):
        delta = ({} if kind == "f" else read_json(rest) if self.is_pattern else Exact(rest))
        finish = rest if kind == "f" else None
        return self.chunk([{"index": Number(index), "delta": delta, "finish_reason": finish}])

    def chunk(self, choices, **more):
        head = {} if self.is_pattern else {"id": "c1", "object": "chat.completion.chunk", "created": Number("1"), "model": "m"}
        return {**head, "choices": choices, **more}


# ---- Responses ---------------------------------------------------------------


class Responses:
    """`TYPE JSON` without `response.`; numbers count by themselves.  created, in_progress and the ends have an envelope."""
    ENVELOPES = ("created", "in_progress", "completed", "incomplete", "failed")

    def __init__(self, is_pattern):
        self.is_pattern, self.number = is_pattern, -1

    def event(self, line):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        self.number += 1
        name = word if word == "error" else "response." + word
        value = read_json(rest) if rest else {}
        if word in self.ENVELOPES:
            value = {"response": self.envelope(word, value)}
        if self.is_pattern:
            return name, {"type": name, **value}
        return name, {"type": name, "sequence_number": Number(self.number), **value}

    def envelope(self, word, value):
        if self.is_pattern:
            return value
        status = "in_progress" if word == "created" else word
        blank = {"id": "resp_1", "object": "response", "created_at": Number("1"), "status": status, "model": "m", "output": [], "error": None,
                 "incomplete_details": None, "usage": None}
        return {**blank, **value}


# ---- Gemini ------------------------------------------------------------------


class Gemini:
    """g [PARTS]: a chunk; g! REASON [PARTS] {USAGE}: the last one; data JSON: any."""

    def __init__(self, is_pattern):
        self.is_pattern = is_pattern

    def event(self, line):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "g":
            return None, self.chunk(rest, None, None)
        if word == "g!":
            reason, _, rest = rest.partition(" ")
            parts, usage = self.split(rest)
            return None, self.chunk(parts, reason, usage)
        if word == "data":
            return None, read_json(rest) if self.is_pattern else Exact(rest)
        raise Wrong(f"what is the event {word!r}?")

    @staticmethod
    def split(text):
        """The array, and the object behind it."""
        if not text.startswith("["):
            return None, text
        _, at = json.JSONDecoder().raw_decode(text)
        return text[:at], text[at:].strip()

    def chunk(self, parts, reason, usage):
        candidate = {}
        if parts:
            candidate["content"] = {"role": "model", "parts": read_json(parts) if self.is_pattern else Exact(parts)}
        if reason:
            candidate["finishReason"] = reason
        if not self.is_pattern:
            candidate["index"] = Number("0")
        more = {} if self.is_pattern else {"modelVersion": "m", "responseId": "r1"}
        return {"candidates": [candidate], **({"usageMetadata": read_json(usage)} if usage else {}), **more}


MAKERS = {"claude": Claude, "messages": Claude, "chat": Chat, "responses": Responses, "gemini": Gemini}


def written(dialect, lines):
    """The bytes of a stream."""
    maker, out, end = MAKERS[dialect](False), b"", b"\r\n" if dialect == "gemini" else b"\n"
    for line in lines:
        if line.startswith("raw "):
            out += raw_bytes(line[4:].strip())
        elif line.startswith(":"):
            out += line.encode() + end * 2
        else:
            name, value = maker.event(line)
            text = value if isinstance(value, str) else spell(value)
            out += (f"event: {name}\n" if name else "").encode() + b"data: " + text.encode() + end * 2
    return out


def expected(family, lines):
    """[(name, pattern)]"""
    maker = MAKERS[family](True)
    return [maker.event(line) for line in lines]
