# SPDX-License-Identifier: MIT
"""What a client key has taken comes back, whatever becomes of its requests; a hedged request is paid once."""
import http.client
import json
import random

from gateway import LONG, together, wait

CONF = """
prices_file = "{source}/tests/admin/prices.conf";
scheduler = {{ hedge = "100ms"; hedge_share = 50; affinity = false; }};
"""
CHANNELS = """
channels = (
  {{ id = "a"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-slow-0001" ]; breaker = {{ enabled = false; }}; }},
  {{ id = "b"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-fast-0001" ]; breaker = {{ enabled = false; }}; }}
);
"""


def made(g, **what):
    a = g.post("/api/clients", what)
    assert a.status == 201, a
    return a.json["key"], a.json["id"]


def at_rest(g, ident):
    def probe():
        c = g.get("/api/clients/" + ident).json
        return c if c["in_flight"] == 0 and c["usage"]["reserved"] == {"tokens": 0, "micro": 0} else None
    return wait(probe, "nothing under way")


def logged(g, ident):
    """Tokens of all requests of the key, as the log has them; how many were asked twice."""
    names = ("tok_in", "tok_out", "tok_reasoning", "tok_cache_r", "tok_cache_w")
    lines = [x for x in g.log_lines() if x.get("event") == "request" and x.get("key") == ident]
    return sum(x.get(n, 0) for x in lines for n in names), sum(x.get("hedged", 0) for x in lines)


def test_a_hedged_request_is_paid_once(g):
    g.up.script("key=slow delay=1500 usage=100,50\nkey=fast usage=100,50\n")
    key, ident = made(g, label="hedged", budget={"tokens": "1M", "money": "100"}, caps={"concurrency": 1})
    for _ in range(10):
        wait(lambda: g.message(key=key, model="claude-priced", stream=True).status == 200, "it is served")
    c = at_rest(g, ident)
    served = c["served"]
    assert c["usage"]["spent"] == {"tokens": 150 * served, "micro": served * (300 + 750)}, c
    assert logged(g, ident)[1] > 0, "nothing was hedged"


def leave(g, key, body, lines):
    """Reads some lines of the answer and is gone."""
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=LONG)
    try:
        c.request("POST", "/v1/messages", json.dumps(body), {"x-api-key": key, "content-type": "application/json"})
        if lines:
            r = c.getresponse()
            for _ in range(lines):
                r.readline()
            r.close()
    except (http.client.HTTPException, OSError):
        pass
    c.close()


MOODS = ("", "status=529", "status=400", "drop", "cutevent=5", "reset cut=300", "events=300 pace=2", "errevent=overloaded_error:x errafter=3",
         "empty", "html", "delay=200", "first=150")


def test_chaos(g):
    g.up.script("")
    key, ident = made(g, label="chaos", budget={"tokens": "100M"}, caps={"concurrency": 40, "tpm": 2000000000})
    dice = random.Random(20261123)

    def work(seed):
        mine = random.Random(seed)
        for _ in range(12):
            text = "[[sim: usage=30,20 " + mine.choice(MOODS) + "]]"
            stream = mine.random() < 0.7
            body = {"model": "claude-priced", "max_tokens": 200, "stream": stream, "messages": [{"role": "user", "content": text}]}
            if mine.random() < 0.4:
                leave(g, key, body, mine.choice((0, 1, 3, 12)))
            else:
                g.send("POST", "/v1/messages", json.dumps(body).encode(), {"x-api-key": key, "content-type": "application/json"})

    together(*[lambda seed=dice.random(): work(seed) for _ in range(20)])
    g.post("/api/scheduler/reset", {})
    c = at_rest(g, ident)
    wait(lambda: logged(g, ident)[0] == at_rest(g, ident)["usage"]["spent"]["tokens"], "what was spent is what the log tells")
    assert c["usage"]["spent"]["tokens"] > 0 and c["served"] == 240, c
