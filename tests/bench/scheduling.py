# SPDX-License-Identifier: MIT
"""scheduling - what choosing costs a whole request: the same one-kilobyte requests where there is nothing to choose and where there is.

    python3 tests/bench/scheduling.py --build build [--rounds 5] [--seconds 2] [--against OTHER-BUILD]

One worker, passed Claude requests, sixteen connections; every figure is the median of the rounds, which visit every setting in
turn.  --against runs the two settings that an older gateway understands with that one, too.  Figures are reports, never a pass or a fail.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402  (beside this file)
import contenders  # noqa: E402

SETTINGS = [  # name, channels, keys of each, configuration, headers
    ("one path, no sessions", 1, 1, "scheduler = { affinity = false; };", []),
    ("one path", 1, 1, "", []),
    ("one path, named session", 1, 1, "", ["x-claude-code-session-id: 0b1cf2d4"]),
    ("100 channels x 10 keys", 100, 10, "", []),
    ("... named session", 100, 10, "", ["x-claude-code-session-id: 0b1cf2d4"]),
    ("... round_robin, no sessions", 100, 10, 'scheduler = { affinity = false; strategy = "round_robin"; };', []),
    ("... least_busy, no sessions", 100, 10, 'scheduler = { affinity = false; strategy = "least_busy"; };', []),
    ("... two_choices, no sessions", 100, 10, 'scheduler = { affinity = false; strategy = "two_choices"; };', []),
]


class Gateway(contenders.Contender):
    def __init__(self, build, folder, sim, number, setting):
        super().__init__()
        self.name, channels, keys, words, self.headers = setting
        self.port = contenders.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        listed = ",\n".join(
            f'{{ id = "c{c}"; dialect = "claude"; base_url = "http://127.0.0.1:{sim.port}"; allow_private = true;'
            f' keys = [ {", ".join(chr(34) + f"sk-ant-bench-{c}-{k}" + chr(34) for k in range(keys))} ]; }}' for c in range(channels))
        conf = f"{folder}/{number}.conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f'listen = "127.0.0.1:{self.port}"; access_key = "{contenders.KEY}"; workers = 1;\n'
                    f'log = {{ file = "{folder}/{number}.log"; form = "text"; }};\n{words}\nchannels = ( {listed} );\n')
        os.chmod(conf, 0o600)
        plugins = f"{build}/.libs" if os.path.exists(f"{build}/.libs/claude.so") else f"{build}/plugins"
        self.process = subprocess.Popen([f"{build}/claude-proxy", "-c", conf, "--plugins", plugins, "--lax"], cwd=folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_ready()


def measure(tool, gateway, body, seconds, found):
    headers = [f"x-api-key: {contenders.KEY}", "content-type: application/json", *gateway.headers]
    before = gateway.cpu()
    p = subprocess.run([tool, "requests", gateway.url + bench.MESSAGES, "--connections", "16", "--duration", str(seconds), "--body", body,
                        *(word for h in headers for word in ("--header", h))], stdout=subprocess.PIPE, timeout=180, check=False)
    r = json.loads(p.stdout.decode().strip().splitlines()[-1])
    found.setdefault("requests/s", []).append(r["done"] * 1000 / max(r["ms"], 1))
    found.setdefault("CPU us/request", []).append((gateway.cpu() - before) * 1e6 / max(r["done"], 1))
    found.setdefault("failed", []).append(r["failed"] + r["bad_status"])


def table(results):
    first = statistics.median(next(iter(results.values()))["CPU us/request"])
    rows = ["| setting | requests/s | CPU us/request | least of the rounds | ratio to the first | failed |", "|" + "---|" * 6]
    for name, found in results.items():
        cpu = statistics.median(found["CPU us/request"])
        rows.append(f"| {name} | {statistics.median(found['requests/s']):,.0f} | {cpu:.1f} | {min(found['CPU us/request']):.1f} | {cpu / first:.2f} |"
                    f" {sum(found['failed'])} |")
    return "\n".join(rows)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--against")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=2)
    a = p.parse_args()
    build, gateways, results = os.path.abspath(a.build), [], {}
    with tempfile.TemporaryDirectory(prefix="claude-proxy-bench.") as folder:
        sim = contenders.Simulator(build, folder)
        try:
            sim.wait_ready()
            body = f"{folder}/body.json"
            with open(body, "w", encoding="utf-8") as f:
                f.write(bench.payload(200))
            for number, setting in enumerate(SETTINGS):
                gateways.append(Gateway(build, folder, sim, number, setting))
            for number, setting in enumerate([SETTINGS[1], SETTINGS[3]] if a.against else []):
                gateways.append(Gateway(os.path.abspath(a.against), folder, sim, f"other{number}", (f"{setting[0]} (other build)", *setting[1:])))
            for _ in range(a.rounds):
                for g in gateways:
                    measure(f"{build}/claude-proxy-load", g, body, a.seconds, results.setdefault(g.name, {}))
        finally:
            for g in [*gateways, sim]:
                g.stop()
    print(f"## Choosing, end to end\n\n{bench.machine()}; median of {a.rounds} rounds, loopback.\n\n{table(results)}\n")


if __name__ == "__main__":
    main()
