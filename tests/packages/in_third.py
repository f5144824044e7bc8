# SPDX-License-Identifier: MIT
"""in_third - what test_third.py does inside of a booted machine, as root."""
import glob
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path[:0] = ["/root", "/root/tests"]
from fake_ollama import Ollama  # noqa: E402
from upstream import ask, is_serving, message, text_of, until  # noqa: E402

PORT = 3000
EXAMPLES = "/usr/share/doc/claude-proxy-dev/examples"


def run(*command, cwd=None):
    p = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert p.returncode == 0, (command, p.returncode, p.stdout[-6000:])
    return p.stdout


def shown(name):
    return run("systemctl", "show", "claude-proxy", f"--property={name}", "--value").strip()


def plugins():
    return run("claude-proxyctl", "--json", "api", "GET", "/api/plugins")


def copied(name):
    """The example as it was before it was packed."""
    folder = f"/root/{name}/tree"
    shutil.copytree(f"{EXAMPLES}/{name}", folder)
    run("find", folder, "-name", "*.gz", "-exec", "gunzip", "{}", "+")
    return folder


def packaged():
    """Built as its own package, whose build runs all its checks."""
    folder = copied("ollama")
    os.chmod(f"{folder}/debian/rules", 0o755)
    said = run("dpkg-buildpackage", "-b", "-us", "-uc", cwd=folder)
    assert "texts made wrong do it no harm" in said and "not ok" not in said, said[-6000:]
    return next(d for d in glob.glob("/root/ollama/*.deb") if "dbgsym" not in d)


def asked(key, fake):
    body = {"name": "home", "dialect": "ollama", "base_url": fake.url, "allow_private": True, "keys": ["upstream-key"]}
    status, _, said = ask(PORT, "/api/channels", key, body)
    assert status == 201, (status, said)
    for stream in (False, True):
        status, _, said = ask(PORT, "/v1/messages", key, dict(message(stream=stream), model="talk"))
        assert status == 200 and "Hello" in (text_of(said) if stream else json.loads(said)["content"][0]["text"]), (status, said)
    assert fake.last()["model"] == "talk" and fake.last()["stream"] is True, fake.last()


def in_rust():
    folder = copied("completions")
    said = run("make", "check", "FUZZ=2", cwd=folder)
    assert "structures_are_laid_out_as_in_c ... ok" in said and "not ok" not in said, said[-6000:]
    run("make", "install", cwd=folder)
    run("claude-proxyctl", "upgrade")
    until(lambda: '"completions"' in plugins())


def main():
    until(lambda: is_serving(PORT))
    key = open("/var/lib/claude-proxy/access-key", encoding="ascii").read().strip()
    fake = Ollama()
    deb = packaged()
    assert "claude-proxy-abi-1.0" in run("dpkg-deb", "-f", deb, "Depends")
    assert '"ollama"' not in plugins()
    run("apt-get", "install", "-y", deb)
    until(lambda: '"ollama"' in plugins() and shown("ActiveState") == "active")
    asked(key, fake)
    in_rust()
    fake.close()
    print(f"{os.path.basename(deb)} was built, checked, installed and asked; and one in Rust")


if __name__ == "__main__":
    main()
