"""duo - the simulator and the gateway before it, as processes of a test: started, known by address and log, ended by pid.

Both choose their own ports, keep their files in one folder, and run in an environment that holds nothing of the caller's but
the path and the sanitizers' options.
"""
import os
import signal
import subprocess
import time

ACCESS_KEY = "a-client-key-for-tests-0123456789"
UPSTREAM_KEY = "sk-ant-an-upstream-key-for-tests"
START_SECONDS = 120
STOP_SECONDS = 120
KEPT = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")


def clean_environment(**more):
    return {**{k: os.environ[k] for k in KEPT if k in os.environ}, **more}


class Server:
    """A program that writes its port to a file once it listens."""

    def __init__(self, name, command, folder):
        self.name, self.output = name, f"{folder}/{name}.out"
        port_file = f"{folder}/{name}.port"
        if os.path.exists(port_file):
            os.unlink(port_file)
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen([*command, "--port-file", port_file], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT, cwd=folder, env=clean_environment(HOME=folder))
        self.address = f"127.0.0.1:{self.await_port(port_file)}"
        self.url = f"http://{self.address}"

    def await_port(self, port_file):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if os.path.exists(port_file) and os.path.getsize(port_file):
                with open(port_file) as f:
                    return int(f.read().split()[0])
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{self.name} did not start:\n{self.tail()}")

    def tail(self, lines=60):
        with open(self.output, "rb") as f:
            return "\n".join(f.read().decode("utf-8", "replace").splitlines()[-lines:])

    def stop(self):
        """Ends it and returns its exit code; what does not end by itself is killed and counts as -9."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def channel(name, dialect, upstream, only, priority, keys=(UPSTREAM_KEY,), **more):
    quoted = ", ".join(f'"{key}"' for key in keys)
    options = "".join(f"        {k} = {v};\n" for k, v in more.items())
    return (f'    {{\n        id = "{name}";\n        dialect = "{dialect}";\n        base_url = "{upstream}";\n'
            f'        keys = [ {quoted} ];\n        only = [ "{only}" ];\n        priority = {priority};\n'
            f"        allow_private = true;\n{options}    }}")


def plugins(build):
    """Where the adapters lie: libtool hides them in .libs."""
    return f"{build}/.libs" if os.path.isdir(f"{build}/.libs") else f"{build}/plugins"


class Duo:
    """`channels_of(upstream_url)` returns the texts of the gateway's channels; `rules` and `play` are the simulator's, `extra` is configuration."""

    def __init__(self, build, folder, channels_of, rules="", play="", extra=""):
        self.sim_log = f"{folder}/sim.log"
        script, conf = f"{folder}/sim.rules", f"{folder}/gateway.conf"
        with open(script, "w") as f:
            f.write(rules)
        self.sim = Server("sim", [f"{build}/claude-proxy-sim", "--listen", "127.0.0.1:0", "--log", self.sim_log, "--script", script,
                                  "--play", play],
                          folder)
        with open(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(f'listen = "127.0.0.1:0";\naccess_key = "{ACCESS_KEY}";\nstate_dir = "{folder}/state";\n'
                    "fuzzy = false;\nscheduler = { waits = 0; };\n"
                    f'log = {{ form = "json"; }};\n{extra}'
                    "channels = (\n" + ",\n".join(channels_of(self.sim.url)) + "\n);\n")
        try:
            self.gateway = Server("gateway", [f"{build}/claude-proxy", "--config", conf, "--plugins", plugins(build), "--lax"],
                                  folder)
        except Exception:
            self.sim.stop()
            raise

    def stop(self):
        """Returns why the gateway did not end as it should, or None."""
        code = self.gateway.stop()
        self.sim.stop()
        return None if code == 0 else f"the gateway ended with {code}:\n{self.gateway.tail()}"
