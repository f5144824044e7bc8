# SPDX-License-Identifier: MIT
"""Client keys: what each opens, caps and budgets, what is told to whom, and what is kept."""
import hashlib
import http.client
import json
import os
import time

from gateway import files_below, together, wait

TAGS = ["thread"]

CONF = """
prices_file = "{source}/tests/admin/prices.conf";
client_keys = (
  {{ key = "file-CANARY-alice-0123456789"; label = "alice"; id = "alice"; models = [ "m", "claude-*" ]; families = [ "messages" ]; }},
  {{ key = "file-CANARY-bob-0123456789ab"; id = "bob"; enabled = false; }},
  {{ key = "file-CANARY-carol-0123456789"; id = "carol"; expires = "2020-01-01T00:00:00Z"; }},
  {{ key = "file-CANARY-lasting-01234567"; id = "lasting"; budget = {{ tokens = 100000; period = "ever"; }}; }}
);
"""
CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ];
     families = [ "messages", "chat", "responses", "gemini" ]; }} );
"""
ALICE, BOB, CAROL, LASTING = (f"file-CANARY-{n}" for n in ("alice-0123456789", "bob-0123456789ab", "carol-0123456789", "lasting-01234567"))


def made(g, **what):
    """A client key of the API: (its key, its id)."""
    a = g.post("/api/clients", what)
    assert a.status == 201, a
    return a.json["key"], a.json["id"]


def one(g, ident):
    a = g.get("/api/clients/" + ident)
    assert a.status == 200, a
    return a.json


def at_rest(g, ident):
    """Nothing is under way, nothing is reserved."""
    def probe():
        c = one(g, ident)
        return c if c["in_flight"] == 0 and c["usage"]["reserved"] == {"tokens": 0, "micro": 0} else None
    return wait(probe, "nothing under way")


def spent(g, ident):
    return at_rest(g, ident)["usage"]["spent"]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def chat(g, key, model="m", **more):
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], **more}
    return g.send("POST", "/v1/chat/completions", json.dumps(body).encode(), {"authorization": "Bearer " + key, "content-type": "application/json"})


def responses(g, key, model="m", **more):
    return g.send("POST", "/v1/responses", json.dumps({"model": model, "input": "hello", **more}).encode(),
                  {"authorization": "Bearer " + key, "content-type": "application/json"})


def gemini(g, key, model="m"):
    return g.send("POST", f"/v1beta/models/{model}:generateContent", b'{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}',
                  {"x-goog-api-key": key, "content-type": "application/json"})


# ---- what a key opens ----

def test_disabled_and_expired(g):
    assert g.message(key=ALICE).status == 200
    a = g.message(key=BOB)
    assert a.status == 401 and "disabled" in a.json["error"]["message"] and a.json["error"]["type"] == "authentication_error", a
    a = g.message(key=CAROL)
    assert a.status == 401 and "2020-01-01T00:00:00Z" in a.json["error"]["message"] and a.headers["x-should-retry"] == "false", a
    assert g.message(key="nobody-0123456789").status == 401


def test_models_and_families(g):
    assert g.message(key=ALICE, model="claude-x-9").status == 200
    a = g.message(key=ALICE, model="gpt-5")
    assert a.status == 404 and a.json["error"]["type"] == "not_found_error" and "claude-*" in a.json["error"]["message"], a
    a = chat(g, ALICE)
    assert a.status == 403 and a.json["error"]["type"] == "permission_error" and "chat" in a.json["error"]["message"], a
    assert a.headers["x-should-retry"] == "false", a
    key, _ = made(g, label="models", models=["only-this"])
    a = chat(g, key)
    assert a.status == 404 and a.json["error"]["code"] == "model_not_found", a
    a = responses(g, key)
    assert a.status == 404 and a.json["error"]["code"] == "model_not_found", a
    a = gemini(g, key)
    assert a.status == 404 and a.json["error"]["status"] == "NOT_FOUND", a
    assert chat(g, key, model="only-this").status == 200


# ---- caps ----

def test_requests_a_minute(g):
    key, ident = made(g, label="rpm", caps={"rpm": 2})
    assert [g.message(key=key).status for _ in range(2)] == [200, 200]
    a = g.message(key=key)
    assert a.status == 429 and a.json["error"]["type"] == "rate_limit_error" and 1 <= int(a.headers["retry-after"]) <= 31, a
    assert "2 requests a minute" in a.json["error"]["message"], a
    a = chat(g, key)
    assert a.status == 429 and a.json["error"]["code"] == "rate_limit_exceeded" and a.headers["retry-after"], a
    a = gemini(g, key)
    assert a.status == 429 and a.json["error"]["status"] == "RESOURCE_EXHAUSTED", a
    assert any(d["@type"].endswith("RetryInfo") for d in a.json["error"]["details"]), a
    count = g.send("POST", "/v1/messages/count_tokens", b'{"model":"m","messages":[{"role":"user","content":"x"}]}',
                   {"x-api-key": key, "content-type": "application/json"})
    assert count.status == 200, count
    at_rest(g, ident)


def test_tokens_a_minute(g):
    key, ident = made(g, label="tpm", caps={"tpm": 200})
    assert g.message(key=key, text="a" * 400).status == 200
    a = g.message(key=key, text="a" * 400)
    assert a.status == 429 and "200 tokens a minute" in a.json["error"]["message"] and a.headers["retry-after"], a
    at_rest(g, ident)


def test_concurrency(g):
    key, ident = made(g, label="narrow", caps={"concurrency": 1})
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=30)
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "[[sim: delay=600000]]"}]}
    c.request("POST", "/v1/messages", json.dumps(body), {"x-api-key": key, "content-type": "application/json"})
    wait(lambda: one(g, ident)["in_flight"] == 1, "the slow one is under way")
    a = g.message(key=key)
    assert a.status == 429 and "at once" in a.json["error"]["message"] and a.headers["retry-after"] == "10", a
    c.close()
    at_rest(g, ident)
    assert g.message(key=key).status == 200


# ---- budgets ----

def test_what_was_told_is_what_is_spent(g):
    key, ident = made(g, label="told", budget={"tokens": "1M", "money": "100"})
    for stream in (False, True):
        a = g.message(key=key, stream=stream, model="claude-priced", text="[[sim: usage=100,10,1000,200]]")
        assert a.status == 200, a
    # 100 in at 3.00, 10 out at 15.00, 1000 read at 0.30, 200 written at 3.75, twice
    wait(lambda: at_rest(g, ident)["served"] == 2 and one(g, ident)["last_used"], "both are counted")
    assert spent(g, ident) == {"tokens": 2 * 1310, "micro": 2 * (300 + 150 + 300 + 750)}, spent(g, ident)


def test_failures_cost_nothing(g):
    key, ident = made(g, label="fails", budget={"tokens": 100000})
    assert g.message(key=key, text="[[sim: status=400]]").status == 400
    assert g.message(key=key, text="[[sim: status=529]]").status >= 500
    g.post("/api/scheduler/reset", {})
    assert g.message(key=key, text="[[sim: drop]]").status >= 500
    g.post("/api/scheduler/reset", {})
    assert spent(g, ident) == {"tokens": 0, "micro": 0}


def test_a_client_that_leaves_pays(g):
    key, ident = made(g, label="leaves", budget={"tokens": 100000})
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=30)
    body = {"model": "m", "max_tokens": 5000, "stream": True, "messages": [{"role": "user", "content": "[[sim: events=2000 pace=30 usage=50,4000]]"}]}
    c.request("POST", "/v1/messages", json.dumps(body), {"x-api-key": key, "content-type": "application/json"})
    r = c.getresponse()
    while b"content_block_delta" not in r.readline():
        pass
    for _ in range(90):
        r.readline()
    r.close()
    c.close()
    got = spent(g, ident)["tokens"]
    assert 50 < got < 1500, got


def used_up(g, key, ident):
    """One at a time: an answer is there a moment before it is paid."""
    while g.message(key=key, text="[[sim: usage=400,100]]").status == 200:
        at_rest(g, ident)
    return at_rest(g, ident)


def test_used_up_is_told_so_that_clients_stop(g):
    key, ident = made(g, label="poor", budget={"tokens": 1000, "period": "ever"})
    c = used_up(g, key, ident)
    assert c["usage"]["spent"]["tokens"] == 1000 and c["usage"]["left"]["tokens"] == 0, c
    a = g.message(key=key)
    assert a.status == 402 and a.json["error"]["type"] == "billing_error" and a.headers["x-should-retry"] == "false", a
    assert "1000 tokens of 1000 tokens" in a.json["error"]["message"] and "retry-after" not in a.headers, a
    assert "x-budget-reset" not in a.headers and "x-codex-promo-message" not in a.headers, a
    for ask in (chat, responses):
        a = ask(g, key)
        assert "resets_at" not in a.json["error"] and ("x-codex-promo-message" in a.headers) == (ask == responses), a
        assert a.status == 429 and a.json["error"]["code"] == "insufficient_quota" and a.headers["x-should-retry"] == "false", a
        assert a.json["error"]["type"] == "usage_limit_reached", a
    a = gemini(g, key)
    assert a.status == 429 and "PerDay" in json.dumps(a.json["error"]["details"]), a
    assert a.json["error"]["message"].endswith("; left of the limit: 0"), a
    assert g.post(f"/api/clients/{ident}/reset").json["usage"]["spent"]["tokens"] == 0
    assert g.message(key=key).status == 200


def test_when_it_begins_anew_is_told(g):
    while time.time() % 86400 > 86400 - 60:
        time.sleep(1)  # what is used up just before midnight is not any more just after it
    key, ident = made(g, label="today", budget={"tokens": 1000, "period": "day"})
    used_up(g, key, ident)
    a = g.message(key=key)
    anew = int(a.headers["x-budget-reset"])
    assert a.status == 402 and anew % 86400 == 0 and 0 < anew - time.time() <= 86400, a
    a = responses(g, key)
    assert a.status == 429 and a.json["error"]["resets_at"] == anew == int(a.headers["x-budget-reset"]), a
    assert a.headers["x-codex-promo-message"] == \
        "The budget of this key is used up: 1000 tokens of 1000 tokens spent today; ask for a larger one", a


def test_money(g):
    key, ident = made(g, label="money", budget={"money": "0.01"})
    # 100 tokens in at 3.00 a million and 1,000 out at 15.00
    assert g.message(key=key, model="claude-priced", text="[[sim: usage=100,1000]]").status == 200
    assert spent(g, ident)["micro"] == 15300
    a = g.message(key=key, model="claude-priced")
    assert a.status == 402 and "0.0153 USD of 0.0100 USD" in a.json["error"]["message"] and "it begins anew at" in a.json["error"]["message"], a
    assert g.message(key=key, model="claude-free").status == 200
    assert g.message(key=key, model="no-price").status == 200
    wait(lambda: "no price of no-price" in g.log_text(), "the log says so")
    g.patch("/api/clients/" + ident, {"budget": {"priced_only": True}})
    a = wait(lambda: (lambda x: x if x.status != 200 else None)(g.message(key=key, model="no-price")), "only what has a price is let in")
    assert a.status == 403 and "no price" in a.json["error"]["message"], a


def test_a_thousand_at_once(g):
    budget = 60000
    key, ident = made(g, label="crowd", budget={"tokens": budget})
    body = json.dumps({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "[[sim: usage=60,40]]"}]}).encode()
    answers = []

    def work():
        for _ in range(20):
            answers.append(g.send("POST", "/v1/messages", body, {"x-api-key": key, "content-type": "application/json"}).status)

    together(*[work] * 50)
    good = answers.count(200)
    assert len(answers) == 1000 and set(answers) <= {200, 402, 429}, sorted(set(answers))
    assert spent(g, ident)["tokens"] == 100 * good <= budget + 200, (good, spent(g, ident))
    assert good > budget / 100 * 0.9, good


# ---- the API ----

def test_shown_once(g):
    a = g.post("/api/clients", {"label": "once", "expires": "2099-01-01T00:00:00Z", "families": ["messages"]})
    key, ident = a.json["key"], a.json["id"]
    assert a.status == 201 and key.startswith("cp-") and len(key) == 43, a
    assert a.json["managed"] and a.json["expires"] == "2099-01-01T00:00:00Z" and a.headers["etag"] == f'"{a.json["etag"]}"', a
    assert g.message(key=key).status == 200
    listed = g.get("/api/clients").text + g.get("/api/clients/" + ident).text + g.get("/api/config/show").text + g.log_text()
    assert key not in listed and hashlib.sha256(key.encode()).hexdigest() not in g.get("/api/clients").text
    for path, text in files_below(g.state_dir):
        assert key.encode() not in text, path
    managed = read(os.path.join(g.state_dir, "managed.conf")).decode()
    assert hashlib.sha256(key.encode()).hexdigest() in managed
    g.restart()
    assert g.message(key=key).status == 200


def test_what_a_file_says_is_locked(g):
    for a in (g.patch("/api/clients/alice", {"label": "x"}), g.delete("/api/clients/alice"), g.post("/api/clients/alice/rotate")):
        assert a.status == 409 and "claude-proxy.conf:" in a.json["error"], a
    assert one(g, "alice")["managed"] is False and g.get("/api/clients/nobody").status == 404


def test_changes_hold_at_once(g):
    key, ident = made(g, label="changes")
    a = g.patch("/api/clients/" + ident, {"enabled": False})
    assert a.status == 200 and a.json["state"] == "disabled", a
    wait(lambda: g.message(key=key).status == 401, "it is disabled")
    tag = g.get("/api/clients/" + ident).headers["etag"]
    assert g.patch("/api/clients/" + ident, {"enabled": True, "label": "other"}, headers={"If-Match": tag}).status == 200
    assert g.patch("/api/clients/" + ident, {"label": "lost"}, headers={"If-Match": tag}).status == 409
    wait(lambda: g.message(key=key).status == 200, "it is enabled")
    whole = one(g, ident)
    assert whole["label"] == "other"
    assert g.patch("/api/clients/" + ident, {**whole, "label": "third"}).json["label"] == "third"
    for bad in ({"key": "x" * 30}, {"digest": "0" * 64}, {"id": "other"}):
        assert g.patch("/api/clients/" + ident, bad).status == 400, bad
    for bad, where in (({"budgett": {}}, "budgett"), ({"expires": "soon"}, "expires"), ({"families": ["nope"]}, ""), ({"caps": {"rpm": -1}}, "rpm")):
        a = g.patch("/api/clients/" + ident, bad)
        assert a.status in (400, 422) and where in a.text, (bad, a)
    assert g.delete("/api/clients/" + ident).json["removed"]["id"] == ident
    wait(lambda: g.message(key=key).status == 401, "it is gone")


def test_a_reset_is_in_the_log(g):
    _, ident = made(g, label="reset")
    assert g.post(f"/api/clients/{ident}/reset").status == 200
    wait(lambda: f"client key {ident}: what it has spent is forgotten" in g.log_text(), "the log says it")


def test_rotate(g):
    key, ident = made(g, label="turns", budget={"tokens": 100000})
    assert g.message(key=key, text="[[sim: usage=10,5]]").status == 200
    a = g.post(f"/api/clients/{ident}/rotate", {"grace": "1h"})
    second = a.json["key"]
    assert a.status == 200 and second != key and a.json["id"] == ident and a.json["previous_until"], a
    wait(lambda: g.message(key=second, text="[[sim: usage=10,5]]").status == 200, "the new one opens")
    assert g.message(key=key, text="[[sim: usage=10,5]]").status == 200
    assert spent(g, ident)["tokens"] >= 45
    third = g.post(f"/api/clients/{ident}/rotate").json["key"]
    wait(lambda: g.message(key=second).status == 401 and g.message(key=key).status == 401, "the old ones do not")
    wait(lambda: g.message(key=third).status == 200, "the newest does")
    assert g.post(f"/api/clients/{ident}/rotate", {"grace": "soon"}).status == 400


def test_prices(g):
    a = g.get("/api/prices?model=claude-priced")
    assert a.json["currency"] == "USD" and a.json["holds"][0]["micro"]["output"] == 15000000, a
    assert a.json["holds"][0]["output"] == "15.00" and a.json["holds"][0]["cache_read"] == "0.30", a
    assert g.get("/api/prices?model=nobody-knows").json["holds"] == []
    assert g.get("/api/prices?channel=up").status == 400


def test_explain_knows_the_limits(g):
    def ask(client, model):
        return g.post(f"/api/explain?path=/v1/messages&client={client}", {"model": model, "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]})
    assert "refused" not in ask("alice", "m").json["request"]
    assert "gpt-5" in ask("alice", "gpt-5").json["request"]["refused"]
    assert "disabled" in ask("bob", "m").json["request"]["refused"] and "expired" in ask("carol", "m").json["request"]["refused"]
    assert ask("nobody", "m").status == 404


# ---- over a restart ----

def test_spent_goes_on(g):
    before = spent(g, "lasting")["tokens"]
    assert g.message(key=LASTING, text="[[sim: usage=500,100]]").status == 200
    g.restart()
    assert spent(g, "lasting")["tokens"] == before + 600


def test_killed_at_any_time(g):
    least = spent(g, "lasting")["tokens"]
    for i in range(20):
        done = 0
        stop = time.time() + 0.3 + 0.17 * i % 2.3
        while time.time() < stop:
            done += g.message(key=LASTING, text="[[sim: usage=4,1]]").status == 200
        most = spent(g, "lasting")["tokens"]
        g.kill9()
        g.start()
        now = spent(g, "lasting")["tokens"]
        assert least <= now <= most, (i, least, now, most)
        least = now
    assert not os.path.exists(os.path.join(g.state_dir, "spend.conf.bad"))


def test_a_broken_file_is_set_aside(g):
    g.stop()
    path = os.path.join(g.state_dir, "spend.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write("spent = ( { key = ")
    g.start()
    wait(lambda: "budgets begin anew" in g.log_text() and os.path.exists(path + ".bad"), "the file is set aside and that is told")
    assert spent(g, "lasting")["tokens"] == 0
    assert g.message(key=LASTING).status == 200


def test_lists_of_models_show_what_a_key_may_use(g):
    everything = {m["id"] for m in g.api("GET", "/v1/models", headers={"anthropic-version": "2023-06-01"}).json["data"]}
    some = sorted(everything)[0]
    assert len(everything) > 1, everything
    key, _ = made(g, label="menu", models=[some, "nothing-like-it-*"])
    for headers in ({"anthropic-version": "2023-06-01"}, {}):
        a = g.send("GET", "/v1/models", headers={"x-api-key": key, **headers})
        assert a.status == 200 and [m["id"] for m in a.json["data"]] == [some], a
        if "first_id" in a.json:
            assert a.json["first_id"] == a.json["last_id"] == some, a
    a = g.send("GET", "/v1beta/models", headers={"x-goog-api-key": key})
    assert a.status == 200 and [m["name"] for m in a.json["models"]] == ["models/" + some], a
    other = sorted(everything)[1]
    assert g.send("GET", "/v1/models/" + other, headers={"x-api-key": key}).status == 404
