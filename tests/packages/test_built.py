# SPDX-License-Identifier: MIT
"""What can be said of the packages without installing them."""
import filecmp
import glob
import os
import re
import shutil

import build
from place import Skip, needs, run

HERE_ONLY = re.compile(rb"/(tmp|build|home|root)/[A-Za-z0-9._/-]*src/(core|plugins)/")
QUICK = True
SLOW = ("test_built_twice_they_are_the_same",)
PROGRAMS = "claude-proxy", "claude-proxyctl"


def listing(deb):
    """{path: (mode, owner)} of a package."""
    found = {}
    for line in run("dpkg-deb", "-c", deb).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        found[path.split(" -> ")[0].lstrip(".")] = (mode, owner)
    return found


def test_lintian(place):
    needs("lintian")
    # What was recorded has lines as long as they came.
    command = ["lintian", "-I", "-E", "--profile", "debian", "--fail-on", "error,warning", "--suppress-tags",
               "very-long-line-length-in-source-file"]
    if os.geteuid() == 0:
        command.append("--allow-root")
    run(*command, *build.changes(place.dsc, place.out))


def test_built_twice_they_are_the_same(place):
    """Another folder, another hour of the day, another language; the same bytes."""
    other = f"{place.work}/elsewhere/far/away"
    made = build.binaries(place.dsc, other, env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "USER": "somebody"})
    assert [os.path.basename(d) for d in made] == [os.path.basename(d) for d in place.debs], made
    for deb in place.debs:
        again = f"{other}/{os.path.basename(deb)}"
        if not filecmp.cmp(deb, again, shallow=False):
            print(run("diffoscope", "--text", "-", deb, again, code=None)[:20000] if shutil.which("diffoscope") else "no diffoscope")
            raise AssertionError(f"{os.path.basename(deb)} is different")


def test_no_build_path_is_in_them(place):
    for name in ("claude-proxy", "claude-proxy-dev"):
        folder = f"{place.work}/{name}.files"
        run("dpkg-deb", "-x", place.deb(name), folder)
        for path in glob.glob(f"{folder}/**", recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    assert not HERE_ONLY.search(f.read()), path
        shutil.rmtree(folder)


def test_conffiles_are_what_an_administrator_edits(place):
    said = run("dpkg-deb", "-I", place.deb("claude-proxy"), "conffiles").split()
    assert sorted(said) == ["/etc/apparmor.d/usr.sbin.claude-proxy", "/etc/claude-proxy/claude-proxy.conf", "/etc/claude-proxy/conf.d/README",
                            "/etc/logrotate.d/claude-proxy"], said
    for name in ("claude-proxy-panel", "claude-proxy-dev"):
        assert not [p for p in listing(place.deb(name)) if p.startswith("/etc/")], name


def test_what_is_in_them(place):
    gateway, panel, dev = (listing(place.deb(n)) for n in ("claude-proxy", "claude-proxy-panel", "claude-proxy-dev"))
    where = "/usr/lib/" + run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    for name in ("claude", "openai", "gemini", "sqlite"):
        assert f"{where}/claude-proxy/abi1/{name}.so" in gateway, name
    for name in ("systemd/system/claude-proxy.service", "systemd/system/claude-proxy.socket"):
        assert any(f"{lib}/{name}" in gateway for lib in ("/lib", "/usr/lib")), name
    for path in ("/usr/sbin/claude-proxy", "/usr/bin/claude-proxyctl", "/usr/lib/sysusers.d/claude-proxy.conf", "/usr/lib/tmpfiles.d/claude-proxy.conf",
                 *[f"/usr/share/bash-completion/completions/{p}" for p in PROGRAMS], *[f"/usr/share/zsh/vendor-completions/_{p}" for p in PROGRAMS],
                 *[f"/usr/share/fish/vendor_completions.d/{p}.fish" for p in PROGRAMS], "/usr/share/bug/claude-proxy",
                 "/usr/share/doc/claude-proxy/README.Debian", "/usr/share/claude-proxy/prices.conf"):
        assert path in gateway, path
    for page in ("man8/claude-proxy.8", "man8/claude-proxyctl.8", "man5/claude-proxy.conf.5", "man7/claude-proxy-api.7"):
        assert f"/usr/share/man/{page}.gz" in gateway, page
    with open(f"{place.top}/www/www.mk", encoding="utf-8") as f:
        for name in re.findall(r"\bwww/([^\s\\]+\.(?:js|css|html|svg))\b", f.read()):
            assert f"/usr/share/claude-proxy/www/{name}" in panel, name
    assert "/usr/share/claude-proxy/www/index.html" in panel and not [p for p in gateway if p.startswith("/usr/share/claude-proxy/www")]
    for path in ("/usr/share/man/man7/claude-proxy-plugin.7.gz", "/usr/share/man/man1/dh_claude_proxy.1.gz", "/usr/share/claude-proxy/plugin-template/Makefile",
                 "/usr/share/claude-proxy/plugin-template/plain.c", "/usr/include/claude-proxy/json.h", "/usr/include/claude-proxy/store.h"):
        assert path in dev, path
    assert "/usr/bin/dh_claude_proxy" in dev and "/usr/share/claude-proxy/abi" in dev
    assert "/usr/include/claude-proxy/plugin.h" in dev and f"{where}/pkgconfig/claude-proxy.pc" in dev
    for files in (gateway, panel, dev):
        odd = [p for p, (mode, owner) in files.items() if owner != "root/root" or "s" in mode or mode[8] == "w"]
        assert not odd, odd


def test_relations(place):
    def field(name, what):
        return run("dpkg-deb", "-f", place.deb(name), what)
    with open(f"{place.top}/core/include/claude-proxy/plugin.h", encoding="utf-8") as f:
        text = f.read()
    major, minor = (re.search(rf"#define CP_ABI_{n} +(\d+)", text).group(1) for n in ("MAJOR", "MINOR"))
    provides = [p.strip() for p in field("claude-proxy", "Provides").split(",")]
    assert provides == [f"claude-proxy-abi-{major}"] + [f"claude-proxy-abi-{major}.{m}" for m in range(int(minor) + 1)], provides
    assert "claude-proxy-panel" in field("claude-proxy", "Recommends")
    wants = field("claude-proxy-panel", "Depends")
    assert "libjs-chart.js" in wants and "libjs-sortable" in wants and field("claude-proxy-panel", "Architecture").strip() == "all"


def test_hardening(place):
    """Every program and plugin is position independent, with read-only relocations bound at the start, and a canary where one is of use."""
    needs("readelf")
    folder = f"{place.work}/hard"
    run("dpkg-deb", "-x", place.deb("claude-proxy"), folder)
    found = [p for p in glob.glob(f"{folder}/usr/**", recursive=True) if os.path.isfile(p) and not os.path.islink(p) and open(p, "rb").read(4) == b"\x7fELF"]
    assert len(found) >= 6, found
    for path in found:
        head, dynamic, segments = run("readelf", "-h", path), run("readelf", "-d", path), run("readelf", "-lW", path)
        assert "DYN" in head and "GNU_RELRO" in segments and re.search(r"BIND_NOW|\bNOW\b", dynamic), path
        assert not re.search(r"GNU_STACK.* RWE ", segments) and "RPATH" not in dynamic and "RUNPATH" not in dynamic, path
    shutil.rmtree(folder)


def test_unit(place):
    needs("systemd-analyze")
    unit = f"{place.top}/debian/claude-proxy.service"
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit)
    print("   ", said.strip().splitlines()[-1].strip())


