# SPDX-License-Identifier: MIT
"""The container: its root file system is built by hand, by what the Dockerfile says, and run as `docker run` would; no engine is asked."""
import glob
import json
import os
import shutil
import subprocess
import sys

from place import Skip, needs_root, run

KEY = "your-super-strong-secret-key"  # as the Go program's README has it
HERE = os.path.dirname(os.path.abspath(__file__))


def instructions(text):
    """[(word, rest)] of a Dockerfile; lines that go on are one."""
    joined = []
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            if joined and joined[-1].endswith("\\"):
                joined[-1] = joined[-1][:-1] + line.strip()
            else:
                joined.append(line.strip())
    return [tuple(line.split(None, 1)) for line in joined]


class Image:
    """What the last stage makes of a root file system."""

    def __init__(self, place, root):
        self.place, self.root, self.env, self.workdir, self.seen = place, root, {}, "/", {}
        with open(f"{place.top}/Dockerfile", encoding="utf-8") as f:
            for word, rest in instructions(f.read()):
                if word == "FROM":
                    self.is_last = " AS " not in rest
                elif self.is_last:
                    getattr(self, "do_" + word.lower(), self.remember(word))(rest)

    def remember(self, word):
        return lambda rest: self.seen.__setitem__(word, rest)

    def do_env(self, rest):
        name, value = rest.split("=", 1)
        self.env[name] = value

    def do_workdir(self, rest):
        self.workdir = rest

    def do_run(self, rest):
        lay = 'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh -c "$2"'
        run("unshare", "-m", "-p", "--fork", "--propagation", "private", "sh", "-c", lay, "sh", self.root, rest,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"})

    def do_copy(self, rest):
        words = rest.split()
        where = self.place.top
        if words[0].startswith("--from="):
            words = [w.replace("/src/build/packages", self.place.out) for w in words[1:]]
            where = ""
        target = self.root + words[-1]
        if words[-1].endswith("/"):
            os.makedirs(target, exist_ok=True)
        for pattern in words[:-1]:
            for name in glob.glob(os.path.join(where, pattern) if where else pattern):
                shutil.copy(name, target)


def image(place):
    needs_root()
    root = place.root("image", place.base("bookworm", (place.runtime() | {"systemd-standalone-sysusers"}) - {"systemd", "perl"}))
    shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
    return Image(place, root)


def inside(image_, story, *words):
    """Runs container_inside.py in namespaces of its own: no network but loopback, and only its own processes."""
    if subprocess.run(["unshare", "-n", "-m", "-p", "--fork", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("namespaces are not allowed here")
    run("unshare", "-n", "-m", "-p", "--fork", "--propagation", "private", sys.executable, f"{HERE}/container_inside.py", image_.root,
        json.dumps({"env": image_.env, "workdir": image_.workdir, "entry": json.loads(image_.seen["ENTRYPOINT"]) + json.loads(image_.seen["CMD"]),
                    "health": json.loads(image_.seen["HEALTHCHECK"].split("CMD", 1)[1])}), story, *words, seconds=300)


def test_container(place):
    made = image(place)
    assert made.seen["EXPOSE"] == "3000" and json.loads(made.seen["VOLUME"]) == ["/app/.config", "/app/logs"]
    for story in ("readme", "again", "taken_over", "as_another_user", "unwritable", "no_key"):
        inside(made, story, KEY)


def test_compose_file_is_one(place):
    """As far as it can be read without an engine: its paths and names are those of the Dockerfile."""
    with open(f"{place.top}/docker-compose.yml", encoding="utf-8") as f:
        text = f.read()
    for word in ("build: .", "3000:3000", "./.config:/app/.config", "./logs:/app/logs", "PROXY_ACCESS_KEY"):
        assert word in text, word
