# SPDX-License-Identifier: MIT
"""What a service manager is told, and where an upgrade is refused because nobody would follow."""
import os
import socket
import struct
import threading

from gateway import wait

START = False
FRESH = True


class Manager:
    """The other end of sd_notify(3): (process, what it said)."""

    def __init__(self, g):
        self.path = os.path.join(g.place, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(self.path)
        self.heard = []
        g.env["NOTIFY_SOCKET"] = self.path
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                text, control, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
            except OSError:
                return
            pid = next((struct.unpack("3i", data)[0] for level, kind, data in control if kind == socket.SCM_CREDENTIALS), 0)
            self.heard.append((pid, text.decode().split("\n")))

    def said(self, pid, word):
        return [lines for by, lines in self.heard if by == pid and word in lines]


def test_the_manager_is_told_by_the_old_process(g):
    """Whoever else says something is not heard under NotifyAccess=main."""
    m = Manager(g)
    g.start()
    old = g.pid
    wait(lambda: m.said(old, "READY=1"), "the first one is ready")
    g.upgrade()
    told = wait(lambda: m.said(old, f"MAINPID={g.pid}"), "the new one is named")
    assert "READY=1" in told[0], m.heard
    g.await_end(old)
    at = m.heard.index((old, told[0]))
    assert not [x for x in m.heard[at:] if x[0] == old and "STOPPING=1" in x[1]], m.heard  # it is the service no more
    assert not [x for x in m.heard[:at] if x[0] == g.pid], m.heard                          # and the new one was not yet
    assert not m.said(g.pid, "READY=1"), m.heard
    g.install_script("exit 5\n")
    assert g.post("/api/upgrade").status == 422
    assert len([x for x in m.heard if any("MAINPID=" in line for line in x[1])]) == 1, m.heard
    assert g.stop() == 0
    wait(lambda: m.said(g.pid, "STOPPING=1"), "it says that it stops")
    g.is_done = True


def test_a_key_of_one_run(g):
    """It is known to this process alone: the next one would make another."""
    g.configure(head='listen = "127.0.0.1:0";\nworkers = 1;\n')
    g.env["XDG_RUNTIME_DIR"] = os.path.join(g.place, "run")
    g.options = ["-o", "state_dir=/proc/nowhere"]
    g.start()
    door = os.path.join(g.place, "run", "claude-proxy", "ctl.sock")
    a = g.post("/api/upgrade", key=None, unix=door)
    assert a.status == 501 and "this run" in a.text, a
    assert g.stop() == 0
    g.is_done = True
