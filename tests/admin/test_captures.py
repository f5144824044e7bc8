# SPDX-License-Identifier: MIT
"""Captures: what stands in their files, and what does not; how they end."""
import base64
import json
import os
import re
import stat

from gateway import wait

CONF = """
client_keys = ( {{ key = "client-CANARY-000000000001"; }} );
"""


def lines(g, capture):
    a = g.get(f"/api/captures/{capture}/file")
    assert a.status == 200 and a.headers["content-type"] == "application/jsonl", a
    assert f"{capture}.jsonl" in a.headers["content-disposition"], a.headers
    return [json.loads(x) for x in a.text.split("\n") if x]


def begin(g, **body):
    a = g.post("/api/captures", dict({"duration": "10m"}, **body))
    assert a.status == 201 and a.json["state"] == "running", a
    return a.json["id"]


def stop(g, capture):
    a = g.post(f"/api/captures/{capture}/stop")
    assert a.status == 200 and a.json["state"] == "over" and a.json["why"] == "stopped", a


def kinds(seen):
    return [x["what"] for x in seen]


def first(seen, what):
    return [x for x in seen if x["what"] == what][0]


def whole(seen, what):
    return "".join(x.get("body") or base64.b64decode(x.get("body_base64", "")).decode() for x in seen if x["what"] == what)


def test_one_request(g):
    c = begin(g)
    a = g.message(text="say something", headers={"cookie": "c=cookie-CANARY-1", "authorization": "Bearer client-CANARY-000000000001",
                                                 "x-api-key": "client-CANARY-000000000001"}, key="client-CANARY-000000000001")
    assert a.status == 200, a
    wait(lambda: "end" in kinds(lines(g, c)), "the request's end")
    stop(g, c)
    seen = lines(g, c)
    assert kinds(seen)[0] == "capture" and kinds(seen)[-1] == "over", seen
    for what in ("client_request", "upstream_request", "upstream_head", "upstream_data", "upstream_end", "client_head", "end"):
        assert what in kinds(seen), (what, kinds(seen))
    asked = first(seen, "client_request")
    assert asked["method"] == "POST" and asked["target"] == "/v1/messages" and "say something" in asked["body"], asked
    head = {n.lower(): v for n, v in asked["headers"]}
    assert head["cookie"] == head["x-api-key"] == head["authorization"] == "***", head
    sent = first(seen, "upstream_request")
    assert sent["channel"] == "up" and sent["attempt"] == 1 and sent["url"].startswith("http://127.0.0.1"), sent
    assert [v for n, v in sent["headers"] if n.lower() in ("authorization", "x-api-key")] == ["***"], sent
    assert first(seen, "client_head")["status"] == 200 and a.text == first(seen, "client_head")["body"]
    assert a.text == whole(seen, "upstream_data")
    assert first(seen, "end")["end"] == "--"
    times = [x["ts"] for x in seen]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", t) for t in times), times


def test_files_are_private(g):
    c = begin(g)
    path = g.get(f"/api/captures/{c}").json["file"]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    a = g.delete(f"/api/captures/{c}")
    assert a.status == 204 and not os.path.exists(path), a
    assert g.get(f"/api/captures/{c}").status == 404
    assert g.delete(f"/api/captures/{c}").status == 404


def test_streams_as_they_pass(g):
    c = begin(g)
    a = g.message(stream=True)
    assert a.status == 200
    wait(lambda: "end" in kinds(lines(g, c)), "the request's end")
    seen = lines(g, c)
    assert whole(seen, "client_data") == a.text, (whole(seen, "client_data"), a.text)
    assert "message_stop" in whole(seen, "upstream_data")
    stop(g, c)


def test_refused_ones_are_seen_too(g):
    c = begin(g)
    a = g.message(key="wrong-key-of-somebody")
    assert a.status == 401
    wait(lambda: "end" in kinds(lines(g, c)), "the request's end")
    seen = lines(g, c)
    assert first(seen, "client_head")["status"] == 401 and "upstream_request" not in kinds(seen), seen
    stop(g, c)


def test_filters(g):
    mine = begin(g, client=g.get("/api/clients").json["clients"][0]["id"])
    other = begin(g, channel="up", bodies=False)
    assert g.message().status == 200
    assert g.message(key="client-CANARY-000000000001").status == 200
    wait(lambda: kinds(lines(g, other)).count("end") == 2, "both")
    wait(lambda: kinds(lines(g, mine)).count("end") == 1, "one")
    stop(g, mine)
    stop(g, other)
    assert not [x for x in lines(g, other) if "body" in x], lines(g, other)
    assert first(lines(g, other), "client_request")["bytes"] > 20
    assert [x for x in lines(g, mine) if "body" in x]


