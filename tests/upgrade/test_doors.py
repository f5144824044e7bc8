# SPDX-License-Identifier: MIT
"""Listeners and the local socket over an upgrade: what stays is the same socket, what is new is opened, what is gone is refused."""
import http.client
import os
import socket
import ssl
import subprocess

from gateway import LONG, Broken, wait, write_file
from lasting import begin_streams, finish

CONF = 'listen = ( "127.0.0.1:0" );\n'


def rewrite(g, listen):
    with open(g.conf_file, encoding="utf-8") as f:
        lines = f.read().split("\n")
    write_file(g.conf_file, "\n".join([line for line in lines if not line.startswith("listen = ")] + [f"listen = {listen};"]) + "\n")


def pass_on(g):
    old = g.pid
    g.upgrade()
    return old


def ports(g):
    return [int(x["url"].rsplit(":", 1)[1]) for x in g.get("/api/status").json["listeners"]]


def test_one_more_and_one_less(g):
    before = ports(g)
    assert len(before) == 1
    rewrite(g, '( "127.0.0.1:0", "127.0.0.2:0" )')
    g.await_end(pass_on(g))
    both = ports(g)
    assert both[0] == before[0] and len(both) == 2, (before, both)
    socket.create_connection(("127.0.0.2", both[1]), timeout=LONG).close()
    streams = begin_streams(g, 2, events=200)
    rewrite(g, '( "127.0.0.1:0" )')
    old = pass_on(g)

    def is_refused():
        try:
            socket.create_connection(("127.0.0.2", both[1]), timeout=LONG).close()
        except ConnectionRefusedError:
            return True
        return False
    wait(is_refused, "the one that is gone refuses")
    assert ports(g) == before, (ports(g), before)
    finish(streams)
    g.await_end(old)


def test_the_local_socket(g):
    """It stays where it is, claude-proxyctl asks by it, and at the end it is gone."""
    door = os.path.join(g.state_dir, "ctl.sock")
    before = os.stat(door).st_ino
    old = g.pid
    p = subprocess.run([os.path.join(g.tools.build, "claude-proxyctl"), "--socket", door, "upgrade"], env=g.environment(), cwd=g.place,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONG, check=False)
    said = p.stdout.decode()
    assert p.returncode == 0 and f"; {old} finishes" in said, p
    g.left.add(old)
    g.pid = int(said.split("process ")[1].split()[0])
    g.await_end(old)
    assert os.stat(door).st_ino == before
    assert g.get("/api/status", key=None, unix=door).status == 200
    g.install_script("echo broken >&2; exit 3\n")
    p = subprocess.run([os.path.join(g.tools.build, "claude-proxyctl"), "--socket", door, "upgrade"], env=g.environment(), cwd=g.place,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONG, check=False)
    assert p.returncode == 1 and b"exit code 3" in p.stderr and b"broken" in p.stderr, p
    g.install(g.tools.gateway)
    code = g.stop()
    assert code == 0 and not os.path.exists(door), (code, os.listdir(g.state_dir), g.codes)
    g.start()


def control(g, path):
    with open(g.conf_file, encoding="utf-8") as f:
        lines = [line for line in f.read().split("\n") if not line.startswith("control = ")]
    write_file(g.conf_file, "\n".join(lines + ([f'control = {{ socket = "{path}"; }};'] if path else [])) + "\n")


def test_the_local_socket_moves(g):
    """Who asks at the old place is refused at once, though streams go on; and without a word of it, it is at the usual place again."""
    usual, other = os.path.join(g.state_dir, "ctl.sock"), os.path.join(g.place, "other.sock")
    for path, here, gone in ((other, other, usual), (None, usual, other)):
        streams = begin_streams(g, 1, events=30)
        control(g, path)
        old = pass_on(g)
        assert g.get("/api/status", key=None, unix=here).json["pid"] == g.pid
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(gone)
                raise Broken("somebody waits for nobody")
            except (ConnectionRefusedError, FileNotFoundError):
                pass
        finish(streams)
        g.await_end(old)
        assert os.path.exists(here) and not os.path.exists(gone)


def test_a_certificate(g):
    """A stream inside TLS goes on in the process that began it; who comes later meets the certificate that lies there now."""
    def made(name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "9",
                        "-keyout", f"{g.place}/key.pem", "-out", f"{g.place}/cert.pem"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(f"{g.place}/key.pem", 0o600)
        with open(f"{g.place}/cert.pem", encoding="ascii") as f:
            return ssl.PEM_cert_to_DER_cert(f.read())

    def shown(c):
        c.connect()
        return c.sock.getpeercert(True)
    first = made("first")
    rewrite(g, f'( "127.0.0.1:0", {{ address = "127.0.0.2"; port = 0; tls_cert = "{g.place}/cert.pem"; tls_key = "{g.place}/key.pem"; }} )')
    g.await_end(pass_on(g))
    port, loose = ports(g)[1], ssl._create_unverified_context()
    kept = http.client.HTTPSConnection("127.0.0.2", port, timeout=LONG, context=loose)
    assert shown(kept) == first
    kept.request("POST", "/v1/messages", headers={"x-api-key": g.key, "content-type": "application/json"},
                 body='{"model":"m","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"[[sim: events=40 pace=50]]"}]}')
    answer = kept.getresponse()
    second = made("second")
    old = pass_on(g)
    assert answer.status == 200 and b"event: message_stop" in answer.read()
    kept.close()
    late = http.client.HTTPSConnection("127.0.0.2", port, timeout=LONG, context=loose)
    assert shown(late) == second and port == ports(g)[1]
    late.close()
    g.await_end(old)


def test_the_same_address_by_another_name(g):
    port = ports(g)[0]
    rewrite(g, f'"localhost:{port}"')
    g.await_end(pass_on(g))
    assert ports(g) == [port]
