# SPDX-License-Identifier: MIT
"""contrib/ollama: built and checked with nothing but what is installed, then asked by clients of all APIs through a gateway."""
import copy
import functools
import json
import os
import socket

from fake_ollama import Ollama
from installed import Installed

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CONF = """
fuzzy = false;
scheduler: {{ waits = 0; }};
client_keys = [ "client-CANARY-of-a-colleague" ];
"""
HOMES = """
channels = (
  {{ id = "dead"; dialect = "ollama"; base_url = "{dead}"; allow_private = true; keyless = true; models = [ "fallback=talk" ]; only = [ "fallback" ]; priority = 1; }},
  {{ id = "home"; dialect = "ollama"; base_url = "{home}"; allow_private = true; keys = [ "key-CANARY-ollama" ]; priority = 2;
     models = [ "fallback=talk" ]; options: {{ num_ctx = 32768; }}; }}
);
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@functools.lru_cache(maxsize=None)
def built(tools):
    """Once, whatever becomes of the gateways: (what is installed, what the check said)."""
    installed = Installed(tools)
    folder = installed.copy(f"{tools.source}/contrib/ollama", "ollama")
    installed.make(folder, "-j2", "CFLAGS=-O1 -g -Werror")
    said = installed.make(folder, "check", "FUZZ=2")
    installed.make(folder, "install")
    return installed, said


def prepare(g):
    g.fake = Ollama()
    g.installed, g.checked = built(g.tools)
    g.tools = copy.copy(g.tools)
    g.tools.gateway, g.tools.plugins = g.installed.gateway, g.installed.plugins
    channels = HOMES.replace("{dead}", f"http://127.0.0.1:{free_port()}").replace("{home}", g.fake.url)
    g.configure(CONF, channels)


# ---- how each API asks, and what its answer says ----------------------------------------------------------------------


def data_of(text):
    return [json.loads(line[6:]) for line in text.replace("\r", "").split("\n") if line.startswith("data: ") and line != "data: [DONE]"]


class Said(dict):
    """text, thinking, tools [(name, arguments)], stop, prompt, output, error."""

    def __init__(self):
        super().__init__(text="", thinking="", tools=[], stop=None, prompt=None, output=None, error=None)
        self.__dict__ = self


class Messages:
    name = "messages"
    stops = {"turn": "end_turn", "length": "max_tokens", "tool": "tool_use"}

    def request(self, model, parts, stream, **more):
        content = [{"type": "text", "text": p} if isinstance(p, str) else {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": p[0]}}
                   for p in parts]
        body = {"model": model, "max_tokens": 100, "stream": stream, "system": "Be kind.", "messages": [{"role": "user", "content": content}]}
        if more.get("tool"):
            body["tools"] = [{"name": more["tool"], "description": "The weather", "input_schema": SCHEMA}]
        if more.get("think"):
            body.update(max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 2000})
        return "/v1/messages", body

    def go_on(self, body, call, result):
        body["messages"] += [{"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": call[2], "name": call[0], "input": call[1]}]},
                             {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call[2], "content": result}]}]

    def whole(self, j, s):
        s.error = j.get("error")
        for b in j.get("content", []):
            if b["type"] == "text":
                s.text += b["text"]
            elif b["type"] == "thinking":
                s.thinking += b["thinking"]
            elif b["type"] == "tool_use":
                s.tools.append((b["name"], b["input"], b["id"]))
        s.stop, usage = j.get("stop_reason"), j.get("usage", {})
        s.prompt, s.output = usage.get("input_tokens", 0) + (usage.get("cache_read_input_tokens") or 0), usage.get("output_tokens")

    def stream(self, text, s):
        args = {}
        for e in data_of(text):
            if e["type"] == "content_block_start" and e["content_block"]["type"] == "tool_use":
                args[e["index"]] = [e["content_block"]["name"], "", e["content_block"]["id"]]
            if e["type"] == "content_block_delta":
                d = e["delta"]
                s.text += d.get("text", "")
                s.thinking += d.get("thinking", "")
                if "partial_json" in d:
                    args[e["index"]][1] += d["partial_json"]
            if e["type"] == "message_delta":
                s.stop, u = e["delta"]["stop_reason"], e["usage"]
                s.prompt, s.output = u.get("input_tokens", 0) + (u.get("cache_read_input_tokens") or 0), u["output_tokens"]
            if e["type"] == "error":
                s.error = e["error"]
        s.tools = [(n, json.loads(a), i) for n, a, i in args.values()]


class Chat:
    name = "chat"
    stops = {"turn": "stop", "length": "length", "tool": "tool_calls"}

    def request(self, model, parts, stream, **more):
        content = [{"type": "text", "text": p} if isinstance(p, str) else {"type": "image_url", "image_url": {"url": "data:image/png;base64," + p[0]}} for p in parts]
        body = {"model": model, "max_tokens": 100, "stream": stream, "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": content}]}
        if stream:
            body["stream_options"] = {"include_usage": True}
        if more.get("tool"):
            body["tools"] = [{"type": "function", "function": {"name": more["tool"], "description": "The weather", "parameters": SCHEMA}}]
        if more.get("think"):
            body["reasoning_effort"] = "high"
        return "/v1/chat/completions", body

    def go_on(self, body, call, result):
        body["messages"] += [{"role": "assistant", "content": "Let me look.", "tool_calls": [
            {"id": call[2], "type": "function", "function": {"name": call[0], "arguments": json.dumps(call[1])}}]}, {"role": "tool", "tool_call_id": call[2], "content": result}]

    def whole(self, j, s):
        s.error = j.get("error")
        for c in j.get("choices", []):
            m = c["message"]
            s.text, s.thinking, s.stop = m.get("content") or "", m.get("reasoning_content") or "", c["finish_reason"]
            s.tools = [(t["function"]["name"], json.loads(t["function"]["arguments"]), t["id"]) for t in m.get("tool_calls") or []]
        s.prompt, s.output = j.get("usage", {}).get("prompt_tokens"), j.get("usage", {}).get("completion_tokens")

    def stream(self, text, s):
        args = {}
        for e in data_of(text):
            s.error = e.get("error") or s.error
            for c in e.get("choices", []):
                d = c["delta"]
                s.text += d.get("content") or ""
                s.thinking += d.get("reasoning_content") or ""
                s.stop = c.get("finish_reason") or s.stop
                for t in d.get("tool_calls") or []:
                    slot = args.setdefault(t["index"], ["", "", ""])
                    slot[0] += t["function"].get("name") or ""
                    slot[1] += t["function"].get("arguments") or ""
                    slot[2] = t.get("id") or slot[2]
            if e.get("usage"):
                s.prompt, s.output = e["usage"]["prompt_tokens"], e["usage"]["completion_tokens"]
        s.tools = [(n, json.loads(a), i) for n, a, i in args.values()]
        assert s.error or text.rstrip().endswith("data: [DONE]"), text[-300:]


class Responses:
    name = "responses"
    stops = {"turn": "completed", "length": "max_output_tokens", "tool": "completed"}

    def request(self, model, parts, stream, **more):
        content = [{"type": "input_text", "text": p} if isinstance(p, str) else {"type": "input_image", "image_url": "data:image/png;base64," + p[0]} for p in parts]
        body = {"model": model, "max_output_tokens": 100, "stream": stream, "store": False, "instructions": "Be kind.", "input": [{"type": "message", "role": "user", "content": content}]}
        if more.get("tool"):
            body["tools"] = [{"type": "function", "name": more["tool"], "description": "The weather", "parameters": SCHEMA}]
        if more.get("think"):
            body["reasoning"] = {"effort": "high", "summary": "auto"}
        return "/v1/responses", body

    def go_on(self, body, call, result):
        body["input"] += [{"type": "function_call", "call_id": call[2], "name": call[0], "arguments": json.dumps(call[1])},
                          {"type": "function_call_output", "call_id": call[2], "output": result}]

    def whole(self, j, s):
        s.error = j.get("error")
        s.stop = (j.get("incomplete_details") or {}).get("reason") or j.get("status")
        for item in j.get("output", []):
            if item["type"] == "message":
                s.text += "".join(p["text"] for p in item["content"])
            elif item["type"] == "reasoning":
                s.thinking += "".join(p["text"] for p in item["summary"] + (item.get("content") or []))
            elif item["type"] == "function_call":
                s.tools.append((item["name"], json.loads(item["arguments"]), item["call_id"]))
        s.prompt, s.output = (j.get("usage") or {}).get("input_tokens"), (j.get("usage") or {}).get("output_tokens")

    def stream(self, text, s):
        last = [e for e in data_of(text) if "response" in e or e["type"] == "error"][-1]
        self.whole(last.get("response", {}), s)
        s.error = s.error or (last if last["type"] == "error" else None)


class Gemini:
    name = "gemini"
    stops = {"turn": "STOP", "length": "MAX_TOKENS", "tool": "STOP"}

    def request(self, model, parts, stream, **more):
        content = [{"text": p} if isinstance(p, str) else {"inlineData": {"mimeType": "image/png", "data": p[0]}} for p in parts]
        body = {"systemInstruction": {"parts": [{"text": "Be kind."}]}, "contents": [{"role": "user", "parts": content}], "generationConfig": {"maxOutputTokens": 100}}
        if more.get("tool"):
            body["tools"] = [{"functionDeclarations": [{"name": more["tool"], "description": "The weather", "parameters": SCHEMA}]}]
        if more.get("think"):
            body["generationConfig"]["thinkingConfig"] = {"includeThoughts": True, "thinkingBudget": 2000}
        return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"), body

    def go_on(self, body, call, result):
        body["contents"] += [{"role": "model", "parts": [{"functionCall": {"name": call[0], "args": call[1]}}]},
                             {"role": "user", "parts": [{"functionResponse": {"name": call[0], "response": {"output": result}}}]}]

    def whole(self, j, s):
        s.error = j.get("error") or s.error
        for c in j.get("candidates", []):
            for p in c.get("content", {}).get("parts", []):
                if "functionCall" in p:
                    s.tools.append((p["functionCall"]["name"], p["functionCall"]["args"], p["functionCall"].get("id")))
                elif p.get("thought"):
                    s.thinking += p.get("text", "")
                else:
                    s.text += p.get("text", "")
            s.stop = c.get("finishReason") or s.stop
        u = j.get("usageMetadata")
        if u:
            s.prompt, s.output = u.get("promptTokenCount"), u.get("candidatesTokenCount")

    def stream(self, text, s):
        for e in data_of(text):
            self.whole(e, s)
        bare = text.replace("\r", "").rstrip().rsplit("\n\n", 1)[-1]
        if bare.startswith("{"):  # an error in a stream is no event
            self.whole(json.loads(bare), s)


class Native:
    """Ollama's own clients."""

    name = "ollama"
    stops = {"turn": "stop", "length": "length", "tool": "stop"}

    def request(self, model, parts, stream, **more):
        message = {"role": "user", "content": "\n\n".join(p for p in parts if isinstance(p, str))}
        images = [p[0] for p in parts if not isinstance(p, str)]
        if images:
            message["images"] = images
        body = {"model": model, "stream": stream, "options": {"num_predict": 100}, "messages": [{"role": "system", "content": "Be kind."}, message]}
        if more.get("tool"):
            body["tools"] = [{"type": "function", "function": {"name": more["tool"], "description": "The weather", "parameters": SCHEMA}}]
        if more.get("think"):
            body["think"] = True
        return "/api/chat", body

    def go_on(self, body, call, result):
        body["messages"] += [{"role": "assistant", "content": "Let me look.", "tool_calls": [{"function": {"name": call[0], "arguments": call[1]}}]},
                             {"role": "tool", "tool_name": call[0], "content": result}]

    def whole(self, j, s):
        m = j.get("message", {})
        s.error = j.get("error") or s.error
        s.text += m.get("content", "")
        s.thinking += m.get("thinking", "")
        s.tools += [(t["function"]["name"], t["function"]["arguments"], t.get("id")) for t in m.get("tool_calls", [])]
        s.stop = j.get("done_reason") or s.stop
        s.prompt, s.output = j.get("prompt_eval_count", s.prompt), j.get("eval_count", s.output)

    def stream(self, text, s):
        for line in text.split("\n"):
            if line:
                self.whole(json.loads(line), s)


