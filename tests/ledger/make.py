"""make - random but valid requests of one dialect, every text of them unique, the same for the same seed."""
import base64
import json
import os
import random

import grammar

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()
ODD = ['"quoted"', "back\\slash", "Grüße", "世界", "🌍", "tab\there", "line\nbreak", "</tag>", "\u2028"]


class Mute(str):
    """A text that only tells of what kind its holder is."""


class Maker:
    """Conversations differ most between dialects: each has its own method; the rest follows the grammar."""

    def __init__(self, dialect, seed):
        self.dialect, self.grammar = dialect, grammar.Grammar(f"{HERE}/{dialect}.schema")
        self.random, self.marks = random.Random(seed), 0

    def mark(self):
        self.marks += 1
        return f"mk{self.marks:05d}x"

    def request(self):
        self.tools, self.declared, self.calls = [f"{self.mark()}_tool" for _ in range(4)], 0, []
        members = self.grammar.objects["request"]
        chosen = {m.name: m for m in members if m.must or self.random.random() < 0.45}
        made = {}
        first = sorted(chosen.values(), key=lambda m: m.name != "tools")  # names are declared before they are used
        for m in first:
            made[m.name] = self.value(self.random.choice(m.kinds))
        made = {m.name: made[m.name] for m in members if m.name in made}
        getattr(self, f"fix_{self.dialect}")(made)
        return made

    # ---- values ----

    def value(self, kind):
        maker = getattr(self, f"v_{kind.what}", None)
        return maker(*kind.more) if maker else self.object(kind.what)

    def object(self, name):
        return {m.name: self.value(self.random.choice(m.kinds)) for m in self.grammar.objects[name] if m.must or self.random.random() < 0.5}

    def v_list(self, kinds, least, most):
        return [self.value(self.random.choice(kinds)) for _ in range(self.random.randint(least, most))]

    def v_const(self, value):
        return value

    def v_mute(self, value):
        return Mute(value)

    def v_model(self):
        return "some-model"

    def v_text(self):
        return f"{self.mark()} {self.random.choice(ODD)} {self.random.choice(WORDS)}"

    def v_word(self):
        return f"{self.mark()}_{self.random.choice(WORDS)}"

    def v_filename(self):
        return f"{self.mark()}.pdf"

    def v_url(self):
        return f"https://example.org/{self.mark()}.png"

    def v_bool(self):
        return self.random.random() < 0.5

    def v_int(self, least, most):
        return self.random.randint(int(least), int(most))

    def v_num(self, least, most):
        return round(self.random.uniform(least, most), 5)

    def v_base64(self):
        return base64.b64encode(f"{self.mark()}{self.random.random()}".encode()).decode()

    def v_dataurl(self, mime):
        return f"data:{mime};base64,{self.v_base64()}"

    def v_signature(self):
        return {"claude": "EqQB", "gemini": "CiQB"}[self.dialect] + self.v_base64()

    def v_sealed(self):
        return "gAAAAAB" + self.mark()

    def v_map(self):
        return {self.mark(): self.v_word() for _ in range(self.random.randint(1, 2))}

    def v_json(self):
        return {self.mark(): self.v_text(), "n": self.random.randint(2**53, 2**60), "deep": {"list": [self.v_word(), None, True]}}

    def v_jsontext(self):
        return json.dumps(self.v_json(), ensure_ascii=self.random.random() < 0.5)

    def v_newtool(self):
        self.declared += 1
        return self.tools[self.declared - 1] if self.declared <= len(self.tools) else f"{self.mark()}_tool"

    def v_toolname(self):
        return self.random.choice(self.tools[:max(1, min(self.declared, 4))])

    def v_callid(self):
        return self.call_id

    def v_schema(self, depth=0):
        names = [f"{self.mark()}_p" for _ in range(self.random.randint(1, 3))]
        kinds = [self.s_text, self.s_number, self.s_choice, self.s_list, self.s_object]
        properties = {n: self.random.choice(kinds[:4 if depth else 5])(depth) for n in names}
        schema = {"type": Mute("object"), "properties": properties, "required": names[:1], "additionalProperties": False}
        if self.random.random() < 0.3:
            schema["description"] = self.v_text()
        return schema

    def s_text(self, _):
        return {"type": "string", "description": self.v_text()}

    def s_number(self, _):
        return {"type": "integer", "minimum": self.random.randint(100000, 200000), "maximum": self.random.randint(300000, 900000)}

    def s_choice(self, _):
        return {"type": "string", "enum": [self.v_word(), self.v_word()]}

    def s_list(self, _):
        return {"type": "array", "items": {"type": "string", "description": self.v_text()}}

    def s_object(self, depth):
        return self.v_schema(depth + 1)

    def v_openapi(self):
        """The same in Gemini's spelling, without what it does not know."""
        def spell(s):
            made = {k: v for k, v in s.items() if k != "additionalProperties"}
            made["type"] = Mute(s["type"].upper())
            if "properties" in s:
                made["properties"] = {k: spell(v) for k, v in s["properties"].items()}
            if "items" in s:
                made["items"] = spell(s["items"])
            return made
        return spell(self.v_schema())

    # ---- conversations ----

    def pick(self, role):
        return self.object(self.random.choice(self.grammar.roles[role]))

    def new_calls(self):
        self.calls = []
        for _ in range(self.random.choice([0, 0, 1, 2])):
            self.call_id = f"call_{self.mark()}"
            self.calls.append((self.call_id, self.pick("call")))
        return [c for _, c in self.calls]

    def results(self):
        made = []
        for self.call_id, call in self.calls:
            result = self.pick("result")
            self.agree(call, result)
            made.append(result)
        self.calls = []
        return made

    def agree(self, call, result):
        """Gemini pairs by name, and by id if there is one."""
        if self.dialect != "gemini":
            return
        of, to = call["functionCall"], result["functionResponse"]
        to["name"] = of["name"]
        to.pop("id", None)
        if "id" in of:
            to["id"] = of["id"]

    def v_conversation(self):
        return getattr(self, f"talk_{self.dialect}")(self.random.randint(1, 3))

    def blocks(self, role, most):
        return [self.pick(role) for _ in range(self.random.randint(1, most))]

    def talk_claude(self, turns):
        talk, results = [], []
        for _ in range(turns):
            content = results + self.blocks("user", 3)
            talk.append({"role": "user", "content": content if results or self.random.random() < 0.7 else self.v_text()})
            said = sorted(self.blocks("assistant", 3), key=lambda b: b["type"] == "text") + self.new_calls()
            talk.append({"role": "assistant", "content": said})
            results = self.results()
        talk.append({"role": "user", "content": results + self.blocks("user", 2)})
        return talk

    def talk_chat(self, turns):
        talk = [self.pick("lead") for _ in range(self.random.randint(0, 2))]
        for _ in range(turns):
            talk.append(self.object("message_user"))
            said = self.pick("assistant")
            calls = self.new_calls()
            if calls:
                said["tool_calls"] = calls
            talk += [said, *self.results()]
        return [*talk, *([self.pick("user")] if self.random.random() < 0.3 else []), self.object("message_user")]

    def talk_responses(self, turns):
        if self.random.random() < 0.1:
            return self.v_text()
        talk = [self.pick("lead") for _ in range(self.random.randint(0, 2))]
        for _ in range(turns):
            talk.append(self.object("item_user"))
            if self.random.random() < 0.4:
                talk.append(self.object("item_reasoning"))
            talk += [self.object("item_assistant"), *self.new_calls(), *self.results()]
        return [*talk, self.pick("user")]

    def talk_gemini(self, turns):
        talk, results = [], []
        for _ in range(turns):
            talk.append({"role": "user", "parts": results + self.blocks("user", 3)})
            talk.append({"role": "model", "parts": self.blocks("assistant", 2) + self.new_calls()})
            results = self.results()
        talk.append({"role": "user", "parts": results + self.blocks("user", 2)})
        return talk

    # ---- what the grammar cannot say ----

    def fix_claude(self, r):
        if "tools" not in r:
            r.pop("tool_choice", None)
        if r.get("thinking", {}).get("type") in ("enabled", "adaptive"):
            for name in ("temperature", "top_k", "top_p", "tool_choice"):
                r.pop(name, None)
            if r["thinking"]["type"] == "enabled":
                r["messages"] = r["messages"][-1:] if not any("tool_use_id" in b for b in r["messages"][-1]["content"]) else r["messages"]
                self.begin_with_thought(r["messages"])
        keep_marks(r, 4)

    def begin_with_thought(self, messages):
        for m in messages:
            if m["role"] == "assistant" and m["content"][0]["type"] not in ("thinking", "redacted_thinking"):
                m["content"].insert(0, self.object("thinking"))

    def fix_chat(self, r):
        if "tools" not in r:
            r.pop("tool_choice", None)
            r.pop("parallel_tool_calls", None)
        if not r.get("stream"):
            r.pop("stream_options", None)
        if not r.get("logprobs"):
            r.pop("top_logprobs", None)
        if "max_completion_tokens" in r:
            r.pop("max_tokens", None)
        say_json(r.get("response_format", {}), r["messages"], lambda t: {"role": "user", "content": t})

    def fix_responses(self, r):
        if "tools" not in r or not any(t.get("type") == "function" for t in r["tools"]):
            r.pop("tool_choice", None)
        if "tools" not in r:
            r.pop("parallel_tool_calls", None)
        if isinstance(r.get("tool_choice"), dict):
            name = next(t["name"] for t in r["tools"] if t["type"] == "function")
            for c in r["tool_choice"].get("tools", [r["tool_choice"]]):
                c["name"] = name
        if not r.get("stream"):
            r.pop("stream_options", None)
        if isinstance(r["input"], str):
            r["input"] += " Answer in JSON."
        else:
            say_json(r.get("text", {}).get("format", {}), r["input"], lambda t: {"type": "message", "role": "user", "content": t})

    def fix_gemini(self, r):
        config = r.get("generationConfig", {})
        if "responseSchema" in config:
            config.pop("responseJsonSchema", None)
        if "responseSchema" in config or "responseJsonSchema" in config:
            config["responseMimeType"] = Mute("application/json")
        if not config.get("responseLogprobs"):
            config.pop("logprobs", None)
        if "tools" not in r:
            r.pop("toolConfig", None)


def keep_marks(request, most):
    """A request may have four cache marks; what is more is taken out."""
    left = [most]

    def walk(v):
        if isinstance(v, list):
            for x in v:
                walk(x)
        elif isinstance(v, dict):
            if "cache_control" in v:
                left[0] -= 1
                if left[0] < 0:
                    del v["cache_control"]
            for x in v.values():
                walk(x)
    walk(request)


def say_json(format_, messages, message):
    if format_.get("type") == "json_object":
        messages.append(message("Answer in JSON."))
