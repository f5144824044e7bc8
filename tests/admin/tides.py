# SPDX-License-Identifier: MIT
"""tides - a gateway with a folder of plugins of its own, and a plugin that is built in as many versions as a test wants."""
import os
import shutil
import subprocess

from gateway import Broken, Skip

HELLO = b'{"say": "hello [[sim: text=ok]]"}'


# ---- files ----

def build_from(g, source, made, *more):
    subprocess.run([os.environ.get("CC") or "cc", "-std=gnu11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", *more,
                    "-I", os.path.join(g.tools.source, "core", "include"), "-o", made, os.path.join(g.tools.source, source)], check=True)


def build(g, version, *more, name=None):
    """A plugin beside the folder; its path."""
    made = os.path.join(g.place, f"made-{name or version}.so")
    if not os.path.exists(made):
        build_from(g, os.path.join("tests", "admin", "plugins", "tide.c"), made, f'-DTIDE="{version}"', *more)
    return made


def lay(g, made, name="tide.so"):
    """As packages do it: a new file takes the name."""
    path = os.path.join(g.folder, name)
    shutil.copy(made, path + ".new")
    os.rename(path + ".new", path)
    return path


def prepare(g, *more):
    if not shutil.which(os.environ.get("CC") or "cc"):
        raise Skip("there is no compiler")
    g.folder = os.path.join(g.place, "plugins")
    os.mkdir(g.folder)
    for name in ("claude.so", "openai.so", "sqlite.so"):
        shutil.copy(os.path.join(g.tools.plugins, name), g.folder)
    lay(g, build(g, "1.0", *more))
    g.options += ["--plugins", g.folder]
    for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):  # a plugin that faults is the story, and nothing to report
        g.env[name] = ":".join(x for x in (os.environ.get(name), "handle_segv=0:handle_sigbus=0") if x)


# ---- asking ----

def row(g, name="tide"):
    return next((p for p in g.get("/api/plugins").json["plugins"] if p["name"] == name), None)


def version(g):
    a = g.send("POST", "/v1/tide/m", HELLO, {"x-api-key": g.key})
    if a.status != 200:
        raise Broken(f"{a.status} {a.text[:500]}")
    return a.text.split("|")[0]
