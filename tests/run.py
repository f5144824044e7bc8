"""run - every ring of tests, one after the other; the last line is `N passed, N failed, N skipped`.

Each ring yields jobs: a name, a command, and whether it prints TAP (then each of its lines counts) or only an exit code.
Jobs run two at a time; the output of a failed one is shown whole.

What failed is looked at a second time when all else is done, alone on the machine.  What passes then is called flaky, and named
at the end with what it said at first: a defect of the test or of the program, to be mended, but none of the change under test.
TESTS_ONCE=1 does without.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import secrets
import subprocess
import sys
import time

TAP = re.compile(r"^(not ok|ok)\b[ \d]*-? ?(.*)$")


class Job:
    def __init__(self, name, command, tap=True, seconds=1800, env=None):
        self.name, self.command, self.tap, self.seconds, self.env = name, command, tap, seconds, env or {}


class Result:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.names, self.flaky, self.again = 0, 0, 0, [], [], []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def rel(path, base):
    return os.path.relpath(path, base)


def lint_jobs(src, build):
    for script in sorted(s for s in glob.glob(f"{src}/tests/lint/*.sh") if not s.endswith("/all.sh")):
        yield Job("lint/" + os.path.basename(script)[:-3], ["sh", rel(script, src)], tap=False, env={"LINT_CWD": src})
    yield Job("lint/symbols", [sys.executable, f"{src}/tests/lint/symbols.py", build], tap=False)


def unit_jobs(src, build):
    for prog in sorted(glob.glob(f"{build}/tests/unit/*/*.t")):
        yield Job(rel(prog, f"{build}/tests")[:-2], [prog])
    for script in sorted(glob.glob(f"{src}/tests/unit/*/test_*.py")):
        yield Job(rel(script, f"{src}/tests")[:-3], [sys.executable, script, "--source", src, "--build", build])


def wire_jobs(src, build):
    if os.path.exists(f"{build}/tests/wire/wire.t"):
        yield Job("wire", [f"{build}/tests/wire/wire.t", f"{src}/tests/wire"], seconds=3600)


def kit_jobs(src, build):
    if os.path.exists(f"{src}/tests/kit/run_kit.py"):
        yield Job("kit", [sys.executable, f"{src}/tests/kit/run_kit.py", "--source", src, "--build", build])
    if os.path.exists(f"{src}/tests/kit/run_third.py"):
        yield Job("kit/third", [sys.executable, f"{src}/tests/kit/run_third.py", "--source", src, "--build", build])


def abi_jobs(src, build):
    for prog in sorted(glob.glob(f"{build}/tests/abi/test_*.t")):
        yield Job(rel(prog, f"{build}/tests")[:-2], [prog])
    yield Job("abi/second_reader", [sys.executable, f"{src}/tests/abi/second_reader.py", "--source", src])


def fuzz_jobs(src, build):
    for prog in sorted(glob.glob(f"{build}/tests/fuzz/fuzz_*.f")):
        name = os.path.basename(prog)[5:-2]
        files = sorted(glob.glob(f"{src}/tests/fuzz/corpus/{name}/*"))
        yield Job(f"fuzz/{name}", [prog] + files)


def sim_jobs(src, build):
    if os.path.exists(f"{src}/tests/sim/selftest.py"):
        yield Job("sim/selftest", [sys.executable, f"{src}/tests/sim/selftest.py", f"{build}/claude-proxy-sim", f"{build}/claude-proxy-load"], seconds=1800)


def virtual_jobs(src, build):
    """A million histories, the same each time: a check must not fail by luck.  VIRTUAL_SEED=random draws others."""
    prog = f"{build}/tests/virtual/virtual.t"
    other = os.environ.get("VIRTUAL_SEED", "2")
    for seed in ("1", str(secrets.randbelow(1 << 32)) if other == "random" else other):
        if os.path.exists(prog):
            yield Job(f"virtual/{seed}", [prog, "--seed", seed, "--histories", "500000"], seconds=3600)


def script_jobs(ring):
    def jobs(src, build):
        for script in sorted(glob.glob(f"{src}/tests/{ring}/run_*.py")):
            yield Job(rel(script, f"{src}/tests")[:-3], [sys.executable, script, "--source", src, "--build", build], seconds=5400)
    return jobs


SOURCE = "."
RINGS = {"lint": lint_jobs, "unit": unit_jobs, "abi": abi_jobs, "wire": wire_jobs, "kit": kit_jobs, "fuzz": fuzz_jobs, "sim": sim_jobs, "virtual": virtual_jobs,
         "flow": script_jobs("flow"), "admin": script_jobs("admin"), "upgrade": script_jobs("upgrade"), "conform": script_jobs("conform"), "ledger": script_jobs("ledger"), "truth": script_jobs("truth"),
         "captures": script_jobs("captures"), "sdk": script_jobs("sdk"), "panel": script_jobs("panel"), "clients": script_jobs("clients")}


def count_tap(text, code, result):
    bad = []
    for line in text.splitlines():
        m = TAP.match(line)
        if not m:
            continue
        if m.group(1) == "not ok":
            result.failed += 1
            bad.append(line)
        elif re.search(r"# *skip", line, re.I):
            result.skipped += 1
            print("  " + line)
        else:
            result.passed += 1
    if code and not bad:
        result.failed += 1
    return bad


def run(job):
    env = dict(os.environ, srcdir=SOURCE, **job.env)
    cwd = job.env.get("LINT_CWD")
    start = time.monotonic()
    try:
        p = subprocess.run(job.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           env=env, cwd=cwd, timeout=job.seconds)
        code, out = p.returncode, p.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as e:
        code, out = -1, (e.stdout or b"").decode("utf-8", "replace") + f"\nnot ok - {job.name} still ran after {job.seconds} s"
    return job, code, out, time.monotonic() - start


def judge(job, code, out, seconds):
    r = Result()
    if job.tap:
        count_tap(out, code, r)
        if code == 0 and not (r.passed or r.failed or r.skipped):
            r.failed = 1
            out += f"\n{job.name} ran no test"
    elif code == 77:
        r.skipped = 1
    else:
        r.passed, r.failed = (1, 0) if code == 0 else (0, 1)
    mark = "FAIL" if r.failed else "skip" if r.skipped and not r.passed else "ok"
    print(f"{mark:5} {job.name}  {r.passed} passed" + (f", {r.failed} FAILED" if r.failed else "")
          + (f", {r.skipped} skipped" if r.skipped else "") + f"  ({seconds:.1f} s)", flush=True)
    bad = [line for line in out.splitlines() if job.tap and line.startswith("not ok")] or [job.name]
    if r.failed or (r.skipped and not job.tap):
        told = [line for line in out.splitlines() if not (job.tap and line.startswith("ok "))]
        print("\n".join("    " + line for line in told[-200:]), flush=True)
    return r, bad


def first_look(done, total):
    r, bad = judge(*done)
    total.add(r)
    if r.failed:
        total.again.append((done[0], r, bad))


# Scripts that take the beginnings of stories' names; what one file tells may build on what it told before, so files run whole.
PARTS = ("admin/run_admin", "flow/run_flow", "upgrade/run_upgrade", "panel/run_panel")
STORY = re.compile(r"not ok - (([a-z_0-9]+/).+?)(?: \(\d+ s\))?$")


def second_look(job, before, bad, total):
    """What failed, once more; returns what failed again.  What fails only now had passed before, and is flaky, too."""
    stories = [STORY.match(line) for line in bad]
    some = job.name in PARTS and all(stories) and len(bad) == before.failed
    parts = sorted({m.group(2) for m in stories}) if some else []
    print(f"again {job.name}: {' '.join(parts) or 'whole'}", flush=True)
    r, still = judge(*run(Job(job.name, job.command + parts, job.tap, job.seconds, job.env)))
    if not some:
        total.passed += r.passed - before.passed
        total.skipped += r.skipped - before.skipped
        total.failed += r.failed - before.failed
        total.flaky += [f"{job.name}: {line}" for line in bad if not r.failed or line not in still]
        return [f"{job.name}: {line}" for line in still] if r.failed else []
    first, again = {m.group(1) for m in stories}, {m.group(1) for m in map(STORY.match, still) if m}
    failed = first & again if r.passed + r.failed >= len(first) else first
    total.passed += len(first - failed)
    total.failed -= len(first - failed)
    total.flaky += [f"{job.name}: {name}" for name in sorted((first | again) - failed)]
    return [f"{job.name}: {name}" for name in sorted(failed)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    p.add_argument("rings", nargs="*", help="rings, or parts of job names; default: all but clients")
    a = p.parse_args()
    global SOURCE
    src, build = os.path.abspath(a.source), os.path.abspath(a.build)
    SOURCE = src
    rings = [r for r in a.rings if r in RINGS]
    parts = [r for r in a.rings if r not in RINGS]
    if not rings:
        rings = [r for r in RINGS if r != "clients"]
    jobs = [j for r in rings for j in RINGS[r](src, build) if not parts or any(x in j.name for x in parts)]
    total = Result()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, j) for j in jobs]):
            first_look(done.result(), total)
    for job, before, bad in total.again:
        if os.environ.get("TESTS_ONCE"):
            total.names += [f"{job.name}: {line}" for line in bad]
        else:
            total.names += second_look(job, before, bad, total)
    for word, names in (("FLAKY", total.flaky), ("FAILED", total.names)):
        for name in names:
            print(f"{word} {name}")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    sys.exit(1 if total.failed or not total.passed else 0)


main()
