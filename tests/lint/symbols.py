"""symbols - each plugin exports one symbol, and wants nothing that a plugin must not do."""
import glob
import re
import subprocess
import sys

BANNED = re.compile(r"^(fork|vfork|exec\w*|system|popen|signal|sigaction|exit|_exit|abort|dlopen|dlsym|pthread_create|socket|connect|open|fopen|cp_\w+)$")
bad = 0
files = sorted(glob.glob(f"{sys.argv[1]}/.libs/*.so"))
for f in files:
    def nm(*args):
        out = subprocess.run(["nm", "-D", *args, f], stdout=subprocess.PIPE, check=True).stdout.decode()
        return [line.split() for line in out.splitlines() if line.strip()]
    defined = [w[-1] for w in nm("--defined-only") if not re.search(r"asan|ubsan|odr|__sanitizer", w[-1])]
    wanted = [w[-1].split("@")[0] for w in nm("--undefined-only")]
    if defined != ["cp_plugin_abi1"]:
        print(f"{f}: exports {defined}")
        bad = 1
    for name in wanted:
        if BANNED.match(name):
            print(f"{f}: wants {name}")
            bad = 1
if not files:
    print("no plugin was built")
    bad = 1
sys.exit(bad)
