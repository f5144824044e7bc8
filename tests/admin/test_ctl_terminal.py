# SPDX-License-Identifier: MIT
"""claude-proxyctl on a terminal: top, questions without echo, completion in a real bash; and gateways that are none."""
import errno
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import termios
import threading
import time

from gateway import LONG, Skip
from test_ctl import channels, environment, good, program

CHANNELS = ""


class Terminal:
    """The program on a pseudo-terminal of 100 x 30."""

    def __init__(self, g, *words, **env):
        self.g, self.text = g, b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            termios.tcsetwinsize(0, (30, 100))
            command = [program(g), "--url", f"http://127.0.0.1:{g.port}", *words]
            os.chdir(g.place)
            os.execve(command[0], command, environment(g, **env))

    def until(self, what):
        """Reads until the text is there."""
        self.again(what, 0)
        return self.text.decode("utf-8", "replace")

    def again(self, what, before):
        """Reads until the text is there more than so many times."""
        end = time.monotonic() + LONG
        while self.text.count(what.encode()) <= before:
            if time.monotonic() > end or not self.more(0.2):
                raise AssertionError(f"{what!r} is not in {self.text!r}")

    def more(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            some = os.read(self.fd, 65536)
        except OSError as e:
            if e.errno == errno.EIO:
                return False
            raise
        self.text += some
        return bool(some)

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        """Exit code, when it has ended by itself."""
        end = time.monotonic() + LONG
        while time.monotonic() < end and self.more(0.2):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while select.select([self.fd], [], [], 0)[0] and self.more(0):
                    pass
                break
        else:
            if time.monotonic() >= end:
                os.kill(self.pid, signal.SIGKILL)
            pid, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.g.seen.append(self.text.decode("utf-8", "replace"))
        return os.waitstatus_to_exitcode(status)


# ---- top ----

def test_top_has_a_screen_and_leaves_it(g):
    channels(g)
    for how in ("q", "\x03", "\x1b"):
        t = Terminal(g, "top")
        t.until("first-one")
        assert b"\x1b[?1049h" in t.text and not t.echoes()
        t.type(how)
        assert t.end() == 0, (how, t.text)
        assert t.text.rstrip().endswith(b"\x1b[?25h\x1b[?1049l"), t.text[-80:]


def test_top_leaves_it_when_it_is_told_to_end(g):
    channels(g)
    t = Terminal(g, "top")
    t.until("first-one")
    os.kill(t.pid, signal.SIGTERM)
    assert t.end() == 0 and b"\x1b[?1049l" in t.text


def test_top_goes_on(g):
    channels(g)
    t = Terminal(g, "top", NO_COLOR="1")
    t.until("first-one")
    n = t.text.count(b"first-one")
    g.message()
    t.again("first-one", n + 1)
    termios.tcsetwinsize(t.fd, (10, 40))
    os.kill(t.pid, signal.SIGWINCH)
    t.again("claude-proxy  ", t.text.count(b"claude-proxy  "))
    assert b"\x1b[3" not in t.text
    t.type("q")
    assert t.end() == 0


def test_colours_and_widths(g):
    channels(g)
    t = Terminal(g, "channel", "list")
    assert t.end() == 0 and b"\x1b[32mactive\x1b[0m" in t.text, t.text
    t = Terminal(g, "channel", "list", NO_COLOR="1")
    assert t.end() == 0 and b"\x1b" not in t.text
    t = Terminal(g, "channel", "set", "first-one", "name=" + "long " * 40)
    assert t.end() == 0
    t = Terminal(g, "channel", "list", NO_COLOR="1")
    assert t.end() == 0
    lines = t.text.decode().split("\r\n")
    assert all(len(x) <= 100 for x in lines) and "…" in t.text.decode(), lines


# ---- questions ----

def test_a_key_is_asked_for_and_not_shown(g):
    channels(g)
    t = Terminal(g, "key", "add", "first-one")
    t.until("Key (nothing is shown): ")
    assert not t.echoes()
    t.type("sk-CANARY-typedx\x7f\r")
    t.until("1 new key")
    assert t.end() == 0 and b"CANARY" not in t.text, t.text


def test_a_question_is_given_up(g):
    channels(g)
    for how in ("\x03", "\x04"):
        t = Terminal(g, "channel", "add", "--name", "never", "--dialect", "claude", "--url", g.up.url)
        t.until("nothing is shown")
        t.type(how)
        t.until("nothing is changed")
        assert t.end() == 64
    assert all(c["id"] != "never" for c in g.get("/api/channels").json["channels"])


def test_sure(g):
    channels(g)
    for answer, code in (("n", 64), ("y", 0)):
        t = Terminal(g, "channel", "rm", "second")
        t.until("sure? [y/N]")
        t.type(answer + "\n")
        assert t.end() == code, t.text


def test_a_password_is_asked_twice(g):
    t = Terminal(g, "passwd", "--print")
    t.until("New password: ")
    t.type("CANARY correct horse\n")
    t.until("Again: ")
    t.type("CANARY correct horse\n")
    t.until("$y$")
    assert t.end() == 0 and b"CANARY" not in t.text, t.text
    t = Terminal(g, "passwd", "--print")
    t.until("New password: ")
    t.type("CANARY correct horse\n")
    t.until("Again: ")
    t.type("CANARY battery staple\n")
    t.until("not the same")
    assert t.end() == 64
    s = good(g, "passwd", "--print", stdin="CANARY long enough\n")
    assert s.out.startswith("$y$") and s.out.count("\n") == 1, s


# ---- completion ----

def complete(g, *words):
    """What a real bash offers for the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _claude_proxyctl; '
              'for x in "${COMPREPLY[@]}"; do printf "%s\\n" "$x"; done')
    source = os.path.join(g.tools.source, "core", "ctl", "claude-proxyctl")
    p = subprocess.run(["bash", "--norc", "-c", script, "bash", source, program(g), "--url", f"http://127.0.0.1:{g.port}", *words],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(g), cwd=g.place, check=False, timeout=LONG)
    assert p.returncode == 0 and not p.stderr, p
    return p.stdout.decode().split("\n")[:-1]


def test_completion(g):
    channels(g)
    assert "channel" in complete(g, "") and complete(g, "chan") == ["channel"]
    assert {"list", "add", "rm", "promote"} <= set(complete(g, "channel", ""))
    assert complete(g, "channel", "get", "f") == ["first-one"]
    assert set(complete(g, "channel", "get", "")) == {"first-one", "second"}
    key = g.get("/api/channels/second").json["keys"][0]["id"]
    assert complete(g, "key", "enable", "second", "") == [key]
    assert "--dialect" in complete(g, "channel", "add", "--d") and complete(g, "channel", "add", "--dialect", "c") == ["claude", "chat"]
    assert "priority=" in complete(g, "channel", "set", "second", "pri")
    assert "log.level" in complete(g, "config", "get", "log.")
    assert "--json" in complete(g, "status", "--")
    assert complete(g, "stats", "--by", "mo") == ["model"]
    assert complete(g, "history", "--channel", "sec") == ["second"]
    assert complete(g, "help", "sess") == ["sessions"]
    assert complete(g, "channel", "list", "--output", "=", "js") == ["json"]
    assert complete(g, "channel", "list", "--output=", "") == ["table", "json", "csv"]
    assert complete(g, "channel", "add", "--url", "http", ":", "//x", ":", "80", "--dialect", "ge") == ["gemini"]
    assert complete(g, "channel", "set", "first-one", "priority", "=", "5", "weig") == ["weight="]
    assert complete(g, "nonsense", "") == []
    g.write("a file", "x")
    assert complete(g, "config", "test", "a") == ["a file"]


def test_completion_script_is_the_installed_one(g):
    for shell, name in (("bash", "claude-proxyctl"), ("zsh", "_claude-proxyctl"), ("fish", "claude-proxyctl.fish")):
        with open(os.path.join(g.tools.source, "core", "ctl", name), encoding="utf-8") as f:
            assert f.read() == good(g, "completion", shell).out, shell


def shell_says(g, shell, script, *words):
    if not shutil.which(shell):
        raise Skip(f"there is no {shell}")
    p = subprocess.run([shell, *words[:1], "-c", script, *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env=environment(g, PATH=f"{g.place}/bin:{os.environ['PATH']}", TERM="dumb"), cwd=g.place, check=False, timeout=LONG)
    assert p.returncode == 0 and not p.stderr, p
    return p.stdout.decode().split("\n")[:-1]


def as_command(g):
    """The gateway's own program under the name that shells complete."""
    os.makedirs(g.place + "/bin", exist_ok=True)
    if not os.path.lexists(g.place + "/bin/claude-proxyctl"):
        os.symlink(os.path.abspath(program(g)), g.place + "/bin/claude-proxyctl")


def test_completion_in_zsh(g):
    """The shell's own functions, which need a terminal, are stood in for."""
    channels(g)
    as_command(g)
    stand_in = ("compadd() { [[ $1 == -S ]] && shift 2; shift; print -rl -- $@ }; compset() { PREFIX=${PREFIX##*=} }; _files() { print FILES }; "
                'compdef() { }; source $1; shift; words=("$@"); CURRENT=$#; PREFIX=$@[-1]; _claude_proxyctl')
    source = os.path.join(g.tools.source, "core", "ctl", "_claude-proxyctl")

    def offered(*words):
        return shell_says(g, "zsh", stand_in, "-f", "zsh", source, "claude-proxyctl", "--url", f"http://127.0.0.1:{g.port}", *words)
    assert offered("chan") == ["channel"] and offered("channel", "get", "f") == ["first-one"]
    assert offered("channel", "list", "--output=js") == ["json"]
    assert offered("channel", "set", "second", "pri") == ["priority="]
    assert offered("config", "test", "a") == ["FILES"] and offered("nonsense", "") == []


def test_completion_in_fish(g):
    channels(g)
    as_command(g)
    g.write("a file", "x")
    source = os.path.join(g.tools.source, "core", "ctl", "claude-proxyctl.fish")

    def offered(*words):
        line = " ".join(["claude-proxyctl", "--url", f"http://127.0.0.1:{g.port}", *words])
        return shell_says(g, "fish", "source $argv[1]; complete -C $argv[2]", "--no-config", source, line)
    assert offered("chan") == ["channel"] and offered("channel", "get", "f") == ["first-one"]
    assert offered("channel", "list", "--output=js") == ["--output=json"]
    assert offered("channel", "set", "second", "pri") == ["priority="]
    assert any("file" in name for name in offered("config", "test", "a")) and offered("nonsense", "''") == []


def test_completion_is_quiet_without_a_gateway(g):
    p = subprocess.run([program(g), "__complete", "3", "claude-proxyctl", "-s", g.place + "/no.sock", "channel"], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, env=environment(g), check=False)
    assert p.returncode == 0
    for words in ([], ["x"], ["-1"], ["99", "a"], ["3", "a", "channel", "get"]):
        p = subprocess.run([program(g), "__complete", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(g), check=False)
        assert p.returncode == 0 and b"ERROR" not in p.stdout, p


# ---- gateways that are none ----

class Fake:
    """Answers every connection with the same bytes, and closes."""

    def __init__(self, g, answer):
        self.path = os.path.join(g.place, f"fake{id(self)}.sock")
        self.answer, self.socket = answer, socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
                c.settimeout(5)
                try:
                    if c.recv(65536):
                        self.answer(c) if callable(self.answer) else c.sendall(self.answer)
                except OSError:
                    pass
                c.close()
            except OSError:
                return

    def close(self):
        self.socket.close()


def http(body, status="200 OK", kind="application/json"):
    body = body if isinstance(body, bytes) else body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def huge(c):
    c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
    for _ in range(40):
        c.sendall(b"[" * (1 << 20))


def slow(c):
    c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[")
    time.sleep(3)


GARBAGE = [b"", b"\n", b"\x00" * 100, b"HTTP/1.1 200 OK\r\n", b"HTTP/9.9 abc\r\n\r\n", http("{"), http("[" * 100000), http('{"channels":5}'),
           http('{"channels":[[],{},null,"x",{"id":{"id":[]},"keys":"k","base_urls":{"a":[1]}}]}'), http('{"channels":[{"id":"\\u001b[2J\\u0007"}]}'),
           http('{"error":"\\u001b[31mno\\u001b[0m","path":5,"details":[1,{}]}', "422 Unprocessable"), http("", "500 Oops"), http("<html>", "502 Bad", "text/html"),
           http("null"), http('"text"'), http("123"), http('{"channels":[' + ",".join(['{"id":"x","served":9e999}'] * 5000) + "]}"),
           http(b'{"id":"\xff\xfe"}'), http("", "302 Found"), http("", "204 No Content"), huge, slow]


def test_garbage_is_survived(g):
    commands = (["status"], ["channel", "list"], ["show", "breakers"], ["top", "--once"], ["history"], ["events"], ["config", "show"], ["family", "list", "--output", "csv"])
    for i, answer in enumerate(GARBAGE):
        fake = Fake(g, answer)
        for words in commands[i % 2::2] if callable(answer) else commands:
            p = subprocess.run([program(g), "-s", fake.path, "--timeout", "1s", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(g), timeout=LONG, check=False)
            said = p.stdout + p.stderr
            assert p.returncode in (0, 1, 69, 77), (i, words, p)
            assert b"Sanitizer" not in said and b"runtime error" not in said and b"\x1b" not in said and b"\x07" not in said, (i, words, p)
            assert p.returncode == 0 or p.stderr.startswith(b"claude-proxyctl: "), (i, words, p)
        fake.close()
