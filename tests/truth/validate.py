"""validate - is a stream honest? One judge for each family of clients, written from the protocols' rules alone.

Each judge reads the bytes of a body and says how it ended: "complete" (the family's own end, everything before it in order),
"error" (the family's error event, nothing behind it) or "cut" (no end at all: the client sees that something is missing). It
raises Dishonest for anything else. What it understood (texts, thoughts, calls, the stop) it keeps, to be compared.
"""
import json


class Dishonest(Exception):
    pass


def must(condition, what):
    if not condition:
        raise Dishonest(what)


def strict_json(text):
    try:
        return json.loads(text)
    except ValueError as e:
        raise Dishonest(f"not JSON: {text[:200]!r}") from e


def blocks_of(body, end):
    """The whole events of an SSE stream, and what is left behind the last blank line."""
    blocks = body.split(end * 2)
    return [b for b in blocks[:-1]], blocks[-1]


class Judge:
    def __init__(self):
        self.text, self.thought, self.calls, self.stop = "", "", [], None
        self.ended, self.comments = None, 0

    def digest(self):
        return self.text, self.thought, self.calls

    def feed_sse(self, body, end="\n"):
        """Calls event(name, data) for each; a half event at the end is left over."""
        text = body.decode("utf-8").removeprefix("\ufeff")
        if end == "\n":
            text = text.replace("\r\n", "\n")
        blocks, rest = blocks_of(text, end)
        for block in blocks:
            name, data = None, None
            for line in block.split(end):
                self.comments += line.startswith(":")
                if line.startswith(":") or not line:
                    continue
                field, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                must(field in ("event", "data"), f"a line that is no field: {line[:100]!r}")
                if field == "event":
                    name = value
                else:
                    data = value if data is None else data + "\n" + value
            if data is None:
                continue
            must(self.ended is None, f"an event behind the end: {data[:200]}")
            self.event(name, data)
        return rest

    def verdict(self, rest):
        if self.ended is None:
            return "cut"
        must(not rest.strip(), f"bytes behind the end: {rest[:200]!r}")
        return self.ended


class Messages(Judge):
    """message_start (start delta* stop)* message_delta+ message_stop; ping anywhere; error ends."""
    DELTAS = {"text": {"text_delta", "citations_delta"}, "thinking": {"thinking_delta", "signature_delta"},
              "tool_use": {"input_json_delta"}, "server_tool_use": {"input_json_delta"}}

    def __init__(self):
        super().__init__()
        self.started, self.open, self.blocks, self.json = False, None, 0, ""
        self.signed = False

    def judge(self, body):
        return self.verdict(self.feed_sse(body))

    def event(self, name, data):
        e = strict_json(data)
        must(e.get("type") == name, f"event: {name} says {e.get('type')}")
        handler = getattr(self, "on_" + name, None)
        must(handler, f"unknown event {name}")
        must(self.started or name in ("message_start", "error"), f"{name} before message_start")
        handler(e)

    def on_ping(self, e):
        pass

    def on_message_start(self, e):
        must(not self.started, "a second message_start")
        self.started = True
        m = e["message"]
        must(m["role"] == "assistant" and m["content"] == [] and m["stop_reason"] is None, "message_start holds content")
        must(isinstance(m["usage"]["input_tokens"], int) and isinstance(m["usage"]["output_tokens"], int), "no usage in message_start")
        must(m["id"] and m["model"], "no id or model")

    def on_content_block_start(self, e):
        must(self.open is None, "a block opens inside of another")
        must(self.stop is None, "a block opens behind the stop reason")
        must(e["index"] == self.blocks, f"index {e['index']}, expected {self.blocks}")
        self.open, self.json, self.signed = e["content_block"], "", False
        if self.open["type"] == "tool_use":
            must(self.open["id"] and self.open["name"] and self.open["input"] == {}, f"a call without id or name: {self.open}")

    def on_content_block_delta(self, e):
        must(self.open is not None and e["index"] == self.blocks, "a delta outside of its block")
        d = e["delta"]
        must(d["type"] in self.DELTAS.get(self.open["type"], ()), f"{d['type']} in {self.open['type']}")
        must(not self.signed, "a delta behind the signature")
        if d["type"] == "text_delta":
            self.text += d["text"]
        elif d["type"] == "thinking_delta":
            self.thought += d["thinking"]
        elif d["type"] == "input_json_delta":
            self.json += d["partial_json"]
        elif d["type"] == "signature_delta":
            self.signed = True

    def on_content_block_stop(self, e):
        must(self.open is not None and e["index"] == self.blocks, "a stop without its block")
        if self.open["type"] == "tool_use":
            self.calls.append((self.open["name"], strict_json(self.json or "{}")))
        self.open = None
        self.blocks += 1

    def on_message_delta(self, e):
        must(self.open is None, "message_delta inside of a block")
        self.stop = e["delta"]["stop_reason"] or self.stop
        must(isinstance(e["usage"]["output_tokens"], int), "no usage in message_delta")

    def on_message_stop(self, e):
        must(self.open is None and self.stop, "message_stop without a stop reason")
        must((self.stop == "tool_use") <= bool(self.calls), "tool_use without a call")
        self.ended = "complete"

    def on_error(self, e):
        must(e["error"]["type"] and e["error"]["message"], "an error without words")
        self.ended = "error"


