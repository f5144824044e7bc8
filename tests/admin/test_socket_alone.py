# SPDX-License-Identifier: MIT
"""web_ui = false: neither panel nor API for the network, whatever key is sent; whoever is on the machine still administers."""
import os
import subprocess

CONF = 'control = {{ socket = "{place}/ctl.sock"; }};\nweb_ui = false;\n'
FRESH = True


def test_the_network_finds_nothing(g):
    for path in ("/api/status", "/api/session", "/api/openapi.json", "/"):
        a = g.get(path)
        assert a.status == 404, (path, a)
    assert g.post("/api/session", {"key": g.key}).status == 404
    assert g.message().status == 200


def test_the_socket_stays(g):
    path = os.path.join(g.place, "ctl.sock")
    assert g.get("/api/status", key=None, unix=path).status == 200
    assert g.patch("/api/settings", {"limits.attempts": 7}, key=None, unix=path).status == 200
    ctl = os.path.join(os.path.dirname(g.tools.gateway), "claude-proxyctl")
    done = subprocess.run([ctl, "--socket", path, "status", "--json"], capture_output=True, text=True, env={**g.environment(), "CLAUDE_PROXY_KEY": ""})
    assert done.returncode == 0 and '"channels"' in done.stdout, done
