# SPDX-License-Identifier: MIT
"""faults - plugins that are wrong, in a running gateway or at its start; tests/abi/README.md has the table.

What is refused is told with the file and the reason, and whoever does not need it is served.  What was well when it was tried and goes wrong
later is answered 502, charged to the plugin, and harms nobody else.
"""
import json
import os
import re
import signal
import struct
import threading

from stand import LONG, Gateway, Upstream, eventually

EXIT_CONFIG = 78


def compile_bad(kit, folder, name, out=None):
    kit.run(os.environ.get("CC", "cc"), "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{kit.source}/core/include",
            "-o", f"{folder}/{out or name}.so", f"{kit.source}/tests/abi/bad/{name}.c", code=0)
    return f"{folder}/{out or name}.so"


def compile_plain(kit, folder, change=lambda text: text, options=()):
    """The example as plain.so, changed."""
    with open(f"{kit.source}/plugins/example/plain.c", encoding="utf-8") as f:
        text = change(f.read())
    source = f"{folder}/plain.c"
    with open(source, "w", encoding="utf-8") as f:
        f.write(text)
    kit.run(os.environ.get("CC", "cc"), "-std=gnu11", "-g", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{kit.source}/core/include",
            f"-I{kit.source}/tests/kit", *options, "-o", f"{folder}/plain.so", source, code=0)
    os.unlink(source)
    return f"{folder}/plain.so"


def make_wild(text):
    old = "    if (phase == CP_FAILURE)\n"
    assert text.count(old) == 1
    return text.replace("#include <string.h>", '#include <string.h>\n\n#include "wild.h"').replace(
        old, "    int wild = phase == CP_REQUEST ? wild_decode(host, call, body, tape) : 1;\n    if (wild != 1)\n        return wild;\n" + old)


def folder_of(kit, *ours):
    """A folder with plugins of the gateway's own."""
    kit.folders = getattr(kit, "folders", 0) + 1
    folder = f"{kit.dir}/plugins-{kit.folders}"
    os.makedirs(folder, mode=0o755)
    for name in ours:
        with open(os.path.join(kit.plugins, name), "rb") as f, open(os.path.join(folder, name), "wb") as out:
            out.write(f.read())
    return folder


def channel(up, name="a", dialect="plain", only="m"):
    return f'{{ id = "{name}"; dialect = "{dialect}"; base_url = "{up.url}/v1"; keys = [ "sk-upstream-CANARY-01" ]; allow_private = true; only = [ "{only}" ]; }}'


def chat_up():
    up = Upstream()
    up.says("/v1/chat/completions", "application/json", json.dumps({
        "id": "c", "object": "chat.completion", "created": 1, "model": "c", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}]}))
    up.says("/v1/plain/m", "text/plain", "well")
    return up


CHAT = json.dumps({"model": "c", "messages": [{"role": "user", "content": "Hello"}]})


def serves(g):
    status, _, text = g.ask("/v1/chat/completions", CHAT)
    assert status == 200 and "well" in text, (status, text, g.stderr())


def refused_at_start(kit, folder, file, *words):
    """Who needs it: exit 78 and a reason.  Who does not: a warning, and service."""
    up = chat_up()
    g = Gateway(kit, folder, channel(up, dialect="bad") + ", " + channel(up, "b", "chat", "c"))
    g.start()
    code = g.wait(LONG)
    said = g.stderr()
    assert code == EXIT_CONFIG, f"exit {code}: {said}"
    assert file in said and all(re.search(w, said) for w in words), said
    with Gateway(kit, folder, channel(up, "b", "chat", "c")) as g:
        serves(g)
        said = g.stderr()
        assert file in said and all(re.search(w, said) for w in words), said
    up.close()


def p01_no_plugin(kit):
    """P01: no ELF file, another machine's, cut off, an empty one; no folder at all."""
    with open(os.path.join(kit.plugins, "claude.so"), "rb") as f:
        good = f.read()
    other = bytearray(good)
    other[18:20] = struct.pack("<H", 0xF3 if good[18] != 0xF3 else 0x3E)  # e_machine: elf(5)
    for name, image in (("words.so", b"not a program\n" * 100), ("machine.so", bytes(other)), ("cut.so", good[:5000]), ("empty.so", b"")):
        folder = folder_of(kit, "openai.so")
        with open(f"{folder}/{name}", "wb") as f:
            f.write(image)
        refused_at_start(kit, folder, name, "not loaded|refused")
    up = chat_up()
    g = Gateway(kit, f"{kit.dir}/nowhere", channel(up, "b", "chat", "c"))
    g.start()
    assert g.wait(LONG) == EXIT_CONFIG and "nowhere" in g.stderr(), g.stderr()
    up.close()