class Chat(Judge):
    """Chunks of one id; role first, one finish for each choice, usage behind, then [DONE]; or an error and nothing else."""

    def __init__(self):
        super().__init__()
        self.id, self.roles, self.finished, self.tools, self.usage = None, set(), {}, {}, None

    def judge(self, body):
        return self.verdict(self.feed_sse(body))

    def event(self, name, data):
        must(name is None, f"Chat has no event names: {name}")
        if data == "[DONE]":
            must(self.roles and self.roles == set(self.finished), "[DONE] before every choice has finished")
            self.ended = "complete"
            self.calls = [(t["name"], strict_json(t["arguments"] or "{}")) for _, t in sorted(self.tools.items())]
            return
        e = strict_json(data)
        if "error" in e:
            must(e["error"]["message"] and "type" in e["error"], "an error without words")
            self.ended = "error"
            return
        must(e["object"] == "chat.completion.chunk" and e["model"] and isinstance(e["created"], int), "no chunk")
        must(self.id in (None, e["id"]), "the id changes")
        self.id = e["id"]
        if e.get("usage"):
            must(e["choices"] == [] and self.roles == set(self.finished), "usage before the finish")
        for c in e["choices"]:
            self.choice(c)

    def choice(self, c):
        i, d = c["index"], c["delta"]
        must(i not in self.finished, "a delta behind the choice's finish")
        if i not in self.roles:
            must(d.get("role") == "assistant", "the first delta has no role")
            self.roles.add(i)
        self.text += d.get("content") or ""
        self.thought += d.get("reasoning_content") or ""
        for t in d.get("tool_calls") or ():
            self.tool(i, t)
        if c["finish_reason"]:
            self.finished[i] = self.stop = c["finish_reason"]
            must((self.stop == "tool_calls") <= bool(self.tools), "tool_calls without a call")

    def tool(self, choice, t):
        key = (choice, t["index"])
        if key not in self.tools:
            must(t["index"] == sum(k[0] == choice for k in self.tools), "indexes of calls have holes")
            must(t["id"] and t["type"] == "function" and t["function"]["name"], f"a call begins without id or name: {t}")
            self.tools[key] = {"name": t["function"]["name"], "arguments": ""}
        else:
            must(not t.get("id") and not t["function"].get("name"), "id or name again")
        self.tools[key]["arguments"] += t["function"].get("arguments") or ""


