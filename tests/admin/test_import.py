# SPDX-License-Identifier: MIT
"""The predecessor's configuration comes over, as one change or not at all."""
import json
import os

TAGS = ["thread"]

CHANNELS = ""
OLD_KEY = "old-CANARY-access-key-of-the-predecessor"


def old_channel(g, family, i, **more):
    kinds = {"messages": ("claude", "openai", "gemini"), "responses": ("responses", "openai", "claude"), "gemini": ("gemini", "claude", "openai")}
    c = {"name": f"{family} {i // 3}", "serviceType": kinds[family][i % 3], "baseUrl": g.up.url, "status": "active" if i < 5 else "disabled",
         "apiKeys": [f"sk-CANARY-{family}-{i}-{j}" for j in range(3)], "priority": 9 - i, "description": "eins\nzwei", "website": "https://x.example"}
    if kinds[family][i % 3] == "gemini":
        c["stripThoughtSignature"] = True
    if i == 1:
        c.update(baseUrls=[g.up.url + "/", g.up.url + "#"], modelMapping={"claude-3.5": "mapped-model", "opus": "big"})
    return {**c, **more}


def old_folder(g):
    config = {"upstream": [old_channel(g, "messages", i) for i in range(9)], "responsesUpstream": [old_channel(g, "responses", i) for i in range(9)],
              "geminiUpstream": [old_channel(g, "gemini", i) for i in range(9)], "loadBalance": "failover", "responsesLoadBalance": "random",
              "fuzzyModeEnabled": False}
    env = f"# of the predecessor\nPORT=3000\nENV=production\nexport PROXY_ACCESS_KEY='{OLD_KEY}'\nLOG_LEVEL=info\nREQUEST_TIMEOUT=120000\n" \
          "ENABLE_CORS=false\nQUIET_POLLING_LOGS=true\nMETRICS_WINDOW_SIZE=20\nSOMETHING=else\n"
    return {"env": env, "config": json.dumps(config, indent=2)}


def managed(g):
    path = os.path.join(g.state_dir, "managed.conf")
    return open(path, encoding="utf-8").read() if os.path.exists(path) else ""


def test_a_dry_run_changes_nothing(g):
    a = g.post("/api/import", {**old_folder(g), "dry_run": True})
    assert a.status == 200 and a.json["channels"] == 27 and a.json["keys"] == 81 and a.json["dry_run"], a
    assert g.get("/api/channels").json["channels"] == [] and managed(g) == ""


def test_broken_files_change_nothing(g):
    good = old_folder(g)
    for bad in ({"config": good["config"][:-5]}, {"env": "A=\"b\n", "config": good["config"]}, {"config": "[]"}, {}, {"config": 7},
                {"config": "{\"upstream\": [{}, 1]}"}, {"confg": "{}"}, {"config": "NaN"}):
        a = g.post("/api/import", bad)
        assert a.status in (400, 422) and a.json["error"], (bad, a)
    assert g.get("/api/channels").json["channels"] == [] and managed(g) == ""


def test_27_channels_serve(g):
    a = g.post("/api/import", old_folder(g))
    assert a.status == 200 and a.json["channels"] == 27, a
    report = a.json["report"]
    assert any("upstream: 9 of 9" in x for x in report["taken"]), report
    assert any("random" in x for x in report["changed"]) and any("client key" in x for x in report["changed"]), report
    assert any("QUIET_POLLING_LOGS" in x for x in report["not_supported"]), report
    channels = g.get("/api/channels").json["channels"]
    assert len(channels) == 27 and len({c["id"] for c in channels}) == 27, channels
    answer = g.message(key=OLD_KEY)
    assert answer.status == 200, answer
    sent = g.up.requests()[-1]
    assert "sk-CANARY-messages" in json.dumps(sent), sent
    for path, body in (("/v1/responses", {"model": "m", "input": "hi"}),
                       ("/v1beta/models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]})):
        a = g.send("POST", path, json.dumps(body), {"x-api-key": OLD_KEY, "content-type": "application/json"})
        assert a.status == 200, (path, a)


def test_twice_is_once(g):
    before = managed(g)
    assert before.count("base_urls") == 27
    a = g.post("/api/import", old_folder(g))
    assert a.status == 200, a
    assert any("was there already; 0 keys" in x for x in a.json["report"]["taken"]), a
    assert len(g.get("/api/channels").json["channels"]) == 27


def test_it_stays_after_a_restart(g):
    mode = os.stat(os.path.join(g.state_dir, "managed.conf")).st_mode & 0o777
    assert mode == 0o600, oct(mode)
    assert OLD_KEY not in managed(g), "a client's key is kept as a digest"
    g.restart()
    assert len(g.get("/api/channels").json["channels"]) == 27
    assert g.message(key=OLD_KEY).status == 200


def test_the_first_form_of_the_old_file(g):
    old = {"upstream": [{"name": "first", "serviceType": "claude", "baseUrl": g.up.url + "/one", "apiKeys": ["sk-CANARY-a"]},
                        {"name": "second", "serviceType": "claude", "baseUrl": g.up.url + "/two", "apiKeys": ["sk-CANARY-b"]}], "currentUpstream": 1}
    a = g.post("/api/import", {"config": json.dumps(old)})
    assert a.status == 200, a
    status = {c["name"]: c["status"] for c in g.get("/api/channels").json["channels"]}
    assert status["first"] == "disabled" and status["second"] == "active", status