def test_bounds(g):
    c = begin(g, requests=2, body_bytes=10)
    for _ in range(4):
        assert g.message(text="x" * 500).status == 200
    wait(lambda: g.get(f"/api/captures/{c}").json["state"] == "over", "it has its requests")
    s = g.get(f"/api/captures/{c}").json
    assert s["why"] == "requests" and s["requests"] == 2, s
    asked = first(lines(g, c), "client_request")
    assert asked["cut"] and len(asked["body"]) <= 10 and asked["bytes"] > 500, asked
    c = begin(g, max_bytes="4KB")
    for _ in range(20):
        assert g.message(text="y" * 2000).status == 200
    wait(lambda: g.get(f"/api/captures/{c}").json["state"] == "over", "it is full")
    s = g.get(f"/api/captures/{c}").json
    assert s["why"] == "bytes" and s["bytes"] < 65536, s
    c = begin(g, duration="1s")
    wait(lambda: g.get(f"/api/captures/{c}").json["state"] == "over", "its time is over")
    assert g.get(f"/api/captures/{c}").json["why"] == "time"


def test_no_more_than_four(g):
    all_ = [begin(g) for _ in range(4)]
    a = g.post("/api/captures", {})
    assert a.status == 409, a
    assert len([x for x in g.get("/api/captures").json["captures"] if x["state"] == "running"]) == 4
    for c in all_:
        stop(g, c)
    stop_again = g.post(f"/api/captures/{all_[0]}/stop")
    assert stop_again.status == 200 and stop_again.json["state"] == "over", stop_again


def test_wrong(g):
    for body in ({"channel": "nobody"}, {"client": "nobody"}):
        assert g.post("/api/captures", body).status == 404
    for body in ({"duration": "1"}, {"duration": "2d"}, {"bodies": "yes"}, {"max_bytes": "1TB"}, {"requests": 0}, {"chanel": "up"},
                 {"body_bytes": -1}):
        assert g.post("/api/captures", body).status == 400, body
    for name in ("../managed", "..%2fmanaged.conf", "x", "20261123T000000-00000000", "%00"):
        assert g.get(f"/api/captures/{name}").status in (400, 404), name
        assert g.get(f"/api/captures/{name}/file").status in (400, 404), name
        assert g.delete(f"/api/captures/{name}").status in (400, 404, 405), name
    assert g.get("/api/captures", key="client-CANARY-000000000001").status == 401


def test_secrets_in_bodies_and_streams(g):
    """An upstream repeats the key it was sent, whole, and in two halves of a stream."""
    key = "sk-CANARY-upstream-0001"
    g.up.script(f'path=/messages status=401 error=authentication_error:"invalid x-api-key: {key}"\n')
    c = begin(g)
    said = f"my key is {g.key} and {key}"
    assert g.message(text=said).status >= 400
    assert g.message(text=said, stream=True).status >= 400
    g.up.script(f'path=/messages status=401 error=authentication_error:"your key is {key}, is it" drip\n')
    assert g.message(stream=True).status >= 400
    a = g.send("POST", "/v1/messages?key=query-CANARY-123456&beta=1", b"{}", {"content-type": "application/json"})
    assert a.status == 401, a
    wait(lambda: kinds(lines(g, c)).count("end") == 4, "the requests' ends")
    stop(g, c)
    text = g.get(f"/api/captures/{c}/file").text
    assert "CANARY" not in text and "invalid x-api-key: ***" in text and "my key is *** and ***" in text, text
    assert "?key=***&beta=1" in text and text.count('"what":"upstream_request"') >= 3, text


def test_log_says_so(g):
    def said():
        return [x for x in g.log_lines() if x["event"] in ("capture_begun", "capture_ended")]
    begin(g, duration="1s")
    begin(g, requests=1)
    begin(g, max_bytes="4KB")
    stop(g, begin(g))
    g.up.script("\n")
    g.post("/api/scheduler/reset", {})
    assert g.message(text="y" * 9000).status == 200
    wait(lambda: {x["cause"] for x in said() if x["event"] == "capture_ended"} >= {"stopped", "time", "bytes", "requests"}, "how each ended")
    assert all("capture" in x and x["level"] == "warn" for x in said()), said()


def test_they_outlive_the_gateway(g):
    g.up.script("\n")
    c = begin(g, channel="up")
    assert g.message().status == 200
    wait(lambda: "end" in kinds(lines(g, c)), "the request's end")
    g.restart()
    s = g.get(f"/api/captures/{c}").json
    assert s["state"] == "over" and s["why"] == "the gateway ended" and s["requests"] == 1 and s["channel"] == "up", s
    d = begin(g)
    assert g.message().status == 200
    wait(lambda: "end" in kinds(lines(g, d)), "the request's end")
    old = g.get(f"/api/captures/{c}").json["file"]
    os.utime(old, (1, 1))
    g.kill9()
    g.start()
    s = g.get(f"/api/captures/{d}").json
    assert s["state"] == "over" and s["why"] == "cut off", s
    assert not os.path.exists(old), "what is old goes at the start"
