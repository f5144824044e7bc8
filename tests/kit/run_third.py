# SPDX-License-Identifier: MIT
"""run_third - plugins of strangers: built from nothing but what is installed, checked, and asked through a running gateway.

    python3 run_third.py --source SRC --build BUILD [--keep] [PART...]

The runner is that of tests/admin; the functions are test_* of tests/kit/test_*.py.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "admin")]

import gateway  # noqa: E402
import run_admin  # noqa: E402

run_admin.HERE = HERE
gateway.Skip = run_admin.Skip

if __name__ == "__main__":
    run_admin.main()
