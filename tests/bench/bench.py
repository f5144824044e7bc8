"""bench - the gateway beside nginx and haproxy, all in front of one simulator, in one interleaved run; prints one table.

    python3 tests/bench/bench.py --build build [--rounds 3] [--quick] [--write tests/bench/RESULTS.md]

Every figure is the median of the rounds; each round visits every contender before the next one begins, so that a noisy
minute hits all of them.  CPU is what the kernel charged to the contender's processes, from /proc.  A figure is a
report, never a pass or a fail.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contenders  # noqa: E402  (beside this file)

MESSAGES = "/v1/messages"


def payload(size, stream=False, words="size=700"):
    body = {"model": "claude-bench", "max_tokens": 1000, "messages": [{"role": "user", "content": "x" * size + f" [[sim: {words}]]"}]}
    if stream:
        body["stream"] = True
    return json.dumps(body)


class Bench:
    def __init__(self, build, folder, rounds, quick):
        self.build, self.folder, self.rounds, self.quick = build, folder, rounds, quick
        self.tool = f"{build}/claude-proxy-load"
        self.results = {}

    def load(self, mode, url, *args):
        command = [self.tool, mode, url, *map(str, args), "--header", f"x-api-key: {contenders.KEY}",
                   "--header", "content-type: application/json"]
        p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
        line = p.stdout.decode().strip().splitlines()
        if not line:
            raise RuntimeError(f"{' '.join(command[:3])}: {p.stderr.decode()}")
        return json.loads(line[-1])

    def body_file(self, name, text):
        path = f"{self.folder}/{name}.json"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def note(self, figure, contender, value):
        self.results.setdefault(figure, {}).setdefault(contender, []).append(value)

    def median(self, figure, contender):
        values = self.results.get(figure, {}).get(contender)
        return statistics.median(values) if values else None

    # ---- figures -------------------------------------------------------------------------------

    def requests(self, label, c, path, connections, body, seconds):
        before = c.cpu()
        r = self.load("requests", c.url + path, "--connections", connections, "--duration", seconds, "--body", body)
        used = c.cpu() - before
        if r["failed"] or r["bad_status"] or not r["ms"]:
            print(f"   {label} {c.name}: {r['failed']} failed, {r['bad_status']} bad", flush=True)
        if not r["ms"]:
            return
        self.note(f"{label}: requests/s", c.name, r["done"] * 1000 / r["ms"])
        self.note(f"{label}: CPU us/request", c.name, used * 1e6 / max(r["done"], 1))
        self.note(f"{label}: p50 us", c.name, r["took_p50_us"])
        self.note(f"{label}: p99 us", c.name, r["took_p99_us"])

    def streams(self, label, c, path, count, data, events):
        before, rss = c.cpu(), c.rss()
        p = subprocess.Popen([self.tool, "streams", c.url + path, "--connections", str(count), "--ramp", str(max(count // 4, 200)),
                              "--stamps", str(events), "--header", f"x-api-key: {contenders.KEY}", "--header",
                              "content-type: application/json", "--data", data], stdout=subprocess.PIPE)
        top = rss
        while p.poll() is None:
            top = max(top, c.rss())
            time.sleep(0.2)
        r = json.loads(p.stdout.read().decode().strip().splitlines()[-1])
        used = c.cpu() - before
        self.note(f"{label}: lost events", c.name, r["lost"] + (count - r["done"]) * events)
        self.note(f"{label}: CPU us/event", c.name, used * 1e6 / max(r["events"], 1))
        self.note(f"{label}: delay p50 us", c.name, r["delay_p50_us"])
        self.note(f"{label}: delay p99 us", c.name, r["delay_p99_us"])
        self.note(f"{label}: KB/stream", c.name, (top - rss) / 1024 / count)

    def run_requests(self, group):
        small = self.body_file("small", payload(200))
        seconds = 1 if self.quick else 3
        for connections in (1, 32, 64, 256):
            for c, path, tag in group:
                self.requests(f"1 KB reply, {connections} conn", c.named(tag), path, connections, small, seconds)

    def run_bodies(self, group):
        for label, size in (("50 KB", 50_000), ("200 KB", 200_000), ("1 MB", 1_000_000), ("10 MB", 10_000_000)):
            body = self.body_file(label.replace(" ", ""), payload(size))
            for c, path, tag in group:
                self.requests(f"{label} request, 4 conn", c.named(tag), path, 4, body, 1 if self.quick else 2)

    def run_streams(self, group):
        counts = ((200, 20, 100),) if self.quick else ((1000, 40, 50), (5000, 20, 250), (min(10000, contenders.FDS // 2 - 300), 20, 500))
        for count, events, pace in counts:
            data = payload(10, True, f"events={events} pace={pace} stamp")
            for c, path, tag in group:
                self.streams(f"{count} streams", c.named(tag), path, count, data, events)


def idle_figures(bench, build, folder, sim):
    start = time.monotonic()
    g = contenders.Gateway(build, folder, sim, "idle")
    g.wait_ready()
    bench.note("start to first answer, ms", "gateway", (time.monotonic() - start) * 1000)
    time.sleep(0.5)
    bench.note("RSS idle, MB", "gateway", g.rss() / 1e6)
    g.stop()


def table(bench):
    names = ["direct", "nginx", "haproxy", "gateway", "translated"]
    rows = [f"| figure | {' | '.join(names)} | gateway / nginx |", "|" + "---|" * (len(names) + 2)]
    for figure in bench.results:
        cells = [bench.median(figure, n) for n in names]
        text = ["–" if v is None else f"{v:,.0f}" if abs(v) >= 100 else f"{v:.1f}" for v in cells]
        ratio = f"{cells[3] / cells[1]:.2f}" if cells[3] is not None and cells[1] else "–"
        rows.append(f"| {figure} | {' | '.join(text)} | {ratio} |")
    return "\n".join(rows)


def machine():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    return f"{os.cpu_count()} cores, {model}, Linux {os.uname().release}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--write")
    p.add_argument("parts", nargs="*", default=[])
    a = p.parse_args()
    parts = a.parts or ["requests", "bodies", "streams", "idle"]
    build = os.path.abspath(a.build)
    with tempfile.TemporaryDirectory(prefix="claude-proxy-bench.") as folder:
        sim = contenders.Simulator(build, folder)
        all_of_them = [sim, contenders.Nginx(folder, sim), contenders.Haproxy(folder, sim), contenders.Gateway(build, folder, sim, "gateway")]
        bench = Bench(build, folder, a.rounds, a.quick)
        try:
            for c in all_of_them:
                c.wait_ready()
            group = [(c, MESSAGES, c.name) for c in all_of_them] + [(all_of_them[3], MESSAGES, "translated")]
            for i in range(a.rounds):
                print(f"round {i + 1} of {a.rounds}", flush=True)
                for part in parts:
                    if part == "idle":
                        idle_figures(bench, build, folder, sim)
                    else:
                        getattr(bench, f"run_{part}")(group)
            if "idle" in parts:
                bench.note("RSS after the load, MB", "gateway", all_of_them[3].rss() / 1e6)
        finally:
            for c in reversed(all_of_them):
                c.stop()
    head = f"Measured {time.strftime('%Y-%m-%d')}: {machine()}; median of {a.rounds} interleaved rounds, loopback."
    text = f"{head}\n\n{table(bench)}\n"
    print("\n" + text)
    if a.write:
        with open(a.write, "a", encoding="utf-8") as f:
            f.write("\n" + text)


if __name__ == "__main__":
    main()
