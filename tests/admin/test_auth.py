# SPDX-License-Identifier: MIT
"""Who comes in: keys, sessions, what browsers are asked, who waits."""
import concurrent.futures
import re

from gateway import wait

TAGS = ["thread"]

CONF = """
admin_key = "admin-CANARY-0123456789abcdef";
admin_password = "$y$j9T$Wb3j4dyv58JeGNfGAyKjT0$Zb/tR1yvLP/5uAzfA2IjjD8w45pICUDiAn7lj9TU3K0";
trusted_proxies = [ "127.0.0.9/32" ];
hosts = [ "gw.example.com" ];
client_keys = ( {{ key = "client-CANARY-0123456789abcdef"; }} );
"""
ADMIN = "admin-CANARY-0123456789abcdef"
CLIENT = "client-CANARY-0123456789abcdef"
FRESH = True


def prepare(g):
    g.admin = ADMIN


def login(g, headers=None, **body):
    return g.send("POST", "/api/session", __import__("json").dumps(body or {"key": ADMIN}).encode(), headers or {})


def enter(g, **more):
    a = login(g, **more)
    assert a.status == 201, a
    return a.headers["set-cookie"].split(";")[0], a.json["csrf"]


def test_keys_part_ways(g):
    assert g.get("/api/scheduler", key=ADMIN).status == 200
    a = g.get("/api/scheduler", key=CLIENT)
    assert a.status == 403 and "models" in a.json["error"], a
    assert g.get("/api/scheduler").status == 403  # the access key
    a = g.get("/api/scheduler", key="nobodys-key-at-all")
    assert a.status == 401 and "admin key" in a.json["error"], a
    assert g.get("/api/scheduler", key=None).status == 401
    assert g.message(key=ADMIN).status == 401
    assert g.message(key=CLIENT).status == 200
    assert g.message().status == 200
    assert g.get("/api/scheduler", key=None, headers={"authorization": "Bearer " + ADMIN}).status == 200
    a = g.get("/api/scheduler", key=ADMIN, headers={"authorization": "Bearer other"})
    assert a.status == 401 and "two different" in a.json["error"], a


def test_sessions(g):
    a = login(g)
    assert a.status == 201, a
    cookie = a.headers["set-cookie"]
    assert re.fullmatch(rf"cp-{g.port}=[A-Za-z0-9_-]{{43}}; Path=/; HttpOnly; SameSite=Strict", cookie), cookie
    assert set(a.json) == {"by", "who", "id", "csrf", "since", "expires", "separate"} and a.json["by"] == "session", a
    pair, csrf = cookie.split(";")[0], a.json["csrf"]
    assert pair.split("=")[1] not in a.text
    a = g.get("/api/session", key=None, headers={"cookie": "other=1; " + pair})
    assert a.status == 200 and a.json["csrf"] == csrf, a
    assert g.get("/api/scheduler", key=None, headers={"cookie": pair}).status == 200
    assert g.get("/api/scheduler", key=None, headers={"cookie": pair[:-1] + "?"}).status == 401
    assert g.get("/api/scheduler", key=None, headers={"cookie": "__Host-" + pair}).status == 401
    a = g.get("/api/sessions", key=None, headers={"cookie": pair})
    assert len(a.json["sessions"]) == 1 and a.json["sessions"][0]["is_this"] and pair.split("=")[1] not in a.text, a
    a = g.api("DELETE", "/api/session", key=None, headers={"cookie": pair, "x-csrf-token": csrf})
    assert a.status == 200 and "Max-Age=0" in a.headers["set-cookie"], a
    assert g.get("/api/scheduler", key=None, headers={"cookie": pair}).status == 401


def test_a_new_login_has_a_new_id(g):
    first, _ = enter(g)
    second, _ = enter(g, headers={"cookie": first})
    assert first != second
    assert g.get("/api/scheduler", key=None, headers={"cookie": first}).status == 401
    assert g.get("/api/session", key=None, headers={"cookie": second}).status == 200


def test_log_out_everywhere(g):
    cookies = [enter(g)[0] for _ in range(3)]
    a = g.delete("/api/sessions", key=ADMIN)
    assert a.json == {"ended": 3}, a
    for c in cookies:
        assert g.get("/api/scheduler", key=None, headers={"cookie": c}).status == 401


def test_the_table_is_bounded(g):
    first, _ = enter(g)
    for _ in range(260):
        last, _ = enter(g)
    assert g.get("/api/scheduler", key=None, headers={"cookie": first}).status == 401
    assert g.get("/api/session", key=None, headers={"cookie": last}).status == 200
    assert len(g.get("/api/sessions", key=ADMIN).json["sessions"]) == 256


def test_another_key_ends_the_sessions_of_the_first(g):
    cookie, _ = enter(g)
    g.configure(CONF.replace("admin-CANARY-", "other-CANARY-"))
    g.reload()
    wait(lambda: g.get("/api/scheduler", key=None, headers={"cookie": cookie}).status == 401, "the session is over")


