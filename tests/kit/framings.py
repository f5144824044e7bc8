# SPDX-License-Identifier: MIT
"""framings - streams and bodies that are neither SSE nor JSON, through a running gateway: passed and translated, whole and cut.

The dialect is framed.c, built once for each framing.
"""
import json
import os

from stand import Gateway, Upstream

SAID = ["we", "ll \U0001f642 ", "d\u00f6ne"]
TEXT = "".join(SAID)


def frames_of(framing):
    said = [json.dumps({"say": s}, ensure_ascii=False) for s in SAID]
    if framing == "CP_LINES":
        return "application/x-ndjson", "".join(s + "\n" for s in said + ['{"end":true}'])
    if framing == "CP_RAW":
        return "text/plain; charset=utf-8", TEXT
    if framing == "CP_ARRAY":
        return "application/json; charset=utf-8", "[" + ",\r\n".join(said + ['{"end":true}']) + "]"
    return "text/event-stream; charset=utf-8", "".join(f"data: {s}\r\n\r\n" for s in said + ['{"end":true}'])


def said_in(framing, text):
    """What a client hears in such a stream; None behind it: no end, "why" behind it: an error."""
    if framing == "CP_RAW":
        return text
    if framing == "CP_LINES":
        frames = [json.loads(line) for line in text.splitlines() if line.strip()]
    elif framing == "CP_ARRAY":
        frames = json.loads(text)
    else:
        assert text.endswith("\r\n\r\n"), text
        frames = [json.loads("\n".join(line[6:] for line in e.split("\r\n") if line.startswith("data: "))) for e in text.split("\r\n\r\n")[:-1]]
    assert "say" not in frames[-1], text
    return "".join(f.get("say", "") for f in frames) + ("" if "end" in frames[-1] else " " + frames[-1]["error"])


def pieces(text, n):
    raw = text.encode()
    return [raw[i:i + n] for i in range(0, len(raw), n)]


def build(kit, framing):
    folder = f"{kit.dir}/plugins-{framing}"
    os.makedirs(folder)
    kit.run(os.environ.get("CC", "cc"), "-std=gnu11", "-g", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
            f"-I{kit.source}/core/include", f"-DFRAMING={framing}", "-o", f"{folder}/framed.so", f"{kit.source}/tests/kit/framed.c", code=0)
    for name in ("openai.so",):
        os.symlink(os.path.join(kit.plugins, name), os.path.join(folder, name))
    return folder


def passed(g, up, framing):
    kind, stream = frames_of(framing)
    door = "/v1/framed/m/stream"
    body, type_of = ("Hello", "text/plain") if framing == "CP_RAW" else ('{"say":"Hello"}', "application/json")
    for n in (1, 5, 10000):
        up.says(door, kind, *pieces(stream, n))
        status, got, text = g.ask(door, body, kind=type_of)
        assert (status, got, text) == (200, kind, stream), (framing, n, status, got, text)
        path, headers, sent = up.asked[-1]
        assert sent == body and headers["content-type"].split(";")[0] == type_of, (headers, sent)


def whole(g, up, framing):
    say = TEXT if framing == "CP_RAW" else json.dumps({"say": TEXT})
    kind = "text/plain; charset=utf-8" if framing == "CP_RAW" else "application/json"
    up.says("/v1/framed/m", kind, say)
    status, got, text = g.ask("/v1/framed/m", "Hello" if framing == "CP_RAW" else '{"say":"Hello"}', kind=kind)
    assert (status, got, text) == (200, kind, say), (framing, status, got, text)


def translated(g, up, framing):
    """A client that speaks Chat asks the upstream; its own framing is no other's business."""
    kind, stream = frames_of(framing)
    chat = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    for n in (1, 7, 10000):
        up.says("/v1/framed/m/stream", kind, *pieces(stream, n))
        status, got, text = g.ask("/v1/chat/completions", json.dumps(chat))
        events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        heard = "".join(c["delta"].get("content") or "" for e in events for c in e["choices"])
        assert status == 200 and got.startswith("text/event-stream") and heard == TEXT and text.endswith("data: [DONE]\n\n"), (framing, n, text)
    headers = up.asked[-1][1]
    assert headers["accept"] == kind.split(";")[0], headers
    up.says("/v1/framed/m", "text/plain" if framing == "CP_RAW" else "application/json", TEXT if framing == "CP_RAW" else json.dumps({"say": TEXT}))
    status, got, text = g.ask("/v1/chat/completions", json.dumps(dict(chat, stream=False)))
    assert status == 200 and json.loads(text)["choices"][0]["message"]["content"] == TEXT, text


