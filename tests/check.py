"""check - what `./bootstrap check` runs: every ring under ASan+UBSan with gcc, then clang, TSan, install, distcheck and Debian's packages.

    python3 tests/check.py TOP [STAGE...]      stages: gcc clang thread install dist packages; default: all

What failed is named at the end, stage by stage; the last line is the sum: `N passed, N failed, N skipped`.
"""
import os
import re
import shutil
import subprocess
import sys
import time

TOP = os.path.abspath(sys.argv[1])
STAGES = sys.argv[2:] or ["gcc", "clang", "thread", "install", "dist", "packages"]
CORES = str(os.cpu_count() or 2)
WRONG = re.compile(r"^FAIL|\bnot ok\b|\berror:")
COUNT = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
SHOWN = 36  # names at the end: a record of a run is often cut to its last lines
total = [0, 0, 0]
failures = []  # (stage, what) in order
flaky = []
stage_now = ""
EXPECTED = [
    "usr/sbin/claude-proxy", "usr/bin/claude-proxyctl",
    "usr/include/claude-proxy/plugin.h", "usr/include/claude-proxy/json.h", "usr/include/claude-proxy/store.h",
    "usr/lib/claude-proxy/abi1/claude.so", "usr/lib/claude-proxy/abi1/openai.so", "usr/lib/claude-proxy/abi1/gemini.so",
    "usr/lib/claude-proxy/abi1/sqlite.so", "usr/share/claude-proxy/prices.conf",
    "usr/lib/pkgconfig/claude-proxy.pc", "etc/claude-proxy/claude-proxy.conf",
    "usr/share/man/man8/claude-proxy.8", "usr/share/man/man8/claude-proxyctl.8", "usr/share/man/man5/claude-proxy.conf.5",
    "usr/share/man/man7/claude-proxy-api.7", "usr/share/man/man7/claude-proxy-plugin.7",
    "usr/share/claude-proxy/plugin-template/golden/plain/hello.sse", "usr/share/claude-proxy/plugin-template/plain.c",
    "usr/share/bash-completion/completions/claude-proxyctl", "usr/share/bash-completion/completions/claude-proxy",
    "usr/share/zsh/site-functions/_claude-proxy", "usr/share/fish/vendor_completions.d/claude-proxy.fish",
    "usr/share/zsh/site-functions/_claude-proxyctl", "usr/share/fish/vendor_completions.d/claude-proxyctl.fish",
    "usr/share/doc/claude-proxy/examples/grafana-dashboard.json", "usr/share/doc/claude-proxy/examples/prometheus-alerts.yml",
    "usr/share/doc/claude-proxy/examples/plugin/shelf.c",
    "usr/share/doc/claude-proxy/examples/channels.conf.example", "usr/share/doc/claude-proxy/examples/plugin/plain.c",
]
UNWANTED = re.compile(r"\.(la|a|o)$")


def say(text):
    print(f"== {text}", flush=True)


def fail(what):
    """Named where it happens, and again at the end."""
    failures.append((stage_now, what))
    say(f"FAILED: {what}")


def count(passed, failed, skipped=0):
    for i, n in enumerate((passed, failed, skipped)):
        total[i] += n


def tell(text):
    """The end of a failed step's output, and of what came before the lines that say what is wrong."""
    lines = text.splitlines()
    print("\n".join([line for line in lines[:-120] if WRONG.search(line)] + lines[-120:]))


def quiet(name, command, cwd=TOP, env=None):
    """Runs a build step; its output is shown only when it fails."""
    p = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       env=dict(os.environ, **(env or {})))
    count(p.returncode == 0, p.returncode != 0)
    if p.returncode:
        said = p.stdout.decode("utf-8", "replace")
        tell(said)
        fail(name)
        failures.extend((stage_now, line[7:]) for line in said.splitlines() if line.startswith("FAILED "))
    return p.returncode == 0


def configure(build, cc, *options):
    return quiet(f"configure {build}", [f"{TOP}/bootstrap", "configure", f"{TOP}/{build}", cc, "--prefix=/usr",
                 "--sysconfdir=/etc", "--localstatedir=/var", "--libdir=/usr/lib", "--enable-werror", *options])


def make(build, *targets):
    return quiet(f"make {' '.join(targets)} in {build}", ["make", "--no-print-directory", "-j", CORES, *targets], cwd=f"{TOP}/{build}")


def tallied(what, command, env=None):
    """Runs what ends with a sum: its lines are shown, the sum is added to ours."""
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=dict(os.environ, **(env or {})))
    found = False
    for raw in p.stdout:
        line = raw.decode("utf-8", "replace").rstrip("\n")
        m = COUNT.match(line)
        if m:
            count(*map(int, m.groups()))
            found = True
        else:
            print(line, flush=True)
            for word, names in (("FAILED ", failures), ("FLAKY ", flaky)):
                if line.startswith(word):
                    names.append((stage_now, line[len(word):]))
    p.wait()
    if not found:
        count(0, 1)
        fail(f"{what} ended without a sum, exit code {p.returncode}")


def rings(build, *names, env=None, under=()):
    tallied(f"the tests of {build}", [*under, sys.executable, f"{TOP}/tests/run.py", "--source", TOP, "--build", f"{TOP}/{build}", *names], env)


def stage_gcc():
    say("gcc, ASan and UBSan: every ring")
    if configure("build-asan", "gcc", "--enable-sanitizers=address,undefined") and make("build-asan", "test-programs"):
        rings("build-asan", env={"ASAN_OPTIONS": "detect_stack_use_after_return=0:strict_string_checks=1",
                                 "UBSAN_OPTIONS": "print_stacktrace=1"})


