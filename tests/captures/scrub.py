"""scrub - a recorded request without anything private or anybody's prose: structure, names and enumerations stay.

    python3 scrub.py RECORDING.json > requests/NAME.json

A recording is {"client","request":{"method","path","headers","body"}}. Texts become a mark of their own (so that one can see what
became of each) and a few words of ours; ids, hashes, paths, keys and addresses become harmless ones of the same kind.
"""
import json
import re
import sys

KEPT = re.compile(r"[\w.:/@+=$#*-]{0,48}|http://json-schema.org/[\w/#-]*|https://json-schema.org/[\w/#-]*")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEX = re.compile(r"[0-9a-f]{16,}")
HEADERS = ("content-type", "anthropic-version", "anthropic-beta", "user-agent", "x-claude-code-session-id", "x-claude-code-agent-id", "x-app",
           "originator", "session-id", "session_id", "thread-id", "x-client-request-id", "x-codex-window-id", "x-codex-turn-metadata",
           "x-codex-parent-thread-id", "x-openai-subagent", "x-codex-beta-features", "x-openai-internal-codex-responses-lite",
           "x-goog-api-client", "accept", "accept-encoding")
SEALS = {"signature": "EqQB", "thoughtSignature": "CiQB", "encrypted_content": "gAAAAAB"}
PREFIXES = ("<system-reminder>", "x-anthropic-billing-header: ", "You are Claude Code")
WORDS = ["some", "words", "in", "place", "of", "what", "was", "said"]


class Scrubber:
    def __init__(self):
        self.marks, self.uuids, self.calls = 0, {}, {}

    def mark(self):
        self.marks += 1
        return f"mk{self.marks:05d}x"

    def ids(self, text):
        text = UUID.sub(lambda m: self.uuids.setdefault(m[0], f"00000000-0000-7000-8000-{len(self.uuids) + 1:012d}"), text)
        text = HEX.sub(lambda m: "0" * len(m[0]), text)
        return re.sub(r"/(?:root|tmp|home|var|usr|opt)\b[\w./-]*", "/home/someone/work", text)

    def text(self, text, key):
        if key in SEALS:
            return SEALS[key] + self.mark()
        if text[:1] == "{":
            try:
                return json.dumps(self.value(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
            except ValueError:
                pass
        if KEPT.fullmatch(text):
            return self.ids(text)
        prefix = next((p for p in PREFIXES if text.startswith(p)), "")
        words = " ".join(WORDS[i % len(WORDS)] for i in range(min(8, len(text) // 8)))
        return f"{prefix}{self.mark()} {words}".rstrip()

    def value(self, v, key=None):
        if isinstance(v, dict):
            return {self.ids(k): self.value(x, k) for k, x in v.items()}
        if isinstance(v, list):
            return [self.value(x, key) for x in v]
        return self.text(v, key) if isinstance(v, str) else v


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        recording = json.load(f)
    request, scrubber = recording["request"], Scrubber()
    body = request["body"] if isinstance(request["body"], dict) else json.loads(request["body"])
    made = {
        "client": recording["client"],
        "target": request["path"],
        "headers": {k: scrubber.text(v, "") if v[:1] == "{" else scrubber.ids(v) for k, v in request["headers"].items() if k.lower() in HEADERS},
        "body": scrubber.value(body),
    }
    json.dump(made, sys.stdout, ensure_ascii=False, indent=1)
    print()


main()
