# SPDX-License-Identifier: MIT
"""client - an HTTP/1.1 client that has every byte and every moment in its hand.

Libraries are too polite for these tests: they fold headers, retry, and hide how a connection ended.  This one
sends what it is told, in the pieces it is told, and says of each answer whether it came whole, was cut, was
reset or never came.
"""
import gzip
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib

WAIT = 120.0  # seconds for anything that must come; only a failing test waits so long


class Answer:
    """What came back: as far as it came."""

    def __init__(self):
        self.status, self.version, self.reason = 0, "", ""
        self.headers, self.interim = [], []
        self.head_bytes, self.body = b"", bytearray()
        self.ended = None  # whole, cut, reset, silence
        self.close_after = False
        self.began = time.monotonic()
        self.took = 0.0

    def header(self, name):
        found = self.all(name)
        return found[0] if found else None

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def json(self):
        return json.loads(bytes(self.body))

    @property
    def is_stream(self):
        return (self.header("content-type") or "").startswith("text/event-stream")

    def events(self):
        return events_of(bytes(self.body))

    def everything(self):
        return self.head_bytes + bytes(self.body)


class Event:
    """One SSE event; a comment has the name ":"."""

    def __init__(self, name, data):
        self.name, self.data = name, data

    def json(self):
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    def __repr__(self):
        return f"{self.name or '-'} {self.data[:200]}"


def events_of(body):
    """The whole events of a body; a torn last one is left out."""
    text = body.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    out = []
    for block in text.split("\n\n")[:-1]:
        name, data = None, []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if line.startswith(":"):
                out.append(Event(":", line[1:].strip()))
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
        if data:
            out.append(Event(name, "\n".join(data)))
    return out


def is_torn(body):
    """Bytes after the last whole event?"""
    text = body.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    return bool(text.split("\n\n")[-1].strip())


class Wire:
    """One connection to the gateway."""

    def __init__(self, port, tls=None, small=False):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if small:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(WAIT)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.buf, self.over, self.is_head = b"", None, False
        self.answer, self.state, self.left = None, "head", 0

    def send(self, data, piece=0, pause=0.0):
        """False when the other side would not take it all."""
        piece = piece or max(len(data), 1)
        try:
            for at in range(0, len(data), piece):
                self.sock.sendall(data[at:at + piece])
                if pause:
                    time.sleep(pause)
        except (OSError, ssl.SSLError):
            return False
        return True

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # ---- reading ----

    def begin_answer(self, is_head=False):
        self.answer, self.state, self.is_head = Answer(), "head", is_head
        return self.answer

    def pull(self, timeout=WAIT, most=65536):
        """Reads once.  False at the end of the connection."""
        self.sock.settimeout(max(timeout, 0.001))
        try:
            data = self.sock.recv(most)
        except (TimeoutError, socket.timeout):
            self.over = "silence"
            return False
        except (ConnectionError, ssl.SSLError):
            self.over = "reset"
            return False
        except OSError:
            self.over = "reset"
            return False
        if not data:
            self.over = "cut"
            return False
        self.over = None
        self.buf += data
        return True

    def read(self, until=None, timeout=WAIT, most=65536):
        """Reads the answer at hand until it ends, or until(answer) says enough."""
        a, end = self.answer, time.monotonic() + timeout
        while True:
            self.parse()
            if a.ended or (until and until(a)):
                break
            if not self.pull(end - time.monotonic(), most):
                self.parse()
                if not a.ended:
                    a.ended = "whole" if self.over == "cut" and self.state == "to-close" else self.over
                break
        a.took = time.monotonic() - a.began
        return a

    def parse(self):
        while not self.answer.ended and getattr(self, "parse_" + self.state.replace("-", "_"))():
            pass

    def parse_head(self):
        head, sep, rest = self.buf.partition(b"\r\n\r\n")
        if not sep:
            return False
        self.buf, a = rest, self.answer
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        a.head_bytes += head + sep
        status = int(words[1]) if len(words) > 1 and words[1].isdigit() else -1
        if 100 <= status < 200:
            a.interim.append(status)
            return True
        a.version, a.status, a.reason = words[0], status, words[2] if len(words) > 2 else ""
        a.headers = [(n, v.strip()) for n, _, v in (x.partition(":") for x in lines[1:])]
        self.choose_body(a)
        return True

    def choose_body(self, a):
        length = a.header("content-length")
        a.close_after = (a.header("connection") or "").lower() == "close"
        if self.is_head or a.status in (204, 304):
            a.ended = "whole"
        elif (a.header("transfer-encoding") or "").lower() == "chunked":
            self.state = "size"
        elif length is not None:
            self.state, self.left = "length", int(length)
            if self.left == 0:
                a.ended = "whole"
        else:
            self.state = "to-close"

    def parse_length(self):
        part, self.buf = self.buf[:self.left], self.buf[self.left:]
        self.answer.body += part
        self.left -= len(part)
        if not self.left:
            self.answer.ended = "whole"
        return bool(part)

    def parse_to_close(self):
        part, self.buf = self.buf, b""
        self.answer.body += part
        return bool(part)

    def parse_size(self):
        line, sep, rest = self.buf.partition(b"\r\n")
        if not sep:
            return False
        self.left, self.buf = int(line.split(b";")[0], 16), rest
        self.state = "data" if self.left else "trailer"
        return True

    def parse_data(self):
        part, self.buf = self.buf[:self.left], self.buf[self.left:]
        self.answer.body += part
        self.left -= len(part)
        if self.left or len(self.buf) < 2:
            return False
        self.buf, self.state = self.buf[2:], "size"
        return True

    def parse_trailer(self):
        line, sep, rest = self.buf.partition(b"\r\n")
        if not sep:
            return False
        self.buf = rest
        if not line:
            self.answer.ended = "whole"
        return True


