# SPDX-License-Identifier: MIT
"""run_admin - the functions test_* of tests/admin/test_*.py against a running gateway, one line of TAP for each.

    python3 run_admin.py --source SRC --build BUILD [--keep] [PART...]     only tests whose name (file/function) has one of the parts

ADMIN_JOBS=N runs so many files at once; ADMIN_SUBSET=TAG only files whose TAGS have that one.
"""
import argparse
import concurrent.futures
import glob
import importlib.util
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from gateway import CHANNEL, HEAD, Broken, Gateway, Tools, drop_place  # noqa: E402


class Skip(Exception):
    """Raised by a test (as gateway.Skip) that cannot run here."""


def load(path):
    name = os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions(module, parts):
    base = module.__name__[5:]
    for name, f in vars(module).items():
        full = f"{base}/{name[5:]}"
        if name.startswith("test_") and callable(f) and (not parts or any(p in full for p in parts)):
            yield full, f


def begin(module, tools):
    g = Gateway(tools, module.__name__)
    try:
        g.env.update(getattr(module, "ENV", {}))
        g.options += [g.fill(o) for o in getattr(module, "OPTIONS", [])]
        g.up.start()
        g.configure(getattr(module, "CONF", ""), getattr(module, "CHANNELS", CHANNEL), getattr(module, "CONF_HEAD", HEAD))
        if hasattr(module, "prepare"):
            module.prepare(g)
        if getattr(module, "START", True):
            g.start()
    except BaseException:
        g.up.close()
        drop_place(g.place)
        raise
    return g


def end(g, keep, error):
    try:
        g.close()
    except Exception as e:
        error = f"{error}\nand then: {e}" if error else str(e)
    finally:
        if g.is_alive():
            g.process.kill()
        g.up.close()
    if keep and error:
        return f"{error}\nkept in {g.place}"
    drop_place(g.place)
    return error


def said(g):
    lines = g.log_text().split("\n")[-15:]
    return "\n".join(["last answers:"] + [x[:500] for x in g.seen[-3:]] + ["log:"] + [x[:400] for x in lines] + [g.stderr()[-2000:]])


def play(g, f):
    try:
        f(g)
        if g.process and not g.is_alive() and not getattr(g, "is_done", False):
            return f"the gateway ended with {g.process.returncode}\n{said(g)}"
    except (Broken, AssertionError, KeyError, TypeError, IndexError) as e:
        where = traceback.extract_tb(e.__traceback__)[-1]
        return f"{where.name}:{where.lineno}: {where.line}\n{type(e).__name__}: {e}\n{said(g)}"
    except Skip:
        raise
    except Exception:
        return traceback.format_exc() + said(g)
    return None


def play_file(path, tools, parts, keep):
    """[(name, error or None, reason to skip or None)]; a broken test gets its successors a fresh gateway."""
    module, results, g = load(path), [], None
    subset = os.environ.get("ADMIN_SUBSET")
    chosen = list(functions(module, parts)) if not subset or subset in getattr(module, "TAGS", ()) else []
    if chosen and hasattr(module, "needs"):
        why = module.needs()
        if why:
            return [(name, None, why) for name, _ in chosen]
    for i, (name, f) in enumerate(chosen):
        error, began = None, time.monotonic()
        try:
            g = g or begin(module, tools)
            error = play(g, f)
        except Skip as s:
            results.append((name, None, str(s)))
            continue
        except Exception as e:
            error = f"could not start: {e}"
        if g and (error or getattr(module, "FRESH", False) or i == len(chosen) - 1):
            error, g = end(g, keep, error), None
        if time.monotonic() - began > 20:
            name += f" ({time.monotonic() - began:.0f} s)"
        results.append((name, error, None))
    if g:  # the last one was skipped; those before it must have ended well all the same
        error = end(g, keep, None)
        if error:
            results.append((f"{module.__name__[5:]}: the end", error, None))
    return results


def report(results):
    failed = 0
    for name, error, skip in results:
        if error:
            failed += 1
            print(f"not ok - {name}")
            print("\n".join("# " + line for line in error.split("\n")), flush=True)
        else:
            print(f"ok - {name}" + (f" # skip {skip}" if skip else ""), flush=True)
    return failed


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--keep", action="store_true", help="keep the folders of failed tests")
    p.add_argument("parts", nargs="*")
    a = p.parse_args()
    tools = Tools(os.path.abspath(a.source), os.path.abspath(a.build))
    files, failed = sorted(glob.glob(os.path.join(HERE, "test_*.py"))), 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("ADMIN_JOBS") or 2)) as pool:
        for done in [pool.submit(play_file, f, tools, a.parts, a.keep) for f in files]:
            failed += report(done.result())
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    import gateway
    gateway.Skip = Skip
    main()
