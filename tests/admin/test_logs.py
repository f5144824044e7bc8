# SPDX-License-Identifier: MIT
"""The log: its kinds and levels, followed live; and what becomes of it when nobody takes it."""
import json
import os
import re
import signal
import subprocess
import threading
import time

from gateway import LONG, Beside, Skip, read_text, wait
from test_events import Follower


def events(g, *kinds):
    return [x for x in g.log_lines() if x["event"] in kinds]


def follow(g, query):
    f = Follower.__new__(Follower)
    import socket
    f.socket = socket.create_connection(("127.0.0.1", g.port), LONG)
    f.socket.sendall(f"GET /api/events{query} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {g.key}\r\n\r\n".encode())
    f.text, f.is_over = "", False
    threading.Thread(target=f.read, daemon=True).start()
    wait(lambda: "event: hello" in f.text, "the first event")
    return f


# ---- kinds ----

def test_each_kind_is_explained(g):
    """claude-proxy(8) has the number of each kind, and no other."""
    with open(os.path.join(g.tools.source, "core/base/log_kind.c"), encoding="utf-8") as f:
        known = dict(re.findall(r'\{ "([a-z_]+)", "([0-9a-f]{32})" \}', f.read()))
    with open(os.path.join(g.tools.source, "core/claude-proxy.8"), encoding="utf-8") as f:
        told = dict(re.findall(r"^\.IP \"([a-z_]+) ([0-9a-f]{32})\"", f.read(), re.M))
    assert len(known) >= 25 and known == told, (set(known.items()) ^ set(told.items()))


