# SPDX-License-Identifier: MIT
"""How channels and keys are, as lists of them tell it: each state provoked at the upstream."""
import time

from gateway import wait

TAGS = ["thread"]

CONF = "scheduler = {{ waits = 0; }};\nlimits = {{ attempts = 3; }};\nbreaker = {{ window = 10; minimum = 3; threshold = 50; open = \"1h\"; }};\n"
CHANNELS = """
channels = (
  {{ id = "first"; dialect = "claude"; base_url = "{up}"; allow_private = true; priority = 1; website = "https://first.example";
     description = "the first"; models = ( "a=b" ); keys = [ "sk-CANARY-first-number-0001", "sk-CANARY-first-number-0002" ]; }},
  {{ id = "second"; dialect = "chat"; base_url = "{up}"; allow_private = true; priority = 2; keys = [ "sk-CANARY-second-number-03" ]; }}
);
"""


def channel(g, id, query=""):
    return next(c for c in g.get("/api/channels" + query).json["channels"] if c["id"] == id)


def test_nothing_has_happened(g):
    c = channel(g, "first")
    assert c["health"]["keys"] == {"well": 2, "resting": 0, "dead": 0, "demoted": 0, "disabled": 0}, c["health"]
    assert c["health"]["breaker"] == "closed" and c["health"]["paths"] == 2 and c["health"]["failures_in_a_row"] == 0, c
    assert "last_error" not in c["health"] and c["health"]["last_failed"] is None, c["health"]
    assert all(k["state"] == "well" and k["cooldown"] is None and k["failures_in_a_row"] == 0 for k in c["keys"]), c["keys"]


def test_a_limit(g):
    g.up.script("key=first-number-0001 status=429 error=rate_limit_error:slow retry-after=400")
    assert g.message().status == 200
    g.settled()
    c = channel(g, "first")
    k = c["keys"][0]
    assert k["state"] == "resting" and k["reason"] == k["trouble"] == k["last_error"] == "rate_limit" and k["last_status"] == 429, k
    assert 200 < k["seconds_left"] <= 402 and k["until"] and k["failures_in_a_row"] == 1 and k["failed"] == 1 and k["last_failed"], k
    assert k["cooldown"]["source"] == "header" and k["cooldown"]["status"] == 429 and k["cooldown"]["seconds_left"] == k["seconds_left"], k
    assert c["health"]["keys"]["resting"] == 1 and c["health"]["keys"]["well"] == 1, c["health"]
    assert c["keys"][1]["served"] == 1 and c["keys"][1]["last_served"], c["keys"]
    # What was read can be sent back.
    assert g.patch("/api/channels/first", {"keys": c["keys"]}).status in (200, 409)


def test_a_refusal(g):
    g.up.script("key=first-number status=401 error=authentication_error:no")
    assert g.message().status == 200  # by the second channel
    g.settled()
    k = channel(g, "first")["keys"][1]
    assert k["state"] == "dead" and k["reason"] == "auth" and k["last_status"] == 401 and k["seconds_left"] > 0, k
    h = channel(g, "first", "?brief")["health"]
    assert h["keys"]["dead"] == 1 and h["last_error"] == "auth" and h["last_status"] == 401 and h["failures_in_a_row"] == 1, h
    assert g.post("/api/scheduler/reset", {"channel": "first"}).status == 200
    c = channel(g, "first")
    assert [k["state"] for k in c["keys"]] == ["well", "well"] and c["health"]["failures_in_a_row"] == 0, c


def test_a_breaker(g):
    g.up.script("key=first-number status=500 error=api_error:broken")
    wait(lambda: g.message().status and channel(g, "first")["health"]["breaker"] == "open", "its breaker opens")
    h = channel(g, "first")["health"]
    assert h["breaker_results"] >= 3 and h["breaker_failures"] >= 3 and h["breaker_opened"] == 1 and h["breaker_until"], h
    assert 0 < h["breaker_seconds_left"] <= 3600 and h["failures_in_a_row"] >= 3 and h["last_error"] == "server" and h["last_status"] == 500, h
    assert h["paths_open"] >= 1 and h["urls_resting"] <= 1, h
    s = next(c for c in g.get("/api/scheduler?brief").json["channels"] if c["id"] == "first")
    assert s["breaker"]["state"] == "open" and s["breaker"]["seconds_left"] > 0 and s["breaker"]["failures"] == h["breaker_failures"], s
    g.up.script("")
    assert g.post("/api/channels/first/resume").status == 200
    assert g.message().status == 200
    g.settled()
    h = channel(g, "first")["health"]
    assert h["breaker"] == "closed" and h["failures_in_a_row"] == 0 and "breaker_until" not in h and h["last_status"] == 500, h


def test_brief(g):
    whole, brief = channel(g, "first"), channel(g, "first", "?brief")
    for name in ("id", "name", "dialect", "status", "priority", "weight", "families", "base_urls", "etag", "managed", "where", "locked", "has_adapter",
                 "places", "promotions", "website", "description"):
        assert brief[name] == whole[name], name
    assert brief["keys_n"] == 2 and brief["models_n"] == 1 and "keys" not in brief and "models" not in brief, brief
    assert set(brief["health"]) == set(whole["health"])
    order = [c["id"] for c in g.get("/api/channels?family=messages&brief").json["channels"]]
    assert order == [c["id"] for c in g.get("/api/channels?family=messages").json["channels"]]


def test_a_hundred_channels_of_ten_keys(g):
    keys = ", ".join('"sk-CANARY-many-%%d-%d"' % k for k in range(10))
    lines = ['{{ id = "m%d"; dialect = "claude"; base_url = "%s"; allow_private = true; keys = [ %s ]; }}'
             % (i, g.up.url, keys.replace("%d", str(i))) for i in range(100)]
    g.stop()
    g.configure(channels="channels = (" + ",".join(lines) + ");")
    g.start()
    for path in ("/api/channels", "/api/channels?brief", "/api/scheduler?brief", "/api/statistics/activity", "/api/statistics?by=channel&window=1h&limit=2048"):
        took = []
        for _ in range(5):
            began = time.monotonic()
            a = g.get(path)
            took.append(time.monotonic() - began)
        assert a.status == 200, (path, a.status)
        print("# 100 channels of 10 keys: %-55s %6.1f ms, %4d KB" % (path, sorted(took)[2] * 1000, len(a.text) / 1024))
    assert len(g.get("/api/channels?brief").json["channels"]) == 100
