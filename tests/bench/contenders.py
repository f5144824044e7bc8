"""contenders - what the bench compares: the simulator itself, nginx, haproxy and the gateway, each with its CPU and memory.
"""
import copy
import os
import resource
import signal
import socket
import subprocess
import time

KEY = "bench-access-key-0123456789"
SOFT, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (65536, max(HARD, 65536)))
except (ValueError, OSError):
    resource.setrlimit(resource.RLIMIT_NOFILE, (HARD, HARD))
FDS = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    found = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            for child in f.read().split():
                found += children(int(child))
    except OSError:
        pass
    return found


class Contender:
    name = "?"

    def __init__(self):
        self.process, self.url, self.port = None, None, None

    def named(self, name):
        other = copy.copy(self)
        other.name = name
        if name == "translated":
            other.url = f"http://127.0.0.1:{self.translated_port}"
        return other

    def cpu(self):
        """Seconds of CPU of the process and its children."""
        ticks = 0
        for pid in children(self.process.pid):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return ticks / TICKS

    def rss(self):
        total = 0
        for pid in children(self.process.pid):
            try:
                with open(f"/proc/{pid}/statm", encoding="ascii") as f:
                    total += int(f.read().split()[1]) * PAGE
            except OSError:
                pass
        return total

    def wait_ready(self):
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} did not start") from None
                time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Simulator(Contender):
    name = "direct"

    def __init__(self, build, folder):
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([f"{build}/claude-proxy-sim", "--listen", f"127.0.0.1:{self.port}"],
                                        stdout=subprocess.DEVNULL)


class Nginx(Contender):
    name = "nginx"

    def __init__(self, folder, sim):
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        conf = f"{folder}/nginx.conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"""
daemon off; master_process on; worker_processes 2; worker_rlimit_nofile {FDS};
pid {folder}/nginx.pid; error_log {folder}/nginx.err error;
events {{ worker_connections {FDS - 100}; multi_accept on; }}
http {{
    access_log {folder}/nginx.log; client_max_body_size 100m; client_body_buffer_size 64k; keepalive_requests 10000000;
    client_body_temp_path {folder}/nb; proxy_temp_path {folder}/np; fastcgi_temp_path {folder}/nf; uwsgi_temp_path {folder}/nu; scgi_temp_path {folder}/ns;
    upstream sim {{ server 127.0.0.1:{sim.port}; keepalive 512; keepalive_requests 10000000; }}
    server {{ listen 127.0.0.1:{self.port} backlog=4096;
        location / {{ proxy_pass http://sim; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 300s; }} }}
}}""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", conf], stdout=subprocess.DEVNULL, stderr=open(f"{folder}/{self.name}.err2", "wb"))


class Haproxy(Contender):
    name = "haproxy"

    def __init__(self, folder, sim):
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        conf = f"{folder}/haproxy.cfg"
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"""
global
    maxconn {FDS // 2 - 200}
    nbthread 2
defaults
    mode http
    timeout connect 5s
    timeout client 300s
    timeout server 300s
    option http-keep-alive
    http-reuse always
frontend f
    bind 127.0.0.1:{self.port} backlog 4096
    default_backend b
backend b
    server s 127.0.0.1:{sim.port}
""")
        self.process = subprocess.Popen(["/usr/sbin/haproxy", "-f", conf, "-db"], stdout=subprocess.DEVNULL, stderr=open(f"{folder}/{self.name}.err2", "wb"))


class Gateway(Contender):
    name = "gateway"

    def __init__(self, build, folder, sim, name):
        super().__init__()
        self.name = name
        self.port, self.translated_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = self.start(build, folder, sim, self.port, "claude", name)
        self.other = None
        if name == "gateway":
            self.other = self.start(build, folder, sim, self.translated_port, "chat", "translated")

    def start(self, build, folder, sim, port, dialect, tag):
        conf = f"{folder}/{tag}.conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"""
listen = "127.0.0.1:{port}"; access_key = "{KEY}";
limits = {{ connections = {FDS // 2 - 200}; }};
log = {{ file = "{folder}/{tag}.log"; form = "text"; }};
channels = ( {{ id = "c"; dialect = "{dialect}"; base_url = "http://127.0.0.1:{sim.port}"; keys = [ "sk-ant-bench-0123456789" ]; allow_private = true; }} );
""")
        os.chmod(conf, 0o600)
        return subprocess.Popen([f"{build}/claude-proxy", "-c", conf, "--plugins", f"{build}/.libs", "--lax"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    def named(self, name):
        other = super().named(name)
        if name == "translated":
            other.process = self.other
        return other

    def stop(self):
        super().stop()
        if self.other:
            self.process, self.other = self.other, None
            super().stop()
