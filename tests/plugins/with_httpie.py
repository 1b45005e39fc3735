"""HTTPie for tests; a module that asks for it is skipped where its extra is missing."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    for library in ("httpie", "filelock", "platformdirs"):
        pytest.importorskip(library, reason="needs requests-xauth[httpie]")
    if not importlib.metadata.entry_points(
        group="httpie.plugins.auth.v1", name="xauth_m2m"
    ):
        pytest.skip("HTTPie finds installed packages only", allow_module_level=True)

from requests_xauth import _tables
from requests_xauth.plugins import httpie as plugin

__all__ = ["HTTP", "OURS", "Terminal", "clean_environ", "plugin", "settings_of"]

HTTP = shutil.which("http", path=str(Path(sys.executable).parent))
# Each variable that a preset or the plug-in may look up.
OURS = {
    f"{one.provider.environ}_{name.upper()}"
    for one in _tables.presets()
    for name in plugin._ARGUMENTS
} | {name for one in _tables.presets() for name in one.environ}


def settings_of(name, service):
    """Return the variables that lead the preset of that name to *service*."""
    return {**service.environ, f"{name.upper()}_BASE_URL": service.base_url}


def clean_environ(folder):
    """Return this process's environment with HTTPie's and the store's files in *folder*."""
    (folder / "config.json").write_text(json.dumps({"disable_update_warnings": True}))
    ours = {name: value for name, value in os.environ.items() if name not in OURS}
    return {
        **ours,
        "HTTPIE_CONFIG_DIR": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "HOME": str(folder),
    }


class Terminal:
    """A command on a terminal of its own, and a person before it."""

    _CODE = "import os, pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"

    def __init__(self, command, env):
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._CODE, *command],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def answer(self, prompt, typed):
        """Type a line after *prompt*; return all that is to be seen until the end."""
        seen = b""
        with self._process as process:
            while not seen.endswith(prompt.encode()):
                byte = process.stdout.read(1)
                assert byte, seen
                seen += byte
            rest, _ = process.communicate(f"{typed}\n".encode(), timeout=60)
        return (seen + rest).decode()
