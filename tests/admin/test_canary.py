# SPDX-License-Identifier: MIT
"""Every secret there is has a canary in it; then all that can be read is searched for canaries.

Keys of upstreams, of clients, of the administration, a password, cookies, a key in an address, a proxy's password; errors in which an
upstream repeats what it was sent; and the log in all its forms, captures, metrics, every GET of the API, files, the process's own.
"""
import json
import os
import re
import subprocess

from gateway import Skip, files_below, wait

ADMIN = "admin-CANARY-0123456789abcdef"
CLIENT = "client-CANARY-000000000001"
UP, GEMINI = "sk-CANARY-upstream-0001", "AIzaCANARY-gemini-000000000001"
CONF = """
admin_key = "{admin}";
client_keys = ( {{{{ key = "{client}"; }}}} );
""".format(admin=ADMIN, client=CLIENT)
CHANNELS = """
channels = (
  {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001", "sk-CANARY-upstream-0002" ];
     headers = ( {{ name = "X-Secret-Of-Channel"; value = "plain"; }} ); }},
  {{ id = "gem"; dialect = "gemini"; base_url = "{up}"; allow_private = true; keys = [ "AIzaCANARY-gemini-000000000001" ]; }}
);
"""
HOLDS = {"managed.conf", "access-key", "claude-proxy.conf"}  # these must have keys; they are 0600


def login(g):
    a = g.send("POST", "/api/session", json.dumps({"key": ADMIN}).encode(), {})
    assert a.status in (200, 201), a.status
    g.shown |= set(re.findall(r"[A-Za-z0-9_-]*CANARY[A-Za-z0-9_-]*", a.text))
    return a.headers["set-cookie"].split(";")[0]


