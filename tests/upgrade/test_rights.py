# SPDX-License-Identifier: MIT
"""A gateway that was started as root and has become somebody else: the next process has what only root could open."""
import os
import pwd
import shutil
import socket
import subprocess

import gateway
from gateway import wait
from lasting import begin_streams, finish

START = False
FRESH = True
USER = "nobody"
ADDRESS = "127.0.0.9"  # nobody else's


def a_low_port():
    """One that only root may open, as the system gives none of these by itself."""
    for port in range(1023, 600, -1):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((ADDRESS, port))
                return port
            except OSError:
                continue
    raise gateway.Skip("no low port is free")


def as_user(*command):
    p = pwd.getpwnam(USER)
    return subprocess.run(command, user=p.pw_uid, group=p.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_a_low_port(g):
    if os.geteuid():
        raise gateway.Skip("only root has rights to give up")
    port = a_low_port()
    g.configure(f'user = "{USER}";\nlisten = "{ADDRESS}:{port}";\n')
    g.write("none.env", "")
    shutil.copy(g.tools.gateway, g.program + ".new")  # it is a link to the build's, whose owner is to stay
    os.rename(g.program + ".new", g.program)
    for path in (g.place, g.conf_file, g.program, g.state_dir, os.path.join(g.place, "none.env")):
        shutil.chown(path, USER)
    if not as_user("/usr/bin/test", "-r", os.path.join(g.tools.plugins, "claude.so")) or not as_user(g.program, "-V"):
        raise gateway.Skip(f"{USER} may not read the build")
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as f:
        if int(f.read()) <= port:
            raise gateway.Skip("this system lets anybody open low ports")
    g.start()
    g.port, g.host = port, ADDRESS
    streams = begin_streams(g, 2)
    old = g.pid
    a = g.post("/api/upgrade", key=None, unix=os.path.join(g.state_dir, "ctl.sock"))
    assert a.status == 200, (a, g.stderr()[-2000:])
    g.left.add(old)
    g.pid = a.json["pid"]
    finish(streams)
    g.await_end(old)
    with open(f"/proc/{g.pid}/status", encoding="ascii") as f:
        uid = next(line.split()[1] for line in f if line.startswith("Uid:"))
    assert int(uid) == pwd.getpwnam(USER).pw_uid, uid
    socket.create_connection((ADDRESS, port), timeout=60).close()
    assert g.stop() == 0
    wait(lambda: not os.path.exists(os.path.join(g.state_dir, "ctl.sock")), "its local socket is gone")
    g.is_done = True
