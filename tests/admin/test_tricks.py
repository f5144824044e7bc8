# SPDX-License-Identifier: MIT
"""Ways around the door: paths that look like others, keys in addresses, cookies of one's own making, keys that go while they are used."""
import json
import socket

from gateway import LONG, Beside, until_closed, wait

CONF = 'admin_key = "admin-CANARY-0123456789abcdef";\nclient_keys = ( {{ key = "client-CANARY-0123456789abcdef"; }} );\n'
ADMIN = "admin-CANARY-0123456789abcdef"
CLIENT = "client-CANARY-0123456789abcdef"
UPSTREAM = "sk-CANARY-upstream-0001"


def raw(g, target, *headers, method="GET"):
    """As it is on the line: (status, text)."""
    with socket.create_connection(("127.0.0.1", g.port), LONG) as s:
        s.sendall("\r\n".join([f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{g.port}", "Connection: close", *headers, "", ""]).encode("latin-1"))
        got = until_closed(s)
    g.seen.append(got.decode("utf-8", "replace"))
    return int(got[9:12]), got.decode("utf-8", "replace")


TARGETS = ("/api/channels", "//api/channels", "/./api/channels", "/x/../api/channels", "/api/../api/channels", "/api//channels", "/api%2fchannels", "/%61pi/channels",
           "/API/channels", "/api/channels/", "/api/channels%00", "/api/channels;x=.css", "/api/channels?x=.js", "/api/channels/x.css", "/api/channels/favicon.ico",
           "/v1/../api/channels", "/static/../api/channels", "http://127.0.0.1/api/channels", "http://u:p@127.0.0.1/api/channels", "/metrics", "//metrics",
           "/healthz/../metrics", "/admin/config/save", "/api\\channels", "/api/channels#x", "*", "/\t/api/channels")


def test_no_path_leads_past_the_door(g):
    for target in TARGETS:
        for headers in ((), ("x-api-key: " + CLIENT,), ("x-api-key: " + g.key,), (f"cookie: cp-{g.port}=" + "A" * 43,), ("x-forwarded-for: 127.0.0.1", "x-real-ip: ::1")):
            status, text = raw(g, target, *headers)
            assert 400 <= status < 500 or "channels" not in text and status in (200, 501), (target, headers, status, text[:300])
            assert '"keys"' not in text and "claude_proxy_" not in text, (target, headers, text[:300])
    assert raw(g, "/api/channels", "x-api-key: " + ADMIN)[0] == 200


def test_a_key_in_an_address_opens_nothing_and_is_not_told(g):
    for name in ("key", "api_key", "x-api-key", "access_token"):
        assert raw(g, f"/api/channels?{name}={ADMIN}")[0] == 401
    before = [k["id"] for k in g.get("/api/channels/up/keys", key=ADMIN).json["keys"]]
    for key in (UPSTREAM, "sk-CANARY-of-nobody-0123456789"):
        for method, tail in (("DELETE", ""), ("POST", "/top"), ("POST", "/bottom")):
            status, text = raw(g, f"/api/messages/channels/0/keys/{key}{tail}", "x-api-key: " + ADMIN, "content-length: 0", method=method)
            assert "CANARY" not in text, text
            assert status in (200, 404, 409), (status, text)
        status, text = raw(g, f"/api/channels/up/keys/{key}", "x-api-key: " + ADMIN)
        assert "CANARY" not in text, text
    assert [k["id"] for k in g.get("/api/channels/up/keys", key=ADMIN).json["keys"]] == before
    assert "CANARY" not in g.log_text()


def test_cookies_of_ones_own_making(g):
    name = f"cp-{g.port}="
    a = g.send("POST", "/api/session", json.dumps({"key": ADMIN}).encode(), {"cookie": name + "A" * 43, "content-type": "application/json"})
    cookie = a.headers["set-cookie"].split(";")[0]
    value = cookie[len(name):]
    assert a.status == 201 and cookie.startswith(name) and cookie != name + "A" * 43, a.headers
    for bad in (name + "A" * 43, name, name[:-1], name + "B" * 6000, (name + "x; ") * 900, cookie[:-1], cookie + "A", cookie.upper(), cookie + "%00", "__Host-" + cookie,
                "cp=" + value, name[:-1] + " = " + value, f"cp-{g.port + 1}=" + value, "x" + cookie, name + "\xff"):
        status, text = raw(g, "/api/channels", "cookie: " + bad)
        assert status in (400, 401, 431), (bad[:60], status, text[:200])
    assert raw(g, "/api/channels", "cookie: other=1; " + cookie + "; more=2")[0] == 200
    # The session of one is no key, and its token is none.
    for headers in (("x-api-key: " + value,), ("x-api-key: " + a.json["csrf"],), ("cookie: " + name + a.json["csrf"],), ("cookie: " + name + a.json["id"],)):
        assert raw(g, "/api/channels", *headers)[0] == 401, headers


def test_a_client_key_goes_while_it_is_used(g):
    a = g.post("/api/clients", {"label": "goes"}, key=ADMIN)
    assert a.status == 201, a
    key, ident, got = a.json["key"], a.json["id"], []
    g.shown.add(key)
    stream = Beside(lambda: got.append(g.message(text="[[sim: events=40 pace=30]]", key=key, stream=True)))
    wait(lambda: g.get(f"/api/clients/{ident}", key=ADMIN).json["in_flight"] == 1, "it is under way")
    assert g.delete(f"/api/clients/{ident}", key=ADMIN).status in (200, 204)
    wait(lambda: g.message(key=key).status == 401, "nobody new comes in")
    stream.join()
    assert got[0].status == 200 and "message_stop" in got[0].text, got
    wait(lambda: 'claude_proxy_inflight_requests{protocol="messages"} 0\n' in g.get("/metrics", key=ADMIN).text, "nothing is under way")
