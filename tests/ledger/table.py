"""table - what each pair of dialects cannot carry, as the ring found it: one table of all pairs, and the members behind it."""
import os
import re

BEGIN, END = "<!-- begin: made by tests/ledger/run_ledger.py --write -->", "<!-- end -->"
TITLES = {"claude": "Claude", "chat": "Chat", "responses": "Responses", "gemini": "Gemini"}
DEEDS = ("refused", "dropped", "approximated")
OWN = "only its maker's dialect can say it"
# What a user calls it, by the member's path and the reason; the first that fits.
WORDS = [
    (r".*", r"audio", "audio"),
    (r".*", r"by its address", "documents by address"),
    (r".*", r"has its name", None),
    (r".*", r"author", "authors' names"),
    (r"messages\[\]\.name|.*\.name$", r".*", "authors' names"),
    (r".*", r"empty message", None),
    (r".*", r"^(detail|.*resolution)", "image resolution"),
    (r".*mediaResolution", r".*", "image resolution"),
    (r".*", r"title|remarks|context", "titles of documents and images"),
    (r".*", r"cite", "citations"),
    (r".*", r"citation", "citations"),
    (r".*", r"only its maker can read", "sealed thoughts"),
    (r".*", r"thought without a signature|thoughts? (back|of another)|thoughts are not told|its thoughts back", "readable thoughts"),
    (r".*", r"prefilled answer", "prefilled answers"),
    (r".*", r"instructions in|leading instructions", "instructions in mid-conversation"),
    (r".*(retention|cache_control)", r".*", "how long a cache is kept"),
    (r".*cache_key", r".*", "cache keys"),
    (r".*(penalty|Penalty)", r".*", "penalties"),
    (r".*(logprobs|Logprobs|include\[\])", r".*", "log probabilities"),
    (r".*logit_bias", r".*", "`logit_bias`"),
    (r".*seed", r".*", "`seed`"),
    (r".*(temperature|top_p|topP)$", r"1 is the most", "a temperature above 1"),
    (r".*(temperature|top_p|topP|top_k|topK)$", r"with thinking|together", "sampling while it thinks"),
    (r".*(temperature|top_p|topP)$", r".*", "sampling that the model forbids"),
    (r".*(top_k|topK)$", r".*", "`top_k`"),
    (r".*(effort|thinkingLevel|thinkingBudget|budget_tokens|thinking\.type)$", r"became|nearest", "how hard it thinks"),
    (r".*(effort|thinkingLevel|thinkingBudget|budget_tokens|thinking\.type)$", r".*", "thinking that the model or the turn forbids"),
    (r".*(display|includeThoughts|reasoning\.summary)$", r".*", "whether thoughts are shown"),
    (r".*verbosity", r".*", "`verbosity`"),
    (r".*(metadata$|client_metadata)", r".*", "metadata"),
    (r".*(user|user_id|safety_identifier)$", r".*", "user ids"),
    (r".*store$", r".*", "`store`"),
    (r".*(service_tier|speed)$", r".*", "service tiers"),
    (r".*(response_format|text\.format|responseMimeType)", r"system prompt", "JSON without a schema"),
    (r".*(response_format|text\.format|output_config\.format)", r".*", "a format's name and description"),
    (r".*", r"strict|binding", "strict schemas"),
    (r".*(search|tools\[\])", r"settings?|hosted tool", "settings of hosted tools"),
    (r".*parallel.*", r".*", "one call at a time"),
    (r".*safetySettings", r".*", "safety settings"),
    (r".*tools\[\]\.(allowed_callers|defer_loading|eager_input_streaming|input_examples)", r".*", "Claude's options of tools"),
    (r".*modalities|.*Modalities", r".*", "answers that are not text"),
]


def escape(text):
    return re.sub(r"mk\d+x\w*", "…", text).replace("|", "\\|").replace("<", "&lt;")


def word(path, why):
    for where, reason, said in WORDS:
        if re.match(where, path) and re.search(reason, why):
            return said
    return f"`{path}`"


def words(pair, deed):
    found = {word(path, why) for path, d, why in pair.deeds if d == deed} - {None}
    return ", ".join(sorted(found, key=lambda w: (w.startswith("`"), w.lower()))) or "–"


def summary(pairs):
    lines = ["", "| client | upstream | left out | said less exactly | refused |", "|---|---|---|---|---|"]
    for pair in pairs:
        ends = f"| {TITLES[pair.client]} | {TITLES[pair.upstream]} |"
        if pair.client == pair.upstream:
            lines.append(f"{ends} nothing: bytes pass | – | – |")
        else:
            lines.append(f"{ends} {words(pair, 'dropped')} | {words(pair, 'approximated')} | {words(pair, 'refused')} |")
    return lines


def members(pair):
    """Those of one fate and one reason on one line."""
    groups = {}
    for path, deed, why in pair.deeds:
        if deed in DEEDS:
            groups.setdefault((DEEDS.index(deed), escape(why)), set()).add(path)
    lines = ["", f"### {TITLES[pair.client]} to {TITLES[pair.upstream]}", "", "| becomes | why | what |", "|---|---|---|"]
    for (deed, why), paths in sorted(groups.items(), key=lambda g: (g[0][0], -len(g[1]), g[0][1])):
        lines.append(f"| {DEEDS[deed]} | {why} | {', '.join(f'`{p}`' for p in sorted(paths))} |")
    return lines if groups else [*lines[:3], "Nothing is lost."]


def render(pairs):
    lines = summary(pairs) + ["", "## Which members, and why"]
    for pair in pairs:
        if pair.client != pair.upstream:
            lines += members(pair)
    return "\n".join(lines) + "\n"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def parts(path, text):
    head, found, rest = text.partition(BEGIN)
    middle, ended, tail = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"not ok - {path} has the marks {BEGIN} and {END}")
    return head + BEGIN + "\n", middle, END + tail


def tables(pairs):
    """(file, what stands between its marks): all of it, and for whoever reads no further the first table."""
    return ("PAIRS.md", render(pairs)), ("README.md", "\n".join(summary(pairs)) + "\n")


def write(path, made):
    head, _, tail = parts(path, read(path))
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + made + "\n" + tail)
    print(f"ok - {os.path.basename(path)} is written")
    return True


def check(path, made):
    _, middle, _ = parts(path, read(path))
    wanted = made.strip()
    is_fresh = middle.strip() == wanted
    print(f"{'ok' if is_fresh else 'not ok'} - {os.path.basename(path)} is fresh (else: run_ledger.py --write)")
    if not is_fresh:
        old, new = set(middle.strip().splitlines()), set(wanted.splitlines())
        print("\n".join([f"# - {line}" for line in sorted(old - new)][:20] + [f"# + {line}" for line in sorted(new - old)][:20]))
    return is_fresh
