# SPDX-License-Identifier: MIT
"""upstream - a provider that speaks Claude Messages, as small as it goes; and a client for the gateway before it."""
import http.client
import http.server
import json
import threading
import time

PIECES = ["Hel", "lo", " from", " upstream"]
TEXT = "".join(PIECES)
GUARD = 60  # seconds; only there so that a test ends at all


def event(name, **data):
    return f"event: {name}\ndata: {json.dumps(dict(data, type=name))}\n\n".encode()


def events():
    usage = {"input_tokens": 3, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None, "stop_sequence": None,
               "usage": usage}
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in PIECES:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield event("content_block_stop", index=0)
    yield event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 4})
    yield event("message_stop")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Quiet."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        shown = self.headers.get("x-api-key") or (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if shown != "upstream-key":
            self.answer(401, b'{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}', "application/json")
        elif body.get("stream"):
            self.stream()
        else:
            whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [{"type": "text", "text": TEXT}],
                     "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 4}}
            self.answer(200, json.dumps(whole).encode(), "application/json")

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        """An event after another; server.pause seconds between them."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for data in events():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(self.server.pause)
        self.wfile.write(b"0\r\n\r\n")


class Upstream:
    def __init__(self, pause=0.0):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.pause = pause
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def until(what, seconds=GUARD):
    """Asks until the answer is true; what it was is returned."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            assert found, f"not within {seconds} s: {what}"
            return found
        time.sleep(0.05)


def ask(port, path, key=None, body=None, method=None):
    """(status, headers, body) of one request."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=GUARD)
    headers = {"x-api-key": key} if key else {}
    if body is not None:
        headers["content-type"] = "application/json"
        body = json.dumps(body).encode()
    c.request(method or ("POST" if body else "GET"), path, body, headers)
    r = c.getresponse()
    found = r.status, r.headers, r.read()
    c.close()
    return found


def message(stream=False):
    return {"model": "m", "max_tokens": 50, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}


def is_serving(port):
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def text_of(stream):
    """What a stream of Claude's events says; it must have ended as one does."""
    said = [json.loads(line[6:]) for line in stream.decode().split("\n") if line.startswith("data: ")]
    assert said[-1]["type"] == "message_stop", said[-1]
    return "".join(e["delta"].get("text", "") for e in said if e["type"] == "content_block_delta")


def chat_text_of(stream):
    """The same of OpenAI's chunks."""
    lines = [line[6:] for line in stream.decode().split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]", lines
    return "".join(c["delta"].get("content") or "" for line in lines[:-1] for c in json.loads(line)["choices"])
