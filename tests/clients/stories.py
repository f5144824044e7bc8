"""stories - what Claude Code lives through behind the gateway, and what must be true of it afterwards.

A story is a function whose docstring is its name. It gets a stage, acts, and asserts on three witnesses: what the client said
and made, what the recorder saw it send, and what the upstream's and the gateway's logs hold.
"""
import json
import time

import duo

RULES = """
path=/busy/v1 status=429 retry-after=1
path=/down/v1 status=503
path=/torn/v1 size=20KB cut=6000
"""
LOG_SECONDS = 10
KEYS = {"claude": ("x-api-key", ""), "chat": ("authorization", "Bearer "), "responses": ("authorization", "Bearer "),
        "gemini": ("x-goog-api-key", "")}
# What the gateway makes itself, or takes away, on the way to an upstream of the same dialect.
OWN_HEADERS = {"host", "connection", "content-length", "content-type", "accept-encoding", "x-api-key", "authorization"}


def channels(kind):
    """Models named busy-* and down-* meet a failing upstream first; torn-* has no other; map-* is renamed; the rest just works."""
    def texts(url):
        yield duo.channel("busy", kind, f"{url}/busy", "busy-*", 1)
        yield duo.channel("down", kind, f"{url}/down", "down-*", 1)
        yield duo.channel("torn", kind, f"{url}/torn", "torn-*", 1)
        yield duo.channel("good", kind, url, 'claude*", "map-me", "busy-*", "down-*', 2, models='[ "map-me=another-name" ]')
    return texts


class Stage:
    def __init__(self, kind, pair, tap, claude):
        self.kind, self.pair, self.tap, self.claude = kind, pair, tap, claude
        self.is_passed = kind == "claude"
        self.reset()

    def reset(self):
        self.connections = len(self.tap.connections)
        self.upstream_lines = len(self.lines(self.pair.sim_log))
        self.gateway_lines = len(self.lines(self.pair.gateway.output))
        self.outcomes = []
        return self

    @staticmethod
    def lines(path):
        """The whole ones: the last may be just being written."""
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read().split("\n")[:-1]

    def run(self, prompt, *options, **env):
        outcome = self.claude.run(prompt, *options, **env)
        self.outcomes.append(outcome)
        return outcome

    def sent(self):
        """What the client asked; some versions knock first (HEAD /)."""
        return [r for r in self.tap.requests(self.connections) if r.method == "POST"]

    def arrived(self):
        """What the upstream got."""
        events = [json.loads(line) for line in self.lines(self.pair.sim_log)[self.upstream_lines:]]
        return [e for e in events if e["ev"] == "request"]

    def accounts(self):
        """The gateway's records, one of each request; they are written when a request has ended."""
        wanted, until = len(self.sent()), time.monotonic() + LOG_SECONDS
        while True:
            records = [json.loads(line) for line in self.lines(self.pair.gateway.output)[self.gateway_lines:] if line.startswith("{")]
            records = [r for r in records if r["event"] == "request" and r["msg"].startswith("POST ")]
            if len(records) >= wanted or time.monotonic() > until:
                return records
            time.sleep(0.05)

    def evidence(self):
        parts = [str(o) for o in self.outcomes]
        parts += [f"sent {r.method} {r.target} {len(r.body)} bytes" for r in self.sent()]
        parts += [f"arrived {e['method']} {e['target']}" for e in self.arrived()]
        parts += self.lines(self.pair.gateway.output)[self.gateway_lines:][-20:]
        return "\n".join(parts)


def bash(command):
    return "tool=Bash args=" + json.dumps({"command": command, "description": "A test."})


def succeeded(outcome):
    assert not outcome.failed, "Claude Code reports an error"
    return outcome


def header_of(event, name):
    return [v for n, v in event["headers"] if n.lower() == name]


