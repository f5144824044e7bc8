# SPDX-License-Identifier: MIT
"""History: what happened is found again, and nothing that happens to its database costs a request."""
import csv
import http.client
import io
import json
import os
import re
import resource
import sqlite3
import subprocess
import threading
import time
import urllib.parse

from gateway import LONG, Beside, Skip, wait

TAGS = ["thread"]

CONF = """
history = {{ flush = "200ms"; }};
client_keys = ( {{ key = "team-CANARY-0123456789ab"; label = "team"; }} );
"""
FRESH = True


def state(g):
    a = g.get("/api/history/state")
    assert a.status == 200, a
    return a.json


def rows(g, query=""):
    a = g.get("/api/history" + query)
    assert a.status == 200, a
    return a.json["requests"]


def written(g, n):
    """So many records are in the store."""
    return wait(lambda: len(rows(g, "?limit=1000")) >= n and state(g), f"{n} records are kept")


class Load:
    """Requests, one after the other on a few threads, until it ends; each must be served, unless the gateway is killed meanwhile."""

    def __init__(self, g, threads=2):
        self.g, self.served, self.is_over, self.is_killed = g, 0, False, False
        self.lock = threading.Lock()
        self.work = Beside(*[self.run] * threads)

    def run(self):
        while not self.is_over:
            try:
                a = self.g.message()
            except (OSError, http.client.HTTPException):
                if self.is_killed:
                    return
                raise
            assert a.status == 200 or self.is_killed, a
            with self.lock:
                self.served += a.status == 200

    def until(self, n):
        wait(lambda: self.served >= n or self.work.errors, f"{n} requests")

    def kill(self):
        """The gateway is killed; what is under way fails."""
        self.is_killed = self.is_over = True
        self.g.kill9()
        self.work.join()

    def end(self):
        self.is_over = True
        self.work.join()
        return self.served


def all_are_there(g, n):
    """Written or counted as lost; none twice."""
    def probe():
        s = state(g)
        return not s["waiting"] and s["written"] + s["lost"] >= n and s
    s = wait(probe, f"{n} records are written or counted as lost")
    assert s["written"] + s["lost"] == n, (s, n)
    return s


# ---- finding ----

def test_what_happened_is_found(g):
    g.up.script("model=bad status=529 error=overloaded_error:busy\n")
    for i in range(3):
        assert g.message(headers={"x-session-id": "s1"}).status == 200
    assert g.message(model="bad").status >= 400
    assert g.message(key="team-CANARY-0123456789ab", stream=True).status == 200
    written(g, 5)
    all_of = rows(g)
    assert len(all_of) == 5
    assert [r["time"] for r in all_of] == sorted((r["time"] for r in all_of), reverse=True)
    first = all_of[-1]
    assert first["outcome"] == "served" and first["status"] == 200 and first["channel"] == "up", first
    assert first["tokens"]["output"] >= 0 and first["total_us"] > 0 and first["attempts"] == 1, first
    assert [r["model"] for r in rows(g, "?outcome=failed")] == ["bad"]
    assert [r["model"] for r in rows(g, "?status=5xx")] + [r["model"] for r in rows(g, "?status=400-499")] == ["bad"]
    assert len(rows(g, "?client=" + all_of[0]["client"])) == 1 and all_of[0]["stream"]
    assert all_of[0]["client_label"] == "team" and "client_label" not in first, all_of
    assert len(rows(g, "?channel=up")) == 5 and not rows(g, "?channel=elsewhere")
    assert len(rows(g, "?key=" + first["key"])) == 5
    assert len(rows(g, "?model=m&family=messages&since=1h")) == 4
    assert not rows(g, "?until=2020-01-01") and len(rows(g, "?since=2020-01-01T00:00:00Z")) == 5
    one = g.get("/api/history/" + first["id"])
    assert one.status == 200 and one.json["tries"][0]["channel"] == "up" and one.json["tries"][0]["outcome"] == "ok", one
    assert g.get("/api/history/nothing").status == 404
    assert 0 < one.json["tries"][0]["first_us"] <= one.json["tries"][0]["took_us"], one.json["tries"]
    fresh = [r for r in all_of if "connect_us" in g.get("/api/history/" + r["id"]).json["tries"][0]]
    assert len(fresh) < len(all_of), fresh  # most go over a connection that is open


