# SPDX-License-Identifier: MIT
"""Sockets that somebody else holds, as systemd does for a socket unit: they outlive the process, however it ends."""
import os
import signal
import socket
import subprocess
import threading
import time

from gateway import LONG, Broken, read_text, wait
from lasting import Knocking, begin_streams, finish

START = False
FRESH = True
CONF = 'timeouts = {{ drain = "60s"; }};\n'


class Unit:
    """What systemd is to us: sockets, and a process that is started anew when it has ended."""

    def __init__(self, g):
        self.g = g
        self.tcp = socket.socket()
        self.tcp.bind(("127.0.0.1", 0))
        self.tcp.listen(128)
        g.port = self.tcp.getsockname()[1]
        self.unix = socket.socket(socket.AF_UNIX)
        self.door = os.path.join(g.place, "unit.sock")
        if os.path.exists(self.door):
            os.unlink(self.door)
        self.unix.bind(self.door)
        self.unix.listen(16)
        g.options = ["-o", f"listen=127.0.0.1:{g.port}"]
        self.over = False

    def start(self, fds=None, pid="$$", names="claude-proxy.socket:claude-proxy.socket"):
        fds = [self.tcp, self.unix] if fds is None else fds
        duplicates = [os.dup(s.fileno()) for s in fds]

        def lay():
            for i, fd in enumerate([os.dup(d) for d in duplicates]):
                os.dup2(fd, 3 + i, inheritable=True)
        g = self.g
        if os.path.exists(g.port_file):
            os.unlink(g.port_file)
        if not os.path.exists(os.path.join(g.place, "none.env")):
            g.write("none.env", "")
        line = f'LISTEN_PID={pid} exec "$@"'
        command = g.command("--port-file", g.port_file, "-o", "log.form=json", "-o", f"log.file={g.log_file}", *g.options)
        with open(g.err_file, "ab") as err:
            g.process = subprocess.Popen(["/bin/sh", "-c", line, "sh", *command], stdin=subprocess.DEVNULL, stdout=err, stderr=err, cwd=g.place,
                                         env=dict(g.environment(), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=names), preexec_fn=lay, close_fds=False)
        for d in duplicates:
            os.close(d)
        g.pid = g.process.pid

    def await_start(self):
        self.g.await_port()

    def close(self):
        self.g.is_done = True  # it was ended on purpose
        self.tcp.close()
        self.unix.close()


def begin(g, **how):
    unit = Unit(g)
    unit.start(**how)
    unit.await_start()
    return unit


def test_both_are_taken(g):
    unit = begin(g)
    assert g.message().status == 200
    assert g.get("/api/status", key=None, unix=unit.door).status == 200
    if g.stop():
        raise Broken("it did not end well")
    assert os.path.exists(unit.door)  # it is not ours to remove
    with socket.create_connection(("127.0.0.1", g.port)):  # and nobody is refused
        unit.start()
        unit.await_start()
        assert g.message().status == 200
    g.stop()
    unit.close()


def test_those_of_another_process_are_none(g):
    unit = Unit(g)
    unit.tcp.close()  # else the port would be taken
    unit.start(fds=[unit.unix], pid="1")
    unit.await_start()
    assert g.message().status == 200
    assert not os.path.samefile(os.path.join(g.state_dir, "ctl.sock"), unit.door)
    g.stop()
    unit.close()


def test_one_that_nobody_configured(g):
    unit = Unit(g)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        unit.start(fds=[unit.tcp, other], names="a:b")
        assert g.process.wait(LONG) == 78
        assert str(other.getsockname()[1]) in g.stderr(), g.stderr()[-500:]
    g.pid = 0
    unit.close()


def test_an_upgrade_under_a_socket_unit(g):
    unit = begin(g)
    streams = begin_streams(g, 4)
    knocking = Knocking(g, False)
    old = g.pid
    g.upgrade()
    finish(streams)
    g.await_end(old)
    assert knocking.finish()
    assert g.get("/api/status", key=None, unix=unit.door).status == 200
    g.stop()
    assert os.path.exists(unit.door)
    with socket.create_connection(("127.0.0.1", g.port)):
        pass
    unit.close()


def test_an_upgrade_that_forgets_a_socket(g):
    """As a restart would: who made the socket meant it to be served."""
    unit = begin(g)
    g.install_script('for a do shift; case "$a" in listen=*) a=listen=127.0.0.1:0;; esac; set -- "$@" "$a"; done\n'
                     f'LISTEN_PID=$$ exec {g.tools.gateway} "$@"\n')
    a = g.post("/api/upgrade")
    assert a.status == 422 and str(g.port) in a.text, a
    assert g.message().status == 200
    g.install(g.tools.gateway)
    g.stop()
    unit.close()


def test_killed(g):
    """Again and again: who connects waits for the next process, and nobody is refused."""
    unit = begin(g)
    refused, answered, over = [], [], threading.Event()

    def connect():
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", g.port), timeout=LONG) as c:
                    c.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    answered.append(c.recv(100).startswith(b"HTTP/1.1 200"))
            except ConnectionRefusedError as e:
                refused.append(e)
            except OSError:
                answered.append(False)  # it was with the one that was killed
            time.sleep(0.01)
    t = threading.Thread(target=connect)
    t.start()
    for _ in range(3):
        n = len(answered)
        wait(lambda: len(answered) > n + 3 and answered[-1], "it answers")
        os.kill(g.pid, signal.SIGKILL)
        g.process.wait(LONG)
        unit.start()
        unit.await_start()
    n = len(answered)
    wait(lambda: len(answered) > n + 3 and answered[-1], "it answers")
    over.set()
    t.join()
    assert not refused, refused
    assert answered.count(False) <= 3, answered  # at most the one that was under way
    g.stop()
    unit.close()
    assert "listening" in read_text(g.log_file)
