# SPDX-License-Identifier: MIT
"""A booted machine: the first hour, the port held by systemd, an upgrade while streams run, a plugin that comes, and the end."""
import os
import sys

from machine import Machine
from place import AUTHOR

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..", "debian", "tests")
STREAMS = os.environ.get("TEST_STREAMS") or "100"
SECONDS = os.environ.get("TEST_SECONDS") or "60"  # as long as a stream must last to see all of the upgrade


def ready(place, machine):
    machine.copy(TESTS, "tests")
    machine.copy(f"{HERE}/in_machine.py")
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


def streams(place, machine, story, seconds):
    return machine.beside(sys.executable, f"{HERE}/streams.py", story, str(machine.leader), f"{place.top}/build", STREAMS, seconds).splitlines()[-1]


def test_upgrade_under_streams(place):
    """Every stream that runs while apt upgrades the package ends as it should, nobody is refused meanwhile, and all is paid once."""
    both = "claude-proxy", "claude-proxy-panel"
    later = [place.next_deb(name) for name in both]
    with Machine(place) as m:
        m.offer(*[place.deb(name) for name in both])
        m.run("apt-get", "install", "-y", "claude-proxy")
        assert "claude-proxy-panel" in m.run("dpkg-query", "-W", "-f", "${Package} "), "apt does not bring the panel along"
        m.offer(*later)
        print("   ", streams(place, m, "upgrade", SECONDS))


def test_socket_unit(place):
    """systemd holds the port: a request that comes while the gateway is dead waits for the next one."""
    with Machine(place) as m:
        ready(place, m)
        inside(m, "socket")
        print("   ", streams(place, m, "kill", "3"))


def test_watchdog(place):
    with Machine(place) as m:
        ready(place, m)
        inside(m, "watchdog")


def test_plugin_comes_and_goes(place):
    """Nothing but a file in the plugins' folder: dpkg's trigger has the gateway take it up."""
    with Machine(place, packages=AUTHOR) as m:
        ready(place, m)
        m.install(place.deb("claude-proxy-dev"))
        inside(m, "plugin")
