# SPDX-License-Identifier: MIT
"""run_upgrade - the functions test_* of tests/upgrade/test_*.py: a running gateway is replaced by a new process.

    python3 run_upgrade.py --source SRC --build BUILD [--keep] [PART...]

The runner is that of tests/admin; UPGRADE_STREAMS says how many streams run through an upgrade at once.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "admin")]

import gateway  # noqa: E402
import lasting  # noqa: E402
import run_admin  # noqa: E402

run_admin.HERE = HERE
run_admin.Gateway = lasting.Lasting
gateway.Skip = run_admin.Skip

if __name__ == "__main__":
    lasting.adopt_orphans()
    run_admin.main()
