# SPDX-License-Identifier: MIT
"""in_machine - what the tests of a booted machine do inside of it, as root."""
import glob
import json
import os
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, "/root/tests")
from upstream import TEXT, Upstream, ask, is_serving, message, text_of, until  # noqa: E402

PORT = 3000


def run(*command, code=0):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert code is None or p.returncode == code, (command, p.returncode, p.stdout)
    return p.stdout


def shown(name):
    return run("systemctl", "show", "claude-proxy", f"--property={name}", "--value").strip()


def key():
    with open("/var/lib/claude-proxy/access-key", encoding="ascii") as f:
        return f.read().strip()


def add_channel(upstream):
    body = {"name": "up", "dialect": "claude", "base_url": upstream.url, "allow_private": True, "keys": ["upstream-key"]}
    status, _, said = ask(PORT, "/api/channels", key(), body)
    assert status == 201, (status, said)


def in_flight():
    rows = json.loads(ask(PORT, "/api/scheduler", key())[2])["channels"]
    return sum(r["under_way"] for r in rows)


class Knocking(threading.Thread):
    """A request after the other until told to end; who is refused is written down."""

    def __init__(self):
        super().__init__(daemon=True)
        self.is_over, self.served, self.refused, self.key = False, 0, [], key()
        self.start()

    def run(self):
        while not self.is_over:
            try:
                status, _, body = ask(PORT, "/v1/messages", self.key, message())
                if status != 200:
                    self.refused.append((status, body))
                self.served += status == 200
            except OSError as e:
                self.refused.append(repr(e))


def stream(found, i, secret):
    try:
        status, _, body = ask(PORT, "/v1/messages", secret, message(stream=True))
        found[i] = "fine" if status == 200 and text_of(body) == TEXT else (status, body[-300:])
    except Exception as e:  # what is wrong is told by the main thread
        found[i] = repr(e)


def upgrade(deb, streams):
    n = int(streams)
    up = Upstream(pause=4.0)
    add_channel(up)
    before, secret, found = shown("MainPID"), key(), [None] * n
    threads = [threading.Thread(target=stream, args=(found, i, secret), daemon=True) for i in range(n)]
    for t in threads:
        t.start()
    until(lambda: in_flight() >= n)
    up.server.pause = 1.0
    knocking = Knocking()
    said = run("dpkg", "-i", deb)
    until(lambda: shown("MainPID") not in ("0", before) and is_serving(PORT))
    served = knocking.served
    until(lambda: knocking.served > served)
    knocking.is_over = True
    knocking.join()
    for t in threads:
        t.join(120)
    broken = [f for f in found if f != "fine"]
    assert not broken and not knocking.refused, (len(broken), broken[:3], knocking.refused[:3], said)
    assert shown("ActiveState") == "active" and shown("NRestarts") == "0"
    until(lambda: "POST /v1/messages" in run("journalctl", "--no-pager", "CP_CHANNEL=up", "_PID=" + shown("MainPID")))
    print(f"{n} streams over the upgrade, 0 broken; {knocking.served} requests meanwhile, 0 refused")


def socket():
    run("systemctl", "stop", "claude-proxy")
    run("systemctl", "enable", "--now", "claude-proxy.socket")
    run("systemctl", "start", "claude-proxy")
    until(lambda: is_serving(PORT))
    add_channel(Upstream())
    knocking = Knocking()
    for _ in range(3):
        before = shown("MainPID")
        os.kill(int(before), 9)
        until(lambda: shown("MainPID") not in ("0", before) and is_serving(PORT))
    knocking.is_over = True
    knocking.join()
    # Those whose gateway was killed under them lost their connection; nobody was refused one.
    refused = [r for r in knocking.refused if "ConnectionRefused" in str(r)]
    assert not refused and knocking.served, (refused, knocking.served)


def plugin():
    os.makedirs("/root/plain", exist_ok=True)
    for name in glob.glob("/usr/share/doc/claude-proxy-dev/examples/*"):
        run("cp", "-R", name, "/root/plain")
    run("make", "-C", "/root/plain", "plain.so")
    folder = run("pkg-config", "--variable=plugindir", "claude-proxy").strip()
    assert "plain" not in run("claude-proxyctl", "--json", "api", "GET", "/api/plugins")
    root = "/root/package"
    os.makedirs(root + "/DEBIAN")
    with open(root + "/DEBIAN/control", "w", encoding="ascii") as f:
        f.write("Package: claude-proxy-plugin-plain\nVersion: 1\nArchitecture: " + run("dpkg", "--print-architecture") + "Maintainer: A <a@example.org>\n"
                "Depends: claude-proxy-abi-1.0\nDescription: a stranger's plugin\n a test\n")
    run("install", "-D", "-m", "644", "/root/plain/plain.so", f"{root}{folder}/plain.so")
    run("dpkg-deb", "--root-owner-group", "-b", root, "/root/plain.deb")
    run("dpkg", "-i", "/root/plain.deb")
    until(lambda: '"plain"' in run("claude-proxyctl", "--json", "api", "GET", "/api/plugins"))
    run("dpkg", "-P", "claude-proxy-plugin-plain")
    until(lambda: '"plain"' not in run("claude-proxyctl", "--json", "api", "GET", "/api/plugins"))
    assert shown("ActiveState") == "active" and is_serving(PORT)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
