"""cli - runs Codex or Gemini CLI once, with a fresh home, against one base URL, and tells what came of it."""
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile

RUN_SECONDS = 90


class Outcome:
    def __init__(self, code, out, errors, made):
        self.code, self.out, self.errors, self.made = code, out, errors, made

    def __str__(self):
        return f"exit {self.code}\n{self.out[-3000:]}\n{self.errors[-3000:]}"


class Program:
    """`prepare(home)` writes what the program reads from its home; `command(prompt, is_next)` asks once, or goes on."""

    def __init__(self, path, url, key):
        self.path, self.url, self.key = path, url, key
        self.tries = "stream_max_retries = 2\nrequest_max_retries = 1\n"

    def tries_as_by_default(self):
        self.tries = ""

    def run(self, prompt):
        with tempfile.TemporaryDirectory(prefix="claude-proxy-client-", ignore_cleanup_errors=True) as scratch:
            return self.go_on(scratch, prompt, None)

    def go_on(self, scratch, prompt, last):
        """The next turn of the session that ended with the outcome `last` in this folder; without one: the first."""
        home, work = f"{scratch}/home", f"{scratch}/work"
        if not last:
            for folder in (home, work):
                os.mkdir(folder)
            self.prepare(home)
        env = {"HOME": home, "PATH": os.environ["PATH"], "TMPDIR": scratch, "TERM": "dumb", **self.environment()}
        p = subprocess.Popen(self.command(prompt, bool(last)), cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, errors = p.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, errors = p.communicate()
            errors += b"\nstill running after %d s" % RUN_SECONDS
        made = {os.path.basename(f): open(f).read() for f in glob.glob(f"{work}/*") if os.path.isfile(f)}
        return self.outcome(p.returncode, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace"), made)


class Codex(Program):
    name = "Codex"
    shell = "exec_command"
    model = "gpt-5.5"

    @staticmethod
    def program(folder):
        found = glob.glob(f"{folder}/node_modules/@openai/codex-linux-*/vendor/*/bin/codex")
        return found[0] if found else None

    def prepare(self, home):
        os.mkdir(f"{home}/.codex")
        with open(f"{home}/.codex/config.toml", "w", encoding="utf-8") as f:
            f.write(f'model = "{self.model}"\nmodel_provider = "gw"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n'
                    f'[model_providers.gw]\nname = "Gateway"\nbase_url = "{self.url}/v1"\nwire_api = "responses"\nenv_key = "GW_API_KEY"\n'
                    f"{self.tries}")

    def environment(self):
        return {"GW_API_KEY": self.key}

    def command(self, prompt, is_next):
        asked = ["resume", "--last", prompt] if is_next else [prompt]
        return [self.path, "exec", "--skip-git-repo-check", "--json", "-s", "danger-full-access", *asked]

    def outcome(self, code, out, errors, made):
        made_out = Outcome(code, out, errors, made)
        events = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        said = [e["item"]["text"] for e in events if e.get("type") == "item.completed" and e["item"].get("type") == "agent_message"]
        made_out.text = said[-1] if said else ""
        made_out.failed = code != 0 or any(e.get("type") == "turn.failed" for e in events)
        return made_out

    @staticmethod
    def call(command):
        return "exec_command", {"cmd": command}


class GeminiCli(Program):
    name = "Gemini CLI"
    model = "gemini-2.5-flash"

    @staticmethod
    def program(folder):
        path = f"{folder}/node_modules/@google/gemini-cli/bundle/gemini.js"
        return path if os.path.exists(path) and shutil.which("node") else None

    def prepare(self, home):
        os.mkdir(f"{home}/.gemini")
        settings = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": False},
                    "telemetry": {"enabled": False}, "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False}}
        with open(f"{home}/.gemini/settings.json", "w", encoding="utf-8") as f:
            json.dump(settings, f)

    def environment(self):
        return {"GEMINI_API_KEY": self.key, "GOOGLE_GEMINI_BASE_URL": self.url, "GEMINI_CLI_TRUST_WORKSPACE": "true"}

    def command(self, prompt, is_next):
        return ["node", self.path, "-p", prompt, "--yolo", "-m", self.model, "-o", "json", *(("--resume", "latest") if is_next else ())]

    def outcome(self, code, out, errors, made):
        made_out = Outcome(code, out, errors, made)
        try:
            made_out.text = json.loads(out[out.index("{"):]).get("response") or ""
        except ValueError:
            made_out.text = ""
        made_out.failed = code != 0
        return made_out

    @staticmethod
    def call(command):
        return "run_shell_command", {"command": command}


PROGRAMS = (Codex, GeminiCli)
