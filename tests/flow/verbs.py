# SPDX-License-Identifier: MIT
"""verbs - what the statements of a story do: upstreams, channels, the gateway, requests, signals.

A Player plays one case of one story.  Each verb is a method do_VERB(statement); expectations are in expect.py.
"""
import os
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import time

import expect
import speech
from chaos import Chaos, garble, scribble, variations
from client import Request, Wire, compressed
from flow import HERE, Broken, Gateway, Upstream, eventually, write_file
from many import Many
from story import Wrong, expression, seconds, size, to_bytes, words

KINDS = {
    "messages": ("POST", "/v1/messages", "messages"),
    "count": ("POST", "/v1/messages/count_tokens", "messages"),
    "chat": ("POST", "/v1/chat/completions", "chat"),
    "models": ("GET", "/v1/models", "chat"),
    "responses": ("POST", "/v1/responses", "responses"),
    "compact": ("POST", "/v1/responses/compact", "responses"),
}
CHANNEL_TIMES = ("connect", "first_byte", "first_content", "idle", "total")
CHANNEL_FLAGS = ("strict", "keyless", "insecure", "http1", "low_quality", "rewrite")
# Stories about other things than waiting and fuzzy mode hear at once, and in the upstream's own words, why a request failed.
PRESETS = {"workers": "1", "fuzzy": "false", "scheduler": "{ waits = 0; }"}


class Asked:
    """A request and what became of it."""

    def __init__(self, name, family, request):
        self.name, self.family, self.request = name, family, request
        self.id, self.wire, self.answer, self.answers = None, None, None, []
        self.is_loose, self.is_logged = False, True

    @property
    def sent(self):
        return self.request.body if self.request else b""


