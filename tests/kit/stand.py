# SPDX-License-Identifier: MIT
"""stand - a gateway with plugins that a test made, and an upstream that says just what it is told, byte for byte."""
import http.client
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flow"))

from flow import SANITIZER, Process, eventually, read_text, write_file  # noqa: E402,F401

KEY = "access-key-of-a-test-0001"
LONG = 120.0  # seconds: a guard, which a busy machine under sanitizers does not reach


class Upstream:
    """Answers each request, on a connection of its own, with the pieces of what `answers` says; keeps what it was asked."""

    def __init__(self):
        self.asked, self.answers = [], {}
        self.door = socket.socket()
        self.door.bind(("127.0.0.1", 0))
        self.door.listen(64)
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.door.close()

    def says(self, path, kind, *pieces, whole=True):
        """whole: the answer ends as HTTP wants it; else the connection breaks off behind the last piece."""
        self.answers[path] = (kind, [p if isinstance(p, bytes) else p.encode() for p in pieces], whole)

    def serve(self):
        while True:
            try:
                c, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        c.settimeout(LONG)
        try:
            with c:
                f = c.makefile("rb")
                path = f.readline().split()[1].decode()
                headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(f.readline, b"\r\n"))
                self.asked.append((path, headers, f.read(int(headers.get("content-length", 0))).decode("utf-8", "replace")))
                kind, pieces, whole = self.answers[path]
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                c.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
                for p in pieces:
                    c.sendall(b"%x\r\n%s\r\n" % (len(p), p))
                if whole:
                    c.sendall(b"0\r\n\r\n")
        except (OSError, IndexError, KeyError, ValueError):
            pass  # the client's end says it


class Gateway(Process):
    def __init__(self, kit, plugins, channels, more=""):
        place = os.path.join(kit.dir, f"gateway-{len(os.listdir(kit.dir))}")
        os.makedirs(os.path.join(place, "state"), mode=0o700)
        super().__init__(place, "gateway")
        self.leaks = False
        self.kit, self.plugins, self.conf_file = kit, plugins, os.path.join(place, "claude-proxy.conf")
        write_file(os.path.join(place, "none.env"), "")
        write_file(self.conf_file, f'listen = "127.0.0.1:0";\naccess_key = "{KEY}";\nstate_dir = "{place}/state";\nworkers = 2;\n'
                                   f'{more}\nchannels = ( {channels} );\n')

    def start(self, *options, lax=True):
        # What crashes on purpose shall crash as it would without a sanitizer, and what leaks on purpose is no news.
        asan = os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0:handle_sigbus=0:handle_abort=0" + (":detect_leaks=0" if self.leaks else "")
        self.spawn([self.kit.gateway, "-c", self.conf_file, "-e", os.path.join(self.place, "none.env"), "--plugins", self.plugins,
                    *(["--lax"] if lax else []), "--www", os.path.join(self.kit.source, "www"), "--port-file", self.port_file, *options],
                   env=dict(os.environ, ASAN_OPTIONS=asan))
        return self

    def __enter__(self):
        self.start()
        self.await_port()
        return self

    def __exit__(self, *_):
        code = self.stop() if self.is_alive() else self.process.returncode
        said = self.stderr()
        assert not SANITIZER.search(said), said[-6000:]
        if _[0] is None:
            assert code == 0, f"the gateway ended with {code}:\n{said[-6000:]}"

    def ask(self, path, body=None, kind="application/json", method="POST", **headers):
        """(status, content type, text); a stream that is not whole has "cut" behind its text."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG)
        c.request(method, path, body if body is None or isinstance(body, bytes) else body.encode(),
                  {"Authorization": f"Bearer {KEY}", **({"Content-Type": kind} if kind else {}), **headers})
        r = c.getresponse()
        try:
            text = r.read().decode()
        except http.client.IncompleteRead as e:
            text = e.partial.decode() + "cut"
        c.close()
        return r.status, r.headers.get("Content-Type"), text
