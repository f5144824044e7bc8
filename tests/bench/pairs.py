"""pairs - what each of the sixteen pairs of dialects costs: requests, added time to the first event, CPU of an event; prints one table.

    python3 tests/bench/pairs.py --build build [--rounds 3] [--seconds 2] [--write tests/bench/RESULTS.md]

One gateway, one simulator, one pair after the other, as often as there are rounds; each figure is the median. *first event* is
how much later a client sees it than straight from the simulator in its own dialect; events before any content (2 ms each here) are held
back until there is some, so that is in it. Figures, never a pass or a fail.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sdk")]

import bench  # noqa: E402
import contenders  # noqa: E402
import duo  # noqa: E402

DIALECTS = ("claude", "chat", "responses", "gemini")
EVENTS = 200
PATHS = {"claude": "/v1/messages", "chat": "/v1/chat/completions", "responses": "/v1/responses"}


def path_of(dialect, model, is_stream):
    if dialect != "gemini":
        return PATHS[dialect]
    return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if is_stream else "generateContent")


def body_of(dialect, model, words, is_stream):
    """A small turn of a conversation with one tool: what a client of an agent sends again and again."""
    prompt, schema = f"hello [[sim: {words}]]", {"type": "object", "properties": {"city": {"type": "string"}}}
    said = {"user": "What is the weather like in some city or other?", "assistant": "It depends on the city, and on the day."}
    if dialect == "gemini":
        turns = [{"role": "model" if r == "assistant" else r, "parts": [{"text": t}]} for r, t in said.items()]
        return json.dumps({"contents": [*turns, {"role": "user", "parts": [{"text": prompt}]}],
                           "tools": [{"functionDeclarations": [{"name": "weather", "parametersJsonSchema": schema}]}]})
    turns = [{"role": r, "content": t} for r, t in said.items()] + [{"role": "user", "content": prompt}]
    body = {"model": model, "stream": is_stream}
    if dialect == "claude":
        body |= {"max_tokens": 1000, "messages": turns, "tools": [{"name": "weather", "input_schema": schema}]}
    elif dialect == "chat":
        body |= {"messages": turns, "tools": [{"type": "function", "function": {"name": "weather", "parameters": schema}}]}
    else:
        body |= {"store": False, "input": turns, "tools": [{"type": "function", "name": "weather", "parameters": schema, "strict": False}]}
    return json.dumps(body)


class Pairs:
    def __init__(self, build, folder, seconds):
        self.seconds, self.folder = seconds, folder
        self.pair = duo.Duo(build, folder, lambda url: [duo.channel(d, d, url, f"up-{d}", 1) for d in DIALECTS])
        self.tool = f"{build}/claude-proxy-load"
        self.gateway = contenders.Contender()
        self.gateway.process = self.pair.gateway.process
        self.results = {}

    def measure(self, client, upstream):
        model = f"up-{upstream}"
        found = self.results.setdefault((client, upstream), {})
        body = f"{self.folder}/body.json"
        with open(body, "w", encoding="utf-8") as f:
            f.write(body_of(client, model, "size=700", False))
        before = self.gateway.cpu()
        r = self.load("requests", self.pair.gateway.url, client, model, False, "--connections", 16, "--duration", self.seconds, "--body", body)
        self.note(found, "requests/s", r["done"] * 1000 / r["ms"])
        self.note(found, "CPU us/request", (self.gateway.cpu() - before) * 1e6 / max(r["done"], 1))
        self.note(found, "failed", r["failed"] + r["bad_status"])
        data = body_of(client, model, f"events={EVENTS} pace=2 stamp", True)
        before = self.gateway.cpu()
        r = self.load("streams", self.pair.gateway.url, client, model, True, "--connections", 50, "--ramp", 50, "--data", data)
        events = 50 * EVENTS
        self.note(found, "CPU us/event", (self.gateway.cpu() - before) * 1e6 / events)
        direct = self.load("streams", self.pair.sim.url, client, model, True, "--connections", 50, "--ramp", 50, "--data", data)
        self.note(found, "first event, us later", r["first_p50_us"] - direct["first_p50_us"])
        self.note(found, "event, us later", r["delay_p50_us"] - direct["delay_p50_us"])

    def load(self, mode, url, client, model, is_stream, *more):
        command = [self.tool, mode, url + path_of(client, model, is_stream), *map(str, more), "--header", f"x-goog-api-key: {duo.ACCESS_KEY}",
                   "--header", "content-type: application/json"]
        p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
        return json.loads(p.stdout.decode().strip().splitlines()[-1])

    @staticmethod
    def note(found, figure, value):
        found.setdefault(figure, []).append(value)

    def table(self):
        figures = list(next(iter(self.results.values())))
        rows = [f"| client to upstream | {' | '.join(figures)} |", "|" + "---|" * (len(figures) + 1)]
        for (client, upstream), found in self.results.items():
            cells = [statistics.median(found[f]) for f in figures]
            rows.append(f"| {client} to {upstream} | " + " | ".join(f"{v:,.0f}" if abs(v) >= 100 else f"{v:.1f}" for v in cells) + " |")
        return "\n".join(rows)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=int, default=2)
    p.add_argument("--write")
    a = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="claude-proxy-bench.") as folder:
        pairs = Pairs(os.path.abspath(a.build), folder, a.seconds)
        try:
            for _ in range(a.rounds):
                for client in DIALECTS:
                    for upstream in DIALECTS:
                        pairs.measure(client, upstream)
        finally:
            pairs.pair.stop()
    text = (f"## All pairs\n\nMeasured {time.strftime('%Y-%m-%d')}: {bench.machine()}; median of {a.rounds} rounds, loopback.\n\n{pairs.table()}\n")
    print(text)
    if a.write:
        with open(a.write, "a", encoding="utf-8") as f:
            f.write("\n" + text)


main()
