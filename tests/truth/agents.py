"""agents - one agent for each family of clients: it keeps its history and feeds every answer back as the family's own programs do.

An agent knows its family's JSON and nothing of the gateway: `request(model)` is the body and the target, `take(answer)` puts what
was answered into the history, and `results`, `remind`, `say` and `compact` do what a program does between two turns.
"""
import json

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SYSTEM = "You are an agent. Be brief.\nUse \"tools\"; say so when you are done \u2013 always."
TOOLS = {"read_file": {"type": "object", "properties": {"path": {"type": "string"}, "from": {"type": "integer"}}, "required": ["path"]},
         "shell": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}}


class Result:
    def __init__(self, call, name, text, is_error, has_image):
        self.call, self.name, self.text, self.is_error, self.has_image = call, name, text, is_error, has_image


def events(body):
    """The data of an SSE body, parsed; [DONE] is left out."""
    for block in body.decode().replace("\r\n", "\n").split("\n\n"):
        data = "\n".join(line[5:].lstrip(" ") for line in block.split("\n") if line.startswith("data:"))
        if data and data != "[DONE]":
            yield json.loads(data)


class Agent:
    """`style` is how this one differs from others of its family."""
    STYLES = ("",)

    def __init__(self, style):
        self.style, self.history = style, []

    def take(self, body, is_stream):
        """Returns the calls that wait for a result: (id, name)."""
        return self.keep(self.gathered(body) if is_stream else json.loads(body))

    def compact(self):
        """Everything so far becomes a summary."""
        self.history = []
        self.say("Summary of what was done so far: files were read, commands were run. Go on.", False)


class Messages(Agent):
    """Claude Code: the last message bears the mark of the cache, reminders follow the results in the same message."""

    def request(self, model, is_stream):
        messages = [{"role": m["role"], "content": list(m["content"])} for m in self.history]
        last = messages[-1]["content"]
        last[-1] = dict(last[-1], cache_control={"type": "ephemeral"})
        body = {"model": model, "max_tokens": 8000, "stream": is_stream, "messages": messages,
                "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
                "thinking": {"type": "enabled", "budget_tokens": 2000} if "4-5" in model else {"type": "adaptive"},
                "tools": [{"name": n, "description": "Does it.", "input_schema": s} for n, s in TOOLS.items()]}
        return "/v1/messages", body

    def say(self, text, has_image):
        content = [{"type": "text", "text": text}]
        if has_image:
            content.append({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}})
        self.add("user", content)

    def add(self, role, content):
        if self.history and self.history[-1]["role"] == role:
            self.history[-1]["content"] += content
        else:
            self.history.append({"role": role, "content": content})

    def remind(self, text):
        self.add("user", [{"type": "text", "text": f"<system-reminder>\n{text}\n</system-reminder>"}])

    def results(self, results):
        blocks = []
        for r in results:
            content = r.text
            if r.has_image:
                content = [{"type": "text", "text": r.text},
                           {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}]
            blocks.append({"type": "tool_result", "tool_use_id": r.call, "content": content, **({"is_error": True} if r.is_error else {})})
        self.add("user", blocks)

    @staticmethod
    def gathered(body):
        blocks, pieces = [], {}
        for e in events(body):
            if e["type"] == "content_block_start":
                blocks.append(dict(e["content_block"]))
            elif e["type"] == "content_block_delta":
                d, block = e["delta"], blocks[e["index"]]
                if d["type"] == "input_json_delta":
                    pieces[e["index"]] = pieces.get(e["index"], "") + d["partial_json"]
                elif d["type"] == "signature_delta":
                    block["signature"] = d["signature"]
                elif d["type"] != "citations_delta":
                    name = d["type"].split("_")[0]
                    block[name] = block.get(name, "") + d[name]
        for i, text in pieces.items():
            blocks[i]["input"] = json.loads(text or "{}")
        return {"content": blocks}

    def keep(self, answer):
        self.add("assistant", answer["content"])
        return [(b["id"], b["name"]) for b in answer["content"] if b["type"] == "tool_use"]


class Chat(Agent):
    """Thoughts are fed back (as DeepSeek wants it) or left out (as most do); whatever else a call bears comes back."""
    STYLES = ("", "thoughts")

    def request(self, model, is_stream):
        body = {"model": model, "stream": is_stream, "messages": [{"role": "system", "content": SYSTEM}, *self.history],
                "tools": [{"type": "function", "function": {"name": n, "description": "Does it.", "parameters": s}} for n, s in TOOLS.items()]}
        if is_stream:
            body["stream_options"] = {"include_usage": True}
        return "/v1/chat/completions", body

    def say(self, text, has_image):
        content = text
        if has_image:
            content = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]
        self.history.append({"role": "user", "content": content})

    def remind(self, text):
        self.history.append({"role": "system", "content": text})

    def results(self, results):
        self.history += [{"role": "tool", "tool_call_id": r.call, "content": r.text} for r in results]

    @staticmethod
    def gathered(body):
        m, calls = {"role": "assistant", "content": None}, {}
        for e in events(body):
            for c in e.get("choices") or []:
                d = c.get("delta") or {}
                for name in ("content", "reasoning_content", "refusal"):
                    if d.get(name):
                        m[name] = (m.get(name) or "") + d[name]
                for t in d.get("tool_calls") or []:
                    call = calls.setdefault(t["index"], {"type": "function", "function": {"name": "", "arguments": ""}})
                    call.update({k: v for k, v in t.items() if k not in ("index", "function")})
                    call["function"]["name"] += t.get("function", {}).get("name") or ""
                    call["function"]["arguments"] += t.get("function", {}).get("arguments") or ""
        if calls:
            m["tool_calls"] = [calls[i] for i in sorted(calls)]
        return {"choices": [{"message": m}]}

    def keep(self, answer):
        m = {k: v for k, v in answer["choices"][0]["message"].items() if v is not None or k == "content"}
        if self.style != "thoughts":
            m.pop("reasoning_content", None)
        self.history.append(m)
        return [(t["id"], t["function"]["name"]) for t in m.get("tool_calls") or []]