class Player(Many):
    """One case: its folder, its processes, its answers."""

    def __init__(self, story, tools, spare, place, values):
        self.story, self.tools, self.spare, self.place = story, tools, spare, place
        self.values = dict(values, dir=place, flow=HERE)
        self.upstreams, self.channels, self.asked, self.kept = {}, {}, {}, {}
        self.all_asked, self.crowd, self.lurkers, self.storms, self.last = [], [], [], [], None
        self.gateway = Gateway(place, tools, spare)
        self.values["access"] = self.gateway.access_key
        self.extra, self.options, self.env = "", [], {}
        self.exit_code, self.said, self.is_stopped, self.is_bare = None, "", False, False
        self.count = 0

    def play(self, statements):
        for s in statements:
            try:
                filled = s.filled(self.values)
                verb = getattr(self, "do_" + filled.verb.replace("-", "_"), None)
                if not verb:
                    raise Wrong(f"what is the verb {filled.verb!r}?")
                verb(filled)
            except (Broken, Wrong, speech.Dishonest) as e:
                raise Broken(f"line {s.line}: {s.verb} {s.rest}\n{e}") from e

    # ---- upstreams and channels ----

    def do_upstream(self, s):
        name, _, rest = s.rest.partition(" ")
        first = rest.split()[:1]
        known = self.upstreams.get(name)
        if not known:
            known = self.upstreams[name] = Upstream(self.place, "upstream-" + name, self.tools)
            if first == ["refuses"]:
                known.refuse()
            elif first == ["tls"]:
                known.start("--tls", *(os.path.join(self.place, rest.split()[1] + x) for x in (".pem", ".key")))
            else:
                known.start()
            self.values[name] = known.url
        if first not in (["refuses"], ["tls"]):
            known.script("\n".join([rest.strip()] + s.lines()))

    def key(self, name):
        """The secret that stands for a key of this name."""
        if name not in self.values:
            self.values[name] = f"sk-{name}-" + secrets.token_hex(10)
            self.gateway.canaries[self.values[name]] = f"the upstream key {name}"
        return self.values[name]

    def do_key(self, s):
        for name in s.rest.split():
            self.key(name)

    def do_channel(self, s):
        name, dialect, *rest = words(s.rest)
        lines, times = [f'id = "{name}"; dialect = "{dialect}";'], []
        if "public" in rest:
            rest.remove("public")
        else:
            lines.append("allow_private = true;")
        given = dict(w.partition("=")[::2] for w in rest)
        url = given.pop("url", None) or self.values.get(name)
        if url:
            lines.append(f'base_url = "{url}";')
        for option, value in given.items():
            if option == "keys":
                lines.append("keys = [ " + ", ".join(f'"{self.key(k)}"' for k in value.split(",")) + " ];")
            elif option == "models":
                lines.append("models = ( " + ", ".join(f'"{m}"' for m in value.split(",")) + " );")
            elif option in ("only", "families", "drop_headers", "base_urls"):
                lines.append(f"{option} = [ " + ", ".join(f'"{m}"' for m in value.split(",")) + " ];")
            elif option in CHANNEL_TIMES:
                times.append(f'{option} = "{value}";')
            elif option in CHANNEL_FLAGS:
                lines.append(f"{option} = true;")
            else:
                lines.append(f"{option} = {value};" if re.fullmatch(r"-?\d+", value) else f'{option} = "{value}";')
        if times:
            lines.append("timeouts = { " + " ".join(times) + " };")
        self.channels[name] = "\n    ".join(lines + s.lines())

    def do_without(self, s):
        del self.channels[s.rest.split()[-1]]

    # ---- the gateway ----

    def configuration(self):
        text, preset = self.extra, dict(PRESETS, listen='"127.0.0.1:0"', access_key=f'"{self.gateway.access_key}"',
                                        state_dir=f'"{self.place}/state"')
        head = ""
        for name, value in preset.items():
            if not self.is_bare and not re.search(rf"^\s*{name}\s*=", text, re.M):
                head += f"{name} = {value};\n"
        groups = ",\n".join("  {\n    " + c + "\n  }" for c in self.channels.values())
        return head + text + (f"channels = (\n{groups}\n);\n" if groups else "")

    def configure(self, s):
        self.extra, self.options = s.text(), []
        for w in words(s.rest):
            name, is_set, value = w.partition("=")
            if not is_set or name == "nofile":
                continue
            if name.isupper() or name.endswith("_proxy"):
                self.env[name] = value
            else:
                self.options += ["-o", w]
        more = [w.partition("=")[::2] for w in os.environ.get("FLOW_OPTIONS", "").split()]
        for name, value in [("log.form", "json"), ("log.file", self.gateway.log_file)] + more:
            if not any(o.startswith(name + "=") for o in self.options):
                self.options += ["-o", f"{name}={value}"]
        self.is_bare = "bare" in s.rest.split()
        os.makedirs(self.place + "/state", mode=0o700, exist_ok=True)
        self.gateway.configure(self.configuration(), "no-spare" not in s.rest.split())
        if "no-spare" in s.rest.split():
            self.gateway.spare = None

    def do_gateway(self, s):
        if self.gateway.is_alive():
            self.gateway.stop()  # the one before it in this story
        self.configure(s)
        if "tls" in s.rest.split():
            self.gateway.tls = ssl._create_unverified_context()  # the certificate is the story's own
        self.gateway.nofile = next((int(w[7:]) for w in s.rest.split() if w.startswith("nofile=")), 0)
        self.gateway.start(self.env, self.options)
        self.is_stopped, self.exit_code = False, None
        self.values["port"] = str(self.gateway.port)
        self.gateway.settle()

    def do_check(self, s):
        """claude-proxy --test instead of a start."""
        self.configure(s)
        self.exit_code, self.said = self.gateway.check_only(self.env, self.options)
        self.is_stopped = True

    def do_explain(self, s):
        """claude-proxy explain with the indented lines as its file; a line with nothing but . is empty."""
        if not os.path.exists(self.gateway.conf_file):
            self.gateway.configure(self.configuration(), False)
        text = re.sub(r"(?m)^\.$", "", s.text())
        self.exit_code, self.said = self.gateway.explain(self.env, self.options, words(s.rest), text)
        for canary, what in self.gateway.canaries.items():
            if canary in self.said:
                raise Broken(f"{what} stands in what explain said: {self.said}")

    def do_reload(self, s):
        """HUP, and wait until the gateway has said what it thinks of the new file."""
        before = self.gateway.log_text().count("reload:")
        if "broken" in s.rest.split():
            write_file(self.gateway.conf_file, s.text())
        else:
            self.extra = s.text() if s.clauses else self.extra
            write_file(self.gateway.conf_file, self.configuration())
        self.gateway.process.send_signal(signal.SIGHUP)
        if not eventually(lambda: self.gateway.log_text().count("reload:") > before):
            raise Broken("the gateway did not speak of the reload")

    def do_signal(self, s):
        self.gateway.process.send_signal(getattr(signal, "SIG" + s.rest.strip()))

    def do_stop(self, s):
        self.exit_code, self.is_stopped = self.gateway.stop(), True

    def do_file(self, s):
        name, *rest = s.rest.split()
        mode = next((int(w[5:], 8) for w in rest if w.startswith("mode=")), 0o600)
        write_file(os.path.join(self.place, name), s.text(), mode)

    def do_rename(self, s):
        old, new = s.rest.split()
        os.rename(os.path.join(self.place, old), os.path.join(self.place, new))

    def do_certificate(self, s):
        """NAME.pem and NAME.key for localhost and 127.0.0.1, signed by itself."""
        name = s.rest.split()[0]
        base = os.path.join(self.place, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", base + ".key.new", "-out", base + ".pem"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=self.place)
        os.chmod(base + ".key.new", 0o600)
        os.rename(base + ".key.new", base + ".key")

    def do_let(self, s):
        name, _, text = s.rest.partition(" ")
        self.values[name] = text.strip()

    def do_take(self, s):
        """take NAME PART or take NAME json PATH: of the last answer; @NAME@ from here on."""
        name, part, *path = s.rest.split()
        if part == "json":
            found = expect.dig(expect.json_of(self.last.answer.body, "the answer"), path[0])
        else:
            said = speech.read(self.last.answer, self.last.family)
            found = said["tools"][0][2] if part == "call" and said["tools"] else said.get(part)
        if not isinstance(found, str):
            raise Broken(f"there is no {s.rest} in the answer\n{expect.shown(self.last.answer)}")
        self.values[name] = found

    def do_keep(self, s):
        """keep NAME: the last answer's JSON, to be compared with a later one."""
        self.kept[s.rest.strip()] = expect.json_of(self.last.answer.body, "the answer")

    def do_wait(self, s):
        time.sleep(seconds(s.rest.strip()))

    # ---- requests ----

    def prepare(self, s):
        rest = words(s.rest)
        name = None
        if rest[:1] == ["as"]:
            name, rest = rest[1], rest[2:]
        kind, rest = rest[0], rest[1:]
        if kind in KINDS:
            method, path, family = KINDS[kind]
        elif rest:
            method, path, rest = kind, rest[0], rest[1:]
            family = speech.family_of(path)
        else:
            raise Wrong(f"ask what? {kind}")
        asked = Asked(name, family, Request(method, path))
        self.body_by_name(asked, rest)
        self.clauses(asked, s)
        if "stream" in rest and asked.request.body:
            asked.request.body = asked.request.body.replace(b"{", b'{"stream":true,', 1)
        for w in rest:
            self.word(asked, w)
        self.finish_headers(asked, rest)
        return asked, rest

    def body_by_name(self, asked, rest):
        r = asked.request
        bare = [w for w in rest if "=" not in w and os.path.exists(f"{HERE}/bodies/{asked.family}/{w}.json")]
        if bare:
            rest.remove(bare[0])
            with open(f"{HERE}/bodies/{asked.family}/{bare[0]}.json", "rb") as f:
                r.body = f.read().rstrip(b"\n")
        given = dict(w.partition("=")[::2] for w in rest if "=" in w)
        if r.body is not None:
            model, text = given.get("model", "m"), given.get("text", "hello")
            r.body = r.body.replace(b"@model@", to_bytes(model)).replace(b"@text@", to_bytes(text))

    def clauses(self, asked, s):
        r, lines = asked.request, [c for c in s.clauses if c.strip()]
        for i, line in enumerate(lines):
            text = line.strip()
            m = re.match(r"([A-Za-z][A-Za-z0-9_-]*):(?: (.*))?$", text)
            if m:
                r.headers.append((m.group(1), m.group(2) or ""))
            elif text.startswith("body file "):
                with open(os.path.join(HERE, "bodies", text[10:]), "rb") as f:
                    r.body = f.read()
            elif text.startswith("body "):
                r.body = (r.body or b"") + expression(text[5:])
            elif text.startswith("{"):
                r.body = to_bytes("\n".join(x.strip() if j == 0 else x for j, x in enumerate(lines[i:])))
                return
            else:
                raise Wrong(f"what does this line of a request mean? {text}")

    def word(self, asked, w):
        r, (name, _, value) = asked.request, w.partition("=")
        if name in ("gzip", "deflate", "zstd", "br"):
            r.body = compressed(r.body, name)
            r.headers.append(("Content-Encoding", name))
        elif name == "chunks":
            r.chunks = int(value)
        elif name == "length":
            r.length = int(value)
        elif name == "HTTP/1.0":
            r.version = name
        elif name == "loose":
            asked.is_loose = True
        elif name == "unlogged":
            asked.is_logged = False
        elif name not in ("stream", "model", "text", "key", "on", "drip", "wait", "small", "anonymous", "keep", "untyped", "by", "after"):
            raise Wrong(f"what is {w!r} in a request?")

    def finish_headers(self, asked, rest):
        r = asked.request
        have = {n.lower() for n, _ in r.headers}
        key = next((w[4:] for w in rest if w.startswith("key=")), None)
        self.place_key(asked, key, self.gateway.access_key)
        if r.body is not None and "content-type" not in have and "untyped" not in rest:
            r.headers.append(("Content-Type", "application/json"))
        if asked.request.target in ("/", "/health", "/healthz", "/readyz"):
            asked.is_logged = False
        self.count += 1
        asked.id = next((v for n, v in r.headers if n.lower() == "x-request-id"), None)
        if not asked.id and "anonymous" not in rest:
            asked.id = f"ask-{self.count}"
            r.headers.append(("X-Request-Id", asked.id))

    def place_key(self, asked, how, access):
        r = asked.request
        default = "bearer" if asked.family == "chat" else "x-api-key"
        if how in (None, "bearer", "x-api-key", "goog", "query"):
            how, value = how or default, access
        elif how == "none":
            return
        else:
            how, value = default, how
        if how == "bearer":
            r.headers.append(("Authorization", "Bearer " + value))
        elif how == "query":
            r.target += ("&" if "?" in r.target else "?") + "key=" + value
        else:
            r.headers.append((how if how == "x-api-key" else "x-goog-api-key", value))

    def connect(self, small=False):
        return Wire(self.gateway.port, self.gateway.tls, small)

    def begin(self, s):
        asked, rest = self.prepare(s)
        given = dict(w.partition("=")[::2] for w in rest)
        asked.wire = self.asked[given["on"]].wire if "on" in given else self.connect("small" in given)
        if "drip" in given:
            asked.wire.send(asked.request.bytes(), int(given["drip"] or 1))
        else:
            asked.wire.send(asked.request.bytes())
        asked.answer = asked.wire.begin_answer(asked.request.method == "HEAD")
        self.remember(asked)
        return asked, given

    def remember(self, asked):
        self.last = asked
        self.all_asked.append(asked)
        if asked.name:
            self.asked[asked.name] = asked

    def complete(self, asked, close=True):
        asked.wire.read()
        asked.answers = [asked.answer]
        if close:
            asked.wire.close()
        if asked.answer.status == 200 and asked.answer.is_stream and not asked.is_loose:
            speech.check(asked.answer, asked.family)

    def do_ask(self, s):
        if " /api/" in s.rest:
            self.gateway.settled(sum(1 for a in self.all_asked if a.wire and a.wire.sock.fileno() >= 0 and not a.answer.ended))
        asked, given = self.begin(s)
        self.complete(asked, close="keep" not in given)

    def do_begin(self, s):
        self.begin(s)

    def do_finish(self, s):
        self.last = self.asked[s.rest.strip()]
        self.complete(self.last)

    def do_read(self, s):
        """read NAME head | events N | text WORD | bytes N"""
        name, what, *rest = words(s.rest)
        asked = self.asked[name]
        enough = {
            "head": lambda a: a.status,
            "events": lambda a: len(a.events()) >= int(rest[0]),
            "text": lambda a: a.status and rest[0] in speech.read(a, asked.family)["text"],
            "bytes": lambda a: len(a.body) >= size(rest[0]),
        }[what]
        asked.wire.read(until=enough)
        if not enough(asked.answer):
            raise Broken(f"only {asked.answer.everything()[-2000:]!r} came ({asked.answer.ended})")

    def do_slowly(self, s):
        """slowly NAME SIZE every TIME until SIZE"""
        name, piece, _, pause, _, most = words(s.rest)
        asked, end = self.asked[name], size(most)
        while len(asked.answer.body) < end and not asked.answer.ended:
            asked.wire.read(until=lambda a, n=len(asked.answer.body): len(a.body) > n, most=size(piece))
            time.sleep(seconds(pause))

    def do_leave(self, s):
        self.asked[s.rest.strip()].wire.close()

    def do_reset(self, s):
        self.asked[s.rest.strip()].wire.reset()

    def do_half_close(self, s):
        self.asked[s.rest.strip()].wire.half_close()

    def do_send(self, s):
        name, _, text = s.rest.partition(" ")
        self.asked[name].wire.send(expression(text))

    def do_raw(self, s):
        """Each line is sent as it stands; then every answer is read."""
        asked = Asked(None, "messages", None)
        rest = s.rest.split()
        if rest[:1] == ["as"]:
            asked.name = rest[1]
        asked.is_logged, asked.is_loose = False, True
        asked.wire = Wire(self.gateway.port) if "plainly" in rest else self.connect()
        for line in s.lines():
            if line.startswith("wait "):
                time.sleep(seconds(line[5:]))
            elif line == "half-close":
                asked.wire.half_close()
            elif not asked.wire.send(expression(line)):
                break
        self.remember(asked)
        self.read_all(asked)

    def read_all(self, asked):
        """Until the connection is over, or nothing more comes."""
        while True:
            asked.answer = asked.wire.begin_answer()
            asked.wire.read(timeout=2 if asked.answers else 60)
            if not asked.answer.status and not asked.answer.head_bytes:
                break
            asked.answers.append(asked.answer)
            if asked.answer.ended != "whole":
                break
        asked.over = asked.wire.over
        asked.answer = asked.answers[0] if asked.answers else asked.answer
        asked.wire.close()

    def do_lurk(self, s):
        """lurk N EXPRESSION: N connections that say this much and then nothing; `lurk 0` ends them."""
        count, _, text = s.rest.partition(" ")
        for wire in self.lurkers:
            wire.close()
        self.lurkers = []
        for _ in range(int(count)):
            try:
                wire = self.connect()
                wire.send(expression(text))
                self.lurkers.append(wire)
            except OSError:
                break

    def do_chaos(self, s):
        """chaos N clients=M seed=S: N requests by M clients, each of which does something else."""
        count, *rest = s.rest.split()
        given = dict(w.split("=") for w in rest)
        found = Chaos(self.gateway, self.tool_bodies(), int(count), int(given.get("seed", 1))).run(int(given.get("clients", 16)))
        if found:
            raise Broken("\n".join(found[:10]))

    def tool_bodies(self):
        bodies = []
        for kind in ("messages", "chat"):
            with open(f"{HERE}/bodies/{kind}/tools.json", "rb") as f:
                bodies.append((kind, KINDS[kind][1], f.read().replace(b"@model@", b"m").replace(b"@text@", b"hello")))
        return bodies

    def do_scribble(self, s):
        """scribble N seed=S: N requests with a few bytes changed."""
        count, *rest = s.rest.split()
        headers = [("Content-Type", "application/json"), ("Authorization", "Bearer " + self.gateway.access_key)]
        texts = [Request("POST", path, body, headers).bytes() for _, path, body in self.tool_bodies()]
        found = scribble(self.gateway, texts, int(count), int(rest[0].split("=")[1]) if rest else 1)
        if found:
            raise Broken("\n".join(found[:10]))

    def do_garble(self, s):
        """garble N NAME REPLY KIND seed=S [loose]: upstream NAME gives REPLY with spoiled bytes, N times, to clients of KIND."""
        count, name, reply, kind, seed, *rest = s.rest.split()
        with open(f"{HERE}/replies/{reply}", "rb") as f:
            data = f.read()
        asks = [b for b in self.tool_bodies() if b[0] == kind]
        found = garble(self.gateway, self.upstreams[name], data, asks, int(count), int(seed.split("=")[1]), "loose" not in rest)
        if found:
            raise Broken("\n".join(found[:10]))

    def do_vary(self, s):
        """vary KIND with VALUE...: the body, with each of its members in turn replaced by each value, or taken out."""
        kind, values = s.rest.split(" with ", 1)
        method, path, family = KINDS[kind.strip()]
        wire = asked = None
        answers = []
        for body in variations(s.text(), [w for w in re.findall(r'"[^"]*"|\S+', values)]):
            asked = Asked(None, family, Request(method, path, body))
            self.place_key(asked, None, self.gateway.access_key)
            asked.request.headers.append(("Content-Type", "application/json"))
            if not wire or wire.over or asked is None:
                wire = self.connect()
            wire.send(asked.request.bytes())
            wire.begin_answer()
            answer = wire.read()
            answers.append(answer)
            if answer.close_after or answer.ended != "whole":
                wire.close()
                wire = None
            if answer.status >= 500 or answer.ended != "whole":
                raise Broken(f"{answer.status} ({answer.ended}) {bytes(answer.body)[:500]!r} for\n{body.decode()[:3000]}")
        wire and wire.close()
        self.last, asked.answer, asked.answers = asked, answers[-1], answers

    def do_expect(self, s):
        expect.expect(self, s)

    # ---- the end of a scene, and of the story ----

    def check_scene(self):
        """What must hold whatever the story told."""
        self.do_calm(None)
        for wire in [a.wire for a in self.all_asked if a.wire] + self.lurkers:
            wire.close()
        self.lurkers = []
        for a in self.all_asked:
            for answer in a.answers:
                for canary, what in self.gateway.canaries.items():
                    if canary.encode() in answer.everything():
                        raise Broken(f"{what} stands in an answer: {answer.everything()[:2000]!r}")
        for u in self.upstreams.values():
            if self.gateway.access_key in (u.process and open(u.log_file, encoding="utf-8", errors="replace").read() or ""):
                raise Broken(f"the access key came to the upstream {u.name}")
        if self.gateway.process and not self.is_stopped:
            self.gateway.check_lines([a.id for a in self.all_asked if a.id and a.is_logged])
            self.gateway.check_alive()
        self.gateway.check_quiet()
        self.all_asked, self.crowd = [], []

    def close(self):
        """Ends everything; the gateway must end well."""
        try:
            if self.gateway.process and not self.is_stopped:
                code = self.gateway.stop()
                self.gateway.check_quiet()
                if code != 0:
                    raise Broken(f"the gateway's exit code was {code}\n{self.gateway.stderr()[-4000:]}")
        finally:
            if self.gateway.is_alive():
                self.gateway.process.kill()
                self.gateway.process.wait(10)
            for u in self.upstreams.values():
                u.close()


def has(need):
    """Is what a story needs there?"""
    return shutil.which(need) is not None
