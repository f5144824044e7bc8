#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""selftest - checks claude-proxy-sim itself: every dialect, every directive, the log.

Usage: selftest.py [PATH/claude-proxy-sim [PATH/claude-proxy-load]]
Prints `ok - name` or `not ok - name` per test; exits 1 when one failed.
"""
import base64
import gzip
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

SIM = sys.argv[1] if len(sys.argv) > 1 else "./claude-proxy-sim"
LOAD = sys.argv[2] if len(sys.argv) > 2 else None
TMP = tempfile.mkdtemp(prefix="sim-selftest-")
TESTS = []
PATHS = {
    "claude": "/v1/messages",
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "gemini": "/v1beta/models/m1:%s",
}


def test(f):
    TESTS.append(f)
    return f


class Sim:
    """A running simulator."""

    def __init__(self, *args):
        self.port_file = os.path.join(TMP, "port-%d" % time.monotonic_ns())
        command = [SIM, "--listen", "127.0.0.1:0", "--port-file", self.port_file, *args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline()
        self.port = int(self.line.rsplit(":", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(10)


class Answer:
    def __init__(self, raw, ended):
        self.raw, self.ended = raw, ended  # ended: "eof", "reset", "timeout" or "length"
        while raw.startswith(b"HTTP/1.1 100"):
            raw = raw.partition(b"\r\n\r\n")[2]
        head, _, self.wire = raw.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        self.status = int(lines[0].split()[1]) if len(lines[0].split()) > 1 else 0
        self.headers = [tuple(x.decode("latin-1").split(": ", 1)) for x in lines[1:] if b": " in x]
        self.body, self.whole = self.wire, False
        if self.header("Transfer-Encoding") == "chunked":
            self.body, self.whole = dechunk(self.wire)

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)

    def events(self):
        return sse(self.body)

    def data(self):
        return [json.loads(d) for _, d in self.events() if d != "[DONE]"]


def dechunk(wire):
    out = b""
    while True:
        size, sep, wire = wire.partition(b"\r\n")
        if not sep:
            return out, False
        n = int(size, 16)
        if n == 0:
            return out, wire == b"\r\n"
        out += wire[:n]
        if len(wire) < n + 2:
            return out, False
        wire = wire[n + 2:]


def sse(body):
    text = body.decode("utf-8").lstrip("\ufeff").replace("\r\n", "\n")
    events = []
    for block in text.split("\n\n"):
        name, data = None, None
        for line in block.split("\n"):
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
        if data is not None:
            events.append((name, data))
    return events


def complete(raw):
    while raw.startswith(b"HTTP/1.1 100"):
        raw = raw.partition(b"\r\n\r\n")[2]
    head, sep, body = raw.partition(b"\r\n\r\n")
    if not sep:
        return False
    m = re.search(rb"(?i)content-length: (\d+)", head)
    if m:
        return len(body) >= int(m.group(1))
    if b"ransfer-Encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    return b" 204 " in head or b" 304 " in head


def until(probe):
    """The first true value of probe()."""
    end = time.monotonic() + 60
    while not probe() and time.monotonic() < end:
        time.sleep(0.02)
    return probe()


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def receive(s, timeout=60.0, until_close=False):
    raw, s_end = b"", time.monotonic() + timeout
    while True:
        s.settimeout(max(0.01, s_end - time.monotonic()))
        try:
            piece = s.recv(65536)
        except (TimeoutError, socket.timeout):
            return Answer(raw, "timeout")
        except ConnectionResetError:
            return Answer(raw, "reset")
        if not piece:
            return Answer(raw, "eof")
        raw += piece
        if not until_close and complete(raw):
            return Answer(raw, "length")


def connect(sim):
    return socket.create_connection(("127.0.0.1", sim.port), 3)


def request_bytes(method, target, body=b"", headers=()):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: sim"]
    lines += ["%s: %s" % h for h in headers]
    if body or method == "POST":
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def call(sim, method, target, body=None, play=None, headers=(), **how):
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    headers = list(headers) + ([("x-sim", play)] if play else [])
    with connect(sim) as s:
        s.sendall(request_bytes(method, target, body or b"", headers))
        return receive(s, **how)


def ask(sim, dialect, play=None, prompt="hi", stream=False, extra=None, **how):
    path = PATHS[dialect]
    if dialect == "gemini":
        body = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
        path = path % ("streamGenerateContent?alt=sse" if stream else "generateContent")
    elif dialect == "responses":
        body = {"model": "m1", "input": prompt, "stream": stream}
    else:
        body = {"model": "m1", "stream": stream, "messages": [{"role": "user", "content": prompt}]}
    body.update(extra or {})
    return call(sim, "POST", path, body, play, **how)


def text_of(dialect, a, stream):
    """The text, the thoughts and the tool calls [(name, args)] of an answer, read as a client would."""
    return {"claude": read_claude, "chat": read_chat, "responses": read_responses,
            "gemini": read_gemini}[dialect](a, stream)


def read_claude(a, stream):
    text, think, tools = "", "", []
    if not stream:
        m = a.json()
        assert m["type"] == "message" and m["model"] == "m1" and m["id"].startswith("msg_")
        for b in m["content"]:
            text += b.get("text", "") if b["type"] == "text" else ""
            think += b.get("thinking", "")
            if b["type"] == "tool_use":
                tools.append((b["name"], b["input"]))
        return text, think, tools, m["stop_reason"], m["usage"]
    kinds, open_index, usage, stop, partial, signed = [], None, None, None, "", False
    for name, data in a.events():
        d = json.loads(data)
        assert name == d["type"], name
        kinds.append(name)
        if name == "message_start":
            assert d["message"]["model"] == "m1" and d["message"]["content"] == []
        elif name == "content_block_start":
            assert open_index is None
            open_index, block, partial, signed = d["index"], d["content_block"], "", False
        elif name == "content_block_delta":
            assert d["index"] == open_index and not signed
            x = d["delta"]
            text += x.get("text", "")
            think += x.get("thinking", "")
            partial += x.get("partial_json", "")
            signed = x["type"] == "signature_delta"
        elif name == "content_block_stop":
            assert d["index"] == open_index
            assert signed == (block["type"] == "thinking")
            if block["type"] == "tool_use":
                tools.append((block["name"], json.loads(partial or "{}")))
            open_index = None
        elif name == "message_delta":
            stop, usage = d["delta"]["stop_reason"], d["usage"]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds
    return text, think, tools, stop, usage


def read_chat(a, stream):
    if not stream:
        m = a.json()
        assert m["object"] == "chat.completion" and m["model"] == "m1"
        c = m["choices"][0]
        calls = [(t["function"]["name"], json.loads(t["function"]["arguments"]))
                 for t in c["message"].get("tool_calls", [])]
        return (c["message"]["content"] or "", c["message"].get("reasoning_content", ""), calls,
                c["finish_reason"], m["usage"])
    text, think, calls, stop, usage = "", "", {}, None, None
    assert a.events()[-1][1] == "[DONE]"
    chunks = a.data()
    assert len({(c["id"], c["created"], c["object"]) for c in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    for c in chunks:
        usage = c.get("usage") or usage
        for choice in c["choices"]:
            d = choice["delta"]
            text += d.get("content") or ""
            think += d.get("reasoning_content", "")
            stop = choice["finish_reason"] or stop
            for t in d.get("tool_calls", []):
                if "id" in t:
                    assert t["index"] == len(calls)
                    calls[t["index"]] = [t["function"]["name"], ""]
                calls[t["index"]][1] += t["function"]["arguments"]
    return text, think, [(n, json.loads(x)) for n, x in calls.values()], stop, usage


def read_output(output):
    text, think, tools = "", "", []
    for item in output:
        if item["type"] == "message":
            text += "".join(p["text"] for p in item["content"])
        elif item["type"] == "reasoning":
            think += "".join(p["text"] for p in item["summary"])
            assert item["encrypted_content"]
        else:
            tools.append((item["name"], json.loads(item["arguments"])))
    return text, think, tools


def read_responses(a, stream):
    if not stream:
        m = a.json()
        assert m["object"] == "response" and m["model"] == "m1"
        return (*read_output(m["output"]), m["status"], m["usage"])
    items, deltas, kinds = [], {}, []
    for n, (name, data) in enumerate(a.events()):
        d = json.loads(data)
        assert d["type"] == name and d["sequence_number"] == n, (name, n)
        kinds.append(name)
        if name == "response.output_item.added":
            assert d["output_index"] == len(items)
            items.append(d["item"])
        elif name.endswith(".delta"):
            assert d["item_id"] == items[d["output_index"]]["id"]
            deltas[d["output_index"]] = deltas.get(d["output_index"], "") + d["delta"]
        elif name.endswith("text.done") or name.endswith("arguments.done"):
            assert deltas.get(d["output_index"], "") == d.get("text", d.get("arguments"))
        elif name == "response.output_item.done":
            assert d["item"]["id"] == items[d["output_index"]]["id"]
            items[d["output_index"]] = d["item"]
    assert kinds[:2] == ["response.created", "response.in_progress"], kinds
    final = json.loads(a.events()[-1][1])["response"]
    assert kinds[-1] == "response." + final["status"]
    assert final["output"] == items
    return (*read_output(items), final["status"], final["usage"])


def read_gemini(a, stream):
    if stream and not a.body.lstrip().startswith(b"["):
        assert b"\r\n\r\n" in a.body and b"event:" not in a.body and b"[DONE]" not in a.body
    chunks = a.data() if stream and not a.body.startswith(b"[") else a.json()
    chunks = chunks if isinstance(chunks, list) else [chunks]
    text, think, tools, stop, usage = "", "", [], None, None
    for c in chunks:
        assert c["modelVersion"] == "m1"
        usage = c.get("usageMetadata", usage)
        for candidate in c.get("candidates", []):
            stop = candidate.get("finishReason", stop)
            for p in candidate["content"]["parts"]:
                if "functionCall" in p:
                    assert ("thoughtSignature" in p) == (not tools)
                    tools.append((p["functionCall"]["name"], p["functionCall"]["args"]))
                elif p.get("thought"):
                    think += p["text"]
                else:
                    text += p["text"]
    return text, think, tools, stop, usage


STOPS = {
    "claude": ("end_turn", "tool_use", "max_tokens"),
    "chat": ("stop", "tool_calls", "length"),
    "responses": ("completed", "completed", "incomplete"),
    "gemini": ("STOP", "STOP", "MAX_TOKENS"),
}


def each():
    return [(d, s) for d in PATHS for s in (False, True)]


@test
def says_where_it_listens(sim):
    assert re.fullmatch(r"claude-proxy-sim listening on 127\.0\.0\.1:\d+\n", sim.line)
    with open(sim.port_file, encoding="ascii") as f:
        assert int(f.read()) == sim.port


@test
def demo_answer_quotes_the_prompt(sim):
    for d, s in each():
        text, think, tools, stop, usage = text_of(d, ask(sim, d, None, "h\u00e4llo \u20ac", s), s)
        assert "h\u00e4llo \u20ac" in text and d in text, (d, s, text)
        assert not think and not tools and stop == STOPS[d][0]
        assert usage or (d, s) == ("chat", True)


@test
def thoughts_text_and_parallel_tools(sim):
    play = "think='Let me see: 1+1' text=\"a \\\"quoted\\\" \\n line\" frag=3 tool=f args={\"a\":[1,\"x y\"]} tool=g"
    for d, s in each():
        text, think, tools, stop, _ = text_of(d, ask(sim, d, play, stream=s), s)
        assert text == 'a "quoted" \n line' and think == "Let me see: 1+1", (d, s)
        assert tools == [("f", {"a": [1, "x y"]}), ("g", {})] and stop == STOPS[d][1], (d, s, tools)


@test
def interleaved_tools(sim):
    play = 'interleave frag=2 tool=f args={"a":1} tool=g args={"b":22}'
    for d in PATHS:
        a = ask(sim, d, play, stream=True)
        assert text_of(d, a, True)[2] == [("f", {"a": 1}), ("g", {"b": 22})], d
    order = [t["index"] for c in ask(sim, "chat", play, stream=True).data()
             for x in c["choices"] for t in x["delta"].get("tool_calls", [])]
    assert order[:6] == [0, 1, 0, 1, 0, 1], order


@test
def usage_is_disjoint_inside(sim):
    play = "text=x usage=10,30,1000,100,20"
    for s in (False, True):
        u = text_of("claude", ask(sim, "claude", play, stream=s), s)[4]
        assert (u["input_tokens"], u["cache_read_input_tokens"], u["cache_creation_input_tokens"],
                u["output_tokens"]) == (10, 1000, 100, 30)
        extra = {"stream_options": {"include_usage": True}} if s else None
        u = text_of("chat", ask(sim, "chat", play, stream=s, extra=extra), s)[4]
        assert (u["prompt_tokens"], u["completion_tokens"], u["total_tokens"]) == (1110, 30, 1140)
        assert u["prompt_tokens_details"]["cached_tokens"] == 1000
        assert u["completion_tokens_details"]["reasoning_tokens"] == 20
        u = text_of("responses", ask(sim, "responses", play, stream=s), s)[4]
        assert (u["input_tokens"], u["output_tokens"], u["total_tokens"]) == (1110, 30, 1140)
        u = text_of("gemini", ask(sim, "gemini", play, stream=s), s)[4]
        assert (u["promptTokenCount"], u["cachedContentTokenCount"], u["candidatesTokenCount"],
                u["thoughtsTokenCount"], u["totalTokenCount"]) == (1110, 1000, 10, 20, 1140)


@test
def no_usage_and_odd_usage(sim):
    for d, s in each():
        a = ask(sim, d, "text=x nousage", stream=s)
        assert b"okens\":" not in a.body.replace(b"max_output_tokens", b"") or d == "responses", (d, s)
        a = ask(sim, d, 'usagejson={"in":-1} text=x', stream=s,
                extra={"stream_options": {"include_usage": True}} if d == "chat" else None)
        assert b'{"in":-1}' in a.body, (d, s)


@test
def stop_reasons(sim):
    for d, s in each():
        assert text_of(d, ask(sim, d, "text=x stop=length", stream=s), s)[3] == STOPS[d][2]
    a = ask(sim, "claude", "text=x stop=filter").json()
    assert a["stop_reason"] == "refusal" and a["stop_details"]["type"] == "refusal"
    assert ask(sim, "chat", "text=x stop=odd").json()["choices"][0]["finish_reason"] == "odd"
    a = ask(sim, "responses", "text=x stop=length").json()
    assert a["incomplete_details"] == {"reason": "max_output_tokens"}


@test
def number_and_size_of_deltas(sim):
    for d in PATHS:
        a = ask(sim, d, "events=7 size=10KB", stream=True)
        assert len(text_of(d, a, True)[0]) == 10240
        assert a.body.count(b"quick brown") >= 100
    a = ask(sim, "claude", "events=7 size=100", stream=True)
    assert sum(n == "content_block_delta" for n, _ in a.events()) == 7
    a = ask(sim, "claude", "events=3 text=ab stamp", stream=True)
    text = text_of("claude", a, True)[0]
    assert len(re.findall(r"t=\d+ ", text)) == 3
    assert abs(int(re.search(r"t=(\d+) ", text).group(1)) - time.monotonic() * 1e6) < 60e6
    assert len(ask(sim, "chat", "size=10MB").json()["choices"][0]["message"]["content"]) == 10 << 20


@test
def use_a_tool_and_tell_its_result(sim):
    schema = {"type": "object", "properties": {"path": {"type": "string"}, "n": {"type": "integer"},
                                               "mode": {"enum": ["a", "b"]}}, "required": ["path", "n", "mode"]}
    tools = {
        "claude": [{"name": "other", "input_schema": {}}, {"name": "Read", "input_schema": schema}],
        "chat": [{"type": "function", "function": {"name": "Read", "parameters": schema}}],
        "responses": [{"type": "function", "name": "Read", "parameters": schema}],
        "gemini": [{"functionDeclarations": [{"name": "Read", "parametersJsonSchema": schema}]}],
    }
    for d, s in each():
        a = ask(sim, d, None, "please use Read now", s, {"tools": tools[d]})
        assert text_of(d, a, s)[2] == [("Read", {"path": "sim", "n": 1, "mode": "a"})], (d, s)
    u = "use Read"
    talks = {
        "claude": {"messages": [
            {"role": "user", "content": [{"type": "text", "text": u}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t",
                                          "content": [{"type": "text", "text": "RES\u00dcLT"}]}]}]},
        "chat": {"messages": [
            {"role": "user", "content": u},
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function",
                                                  "function": {"name": "Read", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "RES\u00dcLT"}]},
        "responses": {"input": [
            {"role": "user", "content": [{"type": "input_text", "text": u}]},
            {"type": "function_call", "call_id": "c", "name": "Read", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "RES\u00dcLT"}]},
        "gemini": {"contents": [
            {"role": "user", "parts": [{"text": u}]},
            {"role": "model", "parts": [{"functionCall": {"name": "Read", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "Read",
                                                             "response": {"output": "RES\u00dcLT"}}}]}]},
    }
    for d, s in each():
        a = ask(sim, d, None, "x", s, {"tools": tools[d], **talks[d]})
        text, _, calls, _, _ = text_of(d, a, s)
        assert ("RES\u00dcLT" in text or "RES\\u00dcLT" in text) and not calls, (d, s, text)


@test
def directives_in_the_prompt_and_turns(sim):
    for d, s in each():
        p = "go [[sim: text='from the prompt' tool=f args={\"a\":[[\"]]\"]]}]] on"
        text, _, tools, _, _ = text_of(d, ask(sim, d, "text=header", p, s), s)
        assert text == "from the prompt" and tools == [("f", {"a": [["]]"]]})], (d, s, text, tools)
    talk = [{"role": "user", "content": "[[sim: tool=a then tool=b then text=fin]]"}]
    for want in ("a", "b"):
        a = ask(sim, "claude", extra={"messages": talk}).json()
        assert [b["name"] for b in a["content"]] == [want]
        talk.append({"role": "assistant", "content": a["content"]})
        talk.append({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": a["content"][0]["id"], "content": "ok"},
            {"type": "text", "text": "<system-reminder>not a prompt</system-reminder>"}]})
    assert ask(sim, "claude", extra={"messages": talk}).json()["content"][0]["text"] == "fin"
    assert ask(sim, "claude", "nosuchword=1").status == 400


@test
def errors_have_the_shape_of_their_dialect(sim):
    for status, claude, gemini in ((400, "invalid_request_error", "INVALID_ARGUMENT"),
                                   (429, "rate_limit_error", "RESOURCE_EXHAUSTED"),
                                   (503, "overloaded_error", "UNAVAILABLE"),
                                   (529, "overloaded_error", "UNAVAILABLE")):
        for s in (False, True):
            play = "status=%d retry-after=7 header='X-A: b c'" % status
            a = ask(sim, "claude", play, stream=s)
            assert a.status == status and a.json()["type"] == "error"
            assert a.json()["error"]["type"] == claude and a.header("Retry-After") == "7"
            assert a.header("X-A") == "b c" and a.header("request-id").startswith("req_")
            a = ask(sim, "gemini", play, stream=s).json()["error"]
            assert (a["code"], a["status"]) == (status, gemini)
            assert a["details"][0]["retryDelay"] == "7s"
            for d in ("chat", "responses"):
                assert set(ask(sim, d, play, stream=s).json()["error"]) == {"message", "type", "param", "code"}
    a = ask(sim, "chat", "error=invalid_request_error/context_length_exceeded:'too long'")
    assert a.status == 400 and a.json()["error"]["code"] == "context_length_exceeded"
    assert a.json()["error"]["message"] == "too long"
    assert ask(sim, "claude", "status=599").status == 599
    assert ask(sim, "claude", "status=204", until_close=False).body == b""


@test
def error_events_in_streams(sim):
    for after in (0, 4):
        play = "errevent=overloaded_error:Busy errafter=%d size=200" % after
        a = ask(sim, "claude", play, stream=True)
        assert a.status == 200 and a.events()[-1][0] == "error" and b"message_stop" not in a.body
        assert json.loads(a.events()[-1][1])["error"] == {"type": "overloaded_error", "message": "Busy"}
        assert len(a.events()) == after + 1
        a = ask(sim, "chat", play, stream=True)
        assert json.loads(a.events()[-1][1])["error"]["message"] == "Busy" and b"[DONE]" not in a.body
        a = ask(sim, "responses", play, stream=True)
        last = json.loads(a.events()[-1][1])
        assert last["type"] == "response.failed" and last["response"]["error"]["code"] == "overloaded_error"
        a = ask(sim, "gemini", play, stream=True)
        assert json.loads(a.events()[-1][1])["error"]["status"] == "UNAVAILABLE"
        a = ask(sim, "gemini", play + " bareerror", stream=True)
        assert json.loads(a.body.split(b"\r\n\r\n")[-1])["error"]["code"] == 503
        a = ask(sim, "responses", play + " bareerror", stream=True)
        assert a.events()[-1][0] == "error"


@test
def cuts_and_resets(sim):
    for d, s in each():
        for n in (0, 1, 60):
            a = ask(sim, d, "cut=%d text=hello" % n, stream=s, until_close=True)
            # a chunked body's first chunk is announced whole and then broken
            body = a.body if a.header("Transfer-Encoding") else a.wire
            assert len(body) == n and a.ended == "eof" and a.status == 200 and not a.whole, (d, s, n, a.raw)
    a = ask(sim, "claude", "cutevent=3", stream=True, until_close=True)
    assert len(a.events()) == 3 and a.ended == "eof" and not a.whole
    a = ask(sim, "claude", "cutevent=3 reset", stream=True, until_close=True)
    assert len(a.events()) == 3 and a.ended == "reset"
    assert ask(sim, "claude", "drop", until_close=True).raw == b""
    assert ask(sim, "claude", "drop reset", until_close=True).ended == "reset"


@test
def stalls(sim):
    a = ask(sim, "claude", "stall=100", stream=True, timeout=2)
    assert len(a.body) == 100 and a.ended == "timeout"
    a = ask(sim, "claude", "stallevent=2", stream=True, timeout=2)
    assert len(a.events()) == 2 and a.ended == "timeout"
    a = ask(sim, "claude", "stall=10", timeout=2)
    assert len(a.wire) == 10 and a.ended == "timeout"


@test
def delays_and_pace(sim):
    def took(play, **how):
        began = time.monotonic()
        a = ask(sim, "chat", play, stream=True, **how)
        assert a.whole
        return time.monotonic() - began
    assert took("text=x delay=200") >= 0.2
    assert took("text=x first=200") >= 0.2
    assert took("events=4 pace=50") >= 0.28  # start, 4 deltas, finish, [DONE]
    a = ask(sim, "chat", "first=60000 text=x", stream=True, timeout=1.5)
    assert a.status == 200 and a.body == b""


@test
def strange_framing(sim):
    whole = ask(sim, "chat", "text=hello", stream=True)
    for play in ("drip", "drip=1", "chunk=1", "each", "chunk=7 each"):
        a = ask(sim, "chat", "text=hello " + play, stream=True, timeout=60)
        assert [d for d in a.data() if d["choices"][0]["delta"].get("content")], play
        assert len(a.body) == len(whole.body) and a.whole
    a = ask(sim, "chat", "text=hello close", stream=True)
    assert a.ended == "eof" and a.header("Content-Length") is None and len(a.body) == len(whole.body)
    a = ask(sim, "chat", "text=hello wronglength=-5", until_close=True, timeout=2)
    assert int(a.header("Content-Length")) == len(a.wire) - 5
    a = ask(sim, "chat", "text=hello wronglength=5", until_close=True, timeout=2)
    assert int(a.header("Content-Length")) == len(a.wire) + 5
    a = ask(sim, "chat", "badchunk text=hello header=X:1", timeout=2)
    assert a.status == 200
    raw = ask_raw(sim, "badchunk", True)
    assert re.search(rb"\r\n\r\nZ", raw)
    for play in ("gzip", "gzip drip"):
        for s in (False, True):
            a = ask(sim, "chat", "text=hello " + play, stream=s, timeout=60)
            assert a.header("Content-Encoding") == "gzip"
            assert b"hello" in gzip.decompress(a.body)
    a = ask(sim, "chat", "continues=3 junkheaders=300 bigheader=70000 text=x")
    assert a.raw.count(b"100 Continue") == 3 and a.header("X-Junk-299") == "299"
    assert len(a.header("X-Big")) == 70000
    a = ask(sim, "chat", r'header="X-Nul: a\0b" header="X-Hex: \x01" text=x')
    assert b"X-Nul: a\0b\r\n" in a.raw and b"X-Hex: \x01\r\n" in a.raw


def ask_raw(sim, play, stream):
    body = json.dumps({"model": "m", "stream": stream, "messages": []}).encode()
    with connect(sim) as s:
        s.sendall(request_bytes("POST", PATHS["chat"], body, [("x-sim", play)]))
        s.settimeout(2)
        raw = b""
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    return raw
                raw += piece
        except (TimeoutError, socket.timeout):
            return raw


@test
def strange_streams(sim):
    plain = ask(sim, "claude", "text=hello", stream=True)
    a = ask(sim, "claude", "text=hello crlf", stream=True)
    assert b"\r\n\r\n" in a.body and a.body.count(b"\n") == a.body.count(b"\r\n")
    a = ask(sim, "claude", "text=hello bom", stream=True)
    assert a.body.startswith(b"\xef\xbb\xbfevent") and a.body.count(b"\xef\xbb\xbf") == 1
    a = ask(sim, "claude", "text=hello comments", stream=True)
    assert a.body.count(b": comment") == len(plain.events()) == len(a.events())
    a = ask(sim, "claude", "text=hello noblank", stream=True)
    assert a.body.endswith(b'{"type":"message_stop"}\n') and a.whole
    a = ask(sim, "claude", "text=hello pings=3", stream=True)
    assert [n for n, _ in a.events()][:4] == ["message_start", "ping", "ping", "ping"]
    for d, last in (("claude", "message_stop"), ("chat", "[DONE]"), ("responses", "response.completed"),
                    ("gemini", "finishReason")):
        assert last.encode() in ask(sim, d, "text=x", stream=True).body
        a = ask(sim, d, "text=x nodone", stream=True)
        assert last.encode() not in a.body and a.whole, d
    a = ask(sim, "claude", "text=x nofinish", stream=True)
    assert a.events()[-1][0] == "content_block_stop"
    a = ask(sim, "claude", "think=x nosignature", stream=True)
    assert b"signature_delta" not in a.body
    a = ask(sim, "chat", "tool=f frag=1 args={} badtool", stream=True)
    assert a.body.count(b'"name":"f"') == 3


@test
def bodies_that_are_not_what_was_asked(sim):
    a = ask(sim, "chat", "json text=x", stream=True)
    assert a.header("Content-Type") == "application/json" and a.json()["object"] == "chat.completion"
    for d in PATHS:
        a = ask(sim, d, "sse text=x")
        assert a.header("Content-Type").startswith("text/event-stream") and a.events(), d
    a = ask(sim, "chat", "html status=502")
    assert a.status == 502 and a.header("Content-Type").startswith("text/html")
    a = ask(sim, "chat", "html", stream=True)
    assert a.status == 200 and b"<html>" in a.body
    a = ask(sim, "chat", "empty")
    assert a.status == 200 and a.header("Content-Length") == "0"
    a = ask(sim, "chat", "empty", stream=True)
    assert a.body == b"" and a.whole and a.header("Content-Type").startswith("text/event-stream")
    assert len(ask(sim, "chat", "garbage=1000").body) == 1000
    a = ask(sim, "chat", "flood=1MB", stream=True, timeout=60)
    assert a.body.startswith(b"data: ") and len(a.body) > 1 << 20 and a.body.count(b"\n") == 0
    assert ask(sim, "chat", r'body="{\"x\": 1}"').json() == {"x": 1}
    path = os.path.join(TMP, "r.sse")
    with open(path, "wb") as f:
        f.write(b"data: {\"a\":1}\n\ndata: {\"b\":2}\r\n\r\ndata: [DONE]\n\n")
    a = ask(sim, "chat", "raw=%s pace=20" % path, stream=True)
    with open(path, "rb") as f:
        assert a.body == f.read() and a.whole
    assert len(ask(sim, "chat", "raw=%s cutevent=2" % path, stream=True, until_close=True).events()) == 2
    assert ask(sim, "chat", "raw=/nonexistent").status == 500


@test
def gemini_array_form(sim):
    a = call(sim, "POST", "/v1beta/models/m1:streamGenerateContent", {"contents": []}, "text='a b c' tool=f")
    assert a.header("Content-Type") == "application/json"
    text, _, tools, stop, _ = read_gemini(a, True)
    assert (text, tools, stop) == ("a b c", [("f", {})], "STOP")
    a = call(sim, "POST", "/v1beta/models/m1:streamGenerateContent", {"contents": []},
             "text=x errevent=x:Oops errafter=1")
    assert a.json()[-1]["error"]["message"] == "Oops"


@test
def counting_compaction_and_models(sim):
    m = {"model": "m", "messages": [{"role": "user", "content": "x" * 400}]}
    assert call(sim, "POST", "/v1/messages/count_tokens", m).json()["input_tokens"] > 100
    a = call(sim, "POST", "/v1/responses/input_tokens", {"model": "m", "input": "x"}, "usage=7,1")
    assert a.json() == {"object": "response.input_tokens", "input_tokens": 7}
    a = call(sim, "POST", "/v1beta/models/g:countTokens", {"contents": []}, "usage=7,1")
    assert a.json()["totalTokens"] == 7
    a = call(sim, "POST", "/v1/responses/compact", {"model": "m", "input": "hello"}).json()
    assert a["object"] == "response.compaction" and a["output"][-1]["type"] == "compaction"
    a = call(sim, "GET", "/v1/models", headers=[("anthropic-version", "1")], play="models=a,b").json()
    assert [x["id"] for x in a["data"]] == ["a", "b"] and a["last_id"] == "b" and not a["has_more"]
    a = call(sim, "GET", "/v1/models", headers=[("Authorization", "Bearer k")]).json()
    assert a["object"] == "list" and a["data"][0]["object"] == "model"
    a = call(sim, "GET", "/v1beta/models", headers=[("x-goog-api-key", "k")]).json()
    assert a["models"][0]["name"] == "models/sim-small"
    assert call(sim, "GET", "/v1/models/foo").json()["id"] == "foo"
    assert call(sim, "GET", "/v1beta/models/foo").json()["name"] == "models/foo"


@test
def paths_with_and_without_prefix(sim):
    for path in ("/messages", "/a/b/v1/messages?beta=true"):
        assert call(sim, "POST", path, {"model": "m", "messages": []}).json()["type"] == "message"
    for path in ("/chat/completions", "/openai/v1/chat/completions"):
        assert call(sim, "POST", path, {"model": "m"}).json()["object"] == "chat.completion"
    a = call(sim, "POST", "/v1alpha/models/a%2Fb:c:generateContent", {"contents": []})
    assert a.json()["modelVersion"] == "a/b:c"
    a = call(sim, "POST", "/v1/projects/p/locations/l/publishers/google/models/g:generateContent", {"contents": []})
    assert a.json()["modelVersion"] == "g"
    assert call(sim, "POST", "/nowhere", {}).status == 404
    assert call(sim, "GET", "/").status == 200
    assert call(sim, "HEAD", "/", until_close=False, timeout=2).status == 200


@test
def broken_requests_are_refused(sim):
    for body in (b"", b"{", b'{"a":1}x', b"[1]", b'{"a":01}', b'{"a":"\n"}', b'{"a":1,}', b'{"a":nul}', b'{"a" 1}'):
        assert call(sim, "POST", "/v1/messages", body).status == 400, body
    for good in (b' {"a":[{}, [], -1.5e+3, "\\u00e4\\"", true, null]} \n', b"{}"):
        assert call(sim, "POST", "/v1/messages", good).status == 200, good
    for head in (b"GET /\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\r\n\r\n", b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"):
        with connect(sim) as s:
            s.sendall(head)
            assert receive(s).status == 400, head


@test
def chunked_requests_and_pipelining(sim):
    body = b'{"model":"m","messages":[{"role":"user","content":"chunky"}]}'
    chunked = b"".join(b"%x;ext=1\r\n%s\r\n" % (1, body[i:i + 1]) for i in range(len(body))) + b"0\r\nT: r\r\n\r\n"
    with connect(sim) as s:
        head = b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        for i in range(0, len(head + chunked), 7):
            s.sendall((head + chunked)[i:i + 7])
        assert "chunky" in receive(s).json()["content"][0]["text"]
        s.sendall(request_bytes("POST", "/v1/messages", body) * 20)
        raw = b""
        while raw.count(b"chunky") < 20:
            raw += s.recv(65536)
        assert raw.count(b"HTTP/1.1 200 OK") == 20
        s.sendall(request_bytes("POST", "/v1/messages", body, [("Expect", "100-continue")])[:-len(body)])
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(body)
        assert receive(s).status == 200
    with connect(sim) as s:
        s.sendall(b"POST /v1/messages HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        a = receive(s, until_close=True)
        assert a.ended == "eof" and a.json()["type"] == "message"


@test
def answers_before_the_body_and_closes_in_it(sim):
    body = b'{"model":"m","messages":[]}' + b" " * 1000000
    raw = request_bytes("POST", "/v1/messages", body, [("x-sim", "early status=413")])
    with connect(sim) as s:
        s.sendall(raw[:3000])
        a = receive(s)
        assert a.status == 413 and a.header("Connection") == "close"
    raw = request_bytes("POST", "/v1/messages", body, [("x-sim", "eatbody=2000 reset")])
    with connect(sim) as s:
        s.sendall(raw[:1000])
        assert receive(s, timeout=0.2).ended == "timeout"
        s.sendall(raw[1000:4000])
        assert receive(s).ended in ("reset", "eof")


@test
def script_rules_and_counters(sim):
    script = b"""# a comment
