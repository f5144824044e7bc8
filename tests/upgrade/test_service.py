# SPDX-License-Identifier: MIT
"""What a service manager is told, and where an upgrade is refused because nobody would follow."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

from gateway import Skip, wait

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

    def pings(self, pid):
        return len(self.said(pid, "WATCHDOG=1"))

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


# ---- a manager that wants to hear that we live ----

WATCHDOG = {"WATCHDOG_USEC": "8000000"}  # so long that a busy machine's worker answers in a part of it


def test_each_process_says_that_it_lives(g):
    """The one that serves, and only that one."""
    m = Manager(g)
    g.env.update(WATCHDOG)
    g.start()
    old = g.pid
    wait(lambda: m.pings(old), "the first one lives")
    g.upgrade()
    told = wait(lambda: m.said(old, f"MAINPID={g.pid}"), "the new one is named")[0]
    wait(lambda: m.pings(g.pid) > 1, "the new one lives")
    assert not [x for x in m.heard[:m.heard.index((old, told))] if x[0] == g.pid], m.heard
    g.await_end(old)
    assert g.stop() == 0
    g.is_done = True


def hanging_plugin(g):
    """The gateway's plugins, and among them the example, whose encode() does not come back from one word."""
    folder = os.path.join(g.place, "plugins")
    os.makedirs(folder)
    for name in os.listdir(g.tools.plugins):
        if name.endswith(".so") and name != "plain.so":
            shutil.copy(os.path.join(g.tools.plugins, name), folder)
    with open(os.path.join(g.tools.source, "plugins/example/plain.c"), encoding="utf-8") as f:
        text = f.read()
    was = "    for (size_t i = 0; (it = host->item(tape, i)); i++)\n"
    assert text.count(was) == 1, "plain.c has no longer what this changes"
    hangs = was + "        while (it->text.n == 4 && memcmp(it->text.p, \"hang\", 4) == 0 && hangs)\n            continue;\n"
    source = g.write("plain.c", text.replace(was, "    static volatile int hangs = 1;\n" + hangs + was))
    try:
        subprocess.run([os.environ.get("CC") or "cc", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{g.tools.source}/core/include", "-o",
                        os.path.join(folder, "plain.so"), source], check=True)
    except FileNotFoundError as e:
        raise Skip(f"no compiler: {e}") from e
    return folder


def test_a_worker_that_hangs(g):
    """From then on nothing is told; and before the manager has lost its patience, the crash says which plugin it was."""
    m = Manager(g)
    g.env.update(WATCHDOG)
    g.options = ["--plugins", hanging_plugin(g)]
    g.configure(channels="""
channels = ( {{ id = "hangs"; dialect = "plain"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; }} );
""", head='listen = "127.0.0.1:0";\nworkers = 2;\naccess_key = "{key}";\nstate_dir = "{state}";\n')
    g.start()
    wait(lambda: m.pings(g.pid), "it lives")

    def ask():
        try:
            g.message(text="hang")
        except Exception:  # it is cut
            pass
    threading.Thread(target=ask, daemon=True).start()
    wait(lambda: '"worker_hangs"' in g.log_text(), "the log says so")
    n = m.pings(g.pid)
    wait(lambda: g.ended(g.pid) is not None, "it ends itself")
    assert g.ended(g.pid) == -signal.SIGABRT, g.ended(g.pid)
    assert m.pings(g.pid) == n, m.heard
    assert "SIGABRT in plugin plain, hook encode" in g.stderr(), g.stderr()[-2000:]
    g.is_done = True
