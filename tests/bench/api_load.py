# SPDX-License-Identifier: MIT
"""api_load - what pages that look on cost the requests: the same load without, and with twenty of them open.

    python3 tests/bench/api_load.py --build build [--tabs 20] [--rounds 5] [--seconds 3] [--rate 2] [--kinds "stats|channel"]

A page follows /api/events and asks every --rate seconds for what a dashboard shows: activity, sums by channel, health, and the
predecessor's dashboard, all at once.  The pages' own work is done on the same machine, and weighs in every figure.  Two workers, passed Claude requests, sixteen connections, twenty channels, history kept.  Every figure is the
median of the rounds, which take turns.  Figures are reports, never a pass or a fail.
"""
import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402  (beside this file)
import contenders  # noqa: E402

POLLED = ["/api/statistics/activity", "/api/statistics?window=15m&by=channel", "/api/scheduler?brief",
          "/api/messages/channels/dashboard"]
FIGURES = ["requests/s", "p50 us", "p99 us", "CPU us/request", "failed"]


class Gateway(contenders.Contender):
    def __init__(self, build, folder, sim):
        super().__init__()
        self.port = contenders.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        listed = ",\n".join(f'{{ id = "c{i}"; dialect = "claude"; base_url = "http://127.0.0.1:{sim.port}"; allow_private = true;'
                            f' keys = [ "sk-ant-bench-{i}-0", "sk-ant-bench-{i}-1" ]; }}' for i in range(20))
        conf = f"{folder}/gateway.conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f'listen = "127.0.0.1:{self.port}"; access_key = "{contenders.KEY}"; workers = 2; state_dir = "{folder}/state";\n'
                    f'log = {{ file = "{folder}/gateway.log"; form = "text"; }};\nscheduler = {{ strategy = "round_robin"; affinity = false; }};\n'
                    f'channels = ( {listed} );\n')
        os.chmod(conf, 0o600)
        plugins = f"{build}/.libs" if os.path.exists(f"{build}/.libs/claude.so") else f"{build}/plugins"
        self.process = subprocess.Popen([f"{build}/claude-proxy", "-c", conf, "--plugins", plugins, "--lax"], cwd=folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_ready()


class Tabs:
    """Pages that look on; what they asked and how long it took."""

    def __init__(self, port, n, rate, kinds):
        self.port, self.rate, self.kinds, self.over = port, rate, kinds, threading.Event()
        self.took, self.bad, self.events = [], 0, 0
        self.threads = [threading.Thread(target=t, args=(i,), daemon=True) for i in range(n) for t in (self.poll, self.follow)]
        for t in self.threads:
            t.start()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def poll(self, number):
        c = self.connect()
        self.over.wait(self.rate * number / max(1, len(self.threads) // 2))
        while not self.over.is_set():
            for path in POLLED:
                begin = time.monotonic()
                c.request("GET", path, headers={"x-api-key": contenders.KEY})
                r = c.getresponse()
                r.read()
                self.bad += r.status != 200
                self.took.append((time.monotonic() - begin) * 1e6)
            self.over.wait(self.rate)
        c.close()

    def follow(self, _):
        c = self.connect()
        try:
            c.request("GET", f"/api/events?kinds={self.kinds}" if self.kinds else "/api/events", headers={"x-api-key": contenders.KEY, "accept": "text/event-stream"})
            r = c.getresponse()
            while r.status == 200 and not self.over.is_set():
                line = r.readline()
                if not line:
                    break
                self.events += line.startswith(b"data:")
        except OSError:
            pass
        c.close()

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join(0.2)


def measure(tool, gateway, body, seconds, found):
    headers = [f"x-api-key: {contenders.KEY}", "content-type: application/json"]
    before = gateway.cpu()
    p = subprocess.run([tool, "requests", gateway.url + bench.MESSAGES, "--connections", "16", "--duration", str(seconds), "--body", body,
                        *(word for h in headers for word in ("--header", h))], stdout=subprocess.PIPE, timeout=180, check=False)
    r = json.loads(p.stdout.decode().strip().splitlines()[-1])
    done = max(r["done"], 1)
    values = [r["done"] * 1000 / max(r["ms"], 1), r["took_p50_us"], r["took_p99_us"], (gateway.cpu() - before) * 1e6 / done, r["failed"] + r["bad_status"]]
    for name, value in zip(FIGURES, values):
        found.setdefault(name, []).append(value)


def table(without, with_tabs, n):
    rows = [f"| figure | no page | {n} pages | ratio |", "|---|---|---|---|"]
    for name in FIGURES:
        a, b = statistics.median(without[name]), statistics.median(with_tabs[name])
        rows.append(f"| {name} | {a:,.0f} | {b:,.0f} | {f'{b / a:.2f}' if a else '-'} |")
    return "\n".join(rows)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--tabs", type=int, default=20)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rate", type=float, default=2)
    p.add_argument("--kinds", default="stats|channel|key|config", help="of events; '': all, each request, too")
    a = p.parse_args()
    build, found, asked, events, bad = os.path.abspath(a.build), ({}, {}), [], 0, 0
    with tempfile.TemporaryDirectory(prefix="claude-proxy-bench.") as folder:
        sim, gateway = contenders.Simulator(build, folder), None
        try:
            sim.wait_ready()
            body = f"{folder}/body.json"
            with open(body, "w", encoding="utf-8") as f:
                f.write(bench.payload(200))
            gateway = Gateway(build, folder, sim)
            for _ in range(a.rounds):
                measure(f"{build}/claude-proxy-load", gateway, body, a.seconds, found[0])
                tabs = Tabs(gateway.port, a.tabs, a.rate, a.kinds)
                measure(f"{build}/claude-proxy-load", gateway, body, a.seconds, found[1])
                tabs.stop()
                asked, events, bad = asked + tabs.took, events + tabs.events, bad + tabs.bad
        finally:
            for g in [gateway, sim]:
                if g:
                    g.stop()
    print(f"## Pages that look on\n\n{bench.machine()}; median of {a.rounds} rounds, loopback.\n\n{table(*found, a.tabs)}\n")
    if asked:
        print(f"{len(asked)} questions, median {statistics.median(asked) / 1000:.1f} ms, {bad} not answered with 200; {events} events.\n")


if __name__ == "__main__":
    main()
