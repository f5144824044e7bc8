# SPDX-License-Identifier: MIT
"""pictures - takes the README's pictures of the panel anew, into doc/screenshots.

    python3 tests/panel/pictures.py --source . --build build [SCREEN...]
"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import browser  # noqa: E402


def main():
    words = sys.argv[1:]
    build = os.path.abspath(words[words.index("--build") + 1]) if "--build" in words else os.path.abspath("build")
    browser.run(f"{HERE}/pictures.mjs", build, *words)


main()
