# SPDX-License-Identifier: MIT
"""answers - every kind of answer, from every upstream to every client, in the four ways bytes can come.

Streamed to who asked for a stream, whole to who asked for none, gathered for who wants it whole when the upstream knows streams
only, and unfolded for who wants a stream when it knows none.
"""
import copy

import hear
import speak
from speak import Answer, Call, FAMILY, MODEL, PAIRS, Text, Think

STATES = {"claude": "EqQB", "chat": "", "responses": "gAAAAFULL", "gemini": "CiQ="}
WAYS = (("whole", False, False, ""), ("streamed", True, True, ""), ("gathered", False, True, 'streaming = "only";'),
        ("unfolded", True, False, 'streaming = "never";'))


def answers(upstream):
    think = Think("Let me plan", STATES[upstream])
    big = '{"id":9007199254740993,"x":1.0,"y":1e400,"z":-0,"s":"\\ud83d\\ude00"}'
    return [
        Answer("a text", [Text("Héllo 😀 wörld")]),
        Answer("thoughts and a text", [think, Text("So it is.")], usage=(10, 1000, 0, 20, 5)),
        Answer("thoughts, words and two calls", [think, Text("I look."), Call("call_1", "f", '{"a":1}'), Call("call_2", "g", '{"a":2}')], "tool"),
        Answer("a call alone", [Call("call_1", "f", '{"a":1}')], "tool"),
        Answer("odd numbers in a call", [Call("call_1", "f", big)], "tool"),
        Answer("a call without arguments", [Call("call_1", "f", "{}")], "tool"),
        Answer("a text that is too long", [Text("and so")], "length"),
        Answer("a text that was stopped", [Text("How to")], "filter"),
        Answer("nothing at all", [], usage=(50, 0, 0, 0, 0)),
    ]


def case_of(client, upstream, answer, way):
    name, wants_stream, is_streamed, channel = way
    a = copy.copy(answer)
    a.is_unfolded, a.is_gathered = wants_stream and not is_streamed, is_streamed and not wants_stream
    body = speak.question(client, wants_stream)
    lines = [f"case {answer.name}, {name}, from {hear.pair(client, upstream)}", f"from {FAMILY[client]} to {upstream} as {MODEL[upstream]}"]
    if channel:
        lines.append("channel " + channel)
    lines += ["in  " + speak.dump(body), "reply"]
    lines += ["    " + x for x in (speak.stream(upstream, a) if is_streamed else [speak.whole(upstream, a)])]
    if wants_stream:
        lines += ["out stream"] + ["    " + x for x in hear.stream(client, upstream, a)]
    else:
        lines.append("out 200 " + hear.whole(client, upstream, a))
    return "\n".join(lines)


def cases():
    for client, upstream in PAIRS:
        for answer in answers(upstream):
            for way in WAYS:
                yield case_of(client, upstream, answer, way)
