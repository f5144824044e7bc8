# SPDX-License-Identifier: MIT
"""Plugins come, go and are replaced while requests run: each request has one version from its first byte to its last.

SWAPS=1000 is the whole story; the ring does fewer.
"""
import http.client
import json
import os
import re
import shutil
import subprocess
import threading
import time

from gateway import LONG, Beside, Broken, many, wait
from tides import HELLO, build, build_from, lay, prepare, row, version  # noqa: F401

TAGS = ("thread",)
SWAPS = int(os.environ.get("SWAPS") or many(100))


# ---- asking ----

class Flood(threading.Thread):
    """Streams, one after the other: a stream has one version, and its end."""

    def __init__(self, g, events=40, pace=20, once=False):
        super().__init__()
        self.g, self.once, self.errors, self.good, self.versions = g, once, [], 0, []
        self.body = json.dumps({"say": f"tell [[sim: events={events} pace={pace} usage=10,20]]"}).encode()
        self.begun, self.over = threading.Event(), threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set() and not self.errors:
            try:
                self.read()
                self.good += 1
            except Exception as e:
                self.errors.append(f"{type(e).__name__}: {e}")
            self.begun.set()
            if self.once:
                break

    def read(self):
        c = http.client.HTTPConnection("127.0.0.1", self.g.port, timeout=LONG)
        c.request("POST", "/v1/tide/m/stream", body=self.body, headers={"x-api-key": self.g.key})
        r = c.getresponse()
        if r.status != 200:
            raise Broken(f"{r.status} {r.read(2000)}")
        seen, event, ended = set(), "", False
        for line in r:
            line = line.decode().strip()
            if line.startswith("event:"):
                event = line[6:].strip()
                ended |= event == "end"
                if event == "error":
                    raise Broken("an error event")
            elif line.startswith("data:") and event in ("piece", "end"):
                seen.add(line[5:].strip().split("|")[0])
                self.begun.set()
        c.close()
        if not ended or len(seen) != 1:
            raise Broken(f"ended: {ended}, versions: {seen}")
        self.versions += seen

    def finish(self):
        self.over.set()
        self.join(LONG)
        if self.errors:
            raise Broken(f"{len(self.errors)} of {self.good + len(self.errors)} streams failed: {self.errors[:3]}")


def reload(g):
    a = g.post("/api/config/reload")
    assert a.status == 200, a
    return a


def refused(g, *words):
    """A reload that is refused, by the API and by a signal; all goes on as it was."""
    before, config = version(g), g.get("/api/status").json["configuration"]["since"]
    a = g.post("/api/config/reload")
    assert a.status == 422, a
    for word in words:
        assert word in a.text, (word, a)
    said = g.reload()
    assert "reload_failed" in said, said
    assert version(g) == before and g.get("/api/status").json["configuration"]["since"] == config
    return a


# ---- one by one ----

def test_replaced_in_the_middle_of_a_stream(g):
    assert version(g) == "1.0" and row(g)["older"] == []
    old = Flood(g, events=60, pace=50, once=True)
    assert old.begun.wait(LONG)
    lay(g, build(g, "1.1"))
    a = reload(g)
    assert a.json["ok"], a
    assert version(g) == "1.1"
    p = row(g)
    assert p["version"] == "1.1" and p["since"] and [x["version"] for x in p["older"]] == ["1.0"], p
    assert p["older"][0]["exchanges"] == 1 and p["older"][0]["until"], p
    assert row(g, "claude")["older"] == [] and row(g, "claude")["since"] <= p["since"], g.get("/api/plugins")
    old.finish()
    assert old.versions == ["1.0"], old.versions
    wait(lambda: row(g)["older"] == [], "nobody has the old one any more")
    line = next(x for x in g.log_lines() if x["event"] == "plugin_changed")
    assert line["plugin"] == "tide" and line["was"] == "1.0" and line["version"] == "1.1" and line["file"].endswith("tide.so"), line


def test_nothing_is_different(g):
    lay(g, build(g, "1.1"))
    reload(g)
    since, told = row(g)["since"], g.log_text().count('"event":"plugin_changed"')
    reload(g)
    path = os.path.join(g.folder, "tide.so")
    os.utime(path)
    reload(g)
    lay(g, build(g, "1.1"))  # the same again, as a new file
    reload(g)
    assert row(g)["since"] == since and g.log_text().count('"event":"plugin_changed"') == told


