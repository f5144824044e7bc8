# SPDX-License-Identifier: MIT
"""What the command line tells before anything serves: -t, -tt, -T, exit codes, and the first start of all."""
import os
import re
import stat
import subprocess

from gateway import LONG, wait

START = False
FRESH = True
CLEAR = "sk-CANARY-literal-0123456789abcdefghij"


def run(g, *args, conf=True):
    """(exit code, stdout, stderr) of claude-proxy."""
    g.write("none.env", "")
    command = g.command(*args) if conf else [g.tools.gateway, *args]
    p = subprocess.run(command, env=g.environment(), cwd=g.place, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONG, check=False)
    out, err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
    g.seen += [out, err]
    return p.returncode, out, err


def test_everything_wrong_is_said_at_once(g):
    g.write("claude-proxy.conf", 'listen = "0.0.0.0:3000";\nlimits = { body = 5000000000; atempts = 3; };\n'
            'scheduler = { strategy = "failovr"; };\nhosts = [ "https://x" ];\ntrusted_proxies = [ "10.0.0.0/99" ];\n'
            'admin_password = "secret-CANARY";\n')
    code, out, err = run(g, "-t")
    lines = [x for x in err.split("\n") if ": error: " in x]
    assert code == 78 and not out, (code, out)
    for line, what in ((1, "access_key"), (2, "limits.body"), (2, 'did you mean "limits.attempts"'), (3, "did you mean failover"),
                       (4, "no name of a host"), (5, "no address"), (6, "crypt(5)")):
        assert any(x.startswith(f"{g.conf_file}:{line}: ") and what in x for x in lines), (line, what, err)
    assert "CANARY" not in err
    assert run(g, "-t", "-q") == (78, "", "")


def test_a_good_one_is_praised(g):
    g.configure()
    code, out, err = run(g, "-t")
    assert code == 0 and "configuration is fine: 1 channels" in out, (code, out, err)
    assert run(g, "-tq")[:2] == (0, "")


def test_strange_files(g):
    conf = g.write("claude-proxy.conf", "")
    os.unlink(conf)
    os.mkfifo(conf)
    assert run(g, "-t")[0] == 78
    os.unlink(conf)
    os.mkdir(conf)
    assert run(g, "-t")[0] == 78
    os.rmdir(conf)
    with open(conf, "wb") as f:
        f.truncate(1 << 30)
    code, _, err = run(g, "-t")
    assert code == 78 and "is larger than" in err, err
    for text in (b"fuzzy = false;\0", b'@include "claude-proxy.conf"\n', b"limits = { attempts = 99999999999; };", b"a = " + b"(" * 5000):
        with open(conf, "wb") as f:
            f.write(text)
        code, _, err = run(g, "-t")
        assert code == 78 and f"{conf}:1: error: " in err, (text[:20], err)
    with open(conf, "wb") as f:
        f.write(b"\xef\xbb\xbffuzzy = false;\n")
    assert run(g, "-t")[0] == 0


def test_two_t_look_at_the_machine(g):
    g.configure('user = "no-such-user";\ncontrol = { group = "no-such-group"; };\n'
                'listen = ( { address = "127.0.0.1"; port = 0; tls_cert = "{place}/cert.pem"; tls_key = "{place}/key.pem"; } );\n'.replace(
                    "{ ", "{{ ").replace(" }", " }}"))
    g.write("cert.pem", "no certificate\n")
    g.write("key.pem", "no key\n")
    assert run(g, "-t")[0] == 0
    code, _, err = run(g, "-tt")
    assert code == 78, err
    for what in ("no user", "no group", "cert.pem"):
        assert what in err, (what, err)


def test_two_t_beside_a_gateway_that_serves(g):
    g.configure()
    g.start()
    g.configure(f'listen = "127.0.0.1:{g.port}";\n')
    code, _, err = run(g, "-tt")
    assert code == 0 and ": warning: " in err and str(g.port) in err, (code, err)


def test_what_is_in_effect(g):
    g.env["CLAUDE_PROXY_LIMITS__ATTEMPTS"] = "3"
    g.env["TEAM_KEY"] = "sk-CANARY-by-environment-0123456789"
    g.configure(f'admin_key = "{CLEAR}";\nclient_keys = ( {{{{ key = "env:TEAM_KEY"; label = "ci"; }}}} );\nfuzzy = false;\n')
    code, out, err = run(g, "-T", "-o", "log.level=debug")
    assert code == 0 and CLEAR not in out and "CANARY-up" not in out, (code, out, err)
    for line in (r"fuzzy = false;  # \S+claude-proxy.conf:\d+", r"attempts = 3;  # environment:CLAUDE_PROXY_LIMITS__ATTEMPTS",
                 r'level = "debug";  # command line:log.level', r'key = "env:TEAM_KEY";  # id [0-9a-f]{12}, \S+claude-proxy.conf:\d+',
                 r"# limits.body = 50MB  \(built-in\)", r'key = "\S+\*\*\*\S*";  # id'):
        assert re.search(line, out), (line, out)
    g.write("claude-proxy.conf", out)  # with secrets that are too short, but whole
    code, again, err = run(g, "-t")
    assert code == 0, (err, out)