def test_forged_requests(g):
    cookie, csrf = enter(g)
    good = {"cookie": cookie, "x-csrf-token": csrf, "host": f"localhost:{g.port}"}

    def reset(status, word, **change):
        a = g.api("POST", "/api/scheduler/reset", "{}", key=None, headers=dict(good, **{k.replace("_", "-"): v for k, v in change.items()}))
        assert a.status == status and word in a.text, a
    reset(200, "reset")
    reset(200, "reset", origin=f"http://localhost:{g.port}", sec_fetch_site="same-origin")
    reset(403, "x-csrf-token", x_csrf_token=None)
    reset(403, "x-csrf-token", x_csrf_token="A" * 43)
    reset(403, "Origin", origin="http://evil.example")
    reset(403, "Origin", origin="null")
    reset(403, "Origin", origin=f"http://localhost:{g.port + 1}")
    reset(403, "Sec-Fetch", sec_fetch_site="cross-site")
    reset(403, "Sec-Fetch", sec_fetch_site="same-site")
    reset(403, "Sec-Fetch", sec_fetch_site="none")
    reset(415, "application/json", content_type="text/plain")
    reset(415, "application/json", content_type=None)
    reset(200, "reset", content_type="application/json; charset=utf-8")
    # Scripts are asked nothing of the kind.
    assert g.post("/api/scheduler/reset", {}, key=ADMIN, headers={"content-type": "application/x-www-form-urlencoded"}).status == 200
    # Nor may somebody else's page log a browser in.
    assert login(g, {"origin": "http://evil.example"}).status == 403


def test_names(g):
    for host, status in ((f"localhost:{g.port}", 401), ("127.0.0.1", 401), ("[::1]:80", 401), ("GW.example.com", 401),
                         ("evil.example", 421), ("localhost.evil.example:80", 421), ("127.0.0.1.evil.example", 421)):
        a = g.get("/api/scheduler", key=None, headers={"host": host})
        assert a.status == status, (host, a)
    cookie, _ = enter(g)
    assert g.get("/api/session", key=None, headers={"host": "evil.example", "cookie": cookie}).status == 421
    assert login(g, {"host": "evil.example"}).status == 421
    assert g.get("/api/scheduler", key=ADMIN, headers={"host": "whatever.example"}).status == 200


def held_back(guess, *asks):
    """Guesses until it has to wait; then whatever is asked has to, too.  Who is so slow that the wait is over guesses on: the next is longer."""
    for _ in range(40):
        a = guess()
        if a.status == 429:
            assert 1 <= int(a.headers["retry-after"]) <= 300, a
            if all(ask().status == 429 for ask in asks):
                return
    raise AssertionError("nobody has to wait")


def test_who_guesses_waits(g):
    failures = []

    def guess():
        a = g.get("/api/scheduler", key=f"guess-number-{len(failures)}-000")
        failures.extend([a] * (a.status == 401))
        return a
    for _ in range(5):
        assert guess().status == 401
    held_back(guess, lambda: g.get("/api/scheduler", key=ADMIN), lambda: login(g))
    assert g.message(key=CLIENT).status == 200
    assert g.get("/healthz", key=None).status == 200
    wait(lambda: g.log_text().count("auth failed from 127.0.0.1") == len(failures), "a line for each failure")


def test_sessions_go_on_while_others_guess(g):
    cookie, _ = enter(g)
    held_back(lambda: login(g, key="guess-number-0-000"), lambda: login(g))
    assert g.get("/api/session", key=None, headers={"cookie": cookie}).status == 200


def test_passwords(g):
    a = login(g, password="correct horse battery")
    assert a.status == 201 and a.json["by"] == "session", a
    a = login(g, password="correct horse batter")
    assert a.status == 401 and a.json["path"] == "password", a
    # What is typed may be either: sent as both it is tried as both, and counts once.
    failures = lambda: int(re.search(r'auth_failures_total\{realm="admin"\} (\d+)', g.get("/metrics", key=ADMIN).text)[1])  # noqa: E731
    before = failures()
    typed = "neither the one nor the other"
    assert login(g, password=typed, key=typed).status == 401
    assert failures() == before + 1
    assert login(g, password=ADMIN, key=ADMIN).status == 201
    assert login(g, password="correct horse battery", key="correct horse battery").status == 201
    assert login(g, password=7).status == 400
    assert login(g, user="x").status == 400


def test_many_passwords_at_once(g):
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(login, g, password=f"wrong password {i}") for i in range(60)]
        served = [pool.submit(g.message, "m", "hello", CLIENT) for _ in range(40)]
        got = {a.result().status for a in asked}
        assert got <= {401, 429} and 429 in got, got
        assert {s.result().status for s in served} == {200}


