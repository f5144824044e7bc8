"""run_sdk - the official SDKs as clients of the gateway, before an upstream of each dialect; prints TAP.

The packages are installed from the npm registry into the build folder, as package-lock.json pins them. Each SDK's script
runs once for every kind of upstream, so a same-dialect pass and a translation stand the same tests.

    python3 tests/sdk/run_sdk.py --source . --build build [--only PART-OF-A-TEST'S-NAME]
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import duo
import packages

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("claude", "chat", "responses", "gemini")
CLIENTS = (
    ("@anthropic-ai/sdk 1.x", "anthropic.mjs", "@anthropic-ai/sdk"),
    ("@anthropic-ai/sdk 0.x", "anthropic.mjs", "anthropic-sdk-0"),
    ("openai 6 Chat", "openai.mjs", "openai"),
    ("openai 7 Chat", "openai.mjs", "openai-7"),
    ("openai 6 Responses", "responses.mjs", "openai"),
    ("openai 7 Responses", "responses.mjs", "openai-7"),
    ("@google/genai 2", "gemini.mjs", "@google/genai"),
    ("@google/genai 3", "gemini.mjs", "genai-3"),
)
# Before Gemini a model of the third generation, whose signatures must come back.
RENAMED = {"gemini": "gemini-3-flash"}
SCRIPT_SECONDS = 1200


def install(build):
    """Returns the folder where the scripts lie beside the packages: Node looks for packages from where a script lies."""
    folder = f"{build}/tests/sdk-packages"
    packages.install(HERE, folder)
    for path in glob.glob(f"{HERE}/*.mjs") + glob.glob(f"{HERE}/*.sse"):
        shutil.copy(path, folder)
    return folder


def channels(kind):
    """Two channels told apart by the model's name.

    What is meant to fail asks for a frail-* model: a rest of that channel's key must not touch the other tests.
    """
    return lambda url: [channel(name, kind, url, i) for i, name in enumerate(("up", "frail"))]


def channel(name, kind, url, i):
    renamed = {"models": f'[ "{name}-{kind}-model={RENAMED[kind]}" ]'} if kind in RENAMED else {}
    return duo.channel(f"{name}-{kind}", kind, url, f"{name}-{kind}*", i, **renamed)


def run_client(pair, kind, folder, client, only):
    label, script, module = client
    env = duo.clean_environment(
        HOME=folder, SDK_MODULE=module, SDK_LABEL=f"{label} to {kind}", SDK_GATEWAY=pair.gateway.url, SDK_KEY=duo.ACCESS_KEY,
        SDK_UPSTREAM_KEY=duo.UPSTREAM_KEY, SDK_UPSTREAM=kind, SDK_MODEL=f"up-{kind}-model",
        SDK_UPSTREAM_MODEL=RENAMED.get(kind, f"up-{kind}-model"), SDK_FRAIL_MODEL=f"frail-{kind}-model",
        SDK_SIM_LOG=pair.sim_log, SDK_ONLY=only)
    try:
        p = subprocess.run(["node", script], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=SCRIPT_SECONDS)
        out, code = p.stdout, p.returncode
    except subprocess.TimeoutExpired as e:
        out, code = e.stdout or b"", f"no end after {SCRIPT_SECONDS} s"
    text = out.decode("utf-8", "replace").rstrip("\n")
    print(text, flush=True)
    if code and "not ok" not in text:
        print(f"not ok - {label} to {kind}: the script ended with {code}", flush=True)
    return code == 0


def run_kind(kind, folder, a):
    with tempfile.TemporaryDirectory(prefix="claude-proxy-sdk-") as state:
        pair = duo.Duo(a.build, state, channels(kind), play="strict")
        try:
            good = [run_client(pair, kind, folder, client, a.only) for client in CLIENTS
                    if a.client in client[0] and pair.gateway.process.poll() is None]
        finally:
            why = pair.stop()
        print(f"{'not ok' if why else 'ok'} - the gateway before {kind} ends cleanly")
        if why or not all(good):
            print("\n".join("# " + line for line in (why or pair.gateway.tail(20)).splitlines()), flush=True)
        return all(good) and not why


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--only", default="", help="tests whose names contain this")
    p.add_argument("--kind", default="", help="upstreams whose dialects contain this")
    p.add_argument("--client", default="", help="clients whose names contain this")
    a = p.parse_args()
    a.build = os.path.abspath(a.build)
    try:
        folder = install(a.build)
    except packages.NotInstalled as e:
        print("not ok - install the SDKs from the npm registry")
        print("\n".join("# " + line for line in str(e).splitlines()))
        sys.exit(1)
    sys.exit(0 if all([run_kind(kind, folder, a) for kind in KINDS if a.kind in kind]) else 1)


main()
