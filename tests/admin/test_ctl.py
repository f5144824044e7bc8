# SPDX-License-Identifier: MIT
"""claude-proxyctl against a running gateway: every command, its exit code, its JSON; and nobody to talk to."""
import json
import os
import re
import subprocess
import time

from gateway import LONG, Skip, wait

CHANNELS = ""
KEY_A, KEY_B = "sk-CANARY-upstream-0001-aaaa", "sk-CANARY-upstream-0002-bbbb"


class Said:
    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


def program(g):
    return os.path.join(g.tools.build, "claude-proxyctl")


def environment(g, **more):
    return {**g.environment(), "CLAUDE_PROXY_KEY": g.key, "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm", **more}


def run(g, *words, stdin="", env=None):
    """By the port, with the key in the environment; what it says is searched for canaries with the rest."""
    command = [program(g), "--url", f"http://127.0.0.1:{g.port}", *words]
    p = subprocess.run(command, input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONG, check=False,
                       env=environment(g, **(env or {})), cwd=g.place)
    g.seen.append((p.stdout + p.stderr).decode("utf-8", "replace"))
    return Said(p)


def good(g, *words, **more):
    s = run(g, *words, **more)
    assert s.code == 0, (words, s)
    return s


def refused(g, code, *words, **more):
    s = run(g, *words, **more)
    assert s.code == code and s.err.startswith("claude-proxyctl: "), (words, s)
    assert not s.out, (words, s)
    return s


def channels(g):
    """The two that most tests are about, whatever an earlier one did."""
    there = [c["id"] for c in g.get("/api/channels").json["channels"]]
    for name, dialect, key in (("first-one", "claude", KEY_A), ("second", "chat", KEY_B)):
        if name not in there:
            good(g, "channel", "add", "--id", name, "--name", name, "--dialect", dialect, "--url", g.up.url, "allow_private=yes", stdin=key)


# ---- the first hour ----

def test_nothing_is_configured(g):
    s = good(g, "status")
    assert "There are no channels yet" in s.out and "claude-proxyctl channel add" in s.out, s
    assert "channel add" in good(g, "channel", "list").out
    assert good(g, "show", "breakers").out.startswith("Nothing is left alone")


def test_a_channel_is_added_and_serves(g):
    s = good(g, "channel", "add", "--name", "First One", "--dialect", "claude", "--url", g.up.url, "allow_private=yes", stdin=KEY_A + "\n")
    assert "first-one" in s.out, s
    assert g.message().status == 200, g.seen[-1]
    s = wait(lambda: (lambda x: x if "1 served" in x.out else None)(good(g, "status")), "it is counted")
    assert re.search("channels +1, 1 active", s.out), s


def test_lists_as_tables_json_and_csv(g):
    channels(g)
    table = good(g, "channel", "list").out.split("\n")
    assert table[0].split() == ["ID", "NAME", "DIALECT", "STATUS", "PRIORITY", "KEYS", "URL"], table
    assert table[1].split()[0] == "first-one" and "\x1b" not in table[1], table
    s = good(g, "channel", "list", "--json")
    assert s.out.rstrip("\n") == g.get("/api/channels").text.rstrip("\n"), "the API's answer, unchanged"
    assert s.json["channels"][0]["id"] == "first-one"
    assert good(g, "channel", "list", "--output", "json").json["channels"]
    csv = good(g, "channel", "list", "--output", "csv").out.split("\r\n")
    assert csv[0] == "ID,NAME,DIALECT,STATUS,PRIORITY,KEYS,URL" and re.match(r'first-one,("First One"|first-one),claude,active,\d+,1,', csv[1]), csv
    assert "ID" not in good(g, "channel", "list", "--no-header").out
    assert good(g, "-q", "channel", "suspend", "first-one").out == ""
    assert "suspended" in good(g, "channel", "list").out
    good(g, "channel", "enable", "first-one")