def test_what_the_code_says_is_known(g):
    """Each event that is logged somewhere has a number, and each number is used."""
    with open(os.path.join(g.tools.source, "core/base/log_kind.c"), encoding="utf-8") as f:
        known = set(re.findall(r'\{ "([a-z_]+)", "[0-9a-f]{32}" \}', f.read()))
    used = set()
    for folder, _, names in os.walk(os.path.join(g.tools.source, "core")):
        for name in names:
            if name.endswith(".c") and name not in ("log_kind.c", "log_line.c"):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    text = f.read()
                for call in re.findall(r"log_record\(([^;]*?);", text, re.S):
                    used |= set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"', call.split("&(struct")[0][:200]))
                used |= set(re.findall(r'\.event = "([a-z_]+)"', text)) | set(re.findall(r'running_log\([^,]*, "([a-z_]+)"', text))
    assert not known - used, f"nobody logs {known - used}"


def test_life(g):
    wait(lambda: [x["version"] for x in events(g, "start")], "the start")
    g.reload()
    wait(lambda: events(g, "reload"), "a reload")
    assert g.get("/api/status", key="guess-1234567890").status == 401
    wait(lambda: events(g, "auth_failed"), "a guess")
    assert events(g, "auth_failed")[0]["client"] == "127.0.0.1"


def test_fields_of_a_request(g):
    assert g.message(headers={"user-agent": "tester/1.0"}).status == 200
    r = wait(lambda: [x for x in events(g, "request") if x.get("ua") == "tester/1.0"], "the request")[-1]
    for name in ("req", "client", "key", "family", "model", "model_up", "channel", "upkey", "attempts", "status", "up_status", "stream",
                 "t_queue", "t_connect", "t_first", "t_total", "bytes_in", "bytes_out", "tok_in", "tok_out", "end", "ua"):
        assert name in r, (name, r)
    assert r["end"] == "--" and r["ua"] == "tester/1.0" and r["t_total"] < 30 and "cause" not in r
    assert g.message(key="nobody-knows-it").status == 401
    wait(lambda: events(g, "request")[-1]["status"] == 401, "the other one")
    assert events(g, "request")[-1]["cause"] == "auth", events(g, "request")[-1]


def test_health_is_told_once(g):
    """Twenty requests meet a key that is refused, and one that serves again: two records."""
    g.up.script("path=/messages status=401 error=authentication_error:no\n")
    for _ in range(20):
        g.message()
    refused = wait(lambda: events(g, "key_refused", "key_cooled"), "the key is refused")
    assert len(refused) == 1, refused
    assert refused[0]["channel"] == "up" and re.fullmatch("[0-9a-f]{12}", refused[0]["upkey"]), refused
    assert refused[0]["cause"] == "auth" and refused[0]["up_status"] == 401 and refused[0]["until"].endswith("Z"), refused
    g.up.script("\n")
    for _ in range(3):
        wait(lambda: g.message().status == 200, "it serves again")
    assert len(wait(lambda: events(g, "key_well"), "the key is well")) == 1


def test_a_channel_goes_down_and_up_once(g):
    g.up.script("path=/messages status=500 error=api_error:no\n")
    for _ in range(60):
        g.message()
    down = wait(lambda: events(g, "channel_down"), "the channel is left alone")
    assert len(down) == 1 and down[0]["channel"] == "up" and down[0]["level"] == "error" and "until" in down[0], down
    g.up.script("\n")
    up = wait(lambda: g.message() and events(g, "channel_up"), "it is asked again")
    assert len(up) == 1 and len(events(g, "channel_down")) == 1, up


def test_a_stream_that_breaks_off(g):
    g.up.script("path=/messages events=20 cutevent=5 reset\n")
    g.message(stream=True)
    g.up.script("\n")
    x = wait(lambda: events(g, "stream_aborted"), "a stream broke off")[-1]
    assert x["channel"] == "up" and x["end"] == "UD" and x["cause"] and x["req"], x


# ---- levels ----

def test_level_for_a_while(g):
    assert g.get("/api/log/level").json["level"] == "info"
    a = g.put("/api/log/level", {"level": "debug", "for": "1h"})
    assert a.status == 200 and a.json["level"] == "debug" and a.json["configured"] == "info" and a.json["until"], a
    g.reload()
    assert g.get("/api/log/level").json["level"] == "debug", "a reload does not end it"
    assert g.put("/api/log/level", {"level": "debug", "for": "1s"}).status == 200
    wait(lambda: g.get("/api/log/level").json["level"] == "info", "it ends by itself")
    assert g.get("/api/log/level").json["until"] is None
    wait(lambda: [x for x in events(g, "level") if "again" in x["msg"]], "the log says it")
    assert g.put("/api/log/level", {"level": "error", "for": "1h"}).status == 200
    assert g.delete("/api/log/level").json["level"] == "info"
    for body in ({"level": "loud"}, {"level": "debug", "for": "2d"}, {"level": "debug", "for": 5}, {}, {"level": "debug", "four": "1s"}):
        assert g.put("/api/log/level", body).status == 400, body


def test_each_level_logs_what_it_says(g):
    for level, is_logged in (("info", True), ("debug", True), ("warn", False), ("error", False)):
        assert g.put("/api/log/level", {"level": level, "for": "1h"}).status == 200
        model = f"m-at-{level}"
        assert g.message(model=model).status == 200
        g.settled()  # what it logs is logged
        assert g.delete("/api/log/level").status == 200
        assert g.message(model=f"m-after-{level}").status == 200
        wait(lambda: [x for x in g.log_lines() if x.get("model") == f"m-after-{level}"], "what came after is logged")
        assert bool([x for x in g.log_lines() if x.get("model") == model]) == is_logged, level


def ctl(g, *args):
    p = subprocess.run([os.path.join(g.tools.build, "claude-proxyctl"), "--url", f"http://127.0.0.1:{g.port}", "--key-file", g.write("key", g.key), *args],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False, env=g.environment())
    return p.returncode, p.stdout.decode()


def test_ctl(g):
    if not hasattr(g.tools, "build"):
        g.tools.build = os.path.dirname(g.tools.gateway)
    code, said = ctl(g, "loglevel", "debug", "--for", "5m")
    assert code == 0 and "debug" in said, said
    assert g.get("/api/log/level").json["level"] == "debug"
    g.delete("/api/log/level")
    code, said = ctl(g, "--json", "capture", "start", "--channel", "up", "--duration", "10m")
    assert code == 0, said
    capture = json.loads(said)["id"]
    assert g.message(text="captured").status == 200
    wait(lambda: '"what":"end"' in ctl(g, "capture", "get", capture)[1], "the request's end")
    code, said = ctl(g, "capture", "get", capture)
    assert code == 0 and '"what":"client_request"' in said and "captured" in said, said
    code, said = ctl(g, "capture", "list")
    assert code == 0 and capture in said and "running" in said, said
    code, said = ctl(g, "capture", "stop", capture)
    assert code == 0, said
    code, said = ctl(g, "capture", "rm", "--yes", capture)
    assert code == 0 and ctl(g, "capture", "get", capture)[0] != 0, said
    assert g.message(key="nobody-knows-it").status == 401
    code, said = ctl(g, "log")
    assert code == 0, said


# ---- who follows ----

def test_live(g):
    all_, bad = follow(g, "?kinds=log"), follow(g, "?kinds=log&level=warn")
    assert g.message().status == 200
    g.up.script("path=/messages status=503 error=api_error:no\n")
    g.message()
    g.up.script("\n")
    wait(lambda: "attempt failed" in bad.text, "a warning")
    wait(lambda: "attempt failed" in all_.text and '"status":200' in all_.text, "all")
    levels = {json.loads(d)["level"] for _, k, d in bad.events() if k == "log"}
    assert levels <= {"warn", "error"}, levels
    assert g.get("/api/events?level=loud").status == 400
    all_.close()
    bad.close()
    last = g.get("/api/log?limit=5").json["lines"]
    assert 0 < len(last) <= 5 and all(x["level"] in ("warn", "error") for x in last), last
    assert all(x["level"] == "error" for x in g.get("/api/log?level=error").json["lines"])


# ---- files ----

def test_rotation_under_load(g):
    """Renamed and reopened while requests are served: no record is lost, none is torn."""
    stop, sent = threading.Event(), []

    def load():
        while not stop.is_set():
            sent.append(g.message(model="rotates", text="x" * 100).status)

    asked = Beside(*[load] * 4)
    for i in range(5):
        time.sleep(0.2)
        os.rename(g.log_file, f"{g.log_file}.{i}")
        g.process.send_signal(signal.SIGUSR1)
        wait(lambda: os.path.exists(g.log_file), "the new file")
    stop.set()
    asked.join()

    def all_lines():
        text = "".join(read_text(f) for f in [f"{g.log_file}.{i}" for i in range(5)] + [g.log_file])
        return [json.loads(x) for x in text.split("\n")[:-1]]

    wait(lambda: len([x for x in all_lines() if x.get("model") == "rotates"]) >= len(sent), "one record for each request")
    assert len([x for x in all_lines() if x.get("model") == "rotates"]) == len(sent)
    assert set(sent) == {200} and g.get("/api/log/level").json["dropped"] == 0


def again(g, *options, **env):
    """The same gateway with another log."""
    g.stop()
    g.options, old = ["-o", f"log.file={g.log_file}", *options], g.options
    g.env = env
    g.start()
    g.options, g.env = old, {}


ACCESS = re.compile(r'(\S+) (\S+) \[([^\]]+)\] "([^"]*)" (\d+) (\d+) (\S+) (\S+)/(\S+) (\d+) (\S+)/(\S+) (\S+)/(\S+) (\S\S) "([^"]*)" (\S+)( "[^"]*")?$')


def test_access_lines(g):
    again(g, "-o", "log.form=access")
    garbage = "a b\"c\\d\u00e9\u202e" + "z" * 300
    g.message(model=garbage, headers={"user-agent": 'M "x" \\ y\xff'})
    g.message(model="bad\u0001\x7f")
    g.send("GET", "/nowhere%0a%22?key=query-CANARY-1&x=1", headers={"x-api-key": g.key})
    g.message()

    def written():
        """Two workers write them: in whatever order."""
        return [x for x in g.log_text().split("\n")[:-1] if "HTTP/1" in x]
    lines = wait(lambda: written() if len(written()) >= 4 else None, "four")
    for line in lines:
        assert ACCESS.match(line) and len(line) < 8192 and "key=" not in line, line
        assert not re.search(r"[\x00-\x1f\x7f]", line), line
    of_model = {m[7]: m for m in map(ACCESS.match, lines)}
    m = next(m for name, m in of_model.items() if name.startswith("a\\x20b\\x22c\\x5cd\u00e9"))
    assert m[1] == "127.0.0.1" and m[2] == "access" and m[4] == "POST /v1/messages HTTP/1.1", m.groups()
    assert m[16].startswith('M \\x22x\\x22 \\x5c y'), m[16]
    m = of_model["m"]
    assert m[5] == "200" and m[8] == "up" and m[15] == "--", m.groups()


# ---- nobody takes it ----

def test_a_full_disk(g):
    before = g.log_file
    g.stop()
    g.options, old = ["-o", "log.file=/dev/full"], g.options
    g.start()
    g.options = old
    for _ in range(20):
        assert g.message().status == 200
    assert wait(lambda: g.get("/api/log/level").json["dropped"] >= 20, "they are counted")
    assert [x for x in g.get("/api/status").json["warnings"] if x["id"] == "log_dropped"]
    found = re.search(r"^claude_proxy_log_dropped_total (\d+)", g.get("/metrics").text, re.M)
    assert found and int(found[1]) >= 20, found
    g.log_file = before
    g.stop()
    g.start()


def test_a_pipe_that_nobody_reads(g):
    """Requests are served; when somebody reads again he is told how much is missing."""
    pipe = os.path.join(g.place, "pipe")
    os.mkfifo(pipe)
    g.stop()
    g.options, old = ["-o", f"log.file={pipe}", "-o", "log.level=debug", "-o", "log.bodies=true"], g.options
    g.start()
    g.options = old
    sent = 0

    def is_full():
        nonlocal sent
        for _ in range(20):
            assert g.message(text="y" * 5000).status == 200
            sent += 1
        return g.get("/api/log/level").json["dropped"] > 0

    wait(is_full, "the ring is full")
    read = []

    def reader():
        with open(pipe, "rb") as f:
            for line in f:
                read.append(line)

    t = threading.Thread(target=reader, daemon=True)
    t.start()
    told = wait(lambda: [x for x in read if b"records dropped" in x], "it is told")
    assert all(json.loads(x) for x in list(read)), "no line is torn"
    assert int(re.search(rb"(\d+) records dropped", told[0])[1]) > 0
    assert g.message().status == 200
    g.stop()
    t.join(LONG)
    g.start()


def unshared(g, prepare):
    """The gateway in a mount namespace of its own, in which /run is another one."""
    wrap = ["unshare", "-m", "sh", "-c", f"mount -t tmpfs none /run && {prepare} exec \"$@\"", "sh"]
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("no mount namespaces here")
    g.stop()
    g.options, old, command = ["-o", "log.form=journal", "-o", "log.file="], g.options, g.command
    g.command = lambda *more: wrap + command(*more)
    g.start()
    g.command, g.options = command, old


def test_no_journal(g):
    unshared(g, "")
    for _ in range(20):
        assert g.message().status == 200
    assert wait(lambda: g.get("/api/log/level").json["dropped"] >= 20, "they are counted")


JOURNALD = """
import os, socket, sys, time
os.makedirs("/run/systemd/journal")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
open(sys.argv[1] + ".up", "w").close()
while not os.path.exists(sys.argv[1] + ".go"):
    time.sleep(0.05)
with open(sys.argv[1], "ab", buffering=0) as f:
    while True:
        f.write(s.recv(65536) + b"\\n")
"""


def test_a_journal_that_stands_still(g):
    """Its socket is there and takes only so much; then it wakes up."""
    script, out = g.write("journald.py", JOURNALD), os.path.join(g.place, "journal.out")
    unshared(g, f"(python3 {script} {out} </dev/null >/dev/null 2>&1 & echo $! >{out}.pid); while ! test -e {out}.up; do sleep 0.1; done;")
    try:
        for _ in range(60):
            assert g.message().status == 200
        open(out + ".go", "w").close()
        text = wait(lambda: os.path.exists(out) and open(out, "rb").read().count(b"CP_EVENT=request") >= 60 and open(out, "rb").read(),
                    "what waited comes")
        assert b"MESSAGE_ID=" in text and b"CP_CHANNEL=up" in text and b"PRIORITY=6" in text
        assert b"CANARY" not in text
        with open(os.path.join(g.tools.source, "core/base/log_kind.c"), encoding="utf-8") as f:
            ids = dict(re.findall(r'\{ "([a-z_]+)", "([0-9a-f]{32})" \}', f.read()))
        assert f"MESSAGE_ID={ids['request']}".encode() in text and f"MESSAGE_ID={ids['start']}".encode() in text
    finally:
        os.kill(int(open(out + ".pid").read()), signal.SIGTERM)
    g.stop()
    g.start()
