# SPDX-License-Identifier: MIT
"""The local door: a unix socket on which the kernel says who asks."""
import os
import pwd
import socket
import stat
import subprocess
import sys

from gateway import LONG, Broken, Gateway, Skip, drop_place

TAGS = ["thread"]

CONF = 'control = {{ socket = "{place}/ctl.sock"; }};\nadmin_key = "admin-CANARY-0123456789abcdef";\n'
FRESH = True


def path_of(g):
    return os.path.join(g.place, "ctl.sock")


def test_no_key_is_needed(g):
    path = path_of(g)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    a = g.get("/api/session", key=None, unix=path)
    assert a.status == 200 and a.json["by"] == "socket" and a.json["who"] == f"uid {os.geteuid()}", a
    assert g.post("/api/scheduler/reset", {}, key=None, unix=path, headers={"content-type": None, "origin": "http://x"}).status == 200
    assert g.get("/healthz", key=None, unix=path).status == 200
    assert g.get("/api/scheduler", key="wrong-key-wrong-key", unix=path).status == 200


def test_models_are_not_served_there(g):
    for method, path in (("POST", "/v1/messages"), ("GET", "/v1/models"), ("GET", "/"), ("GET", "/nope")):
        a = g.api(method, path, "{}" if method == "POST" else None, unix=path_of(g))
        assert a.status == 404 and "error" in a.json, a


def test_bad_requests_there(g):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(LONG)
    s.connect(path_of(g))
    s.sendall(b"GET /api/session HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert b" 400 " in s.recv(1000).split(b"\r\n")[0]
    s.close()
    assert g.get("/healthz", key=None, unix=path_of(g)).status == 200


def test_the_file_goes_with_the_gateway(g):
    g.stop()
    assert not os.path.exists(path_of(g))
    g.is_done = True


def test_what_a_killed_one_left_is_swept(g):
    g.kill9()
    assert os.path.exists(path_of(g))
    g.start()
    assert g.get("/healthz", key=None, unix=path_of(g)).status == 200


def test_two_gateways(g):
    other = Gateway(g.tools, "second")
    try:
        other.up.start()
        other.configure(f'control = {{{{ socket = "{path_of(g)}"; }}}};')
        try:
            other.start()
            raise AssertionError("it started")
        except Broken as e:
            assert "another gateway answers" in str(e), e
    finally:
        other.up.close()
        drop_place(other.place)
    assert g.get("/healthz", key=None, unix=path_of(g)).status == 200


def test_a_file_that_is_no_socket_stays(g):
    g.stop()
    g.write("ctl.sock", "precious")
    try:
        g.start()
        raise AssertionError("it started")
    except Broken as e:
        assert "no socket" in str(e), e
    with open(path_of(g), encoding="ascii") as f:
        assert f.read() == "precious"
    os.unlink(path_of(g))
    g.start()


def ask_as(uid, gids, path):
    code = ("import os,sys,socket\n"
            f"os.setgroups({gids}); os.setgid({gids[0] if gids else 65534}); os.setuid({uid})\n"
            "s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            "s.sendall(b'GET /api/session HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')\n"
            "t=b''\n"
            "while True:\n    d=s.recv(9999)\n    if not d: break\n    t+=d\n"
            "print(t.decode())")
    return subprocess.run([sys.executable, "-c", code, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


def test_other_users(g):
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    nobody = pwd.getpwnam("nobody")
    os.chmod(g.place, 0o711)
    assert "PermissionError" in ask_as(nobody.pw_uid, [nobody.pw_gid], path_of(g))
    os.chmod(path_of(g), 0o666)  # past the file's mode, the kernel's word still counts
    assert " 403 " in ask_as(nobody.pw_uid, [nobody.pw_gid], path_of(g))


def test_members_of_the_group(g):
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    nobody = pwd.getpwnam("nobody")
    g.stop()
    g.configure(CONF.replace('ctl.sock";', 'ctl.sock"; group = "games";'))
    g.start()
    os.chmod(g.place, 0o711)
    assert stat.S_IMODE(os.stat(path_of(g)).st_mode) == 0o660
    import grp
    games = grp.getgrnam("games").gr_gid
    said = ask_as(nobody.pw_uid, [nobody.pw_gid, games], path_of(g))
    assert " 200 " in said and f"uid {nobody.pw_uid}" in said, said
    said = ask_as(nobody.pw_uid, [games], path_of(g))
    assert " 200 " in said, said
