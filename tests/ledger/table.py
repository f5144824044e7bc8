"""table - what each pair of dialects cannot carry, as the ring found it: the tables of PAIRS.md."""
import re

BEGIN, END = "<!-- begin: made by tests/ledger/run_ledger.py --write -->", "<!-- end -->"
TITLES = {"claude": "Claude Messages", "chat": "Chat Completions", "responses": "Responses", "gemini": "Gemini"}
ORDER = {"refused": 0, "dropped": 1, "approximated": 2, "mapped": 3, "repaired": 4}


def escape(text):
    return re.sub(r"mk\d+x\w*", "…", text).replace("|", "\\|").replace("<", "&lt;")


def render(pairs):
    lines = []
    for pair in pairs:
        if pair.client == pair.upstream:
            continue
        lines += ["", f"### {TITLES[pair.client]} to {TITLES[pair.upstream]}", "", "| what | becomes | why |", "|---|---|---|"]
        rows = sorted({(ORDER.get(deed, 9), deed, path, escape(why)) for path, deed, why in pair.deeds if deed in ("refused", "dropped", "approximated")})
        lines += [f"| `{path}` | {deed} | {why} |" for _, deed, path, why in rows] or ["| – | nothing is lost | |"]
    return "\n".join(lines) + "\n"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def parts(text):
    head, found, rest = text.partition(BEGIN)
    middle, ended, tail = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"not ok - PAIRS.md has the marks {BEGIN} and {END}")
    return head + BEGIN + "\n", middle, END + tail


def write(path, pairs):
    head, _, tail = parts(read(path))
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + render(pairs) + "\n" + tail)
    print("ok - PAIRS.md is written")
    return True


def check(path, pairs):
    _, middle, _ = parts(read(path))
    wanted = render(pairs).strip()
    is_fresh = middle.strip() == wanted
    print(f"{'ok' if is_fresh else 'not ok'} - PAIRS.md is fresh (else: run_ledger.py --write)")
    if not is_fresh:
        old, new = set(middle.strip().splitlines()), set(wanted.splitlines())
        print("\n".join([f"# - {line}" for line in sorted(old - new)][:20] + [f"# + {line}" for line in sorted(new - old)][:20]))
    return is_fresh
