# SPDX-License-Identifier: MIT
"""Who crashes the gateway three times in ten minutes stays out, and nobody else; until somebody or another file says otherwise."""
import os
import subprocess
import time

import tides
from gateway import LONG, wait
from tides import HELLO, build, lay, row, version

CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; }},
  {{ id = "sea"; dialect = "tide"; base_url = "{up}"; allow_private = true; families = [ "tide" ]; keys = [ "sk-CANARY-upstream-0002" ]; }}
);
"""
CRASH = b'{"say": "crash now"}'


def prepare(g):
    tides.prepare(g, "-DTIDE_FAULTS")


def crash(g):
    """A real fault, in a request; the process is gone, as an administrator's service manager sees it."""
    try:
        g.send("POST", "/v1/tide/m", CRASH, {"x-api-key": g.key})
    except OSError:
        pass
    except Exception as e:  # http.client's own
        assert "Remote end closed" in str(e) or "Incomplete" in str(e), e
    wait(lambda: g.process.poll() is not None, "the gateway is gone")
    assert g.process.returncode in (-11, -6, 1, 66), g.process.returncode


def absent(g):
    return g.get("/api/plugins").json["absent"]


def kept(g, name):
    with open(os.path.join(g.state_dir, name), encoding="utf-8") as f:
        return f.read()


def channel(g):
    return next(c for c in g.get("/api/channels").json["channels"] if c["id"] == "sea")


def is_out(g):
    a = absent(g)
    assert [(x["name"], x["state"]) for x in a] == [("tide", "quarantined")] and a[0]["adapters"] == ["tide"] and "three times" in a[0]["why"], a
    c = channel(g)
    assert c["has_adapter"] is False and "in quarantine" in c["adapter_why"], c
    warnings = {w["id"]: w["text"] for w in g.get("/api/status").json["warnings"]}
    assert "tide" in warnings["plugin_quarantined"] and "dialect_unknown" not in warnings, warnings
    assert row(g) is None and g.send("POST", "/v1/tide/m", HELLO, {"x-api-key": g.key}).status == 404
    assert g.message().status == 200  # the others serve


def test_three_crashes(g):
    for i in range(3):
        assert version(g) == "1.0" and channel(g)["has_adapter"] and absent(g) == []
        crash(g)
        assert kept(g, "breadcrumb").count(" tide decode SIGSEGV") == i + 1
        assert "SIGSEGV in plugin tide, hook decode" in g.stderr()
        g.start()
    is_out(g)
    assert any(x["event"] == "quarantine" and "three times" in x["why"] for x in g.log_lines())
    assert kept(g, "quarantine").startswith("held "), kept(g, "quarantine")
    g.reload()  # a file that is known to be out keeps nobody from reloading
    is_out(g)


def test_it_stays_out(g):
    """Also when the crashes were long ago."""
    os.unlink(os.path.join(g.state_dir, "breadcrumb"))
    g.restart()
    is_out(g)


def test_an_edit_goes_on(g):
    assert g.patch("/api/channels/sea", {"status": "disabled"}).status in (200, 409)
    assert g.post("/api/channels", {"id": "new", "dialect": "claude", "base_urls": [g.up.url], "allow_private": True, "keyless": True}).status == 201


def test_somebody_lets_it_in(g):
    a = g.post("/api/plugins/nobody/release")
    assert a.status == 404 and "not in quarantine" in a.text, a
    ctl = [os.path.join(os.path.dirname(g.tools.gateway), "claude-proxyctl"), "--socket", os.path.join(g.state_dir, "ctl.sock")]
    p = subprocess.run([*ctl, "show", "plugins"], env=g.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    assert p.returncode == 0 and b"quarantined" in p.stdout and b"three times" in p.stdout, p
    p = subprocess.run([*ctl, "plugin", "release", "tide"], env=g.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    assert p.returncode == 0, p
    assert version(g) == "1.0" and absent(g) == [] and channel(g)["has_adapter"]
    time.sleep(1.1)  # crashes are counted from the second after
    crash(g)  # once is not three times
    g.start()
    assert version(g) == "1.0"


def test_another_file_is_let_in(g):
    for _ in range(2):
        crash(g)
        g.start()
    is_out(g)
    lay(g, build(g, "1.1"))
    assert g.post("/api/config/reload").status == 200
    assert version(g) == "1.1" and absent(g) == []
    g.restart()
    assert version(g) == "1.1"
