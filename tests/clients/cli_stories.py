"""cli_stories - what Codex and Gemini CLI live through behind the gateway; see stories.py."""
import json

import duo


def channels(kind, model):
    return lambda url: [duo.channel("good", kind, url, model, 1)]


def words_for(stage, command):
    name, args = stage.claude.call(command)
    return f"tool={name} args={json.dumps(args)}"


def text_answer(stage):
    """a text answer"""
    outcome = stage.run("[[sim: text='The word is Grüße, 世界.']]")
    assert not outcome.failed, "the client reports an error"
    assert "The word is Grüße, 世界." in outcome.text
    assert {r["status"] for r in stage.accounts()} == {200}


def tool_run(stage):
    """a tool runs, and its result is in the answer"""
    command = "printf made-by-a-tool > proof.txt; expr 40 + 2 | sed s/^/result-/"
    outcome = stage.run(f"[[sim: {words_for(stage, command)}]]")
    assert not outcome.failed, "the client reports an error"
    assert outcome.made.get("proof.txt") == "made-by-a-tool", outcome.made
    assert any("result-42" in e.get("body", "") for e in stage.arrived()), "the result never reached the upstream"
    assert "result-42" in outcome.text


def thinking_and_tools(stage):
    """thoughts before two calls in one turn, sealed and given back"""
    one, two = (words_for(stage, f"printf {n} > {n}.txt; echo {n}-done") for n in ("first", "second"))
    outcome = stage.run(f"[[sim: think='I need two things.' {one} {two}]]")
    assert not outcome.failed, "the client reports an error"
    assert outcome.made == {"first.txt": "first", "second.txt": "second"}, outcome.made
    last = stage.arrived()[-1]["body"]
    assert "first-done" in last and "second-done" in last


def cut_in_tool(stage):
    """a stream cut inside a tool's arguments runs no half command"""
    where = "cut=150" if stage.kind == "gemini" else "cutevent=6"
    command = "touch half-run.txt; echo a command that is long enough to be cut somewhere in its middle"
    outcome = stage.run(f"[[sim: times=1 frag=6 {where} {words_for(stage, command)}]]")
    assert outcome.made == {}, outcome.made
    assert stage.accounts()[0]["end"] != "--", stage.accounts()[0]["end"]


def cut_in_text(stage):
    """a stream cut inside the text is never a whole answer"""
    outcome = stage.run("[[sim: times=1 text='One two three four five six seven eight.' events=20 cutevent=9]]")
    ends = [r["end"] for r in stage.accounts()]
    assert ends[0] != "--", ends
    assert outcome.failed or len(stage.sent()) >= 2, "the client believes in half an answer"


STORIES = (text_answer, tool_run, thinking_and_tools, cut_in_tool, cut_in_text)
