# SPDX-License-Identifier: MIT
"""/metrics: both formats pass promtool, who may read it, and the dashboard and the alert rules only name what is there."""
import json
import os
import re
import shutil
import socket
import subprocess

from gateway import Skip, wait

CONF = 'metrics = {{ access = "admin"; }};\n'
OPEN = "application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4;q=0.5"
OURS = re.compile(r"\b(?:claude_proxy|process)_[a-z_]+")


def scrape(g, accept=None, key=True):
    return g.api("GET", "/metrics", headers={"accept": accept} if accept else {}, key=key)


def samples(text):
    """{name: set of label names}, of all samples."""
    out = {}
    for line in text.split("\n"):
        m = re.match(r'([a-z_]+)(?:\{(.*)\})? \S+$', line)
        if m:
            out.setdefault(m[1], set()).update(re.findall(r'(\w+)="', m[2] or ""))
    return out


def promtool(*args, text=None):
    if not shutil.which("promtool"):
        raise Skip("promtool is not there (package prometheus)")
    return subprocess.run(["promtool", *args], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def some_traffic(g):
    g.up.script("model=bad status=529 error=overloaded_error:busy\n")
    for model in ("m", "bad", 'we"ird\\model'):
        g.message(model)
        g.message(model, stream=True)
    g.message(key="wrong")
    g.settled()
    wait(lambda: all(x in scrape(g).text for x in ('outcome="ok"', 'outcome="overloaded"', 'channel="up",code_class="2xx",end="--"', 'realm="client"')), "all is counted")


def test_text_format(g):
    some_traffic(g)
    a = scrape(g)
    assert a.status == 200 and a.headers["content-type"].startswith("text/plain; version=0.0.4"), a.headers
    p = promtool("check", "metrics", text=a.text)
    assert p.returncode == 0, p.stdout
    assert 'claude_proxy_requests_total{protocol="messages",channel="up",code_class="2xx",end="--"}' in a.text, a.text
    assert 'claude_proxy_attempts_total{channel="up",outcome="overloaded"}' in a.text, a.text


def test_open_metrics(g):
    a = scrape(g, OPEN)
    assert a.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0"), a.headers
    assert a.text.endswith("\n# EOF\n") and a.text.count("# EOF") == 1, a.text[-200:]
    types = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", a.text))
    units = dict(re.findall(r"(?m)^# UNIT (\S+) (\S+)$", a.text))
    for name, unit in units.items():
        assert name.endswith("_" + unit), (name, unit)
    for name, kind in types.items():
        assert not name.endswith(("_total", "_info")), name
        got = {x for x in samples(a.text) if x == name or x.startswith(name + "_")}
        want = {"counter": {name + "_total"}, "info": {name + "_info"}, "gauge": {name}}.get(kind)
        assert kind == "histogram" or not got or want <= got, (name, kind, got)
    family = None
    for line in a.text.split("\n"):
        if line.startswith("# HELP "):
            family = line.split()[2]
        elif line and not line.startswith("#"):
            assert line.startswith(family), (family, line)  # a family's samples stand together
    names = re.findall(r"(?m)^# TYPE (\S+) ", a.text)
    assert len(names) == len(set(names)), names


def test_who_may_read(g):
    assert scrape(g, key=None).status == 401
    g.configure('metrics = {{ access = "open"; }};\n')
    g.reload()
    wait(lambda: scrape(g, key=None).status == 200, "it is open")
    g.configure('metrics = {{ access = "off"; }};\n')
    g.reload()
    wait(lambda: scrape(g).status == 404, "it is off")
    g.configure(CONF)
    g.reload()
    wait(lambda: "claude_proxy_config_last_reload_success 1\n" in scrape(g).text, "the reload is told")


def test_a_bad_reload_is_told(g):
    with open(g.conf_file, encoding="utf-8") as f:
        good = f.read()
    with open(g.conf_file, "a", encoding="utf-8") as f:
        f.write("nonsense = 1;\n")
    g.reload()
    wait(lambda: "claude_proxy_config_last_reload_success 0\n" in scrape(g).text, "the failed reload is told")
    with open(g.conf_file, "w", encoding="utf-8") as f:
        f.write(good)
    g.reload()
    wait(lambda: "claude_proxy_config_last_reload_success 1\n" in scrape(g).text, "the good reload is told")


def test_wrong_keys_are_counted(g):
    before = scrape(g).text
    g.message(key="sk-wrong")
    g.get("/api/scheduler", key="sk-wrong")

    def count(realm, text):
        return int(re.search(rf'claude_proxy_auth_failures_total\{{realm="{realm}"\}} (\d+)', text)[1])
    wait(lambda: all(count(r, scrape(g).text) > count(r, before) for r in ("client", "admin")), "both are counted")


def expressions(g):
    with open(os.path.join(g.tools.source, "conf", "grafana-dashboard.json"), encoding="utf-8") as f:
        board = json.load(f)
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for a in board["annotations"]["list"]:
        yield a["name"], a["expr"]
    with open(os.path.join(g.tools.source, "conf", "prometheus-alerts.yml"), encoding="utf-8") as f:
        text = re.sub(r"expr: >\n((?: {10}.*\n)+)", lambda m: "expr: " + " ".join(m[1].split()) + "\n", f.read())
    found = re.findall(r"- alert: (\w+)\n\s+expr: (.*)", text)
    assert len(found) == text.count("- alert:"), found
    yield from found


def test_dashboard_and_alerts_name_what_is_there(g):
    some_traffic(g)
    known = samples(scrape(g).text)
    may_be_empty = {"claude_proxy_failovers_total": {"from", "reason"}, "claude_proxy_cost_total": {"channel"},
                    "claude_proxy_conversions_total": {"deed"},
                    "claude_proxy_tokens_total": {"channel", "model", "kind"}}
    for name, labels in may_be_empty.items():
        known.setdefault(name, labels)
    of_prometheus = {"instance", "job"}
    n = 0
    for title, expr in expressions(g):
        names = OURS.findall(expr)
        assert names or expr.startswith("up{"), (title, expr)
        every = set().union(*[known.get(x, set()) for x in names]) | of_prometheus if names else of_prometheus
        for name in names:
            assert name in known, (title, name)
            n += 1
        for name, inside in re.findall(r"([a-z_]+)\{([^}]*)\}", expr):
            for label in re.findall(r"(\w+)\s*[=!]", inside):
                assert label in known.get(name, set()) | of_prometheus, (title, name, label)
        for inside in re.findall(r"(?:by|on|without|ignoring) \(([^)]*)\)", expr):
            assert {x.strip() for x in inside.split(",")} <= every, (title, inside, every)
    assert n > 40, n


def test_words_of_attempts(g):
    """What went wrong is told by the network's word, the cause's, or how it was cut; and the channel it went on to."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        both = ('channels = ( {{ id = "up"; dialect = "claude"; base_url = "{up}"; allow_private = true; keys = [ "sk-CANARY-upstream-0001" ]; }},\n'
                '{{ id = "gone"; dialect = "claude"; base_url = "http://127.0.0.1:%d"; allow_private = true; priority = -1; '
                'keys = [ "sk-CANARY-gone-0001" ]; }} );\n' % closed.getsockname()[1])
        g.configure(CONF + 'scheduler = {{ waits = 0; cooldown_max = "1s"; }};\n', channels=both)
        g.reload()
        g.up.script("model=cut cutevent=4 each events=20 pace=5\nmodel=slow status=429 error=rate_limit_error:slow\n")
        g.message("m")
        g.message("cut", stream=True)
        g.message("slow")

        def lines():
            text = scrape(g).text
            return all(x in text for x in ('claude_proxy_attempts_total{channel="gone",outcome="connect"}',
                                           'claude_proxy_failovers_total{from="gone",reason="connect"}',
                                           'claude_proxy_attempts_total{channel="up",outcome="stream_cut"}',
                                           'claude_proxy_attempts_total{channel="up",outcome="rate_limit"}'))
        wait(lines, "each has its word")


def test_alert_rules_are_rules(g):
    p = promtool("check", "rules", os.path.join(g.tools.source, "conf", "prometheus-alerts.yml"))
    assert p.returncode == 0, p.stdout


def test_nothing_grows_without_end(g):
    g.up.script("")
    for i in range(300):
        g.message(f"made-up-{i}")
    wait(lambda: 'model="other"' in scrape(g).text, "further models share a label")
    text = scrape(g).text
    assert len(set(re.findall(r'model="([^"]*)"', text))) <= 202