def test_proxies(g):
    # Nobody is believed but from the trusted address: 127.0.0.1 is not 127.0.0.9.
    addresses = (f"192.0.2.{i}" for i in range(1, 99))
    held_back(lambda: g.get("/api/scheduler", key="guess-number-0-000", headers={"x-forwarded-for": next(addresses)}),
              lambda: g.get("/api/scheduler", key="x" * 20, headers={"x-forwarded-for": "192.0.2.99"}))
    assert "auth failed from 192.0.2." not in g.log_text()


def test_a_storm_from_many_addresses(g):
    """Ten thousand logins by a trusted proxy: the table stays as it is, and models are served."""
    g.configure(CONF.replace("127.0.0.9/32", "127.0.0.0/8"))
    g.reload()

    def storm(part):
        c = __import__("http.client").client.HTTPConnection("127.0.0.1", g.port)
        got = set()
        for i in range(2500):
            n = part * 2500 + i
            c.request("POST", "/api/session", b'{"key":"guess-guess-guess"}', {"x-forwarded-for": f"10.{n % 4}.{n // 250 % 250}.{n % 250}"})
            r = c.getresponse()
            r.read()
            got.add(r.status)
        c.close()
        return got
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        storms = [pool.submit(storm, i) for i in range(4)]
        served = [pool.submit(g.message, "m", "hello", CLIENT) for _ in range(100)]
        assert set().union(*(s.result() for s in storms)) <= {401, 403, 429}
        assert {s.result().status for s in served} == {200}
    assert g.log_text().count("auth failed") < 1000
    a = g.send("POST", "/api/session", b'{"key":"' + ADMIN.encode() + b'"}', {"x-forwarded-for": "203.0.113.5", "x-forwarded-proto": "https"})
    assert a.status in (201, 429), a
    if a.status == 201:
        assert a.headers["set-cookie"].startswith(f"__Host-cp-{g.port}=") and "; Secure;" in a.headers["set-cookie"], a.headers


def test_clear_text_from_elsewhere(g):
    g.configure(CONF.replace("127.0.0.9/32", "127.0.0.0/8"))
    g.reload()
    a = wait(lambda: (lambda x: x if x.status != 201 else None)(login(g, {"x-forwarded-for": "203.0.113.5"})), "the proxy is trusted")
    assert a.status == 403 and "https" in a.json["error"], a
    a = login(g, {"x-forwarded-for": "203.0.113.5", "x-forwarded-proto": "https"})
    assert a.status == 201 and a.headers["set-cookie"].startswith(f"__Host-cp-{g.port}="), a


def test_a_stranger_is_told_how_to_come_in(g):
    a = g.get("/api/session", key=None)
    assert a.status == 200 and a.headers["cache-control"] == "no-store", a
    assert a.json == {"by": "nobody", "separate": True, "login": {"ways": ["key", "password"], "refused": None, "error": None, "wait_s": 0}}, a
    assert g.get("/api/session", key=None, headers={"cookie": f"cp-{g.port}=" + "A" * 43}).json == a.json
    assert g.get("/api/session", key="wrong-key-0123456789").status == 401
    assert g.get("/api/session", key=ADMIN).json["by"] == "key"
    assert g.get("/api/session", key=None, headers={"host": "evil.example"}).status == 421
    g.configure(CONF.replace("127.0.0.9/32", "127.0.0.0/8"))
    g.reload()
    far = {"x-forwarded-for": "203.0.113.5"}
    told = wait(lambda: next((x for x in [g.get("/api/session", key=None, headers=far).json["login"]] if x["refused"]), None), "the proxy is trusted")
    assert told["refused"] == "clear_text" and "https" in told["error"] and told["ways"] == ["key", "password"], told
    assert g.get("/api/session", key=None, headers=dict(far, **{"x-forwarded-proto": "https"})).json["login"]["refused"] is None
    for _ in range(8):
        login(g, key="wrong")
    told = g.get("/api/session", key=None).json["login"]
    assert told["refused"] == "wait" and told["wait_s"] > 0 and "wait" in told["error"], told


def test_a_stranger_learns_of_one_way(g):
    g.configure('admin_password = "$y$j9T$Wb3j4dyv58JeGNfGAyKjT0$Zb/tR1yvLP/5uAzfA2IjjD8w45pICUDiAn7lj9TU3K0";\n')
    g.reload()
    wait(lambda: g.get("/api/session", key=None).json["login"]["ways"] == ["password"], "there is no admin key")
    g.configure("")
    g.reload()
    wait(lambda: g.get("/api/session", key=None).json["separate"] is False, "one key for all")
    assert g.get("/api/session", key=None).json["login"]["ways"] == ["key"]


def test_no_secret_comes_out(g):
    for path in ("/api/scheduler", "/api/session", "/api/sessions"):
        assert g.get(path, key=ADMIN).status == 200
    enter(g)
    assert "$y$" not in g.log_text() + g.stderr()
