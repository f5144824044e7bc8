# SPDX-License-Identifier: MIT
"""run_packages - the functions test_* of tests/packages/test_*.py over the packages in build/packages; the last line is the sum.

    python3 tests/packages/run_packages.py TOP [PART...]      only tests whose name (file/function) has one of the parts
"""
import glob
import importlib.util
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "debian", "tests")]
sys.dont_write_bytecode = True

from place import Failed, Place, Skip  # noqa: E402


def functions(parts):
    for path in sorted(glob.glob(f"{HERE}/test_*.py")):
        base = os.path.basename(path)[5:-3]
        spec = importlib.util.spec_from_file_location(f"test_{base}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, f in list(vars(module).items()):
            full = f"{base}/{name[5:]}"
            if name.startswith("test_") and callable(f) and f.__module__ == module.__name__ and (not parts or any(p in full for p in parts)):
                yield full, f


def run_one(f, place):
    """("ok" | "skip" | "FAIL", what there is to say)"""
    try:
        f(place)
    except Skip as s:
        return "skip", str(s)
    except Failed as e:
        return "FAIL", str(e)
    except Exception:  # a broken test must not keep the others from being run
        return "FAIL", traceback.format_exc()
    return "ok", ""


def main():
    place = Place(os.path.abspath(sys.argv[1]))
    sums = {"ok": 0, "FAIL": 0, "skip": 0}
    failed = []
    if not place.debs:
        sys.exit("there are no packages: ./bootstrap packages")
    try:
        for name, f in functions(sys.argv[2:]):
            begin = time.monotonic()
            how, said = run_one(f, place)
            sums[how] += 1
            print(f"{how:4} {name}  ({time.monotonic() - begin:.0f} s)" + (f": {said}" if how == "skip" else ""), flush=True)
            if how == "FAIL":
                failed.append(name)
                print("\n".join("    " + line for line in said.splitlines()), flush=True)
    finally:
        place.close()
    for name in failed:
        print(f"FAILED {name}")
    print(f"{sums['ok']} passed, {sums['FAIL']} failed, {sums['skip']} skipped", flush=True)
    sys.exit(1 if sums["FAIL"] or not sums["ok"] else 0)


main()