OTHERS = [Messages(), Chat(), Responses(), Gemini()]
ALL = OTHERS + [Native()]


def ask(g, family, model, *parts, stream=False, **more):
    """(answer, what it says, the request's body)"""
    path, body = family.request(model, parts or ("Why is the sky blue?",), stream, **more)
    return send(g, family, path, body, stream)


def send(g, family, path, body, stream):
    a, s = g.api("POST", path, body), Said()
    if stream and a.status == 200:
        kind = "application/x-ndjson" if family.name == "ollama" else "text/event-stream"
        assert a.headers["content-type"].startswith(kind), a.headers
        family.stream(a.text, s)
    else:
        family.whole(a.json or {}, s)
    return a, s, (path, body)


def each(which=None):
    for family in which or ALL:
        for stream in (False, True):
            yield family, stream, f"{family.name}{' as a stream' if stream else ''}"


# ---- the tests ------------------------------------------------------------------------------------------------------------


def test_check_says_what_it_looked_at(g):
    for what in ("exports cp_plugin_abi1 and nothing else", "ollama/hello.stream: law 2", "ollama/calls.stream: truth", "said in claude", "said in chat", "said in gemini",
                 "said in responses", "descriptors are given back", "texts made wrong do it no harm"):
        assert what in g.checked, g.checked[-3000:]
    assert "not ok" not in g.checked


