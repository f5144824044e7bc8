# SPDX-License-Identifier: MIT
"""The gateway on one screen, its plugins, its document."""
import datetime
import re
import subprocess

from gateway import wait

CHANNELS = ""


def test_an_empty_gateway_says_what_to_do(g):
    a = g.get("/api/status")
    assert a.status == 200 and a.json["next"]["id"] == "add_channel" and "add a channel" in a.json["next"]["text"], a
    assert f"http://127.0.0.1:{g.port}" in a.json["listen"], a.json["listen"]
    assert any(x.endswith("ctl.sock") for x in a.json["listen"]), a.json["listen"]
    assert a.json["channels"]["all"] == 0 and a.json["warnings"] == [], a
    assert a.json["version"] and a.json["workers"] == 2 and a.json["configuration"]["files"], a


def test_a_step_further(g):
    g.configure("", 'channels = ( {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-1" ]; '
                    'status = "disabled"; }} );\n')
    g.reload()
    a = g.get("/api/status")
    assert a.json["channels"]["disabled"] == 1 and "activate" in a.json["next"]["text"], a
    assert [w["id"] for w in a.json["warnings"]] == ["no_active_channel"] and "503" in a.json["warnings"][0]["text"], a
    g.configure("", 'channels = ( {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-1" ]; }} );\n')
    g.reload()
    a = g.get("/api/status")
    assert a.json["channels"]["active"] == 1 and a.json["upstream_keys"] == {"all": 1, "enabled": 1} and a.json["next"]["id"] == "point_client", a
    assert g.message().status == 200
    wait(lambda: g.get("/api/status").json["next"] is None, "nothing is left to do")


def test_plugins(g):
    a = g.get("/api/plugins")
    named = {x: p for p in a.json["plugins"] for x in p["adapters"]}
    assert {"claude", "chat", "responses", "gemini"} <= set(named), a
    assert len({p["file"] for p in a.json["plugins"]}) == len(a.json["plugins"]), a
    assert named["claude"]["state"] == "loaded" and named["claude"]["version"], a


