# SPDX-License-Identifier: MIT
"""What is remembered goes on over an upgrade, also where nothing is kept on a disk."""
import json

from gateway import HEAD, wait
from lasting import Stream, begin_streams, finish

CONF_HEAD = HEAD.replace("workers = 2;", "workers = 1;") + 'history = {{ store = "none"; }};\n'
CONF = """
client_keys = (
  {{ key = "file-CANARY-paying-01234567"; id = "paying"; budget = {{ tokens = 10000; period = "day"; }}; caps = {{ rpm = 1; }}; }}
);
scheduler = {{ strategy = "round_robin"; }};
"""
CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; only = [ "m", "late" ]; caps = {{ concurrency = 2; }}; full = "wait"; }},
  {{ id = "two"; dialect = "claude"; base_url = "{up}/two"; allow_private = true; keys = [ "sk-CANARY-upstream-0002" ]; only = [ "turns" ]; }},
  {{ id = "three"; dialect = "claude"; base_url = "{up}/three"; allow_private = true; keys = [ "sk-CANARY-upstream-0003" ]; only = [ "turns" ]; }},
  {{ id = "ill"; dialect = "claude"; base_url = "{up}/ill"; allow_private = true; keys = [ "sk-CANARY-upstream-0004" ]; only = [ "ill" ]; }},
  {{ id = "resp"; dialect = "responses"; base_url = "{up}/v1"; allow_private = true; keys = [ "sk-CANARY-upstream-0005" ]; only = [ "r" ]; }}
);
"""
PAYING = "file-CANARY-paying-01234567"


def pass_on(g):
    old = g.pid
    g.upgrade()
    g.await_end(old)


def test_sessions_of_people(g):
    a = g.send("POST", "/api/session", json.dumps({"key": g.key}).encode(), {"content-type": "application/json", "origin": f"http://127.0.0.1:{g.port}"})
    assert a.status == 201, a
    cookie = {"cookie": a.headers["set-cookie"].split(";")[0]}
    g.shown.update(x for x in cookie.values())
    assert g.get("/api/status", key=None, headers=cookie).status == 200
    pass_on(g)
    assert g.get("/api/status", key=None, headers=cookie).status == 200
    csrf = a.json["csrf"]
    out = g.delete("/api/session", key=None, headers=dict(cookie, **{"x-csrf-token": csrf, "origin": f"http://127.0.0.1:{g.port}"}))
    assert out.status in (200, 204), out
    pass_on(g)
    assert g.get("/api/status", key=None, headers=cookie).status == 401


def test_passes_of_the_panel(g):
    a = g.post("/api/try")
    assert a.status == 201, a
    key = a.json["key"]
    g.shown.add(key)
    pass_on(g)
    assert g.message(key=key).status == 200


def test_who_rests(g):
    g.up.script("path=/ill status=401\n")
    g.message(model="ill")
    rests = lambda: [c for c in g.get("/api/channels").json["channels"] if c["id"] == "ill"][0]  # noqa: E731
    before = json.dumps(rests()["keys"][0].get("cooldown") or rests()["keys"][0])
    pass_on(g)
    after = json.dumps(rests()["keys"][0].get("cooldown") or rests()["keys"][0])
    assert "401" in before and "401" in after, (before, after)


def test_conversations(g):
    head = {"x-claude-code-session-id": "11111111-2222-4333-8444-555555555555"}
    a = g.message(model="turns", headers=head)
    assert a.status == 200, a
    before = g.get("/api/scheduler/sessions").json
    assert before["sessions"], before
    pass_on(g)
    after = g.get("/api/scheduler/sessions").json
    assert [s["channel"] for s in after["sessions"]] == [s["channel"] for s in before["sessions"]], (before, after)


def test_what_a_client_comes_back_to(g):
    """An answer of the process before, one that ended only after the switch among them."""
    def respond(**more):
        body = {"model": "m", "input": "hello", "max_output_tokens": 50, **more}
        return g.send("POST", "/v1/responses", json.dumps(body).encode(), {"x-api-key": g.key, "content-type": "application/json"})
    a = respond()
    assert a.status == 200, a
    pass_on(g)
    b = respond(previous_response_id=a.json["id"])
    assert b.status == 200, b


def test_caps(g):
    assert g.message(key=PAYING).status == 200
    assert g.message(key=PAYING).status == 429
    pass_on(g)
    assert g.message(key=PAYING).status == 429


def test_counters(g):
    names = ["claude_proxy_requests_total", "claude_proxy_attempts_total", "claude_proxy_tokens_total", "claude_proxy_request_duration_seconds_count"]
    wait(lambda: g.counter(names[0]) == g.asked, "all is counted")
    before = [g.counter(n) for n in names]
    served = {c["id"]: c for c in g.get("/api/channels").json["channels"]}
    assert sum(before), before
    pass_on(g)
    after = [g.counter(n) for n in names]
    assert after == before, (names, before, after)
    assert {c["id"] for c in g.get("/api/channels").json["channels"]} == set(served)


def test_who_is_inside(g):
    """What the old process has under way counts for the caps of the new one, until it is over."""
    streams = begin_streams(g, 2, events=40)
    old = g.pid
    g.upgrade()
    late = Stream(g, events=5)
    late.start()
    finish(streams + [late])
    g.await_end(old)
    at = [e["t"] for e in g.up.requests() if "events=5" in e["body"]]
    ends = [e["t"] for e in g.up.log() if e["ev"] == "done"]
    assert at and len([t for t in ends if t <= at[-1]]) >= 1, (at, ends)
