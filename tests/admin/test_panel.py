# SPDX-License-Identifier: MIT
"""The panel's files: by version, by tag, packed or not, and nothing else of the disk; what a reload takes up."""
import gzip
import hashlib
import os
import re
import shutil
import socket
import threading

from gateway import LONG, Beside, until_closed, wait

TAGS = ["thread"]
CONF = 'trusted_proxies = [ "127.0.0.0/8" ];\nhosts = [ "gw.example.com" ];\n'
OPTIONS = ["--www", "{place}/www", "--javascript", "{place}/js"]
FILES = {
    "index.html": '<!doctype html>\n<script type="module" src="panel/{version}/main.js"></script>\n',
    "main.js": "import './lib/a.js';\n" + "// the same again and again\n" * 200,
    "lib/a.js": "export const a = 'ä';\n",
    "css/base.css": "body { margin: 0; }\n" * 50,
    "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n',
    "some.json": "{}\n",
    "site.webmanifest": "{}\n",
    "dot.png": "\x89PNG",
    "mod.mjs": "export {};\n",
    "other.html": "<p>other\n",
    "README.md": "not served\n",
    ".secret.js": "not served\n",
    "www.mk": "not served\n",
}
BORROWED = {"chart.js/chart.mjs": "export const chart = 1;\n" * 100, "chart.js/chunks/helpers.segment.mjs": "export {};\n", "sortable/Sortable.min.js": "1;\n"}
TYPES = {"main.js": "text/javascript; charset=utf-8", "mod.mjs": "text/javascript; charset=utf-8", "css/base.css": "text/css; charset=utf-8",
         "icon.svg": "image/svg+xml; charset=utf-8", "some.json": "application/json", "dot.png": "image/png", "other.html": "text/html; charset=utf-8",
         "site.webmanifest": "application/manifest+json", "vendor/chart.mjs": "text/javascript; charset=utf-8"}
FOR_EVER = "public, max-age=31536000, immutable"
SHIELD = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy")


def put(root, files):
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text.encode())


def prepare(g):
    g.www, g.js = os.path.join(g.place, "www"), os.path.join(g.place, "js")
    put(g.www, FILES)
    put(g.js, BORROWED)


def raw(g, target, headers=(), method="GET"):
    """(status, head's text, body) of exactly these bytes."""
    with socket.create_connection(("127.0.0.1", g.port), LONG) as s:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        s.sendall("\r\n".join(lines + ["", ""]).encode("latin-1"))
        got = until_closed(s)
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1").lower(), body


def version(g):
    return re.search(r"panel/([0-9a-f]{16})/main\.js", g.get("/", key=None).text).group(1)


def at(g, name, **headers):
    return g.get(f"/panel/{version(g)}/{name}", key=None, headers={k.replace("_", "-"): v for k, v in headers.items()})


def shielded(a):
    for name in SHIELD:
        assert name in a.headers, (name, a.headers)
    csp = a.headers["content-security-policy"]
    assert "default-src 'none'" in csp and "manifest-src 'self'" in csp and "unsafe" not in csp and "sha256" not in csp, csp
    assert "require-trusted-types-for 'script'" in csp, csp
    return a


def test_the_page(g):
    a = shielded(g.get("/", key=None))
    assert a.status == 200 and a.headers["content-type"] == "text/html; charset=utf-8" and a.headers["cache-control"] == "no-cache", a.headers
    assert a.text == FILES["index.html"].replace("{version}", version(g)), a
    assert g.get("/index.html", key=None).text == a.text
    assert g.get("/?x=1", key=None).text == a.text
    again = shielded(g.get("/", key=None, headers={"if-none-match": a.headers["etag"]}))
    assert again.status == 304 and not again.text and again.headers["etag"] == a.headers["etag"], again
    assert again.headers["cache-control"] == "no-cache" and "content-type" not in again.headers, again.headers
    for tag in ("*", f'"other", {a.headers["etag"]}', "W/" + a.headers["etag"]):
        assert g.get("/", key=None, headers={"if-none-match": tag}).status == 304, tag
    assert g.get("/", key=None, headers={"if-none-match": '"other"'}).status == 200
    assert g.get(f"/panel/{version(g)}/index.html", key=None).status == 404


def test_each_file(g):
    names = dict(FILES, **{"vendor/chart.mjs": BORROWED["chart.js/chart.mjs"], "vendor/chunks/helpers.segment.mjs": "export {};\n", "vendor/sortable.js": "1;\n"})
    for name, text in names.items():
        if name == "index.html":
            continue
        is_ours = name not in ("README.md", ".secret.js", "www.mk")
        status, head, body = raw(g, f"/panel/{version(g)}/{name}")
        assert status == (200 if is_ours else 404), (name, head)
        if is_ours:
            assert body == text.encode() and f"cache-control: {FOR_EVER}\r\n" in head + "\r\n" and "vary: accept-encoding" in head, (name, head)
            assert "content-encoding" not in head, head
            tag = hashlib.sha256(text.encode()).hexdigest()[:32]
            assert f'etag: "{tag}"' in head, (name, head)
    for name, kind in TYPES.items():
        assert shielded(at(g, name)).headers["content-type"] == kind, name