def stage_clang():
    say("clang, warnings are errors: unit, ABI and wire rings, and the author's kit, which counts what is leaked")
    if configure("build-clang", "clang") and make("build-clang", "test-programs"):
        rings("build-clang", "unit", "abi", "wire", "kit")


def fixed_addresses():
    """TSan of gcc 12 starts only where the kernel shuffles addresses little, or not at all."""
    way = ["setarch", "-R"]
    return way if subprocess.run([*way, "true"], stderr=subprocess.DEVNULL).returncode == 0 else ()


def threaded(folder):
    """The tests there that start threads, as make calls them."""
    for name in sorted(os.listdir(f"{TOP}/tests/{folder}")):
        with open(f"{TOP}/tests/{folder}/{name}", encoding="utf-8") as f:
            if name.endswith(".c") and "#include <pthread.h>" in f.read():
                yield f"tests/{folder}/{name[:-2]}.t"


def stage_thread():
    say("gcc, TSan: the shared tables, and the gateway's threads under stories and under its administration")
    env = {"TSAN_OPTIONS": f"halt_on_error=0:second_deadlock_stack=1:suppressions={TOP}/tests/tsan.supp", "FLOW_SUBSET": "thread",
           "ADMIN_SUBSET": "thread", "UPGRADE_STREAMS": "6"}
    if configure("build-tsan", "gcc", "--enable-sanitizers=thread") and make("build-tsan", "all", "claude-proxy-sim", *threaded("unit/state"), "tests/unit/loop/test_pool.t"):
        rings("build-tsan", "unit", "unit/state/", env=env, under=fixed_addresses())
        rings("build-tsan", "unit", "unit/loop/test_pool", env=env, under=fixed_addresses())
        rings("build-tsan", "flow", "admin", "upgrade", env=env, under=fixed_addresses())


def panel():
    """What browsers load, as it must lie installed."""
    found = [os.path.relpath(os.path.join(folder, name), f"{TOP}/www") for folder, _, names in os.walk(f"{TOP}/www") for name in names]
    return sorted(f"usr/share/claude-proxy/www/{name}" for name in found if name.endswith((".js", ".css", ".svg", ".html")))


def stage_install():
    say("make install")
    dest = f"{TOP}/build-release/dest"
    shutil.rmtree(dest, ignore_errors=True)
    if not (configure("build-release", "gcc") and make("build-release", "all") and make("build-release", "install", f"DESTDIR={dest}")):
        return
    for name in EXPECTED + panel():
        there = os.path.exists(f"{dest}/{name}")
        count(there, not there)
        if not there:
            fail(f"make install did not lay {name}")
    unwanted = [f for _, _, files in os.walk(dest) for f in files if UNWANTED.search(f)]
    count(not unwanted, bool(unwanted))
    if unwanted:
        fail(f"make install lays {unwanted}")
    try_example(dest)


def try_example(dest):
    """A stranger's plugin, built against what is installed and nothing else, loaded by the gateway that is installed."""
    copy = f"{TOP}/build-release/example"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(f"{dest}/usr/share/doc/claude-proxy/examples/plugin", copy)
    env = {"PKG_CONFIG_SYSROOT_DIR": dest, "PKG_CONFIG_PATH": f"{dest}/usr/lib/pkgconfig"}
    quiet("the example plugin", ["make", "--no-print-directory", f"GATEWAY={dest}/usr/sbin/claude-proxy", "plain.so", "try"], copy, env)


def stage_dist():
    say("make distcheck")
    make("build-release", "distcheck", "TESTS_ONLY=lint unit abi wire")


def cannot_build():
    """Why no Debian package can be built here, or None."""
    if not os.path.isdir(f"{TOP}/debian"):
        return "a tarball has no debian/"
    missing = [name for name in ("dpkg-buildpackage", "dpkg-checkbuilddeps", "dh", "fakeroot") if not shutil.which(name)]
    if missing:
        return f"there is no {', no '.join(missing)}"
    p = subprocess.run(["dpkg-checkbuilddeps"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.stdout.decode("utf-8", "replace").strip() if p.returncode else None


def stage_packages():
    say("Debian's packages: built, looked at, used where they were unpacked")
    why = cannot_build()
    if why:
        count(0, 0, 1)
        say(f"skipped: {why}")
        return
    out, tests = f"{TOP}/build/packages", f"{TOP}/tests/packages"
    if configure("build-release", "gcc") and quiet("the packages", [sys.executable, f"{tests}/build.py", TOP, out, f"{TOP}/build-release"]):
        tallied("the packages' tests", [sys.executable, f"{tests}/run_packages.py", TOP, "--quick"])


def run(stage):
    """A stage that breaks counts as failed, and the next one runs all the same."""
    global stage_now
    stage_now = stage
    start = time.monotonic()
    before = total[1]
    try:
        globals()[f"stage_{stage}"]()
    except OSError as e:
        count(0, 1)
        fail(str(e))
    say(f"stage {stage}: {total[1] - before} failed, {time.monotonic() - start:.0f} s")


def name_all(word, names):
    if not names:
        return
    say(f"{len(names)} {word}, by stage")
    for stage, what in names[:SHOWN]:
        print(f"{word} {stage}: {what[:200]}")
    if len(names) > SHOWN:
        print(f"{word} ... and {len(names) - SHOWN} more, named above")


for s in STAGES:
    run(s)
# What passed only alone, and what failed; nothing stands between that and the sum.
name_all("FLAKY", flaky)
name_all("FAILED", failures)
print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped", flush=True)
sys.exit(1 if total[1] else 0)
