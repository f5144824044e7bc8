# SPDX-License-Identifier: MIT
"""Every door of the API's document, asked in every wrong way; and real bodies with something wrong in them.

Nothing may end the gateway, answer 5xx without a cause, or change anything when it refuses.
"""
import copy
import http.client
import json
import os
import random
import re

import gateway

CONF = 'control = {{ socket = "{place}/ctl.sock"; }};\nprices_file = "{source}/tests/admin/prices.conf";\n'
SECRET = "sk-CANARY-hostile-0123456789-0001"

# What a body of each door looks like; {up} is the simulator.
CHANNEL = {"name": "Mine", "dialect": "claude", "base_url": "{up}", "allow_private": True, "keys": [SECRET], "priority": 3, "weight": 2,
           "caps": {"rpm": 100, "concurrency": 3}, "models": ["a=b", {"from": "b", "to": "c"}], "headers": [{"name": "x-a", "value": "b"}],
           "timeouts": {"first_byte": "10s"}}
CLIENT = {"label": "somebody", "families": ["messages"], "models": ["m*"], "caps": {"rpm": 5, "tpm": 1000, "concurrency": 2},
          "budget": {"tokens": "1M", "money": "10", "period": "month"}, "expires": "2099-01-01T00:00:00Z"}
REQUEST = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]}
BODIES = {
    "POST /api/channels": CHANNEL, "PUT /api/channels/{id}": CHANNEL, "PATCH /api/channels/{id}": CHANNEL, "POST /api/channels/test": CHANNEL,
    "POST /api/channels/models": CHANNEL, "POST /api/channels/preview": {"dialect": "claude", "base_urls": ["https://h/v1"]},
    "POST /api/channels/reorder": {"order": ["mine", "up"], "family": "messages"}, "PATCH /api/channels/{id}/status": {"status": "active"},
    "POST /api/channels/{id}/promote": {"seconds": 60, "family": "messages"}, "POST /api/channels/{id}/test": {"chat": True, "model": "m"},
    "POST /api/channels/{id}/keys": {"key": SECRET + "-more", "label": "l", "caps": {"rpm": 2}}, "POST /api/channels/{id}/keys/reorder": {"order": ["x"]},
    "PATCH /api/channels/{id}/keys/{key}": {"enabled": False, "label": "x", "caps": {"rpm": 1}}, "POST /api/channels/{id}/keys/{key}/test": {"chat": True},
    "PATCH /api/families/{name}": {"strategy": "random", "fuzzy": True, "affinity": False, "order": ["up"]},
    "POST /api/clients": CLIENT, "PATCH /api/clients/{id}": CLIENT, "POST /api/clients/{id}/rotate": {"grace": "1h"},
    "PATCH /api/settings": {"limits": {"attempts": 4, "body": "9MB"}, "fuzzy": True, "log": {"level": "info"}},
    "POST /api/config/test": {"text": "limits = { attempts = 4; };"}, "POST /api/config/restore": {"generation": 1},
    "POST /api/import": {"config": "{\"upstream\": [{\"baseUrl\": \"https://h\", \"apiKeys\": [\"sk-CANARY-old\"]}]}", "env": "PORT=3000\n", "dry_run": True},
    "POST /api/scheduler/reset": {"channel": "up"}, "POST /api/scheduler/promote": {"channel": "up", "family": "messages", "seconds": 5},
    "POST /api/explain": REQUEST, "POST /api/session": {"key": "x"},
    "POST /api/{family}/channels": {"name": "Old", "serviceType": "claude", "baseUrl": "{up}", "apiKeys": [SECRET], "modelMapping": {"a": "b"}, "priority": 2},
    "PUT /api/{family}/channels/{id}": {"name": "Older", "baseUrl": "{up}", "apiKeys": [SECRET], "description": "d"},
    "POST /api/{family}/channels/reorder": {"order": [1, 0]}, "PATCH /api/{family}/channels/{id}/status": {"status": "active"},
    "POST /api/{family}/channels/{id}/promotion": {"duration": 60}, "POST /api/{family}/channels/{id}/keys": {"apiKey": SECRET + "-old"},
    "PUT /api/{family}/loadbalance": {"strategy": "failover"}, "PUT /api/loadbalance": {"strategy": "random"},
    "PUT /api/settings/fuzzy-mode": {"enabled": True},
}
ODD = (None, True, -1, 0, 1.5, 1e300, 2 ** 31, 2 ** 63, 2 ** 64, "", " ", "x", "\u0000", "a\u0000b", "\u202e\U0001f600", "../../etc/passwd", "x" * 70000, "%s%n",
       "-5m", "99999999999999999999GB", "http://[::1", "file:///etc/passwd", "http://169.254.169.254/", "\r\nx-evil: 1", [], {}, [[]], [None], ["x"] * 3000,
       {"x": {"x": {"x": 1}}}, {"": ""}, {"\u0000": 1})
