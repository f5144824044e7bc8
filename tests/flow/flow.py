# SPDX-License-Identifier: MIT
"""flow - the processes of a story: the gateway, its upstreams, and what must hold after every scene.

Every process gets its port from the kernel, lives in a folder of its own (0700), and is ended by its own id.  A
marker (canary) stands wherever a secret does: none of them may ever be seen in a log or in an answer.
"""
import collections
import glob
import json
import os
import re
import resource
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from client import Request, Wire

HERE = os.path.dirname(os.path.abspath(__file__))
GUARD = 120.0     # seconds for whatever must come: only a failing story waits so long, however busy the machine
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|MemorySanitizer")
SPARE_MODEL = "flow-spare"


class Broken(Exception):
    """Something that must hold does not."""


def eventually(probe, seconds=GUARD, pause=0.01):
    """The first true value of probe(), or its last one when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value or time.monotonic() >= end:
            return value
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


class Tools:
    """Where the programs are, in a build folder or as they are installed."""

    def __init__(self, source, build):
        self.source, self.build = source, build
        self.gateway = os.path.join(build, "claude-proxy")
        self.sim = os.path.join(build, "claude-proxy-sim")
        for plugins in (os.path.join(build, ".libs"), os.path.join(build, "plugins")):
            if glob.glob(plugins + "/*.so"):
                self.plugins = plugins
                return
        raise SystemExit(f"no plugins in {build}")


class Process:
    """A program in the background; its standard error is kept."""

    def __init__(self, place, name):
        self.place, self.name, self.process = place, name, None
        self.err_file = os.path.join(place, name + ".stderr")
        self.port_file = os.path.join(place, name + ".port")
        self.port, self.nofile = 0, 0

    def limit(self):
        """In the child, before the program runs."""
        if self.nofile:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.nofile, self.nofile))

    def spawn(self, command, env=None, cwd=None):
        if os.path.exists(self.port_file):
            os.unlink(self.port_file)
        with open(self.err_file, "ab") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                            env=env, cwd=cwd or self.place,
                                            preexec_fn=self.limit if self.nofile else None)

    def await_port(self):
        def look():
            return self.process.poll() is not None or (os.path.exists(self.port_file) and os.path.getsize(self.port_file))
        eventually(look)
        if self.process.poll() is not None or not os.path.exists(self.port_file):
            raise Broken(f"{self.name} did not start:\n{self.stderr()}")
        with open(self.port_file, encoding="ascii") as f:
            self.port = int(f.read())

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stderr(self):
        return read_text(self.err_file)

    def stop(self, seconds=GUARD):
        """SIGTERM, then SIGKILL: the exit code."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            return -9


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


