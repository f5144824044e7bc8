# SPDX-License-Identifier: MIT
"""contrib/completions: the dialect in Rust, built and checked with nothing but what is installed, between two gateways' worth of bytes."""
import copy
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading

from installed import Installed

CONF = """
fuzzy = false;
scheduler: {{ waits = 0; }};
"""
HOMES = """
channels = (
  {{ id = "old"; dialect = "completions"; base_url = "{home}"; allow_private = true; keys = [ "key-CANARY-old" ]; }}
);
"""


def rustc():
    """The oldest there is: Debian's, before one that a user brought."""
    return os.environ.get("RUSTC") or ("/usr/bin/rustc" if os.path.exists("/usr/bin/rustc") else shutil.which("rustc"))


def needs():
    program = rustc()
    if not program:
        return "there is no rustc"
    if subprocess.run([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).returncode:
        return "rustc does not run"
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, kind, data):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        for i in range(len(data)):
            self.wfile.write(data[i:i + 1])
            self.wfile.flush()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers.get("Authorization"), body))
        head = {"id": "cmpl-7", "object": "text_completion", "created": 1589478378, "model": body["model"]}
        usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
        choice = {"index": 0, "logprobs": None}
        if body["model"] == "missing":
            error = {"error": {"message": "no such model", "type": "invalid_request_error", "param": None, "code": "model_not_found"}}
            self.reply(404, "application/json", json.dumps(error).encode())
        elif body.get("stream"):
            chunks = [dict(head, choices=[dict(choice, text=t, finish_reason=None)]) for t in ("Once", " upon", " 🌍")]
            if body["model"] != "cut":
                chunks += [dict(head, choices=[dict(choice, text="", finish_reason="stop")]), dict(head, choices=[], usage=usage)]
            lines = [json.dumps(c, ensure_ascii=False) for c in chunks] + ([] if body["model"] == "cut" else ["[DONE]"])
            self.reply(200, "text/event-stream", "".join(f"data: {line}\n\n" for line in lines).encode())
        else:
            answer = dict(head, choices=[dict(choice, text="Once upon 🌍", finish_reason="length")], usage=usage)
            self.reply(200, "application/json", json.dumps(answer, ensure_ascii=False).encode())


@functools.lru_cache(maxsize=None)
def built(tools):
    """Once, whatever becomes of the gateways: (what is installed, what the check said)."""
    installed = Installed(tools)
    folder = installed.copy(f"{tools.source}/contrib/completions", "completions")
    program = f"RUSTC={rustc()}"
    installed.make(folder, program)
    said = installed.make(folder, "check", "FUZZ=2", program)
    installed.make(folder, "install", program)
    return installed, said


def prepare(g):
    g.old = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    g.old.daemon_threads = True
    g.old.seen = g.seen_by_old = []
    threading.Thread(target=g.old.serve_forever, daemon=True).start()
    g.installed, g.checked = built(g.tools)
    g.tools = copy.copy(g.tools)
    g.tools.gateway, g.tools.plugins = g.installed.gateway, g.installed.plugins
    g.configure(CONF, HOMES.replace("{home}", f"http://127.0.0.1:{g.old.server_address[1]}"))


def pieces(a):
    return [json.loads(line[6:]) for line in a.text.split("\n") if line.startswith("data: {")]


def test_mirror_and_check(g):
    assert "test structures_are_laid_out_as_in_c ... ok" in g.checked and "test numbers_are_those_of_the_header ... ok" in g.checked, g.checked[:2000]
    assert "texts made wrong do it no harm" in g.checked and "not ok" not in g.checked, g.checked[-2000:]


def test_its_own_clients(g):
    a = g.post("/v1/completions", {"model": "m", "prompt": "Tell", "max_tokens": 9})
    assert a.status == 200 and a.json["choices"][0]["text"] == "Once upon 🌍" and a.json["choices"][0]["finish_reason"] == "length", a
    a = g.post("/v1/completions", {"model": "m", "prompt": "Tell", "stream": True})
    assert "".join(c["choices"][0]["text"] for c in pieces(a) if c["choices"]) == "Once upon 🌍" and a.text.rstrip().endswith("data: [DONE]"), a
    assert g.seen_by_old[-1][:2] == ("/v1/completions", "Bearer key-CANARY-old"), g.seen_by_old[-1]


def test_a_conversation_becomes_a_prompt(g):
    talk = {"model": "m", "max_tokens": 9, "system": "Be brief.", "messages": [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Tell"}]}
    a = g.post("/v1/messages", talk)
    assert a.status == 200 and a.json["content"][0]["text"] == "Once upon 🌍" and a.json["stop_reason"] == "max_tokens", a
    assert a.json["usage"]["input_tokens"] == 5 and a.json["usage"]["output_tokens"] == 7, a
    up = g.seen_by_old[-1][2]
    assert up["prompt"] == "Be brief.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Tell\n\nAssistant:" and up["max_tokens"] == 9, up


def test_streams_for_others(g):
    for path, body, wanted in (
            ("/v1/messages", {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "Tell"}]}, "message_stop"),
            ("/v1/chat/completions", {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Tell"}]}, "[DONE]"),
            ("/v1/responses", {"model": "m", "stream": True, "store": False, "input": "Tell"}, "response.completed"),
            ("/v1beta/models/m:streamGenerateContent?alt=sse", {"contents": [{"role": "user", "parts": [{"text": "Tell"}]}]}, "STOP")):
        a = g.post(path, body)
        assert a.status == 200 and wanted in a.text and "🌍" in a.text, (path, a)
        assert g.seen_by_old[-1][2]["prompt"] == "Tell" and g.seen_by_old[-1][2]["stream"] is True, g.seen_by_old[-1]


def test_a_stream_that_breaks_off(g):
    a = g.post("/v1/chat/completions", {"model": "cut", "stream": True, "messages": [{"role": "user", "content": "Tell"}]})
    assert "[DONE]" not in a.text and '"error"' in a.text, a


def test_what_it_cannot_say_is_not_asked_of_it(g):
    before = len(g.seen_by_old)
    a = g.post("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "Tell"}],
                                        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]})
    assert a.status >= 400 and len(g.seen_by_old) == before, a


def test_errors(g):
    a = g.post("/v1/completions", {"model": "missing", "prompt": "Tell"})
    assert a.status in (404, 503) and "no such model" in a.text, a
    a = g.post("/v1/completions", {"model": "m", "prompt": [1, 2, 3]})
    assert a.status in (400, 501) and "one text" in a.text, a
