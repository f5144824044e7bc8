# SPDX-License-Identifier: MIT
"""What an upstream says when it is asked whether it is well: stage by stage, without harm to anybody's health."""
import socket

from gateway import Beside, wait

CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true;
    keys = [ "sk-CANARY-upstream-0001", "sk-CANARY-upstream-0002" ]; }}
);
"""


def stages(a):
    assert a.status == 200, a
    return {s["name"]: s for s in a.json["stages"]}


def test_stages(g):
    a = g.post("/api/channels/up/test")
    s = stages(a)
    assert s["address"]["ok"] and s["connect"]["ok"] and s["http"]["ok"], a
    assert "content" not in s and a.json["request_url"] == g.up.url + "/v1/models", a
    assert a.json["key"] and "CANARY" not in a.text


def test_chat(g):
    a = g.post("/api/channels/up/test", {"chat": True, "model": "m"})
    s = stages(a)
    assert a.json["ok"] and s["content"]["ok"] and s["key"]["ok"], a
    assert a.json["request_url"] == g.up.url + "/v1/messages" and a.json["model"] == "m", a


def test_a_key_of_the_channel(g):
    keys = g.get("/api/channels/up/keys").json["keys"]
    a = g.post("/api/channels/up/keys/%s/test" % keys[1]["id"])
    assert a.status == 200 and a.json["key"] == keys[1]["id"], a
    assert g.post("/api/channels/up/keys/none/test").status == 404
    assert g.post("/api/channels/up/test", {"key": "none"}).status == 404
    assert g.post("/api/channels/none/test").status == 404


def test_a_refused_key_is_charged_to_nobody(g):
    g.up.script("status=401 error='authentication_error:invalid x-api-key sk-CANARY-upstream-0001'\n")
    a = g.post("/api/channels/up/test", {"chat": True, "model": "m"})
    s = stages(a)
    assert not a.json["ok"] and s["key"]["ok"] is False and "***" in s["key"]["say"], a
    assert a.json["error"].startswith("key: "), a
    g.up.script("\n")
    c = g.get("/api/channels/up").json
    assert c["health"]["keys"]["well"] == 2 and c["health"]["failed"] == 0 and c["health"]["breaker"] == "closed", c


def test_nobody_there(g):
    base = {"dialect": "claude", "keys": ["sk-CANARY-candidate-0001"]}
    with socket.socket() as closed:  # bound, so that nobody else gets the port, and not listening
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        a = g.post("/api/channels/test", dict(base, base_url="http://127.0.0.1:%d" % port, allow_private=True))
        s = stages(a)
        assert not a.json["ok"] and s["address"]["ok"] and s["connect"]["ok"] is False, a
    a = g.post("/api/channels/test", dict(base, base_url="http://127.0.0.1:%d" % port))
    assert stages(a)["address"]["ok"] is False and "allow_private" in stages(a)["address"]["say"], a
    a = g.post("/api/channels/test", dict(base, base_url="http://name.invalid"))
    assert stages(a)["address"]["ok"] is False, a
    # Nobody speaks TLS here.
    a = g.post("/api/channels/test", dict(base, base_url=g.up.url.replace("http:", "https:"), allow_private=True, timeouts={"connect": "10s"}))
    assert stages(a)["tls"]["ok"] is False, a


def test_a_candidate(g):
    body = {"name": "x", "dialect": "claude", "base_url": g.up.url, "allow_private": True, "keys": ["sk-CANARY-candidate-0002"]}
    a = g.post("/api/channels/test", {"channel": body, "chat": True, "model": "m"})
    assert a.status == 200 and a.json["ok"], a
    assert g.get("/api/channels").json["channels"][-1]["id"] == "up"
    # Who edits a channel tries it with the keys that are there.
    whole = g.get("/api/channels/up").json
    whole["description"] = "edited"
    a = g.post("/api/channels/test", whole)
    assert a.status == 200 and a.json["ok"], a
    a = g.post("/api/channels/test", dict(body, base_url="ftp://x"))
    assert a.status == 422 and a.json["path"] == "base_url", a
    a = g.post("/api/channels/test", dict(body, keys=[]))
    assert a.status == 422, a
    a = g.post("/api/channels/test", dict(body, dialect="klingon"))
    assert a.status == 422 and a.json["path"] == "dialect", a


def test_models(g):
    g.up.script("models=m1,m2\n")
    a = g.get("/api/channels/up/models")
    assert a.status == 200 and a.json["models"] == ["m1", "m2"], a
    g.up.script("status=500\n")
    assert g.get("/api/channels/up/models").json == a.json  # as it was a moment ago
    assert g.get("/api/channels/up/models?fresh").status == 502
    g.up.script("\n")


def test_preview(g):
    a = g.post("/api/channels/preview", {"dialect": "claude", "base_urls": ["https://h", "https://h/v1/", "https://h/x#", "nope"]})
    assert a.status == 200, a
    urls = [u.get("operations", {}).get("chat") for u in a.json["urls"]]
    assert urls == ["POST https://h/v1/messages", "POST https://h/v1/messages", "POST https://h/x/messages", None], a
    assert "error" in a.json["urls"][3], a
    a = g.post("/api/channels/preview", {"dialect": "gemini", "base_url": "https://h", "model": "g-1"})
    assert a.json["urls"][0]["operations"]["stream"] == "POST https://h/v1beta/models/g-1:streamGenerateContent?alt=sse", a
    assert g.post("/api/channels/preview", {"dialect": "no", "base_url": "https://h"}).status == 422


def ask_and(g, then):
    """A test whose upstream is silent, and what happens meanwhile."""
    g.up.script("path=/models delay=30000\n")
    before = g.log_text().count("is asked whether")
    s = socket.create_connection(("127.0.0.1", g.port))
    s.sendall(("POST /api/channels/up/test HTTP/1.1\r\nHost: localhost\r\nx-api-key: %s\r\nContent-Type: application/json\r\n"
               "Content-Length: 2\r\n\r\n{}" % g.key).encode())
    wait(lambda: g.log_text().count("is asked whether") > before, "the probe is sent")
    then(s)
    s.close()
    g.up.script("\n")


def test_who_asked_leaves(g):
    ask_and(g, lambda s: s.close())
    a = g.post("/api/channels/up/test", {"chat": True, "model": "m"})
    assert a.status == 200 and a.json["ok"], a


def test_it_ends_while_one_is_asked(g):
    ask_and(g, lambda s: g.restart())
    assert g.get("/api/channels").status == 200


def test_a_channel_goes_while_it_is_asked(g):
    a = g.post("/api/channels", {"id": "brief", "dialect": "claude", "base_url": g.up.url, "allow_private": True,
                                 "keys": ["sk-CANARY-brief-0123456789-0123456789"]})
    assert a.status == 201, a
    g.up.script("path=/models delay=1500\n")
    answers = []
    asked = Beside(lambda: answers.append(g.post("/api/channels/brief/test")))
    wait(lambda: "channel brief is asked" in g.log_text(), "the probe is sent")
    assert g.delete("/api/channels/brief").status == 200
    asked.join()
    assert answers[0].status == 200 and answers[0].json["channel"] == "brief", answers
    g.up.script("\n")