class Upstream(Process):
    """The simulator, or, for an upstream that refuses, a port nobody listens on."""

    def __init__(self, place, name, tools):
        super().__init__(place, name)
        self.tools, self.log_file = tools, os.path.join(place, name + ".log")
        self.socket, self.scheme = None, "http"

    def start(self, *options):
        if "--tls" in options:
            self.scheme = "https"
        self.spawn([self.tools.sim, "--listen", "127.0.0.1:0", "--port-file", self.port_file,
                    "--log", self.log_file, *options], cwd=os.path.join(HERE, "replies"))
        self.await_port()

    def refuse(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def script(self, rules):
        """The rules replace the former ones; what was logged stays."""
        if not self.process or self.scheme == "https":
            return
        answer = ask(self.port, Request("POST", "/sim/script", rules.encode()))
        if answer.status != 200:
            raise Broken(f"upstream {self.name}: {bytes(answer.body).decode()}")

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def log(self):
        out = []
        for line in read_text(self.log_file).split("\n")[:-1]:
            out.append(json.loads(line))
        return out

    def requests(self):
        return [e for e in self.log() if e["ev"] == "request" and not e["target"].startswith("/sim/")]

    def gone(self):
        """Requests whose client left before the end."""
        return [e for e in self.log() if e["ev"] == "gone"]

    def stats(self):
        return ask(self.port, Request("GET", "/sim/stats")).json()

    def close(self):
        if self.socket:
            self.socket.close()
        if self.process:
            self.stop(20)


def ask(port, request, tls=None, timeout=GUARD):
    wire = Wire(port, tls)
    try:
        wire.send(request.bytes())
        wire.begin_answer(request.method == "HEAD")
        return wire.read(timeout=timeout)
    finally:
        wire.close()


class Gateway(Process):
    """claude-proxy under test."""

    def __init__(self, place, tools, spare):
        super().__init__(place, "gateway")
        self.tools, self.spare = tools, spare
        self.conf_file = os.path.join(place, "claude-proxy.conf")
        self.log_file = os.path.join(place, "gateway.log")
        self.env_file = os.path.join(place, ".env")
        self.access_key = "access-" + secrets.token_hex(12)
        self.canaries = {self.access_key: "the access key"}
        self.secret_upstream = []  # canaries that no upstream may see
        self.baseline, self.threads, self.pid = None, 0, 0
        self.tls = None

    def command(self, *more):
        return [self.tools.gateway, "-c", self.conf_file, "-e", self.env_file, "--plugins", self.tools.plugins,
                "--lax", "--www", os.path.join(self.tools.source, "www"), *more]

    def environment(self, more):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                                             "LSAN_OPTIONS", "LD_LIBRARY_PATH")}
        # What is freed must not count as memory: ASan keeps 256 MB of it otherwise.
        keep["ASAN_OPTIONS"] = keep.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=16"
        return dict(keep, HOME=self.place, TMPDIR=self.place, **more)

    def configure(self, text, with_spare=True):
        write_file(self.conf_file, text)
        if not os.path.exists(self.env_file):
            write_file(self.env_file, "")
        folder = os.path.join(self.place, "conf.d")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if with_spare and self.spare:
            write_file(os.path.join(folder, "spare.conf"), self.spare_text())

    def spare_text(self):
        return (f'channels = ( {{ id = "spare"; dialect = "claude"; base_url = "{self.spare.url}"; keys = [ "spare-key" ];\n'
                f'  only = [ "{SPARE_MODEL}" ]; allow_private = true; priority = -1; }} );\n'
                # Whatever order a story gives its families: what the runner asks goes nowhere else.
                f'routes = ( {{ model = "{SPARE_MODEL}"; channels = [ "spare" ]; }} );\n')

    def start(self, env=None, args=()):
        self.spawn(self.command("--port-file", self.port_file, *args), env=self.environment(env or {}))
        self.await_port()
        self.pid = self.process.pid

    def settle(self):
        """The state that every scene must come back to."""
        if self.spare:
            self.ask_spare()
        eventually(lambda: not self.open_connections(), 10)
        self.baseline, self.threads = self.descriptors(), self.thread_count()

    def check_only(self, env=None, args=()):
        """claude-proxy --test: exit code and what it said."""
        p = subprocess.run(self.command("--test", *args), env=self.environment(env or {}), cwd=self.place,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=GUARD)
        return p.returncode, p.stdout.decode("utf-8", "replace")

    def explain(self, env, options, args, text):
        """claude-proxy explain: exit code and what it said."""
        command = [self.tools.gateway, "explain", "-c", self.conf_file, "-e", self.env_file, "--plugins", self.tools.plugins,
                   "--lax", *options, *args, "-"]
        p = subprocess.run(command, env=self.environment(env or {}), cwd=self.place, input=text.encode(),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=GUARD)
        return p.returncode, p.stdout.decode("utf-8", "replace")

    # ---- looking at it ----

    def log_text(self):
        """The rotated part first."""
        return read_text(self.log_file + ".1") + read_text(self.log_file)

    def log_lines(self):
        out = []
        for line in self.log_text().split("\n")[:-1]:
            try:
                out.append(json.loads(line))
            except ValueError:
                out.append({"event": "unreadable", "msg": line})
        return out

    def requests(self, name=None):
        return [e for e in self.log_lines() if e.get("event") == "request" and (name is None or e.get("req") == name)]

    def links(self):
        out = []
        for fd in glob.glob(f"/proc/{self.process.pid}/fd/*"):
            try:
                out.append(os.readlink(fd))
            except OSError:
                continue
        return out

    def open_connections(self):
        """Clients that are connected."""
        known = tcp_sockets()
        ends = [known.get(x[8:-1]) for x in self.links() if x.startswith("socket:[")]
        return sum(1 for e in ends if e and e[0] == self.port and e[1])

    def descriptors(self):
        """How many are open; kept connections to upstreams do not count, nor the pairs by which threads are woken."""
        known, n = tcp_sockets(), 0
        pairs = {line.split()[6] for line in read_text("/proc/net/unix").split("\n")[1:] if line}
        for x in self.links():
            inode = x[8:-1] if x.startswith("socket:[") else None
            end = known.get(inode)
            n += inode not in pairs and not (end and end[1] and end[0] != self.port)
        return n

    def thread_count(self):
        return len(glob.glob(f"/proc/{self.process.pid}/task/*"))

    def memory_kb(self, field="VmRSS"):
        m = re.search(field + r":\s+(\d+)", read_text(f"/proc/{self.process.pid}/status"))
        return int(m.group(1)) if m else 0

    def settled(self, most=0):
        """No more requests than that are under way: an answer reaches its client a moment before all is settled."""
        eventually(lambda: (self.asked_locally("/api/status") or {}).get("in_flight", 0) <= most)

    def asked_locally(self, path):
        """What a door of the API answers on the local socket; None: there is no such socket, or nobody behind it."""
        try:
            return local(os.path.join(self.place, "state", "ctl.sock"), path)
        except OSError:
            return None

    # ---- what must hold ----

    def ask_spare(self):
        body = json.dumps({"model": SPARE_MODEL, "max_tokens": 5, "messages": [{"role": "user", "content": "spare"}]})
        r = Request("POST", "/v1/messages", body.encode(), [("x-api-key", self.access_key), ("content-type", "application/json"),
                                                            ("connection", "close"), ("x-request-id", "spare")])
        answer = eventually(lambda: self.good(ask(self.port, r, self.tls))) or ask(self.port, r, self.tls)
        if answer.status != 200:
            raise Broken(f"the next request was answered with {answer.status} {bytes(answer.body)[:300]!r} ({answer.ended})")

    @staticmethod
    def good(answer):
        """Those who have just left may still be counted for a moment."""
        return answer if answer.status != 503 else None

    def check_alive(self):
        if not self.is_alive():
            raise Broken(f"the gateway ended with {self.process.returncode}\n{self.stderr()[-6000:]}")
        if self.spare:
            self.ask_spare()
        if not eventually(lambda: self.descriptors() <= self.baseline):
            raise Broken(f"{self.descriptors()} descriptors are open, {self.baseline} were at the start:\n" + "\n".join(self.links()))
        if not eventually(lambda: self.thread_count() <= self.threads):
            raise Broken(f"{self.thread_count()} threads, {self.threads} at the start")

    def check_quiet(self):
        """No sanitizer spoke, and no secret was written."""
        said = self.stderr()
        if SANITIZER.search(said):
            raise Broken("a sanitizer reports:\n" + said[:8000])
        kept = "".join(read_text(p) for p in glob.glob(os.path.join(self.place, "state", "health.conf*")))
        for where, text in (("log", self.log_text()), ("standard error", said), ("file of what was learned", kept)):
            for canary, what in self.canaries.items():
                if canary in text:
                    raise Broken(f"{what} stands in the {where}")

    def check_lines(self, names):
        """Exactly one line for each request."""
        def wrong():
            found = collections.Counter(e.get("req") for e in self.requests())
            return [(name, found[name]) for name in names if found[name] != 1]
        eventually(lambda: not wrong())
        if wrong():
            raise Broken(f"not one log line for each request: {wrong()[:10]}")


