# SPDX-License-Identifier: MIT
"""The predecessor's doors: its scripts go on working, and see no key."""
from urllib.parse import quote

CHANNELS = """
channels = (
  {{ id = "up"; name = "Up"; dialect = "claude"; base_url = "{up}"; allow_private = true; families = [ "messages" ];
    keys = [ "sk-CANARY-upstream-0001" ]; }},
  {{ id = "g"; name = "G"; dialect = "gemini"; base_url = "{up}"; allow_private = true; families = [ "gemini" ];
    keys = [ "sk-CANARY-upstream-0003" ]; }}
);
"""
KEY = "sk-CANARY-old/way+0123456789-%04d"


def listed(g, family="messages"):
    a = g.get("/api/%s/channels" % family)
    assert a.status == 200, a
    return a.json["channels"]


def make(g, name, family="messages", **more):
    body = {"name": name, "serviceType": "claude", "baseUrl": g.up.url, "apiKeys": [KEY % 1], "allowPrivate": True}
    body.update(more)
    return g.post("/api/%s/channels" % family, body)


def test_list(g):
    a = g.get("/api/messages/channels")
    assert a.status == 200 and a.json["loadBalance"] == "failover", a
    c = a.json["channels"][0]
    assert c["index"] == 0 and c["serviceType"] == "claude" and c["baseUrl"] == g.up.url and c["status"] == "active", c
    assert c["latency"] is None and len(c["apiKeys"]) == 1 == len(c["keyIds"]) and "***" in c["apiKeys"][0], c
    assert "injectDummyThoughtSignature" not in c and listed(g, "gemini")[0]["stripThoughtSignature"] is False
    assert listed(g, "responses") == [] and listed(g, "chat") == []
    assert g.get("/api/nothing/channels").status == 404


def test_add_change_remove(g):
    a = make(g, "One", modelMapping={"opus": "x", "a": "b"}, description="d")
    assert a.status == 200 and a.json["upstream"]["index"] == 1 and a.json["upstream"]["modelMapping"] == {"opus": "x", "a": "b"}, a
    assert a.json["upstream"]["id"] == "one"
    # Ours sees it as one for this client API.
    assert g.get("/api/channels/one").json["families"] == ["messages"]
    whole = listed(g)[1]
    whole["description"], whole["priority"] = "other", 7
    a = g.put("/api/messages/channels/1", whole)
    assert a.status == 200 and a.json["upstream"]["description"] == "other", a
    assert a.json["upstream"]["keyIds"] == whole["keyIds"], a
    a = g.put("/api/messages/channels/one", {"baseUrls": [g.up.url, g.up.url + "/x#"], "modelMapping": {}, "name": None})
    u = a.json["upstream"]
    assert u["baseUrls"] == [g.up.url, g.up.url + "/x#"] and u["baseUrl"] == g.up.url and "modelMapping" not in u and u["name"] == "One", a
    a = g.put("/api/messages/channels/1", {"baseUrl": g.up.url + "/y"})
    assert a.json["upstream"]["baseUrl"] == g.up.url + "/y" and "baseUrls" not in a.json["upstream"], a
    assert g.put("/api/messages/channels/9", {"name": "x"}).status == 404
    assert g.put("/api/messages/channels/nobody", {"name": "x"}).status == 404
    assert make(g, "Bad", serviceType="klingon").status == 400
    assert make(g, "Bad", baseUrl="nope").status == 422
    assert g.post("/api/messages/channels", "{").status == 400
    a = g.delete("/api/messages/channels/1")
    assert a.status == 200 and a.json["removed"]["id"] == "one" and a.json["message"], a
    assert g.delete("/api/messages/channels/1").status == 404
    a = g.delete("/api/messages/channels/0")
    assert a.status == 409 and "claude-proxy.conf" in a.json["error"], a


def test_signatures(g):
    a = make(g, "Signs", "gemini", serviceType="gemini", injectDummyThoughtSignature=True)
    i = a.json["upstream"]["index"]
    assert a.status == 200 and a.json["upstream"]["injectDummyThoughtSignature"] is True, a
    # What is not sent stays.
    a = g.put("/api/gemini/channels/%d" % i, {"stripThoughtSignature": False})
    assert a.json["upstream"]["injectDummyThoughtSignature"] is True and a.json["upstream"]["stripThoughtSignature"] is False, a
    a = g.put("/api/gemini/channels/%d" % i, {"stripThoughtSignature": True, "injectDummyThoughtSignature": False})
    assert a.json["upstream"]["injectDummyThoughtSignature"] is False and a.json["upstream"]["stripThoughtSignature"] is True, a
    assert g.delete("/api/gemini/channels/%d" % i).status == 200


def test_keys(g):
    make(g, "K")
    assert g.post("/api/messages/channels/1/keys", {"apiKey": KEY % 2}).status == 200
    assert g.post("/api/messages/channels/1/keys", {"apiKey": KEY % 2}).status == 400
    assert g.post("/api/messages/channels/1/keys", {}).status == 400
    assert g.post("/api/messages/channels/9/keys", {"apiKey": "x"}).status == 404
    first, second = listed(g)[1]["keyIds"]
    assert g.post("/api/messages/channels/1/keys/%s/top" % second).status == 200
    assert listed(g)[1]["keyIds"] == [second, first]
    # The clear key in the path, as it was done.
    assert g.post("/api/messages/channels/1/keys/%s/bottom" % quote(KEY % 2, safe="")).status == 200
    assert listed(g)[1]["keyIds"] == [first, second]
    assert g.delete("/api/messages/channels/1/keys/nothing").status == 404
    assert g.delete("/api/messages/channels/1/keys/%s" % quote(KEY % 2, safe="")).status == 200
    # Without any key it waits, as it did there.
    assert g.delete("/api/messages/channels/1/keys/" + first).status == 200
    c = listed(g)[1]
    assert c["apiKeys"] == [] and c["status"] == "suspended", c
    assert make(g, "Keyless", apiKeys=[]).json["upstream"]["status"] == "suspended"
    g.delete("/api/messages/channels/2")
    # The one key of a paused channel is replaced: it serves again.
    g.post("/api/messages/channels/1/keys", {"apiKey": KEY % 3})
    a = g.put("/api/messages/channels/1", {"apiKeys": [KEY % 4]})
    assert a.status == 200 and a.json["upstream"]["status"] == "active", a
    assert g.delete("/api/messages/channels/1").status == 200


