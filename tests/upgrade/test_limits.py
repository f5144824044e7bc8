# SPDX-License-Identifier: MIT
"""A stream that takes too long: the process before ends it in its family's own words, and then itself."""
import http.client
import json

from gateway import LONG

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
