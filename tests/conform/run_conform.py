# SPDX-License-Identifier: MIT
"""run_conform - plays every case against a gateway and a simulator, and prints one line of TAP for each.

    python3 run_conform.py --source SRC --build BUILD [-v] [PART...]      only cases whose name or file has one of the parts

Every case has a channel, a key and a model name of its own, so one gateway serves them all at once.  A stream is
played three times, its bytes whole, in chunks of a few, and one by one: what the client gets must be the same.
"""
import argparse
import concurrent.futures
import glob
import importlib
import json
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "tables"), os.path.join(HERE, "..", "flow"), os.path.join(HERE, "..", "truth")]
sys.dont_write_bytecode = True

import macros  # noqa: E402
import match  # noqa: E402
import speech  # noqa: E402
import validate  # noqa: E402
from case import FAMILIES, GEMINI_STREAM, Wrong, is_stream_reply, parse, parse_text, read_json  # noqa: E402
from client import Request  # noqa: E402
from flow import Broken, Gateway, Tools, Upstream, ask, drop_place, make_place, write_file  # noqa: E402

# `reply ok`: when only the request matters.
OK = {"claude": '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn",'
                '"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}',
      "responses": '{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"id":"msg_1","type":"message",'
                   '"status":"completed","role":"assistant","content":[{"type":"output_text","text":"ok","annotations":[],"logprobs":[]}]}],'
                   '"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,'
                   '"output_tokens_details":{"reasoning_tokens":0},"total_tokens":2}}',
      "gemini": '{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP","index":0}],"modelVersion":"m","responseId":"r1",'
                '"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}',
      "chat": '{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},'
              '"finish_reason":"stop"}]}'}
VIA = {"messages": "x-api-key", "chat": "authorization", "responses": "authorization", "gemini": "x-goog-api-key"}


class Play:
    """A case, cut in one way."""

    def __init__(self, case, number, way):
        self.case, self.way = case, way
        self.tag = f"{number:04}{'whole' if not way else way.split('=')[0]}"
        self.model, self.key = f"conform-{self.tag}-model", f"sk-conform-{self.tag}-key"
        self.bound, self.answers, self.sent, self.error = {}, [], [], None

    def fill(self, text):
        """@model@, @key@, and what was bound by earlier steps."""
        text = text.replace("@model@", self.model).replace("@key@", self.key)
        for name, value in self.bound.items():
            inner = value if isinstance(value, str) else macros.spell(value)
            text = text.replace(f'"@json:{name}@"', macros.spell(value))
            text = text.replace(f"@{name}@", json.dumps(inner, ensure_ascii=False)[1:-1])
        return text


def plays_of(case, number):
    ways = ["", f"chunk={1 + number % 7}", "drip"] if case.is_stream() else [""]
    return [Play(case, number, w) for w in ways]


# ---- before ------------------------------------------------------------------


def reply_file(place, play, i, step):
    """The reply's bytes in a file for the simulator; None for no reply at all."""
    below = [OK[play.case.upstream]] if step.rest("reply") == "ok" else step.below("reply")
    if not below:
        return None
    if is_stream_reply(step):
        name, data = "sse", macros.written(play.case.upstream, below)
    else:
        text = "\n".join(below)
        name, data = "json", (macros.raw_bytes(text[5:]) if text.startswith("body ") else text.encode())
    path = os.path.join(place, f"{play.tag}-{i}.{name}")
    write_file(path, data)
    return path


def rules_of(place, play):
    for i, step in enumerate(play.case.steps):
        words = [f"key={play.key}"] + ([f"nth={i + 1}"] if len(play.case.steps) > 1 else [])
        path = reply_file(place, play, i, step)
        if path:
            words.append(f"raw={path}")
        if is_stream_reply(step):
            words.append(play.way)
        yield " ".join(words + [step.rest("reply") if step.rest("reply") != "ok" else ""])


def channel_of(play, url):
    c = play.case
    options = f"options = {{ {c.options} }}; " if c.options else ""
    return (f'  {{ id = "{play.tag}"; dialect = "{c.upstream}"; base_url = "{url}"; keys = [ "{play.key}" ]; allow_private = true;\n'
            f'    only = [ "{play.model}" ]; models = ( "{play.model}={c.model}" ); {options}{c.channel}}}')


