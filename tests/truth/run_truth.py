"""run_truth - streams tell the truth: every upstream stream cut at every event and inside of events, all pairs; prints TAP.

    python3 tests/truth/run_truth.py --source . --build build [--client FAMILY] [--upstream DIALECT] [--every N]

A stream that was cut may end in the family's error event, or without any end; never as if it were whole. One that was whole
must arrive whole, every text and call of it. The judges (validate.py) know the protocols and nothing of the gateway.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sdk")]

import duo  # noqa: E402
import validate  # noqa: E402

DIALECTS = ("claude", "chat", "responses", "gemini")
CLIENTS = ("messages", "chat", "responses", "gemini", "gemini-array")
ASKING = {"messages": ("claude", "/v1/messages"), "chat": ("chat", "/v1/chat/completions"), "responses": ("responses", "/v1/responses"),
          "gemini": ("gemini", "/v1beta/models/{}:streamGenerateContent?alt=sse"), "gemini-array": ("gemini", "/v1beta/models/{}:streamGenerateContent")}
SAYING = {"claude": "/v1/messages", "chat": "/v1/chat/completions", "responses": "/v1/responses",
          "gemini": "/v1beta/models/{}:streamGenerateContent?alt=sse"}
# The event that tells how the answer stopped: what is cut behind it was whole.
STOPS = {"claude": "message_delta", "chat": '"finish_reason":"', "responses": "response.completed", "gemini": "finishReason"}
SCRIPT = ('think="I think, therefore I am. Or so they say." text="Grüße, 世界: here is some text to be told." '
          'tool=first args={"city":"Zürich, \\"Nord\\"","n":9007199254740993} tool=second args={"deep":{"list":[1,2.5,null]}} usage=40,30,8,4,9')
SHAPES = {"": "", "crlf and comments": " crlf comments", "pings": " pings=2", "byte by byte": " drip", "interleaved calls": " interleave",
          "no last blank line": " noblank", "a byte order mark": " bom"}
AS_IT_IS = ("no last blank line",)  # passes to a client of the same dialect as it came, and means to it what it means
SECONDS = 180


class Answer:
    def __init__(self, status, body, is_whole):
        self.status, self.body, self.is_whole = status, body, is_whole


def post(address, target, body, words=""):
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {duo.ACCESS_KEY}", "x-goog-api-key": duo.ACCESS_KEY}
    if words:
        headers["x-sim"] = words
    try:
        connection.request("POST", target, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        try:
            return Answer(answer.status, answer.read(), True)
        except http.client.IncompleteRead as e:
            return Answer(answer.status, e.partial, False)
        except ConnectionError:
            return Answer(answer.status, b"", False)
    finally:
        connection.close()


def question(family, model, prompt):
    """The least streamed request of a family that declares the tools that will be called."""
    tools = [(n, {"type": "object", "properties": {"city": {"type": "string"}}}) for n in ("first", "second")]
    if family in ("messages", "claude"):
        return {"model": model, "max_tokens": 900, "stream": True, "messages": [{"role": "user", "content": prompt}],
                "tools": [{"name": n, "input_schema": s} for n, s in tools]}
    if family == "chat":
        return {"model": model, "stream": True, "messages": [{"role": "user", "content": prompt}],
                "tools": [{"type": "function", "function": {"name": n, "parameters": s}} for n, s in tools]}
    if family == "responses":
        return {"model": model, "stream": True, "input": prompt, "store": False, "reasoning": {"summary": "auto"},
                "tools": [{"type": "function", "name": n, "parameters": s, "strict": False} for n, s in tools]}
    return {"contents": [{"role": "user", "parts": [{"text": prompt}]}], "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
            "tools": [{"functionDeclarations": [{"name": n, "parametersJsonSchema": s} for n, s in tools]}]}


class Upstream:
    """What the simulator says to a dialect's own client, uncut: where its events are, and which of them is the stop."""

    def __init__(self, pair, dialect):
        self.dialect = dialect
        target = SAYING[dialect].format("m")
        answer = post(pair.sim.address, target, question(dialect, "m", f"[[sim: {SCRIPT}]]"))
        self.body = answer.body
        end = b"\r\n\r\n" if dialect == "gemini" else b"\n\n"
        self.ends = [m.end() for m in re.finditer(re.escape(end), self.body)]
        starts = [0, *self.ends[:-1]]
        stop = STOPS[dialect].encode()
        self.stop_at = next(e for s, e in zip(starts, self.ends) if stop in self.body[s:e])
        judge = validate.JUDGES["messages" if dialect == "claude" else dialect]()
        validate.must(judge.judge(self.body) == "complete", "the simulator itself")
        self.digest = judge.digest()

    def places(self, every):
        """Bytes to cut at: each boundary, and three places inside of each event."""
        found = []
        for start, end in zip([0, *self.ends[:-1]], self.ends):
            found += [end, start + 3, (start + end) // 2, end - 1]
        return sorted({p for p in found if 0 <= p < len(self.body)})[::every]


class Trial:
    def __init__(self, pair, client, upstream):
        self.pair, self.client, self.upstream = pair, client, upstream
        self.name = f"{client} to {upstream.dialect}"
        self.problems = {}
        self.is_passed = ASKING[client][0] == upstream.dialect

    def ask(self, words):
        model = f"up-{self.upstream.dialect}"
        _, path = ASKING[self.client]
        return post(self.pair.gateway.address, path.format(model), question(self.client, model, f"[[sim: {SCRIPT} {words}]]"))

    def judge(self, words):
        """("refused" or a judge's verdict, the judge)"""
        answer = self.ask(words)
        if answer.status != 200:
            validate.must(answer.status >= 400 and b"error" in answer.body and self.is_json(answer.body), f"status {answer.status}: {answer.body[:200]!r}")
            return "refused", None
        judge = validate.JUDGES[self.client]()
        verdict = judge.judge(answer.body)
        if verdict == "complete" and not answer.is_whole:
            verdict = "cut"
        return verdict, judge

    @staticmethod
    def is_json(body):
        try:
            json.loads(body)
        except ValueError:
            return False
        return True

    def attempt(self, words, check):
        try:
            verdict, judge = self.judge(words)
            check(verdict, judge)
        except (validate.Dishonest, KeyError, IndexError, TypeError, OSError, http.client.HTTPException, UnicodeDecodeError) as e:
            self.problems.setdefault(f"{type(e).__name__}: {e}"[:300], words)

    def whole(self, verdict, judge):
        validate.must(verdict == "complete", f"a whole stream was told as {verdict}")
        validate.must(not judge.comments or "gemini" not in self.client or self.upstream.dialect == "gemini", "comments break Gemini's clients")
        self.same(judge)

    def same(self, judge):
        wanted, got = self.upstream.digest, judge.digest()
        for what, a, b in zip(("text", "thoughts", "calls"), wanted, got):
            validate.must(a == b, f"{what}: {b!r} where the upstream said {a!r}")

    def cut_at(self, place):
        def check(verdict, judge):
            if verdict == "complete":
                validate.must(place >= self.upstream.stop_at - 2 * len("\r\n"), "a stream that was cut was told as complete")
                self.same(judge)
        return check

    def broken(self, verdict, judge):
        validate.must(verdict != "complete", "an error was told as a complete stream")

    def say(self, law):
        for why, words in self.problems.items():
            print(f"#   {why}    [{words}]")
        print(f"{'not ok' if self.problems else 'ok'} - {self.name}: {law}", flush=True)
        good, self.problems = not self.problems, {}
        return good


def run_trial(trial, every, pool):
    good = True
    for shape, words in SHAPES.items():
        if not (trial.is_passed and shape in AS_IT_IS):
            trial.attempt(words, trial.whole)
    good &= trial.say("whole streams arrive whole, however they are cut into pieces")
    places = trial.upstream.places(every)
    list(pool.map(lambda p: trial.attempt(f"cut={p}", trial.cut_at(p)), places))
    good &= trial.say(f"cut at {len(places)} places, never told as complete")
    events = len(trial.upstream.ends)
    list(pool.map(lambda n: trial.attempt(f"errevent='server_error:gone mad' errafter={n}", trial.broken), range(0, events - 1, every)))
    good &= trial.say("an error after any event is an error")
    return good


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--client", default="", help=", ".join(CLIENTS))
    p.add_argument("--upstream", default="", help=", ".join(DIALECTS))
    p.add_argument("--every", type=int, default=1, help="only each N-th place")
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    dialects = [d for d in DIALECTS if a.upstream in ("", d)]
    good = True
    with tempfile.TemporaryDirectory(prefix="claude-proxy-truth-") as folder, concurrent.futures.ThreadPoolExecutor(6) as pool:
        pair = duo.Duo(a.build, folder, lambda url: [duo.channel(d, d, url, f"up-{d}", 1) for d in dialects])
        try:
            for dialect in dialects:
                upstream = Upstream(pair, dialect)
                for client in CLIENTS:
                    if a.client in ("", client):
                        good &= run_trial(Trial(pair, client, upstream), a.every, pool)
        finally:
            why = pair.stop()
        print(f"{'not ok' if why else 'ok'} - the gateway ends cleanly")
        if why:
            print("\n".join("# " + line for line in why.splitlines()))
    sys.exit(0 if good and not why else 1)


main()
