# SPDX-License-Identifier: MIT
"""second_reader - the compiler judges the ABI (test_abi*.c); this reads it once more, and reads what the compiler was asked.

    python3 tests/abi/second_reader.py --source . [--update]

For each minor there are three witnesses: frozen/1.M/claude-proxy (the headers as they were), test_abi1_M.c (what the compiler asserts) and
surface1.M.abi (what abidw(1) saw).  --update writes those of a minor that has none yet; what is there is never written again.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HEADERS = ("plugin.h", "json.h", "store.h")

# A change that would break plugins, and a word of it that abidiff must say.
BREAKS = [
    ("a member in the middle", "plugin.h", "    uint32_t choice;                /* candidate", "    uint32_t more; uint32_t choice; /* candidate", "more"),
    ("an enum anew", "plugin.h", "CP_FAILURE = 3", "CP_FAILURE = 4", "CP_FAILURE"),
    ("arguments that changed places", "json.h", "int (*is)(struct cp_str v, const char *s);", "int (*is)(const char *s, struct cp_str v);", "is"),
    ("a member gone", "store.h", "    int64_t cost_micro, unpriced;", "    int64_t cost_micro;", "unpriced"),
    ("a member at the end", "plugin.h", "    const char *body_type;\n", "    const char *body_type; const char *later;\n", "later"),
]


class Reader:
    def __init__(self, source):
        self.here, self.headers = f"{source}/tests/abi", f"{source}/core/include/claude-proxy"
        self.dir = tempfile.mkdtemp(prefix="claude-proxy-abi-")
        text = read(f"{self.headers}/plugin.h")
        self.major, self.minor = (int(re.search(rf"#define CP_ABI_{w}\s+(\d+)", text)[1]) for w in ("MAJOR", "MINOR"))
        self.n = self.failed = 0

    def tell(self, name, why="", skip=""):
        self.n += 1
        self.failed += bool(why)
        print(f"{'not ' if why else ''}ok {self.n} - {name}{' # skip ' + skip if skip else ''}", flush=True)
        for line in why.splitlines():
            print(f"# {line}")

    def frozen(self, minor):
        return f"{self.here}/frozen/{self.major}.{minor}/claude-proxy"

    def stored(self, minor):
        return f"{self.here}/surface{self.major}.{minor}.abi"

    def surface(self, name, include):
        """The headers of that folder as a shared object."""
        out = f"{self.dir}/{name}.so"
        subprocess.run([os.environ.get("CC", "cc").split()[-1], "-g", "-shared", "-fPIC", f"-I{include}", "-o", out, f"{self.here}/surface.c"], check=True)
        return out


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def tokens(text):
    """A header without what the compiler does not see."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"\s*([^\w\s])\s*", r"\1", text)).strip()


def differs(a, b):
    x, y = tokens(read(a)), tokens(read(b))
    if x == y:
        return ""
    at = next((i for i in range(min(len(x), len(y))) if x[i] != y[i]), min(len(x), len(y)))
    return f"{os.path.basename(a)} is another one behind `{x[max(0, at - 60):at]}': `{x[at:at + 60]}' was `{y[at:at + 60]}'\n"


def frozen_headers(r):
    why = ""
    for name in HEADERS:
        why += differs(f"{r.headers}/{name}", f"{r.frozen(r.minor)}/{name}")
    r.tell(f"the headers are those of {r.major}.{r.minor}", why and why + "what is added is a new minor: CP_ABI_MINOR, HISTORY, frozen/, then --update")


def history(r):
    lines = read(f"{r.here}/HISTORY").splitlines()
    missing = [m for m in range(r.minor + 1) if not any(line.startswith(f"{r.major}.{m} ") for line in lines)]
    r.tell("HISTORY tells of each minor", "".join(f"no line begins with {r.major}.{m}\n" for m in missing))


def asserted(r):
    """Each member and each word of the newest minor stands in an assertion of this one or one before."""
    said = "".join(read(f"{r.here}/test_abi{r.major}_{m}.c") for m in range(r.minor + 1))
    missing = []
    for c in ElementTree.parse(r.stored(r.minor)).iter("class-decl"):
        if c.get("name", "").startswith("cp_") and c.get("is-declaration-only") != "yes":
            for v in c.iter("var-decl"):
                if not re.search(rf"AT\({c.get('name')}, {v.get('name')},", said):
                    missing.append(f"{c.get('name')}.{v.get('name')}")
            if not re.search(rf"(SIZE|EXACT)\({c.get('name')}, {int(c.get('size-in-bits')) // 8}\)", said):
                missing.append(f"the size of {c.get('name')}, {int(c.get('size-in-bits')) // 8}")
    for name in HEADERS:
        for body in re.findall(r"enum(?: \w+)?\{([^}]*)\}", tokens(read(f"{r.headers}/{name}"))):
            missing += [w for w in re.findall(r"(CP_\w+)=", body) if not re.search(rf"WORTH\({w},", said)]
    r.tell("the compiler is asked for every member, size and word", "".join(f"{m} is not asserted\n" for m in missing))


def abidiff(r, stored, surface):
    p = subprocess.run(["abidiff", "--no-architecture", stored, surface], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return p.returncode, p.stdout.decode("utf-8", "replace")


def second(r):
    now = r.surface("now", os.path.dirname(r.headers))
    for m in range(r.minor + 1):
        code, said = abidiff(r, r.stored(m), now)
        name = f"abidiff: {r.major}.{m} and now"
        if m == r.minor or code & 8:  # 8: what only can break; 4: a change, which a later minor is allowed at the ends
            r.tell(name, f"exit code {code}\n{said}" if code else "")
        else:
            r.tell(name)
            print("".join(f"# {line}\n" for line in said.splitlines()), end="")


def it_reads(r):
    """A reader that finds nothing may be asleep."""
    for i, (what, name, old, new, word) in enumerate(BREAKS):
        include = f"{r.dir}/break{i}"
        shutil.copytree(r.headers, f"{include}/claude-proxy")
        text = read(f"{r.headers}/{name}")
        assert text.count(old) == 1, f"{name} has no longer what \"{what}\" changes"
        with open(f"{include}/claude-proxy/{name}", "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))
        code, said = abidiff(r, r.stored(r.minor), r.surface(f"break{i}", include))
        r.tell(f"abidiff sees {what}", "" if code and word in said else f"exit code {code}\n{said[-2000:]}")
        seen = differs(f"{include}/claude-proxy/{name}", f"{r.frozen(r.minor)}/{name}")
        r.tell(f"and so does who compares headers: {what}", "" if seen else "nothing was seen")


def update(r):
    if not os.path.exists(r.frozen(r.minor)):
        shutil.copytree(r.headers, r.frozen(r.minor))
    if not os.path.exists(r.stored(r.minor)):
        with open(r.stored(r.minor), "wb") as f:
            subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", r.surface("new", os.path.dirname(r.headers))], stdout=f, check=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--source", required=True)
    a.add_argument("--build")
    a.add_argument("--update", action="store_true")
    a = a.parse_args()
    r = Reader(os.path.abspath(a.source))
    has_abigail = shutil.which("abidiff") and shutil.which("abidw")
    try:
        if a.update:
            update(r)
        for story in (frozen_headers, history, asserted):
            story(r)
        for story in (second, it_reads):
            if has_abigail:
                story(r)
            else:
                r.tell(f"abidiff: {story.__name__}", skip="abigail-tools is not installed")
    finally:
        shutil.rmtree(r.dir, ignore_errors=True)
    print(f"1..{r.n}")
    sys.exit(r.failed != 0)


main()