def test_channels_are_changed(g):
    channels(g)
    good(g, "channel", "set", "first-one", "priority=7", "description=two words", "caps.rpm=600", "only=m*,n")
    c = good(g, "channel", "get", "first-one", "--json").json
    assert c["priority"] == 7 and c["description"] == "two words" and c["caps"]["rpm"] == 600 and c["only"] == ["m*", "n"], c
    good(g, "channel", "set", "first-one", "only=", "description=", "caps.rpm=0")
    good(g, "channel", "weight", "first-one", "3")
    assert good(g, "channel", "get", "first-one", "--json").json["weight"] == 3
    assert "weight: 3" in good(g, "channel", "get", "first-one").out
    assert "priorty" in refused(g, 64, "channel", "set", "first-one", "priorty=1").err
    assert "wants a number" in refused(g, 64, "channel", "set", "first-one", "priority=high").err
    assert refused(g, 1, "channel", "set", "first-one", "weight=5000").err.count("weight"), "the gateway names the member"
    assert "no channel" in refused(g, 1, "channel", "set", "nobody", "priority=1").err
    refused(g, 64, "channel", "set", "first-one")
    refused(g, 64, "channel", "set", "first-one", "priority")


def test_channels_are_switched(g):
    channels(g)
    for word, status in (("suspend", "suspended"), ("disable", "disabled"), ("enable", "active"), ("drain", "suspended"), ("enable", "active")):
        good(g, "channel", word, "first-one")
        assert good(g, "channel", "get", "first-one", "--json").json["status"] == status, word
    good(g, "channel", "promote", "first-one", "5m", "--family", "messages")
    assert "promotions" in good(g, "show", "channels", "--json").json
    good(g, "channel", "promote", "first-one", "0")
    refused(g, 64, "channel", "promote", "first-one", "soon")
    good(g, "channel", "resume", "first-one")
    good(g, "scheduler", "reset", "--channel", "first-one")
    refused(g, 1, "scheduler", "reset", "--channel", "nobody")


def test_channels_are_moved(g):
    channels(g)
    good(g, "channel", "move", "second", "1")
    assert [x["id"] for x in g.get("/api/channels?family=messages").json["channels"]] == ["second", "first-one"]
    good(g, "channel", "move", "second", "99")
    assert [x["id"] for x in g.get("/api/channels?family=messages").json["channels"]] == ["first-one", "second"]
    refused(g, 64, "channel", "move", "second", "0")
    refused(g, 1, "channel", "move", "nobody", "1")


def test_keys(g):
    channels(g)
    good(g, "key", "add", "second", "--label", "more", stdin="sk-CANARY-k2\n\nsk-CANARY-k3\n")
    keys = good(g, "key", "list", "second", "--json").json["keys"]
    assert len(keys) == 3 and keys[1]["label"] == "more", keys
    assert "sk-CANARY" not in json.dumps(keys)
    ids = [k["id"] for k in keys]
    good(g, "key", "move", "second", ids[2], "1")
    assert [k["id"] for k in good(g, "key", "list", "second", "--json").json["keys"]] == [ids[2], ids[0], ids[1]]
    good(g, "key", "disable", "second", ids[0])
    assert "disabled" in good(g, "key", "list", "second").out
    good(g, "key", "enable", "second", ids[0])
    refused(g, 1, "key", "enable", "second", "0123456789ab")
    assert "--yes" in refused(g, 64, "key", "rm", "second", ids[2]).err
    good(g, "key", "rm", "second", ids[2], "--yes")
    assert len(good(g, "key", "list", "second", "--json").json["keys"]) == 2
    assert good(g, "show", "keys").out.count("second") == 2
    refused(g, 64, "key", "add", "second")


def test_tests_and_models(g):
    channels(g)
    s = good(g, "channel", "test", "first-one", "--json")
    assert s.json["ok"] is True, s
    assert "ok: yes" in good(g, "channel", "test", "first-one", "--model", "m").out
    key = good(g, "key", "list", "first-one", "--json").json["keys"][0]["id"]
    good(g, "key", "test", "first-one", key)
    assert "MODEL" in good(g, "channel", "models", "first-one").out
    g.up.script("status=401")
    s = run(g, "channel", "test", "first-one")
    assert s.code == 1 and "ok: no" in s.out, s
    s = run(g, "channel", "add", "--name", "third", "--dialect", "claude", "--url", g.up.url, "allow_private=yes", "--test", stdin="sk-CANARY-bad")
    assert s.code == 1 and "nothing is saved" in s.err, s
    g.up.script("")
    refused(g, 1, "channel", "get", "third")
    good(g, "channel", "add", "--name", "third", "--dialect", "claude", "--url", g.up.url, "allow_private=yes", "--test", stdin="sk-CANARY-good")
    good(g, "channel", "rm", "-y", "third")