def test_order_status_promotion(g):
    make(g, "A")
    make(g, "B")
    a = g.post("/api/messages/channels/reorder", {"order": [2, 0, 1]})
    assert a.status == 200, a
    assert [c["priority"] for c in listed(g)] == [2, 3, 1], listed(g)
    assert g.get("/api/channels/b").json["places"]["messages"] == 1
    assert g.post("/api/messages/channels/reorder", {"order": [0, 7]}).status == 400
    assert g.post("/api/messages/channels/reorder", {"order": []}).status == 400
    a = g.patch("/api/messages/channels/1/status", {"status": "SUSPENDED"})
    assert a.status == 200 and listed(g)[1]["status"] == "suspended", a
    assert g.patch("/api/messages/channels/1/status", {"status": "x"}).status == 400
    assert g.patch("/api/messages/channels/9/status", {"status": "active"}).status == 400
    assert g.patch("/api/gemini/channels/9/status", {"status": "active"}).status == 404
    assert g.post("/api/messages/channels/1/promotion", {"duration": 60}).status == 400
    a = g.post("/api/messages/channels/2/promotion", {"duration": 300})
    assert a.status == 200 and a.json["success"] is True and a.json["duration"] == 300 and listed(g)[2]["promotionUntil"], a
    a = g.post("/api/messages/channels/0/promotion", {"duration": 300})
    assert "promotionUntil" not in listed(g)[2] and listed(g)[0]["promotionUntil"], a
    a = g.post("/api/messages/channels/0/promotion", {"duration": 0})
    assert a.status == 200 and "promotionUntil" not in listed(g)[0], a
    # What was written down ends, too.
    assert g.put("/api/messages/channels/2", {"promotionUntil": "2099-01-01T00:00:00Z"}).status == 200
    assert listed(g)[2]["promotionUntil"] == "2099-01-01T00:00:00Z", listed(g)
    a = g.post("/api/messages/channels/2/promotion", {"duration": 0})
    assert a.status == 200 and "promotionUntil" not in listed(g)[2], (a, listed(g))
    for family in ("messages", "gemini"):
        assert g.post("/api/%s/channels/0/resume" % family).json["success"] is True
    assert g.post("/api/messages/channels/9/resume").status == 404
    g.delete("/api/messages/channels/2")
    g.delete("/api/messages/channels/1")
    assert len(listed(g)) == 1


def test_a_channel_of_a_file(g):
    whole = listed(g)[0]
    whole["status"] = "suspended"
    a = g.put("/api/messages/channels/0", whole)
    assert a.status == 200 and a.json["upstream"]["status"] == "suspended", a
    whole["status"] = "active"
    assert g.put("/api/messages/channels/0", whole).json["upstream"]["status"] == "active"
    whole["baseUrl"] = "http://127.0.0.1:1"
    a = g.put("/api/messages/channels/0", whole)
    assert a.status == 409 and "claude-proxy.conf" in a.json["error"], a
    assert g.message().status == 200


def test_ping(g):
    a = g.get("/api/messages/ping/0")
    assert a.status == 200 and a.json["success"] is True and a.json["status"] == "healthy" and a.json["latency"] >= 0, a
    make(g, "Gone", baseUrl="http://127.0.0.1:1")
    a = g.get("/api/messages/ping")
    assert [(p["id"], p["success"]) for p in a.json] == [(0, True), (1, False)] and a.json[1]["error"], a
    assert g.get("/api/ping").json[0]["name"] == "Up"
    assert g.get("/api/responses/ping").json == []
    a = g.get("/api/gemini/ping")
    assert a.json["channels"][0]["success"] is True and a.json["channels"][0]["statusCode"] > 0, a
    assert g.get("/api/messages/ping/9").status == 404
    g.delete("/api/messages/channels/1")


def test_settings(g):
    assert g.get("/api/settings/fuzzy-mode").json == {"fuzzyModeEnabled": True}
    assert g.put("/api/settings/fuzzy-mode", {"enabled": False}).json == {"success": True, "fuzzyModeEnabled": False}
    assert g.put("/api/settings/fuzzy-mode", {}).status == 400
    g.put("/api/settings/fuzzy-mode", {"enabled": True})
    assert g.put("/api/gemini/loadbalance", {"strategy": "round-robin"}).status == 200
    assert g.get("/api/gemini/channels").json["loadBalance"] == "round-robin"
    assert g.put("/api/loadbalance", {"strategy": "random"}).status == 200
    assert g.get("/api/messages/channels").json["loadBalance"] == "random"
    assert g.put("/api/responses/loadbalance", {"strategy": "best"}).status == 400
    assert g.post("/admin/config/save").status == 200
    assert g.post("/admin/config/save", key=None).status == 401