def p01_reload(kit):
    """P01: what is broken on the disk while the gateway runs leaves what was loaded serving."""
    up, folder = chat_up(), folder_of(kit, "openai.so")
    compile_plain(kit, folder)
    with Gateway(kit, folder, channel(up) + ", " + channel(up, "b", "chat", "c")) as g:
        assert g.ask("/v1/plain/m", "Hello", kind="text/plain")[2] == "well"
        with open(f"{folder}/new", "wb") as f:
            f.write(b"\177ELF nonsense")
        os.rename(f"{folder}/new", f"{folder}/plain.so")
        g.process.send_signal(signal.SIGHUP)
        eventually(lambda: "reload" in g.stderr(), 60)
        assert g.ask("/v1/plain/m", "Hello", kind="text/plain")[2] == "well"
        serves(g)
    up.close()


def from_the_shelf(title, *rows):
    def story(kit):
        for name, *words in rows:
            folder = folder_of(kit, "openai.so")
            compile_bad(kit, folder, name)
            refused_at_start(kit, folder, f"{name}.so", *words)
    story.__doc__ = title
    return story


p02 = from_the_shelf("P02: a symbol that nobody has is found at the start, not in a request", ("undefined_symbol", "nobody_has_this"))
p03 = from_the_shelf("P03: no entry", ("no_symbol", "no cp_plugin_abi1"))
p04 = from_the_shelf("P04: another major, a newer minor, a struct that is too small",
                     ("wrong_major", "ABI 2"), ("newer_minor", "1.999"), ("size_8", "too small"))
p05 = from_the_shelf("P05: load() fails, crashes, ends the process, never comes back", ("fail_in_load", "no licence"), ("crash_in_load", "it crashed|exit status"),
                     ("exit_in_load", "ended its process"), ("hang_in_load", "hangs"))


def p04_smaller(kit):
    """P04: a plugin from before, whose structs end earlier, serves; what it does not know is NULL."""
    up, folder = chat_up(), folder_of(kit, "openai.so")
    kit.run(os.environ.get("CC", "cc"), "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-o", f"{folder}/plain.so",
            f"{kit.source}/tests/abi/frozen/draft/plain.c", code=0)
    with Gateway(kit, folder, channel(up, "b", "chat", "c")) as g:
        serves(g)
        status, _, text = g.ask("/v1/plain/c", '{"say":"Hello"}')  # in its days a body was JSON
        assert status == 200 and text == "well", (status, text)
    up.close()


def p06_same_dialect(kit):
    """P06: of two with one dialect the first is taken."""
    folder = folder_of(kit, "openai.so")
    compile_bad(kit, folder, "good", "a")
    compile_bad(kit, folder, "good", "b")
    up = chat_up()
    with Gateway(kit, folder, channel(up, dialect="bad") + ", " + channel(up, "b", "chat", "c")) as g:
        serves(g)
        assert "b.so" in g.stderr() and "already" in g.stderr() and "a.so" not in g.stderr(), g.stderr()
    up.close()


def wild_gateway(kit, up):
    folder = folder_of(kit, "openai.so")
    kit.wild_file = f"{folder}/go-on"
    compile_plain(kit, folder, make_wild, [f'-DWILD_FILE="{kit.wild_file}"'])
    return Gateway(kit, folder, channel(up) + ", " + channel(up, "b", "chat", "c"))


def bugs(g):
    """(state, bugs) of the wild one."""
    _, _, text = g.ask("/api/plugins", method="GET", kind=None)
    return next((p["state"], p["bugs"]) for p in json.loads(text)["plugins"] if p["name"] == "plain")


def p07_nonsense(kit):
    """P07: NULL, lengths that cannot be, no item, no end, no enum, text that is none: told, counted, and no harm done."""
    up = chat_up()
    up.says("/v1/chat/completions", "application/json", json.dumps({
        "id": "c", "object": "chat.completion", "created": 1, "model": "c",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}]}))
    with wild_gateway(kit, up) as g:
        assert bugs(g) == ("loaded", 0)
        counted = 0
        for word, wanted in (("null", 502), ("endless", 502), ("negative", 502), ("no item", 502), ("no answer", 502), ("no end", 502), ("no bytes", 400)):
            # translated, so that all of it is decoded
            status, _, text = g.ask("/v1/plain/c", word, kind="text/plain")
            assert status == wanted, (word, status, text)
            counted += wanted == 502
            state, n = bugs(g)
            assert n >= counted and state == "faulty", (word, n, counted)
            serves(g)
        status, _, text = g.ask("/v1/plain/c", "freed", kind="text/plain")
        assert status == 200 and text == "well", (status, text)
        assert '"freed"' in up.asked[-1][2], up.asked[-1]
    up.close()


def p08_blocks(kit):
    """P08: a hook that does not come back holds up its own request; the others are served by who is left."""
    up, got = chat_up(), []
    with wild_gateway(kit, up) as g:
        t = threading.Thread(target=lambda: got.append(g.ask("/v1/plain/m", "wait", kind="text/plain")), daemon=True)
        t.start()
        eventually(lambda: os.path.exists(kit.wild_file + ".begun"), LONG)
        for _ in range(20):
            serves(g)
        assert not got
        with open(kit.wild_file, "w", encoding="ascii"):
            pass
        t.join(LONG)
        assert got and got[0][0] == 200, got
    up.close()


