# SPDX-License-Identifier: MIT
"""Channels by the API: made, read, changed, ordered, switched, removed; what files say stays theirs."""
import time

from gateway import together, wait

TAGS = ["thread"]

CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true;
    keys = [ "sk-CANARY-upstream-0001", "sk-CANARY-upstream-0002" ]; }},
  {{ name = "No Id"; dialect = "chat"; base_url = "{up}"; allow_private = true; keyless = true; status = "disabled"; }}
);
"""


def make(g, **more):
    body = {"name": "New One", "dialect": "claude", "base_url": g.up.url, "allow_private": True, "keys": ["sk-CANARY-made-0123456789-0001"]}
    body.update(more)
    return g.post("/api/channels", body)


def one(g, id):
    a = g.get("/api/channels/" + id)
    assert a.status == 200, a
    return a.json


def test_list_and_get(g):
    a = g.get("/api/channels")
    assert a.status == 200, a
    assert [c["id"] for c in a.json["channels"]] == ["up", "no-id"], a
    up = a.json["channels"][0]
    assert up["managed"] is False and up["where"].endswith(".conf:" + up["where"].split(":")[-1]), up
    assert up["base_urls"] == [g.up.url] and up["status"] == "active" and "keys" in up["locked"], up
    assert up["health"]["keys"]["well"] == 2 and up["health"]["breaker"] == "closed", up
    assert up["places"]["messages"] == 1, up
    key = up["keys"][0]
    assert set(key) >= {"id", "mask", "fingerprint", "enabled", "state", "label"} and "key" not in key, key
    assert key["fingerprint"].startswith("sha256:") and len(key["fingerprint"]) == 23, key
    a = g.get("/api/channels/up")
    assert a.headers["etag"] == '"%s"' % up["etag"], a.headers
    assert g.get("/api/channels/none").status == 404
    assert [c["id"] for c in g.get("/api/channels?family=messages").json["channels"]] == ["up", "no-id"]
    assert g.get("/api/channels?family=nope").status == 404


def test_create_change_delete(g):
    a = make(g)
    assert a.status == 201 and a.json["id"] == "new-one" and a.json["managed"], a
    assert make(g).json["id"] == "new-one-2"
    assert g.delete("/api/channels/new-one-2").status == 200
    a = g.patch("/api/channels/new-one", {"timeouts": {"idle": "5m"}, "caps": {"rpm": 5}, "description": "d",
                                          "models": ["a=b", {"from": "x", "to": "y", "exact": True}]})
    assert a.status == 200, a
    assert a.json["timeouts"] == {"idle": "5m"} and a.json["caps"] == {"rpm": 5}, a
    assert a.json["models"] == [{"from": "a", "to": "b"}, {"from": "x", "to": "y", "exact": True}], a
    a = g.patch("/api/channels/new-one", {"caps": {"tpm": 7}, "timeouts": None, "base_urls": [g.up.url + "/v1", g.up.url + "/x#"]})
    assert a.json["caps"] == {"rpm": 5, "tpm": 7} and "timeouts" not in a.json, a
    assert a.json["base_urls"] == [g.up.url + "/v1", g.up.url + "/x#"], a
    # Read, changed, sent back whole: the keys are those that are there.
    whole = one(g, "new-one")
    whole["description"] = "other"
    del whole["caps"]
    b = g.put("/api/channels/new-one", whole)
    assert b.status == 200 and b.json["description"] == "other" and "caps" not in b.json, b
    assert [k["id"] for k in b.json["keys"]] == [k["id"] for k in whole["keys"]], b
    g.restart()
    c = one(g, "new-one")
    assert c["description"] == "other" and c["etag"] == b.json["etag"], c
    a = g.delete("/api/channels/new-one")
    assert a.status == 200 and a.json["removed"]["id"] == "new-one", a
    assert g.delete("/api/channels/new-one").status == 404


def test_what_is_wrong_is_told_by_its_path(g):
    for more, path in (({"basse_url": "x"}, "basse_url"), ({"base_url": "ftp://x"}, "base_url"), ({"caps": {"rpm": -1}}, "caps.rpm"),
                       ({"keys": ["a b"]}, "keys[0]"), ({"keys": [{"label": "x"}]}, "keys[0]"), ({"priority": "1"}, "priority"),
                       ({"timeouts": {"idle": "soon"}}, "timeouts.idle"), ({"keys": ["file:/etc/hostname"]}, "keys[0]"),
                       ({"headers": [{"name": "a", "value": "b"}, {"name": "host", "value": "x"}]}, "headers[1]"),
                       ({"dialect": "klingon"}, ""), ({"id": "UP!"}, "")):
        a = make(g, **more)
        assert a.status == 422, (more, a)
        assert a.json.get("path", "").startswith(path), (more, a)
    a = make(g, caps={"rpm": -1}, weight=0)
    assert len(a.json["details"]) == 2, a
    assert make(g, id="up").status == 409
    assert g.post("/api/channels", "[").status == 400
    assert g.post("/api/channels", "[]").status == 400
    assert [c["id"] for c in g.get("/api/channels").json["channels"]] == ["up", "no-id"]


def test_files_keep_what_they_say(g):
    a = g.patch("/api/channels/up", {"base_url": "http://127.0.0.1:1"})
    assert a.status == 409 and "claude-proxy.conf:" in a.json["error"], a
    assert g.delete("/api/channels/up").status == 409
    assert g.post("/api/channels/up/keys", {"key": "sk-CANARY-another-0001"}).status == 409
    a = g.patch("/api/channels/up", {"priority": 5, "weight": 3, "status": "suspended"})
    assert a.status == 200 and (a.json["priority"], a.json["weight"], a.json["status"]) == (5, 3, "suspended"), a
    whole = one(g, "up")
    whole["status"] = "active"
    a = g.put("/api/channels/up", whole)
    assert a.status == 200 and a.json["status"] == "active" and a.json["priority"] == 5, a
    a = g.patch("/api/channels/up", {"priority": None, "weight": None})
    assert a.status == 200, a
    g.restart()
    assert one(g, "up")["status"] == "active"


def test_status_promote_resume(g):
    a = g.patch("/api/channels/up/status", {"status": "suspended"})
    assert a.status == 200 and a.json["status"] == "suspended" and a.json["places"] == {}, a
    wait(lambda: g.message().status in (404, 503), "it is not asked any more")
    assert g.patch("/api/channels/up/status", {"status": "gone"}).status == 422
    assert g.patch("/api/channels/none/status", {"status": "active"}).status == 404
    assert g.post("/api/channels/up/promote", {"seconds": 60}).status == 409
    a = g.post("/api/channels/up/resume")
    assert a.status == 200 and a.json["status"] == "active", a
    wait(lambda: g.message().status == 200, "it is asked again")
    a = g.post("/api/channels/up/promote", {"seconds": 60})
    assert a.status == 200 and a.json["written"] is False and 0 < a.json["seconds_left"] <= 60, a
    assert [p["family"] for p in one(g, "up")["promotions"]] == [None], one(g, "up")
    a = g.post("/api/channels/up/promote", {"seconds": 3600})
    assert a.json["written"] is True and "promoted_until" in one(g, "up"), a
    make(g, name="other")
    a = g.post("/api/channels/other/promote", {"until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))})
    assert a.status == 200 and a.json["written"] is True, a
    assert "promoted_until" not in one(g, "up") and "promoted_until" in one(g, "other")
    a = g.post("/api/channels/other/promote", {"seconds": 0})
    assert a.status == 200 and "promoted_until" not in one(g, "other"), a
    assert g.delete("/api/channels/other").status == 200


def test_order(g):
    for name in ("a1", "a2", "a3"):
        assert make(g, name=name).status == 201
    a = g.post("/api/channels/reorder", {"order": ["a3", "up", "a1"]})
    assert a.status == 200 and a.json["order"][:3] == ["a3", "up", "a1"] and "a2" in a.json["order"], a
    assert one(g, "a3")["places"]["messages"] == 1 and one(g, "up")["places"]["messages"] == 2
    assert [c["id"] for c in g.get("/api/channels").json["channels"]] == a.json["order"]
    # A new one stands last.
    make(g, name="a4")
    assert one(g, "a4")["places"]["messages"] == 5, one(g, "a4")
    a = g.post("/api/channels/reorder", {"order": ["a2", "a1"], "family": "messages"})
    assert a.status == 200 and a.json["order"][:2] == ["a2", "a1"], a
    assert one(g, "a2")["places"]["messages"] == 1 and one(g, "a3")["places"]["chat"] == 1
    assert g.post("/api/channels/reorder", {"order": ["a1", "a1"]}).status == 400
    assert g.post("/api/channels/reorder", {"order": ["zz"]}).status == 404
    assert g.post("/api/channels/reorder", {"order": []}).status == 400
    f = [x for x in g.get("/api/families").json["families"] if x["name"] == "messages"][0]
    assert f["order"][:2] == ["a2", "a1"] and f["own"]["order"] == ["a2", "a1"] and f["locked"] is False, f
    # Who has seen another order is told so; a client API's order has a tag of its own.
    tag = g.get("/api/channels?brief=true").json["order_etag"]
    a = g.post("/api/channels/reorder", {"order": ["a1", "a3"]}, headers={"if-match": f'"{tag}"'})
    assert a.status == 200 and a.json["order_etag"] != tag and a.json["order_etag"] == g.get("/api/channels").json["order_etag"], a
    assert g.post("/api/channels/reorder", {"order": ["a3", "a1"]}, headers={"if-match": f'"{tag}"'}).status == 409
    assert "order_etag" not in g.get("/api/channels?family=messages").json
    # Who is gone is gone from the orders, too.
    for name in ("a1", "a2", "a3", "a4"):
        assert g.delete("/api/channels/" + name).status == 200
    assert g.get("/api/families/messages").json["own"]["order"] == []


def test_families(g):
    a = g.patch("/api/families/chat", {"strategy": "random", "fuzzy": False, "affinity": False})
    assert a.status == 200 and a.json["strategy"] == "random" and a.json["fuzzy"] is False and a.json["own"]["affinity"] is False, a
    b = g.patch("/api/families/chat", {"strategy": None}, headers={"if-match": '"old"'})
    assert b.status == 409, b
    b = g.patch("/api/families/chat", {"strategy": None, "fuzzy": None, "affinity": None}, headers={"if-match": a.headers["etag"]})
    assert b.status == 200 and b.json["strategy"] == "failover" and b.json["own"]["strategy"] is None and b.json["where"] is None, b
    assert g.patch("/api/families/chat", {"strategy": "best"}).status == 422
    assert g.patch("/api/families/chat", {"order": ["nobody"]}).status == 422
    assert g.patch("/api/families/nope", {}).status == 404


def test_secrets_stay_where_they_are(g):
    a = make(g, name="hidden", proxy="http://user:pw-CANARY-0001@127.0.0.1:9", headers=[{"name": "x-a", "value": "header-0-CANARY-0123456789-0123456789"}])
    assert a.status == 201 and a.json["proxy"] == "http://***@127.0.0.1:9", a
    whole = one(g, "hidden")
    whole["description"] = "x"
    a = g.put("/api/channels/hidden", whole)
    assert a.status == 200 and a.json["proxy"] == whole["proxy"] and a.json["headers"] == whole["headers"], a
    with open(g.state_dir + "/managed.conf", encoding="utf-8") as f:
        text = f.read()
    assert "user:pw-CANARY-0001@" in text and "header-0-CANARY-0123456789-0123456789" in text and "***" not in text
    assert g.put("/api/channels/hidden", dict(whole, proxy=None)).status == 200
    assert "proxy" not in one(g, "hidden")
    assert g.delete("/api/channels/hidden").status == 200


def test_two_editors(g):
    make(g, name="shared")
    tag = one(g, "shared")["etag"]
    a = g.patch("/api/channels/shared", {"description": "first"}, headers={"if-match": '"%s"' % tag})
    assert a.status == 200, a
    b = g.patch("/api/channels/shared", {"description": "second"}, headers={"if-match": '"%s"' % tag})
    assert b.status == 409 and one(g, "shared")["description"] == "first", b
    assert g.delete("/api/channels/shared", headers={"if-match": '"%s"' % tag}).status == 409
    # What happens to it does not change its tag.
    tag = one(g, "shared")["etag"]
    g.message()
    assert one(g, "shared")["etag"] == tag
    # Many at once: each change is in.
    def add(i):
        assert g.patch("/api/channels/shared", {"parameters": {"p%d" % i: i}}).status == 200
    together(*[lambda i=i: add(i) for i in range(12)])
    assert one(g, "shared")["parameters"] == {"p%d" % i: i for i in range(12)}
    assert g.delete("/api/channels/shared").status == 200


def test_many_channels(g):
    lines = ['{ id = "m%d"; dialect = "claude"; base_url = "%s"; allow_private = true; keys = [ "sk-CANARY-many-%d" ]; }' % (i, g.up.url, i)
             for i in range(500)]
    g.stop()
    g.configure(channels="channels = (" + ",".join(lines).replace("{", "{{").replace("}", "}}") + ");")
    g.start()
    began = time.monotonic()
    a = g.get("/api/channels")
    took = time.monotonic() - began
    assert a.status == 200 and len(a.json["channels"]) == 500, a.status
    print("# 500 channels listed in %.0f ms, %d KB" % (took * 1000, len(a.text) / 1024))


def test_what_is_hardly_meant_is_told(g):
    new = {"name": "Twin", "dialect": "claude", "base_url": "https://twin.example", "keys": ["sk-CANARY-twin"]}
    assert g.post("/api/channels", new).json["warnings"] == []
    a = g.post("/api/channels", {**new, "base_url": "https://twin.example/v1/messages/"})
    assert a.status == 201 and a.json["id"] == "twin-2", a
    assert "twin has the same name" in a.json["warnings"][0] and "path of a request" in a.json["warnings"][1], a
    assert g.put("/api/channels/twin-2", a.json).status == 200
    a = g.post("/api/channels", {"name": "bare", "dialect": "claude", "base_url": "http://10.1.2.3"})
    assert a.status == 422 and "key" in a.json["error"], a
    a = g.post("/api/channels", {"name": "bare", "dialect": "claude", "base_url": "http://10.1.2.3", "keyless": True})
    assert "private address" in a.json["warnings"][0] and len(a.json["warnings"]) == 1, a
    for name in ("twin", "twin-2", "bare"):
        assert g.delete("/api/channels/" + name).status in (200, 204)


def test_unknown_ids_of_an_order_are_told_once_each(g):
    a = g.patch("/api/families/messages", {"order": ["nope", "neither"]})
    assert a.status == 422 and a.json["path"] == "order", a
    assert a.json["error"].startswith('no channel has the id "nope"'), a
    assert [x.split(";")[0] for x in a.json["details"]] == ['order: no channel has the id "nope"', 'order: no channel has the id "neither"'], a


def test_plugins_tell_what_channels_may_say(g):
    plugins = g.get("/api/plugins").json["plugins"]
    assert {p["abi"] for p in plugins} == {g.get("/api/status").json["build"]["abi"]}, plugins
    dialects = [d for p in plugins for d in p["dialects"]]
    gemini = next(d for d in dialects if d["name"] == "gemini")
    assert gemini["family"] == "gemini" and any(o["name"] == "thought_signatures" and o["help"] and o["type"] == "string" for o in gemini["options"]), gemini