def told(g, up, framing):
    """The other way round: its clients are answered by a service that streams as SSE."""
    def chunk(delta, why=None):
        return "data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "c",
                                      "choices": [{"index": 0, "delta": delta, "finish_reason": why}]}) + "\n\n"
    chunks = "".join(chunk({"role": "assistant", "content": s}) for s in SAID)
    body, type_of = ("Hello", "text/plain") if framing == "CP_RAW" else ('{"say":"Hello"}', "application/json")
    up.says("/v1/chat/completions", "text/event-stream", chunks + chunk({}, "stop") + "data: [DONE]\n\n")
    status, got, text = g.ask("/v1/framed/c/stream", body, kind=type_of)
    assert status == 200 and got == frames_of(framing)[0] and said_in(framing, text) == TEXT, (framing, status, got, text)
    assert framing != "CP_LINES" or "\n\"" not in text, "a line break in a line's data"
    up.says("/v1/chat/completions", "text/event-stream", chunks, whole=False)
    status, got, text = g.ask("/v1/framed/c/stream", body, kind=type_of)
    assert status == 200 and "broke off" in said_in(framing, text), (framing, text)


def broken(g, up, framing):
    """What breaks off is told as that, passed or translated; before the first word another answer may come, here: none."""
    kind, stream = frames_of(framing)
    body, type_of = ("Hello", "text/plain") if framing == "CP_RAW" else ('{"say":"Hello"}', "application/json")
    up.says("/v1/framed/m/stream", kind, stream[:-20] if framing != "CP_RAW" else "we", whole=False)
    status, _, text = g.ask("/v1/framed/m/stream", body, kind=type_of)
    assert status == 200 and "broke off" in said_in(framing, text), (framing, text)
    up.says("/v1/framed/m/stream", kind, "", whole=False)
    status, _, text = g.ask("/v1/framed/m/stream", body, kind=type_of)
    assert status >= 500, (framing, status, text)


def json_for_lines(g, up):
    """Lines under the name of JSON, and a whole answer where lines were asked for."""
    lines = frames_of("CP_LINES")[1]
    for n in (1, 10000):
        up.says("/v1/framed/m/stream", "application/json", *pieces(lines, n))
        status, _, text = g.ask("/v1/framed/m/stream", '{"say":"Hello"}')
        assert status == 200 and said_in("CP_LINES", text) == TEXT, text
    for answer in (json.dumps({"say": TEXT}), json.dumps({"say": TEXT}, indent=1) + "\n"):
        up.says("/v1/framed/m/stream", "application/json", *pieces(answer, 3))
        status, _, text = g.ask("/v1/framed/m/stream", '{"say":"Hello"}')
        assert status == 200 and said_in("CP_LINES", text) == TEXT, text


def types(g, up, framing):
    """Which bodies are taken: what the dialect calls its own, text/plain, and no type at all."""
    own = "text/plain" if framing == "CP_RAW" else "application/json"
    whole(g, up, framing)
    body = "Hello" if framing == "CP_RAW" else '{"say":"Hello"}'
    for kind, wanted in ((own, 200), ("Text/Plain; charset=utf-8", 200), (None, 200), ("application/xml", 415), ("multipart/form-data", 415)):
        status, _, text = g.ask("/v1/framed/m", body, kind=kind)
        assert status == wanted, (framing, kind, status, text)
    if framing == "CP_RAW":
        for bad in (b"", b"\xff\xfe"):
            status, kind, text = g.ask("/v1/framed/m", bad, kind=own)
            assert status == 400 and kind.startswith("text/plain"), (status, kind, text)


def framing_story(framing):
    def story(kit):
        up = Upstream()
        channels = ", ".join(f'{{ id = "{name}"; dialect = "{dialect}"; base_url = "{up.url}/v1"; keys = [ "k-1" ]; allow_private = true; only = [ "{model}" ]; }}'
                             for name, dialect, model in (("a", "framed", "m"), ("b", "chat", "c")))
        with Gateway(kit, build(kit, framing), channels) as g:
            for part in (passed, whole, translated, told, types):
                part(g, up, framing)
            if framing == "CP_LINES":
                json_for_lines(g, up)
            broken(g, up, framing)
        up.close()
    story.__name__ = f"framing {framing}"
    return story


STORIES = [framing_story(f) for f in ("CP_SSE_CRLF", "CP_LINES", "CP_RAW", "CP_ARRAY")]
