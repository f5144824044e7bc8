# SPDX-License-Identifier: MIT
"""streams - streams at 20 events a second through the gateway of a booted machine, while something is done to it; counted to the last token.

    nsenter -t LEADER -n python3 streams.py STORY LEADER FOLDER STREAMS SECONDS

Runs on this host in the machine's network; FOLDER has simulator and load client.  What is done to the machine goes through its first
process, LEADER.  Exit code 77: this machine is too slow for what should be shown; the last line says so.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "debian", "tests")]

from machine import enter  # noqa: E402
from place import run  # noqa: E402
from upstream import GUARD, ask, is_serving, until  # noqa: E402

PORT, SIM, PACE_MS = 3000, 3900, 50
TOKENS = 30  # of each request: what the simulator says


def prompt(words, **more):
    return {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": f"[[sim: {words} usage=10,20]]"}], **more}


class Knocking(threading.Thread):
    """Short requests one after the other, each on a connection of its own or all on one that is kept."""

    def __init__(self, key, is_kept):
        super().__init__(daemon=True)
        self.key, self.is_kept, self.is_over, self.served, self.wrong = key, is_kept, False, 0, []
        self.start()

    def one(self, c):
        c.request("POST", "/v1/messages", json.dumps(prompt("text=ok")), {"x-api-key": self.key, "content-type": "application/json"})
        r = c.getresponse()
        said = r.read()
        if r.status == 200:
            self.served += 1
        else:
            self.wrong.append(f"{r.status} {said[:200]}")
        return self.is_kept and not r.will_close

    def run(self):
        c = None
        while not self.is_over:
            c = c or http.client.HTTPConnection("127.0.0.1", PORT, timeout=GUARD)
            try:
                is_good = self.one(c)
            except (OSError, http.client.HTTPException) as e:
                self.wrong.append(repr(e))
                is_good = False
            if not is_good:
                c.close()
                c = None
            time.sleep(0.02)


class Story:
    def __init__(self, leader, folder, streams, seconds):
        self.enter, self.folder, self.streams, self.events = enter(leader), folder, int(streams), int(seconds) * 1000 // PACE_MS
        self.sim = subprocess.Popen([f"{folder}/claude-proxy-sim", "--listen", f"127.0.0.1:{SIM}"], stdin=subprocess.DEVNULL)
        self.admin = self.inside("cat", "/var/lib/claude-proxy/access-key").strip()
        self.api("/api/channels", {"name": "sim", "dialect": "claude", "base_url": f"http://127.0.0.1:{SIM}", "allow_private": True, "keys": ["k"]})
        made = self.api("/api/clients", {"label": "paying", "budget": {"tokens": 100000000, "period": "ever"}})
        self.key, self.id = made["key"], made["id"]

    def close(self):
        self.sim.terminate()
        self.sim.wait()

    def inside(self, *command, code=0):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return run(*self.enter, *command, code=code, env=env)

    def shown(self, name):
        return self.inside("systemctl", "show", "claude-proxy", f"--property={name}", "--value").strip()

    def api(self, path, body=None):
        status, _, said = ask(PORT, path, self.admin, body)
        assert status in (200, 201), (path, status, said)
        return json.loads(said)

    def counter(self, name):
        text = ask(PORT, "/metrics", self.admin)[2].decode()
        return sum(float(x) for x in re.findall(rf"(?m)^{re.escape(name)}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", text))

    def spent(self):
        return self.api("/api/clients/" + self.id)["usage"]["spent"]["tokens"]

    def load(self, ramp):
        """All streams, `ramp` of them begun in a second."""
        body = prompt(f"events={self.events} pace={PACE_MS} stamp", stream=True)
        return subprocess.Popen(
            [f"{self.folder}/claude-proxy-load", "streams", f"http://127.0.0.1:{PORT}/v1/messages", "--connections", str(self.streams), "--ramp",
             str(ramp), "--stamps", str(self.events), "--header", f"x-api-key: {self.key}", "--header", "content-type: application/json",
             "--data", json.dumps(body)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def said_by(load):
    return json.loads(load.communicate()[0])


def finished(knocking):
    for k in knocking:
        k.is_over = True
    for k in knocking:
        k.join()
    return sum(k.served for k in knocking), [w for k in knocking for w in k.wrong]


def reload(s, pid):
    """By systemd, which waits and sees the exit code; and by the signal."""
    for _ in range(3):
        s.inside("systemctl", "reload", "claude-proxy")
        s.inside("kill", "-HUP", pid)
    until(lambda: s.shown("ActiveState") == "active")  # it says when a reload begins and ends
    assert s.shown("MainPID") == pid


def too_slow(what):
    print(f"this machine is too slow: {what}; TEST_STREAMS= and TEST_SECONDS= say how many and how long")
    sys.exit(77)


def upgrade(s):
    """apt upgrade, and reloads before and after it: no stream breaks, nobody is refused, the budget is exact."""
    before, served_before = s.shown("MainPID"), s.counter("claude_proxy_requests_total")
    load = s.load(max(50, s.streams // 3))
    until(lambda: s.api("/api/status")["in_flight"] >= s.streams)
    knocking = [Knocking(s.key, False), Knocking(s.key, True)]
    reload(s, before)
    old = s.api("/api/status")["version"]
    began = time.monotonic()
    apt = s.inside("apt-get", "upgrade", "-y")
    took = time.monotonic() - began
    pid, status = s.shown("MainPID"), s.api("/api/status")
    assert pid not in ("0", before) and status["version"] != old, (before, pid, status["version"], apt)
    left = (status.get("before") or {}).get("in_flight", 0)
    reload(s, pid)
    said = said_by(load)
    good, wrong = finished(knocking)
    assert load.returncode == 0 and said["done"] == s.streams and not said["failed"] and not said["lost"] and not said["surplus"], (said, apt)
    assert good and not wrong, (len(wrong), wrong[:3], apt)
    if left < s.streams:
        too_slow(f"only {left} of {s.streams} streams still ran when apt had ended")
    n = s.streams + good
    until(lambda: s.spent() >= n * TOKENS)
    until(lambda: s.counter("claude_proxy_requests_total") - served_before >= n)
    assert s.spent() == n * TOKENS and s.counter("claude_proxy_requests_total") - served_before == n, (s.spent(), n)
    assert s.shown("ActiveState") == "active" and s.shown("NRestarts") == "0"
    until(lambda: "POST /v1/messages" in s.inside("journalctl", "--no-pager", "CP_CHANNEL=sim", "_PID=" + pid))
    print(f"{s.streams} streams of {s.events} events through {old} -> {status['version']} by apt ({took:.0f} s) and twelve reloads: 0 broken; "
          f"{good} requests meanwhile, 0 refused; budget exact ({n * TOKENS} tokens); an event's way {said['delay_p50_us']} us, 99 % {said['delay_p99_us']} us, "
          f"most {said['delay_max_us']} us")


def kill(s):
    """kill -9 where systemd holds the port: streams of the killed process break, but who comes meanwhile waits and is served."""
    load = s.load(max(1, s.streams // 10))
    knocking = [Knocking(s.key, False), Knocking(s.key, False)]
    for _ in range(2):
        n = s.counter("claude_proxy_requests_total")
        until(lambda: s.counter("claude_proxy_requests_total") > n or load.poll() is not None)
        before = s.shown("MainPID")
        s.inside("kill", "-KILL", before)
        until(lambda: s.shown("MainPID") not in ("0", before) and s.shown("ActiveState") == "active" and is_serving(PORT))
    said = said_by(load)
    good, wrong = finished(knocking)
    refused = [w for w in wrong if "Refused" in w or w[:1].isdigit()]
    assert said["done"] + said["failed"] == s.streams and not said["connect_errors"] and not said["bad_status"], said
    assert good and not refused, refused
    if not said["failed"] or not said["done"]:
        too_slow("the streams did not begin before and after the kills")
    print(f"kill -9, twice: of {s.streams} streams and {good + len(wrong)} requests 0 were refused; {said['failed']} streams and {len(wrong)} requests were the "
          f"killed process's and broke, {said['done']} and {good} were served")


def main():
    name, leader, folder, streams, seconds = sys.argv[1:]
    s = Story(leader, folder, streams, seconds)
    try:
        globals()[name](s)
    finally:
        s.close()


main()