def test_packed_and_not(g):
    for name, text in (("main.js", FILES["main.js"]), ("css/base.css", FILES["css/base.css"]), ("vendor/chart.mjs", BORROWED["chart.js/chart.mjs"])):
        for accept in ("gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.1", "*", "identity;q=0.5, gzip"):
            status, head, body = raw(g, f"/panel/{version(g)}/{name}", [f"Accept-Encoding: {accept}"])
            assert status == 200 and "content-encoding: gzip" in head and len(body) < len(text), (accept, head)
            assert gzip.decompress(body) == text.encode(), name
            assert re.search(r'etag: "[0-9a-f]{32}-gzip"', head), head
        for accept in ("identity", "gzip;q=0", "gzip;q=0.000, *", "br", ""):
            status, head, body = raw(g, f"/panel/{version(g)}/{name}", [f"Accept-Encoding: {accept}"])
            assert status == 200 and "content-encoding" not in head and body == text.encode(), (accept, head)
    plain, packed = at(g, "main.js"), raw(g, f"/panel/{version(g)}/main.js", ["Accept-Encoding: gzip"])
    tag = re.search(r'etag: ("[^"]+")', packed[1]).group(1)
    assert tag != plain.headers["etag"]
    assert at(g, "main.js", if_none_match=tag).status == 200
    a = shielded(at(g, "main.js", if_none_match=tag, accept_encoding="gzip"))
    assert a.status == 304 and a.headers["cache-control"] == FOR_EVER and a.headers["vary"] == "Accept-Encoding", a.headers


def test_heads(g):
    for path in ("/", "/index.html", f"/panel/{version(g)}/main.js"):
        for more in ((), ("Accept-Encoding: gzip",)):
            whole, head = raw(g, path, more), raw(g, path, more, "HEAD")
            assert head[0] == 200 and not head[2], head
            assert f"content-length: {len(whole[2])}\r\n" in head[1] + "\r\n", (head[1], len(whole[2]))


