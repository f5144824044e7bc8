# SPDX-License-Identifier: MIT
"""What a stranger has who unpacks the packages into a folder, without rights: a gateway that serves, its panel, and the kit for plugins."""
import json
import os
import re
import shutil
import signal
import subprocess

from place import Failed, needs, run
from upstream import TEXT, Upstream, ask, chat_text_of, message, text_of, until

QUICK = True
IMPORT = re.compile(r"""(?m)(?:^(?:import|export)[^;'"]*|\bimport\()['"](\.{1,2}/[^'"]+)['"]""")
KEY = "a-key-of-an-unpacked-gateway"


def unpack(place, *names):
    """The folder with all their files, where else / has them."""
    folder = f"{place.work}/unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    for name in names:
        run("dpkg-deb", "-x", place.deb(name), folder)
    return folder


def plugins(folder):
    return f"{folder}/usr/lib/" + run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip() + "/claude-proxy/abi1"


class Gateway:
    def __init__(self, folder, place):
        self.home = f"{place.work}/home"
        os.makedirs(self.home)
        self.socket = f"{self.home}/ctl.sock"
        with open(f"{self.home}/claude-proxy.conf", "w", encoding="utf-8") as f:
            f.write(f'listen = "127.0.0.1:0";\nstate_dir = "{self.home}/state";\ncontrol = {{ socket = "{self.socket}"; }};\naccess_key = "{KEY}";\n')
        os.chmod(f"{self.home}/claude-proxy.conf", 0o600)
        self.log = open(f"{self.home}/log", "wb")
        self.process = subprocess.Popen(
            [f"{folder}/usr/sbin/claude-proxy", "-c", f"{self.home}/claude-proxy.conf", "--plugins", plugins(folder), "--lax", "--www",
             f"{folder}/usr/share/claude-proxy/www", "--port-file", f"{self.home}/port"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        until(lambda: self.process.poll() is not None or (os.path.exists(f"{self.home}/port") and os.path.getsize(f"{self.home}/port")))
        if self.process.poll() is not None:
            with open(f"{self.home}/log", encoding="utf-8", errors="replace") as f:
                raise Failed("the gateway does not start:\n" + f.read()[-4000:])
        with open(f"{self.home}/port", encoding="ascii") as f:
            self.port = int(f.read())
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(120)
        self.log.close()
        shutil.rmtree(self.home)
        if not kind and code:
            raise Failed(f"the gateway ended with {code}")


def check_panel(port):
    """The page, and every module that any of its modules asks for."""
    status, headers, page = ask(port, "/")
    assert status == 200 and headers["content-type"].startswith("text/html"), status
    version = json.loads(ask(port, "/api/status", KEY)[2])["panel"]
    wanted, seen = {f"/panel/{version}/main.js"}, set()
    assert f"panel/{version}/main.js" in page.decode(), page[:500]
    while wanted:
        path = wanted.pop()
        seen.add(path)
        status, headers, text = ask(port, path)
        assert status == 200 and "javascript" in headers["content-type"], (path, status)
        for name in IMPORT.findall(text.decode()):
            found = os.path.normpath(os.path.join(os.path.dirname(path), name))
            wanted |= {found} - seen if "/vendor/" not in found else set()  # those are other packages'
    assert len(seen) > 20, seen


def test_the_gateway_serves(place):
    folder = unpack(place, "claude-proxy", "claude-proxy-panel")
    upstream = Upstream()
    with Gateway(folder, place) as g:
        body = {"name": "up", "dialect": "claude", "base_url": upstream.url, "allow_private": True, "keys": ["upstream-key"]}
        status, _, said = ask(g.port, "/api/channels", KEY, body)
        assert status == 201, (status, said)
        status, _, said = ask(g.port, "/v1/messages", KEY, message(stream=True))
        assert status == 200 and text_of(said) == TEXT, (status, said)
        status, _, said = ask(g.port, "/v1/chat/completions", KEY, message(stream=True))
        assert status == 200 and chat_text_of(said) == TEXT, (status, said)
        check_panel(g.port)
        assert "served" in run(f"{folder}/usr/bin/claude-proxyctl", "-s", g.socket, "status")


def test_each_example_is_right(place):
    """But for keys and certificates that are not here."""
    folder = unpack(place, "claude-proxy")
    examples = f"{folder}/usr/share/doc/claude-proxy/examples"
    names = sorted(n for n in os.listdir(examples) if n.endswith(".conf"))
    assert len(names) >= 5, names
    for name in names:
        said = run(f"{folder}/usr/sbin/claude-proxy", "-c", f"{examples}/{name}", "--plugins", plugins(folder), "--lax", "-t", code=None)
        wrong = [line for line in said.splitlines() if "error:" in line and not re.search(
            r"is not set in the environment|cannot be opened|CREDENTIALS_DIRECTORY", line)]
        assert not wrong, wrong


def test_the_kit(place):
    """A new plugin out of the template, with the headers and programs that were unpacked: built, checked, loaded, translating."""
    needs("make")
    needs("cc")
    folder = unpack(place, "claude-proxy", "claude-proxy-dev")
    program = f"{folder}/usr/sbin/claude-proxy"
    where = f"{place.work}/author"
    os.makedirs(where)
    multiarch = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    env = {"PATH": os.environ["PATH"], "HOME": where, "LC_ALL": "C.UTF-8", "PKG_CONFIG_SYSROOT_DIR": folder,
           "PKG_CONFIG_PATH": f"{folder}/usr/lib/{multiarch}/pkgconfig", "GATEWAY": program, "AGAINST": plugins(folder), "FUZZ": "1"}
    run(program, "plugin", "new", "acme", "--in", where, "--template", f"{folder}/usr/share/claude-proxy/plugin-template")
    said = run("make", "-C", f"{where}/acme", "check", env=env)
    assert "not ok" not in said and "truth" in said and len(re.findall(r"(?m)^ok ", said)) > 10, said
    said = run(program, "--plugins", f"{where}/acme", "--lax", "--check-plugins")
    assert "acme" in said, said
    major = run("pkg-config", "--variable=abi", "claude-proxy", env=env).strip().split(".")[0]
    assert f"/claude-proxy/abi{major}" in run("pkg-config", "--variable=plugindir", "claude-proxy", env=env)
    shutil.rmtree(where)
