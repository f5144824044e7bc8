"""run_agents - long sessions of agents that change the upstream between turns; prints TAP.

    python3 tests/truth/run_agents.py --source . --build build [--client FAMILY] [--seed N] [--seeds N] [--turns N]

Each agent (agents.py) plays a session of parallel calls, results, errors, images, thoughts, reminders in the middle and summaries,
and asks another model at random in each turn. Two things must hold. The strict simulator refuses nothing: whatever one service
said can be told to any other. And what a service is told only grows: its last request's messages stand, byte for byte, at the
beginning of the next one's, and its instructions and tools are the same bytes, for prompt caches depend on that.
"""
import argparse
import http.client
import json
import os
import random
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sdk")]

import agents  # noqa: E402
import duo  # noqa: E402

MODELS = {"claude-opus-4-5": "claude", "claude-opus-4-8": "claude", "gpt-4o": "chat", "deepseek-chat": "chat", "gpt-5": "responses",
          "gemini-2.5-pro": "gemini", "gemini-3-flash": "gemini"}
GROWING = {"claude": "messages", "chat": "messages", "responses": "input", "gemini": "contents"}
CONSTANT = ("system", "instructions", "systemInstruction", "tools", "tool_choice", "toolConfig")
MARK = re.compile(r',"cache_control":\{"type":"ephemeral"[^{}]*\}')
SECONDS = 180


def members(text):
    """The members of a JSON object, or the elements of an array, each as it is spelled."""
    reader, out, at = json.JSONDecoder(), [], skip(text, 1)
    while text[at] not in "]}":
        name = None
        if text[0] == "{":
            name, at = reader.raw_decode(text, at)
            at = skip(text, skip(text, at) + 1)
        _, end = reader.raw_decode(text, at)
        out.append((name, text[at:end]))
        at = skip(text, end)
        at = skip(text, at + 1) if text[at] == "," else at
    return out


def skip(text, at):
    while text[at] in " \t\r\n":
        at += 1
    return at


