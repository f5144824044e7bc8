# SPDX-License-Identifier: MIT
"""test_completion - what three shells offer behind `claude-proxy`: what the program's own help says, and nothing by heart."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

# What is typed, the last word unfinished; some of what is offered; None: nothing but these
TYPED = (
    (["ex"], ["explain"], None),
    ([""], ["run", "explain", "tape", "plugin"], None),
    (["--check"], ["--check-plugins"], None),
    (["--"], ["--config", "--test", "--lax", "--list-options=", "--help"], "--golden"),
    (["-c", "a"], ["a file"], None),
    (["-o", "log.le"], ["log.level="], None),
    (["plugin", ""], ["new", "check"], None),
    (["plugin", "check", "--gol"], ["--golden"], None),
    (["plugin", "check", "--golden", "f"], ["folder"], None),
    (["plugin", "check", "a"], ["a file"], None),
    (["tape", "claude", "re"], ["request", "response"], None),
    (["tape", "--jo"], ["--join"], None),
    (["explain", "--mod"], ["--model"], None),
    (["explain", "--model", "x"], [], None),
)

BASH = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _claude_proxy; for x in "${COMPREPLY[@]}"; do printf "%s\\n" "$x"; done')
# The shell's own functions, which need a terminal, are stood in for.
ZSH = ('compadd() { [[ $1 == -S ]] && shift 2; shift; for x in "$@"; do [[ $x == $PREFIX* ]] && print -r -- $x; done }; '
       '_files() { [[ $1 == -/ ]] && print -rl -- $PREFIX*(N/) || print -rl -- $PREFIX*(N) }; compdef() { }; '
       'source $1; shift; words=("$@"); CURRENT=$#; PREFIX=$@[-1]; _claude_proxy')
FISH = "source $argv[1]; complete -C $argv[2]"


class Shells:
    def __init__(self, source, place):
        self.place, self.files = place, f"{source}/core/main/completion"

    def offers(self, shell, words):
        source = {"bash": "claude-proxy", "zsh": "_claude-proxy", "fish": "claude-proxy.fish"}[shell]
        command = {"bash": ["bash", "--norc", "-c", BASH, "bash"], "zsh": ["zsh", "-f", "-c", ZSH, "zsh"],
                   "fish": ["fish", "--no-config", "-c", FISH]}[shell]
        line = ["claude-proxy", *words] if shell != "fish" else [" ".join(["claude-proxy", *words])]
        p = subprocess.run([*command, f"{self.files}/{source}", *line], cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, timeout=120,
                           env=dict(os.environ, PATH=f"{self.place}/bin:{os.environ['PATH']}", HOME=self.place, TERM="dumb"))
        # fish tells a description behind a tab, and folders with a slash at the end
        return p.stdout.decode("utf-8", "replace"), {line.split("\t")[0].rstrip("/").replace("\\ ", " ") for line in p.stdout.decode().splitlines()}

    def fault(self, shell, words, wanted, unwanted):
        said, found = self.offers(shell, words)
        is_right = set(wanted) <= found and unwanted not in found and (unwanted or set(wanted) == found)
        return None if is_right else f"behind {' '.join(words)!r} {shell} offers:\n{said}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    a = p.parse_args()
    place = tempfile.mkdtemp()
    os.makedirs(f"{place}/bin")
    os.makedirs(f"{place}/folder")
    with open(f"{place}/a file", "w", encoding="ascii"):
        pass
    os.symlink(os.path.abspath(f"{a.build}/claude-proxy"), f"{place}/bin/claude-proxy")
    shells = Shells(os.path.abspath(a.source), place)
    failed = 0
    print("1..3")
    for i, shell in enumerate(("bash", "zsh", "fish"), 1):
        if not shutil.which(shell):
            print(f"ok {i} - {shell} # skip there is no {shell}")
            continue
        faults = [f for f in (shells.fault(shell, *typed) for typed in TYPED) if f]
        failed += bool(faults)
        for fault in faults:
            print("# " + fault.replace("\n", "\n# "))
        print(f"{'not ok' if faults else 'ok'} {i} - {shell}")
    shutil.rmtree(place)
    sys.exit(1 if failed else 0)


main()