def local(door, path):
    """The JSON behind a path, by the local socket, which asks for no key."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(GUARD)
        s.connect(door)
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        got = b""
        while True:
            data = s.recv(65536)
            if not data:
                break
            got += data
    return json.loads(got.partition(b"\r\n\r\n")[2])


def tcp_sockets():
    """inode -> (own port, other's port) of this host's TCP sockets, but for those that only wait for their time to pass.

    source: sock_diag(7); /proc/net/tcp lists the waiting ones too, thousands after a ring of tests
    """
    states = 0xfff & ~(1 << 6)  # all but TIME_WAIT
    ask_kernel = struct.pack("=IHHII", 72, 20, 0x301, 1, 0) + struct.pack("=BBBBI48x", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, states)
    out = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as s:
        s.send(ask_kernel)
        while True:
            data, at = s.recv(1 << 18), 0
            while at < len(data):
                size, kind = struct.unpack_from("=IH", data, at)
                if kind in (2, 3):  # an error, or done
                    return out
                own, other = struct.unpack_from(">HH", data, at + 20)
                out[str(struct.unpack_from("=I", data, at + 84)[0])] = (own, other)
                at += (size + 3) & ~3


def write_file(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "wb") as f:
        os.fchmod(f.fileno(), mode)
        f.write(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))


def make_place(name):
    place = tempfile.mkdtemp(prefix="flow-" + re.sub(r"[^a-z0-9]+", "-", name.lower())[:40] + "-")
    os.chmod(place, 0o700)
    return place


def drop_place(place):
    shutil.rmtree(place, ignore_errors=True)
