# SPDX-License-Identifier: MIT
"""expect - what a story may expect of an answer, an upstream, the log, the process.

Everything that comes about a moment later (a line in a log, an upstream that notices that its client left) is
waited for; what must not come is looked at once.
"""
import json
import os
import re
import ssl
import subprocess

import speech
from flow import GUARD, HERE, Broken, eventually
from story import Wrong, seconds, size, words


def expect(player, s):
    rest = words(s.rest)
    first = rest[0] if rest else ""
    if first == "all":
        if not player.crowd:
            raise Wrong("there is no crowd")
        for one in player.crowd if rest[1] != "log" else []:
            of_answer(player, one, rest[1:])
        if rest[1] == "log":
            all_lines(player, rest[2:])
    elif first == "share":
        share(player, float(rest[1]), rest[2:])
    elif first in ABOUT:
        ABOUT[first](player, rest[1:], s)
    elif first in player.upstreams:
        of_upstream(player, player.upstreams[first], rest[1:])
    elif first == "of":
        of_answer(player, player.asked[rest[1]], rest[2:])
    else:
        of_answer(player, player.last, rest)


def share(player, percent, rest):
    """share 99.9 status 200: at least so many of the crowd."""
    good, wrong = 0, None
    for one in player.crowd:
        try:
            of_answer(player, one, rest)
            good += 1
        except Broken as e:
            wrong = e
    if good * 100 < percent * len(player.crowd):
        raise Broken(f"{good} of {len(player.crowd)} only; the last that was not:\n{wrong}")


# ---- values ------------------------------------------------------------------


def missing(what):
    return Broken(f"{what} is not there")


def matches(value, rest):
    """present | absent | ~ REGEX | < N | > N | has TEXT | WORD"""
    op = rest[0] if rest else "present"
    if op == "present":
        return value is not None
    if op == "absent":
        return value is None
    if value is None:
        return False
    if op == "~":
        return re.search(rest[1], value if isinstance(value, str) else json.dumps(value), re.S) is not None
    if op in ("<", ">", ">="):
        number, limit = float(value), float(rest[1])
        return {"<": number < limit, ">": number > limit, ">=": number >= limit}[op]
    if op == "has":
        return rest[1] in value
    want = rest[-1] if op in ("==", "is") else op
    return same(value, want)


def same(value, want):
    if isinstance(value, str):
        return value == want
    try:
        return value == json.loads(want)
    except ValueError:
        return False


def must(what, value, rest):
    if not matches(value, rest):
        shown = value if isinstance(value, str) else json.dumps(value)
        raise Broken(f"{what} should be {' '.join(rest)}\n   but is {shown[:3000]}")


