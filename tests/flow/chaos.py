# SPDX-License-Identifier: MIT
"""chaos - many clients at once who each do something else: read, read a little, leave, reset, send half.

The order of what one client does is drawn from a seed; what meets what is left to the machine.  Nothing is expected of
a single answer but that it is honest if it came whole; what must hold is checked after the scene.
"""
import random
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
            t.join(120)
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
            wire.read(until=lambda a: len(a.events()) >= 1 + int(chance * 6), timeout=30)
            if habit == "half close":
                wire.half_close()
                wire.read(timeout=30)
            self.go(wire, habit)
            return
        answer = wire.read(timeout=60)
        wire.close()
        if answer.status == 200 and answer.is_stream and answer.ended == "whole":
            speech.check(answer, family)

    @staticmethod
    def go(wire, habit):
        if habit.startswith("reset"):
            wire.reset()
        else:
            wire.close()
