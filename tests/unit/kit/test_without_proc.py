# SPDX-License-Identifier: MIT
"""test_without_proc - `plugin check` where no /proc is, as in a plain chroot: what cannot be counted is skipped, and is no leak."""
import argparse
import os
import re
import subprocess
import sys

NAME = "what cannot be counted without /proc is skipped"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    a = p.parse_args()
    build, libs = os.path.abspath(a.build), os.path.abspath(f"{a.build}/.libs")
    libs = libs if os.path.exists(f"{libs}/plain.so") else f"{build}/plugins"
    print("1..1")
    if subprocess.run(["unshare", "-m", "umount", "-l", "/proc"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        print(f"ok 1 - {NAME} # skip /proc cannot be taken away here")
        return
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'umount -l /proc; exec "$@"', "sh", f"{build}/claude-proxy", "plugin", "check", f"{libs}/plain.so",
                           "--golden", os.path.abspath(f"{a.source}/plugins/example/golden"), "--against", libs, "--fuzz", "0"], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    said = done.stdout.decode("utf-8", "replace")
    if "Sanitizer has encountered a fatal error" in said:
        print(f"ok 1 - {NAME} # skip a sanitizer wants a /proc; the build without one looks at this")
        return
    skipped = {m.split(" # ")[0] for m in re.findall(r"(?m)^ok \d+ - (.* # skip .*)$", said)}
    is_good = done.returncode == 0 and "not ok" not in said and {"memory is given back", "descriptors and threads are given back"} <= skipped
    if not is_good:
        print(f"# exit code {done.returncode}\n# " + said.replace("\n", "\n# "))
    print(f"{'ok' if is_good else 'not ok'} 1 - {NAME}")
    sys.exit(0 if is_good else 1)


main()
