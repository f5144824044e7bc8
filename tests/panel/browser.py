# SPDX-License-Identifier: MIT
"""browser - what a browser test needs, looked for and installed: a Chromium, the libraries the panel shows, npm packages."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "sdk"))

import packages  # noqa: E402

LIBRARIES = ("/usr/share/javascript/chart.js/chart.mjs", "/usr/share/javascript/sortable/Sortable.js")
HOW = "`./bootstrap check` installs it; or: apt-get install chromium libjs-chart.js libjs-sortable fonts-wqy-microhei"


def prepare(build):
    """The environment of tests, or None and why there is none."""
    browser = os.environ.get("PANEL_BROWSER") or shutil.which("chromium") or "/usr/bin/chromium"
    missing = [f for f in (browser, *LIBRARIES) if not os.path.exists(f)]
    if missing:
        return None, f"{', '.join(missing)} missing: {HOW}"
    folder = f"{build}/tests/panel-packages"
    try:
        packages.install(HERE, folder)
    except packages.NotInstalled as e:
        return None, str(e)
    return dict(os.environ, PANEL_BROWSER=browser, PANEL_PACKAGES=folder, PANEL_OUT=f"{build}/tests/panel"), None


def run(script, build, *args):
    """Runs a script of Node in such an environment, in the place of this program."""
    env, why = prepare(build)
    if not env:
        sys.exit(why)
    os.execvpe("node", ["node", "--no-warnings", script, *args], env)
