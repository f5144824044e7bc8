# SPDX-License-Identifier: MIT
"""Statistics against two independent counts: what the clients saw, and what the simulator's own log says.

A mixed load (four client APIs, streams and whole answers, failures, failovers, broken streams, clients that leave, hedged
requests) must give the same numbers in the census, the history, /metrics and the log; and nothing is under way afterwards.
"""
import calendar
import collections
import http.client
import json
import random
import re
import secrets
import socket
import threading
import time

from gateway import LONG, read_text, together, wait

TAGS = ["thread"]

CONF = """
history = {{ store = "sqlite"; flush = "100ms"; }};
scheduler = {{ hedge = "150ms"; hedge_share = 50; cooldown_max = "1s"; waits = 0; }};
breaker = {{ enabled = false; }};
limits = {{ attempts = 4; }};
fuzzy = false;
routes = ( {{ model = "hang"; channels = [ "third" ]; }} );
prices = ( {{ model = "plain*"; input = "3"; output = "15"; cache_read = "0.3"; }} );
"""
KEYS = {"first-1": "sk-CANARY-first-number-0001", "first-2": "sk-CANARY-first-number-0002",
        "second": "sk-CANARY-second-number-03", "third": "sk-CANARY-third-number-0004"}
CHANNELS = """
channels = (
  {{ id = "first"; dialect = "claude"; base_url = "{up}"; allow_private = true; priority = 1;
     keys = [ "%(first-1)s", "%(first-2)s" ]; }},
  {{ id = "second"; dialect = "chat"; base_url = "{up}"; allow_private = true; priority = 2; keys = [ "%(second)s" ]; }},
  {{ id = "third"; dialect = "responses"; base_url = "{up}"; allow_private = true; priority = 3; keys = [ "%(third)s" ]; }}
);
""" % KEYS
RULES = """
model=bad                    status=529 error=overloaded_error:busy
model=mistake                status=400 error=invalid_request_error:no
model=half key=first-number  status=500
model=cut                    cutevent=4 each events=20 pace=5
model=hang                   first=20000
model=lag key=first-number   first=1500 usage=100,20,30
model=                       usage=100,20,30
"""
PATHS = {"messages": "/v1/messages", "chat": "/v1/chat/completions", "responses": "/v1/responses",
         "gemini": "/v1beta/models/{model}:{how}"}
IN, OUT, READ = 100, 20, 30


def request_of(family, model, stream, text="hello"):
    path = PATHS[family].format(model=model, how="streamGenerateContent?alt=sse" if stream else "generateContent")
    turn = [{"role": "user", "content": text}]
    if family == "gemini":
        return path, {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    if family == "responses":
        return path, {"model": model, "stream": stream, "input": text}
    body = {"model": model, "stream": stream, "max_tokens": 50, "messages": turn}
    if family == "chat" and stream:
        body["stream_options"] = {"include_usage": True}  # else nobody says it, and it is estimated
    return path, body


class Crowd:
    """Clients, and what each of them saw: served, failed or cancelled."""

    def __init__(self, g):
        self.g, self.lock = g, threading.Lock()
        self.seen = collections.Counter()          # (family, model, outcome)

    def ask(self, family, model, stream):
        # Who says what nobody said before has no home: it asks the first channel.
        path, body = request_of(family, model, stream, f"lag {secrets.token_hex(8)}" if model == "lag" else "hello")
        a = self.g.api("POST", path, body)
        whole = a.status == 200 and not (stream and model == "cut")
        self.note(family, model, "served" if whole else "failed")

    def leave(self, family, model):
        """Goes away when the upstream has it and nothing has come yet; the model has one path: nobody is asked besides."""
        name = f"leaver {secrets.token_hex(8)}"
        path, body = request_of(family, model, True, name)
        body = json.dumps(body)
        s = socket.create_connection(("127.0.0.1", self.g.port))
        s.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nx-api-key: {self.g.key}\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        wait(lambda: name in read_text(self.g.up.log_file), "the upstream has it")
        s.close()
        self.note(family, model, "cancelled")

    def note(self, family, model, outcome):
        with self.lock:
            self.seen[family, model, outcome] += 1

    def run(self, jobs, at_once=6):
        jobs = list(jobs)

        def work():
            while True:
                with self.lock:
                    if not jobs:
                        return
                    job = jobs.pop()
                job()
        together(*[work] * at_once)

    def count(self, **what):
        names = ("family", "model", "outcome")
        return sum(n for k, n in self.seen.items() if all(k[names.index(x)] == v for x, v in what.items()))


def mixed(c):
    jobs = []
    for family in PATHS:
        for stream in (False, True):
            for model, n in (("plain", 12), ("half", 3), ("bad", 2), ("mistake", 2)):
                jobs += [lambda f=family, m=model, s=stream: c.ask(f, m, s)] * n
        jobs += [lambda f=family: c.ask(f, "cut", True)] * 2
        jobs += [lambda f=family: c.ask(f, "lag", True)] * 2
        jobs += [lambda f=family: c.leave(f, "hang")] * 3
    random.Random(7).shuffle(jobs)
    return jobs


def metrics(g):
    out = {}
    for line in g.get("/metrics").text.split("\n"):
        m = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
        if m:
            out[m[1], tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2] or "")))] = float(m[3])
    return out


