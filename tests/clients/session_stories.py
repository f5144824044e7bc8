"""session_stories - whole sessions of real clients before an upstream with three keys; see stories.py.

The promise: turn after turn, tool after tool, resumed or handed to a subagent, a conversation meets the key whose prompt cache
it filled. When that key is revoked it moves once; when its channel is ill for a moment it is served elsewhere meanwhile. The
client notices neither. Only the last turns have tools: Gemini CLI 0.61 resumes what had one with its result twice in a row and
without its signature, which Gemini refuses (seen 2026-11).
"""
import contextlib
import json
import tempfile
import urllib.request

import duo
import stories

KEYS = tuple(f"sk-ant-upstream-key-{n}-for-tests" for n in ("one", "two", "three"))
# How each API says for good that a key is none of its keys.
REVOKED = {"claude": 'status=401 error=authentication_error:"invalid x-api-key"',
           "responses": 'status=401 error=invalid_request_error/invalid_api_key:"Incorrect API key provided"',
           "gemini": 'status=400 error=INVALID_ARGUMENT/API_KEY_INVALID:"API key not valid. Please pass a valid API key."'}
OVERLOADED = {"claude": 529, "responses": 503, "gemini": 503}


def channels(kind, model):
    """Two channels, three keys each: in the first one a session has a key of its own, unless the model is another one."""
    def texts(url):
        yield duo.channel("ordered", kind, f"{url}/ordered", "claude-ordered", 1, KEYS)
        yield duo.channel("home", kind, f"{url}/home", model, 1, KEYS, keys_by='"session"')
        yield duo.channel("spare", kind, f"{url}/spare", "*", 2, KEYS)
    return texts


class Stage(stories.Stage):
    def reset(self):
        self.tell_upstream("")
        self.ask("POST", "/api/scheduler/reset", b"{}")
        self.ask("DELETE", "/api/scheduler/sessions")
        return super().reset()

    def tell_upstream(self, rules):
        request = urllib.request.Request(f"{self.pair.sim.url}/sim/script", rules.encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def ask(self, method, target, body=None):
        request = urllib.request.Request(self.pair.gateway.url + target, body, {"x-api-key": duo.ACCESS_KEY}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def places(self):
        """Where the requests came to: (channel, key) of each."""
        where, prefix = stories.KEYS[self.kind]
        return [(e["target"].split("/")[1], stories.header_of(e, where)[0].removeprefix(prefix)) for e in self.arrived()]

    def home(self):
        """Where the gateway says that its only conversation lives, under whatever names."""
        found = {(s["channel"], s["key"]) for s in self.ask("GET", "/api/scheduler/sessions")["sessions"]}
        assert len(found) == 1, found
        return found.pop()

    @contextlib.contextmanager
    def session(self, *options):
        """A function that takes a turn in a session of its own: the client runs commands if some are given, one after the other."""
        said = []
        with tempfile.TemporaryDirectory(prefix="claude-proxy-client-", ignore_cleanup_errors=True) as scratch:
            def say(*commands):
                calls = [self.claude.call(command) for command in commands]
                words = " then ".join(f"tool={name} args={json.dumps(args)}" for name, args in calls) or "text='That is all.'"
                said.append(self.claude.go_on(scratch, f"[[sim: {words}]]", said[-1] if said else None, *options))
                self.outcomes.append(said[-1])
                assert not said[-1].failed, "the client reports an error"
                self.all_served()
            yield say

    def all_served(self):
        assert {r["status"] for r in self.accounts()} == {200}, "the client was told of a failure"


def keeps_its_key(stage):
    """a session keeps its key over tools and turns, and moves once when the key is revoked"""
    with stage.session() as say:
        say()
        say()
        before = stage.places()
        assert len(before) == 2 and len(set(before)) == 1, before
        first, key = stage.home(), before[0][1]
        assert first == ("home", stage.accounts()[-1]["upkey"])
        stage.tell_upstream(f"key={key} times=1\nkey={key} {REVOKED[stage.kind]}")
        say("echo one-done", "echo two-done")
    after = stage.places()[len(before):]
    assert after[:2] == before and after[2] == after[3] != before[0] and after[2][0] == "home" and len(after) == 4, after
    assert stage.home() == ("home", stage.accounts()[-1]["upkey"]) != first
    assert all(word in stage.arrived()[-1]["body"] for word in ("That is all.", "one-done", "two-done")), "the session was not one"


def served_elsewhere(stage):
    """a session whose channel is overloaded is served elsewhere until that is over, and then comes back"""
    with stage.session() as say:
        say()
        stage.tell_upstream(f"path=/home/ status={OVERLOADED[stage.kind]}")
        say()
        assert stage.home()[0] == "home", stage.home()
        stage.tell_upstream("")
        stage.ask("POST", "/api/scheduler/reset", b"{}")
        say("echo done")
    places = stage.places()
    assert [channel for channel, _ in places] == ["home", "home", "spare", "home", "home"], places
    assert len({key for channel, key in places if channel == "home"}) == 1, places


def subagent(stage):
    """a subagent stays on its parent's key"""
    task = {"description": "a task", "prompt": "Say what the word is.", "subagent_type": "general-purpose"}
    stories.succeeded(stage.run(f"[[sim: tool=Agent args={json.dumps(task)}]]"))
    stage.all_served()
    bodies = [json.loads(e["body"])["messages"] for e in stage.arrived()]
    assert [b for b in bodies if "[[sim:" not in json.dumps(b)], "no subagent asked"
    assert len(bodies) >= 3 and len(set(stage.places())) == 1, stage.places()
    stage.home()


def in_order(stage):
    """where keys are asked in order, a session that left the first does not go back in its midst"""
    with stage.session("--model", "claude-ordered") as say:
        say()
        stage.tell_upstream(f"key={KEYS[0]} times=1 {REVOKED[stage.kind]}")
        say()
        stage.ask("POST", "/api/scheduler/reset", b"{}")
        say()
    stories.succeeded(stage.run("[[sim: text='This begins in other words.']]", "--model", "claude-ordered"))
    stage.all_served()
    assert stage.places() == [("ordered", KEYS[n]) for n in (0, 0, 1, 1, 0)], stage.places()


CLAUDE_CODE = (keeps_its_key, served_elsewhere, subagent, in_order)
OTHERS = (keeps_its_key, served_elsewhere)
