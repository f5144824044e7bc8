"""network - a network namespace in which nothing but loopback exists, so that a client can reach nobody else.

The namespace has no name: it is gone with the last process in it, however that ended. Root makes it directly, anyone else in
a user namespace of their own where the kernel allows that, or else through sudo.
"""
import os
import shutil
import subprocess

MARK = "CLAUDE_PROXY_TEST_NETWORK"
WAYS = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"], ["sudo", "-n", "unshare", "--net"])


def is_inside():
    return os.environ.get(MARK) == "inside"


def way_in():
    """The command that starts another in a new namespace, or None."""
    for way in WAYS:
        if not shutil.which(way[0]):
            continue
        p = subprocess.run([*way, "ip", "link", "set", "lo", "up"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        if p.returncode == 0:
            return way
    return None


def enter(command):
    """Runs a command in a new namespace and returns its exit code; None if none can be made."""
    way = way_in()
    if not way:
        return None
    script = 'ip link set lo up && exec "$@"'
    return subprocess.run([*way, "env", f"{MARK}=inside", f"PATH={os.environ['PATH']}", "sh", "-c", script, "sh", *command]).returncode


def interfaces():
    with open("/proc/net/dev") as f:
        return sorted(line.split(":")[0].strip() for line in f.readlines()[2:])
