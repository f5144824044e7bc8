# SPDX-License-Identifier: MIT
"""A stranger with nothing but the packages: builds contrib's plugins out of the examples, packages one, and a gateway that runs takes it up."""
import os

from machine import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
WORKSHOP = ["build-essential", "debhelper", "pkgconf", "binutils", "rustc"]


def test_stranger(place):
    with Machine(place, packages=WORKSHOP) as m:
        m.copy(os.path.join(HERE, "..", "..", "debian", "tests"), "tests")
        m.copy(f"{HERE}/in_third.py")
        m.copy(os.path.join(HERE, "..", "kit", "fake_ollama.py"))
        m.install(place.deb("claude-proxy"))
        m.install(place.deb("claude-proxy-dev"))
        said = m.run("python3", "/root/in_third.py", seconds=1800)
        print("   ", said.strip().splitlines()[-1])
