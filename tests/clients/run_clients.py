"""run_clients - Claude Code, Codex and Gemini CLI through the gateway, in a network without any way out; prints TAP.

The programs are installed from the npm registry as package-lock.json pins them, into $CLAUDE_PROXY_CLIENT_CACHE or the build
folder. Then this script runs itself again in a network namespace that has only loopback, starts simulator, gateway and a
recorder there, and has them answer, run tools, meet cut streams and failing upstreams, before each kind of upstream, and
use keys of their own until those are over.

    python3 tests/clients/run_clients.py --source . --build build [--only PART-OF-A-STORY'S-NAME]
"""
import argparse
import os
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sdk")]

import claude_code  # noqa: E402
import cli  # noqa: E402
import cli_stories  # noqa: E402
import duo  # noqa: E402
import import_stories  # noqa: E402
import key_stories  # noqa: E402
import network  # noqa: E402
import packages  # noqa: E402
import recorder  # noqa: E402
import session_stories  # noqa: E402
import stories  # noqa: E402

KINDS = ("claude", "chat", "responses", "gemini")


def say(good, name, why=""):
    print(f"{'ok' if good else 'not ok'} - {name}", flush=True)
    if not good:
        print("\n".join("# " + line for line in why.splitlines()), flush=True)
    return good


def run_story(story, stage, name):
    try:
        story(stage.reset())
        return say(True, name)
    except Exception:  # whatever it was, the next story runs
        return say(False, name, traceback.format_exc(limit=3) + stage.evidence())


def run_kind(kind, a):
    good = [run_client("Claude Code", stories.STORIES, stories.channels(kind), stories.RULES, kind, a,
                       lambda url: claude_code.ClaudeCode(a.program, url, duo.ACCESS_KEY))]
    for client in cli.PROGRAMS:
        path = client.program(a.folder) if a.folder else None
        if path:
            good.append(run_client(client.name, cli_stories.STORIES, cli_stories.channels(kind, client.model), "", kind, a,
                                   lambda url, c=client, p=path: c(p, url, duo.ACCESS_KEY)))
    return all(good)


def clients_at_home(a):
    """(dialect, name, its usual models, program) of each client, for stories before an upstream of its own dialect."""
    yield "claude", "Claude Code", "claude-opus*", lambda url: claude_code.ClaudeCode(a.program, url, duo.ACCESS_KEY)
    for kind, client in zip(("responses", "gemini"), cli.PROGRAMS):
        path = client.program(a.folder) if a.folder else None
        if path:
            yield kind, client.name, client.model, lambda url, c=client, p=path: c(p, url, duo.ACCESS_KEY)


def run_sessions(a):
    """Whole sessions: what keeps them together is the client's side alone."""
    return all([run_client(f"Sessions: {label}", session_stories.CLAUDE_CODE if kind == "claude" else session_stories.OTHERS,
                           session_stories.channels(kind, model), "", kind, a, program, session_stories.Stage)
                for kind, label, model, program in clients_at_home(a)])


def run_keys(a):
    """Keys of their own, with the prices that come with the program."""
    prices = f'prices_file = "{os.path.dirname(os.path.dirname(HERE))}/conf/prices.conf";\n'
    return all([run_client(f"Keys: {label}", key_stories.STORIES, lambda url, kind=kind: [duo.channel("good", kind, url, "*", 1)],
                           "", kind, a, program, key_stories.Stage, prices)
                for kind, label, _, program in clients_at_home(a)])


def run_imports(a):
    return all([run_client(f"After an import: {label}", import_stories.STORIES, lambda url: [], "", kind, a, program,
                           import_stories.Stage)
                for kind, label, _, program in clients_at_home(a)])


def run_client(label, told, channels, rules, kind, a, program, stage_of=stories.Stage, extra=""):
    names = [(story, f"{label} to {kind}: {story.__doc__}") for story in told]
    if not [n for _, n in names if a.only in n]:
        return True
    with tempfile.TemporaryDirectory(prefix="claude-proxy-clients-") as folder:
        pair = duo.Duo(a.build, folder, channels, rules, "strict", extra)
        tap = recorder.Recorder(pair.gateway.address)
        stage = stage_of(kind, pair, tap, program(tap.url))
        good = []
        try:
            good += [run_story(story, stage, name) for story, name in names if a.only in name]
        finally:
            tap.stop()
            why = pair.stop()
        good.append(say(not why, f"{label} to {kind}: the gateway ends cleanly", why or ""))
        return all(good)


def run_inside(a):
    only_loopback = network.interfaces() == ["lo"]
    say(only_loopback, "the network has only loopback", str(network.interfaces()))
    return only_loopback and all([run_kind(kind, a) for kind in KINDS] + [run_sessions(a), run_keys(a), run_imports(a)])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--only", default="", help="stories whose names contain this")
    p.add_argument("--program", default="", help="another Claude Code than the pinned one")
    p.add_argument("--folder", default="", help="where the packages are")
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    if network.is_inside():
        sys.exit(0 if run_inside(a) else 1)
    try:
        if not a.program:
            cache = os.path.abspath(os.environ.get("CLAUDE_PROXY_CLIENT_CACHE") or f"{a.build}/tests/client-packages")
            packages.install(HERE, cache)
            a.program, a.folder = claude_code.program(cache), cache
    except packages.NotInstalled as e:
        sys.exit(not say(False, "install the clients from the npm registry", str(e)))
    if not a.program:
        sys.exit(not say(False, "install the clients from the npm registry", "there is no package for this processor"))
    code = network.enter([sys.executable, os.path.abspath(__file__), "--build", a.build, "--only", a.only, "--program", a.program,
                          "--folder", a.folder])
    if code is None:
        print("ok - clients through the gateway # skip no network namespace: needs root, or user namespaces, or sudo, and ip")
        print("# NOTHING WAS TESTED", flush=True)
        code = 0
    sys.exit(code)


if __name__ == "__main__":
    main()
