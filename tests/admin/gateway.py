# SPDX-License-Identifier: MIT
"""gateway - a running gateway and its upstream, as tests of the administration see them.

What is read is whole: an answer is (status, json, headers), and remembers its text.  Every secret of a test has a canary in
it; whatever comes back or is logged is searched for those at the end.
"""
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "flow"))

from flow import SANITIZER, Broken, Process, Tools, Upstream, drop_place, eventually, make_place, read_text, write_file  # noqa: E402,F401

HEAD = """
listen = "127.0.0.1:0";
access_key = "{key}";
state_dir = "{state}";
workers = 2;
"""
CHANNEL = """
channels = ( {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; }} );
"""
CANARY = "CANARY"
LONG = 180.0  # seconds for whatever must come: a guard, which a busy machine under sanitizers does not reach


class Answer(tuple):
    """(status, json, headers); json is None where the body is none; headers have lower-case names."""

    def __new__(cls, status, body, headers):
        try:
            value = json.loads(body) if body else None
        except ValueError:
            value = None
        made = super().__new__(cls, (status, value, headers))
        made.status, made.json, made.headers, made.text = status, value, headers, body.decode("utf-8", "replace")
        return made

    def __repr__(self):
        return f"{self.status} {self.text[:2000]}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Gateway(Process):
    """The gateway under test; `up` is its upstream, the simulator."""

    def __init__(self, tools, name="admin"):
        place = make_place(name)
        super().__init__(place, "gateway")
        self.tools = tools
        self.state_dir = os.path.join(place, "state")
        self.conf_file = os.path.join(place, "claude-proxy.conf")
        self.log_file = os.path.join(place, "gateway.log")
        self.key = "access-CANARY-" + secrets.token_hex(12)
        self.up = Upstream(place, "up", tools)
        self.seen = []       # every answer's text, to be searched for canaries
        self.shown = set()   # canaries that an answer may hold: keys that are shown once
        self.env, self.options, self.cookies = {}, [], {}
        os.makedirs(self.state_dir, mode=0o700)

    # ---- life ----

    def fill(self, text):
        """{key} {state} {place} {up} {source} in a configuration; {{ }} stand for braces."""
        return text.format(key=self.key, state=self.state_dir, place=self.place, up=self.up.url, source=self.tools.source)

    def configure(self, more="", channels=CHANNEL, head=HEAD):
        """Names that `more` says are left out of the head."""
        lines = [x for x in self.fill(head).split("\n") if not re.search(rf"(?m)^\s*{re.escape(x.split('=')[0].strip() or '!')}\s*=", more)]
        write_file(self.conf_file, "\n".join(lines) + self.fill(channels) + self.fill(more))

    def write(self, name, text, mode=0o600):
        """A file in the test's folder; its path."""
        path = os.path.join(self.place, name)
        write_file(path, text, mode)
        return path

    def command(self, *more):
        return [self.tools.gateway, "-c", self.conf_file, "-e", os.path.join(self.place, "none.env"), "--plugins", self.tools.plugins,
                "--lax", "--www", os.path.join(self.tools.source, "www"), *more]

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")}
        return dict(keep, HOME=self.place, TMPDIR=self.place, **self.env)

    def start(self):
        if not os.path.exists(os.path.join(self.place, "none.env")):
            write_file(os.path.join(self.place, "none.env"), "")
        self.spawn(self.command("--port-file", self.port_file, "-o", "log.form=json", "-o", f"log.file={self.log_file}", *self.options),
                   env=self.environment())
        self.await_port()
        return self

    def test_only(self, *args):
        """claude-proxy -t: (exit code, what it said)."""
        p = subprocess.run(self.command("-t", *args), env=self.environment(), cwd=self.place, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONG, check=False)
        return p.returncode, p.stdout.decode("utf-8", "replace")

    def restart(self):
        code = self.stop()
        if code:
            raise Broken(f"the gateway ended with {code}\n{self.stderr()[-6000:]}")
        return self.start()

    def kill9(self):
        self.process.kill()
        self.process.wait(60)

    def reload(self):
        """SIGHUP; what the log says of it.  (A reload by the API says who asked for it, in the same kind of line.)"""
        before = len(self.log_text())
        told = re.compile(r'"msg":"reload: .*\n')
        self.process.send_signal(signal.SIGHUP)
        wait(lambda: told.search(self.log_text()[before:]), "the gateway speaks of the reload")
        return self.log_text()[before:]

    def close(self):
        if self.process and self.is_alive():
            code = self.stop()
            if code:
                raise Broken(f"the gateway ended with {code}\n{self.stderr()[-6000:]}")
        self.up.close()
        self.check_quiet()

    # ---- asking ----

    def send(self, method, path, body=None, headers=None, unix=None, timeout=LONG):
        """As it is: no key, no type, no cookie."""
        c = UnixConnection(unix, timeout) if unix else http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            text, fields = r.read(), {}
            for name, value in r.getheaders():
                name = name.lower()
                fields[name] = fields[name] + ", " + value if name in fields else value
            self.seen.append(text.decode("utf-8", "replace") + repr(fields))
            return Answer(r.status, text, fields)
        finally:
            c.close()

    def api(self, method, path, body=None, headers=None, key=True, unix=None):
        """With the access key (key: another one, or None for none); a body that is no text is sent as JSON."""
        h = {"x-api-key": self.key if key is True else key} if key else {}
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if body is not None:
            h["content-type"] = "application/json"
            body = body.encode() if isinstance(body, str) else body
        h.update(headers or {})
        return self.send(method, path, body, {k: v for k, v in h.items() if v is not None}, unix)

    def get(self, path, **more):
        return self.api("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.api("POST", path, {} if body is None else body, **more)

    def patch(self, path, body, **more):
        return self.api("PATCH", path, body, **more)

    def put(self, path, body, **more):
        return self.api("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.api("DELETE", path, **more)

    def message(self, model="m", text="hello", key=None, headers=None, stream=False):
        """One LLM request."""
        body = {"model": model, "max_tokens": 50, "stream": stream, "messages": [{"role": "user", "content": text}]}
        h = {"x-api-key": key or self.key, "content-type": "application/json"}
        h.update(headers or {})
        return self.send("POST", "/v1/messages", json.dumps(body).encode(), h)

    # ---- looking ----

    def settled(self):
        """No request is under way.  Its answer reaches a client a moment before it is logged, paid and counted."""
        door = next(p for p in (os.path.join(x, "ctl.sock") for x in (self.state_dir, self.place)) if os.path.exists(p))
        wait(lambda: self.get("/api/status", key=None, unix=door).json["in_flight"] == 0, "no request is under way")

    def log_text(self):
        return read_text(self.log_file)

    def log_lines(self):
        out = []
        for line in self.log_text().split("\n")[:-1]:
            try:
                out.append(json.loads(line))
            except ValueError:
                out.append({"event": "unreadable", "msg": line})
        return out

    def check_quiet(self):
        """No sanitizer spoke, and no secret came out."""
        said = self.stderr()
        if SANITIZER.search(said):
            raise Broken("a sanitizer reports:\n" + said[:8000])
        for where, text in [("log", self.log_text()), ("standard error", said)] + [("answer", t) for t in self.seen]:
            for found in re.findall(r"[A-Za-z0-9_-]*CANARY[A-Za-z0-9_-]*", text):
                if found not in self.shown:
                    raise Broken(f"a secret stands in the {where}: {found}: {text[:1000]}")


def until_closed(s):
    """All that comes on a socket until its other end closes it."""
    got = b""
    while True:
        data = s.recv(65536)
        if not data:
            return got
        got += data


def wait(probe, what, seconds=LONG):
    """The first true value of probe().  What happens beside an answer is asked for like this, never once."""
    value = eventually(probe, seconds)
    if not value:
        raise Broken(f"did not happen in {seconds} s: {what}")
    return value


class Beside:
    """Work on threads of its own while a test goes on; what goes wrong there is the test's error as soon as it is joined."""

    def __init__(self, *work):
        self.errors = []
        self.threads = [threading.Thread(target=self.run, args=(f,)) for f in work]
        for t in self.threads:
            t.start()

    def run(self, work):
        try:
            work()
        except Exception as e:
            where = traceback.extract_tb(e.__traceback__)[-1]
            self.errors.append(f"{where.name}:{where.lineno}: {where.line}\n{type(e).__name__}: {e}")

    def join(self):
        for t in self.threads:
            t.join()
        if self.errors:
            raise Broken("on a thread: " + "\n".join(self.errors[:3]))


def together(*work):
    """All at once, to their ends."""
    Beside(*work).join()


def files_below(folder):
    """(path, bytes) of each file; one that goes meanwhile is none."""
    for place, _, names in os.walk(folder):
        for path in (os.path.join(place, name) for name in names):
            try:
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        yield path, f.read()
            except FileNotFoundError:
                continue


def many(n):
    """How often to repeat what is done n times: less where ThreadSanitizer makes it ten times slower, but sees more."""
    return n // 10 if os.environ.get("ADMIN_SUBSET") == "thread" else n


def now():
    return time.time()
