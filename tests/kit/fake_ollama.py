# SPDX-License-Identifier: MIT
"""fake_ollama - a server that speaks Ollama's API, written from its documentation, for the tests of the plugin.

The model's name says what it does; "-drip" behind it: each byte of a stream goes out by itself.  It refuses what the real
one refuses: arguments that are no object, images that are no base64, unknown roles.
"""
import base64
import http.server
import json
import threading
import time

STAMP = "2026-11-23T12:00:00.5Z"
COUNTS = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 26, "prompt_eval_cached_count": 6, "prompt_eval_duration": 2, "eval_count": 12, "eval_duration": 3}
TAGS = {"models": [{"name": n, "model": n, "modified_at": STAMP, "size": 1, "digest": "d", "details": {"family": "llama"}} for n in ("talk", "tool")]}


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def check(body):
    """What makes the server answer 400."""
    if not isinstance(body.get("messages"), list):
        raise Refused(400, "messages: expected an array")
    for m in body["messages"]:
        if m.get("role") not in ("system", "user", "assistant", "tool"):
            raise Refused(400, f"invalid role: {m.get('role')}")
        if not isinstance(m.get("content"), str):
            raise Refused(400, "json: cannot unmarshal into Go struct field ChatRequest.messages.content of type string")
        for image in m.get("images", []):
            base64.b64decode(image, validate=True)
        for call in m.get("tool_calls", []):
            if not isinstance(call["function"]["arguments"], dict):
                raise Refused(400, "json: cannot unmarshal string into Go struct field arguments of type map")
    for tool in body.get("tools", []):
        if tool["type"] != "function" or tool["function"]["parameters"]["type"] != "object":
            raise Refused(400, "invalid tool")
    if not isinstance(body.get("stream", True), bool) or body.get("think", True) not in (True, False, "low", "medium", "high"):
        raise Refused(400, "invalid think or stream")


def pieces(body):
    """(messages of the lines, done_reason)"""
    kind = body["model"].split("-")[0].split(":")[0]
    if kind == "nothink" and body.get("think"):
        raise Refused(400, '"nothink" does not support thinking')
    if kind == "missing":
        raise Refused(404, 'model "missing" not found, try pulling it first')
    if kind == "busy":
        raise Refused(503, "server busy, please try again.  maximum pending requests exceeded")
    if kind == "long":
        raise Refused(400, "the prompt exceeds the context length of the model")
    if kind == "think":
        return [{"thinking": "Light"}, {"thinking": " scatters."}, {"content": "Blue"}, {"content": "."}], "stop"
    if kind == "short":
        return [{"content": "It"}, {"content": " is"}], "length"
    if kind == "tool" and body["messages"][-1]["role"] != "tool":
        return [{"content": "Let me look."},
                {"tool_calls": [{"id": "call_a1", "function": {"index": 0, "name": body["tools"][0]["function"]["name"], "arguments": {"city": "Köln", "days": 3}}}]}], "stop"
    if kind == "tool":
        return [{"content": f"It said {body['messages'][-1]['content']}"}], "stop"
    return [{"content": "Hello"}, {"content": " 🌍"}, {"content": "!"}], "stop"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def lines(self, body, messages, reason):
        model = body["model"]
        head = {"model": model, "created_at": STAMP}
        for m in messages:
            yield dict(head, message=dict({"role": "assistant", "content": ""}, **m), done=False)
            if model.startswith("refuse"):
                return
            if model.startswith("errorline"):
                yield {"error": "an error was encountered while running the model"}
                return
        yield dict(head, message={"role": "assistant", "content": ""}, done=True, done_reason=reason, **COUNTS)

    def stream(self, body, messages, reason):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        lines = [{"error": "model requires more system memory (9.9 GiB) than is available (4.0 GiB)"}] if body["model"].startswith("refuse") else \
            self.lines(body, messages, reason)
        for n, line in enumerate(lines):
            data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
            for part in ([data[i:i + 1] for i in range(len(data))] if "-drip" in body["model"] else [data]):
                self.chunk(part)
            if body["model"].startswith("cut") and n == 1:
                self.chunk(b'{"model":"cut","mess')
                self.close_connection = True
                self.connection.close()
                return
        self.chunk(b"")

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers), None))
        self.reply(200, TAGS) if self.path == "/api/tags" else self.reply(404, {"error": "not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        if self.path != "/api/chat":
            self.reply(404, {"error": "not found"})
            return
        try:
            check(body)
            messages, reason = pieces(body)
        except Refused as e:
            self.reply(e.status, {"error": str(e)})
            return
        if body.get("stream", True):
            self.stream(body, messages, reason)
            return
        whole = {"role": "assistant", "content": "".join(m.get("content", "") for m in messages)}
        for name in ("thinking", "tool_calls"):
            parts = [m[name] for m in messages if name in m]
            if parts:
                whole[name] = "".join(parts) if name == "thinking" else sum(parts, [])
        self.reply(200, dict({"model": body["model"], "created_at": STAMP, "message": whole, "done": True, "done_reason": reason}, **COUNTS))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A gateway hangs up on connections that it does not need."""


class Ollama:
    """`seen` are the requests: (path, headers, body)."""

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.seen = self.seen = []
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def last(self):
        return self.seen[-1][2]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    print(Ollama().url, flush=True)
    while True:
        time.sleep(3600)
