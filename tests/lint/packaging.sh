#!/bin/sh
# packaging - what can be said of man pages, unit, profile and scripts without building a package; each by its own tool, where it is there.
set -u
bad=0 looked=0
if command -v mandoc >/dev/null; then
    looked=1
    for page in core/*.[1-9]; do
        # Long lines and blank ones are a matter of taste; all else is none.
        mandoc -T lint "$page" | grep -v 'longer than 80 bytes' && bad=1
    done
fi
# A tarball has no debian/.
if [ ! -d debian ]; then
    [ $bad = 0 ] || exit 1
    [ $looked = 1 ] || { echo "there is no mandoc"; exit 77; }
    exit 0
fi
if command -v systemd-analyze >/dev/null && systemd-analyze --help | grep -q -- --offline; then
    looked=1
    systemd-analyze security --offline=true --threshold=15 --no-pager debian/claude-proxy.service >/dev/null ||
        { echo "debian/claude-proxy.service: exposure above 1.5"; bad=1; }
fi
if command -v apparmor_parser >/dev/null; then
    looked=1
    apparmor_parser --skip-kernel-load --skip-cache debian/apparmor/usr.sbin.claude-proxy >/dev/null 2>&1 ||
        { echo "debian/apparmor/usr.sbin.claude-proxy: apparmor_parser refuses it"; bad=1; }
fi
if command -v shellcheck >/dev/null; then
    looked=1
    shellcheck debian/claude-proxy.postinst debian/claude-proxy.postrm debian/claude-proxy.bug-script debian/tests/plugin \
        debian/tests/packaged-plugin container/entrypoint || bad=1
fi
# The changelog's version is the one that is built.
version=$(sed -n 's/^AC_INIT(\[claude-proxy\], \[\([^]]*\)\].*/\1/p' configure.ac)
head -n 1 debian/changelog | grep -qF "claude-proxy ($version-" || { echo "debian/changelog is not of $version"; bad=1; }
[ $bad = 0 ] || exit 1
[ $looked = 1 ] || { echo "neither mandoc nor systemd-analyze, apparmor_parser, shellcheck"; exit 77; }