def test_a_search(g):
    assert g.message(headers={"x-request-id": "mine-0001"}).status == 200
    assert g.message(headers={"x-request-id": "00000000deadbeef"}).status == 200
    for i in range(4):
        assert g.message(headers={"x-session-id": "s2"} if i > 1 else {}).status == 200
    written(g, 6)
    all_of = rows(g)
    newest = all_of[0]["id"]
    assert [r["id"] for r in rows(g, "?q=" + newest)] == [newest]
    for part in (newest[:6], newest[:9], newest[:10], newest[:15], newest[:25], newest[:12].lower()):
        found = [r["id"] for r in rows(g, "?q=" + part)]
        assert newest in found and found == [r["id"] for r in all_of if r["id"].startswith(part.upper())], (part, found)
    assert [r["id"] for r in rows(g, "?q=mine-0001")] == ["mine-0001"]
    assert [r["id"] for r in rows(g, "?q=00000000deadbeef")] == ["00000000deadbeef"]
    sessions = [r for r in all_of if r.get("session")]
    assert {r["id"] for r in rows(g, "?q=" + sessions[0]["session"])} == {r["id"] for r in sessions if r["session"] == sessions[0]["session"]}
    assert not rows(g, "?q=nonsense") and not rows(g, f"?q={newest[:9]}&channel=elsewhere")
    assert newest in g.get(f"/api/history.csv?q={newest[:20]}").text
    page = g.get(f"/api/history?q={newest[:6]}&limit=1").json
    assert len(page["requests"]) == 1 and page["next"], page
    again = g.get(f"/api/history?q={newest[:6]}&limit=1&after={page['next']}").json
    assert again["requests"][0]["id"] not in (page["requests"][0]["id"], "mine-0001"), again


def test_pages_and_what_is_wrong(g):
    for i in range(7):
        g.message(headers={"x-request-id": "same"})
    written(g, 7)
    seen, after = [], ""
    while True:
        a = g.get("/api/history?limit=2" + after).json
        seen += [r["time"] for r in a["requests"]]
        if "next" not in a:
            break
        after = "&after=" + urllib.parse.quote(a["next"])
    assert len(seen) == 7 and seen == sorted(seen, reverse=True), seen
    for query in ("limit=0", "since=yesterday", "status=abc", "outcome=odd", "after=x", "color=red"):
        assert g.get("/api/history?" + query).status == 400, query
    assert g.api("GET", "/api/history", key=None).status == 401


def test_csv(g):
    g.message(model="=1+1")
    g.message(model='a,"b"')
    written(g, 2)
    a = g.get("/api/history.csv?since=1h")
    assert a.status == 200 and a.headers["content-type"].startswith("text/csv"), a.headers
    assert "history.csv" in a.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(a.text)))
    assert sorted(r["model"] for r in table) == ["'=1+1", 'a,"b"'], table
    assert all(None not in r and None not in r.values() for r in table), table
    assert table[0]["outcome"] == "served" and int(table[0]["total_us"]) > 0


def test_import(g):
    start = int(time.time()) // 100 * 100 - 86400
    lines = [{"id": f"go-{i}", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + i)), "family": "messages", "channel": "old", "status": 200,
              "tokens": {"input": 5, "output": 7}} for i in range(30)]
    text = "\n".join(json.dumps(x) for x in lines)
    for _ in range(2):   # again: nothing comes twice
        a = g.post("/api/history/import", text)
        assert a.status == 200 and a.json["accepted"] == 30, a
    wait(lambda: state(g)["written"] >= 60, "both are through")
    old = rows(g, "?channel=old&limit=100")
    assert len(old) == 30 and old[0]["imported"] and old[0]["id"] == "go-29" and old[0]["tokens"] == {"input": 5, "output": 7}, old[0]
    # What no sum could hold is not known.
    most = 2**63 - 1
    wild = [{**lines[0], "id": f"wild-{i}", "channel": "wild", "total_us": most, "cost_micro": most, "tokens": {"input": most, "output": -7}} for i in range(2)]
    assert g.post("/api/history/import", "\n".join(json.dumps(x) for x in wild)).status == 200
    odd = wait(lambda: (lambda x: x if len(x) == 2 else None)(rows(g, "?channel=wild")), "the wild ones are there")
    assert odd[0]["tokens"] == {} and "total_us" not in odd[0] and "cost_micro" not in odd[0], odd
    a = g.post("/api/history/import", text + '\n{"id":"x"}\n')
    assert a.status == 400 and "line 31" in a.json["path"] + a.json["error"], a


# ---- what may happen to the database ----

def database(g):
    return os.path.join(g.state_dir, "history.db")


