# SPDX-License-Identifier: MIT
"""What is remembered goes on over an upgrade, also where nothing is kept on a disk."""
import http.client
import json
import os
import shutil
import subprocess
import threading

import gateway
from gateway import HEAD, LONG, wait
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


def prepare(g):
    """Plugins of its own: one more comes."""
    g.plugins = os.path.join(g.place, "plugins")
    shutil.copytree(g.tools.plugins, g.plugins)
    g.options += ["--plugins", g.plugins]


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


def test_whose_folder_it_is(g):
    pass_on(g)
    with open(os.path.join(g.state_dir, "lock"), "rb") as f:
        assert f.read() == b"%d\n" % g.pid


def test_news(g):
    """Who follows comes back with the number he has seen last, and is told all that came since, or that he missed some."""
    def change():
        n = g.get("/api/channels/up").json["weight"]
        assert g.patch("/api/channels/up", {"weight": n % 100 + 1}).status == 200

    def follow(after):
        c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=LONG)
        c.request("GET", f"/api/events?kinds=config&after={after}", headers={"x-api-key": g.key})
        r = c.getresponse()
        assert r.status == 200, r.status
        return c, r

    def next_event(r):
        lines = []
        while True:
            line = r.readline().decode().strip()
            if line:
                lines.append(line)
            elif lines:
                return dict(x.split(": ", 1) for x in lines if not x.startswith(":"))
    change()
    c, r = follow(0)
    event = next_event(r)
    while event["event"] != "config":
        event = next_event(r)
    seen = int(event["id"])
    pass_on(g)
    while r.readline():  # he is sent to the new one
        pass
    c.close()
    for _ in range(20):
        change()
    c, r = follow(seen)
    assert next_event(r)["event"] == "hello"
    event = next_event(r)
    assert event["event"] == "missing" or int(event["id"]) == seen + 1, event
    c.close()


SLOW = """
#include <unistd.h>
__attribute__((constructor)) static void wait_for_it(void)
{{
    if (access("{here}", F_OK))
        (void)!symlink("x", "{here}");
    for (int i = 0; i < 400 && access("{on}", F_OK); i++)
        usleep(10000);
}}
"""


def test_what_is_changed_while_the_new_one_reads(g):
    """It has read the configuration already, and is busy with a plugin."""
    if not shutil.which("cc"):
        raise gateway.Skip("no compiler")
    body = {"dialect": "claude", "base_url": g.up.url, "keys": ["sk-CANARY-made-0001"], "allow_private": True, "only": ["made"]}
    assert g.post("/api/channels", {**body, "id": "before", "only": ["before"]}).status == 201
    here, on = os.path.join(g.place, "here"), os.path.join(g.place, "on")
    source = g.write("slow.c", SLOW.format(here=here, on=on))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", os.path.join(g.plugins, "slow.so"), source], check=True)
    old, answers = g.pid, []
    t = threading.Thread(target=lambda: answers.append(g.upgrade()))
    t.start()
    wait(lambda: os.path.islink(here), "the new one is there")
    a = g.post("/api/channels", {**body, "id": "made"})
    assert a.status == 201, a
    g.write("on", "")
    t.join()
    os.unlink(os.path.join(g.plugins, "slow.so"))
    assert answers and "made" in [c["id"] for c in g.get("/api/channels").json["channels"]]
    assert g.message(model="made").status == 200
    assert not [x for x in os.listdir(g.state_dir) if ".bad" in x], os.listdir(g.state_dir)
    g.await_end(old)


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
