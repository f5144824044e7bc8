# SPDX-License-Identifier: MIT
"""test_command_line - what the program says to somebody who typed it not quite right."""
import argparse
import os
import subprocess
import sys

TYPED = (
    ("a word it does not know", ["serve"], 64, 'what is "serve"?'),
    ("a command behind options", ["--lax", "-c", "x.conf", "explain", "--json", "r.json"], 64, "explain comes first: claude-proxy explain"),
    ("run behind options", ["-c", "/nowhere/x.conf", "-t", "run"], 64, "run comes first: claude-proxy run"),
    ("an option it does not know", ["--nonsense"], 64, "unrecognized option"),
    ("help", ["--help"], 0, "claude-proxy explain"),
    ("help of a command", ["explain", "--help"], 0, "Usage: claude-proxy explain [OPTION]... FILE"),
    ("a command without its file", ["explain"], 64, "one file is needed"),
)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    program = os.path.abspath(f"{p.parse_args().build}/claude-proxy")
    print(f"1..{len(TYPED)}")
    failed = 0
    for i, (name, words, code, said) in enumerate(TYPED, 1):
        done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        text = done.stdout.decode("utf-8", "replace")
        good = done.returncode == code and said in text
        failed += not good
        if not good:
            print(f"# exit code {done.returncode}, wanted {code} and {said!r}:\n# " + text.replace("\n", "\n# "))
        print(f"{'ok' if good else 'not ok'} {i} - {name}")
    sys.exit(1 if failed else 0)


main()
