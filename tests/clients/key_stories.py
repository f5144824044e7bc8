"""key_stories - what clients do with a key of their own that is fine, over, narrow or spent; see stories.py.

Each client keeps its own defaults here: how often and how long it tries again is what these stories are about. A refusal that
will be the same again must end soon, with few requests, and in the gateway's sentence on the screen; a cap must be waited
out. History must know each request once, with its price.
"""
import concurrent.futures
import json
import tempfile
import time
import urllib.error
import urllib.request

import session_stories
import stories

# After a 401 or 403 Codex asks again five times, whatever it is told; Claude Code asks once more without a stream after a 404.
TRIES = {"claude": {404: 2}, "responses": {401: 6, 403: 6}, "gemini": {}}
FAMILIES = {"claude": "messages", "responses": "responses", "gemini": "gemini"}
# Claude Code has its own words for a model that is not there.
NO_MODEL = {"claude": "issue with the selected model", "responses": "not among those that this key may use",
            "gemini": "not among those that this key may use"}


class Stage(session_stories.Stage):
    def reset(self):
        self.claude.tries_as_by_default()
        return super().reset()

    def key(self, **what):
        """A new client key is the client's own from now on; returns its id."""
        made = self.ask("POST", "/api/clients", json.dumps({"label": "a key of its own", **what}).encode())
        self.claude.key = made["key"]
        return made["id"]

    def change(self, ident, **what):
        self.ask("PATCH", f"/api/clients/{ident}", json.dumps(what).encode())

    def turn(self, scratch, words="text='That is all.'", last=None):
        outcome = self.claude.go_on(scratch, f"[[sim: {words}]]", last)
        self.outcomes.append(outcome)
        return outcome

    def bare(self, words="text=hello"):
        """A request with the same key that no client made; returns its status."""
        body = {"model": "claude-opus-5-5", "max_tokens": 5, "messages": [{"role": "user", "content": f"[[sim: {words}]]"}]}
        request = urllib.request.Request(f"{self.pair.gateway.url}/v1/messages", json.dumps(body).encode(),
                                         {"x-api-key": self.claude.key, "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code

    def history(self, ident, wanted):
        """What history has of this key, once it has all that is wanted."""
        until = time.monotonic() + stories.LOG_SECONDS
        while True:
            found = self.ask("GET", f"/api/history?client={ident}&limit=100")["requests"]
            if len(found) >= wanted or time.monotonic() > until:
                return found
            time.sleep(0.1)


def refused(stage, outcome, status, words, since=0):
    """It ended soon, and its reader knows why."""
    assert outcome.failed, "the client believes that it was served"
    statuses = [r["status"] for r in stage.accounts()][since:]
    most = TRIES[stage.kind].get(status, 1)
    assert 1 <= len(statuses) <= most and set(statuses) == {status}, (statuses, most)
    shown = outcome.out + outcome.errors
    assert words in shown, f"nobody reads {words!r}"


def between_turns(stage, change, status, words, **limits):
    with tempfile.TemporaryDirectory(prefix="claude-proxy-client-", ignore_cleanup_errors=True) as scratch:
        ident = stage.key(**limits)
        first = stage.turn(scratch, "text=served usage=9000,100")
        assert not first.failed, "the client reports an error"
        stage.accounts()
        served = len(stage.sent())
        change(ident)
        refused(stage, stage.turn(scratch, last=first), status, words, served)
        return ident


def expires(stage):
    """its key expires between two turns"""
    between_turns(stage, lambda ident: stage.change(ident, expires="2020-01-01T00:00:00Z"), 401, "this key has expired, at 2020-01-01")


def revoked(stage):
    """its key is taken away between two turns"""
    between_turns(stage, lambda ident: stage.ask("DELETE", f"/api/clients/{ident}"), 401, "invalid access key")


def other_models(stage):
    """its key may use other models only"""
    stage.key(models=["only-this-one"])
    refused(stage, stage.run("hello"), 404, NO_MODEL[stage.kind])


def other_family(stage):
    """its key may use another client API only"""
    stage.key(families=["chat"])
    refused(stage, stage.run("hello"), 403, "this key may not use the client API")


def spent(stage):
    """its budget is used up between two turns"""
    status = 402 if stage.kind == "claude" else 429
    ident = between_turns(stage, lambda i: stage.change(i, budget={"tokens": 9100, "period": "month"}), status,
                          "9100 tokens of 9100 tokens spent this month", budget={"tokens": 900000, "period": "month"})
    found = stage.history(ident, 2)
    assert [(r["outcome"], r["status"]) for r in found] == [("failed", status), ("served", 200)], found


def too_many_a_minute(stage):
    """too many requests a minute are waited out"""
    stage.key(caps={"rpm": 6})
    while stage.bare() == 200:
        pass
    name, args = stage.claude.call("echo done")
    outcome = stage.run(f"[[sim: tool={name} args={json.dumps(args)} then text='Served after all.']]")
    statuses = [r["status"] for r in stage.accounts()]
    assert not outcome.failed and "Served after all." in outcome.out, "the client gave up"
    assert statuses.count(200) >= 2 and 429 in statuses and set(statuses) <= {200, 429}, statuses


def too_many_at_once(stage):
    """too many requests at once are waited out"""
    ident = stage.key(caps={"concurrency": 1})
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        slow = other.submit(stage.bare, "delay=15000 text=slow")
        while not stage.ask("GET", f"/api/clients/{ident}")["in_flight"]:
            time.sleep(0.05)
        outcome = stage.run("[[sim: text='Served after all.']]")
        assert slow.result() == 200
    assert not outcome.failed and "Served after all." in outcome.out, "the client gave up"


def known_to_history(stage):
    """history has each request of a tool run once, of one session, with tokens and price"""
    ident = stage.key()
    name, args = stage.claude.call("echo done")
    outcome = stage.run(f"[[sim: tool={name} args={json.dumps(args)} usage=1000,10 then text='That is all.' usage=2000,20]]")
    assert not outcome.failed, "the client reports an error"
    found = stage.history(ident, len(stage.sent()))
    assert len(found) == len(stage.accounts()) == len(stage.sent()) == 2, found
    assert sorted(r["id"] for r in found) == sorted(r["req"] for r in stage.accounts())
    # Of Gemini CLI's requests nothing but their beginning says which conversation they belong to.
    assert len({r.get("session") for r in found}) == 1 and found[0].get("session"), [r.get("session") for r in found]
    for record, tokens in zip(reversed(found), ((1000, 10), (2000, 20))):
        assert record["family"] == FAMILIES[stage.kind] and record["outcome"] == "served" and record["stream"], record
        assert (record["tokens"]["input"], record["tokens"]["output"]) == tokens and record["currency"] == "USD", record
        price = stage.ask("GET", f"/api/prices?model={record['model']}")["holds"][0]["micro"]
        assert record["cost_micro"] == (tokens[0] * price["input"] + tokens[1] * price["output"]) // 1000000, (record, price)
    total = [r for r in stage.ask("GET", "/api/statistics?window=1h&by=client")["rows"] if r["name"] == ident][0]
    assert total["requests"] == total["served"] == 2, total
    assert total["cost_micro"] == sum(r["cost_micro"] for r in found), total


STORIES = (known_to_history, expires, revoked, other_models, other_family, spent, too_many_a_minute, too_many_at_once)