def test_apparmor_profile(place):
    needs("apparmor_parser")
    run("apparmor_parser", "--skip-kernel-load", "--skip-cache", f"{place.top}/debian/apparmor/usr.sbin.claude-proxy")


def test_man_pages(place):
    """Long lines and blank ones are a matter of taste; all else is none."""
    needs("mandoc")
    for page in sorted(glob.glob(f"{place.top}/core/*.[578]")):
        said = [line for line in run("mandoc", "-T", "lint", page, code=None).splitlines() if "longer than 80 bytes" not in line]
        assert not said, said


def test_scripts(place):
    needs("shellcheck")
    names = ["claude-proxy.postinst", "claude-proxy.postrm", "claude-proxy.bug-script", "tests/plugin", "tests/packaged-plugin"]
    # CDPATH= before cd is meant; -nt is in every shell that Debian has as sh
    run("shellcheck", "--exclude=SC1007,SC3013", *[f"{place.top}/debian/{n}" for n in names], f"{place.top}/container/entrypoint", f"{place.top}/bootstrap")


def test_bug_script_tells_no_secret(place):
    """Run on what stands in the configuration of a machine with keys: names of options come out, values do not."""
    if os.path.exists("/etc/claude-proxy/claude-proxy.conf") or os.geteuid():
        raise Skip("wants root and a machine without an /etc/claude-proxy of its own; in the machine it is tried, too")
    folder = f"{place.work}/bug"
    run("dpkg-deb", "-x", place.deb("claude-proxy"), folder)
    conf = f"{folder}/etc/claude-proxy/claude-proxy.conf"
    with open(conf, "a", encoding="utf-8") as f:
        f.write('access_key = "CANARY-0123456789abcdef";\nchannels = ( { id = "a"; dialect = "claude"; base_url = "https://secret.example.org"; '
                'keys = [ "CANARY-upstream-key" ]; } );\n')
    script = open(f"{folder}/usr/share/bug/claude-proxy", encoding="utf-8").read().replace("/etc/claude-proxy", f"{folder}/etc/claude-proxy")
    said = run("sh", "-c", "exec 3>&1\n" + script, env={"PATH": f"{folder}/usr/sbin:/usr/bin:/bin"})
    assert "access_key" in said and "CANARY" not in said and "secret.example" not in said, said