class Responses(Judge):
    """What the official accumulator insists on: created first, numbers without holes, items and parts in their places."""
    TEXT = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text", "summary_text": "text"}

    def __init__(self):
        super().__init__()
        self.number, self.items, self.done = 0, [], []
        self.parts = {}
        self.id = None

    def judge(self, body):
        return self.verdict(self.feed_sse(body))

    def event(self, name, data):
        e = strict_json(data)
        must(e.get("type") == name, f"event: {name} says {e.get('type')}")
        must(e["sequence_number"] == self.number, f"sequence_number {e['sequence_number']}, expected {self.number}")
        must(self.number > 0 or name in ("response.created", "response.failed", "error"), f"{name} is the first event")
        self.number += 1
        kind = name.removeprefix("response.")
        if kind in ("completed", "incomplete", "failed"):
            self.end(kind, e["response"])
        elif kind == "error":
            self.ended = "error"
        elif kind in ("created", "in_progress", "queued"):
            self.envelope(e["response"])
        elif kind == "output_item.added":
            self.item_added(e)
        elif kind == "output_item.done":
            self.item_done(e)
        else:
            self.inside(kind, e)

    def envelope(self, r):
        must(self.id in (None, r["id"]), "the id changes")
        self.id = r["id"]
        must(r["status"] == "in_progress" and r["output"] == [] and r["object"] == "response", f"an envelope that is not empty: {r['status']}")

    def item_added(self, e):
        must(e["output_index"] == len(self.items), f"output_index {e['output_index']}, expected {len(self.items)}")
        must(e["item"]["id"], "an item without id")
        self.items.append(e["item"])
        self.done.append(None)

    def item_done(self, e):
        i, item = e["output_index"], e["item"]
        must(i < len(self.items) and self.done[i] is None, "done without added")
        must(item["id"] == self.items[i]["id"] and item["type"] == self.items[i]["type"], "another item is done")
        self.done[i] = item
        open_parts = [k for k, p in self.parts.items() if k[0] == i and not p["done"]]
        must(not open_parts, f"an item is done while parts are open: {open_parts}")
        if item["type"] == "message":
            said = "".join(p.get("text", p.get("refusal", "")) for p in item["content"])
            must(said == "".join(p["text"] for k, p in sorted(self.parts.items()) if k[0] == i), "the item's text is not what was streamed")
            must(item["status"] in ("completed", "incomplete"), f"status {item['status']}")
            self.text += said
        elif item["type"] == "reasoning":
            self.thought += "".join(p["text"] for p in item["summary"]) or "".join(p["text"] for p in item.get("content") or ())
        elif item["type"] == "function_call":
            must(item["call_id"] and item["name"], "a call without call_id or name")
            if item["status"] == "completed":
                self.calls.append((item["name"], strict_json(item["arguments"])))

    def inside(self, kind, e):
        i = e["output_index"]
        must(i < len(self.items) and self.done[i] is None, f"{kind} outside of its item")
        must(e["item_id"] == self.items[i]["id"], f"item_id {e['item_id']}")
        if kind.startswith(("function_call_arguments", "custom_tool_call_input")):
            key = (i, "args", 0)
            part = self.parts.setdefault(key, {"text": "", "done": False})
            if kind.endswith(".delta"):
                must(not part["done"], "a delta behind done")
                part["text"] += e["delta"]
            else:
                must((e.get("arguments", e.get("input"))) == part["text"] or not part["text"], "arguments.done is not what was streamed")
                part["done"] = True
            return
        if "index" not in " ".join(e) or not kind.startswith(("content_part", "reasoning_summary_part", "output_text", "refusal", "reasoning")):
            return
        self.part(kind, e, i)

    def part(self, kind, e, i):
        family = "summary" if "summary_index" in e else "content"
        n = e[f"{family}_index"]
        key = (i, family, n)
        if kind.endswith("part.added"):
            must(key not in self.parts and n == sum(k[:2] == (i, family) for k in self.parts), f"{family}_index {n}")
            self.parts[key] = {"text": "", "done": False, "said": False}
            return
        must(key in self.parts and not self.parts[key]["done"], f"{kind} outside of its part")
        p = self.parts[key]
        if kind.endswith(".delta"):
            must(not p["said"], "a delta behind done")
            p["text"] += e["delta"]
        elif kind.endswith("part.done"):
            must(e["part"].get(self.TEXT[e["part"]["type"]]) == p["text"], "part.done is not what was streamed")
            p["done"] = True
        elif kind.endswith(".done"):
            must(e.get("text", e.get("refusal")) == p["text"], f"{kind} is not what was streamed")
            p["said"] = True

    def end(self, kind, r):
        must(self.id in (None, r["id"]), "the id changes")
        must(r["status"] == kind, f"response.{kind} says {r['status']}")
        if kind == "failed":
            must(r["error"]["code"] and r["error"]["message"], "failed without an error")
            self.ended = "error"
            return
        must(None not in self.done, "the end comes while items are open")
        must([x["id"] for x in r["output"]] == [x["id"] for x in self.items], "the output is not the items that were streamed")
        must(all(isinstance(r["usage"][k], int) for k in ("input_tokens", "output_tokens", "total_tokens")), "no usage")
        must(isinstance(r["usage"]["input_tokens_details"]["cached_tokens"], int), "no details of usage")
        self.stop = kind
        self.ended = "complete"