def test_a_new_file_appears(g):
    build_from(g, os.path.join("plugins", "example", "plain.c"), g.place + "/plain.so")
    assert g.send("POST", "/v1/plain/m", HELLO, {"x-api-key": g.key}).status == 404
    lay(g, g.place + "/plain.so", "plain.so")
    reload(g)
    a = g.send("POST", "/v1/plain/m", HELLO, {"x-api-key": g.key})
    assert a.status == 200, a
    assert row(g, "plain")["adapters"] == ["plain"], row(g, "plain")
    os.unlink(os.path.join(g.folder, "plain.so"))
    reload(g)
    assert row(g, "plain") is None and g.send("POST", "/v1/plain/m", HELLO, {"x-api-key": g.key}).status == 404
    gone = g.get("/api/plugins").json["absent"]
    assert [x["state"] for x in gone] == ["removed"] and gone[0]["adapters"] == ["plain"], gone


def test_what_is_refused_changes_nothing(g):
    good = build(g, "1.1")
    lay(g, good)
    reload(g)
    with open(good, "rb") as f:
        half = f.read()[:3000]
    truncated = g.place + "/half.so"
    with open(truncated, "wb") as f:
        f.write(half)
    other = build(g, "2.0", "-DTIDE_MAJOR=9", name="major")
    sick = build(g, "2.0", "-DTIDE_SICK", name="sick")
    for bad, word in ((truncated, "preflight: it crashed"), (other, "it speaks ABI 9"), (sick, "it crashed")):
        lay(g, bad)
        refused(g, "tide.so", word, "what was loaded before goes on")
        assert row(g)["version"] == "1.1" and row(g)["state"] == "loaded"
        a = g.post("/api/config/test", {})
        assert a.json["ok"] is False and word in a.text, a
    lay(g, good)
    reload(g)
    lay(g, sick, "more.so")  # and one that is new
    refused(g, "more.so", "it crashed")
    os.unlink(os.path.join(g.folder, "more.so"))
    reload(g)


def test_two_with_one_name(g):
    lay(g, build(g, "1.2"), "zwei.so")
    refused(g, "zwei.so", "there is an adapter for \\\"tide\\\" already")
    os.unlink(os.path.join(g.folder, "tide.so"))  # it takes the other one's place
    reload(g)
    assert version(g) == "1.2" and row(g)["file"].endswith("zwei.so")
    lay(g, build(g, "1.1"))
    os.unlink(os.path.join(g.folder, "zwei.so"))
    reload(g)
    assert version(g) == "1.1"


def test_written_over_in_place(g):
    """Nobody can save what is mapped then; but the file is not taken for a new one."""
    path = lay(g, build(g, "1.15"))
    reload(g)
    with open(path, "ab") as f:  # behind what is mapped, so that this test's gateway lives
        f.write(b"more")
    refused(g, "tide.so", "written over in place")
    lay(g, build(g, "1.1"))
    reload(g)


def test_who_is_needed_cannot_go(g):
    claude = os.path.join(g.folder, "claude.so")
    os.rename(claude, claude + ".away")
    a = refused(g, "channel up is out", "claude.so", "the file was removed")
    assert a.json["details"], a
    os.rename(claude + ".away", claude)
    store = os.path.join(g.folder, "sqlite.so")
    os.rename(store, store + ".away")
    refused(g, "history.store", "sqlite.so", "the file was removed")
    os.rename(store + ".away", store)
    reload(g)


