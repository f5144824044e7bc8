# SPDX-License-Identifier: MIT
"""The configuration as a whole: what is set stands on the disk and serves, or neither; whatever disks, files and others do."""
import glob
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import threading
import time

import gateway

TAGS = ["thread"]

FRESH = True
ENV = {"LSAN_OPTIONS": "print_suppressions=0:suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "lsan.supp")}


def settings(g):
    return g.get("/api/settings").json["settings"]


def attempts(g):
    return settings(g)["limits"]["attempts"]


def managed(g):
    path = os.path.join(g.state_dir, "managed.conf")
    return open(path, encoding="utf-8").read() if os.path.exists(path) else ""


def left_over(g):
    return [f for f in os.listdir(g.state_dir) if f.startswith("managed.conf.")]


def set_attempts(g, n, **more):
    return g.patch("/api/settings", {"limits": {"attempts": n}}, **more)


def with_line(g, line):
    with open(g.conf_file, encoding="utf-8") as f:
        text = f.read()
    gateway.write_file(g.conf_file, text + line + "\n")
    return text


# ---- what cannot be ----

def test_settings_that_contradict_themselves(g):
    for body in ({"limits": 5, "limits.body.x": 1}, {"limits": None, "limits.a.b": 1}, {"limits.body": "1MB", "limits": {"body": "2MB"}},
                 {"limits.body": "1MB", "limits": 7}, {"x." * 200000 + "y": 1}):
        a = g.patch("/api/settings", body)
        assert a.status == 400 and a.json["path"], (list(body)[0][:40], a)
    a = g.patch("/api/settings", {"limits.attempts": 5, "limits": {"body": "3MB"}})
    assert a.status == 200 and settings(g)["limits"]["attempts"] == 5 and settings(g)["limits"]["body"] == "3MB", a


def test_what_nobody_knows_is_told(g):
    for path in ("/api/config/show?sourc=true", "/api/config/diff?form=1"):
        a = g.get(path)
        assert a.status == 400 and a.json["path"].startswith("query.") and "did you mean" in a.json["error"], a
    for path, body in (("/api/config/test", {"txt": ""}), ("/api/config/restore", {"generation": 0}), ("/api/config/restore", {})):
        assert g.post(path, body).status == 400, (path, body)


# ---- seen ----

def test_what_is_shown_has_sources_and_no_secret(g):
    g.patch("/api/settings", {"admin_key": "admin-CANARY-0123456789abcdef", "limits.body": "9MB"})
    key = "admin-CANARY-0123456789abcdef"
    shown = g.get("/api/config/show?source=true&all=true", key=key)
    assert shown.status == 200 and 'body = "9MB";  # managed.conf:' in shown.json["text"], shown
    assert shown.json["config"]["channels"][0]["id"] == "up" and "claude-proxy.conf:" in shown.json["text"], shown
    options = {o["name"]: o for o in g.get("/api/options", key=key).json["options"]}
    assert options["limits.body"]["source"] == "managed" and not options["limits.body"]["locked"], options["limits.body"]
    assert options["access_key"]["locked"] and options["access_key"]["source"] == "file", options["access_key"]
    assert options["limits.attempts"]["value"] == "8" and options["limits.attempts"]["source"] == "built-in"
    for path in ("/api/settings", "/api/config/history/1", "/api/config/diff?from=1"):
        assert g.get(path, key=key).status == 200, path
    assert g.get("/api/settings").status in (401, 403)


def test_a_file_locks_what_it_says(g):
    a = g.patch("/api/settings", {"access_key": "another-CANARY-key-0123456789"})
    assert a.status == 409 and "claude-proxy.conf:" in a.json["error"] and a.json["path"] == "access_key", a
    g.stop()
    g.env = {**ENV, "CLAUDE_PROXY_LIMITS__ATTEMPTS": "3"}
    g.start()
    a = set_attempts(g, 5)
    assert a.status == 409 and "CLAUDE_PROXY_LIMITS__ATTEMPTS" in a.json["error"], a
    assert attempts(g) == 3 and managed(g) == ""


def test_every_mistake_is_told_by_its_name(g):
    for body, status, path in (({"limits": {"attempts": 900}}, 422, "limits.attempts"), ({"limits": {"atempts": 9}}, 422, "limits.atempts"),
                               ({"limits.attempts": "many"}, 422, "limits.attempts"), ({"channels": []}, 422, "channels"),
                               ({"plugin_dir": "/tmp"}, None, "plugin_dir"), ("[]", 400, None), ("{", 400, None)):
        a = g.patch("/api/settings", body)
        assert a.status == status or (status is None and a.status in (409, 422)), (body, a)
        assert path is None or a.json["path"] == path, (body, a)
    a = g.patch("/api/settings", {"limits": {"stream_low": "1MB"}, "upstream": {"timeouts": {"connect": "-3s"}}})
    assert a.status == 422 and len(a.json["details"]) >= 2, a
    assert managed(g) == ""


def test_a_mask_that_comes_back_means_what_is_there(g):
    key = "admin-CANARY-0123456789abcdef"
    assert g.patch("/api/settings", {"admin_key": key}).status == 200
    mask = g.get("/api/settings", key=key).json["settings"]["admin_key"]
    assert g.patch("/api/settings", {"admin_key": mask, "limits": {"attempts": 6}}, key=key).status == 200
    assert g.get("/api/settings", key=key).json["settings"]["limits"]["attempts"] == 6 and key in managed(g)


# ---- generations ----

def test_there_and_back(g):
    for n in range(1, 14):
        assert set_attempts(g, n).status == 200
    listed = g.get("/api/config/history").json["generations"]
    assert [x["number"] for x in listed] == list(range(13, 2, -1)) and listed[0]["current"] and listed[4]["who"] == "key", listed
    assert listed[0]["what"] == "settings: limits.attempts"
    assert "attempts = 7;" in g.get("/api/config/history/7").json["text"]
    diff = g.get("/api/config/diff?from=5&to=7").json["text"]
    assert "-    attempts = 5;\n+    attempts = 7;\n" in diff and diff.startswith("--- generation 5\n+++ generation 7\n@@ "), diff
    a = g.post("/api/config/restore", {"generation": 4})
    assert a.status == 200 and a.json["generation"] == 14 and attempts(g) == 4, a
    assert g.post("/api/config/restore", {"generation": 2}).status == 404
    assert g.get("/api/config/history/x").status == 404
    assert g.patch("/api/settings", {"limits": {"attempts": None}}).status == 200 and attempts(g) == 8
    g.restart()
    assert attempts(g) == 8


def test_who_has_read_something_older_is_refused(g):
    first = g.get("/api/settings")
    tag = first.headers["etag"]
    assert set_attempts(g, 5, headers={"If-Match": tag}).status == 200
    a = set_attempts(g, 6, headers={"If-Match": tag})
    assert a.status == 409 and attempts(g) == 5, a
    assert g.get("/api/settings", headers={"If-None-Match": g.get("/api/settings").headers["etag"]}).status == 304


# ---- tests and reloads ----

def test_a_test_tells_all_and_changes_nothing(g):
    a = g.post("/api/config/test", {"text": "limits = { attempts = 900; body = 7; };\nlog = { level = \"loud\"; };\n"})
    assert a.status == 200 and not a.json["ok"] and a.json["errors"] == 3, a
    assert all(line.startswith("managed.conf:") for line in a.json["report"]), a
    with_line(g, "limits = { attempts = 0; };")
    a = g.post("/api/config/test")
    assert not a.json["ok"] and "claude-proxy.conf:" in a.json["report"][0], a
    a = g.post("/api/config/reload")
    assert a.status == 422 and a.json["details"] and g.message().status == 200, a
    assert "nothing has changed" in g.reload() and g.message().status == 200


def test_a_reload_takes_the_files(g):
    before = with_line(g, "limits = { attempts = 3; };")
    a = g.post("/api/config/reload")
    assert a.status == 200 and attempts(g) == 3, a
    gateway.write_file(g.conf_file, before)
    g.reload()
    gateway.wait(lambda: attempts(g) == 8, "the reload")


def test_what_takes_a_restart_is_told(g):
    told = g.patch("/api/settings", {"limits": {"attempts": 4}}).json
    assert told["warnings"] == 0 and not told["report"], told
    fixed = [o["name"] for o in g.get("/api/options").json["options"] if o["restart"] and o["settable"] and not o["locked"]]
    assert "limits.connections" in fixed, fixed
    told = g.patch("/api/settings", {"limits.connections": 5000}).json
    assert told["warnings"] == 1 and "takes a restart" in told["report"][0], told


def test_a_thousand_mutations_never_change_what_is_served(g):
    """Texts for a test, and real files with real reloads: whatever is not right changes nothing."""
    dice = random.Random(20261123)
    with open(g.conf_file, encoding="utf-8") as f:
        good = f.read()
    version = g.post("/api/config/test").json["version"]
    junk = ['"', "{", "}", "(", ")", ";", "=", ",", "\x01", "@include \"/etc/passwd\"", "/*", "9" * 30, "-1", "\xff", "x = 1;", "true", "0x", "\\"]
    for i in range(gateway.many(1000)):
        text = list(good)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(text))
            text[at:at + dice.randint(0, 12)] = dice.choice(junk)
        text = "".join(text)
        a = g.post("/api/config/test", {"text": text.replace(g.key, "mutated-0123456789abcdef")})
        assert a.status == 200 and a.json["version"] == version, (i, a)
        if i % 10 == 0:
            gateway.write_file(g.conf_file, text[:dice.randrange(1, len(text))] + '\nnonsense = "')
            assert g.post("/api/config/reload").status == 422, i
            assert g.message().status == 200 and g.get("/api/channels").json["channels"][0]["id"] == "up", i
    gateway.write_file(g.conf_file, good)
    a = g.post("/api/config/reload")
    assert a.status == 200 and a.json["version"] == version + 1, a


