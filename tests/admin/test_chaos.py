# SPDX-License-Identifier: MIT
"""All at once: editors, the command line, signals, files that are edited, clients that leave, followers; and then nothing is left over."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

import gateway
from gateway import LONG, Beside, together, wait

TAGS = ["thread"]

CONF = 'control = {{ socket = "{place}/ctl.sock"; }};\nlimits = {{ connections = 400; }};\nadmin_key = "admin-CANARY-0123456789abcdef";\n'
ADMIN = "admin-CANARY-0123456789abcdef"
EDITS = 150  # of each of three writers


def held(g):
    """(descriptors, threads) of the process, when nothing is under way."""
    g.settled()
    place = f"/proc/{g.process.pid}"
    return len(os.listdir(place + "/fd")), len(os.listdir(place + "/task"))


def gauges(g):
    text = g.get("/metrics", key=ADMIN).text
    return [float(x) for x in re.findall(r"(?m)^claude_proxy_(?:channel_)?inflight\w*(?:\{[^}]*\})? (\S+)$", text)]


def at_rest(g, before):
    wait(lambda: gauges(g) and not any(gauges(g)), "nothing is in flight")

    def is_given_back():
        fds, threads = held(g)
        return fds <= before[0] + 8 and threads <= before[1]  # connections to the upstream are kept for a while
    wait(is_given_back, f"descriptors and threads are given back: {before} {held(g)}")


def panel(g):
    """Reads, counts one up, writes back with If-Match; another's change in between is another try."""
    taken = 0
    while taken < EDITS:
        seen = g.get("/api/channels/shared", key=ADMIN)
        a = g.patch("/api/channels/shared", {"priority": seen.json["priority"] + 1}, key=ADMIN, headers={"If-Match": seen.headers["etag"]})
        assert a.status in (200, 409) or is_the_files(a), a
        taken += a.status == 200


def is_the_files(a):
    """A file of the administrator's is wrong just now: nothing is changed as long as it is."""
    return a.status == 422 and "claude-proxy.conf" in a.text


def replace(path, text):
    """As editors do."""
    gateway.write_file(path + ".new", text)
    os.replace(path + ".new", path)


def test_no_edit_is_lost_between_panels_ctl_signals_and_files(g):
    before, stop = held(g), threading.Event()
    a = g.post("/api/channels", {"name": "shared", "dialect": "claude", "base_url": g.up.url, "allow_private": True, "priority": 0,
                                 "keys": ["sk-CANARY-shared-0123456789-0001"]}, key=ADMIN)
    assert a.status == 201, a
    with open(g.conf_file, encoding="utf-8") as f:
        text = f.read()
    last = {}

    def by_ctl():
        ctl = os.path.join(g.tools.build, "claude-proxyctl")
        for i in range(EDITS // 10):
            code = None
            while code != 0:
                p = subprocess.run([ctl, "-s", os.path.join(g.place, "ctl.sock"), "config", "set", "limits.body", f"{i + 10}MB"], env=g.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
                code = p.returncode
                assert code == 0 or b"not closed" in p.stdout, p.stdout
            last["body"] = f"{i + 10}MB"

    def by_script():
        for i in range(EDITS):
            status = 0
            while status != 200:
                a = g.patch("/api/families/chat", {"strategy": ("random", "failover")[i % 2]}, key=ADMIN)
                status = a.status
                assert status == 200 or is_the_files(a), a

    def by_file():
        n = 0
        while not stop.is_set():
            n += 1
            bad = n % 7 == 0
            replace(g.conf_file, text + (f"fuzzy = {('true', 'false')[n % 2]};\n" if not bad else 'fuzzy = "'))
            g.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        replace(g.conf_file, text)

    def traffic():
        while not stop.is_set():
            a = g.message()
            assert a.status == 200, a

    def writers():
        try:
            together(lambda: panel(g), lambda: panel(g), by_ctl, by_script)
        finally:
            stop.set()

    together(writers, by_file, traffic)
    assert g.post("/api/config/reload", {}, key=ADMIN).status == 200

    def seen():
        settings = g.get("/api/settings", key=ADMIN).json["settings"]
        return (g.get("/api/channels/shared", key=ADMIN).json["priority"], settings["limits"]["body"],
                g.get("/api/families/chat", key=ADMIN).json["strategy"])
    expected = (2 * EDITS, last["body"], "failover")
    assert seen() == expected, (seen(), expected)
    at_rest(g, before)
    g.restart()
    assert seen() == expected, (seen(), expected)


REQUESTS = (("GET", "/api/status", None), ("GET", "/api/channels", None), ("POST", "/api/channels/up/test", {"chat": True, "model": "m"}),
            ("GET", "/api/channels/up/models?fresh", None), ("POST", "/api/config/test", {}), ("GET", "/api/history", None), ("GET", "/api/statistics", None),
            ("GET", "/api/messages/ping", None), ("PATCH", "/api/families/gemini", {"fuzzy": True}), ("POST", "/api/session", {"key": "wrong-CANARY"}),
            ("GET", "/api/events", None), ("GET", "/metrics", None), ("POST", "/api/config/reload", {}), ("GET", "/api/messages/channels/dashboard", None),
            ("POST", "/v1/messages", {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "[[sim: delay=50 events=20 pace=5]]"}]}))


