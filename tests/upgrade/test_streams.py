# SPDX-License-Identifier: MIT
"""Upgrades under load: no stream is cut, nobody is refused, and what is counted is exact."""
import http.client
import os
import signal
import socket

from gateway import LONG, wait
from lasting import STREAMS, Knocking, begin_streams, finish

TAGS = ("thread",)
CONF = """
client_keys = (
  {{ key = "file-CANARY-paying-01234567"; id = "paying"; budget = {{ tokens = 100000000; period = "ever"; }}; }}
);
timeouts = {{ drain = "60s"; }};
"""
PAYING = "file-CANARY-paying-01234567"
TOKENS = 30  # of each request: what the simulator says


def spent(g):
    return g.clients()["paying"]["usage"]["spent"]


def written(g):
    """In the history: by pages, as it is told."""
    n, after = 0, ""
    while True:
        a = g.get("/api/history?limit=200" + (f"&after={after}" if after else "")).json
        n += len(a["requests"])
        after = a.get("next")
        if not after:
            return n


def check_counts(g, n, before):
    """n requests of the paying key since `before`, all of them counted once, whichever process served them."""
    wait(lambda: spent(g)["tokens"] - before["spent"]["tokens"] >= n * TOKENS, "all is paid")
    now = spent(g)
    assert now["tokens"] - before["spent"]["tokens"] == n * TOKENS, (now, before, n)
    wait(lambda: g.counter("claude_proxy_requests_total") - before["requests"] >= n, "all is counted")
    assert g.counter("claude_proxy_requests_total") - before["requests"] == n, (before, n)
    wait(lambda: written(g) - before["written"] >= n, "all is in the history")
    assert written(g) - before["written"] == n, (before, n)


def look(g):
    wait(lambda: g.get("/api/status").json["in_flight"] == 0, "no request is under way")
    return {"spent": spent(g), "requests": g.counter("claude_proxy_requests_total"), "written": written(g)}


def test_streams_run_through(g):
    before = look(g)
    streams = begin_streams(g, STREAMS, key=PAYING)
    knocking = [Knocking(g, False, PAYING), Knocking(g, True, PAYING)]
    old = g.pid
    g.upgrade()
    assert g.ended(old) is None  # it has streams to finish
    wait(lambda: (g.get("/api/status").json["before"] or {}).get("in_flight", 0) >= STREAMS, "it is told what they are")
    assert g.get("/api/status").json["before"]["pid"] == old and g.get("/api/status").json["pid"] == g.pid
    finish(streams)
    good = sum(k.finish() for k in knocking)
    g.await_end(old)
    wait(lambda: g.get("/api/status").json["before"] is None, "it is told that they are over")
    assert good, "nobody knocked"
    check_counts(g, STREAMS + good, before)


def test_twice_while_the_first_drains(g):
    before = look(g)
    streams = begin_streams(g, STREAMS // 2, key=PAYING, events=200)
    knocking = Knocking(g, False, PAYING)
    first = g.pid
    g.upgrade()
    second = g.pid
    more = begin_streams(g, STREAMS // 2, key=PAYING, events=200)
    g.upgrade_by_signal()
    assert g.ended(first) is None and g.ended(second) is None
    finish(streams + more)
    good = knocking.finish()
    g.await_end(first)
    g.await_end(second)
    check_counts(g, len(streams + more) + good, before)


def test_what_is_half_said(g):
    """A request whose head or body is on its way is answered by the process that has its beginning; a connection without a word, by either."""
    body = b'{"model":"m","max_tokens":50,"messages":[{"role":"user","content":"[[sim: text=ok]]"}]}'
    head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: {g.key}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    whole, cuts = head + body, (0, 5, 30, len(head) - 2, len(head), len(head) + 10)
    begun = [socket.create_connection((g.host, g.port), timeout=LONG) for _ in cuts]
    for s, cut in zip(begun, cuts):
        s.sendall(whole[:cut])
    streams = begin_streams(g, 1, key=PAYING)
    wait(lambda: g.counter("claude_proxy_client_connections") > len(cuts), "all are accepted")
    old = g.pid
    g.upgrade()
    for s, cut in zip(begun, cuts):
        s.sendall(whole[cut:])
        r = http.client.HTTPResponse(s)
        r.begin()
        assert r.status == 200 and b"ok" in r.read() and r.will_close, (cut, r.status)
        s.close()
    g.asked += len(cuts)
    finish(streams)
    g.await_end(old)


def test_the_one_in_the_middle_is_killed(g):
    """The first one's streams go on, and the third one serves."""
    streams = begin_streams(g, 2, key=PAYING, events=200)
    first = g.pid
    g.upgrade()
    middle = g.pid
    g.upgrade()
    at = len(g.log_text())
    os.kill(middle, signal.SIGKILL)
    wait(lambda: '"event":"upgrade_lost"' in g.log_text()[at:], "the first one sees it")
    assert g.ended(first) is None and g.message().status == 200
    finish(streams)
    g.await_end(first)
    wait(lambda: g.ended(middle) is not None, "the killed one is gone")
    g.left.discard(middle)
    assert g.message().status == 200


def test_a_stop_waits_for_both(g):
    """Who serves is told to end while the one before still streams: both finish."""
    streams = begin_streams(g, 4, key=PAYING)
    g.upgrade()
    before = g.pid
    assert g.restart().pid != before
    finish(streams)
    wait(lambda: spent(g)["tokens"], "what was spent is known after the restart")


def test_a_reload_on_the_way(g):
    streams = begin_streams(g, 4, key=PAYING)
    old = g.pid
    g.upgrade()
    said = g.log_text()
    os.kill(old, signal.SIGHUP)  # whoever has the old number
    wait(lambda: '"msg":"reload: ' in g.log_text()[len(said):], "the one that serves reloads")
    os.kill(g.pid, signal.SIGHUP)
    finish(streams)
    g.await_end(old)
