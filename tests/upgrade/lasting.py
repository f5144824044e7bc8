# SPDX-License-Identifier: MIT
"""lasting - a gateway that outlives its processes: which one serves, which ones finish, and how each ended."""
import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import threading
import time

from gateway import LONG, Broken, Gateway, wait, write_file

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
STREAMS = int(os.environ.get("UPGRADE_STREAMS") or 16)


def adopt_orphans():
    """A process whose parent has ended is ours to wait for."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Lasting(Gateway):
    def __init__(self, tools, name="upgrade"):
        super().__init__(tools, name)
        self.program = os.path.join(self.place, "claude-proxy")
        self.install(tools.gateway)
        self.pid, self.left, self.codes = 0, set(), {}
        self.asked, self.host = 0, "127.0.0.1"  # requests to models; where it listens

    # ---- the program on the disk ----

    def install(self, program):
        """As a package does it: a new file takes the name of the old one."""
        fresh = self.program + ".new"
        try:
            os.link(program, fresh)
        except OSError:
            shutil.copy(program, fresh)
        os.rename(fresh, self.program)

    def install_script(self, text):
        write_file(self.program + ".new", "#!/bin/sh\n" + text, 0o755)
        os.rename(self.program + ".new", self.program)

    def command(self, *more):
        return [self.program, *super().command(*more)[1:]]

    def send(self, method, path, *args, **more):
        self.asked += path.startswith("/v1/")
        return super().send(method, path, *args, **more)

    # ---- its processes ----

    def start(self):
        try:
            super().start()
        finally:
            self.pid = self.process.pid
        return self

    def ended(self, pid):
        """The exit code, or None while it lives (or waits for its parent, which is the process before it)."""
        if pid in self.codes:
            return self.codes[pid]
        if self.process and pid == self.process.pid:
            code = self.process.poll()
        else:
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status) if found else None
            except ChildProcessError:
                code = None
        if code is not None:
            self.codes[pid] = code
        return code

    def is_alive(self):
        """Any of them."""
        pids = ({self.pid} if self.pid else set()) | self.left
        self.left = {p for p in self.left if self.ended(p) is None}
        return bool([p for p in pids if self.ended(p) is None])

    def stop(self, seconds=LONG):
        """The one that serves is told; all of them end.  The worst exit code."""
        pids = {self.pid} | self.left
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        end = time.monotonic() + seconds
        while [p for p in pids if self.ended(p) is None] and time.monotonic() < end:
            time.sleep(0.02)
        for p in pids:
            if self.ended(p) is None:
                os.kill(p, signal.SIGKILL)
                return -9
        return max((abs(self.ended(p)) for p in pids), default=0)

    def kill9(self):
        os.kill(self.pid, signal.SIGKILL)
        wait(lambda: self.ended(self.pid) is not None, "the killed process is gone")

    def await_end(self, pid):
        """A process that was replaced ends by itself."""
        wait(lambda: self.ended(pid) is not None, f"process {pid} ends")
        self.left.discard(pid)
        if self.codes[pid]:
            raise Broken(f"process {pid} ended with {self.codes[pid]}\n{self.stderr()[-4000:]}")

    # ---- upgrades ----

    def upgrade(self):
        """By the API; the answer, which is true."""
        a = self.post("/api/upgrade")
        if a.status != 200:
            raise Broken(f"the upgrade failed: {a}\n{self.stderr()[-3000:]}")
        assert a.json["before_pid"] == self.pid and a.json["pid"] != self.pid, a
        self.left.add(self.pid)
        self.pid = a.json["pid"]
        return a

    def upgrade_by_signal(self):
        before = len(self.log_text())
        os.kill(self.pid, signal.SIGUSR2)
        found = wait(lambda: re.search(r"upgrade: process (\d+) \(version", self.log_text()[before:]) or
                     re.search(r'"upgrade_failed"', self.log_text()[before:]), "the log speaks of the upgrade")
        if not found.groups():
            raise Broken("the upgrade failed: " + self.log_text()[before:][-2000:])
        self.left.add(self.pid)
        self.pid = int(found.group(1))

    def counter(self, name):
        """The sum of a counter of /metrics over its labels."""
        text = self.get("/metrics").text
        return sum(float(x) for x in re.findall(rf"(?m)^{re.escape(name)}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", text))

    def clients(self):
        return {c["id"]: c for c in self.get("/api/clients").json["clients"]}


class Stream(threading.Thread):
    """One streamed request, read to its end."""

    def __init__(self, g, events=60, pace=50, key=None, text="tell"):
        super().__init__()
        self.g, self.events, self.error, self.seen, self.ended = g, events, None, 0, False
        self.key = key or g.key
        self.body = json.dumps({"model": "m", "max_tokens": 50, "stream": True, "messages": [
            {"role": "user", "content": f"{text} [[sim: events={events} pace={pace} usage=10,20]]"}]}).encode()
        self.begun = threading.Event()

    def run(self):
        try:
            self.read()
        except Exception as e:
            self.error = f"{type(e).__name__}: {e}"
        self.begun.set()

    def read(self):
        self.g.asked += 1
        c = http.client.HTTPConnection(self.g.host, self.g.port, timeout=LONG)
        c.request("POST", "/v1/messages", body=self.body, headers={"x-api-key": self.key, "content-type": "application/json"})
        r = c.getresponse()
        if r.status != 200:
            raise Broken(f"{r.status} {r.read(2000)}")
        for line in r:
            if line.startswith(b"event: content_block_delta"):
                self.seen += 1
                self.begun.set()
            self.ended |= line.startswith(b"event: message_stop")
        c.close()

    def fault(self):
        if self.error or not self.ended or self.seen != self.events:
            return f"{self.error or ''} events {self.seen} of {self.events}, {'ended' if self.ended else 'cut'}"
        return None


def begin_streams(g, n, **how):
    streams = [Stream(g, **how) for _ in range(n)]
    for s in streams:
        s.start()
    for s in streams:
        if not s.begun.wait(LONG):
            raise Broken("a stream does not begin")
    return streams


def finish(streams):
    for s in streams:
        s.join(LONG)
    faults = [f for f in (s.fault() for s in streams) if f]
    if faults:
        raise Broken(f"{len(faults)} of {len(streams)} streams are broken: {faults[:3]}")


class Knocking(threading.Thread):
    """Short requests, one after the other, each by a connection of its own or by one that is kept: all are answered."""

    def __init__(self, g, is_kept, key=None):
        super().__init__(daemon=True)  # a story that fails does not end it
        self.g, self.is_kept, self.key = g, is_kept, key or g.key
        self.over, self.good, self.errors = threading.Event(), 0, []
        self.start()

    def run(self):
        c = None
        while not self.over.is_set():
            try:
                c = c or http.client.HTTPConnection(self.g.host, self.g.port, timeout=LONG)
                c.request("POST", "/v1/messages", headers={"x-api-key": self.key, "content-type": "application/json"}, body=json.dumps(
                    {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "[[sim: text=ok usage=10,20]]"}]}).encode())
                r = c.getresponse()
                text = r.read()
                if r.status != 200:
                    self.errors.append(f"{r.status} {text[:300]}")
                self.good += r.status == 200
                if not self.is_kept or r.will_close:
                    c.close()
                    c = None
            except Exception as e:
                self.errors.append(f"{type(e).__name__}: {e}")
                c = None
            time.sleep(0.02)

    def finish(self):
        self.over.set()
        self.join(LONG)
        if self.errors:
            raise Broken(f"{len(self.errors)} of {self.good + len(self.errors)} requests failed: {self.errors[:3]}")
        return self.good