def line(g, method, path, body):
    text = b"" if body is None else json.dumps(body).encode()
    key = g.key if path.startswith("/v1") else ADMIN
    return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(text)}\r\n\r\n").encode() + text


def leaver(g, seed, rounds):
    """Sends some at once, cuts the last one off at any byte, reads a little, and is gone."""
    dice, s = random.Random(seed), socket.socket()
    for _ in range(rounds):
        sent = b"".join(line(g, *dice.choice(REQUESTS)) for _ in range(dice.randint(1, 5)))
        if dice.random() < 0.3:
            sent = sent[:dice.randrange(1, len(sent))]
        try:
            s = socket.create_connection(("127.0.0.1", g.port), 10)
            s.sendall(sent)
            if dice.random() < 0.3:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            time.sleep(dice.choice((0, 0, 0.001, 0.01, 0.1)))
            if dice.random() < 0.3:
                s.settimeout(0.2)
                s.recv(3000)
        except OSError:
            pass
        finally:
            s.close()


def test_who_leaves_in_the_middle_leaves_nothing(g):
    g.up.script("path=/models delay=300\n")
    for _ in range(5):
        assert g.message().status == 200
    before, stop = held(g), threading.Event()

    def reloads():
        while not stop.is_set():
            g.process.send_signal(signal.SIGHUP)
            time.sleep(0.05)

    def leavers():
        try:
            together(*[lambda i=i: leaver(g, i, 60) for i in range(8)])
        finally:
            stop.set()
    together(leavers, reloads)
    at_rest(g, before)
    assert g.message().status == 200
    g.up.script("\n")


def test_it_ends_in_the_middle_of_everything(g):
    g.up.script("path=/models delay=2000\n")
    for i in range(6):
        leavers = Beside(*[lambda: leaver(g, 1000 + i, 40)] * 4)
        time.sleep(0.1 * i)
        g.restart()
        leavers.join()
        assert g.get("/api/status", key=ADMIN).status == 200
    g.up.script("\n")


def test_many_followers_who_hang_up(g):
    before = held(g)
    got = {}

    def follow(n):
        for _ in range(n):
            s = socket.create_connection(("127.0.0.1", g.port), LONG)
            s.sendall(line(g, "GET", "/api/events", None))
            word = s.recv(12, socket.MSG_WAITALL)
            got[word] = got.get(word, 0) + 1
            s.close()
    together(*[lambda: follow(500) for _ in range(4)])
    assert set(got) <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}, got
    at_rest(g, before)
    assert g.send("GET", "/api/status", None, {"x-api-key": ADMIN}).status == 200
