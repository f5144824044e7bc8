# SPDX-License-Identifier: MIT
"""A program on the disk that is no gateway, or one that fails in the middle: whatever it says, and whenever it stops, the old process serves on."""
import os
import shutil
import signal
import sys

from gateway import Broken, wait
from lasting import begin_streams, finish

CONF = 'timeouts = {{ upgrade = "2s"; }};\n'
HERE = os.path.dirname(os.path.abspath(__file__))


def install(g, *words):
    own = os.path.join(g.place, "false_heir.py")
    shutil.copy(os.path.join(HERE, "false_heir.py"), own)
    g.install_script(f'exec {sys.executable} {own} {" ".join(words)}\n')


def refuse(g, *said):
    streams = begin_streams(g, 1, events=10)
    a = g.post("/api/upgrade")
    assert a.status == 422 and "serves on" in a.text and not [w for w in said if w not in a.text], a
    finish(streams)
    assert g.message().status == 200 and g.ended(g.pid) is None
    a = g.post("/api/channels", {"id": "made", "dialect": "claude", "base_url": "https://127.0.0.1:9", "keys": ["sk-CANARY-made-0001"], "allow_private": True})
    assert a.status == 201, a
    assert g.delete("/api/channels/made").status in (200, 204)


def test_it_never_stops_to_complain(g):
    g.install_script("exec yes 'and another thing' >&2\n")
    refuse(g, "and another thing")


def test_its_last_words_count(g):
    g.install_script('i=0; while [ $i -lt 3000 ]; do echo "line $i of what nobody reads, but long as it is ..............." >&2; i=$((i+1)); done\n'
                     "echo the reason at last >&2; exit 3\n")
    refuse(g, "exit code 3", "the reason at last")


def test_no_words(g):
    install(g, "zeros")
    refuse(g, "nonsense")


def test_words_without_end(g):
    install(g, "words")
    refuse(g)


def test_half_a_word(g):
    install(g, "cut=1000000000", "stay")
    refuse(g, "not ready in time")


def test_words_out_of_order(g):
    install(g, "serving", "standing", "stay")
    refuse(g, "not ready in time")


def test_it_hangs_up(g):
    install(g, "ready", "hear=all", "close", "stay")
    refuse(g)


def test_it_falls_at_each_step(g):
    for words in (["fall"], ["ready", "hear=all", "fall"], ["ready", "hear=all", "standing", "hear=go", "fall"]):
        install(g, *words)
        refuse(g, "signal 9")


def test_it_is_stopped_while_it_takes_over(g):
    """Who tells the old process to end means the service: the one that takes its place just now ends as well."""
    here, on, ended = (os.path.join(g.place, name) for name in ("here", "on", "ended"))
    install(g, "ready", "hear=all", "standing", "hear=go", f"make={here}", f"wait={on}", "serving", "stay")
    streams = begin_streams(g, 1, events=30)
    os.kill(g.pid, signal.SIGUSR2)
    wait(lambda: os.path.exists(here), "it takes over")
    os.kill(g.pid, signal.SIGTERM)
    with open(on, "w", encoding="ascii"):
        pass
    wait(lambda: os.path.exists(ended), "it is told to end, too")
    finish(streams)
    wait(lambda: g.ended(g.pid) is not None, "the old one ends")
    if g.ended(g.pid):
        raise Broken(f"it ended with {g.ended(g.pid)}")
    g.install(g.tools.gateway)
    g.start()
