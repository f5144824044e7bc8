# SPDX-License-Identifier: MIT
"""Upgrades that fail: the old process serves on as if nothing had been, and who asked is told why."""
import os
import shutil
import signal
import socket

from gateway import Broken, read_text, wait, write_file
from lasting import Knocking, begin_streams, finish

CONF = """
client_keys = (
  {{ key = "file-CANARY-paying-01234567"; id = "paying"; budget = {{ tokens = 100000000; period = "ever"; }}; }}
);
timeouts = {{ upgrade = "10s"; }};
"""
PAYING = "file-CANARY-paying-01234567"


def prepare(g):
    """Plugins of its own, to be broken."""
    mine = os.path.join(g.place, "plugins")
    os.makedirs(mine)
    for name in sorted(os.listdir(g.tools.plugins)):
        if name in ("claude.so", "openai.so", "sqlite.so"):
            shutil.copy(os.path.join(g.tools.plugins, name), mine)
    g.options += ["--plugins", mine]
    g.plugins = mine


def refuse(g, status, *words):
    """An upgrade that must fail, under load, and leave all as it was."""
    before = g.clients()["paying"]["usage"]["spent"]["tokens"]
    streams = begin_streams(g, 2, key=PAYING, events=20)
    knocking = Knocking(g, True)
    a = g.post("/api/upgrade")
    assert a.status == status and not [w for w in words if w not in a.text], a
    finish(streams)
    assert knocking.finish() and g.ended(g.pid) is None
    wait(lambda: g.clients()["paying"]["usage"]["spent"]["tokens"] == before + 60, "the streams are paid, once")
    a = g.post("/api/channels", {"id": "made", "dialect": "claude", "base_url": "https://127.0.0.1:9", "keys": ["sk-CANARY-made-0001"], "allow_private": True})
    assert a.status == 201, a  # it is changed as ever
    assert g.delete("/api/channels/made").status in (200, 204)


def test_a_program_that_ends(g):
    g.install_script("echo no such library: libnew.so.7 >&2\nexit 3\n")
    refuse(g, 422, "exit code 3", "libnew.so.7", "serves on")


def test_a_program_that_is_none(g):
    write_file(g.program + ".new", "\x7fELF but not really", 0o755)
    os.rename(g.program + ".new", g.program)
    refuse(g, 422, "exit code 127", "cannot be run")


def test_a_program_that_crashes(g):
    g.install_script("kill -SEGV $$\n")
    refuse(g, 422, "signal 11")


def test_a_program_that_hangs(g):
    g.install_script("exec sleep 1000\n")
    refuse(g, 422, "not ready in time")


def test_two_at_once(g):
    g.install_script("exec sleep 1000\n")
    at = len(g.log_text())
    os.kill(g.pid, signal.SIGUSR2)
    wait(lambda: '"event":"upgrade_asked"' in g.log_text()[at:], "it begins")
    a = g.post("/api/upgrade")
    assert a.status == 409 and "under way" in a.text, a
    wait(lambda: '"event":"upgrade_failed"' in g.log_text()[at:], "it fails")
    g.install(g.tools.gateway)


def test_a_configuration_that_is_bad(g):
    with open(g.conf_file, encoding="utf-8") as f:
        good = f.read()
    write_file(g.conf_file, good + "\nnonsense = true;\n")
    refuse(g, 422, "exit code 78", "nonsense")
    write_file(g.conf_file, good)


def test_a_plugin_that_is_bad(g):
    """Not only one that others do without: what served before must serve again."""
    path = os.path.join(g.plugins, "openai.so")
    os.rename(path, path + ".away")
    write_file(path, "no plugin")
    refuse(g, 422, "exit code 78", "chat")
    os.rename(path + ".away", path)