def begin(place, plays, upstream, gateway):
    upstream.start()
    upstream.script("\n".join(r for p in plays for r in rules_of(place, p)) + "\n")
    os.makedirs(place + "/state", mode=0o700, exist_ok=True)
    gateway.configure(f'listen = "127.0.0.1:0";\naccess_key = "{gateway.access_key}";\nworkers = 1;\nstate_dir = "{place}/state";\n'
                      "fuzzy = false;\nscheduler = { waits = 0; };\n"
                      "channels = (\n" + ",\n".join(channel_of(p, upstream.url) for p in plays) + "\n);\n")
    gateway.start(args=["-o", "log.form=json", "-o", f"log.file={gateway.log_file}"])


# ---- asking ------------------------------------------------------------------


def request_of(play, step, access):
    body = play.fill(step.text("in"))
    if '"model"' not in body and play.case.family != "gemini":
        body = body.replace("{", '{"model":"%s"%s' % (play.model, "" if body.strip() == "{}" else ","), 1)
    via = VIA[play.case.family]
    headers = [("content-type", "application/json"), (via, "Bearer " + access if via == "authorization" else access)]
    for line in step.lists["header"]:
        name, _, value = line.partition(": ")
        headers.append((name, play.fill(value)))
    return Request("POST", play.fill(target_of(play.case, step)), body.encode("utf-8", "surrogateescape"), headers)


def target_of(case, step):
    """Gemini's clients ask for a stream by the path."""
    if case.family == "gemini" and case.target == FAMILIES["gemini"] and step.rest("out").startswith("stream"):
        return GEMINI_STREAM
    return case.target


def must_be_honest(answer, family):
    if family in speech.STREAMS:
        speech.check(answer, family)
        return
    try:
        validate.JUDGES[family]().judge(bytes(answer.body))
    except validate.Dishonest as e:
        raise match.Differs(str(e)) from e


def check_out(play, step, answer):
    text = bytes(answer.body).decode("utf-8", "replace")
    match.must_hold(text, [play.fill(t) for t in step.lists["out-has"]], step.lists["out-not"], "out")
    check_headers(answer.headers, step.lists["out-header"], play, "out")
    if answer.is_stream:
        must_be_honest(answer, play.case.family)
    if step.has("out-same"):
        with open(os.path.join(play.place, f"{play.tag}-{play.case.steps.index(step)}.{'sse' if is_stream_reply(step) else 'json'}"), "rb") as f:
            if f.read() != bytes(answer.body):
                raise match.Differs(f"the reply's bytes are not those of the upstream:\n{text}")
    rest, below = step.rest("out"), step.below("out")
    if step.rest("reply") == "ok" and answer.status != 200:
        raise match.Differs(f"status {answer.status}, though the upstream said yes\n{text[:2000]}")
    if rest.startswith("stream"):
        if answer.status != 200 or not answer.is_stream:
            raise match.Differs(f"no stream but {answer.status}\n{text[:2000]}")
        match.events_fit(macros.expected(play.case.family, below), match.events_of(answer), play.case.family, play.bound, "apart" in rest)
    elif rest or below:
        status, pattern = macros.two("\n".join([rest, *below]).strip())
        if answer.status != int(status or 200):
            raise match.Differs(f"status {answer.status}, expected {status or 200}\n{text[:2000]}")
        if pattern:
            match.fits(read_json(pattern), read_json(text), "out", play.bound)
    if step.lists["out-absent"]:
        match.must_lack(read_json(text), step.lists["out-absent"], "out")


def check_headers(headers, wanted, play, what):
    for line in wanted:
        name, _, value = line.partition(": ")
        found = [v for n, v in headers if n.lower() == name.lower()]
        if found != ([] if value == "absent" else [play.fill(value)]):
            raise match.Differs(f"{what}: header {name} is {found}, expected {value}")


def run(play, place, gateway):
    play.place = place
    try:
        for step in play.case.steps:
            request = request_of(play, step, gateway.access_key)
            play.sent.append(request.body)
            play.answers.append(ask(gateway.port, request))
            check_out(play, step, play.answers[-1])
    except Exception as e:
        kind = "" if isinstance(e, (match.Differs, speech.Dishonest)) else traceback.format_exc()
        play.error = f"step {len(play.answers)}: {e}\n{kind}" + heard(play)


def heard(play):
    if not play.answers:
        return ""
    a = play.answers[-1]
    return f"the client got {a.status} ({a.ended}):\n{bytes(a.body).decode('utf-8', 'replace')[:4000]}"


# ---- what the upstream heard -------------------------------------------------