def traffic(g):
    """All that may bring a secret somewhere."""
    for key in (UP, GEMINI, CLIENT, ADMIN, g.key):
        g.up.script(f'path=/ status=401 error=authentication_error:"your key {key} is not known, nor is Bearer {key}"\n')
        g.message(text=f"my own is {key}")
        g.message(text=f"my own is {key}", stream=True, key=CLIENT)
    g.up.script("\n")
    g.post("/api/scheduler/reset", {}, key=ADMIN)
    for _ in range(2):
        g.message(headers={"cookie": "session=cookie-CANARY-42", "proxy-authorization": "Basic proxy-CANARY-1"})
        g.message(key=CLIENT, stream=True)
    body = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
    for key in (g.key, CLIENT, "guess-CANARY-1234567"):
        g.send("POST", f"/v1beta/models/m:generateContent?key={key}", body, {"content-type": "application/json"})
        g.send("GET", f"/v1beta/models?key={key}")
        g.send("GET", f"/api/status?key={key}")
        g.send("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
    g.message(key="guess-CANARY-7654321")
    g.send("POST", "/api/session", json.dumps({"password": "password-CANARY-99"}).encode(), {})
    g.api("POST", "/api/channels/test", {"dialect": "claude", "base_url": g.up.url, "keys": ["sk-CANARY-candidate-01"], "allow_private": True}, key=ADMIN)
    g.post("/api/channels/up/test", {}, key=ADMIN)
    g.post("/api/channels", {"id": "new", "dialect": "claude", "base_url": "nonsense", "keys": ["sk-CANARY-wrong-000001"]}, key=ADMIN)
    g.post("/api/channels", {"id": "more", "dialect": "claude", "base_url": g.up.url, "allow_private": True, "keys": ["sk-CANARY-added-000001"]}, key=ADMIN)
    a = g.post("/api/config/test", {"text": 'access_key = "sk-CANARY-tested-0001"; nonsense = 1;'}, key=ADMIN)
    assert a.status < 500, a
    g.post("/api/import", {"config": {"upstream": [{"name": "x", "apiKeys": ["sk-CANARY-imported-01"], "baseUrl": "bad url", "serviceType": "claude"}]}},
           key=ADMIN)


def search(where, text, g):
    for found in re.findall(r"[A-Za-z0-9_-]*CANARY[A-Za-z0-9_-]*", text):
        assert found in g.shown, f"{where}: {found}: {text[max(0, text.find(found) - 200):][:400]}"


def known_ids(g):
    """What stands for {id}, {key} ... in a route."""
    channels = g.get("/api/channels", key=ADMIN).json["channels"]
    keys = g.get("/api/channels/up/keys", key=ADMIN).json["keys"]
    clients = g.get("/api/clients", key=ADMIN).json["clients"]
    history = g.get("/api/history", key=ADMIN).json or {}
    records = history.get("records") or history.get("requests") or [{}]
    captures = g.get("/api/captures", key=ADMIN).json["captures"]
    return {"channels": channels[0]["id"], "keys": keys[0]["id"], "clients": clients[0]["id"] if clients else "x", "history": records[0].get("id", "x"),
            "captures": captures[0]["id"], "config": "1", "families": "messages"}


def fill(path, ids):
    parts = path.split("/")
    for i, part in enumerate(parts):
        if part.startswith("{"):
            parts[i] = next((ids[p] for p in reversed(parts[:i]) if p in ids), "0")
    return "/".join(parts)


def test_no_canary_anywhere(g):
    level = g.put("/api/log/level", {"level": "debug", "for": "10m"}, key=ADMIN)
    assert level.status == 200, level
    capture = g.post("/api/captures", {"duration": "10m"}, key=ADMIN).json["id"]
    cookie = login(g)
    traffic(g)
    g.send("GET", "/api/status", headers={"cookie": cookie})
    wait(lambda: len(g.get(f"/api/captures/{capture}/file", key=ADMIN).text) > 20000, "captured")
    g.post(f"/api/captures/{capture}/stop", {}, key=ADMIN)

    walked = 0
    ids = known_ids(g)
    document = g.get("/api/openapi.json", key=ADMIN).json
    for path, methods in document["paths"].items():
        if "get" not in methods or path.startswith("/api/events"):
            continue
        a = g.api("GET", fill(path, ids), key=ADMIN)
        assert a.status < 500 or a.status == 503, (path, a)
        search(path, a.text + repr(a.headers), g)
        walked += 1
    assert walked > 40, walked
    search("metrics", g.get("/metrics", key=ADMIN).text, g)
    for i, text in enumerate(g.seen):
        search(f"answer {i}", text, g)


def test_files_and_process(g):
    g.post("/api/captures", {"duration": "10m"}, key=ADMIN)
    traffic(g)
    g.restart()
    traffic(g)
    for path, text in files_below(g.place):
        name = os.path.basename(path)
        if name in HOLDS or "/managed" in path:
            assert name == "claude-proxy.conf" or not os.path.exists(path) or os.stat(path).st_mode & 0o077 == 0, path
        elif not name.startswith(("up", "sim")):
            search(path, text.decode("utf-8", "replace"), g)
    for name in ("cmdline", "environ"):
        with open(f"/proc/{g.process.pid}/{name}", "rb") as f:
            search(name, f.read().decode("utf-8", "replace"), g)


def test_text_forms(g):
    for form in ("text", "access"):
        g.stop()
        g.options, old = ["-o", f"log.form={form}", "-o", "log.level=debug", "-o", "log.bodies=true"], g.options
        g.start()
        g.options = old
        traffic(g)
        wait(lambda: "POST /v1/messages" in g.log_text() and "***" in g.log_text(), "there was something to hide")
        search(f"log as {form}", g.log_text(), g)


def test_core_is_never_dumped(g):
    with open(f"/proc/{g.process.pid}/limits", encoding="utf-8") as f:
        core = [x for x in f if x.startswith("Max core file size")]
    if not core or core[0].split()[4] != "0":
        raise Skip("the unit file says LimitCORE=0; here nobody does")