class Responses(Agent):
    """Codex (whole items, nothing stored), SDKs (items without ids), and those who name the answer before."""
    STYLES = ("", "no ids", "previous")

    def __init__(self, style):
        super().__init__(style)
        self.previous = None

    def request(self, model, is_stream):
        body = {"model": model, "stream": is_stream, "instructions": SYSTEM, "input": list(self.history), "store": self.style == "previous",
                "include": ["reasoning.encrypted_content"], "reasoning": {"summary": "auto"},
                "tools": [{"type": "function", "name": n, "description": "Does it.", "parameters": s, "strict": False} for n, s in TOOLS.items()]}
        if self.previous:
            body["previous_response_id"] = self.previous
        return "/v1/responses", body

    def say(self, text, has_image):
        content = [{"type": "input_text", "text": text}]
        if has_image:
            content.append({"type": "input_image", "image_url": "data:image/png;base64," + PIXEL})
        self.history.append({"type": "message", "role": "user", "content": content})

    def remind(self, text):
        self.history.append({"type": "message", "role": "developer", "content": [{"type": "input_text", "text": text}]})

    def results(self, results):
        for r in results:
            output = r.text
            if r.has_image:
                output = [{"type": "input_text", "text": r.text}, {"type": "input_image", "image_url": "data:image/png;base64," + PIXEL}]
            self.history.append({"type": "function_call_output", "call_id": r.call, "output": output})

    @staticmethod
    def gathered(body):
        items, last = [], {}
        for e in events(body):
            if e["type"] == "response.output_item.done":
                items.append(e["item"])
            last = e.get("response") or last
        return {"id": last["id"], "output": items}

    def keep(self, answer):
        items = [dict(i) for i in answer["output"]]
        calls = [(i["call_id"], i["name"]) for i in items if i["type"] == "function_call"]
        if self.style == "previous":
            self.previous, self.history = answer["id"], []
            return calls
        for item in items:
            if self.style == "no ids":
                item.pop("id", None)
            item.pop("status", None)
        self.history += items
        return calls

    def compact(self):
        self.previous = None
        super().compact()


class Gemini(Agent):
    """Gemini CLI (one content, thoughts left out, texts joined) and the SDKs' chats (a content for each piece)."""
    STYLES = ("", "pieces")

    def request(self, model, is_stream):
        body = {"contents": self.history, "systemInstruction": {"parts": [{"text": SYSTEM}]},
                "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
                "tools": [{"functionDeclarations": [{"name": n, "description": "Does it.", "parametersJsonSchema": s} for n, s in TOOLS.items()]}]}
        return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if is_stream else "generateContent"), body

    def say(self, text, has_image):
        parts = [{"text": text}]
        if has_image:
            parts.append({"inlineData": {"mimeType": "image/png", "data": PIXEL}})
        self.add(parts)

    def add(self, parts):
        if self.history and self.history[-1]["role"] == "user":
            self.history[-1]["parts"] += parts
        else:
            self.history.append({"role": "user", "parts": parts})

    def remind(self, text):
        self.add([{"text": text}])

    def results(self, results):
        parts = []
        for r in results:
            ident = {"id": r.call} if isinstance(r.call, str) else {}
            parts.append({"functionResponse": {**ident, "name": r.name, "response": {"error" if r.is_error else "output": r.text}}})
        self.history.append({"role": "user", "parts": parts})

    @staticmethod
    def gathered(body):
        return [e["candidates"][0].get("content") or {} for e in events(body) if e.get("candidates")]

    def keep(self, answer):
        pieces = answer if isinstance(answer, list) else [answer["candidates"][0]["content"]]
        parts = [p for c in pieces for p in c.get("parts") or []]
        if self.style == "pieces":
            said = [p for p in parts if "functionCall" not in p]
            self.history += [{"role": "model", "parts": some} for some in ([[p] for p in said] + [[p for p in parts if p not in said]]) if some]
        else:
            self.history.append({"role": "model", "parts": self.joined(p for p in parts if not p.get("thought"))})
        calls = [p["functionCall"] for p in parts if "functionCall" in p]
        return [(c.get("id", i), c["name"]) for i, c in enumerate(calls)]

    @staticmethod
    def joined(parts):
        out = []
        for p in parts:
            if out and set(p) == {"text"} and set(out[-1]) == {"text"}:
                out[-1] = {"text": out[-1]["text"] + p["text"]}
            else:
                out.append(p)
        return out


AGENTS = {"messages": Messages, "chat": Chat, "responses": Responses, "gemini": Gemini}
