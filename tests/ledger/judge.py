"""judge - is a leaf of the client's request upstream, in the ledger, or lost? And would the real service take what was written?"""
import base64
import copy
import http.client
import json
import re
import subprocess

import duo
import make

MARK = re.compile(r"mk\d{5}x")
REFUSALS_MOST = 40
# A schema's words that a service may want in any case: being there is enough, whoever put them.
SCHEMA_KEYS = ("additionalProperties", "type", "strict")
# What concerns the answer alone, which the gateway gives: nobody upstream needs to know.
HONOURED = {("chat", "stream_options.include_usage"), ("responses", "store"), ("responses", "include")}
# What says no more than silence does: who leaves it out gets the same of its own service.
DEFAULTS = {("claude", "citations.enabled"): False, ("claude", "thinking.display"): "summarized", ("claude", "speed"): "standard"}
WHOLE = ("messages", "input", "contents", "model", "system", "tools")  # a path that says too little
# Where a word that nobody knows says as little as none, another that is known may say something.
CHOICES = (("auto", "none", "required", "any"), ("low", "high"), ("minimal", "high"))
PATHS = {"claude": "/v1/messages", "chat": "/v1/chat/completions", "responses": "/v1/responses",
         "gemini": "/v1beta/models/{}:generateContent"}


class Made:
    def __init__(self, answer):
        self.rc, self.who, self.why, self.where = answer["rc"], answer["who"], answer["why"], answer.get("where", "")
        self.body, self.notes, self.leaves = answer["body"], answer["notes"], 0


class Translator:
    def __init__(self, build, models):
        self.models = models
        self.process = subprocess.Popen([f"{build}/tests/ledger/translate.x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def translate(self, pair, request):
        body = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
        line = "\t".join([pair.client, pair.upstream, self.models[pair.upstream], body])
        self.process.stdin.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"not ok - {pair.name}: the translator died on {body}")
        return Made(json.loads(answer))

    def settle(self, pair, request):
        """Translates; what cannot be said is taken out of the request (and known as refused) until the rest can be."""
        refused = []
        for _ in range(REFUSALS_MOST):
            made = self.translate(pair, request)
            if made.rc == 0:
                made.notes += refused
                return made
            path = path_of(made, request)
            if not path and refused and says_nothing(request):
                return None
            if not path:
                pair.complain(pair.unread, f"{made.who} names no path: {MARK.sub('*', made.why)}", copy.deepcopy(request))
            paths = [path] if path else self.culprits(pair, request, made)
            if made.who == "decode" or not paths:
                pair.complain(pair.unread, f"{made.who}: {MARK.sub('*', made.why)}", request)
                return None
            for path in paths:
                take_out(request, path)
                refused.append(["refused", path, why_of(made)])
            if not has_user(request):
                return None
        pair.complain(pair.unread, f"{made.who}: refused again and again: {made.why}", request)
        return None

    def culprits(self, pair, request, made):
        """The elements of one shape without which something else is said, or nothing: the last ones first."""
        shapes = {}
        for path, element in elements_of(request):
            shapes.setdefault(shape_of(path, element), []).insert(0, path)
        for paths in sorted(shapes.values(), key=lambda p: -len(p[0])):
            changed = copy.deepcopy(request)
            for path in paths:
                take_out(changed, path)
            again = self.translate(pair, changed)
            if again.who != "decode" and (again.rc == 0 or again.why != made.why):
                return paths
        return []

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)


def elements_of(value, path=""):
    for k, v in value.items() if isinstance(value, dict) else enumerate(value):
        at = f"{path}[{k}]" if isinstance(value, list) else f"{path}.{k}" if path else k
        if isinstance(value, list) and isinstance(v, dict):
            yield at, v
        if isinstance(v, (dict, list)):
            yield from elements_of(v, at)


def path_of(made, request):
    """Errors begin with the path of what is wrong."""
    for text in (made.where + ":", made.why):
        words = re.match(r"([A-Za-z_][\w.\[\]]*)(?::| )", text)
        if words and find(request, words.group(1)) and words.group(1) not in WHOLE:
            return words.group(1)
    return None


def why_of(made):
    return MARK.sub("*", re.sub(r"^[A-Za-z_][\w.\[\]]*: ", "", made.why))


def steps_of(path):
    return [int(s[1:-1]) if s[0] == "[" else s for s in re.findall(r"\[\d+\]|[^.\[\]]+", path)]


def has_user(request):
    """What is left of a conversation may be nothing that a client would send."""
    talk = request.get("messages") or request.get("contents") or request.get("input") or []
    return isinstance(talk, str) or any(m.get("role") == "user" for m in talk)


def shape_of(path, element):
    inner = [v.get("type") for v in element.values() if isinstance(v, dict)]
    return re.sub(r"\d+", "", path), element.get("type"), element.get("role"), str(inner), str(sorted(element))


def find(value, path):
    try:
        for step in steps_of(path):
            value = value[step]
        return True
    except (KeyError, IndexError, TypeError):
        return False


def take_out(request, path):
    """Without what stands at path; a part, a message or a call that must be there leaves its neighbours whole."""
    steps = steps_of(path)
    holder = request
    for step in steps[:-1]:
        holder = holder[step]
    del holder[steps[-1]]
    if isinstance(holder, list) and not holder and len(steps) > 1 and steps[-2] not in ("content", "parts"):
        take_out(request, path[:path.rindex("[")])


