"""import_stories - what the predecessor was told serves the same clients, set up with the same lines; see stories.py.

Its folder comes in by one call, with three families, a base URL that is to be left as it is ("#"), names of models that stand for
others, and its access key; the clients keep their addresses and that key.
"""
import json

import session_stories
import stories

OLD_KEY = "the-access-key-of-the-predecessor"
ENVIRONMENT = f"PORT=3000\nENV=production\nPROXY_ACCESS_KEY={OLD_KEY}\nLOG_LEVEL=info\n"
MAPPED = {"claude": ("opus", "claude-opus-4-8"), "responses": ("gpt-5", "gpt-5.4"), "gemini": ("gemini-2.5", "gemini-3-flash-preview")}
LISTS = {"claude": "upstream", "responses": "responsesUpstream", "gemini": "geminiUpstream"}


def old_channel(kind, url, **more):
    # What a "#" ends is the whole of the address, up to where the API's own names begin.
    version = "/v1beta#" if kind == "gemini" else "/v1#"
    return {"name": f"the {kind} one", "serviceType": kind, "baseUrl": url + version, "status": "active", "priority": 1,
            "apiKeys": list(session_stories.KEYS), "modelMapping": dict([MAPPED[kind]]), **more}


def old_folder(url):
    config = {LISTS[kind]: [old_channel(kind, url)] for kind in LISTS}
    return {"config": json.dumps({**config, "loadBalance": "failover", "fuzzyModeEnabled": False}), "env": ENVIRONMENT}


class Stage(session_stories.Stage):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.told = self.ask("POST", "/api/import", json.dumps(old_folder(self.pair.sim.url)).encode())
        self.claude.key = OLD_KEY


def served(stage):
    """a tool runs, by the predecessor's key, at its address, under the name it maps"""
    assert stage.told["channels"] == 3, stage.told
    name, args = stage.claude.call("expr 40 + 2 | sed s/^/result-/")
    outcome = stage.run(f"[[sim: tool={name} args={json.dumps(args)}]]")
    assert not outcome.failed, "the client reports an error"
    assert "result-42" in outcome.text
    arrived = stage.arrived()
    assert len(arrived) == len(stage.sent()) == 2, arrived
    where, prefix = stories.KEYS[stage.kind]
    for event in arrived:
        said = json.loads(event["body"]).get("model") or event["target"].split("/models/")[1].split(":")[0]
        assert said == MAPPED[stage.kind][1], said
        assert stories.header_of(event, where)[0].removeprefix(prefix) in session_stories.KEYS
        assert event["target"].count("/v1") == 1, event["target"]


STORIES = (served,)
