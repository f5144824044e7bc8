# SPDX-License-Identifier: MIT
"""container_inside - PID 1 of namespaces of its own: lays volumes into the root file system, starts the container's entry point, asks it.

    python3 container_inside.py ROOT '{"env": ..., "workdir": ..., "entry": [...], "health": [...]}' STORY KEY
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "debian", "tests"))
from upstream import TEXT, Upstream, ask, chat_text_of, is_serving, message, text_of, until  # noqa: E402

ROOT, IMAGE, STORY, KEY = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], sys.argv[4]
VOLUMES = ROOT + ".volumes"  # what stays from one story to the next, as a folder of the host does
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def mount(*words):
    subprocess.run(["mount", *words], check=True)


class Container:
    """docker run -e ENV -v VOLUME:PATH --user UID, without docker."""

    all = []

    def __init__(self, env=None, volumes=None, user=None):
        for host, path in (volumes or {}).items():
            os.makedirs(host, exist_ok=True)
            mount("--bind", host, ROOT + path)
        self.env = dict(IMAGE["env"], PATH=PATH, HOME="/", **(env or {}))
        self.user = user
        self.log = tempfile.TemporaryFile()
        self.all.append(self)
        self.process = subprocess.Popen(self.command(IMAGE["entry"]), env=self.env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def command(self, words):
        who = [f"--userspec={self.user}:{self.user}"] if self.user else []
        return ["chroot", *who, ROOT, "/bin/sh", "-c", f'cd {IMAGE["workdir"]} && exec "$@"', "sh", *words]

    def exec(self, *words):
        return subprocess.run(self.command(words), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()

    def serving(self, port=3000):
        until(lambda: self.process.poll() is not None or is_serving(port))
        assert self.process.poll() is None, self.said()
        return self

    def owner(self):
        """The uid that serves, with its right to become anybody again."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f)
        assert status["NoNewPrivs"] == "1" or self.user, status
        assert int(status["CapEff"], 16) == 0, status
        return int(status["Uid"].split("\t")[0])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.said()


def check_served(port=3000):
    status, _, said = ask(port, "/v1/messages", KEY, message(stream=True))
    assert status == 200 and text_of(said) == TEXT, (status, said)
    status, _, said = ask(port, "/v1/chat/completions", KEY, message(stream=True))
    assert status == 200 and chat_text_of(said) == TEXT, (status, said)


def readme():
    """docker run -d -p 3000:3000 -e PROXY_ACCESS_KEY=... -v $(pwd)/.config:/app/.config"""
    c = Container({"PROXY_ACCESS_KEY": KEY}, {f"{VOLUMES}/config": "/app/.config"}).serving()
    assert c.owner() == 10001
    upstream = Upstream()
    body = {"name": "kept", "dialect": "claude", "base_url": upstream.url, "allow_private": True, "keys": ["upstream-key"]}
    status, _, said = ask(3000, "/api/channels", KEY, body)
    assert status == 201, (status, said)
    check_served()
    assert ask(3000, "/health")[0] == 200 and ask(3000, "/")[0] == 200
    health = c.exec(*IMAGE["health"])
    assert health.returncode == 0 and b"healthy" in health.stdout, health
    c.stop()


def again():
    """The container was removed and made anew; what was set in the panel is in the volume.  Another port, no panel: the old names hold."""
    c = Container({"PROXY_ACCESS_KEY": KEY, "PORT": "3001", "ENABLE_WEB_UI": "false", "LOG_LEVEL": "warn"}, {f"{VOLUMES}/config": "/app/.config"}).serving(3001)
    found = c.exec("claude-proxyctl", "-s", "/run/claude-proxy/ctl.sock", "channel", "list")
    assert b"kept" in found.stdout or ask(3001, "/")[0] != 200, found
    assert c.exec(*IMAGE["health"]).returncode == 0
    c.stop()


def taken_over():
    """A folder of the Go program: channels of .config/config.json are there from the first request on."""
    upstream = Upstream()
    os.makedirs(f"{VOLUMES}/old/backups", exist_ok=True)
    with open(f"{VOLUMES}/old/config.json", "w", encoding="utf-8") as f:
        json.dump({"upstream": [{"name": "old", "baseUrl": upstream.url, "apiKeys": ["upstream-key"], "serviceType": "claude", "status": "active"}],
                   "loadBalance": "failover", "fuzzyModeEnabled": True}, f)
    c = Container({"PROXY_ACCESS_KEY": KEY}, {f"{VOLUMES}/old": "/app/.config"}).serving()
    channels = json.loads(ask(3000, "/api/channels", KEY)[2])["channels"]
    assert [x["name"] for x in channels] == ["old"], (channels, c.said())
    c.stop()
    assert "taking over" in c.said()
    with open(f"{VOLUMES}/old/config.json", encoding="utf-8") as f:
        assert json.load(f)["upstream"][0]["name"] == "old"
    c = Container({"PROXY_ACCESS_KEY": KEY}).serving()
    assert "taking over" not in c.said()
    c.stop()


def as_another_user():
    """docker run --user 4711, on a folder of his own."""
    os.makedirs(f"{VOLUMES}/mine", exist_ok=True)
    os.chown(f"{VOLUMES}/mine", 4711, 4711)
    c = Container({"PROXY_ACCESS_KEY": KEY}, {f"{VOLUMES}/mine": "/app/.config"}, user=4711).serving()
    assert c.owner() == 4711 and c.exec(*IMAGE["health"]).returncode == 0
    c.stop()


def unwritable():
    """The same on a folder of root's: it says so, rather than to forget at the end what was set."""
    c = Container({"PROXY_ACCESS_KEY": KEY}, {f"{VOLUMES}/roots": "/app/.config"}, user=4711)
    assert c.process.wait(60) == 73 and "chown" in c.said(), c.said()


def no_key():
    """Beyond loopback nobody is served without a key; the way out is told."""
    c = Container()
    assert c.process.wait(60) == 78 and "access_key" in c.said(), c.said()


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    mount("-t", "proc", "proc", "/proc")
    os.makedirs(ROOT + "/proc", exist_ok=True)
    mount("-t", "proc", "proc", ROOT + "/proc")
    mount("--rbind", "/dev", ROOT + "/dev")
    mount("-t", "tmpfs", "tmpfs", ROOT + "/tmp")
    try:
        globals()[STORY]()
    except BaseException:
        print("\n".join(c.said() for c in Container.all))
        raise
    if STORY == "no_key":
        shutil.rmtree(VOLUMES, ignore_errors=True)


main()
