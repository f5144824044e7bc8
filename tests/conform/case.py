# SPDX-License-Identifier: MIT
"""case - reads .case files: what a client says, what the upstream must hear, what it replies, what the client must get.

The language is in README.md.  A case has one step or, after `then`, several in one conversation.
"""
import json
import os
import re

FAMILIES = {"messages": "/v1/messages", "chat": "/v1/chat/completions", "responses": "/v1/responses",
            "gemini": "/v1beta/models/@model@:generateContent"}
GEMINI_STREAM = "/v1beta/models/@model@:streamGenerateContent?alt=sse"
LISTS = ("up-has", "up-not", "up-absent", "up-header", "out-has", "out-not", "out-absent", "out-header", "header")
TEXTS = ("in", "up", "up-same", "up-none", "reply", "out", "out-same")


class Wrong(Exception):
    """The case itself cannot be understood."""


class Number(str):
    """A number as it was spelled: 1 is not 1.0, and no digit is lost."""


def read_json(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


class Step:
    """One request and its answer: the rest of each line, and the lines below it."""

    def __init__(self):
        self.said = {}
        self.lists = {name: [] for name in LISTS}

    def has(self, name):
        return name in self.said

    def rest(self, name):
        return self.said.get(name, ("", []))[0]

    def below(self, name):
        return self.said.get(name, ("", []))[1]

    def text(self, name):
        """Line and lines below as one text."""
        rest, below = self.said.get(name, ("", []))
        return "\n".join(x for x in [rest, *below] if x)


class Case:
    def __init__(self, name, path, line):
        self.name, self.path, self.line = name, path, line
        self.family, self.upstream, self.model = None, None, "m"
        self.options, self.channel, self.target = "", "", None
        self.steps = [Step()]

    def is_stream(self):
        return any(is_stream_reply(s) for s in self.steps)


def is_stream_reply(step):
    """A reply whose bytes can be cut anywhere: macros, not one body."""
    below = step.below("reply")
    return bool(below) and not below[0].startswith(("{", "[", "<", "body "))


def head_line(case, word, rest):
    if word == "from":
        m = re.fullmatch(r"(messages|chat|responses|gemini) to (claude|chat|responses|gemini)(?: as (\S+))?", rest)
        if not m:
            raise Wrong("from FAMILY to DIALECT [as MODEL]")
        case.family, case.upstream, case.model = m.group(1), m.group(2), m.group(3) or "m"
        case.target = case.target or FAMILIES[case.family]
    elif word == "options":
        case.options += rest + " "
    elif word == "channel":
        case.channel += rest + " "
    elif word == "target":
        case.target = rest
    elif word == "then":
        case.steps.append(Step())
    else:
        return False
    return True


def step_line(case, word, rest):
    step = case.steps[-1]
    if word in LISTS:
        step.lists[word].append(rest)
        return step.lists[word]
    if word not in TEXTS or step.has(word):
        raise Wrong(f"what is {word!r} here?")
    step.said[word] = (rest, [])
    return step.said[word][1]


def parse(path):
    """The cases of a file, in order."""
    with open(path, encoding="utf-8") as f:
        return parse_text(f.read(), path)


def parse_text(text, path):
    cases, below = [], None
    for number, line in enumerate(text.split("\n"), 1):
        try:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                below.append(line.strip())
                continue
            word, _, rest = line.partition(" ")
            rest = rest.strip()
            if word == "case":
                cases.append(Case(rest, path, number))
            elif not head_line(cases[-1], word, rest):
                below = step_line(cases[-1], word, rest)
        except (Wrong, IndexError, AttributeError) as e:
            raise Wrong(f"{os.path.basename(path)}:{number}: {e}") from e
    for c in cases:
        if not c.family or not c.steps[0].has("in"):
            raise Wrong(f"{os.path.basename(path)}:{c.line}: {c.name}: neither from nor in")
    return cases
