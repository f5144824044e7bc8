# SPDX-License-Identifier: MIT
"""The demonstration of ./bootstrap run stays, and ends whole, when its gateway has been replaced."""
import os
import re
import signal
import subprocess

from gateway import Skip, read_text, wait

START = False
FRESH = True
TAGS = ()


def is_alive(pid):
    """One that waits to be buried is not."""
    return ") Z " not in (read_text(f"/proc/{pid}/stat") or ") Z ")


def test_the_demo_outlives_its_first_gateway(g):
    if not os.path.isdir(f"{g.tools.build}/.libs"):
        raise Skip("this build does not lay its plugins where the demonstration looks for them")
    said = f"{g.place}/demo.out"
    env = dict(os.environ, PORT="0", TMPDIR=g.place, DEMO_TRAFFIC="no")
    env.pop("PROXY_ACCESS_KEY", None)
    with open(said, "wb") as out:
        demo = subprocess.Popen(["sh", f"{g.tools.source}/tests/demo.sh", g.tools.source, g.tools.build], stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, env=env, start_new_session=True)
    try:
        door = wait(lambda: re.search(r"CLAUDE_PROXY_SOCKET=(\S+)", read_text(said)), "the demonstration says what to do")[1]
        lock = os.path.join(os.path.dirname(door), "lock")
        first = int(read_text(lock))
        told = subprocess.run([f"{g.tools.build}/claude-proxyctl", "--socket", door, "upgrade"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=180)
        assert told.returncode == 0, told.stdout
        heir = int(read_text(lock))
        assert heir != first
        wait(lambda: not is_alive(first), "the first one has ended")
        assert demo.poll() is None and is_alive(heir), read_text(said)
        demo.send_signal(signal.SIGTERM)
        demo.wait(180)
        wait(lambda: not is_alive(heir), "its successor has ended")
        assert not os.path.exists(os.path.dirname(lock)), "its folder is gone"
    finally:
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGKILL)