def test_a_storm_of_signals_under_traffic(g):
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            a = g.message()
            assert a.status == 200, a

    asked = gateway.Beside(*[ask] * 3)
    for i in range(gateway.many(1000)):
        g.process.send_signal(signal.SIGHUP)
        if i % 20 == 0:
            time.sleep(0.01)
    version = g.post("/api/config/test").json["version"]
    stop.set()
    asked.join()
    assert g.is_alive() and version > 1


# ---- two writers ----

def test_no_update_is_lost(g):
    """Two who read, count one up and write back with If-Match, while others reload: 1,000 that were taken are 1,000 in the end."""
    done, lost, lock = [0, 0], [0], threading.Lock()
    stop = threading.Event()

    def count(me):
        while True:
            with lock:
                if sum(done) >= gateway.many(1000):
                    return
            seen = g.get("/api/settings")
            n = seen.json["settings"]["limits"]["connections"]
            a = g.patch("/api/settings", {"limits": {"connections": n + 1}}, headers={"If-Match": seen.headers["etag"]})
            with lock:
                done[me] += a.status == 200
                lost[0] += a.status == 409
            assert a.status in (200, 409), a

    def reload():
        while not stop.is_set():
            g.process.send_signal(signal.SIGHUP)
            g.post("/api/config/reload")
            time.sleep(0.05)

    start = settings(g)["limits"]["connections"]
    other = gateway.Beside(reload)
    try:
        gateway.together(lambda: count(0), lambda: count(1))
    finally:
        stop.set()
        other.join()
    end = settings(g)["limits"]["connections"]
    assert end - start == sum(done) >= gateway.many(1000), (start, end, done, lost)
    assert len(os.listdir(os.path.join(g.state_dir, "managed"))) <= 11 and not left_over(g)


