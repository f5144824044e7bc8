# SPDX-License-Identifier: MIT
"""Paths that are no files: what is there stays what it is.  A pipe stands for a device, which only root could make."""
import os
import stat

from gateway import wait

START = False
FRESH = True


def pipe(g, name):
    path = os.path.join(g.place, name)
    os.mkfifo(path, 0o640)
    return path


def is_pipe(path):
    st = os.lstat(path)
    return stat.S_ISFIFO(st.st_mode) and stat.S_IMODE(st.st_mode) == 0o640


def test_a_port_file_that_is_a_pipe(g):
    g.port_file_pipe = pipe(g, "port.pipe")
    reader = os.open(g.port_file_pipe, os.O_RDONLY | os.O_NONBLOCK)
    g.options += ["--port-file", g.port_file_pipe]
    g.await_port = lambda: None
    g.start()
    told = []

    def is_told():
        try:
            told.append(os.read(reader, 64))
        except BlockingIOError:
            pass
        return b"".join(told).endswith(b"\n") or not g.is_alive()
    wait(is_told, "the port is told")
    g.port = int(b"".join(told))
    os.close(reader)
    assert g.get("/api/status").status == 200
    assert is_pipe(g.port_file_pipe)
    g.is_done = True
    assert g.stop() == 0 and is_pipe(g.port_file_pipe)


def test_pipes_in_the_state_folder(g):
    """Whatever is damaged is set aside, and whatever is saved replaces what was there: but files only."""
    pipes = [pipe(g, os.path.join("state", name)) for name in ("health.conf", "spend.conf", "history.db")]
    g.start()
    for _ in range(3):
        assert g.message().status == 200
    assert g.get("/api/status").status == 200
    g.is_done = True
    assert g.stop() == 0
    assert all(is_pipe(p) for p in pipes), [p for p in pipes if not is_pipe(p)]


def test_a_managed_conf_that_is_a_folder_or_a_pipe(g):
    path = os.path.join(g.state_dir, "managed.conf")
    os.mkdir(path)
    g.start()
    a = g.patch("/api/settings", {"limits.attempts": 3})
    assert a.status >= 400 and "error" in a.json, a
    assert os.path.isdir(path)
    g.is_done = True
    g.stop()