def test_a_port_that_is_taken(g):
    taken = socket.socket()
    taken.bind(("127.0.0.2", 0))
    taken.listen()
    with open(g.conf_file, encoding="utf-8") as f:
        good = f.read()
    write_file(g.conf_file, good.replace('listen = "127.0.0.1:0"', f'listen = [ "127.0.0.1:0", "127.0.0.2:{taken.getsockname()[1]}" ]'))
    with taken:
        refuse(g, 422, "exit code 71", str(taken.getsockname()[1]))
    write_file(g.conf_file, good)


def test_a_group_that_is_none(g):
    """It fails when it has the local socket already, which stays the old one's."""
    door = os.path.join(g.state_dir, "ctl.sock")
    with open(g.conf_file, encoding="utf-8") as f:
        good = f.read()
    write_file(g.conf_file, good + '\ncontrol = { group = "no-such-group"; };\n')
    refuse(g, 422, "exit code 78", "no-such-group")
    write_file(g.conf_file, good)
    assert g.get("/api/status", key=None, unix=door).status == 200


def test_a_stop_meanwhile(g):
    """It ends, and what it had begun with it."""
    g.install_script(f"echo $$ > {g.place}/child\nexec sleep 1000\n")
    os.kill(g.pid, signal.SIGUSR2)
    wait(lambda: os.path.exists(f"{g.place}/child"), "the new process is there")
    if g.stop():
        raise Broken("it did not end well")
    with open(f"{g.place}/child", encoding="ascii") as f:
        child = int(f.read())
    wait(lambda: not os.path.exists(f"/proc/{child}"), "the new process is gone")
    g.install(g.tools.gateway)
    g.start()


def test_the_old_one_is_killed(g):
    """The new one, which has nothing yet, goes with it, and the next start finds all as it was."""
    here, on = os.path.join(g.place, "here"), os.path.join(g.place, "on")
    g.install_script(f'echo $$ > {here}; while [ ! -e {on} ]; do sleep 0.05; done; exec {g.tools.gateway} "$@"\n'
                     .replace("exec", "LISTEN_PID=$$ exec"))
    os.kill(g.pid, signal.SIGUSR2)
    child = int(wait(lambda: os.path.exists(here) and read_text(here).strip(), "the new one is there"))
    g.kill9()
    g.write("on", "")
    wait(lambda: g.ended(child) is not None, "the new one ends")
    assert g.ended(child), "it serves"
    os.unlink(on)
    os.unlink(here)
    g.pid = 0
    g.install(g.tools.gateway)
    g.start()
    assert g.get("/api/status", key=None, unix=os.path.join(g.state_dir, "ctl.sock")).status == 200


def test_and_then_it_works(g):
    before = g.clients()["paying"]["usage"]["spent"]["tokens"]
    streams = begin_streams(g, 4, key=PAYING)
    old = g.pid
    g.upgrade()
    finish(streams)
    g.await_end(old)
    wait(lambda: g.clients()["paying"]["usage"]["spent"]["tokens"] == before + 120, "the streams are paid, once")


def test_the_new_one_is_killed(g):
    """What the old one still streams goes on and is paid; who comes meanwhile is refused, and does not wait for nobody."""
    before = g.clients()["paying"]["usage"]["spent"]["tokens"]
    streams = begin_streams(g, 4, key=PAYING, events=120)
    old, at = g.pid, len(g.log_text())
    g.upgrade()
    os.kill(g.pid, signal.SIGKILL)
    wait(lambda: '"event":"upgrade_lost"' in g.log_text()[at:], "the old one sees it")
    assert g.ended(old) is None
    for connect in (lambda: socket.create_connection(("127.0.0.1", g.port), timeout=5),
                    lambda: socket.socket(socket.AF_UNIX).connect(os.path.join(g.state_dir, "ctl.sock"))):
        try:
            connect()
        except (ConnectionRefusedError, FileNotFoundError):
            continue
        raise Broken("somebody waits for nobody")
    finish(streams)
    g.await_end(old)
    g.pid = 0
    g.start()
    assert g.message().status == 200
    assert g.clients()["paying"]["usage"]["spent"]["tokens"] == before + 120
