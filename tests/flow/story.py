# SPDX-License-Identifier: MIT
"""story - reads .flow files: titles, tables, scenes, statements and their words.

The language is in README.md.  Nothing here knows what a verb does: that is verbs.py and expect.py.
"""
import itertools
import os
import re

SIZES = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


class Wrong(Exception):
    """The story itself cannot be understood."""


class Statement:
    """A verb, the rest of its line, and the indented lines below."""

    def __init__(self, line, verb, rest):
        self.line, self.verb, self.rest, self.clauses = line, verb, rest, []

    def filled(self, values):
        verb, _, rest = fill(f"{self.verb} {self.rest}", values).partition(" ")
        out = Statement(self.line, verb, rest.strip())
        out.clauses = [fill(c, values) for c in self.clauses]
        return out

    def text(self):
        """The clauses as one text, without the indentation they have in common."""
        indent = min((len(c) - len(c.lstrip()) for c in self.clauses if c.strip()), default=0)
        return "".join(c[indent:] + "\n" for c in self.clauses)

    def lines(self):
        return [c.strip() for c in self.clauses if c.strip()]


def fill(text, values):
    """@name@ becomes its value, and what that holds in its turn; names that are not known stay for later."""
    for _ in range(4):
        before = text
        text = re.sub(r"@([A-Za-z][\w.-]*)@", lambda m: values.get(m.group(1), m.group(0)), text)
        if text == before:
            break
    return text


class Story:
    """One file: its title, what it needs, its tables, the common beginning and the scenes."""

    def __init__(self, path, name):
        self.path, self.name, self.title = path, name, ""
        self.tags, self.needs, self.tables = [], [], []
        self.begin, self.scenes = [], []

    def cases(self):
        """One for each combination of the tables' rows: (label, values)."""
        rows = [[(label, dict(zip(names, cells))) for label, cells in table] for names, table in self.tables]
        for combination in itertools.product(*rows):
            values = {}
            for _, cells in combination:
                values.update(cells)
            yield " ".join(label for label, _ in combination), values


def parse(path, root):
    story = Story(path, os.path.splitext(os.path.relpath(path, root))[0])
    into = story.begin
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        lines = f.read().split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            story.title = story.title or line[1:].strip()
        elif line[:1] in (" ", "\t"):
            into_clause(story, into, line, number)
        elif line.strip():
            verb, _, rest = line.partition(" ")
            into = add(story, into, Statement(number, verb, rest.strip()))
    if not story.title:
        raise Wrong(f"{path}: the first line must be a comment that says what the story tells")
    for s in [s for s in story.begin if s.verb == "each"]:
        story.begin.remove(s)
        story.tables.append(table(s, path))
    return story


def into_clause(story, into, line, number):
    if not into and not story.scenes:
        raise Wrong(f"{story.path}:{number}: an indented line belongs to the statement above it")
    if into:
        into[-1].clauses.append(line)


def add(story, into, statement):
    if statement.verb == "tag":
        story.tags += statement.rest.split()
    elif statement.verb == "needs":
        story.needs += statement.rest.split()
    elif statement.verb == "scene":
        story.scenes.append((statement.rest, []))
        return story.scenes[-1][1]
    else:
        into.append(statement)
    return into


def table(statement, path):
    """each NAME...: rows of a label and as many cells, parted by two blanks; - is an empty cell."""
    names, rows = statement.rest.split(), []
    for line in statement.lines():
        cells = re.split(r"\s{2,}", line, maxsplit=len(names))
        if len(cells) != len(names) + 1:
            raise Wrong(f"{path}:{statement.line}: a row needs a label and {len(names)} cells: {line}")
        rows.append((cells[0], ["" if c == "-" else c for c in cells[1:]]))
    return names, rows


# ---- words -------------------------------------------------------------------


ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "e": "\x1b"}


def unescape(text, at):
    """After the opening quote: the string and the place behind its end."""
    out = []
    while at < len(text) and text[at] != '"':
        c = text[at]
        if c == "\\" and at + 1 < len(text):
            at += 1
            if text[at] == "x":
                c = bytes([int(text[at + 1:at + 3], 16)]).decode("utf-8", "surrogateescape")
                at += 2
            else:
                c = ESCAPES.get(text[at], text[at])
        out.append(c)
        at += 1
    return "".join(out), at + 1


def bracket_end(text, at):
    depth, in_string = 0, False
    while at < len(text):
        c = text[at]
        if c == "\\" and in_string:
            at += 1
        elif c == '"':
            in_string = not in_string
        elif not in_string and c in "{[":
            depth += 1
        elif not in_string and c in "}]":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(text)


def words(text):
    """Split at blanks; "..." knows escapes, '...' does not, JSON goes to its last bracket."""
    out, word, at, began = [], "", 0, False
    while at < len(text):
        c = text[at]
        if c in " \t":
            if began:
                out.append(word)
            word, began, at = "", False, at + 1
            continue
        if c == '"':
            part, at = unescape(text, at + 1)
        elif c == "'":
            end = text.find("'", at + 1)
            end = len(text) if end < 0 else end
            part, at = text[at + 1:end], end + 1
        elif c in "{[" and not began:
            end = bracket_end(text, at)
            part, at = text[at:end], end
        else:
            part, at = c, at + 1
        word, began = word + part, True
    out = out + [word] if began else out
    return [to_bytes(w).decode("utf-8", "surrogateescape") for w in out]  # bytes that make a character are one


def to_bytes(text):
    """\\xHH in a quoted word is a byte, everything else is UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def expression(text):
    """Bytes from words that follow each other; 3*"ab" is "ababab"."""
    out = b""
    for piece in re.findall(r'\d+\*"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|\S+', text):
        m = re.match(r'(\d+)\*(".*")$', piece, re.S)
        times, piece = (int(m.group(1)), m.group(2)) if m else (1, piece)
        out += to_bytes("".join(words(piece))) * times
    return out


def size(text):
    m = re.match(r"(\d+)(KB|MB|GB)?$", text)
    if not m:
        raise Wrong(f"not a size: {text}")
    return int(m.group(1)) * SIZES[m.group(2) or ""]


def seconds(text):
    m = re.match(r"([\d.]+)(ms|s)$", text)
    if not m:
        raise Wrong(f"not a time: {text}")
    return float(m.group(1)) / (1000 if m.group(2) == "ms" else 1)