# ---- clients, families, sessions ----

def test_clients(g):
    channels(g)
    s = good(g, "client", "create", "--label", "bob", "--rpm", "50", "--models", "m*,other", "--tokens", "100000", "--period", "day")
    key = s.out.strip()
    assert "\n" not in key and "shown this once" in s.err, s
    assert g.message(key=key).status == 200
    assert g.message(key=key, model="zzz").status in (403, 404)
    row = [c for c in good(g, "client", "list", "--json").json["clients"] if c["label"] == "bob"][0]
    assert key not in json.dumps(row) and row["caps"]["rpm"] == 50 and row["models"] == ["m*", "other"], row
    good(g, "client", "set", row["id"], "--rpm", "60", "label=rob")
    c = good(g, "client", "get", row["id"], "--json").json
    assert c["label"] == "rob" and c["caps"]["rpm"] == 60, c
    assert "rob" in good(g, "client", "list").out
    good(g, "client", "reset", row["id"])
    new = good(g, "client", "rotate", row["id"]).out.strip()
    wait(lambda: new != key and g.message(key=key).status == 401 and g.message(key=new).status == 200, "the new one opens instead")
    made = good(g, "client", "create", "--json")
    assert made.json["key"]
    good(g, "client", "revoke", made.json["id"], "--yes")
    refused(g, 1, "client", "get", made.json["id"])
    refused(g, 64, "client", "create", "--rpm", "many")
    refused(g, 64, "client", "create", "key=sk-mine")


def test_families_and_sessions(g):
    channels(g)
    good(g, "family", "set", "messages", "strategy=round_robin", "order=second,first-one")
    row = [f for f in good(g, "family", "list", "--json").json["families"] if f["name"] == "messages"][0]
    assert row["strategy"] == "round_robin" and row["order"] == ["second", "first-one"], row
    good(g, "family", "set", "messages", "strategy=", "order=")
    refused(g, 1, "family", "set", "messages", "strategy=psychic")
    refused(g, 1, "family", "set", "nobody", "strategy=random")
    g.message(headers={"session_id": "s-1"})
    g.settled()
    assert good(g, "sessions", "list", "--json").json["sessions"]
    assert "SESSION" in good(g, "show", "sessions").out
    assert re.match(r"\d+ sessions are forgotten", good(g, "sessions", "clear").out)
    assert "No conversation" in good(g, "sessions", "list").out


# ---- what is seen ----

def test_shows(g):
    channels(g)
    for word in ("channels", "keys", "breakers", "inflight"):
        good(g, "show", word)
        json.loads(good(g, "show", word, "--json").out)
    assert "first-one" in good(g, "top").out and "\x1b" not in good(g, "top", "--once").out
    json.loads(good(g, "top", "--json").out)


def test_stats_and_explain(g):
    channels(g)
    g.message()
    wait(lambda: "first-one" in good(g, "stats", "--since", "15m").out, "the statistics know the channel")
    assert good(g, "stats", "--csv", "--by", "model").out.startswith("NAME,LABEL,REQUESTS"), "csv"
    refused(g, 1, "stats", "--by", "weather")
    assert "result: path" in good(g, "explain", "--model", "m").out or "first-one" in good(g, "explain", "--model", "m").out
    body = g.write("body.json", '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}]}')
    json.loads(good(g, "explain", "--json", body).out)
    json.loads(good(g, "explain", "--json", "-", stdin=open(body, encoding="utf-8").read()).out)
    refused(g, 66, "explain", "/nowhere/at/all")
    refused(g, 66, "explain", g.place)
    refused(g, 64, "explain")


def test_history(g):
    channels(g)
    g.message()
    g.message()
    wait(lambda: len(good(g, "history", "--json").json["requests"]) > 1, "history has requests")
    rows = good(g, "history", "-n", "2", "--json").json["requests"]
    assert len(rows) == 2
    assert "MODEL" in good(g, "history").out
    assert "tries" in good(g, "history", rows[0]["id"]).out
    assert all(r["outcome"] == "failed" for r in good(g, "history", "--failed", "--json").json["requests"])
    good(g, "show", "errors")
    good(g, "history", "--since", "1h", "--status", "2xx", "--channel", "first-one", "--csv")
    refused(g, 64, "history", "-n", "0")
    refused(g, 1, "history", "--status", "green")