def text_answer(stage):
    """a text answer"""
    outcome = succeeded(stage.run("[[sim: text='The word is Grüße, 世界.']]"))
    assert outcome.text == "The word is Grüße, 世界."
    assert outcome.answer["num_turns"] == 1
    assert outcome.answer["usage"]["input_tokens"] > 1000
    assert outcome.answer["usage"]["output_tokens"] > 0
    assert [r["end"] for r in stage.accounts()] == ["--"]


def bearer_token(stage):
    """a key as bearer token"""
    env = {"ANTHROPIC_API_KEY": "", "ANTHROPIC_AUTH_TOKEN": duo.ACCESS_KEY}
    assert succeeded(stage.run("[[sim: text=hello]]", env=env)).text == "hello"


def wrong_key(stage):
    """a wrong key is refused at the door"""
    outcome = stage.run("hello", env={"ANTHROPIC_API_KEY": "not-the-key-of-this-gateway"})
    assert outcome.failed
    assert outcome.answer["api_error_status"] == 401
    assert not stage.arrived(), "the upstream was asked"


def tool_run(stage):
    """a tool runs, and its result is in the answer"""
    outcome = succeeded(stage.run(f"[[sim: {bash('printf made-by-a-tool > proof.txt; echo result-$((40+2))')}]]"))
    assert outcome.made == {"proof.txt": "made-by-a-tool"}
    assert "result-42" in outcome.text
    assert outcome.answer["num_turns"] == 2


def parallel_tools(stage):
    """two tools in one turn, thinking before them"""
    script = f"think='I need two things.' {bash('printf 1 > one.txt; echo first-done')} {bash('printf 2 > two.txt; echo second-done')}"
    outcome = succeeded(stage.run(f"[[sim: {script}]]"))
    assert outcome.made == {"one.txt": "1", "two.txt": "2"}
    last = stage.arrived()[-1]["body"]
    assert "first-done" in last and "second-done" in last


def older_model(stage):
    """an older model: budgets for thinking, other tools"""
    outcome = succeeded(stage.run(f"[[sim: think='hm' {bash('echo result-$((40+3))')}]]", "--model", "claude-sonnet-4-5"))
    assert "result-43" in outcome.text


def bytes_untouched(stage):
    """its requests reach the upstream"""
    succeeded(stage.run(f"[[sim: {bash('echo hello')}]]"))
    sent, arrived = stage.sent(), stage.arrived()
    assert len(sent) == len(arrived) == 2
    assert duo.ACCESS_KEY not in json.dumps(arrived), "the client's key went upstream"
    for request, event in zip(sent, arrived):
        where, prefix = KEYS[stage.kind]
        assert header_of(event, where) == [prefix + duo.UPSTREAM_KEY]
        (same_request if stage.is_passed else translated_request)(request, event)


def same_request(request, event):
    assert "?beta=true" in request.target
    assert event["target"] == request.target
    assert event["body"].encode() == request.body, "the body was altered"
    assert header_of(event, "anthropic-beta"), "no betas arrived"
    for name, value in request.headers:
        if name.lower() not in OWN_HEADERS:
            assert header_of(event, name.lower()) == [value], name


def tools_of(event):
    """(name, schema) of each tool, and the body's text about who speaks, in whatever dialect it is."""
    got = json.loads(event["body"])
    if event["target"] == "/v1/chat/completions":
        return [(t["function"]["name"], t["function"]["parameters"]) for t in got["tools"]], got["messages"][0], got["stream"]
    if event["target"] == "/v1/responses":
        return [(t["name"], t["parameters"]) for t in got["tools"]], got.get("instructions") or got["input"][0], got["stream"]
    declared = [f for t in got["tools"] for f in t["functionDeclarations"]]
    is_stream = ":streamGenerateContent?alt=sse" in event["target"]
    return [(f["name"], f.get("parametersJsonSchema") or f.get("parameters")) for f in declared], got["systemInstruction"], is_stream


