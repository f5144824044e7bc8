# SPDX-License-Identifier: MIT
"""build - the packages: a tarball by `make dist`, debian/ beside it, dpkg-buildpackage without a network.

    python3 tests/packages/build.py TOP OUT [BUILD]      builds into OUT; BUILD, by default TOP/build, must be configured
"""
import glob
import os
import re
import shutil
import subprocess
import sys

QUICK = "nocheck"  # the tests are ./bootstrap check's; dpkg-buildpackage by hand runs them


def run(command, log=None, **more):
    """Its output goes to the file log, and is shown if it fails."""
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
    said = p.stdout.decode("utf-8", "replace")
    if log:
        with open(log, "a", encoding="utf-8") as f:
            f.write(said)
    if p.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {p.returncode}\n" + "\n".join(said.splitlines()[-60:]))
    return said


def changelog(top, field):
    return run(["dpkg-parsechangelog", "-l", f"{top}/debian/changelog", "-S", field]).strip()


def without_network():
    """Debian's policy 4.9: a build asks no network.  Where namespaces are not allowed it is not forced."""
    for way in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run([*way, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return way if way[1] == "-n" else []
    return []


def tarball(top, out, configured):
    """The same bytes from the same tree: names in order, nobody's name, the changelog's time."""
    full = changelog(top, "Version")
    version = full.rsplit("-", 1)[0]
    stamp = changelog(top, "Timestamp")
    env = dict(os.environ, SOURCE_DATE_EPOCH=stamp, XZ_DEFAULTS="-T1",
               TAR_OPTIONS=f"--sort=name --mtime=@{stamp} --owner=0 --group=0 --numeric-owner")
    run(["make", "-C", configured, "--no-print-directory", "dist"], log=f"{out}/dist.log", env=env)
    made = f"{configured}/claude-proxy-{version}.tar.xz"
    if not os.path.exists(made):
        raise SystemExit(f"debian/changelog says {full}, configure.ac another version: there is no {made}")
    target = f"{out}/claude-proxy_{version}.orig.tar.xz"
    shutil.move(made, target)
    return target, version, full


def source(top, out, configured):
    """OUT/claude-proxy_VERSION.dsc and its tarballs."""
    orig, version, full = tarball(top, out, configured)
    folder = f"{out}/claude-proxy-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    run(["tar", "-C", out, "-xf", orig])
    shutil.copytree(f"{top}/debian", f"{folder}/debian", ignore=shutil.ignore_patterns("__pycache__", "*.substvars", "files", "tmp", ".debhelper"))
    for name in glob.glob(f"{out}/*.dsc"):
        os.unlink(name)
    run(["dpkg-source", "-b", folder], cwd=out)
    shutil.rmtree(folder)
    return f"{out}/claude-proxy_{full}.dsc"


def unpack(dsc, folder):
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    run(["dpkg-source", "--no-check", "-x", dsc, folder])


def build(folder, out, options=QUICK, env=None):
    """Of the source in the folder, which goes; returns the packages' paths, beside it."""
    log = f"{out}/build.log"
    if os.path.exists(log):
        os.unlink(log)
    jobs = os.environ.get("PACKAGE_JOBS") or os.cpu_count() or 1
    run([*without_network(), "dpkg-buildpackage", "-us", "-uc", "-b"], log=log, cwd=folder,
        env=dict(os.environ, DEB_BUILD_OPTIONS=f"{options} parallel={jobs} terse".strip(), **(env or {})))
    shutil.rmtree(folder)
    return sorted(glob.glob(f"{out}/*.deb"))


def binaries(dsc, out, options=QUICK, env=None):
    """Unpacks dsc in OUT/src and builds there."""
    unpack(dsc, f"{out}/src")
    return build(f"{out}/src", out, options, env)


def next_version(dsc, out):
    """The same source as its next version would be: what apt, the maintainer's scripts and two gateways see of an upgrade."""
    folder = f"{out}/src"
    unpack(dsc, folder)
    old = changelog(folder, "Version").rsplit("-", 1)[0]
    head, last = old.rsplit(".", 1)
    new = f"{head}.{int(last) + 1}"
    for name, was, now in (("configure.ac", f"AC_INIT([claude-proxy], [{old}]", f"AC_INIT([claude-proxy], [{new}]"),
                           ("debian/changelog", f"claude-proxy ({old}-", f"claude-proxy ({new}-")):
        with open(f"{folder}/{name}", encoding="utf-8") as f:
            text = f.read()
        assert was in text, (name, was)
        with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text.replace(was, now, 1))
    return build(folder, out)


def changes(dsc, out):
    """What lintian looks at: source and packages together."""
    found = glob.glob(f"{out}/claude-proxy_*_*.changes")
    assert len(found) == 1, found
    with open(found[0], encoding="utf-8") as f:
        assert re.search(r"^Binary: .*claude-proxy", f.read(), re.M)
    return [dsc, found[0]]


def main():
    top, out, configured = map(os.path.abspath, (sys.argv + [f"{sys.argv[1]}/build"])[1:4])
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    dsc = source(top, out, configured)
    for deb in binaries(dsc, out):
        print(os.path.relpath(deb, os.getcwd()))


if __name__ == "__main__":
    main()