def test_a_channel_goes_while_streams_run(g):
    answers = []
    streams = gateway.Beside(*[lambda: answers.append(g.message(stream=True, text="[[sim: events=40 pace=50]]"))] * 100)
    gateway.wait(lambda: len(g.up.requests()) >= 50, "the streams are under way")
    with open(g.conf_file, encoding="utf-8") as f:
        text = f.read()
    gateway.write_file(g.conf_file, text.replace('id = "up"', 'id = "other"'))
    for _ in range(10):
        assert g.post("/api/config/reload").status == 200
    streams.join()
    assert len(answers) == 100 and all(a.status == 200 and "message_stop" in a.text for a in answers), answers[:2]
    assert g.get("/api/channels").json["channels"][0]["id"] == "other"


# ---- disks ----

def test_a_full_disk(g):
    """The kernel's limit of a file's size stands for a disk that is full."""
    assert set_attempts(g, 5).status == 200
    before = managed(g)
    resource.prlimit(g.process.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    a = set_attempts(g, 6)
    resource.prlimit(g.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if not g.is_alive():
        raise gateway.Broken("the gateway did not survive SIGXFSZ")
    assert a.status == 507 and a.json["error"], a
    assert attempts(g) == 5 and managed(g) == before and not left_over(g)
    assert set_attempts(g, 7).status == 200 and attempts(g) == 7


def trace(g, *inject):
    """strace on all threads, or the reason why not."""
    if not shutil.which("strace"):
        raise gateway.Skip("there is no strace")
    p = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", *(x for i in inject for x in ("-e", i)), "-p", str(g.process.pid)],
                         stderr=subprocess.PIPE)
    gateway.wait(lambda: p.poll() is not None or is_traced(g, p.pid), "strace looks at all threads")
    if p.poll() is not None:
        raise gateway.Skip("strace may not look: " + p.stderr.read().decode("utf-8", "replace")[:100])
    return p


def is_traced(g, by):
    tasks = [gateway.read_text(path) for path in glob.glob(f"/proc/{g.process.pid}/task/*/status")]
    return all(f"TracerPid:\t{by}\n" in text for text in tasks)


def end(p):
    p.terminate()
    p.wait(gateway.LONG)
    p.stderr.close()


def test_a_disk_that_cannot_sync(g):
    assert set_attempts(g, 5).status == 200
    before = managed(g)
    for when in ("1", "2", "3", "4"):   # the generation and its folder, managed.conf and its folder
        p = trace(g, f"inject=fsync:error=EIO:when={when}")
        a = set_attempts(g, 6)
        end(p)
        assert a.status == 500, (when, a)
        assert attempts(g) == 5 and managed(g) == before and not left_over(g), when
    g.restart()
    assert attempts(g) == 5


def test_killed_at_the_rename(g):
    assert set_attempts(g, 5).status == 200
    p = trace(g, "inject=rename,renameat2:signal=SIGKILL:when=2")
    try:
        set_attempts(g, 6)
    except OSError:
        pass
    g.process.wait(gateway.LONG)
    end(p)
    g.start()
    assert attempts(g) in (5, 6) and not left_over(g)
    assert set_attempts(g, 7).status == 200


def test_a_folder_that_takes_nothing(g):
    g.stop()
    shutil.rmtree(g.state_dir)
    gateway.write_file(g.state_dir, "no folder")
    g.start()
    a = set_attempts(g, 5)
    assert a.status == 500 and a.json["error"] and attempts(g) == 8, a
    assert g.message().status == 200


def test_a_damaged_file(g):
    for n in (4, 5):
        assert set_attempts(g, n).status == 200
    whole = managed(g)
    for bad in ("", whole[:len(whole) // 2], "\x7fELF", whole[:whole.index("managed = {")]):
        g.stop()
        gateway.write_file(os.path.join(g.state_dir, "managed.conf"), bad)
        g.start()
        assert attempts(g) == 5, bad
        gateway.wait(lambda: any("managed.conf.bad." in json.dumps(x) for x in g.log_lines()), f"it is told of {bad!r}")
    assert left_over(g) and all(x.startswith("managed.conf.bad.") for x in left_over(g))
    assert set_attempts(g, 6).status == 200


def test_killed_again_and_again(g):
    known = 8
    for i in range(gateway.many(50)):
        said = []

        def storm():
            n = known
            while True:
                n = n % 40 + 1
                try:
                    if set_attempts(g, n).status == 200:
                        said.append(n)
                except (OSError, gateway.http.client.HTTPException):
                    return

        edits = gateway.Beside(storm)
        time.sleep(0.02 + i * 0.004)
        g.kill9()
        edits.join()
        g.start()
        last = said[-1] if said else known
        known = attempts(g)
        assert known in (last, last % 40 + 1), (i, last, known)
        assert not left_over(g)


def test_a_second_gateway(g):
    p = subprocess.run(g.command("--port-file", os.path.join(g.place, "second.port")), env=g.environment(), cwd=g.place, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=gateway.LONG, check=False)
    said = p.stdout.decode()
    assert p.returncode == 75 and str(g.process.pid) in said and "state_dir" in said, (p.returncode, said)
    assert g.message().status == 200


def test_a_saved_file_waits_for_a_reload(g):
    """What an administrator has saved and not reloaded, whole or half, is not what an edit makes serve."""
    text = open(g.conf_file, encoding="utf-8").read()
    try:
        for saved in (text.replace("access_key", "# access_key"), text[:len(text) // 2], "workers = ;", text + "\nlimits : { attempts = 3; };\n"):
            g.write("claude-proxy.conf", saved)
            a = g.patch("/api/settings", {"mode": "edited"})
            assert a.status == 200, (saved, a)
            assert g.get("/api/settings").status == 200, "the key still opens"
            assert "attempts = 3" not in g.get("/api/config/show").text
            assert g.patch("/api/settings", {"mode": None}).status == 200
        g.reload()
        assert "attempts" in g.get("/api/config/show").text
    finally:
        g.write("claude-proxy.conf", text)
        g.reload()