def leaves_of(value, path=""):
    """Null and empty objects and lists say nothing."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves_of(v, f"{path}.{k}" if path else k)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from leaves_of(v, f"{path}[{i}]")
    elif value is not None:
        yield path, value


def strings_in(value, found):
    """All texts of a body, also those in JSON that is spelled as a text, and in base64."""
    if isinstance(value, dict):
        for k, v in value.items():
            found.append(k)
            strings_in(v, found)
    elif isinstance(value, list):
        for v in value:
            strings_in(v, found)
    elif isinstance(value, str):
        found.append(value)
        if value[:1] in "{[":
            try:
                strings_in(json.loads(value), found)
            except ValueError:
                pass
        packed = value.rpartition(",")[2] if value.startswith("data:") else value
        if len(packed) > 15 and re.fullmatch(r"[A-Za-z0-9+/_=-]+", packed):
            found.append(unpacked(packed))


def pairs_in(value):
    for v in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from pairs_in(v)
    if isinstance(value, dict):
        yield from ((k, v.lower() if isinstance(v, str) else v) for k, v in value.items() if k in SCHEMA_KEYS and not isinstance(v, (dict, list)))


def unpacked(text):
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")
    except ValueError:
        return ""


def marks_of(leaf):
    found = []
    strings_in(leaf, found)
    return {m for text in found for m in MARK.findall(text)}


def is_noted(notes, path):
    return any(path == n or path.startswith((n + ".", n + "[")) for _, n, _ in notes if n)


def others(value):
    """What a leaf may be changed to, to see whether anybody reads it."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value - 1]
    if isinstance(value, str):
        return [value + "x", *(word for words in CHOICES if value in words for word in words if word != value)]
    return []


def changes(translator, pair, request, path, made):
    """Does the upstream's body change (or the request become impossible) when the leaf does?"""
    steps = steps_of(path)
    leaf = value_at(request, steps)
    for other in [None, *others(leaf)]:
        changed = copy.deepcopy(request)
        holder = value_at(changed, steps[:-1])
        if other is None:
            del holder[steps[-1]]
        else:
            holder[steps[-1]] = other
        if is_other(translator, pair, changed, made):
            return True
    return isinstance(leaf, make.Mute) and len(steps) > 1 and is_other_without(translator, pair, request, steps[:-1], made)


def is_other(translator, pair, changed, made):
    again = translator.translate(pair, changed)
    return again.rc != 0 or again.body != made.body


def is_other_without(translator, pair, request, steps, made):
    """What says only which kind its holder is was read if anybody misses the holder."""
    changed = copy.deepcopy(request)
    del value_at(changed, steps[:-1])[steps[-1]]
    return is_other(translator, pair, changed, made)


def value_at(value, steps):
    for step in steps:
        value = value[step]
    return value


def is_default(client, path, leaf):
    return any(client == of and (path == name or path.endswith("." + name)) and leaf == said for (of, name), said in DEFAULTS.items())


def says_nothing(request):
    """Has everything that was said been taken out?"""
    talk = request.get("messages") or request.get("input") or request.get("contents") or []
    return not any(not path.endswith(("role", "type")) for path, _ in leaves_of(talk))


def is_of_nothing(request, path, notes):
    """The name of a group of which every element is in the ledger."""
    group = path.rpartition(".")[0]
    holder = value_at(request, steps_of(group)) if group else None
    lists = [(k, v) for k, v in holder.items() if isinstance(v, list) and v] if isinstance(holder, dict) else []
    return bool(lists) and all(is_noted(notes, f"{group}.{k}[{i}]") for k, v in lists for i in range(len(v)))


def uncovered(translator, pair, request, made):
    found = []
    strings_in(json.loads(made.body), found)
    upstream = {m for text in found for m in MARK.findall(text)}
    pairs = set(pairs_in(json.loads(made.body)))
    for path, leaf in leaves_of(request):
        made.leaves += 1
        marks = marks_of(leaf)
        if is_noted(made.notes, path) or (marks and marks <= upstream):
            continue
        if isinstance(leaf, make.Mute) and any(n.startswith(path.rpartition(".")[0] + ".") for _, n, _ in made.notes):
            continue
        if (pair.client, path.split("[")[0]) in HONOURED or is_default(pair.client, path, leaf):
            continue
        key = path.rpartition(".")[2]
        if key in SCHEMA_KEYS and (key, leaf) in pairs:
            continue
        if not marks and (path in ("model", "stream") or changes(translator, pair, request, path, made)):
            continue
        yield path


class Service:
    """The simulator, as strict as the real services."""

    def __init__(self, build, folder):
        self.server = duo.Server("sim", [f"{build}/claude-proxy-sim", "--listen", "127.0.0.1:0", "--play", "strict"], folder)
        self.connection = http.client.HTTPConnection(self.server.address)

    def refuses(self, dialect, body):
        target = PATHS[dialect].format("gemini-3-flash")
        self.connection.request("POST", target, body.encode())
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status == 200:
            return None
        return MARK.sub("*", re.sub(r"\d+", "N", json.loads(said)["error"]["message"]))[:160]

    def stop(self):
        self.connection.close()
        self.server.stop()


