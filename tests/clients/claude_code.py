"""claude_code - runs Claude Code once, with a fresh home, against one base URL, and tells what came of it."""
import glob
import json
import os
import signal
import subprocess
import tempfile

RUN_SECONDS = 90


class Outcome:
    def __init__(self, code, out, errors, made):
        self.code, self.out, self.errors, self.made = code, out, errors, made
        try:
            self.answer = json.loads(out)
        except ValueError:
            self.answer = {}
        self.text = self.answer.get("result") or ""
        self.failed = self.code != 0 or self.answer.get("is_error", True)

    def __str__(self):
        return f"exit {self.code}\n{self.out[-3000:]}\n{self.errors[-2000:]}"


def program(folder):
    found = glob.glob(f"{folder}/node_modules/@anthropic-ai/claude-code-linux-*/claude")
    return found[0] if found else None


class ClaudeCode:
    def __init__(self, path, url, key):
        self.path, self.url, self.key = path, url, key
        self.tries = {"CLAUDE_CODE_MAX_RETRIES": "2"}

    def tries_as_by_default(self):
        self.tries = {}

    def environment(self, scratch, env):
        return {"HOME": f"{scratch}/home", "CLAUDE_CODE_TMPDIR": f"{scratch}/tmp", "PATH": os.environ["PATH"],
                "ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": self.key, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                **self.tries, **env}

    def run(self, prompt, *options, env=None, scratch=None):
        """Asks once (-p); `made` are the files that its tools left in the folder it worked in, name to text.

        In the `scratch` folder of an earlier run it finds that run's session.
        """
        if not scratch:
            with tempfile.TemporaryDirectory(prefix="claude-proxy-client-", ignore_cleanup_errors=True) as fresh:
                return self.run(prompt, *options, env=env, scratch=fresh)
        work = f"{scratch}/work"
        for folder in ("home", "tmp", "work"):
            os.makedirs(f"{scratch}/{folder}", exist_ok=True)
        env = {k: v for k, v in self.environment(scratch, env or {}).items() if v}
        command = [self.path, "-p", prompt, "--output-format", "json", "--allowedTools", "Bash,Read", *options]
        p = subprocess.Popen(command, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True)
        try:
            out, errors = p.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, errors = p.communicate()
            errors += b"\nstill running after %d s" % RUN_SECONDS
        made = {os.path.basename(f): open(f).read() for f in glob.glob(f"{work}/*")}
        return Outcome(p.returncode, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace"), made)

    def go_on(self, scratch, prompt, last, *options):
        """The next turn of the session that ended with the outcome `last`; without one: the first."""
        return self.run(prompt, *options, *(("--resume", last.answer["session_id"]) if last else ()), scratch=scratch)

    @staticmethod
    def call(command):
        return "Bash", {"command": command, "description": "A test."}