def compressed(body, how):
    if how == "gzip":
        return gzip.compress(body)
    if how == "deflate":
        return zlib.compress(body)
    return subprocess.run([{"zstd": "zstd", "br": "brotli"}[how], "-c"], input=body, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout


class Request:
    """A request to be sent: its parts stay apart so that a story can change any of them."""

    def __init__(self, method, target, body=None, headers=(), version="HTTP/1.1"):
        self.method, self.target, self.body, self.version = method, target, body, version
        self.headers = list(headers)
        self.length = None  # another content-length than the true one
        self.chunks = 0     # send the body in chunks of so many bytes

    def head(self):
        lines = [f"{self.method} {self.target} {self.version}"]
        have = {n.lower() for n, _ in self.headers}
        if "host" not in have:
            lines.append("Host: localhost")
        if self.body is not None and self.chunks:
            lines.append("Transfer-Encoding: chunked")
        elif self.body is not None and "content-length" not in have:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        lines += [f"{n}: {v}" for n, v in self.headers]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"

    def payload(self):
        if self.body is None:
            return b""
        if not self.chunks:
            return self.body
        out = b""
        for at in range(0, len(self.body), self.chunks):
            part = self.body[at:at + self.chunks]
            out += b"%x\r\n%s\r\n" % (len(part), part)
        return out + b"0\r\n\r\n"

    def bytes(self):
        return self.head() + self.payload()


def crowd(port, request, count, tls=None, by=0):
    """The same request count times at once, or by so many clients that ask again and again: their answers."""
    answers = [None] * count
    clients = by or count
    gate = threading.Barrier(min(clients, 64))
    left = iter(range(count))
    lock = threading.Lock()

    def following():
        with lock:
            return next(left, None)

    def one(i):
        try:
            wire = Wire(port, tls)
            wire.send(request(i).bytes())
            wire.begin_answer()
            answers[i] = wire.read()
            wire.close()
        except OSError as e:
            answers[i] = Answer()
            answers[i].ended = str(e)

    def client(number):
        if number < gate.parties:
            gate.wait()
        i = following()
        while i is not None:
            one(i)
            i = following() if by else None

    threads = [threading.Thread(target=client, args=(n,), daemon=True) for n in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(2 * WAIT)
    return [a or Answer() for a in answers]