def test_exit_codes(g):
    g.configure()
    assert run(g, "--no-such-option")[0] == 64
    assert run(g, "-T", "word")[0] == 64
    g.start()
    code, _, err = run(g, "-o", f"state_dir={g.place}/other", "-o", f"listen=127.0.0.1:{g.port}")
    assert code == 71 and f"port {g.port}" in err, (code, err)
    code, _, err = run(g)
    assert code == 75, (code, err)
    assert run(g, "-o", "user=no-such-user", "-o", f"state_dir={g.place}/other")[0] == 78


def test_what_this_program_is(g):
    code, out, _ = run(g, "-VV", conf=False)
    assert code == 0 and "plugin ABI:" in out and re.search(r"libmicrohttpd +\d", out) and re.search(r"json-c +\d", out), out
    assert run(g, "-V", conf=False)[1].count("\n") == 1
    code, out, _ = run(g, "--list-options", conf=False)
    assert code == 0 and "CLAUDE_PROXY_LIMITS__BODY" in out
    code, man, _ = run(g, "--list-options=man", conf=False)
    assert code == 0 and man.count(".TP\n") == len(re.findall(r"(?m)^\S+ +(?:size|duration|time|int|count|money|bool|string|word|secret|list|group) +default", out))
    g.configure()
    code, out, err = run(g, "--check-plugins")
    assert code == 0 and "claude     adapter" in out, (code, out, err)
    g.write("broken.so", "no ELF", 0o700)
    code, _, err = run(g, "--check-plugins", "--plugins", g.place)
    assert code == 78 and "broken.so" in err, (code, err)


def bare(g):
    """A start with nothing at all: no file, no key."""
    place = os.path.join(g.place, "home")
    os.makedirs(place, exist_ok=True)
    env = dict(g.environment(), HOME=place)
    env.pop("STATE_DIRECTORY", None)
    port_file = os.path.join(place, "port")
    if os.path.exists(port_file):
        os.unlink(port_file)
    p = subprocess.Popen([g.tools.gateway, "--plugins", g.tools.plugins, "--lax", "-o", "listen=127.0.0.1:0", "--port-file", port_file],
                         env=env, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait(lambda: p.poll() is not None or (os.path.exists(port_file) and os.path.getsize(port_file)), "it serves")
    with open(port_file, encoding="ascii") as f:
        g.port = int(f.read())
    return p


def end(p):
    p.terminate()
    err = p.communicate(timeout=LONG)[1].decode("utf-8", "replace")
    assert p.returncode == 0, (p.returncode, err)
    return err


def test_the_first_start_of_all(g):
    p = bare(g)
    path = os.path.join(g.place, "home/.local/state/claude-proxy/access-key")
    with open(path, encoding="ascii") as f:
        key = f.read().strip()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert g.get("/api/scheduler", key=key).status == 200
    assert g.get("/api/scheduler", key="cp-other").status == 401
    said = end(p)
    assert said.count(key) == 1 and path in said and f"127.0.0.1:{g.port}" in said and "channel add" in said, said
    p = bare(g)
    assert g.get("/api/scheduler", key=key).status == 200
    said = end(p)
    assert key not in said and path in said, said


def test_a_damaged_managed_conf_stops_no_start(g):
    g.configure("fuzzy = false;\n")
    folder = os.path.join(g.state_dir, "managed")
    os.makedirs(folder, mode=0o700)
    g.write("state/managed/00000004.conf", "limits = { attempts = 4; };\n")
    g.write("state/managed.conf", "limits = { attempts = ")
    code, out, err = run(g, "-T")
    assert code == 0 and re.search(r"attempts = 4;  # managed/00000004.conf:1", out), (code, out, err)
    assert "managed.conf: warning: cannot be used" in err, err
    g.start()
    assert g.message().status == 200


def test_a_bad_reload_changes_nothing(g):
    g.configure()
    g.start()
    g.write("claude-proxy.conf", "fuzzy = maybe\n")
    said = g.reload()
    assert "claude-proxy.conf:1" in said, said
    assert g.message().status == 200
    g.configure("limits = {{ body = 5; }};\n")
    assert "limits.body must be" in g.reload()
    assert g.message().status == 200
