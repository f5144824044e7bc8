# SPDX-License-Identifier: MIT
"""What happens, as it happens: /api/events."""
import json
import re
import socket
import threading

from gateway import LONG, wait

TAGS = ["thread"]

CONF = 'admin_key = "admin-CANARY-0123456789abcdef";\nlimits = {{ connections = 400; }};\ntimeouts = {{ drain = "1h"; }};\n'
ADMIN = "admin-CANARY-0123456789abcdef"


class Follower:
    """A connection to /api/events, read by a thread of its own (unless it is told not to read)."""

    def __init__(self, g, query="", headers=(), reads=True):
        self.socket = socket.create_connection(("127.0.0.1", g.port), LONG)
        head = [f"GET /api/events{query} HTTP/1.1", "Host: localhost", f"x-api-key: {ADMIN}", *headers, "", ""]
        self.socket.sendall("\r\n".join(head).encode())
        self.text, self.is_over = "", False
        if reads:
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while True:
                data = self.socket.recv(65536)
                if not data:
                    break
                self.text += data.decode("utf-8", "replace")
        except OSError:
            pass
        self.is_over = True

    def events(self):
        """[(id, kind, data)], chunk frames left out."""
        body = re.sub(r"\r\n[0-9a-f]+\r\n", "", self.text.partition("\r\n\r\n")[2])
        return [(int(i) if i else None, k, d) for i, k, d in re.findall(r"(?:id: (\d+)\n)?event: (\w+)\ndata: (.*)\n\n", body)]

    def kinds(self):
        return [k for _, k, _ in self.events()]

    def close(self):
        """A thread that reads would keep the connection open."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def follow(g, *a, **k):
    f = Follower(g, *a, **k)
    wait(lambda: "event: hello" in f.text, f"the first event: {f.text}")
    return f


def test_events_come(g):
    f = follow(g)
    assert "content-type: text/event-stream" in f.text.lower() and "no-store" in f.text
    assert g.message().status == 200
    wait(lambda: "request" in f.kinds(), "a request is told of")
    number, _, data = [e for e in f.events() if e[1] == "request"][0]
    assert number >= 1 and isinstance(json.loads(data), dict)
    f.close()


def test_kinds(g):
    all_, some = follow(g), follow(g, "?kinds=config,key")
    assert g.message().status == 200
    wait(lambda: "request" in all_.kinds(), "a request is told of")
    assert g.post("/api/config/reload", {}, key=ADMIN).status == 200
    wait(lambda: "config" in some.kinds(), "a reload is told of")
    assert set(some.kinds()) == {"hello", "config"}, some.kinds()
    all_.close()
    some.close()


def test_coming_back(g):
    f = follow(g)
    for _ in range(3):
        assert g.message().status == 200
    wait(lambda: f.kinds().count("request") >= 3, "three requests")
    ids = [i for i, k, _ in f.events() if k == "request"]
    f.close()
    again = follow(g, headers=[f"Last-Event-ID: {ids[0]}"])
    wait(lambda: again.kinds().count("request") >= 2, "what was missed")
    assert [i for i, k, _ in again.events() if k == "request"][:2] == ids[1:3]
    assert "missing" not in again.kinds()
    again.close()
    later = follow(g, f"?after={ids[0]}")
    wait(lambda: later.kinds().count("request") >= 2, "what was missed")
    later.close()


def test_missing(g):
    f = follow(g, headers=["Last-Event-ID: 999999999"])
    wait(lambda: "missing" in f.kinds(), "that some are missing")
    f.close()


def test_wrong(g):
    assert g.get("/api/events?after=x", key=ADMIN).status == 400
    assert g.get("/api/events?kind=x", key=ADMIN).status == 400
    assert g.get("/api/events", key=None).status == 401
    a = g.api("HEAD", "/api/events", key=ADMIN)
    assert a.status == 200 and a.headers["content-type"] == "text/event-stream", a


def test_seats_are_bounded_and_given_back(g):
    sitting = [wait(lambda: try_follow(g), "a seat") for _ in range(64)]
    a = g.get("/api/events", key=ADMIN)
    assert a.status == 503 and "retry-after" in a.headers, a
    assert g.message().status == 200
    for f in sitting:
        wait(lambda f=f: "request" in f.kinds(), "all are told")
        f.close()
    f = wait(lambda: try_follow(g), "a seat is free again")
    f.close()


def try_follow(g):
    f = Follower(g)
    wait(lambda: "event: hello" in f.text or " 503 " in f.text, "an answer")
    if "event: hello" in f.text:
        return f
    f.close()
    return None


def test_who_does_not_read_hinders_nobody(g):
    idle = [Follower(g, reads=False) for _ in range(20)]
    reader = follow(g)
    for _ in range(50):
        assert g.message().status == 200
    wait(lambda: reader.kinds().count("request") >= 50, "who reads is told all")
    for f in idle + [reader]:
        f.close()


def test_streams_end_with_the_session(g):
    a = g.send("POST", "/api/session", json.dumps({"key": ADMIN}).encode(), {})
    cookie = a.headers["set-cookie"].split(";")[0]
    f = Follower(g, headers=[])
    f.close()
    s = Follower.__new__(Follower)
    s.socket = socket.create_connection(("127.0.0.1", g.port), LONG)
    s.socket.sendall(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{g.port}\r\nCookie: {cookie}\r\n\r\n".encode())
    s.text, s.is_over = "", False
    threading.Thread(target=s.read, daemon=True).start()
    wait(lambda: "event: hello" in s.text, "the first event")
    assert g.delete("/api/sessions", key=ADMIN).json["ended"] >= 1
    wait(lambda: s.text.endswith("0\r\n\r\n"), "its end")
    s.close()


def said(f, kind, what):
    """The first event of that kind with that word."""
    return wait(lambda: next((d for d in (json.loads(d) for _, k, d in f.events() if k == kind) if d.get("what") == what), None), f"{kind} {what}: {f.text}")


def test_health_is_told(g):
    f = follow(g, "?kinds=channel,key")
    g.up.script("times=1 status=429 error=rate_limit_error:slow retry-after=1")
    g.message()
    d = said(f, "key", "rests")
    assert d["channel"] and d["key"] and d["reason"] == "rate_limit" and d["status"] == 429 and d["seconds_left"] >= 1 and d["until"], d
    g.up.script("")
    wait(lambda: g.message().status == 200, "it serves again")
    assert said(f, "key", "well")["key"] == d["key"]
    g.up.script("status=401 error=authentication_error:no")
    g.message()
    dead = said(f, "key", "dead")
    assert dead["reason"] == "auth" and dead["status"] == 401 and dead["seconds_left"] > 1, dead
    id = d["channel"]
    assert g.post("/api/scheduler/reset", {"channel": id}, key=ADMIN).status == 200
    assert said(f, "channel", "reset")["channel"] == id
    g.up.script("status=500 error=api_error:broken")
    for _ in range(40):
        g.message()
        if any('"breaker_open"' in e[2] for e in f.events()):
            break
    broken = said(f, "channel", "breaker_open")
    assert broken["channel"] == id and broken["seconds_left"] >= 1, broken
    g.up.script("")
    assert g.post("/api/scheduler/promote", {"channel": id, "family": "messages", "seconds": 60}, key=ADMIN).status == 200
    p = said(f, "channel", "promoted")
    assert p["channel"] == id and p["family"] == "messages" and 0 < p["seconds_left"] <= 60 and p["who"], p
    assert g.post("/api/scheduler/promote", {"channel": id, "family": "messages", "seconds": 0}, key=ADMIN).status == 200
    assert said(f, "channel", "promotion_ended")["channel"] == id
    f.close()


def test_a_change_says_which_channels(g):
    f = follow(g, "?kinds=config")
    made = g.post("/api/channels", {"name": "fresh", "dialect": "claude", "base_url": "https://fresh.example", "keys": ["sk-CANARY-fresh-0001"]}, key=ADMIN).json["id"]
    wait(lambda: f.kinds().count("config") == 1, "a new channel")
    assert g.api("PATCH", f"/api/channels/{made}", {"weight": 3}, key=ADMIN).status == 200
    wait(lambda: f.kinds().count("config") == 2, "a changed channel")
    assert g.post(f"/api/channels/{made}/keys", {"key": "sk-CANARY-fresh-0002"}, key=ADMIN).status == 201
    wait(lambda: f.kinds().count("config") == 3, "a new key")
    assert g.delete(f"/api/channels/{made}", key=ADMIN).status == 200
    wait(lambda: f.kinds().count("config") == 4, "a channel that is gone")
    told = [json.loads(d)["channels"] for _, k, d in f.events() if k == "config"]
    assert told == [[made]] * 4, told
    assert g.api("PATCH", "/api/settings", {"limits": {"attempts": 6}}, key=ADMIN).status == 200
    wait(lambda: f.kinds().count("config") == 5, "a setting")
    assert json.loads(f.events()[-1][2])["channels"] == [], f.events()[-1]
    f.close()


def test_streams_do_not_hold_up_the_end(g):
    f = follow(g)
    assert g.stop(LONG) == 0
    wait(lambda: f.is_over, "the stream ends")
    assert f.text.endswith("0\r\n\r\n"), f.text[-100:]
    g.is_done = True