model=alpha times=2 status=500
model=alpha \\
   text='third time'
key=k1 nth=2 status=429
path=/v1/responses dialect=responses every=2 status=503
prompt=needle text=found
key=early early status=413
has-header=anthropic-beta~new status=418
has-member=tools.function.strict status=422
has-member=metadata.a status=451
"""
    assert call(sim, "POST", "/sim/script", script).json()["ok"]
    def one(model="m", **how):
        return ask(sim, "chat", extra={"model": model}, **how)
    assert [one("alpha").status for _ in range(3)] == [500, 500, 200]
    assert b"third time" in one("alpha").body
    assert [one(headers=[("Authorization", "Bearer k1")]).status for _ in range(3)] == [200, 429, 200]
    assert [ask(sim, "responses").status for _ in range(4)] == [200, 503, 200, 503]
    assert b"found" in one(prompt="a needle here").body
    assert one(headers=[("x-api-key", "early")]).status == 413
    assert one(headers=[("anthropic-beta", "old, new-1")]).status == 418
    assert one(headers=[("anthropic-beta", "old")]).status == 200
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    assert ask(sim, "chat", extra={"tools": [tool]}).status == 200
    strict = {"type": "function", "function": dict(tool["function"], strict=True)}
    assert ask(sim, "chat", extra={"tools": [tool, strict]}).status == 422
    assert ask(sim, "chat", extra={"metadata": {"a": "1"}}).status == 451
    assert ask(sim, "chat", extra={"metadata": {"b": "1"}}).status == 200
    assert b"by header" in one("alpha", play="text='by header'").body
    assert call(sim, "POST", "/sim/reset").json()["ok"]
    assert one("alpha").status == 500
    a = call(sim, "POST", "/sim/script", b"nosuch=1")
    assert a.status == 400 and "line 1: nosuch" in a.json()["error"]
    assert call(sim, "POST", "/sim/script", b"").json()["ok"]
    assert one("alpha").status == 200
    assert [one(play="times=2 status=502").status for _ in range(3)] == [502, 502, 200]
    assert [one(prompt="[[sim: nth=2 status=502]]").status for _ in range(3)] == [200, 502, 200]


@test
def statistics_and_clients_that_leave(sim):
    call(sim, "POST", "/sim/reset")
    ask(sim, "claude")
    with connect(sim) as s:
        body = b'{"model":"m","stream":true,"messages":[]}'
        s.sendall(request_bytes("POST", "/v1/messages", body, [("x-sim", "stallevent=1")]))
        receive(s, timeout=0.5)
    stats = until(lambda: (lambda x: x if x["gone"] else None)(call(sim, "GET", "/sim/stats").json()))
    assert stats["paths"]["/v1/messages"] == 2 and stats["gone"] == 1
    assert len(stats["cancelled"]) == 1 and stats["cancelled"][0]["after_ms"] > 0
    assert stats["busy"] == 1 and stats["peak_busy"] >= 1


@test
def log_is_byte_exact(sim):
    log = os.path.join(TMP, "exact.log")
    own = Sim("--log", log)
    body = '{ "model" : "m",\t"x":"\u00e4\\u0000\\"\u20ac\U0001f600", "messages":[]}'.encode()
    headers = [("X-B", "1"), ("x-a", "  two  words"), ("X-B", "2"), ("X-Latin", "\xe4")]
    call(own, "POST", "/v1/messages?a=%20b", body, headers=headers)
    binary = bytes(range(256))
    call(own, "POST", "/v1/messages", binary)
    with connect(own) as s:
        s.sendall(request_bytes("POST", "/v1/messages", body, [("x-sim", "delay=5000")]))
        until(lambda: read(log).count('"ev":"request"') == 3)
        time.sleep(0.2)
    until(lambda: '"ev":"gone"' in read(log))
    assert own.stop() == 0
    with open(log, encoding="utf-8") as f:
        lines = [json.loads(x) for x in f]
    first = lines[0]
    assert (first["ev"], first["method"], first["target"]) == ("request", "POST", "/v1/messages?a=%20b")
    assert first["headers"] == [["Host", "sim"], ["X-B", "1"], ["x-a", "two  words"], ["X-B", "2"],
                                ["X-Latin", "\xe4"], ["Content-Length", str(len(body))]]
    assert first["body"].encode() == body
    assert abs(first["t"] - time.time() * 1000) < 60000 and first["conn"] == 1 and first["req"] == 1
    assert (lines[1]["ev"], lines[1]["status"]) == ("done", 200) and lines[1]["bytes"] > 100
    assert base64.b64decode(lines[2]["body64"]) == binary
    assert lines[-1]["ev"] == "gone" and lines[-1]["after_ms"] >= 150


@test
def keys_and_default_play(sim):
    own = Sim("--key", "k1", "--key", "k2", "--play", "text='by default'", "--models", "x,y", "--threads", "2")
    for header in (("x-api-key", "k1"), ("Authorization", "Bearer k2"), ("x-goog-api-key", "k1"), ("api-key", "k1")):
        assert b"by default" in ask(own, "claude", headers=[header]).body, header
    assert ask(own, "gemini", headers=[("x-goog-api-key", "k2")]).status == 200
    for d in PATHS:
        a = ask(own, d, headers=[("x-api-key", "wrong")])
        assert a.status == 401 and "error" in a.json(), d
    assert ask(own, "claude").json()["error"]["type"] == "authentication_error"
    a = call(own, "GET", "/v1/models", headers=[("Authorization", "Bearer k1")]).json()
    assert [m["id"] for m in a["data"]] == ["x", "y"]
    assert own.stop() == 0


@test
def many_clients_at_once(sim):
    body = b'{"model":"m","stream":true,"messages":[]}'
    play = [("x-sim", "events=10 pace=10 stamp")]
    all_of_them = [connect(sim) for _ in range(200)]
    for s in all_of_them:
        s.sendall(request_bytes("POST", "/v1/messages", body, play))
    for s in all_of_them:
        a = receive(s, timeout=60)
        assert a.whole and sum(n == "content_block_delta" for n, _ in a.events()) == 10
        s.close()


@test
def tls(sim):
    cert, key = os.path.join(TMP, "c.pem"), os.path.join(TMP, "k.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                           "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
                          capture_output=True, check=False) if has_openssl() else None
    if not made or made.returncode:
        return "skipped: no openssl"
    own = Sim("--tls", cert, key)
    context = ssl.create_default_context(cafile=cert)
    context.check_hostname = False
    context.set_alpn_protocols(["h2", "http/1.1"])
    body = b'{"model":"m","stream":true,"messages":[]}'
    with context.wrap_socket(connect(own)) as s:
        assert s.selected_alpn_protocol() == "http/1.1"
        for play in ("size=300KB", "events=5 pace=5", "drip text=x"):
            s.sendall(request_bytes("POST", "/v1/messages", body, [("x-sim", play)]))
            assert receive(s, timeout=60).whole, play
    assert own.stop() == 0
    return None


def has_openssl():
    try:
        subprocess.run(["openssl", "version"], capture_output=True, check=True)
        return True
    except OSError:
        return False


@test
def the_load_client(sim):
    if not LOAD:
        return "skipped: no claude-proxy-load given"
    def load(mode, *args):
        r = subprocess.run([LOAD, mode, "http://127.0.0.1:%d/v1/messages" % sim.port, *args],
                           capture_output=True, text=True, check=False, timeout=60)
        return r.returncode, json.loads(r.stdout)
    data = ("--data", '{"model":"m","stream":true,"messages":[]}')
    rc, r = load("requests", "--count", "500", "--connections", "8", "--header", "x-sim: json", *data)
    assert rc == 0 and r["done"] >= 500 and r["failed"] == 0, r
    rc, r = load("streams", "--connections", "50", "--stamps", "12", "--events", "17",
                 "--header", "x-sim: events=12 pace=10 stamp chunk=5", *data)
    assert rc == 0 and r["done"] == 50 and r["lost"] == 0 and r["stamps"] == 600 and r["events"] == 850, r
    rc, r = load("streams", "--connections", "5", "--stamps", "12", "--header", "x-sim: events=12 stamp cutevent=6", *data)
    assert rc == 1 and r["failed"] == 5 and r["cut"] == 5 and r["lost"] == 5 * 8, r
    rc, r = load("requests", "--count", "5", "--connections", "1", "--header", "x-sim: status=500", *data)
    assert rc == 1 and r["bad_status"] == 5, r
    return None


def strict(sim, dialect, body, status=400, words="", play="strict"):
    target = PATHS[dialect]
    if "%s" in target:
        target = (target % "generateContent").replace("m1", body.pop("model", "m1"))
    a = call(sim, "POST", target, body, play)
    assert a.status == status, (a.status, a.body[:400])
    if status != 200:
        assert words in a.json()["error"]["message"], a.body
    return a


@test
def strict_claude(sim):
    base = {"model": "m", "max_tokens": 9}
    user, use = {"role": "user", "content": "hi"}, {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    called = {"role": "assistant", "content": [use]}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "r"}
    for more, words in (
            ({"messages": []}, "at least one"),
            ({"messages": [user], "foo": 1}, "foo: Extra inputs"),
            ({"messages": [user, called]}, "without `tool_result`"),
            ({"messages": [user, called, user]}, "without `tool_result`"),
            ({"messages": [user, called, {"role": "user", "content": [{"type": "text", "text": "x"}, result]}]}, "without `tool_result`"),
            ({"messages": [{"role": "user", "content": [result]}]}, "unexpected `tool_use_id`"),
            ({"messages": [called]}, "first message"),
            ({"messages": [user, {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": "gw1.x"}]}]},
             "Invalid `signature`"),
            ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "non-empty"),
            ({"messages": [user], "tool_choice": {"type": "any"}}, "tools"),
            ({"messages": [user], "tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "pattern"),
            ({"messages": [user], "temperature": 1.5}, "temperature"),
            ({"messages": [user], "thinking": {"type": "enabled", "budget_tokens": 2000}}, "greater than"),
    ):
        strict(sim, "claude", {**base, **more}, words=words)
    good = {**base, "messages": [user, called, {"role": "user", "content": [result, {"type": "text", "text": "go"}]}]}
    strict(sim, "claude", good, 200)
    strict(sim, "claude", {"model": "m", "messages": []}, 200, play="text=x")


@test
def strict_chat(sim):
    user = {"role": "user", "content": "hi"}
    call_a = {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
    tool = {"role": "tool", "tool_call_id": "a", "content": "r"}
    for more, words in (
            ({"messages": []}, "empty array"),
            ({"messages": [user], "foo": 1}, "Unrecognized request argument"),
            ({"messages": [user, call_a]}, "must be followed by tool messages"),
            ({"messages": [user, call_a, user, tool]}, "must be followed by tool messages"),
            ({"messages": [user, tool]}, "must be a response to"),
            ({"messages": [user, {"role": "assistant", "content": None}]}, "got null"),
            ({"messages": [user], "parallel_tool_calls": False}, "only allowed when 'tools'"),
            ({"messages": [user], "stream_options": {"include_usage": True}}, "stream_options"),
            ({"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, "Invalid value: 'input_text'"),
            ({"messages": [user], "response_format": {"type": "json_object"}}, "json"),
    ):
        strict(sim, "chat", {"model": "m", **more}, words=words)
    strict(sim, "chat", {"model": "m", "messages": [user, call_a, tool, user]}, 200)


@test
def strict_responses(sim):
    fc = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
    out = {"type": "function_call_output", "call_id": "a", "output": "r"}
    rs = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAx"}
    for more, words in (
            ({}, "Missing required parameter: 'input'"),
            ({"input": "x", "stop": ["x"]}, "Unknown parameter: 'stop'"),
            ({"input": [fc]}, "No tool output found"),
            ({"input": [out]}, "No tool call found"),
            ({"input": [{**rs, "encrypted_content": "gw1.c"}, fc, out]}, "could not be verified"),
            ({"input": [rs, {"role": "user", "content": "x"}]}, "without its required following item"),
            ({"input": "x", "max_output_tokens": 5}, "below minimum"),
            ({"input": "x", "previous_response_id": "resp_nope"}, "not found"),
            ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "not found"),
            ({"input": [{**fc, "id": "x1"}, out]}, "begins with 'fc'"),
            ({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}, "Invalid value"),
            ({"input": "x", "tools": [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}]}, "additionalProperties"),
    ):
        strict(sim, "responses", {"model": "m", **more}, words=words)
    strict(sim, "responses", {"model": "m", "input": [rs, fc, out]}, 200)


@test
def strict_gemini(sim):
    user, fc = {"role": "user", "parts": [{"text": "hi"}]}, {"functionCall": {"name": "f", "args": {}}}
    fr = {"functionResponse": {"name": "f", "response": {"output": "r"}}}
    def turn(role, *parts):
        return {"role": role, "parts": list(parts)}
    for more, words in (
            ({"contents": []}, "contents is not specified"),
            ({"contents": [user], "foo": 1}, 'Unknown name "foo"'),
            ({"contents": [user, turn("model", fc), turn("user", fr, fr)]}, "number of function response parts"),
            ({"contents": [user, turn("model", fc), user]}, "number of function response parts"),
            ({"contents": [turn("model", fc), turn("user", fr)]}, "immediately after a user turn"),
            ({"contents": [turn("user")]}, "must not be empty"),
            ({"contents": [turn("user", {})]}, "one initialized field"),
            ({"contents": [turn("user", {"text": "x", "foo": 1})]}, 'Unknown name "foo"'),
            ({"contents": [user, turn("model", {**fc, "thoughtSignature": "gAAAAx"}), turn("user", fr)]}, "signature"),
            ({"contents": [user, turn("model", fc), turn("user", fr)], "model": "gemini-3-pro"}, "missing a thought_signature"),
            ({"contents": [user], "generationConfig": {"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "LOW"}}}, "thinking"),
            ({"contents": [user], "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "object", "additionalProperties": False}}]}]},
             'Unknown name "additionalProperties"'),
            ({"contents": [user], "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "object", "properties": {}}}]}]}, "non-empty"),
    ):
        strict(sim, "gemini", dict(more), words=words)
    strict(sim, "gemini", {"contents": [user, turn("model", fc, fc), turn("user", fr, fr, {"text": "go"})]}, 200)


@test
def answers_that_are_kept(sim):
    a = ask(sim, "responses", "text=one", prompt="first words").json()
    path = "/v1/responses/" + a["id"]
    assert call(sim, "GET", path).json()["output"][0]["content"][0]["text"] == "one"
    assert call(sim, "GET", path + "/input_items").json()["data"][0]["content"] == "first words"
    b = call(sim, "POST", "/v1/responses", {"model": "m", "previous_response_id": a["id"], "input": "second"}, "strict").json()
    assert b["previous_response_id"] == a["id"]
    c = ask(sim, "responses", "tool=f").json()
    output = {"type": "function_call_output", "call_id": c["output"][0]["call_id"], "output": "the result"}
    d = call(sim, "POST", "/v1/responses", {"model": "m", "previous_response_id": c["id"], "input": [output]}, "strict")
    assert d.status == 200 and "the result" in d.json()["output"][0]["content"][0]["text"], d.body
    assert call(sim, "DELETE", path).json()["deleted"] is True
    assert call(sim, "GET", path).status == 404 and call(sim, "DELETE", path).status == 404
    e = call(sim, "POST", "/v1/responses", {"model": "m", "store": False, "input": "x"}).json()
    assert call(sim, "GET", "/v1/responses/" + e["id"]).status == 404


@test
def custom_tools_refusals_and_compaction(sim):
    tools = {"chat": [{"type": "custom", "custom": {"name": "p"}}], "responses": [{"type": "custom", "name": "p"}]}
    for stream in (False, True):
        a = ask(sim, "chat", "tool=p args='free text'", stream=stream, extra={"tools": tools["chat"]})
        if stream:
            calls = [t for d in a.data() for ch in d["choices"] for t in ch["delta"].get("tool_calls", [])]
            assert "".join(t["custom"].get("input", "") for t in calls) == "free text" and calls[0]["type"] == "custom", calls
        else:
            assert a.json()["choices"][0]["message"]["tool_calls"][0]["custom"] == {"name": "p", "input": "free text"}
        a = ask(sim, "responses", "tool=p args='free text'", stream=stream, extra={"tools": tools["responses"]})
        item = a.data()[-1]["response"]["output"][0] if stream else a.json()["output"][0]
        assert item["type"] == "custom_tool_call" and item["input"] == "free text" and item["id"].startswith("ctc_"), item
        a = ask(sim, "responses", "refusal=no", stream=stream)
        item = a.data()[-1]["response"]["output"][0] if stream else a.json()["output"][0]
        assert item["content"] == [{"type": "refusal", "refusal": "no"}], item
    assert ask(sim, "chat", "refusal=no").json()["choices"][0]["message"]["refusal"] == "no"
    assert ask(sim, "claude", "refusal=no").json()["stop_details"]["explanation"] == "no"
    assert ask(sim, "gemini", "refusal=no").json()["candidates"][0]["finishMessage"] == "no"
    a = call(sim, "POST", "/v1/responses", {"model": "m", "stream": True, "input": [{"role": "user", "content": "x"}, {"type": "compaction_trigger"}]})
    assert [i["type"] for i in a.data()[-1]["response"]["output"]] == ["compaction"], a.body


def main():
    sim = Sim()
    failed = 0
    for f in TESTS:
        name = f.__name__.replace("_", " ")
        try:
            note = f(sim)
            print("ok - %s%s" % (name, " # " + note if note else ""))
        except Exception as e:  # a test that fails must not keep the others from running
            failed += 1
            line = e.__traceback__.tb_next.tb_lineno if e.__traceback__.tb_next else 0
            print("not ok - %s # line %d: %s %s" % (name, line, type(e).__name__, str(e)[:300]))
    status = sim.stop()
    print("%s - ends cleanly on SIGTERM" % ("ok" if status == 0 else "not ok"))
    print("1..%d" % (len(TESTS) + 1))
    sys.exit(1 if failed or status else 0)


main()
