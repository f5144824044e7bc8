# SPDX-License-Identifier: MIT
"""A stream that takes too long is ended by the process before, in its family's own words; and nothing is left open, however often it is replaced."""
import collections
import http.client
import json
import os

from gateway import LONG, wait

CONF = 'timeouts = {{ upgrade_drain = "1s"; }};\n'


def test_the_end_of_patience(g):
    c = http.client.HTTPConnection(g.host, g.port, timeout=LONG)
    c.request("POST", "/v1/messages", headers={"x-api-key": g.key, "content-type": "application/json"}, body=json.dumps(
        {"model": "m", "max_tokens": 50, "stream": True, "messages": [{"role": "user", "content": "[[sim: events=100000 pace=50]]"}]}))
    r = c.getresponse()
    assert r.status == 200 and r.readline()
    old = g.pid
    g.upgrade()
    text = r.read()
    assert b"event: error" in text and b"message_stop" not in text, text[-500:]
    c.close()
    g.await_end(old)
    assert g.message().status == 200


def test_no_descriptor_is_left(g):
    """However often it is replaced, and however often that fails."""
    def opened():
        try:
            return collections.Counter(os.readlink(x.path).split(":")[0] for x in os.scandir(f"/proc/{g.pid}/fd"))
        except FileNotFoundError:
            return None  # one is being closed: looked at again

    def nothing_more():
        now = opened()
        return now is not None and not now - before

    def pass_on():
        old = g.pid
        g.upgrade()
        g.await_end(old)
    pass_on()
    g.install_script("exit 3\n")
    g.settled()
    before = wait(opened, "it can be looked at")
    for _ in range(3):
        assert g.post("/api/upgrade").status == 422
    wait(nothing_more, "what a failed upgrade opened is closed")
    g.install(g.tools.gateway)
    pass_on()
    pass_on()
    wait(nothing_more, "what an upgrade opened is closed")
