# SPDX-License-Identifier: MIT
"""run_kit - the kit for authors, as an author uses it: a new plugin, and what `plugin check` says of good and of bad ones.

    python3 tests/kit/run_kit.py --source . --build build [WORD]...

Each bad plugin is the example with one mistake, made here; the check must name that one and call the rest good.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

import faults
import framings

# name, what stands in plain.c, what stands there instead, the check that must fail, what its notes must say
MISTAKES = [
    ("exports", "static int load(", "__attribute__((visibility(\"default\"))) int helper(void) { return 1; }\nstatic int load(",
     "exports cp_plugin_abi1 and nothing else", "it exports helper"),
    ("forks", "#include <string.h>", "#include <string.h>\n#include <unistd.h>\nint fork_it(void);\nint fork_it(void) { return (int)fork(); }",
     "wants nothing that a plugin may not do", "it wants fork"),
    ("no_entry", "CP_PLUGIN = {", "static const struct cp_plugin unseen __attribute__((used)) = {",
     "exports cp_plugin_abi1 and nothing else|the gateway would load it", "it exports no cp_plugin_abi1"),
    ("crashes_at_once", "    if (body.n == 0)", "    *(volatile int *)0 = 1;\n    if (body.n == 0)", "the gateway would load it", "it crashed|AddressSanitizer"),
    ("crashes", "    if (body.n == 0)", "    if (body.n > 8)\n        *(volatile int *)0 = 1;\n    if (body.n == 0)", "it survives its golden inputs", "it crashed|AddressSanitizer"),
    ("breaks_a_rule", "        host->emit(tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });\n    return host->emit(tape, &(struct cp_item){ CP_ITEM(END) });\n}\n\nstatic int encode",
     "        host->emit(tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });\n    host->emit(tape, &(struct cp_item){ CP_ITEM(END) });\n"
     "    return body.n > 8 ? host->emit(tape, &(struct cp_item){ CP_ITEM(END) }) : CP_OK;\n}\n\nstatic int encode", "decode", "E_BUG"),
    ("forgets_text", "if (it->kind == CP_TEXT || it->kind == CP_ERROR)\n            host->write(out, it->text);",
     "if (it->kind == CP_ERROR)\n            host->write(out, it->text);", "law 1", "empty body"),
    ("invents_an_end", "    static const char cut[] = \"the upstream closed the stream early\";\n", "    if (*(int *)state == INSIDE)\n        return rx_end(state, tape);\n"
     "    static const char cut[] = \"the upstream closed the stream early\";\n", "truth|cut.stream: stream.tape", "cut off after"),
    ("leaks", "    if (body.n == 0)", "    static void *volatile lost;\n    lost = malloc(24);\n    if (body.n == 0)", "bytes of memory are given back", "more after"),
    ("keeps_files", "    if (body.n == 0)", "    extern int dup(int);\n    dup(0);\n    if (body.n == 0)", "descriptors are given back", "more after"),
    ("crashes_without_memory", "    return *state ? CP_OK : CP_E_NOMEM;", "    *(int *)*state = 0;\n    return CP_OK;", "it survives its golden inputs", "it crashed|AddressSanitizer"),
    ("hangs", "    if (body.n == 0)", "    while (body.n > 1 && memchr(body.p, '\\xff', body.n))\n        continue;\n    if (body.n == 0)", "made wrong do it no harm", "it hangs"),
]


class Kit:
    def __init__(self, source, build):
        self.source, self.build = source, build
        self.gateway = f"{build}/claude-proxy"
        self.plugins = f"{build}/.libs" if os.path.exists(f"{build}/.libs/claude.so") else f"{build}/plugins"
        self.dir = tempfile.mkdtemp(prefix="claude-proxy-kit-")
        self.is_sanitized = b"libasan" in subprocess.run(["ldd", self.gateway], stdout=subprocess.PIPE).stdout
        self.n = self.failed = 0

    def tell(self, name, why="", skip=""):
        self.n += 1
        self.failed += bool(why)
        print(f"{'not ' if why else ''}ok {self.n} - {name}{' # skip ' + skip if skip else ''}", flush=True)
        for line in why.splitlines():
            print(f"# {line}")

    def run(self, *command, cwd=None, env=None, code=None):
        p = subprocess.run(command, cwd=cwd or self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           env=dict(os.environ, **(env or {})), timeout=300)
        out = p.stdout.decode("utf-8", "replace")
        if code is not None and p.returncode != code:
            raise AssertionError(f"{' '.join(command)} ended with {p.returncode}, not {code}:\n{out}")
        return out, p.returncode

    def compile(self, name, text):
        folder = f"{self.dir}/{name}"
        os.makedirs(folder)
        with open(f"{folder}/{name}.c", "w", encoding="utf-8") as f:
            f.write(text)
        self.run(os.environ.get("CC", "cc"), "-std=gnu11", "-g", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{self.source}/core/include",
                 "-o", "plain.so", f"{name}.c", cwd=folder, code=0)
        return folder

    def check(self, folder, *options):
        return self.run(self.gateway, "plugin", "check", "plain.so", "--golden", f"{self.source}/plugins/example/golden", "--against", self.plugins,
                        "--seed", "1", *options, cwd=folder)


def plain(kit):
    with open(f"{kit.source}/plugins/example/plain.c", encoding="utf-8") as f:
        return f.read()


def failed_checks(out):
    return [line for line in out.splitlines() if line.startswith("not ok")]


def mistake(kit, name, old, new, check, notes):
    text = plain(kit)
    assert text.count(old) >= 1, f"plain.c has no longer what {name} changes"
    folder = kit.compile(name, text.replace(old, new, 1).replace("#include <string.h>", "#include <stdlib.h>\n#include <string.h>", 1))
    out, code = kit.check(folder, "--fuzz", "20" if "harm" in check else "0")
    bad = failed_checks(out)
    assert code == 1 and bad, f"nothing was found (exit code {code}):\n{out}"
    assert all(re.search(check, line) for line in bad), f"more was found than {check}:\n{out}"
    assert any(re.search(check.split("|")[0], line) for line in bad), f"{check} was not found:\n{out}"
    assert re.search(notes, out), f"no note says {notes}:\n{out}"
    if "harm" in check:
        assert os.path.exists(f"{folder}/fuzz-plain.request") or os.path.exists(f"{folder}/fuzz-plain.response"), f"no file was left:\n{out}"


def good(kit):
    """The example itself: every check says ok, nothing is skipped but what cannot be measured."""
    folder = kit.compile("good", plain(kit))
    out, code = kit.check(folder, "--fuzz", "1")
    assert code == 0 and not failed_checks(out), out
    for what in ("exports cp_plugin_abi1", "law 1", "law 2", "truth", "said in claude", "said in chat", "descriptors", "made wrong"):
        assert what in out, f"no check of {what}:\n{out}"


def ours(kit):
    """The dialects of the gateway keep the same laws from outside, as files."""
    for name in ("claude", "openai", "gemini"):
        out, code = kit.run(kit.gateway, "plugin", "check", f"{kit.plugins}/{name}.so", "--golden", f"{kit.source}/tests/wire", "--against", "/nonexistent",
                            "--fuzz", "1", "--seed", "1")
        assert code == 0, "\n".join(failed_checks(out)) + out[-2000:]


def as_json(kit):
    """--json: the same report, for programs; also of what crashes in the middle and of what cannot be read."""
    folder = kit.compile("json", plain(kit))
    out, code = kit.check(folder, "--fuzz", "0")
    said, json_code = kit.check(folder, "--fuzz", "0", "--json")
    report = json.loads(said)
    names = [r["name"] for r in report["results"]]
    assert code == json_code == 0 and report["ok"] and report["file"] == "plain.so" and report["failed"] == 0, said
    assert report["checks"] == len(names) == int(re.search(r"1\.\.(\d+)", out)[1]), out
    assert names == [re.sub(r" # skip .*", "", line.split(" - ", 1)[1]) for line in out.splitlines() if re.match(r"(not )?ok ", line)], out
    folder = kit.compile("json_bad", plain(kit).replace("    if (body.n == 0)", "    if (body.n > 8)\n        *(volatile int *)0 = 1;\n    if (body.n == 0)", 1))
    said, code = kit.check(folder, "--fuzz", "0", "--json")
    report = json.loads(said[said.index('{"file"'):])  # what a sanitizer says goes to standard error
    bad = [r for r in report["results"] if not r["ok"]]
    assert code == 1 and not report["ok"] and report["failed"] == 1 and "survives" in bad[0]["name"], said
    said, code = kit.run(kit.gateway, "plugin", "check", "nothing.so", "--json")
    report = json.loads(said)
    assert code == 1 and not report["ok"] and "No such file" in report["results"][0]["notes"][0], said


def tape(kit):
    """`claude-proxy tape` both ways, cut, and to another dialect: bytes, tape, and the same bytes again."""
    golden = f"{kit.source}/plugins/example/golden/plain"
    folder = kit.compile("tapes", plain(kit))
    os.symlink(f"{kit.plugins}/openai.so", f"{folder}/openai.so")

    def run(*words, code=0):
        return kit.run(kit.gateway, "tape", "--plugins", ".", *words, cwd=folder, code=code)[0]

    for phase, file, wanted in (("request", "hello.request.json", "hello.request.tape"), ("response", "hello.response.json", "hello.response.tape"),
                                ("stream", "hello.sse", "hello.stream.tape"), ("stream", "cut.sse", "cut.stream.tape"),
                                ("failure", "broken.failure.json", "broken.failure.tape")):
        with open(f"{golden}/{wanted}", encoding="utf-8") as f:
            want = f.read()
        said = run("plain", phase, f"{golden}/{file}")
        assert said == want, (file, said, want)
        if phase == "stream":
            joined = run("--join", "plain", phase, f"{golden}/{file}")
            assert run("--join", "--cut", "1", "plain", phase, f"{golden}/{file}") == joined, file
        with open(f"{folder}/tape", "w", encoding="utf-8") as f:
            f.write(said)
        written = run("--encode", "plain", phase, "tape")
        with open(f"{folder}/again", "w", encoding="utf-8") as f:
            f.write(written)
        assert run("plain", phase, "again") == want, (file, written)
    said = json.loads(run("--to", "chat", "plain", "response", f"{golden}/hello.response.json"))
    assert said["choices"][0]["message"]["content"] == "Hi. How are you?", said
    assert "data: " in run("--to", "chat", "plain", "stream", f"{golden}/hello.sse")
    assert "empty body" in run("plain", "request", f"{golden}/nothing.request.json", code=1)
    run("nobody", "request", f"{golden}/hello.request.json", code=64)
    for words in ((), ("plain", "painting", "x"), ("plain", "request"), ("--cut", "x", "plain", "stream", f"{golden}/hello.sse")):
        run(*words, code=64)


def new(kit):
    """A new plugin under its own name passes its own checks, built with nothing but the headers."""
    stub = f"{kit.dir}/pkg-config"
    with open(stub, "w", encoding="utf-8") as f:
        f.write(f"#!/bin/sh\ncase $* in *plugindir*) echo {kit.dir}/installed ;; *) echo -I{kit.source}/core/include ;; esac\n")
    os.chmod(stub, 0o755)
    template = f"{kit.dir}/template"
    shutil.copytree(f"{kit.source}/plugins/example", template, ignore=shutil.ignore_patterns("shelf.c", "*.mk", "*.lo", "*.so"))
    out, _ = kit.run(kit.gateway, "plugin", "new", "acme", "--template", template, code=0)
    assert "cd ./acme" in out, out
    out, _ = kit.run("make", "check", "FUZZ=1", cwd=f"{kit.dir}/acme", code=0, env={
        "PKG_CONFIG": stub, "GATEWAY": kit.gateway, "AGAINST": kit.plugins})
    assert "acme/hello.stream: law 2" in out and "budgets" in out and "not ok" not in out, out
    for folder, _, files in os.walk(f"{kit.dir}/acme"):
        assert not [f for f in files if "plain" in f], files
    kit.run("make", "install", cwd=f"{kit.dir}/acme", code=0, env={"PKG_CONFIG": stub, "DESTDIR": ""})
    assert os.path.exists(f"{kit.dir}/installed/acme.so")


def new_refused(kit):
    """Bad names, a folder that is there, no template: told, and nothing is written."""
    for name in ("Acme", "9lives", "a-b", "a/b", "", "x" * 25, "../up"):
        out, _ = kit.run(kit.gateway, "plugin", "new", name, "--template", f"{kit.source}/plugins/example", code=64)
        assert "a plugin's name is" in out, out
    os.mkdir(f"{kit.dir}/taken")
    out, _ = kit.run(kit.gateway, "plugin", "new", "taken", "--template", f"{kit.source}/plugins/example", code=1)
    assert "taken: File exists" in out and not os.listdir(f"{kit.dir}/taken"), out
    out, _ = kit.run(kit.gateway, "plugin", "new", "fine", "--template", "/nonexistent", code=1)
    assert "claude-proxy-dev" in out and not os.path.exists(f"{kit.dir}/fine"), out


def refused(kit):
    """What is no plugin, and command lines that say nothing."""
    for name, text in (("empty.so", b""), ("words.so", b"hello" * 100), ("cut.so", open(f"{kit.plugins}/claude.so", "rb").read()[:5000])):
        with open(f"{kit.dir}/{name}", "wb") as f:
            f.write(text)
        out, _ = kit.run(kit.gateway, "plugin", "check", name, code=1)
        assert "not ok" in out, out
    out, _ = kit.run(kit.gateway, "plugin", "check", "nothing.so", code=1)
    assert "No such file" in out, out
    for words in ([], ["check"], ["paint", "x"], ["check", "x", "--fuzz", "soon"], ["check", "x", "--seed", "-1"], ["check", "a", "b"]):
        kit.run(kit.gateway, "plugin", *words, code=64)
    out, _ = kit.run(kit.gateway, "plugin", "--help", code=0)
    assert "plugin check" in out


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--source", required=True)
    a.add_argument("--build", required=True)
    a.add_argument("words", nargs="*")
    a = a.parse_args()
    kit = Kit(os.path.abspath(a.source), os.path.abspath(a.build))
    stories = [(f.__name__, lambda f=f: f(kit)) for f in (good, ours, as_json, tape, new, new_refused, refused)]
    stories += [(f.__name__, lambda f=f: f(kit)) for f in framings.STORIES]
    stories += [(f.__doc__, lambda f=f: f(kit)) for f in faults.STORIES]
    stories += [(f"a mistake: {m[0]}", lambda m=m: mistake(kit, *m)) for m in MISTAKES]
    for name, story in stories:
        if a.words and not any(w in name for w in a.words):
            continue
        if name == "a mistake: leaks" and kit.is_sanitized:
            kit.tell(name, skip="a sanitizer has malloc(); the build without one looks at this")
            continue
        try:
            story()
            kit.tell(name)
        except Exception as e:  # whatever it is, the others are told, too
            kit.tell(name, f"{type(e).__name__}: {e}\n{traceback.format_exc()[-2000:]}")
    print(f"1..{kit.n}")
    shutil.rmtree(kit.dir, ignore_errors=True)
    sys.exit(kit.failed != 0)


main()