def test_reload_by_the_program(g):
    ctl = [os.path.join(os.path.dirname(g.tools.gateway), "claude-proxyctl"), "--socket", os.path.join(g.state_dir, "ctl.sock")]
    sick = build(g, "2.0", "-DTIDE_SICK", name="sick")
    lay(g, sick)
    p = subprocess.run([*ctl, "reload"], env=g.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    assert p.returncode and b"tide.so" in p.stdout and b"it crashed" in p.stdout, p
    lay(g, build(g, "1.3"))
    p = subprocess.run([*ctl, "reload"], env=g.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    assert p.returncode == 0 and version(g) == "1.3", p
    p = subprocess.run([*ctl, "show", "plugins"], env=g.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    assert p.returncode == 0 and b"1.3" in p.stdout, p


def test_the_store_is_replaced(g):
    """The same code as another file: records go on, none is lost."""
    def records():
        return {x["id"] for x in g.get("/api/history?limit=1000").json["requests"]}
    version(g)
    wait(lambda: records(), "history is kept")
    for i in range(3):
        stored = os.path.join(g.place, "stored.so")
        shutil.copy(os.path.join(g.tools.plugins, "sqlite.so"), stored)
        with open(stored, "ab") as f:
            f.write(b"%d" % i)  # another content
        before = g.counter("claude_proxy_requests_total") if hasattr(g, "counter") else len(records())
        lay(g, stored, "sqlite.so")
        version(g)
        reload(g)
        version(g)
        wait(lambda: len(records()) >= before + 2, "both are in the history")
    wait(lambda: row(g, "sqlite")["older"] == [], "the old ones are given back")
    assert g.get("/api/status").json["history"]["lost"] == 0


def test_news_tell(g):
    c = http.client.HTTPConnection("127.0.0.1", g.port, timeout=LONG)
    c.request("GET", "/api/events?kinds=plugin", headers={"x-api-key": g.key})
    r = c.getresponse()
    assert r.status == 200
    was = row(g)["version"]
    lay(g, build(g, "1.4"))
    reload(g)
    for line in r:
        if line.startswith(b"data: ") and b"deed" in line:
            break
    told = json.loads(line[6:])
    c.close()
    assert (told["deed"], told["name"], told["version"], told["was"]) == ("replaced", "tide", "1.4", was), told


# ---- many ----

def mapped(g):
    with open(f"/proc/{g.process.pid}/maps", encoding="utf-8") as f:
        return len({m.group(1) for m in re.finditer(r" (\d+) +/\S*tide\.so", f.read())})


def test_many_swaps_under_load(g):
    flood = [Flood(g) for _ in range(4)] + [Flood(g, events=3, pace=5) for _ in range(2)]
    made = [build(g, f"3.{i}") for i in range(8)]
    begun = time.monotonic()
    for i in range(SWAPS):
        lay(g, made[i % len(made)])
        reload(g)
        assert version(g) == f"3.{i % len(made)}"
    print(f"# {SWAPS} swaps in {time.monotonic() - begun:.1f} s, {sum(f.good for f in flood)} streams, {mapped(g)} mappings")
    for f in flood:
        f.finish()
    assert all(f.good for f in flood)
    wait(lambda: row(g)["older"] == [], "what was replaced is given back")
    wait(lambda: mapped(g) == 1, "one is mapped")


def test_one_that_stays_mapped(g):
    """A library that wants to stay is nobody's, and in nobody's way."""
    lay(g, build(g, "4.0", "-Wl,-z,nodelete", name="sticky"))
    reload(g)
    assert version(g) == "4.0"
    lay(g, build(g, "4.1"))
    reload(g)
    assert version(g) == "4.1"
    wait(lambda: "stays in memory" in g.log_text(), "it is told")
    lay(g, build(g, "4.0", "-Wl,-z,nodelete", name="sticky"))
    reload(g)
    assert version(g) == "4.0"
    lay(g, build(g, "4.1"))
    reload(g)
    assert version(g) == "4.1"


def test_one_that_does_not_come_back(g):
    gate = os.path.join(g.place, "gate")
    lay(g, build(g, "5.0", f'-DTIDE_GATE="{gate}"'))
    reload(g)
    beside = Beside(lambda: g.send("POST", "/v1/tide/m", b'{"say": "wait now"}', {"x-api-key": g.key}))
    wait(lambda: "plugin_slow" in g.log_text(), "it is told")
    line = next(x for x in g.log_lines() if x["event"] == "plugin_slow")
    assert (line["plugin"], line["hook"]) == ("tide", "decode"), line
    with open(gate, "wb"):
        pass
    beside.join()
    assert version(g) == "5.0"