PARAMS = ("%00", "%zz", "%", "..%2f..%2fetc", "%c0%af", "%ed%a0%80", "x" * 3000, "%F0%9F%98%80", "-1", "99999999999999999999", "a%0d%0ab", "'", "{id}", "*", ".", "%2e%2e")


class Caller:
    """By the local socket: whatever the tests set, it stays open."""

    def __init__(self, g):
        self.g, self.c, self.n = g, None, 0

    def __call__(self, method, path, body=None, headers=None):
        self.n += 1
        for again in (True, False):
            self.c = self.c or gateway.UnixConnection(os.path.join(self.g.place, "ctl.sock"), gateway.LONG)
            try:
                self.c.putrequest(method, path, skip_accept_encoding=True)
                h = {"content-type": "application/json", **(headers or {})}
                if body is not None:
                    h["content-length"] = str(len(body))
                for k, v in h.items():
                    self.c.putheader(k, v)
                try:
                    self.c.endheaders(body)
                except BrokenPipeError:
                    pass  # it has answered before it read all
                r = self.c.getresponse()
                text = r.read()
                if r.will_close:
                    self.close()
                break
            except (http.client.HTTPException, OSError):
                self.close()
                if not again:
                    raise
        self.g.seen.append(text.decode("utf-8", "replace"))
        return gateway.Answer(r.status, text, {k.lower(): v for k, v in r.getheaders()})

    def close(self):
        if self.c:
            self.c.close()
        self.c = None


def doors(g):
    for path, methods in g.get("/api/openapi.json").json["paths"].items():
        if path == "/api/upgrade":  # asked well, it ends this process: tests/upgrade
            continue
        for method, operation in methods.items():
            yield method.upper(), path, "requestBody" in operation


def managed(g):
    try:
        with open(os.path.join(g.state_dir, "managed.conf"), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def is_told(what, a):
    """An error is a sentence with its place, or there is none; 5xx only where another's failure is told."""
    assert a.status < 500 or a.status in (502, 503, 504, 507) or (a.status == 501 and what[0] in ("TRACE", "BREW")), (what, a)
    if a.status >= 400:
        assert a.json and isinstance(a.json.get("error"), str) and len(a.json["error"]) > 5, (what, a)
        assert set(a.json) <= {"error", "path", "details"} or a.json.get("errors") is not None, (what, a)
    return a


def fill(path, param=None):
    if param is None:
        return (path.replace("/channels/{id}", "/channels/mine").replace("{family}", "messages").replace("{name}", "messages")
                .replace("/clients/{id}", "/clients/body").replace("{n}", "1").replace("{key}", "k").replace("{id}", "0"))
    return re.sub(r"\{\w+\}", lambda _: param, path)


def settle(g, ask):
    """A channel and a client key that all doors find."""
    for path, body in (("/api/channels", {**CHANNEL, "base_url": g.up.url}), ("/api/clients", {"label": "body"})):
        a = ask("POST", path, json.dumps(body).encode())
        assert a.status in (201, 409), a


def test_every_door_with_everything_wrong(g):
    ask = Caller(g)
    settle(g, ask)
    before, n = managed(g), 0
    deep = b"[" * 5000 + b"]" * 5000
    bad = (b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", deep, b'{"a":' * 400 + b"1" + b"}" * 400, b'{"\\u0000":1}', b'{"a":1,"a":2}', b"{}x", b'{"a":NaN}',
           b'{"nobody_knows_this": 1}', b"[" + b"{}," * 50000 + b"{}]", b"x" * 70000)
    for method, path, has_body in doors(g):
        if path in ("/api/events", "/api/sessions") or path.endswith("/ping"):
            continue
        at = fill(path)
        for other in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            if not any(other == m and fill(p) == at for m, p, _ in doors_of(g)) and other not in ("GET", "HEAD"):
                a = is_told((other, at), ask(other, at, b"{}"))
                assert a.status in (400, 404, 405, 413, 415, 422, 501), (other, at, a)
        for param in PARAMS if "{" in path else ():
            a = is_told((method, path, param), ask(method, fill(path, param), b"{}" if has_body else None))
            assert a.status in (200, 400, 404, 405, 409, 414, 415, 422, 502, 503), (method, path, param, a)
        for body in bad if has_body else (b"{}",):
            is_told((method, path, body[:50]), ask(method, at, body))
        for query in ("?x=1", "?limit=-1", "?limit=99999999999999999999", "?%00=%00", "?" + "a=b&" * 500, "?=", "?&&&", "?since=x&until=y", "?window=%ff"):
            if method == "GET":
                is_told((method, path, query), ask(method, at + query))
        n += 1
    ask.close()
    assert n > 60 and ask.n > 1500, (n, ask.n)
    assert g.message().status == 200


