"""grammar - reads a *.schema file: what a request of one dialect may hold; see README.md for the language."""
import re

TOKEN = re.compile(r'"[^"]*"|\.\.|[\[\]|]|[^\s\[\]|"]+')


class Kind:
    """One alternative of a member: an object, a list, a constant, or a made-up value of some kind."""

    def __init__(self, what, *more):
        self.what, self.more = what, more


class Member:
    def __init__(self, name, must, kinds):
        self.name, self.must, self.kinds = name, must, kinds


class Grammar:
    def __init__(self, path):
        self.objects, self.roles = {}, {}
        current = None
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                line = line.split("#")[0].rstrip()
                if not line.strip():
                    continue
                try:
                    current = self.read(line, current)
                except (ValueError, IndexError) as e:
                    raise SystemExit(f"{path}:{number}: {e}: {line}") from e

    def read(self, line, current):
        if not line.startswith(" "):
            if ":" in line:
                name, _, rest = line.partition(":")
                self.roles[name] = rest.split()
                return None
            self.objects[line] = current = []
            return current
        name, rest = line.split(None, 1)
        if name[-1] not in "?!":
            raise ValueError("a member ends in ? or !")
        kinds = self.kinds(TOKEN.findall(rest))
        if len(kinds) == 1 and kinds[0].what == "const" and isinstance(kinds[0].more[0], str):
            kinds = [Kind("mute", *kinds[0].more)]
        current.append(Member(name[:-1], name[-1] == "!", kinds))
        return current

    def kinds(self, tokens):
        kinds, at = [], 0
        while at < len(tokens):
            kind, at = self.kind(tokens, at)
            kinds.append(kind)
            if at < len(tokens):
                if tokens[at] != "|":
                    raise ValueError(f"{tokens[at]} where | is due")
                at += 1
        return kinds

    def kind(self, tokens, at):
        word = tokens[at]
        if word == "[":
            return self.many(tokens, at + 1)
        if word.startswith('"'):
            return Kind("const", word[1:-1]), at + 1
        if word in ("int", "num"):
            least, most = tokens[at + 1].split("..")
            return Kind(word, float(least), float(most)), at + 2
        if word == "dataurl":
            return Kind(word, tokens[at + 1]), at + 2
        if re.fullmatch(r"-?\d+", word):
            return Kind("const", int(word)), at + 1
        if word in ("true", "false", "null"):
            return Kind("const", {"true": True, "false": False, "null": None}[word]), at + 1
        return Kind(word), at + 1

    def many(self, tokens, at):
        """[ KIND | KIND LEAST..MOST ]"""
        end = tokens.index("]", at)
        least, most = tokens[end - 1].split("..")
        return Kind("list", self.kinds(tokens[at:end - 1]), int(least), int(most)), end + 1
