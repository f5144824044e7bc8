# SPDX-License-Identifier: MIT
"""run_packages - the functions test_* of tests/packages/test_*.py over built packages; the last line is the sum.

    python3 tests/packages/run_packages.py TOP [--out DIR] [--quick | --slow] [--minutes N] [PART...]

--out      where the packages are, if not in TOP/build/packages
--quick    what wants neither root nor a network nor minutes: ./bootstrap check runs it; --slow: all but that
--minutes  what does not fit into so many is skipped, and what still runs then is ended
PART...    only tests whose name (file/function) has one of the parts

Each test is a process of its own.  What a machine does not allow is skipped with the reason; all else that goes wrong is a failure.
"""
import argparse
import glob
import importlib.util
import json
import os
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "debian", "tests")]
sys.dont_write_bytecode = True

from place import DENIED, Failed, Place, Skip  # noqa: E402

ORDER = ("built", "unpacked", "machine")  # the others after them, in the alphabet's: what tells most is in time
CLEAN_UP_S = 60  # that a test has for what it has mounted and booted, when it is ended


def is_quick(module, f):
    """A module says so of all its tests; one that takes longer says so itself."""
    return getattr(module, "QUICK", False) and f.__name__ not in getattr(module, "SLOW", ())


def functions(a):
    bases = sorted(os.path.basename(path)[5:-3] for path in glob.glob(f"{HERE}/test_*.py"))
    for base in sorted(bases, key=lambda b: ORDER.index(b) if b in ORDER else len(ORDER)):
        spec = importlib.util.spec_from_file_location(f"test_{base}", f"{HERE}/test_{base}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, f in list(vars(module).items()):
            full = f"{base}/{name[5:]}"
            if not name.startswith("test_") or not callable(f) or f.__module__ != module.__name__:
                continue
            if (not a.quick or is_quick(module, f)) and (not a.slow or not is_quick(module, f)) and (not a.parts or any(p in full for p in a.parts)):
                yield full, f


def judged(said):
    """A machine's limit that shows only on the way is one, too."""
    limit = DENIED.search(said)
    return ("skip", "this machine does not allow it: " + limit.group(0).strip()[:200]) if limit else ("FAIL", said)


def run_one(f, place):
    """("ok" | "skip" | "FAIL", what there is to say)"""
    try:
        f(place)
    except Skip as s:
        return "skip", str(s)
    except Failed as e:
        return judged(str(e))
    except KeyboardInterrupt:
        return "skip", "it was ended: the time is over"
    except Exception:  # a broken test must not keep the others from being run
        return "FAIL", traceback.format_exc()
    return "ok", ""


def interrupted(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def child(f, place, answer):
    os.setsid()
    signal.signal(signal.SIGTERM, interrupted)
    how = run_one(f, place)
    with open(answer, "w", encoding="utf-8") as out:
        json.dump(how, out)
    sys.stdout.flush()
    os._exit(0)


def wait_for(pid, end):
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.1)
    return False


def end_group(pid, sig):
    try:
        os.killpg(pid, sig)
    except ProcessLookupError:
        pass


def run_apart(f, place, end):
    """The same in a process that is told to end at that time; nothing that it has started is left."""
    answer = f"{place.work}/answer"
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        child(f, place, answer)
    is_over = wait_for(pid, end)
    if not is_over:
        os.kill(pid, signal.SIGTERM)
        if not wait_for(pid, time.monotonic() + CLEAN_UP_S):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    end_group(pid, signal.SIGKILL)
    if os.path.exists(answer):
        with open(answer, encoding="utf-8") as said:
            how = json.load(said)
        os.unlink(answer)
        return how
    return ("FAIL", "it ended without a word") if is_over else ("skip", "it was ended: the time is over")


def parsed():
    p = argparse.ArgumentParser()
    p.add_argument("top")
    p.add_argument("--out")
    p.add_argument("--quick", action="store_true")
    p.add_argument("--slow", action="store_true")
    p.add_argument("--minutes", type=float, default=24 * 60)
    p.add_argument("parts", nargs="*")
    return p.parse_intermixed_args()  # parts may stand behind options


class Run:
    def __init__(self, place, end):
        self.place, self.end = place, end
        self.sums = {"ok": 0, "FAIL": 0, "skip": 0}

    def one(self, name, f):
        """What became of it; it is counted, and what went wrong is shown."""
        begin = time.monotonic()
        how, said = run_apart(f, self.place, self.end) if begin < self.end else ("skip", "the time is over")
        self.sums[how] += 1
        print(f"{how:4} {name}  ({time.monotonic() - begin:.0f} s)" + (f": {said}" if how == "skip" else ""), flush=True)
        if how == "FAIL":
            print("\n".join("    " + line for line in said.splitlines()), flush=True)
        return how

    def again(self, name, f):
        """What failed, once more; no time for it is no excuse.  See HACKING.md of FLAKY."""
        if time.monotonic() < self.end:
            print(f"again {name}", flush=True)
            before = dict(self.sums)
            how = self.one(name, f)
            self.sums = before
            if how == "ok":
                self.sums["FAIL"] -= 1
                self.sums["ok"] += 1
                return "FLAKY"
        return "FAILED"


def main():
    a = parsed()
    place = Place(os.path.abspath(a.top), a.out and os.path.abspath(a.out))
    if not place.debs:
        sys.exit("there are no packages: ./bootstrap packages")
    run = Run(place, time.monotonic() + a.minutes * 60)
    try:
        failed = [(name, f) for name, f in functions(a) if run.one(name, f) == "FAIL"]
        told = [(run.again(name, f), name) for name, f in failed]
    finally:
        place.close()
    for word, name in sorted(told, reverse=True):  # FLAKY before FAILED
        print(f"{word} {name}")
    print(f"{run.sums['ok']} passed, {run.sums['FAIL']} failed, {run.sums['skip']} skipped", flush=True)
    sys.exit(1 if run.sums["FAIL"] or not sum(run.sums.values()) else 0)


main()
