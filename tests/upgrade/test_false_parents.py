# SPDX-License-Identifier: MIT
"""A new process whose predecessor is none, or is gone in the middle: it ends, and has written nothing; once it serves it goes on alone."""
import os
import socket
import struct
import subprocess
import time

from gateway import LONG, Broken, wait
from false_heir import NAME, Ear, parcel

START = False
FRESH = True
CONF = """
client_keys = ( {{ key = "file-CANARY-paying-01234567"; id = "paying"; budget = {{ tokens = 100000000; period = "ever"; }}; }} );
"""


class Parent:
    """What the process before it is to a gateway: the other end of a socket."""

    def __init__(self, g):
        self.g = g
        self.cord, theirs = socket.socketpair()
        self.cord.settimeout(LONG)
        self.ear = Ear(self.cord)
        fd = theirs.detach()

        def lay():
            high = os.dup(fd)
            os.dup2(high, 3, inheritable=True)
        if not os.path.exists(os.path.join(g.place, "none.env")):
            g.write("none.env", "")
        if os.path.exists(g.port_file):
            os.unlink(g.port_file)
        command = g.command("--port-file", g.port_file, "-o", "log.form=json", "-o", f"log.file={g.log_file}")
        with open(g.err_file, "ab") as err:
            self.process = subprocess.Popen(["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command], stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                            cwd=g.place, env=dict(g.environment(), LISTEN_FDS="1", LISTEN_FDNAMES=NAME), preexec_fn=lay, close_fds=False)
        os.close(fd)
        g.process, g.pid = self.process, self.process.pid

    def say(self, *words):
        for word in words:
            self.cord.sendall(word if isinstance(word, bytes) else parcel(word))

    def hear(self, kind):
        if not self.ear.hear(kind):
            raise Broken(f"it ends before it says {kind}: {self.g.stderr()[-2000:]}")


def spent(tokens):
    """As a purse tells it."""
    text = lambda name, value: bytes([len(name)]) + name.encode() + struct.pack("=I", len(value)) + value  # noqa: E731
    body = b"\x05purse" + text("id", b"paying") + text("tokens", struct.pack("=q", tokens))
    return struct.pack("=I", len(body)) + body


def files(g):
    return {name: os.stat(os.path.join(g.state_dir, name)).st_mtime_ns for name in os.listdir(g.state_dir) if name.endswith(".conf")}


def test_it_is_gone_at_each_step(g):
    for step in range(4):
        p = Parent(g)
        before = files(g)
        if step > 0:
            p.say("hello")
            p.hear("ready")
        if step > 1:
            p.say(spent(100), "all")
            p.hear("standing")
        if step > 2:
            p.say(spent(100))
            time.sleep(0.3)  # for it to be heard; nothing fails where it is not
        p.cord.close()
        assert p.process.wait(LONG), "it serves"
        assert files(g) == before, (step, before, files(g))
    g.pid, g.is_done = 0, True


def test_it_talks_nonsense(g):
    for step in range(3):
        p = Parent(g)
        if step > 0:
            p.say("hello")
            p.hear("ready")
        if step > 1:
            p.say("all")
            p.hear("standing")
        p.say(bytes(1000))
        assert p.process.wait(LONG), "it serves"
        p.cord.close()
    g.pid, g.is_done = 0, True


def test_it_is_gone_or_odd_later(g):
    """Then the new one is the service, and all it was told until then counts."""
    for last in (b"", bytes(1000), parcel("nonsense") + struct.pack("=I", 1 << 29)):
        p = Parent(g)
        p.say("hello")
        p.hear("ready")
        p.say(spent(100), "all")
        p.hear("standing")
        p.say(spent(100), "go")
        p.hear("serving")
        at = len(g.log_text())
        p.say(spent(100), last)
        p.cord.close()
        wait(lambda: '"event":"upgrade_over"' in g.log_text()[at:], "it sees it")
        g.await_port()
        assert g.message().status == 200
        assert g.clients()["paying"]["usage"]["spent"]["tokens"] == 300
        assert g.stop() == 0
        os.unlink(os.path.join(g.state_dir, "spend.conf"))
    g.pid, g.is_done = 0, True