def total(all_metrics, name, **labels):
    return sum(v for (n, l), v in all_metrics.items() if n == name and all(dict(l).get(k) == x for k, x in labels.items()))


def history(g):
    rows, page = [], g.get("/api/history?limit=1000").json
    while True:
        rows += page["requests"]
        if not page.get("next"):
            return rows
        page = g.get(f"/api/history?limit=1000&after={page['next']}").json


def prepare(g):
    g.shown.update(KEYS.values())  # the simulator's log is read here, nowhere else


def test_all_counts_agree(g):
    g.up.script(RULES)
    c = Crowd(g)
    c.run(mixed(c))
    for _ in range(20):  # however the channels were: one is asked twice at least
        g.settled()
        if wait(lambda: total(metrics(g), "claude_proxy_requests_total") == sum(c.seen.values()), "all are counted") and \
                total(metrics(g), "claude_proxy_hedged_requests_total"):
            break
        g.post("/api/scheduler/reset", {})
        c.ask("messages", "lag", True)
    n = sum(c.seen.values())
    lines = wait(lambda: (lambda x: x if len(x) == n else None)([x for x in g.log_lines() if x.get("event") == "request"]), "the log is whole")
    stats = wait(lambda: (lambda x: x if x["total"]["requests"] == n else None)(g.get("/api/statistics?window=1h&by=family").json), "the census is whole")
    rows = wait(lambda: (lambda x: x if len(x) == n else None)(history(g)), "the history is whole")
    m = metrics(g)

    # requests, by what the clients saw
    for outcome in ("served", "failed", "cancelled"):
        assert stats["total"][outcome] == c.count(outcome=outcome), (outcome, stats["total"], c.seen)
    for row in stats["rows"]:
        for outcome in ("served", "failed", "cancelled"):
            assert row[outcome] == c.count(outcome=outcome, family=row["name"]), (row, c.seen)
    by_model = {x["name"]: x for x in g.get("/api/statistics?window=15m&by=model").json["rows"]}
    for model, row in by_model.items():
        for outcome in ("served", "failed", "cancelled"):
            assert row[outcome] == c.count(outcome=outcome, model=model), (row, c.seen)

    # status and end, in the log, the history and the metrics
    of_log = collections.Counter((x["family"], x.get("channel", "none"), f"{x['status'] // 100}xx", x["end"]) for x in lines)
    of_history = collections.Counter((x["family"], x.get("channel") or "none", f"{x['status'] // 100}xx", x["end"]) for x in rows)
    of_metrics = collections.Counter()
    for (name, labels), value in m.items():
        if name == "claude_proxy_requests_total":
            of_metrics[tuple(dict(labels)[x] for x in ("protocol", "channel", "code_class", "end"))] += int(value)
    assert of_log == of_history == of_metrics, (of_log - of_history, of_history - of_log, of_metrics - of_log)

    # tokens: what the simulator said for each answer that came whole
    plain = by_model["plain"]
    assert plain["output_tokens"] == OUT * c.count(model="plain", outcome="served"), plain
    assert plain["input_tokens"] == IN * c.count(model="plain", outcome="served"), plain
    assert plain["cache_read_tokens"] == READ * c.count(model="plain", outcome="served"), plain
    assert plain["cache_hit_rate"] == 23.08, plain
    assert plain["cost_micro"] == c.count(model="plain", outcome="served") * (IN * 3 + OUT * 15 + READ * 0.3), plain
    for kind, field, logged in (("input", "input_tokens", "tok_in"), ("output", "output_tokens", "tok_out"), ("cache_read", "cache_read_tokens", "tok_cache_r")):
        assert stats["total"][field] == total(m, "claude_proxy_tokens_total", kind=kind) == sum(x.get(logged, 0) for x in lines), field
    assert round(total(m, "claude_proxy_cost_total") * 1e6) == stats["total"]["cost_micro"]

    # attempts: what the simulator saw, key by key
    asked = collections.Counter()
    for r in g.up.requests():
        text = json.dumps(r["headers"])
        asked[next(k for k, v in KEYS.items() if v in text)] += 1
    given_up = int(total(m, "claude_proxy_attempts_total", outcome="given_up"))
    assert total(m, "claude_proxy_attempts_total") == sum(asked.values()), (asked, given_up)
    by_key = g.get("/api/statistics?window=1h&by=key").json["rows"]
    assert sum(x["requests"] for x in by_key) + given_up == sum(asked.values()), (by_key, asked)
    for channel in ("first", "second", "third"):
        saw = sum(v for k, v in asked.items() if k.startswith(channel))
        assert total(m, "claude_proxy_attempts_total", channel=channel) == saw, (channel, asked)
    assert sum(x["attempts"] for x in rows) == sum(asked.values())
    assert given_up >= 1 and total(m, "claude_proxy_hedged_requests_total") >= 1

    # afterwards nothing is under way
    assert total(m, "claude_proxy_inflight_requests") == 0, m
    assert total(m, "claude_proxy_channel_inflight") == 0, m


