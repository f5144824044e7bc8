# SPDX-License-Identifier: MIT
"""A booted machine: the first hour, the port held by systemd, an upgrade while streams run, a plugin that comes, and the end."""
import os

from machine import Machine, next_version
from place import run

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "debian", "tests")
STREAMS = 50


def ready(place, machine):
    machine.copy(TESTS, "tests")
    machine.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "in_machine.py"))
    return machine.install(place.deb("claude-proxy"), place.deb("claude-proxy-panel"))


def inside(machine, *words):
    return machine.run("python3", "/root/in_machine.py", *words)


def traces(machine):
    """What speaks of us in there, but for the user and the group, which stay."""
    said = machine.run("find", "/etc", "/usr", "/var", "/run", "/lib", "-xdev", "-name", "*claude*", "-not", "-path", "/var/log/journal/*", "-not",
                       "-path", "/var/cache/apt/*", "-not", "-path", "/run/systemd/*", code=None)
    return [line for line in said.splitlines() if not line.startswith("find: ")]


def test_first_hour(place):
    with Machine(place) as m:
        said = ready(place, m)
        assert "access" not in said.lower() or "access-key" not in said, said
        print("   ", m.run("python3", "/root/tests/service").strip().splitlines()[-1])
        m.run("systemd-analyze", "verify", "--man=no", "claude-proxy.service", "claude-proxy.socket")
        assert "warning:" not in m.run("claude-proxy", "-t"), "root's own check finds fault with the files as they were laid"
        print("   ", m.run("systemd-analyze", "security", "claude-proxy.service", "--no-pager").strip().splitlines()[-1].strip())
        m.run("apt-get", "purge", "-y", "claude-proxy", "claude-proxy-panel")
        assert not traces(m), traces(m)
        assert "claude-proxy" not in m.run("systemctl", "list-units", "--all", "--no-pager")


def test_upgrade_under_streams(place):
    """Every stream that runs while the package is upgraded ends as it should, and nobody is refused meanwhile."""
    version = run("dpkg-deb", "-f", place.deb("claude-proxy"), "Version").strip()
    new = next_version(place, place.deb("claude-proxy"), version + "+next")
    with Machine(place) as m:
        ready(place, m)
        m.copy(new)
        said = inside(m, "upgrade", "/root/" + os.path.basename(new), str(STREAMS))
        print("   ", said.strip().splitlines()[-1])


def test_socket_unit(place):
    """systemd holds the port: a request that comes while the gateway is dead waits for the next one."""
    with Machine(place) as m:
        ready(place, m)
        inside(m, "socket")


def test_plugin_comes_and_goes(place):
    """Nothing but a file in the plugins' folder: dpkg's trigger has the gateway take it up."""
    with Machine(place, packages=["gcc", "libc6-dev", "make", "pkgconf", "binutils"]) as m:
        ready(place, m)
        m.install(place.deb("claude-proxy-dev"))
        inside(m, "plugin")
