# SPDX-License-Identifier: MIT
"""The frame of the API: what every door has in common."""
import http.client

TAGS = ["thread"]


def test_errors_have_one_shape(g):
    a = g.get("/api/nope")
    assert a.status == 404 and "no such door" in a.json["error"], a
    assert g.get("/api").status == 404
    a = g.post("/api/scheduler/promote", {"chanel": "x"})
    assert a.status == 400 and a.json["path"] == "chanel", a
    assert set(a.json) <= {"error", "path", "details"}, a


def test_methods(g):
    a = g.delete("/api/scheduler")
    assert a.status == 405 and a.headers["allow"] == "GET, HEAD", a
    a = g.api("HEAD", "/api/scheduler")
    assert a.status == 200 and a.text == "" and int(a.headers["content-length"]) > 100, a.headers


def test_keys_come_first(g):
    for path in ("/api/scheduler", "/api/nope", "/api/scheduler/reset"):
        a = g.get(path, key=None)
        assert a.status == 401 and a.headers["www-authenticate"] == "Bearer", a


def test_bodies_have_ends(g):
    assert g.post("/api/scheduler/reset", " " * (64 * 1024 - 2) + "{}").status == 200
    a = g.post("/api/scheduler/reset", " " * (64 * 1024 - 1) + "{}")
    assert a.status == 413 and "65536" in a.json["error"], a
    a = g.api("GET", "/api/scheduler", "{}")
    assert a.status == 413, a


def test_answers_are_shielded(g):
    for a in (g.get("/api/scheduler"), g.get("/api/nope"), g.get("/api/scheduler", key=None)):
        h = a.headers
        assert h["cache-control"] == "no-store" and h["x-content-type-options"] == "nosniff", h
        assert h["referrer-policy"] == "no-referrer" and "default-src 'none'" in h["content-security-policy"], h
        assert h["cross-origin-opener-policy"] == h["cross-origin-resource-policy"] == "same-origin", h
        assert "strict-transport-security" not in h, h


def test_clients_that_leave(g):
    for _ in range(20):
        c = http.client.HTTPConnection("127.0.0.1", g.port)
        c.putrequest("POST", "/api/scheduler/reset")
        c.putheader("x-api-key", g.key)
        c.putheader("content-length", "2")
        c.endheaders()
        c.send(b"{}")
        c.close()
    assert g.get("/api/scheduler").status == 200
