"""run_captures - what real clients send, replayed before all four upstreams; prints TAP.  See README.md."""
import argparse
import collections
import glob
import http.client
import json
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, *(os.path.join(TESTS, ring) for ring in ("sdk", "ledger", "truth"))]

import duo  # noqa: E402
import judge  # noqa: E402
import make  # noqa: E402
import validate  # noqa: E402

DIALECTS = ("claude", "chat", "responses", "gemini")
MODELS = {"claude": "claude-opus-4-5", "chat": "gpt-4o", "responses": "gpt-5", "gemini": "gemini-3-flash"}
FAMILIES = {"claude": "messages", "chat": "chat", "responses": "responses", "gemini": "gemini"}
SECONDS = 180
# What passes untouched is the client's to answer for.
AS_IT_CAME = "path=/own strict=0\n"


class Capture:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".json")]
        with open(path, encoding="utf-8") as f:
            made = json.load(f)
        self.client, self.target, self.headers, self.body = made["client"], made["target"], made["headers"], made["body"]
        self.dialect = self.dialect_of()
        self.model = self.body.get("model") or re.search(r"/models/([^:]+):", self.target).group(1)
        self.is_chat = not re.search(r"count_tokens|countTokens|/compact|/input_tokens", self.target)
        self.is_stream = bool(self.body.get("stream")) or ":streamGenerateContent" in self.target

    def dialect_of(self):
        for part, dialect in (("/messages", "claude"), ("/chat/completions", "chat"), ("/responses", "responses")):
            if part in self.target:
                return dialect
        return "gemini"


def replay(address, capture):
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    headers = {k: v for k, v in capture.headers.items() if k.lower() != "accept-encoding"}
    headers["x-goog-api-key" if capture.dialect == "gemini" else "Authorization"] = \
        duo.ACCESS_KEY if capture.dialect == "gemini" else f"Bearer {duo.ACCESS_KEY}"
    try:
        connection.request("POST", capture.target, json.dumps(capture.body, ensure_ascii=False).encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def answered(pair, capture):
    """Why the answer is not one, or None."""
    status, body = replay(pair.gateway.address, capture)
    if status != 200:
        return f"status {status}: {body[:300]!r}"
    try:
        if not (capture.is_chat and capture.is_stream):
            return None if isinstance(json.loads(body), dict) else "no object"
        verdict = validate.JUDGES[FAMILIES[capture.dialect]]().judge(body)
    except (ValueError, KeyError, TypeError, IndexError, validate.Dishonest) as e:
        return f"{type(e).__name__}: {e}"
    return None if verdict == "complete" else f"the stream is told as {verdict}"


class Pair:
    """What judge wants to know of a pair, and where it complains."""

    def __init__(self, client, upstream):
        self.client, self.upstream, self.name = client, upstream, f"{client} to {upstream}"
        self.unread = collections.Counter()

    def complain(self, counter, what, _):
        counter[what] += 1


def muted(v, key=None):
    """The same; what only tells of its holder's kind is marked, ids and states of items, which mean nothing elsewhere, are out,
    and so are descriptions that say nothing."""
    if isinstance(v, dict):
        is_item = key == "input" and "type" in v
        return {k: muted(x, "name of a result" if key == "functionResponse" and k == "name" else k) for k, x in v.items()
                if not (is_item and k in ("id", "status")) and not (k == "description" and x == "")}
    if isinstance(v, list):
        return [muted(x, key) for x in v]
    return make.Mute(v) if isinstance(v, str) and key in ("type", "role", "name of a result") else v


def lost(translator, capture, upstream):
    if not capture.is_chat or capture.dialect == upstream:
        return []
    pair = Pair(capture.dialect, upstream)
    request = muted(capture.body)
    made = translator.settle(pair, request)
    if not made:
        return list(pair.unread)
    return sorted({re.sub(r"\[\d+\]", "[]", path) for path in judge.uncovered(translator, pair, request, made)})


def say(good, name, why=()):
    print(f"{'ok' if good else 'not ok'} - {name}", flush=True)
    for line in why:
        print(f"#   {line}")
    return good


def run_upstream(upstream, captures, translator, a):
    def channels(url):
        own = sorted({c.model for c in captures if c.dialect == upstream})
        others = sorted({c.model for c in captures} - set(own))
        renamed = ", ".join(f'"{n}={MODELS[upstream]}"' for n in others)
        yield duo.channel("other", upstream, url, '", "'.join(others) or "none", 1, models=f"[ {renamed} ]")
        yield duo.channel("own", upstream, f"{url}/own", '", "'.join(own) or "none", 1)
    good = True
    with tempfile.TemporaryDirectory(prefix="claude-proxy-captures-") as folder:
        pair = duo.Duo(a.build, folder, channels, AS_IT_CAME, "strict")
        try:
            for c in captures:
                why = answered(pair, c)
                good &= say(not why, f"{c.name} to {upstream}: answered", [why] if why else ())
                paths = lost(translator, c, upstream)
                good &= say(not paths, f"{c.name} to {upstream}: nothing is lost in silence", paths[:20])
        finally:
            why = pair.stop()
    return say(not why, f"the gateway before {upstream} ends cleanly", (why or "").splitlines()) and good


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--only", default="")
    p.add_argument("--upstream", default="")
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    captures = [Capture(path) for path in sorted(glob.glob(f"{HERE}/requests/*.json")) if a.only in path]
    translator = judge.Translator(a.build, MODELS)
    good = [run_upstream(u, captures, translator, a) for u in DIALECTS if a.upstream in ("", u)]
    translator.stop()
    sys.exit(0 if all(good) else 1)


main()