def test_locked(g):
    load = Load(g)
    load.until(20)
    wait(lambda: state(g)["written"] > 0, "some are written")
    c = sqlite3.connect(database(g), isolation_level=None, timeout=LONG)
    c.execute("BEGIN EXCLUSIVE")
    wait(lambda: state(g)["is_failing"], "it is noticed")
    before = load.served
    load.until(before + 40)
    assert "locked" in state(g)["error"], state(g)
    c.execute("ROLLBACK")
    c.close()
    wait(lambda: not state(g)["is_failing"], "it is well again")
    s = all_are_there(g, load.end())
    assert s["lost"] == 0, s
    def said():
        return [x for x in g.log_lines() if "history is" in str(x.get("msg"))]
    wait(lambda: len(said()) >= 2, "it is told that it fails, and that it is well again")
    assert len(said()) == 2, said()


def test_full(g):
    """No byte more than the file has: as a full disk is."""
    load = Load(g)
    load.until(20)
    wait(lambda: state(g)["written"] > 0, "some are written")
    least = max(os.path.getsize(os.path.join(g.state_dir, f)) for f in os.listdir(g.state_dir) if f.startswith("history.db"))
    pid = g.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (least // 2, before[1]))
    wait(lambda: state(g)["is_failing"], "it is noticed")
    n = load.served
    load.until(n + 40)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    wait(lambda: not state(g)["is_failing"], "it is well again")
    s = all_are_there(g, load.end())
    assert s["lost"] == 0, s


def test_deleted(g):
    load = Load(g)
    load.until(20)
    wait(lambda: state(g)["written"] > 0, "some are written")
    os.unlink(database(g))
    n = load.served
    load.until(n + 40)
    wait(lambda: os.path.exists(database(g)), "a new one is begun")
    s = all_are_there(g, load.end())
    assert s["lost"] == 0, s
    assert len(rows(g, "?limit=1000")) >= 40
    assert is_whole(g)


def is_whole(g):
    return sqlite3.connect(database(g), timeout=LONG).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_damaged(g):
    for _ in range(20):
        g.message()
    all_are_there(g, 20)
    g.stop()
    with open(database(g), "r+b") as f:
        f.write(b"no database at all" * 300)
    g.start()
    assert g.message().status == 200
    all_are_there(g, 1)
    assert len(rows(g)) == 1
    assert os.path.exists(database(g) + ".bad")
    assert oct(os.stat(database(g)).st_mode & 0o777) == "0o600"
    wait(lambda: any("set aside" in str(x.get("msg")) for x in g.log_lines()), "it is told")


def test_damaged_while_it_runs(g):
    load = Load(g)
    load.until(20)
    wait(lambda: state(g)["written"] > 0, "some are written")
    with open(database(g), "r+b") as f:
        f.truncate(0)
    with open(database(g) + "-wal", "r+b") as f:
        f.truncate(0)
    n = load.served
    load.until(n + 40)
    all_are_there(g, load.end())
    g.restart()
    for _ in range(5):
        assert g.message().status == 200
    all_are_there(g, 5)
    assert len(rows(g)) >= 5


def test_a_newer_one_is_left_alone(g):
    g.message()
    all_are_there(g, 1)
    g.stop()
    c = sqlite3.connect(database(g))
    c.execute("PRAGMA user_version=99")
    c.close()
    g.start()
    assert g.message().status == 200
    s = wait(lambda: state(g)["is_failing"] and state(g), "it is refused")
    assert "newer version" in s["error"], s
    assert not os.path.exists(database(g) + ".bad")


def test_killed_under_load(g):
    """At most what one flush holds is lost, and no record is there twice."""
    for turn in range(3):
        load = Load(g)
        load.until(40)
        served = load.end()
        wait(lambda: state(g)["written"] >= served - 5, "most are written")
        told = min(state(g)["written"], 1000)
        more = Load(g)
        more.until(10)
        more.kill()
        g.start()
        ids = [r["id"] for r in rows(g, "?limit=1000")]
        assert len(ids) == len(set(ids)) and len(ids) >= told, (turn, len(ids), told)
        assert is_whole(g)


# ---- a restart ----

def test_statistics_survive(g):
    for _ in range(12):
        g.message()
    all_are_there(g, 12)
    g.restart()

    def told():
        a = g.get("/api/statistics?window=1h")
        return a.status == 200 and re.search(r'"requests": ?12\b', a.text) and a
    wait(told, "the last hour is known again")
    assert len(rows(g)) == 12


def test_off_and_on(g):
    g.message()
    all_are_there(g, 1)
    g.configure(g.fill(CONF).replace("{", "{{").replace("}", "}}").replace('flush = "200ms"', 'store = ""; flush = "200ms"'))
    g.reload()
    wait(lambda: state(g)["store"] is None, "it is off")
    assert g.message().status == 200
    a = g.get("/api/history")
    assert a.status == 404 and a.json["path"] == "history.store", a
    g.configure(CONF)
    g.reload()
    wait(lambda: state(g)["store"] == "sqlite", "it is on")
    g.message()
    wait(lambda: len(rows(g)) == 2, "it goes on")


def test_conversations_survive(g):
    """What is kept by id, and where a conversation has its home."""
    def ask(text, before=None):
        body = {"model": "m", "input": text}
        if before:
            body["previous_response_id"] = before
        return g.api("POST", "/v1/responses", body)

    first = ask("one")
    assert first.status == 200, first
    for i in range(6):
        g.message(headers={"x-claude-code-session-id": f"s{i}"}, text=f"conversation {i}")
    g.settled()
    homes = g.get("/api/scheduler/sessions").json
    g.restart()
    a = ask("two", first.json["id"])
    assert a.status == 200, a
    later = g.get("/api/scheduler/sessions").json
    def keys(x):
        return sorted((s.get("session"), s.get("channel"), s.get("key")) for s in x["sessions"])
    assert set(keys(homes)) <= set(keys(later)) and keys(homes), (homes, later)
    # and after a crash, what was there some time ago
    g.kill9()
    g.start()
    assert ask("three", first.json["id"]).status == 200
    assert g.api("DELETE", "/v1/responses/" + first.json["id"]).status == 200
    g.restart()
    assert ask("four", first.json["id"]).status in (400, 404)


def test_a_store_of_somebody_else(g):
    """The example store, as a third party would write one."""
    if not os.path.exists(os.path.join(g.tools.plugins, "shelf.so")):
        raise Skip("the example store is not built")
    g.configure(CONF.replace('flush = "200ms"', 'store = "shelf"; flush = "200ms"'))
    g.reload()
    wait(lambda: state(g)["store"] == "shelf", "it is there")
    for model in ("m", "n", "m"):
        assert g.message(model=model).status == 200
    wait(lambda: len(rows(g)) == 3, "it keeps them")
    assert len(rows(g, "?model=n")) == 1 and len(rows(g, "?limit=2")) == 2
    assert not os.path.exists(database(g)) or len(sqlite3.connect(database(g), timeout=LONG).execute("SELECT 1 FROM records").fetchall()) == 0


def test_the_predecessors_history_comes_over(g):
    ctl = os.path.join(g.tools.build, "claude-proxyctl")
    folder = os.path.join(g.place, "old", ".config")
    os.makedirs(folder)
    g.write("old/.env", "PORT=3000\n")
    g.write("old/.config/config.json", json.dumps({"upstream": [{"name": "old", "baseUrl": "https://up.example", "apiKeys": ["sk-CANARY-old-0001-0002"],
                                                                "serviceType": "claude", "status": "active"}]}))
    c = sqlite3.connect(os.path.join(folder, "metrics.db"))
    c.execute("""CREATE TABLE request_records(id INTEGER PRIMARY KEY AUTOINCREMENT, metrics_key TEXT NOT NULL, base_url TEXT NOT NULL,
        key_mask TEXT NOT NULL, timestamp INTEGER NOT NULL, success INTEGER NOT NULL, input_tokens INTEGER DEFAULT 0, output_tokens INTEGER DEFAULT 0,
        cache_creation_tokens INTEGER DEFAULT 0, cache_read_tokens INTEGER DEFAULT 0, api_type TEXT DEFAULT 'messages')""")
    c.executemany("INSERT INTO request_records(metrics_key,base_url,key_mask,timestamp,success,input_tokens,output_tokens) VALUES('m',?,'sk-a***',?,?,3,4)",
                  [("https://up.example", int(time.time()) - 5000 + i, i % 2) for i in range(2500)])
    c.commit()
    c.close()
    env = dict(os.environ, CLAUDE_PROXY_PLUGIN_DIR=g.tools.plugins, CLAUDE_PROXY_KEY=g.key)
    for _ in range(2):   # again: nothing comes twice
        p = subprocess.run([ctl, "-s", os.path.join(g.state_dir, "ctl.sock"), "import", os.path.join(g.place, "old")], env=env, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=LONG, check=False)
        assert p.returncode == 0 and "2500 requests" in p.stdout, p.stdout
    wait(lambda: state(g)["written"] >= 5000, "they are through")
    old = g.get("/api/history.csv?until=1m").text.strip().split("\n")
    assert len(old) == 2501, len(old)