def test_configuration(g):
    channels(g)
    good(g, "config", "set", "limits.attempts", "7")
    assert good(g, "config", "get", "limits.attempts").out == "7\n"
    assert "attempts: 7" in good(g, "config", "get", "limits").out
    text = good(g, "config", "show").out
    assert "attempts = 7" in text and "first-one" in text and "CANARY" not in text, text
    assert "managed.conf" in good(g, "config", "show", "--source").out
    assert good(g, "show", "config").out == text
    json.loads(good(g, "config", "show", "--json").out)
    rows = good(g, "config", "history", "--json").json["generations"]
    assert rows and "WHAT" in good(g, "config", "history").out
    good(g, "config", "set", "limits.attempts", "5")
    assert "attempts" in good(g, "config", "diff").out
    number = str(max(r["number"] for r in good(g, "config", "history", "--json").json["generations"] if not r["current"]))
    assert "--yes" in refused(g, 64, "config", "restore", number).err
    good(g, "config", "restore", number, "-y")
    assert good(g, "config", "get", "limits.attempts").out == "7\n"
    refused(g, 1, "config", "restore", "9999", "-y")
    good(g, "config", "set", "limits.attempts", "")
    assert "7" not in good(g, "config", "get", "limits.attempts").out
    refused(g, 64, "config", "set", "limits.atempts", "3")
    refused(g, 64, "config", "set", "access_key", "clear")
    assert "passwd" in refused(g, 64, "config", "set", "admin_password", "clear").err
    assert "limits.attempts" in refused(g, 1, "config", "set", "limits.attempts", "99999").err
    refused(g, 1, "config", "get", "no.such")


def test_what_a_file_says_is_left_to_it(g):
    s = refused(g, 1, "config", "set", "listen", "127.0.0.1:1")
    assert "claude-proxy.conf" in s.err, s


def test_reload_and_test(g):
    assert "good" in good(g, "config", "test").out
    good(g, "reload", "--wait")
    good(g, "config", "reload", "-q")
    bad = g.write("bad.conf", 'limits : { body = "many"; }; chanels = ();')
    s = run(g, "config", "test", bad)
    assert s.code == 1 and "error" in s.out + s.err and "chanels" in s.out + s.err, s
    good(g, "config", "test", g.write("ok.conf", "limits : { attempts = 4; };"))
    before = open(g.conf_file, encoding="utf-8").read()
    g.write("claude-proxy.conf", before + "\nlimts : {};\n")
    s = refused(g, 1, "reload")
    assert "claude-proxy.conf:" in s.err and "limits" in s.err, s
    g.write("claude-proxy.conf", before)
    good(g, "reload")


def test_import(g):
    os.makedirs(os.path.join(g.place, "old", ".config"), exist_ok=True)
    g.write("old/.env", "PORT=3000\nPROXY_ACCESS_KEY=sk-CANARY-old-access-key\nMAX_REQUEST_BODY_SIZE_MB=20\n")
    g.write("old/.config/config.json", json.dumps({"upstream": [{"name": "relay", "serviceType": "claude", "baseUrl": "https://relay.example",
                                                                   "apiKeys": ["sk-CANARY-relay-1"], "status": "active"}]}))
    s = good(g, "import", os.path.join(g.place, "old"), "--dry-run")
    assert "dry run" in s.out and "relay" in s.out, s
    refused(g, 1, "channel", "get", "relay")
    s = good(g, "import", os.path.join(g.place, "old"))
    assert "Taken" in s.out and "1 channel with 1 key" in s.out, s
    good(g, "channel", "get", "relay")
    json.loads(good(g, "import", os.path.join(g.place, "old"), "--json").out)
    refused(g, 66, "import", g.place)
    g.write("old/.config/config.json", "{")
    refused(g, 1, "import", os.path.join(g.place, "old"))
    good(g, "channel", "rm", "relay", "-y")