class Session:
    def __init__(self, pair, family, style, seed, turns):
        self.pair, self.turns = pair, turns
        self.agent = agents.AGENTS[family](style)
        self.chance = random.Random(f"{family}/{style}/{seed}")
        self.name = f"{family}{' (' + style + ')' if style else ''}, seed {seed}"
        self.told, self.problems, self.calls, self.read = {}, [], [], 0

    def post(self, address, target, body):
        connection = http.client.HTTPConnection(address, timeout=SECONDS)
        try:
            connection.request("POST", target, body, {"Content-Type": "application/json", "Authorization": f"Bearer {duo.ACCESS_KEY}",
                                                      "x-goog-api-key": duo.ACCESS_KEY})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def tell_simulator(self, turn):
        """What the model will say now."""
        c, words = self.chance, []
        if c.random() < 0.6:
            words.append(f'think="I wonder, {turn}. Or do I?"')
        calls = c.choice((0, 1, 1, 2, 3))
        if not calls or c.random() < 0.5:
            words.append(f'text="Turn {turn}: Gr\u00fc\u00dfe, \u4e16\u754c."')
        else:
            words.append('text=""')
        for i in range(calls):
            args = c.choice(({"path": f"a/{turn}-{i}.c", "from": 10 ** 15 + i}, {"path": "q\"\u00e4\\n\n"}, {}))
            words.append(f"tool=read_file args={json.dumps(args, ensure_ascii=False)}" if c.random() < 0.6 else
                         f'tool=shell args={{"command": "ls  {turn}"}}')
        status, said = self.post(self.pair.sim.address, "/sim/script", (" ".join(words) + "\n").encode())
        assert status == 200, said

    def prepare(self, turn):
        """What the program does between two turns."""
        c = self.chance
        if self.calls:
            self.agent.results([agents.Result(i, n, c.choice((f"result {turn}", "", "  x\ty\n", '{"a": [1, 2.50]}')), c.random() < 0.2, c.random() < 0.15)
                                for i, n in self.calls])
        if not self.calls and turn and c.random() < 0.15:
            self.agent.compact()
            self.told = {}
        elif not self.calls or c.random() < 0.1:
            self.agent.say(f"Question {turn}?", c.random() < 0.2)
        if c.random() < 0.25:
            self.agent.remind(f"Turn {turn}: the file was changed.")

    def upstream_body(self):
        """The last thing the simulator was told by the gateway."""
        with open(self.pair.sim_log, encoding="utf-8") as f:
            f.seek(self.read)
            lines = f.read()
        lines = lines[:lines.rfind("\n") + 1]  # that it was answered may be just being written
        self.read += len(lines.encode())
        asked = [e for e in map(json.loads, lines.splitlines()) if e["ev"] == "request" and not e["target"].startswith("/sim/")]
        return asked[-1]["body"] if asked else None

    def compare(self, model, turn, text):
        parts = dict(members(text))
        if MODELS[model] == "claude":
            parts = {k: MARK.sub("", v) for k, v in parts.items()}
        if "previous_response_id" in parts:
            return
        now = [v for _, v in members(parts[GROWING[MODELS[model]]])]
        same = {k: parts.get(k) for k in CONSTANT}
        before, then = self.told.get(model, ([], same))
        for i, old in enumerate(before):
            new = now[i] if i < len(now) else None
            if new != old:
                self.problems.append(f"turn {turn}, {model}: message {i} of {len(before)} was\n#     {old[:1500]}\n#   and is now\n#     {str(new)[:1500]}")
                break
        for k, v in same.items():
            if v != then[k]:
                self.problems.append(f"turn {turn}, {model}: {k} was\n#     {str(then[k])[:1500]}\n#   and is now\n#     {str(v)[:1500]}")
        self.told[model] = now, same

    def turn(self, turn):
        model = self.chance.choice(tuple(MODELS))
        is_stream = self.chance.random() < 0.6
        self.prepare(turn)
        self.tell_simulator(turn)
        target, body = self.agent.request(model, is_stream)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        status, answer = self.post(self.pair.gateway.address, target, text.encode())
        told = self.upstream_body()
        if status != 200 or told is None:
            self.problems.append(f"turn {turn}, {model}: {status} {answer.decode()[:600]}\n#     upstream: {str(told)[:6000]}")
            return False
        self.compare(model, turn, told)
        self.calls = self.agent.take(answer, is_stream)
        return True

    def play(self):
        for turn in range(self.turns):
            try:
                if not self.turn(turn):
                    break
            except (KeyError, IndexError, TypeError, ValueError, OSError, http.client.HTTPException) as e:
                self.problems.append(f"turn {turn}: {type(e).__name__}: {e}")
                break
        for p in self.problems[:6]:
            print(f"#   {p}")
        print(f"{'not ok' if self.problems else 'ok'} - {self.name}: {self.turns} turns, nothing is refused, and what is told only grows", flush=True)
        return not self.problems


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--client", default="", help=", ".join(agents.AGENTS))
    p.add_argument("--seed", type=int, default=0, help="only this one")
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--turns", type=int, default=30)
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    good = True
    with tempfile.TemporaryDirectory(prefix="claude-proxy-agents-") as folder:
        pair = duo.Duo(a.build, folder, lambda url: [duo.channel(m.replace(".", "-"), d, url, m, 1) for m, d in MODELS.items()], play="strict")
        try:
            for family in agents.AGENTS:
                for style in agents.AGENTS[family].STYLES if a.client in ("", family) else ():
                    for seed in [a.seed] if a.seed else range(1, a.seeds + 1):
                        good &= Session(pair, family, style, seed, a.turns).play()
        finally:
            why = pair.stop()
        print(f"{'not ok' if why else 'ok'} - the gateway ends cleanly")
        if why:
            print("\n".join("# " + line for line in why.splitlines()))
    sys.exit(0 if good and not why else 1)


main()
