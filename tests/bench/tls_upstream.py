#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a stream from a TLS upstream costs: KB of memory and CPU of its beginning.

    tls_upstream.py BUILD [STREAMS]

A plain upstream that leaves its streams open, nginx before it with TLS (HTTP/1.1 and HTTP/2), and
tests/bench/tls_upstream.x asking: verified by a small CA file, verified by the system's store (to which
the CA does not belong, so it must fail), not verified, and without TLS.  Everything on 127.0.0.1.
"""
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

NGINX = """
daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 9000; }}
http {{
  access_log off; proxy_buffering off; proxy_http_version 1.1; proxy_read_timeout 600;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
  server {{ listen 127.0.0.1:{h1} ssl backlog=4096;
            location / {{ proxy_pass http://127.0.0.1:{plain}; }} }}
  server {{ listen 127.0.0.1:{h2} ssl http2 backlog=4096;
            location / {{ proxy_pass http://127.0.0.1:{plain}; }} }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certs(where):
    def run(*args):
        subprocess.run(["openssl", *args], cwd=where, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Bench CA")
    run("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    with open(os.path.join(where, "ext"), "w") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "ext", "-out", "server.pem")


async def serve(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.split(b":")[1]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await reader.read(1)
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


def start_plain(port):
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def begin():
        await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
        ready.set()

    def run():
        loop.create_task(begin())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    ready.wait(10)


def wait_for(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            threading.Event().wait(0.05)
    sys.exit("nginx does not answer")


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "."
    streams = sys.argv[2] if len(sys.argv) > 2 else "1000"
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    program = os.path.join(build, "tests/bench/tls_upstream.x")
    if not nginx or not shutil.which("openssl"):
        print("skipped: needs nginx and openssl")
        return
    with tempfile.TemporaryDirectory() as where:
        ports = {name: free_port() for name in ("plain", "h1", "h2")}
        make_certs(where)
        start_plain(ports["plain"])
        with open(os.path.join(where, "nginx.conf"), "w") as f:
            f.write(NGINX.format(dir=where, **ports))
        server = subprocess.Popen([nginx, "-p", where, "-c", os.path.join(where, "nginx.conf")],
                                  stderr=subprocess.DEVNULL)
        try:
            wait_for(ports["h2"])
            ca = os.path.join(where, "ca.pem")
            for title, url, trust, version in (
                    ("clear text", f"http://127.0.0.1:{ports['plain']}/", "insecure", "h1"),
                    ("TLS, verified", f"https://localhost:{ports['h1']}/", ca, "h1"),
                    ("TLS, not verified", f"https://localhost:{ports['h1']}/", "insecure", "h1"),
                    ("TLS, HTTP/2 if used", f"https://localhost:{ports['h2']}/", ca, "h2"),
                    ("system store (refuses)", f"https://localhost:{ports['h1']}/", "system", "h1")):
                out = subprocess.run([program, url, streams, trust, version], capture_output=True,
                                     text=True, timeout=300).stdout.strip()
                print(f"{title:24} {out}")
        finally:
            server.terminate()
            server.wait(10)


main()