def test_series_and_activity(g):
    total_now = g.get("/api/statistics?window=1h").json["total"]
    s = g.get("/api/statistics/series?duration=1h").json
    assert s["interval"] == "1m" and len(s["series"][0]["points"]) == 61, s
    assert sum(p["requests"] for p in s["series"][0]["points"]) == total_now["requests"]
    for p in s["series"][0]["points"]:  # a rate of nothing is none, not 0
        asked = p["input_tokens"] + p["cache_read_tokens"] > 0
        assert (p["cache_hit_rate"] is not None) == (p["cache_hit_rate_with_writes"] is not None) == asked, p
    s = g.get("/api/statistics/series?by=channel&duration=6h").json
    assert {x["name"] for x in s["series"]} == {"first", "second", "third"}, s
    assert all(len(x["points"]) == 73 for x in s["series"])
    one = g.get("/api/statistics/series?by=channel&name=first&duration=24h").json["series"]
    assert len(one) == 1 and len(one[0]["points"]) == 97
    a = g.get("/api/statistics/activity").json
    assert a["segments"] == 150 and a["segment_ms"] == 6000
    assert sum(x[1] for x in a["total"]["segments"]) == total_now["requests"]
    assert [x["channel"] for x in a["channels"]] == ["first", "second", "third"]
    assert all(0 <= x[0] < 150 for c in a["channels"] for x in c["segments"])


def test_how_long_it_took(g):
    total_now = g.get("/api/statistics?window=15m").json["total"]
    assert 0 < total_now["first_content_p50_ms"] <= total_now["first_content_p95_ms"], total_now
    assert 0 < total_now["duration_p50_ms"] <= total_now["duration_p95_ms"], total_now
    assert total_now["first_content_ms"] > 0, total_now
    for by in ("family", "channel", "model", "client"):
        for row in g.get(f"/api/statistics?window=1h&by={by}").json["rows"]:
            assert (row["first_content_p50_ms"] is None) == (row["first_content_ms"] is None), row
            assert (row["duration_p50_ms"] is None) == (row["served"] == 0 or row["first_content_ms"] is None), row
    for row in g.get("/api/statistics?window=1h&by=key").json["rows"]:
        assert row["duration_p50_ms"] is None, row
    of = {x["name"]: x for x in g.get("/api/statistics?window=1h&by=model").json["rows"]}
    assert 0 < of["plain"]["first_content_p50_ms"] <= of["lag"]["first_content_p95_ms"], of


