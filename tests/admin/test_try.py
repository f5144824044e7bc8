# SPDX-License-Identifier: MIT
"""POST /api/try: a key of five minutes with which the panel asks models, and what it opens."""
import json
import re

from gateway import wait

CONF = """
admin_key = "admin-CANARY-0123456789abcdef";
history = {{ store = "sqlite"; }};
"""
CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; families = [ "messages", "chat", "responses", "gemini" ]; }}
);
"""
ADMIN = "admin-CANARY-0123456789abcdef"
FRESH = True  # who has guessed waits
ASKS = {
    "messages": ("/v1/messages", {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}),
    "chat": ("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "hi"}]}),
    "responses": ("/v1/responses", {"model": "m", "input": "hi", "store": False}),
    "gemini": ("/v1beta/models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
}


def take(g, **more):
    a = g.post("/api/try", **(more or {"key": ADMIN}))
    assert a.status == 201, a
    assert set(a.json) == {"key", "expires", "seconds"} and a.json["seconds"] == 300, a
    assert re.fullmatch(r"try-[0-9a-f]{60}", a.json["key"]) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", a.json["expires"]), a
    return a.json["key"]


def test_each_family(g):
    key = take(g)
    for family, (path, body) in ASKS.items():
        a = g.post(path, body, key=key)
        assert a.status == 200, (family, a)
        assert a.headers["x-request-id"], a.headers
        a = g.post(path, body, key=None, headers={"authorization": "Bearer " + key})
        assert a.status == 200, (family, a)
    assert g.get("/v1/models", key=key).status == 200
    assert g.send("POST", ASKS["gemini"][0] + "?key=" + key, json.dumps(ASKS["gemini"][1]).encode(), {"content-type": "application/json"}).status == 200


def test_under_its_own_name(g):
    g.message(key=take(g))
    row = wait(lambda: next((r for r in g.get("/api/history?client=panel", key=ADMIN).json["requests"]), None), "history has it")
    assert row["client"] == "panel", row
    assert wait(lambda: [x for x in g.log_lines() if x.get("key") == "panel"], "the log has it")
    wait(lambda: "panel" in g.get("/api/statistics?by=client", key=ADMIN).text, "statistics have it")


def test_it_opens_no_door_of_the_administration(g):
    key = take(g)
    for path in ("/api/status", "/api/channels", "/api/session", "/metrics"):
        a = g.get(path, key=key)
        assert a.status in (401, 403), (path, a)
    assert g.post("/api/try", key=key).status in (401, 403)
    assert g.post("/api/session", {"key": key}, key=None).status in (401, 429)  # it counts as guessing


def test_who_is_given_one(g):
    assert g.post("/api/try", key=None).status == 401
    assert g.post("/api/try").status == 403  # the access key opens models already
    assert g.api("GET", "/api/try", key=ADMIN).status == 405
    assert g.post("/api/try", {"x": 1}, key=ADMIN).status == 400
    assert take(g) != take(g)
    a = g.api("POST", "/api/session", {"key": ADMIN}, key=None)
    cookie = a.headers["set-cookie"].split(";")[0]
    g.message(key=take(g, key=None, headers={"cookie": cookie, "x-csrf-token": a.json["csrf"]}))
    assert g.post("/api/try", key=None, headers={"cookie": cookie}).status == 403  # no token: another page's idea


def browser(g):
    a = g.api("POST", "/api/session", {"key": ADMIN}, key=None)
    return {"cookie": a.headers["set-cookie"].split(";")[0], "x-csrf-token": a.json["csrf"]}


def test_it_ends_with_its_session(g):
    one, two = browser(g), browser(g)
    first, second, scripts = take(g, key=None, headers=one), take(g, key=None, headers=two), take(g)
    assert g.message(key=first).status == 200
    assert g.api("DELETE", "/api/session", key=None, headers=one).status == 200
    for family, (path, body) in ASKS.items():
        a = g.post(path, body, key=first)
        assert a.status == 401 and "ended with the session" in a.text and first not in a.text, (family, a)
    assert g.message(key=second).status == 200 and g.message(key=scripts).status == 200
    again = g.api("POST", "/api/session", {"key": ADMIN}, key=None, headers=two)  # who logs in anew has another session
    two = {"cookie": again.headers["set-cookie"].split(";")[0], "x-csrf-token": again.json["csrf"]}
    assert g.message(key=second).status == 401
    third = take(g, key=None, headers=two)
    assert g.message(key=third).status == 200
    assert g.api("DELETE", "/api/sessions", key=ADMIN).status == 200
    assert g.message(key=third).status == 401 and g.message(key=scripts).status == 200
    assert g.message(key=take(g, key=None, headers=browser(g))).status == 200


def test_explain_knows_it(g):
    path, body = ASKS["messages"]
    a = g.post(f"/api/explain?path={path}&client=panel", body, key=ADMIN)
    assert a.status == 200 and a.json["result"] == "found" and a.json["request"]["client_key"] == "panel", a
    assert g.post(f"/api/explain?path={path}&client=nobody", body, key=ADMIN).status == 404


def test_false_ones(g):
    key = take(g)
    for wrong in (key[:-1] + ("0" if key[-1] != "0" else "1"), "try-" + "0" * 60, key[:4] + "f" + key[5:]):
        for family, (path, body) in ASKS.items():
            a = g.post(path, body, key=wrong)
            assert a.status == 401 and "none of ours" in a.text and wrong not in a.text, (family, a)
    for other in ("try-", key[:-1], key + "0", key.upper()):
        a = g.message(key=other)
        assert a.status == 401 and "access key" in a.text, a
    a = g.message(key=key, headers={"authorization": "Bearer " + g.key})
    assert a.status == 401 and "two different" in a.text, a


def test_it_ends_with_its_process(g):
    key = take(g)
    g.reload()
    assert g.message(key=key).status == 200
    g.restart()
    a = g.message(key=key)
    assert a.status == 401 and "none of ours" in a.text, a
    assert g.message(key=take(g)).status == 200


def test_no_upstream_sees_it(g):
    key = take(g)
    assert g.message(key=key).status == 200
    assert key not in g.log_text() + g.stderr()