def doors_of(g, kept=[]):
    if not kept:
        kept.extend(doors(g))
    return kept


def places(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for k, v in items:
        yield from places(v, at + (k,))


def mutated(dice, body):
    body = copy.deepcopy(body)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        where = dice.choice(list(places(body)))
        if not where:
            return dice.choice(ODD)
        inner = body
        for k in where[:-1]:
            inner = inner[k]
        how = dice.randrange(6)
        if how == 0:
            del inner[where[-1]]
        elif how == 1 and isinstance(inner, dict):
            inner["x" + str(where[-1])] = inner.pop(where[-1])
        elif how == 2 and isinstance(inner[where[-1]], list):
            inner[where[-1]] = inner[where[-1]] * 50
        else:
            inner[where[-1]] = copy.deepcopy(dice.choice(ODD))
        if not isinstance(body, (dict, list)):
            break
    return body


def serves(g):
    a = g.message()
    return a.status == 200 and "Hello" in a.text


def test_mutated_bodies(g):
    dice, ask, refused, taken = random.Random(20261123), Caller(g), 0, 0
    settle(g, ask)
    base = ask("GET", "/api/config/history").json["generations"][0]["number"]
    for i in range(1500):
        door, body = dice.choice(list(BODIES.items()))
        method, path = door.split(" ")
        text = json.dumps(mutated(dice, json.loads(json.dumps(body).replace("{up}", g.up.url)))).encode()
        before = managed(g)
        a = is_told((i, door, text[:500]), ask(method, fill(path), text))
        if a.status >= 400:
            refused += 1
            assert managed(g) == before, (i, door, text[:500], a)
        elif managed(g) != before:
            taken += 1
            assert ask("POST", "/api/config/test").json["errors"] == 0, (i, door, text[:500])
            r = ask("POST", "/api/config/restore", json.dumps({"generation": base}).encode())
            if r.status == 404:
                settle(g, ask)
                base = ask("GET", "/api/config/history").json["generations"][0]["number"]
            else:
                assert r.status == 200, (i, door, r)
                base = ask("GET", "/api/config/history").json["generations"][0]["number"]
        if i % 25 == 0:
            ask("POST", "/api/scheduler/reset", b"{}")
            assert serves(g), (i, door, text[:500])
    ask.close()
    assert refused > 500 and taken > 50, (refused, taken)


def test_every_setting_with_every_odd_value(g):
    dice, ask = random.Random(7), Caller(g)
    names = [o["name"] for o in ask("GET", "/api/options").json["options"] if o["settable"] and not o["locked"]]
    assert len(names) > 40, names
    for name in names:
        for odd in dice.sample(ODD, 8):
            before = managed(g)
            a = is_told((name, odd), ask("PATCH", "/api/settings", json.dumps({name: odd}).encode()))
            if a.status >= 400:
                assert managed(g) == before and a.json.get("path") is not None, (name, odd, a)
            else:
                assert ask("PATCH", "/api/settings", json.dumps({name: None}).encode()).status == 200, (name, odd)
    ask("POST", "/api/scheduler/reset", b"{}")
    ask.close()
    assert serves(g)


def test_what_is_in_effect_survives_a_restart(g):
    before, kept = g.get("/api/channels").json, managed(g)
    g.restart()
    after = g.get("/api/channels").json
    assert managed(g) == kept
    assert [c["id"] for c in before["channels"]] == [c["id"] for c in after["channels"]]
    assert serves(g)