class Gemini(Judge):
    """Chunks; the one with the finish reason is the end of its candidate, the connection's end that of the stream."""

    def __init__(self):
        super().__init__()
        self.finished, self.error, self.blocked = {}, False, False
        self.chunks = 0

    def judge(self, body):
        return self.judge_array(body) if body[:1] == b"[" else self.judge_sse(body)

    def judge_sse(self, body):
        must(not [x for x in body.split(b"\r\n") if b"\n" in x] or b"\n\n" not in body.split(b"\r\n\r\n")[0], "lines end with LF alone")
        rest = self.feed_sse(body, "\r\n")
        if rest.strip().startswith("{") and '"error"' in rest:
            try:
                error = json.loads(rest)["error"]
            except ValueError:
                return "cut"
            must(error["message"] and error["code"] >= 400 and error["status"], "an error without words")
            return "error"
        if self.error:
            return "error"
        if rest.strip():
            return "cut"
        return "complete" if self.is_over() else "cut"

    def judge_array(self, body):
        text = body.decode("utf-8")
        if not text.rstrip().endswith("]"):
            return "cut"
        for chunk in strict_json(text):
            must(not self.error, "an element behind the error")
            self.chunk(chunk)
        return "error" if self.error else "complete" if self.is_over() else "cut"

    def is_over(self):
        return self.blocked or (bool(self.finished) and all(self.finished.values()))

    def event(self, name, data):
        must(name is None, f"Gemini has no event names: {name}")
        must(data != "[DONE]", "Gemini has no [DONE]")
        must(not self.error, "an event behind the error")
        self.chunk(strict_json(data))

    def chunk(self, c):
        self.chunks += 1
        if "error" in c:
            must(c["error"]["message"], "an error without words")
            self.error = True
            return
        must(c.get("modelVersion") and c.get("responseId"), "no modelVersion or responseId")
        self.blocked |= bool(c.get("promptFeedback", {}).get("blockReason"))
        for x in c.get("candidates", ()):
            self.candidate(x)

    def candidate(self, x):
        i = x.get("index", 0)
        parts = x.get("content", {}).get("parts", [])
        must(not (self.finished.get(i) and parts), "content behind the finish reason")
        self.finished.setdefault(i, None)
        for p in parts:
            payloads = [k for k in p if k in ("text", "functionCall", "inlineData", "executableCode", "codeExecutionResult")]
            must(len(payloads) == 1, f"a part with {payloads}")
            if "functionCall" in p:
                self.calls.append((p["functionCall"]["name"], p["functionCall"].get("args", {})))
            elif p.get("thought"):
                self.thought += p["text"]
            else:
                self.text += p.get("text", "")
        if x.get("finishReason"):
            self.finished[i] = self.stop = x["finishReason"]


JUDGES = {"messages": Messages, "chat": Chat, "responses": Responses, "gemini": Gemini, "gemini-array": Gemini}
