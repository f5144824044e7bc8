# SPDX-License-Identifier: MIT
"""many - what a story does many times: at once, so many at a time, one after the other; and clients that go away.

`@turn@` in a request is its number, from 1.  Whatever was asked is `all` for expectations.
"""
import signal
import threading
import time

import speech
from client import Request, Wire, crowd
from flow import Broken
from story import Wrong, to_bytes, words


def numbered(asked, i):
    """The i-th request of the kind, counted from 0."""
    template, turn = asked.request, str(i + 1)
    headers = [(n, f"{asked.id}-{i}" if n == "X-Request-Id" else v.replace("@turn@", turn)) for n, v in template.headers]
    body = template.body and template.body.replace(b"@turn@", to_bytes(turn))
    return Request(template.method, template.target, body, headers)


class Many:
    """The part of a Player that asks more than once."""

    def many(self, s):
        count, _, s.rest = s.rest.partition(" ")
        asked, rest = self.prepare(s)
        return int(count), asked, dict(w.partition("=")[::2] for w in rest)

    def note(self, asked, answers):
        self.crowd = []
        for i, a in enumerate(answers):
            one = type(asked)(None, asked.family, numbered(asked, i))
            one.id, one.answer, one.answers = f"{asked.id}-{i}", a, [a]
            one.is_loose, one.is_logged = asked.is_loose, asked.is_logged
            self.crowd.append(one)
            self.all_asked.append(one)
            if a.is_stream and a.ended and not asked.is_loose:
                speech.check(a, asked.family)
        self.last = self.crowd[-1]

    def do_crowd(self, s):
        """crowd N KIND ... [by=M]: the same request N times at once, or by M clients."""
        count, asked, given = self.many(s)
        self.note(asked, crowd(self.gateway.port, lambda i: numbered(asked, i), count, self.gateway.tls, int(given.get("by", 0))))

    def do_turns(self, s):
        """turns N KIND ...: one after the other, on one connection as long as it lasts."""
        count, asked, _ = self.many(s)
        wire, answers = None, []
        for i in range(count):
            wire = wire or self.connect()
            wire.send(numbered(asked, i).bytes())
            wire.begin_answer()
            a = wire.read()
            answers.append(a)
            if a.close_after or a.ended != "whole":
                wire.close()
                wire = None
        wire and wire.close()
        self.note(asked, answers)

    def do_flee(self, s):
        """flee N KIND ... after=nothing|head|EVENTS: N clients at once that go away when they have read so much."""
        count, asked, given = self.many(s)
        after = given.get("after", "nothing")
        enough = {"nothing": lambda a: True, "head": lambda a: a.status}.get(after) or (lambda a: len(a.events()) >= int(after))
        asked.is_loose, wires = True, []
        for i in range(count):
            wire = Wire(self.gateway.port, self.gateway.tls)
            wire.send(numbered(asked, i).bytes())
            wire.begin_answer()
            wires.append(wire)
        if after == "nothing":
            time.sleep(0.3)
        for wire in wires:
            wire.read(until=enough)
            if not enough(wire.answer):
                raise Broken(f"only {wire.answer.everything()[-500:]!r} came ({wire.answer.ended})")
        for wire in wires:
            wire.close()
        self.note(asked, [w.answer for w in wires])

    def do_storm(self, s):
        """storm SIGNAL N [meanwhile]: N times, 2 ms apart; meanwhile: 40 ms apart, and the story goes on."""
        name, count, *rest = words(s.rest)
        if rest not in ([], ["meanwhile"]):
            raise Wrong(f"what is {rest} of a storm?")
        number, pause = getattr(signal, "SIG" + name), 0.04 if rest else 0.002

        def blow():
            for _ in range(int(count)):
                if self.gateway.is_alive():
                    self.gateway.process.send_signal(number)
                time.sleep(pause)

        if not rest:
            return blow()
        thread = threading.Thread(target=blow, daemon=True)
        thread.start()
        self.storms.append(thread)

    def do_calm(self, s):
        """The storms are over."""
        for thread in self.storms:
            thread.join(60)
        self.storms = []
