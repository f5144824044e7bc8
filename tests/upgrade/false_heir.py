# SPDX-License-Identifier: MIT
"""false_heir - a program that stands where the next gateway should: it knows the words of an upgrade, and says them as it is told.

    false_heir.py WORD...

    hear=KIND   waits until the process before it has said that
    wait=FILE   until that file is there
    make=FILE   makes it
    cut=N       says that N bytes follow, and a few of them
    zeros       bytes that are no words, without an end
    words       words that nobody knows, without an end
    close       hangs up, and stays
    stay        until it is ended: by SIGTERM, it makes the file "ended" beside it
    fall        by SIGKILL
    KIND        says it
"""
import os
import signal
import socket
import struct
import sys
import time

NAME = "claude-proxy upgrade"


def cord():
    names = os.environ["LISTEN_FDNAMES"].split(":")
    return socket.socket(fileno=3 + names.index(NAME))


def parcel(kind):
    body = bytes([len(kind)]) + kind.encode()
    return struct.pack("=I", len(body)) + body


class Ear:
    """What the other end says, parcel by parcel."""

    def __init__(self, cord):
        self.cord, self.heard = cord, b""

    def hear(self, kind):
        """Whatever is said before; False: it hung up."""
        while True:
            while len(self.heard) >= 4 and len(self.heard) >= 4 + struct.unpack("=I", self.heard[:4])[0]:
                n = struct.unpack("=I", self.heard[:4])[0]
                body, self.heard = self.heard[4:4 + n], self.heard[4 + n:]
                if body[1:1 + body[0]] == kind.encode():
                    return True
            more = self.cord.recv(1 << 16)
            if not more:
                return False
            self.heard += more


class Heir:
    def __init__(self, place):
        self.cord, self.place = cord(), place
        self.ear = Ear(self.cord)

    def hear(self, kind):
        if not self.ear.hear(kind):
            sys.exit(9)

    def do(self, word):
        name, _, value = word.partition("=")
        if name == "hear":
            self.hear(value)
        elif name == "wait":
            while not os.path.exists(value):
                time.sleep(0.01)
        elif name == "make":
            with open(value, "w", encoding="ascii"):
                pass
        elif name == "cut":
            self.cord.sendall(struct.pack("=I", int(value)) + b"\x05ready")
        elif name == "zeros":
            while True:
                self.cord.sendall(bytes(1 << 16))
        elif name == "words":
            while True:
                self.cord.sendall(parcel("nonsense") * 1000)
        elif name == "close":
            self.cord.shutdown(socket.SHUT_RDWR)
        elif name == "stay":
            while True:
                time.sleep(0.05)
        elif name == "fall":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            self.cord.sendall(parcel(word))

    def on_term(self, _number, _frame):
        self.do("make=" + os.path.join(self.place, "ended"))
        os._exit(0)


if __name__ == "__main__":
    heir = Heir(os.path.dirname(os.path.abspath(__file__)))
    signal.signal(signal.SIGTERM, heir.on_term)
    for w in sys.argv[1:]:
        heir.do(w)
