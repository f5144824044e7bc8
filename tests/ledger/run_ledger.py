"""run_ledger - every leaf of a request is upstream or in the ledger: random requests, all sixteen pairs; prints TAP.

    python3 tests/ledger/run_ledger.py --source . --build build [--requests N] [--seed S] [--pair FROM-TO] [--keep DIR] [--write]

A leaf is covered when its unique text stands upstream (decoded, and as base64), or a line of the ledger names it or what it
is in, or the upstream's body changes (or is refused) when the leaf is changed. What is written must also be taken by a
simulator that refuses what the real service refuses.
"""
import argparse
import collections
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sdk")]

import judge  # noqa: E402
import make  # noqa: E402
import table  # noqa: E402

DIALECTS = ("claude", "chat", "responses", "gemini")
# As the upstream knows it: a model that takes as much as its dialect can say.
MODELS = {"claude": "claude-opus-4-5", "chat": "gpt-4o", "responses": "gpt-5", "gemini": "gemini-3-flash"}
SHOWN = 12
SEEDS = 4  # a run takes as many, one after the other: SEED, SEED + 1, ...


class Pair:
    """What became of all requests of one pair."""

    def __init__(self, client, upstream):
        self.client, self.upstream = client, upstream
        self.name = f"{client} to {upstream}"
        self.requests, self.translated, self.leaves = 0, 0, 0
        self.lost = collections.Counter()     # leaves neither upstream nor in the ledger, by path without numbers
        self.unread = collections.Counter()   # requests that an adapter should have taken
        self.untaken = collections.Counter()  # bodies that the real service would refuse
        self.examples = {}
        self.deeds = {}

    def play(self, request, translator, service):
        self.requests += 1
        made = translator.settle(self, request)
        if not made:
            return
        self.translated += 1
        for path in judge.uncovered(translator, self, request, made):
            self.complain(self.lost, pattern(path), request)
        for deed, path, why in made.notes:
            self.deeds.setdefault((pattern(path), deed, why), 0)
            self.deeds[pattern(path), deed, why] += 1
        self.leaves += made.leaves
        why = service.refuses(self.upstream, made.body)
        if why:
            self.complain(self.untaken, why, request)

    def complain(self, counter, what, request):
        counter[what] += 1
        self.examples.setdefault(what, request)

    def report(self, keep):
        """Prints one line of TAP for each of the three laws."""
        good = self.tell(self.lost, f"every leaf of {self.translated} requests ({self.leaves} leaves) is upstream or in the ledger", keep)
        good &= self.tell(self.unread, f"{self.requests} requests can be translated, or say why not", keep)
        return good & self.tell(self.untaken, "what is written is what the service takes", keep)

    def tell(self, counter, law, keep):
        is_good = not counter and self.translated > 0
        print(f"{'ok' if is_good else 'not ok'} - {self.name}: {law}")
        for what, n in counter.most_common(SHOWN):
            print(f"#   {n:5} x {what}" + (f"    {keep(self, what)}" if keep else ""))
        return is_good


def pattern(path):
    return re.sub(r"\.?mk\d+x\w*", ".*", re.sub(r"\[\d+\]", "[]", path))


def keeper(folder):
    """Examples are kept as files, so that they can be given to `claude-proxy tape`."""
    if not folder:
        return None

    os.makedirs(folder, exist_ok=True)

    def keep(pair, what):
        path = f"{folder}/{pair.client}-{pair.upstream}-{re.sub('[^a-z0-9]+', '-', what.lower())[:60]}.json"
        with open(path, "w", encoding="utf-8") as f:
            f.write(make.json.dumps(pair.examples[what], ensure_ascii=False))
        return path
    return keep


def run(a):
    pairs, good = [], True
    with tempfile.TemporaryDirectory(prefix="claude-proxy-ledger-") as folder:
        service = judge.Service(a.build, folder)
        translator = judge.Translator(a.build, MODELS)
        try:
            for client in DIALECTS:
                for upstream in DIALECTS:
                    if a.pair and a.pair != f"{client}-{upstream}":
                        continue
                    pair = Pair(client, upstream)
                    for k in range(SEEDS):
                        maker = make.Maker(client, a.seed + k)
                        for _ in range(a.requests // SEEDS):
                            pair.play(maker.request(), translator, service)
                    pairs.append(pair)
                    good &= pair.report(keeper(a.keep))
                    sys.stdout.flush()
        finally:
            translator.stop()
            service.stop()
    return pairs, good


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--requests", type=int, default=120)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--pair", default="", help="FROM-TO")
    p.add_argument("--keep", default="", help="a folder for requests that broke a law")
    p.add_argument("--write", action="store_true", help="write the tables of losses anew (PAIRS.md, README.md)")
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    pairs, good = run(a)
    is_usual = (a.requests, a.seed, a.pair) == (p.get_default("requests"), p.get_default("seed"), "")
    if is_usual:
        for name, made in table.tables(pairs):
            path = os.path.join(os.path.abspath(a.source), name)
            good &= table.write(path, made) if a.write else table.check(path, made)
    sys.exit(0 if good else 1)


main()
