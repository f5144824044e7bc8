# SPDX-License-Identifier: MIT
"""panel - how long a person waits for the web panel: from a key or a click to the picture, with much behind it.

    python3 tests/bench/panel.py --source . --build build [--rows 1000000] [--rounds 7] [--only PART] [--load]
                                 [--gateway URL --key KEY --pid PID]     one that runs already

A hundred channels with ten keys each, a million requests in the history.  Figures are reports, never a pass or a fail; what
takes more than 100 ms is marked.  --load: what twenty open tabs cost those who ask models.
"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "panel"))

import browser  # noqa: E402


def main():
    words = sys.argv[1:]
    build = os.path.abspath(words[words.index("--build") + 1]) if "--build" in words else os.path.abspath("build")
    browser.run(f"{HERE}/panel.mjs", build, *words)


main()