def test_text(g):
    for family, stream, name in each():
        for model in ("talk", "talk-drip"):
            a, s, _ = ask(g, family, model, stream=stream)
            assert a.status == 200 and s.text == "Hello 🌍!", (name, a)
            assert s.stop == family.stops["turn"] and (s.prompt, s.output) == (26, 12), (name, s)
            up = g.fake.last()
            assert up["stream"] is stream and up["model"] == model and up["options"]["num_predict"] == 100, (name, up)
            assert [m["role"] for m in up["messages"]] == ["system", "user"] and up["messages"][0]["content"] == "Be kind.", (name, up)
            assert g.fake.seen[-1][1].get("Authorization") == "Bearer key-CANARY-ollama", g.fake.seen[-1][1]


def test_option_of_the_channel(g):
    for family, stream, name in each():
        ask(g, family, "talk", stream=stream)
        assert g.fake.last()["options"]["num_ctx"] == 32768, (name, g.fake.last())


def test_image(g):
    for family, stream, name in each():
        a, s, _ = ask(g, family, "talk", "What is this?", (PNG,), stream=stream)
        assert a.status == 200 and s.text == "Hello 🌍!", (name, a)
        last = g.fake.last()["messages"][-1]
        assert last == {"role": "user", "content": "What is this?", "images": [PNG]}, (name, last)


