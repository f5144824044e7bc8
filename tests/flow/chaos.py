# SPDX-License-Identifier: MIT
"""chaos - many clients at once who each do something else, and requests with spoiled bytes.

The order of what one client does is drawn from a seed; what meets what is left to the machine.  Nothing is expected of
a single answer but that it is honest if it came whole; what must hold is checked after the scene.
"""
import json
import random
import re
import threading

import speech
from client import Request, Wire

HABITS = ["whole", "whole", "stream", "stream", "stream", "few events", "leave at once", "reset at once", "half a body", "leave in the middle",
          "reset in the middle", "half close", "no key", "nonsense"]


class Chaos:
    def __init__(self, gateway, bodies, count, seed):
        self.gateway, self.bodies, self.random = gateway, bodies, random.Random(seed)
        self.todo = [(self.random.choice(HABITS), self.random.choice(bodies), self.random.random()) for _ in range(count)]
        self.lock, self.found = threading.Lock(), []

    def run(self, clients):
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(clients)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(600)
        return self.found

    def work(self):
        while True:
            with self.lock:
                if not self.todo:
                    return
                habit, (family, path, body), chance = self.todo.pop()
            try:
                self.one(habit, family, path, body, chance)
            except OSError:
                continue  # the gateway may close when it must: being closed is not being broken
            except speech.Dishonest as e:
                with self.lock:
                    self.found.append(f"{habit}: {e}")

    def one(self, habit, family, path, body, chance):
        stream = habit not in ("whole", "nonsense")
        data = b"{nonsense" if habit == "nonsense" else body.replace(b"{", b'{"stream":true,', 1) if stream else body
        headers = [("Content-Type", "application/json")]
        if habit != "no key":
            headers.append(("Authorization", "Bearer " + self.gateway.access_key))
        wire = Wire(self.gateway.port, small=chance < 0.2)
        text = Request("POST", path, data, headers).bytes()
        wire.send(text[:-len(data) // 2] if habit == "half a body" else text)
        wire.begin_answer()
        if habit.endswith("at once") or habit == "half a body":
            self.go(wire, habit)
            return
        if habit in ("few events", "leave in the middle", "reset in the middle", "half close"):
            wire.read(until=lambda a: len(a.events()) >= 1 + int(chance * 6), timeout=120)
            if habit == "half close":
                wire.half_close()
                wire.read(timeout=120)
            self.go(wire, habit)
            return
        answer = wire.read(timeout=120)
        wire.close()
        if answer.status == 200 and answer.is_stream and answer.ended == "whole":
            speech.check(answer, family)

    @staticmethod
    def go(wire, habit):
        if habit.startswith("reset"):
            wire.reset()
        else:
            wire.close()


def spoil(data, dice):
    """A few bytes of it changed, doubled, taken out or put in."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(out))
        what = dice.randrange(5)
        if what == 0:
            out[at] = dice.randrange(256)
        elif what == 1:
            del out[at:at + dice.choice((1, 1, 4, 40))]
        elif what == 2:
            out[at:at] = dice.choice((b"\r\n", b"\0", b"\xff", b"\n", b"\"", b"\\u", b"[" * 50, b"{", b": ", b" ", b"%00", b"\r"))
        elif what == 3:
            out[at:at] = out[at:at + dice.randrange(60)]
        else:
            out[at] ^= 1 << dice.randrange(8)
        if not out:
            return b"x"
    return bytes(out)


def scribble(gateway, texts, count, seed):
    """Sends spoiled requests: whatever becomes of them, the answer is no 5xx of ours."""
    dice, found = random.Random(seed), []
    for _ in range(count):
        head, _, body = dice.choice(texts).partition(b"\r\n\r\n")
        if dice.random() < 0.5:
            head = spoil(head, dice)
        else:
            body = spoil(body, dice)
            head = b"\r\n".join(x for x in head.split(b"\r\n") if not x.lower().startswith(b"content-length")) + b"\r\nContent-Length: %d" % len(body)
        wire = Wire(gateway.port)
        wire.send(head + b"\r\n\r\n" + body)
        wire.begin_answer()
        answer = wire.read(timeout=0.25)
        wire.close()
        if answer.status in (500, 502) or answer.status < 0:
            found.append(f"{answer.status} for {head + body!r}")
    return found


def garble(gateway, upstream, reply, asks, count, seed, is_strict):
    """The upstream's replies with spoiled bytes: every request is answered to its end, by an honest stream."""
    dice, found, file = random.Random(seed), [], upstream.log_file + ".reply.sse"
    for _ in range(count):
        with open(file, "wb") as f:
            f.write(spoil(reply, dice))
        upstream.script(f"raw={file} " + dice.choice(("", "", "chunk=5", "drip", f"cut={dice.randrange(len(reply))}")))
        family, path, body = dice.choice(asks)
        if dice.random() < 0.7:
            body = body.replace(b"{", b'{"stream":true,', 1)
        wire = Wire(gateway.port)
        wire.send(Request("POST", path, body, [("Authorization", "Bearer " + gateway.access_key)]).bytes())
        wire.begin_answer()
        answer = wire.read()
        wire.close()
        with open(file, "rb") as f:
            sent = f.read()
        if answer.ended != "whole":
            found.append(f"{answer.status} {answer.ended} for {sent!r}")
        elif answer.status == 200 and answer.is_stream and is_strict:
            try:
                speech.check(answer, family)
            except speech.Dishonest as e:
                found.append(f"{e} for {sent!r}")
    return found


def variations(text, values):
    """The JSON text with one member after the other replaced by each value, or left out."""
    root = json.loads(text)
    for path in paths_of(root):
        for value in values + [None]:
            copy = json.loads(text)
            at = copy
            for name in path[:-1]:
                at = at[name]
            if value is None:
                del at[path[-1]]
            else:
                at[path[-1]] = "\0" + value
            yield re.sub(r'"\\u0000((?:[^"\\]|\\.)*)"', lambda m: json.loads(f'"{m.group(1)}"'), json.dumps(copy)).encode()


def paths_of(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield path + (name,)
        yield from paths_of(inner, path + (name,))