def test_password(g):
    good(g, "passwd", stdin="CANARY correct horse battery\n")
    assert g.api("POST", "/api/session", {"password": "CANARY correct horse battery"}, key=None).status in (200, 201)
    assert "-k FILE" in refused(g, 77, "channel", "list").err, "the access key opens /v1 only from now on"
    refused(g, 1, "passwd", "--print", stdin="short\n")
    refused(g, 64, "passwd", "--print", stdin="\n")
    admin = "CANARY-admin-" + "k" * 20
    g.configure(f'admin_key = "{admin}";', channels="")
    g.restart()
    good(g, "passwd", "--remove", env={"CLAUDE_PROXY_KEY": admin})
    g.configure("", channels="")
    g.restart()
    good(g, "channel", "list")


def test_api_as_it_is(g):
    channels(g)
    assert good(g, "api", "GET", "/api/families", "--json").json["families"]
    good(g, "api", "PATCH", "/api/channels/first-one", "-", stdin='{"priority": 1}')
    refused(g, 1, "api", "GET", "/api/nope")
    refused(g, 64, "api", "GET", "nope")
    assert "# TYPE" in good(g, "api", "GET", "/metrics").out
    assert "lines" in good(g, "log", "--json").json


# ---- nobody, no key, no sense ----

def test_exit_codes(g):
    s = run(g, "channel", "list", env={"CLAUDE_PROXY_KEY": "wrong-key"})
    assert s.code == 77 and not s.out, s
    s = run(g, "channel", "list", env={"CLAUDE_PROXY_KEY": ""})
    assert s.code == 77 and "-k FILE" in s.err, s
    p = subprocess.run([program(g), "-s", g.place + "/no.sock", "status"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(g), check=False)
    assert p.returncode == 69 and b"no.sock" in p.stderr and b"systemctl start" in p.stderr, p
    key = g.write("key", g.key + "\n")
    good(g, "-k", key, "channel", "list", env={"CLAUDE_PROXY_KEY": ""})
    good(g, "-k", "-", "channel", "list", env={"CLAUDE_PROXY_KEY": ""}, stdin=g.key)
    refused(g, 64, "-k", g.place + "/nothing", "channel", "list")
    for words in ((), ("chanel",), ("channel",), ("channel", "get"), ("status", "--what"), ("status", "more"), ("--output", "xml", "status"),
                  ("--timeout", "1", "status"), ("-s", "x", "status"), ("channel", "add"), ("import",), ("completion", "tcsh")):
        s = run(g, *words)
        assert s.code == 64 and s.err, (words, s)


def test_help(g):
    everything = good(g, "help").out
    assert good(g, "--help").out == everything
    assert good(g, "-V").out.startswith("claude-proxyctl ")
    commands = re.findall(r"(?m)^  ([a-z]+(?: [a-z]+)?)(?= [A-Z\[]|  )", everything)
    assert len(commands) > 50, commands
    for words in commands:
        page = good(g, "help", *words.split()).out
        assert page.startswith(f"Usage: claude-proxyctl {words}"), page
        assert words == "help" or good(g, *words.split(), "--help").out == page
    assert "channel add" in good(g, "help", "channel").out
    refused(g, 64, "help", "nonsense")


def test_manual_has_every_command(g):
    with open(os.path.join(g.tools.source, "core", "claude-proxyctl.8"), encoding="utf-8") as f:
        manual = f.read()
    told = [re.sub(r"\\-", "-", re.sub(r'["]|\\f[RIB]', "", x)) for x in re.findall(r"(?m)^\.TP\n\.BR? (.*)$", manual)]
    listed = re.findall(r"(?m)^  ([a-z]+(?: [a-z]+)?)(?= [A-Z\[]|  )", good(g, "help").out)
    for words in listed:
        assert any(x == words or x.startswith(words + " ") for x in told), f"{words} is not in the manual"
    options = set(re.findall(r"(?m)^ +(?:-., )?(--[a-z-]+)", good(g, "help").out))
    for words in listed:
        options |= set(re.findall(r"(?m)^ +(?:-., )?(--[a-z-]+)", good(g, "help", *words.split()).out))
    spelled = manual.replace("\\-", "-")
    for option in options:
        assert option in spelled, f"{option} is not in the manual"


def test_control_characters_stay_away(g):
    name = "evil\x1b[2Jname\u202e\x07"
    made = g.post("/api/channels", {"id": "evil", "name": name, "dialect": "claude", "base_urls": [g.up.url], "allow_private": True, "keyless": True})
    if made.status != 201:
        assert made.status == 422, made   # refused at the door is as good
        return
    for words in (("channel", "list"), ("channel", "get", "evil"), ("channel", "list", "--output", "csv"), ("status",)):
        out = good(g, *words).out
        assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out, out
    good(g, "channel", "rm", "-y", "evil")


# ---- live ----

class Live:
    """A command that goes on; its lines as they come."""

    def __init__(self, g, *words):
        self.g = g
        self.process = subprocess.Popen([program(g), "--url", f"http://127.0.0.1:{g.port}", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment(g), cwd=g.place)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""

    def has(self, what):
        self.text += (self.process.stdout.read() or b"").decode("utf-8", "replace")
        return what in self.text

    def close(self):
        self.process.terminate()
        self.process.wait(LONG)
        self.has("")
        self.process.stdout.close()
        self.g.seen.append(self.text)


def followed(g, live, act, what):
    """Acts until it is seen: who follows may not be there yet when the first thing happens."""
    for _ in range(40):
        act()
        if wait_short(lambda: live.has(what)):
            return
    raise AssertionError(f"{what!r} is not in {live.text!r}")


def wait_short(probe):
    end = time.monotonic() + 3
    while time.monotonic() < end:
        if probe():
            return True
        time.sleep(0.02)
    return False


def test_monitor(g):
    channels(g)
    live = Live(g, "monitor")
    try:
        followed(g, live, g.message, "first-one")
        assert live.text.startswith("TIME"), live.text
        assert "served" in live.text and "hello" not in live.text, live.text
        g.restart()
    finally:
        live.close()


def test_events(g):
    channels(g)
    weights = iter(range(1, 1000))
    live, lines = Live(g, "events", "--kinds", "channel"), Live(g, "events", "--json")
    try:
        followed(g, live, lambda: g.patch("/api/channels/first-one", {"weight": next(weights)}), "channel=first-one")
        followed(g, lines, lambda: g.patch("/api/channels/first-one", {"weight": next(weights)}), "first-one")
        for line in lines.text.split("\n")[:-1]:
            json.loads(line)
    finally:
        live.close()
        lines.close()
    refused(g, 77, "events", env={"CLAUDE_PROXY_KEY": "wrong"})


def test_the_local_socket_needs_no_key(g):
    path = os.path.join(g.state_dir, "ctl.sock")
    if not os.path.exists(path):
        raise Skip("there is no local socket here")
    p = subprocess.run([program(g), "-s", path, "channel", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**environment(g), "CLAUDE_PROXY_KEY": ""}, check=False)
    assert p.returncode == 0 and b"channels" in p.stdout, p
    p = subprocess.run([program(g), "status"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**environment(g), "CLAUDE_PROXY_SOCKET": path}, check=False)
    assert p.returncode == 0 and path.encode() in p.stdout, p
    os.chmod(g.place, 0o755)
    if os.geteuid() == 0:
        p = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program(g), "-s", path, "status"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, env=environment(g), check=False)
        assert p.returncode in (77, 127, 126) and b"Sanitizer" not in p.stderr, p


def test_no_key_is_given_to_strangers(g):
    """Where no socket is, another program may have the port: a key goes there only if it was named."""
    import http.server
    import threading
    got = []

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            got.append(dict(self.headers))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *args):
            pass
    try:
        s = http.server.HTTPServer(("127.0.0.1", 3000), Stranger)
    except OSError:
        raise Skip("port 3000 is taken")
    threading.Thread(target=s.serve_forever, daemon=True).start()
    home = os.path.join(g.place, "stranger")
    os.makedirs(os.path.join(home, ".local/state/claude-proxy"))
    with open(os.path.join(home, ".local/state/claude-proxy/access-key"), "w", encoding="utf-8") as f:
        f.write("sk-CANARY-own-access-key-0001\n")
    try:
        p = subprocess.run([program(g), "status"], env={**g.environment(), "HOME": home}, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
    finally:
        s.shutdown()
        s.server_close()
    assert got and "CANARY" not in str(got), got
    assert p.returncode == 77, p