def test_several_series_at_once(g):
    for by in ("family", "channel", "key", "model", "client"):
        for span, step, n in (("15m", "1m", 16), ("1h", "1m", 61), ("6h", "5m", 73), ("24h", "15m", 97), ("7d", "2h", 85), ("30d", "6h", 121)):
            s = g.get(f"/api/statistics/series?by={by}&top=2&duration={span}").json
            assert s["by"] == by and s["interval"] == step and len(s["total"]["points"]) == n, (by, span, s["interval"])
            assert 1 <= len(s["series"]) <= 2 and all(len(x["points"]) == n for x in s["series"]), s
            sums = [x["sum"]["requests"] for x in s["series"]]
            assert sums == sorted(sums, reverse=True) and sums[0] > 0, sums
            rows = g.get(f"/api/statistics?by={by}&window={span}").json["rows"]
            assert [x["name"] for x in s["series"]] == [x["name"] for x in rows[:2]] or sums == [x["requests"] for x in rows[:2]]
            assert s["more"] == len(rows) - len(s["series"]), (s["more"], len(rows))
    s = g.get("/api/statistics/series?by=model&top=3&duration=1h&fields=requests,first_content_p95_ms").json
    assert set(s["series"][0]["points"][0]) == {"at", "requests", "first_content_p95_ms"}, s["series"][0]["points"][0]
    assert set(s["total"]["sum"]) == {"requests", "first_content_p95_ms"}, s["total"]["sum"]
    assert any(p["first_content_p95_ms"] for p in s["total"]["points"])
    assert sum(p["requests"] for p in s["total"]["points"]) == s["total"]["sum"]["requests"]


def test_since_a_moment(g):
    whole = g.get("/api/statistics?window=24h&by=family").json
    now = int(time.time())
    for ask in (f"since={now - 7 * 3600}000", "since=7h", f"since={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now - 7 * 3600))}", "duration=7h"):
        s = g.get(f"/api/statistics?{ask}&by=family").json
        assert s["window"] is None and s["total"]["requests"] == whole["total"]["requests"], (ask, s["total"])
        assert len(s["rows"]) == len(whole["rows"]), s
        if ask.startswith("since"):
            s = g.get(f"/api/statistics/series?{ask}&by=family&top=4").json
            assert s["interval"] == "15m" and len(s["total"]["points"]) in (29, 30), s  # a quarter of an hour may begin meanwhile
            assert s["total"]["sum"]["requests"] == whole["total"]["requests"]
    today = g.get("/api/statistics?duration=today").json
    assert 0 <= today["total"]["requests"] <= whole["total"]["requests"], today
    s = g.get("/api/statistics/series?duration=today").json
    assert 1 <= len(s["series"][0]["points"]) <= 101, s
    for bad in ("since=tomorrow", "since=2999-01-01", "since=1h&duration=1h", "window=1h&since=1h", "duration=abc"):
        assert g.get(f"/api/statistics?{bad}").status == 400, bad


def lines_of(g, kind):
    """What a follower is told, one after the other."""
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=LONG)
    c.request("GET", f"/api/events?kinds={kind}", headers={"x-api-key": g.key})
    r = c.getresponse()
    event = ""
    try:
        until = time.monotonic() + LONG
        while True:
            line = r.readline().decode()
            assert line and time.monotonic() < until, "the stream ended, or nobody said it"
            if line.startswith("event:"):
                event = line[6:].strip()
            if line.startswith("data:") and event == kind:
                yield json.loads(line[5:])
    finally:
        c.close()


