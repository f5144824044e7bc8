"""packages - npm packages for tests, as a package-lock.json pins them, in a folder outside of the sources."""
import hashlib
import os
import shutil
import subprocess

NPM_SECONDS = 600


class NotInstalled(Exception):
    pass


def install(source, folder):
    """Installs what `source`/package-lock.json wants into `folder`, unless it is there already."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{source}/package-lock.json", "rb") as f:
        wanted = hashlib.sha256(f.read()).hexdigest()
    stamp = f"{folder}/installed"
    if os.path.exists(stamp):
        with open(stamp) as f:
            if f.read() == wanted:
                return
        os.unlink(stamp)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(f"{source}/{name}", folder)
    npm(folder)
    with open(stamp, "w") as f:
        f.write(wanted)


def npm(folder):
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        p = subprocess.run(command, cwd=folder, timeout=NPM_SECONDS, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise NotInstalled(str(e)) from e
    if p.returncode:
        raise NotInstalled(f"{' '.join(command)} ended with {p.returncode}:\n{p.stdout.decode('utf-8', 'replace')}")