def doors(g):
    a = g.get("/api/openapi.json")
    assert a.status == 200 and a.json["openapi"] == "3.1.0", a
    for path, methods in a.json["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            yield method.upper(), path, operation


def test_documented_doors_answer(g):
    n = 0
    for method, path, operation in doors(g):
        assert re.findall(r"\{(\w+)\}", path) == [p["name"] for p in operation.get("parameters", [])], path
        if path == "/api/events" or (method != "GET" and path in ("/api/sessions",)):
            continue
        # A body that is no JSON changes nothing, whatever the door does.
        a = g.api(method, path.replace("{family}", "messages"), "]" if "requestBody" in operation else None)
        n += 1
        assert a.status not in (405, 500, 501), (method, path, a)
        assert not (a.status == 404 and "no such door" in a.text), (method, path, a)
    assert n > 50


def schema_of(operation):
    return operation["requestBody"]["content"]["application/json"].get("schema")


def test_documented_bodies_are_true(g):
    """Each door that takes an object says its members; what it says it takes, and what it does not say it refuses."""
    known, values = 0, {"integer": 1, "boolean": False, "array": ["x"], "object": {}, "string": "x"}
    other = ("/api/explain", "/api/history/import")  # a client's request; lines
    for method, path, operation in doors(g):
        if "requestBody" not in operation or operation.get("deprecated") or path in other:
            continue
        schema = schema_of(operation)
        assert schema and schema["type"] == "object", (method, path)
        for name, one in schema["properties"].items():
            assert one["type"] in values, (method, path, name, one)
            assert g.api(method, path, {name: values[one["type"]], "n0b0dy": 1}).status >= 400 or path not in STRICT, (method, path)
            known += 1
        if path in STRICT:
            a = g.api(method, path, {name: values[one["type"]] for name, one in schema["properties"].items()})
            assert "nobody knows" not in a.text, (method, path, a)
            a = g.api(method, path, {"n0b0dy": 1})
            assert a.status == 400 and a.json["path"] == "n0b0dy", (method, path, a)
    assert known > 100
    channel = schema_of(next(o for m, p, o in doors(g) if (m, p) == ("PATCH", "/api/channels/{id}")))["properties"]
    assert channel["keys"]["type"] == "array" and channel["caps"]["properties"]["rpm"]["type"] == "integer", channel
    assert channel["status"]["enum"] == ["active", "suspended", "disabled"] and "channels" not in channel, channel


STRICT = ("/api/captures", "/api/channels/{id}/status", "/api/scheduler/reset", "/api/scheduler/promote", "/api/config/test", "/api/config/restore",
          "/api/log/level", "/api/session")


def test_the_manual_has_each_door(g):
    with open(f"{g.tools.source}/core/claude-proxy-api.7", encoding="utf-8") as f:
        manual = set(re.findall(r"^\.B (GET|POST|PUT|PATCH|DELETE) (/\S+)$", f.read().replace("\\-", "-"), re.M))
    known = {(m, p) for m, p, _ in doors(g)}
    assert known == manual, (sorted(known - manual), sorted(manual - known))


def test_the_manual_has_each_member(g):
    with open(f"{g.tools.source}/core/claude-proxy-api.7", encoding="utf-8") as f:
        blocks = f.read().replace("\\-", "-").split("\n.TP\n")
    said = {}
    for block in blocks:
        door = re.match(r"\.B (\w+) (/\S+)$", block, re.M)
        if door:
            said[door.groups()] = re.search(r"^Members: ([a-z_, ()]+)\.$", block, re.M)
    for method, path, operation in doors(g):
        schema = schema_of(operation) if "requestBody" in operation else None
        if not schema or not schema["properties"] or "those of\n" in next(b for b in blocks if f".B {method} {path}\n" in b) or path == "/api/settings":
            continue
        members = said[method, path].group(1).split(", ")
        assert {m.split(" ")[0] for m in members} == set(schema["properties"]), (method, path, members)
        assert {m.split(" ")[0] for m in members if " (needed)" in m} == set(schema.get("required", [])), (method, path, members)


def test_what_waits_for_a_restart(g):
    a = g.get("/api/status")
    assert a.json["options_waiting"] == [] and a.json["build"]["libraries"]["libcurl"] and re.fullmatch(r"1\.\d+", a.json["build"]["abi"]), a
    listener = a.json["listeners"][0]
    assert listener == {"url": f"http://127.0.0.1:{g.port}", "tls": False, "certificate_ends": None}, a
    g.configure("workers = 1;\n")
    g.reload()
    a = g.get("/api/status")
    assert a.json["options_waiting"] == ["workers"] and a.json["workers"] == 2, a
    g.configure()
    g.reload()
    assert g.get("/api/status").json["options_waiting"] == []


def certificate(g, days):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", str(days),
                    "-keyout", f"{g.place}/key.pem", "-out", f"{g.place}/cert.pem"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_when_certificates_end(g):
    certificate(g, 5)
    both = 'listen = ( {{ address = "127.0.0.1"; port = 0; }}, {{ address = "::1"; port = 0; tls_cert = "{place}/cert.pem"; tls_key = "{place}/key.pem"; }} );\n'
    g.configure(both)
    g.restart()
    a = g.get("/api/status").json
    clear, tls = a["listeners"]
    assert not clear["tls"] and clear["certificate_ends"] is None and tls["tls"] and tls["url"].startswith("https://[::1]:"), a
    days = (datetime.datetime.fromisoformat(tls["certificate_ends"].rstrip("Z")[:19]) - datetime.datetime.fromisoformat(a["now"][:19])).total_seconds() / 86400
    assert 4.9 < days < 5.1 and "certificate_ends" in [w["id"] for w in a["warnings"]], a
    certificate(g, 90)
    g.reload()
    a = wait(lambda: (lambda s: s if s["listeners"][1]["certificate_ends"] != tls["certificate_ends"] else None)(g.get("/api/status").json), "the new one is told")
    assert "certificate_ends" not in [w["id"] for w in a["warnings"]], a
    g.configure()
    g.restart()


def test_documented_doors_need_a_key(g):
    for method, path, operation in doors(g):
        if operation.get("security") == [] or {} in operation.get("security", []):
            continue
        a = g.api(method, path, "]" if "requestBody" in operation else None, key=None)
        assert a.status == 401, (method, path, a)