def translated_request(request, event):
    asked = json.loads(request.body)
    tools, system, is_stream = tools_of(event)
    assert is_stream
    assert [name for name, _ in tools] == [t["name"] for t in asked["tools"]]
    assert tools[0][1]["properties"].keys() == asked["tools"][0]["input_schema"]["properties"].keys()
    assert json.dumps(asked["system"][-1]["text"])[1:-1] in json.dumps(system)
    assert not [h for h in event["headers"] if h[0].lower().startswith("anthropic-")]


def renamed_model(stage):
    """a model's other name upstream"""
    succeeded(stage.run("[[sim: text=hello]]", "--model", "map-me"))
    request, event = stage.sent()[0], stage.arrived()[0]
    assert json.loads(event["body"]).get("model") == "another-name" or "/models/another-name:" in event["target"]
    if stage.is_passed:
        expected = request.body.replace(b'"model":"map-me"', b'"model":"another-name"', 1)
        assert event["body"].encode() == expected, "more than the name was altered"


def cut_in_text(stage):
    """a stream cut inside the text is taken up again"""
    outcome = succeeded(stage.run("[[sim: times=1 text='One two three four five six seven eight.' events=20 cutevent=10]]"))
    ends = [r["end"] for r in stage.accounts()]
    assert ends[0] == "UD", ends
    assert ends[-1] == "--", ends
    assert len(stage.sent()) >= 2
    assert "Hello from the simulator" in outcome.text


def cut_in_tool(stage):
    """a stream cut inside a tool's arguments runs no half command"""
    where = "cut=150" if stage.kind == "gemini" else "cutevent=8"
    script = f"times=1 frag=6 {where} {bash('touch half-run.txt; echo a command that is long enough to be cut')}"
    outcome = succeeded(stage.run(f"[[sim: {script}]]"))
    assert outcome.made == {}, outcome.made
    assert stage.accounts()[0]["end"][0] == "U"
    assert len(stage.sent()) >= 2


def cut_for_ever(stage):
    """answers that are always cut, streamed or not, end in an honest error"""
    outcome = stage.run("Count to ten.", "--model", "torn-model")
    assert outcome.failed, "Claude Code believes in a whole answer"
    ends = [r["end"] for r in stage.accounts()]
    assert ends[0] == "UD", ends
    assert all(end[0] == "U" for end in ends), ends


def busy_upstream(stage):
    """429 at the first upstream, served by the second"""
    elsewhere(stage, "busy-model", 429)


def down_upstream(stage):
    """503 at the first upstream, served by the second"""
    elsewhere(stage, "down-model", 503)


def elsewhere(stage, model, status):
    outcome = succeeded(stage.run(f"[[sim: {bash('echo result-$((40+4))')}]]", "--model", model))
    assert "result-44" in outcome.text
    assert len(stage.sent()) == 2, "the client had to ask again"
    accounts = stage.accounts()
    assert [r["status"] for r in accounts] == [200, 200]
    assert [r["channel"] for r in accounts] == ["good", "good"]
    assert accounts[0]["attempts"] == 2
    attempts = [json.loads(line) for line in stage.lines(stage.pair.gateway.output)[stage.gateway_lines:]]
    assert status in [r.get("up_status") for r in attempts if r["event"] == "attempt"]


def error_inside(stage):
    """an error as the first event of a 200 is not an answer"""
    outcome = succeeded(stage.run("[[sim: times=1 errevent='overloaded_error:busy']]"))
    assert "Hello from the simulator" in outcome.text


def context_command(stage):
    """/context: a burst of token counts"""
    outcome = stage.run("/context")
    assert outcome.code == 0
    counts = [r for r in stage.sent() if "/count_tokens" in r.target]
    assert len(counts) > 5
    assert {r["status"] for r in stage.accounts()} == {200}


STORIES = (text_answer, bearer_token, wrong_key, tool_run, parallel_tools, older_model, bytes_untouched, renamed_model, cut_in_text,
           cut_in_tool, cut_for_ever, busy_upstream, down_upstream, error_inside, context_command)