def test_other_methods(g):
    for path in ("/", "/index.html", "/panel", f"/panel/{version(g)}/main.js"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            a = shielded(g.send(method, path))
            assert a.status == 405 and a.headers["allow"] == "GET, HEAD", (method, path, a)


def test_one_step_up(g):
    for path, to in (("/panel", "./"), ("/panel/", "../")):
        a = shielded(g.get(path, key=None))
        assert a.status == 302 and a.headers["location"] == to and a.headers["cache-control"] == "no-store", a


def test_nothing_else_of_the_disk(g):
    with open(os.path.join(g.place, "outside.js"), "w", encoding="utf-8") as f:
        f.write("outside")
    v = version(g)
    for path in ("../outside.js", "%2e%2e/outside.js", "..%2foutside.js", "..\\outside.js", "lib/../main.js", "./main.js", "/main.js", "lib//a.js", "main.js/", "lib",
                 "lib/", "", "main.js%00", "main%2ejs", "MAIN.JS", "main.js.gz", "%", "%zz", "\xff\xfe", "x" * 5000, "a/" * 500, "main.js;x", "vendor/../main.js"):
        status, head, body = raw(g, f"/panel/{v}/{path}")
        assert status in (400, 404, 414), (path, status)
        assert b"outside" not in body and b"import" not in body, path
        assert "immutable" not in head, head
    for other in ("0" * 16, v[:-1], v + "0", v.upper() if v != v.upper() else "x", "", "..", "{version}"):
        status, head, body = raw(g, f"/panel/{other}/main.js")
        assert status in (400, 404), other
        assert status == 400 or "cache-control: no-store" in head, head
    a = shielded(at(g, "nothing.js"))
    assert a.status == 404 and a.headers["cache-control"] == "no-store" and len(a.text) < 200 and "etag" not in a.headers, a
    status, _, _ = raw(g, "/panel/\0")
    assert status in (302, 400, 404), status  # the library ends it there


def test_by_https_through_a_proxy(g):
    a = shielded(g.get("/", key=None, headers={"host": "gw.example.com", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}))
    assert a.status == 200 and "http" not in a.text.split("src=")[1], a
    assert at(g, "main.js", x_forwarded_proto="https", host="gw.example.com").status == 200
    a = g.get("/panel", key=None, headers={"x-forwarded-proto": "https"})
    assert a.headers["location"] == "./", a.headers


def test_a_reload_shows_what_has_changed(g):
    before, status = version(g), g.get("/api/status").json
    assert status["panel"] == before, status
    put(g.www, {"lib/a.js": "export const a = 'new';\n", "lib/b.js": "1;\n"})
    assert version(g) == before and at(g, "lib/a.js").text == FILES["lib/a.js"]  # until it is told
    g.reload()
    after = wait(lambda: version(g) if version(g) != before else None, "a new version")
    assert wait(lambda: at(g, "lib/a.js").status == 200, "both workers have it")
    assert at(g, "lib/a.js").text == "export const a = 'new';\n" and at(g, "lib/b.js").status == 200
    assert wait(lambda: g.get(f"/panel/{before}/lib/a.js", key=None).status == 404, "the old one is gone")
    assert g.get("/api/status").json["panel"] == after
    # The API's own reload does as well, and a change by the API does not: a package may be half unpacked.
    put(g.www, {"lib/b.js": "2;\n"})
    assert g.patch("/api/settings", {"log": {"level": "info"}}).status in (200, 409, 422)
    assert version(g) == after
    assert g.post("/api/config/reload").status == 200
    wait(lambda: version(g) != after, "a new version")


def test_a_page_that_is_gone_stays(g):
    before = version(g)
    os.rename(os.path.join(g.www, "index.html"), os.path.join(g.www, "index.old"))
    said = g.reload()
    wait(lambda: "there is no" in g.log_text(), "it is told")
    assert version(g) == before, said
    os.rename(os.path.join(g.www, "index.old"), os.path.join(g.www, "index.html"))
    g.reload()
    assert version(g) == before


def test_links(g):
    outside = os.path.join(g.place, "shared.js")
    put(g.place, {"shared.js": "shared;\n", "folder/inside.js": "inside;\n"})
    os.symlink(outside, os.path.join(g.www, "shared.js"))
    os.symlink(os.path.join(g.place, "folder"), os.path.join(g.www, "folder"))
    os.symlink("/etc/hostname", os.path.join(g.www, "hostname"))
    os.symlink("/dev/zero", os.path.join(g.www, "zero.js"))
    os.mkfifo(os.path.join(g.www, "pipe.js"))
    before = version(g)
    g.reload()
    wait(lambda: version(g) != before, "a new version")
    wait(lambda: at(g, "shared.js").text == "shared;\n", "a file that a link names")
    for name in ("folder/inside.js", "hostname", "zero.js", "pipe.js"):
        assert at(g, name).status == 404, name
    for name in ("shared.js", "folder", "hostname", "zero.js", "pipe.js"):
        os.unlink(os.path.join(g.www, name))
    g.reload()


def test_what_it_borrows_may_be_missing(g):
    shutil.move(os.path.join(g.js, "sortable"), os.path.join(g.js, "gone"))
    g.restart()
    told = wait(lambda: [x["msg"] for x in g.log_lines() if "libjs-sortable" in x.get("msg", "")], "it is told")
    assert len(told) == 1 and "libjs-chart" not in told[0], told
    assert at(g, "vendor/sortable.js").status == 404 and at(g, "vendor/chart.mjs").status == 200 and at(g, "main.js").status == 200
    shutil.move(os.path.join(g.js, "gone"), os.path.join(g.js, "sortable"))
    g.restart()
    assert at(g, "vendor/sortable.js").text == "1;\n"
    # One of our own comes first: who has no such package lays them there.
    put(g.www, {"vendor/sortable.js": "own;\n"})
    g.restart()
    assert at(g, "vendor/sortable.js").text == "own;\n"
    os.unlink(os.path.join(g.www, "vendor/sortable.js"))


def test_switched_off(g):
    v = version(g)
    g.configure(CONF + "web_ui = false;\n")
    g.reload()
    wait(lambda: g.get("/", key=None).status == 404, "it is off")
    for path in ("/", "/index.html", "/panel", "/panel/", f"/panel/{v}/main.js"):
        assert wait(lambda p=path: g.get(p, key=None).status == 404, path)
    assert g.get("/health", key=None).status == 200
    g.configure(CONF)
    g.reload()
    wait(lambda: g.get("/", key=None).status == 200, "it is on")


def test_none_at_all(g):
    shutil.move(g.www, g.www + ".away")
    g.restart()
    assert g.get("/", key=None).status == 404 and g.get("/api/status").json["panel"] is None
    wait(lambda: "panel: there is no" in g.log_text(), "it is told")
    shutil.move(g.www + ".away", g.www)
    g.reload()
    wait(lambda: g.get("/", key=None).status == 200, "a reload finds it")


def test_reloads_under_fire(g):
    """Whoever asks meanwhile gets a whole file of one version, or is told that it is gone."""
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            v = version(g)
            a = g.get(f"/panel/{v}/lib/a.js", key=None)
            assert a.status == 404 or (a.status == 200 and re.fullmatch(r"export const a = '[^']*';\n", a.text)), a
    asked = Beside(*[ask] * 3)
    for i in range(8):
        put(g.www, {"lib/a.js": f"export const a = '{i}';\n"})
        g.reload()
    stop.set()
    asked.join()
