# SPDX-License-Identifier: MIT
"""upgrade - hundreds of streams at 20 events a second run through an upgrade, while others knock: nothing is lost, all is paid.

    python3 upgrade.py --source SRC --build BUILD [--streams 500] [--seconds 10]
"""
import argparse
import json
import os
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "upgrade"), os.path.join(TESTS, "admin")]

from gateway import Tools, drop_place, wait  # noqa: E402
from lasting import Knocking, Lasting, adopt_orphans  # noqa: E402

CONF = """
client_keys = ( {{ key = "file-CANARY-paying-01234567"; id = "paying"; budget = {{ tokens = 100000000; period = "ever"; }}; }} );
"""
KEY = "file-CANARY-paying-01234567"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--streams", type=int, default=500)
    p.add_argument("--seconds", type=int, default=10)
    a = p.parse_args()
    adopt_orphans()
    tools = Tools(os.path.abspath(a.source), os.path.abspath(a.build))
    g = Lasting(tools, "bench")
    try:
        g.up.start()
        g.configure(CONF)
        g.start()
        run(g, a)
    finally:
        g.stop()
        g.close()
        drop_place(g.place)


def run(g, a):
    events = a.seconds * 20
    load = subprocess.Popen(
        [os.path.join(os.path.dirname(g.tools.sim), "claude-proxy-load"), "streams", f"http://127.0.0.1:{g.port}/v1/messages",
         "--connections", str(a.streams), "--ramp", str(max(50, a.streams // 3)), "--stamps", str(events), "--header", f"x-api-key: {KEY}",
         "--header", "content-type: application/json", "--data", json.dumps({"model": "m", "max_tokens": 50, "stream": True, "messages": [
             {"role": "user", "content": f"[[sim: events={events} pace=50 stamp usage=10,20]]"}]})], stdout=subprocess.PIPE)
    knocking = [Knocking(g, False, KEY), Knocking(g, True, KEY)]
    wait(lambda: g.get("/api/status").json["in_flight"] >= a.streams, "all stream")
    old, began = g.pid, time.monotonic()
    g.upgrade()
    took = time.monotonic() - began
    said = json.loads(load.communicate()[0])
    good = sum(k.finish() for k in knocking)
    g.await_end(old)
    spent = (a.streams + good) * 30
    wait(lambda: g.clients()["paying"]["usage"]["spent"]["tokens"] >= spent, "all is paid")
    exact = g.clients()["paying"]["usage"]["spent"]["tokens"] == spent
    print(json.dumps({"streams": a.streams, "events": events, "upgrade_s": round(took, 2), "requests_meanwhile": good, "budget_exact": exact, **said}))
    if load.returncode or not exact:
        raise SystemExit("something was lost")


if __name__ == "__main__":
    main()
