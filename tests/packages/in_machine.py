# SPDX-License-Identifier: MIT
"""in_machine - what the tests of a booted machine do inside of it, as root."""
import glob
import json
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/root/tests")
from upstream import is_serving, until  # noqa: E402

PORT = 3000


def run(*command, code=0):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert code is None or p.returncode == code, (command, p.returncode, p.stdout)
    return p.stdout


def shown(name):
    return run("systemctl", "show", "claude-proxy", f"--property={name}", "--value").strip()


def socket():
    run("systemctl", "stop", "claude-proxy")
    run("systemctl", "enable", "--now", "claude-proxy.socket")
    run("systemctl", "start", "claude-proxy")
    until(lambda: is_serving(PORT))


def watchdog():
    """A gateway that does not answer any more is ended and started anew, by nobody but systemd."""
    os.makedirs("/etc/systemd/system/claude-proxy.service.d")
    with open("/etc/systemd/system/claude-proxy.service.d/test.conf", "w", encoding="ascii") as f:
        f.write("[Service]\nWatchdogSec=10s\n")
    assert shown("WatchdogUSec") == "30s", "the unit has no watchdog of its own"
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "claude-proxy")
    until(lambda: is_serving(PORT))
    before = shown("MainPID")
    run("claude-proxyctl", "upgrade")
    until(lambda: shown("MainPID") not in ("0", before))
    pid, seen = shown("MainPID"), shown("WatchdogTimestampMonotonic")
    until(lambda: int(shown("WatchdogTimestampMonotonic")) > int(seen) + 12000000)  # the new one is heard, beyond the time it is granted
    assert shown("MainPID") == pid and shown("NRestarts") == "0"
    os.kill(int(pid), signal.SIGSTOP)
    until(lambda: shown("MainPID") not in ("0", pid) and shown("ActiveState") == "active" and is_serving(PORT))
    assert shown("NRestarts") == "1" and "Watchdog timeout" in run("journalctl", "--no-pager", "-u", "claude-proxy")


def loaded():
    return [p["name"] for p in json.loads(run("claude-proxyctl", "--json", "api", "GET", "/api/plugins"))["plugins"]]


def plugin():
    os.makedirs("/root/plain", exist_ok=True)
    for name in glob.glob("/usr/share/doc/claude-proxy-dev/examples/*"):
        run("cp", "-R", name, "/root/plain")
    run("make", "-C", "/root/plain", "plain.so")
    folder = run("pkg-config", "--variable=plugindir", "claude-proxy").strip()
    assert "plain" not in loaded()
    root = "/root/package"
    os.makedirs(root + "/DEBIAN")
    with open(root + "/DEBIAN/control", "w", encoding="ascii") as f:
        f.write("Package: claude-proxy-plugin-plain\nVersion: 1\nArchitecture: " + run("dpkg", "--print-architecture") + "Maintainer: A <a@example.org>\n"
                "Depends: claude-proxy-abi-1.0\nDescription: a stranger's plugin\n a test\n")
    run("install", "-D", "-m", "644", "/root/plain/plain.so", f"{root}{folder}/plain.so")
    run("dpkg-deb", "--root-owner-group", "-b", root, "/root/plain.deb")
    run("dpkg", "-i", "/root/plain.deb")
    until(lambda: "plain" in loaded())
    run("dpkg", "-P", "claude-proxy-plugin-plain")
    until(lambda: "plain" not in loaded())
    assert shown("ActiveState") == "active" and is_serving(PORT)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