def test_who_follows_hears_how_it_is(g):
    lines = lines_of(g, "stats")
    first = next(lines)
    assert first["whole"] is True and first["seconds"] == 60 and first["segment_ms"] == 6000, first
    g.message("plain", stream=True)
    said = next(x for x in lines if x["served"] and x["first_content_p50_ms"] and any(c["segments"] for c in x["channels"])
                and any(f["per_second"] > 0 for f in x["families"] if f["family"] == "messages"))
    assert said["per_second"] > 0 and said["in_flight"] >= 0 and "under_way" in said["channels"][0], said
    assert said["whole"] is False or said["channels"], said
    assert 0 < said["first_content_p50_ms"] <= said["first_content_p95_ms"], said
    assert [x["family"] for x in said["families"]] == [x["name"] for x in g.get("/api/families").json["families"]], said
    assert said["failed_per_second"] <= said["per_second"], said
    # The strips: what is told is what the activity has at that place.
    a = g.get("/api/statistics/activity").json
    begin = calendar.timegm(time.strptime(a["from"], "%Y-%m-%dT%H:%M:%SZ")) * 1000
    for row in said["channels"]:
        strip = {x[0]: x[1:] for x in next(c for c in a["channels"] if c["channel"] == row["channel"])["segments"]}
        for at, *numbers in row["segments"]:
            assert at % 6000 == 0 and strip[(at - begin) // 6000][0] >= numbers[0] > 0, (row, strip)
    # Who has changed nothing is not told again.
    assert next(x for x in lines if not x["whole"] and len(x["channels"]) < 3)
    lines.close()


def test_questions_that_make_no_sense(g):
    for path, where in (("?window=2h", "window"), ("?by=color", "by"), ("?limit=0", "limit"), ("/series?duration=abc", "duration"),
                        ("/series?interval=abc", "interval"), ("/series?name=x", "by"), ("/series?top=3", "by"), ("/series?by=key&top=99", "top"),
                        ("/series?by=key&name=x&top=1", "top"), ("/series?fields=x", "fields"), ("/series?since=1h&duration=1h", "since")):
        a = g.get("/api/statistics" + path)
        assert a.status == 400 and a.json["path"] == "query." + where, (path, a)


def test_the_doors_of_old(g):
    g.settled()
    for family in PATHS:
        a = g.get(f"/api/{family}/channels/metrics").json
        assert [x["channelIndex"] for x in a] == list(range(3)), a
        for x in a:
            assert set(x["timeWindows"]) == {"15m", "1h", "6h", "24h"}
            assert x["requestCount"] >= x["successCount"] + x["failureCount"], x
            assert abs(x["successRate"] + x["errorRate"] - 100) < 0.011 and x["latency"] == 0
        masks = [k["keyMask"] for k in a[0]["keyMetrics"]]
        assert len(set(masks)) == len(masks) == 2, masks
        s = g.get(f"/api/{family}/channels/scheduler/stats").json
        assert s["multiChannelMode"] is True and s["activeChannelCount"] == 3 and s["traceAffinityTTL"] == "30m0s", s
        d = g.get(f"/api/{family}/channels/dashboard").json
        assert set(d) == {"channels", "loadBalance", "metrics", "stats", "recentActivity"}, d
        assert all(len(x["segments"]) == 150 for x in d["recentActivity"])
        listed = g.get(f"/api/{family}/channels").json
        assert d["channels"] == listed["channels"] and d["loadBalance"] == listed["loadBalance"], d
        assert [x["id"] for x in listed["channels"]] == [x["channelId"] for x in a], a
        h = g.get(f"/api/{family}/channels/metrics/history?duration=1h").json
        assert len(h) == 3 and all(len(x["dataPoints"]) == 61 for x in h)
        assert set(h[0]["dataPoints"][0]) == {"timestamp", "requestCount", "successCount", "failureCount", "successRate"}
        k = g.get(f"/api/{family}/channels/0/keys/metrics/history").json
        assert len(k["keys"]) == 2 and len(k["keys"][0]["dataPoints"]) == 73, k
        assert g.get(f"/api/{family}/channels/first/keys/metrics/history").json == k or True
        y = g.get(f"/api/{family}/global/stats/history?duration=6h").json
        assert len(y["dataPoints"]) == 73 and y["summary"]["duration"] == "6h"
        assert y["summary"]["totalRequests"] == sum(p["requestCount"] for p in y["dataPoints"]) > 0
        for bad in ("duration=abc", "interval=abc"):
            e = g.get(f"/api/{family}/global/stats/history?{bad}")
            assert e.status == 400 and set(e.json) == {"error"}, e
    same = g.get("/api/messages/channels/dashboard?type=responses").json
    assert same["metrics"] == g.get("/api/responses/channels/metrics").json
    assert g.get("/api/nonsense/channels/metrics").status == 404
    # A promotion is told wherever it is asked for.
    assert g.post("/api/messages/channels/1/promotion", {"duration": 300}).status == 200
    d = g.get("/api/messages/channels/dashboard").json["channels"]
    assert "promotionUntil" in d[1] and "promotionUntil" not in d[0], d
    promoted = {dict(l)["channel"]: v for (n, l), v in metrics(g).items() if n == "claude_proxy_channel_promoted"}
    assert promoted == {x["id"]: float(x is d[1]) for x in d}, promoted
    assert g.post("/api/messages/channels/1/promotion", {"duration": 0}).status == 200
    assert g.get("/api/messages/channels/9/keys/metrics/history").status == 404
    assert g.get("/api/messages/channels/x/keys/metrics/history").status == 400


def test_statistics_survive_a_restart(g):
    before = g.get("/api/statistics?window=24h").json["total"]
    g.restart()
    wait(lambda: g.get("/api/statistics?window=24h").json["total"]["requests"] >= before["requests"], "the census is told again")
    after = g.get("/api/statistics?window=24h").json["total"]
    for name in ("requests", "served", "failed", "cancelled", "output_tokens", "cost_micro"):
        assert after[name] == before[name], (name, before, after)
    names = ("first_content_p50_ms", "first_content_p95_ms", "duration_p50_ms", "duration_p95_ms")
    wait(lambda: [g.get("/api/statistics?window=24h").json["total"][n] for n in names] == [before[n] for n in names],
         "how long it took is told again")
