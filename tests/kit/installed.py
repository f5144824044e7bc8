# SPDX-License-Identifier: MIT
"""installed - what `make install` lays, as far as an author of a plugin sees it, in a folder of its own; and work in it."""
import atexit
import glob
import os
import re
import shutil
import subprocess
import tempfile

KIT_SECONDS = 900


class Installed:
    """A prefix with the headers, the .pc file, the gateway and its plugins.  Nothing in it leads back to the source."""

    def __init__(self, tools):
        self.root = tempfile.mkdtemp(prefix="claude-proxy-installed-")
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)
        self.include, self.plugins = f"{self.root}/include", f"{self.root}/lib/claude-proxy/abi1"
        self.gateway = f"{self.root}/sbin/claude-proxy"
        for folder in (f"{self.include}/claude-proxy", self.plugins, f"{self.root}/sbin", f"{self.root}/lib/pkgconfig"):
            os.makedirs(folder)
        for header in glob.glob(f"{tools.source}/core/include/claude-proxy/*.h"):
            shutil.copy(header, f"{self.include}/claude-proxy")
        for plugin in ("claude", "openai", "gemini"):
            shutil.copy(f"{tools.plugins}/{plugin}.so", self.plugins)
        shutil.copy(tools.gateway, self.gateway)
        with open(f"{tools.source}/core/claude-proxy.pc.in", encoding="utf-8") as f:
            text = f.read()
        names = {"prefix": self.root, "exec_prefix": self.root, "libdir": f"{self.root}/lib", "includedir": self.include, "VERSION": "1", **self.numbers()}
        with open(f"{self.root}/lib/pkgconfig/claude-proxy.pc", "w", encoding="utf-8") as f:
            f.write(re.sub(r"@(\w+)@", lambda m: names[m.group(1)], text))

    def numbers(self):
        with open(f"{self.include}/claude-proxy/plugin.h", encoding="utf-8") as f:
            return dict(re.findall(r"#define (CP_ABI_\w+) +(\d+)", f.read()))

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k in ("LANG", "CC", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH", "RUSTC", "HOME")}
        return dict(keep, PATH=f"{os.environ.get('PATH', '')}:{self.root}/sbin", PKG_CONFIG_PATH=f"{self.root}/lib/pkgconfig")

    def make(self, folder, *words, code=0):
        p = subprocess.run(["make", *words], cwd=folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=KIT_SECONDS, check=False)
        out = p.stdout.decode("utf-8", "replace")
        assert p.returncode == code, f"make {' '.join(words)} ended with {p.returncode}, not {code}:\n{out[-6000:]}"
        return out

    def copy(self, source, name):
        """The author's folder, without what an earlier build left there."""
        folder = os.path.join(self.root, "src", name)
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.o", "*.so", "fuzz-*", "target"))
        return folder