def test_thinking(g):
    for family, stream, name in each():
        for model in ("think", "think-drip"):
            a, s, _ = ask(g, family, model, stream=stream, think=True)
            assert s.text == "Blue." and s.thinking == "Light scatters.", (name, a)
            assert g.fake.last()["think"] in (True, "high"), (name, g.fake.last())


def test_tool_and_its_result(g):
    for family, stream, name in each():
        for model in ("tool", "tool-drip"):
            a, s, (path, body) = ask(g, family, model, stream=stream, tool="get_weather")
            assert s.text == "Let me look." and s.stop == family.stops["tool"], (name, a)
            assert [t[:2] for t in s.tools] == [("get_weather", {"city": "Köln", "days": 3})], (name, a)
            tool = g.fake.last()["tools"][0]["function"]
            assert (tool["name"], tool["parameters"]["properties"]["city"]["type"].lower()) == ("get_weather", "string"), (name, tool)
            family.go_on(body, s.tools[0], "11 degrees")
            a, s, _ = send(g, family, path, body, stream)
            assert s.text == "It said 11 degrees" and s.stop == family.stops["turn"], (name, a)
            call, result = g.fake.last()["messages"][-2:]
            assert call["tool_calls"][0]["function"]["arguments"] == {"city": "Köln", "days": 3}, (name, call)
            assert result["role"] == "tool" and result["tool_name"] == "get_weather", (name, result)


