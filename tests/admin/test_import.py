# SPDX-License-Identifier: MIT
"""The predecessor's configuration comes over, as one change or not at all."""
import json
import os
import sqlite3
import subprocess
import time

from gateway import LONG, read_text, wait

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
    # Its id is written nowhere; it is edited like all others.
    client, = g.get("/api/clients").json["clients"]
    assert "***" in client["mask"] and client["etag"], client
    a = g.patch("/api/clients/" + client["id"], {"label": "x"}, headers={"If-Match": '"stale"'})
    assert a.status == 409 and "meanwhile" in a.json["error"], a
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


def old_metrics(place, rows):
    """metrics.db as the predecessor writes it."""
    db = sqlite3.connect(os.path.join(place, ".config", "metrics.db"))
    db.execute("CREATE TABLE request_records (id INTEGER PRIMARY KEY AUTOINCREMENT, metrics_key TEXT NOT NULL, base_url TEXT NOT NULL, "
               "key_mask TEXT NOT NULL, timestamp INTEGER NOT NULL, success INTEGER NOT NULL, input_tokens INTEGER DEFAULT 0, "
               "output_tokens INTEGER DEFAULT 0, cache_creation_tokens INTEGER DEFAULT 0, cache_read_tokens INTEGER DEFAULT 0, "
               "api_type TEXT NOT NULL DEFAULT 'messages')")
    db.executemany("INSERT INTO request_records (metrics_key, base_url, key_mask, timestamp, success, input_tokens, output_tokens) "
                   "VALUES ('k', ?, ?, ?, ?, 100, 20)", rows)
    db.commit()
    db.close()


def a_folder(g, name, url):
    place = os.path.join(g.place, name)
    os.makedirs(os.path.join(place, ".config"), exist_ok=True)
    g.write(f"{name}/.env", f"PORT=3999\nPROXY_ACCESS_KEY={OLD_KEY}\n")
    g.write(f"{name}/.config/config.json", json.dumps({"upstream": [{"name": "with.dots", "serviceType": "claude", "baseUrl": url, "status": "active",
            "apiKeys": ["sk-CANARY-the-first-key", "sk-CANARY-the-other-key"], "modelMapping": {"claude-3.5": "x.1"}}]}))
    return place


def ctl(g, *words, **env):
    command = [os.path.join(g.tools.build, "claude-proxyctl"), *words]
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONG, check=False, cwd=g.place,
                       env={**g.environment(), "CLAUDE_PROXY_KEY": g.key, "CLAUDE_PROXY_PLUGIN_DIR": g.tools.plugins, "LANG": "C.UTF-8", **env})
    g.seen.append((p.stdout + p.stderr).decode())
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def test_old_requests_are_in_the_statistics_of_our_channels(g):
    url, now = g.up.url + "/stats#", int(time.time())
    place = a_folder(g, "stats", url)
    old_metrics(place, [(url, "sk-CANAR***t-key", now - 60 * i, i % 4 != 0) for i in range(1, 41)] + [(url, "sk-gone-***-long", now - 90, 1)])
    here = ("--url", f"http://127.0.0.1:{g.port}")
    for _ in range(2):
        code, out, err = ctl(g, *here, "import", place)
        assert code == 0 and "41 requests of its history" in err, (code, out, err)
    wait(lambda: g.get("/api/history/state").json["written"] >= 82, "both are through")
    of = wait(lambda: next((c for c in g.get("/api/statistics?window=24h&by=channel").json["rows"] if c["name"] == "with-dots" and c["requests"] >= 41), None),
              "statistics")
    assert (of["requests"], of["served"], of["failed"]) == (41, 31, 10), of
    key = next(k["id"] for k in g.get("/api/channels/with-dots/keys").json["keys"])
    wait(lambda: any(k["name"] == f"with-dots/{key}" and k["requests"] == 40 for k in g.get("/api/statistics?window=24h&by=key").json["rows"]), "by key")


def test_without_history_it_is_left(g):
    a_folder(g, "stats", g.up.url + "/stats#")
    if not os.path.exists(os.path.join(g.place, "stats/.config/metrics.db")):
        old_metrics(os.path.join(g.place, "stats"), [(g.up.url, "***", 1, 1)])
    g.configure(more='history = {{ store = "none"; }};', channels="")
    g.reload()
    wait(lambda: g.get("/api/history/state").json["store"] is None, "it is off")
    code, out, err = ctl(g, "--url", f"http://127.0.0.1:{g.port}", "import", os.path.join(g.place, "stats"))
    assert code == 0 and "metrics.db was left" in err, (code, out, err)
    g.configure(channels="")
    g.reload()


def test_a_file_without_a_gateway(g):
    place = a_folder(g, "offline", "https://relay.example")
    alone = {"HOME": os.path.join(g.place, "nobody"), "XDG_STATE_HOME": "", "XDG_RUNTIME_DIR": ""}
    to = os.path.join(g.place, "made", "claude-proxy.conf")
    code, out, err = ctl(g, "import", place, "--to", to, "--dry-run", **alone)
    assert code == 0 and "dry run" in out and not os.path.exists(to), (code, out, err)
    code, out, err = ctl(g, "import", place, "--to", to, **alone)
    assert code == 0 and "1 channel with 2 keys are in" in out, (code, out, err)
    assert os.stat(to).st_mode & 0o777 == 0o600
    p = subprocess.run([g.tools.gateway, "-c", to, "--plugins", g.tools.plugins, "--lax", "-t"], env=g.environment(), cwd=g.place, timeout=LONG,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert p.returncode == 0 and b"1 channels" in p.stdout, p
    before = read_text(to)
    code, out, err = ctl(g, "import", place, "--to", to, **alone)
    assert code == 1 and "is there already" in err and read_text(to) == before, (code, out, err)
    g.write("offline/.config/config.json", "{")
    code, out, err = ctl(g, "import", place, "--to", to + ".2", **alone)
    assert code == 1 and "config.json" in err and not os.path.exists(to + ".2"), (code, out, err)


def test_a_file_that_somebody_else_has_written_is_not_overwritten(g):
    assert g.patch("/api/settings", {"limits.attempts": 7}).status == 200
    with open(os.path.join(g.state_dir, "managed.conf"), "a", encoding="utf-8") as f:
        f.write("# by hand\n")
    a = g.post("/api/import", {"env": "LOG_LEVEL=debug\n"})
    assert a.status == 409 and "another program" in a.json["error"], a
    g.reload()
    assert g.post("/api/import", {"env": "LOG_LEVEL=debug\n"}).status == 200
