# SPDX-License-Identifier: MIT
"""Upstream keys by the API: written, never read."""
from gateway import wait

CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true;
    keys = [ "sk-CANARY-upstream-0001", "sk-CANARY-upstream-0002", "sk-CANARY-upstream-0003" ]; }}
);
"""


def ids(g, id="mine"):
    return [k["id"] for k in g.get("/api/channels/%s/keys" % id).json["keys"]]


def prepare_channel(g):
    a = g.post("/api/channels", {"id": "mine", "dialect": "claude", "base_url": g.up.url, "allow_private": True,
                                 "keys": ["sk-CANARY-mine-0123456789-abcdef-1", {"key": "sk-CANARY-mine-0123456789-abcdef-2", "label": "two"}]})
    assert a.status == 201, a


def test_add_and_show(g):
    prepare_channel(g)
    a = g.post("/api/channels/mine/keys", {"key": "sk-CANARY-mine-0123456789-abcdef-3", "label": "three", "caps": {"rpm": 9}})
    assert a.status == 201 and a.json["label"] == "three" and a.json["caps"]["rpm"] == 9 and a.json["state"] == "well", a
    assert a.json["mask"] == "sk-CANAR***ef-3" or "***" in a.json["mask"], a
    assert len(ids(g)) == 3 and ids(g)[2] == a.json["id"]
    b = g.post("/api/channels/mine/keys", {"key": "sk-CANARY-mine-0123456789-abcdef-3"})
    assert b.status == 409 and a.json["id"] in b.json["error"], b
    for bad in ({"key": ""}, {"label": "x"}, {"key": "a b"}, {"key": "env:HOME"}, {"key": "k", "lable": "x"}, {"key": 5}):
        assert g.post("/api/channels/mine/keys", bad).status == 422, bad
    assert g.post("/api/channels/none/keys", {"key": "x"}).status == 404
    assert g.get("/api/channels/mine/keys/" + a.json["id"]).json["label"] == "three"


def test_change(g):
    key = ids(g)[0]
    a = g.patch("/api/channels/mine/keys/" + key, {"enabled": False, "label": "resting"})
    assert a.status == 200 and a.json["enabled"] is False and a.json["state"] == "disabled" and a.json["label"] == "resting", a
    assert g.get("/api/channels/mine").json["health"]["keys"]["disabled"] == 1
    a = g.patch("/api/channels/mine/keys/" + key, {"enabled": True, "label": None})
    assert a.json["enabled"] is True and a.json["label"] == "", a
    assert g.patch("/api/channels/mine/keys/" + key, {"key": "sk-CANARY-else"}).status == 422
    assert g.patch("/api/channels/mine/keys/ffffffffffff", {"enabled": True}).status == 404


def test_order(g):
    a, b, c = ids(g)
    r = g.post("/api/channels/mine/keys/reorder", {"order": [c, a]})
    assert r.status == 200 and ids(g) == [c, a, b], r
    assert g.post("/api/channels/mine/keys/%s/top" % b).status == 200 and ids(g) == [b, c, a]
    assert g.post("/api/channels/mine/keys/%s/bottom" % b).status == 200 and ids(g) == [c, a, b]
    assert g.post("/api/channels/mine/keys/reorder", {"order": ["ffffffffffff"]}).status == 404
    assert g.post("/api/channels/mine/keys/reorder", {"order": [a, a]}).status == 400
    g.restart()
    assert ids(g) == [c, a, b]


def test_sent_back_by_id_or_mask(g):
    c = g.get("/api/channels/mine").json
    keys = c["keys"]
    a = g.patch("/api/channels/mine", {"keys": [{"id": keys[1]["id"]}, keys[0], "sk-CANARY-mine-0123456789-abcdef-4"]})
    assert a.status == 200, a
    assert [k["id"] for k in a.json["keys"]][:2] == [keys[1]["id"], keys[0]["id"]] and len(a.json["keys"]) == 3, a
    a = g.patch("/api/channels/mine", {"keys": [k["mask"] for k in a.json["keys"][:1]]})
    assert a.status in (200, 422), a
    a = g.patch("/api/channels/mine", {"keys": [{"id": "ffffffffffff"}]})
    assert a.status == 422 and a.json["path"] == "keys[0]", a


def test_remove(g):
    for key in ids(g)[1:]:
        assert g.delete("/api/channels/mine/keys/" + key).status == 200
    last = ids(g)[0]
    a = g.delete("/api/channels/mine/keys/" + last)
    assert a.status == 422 and "keys" in a.json["error"], a
    assert g.delete("/api/channels/mine/keys/ffffffffffff").status == 404
    # The key that is left serves.
    g.patch("/api/channels/up/status", {"status": "suspended"})
    wait(lambda: g.message().status == 200 and g.get("/api/channels/mine/keys/" + last).json["served"], "it serves, and that is counted")
    g.patch("/api/channels/up/status", {"status": "active"})


def test_of_a_file(g):
    a, b, c = ids(g, "up")
    assert g.delete("/api/channels/up/keys/" + a).status == 409
    assert g.patch("/api/channels/up/keys/" + a, {"label": "x"}).status == 409
    r = g.patch("/api/channels/up/keys/" + a, {"enabled": False})
    assert r.status == 200 and r.json["enabled"] is False, r
    assert g.post("/api/channels/up/keys/%s/top" % c).status == 200 and ids(g, "up") == [c, a, b]
    g.restart()
    assert ids(g, "up") == [c, a, b] and g.get("/api/channels/up/keys/" + a).json["enabled"] is False
    r = g.patch("/api/channels/up/keys/" + a, {"enabled": True})
    assert r.status == 200 and r.json["enabled"] is True, r


def test_a_channel_and_its_keys_have_one_tag(g):
    prepare = g.post("/api/channels", {"id": "tagged", "dialect": "claude", "base_url": g.up.url, "allow_private": True,
                                       "keys": ["sk-CANARY-tagged-0123456789-abcdef-1"]})
    tag = g.get("/api/channels/tagged").headers["etag"]
    key = prepare.json["keys"][0]["id"]
    for path in ("/api/channels/tagged/keys", "/api/channels/tagged/keys/" + key):
        assert g.get(path).headers["etag"] == tag, path
    # How a key does is told with it and stands in no tag: never "not modified".
    assert g.get("/api/channels/tagged", headers={"If-None-Match": tag}).status == 200
    a = g.patch("/api/channels/tagged/keys/" + key, {"label": "one"}, headers={"If-Match": tag})
    assert a.status == 200 and a.headers["etag"] != tag, a
    b = g.patch("/api/channels/tagged/keys/" + key, {"label": "lost"}, headers={"If-Match": tag})
    assert b.status == 409 and b.json["error"], b
    assert g.patch("/api/channels/tagged/keys/" + key, {"label": "two"}, headers={"If-Match": f'"x", {a.headers["etag"]}'}).status == 200