def check_up(play, step, i, requests):
    if step.has("up-none"):
        if requests:
            raise match.Differs(f"the upstream was asked: {requests[0].get('body')}")
        return
    if len(requests) <= i:
        raise match.Differs("the upstream was not asked")
    r = requests[i]
    body = r.get("body", "")
    if step.has("up"):
        match.fits(read_json(play.fill(step.text("up"))), read_json(body), "up", play.bound)
    if step.has("up-same"):
        was = play.sent[i].decode("utf-8", "replace").replace(play.model, play.case.model)
        if body != was:
            raise match.Differs(f"the request's bytes are not the client's:\n{body}\n{was}")
    if step.lists["up-absent"]:
        match.must_lack(read_json(body), step.lists["up-absent"], "up")
    match.must_hold(body, [play.fill(t) for t in step.lists["up-has"]], step.lists["up-not"], "up")
    check_headers([tuple(h) for h in r["headers"]], step.lists["up-header"], play, "up")


def key_of(request):
    for name, value in request["headers"]:
        if name.lower() in ("x-api-key", "authorization", "x-goog-api-key"):
            return value.rsplit(" ", 1)[-1]
    return None


def check_all_up(plays, upstream):
    by_key = {}
    for r in upstream.requests():
        by_key.setdefault(key_of(r), []).append(r)
    for p in plays:
        if p.error:
            shown = by_key.get(p.key, [])
            p.error += "\nthe upstream heard:\n" + "\n".join(str(r.get("body"))[:4000] for r in shown)
            continue
        try:
            for i, step in enumerate(p.case.steps):
                check_up(p, step, i, by_key.get(p.key, []))
        except Exception as e:
            kind = "" if isinstance(e, match.Differs) else traceback.format_exc()
            p.error = f"step {i + 1}: {e}\n{kind}the upstream heard:\n" + "\n".join(str(r.get("body"))[:6000] for r in by_key.get(p.key, []))


def check_same(plays):
    """However the bytes came, the events are the same."""
    first = plays[0]
    for p in plays[1:]:
        for a, b in zip(first.answers, p.answers):
            if p.error or first.error or not (a.is_stream and b.is_stream):
                continue
            x, y = (match.without_chance(match.events_of(z), p.case.family) for z in (a, b))
            if x != y:
                p.error = f"other events than when the bytes came whole:\n{x}\n{y}"


def report(case, plays, is_verbose):
    bad = [p for p in plays if p.error]
    name = f"{os.path.basename(case.path)[:-5]}: {case.name}"
    print(("not ok - " if bad else "ok - ") + name)
    for p in bad[:1]:
        print("\n".join("# " + x for x in f"line {case.line}, {p.way or 'whole'}: {p.error}".split("\n")))
    if is_verbose:
        print("\n".join("# " + x for p in plays[:1] for x in heard(p).split("\n")), flush=True)
    return bool(bad)


def run_all(cases, tools, is_verbose):
    plays = [plays_of(c, i) for i, c in enumerate(cases)]
    flat, place = [p for ps in plays for p in ps], make_place("conform")
    upstream, gateway = Upstream(place, "upstream", tools), Gateway(place, tools, None)
    failed = 0
    try:
        begin(place, flat, upstream, gateway)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda p: run(p, place, gateway), flat))
        check_all_up(flat, upstream)
        for case, ps in zip(cases, plays):
            check_same(ps)
            failed += report(case, ps, is_verbose)
        failed += check_end(gateway)
    finally:
        for process in (gateway, upstream):
            if process.process:
                process.stop(10)
        drop_place(place)
    return failed


def check_end(gateway):
    code = gateway.stop()
    try:
        gateway.check_quiet()
        if code:
            raise Broken(f"it ended with {code}\n{gateway.stderr()[-3000:]}")
    except Broken as e:
        print("not ok - the gateway lives, frees everything and keeps its secrets\n" + "\n".join("# " + x for x in str(e).split("\n")))
        return 1
    print("ok - the gateway lives, frees everything and keeps its secrets")
    return 0


def made_cases():
    """What tables say, as cases; a table is a module whose cases() yields their texts."""
    tables = ("answers", "errors", "stops", "settings", "parts")
    return [c for t in tables for text in importlib.import_module(t).cases() for c in parse_text(text, f"table-{t}.case")]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("-v", action="store_true", help="show what every client got")
    p.add_argument("parts", nargs="*")
    a = p.parse_args()
    tools = Tools(os.path.abspath(a.source), os.path.abspath(a.build))
    try:
        cases = [c for f in sorted(glob.glob(os.path.join(HERE, "cases", "*.case"))) for c in parse(f)] + made_cases()
        cases = [c for c in cases if not a.parts or any(x in c.name or x in c.path for x in a.parts)]
        sys.exit(1 if run_all(cases, tools, a.v) else 0)
    except Wrong as e:
        print(f"not ok - cases can be read\n# {e}")
        sys.exit(1)


main()
