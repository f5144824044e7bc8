"""recorder - stands between a client and the gateway, hands every byte on, and keeps what the client sent.

It knows nothing of HTTP while it relays, so that it cannot alter a request; requests are read out of the bytes afterwards.
"""
import asyncio
import threading


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), None)


def unchunked(data):
    """The body that begins at data, and what follows it; None if it is not whole."""
    body = b""
    while True:
        line, found, data = data.partition(b"\r\n")
        if not found:
            return None, b""
        size = int(line.split(b";")[0], 16)
        if len(data) < size + 2:
            return None, b""
        body, data = body + data[:size], data[size + 2:]
        if size == 0:
            return body, data


def requests_in(data):
    """The whole requests in what one connection's client sent."""
    while data:
        head, found, data = data.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        request = Request(method, target, headers, b"")
        if (request.header("transfer-encoding") or "").lower() == "chunked":
            request.body, data = unchunked(data)
        else:
            size = int(request.header("content-length") or 0)
            request.body, data = (data[:size], data[size:]) if len(data) >= size else (None, b"")
        if request.body is None:
            return
        yield request


class Recorder:
    def __init__(self, gateway_address):
        self.host, self.port = gateway_address.split(":")
        self.connections = []
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        self.url = "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.connect, "127.0.0.1", 0))
        started.set()
        self.loop.run_forever()

    def requests(self, since=0):
        """What was sent on the connections from number `since` on."""
        return [r for sent in self.connections[since:] for r in requests_in(bytes(sent))]

    async def connect(self, from_client, to_client):
        sent = bytearray()
        self.connections.append(sent)
        from_gateway, to_gateway = await asyncio.open_connection(self.host, self.port)
        ways = [asyncio.ensure_future(self.relay(from_client, to_gateway, sent)),
                asyncio.ensure_future(self.relay(from_gateway, to_client, None))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # who closes one side closes both
        for way in ways:
            way.cancel()
        to_client.close()
        to_gateway.close()

    @staticmethod
    async def relay(source, sink, kept):
        try:
            while data := await source.read(65536):
                if kept is not None:
                    kept += data
                sink.write(data)
                await sink.drain()
        except OSError:
            pass

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