def p08_leaks(kit):
    """P08: what a plugin leaks is nobody else's business; the gateway serves, and ends well."""
    up = chat_up()
    g = wild_gateway(kit, up)
    g.leaks = True
    with g:
        for _ in range(20):
            assert g.ask("/v1/plain/m", "leak", kind="text/plain")[0] == 200
        serves(g)
    up.close()


def p08_crashes(kit):
    """P08: a crash takes the process down, with the plugin's and the hook's name as its last word; started again it serves."""
    up = chat_up()
    g = wild_gateway(kit, up)
    g.start()
    g.await_port()
    serves(g)
    try:
        g.ask("/v1/plain/m", "crash", kind="text/plain")
    except OSError:
        pass
    code = g.wait(LONG)
    said = g.stderr()
    assert code not in (0, EXIT_CONFIG), f"exit {code}: {said}"
    assert re.search(r"plugin plain.*decode|plain.*in decode", said), said[-3000:]
    with g:
        serves(g)
    up.close()


def p09_replaced(kit):
    """P09: the file is replaced as dpkg does it: the old mapping serves on, unharmed; who starts anew has the new one."""
    up, folder = chat_up(), folder_of(kit, "openai.so")
    compile_plain(kit, folder)
    with Gateway(kit, folder, channel(up) + ", " + channel(up, "b", "chat", "c")) as g:
        assert g.ask("/v1/plain/m", "Hello", kind="text/plain")[2] == "well"
        other = folder_of(kit)
        compile_plain(kit, other, lambda t: t.replace('"empty body"', '"NEWER"').replace("    if (body.n == 0)\n", "    if (body.n == 0 || *body.p == 'N')\n"))
        os.rename(f"{other}/plain.so", f"{folder}/plain.so")
        for _ in range(5):
            assert g.ask("/v1/plain/m", "New?", kind="text/plain")[2] == "well"
        assert g.stop() == 0
        g.start()
        g.await_port()
        status, _, text = g.ask("/v1/plain/m", "New?", kind="text/plain")
        assert status == 400 and "NEWER" in text, (status, text)
    up.close()


def p10_others_may_write(kit):
    """P10: without --lax: a file or folder that others may write, or that is somebody else's, is not loaded."""
    up = chat_up()

    def start(folder):
        g = Gateway(kit, folder, channel(up, dialect="bad") + ", " + channel(up, "b", "chat", "c"))
        g.start(lax=False)
        return g

    for name, spoil in (("the file's group", lambda f, d: os.chmod(f, 0o664)), ("all", lambda f, d: os.chmod(f, 0o646)),
                        ("a link", lambda f, d: (os.rename(f, f + ".real"), os.symlink(f + ".real", f))), ("the folder", lambda f, d: os.chmod(d, 0o777)),
                        ("another owner", lambda f, d: os.chown(f, 12345, 12345))):
        if name == "another owner" and os.geteuid() != 0:
            continue
        folder = folder_of(kit, "openai.so")
        file = compile_bad(kit, folder, "good")
        os.chmod(file, 0o644)
        spoil(file, folder)
        g = start(folder)
        code = g.wait(LONG)
        assert code == EXIT_CONFIG and re.search("others may write|no regular file", g.stderr()), (name, code, g.stderr())
    folder = folder_of(kit, "openai.so")
    os.chmod(compile_bad(kit, folder, "good"), 0o644)
    g = start(folder)
    g.await_port()
    serves(g)
    assert g.stop() == 0
    up.close()


def p11_log_and_formats(kit):
    """P11: keys in what a plugin logs are hidden, line breaks do not make lines, and a stranger's text is no format."""
    up = chat_up()
    with wild_gateway(kit, up) as g:
        status, _, _ = g.ask("/v1/plain/m", "log sk-upstream-CANARY-01\nfaked=line", kind="text/plain")
        assert status == 200
        eventually(lambda: "log " in g.stderr(), 60)
        assert "CANARY" not in g.stderr() and not re.search(r"^faked=line", g.stderr(), re.M), g.stderr()
        for text in ("format %n%n%n%n", "format %hhn", "format %1$n", "format %% %5.3lln"):
            status, _, said = g.ask("/v1/plain/m", text, kind="text/plain")
            assert status == 400 and text[len("format "):] in said, (text, status, said)
        status, _, said = g.ask("/v1/plain/m", "format 100%% of %s", kind="text/plain")
        assert status == 400 and "100% of a" in said, said
        serves(g)
    up.close()


STORIES = [p01_no_plugin, p01_reload, p02, p03, p04, p04_smaller, p05, p06_same_dialect, p07_nonsense, p08_blocks, p08_leaks, p08_crashes, p09_replaced,
           p10_others_may_write, p11_log_and_formats]