def test_cut_short(g):
    for family, stream, name in each():
        a, s, _ = ask(g, family, "short", stream=stream)
        assert s.text == "It is" and s.stop == family.stops["length"], (name, a)


def test_a_dead_server_is_helped_out(g):
    for family, stream, name in each():
        a, s, _ = ask(g, family, "fallback", stream=stream)
        assert a.status == 200 and s.text == "Hello 🌍!", (name, a)
        assert g.fake.last()["model"] == "talk", (name, g.fake.last())
    g.settled()
    assert '"attempts":2' in g.log_text().replace(" ", ""), "the dead server was never asked"


def test_thinking_that_the_model_cannot(g):
    """The server answers 400 to think; the same question without it is answered, and it is not asked again."""
    before = len(g.fake.seen)
    for family in OTHERS:
        a, s, _ = ask(g, family, "nothink", think=True)
        assert a.status == 200 and s.text == "Hello 🌍!", (family.name, a)
    assert len(g.fake.seen) - before == len(OTHERS) + 1, [b for _, _, b in g.fake.seen[before:]]


def test_errors(g):
    for family, stream, name in each():
        for model, status in (("missing", (404, 503)), ("long", (400, 413)), ("busy", (503, 529))):
            a, s, _ = ask(g, family, model, stream=stream)
            assert a.status in status and s.error, (name, model, a)
        a, s, _ = ask(g, family, "long", stream=stream)
        assert "context length" in json.dumps(s.error), (name, a)


def test_an_error_as_the_first_line(g):
    """A 200 whose first line is an error is no answer."""
    for family, stream, name in each():
        if stream:
            a, s, _ = ask(g, family, "refuse", stream=True)
            assert a.status >= 500 and "system memory" in json.dumps(s.error), (name, a)


def test_an_error_in_the_middle(g):
    for family, stream, name in each():
        if stream:
            a, s, _ = ask(g, family, "errorline", stream=True)
            assert s.text in ("Hello", "") and s.error and s.stop in (None, "failed"), (name, a.text)


def test_a_stream_that_breaks_off(g):
    for family, stream, name in each():
        if stream:
            a, s, _ = ask(g, family, "cut", stream=True)
            assert s.error and s.stop in (None, "failed"), (name, a.text)
            assert '"mess' not in a.text.split("error")[0][-40:], (name, a.text)


def test_models(g):
    for path in ("/v1/models", "/v1beta/models", "/api/tags"):
        a = g.get(path)
        assert a.status == 200 and "talk" in a.text and "tool" in a.text, (path, a)
    assert {m["model"] for m in g.get("/api/tags").json["models"]} >= {"talk", "tool"}


def test_a_client_key_opens_its_door(g):
    """/api/chat stands where the administration's doors are, which such a key does not open."""
    key = "client-CANARY-of-a-colleague"
    a = g.api("POST", "/api/chat", {"model": "talk", "stream": False, "messages": [{"role": "user", "content": "hi"}]}, headers={"authorization": f"Bearer {key}"}, key=None)
    assert a.status == 200 and a.json["message"]["content"] == "Hello 🌍!", a
    assert g.get("/api/tags", key=key).status == 200
    assert g.get("/api/channels", key=key).status in (401, 403)


def test_admin_still_has_its_doors(g):
    assert g.get("/api/status").status in (200, 404)
    assert g.get("/api/channels").status == 200
    a = g.api("POST", "/api/chat", {"model": "talk", "messages": []}, key=None)
    assert a.status == 401 and "error" in a.json, a


def test_strangers_folder_is_left_as_it_was(g):
    assert not os.path.exists(f"{g.tools.source}/contrib/ollama/ollama.so")