def dig(value, path):
    """a.b[0].c; None when it is not there; "#" at the end counts."""
    for name in re.findall(r"[^.\[\]]+|\[-?\d+\]", path):
        try:
            if name == "#":
                value = len(value)
            elif name.startswith("["):
                value = value[int(name[1:-1])]
            else:
                value = value[name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def json_of(data, what):
    try:
        return json.loads(bytes(data))
    except ValueError as e:
        raise Broken(f"{what} is not JSON: {bytes(data)[:2000]!r}") from e


def shown(answer):
    return f"{answer.head_bytes.decode('latin-1')}{bytes(answer.body)[:4000].decode('utf-8', 'replace')}\n({answer.ended})"


# ---- answers -----------------------------------------------------------------


def of_answer(player, asked, rest):
    if not asked:
        raise Wrong("nothing was asked yet")
    a, what, rest = asked.answer, rest[0], rest[1:]
    check = ANSWER.get(what)
    if not check:
        raise Wrong(f"what is {what!r} of an answer?")
    try:
        check(player, asked, a, rest)
    except Broken as e:
        raise Broken(f"{e}\n--- the answer\n{shown(a)}") from e


def header(player, asked, a, rest):
    must(f"header {rest[0]}", a.header(rest[0]), rest[1:] or ["present"])


def no(player, asked, a, rest):
    if rest[0] == "header":
        must(f"header {rest[1]}", a.header(rest[1]), ["absent"])
    elif rest[0] == "body":
        must("body", bytes(a.body).decode("utf-8", "replace") or None, ["absent"])
    elif rest[0] == "json":
        must(f"json {rest[1]}", dig(json_of(a.body, "the answer"), rest[1]), ["absent"])
    elif rest[0] == "tool":
        must("tools", speech.read(a, asked.family)["tools"] or None, ["absent"])
    else:
        raise Wrong(f"no what? {rest[0]}")


def spoken(part):
    def check(player, asked, a, rest):
        must(part, speech.read(a, asked.family)[part], rest)
    return check


def tool(player, asked, a, rest):
    """tool NAME JSON: one of the calls."""
    calls = speech.read(a, asked.family)["tools"]
    want = (rest[0], json.loads(rest[1]))
    if want not in [(n, x) for n, x, _ in calls]:
        raise Broken(f"no call of {want} in {calls}")


def tools(player, asked, a, rest):
    must("names of the called tools", ",".join(n for n, _, _ in speech.read(a, asked.family)["tools"]), rest)


def usage(player, asked, a, rest):
    must(f"usage {rest[0]}", dig(speech.read(a, asked.family)["usage"], rest[0]), rest[1:])


def in_json(player, asked, a, rest):
    must(f"json {rest[0]}", dig(json_of(a.body, "the answer"), rest[0]), rest[1:] or ["present"])


def without(value, names):
    """All but the members of these names, however deep."""
    if isinstance(value, dict):
        return {n: without(v, names) for n, v in value.items() if n not in names}
    return [without(v, names) for v in value] if isinstance(value, list) else value


def as_kept(player, asked, a, rest):
    """as NAME but A,B: the same JSON as was kept, but for members of these names."""
    names = rest[2].split(",") if rest[1:2] == ["but"] else []
    before, now = (without(x, names) for x in (player.kept[rest[0]], json_of(a.body, "the answer")))
    if before != now:
        raise Broken(f"it is not as it was kept:\n{json.dumps(before)}\n{json.dumps(now)}")


def body(player, asked, a, rest):
    if rest[0] == "file":
        with open(os.path.join(HERE, "replies", rest[1]), "rb") as f:
            want = f.read()
        if bytes(a.body) != want:
            raise Broken(f"the body is not {rest[1]}, byte for byte")
    elif rest[0] == "bytes":
        must("size of the body", len(a.body), rest[1:])
    else:
        must("body", bytes(a.body).decode("utf-8", "surrogateescape"), rest)


def events(player, asked, a, rest):
    """Labels in order; .. stands for any number of events."""
    have = speech.labels(a, asked.family)
    pattern = "".join(r"(\S+ )*" if w == ".." else re.escape(w) + " " for w in rest)
    if not re.fullmatch(pattern, "".join(x + " " for x in have)):
        raise Broken(f"the events are {' '.join(have)}")


def event(player, asked, a, rest):
    """event N PATH VALUE: the N-th event's data; -1 is the last."""
    have = [e for e in a.events() if e.name not in (":", "ping")]
    try:
        found = have[int(rest[0]) - (int(rest[0]) > 0)]
    except IndexError as e:
        raise Broken(f"there are {len(have)} events") from e
    must(f"event {rest[0]} {rest[1]}", dig(found.json(), rest[1]), rest[2:])


def ends(player, asked, a, rest):
    end = speech.check(a, asked.family)
    if str(end or "nothing") != rest[0]:
        raise Broken(f"the stream ends with {end}, not {rest[0]}")
    if a.ended != "whole":
        raise Broken(f"the answer itself was {a.ended}")


def error(player, asked, a, rest):
    """error TYPE [~ REGEX]: of the whole answer, or of the event that ends a stream."""
    found = speech.read(a, asked.family)["error"]
    if not isinstance(found, dict):
        raise missing("an error")
    must("the error's type", str(found.get("type")), rest[:1])
    if len(rest) > 1:
        must("the error's message", found.get("message"), rest[1:])


def count_of_answers(player, asked, a, rest):
    must("the number of answers", len(asked.answers), rest)


def statuses(player, asked, a, rest):
    have = [x.status for x in asked.answers]
    if have != [int(w) for w in rest]:
        raise Broken(f"the answers' statuses are {have}")


def statuses_among(player, asked, a, rest):
    have = {x.status for x in asked.answers}
    if not have <= {int(w) for w in rest}:
        raise Broken(f"the answers' statuses are {have}")


def closed(player, asked, a, rest):
    over = getattr(asked, "over", None) or asked.wire.over
    if over not in ("cut", "reset"):
        raise Broken(f"the connection was not closed ({over})")


ANSWER = {
    "status": lambda p, x, a, rest: must("status", a.status, rest),
    "header": header,
    "no": no,
    "text": spoken("text"),
    "thinking": spoken("thinking"),
    "refusal": spoken("refusal"),
    "model": spoken("model"),
    "stop": spoken("stop"),
    "tool": tool,
    "tools": tools,
    "usage": usage,
    "json": in_json,
    "as": as_kept,
    "body": body,
    "events": events,
    "event": event,
    "ends": ends,
    "error": error,
    "ended": lambda p, x, a, rest: must("the end of the answer", str(a.ended), rest),
    "torn": lambda p, x, a, rest: must("the end of the stream is torn", str(bool(a.body[-2:] != b"\n\n")), rest),
    "pings": lambda p, x, a, rest: must("the number of pings", speech.pings(a), rest),
    "took": lambda p, x, a, rest: must("the time it took", a.took, [rest[0], str(seconds(rest[1]))]),
    "interim": lambda p, x, a, rest: must("interim answers", ",".join(map(str, a.interim)) or None, rest),
    "answers": count_of_answers,
    "statuses": statuses,
    "statuses-among": statuses_among,
    "closed": closed,
    "version": lambda p, x, a, rest: must("version", a.version, rest),
}


# ---- upstreams ---------------------------------------------------------------


def of_upstream(player, upstream, rest):
    what, rest = rest[0], rest[1:]
    if what == "saw":
        saw(player, upstream, rest)
    elif what == "request":
        of_request(player, upstream, 0 if rest[0] == "last" else int(rest[0]), rest[1:])
    elif what == "gone":
        if not eventually(lambda: len(upstream.gone()) >= int(rest[0] if rest else 1)):
            raise Broken(f"{upstream.name}: {len(upstream.gone())} requests were left by their client")
    elif what == "idle":
        if not eventually(lambda: upstream.stats()["busy"] <= 1):  # the question itself is one
            raise Broken(f"{upstream.name} is still busy: {upstream.stats()}")
    elif what == "peak":
        must(f"replies of {upstream.name} in progress at once", upstream.stats()["peak_busy"], rest)
    elif what == "connections":
        must(f"connections to {upstream.name}", len({r["conn"] for r in upstream.requests()}), rest)
    else:
        raise Wrong(f"what is {what!r} of an upstream?")


def saw(player, upstream, rest):
    """saw N | saw < N [of key K]"""
    at = rest.index("of") if "of" in rest else len(rest)
    value, key = rest[:at], player.key(rest[at + 2]) if rest[at:at + 2] == ["of", "key"] else None

    def have():
        return [r for r in upstream.requests() if not key or key_of(r) == key]

    eventually(lambda: matches(len(have()), value) or (value[0].isdigit() and len(have()) > int(value[0])))
    if not matches(len(have()), value):
        raise Broken(f"{upstream.name} saw {len(have())} requests: {[(r['method'], r['target']) for r in have()][:50]}")


def key_of(r):
    headers = {n.lower(): v for n, v in r["headers"]}
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-goog-api-key")


def of_request(player, upstream, number, rest):
    have = eventually(lambda: upstream.requests()[number - 1:][:1])
    if not have:
        raise Broken(f"{upstream.name} saw no request {number or 'at all'}")
    r, what, rest = have[0], rest[0], rest[1:]
    headers = {n.lower(): v for n, v in r["headers"]}
    try:
        if what == "header":
            must(f"header {rest[0]}", headers.get(rest[0].lower()), rest[1:] or ["present"])
        elif what == "no" and rest[0] == "header":
            must(f"header {rest[1]}", headers.get(rest[1].lower()), ["absent"])
        elif what == "no" and rest[0] == "json":
            must(f"json {rest[1]}", dig(json_of(raw_body(r), "the request"), rest[1]), ["absent"])
        elif what == "key":
            key = player.key(rest[0])
            must("the key", key_of(r), [key])
        elif what in ("target", "method"):
            must(what, r[what], rest)
        elif what == "json":
            must(f"json {rest[0]}", dig(json_of(raw_body(r), "the request"), rest[0]), rest[1:] or ["present"])
        elif what == "body":
            of_request_body(player, r, rest)
        else:
            raise Wrong(f"what is {what!r} of a request?")
    except Broken as e:
        raise Broken(f"{e}\n--- request {number} at {upstream.name}\n{json.dumps(r)[:6000]}") from e


def raw_body(r):
    import base64
    return base64.b64decode(r["body64"]) if "body64" in r else r["body"].encode()


def of_request_body(player, r, rest):
    have = raw_body(r)
    if rest == ["is", "sent"]:
        if have != player.last.sent:
            raise Broken(f"the body is not the one that was sent, byte for byte:\n{have!r}\n{player.last.sent!r}")
    else:
        must("body", have.decode("utf-8", "surrogateescape"), rest)


# ---- log, process ------------------------------------------------------------


def log(player, rest, s):
    """log FIELD=VALUE ... of the last request; log attempt N FIELD=VALUE; log says, log never REGEX."""
    if rest[0] == "says":
        if not eventually(lambda: re.search(rest[1], player.gateway.log_text(), re.M)):
            raise Broken(f"the log does not say it:\n{player.gateway.log_text()[-3000:]}")
        return
    if rest[0] == "never":
        if re.search(rest[1], player.gateway.log_text(), re.M):
            raise Broken("the log says it")
        return
    asked = player.last
    if rest[0] == "of":
        asked, rest = player.asked[rest[1]], rest[2:]
    if rest[0] == "attempt":
        lines, number = lambda: attempts(player, asked), int(rest[1])
        rest = rest[2:]
    else:
        lines, number = lambda: player.gateway.requests(asked.id), 1
    found = eventually(lambda: lines()[number - 1:number])
    if not found:
        raise Broken(f"there is no such line:\n{player.gateway.log_text()[-3000:]}")
    for w in rest:
        name, _, want = w.partition("=")
        field(found[0], name, want)


def all_lines(player, rest):
    """all log FIELD=VALUE: the line of each."""
    names = [one.id for one in player.crowd]

    known = {}

    def is_complete():
        known.update((e.get("req"), e) for e in player.gateway.requests())
        return all(n in known for n in names)

    eventually(is_complete)
    for name in names:
        if name not in known:
            raise missing(f"the line of {name}")
        for w in rest:
            member, _, want = w.partition("=")
            field(known[name], member, want)


def attempts(player, asked):
    return [e for e in player.gateway.log_lines() if e.get("event") == "attempt" and e.get("req") == asked.id]


def field(line, name, want):
    """NAME=WORD, NAME=* (there), NAME=- (not there), NAME=~REGEX, NAME=>N"""
    value = line.get(name)
    rest = {"*": ["present"], "-": ["absent"]}.get(want)
    if not rest:
        rest = [want[0], want[1:]] if want[:1] in ("~", "<", ">") else [want]
    if isinstance(value, str) or value is None or rest[0] in ("present", "~", "<", ">"):
        good = matches(value, rest)
    else:
        good = str(value) == want
    if not good:
        raise Broken(f"the log's {name} should be {want}:\n{json.dumps(line)}")


def memory(player, rest, s):
    """memory < 200MB: the most it ever was."""
    must("the memory's peak in KB", player.gateway.memory_kb("VmHWM"), [rest[0], str(size(rest[1]) // 1024)])


def exit_code(player, rest, s):
    """exit CODE [within TIME]"""
    if player.exit_code is None:
        limit = seconds(rest[2]) if len(rest) > 2 else GUARD
        player.exit_code, player.is_stopped = player.gateway.wait(limit), True
    must("the exit code", player.exit_code, rest[:1])


def said(player, rest, s):
    text = player.said or player.gateway.stderr()
    must("what it said", text, rest)


def under_way(player, rest, s):
    """under-way N: so many requests, as soon as the gateway has read them."""
    def have():
        return player.gateway.asked_locally("/api/status")["in_flight"]
    if not eventually(lambda: have() == int(rest[0])):
        raise Broken(f"{have()} requests are under way")


def becomes(player, rest, s):
    """becomes PATH json A.B VALUE: what a door of the API tells, sooner or later."""
    if not eventually(lambda: matches(dig(player.gateway.asked_locally(rest[0]), rest[2]), rest[3:])):
        raise Broken(f"{rest[2]} is {dig(player.gateway.asked_locally(rest[0]), rest[2])}")


def alive(player, rest, s):
    if not player.gateway.is_alive():
        raise Broken("the gateway has ended")


def refused(player, rest, s):
    """Nobody new is let in, as soon as all workers know."""
    def is_refused():
        try:
            wire = player.connect()
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            wire.begin_answer()
            return wire.read(timeout=3).status != 200
        except OSError:
            return True
    if not eventually(is_refused):
        raise Broken("a new connection was served")


def certificate(player, rest, s):
    """certificate CN=NAME: whom the gateway claims to be."""
    pem = ssl.get_server_certificate(("127.0.0.1", player.gateway.port))
    p = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253"], input=pem.encode(),
                       stdout=subprocess.PIPE, check=True)
    must("the certificate", p.stdout.decode(), ["has", rest[0]])


def file_text(player, rest, s):
    path = os.path.join(player.place, rest[0])
    text = None
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
    must(f"file {rest[0]}", text, rest[1:] or ["present"])


ABOUT = {"log": log, "memory": memory, "exit": exit_code, "said": said, "alive": alive, "file": file_text,
         "certificate": certificate,
         "refused": refused, "under-way": under_way, "becomes": becomes}
