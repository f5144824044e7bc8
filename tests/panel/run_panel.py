# SPDX-License-Identifier: MIT
"""run_panel - the web panel in a real browser, against a running gateway and simulator; prints TAP.

    python3 tests/panel/run_panel.py --source . --build build [--keep] [PART...]     only tests whose name (file/test) has one of the parts

First the panel's logic under plain Node (logic/*.test.mjs), then every test_*.mjs; PANEL_JOBS=N runs so many files at once.
The npm packages are installed into the build folder, as package-lock.json pins them; pictures of what failed lie in BUILD/tests/panel/failed.
"""
import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import browser  # noqa: E402

FILE_SECONDS = 900


def tell(text):
    print(text, flush=True)


def comment(text):
    return "\n".join("# " + line for line in text.splitlines())


def run(name, command, env, seconds=FILE_SECONDS):
    """(exit code, output); who takes too long is asked to end, so that he can end what he has started."""
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    late = ""
    try:
        out = p.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        late = f"\nnot ok - {name} still ran after {seconds} s"
        p.terminate()
        try:
            out = p.communicate(timeout=20)[0]
        except subprocess.TimeoutExpired:
            p.kill()
            out = p.communicate()[0]
    return -1 if late else p.returncode, out.decode("utf-8", "replace") + late


def play_logic(path, parts):
    """One file of node:test; its top tests are lines of TAP, told with the file's name."""
    base = "logic/" + os.path.basename(path)[:-len(".test.mjs")]
    code, out = run(base, ["node", "--test-reporter=tap", path], os.environ)
    lines, failed = [], False
    for line in out.splitlines():
        if line.startswith(("ok ", "not ok ")):
            failed = line.startswith("not ok")
            name = f"{base}/{line.split(' - ', 1)[-1]}"
            if not parts or failed or any(p in name for p in parts):
                lines.append(f"{'not ok' if failed else 'ok'} - {name}")
        elif failed and not line.startswith(("1..", "# ")):
            lines.append("# " + line)
    if code and not any(line.startswith("not ok") for line in lines):
        lines += [f"not ok - {base} ended with {code}", comment(out[-4000:])]
    return code == 0, "\n".join(lines)


def play_file(path, a, env):
    keep = ["--keep"] if a.keep else []
    begun = time.monotonic()
    code, out = run(os.path.basename(path), ["node", "--no-warnings", f"{HERE}/play.mjs", "--source", a.source, "--build", a.build, *keep, path, *a.parts], env)
    if code and "not ok" not in out:
        out += f"\nnot ok - {os.path.basename(path)} ended with {code}"
    if not out.strip():
        return code == 0, ""
    return code == 0, f"{out.rstrip()}\n# {os.path.basename(path)} took {time.monotonic() - begun:.0f} s"


def fits(path, parts):
    """Whether a file can have a test whose name has one of the parts: 'channels/drag' needs no other file to be started."""
    base = os.path.basename(path)[len("test_"):-len(".mjs")]
    return not parts or any("/" not in p or base.endswith(p.split("/")[0]) for p in parts)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--keep", action="store_true", help="keep the folders of failed tests")
    p.add_argument("parts", nargs="*")
    a = p.parse_args()
    a.source, a.build = os.path.abspath(a.source), os.path.abspath(a.build)
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("PANEL_JOBS") or 2)) as pool:
        good = []
        for done in [pool.submit(play_logic, f, a.parts) for f in sorted(glob.glob(f"{HERE}/logic/*.test.mjs"))]:
            good.append(done.result()[0])
            if done.result()[1]:
                tell(done.result()[1])
        env, why = browser.prepare(a.build)
        if not env:
            tell("not ok - what the browser tests need is there\n" + comment(why))
            sys.exit(1)
        files = [f for f in sorted(glob.glob(f"{HERE}/test_*.mjs")) if fits(f, a.parts)]
        for done in [pool.submit(play_file, f, a, env) for f in files]:
            good.append(done.result()[0])
            if done.result()[1]:
                tell(done.result()[1])
    sys.exit(0 if all(good) else 1)


main()
