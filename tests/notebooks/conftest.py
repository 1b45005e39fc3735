"""Jupyter for the tests: this Python's kernel, and folders of its own.

Rule: without the libraries these tests are skipped with the reason, unless
XAUTH_REQUIRE_ALL=1 says that nothing may be skipped.
"""

import importlib
import importlib.util
import tempfile
from pathlib import Path

import pytest
from login.people import leave_out

import requests_xauth
from requests_xauth.login import _browser

NEEDED = ("ipykernel", "nbclient")


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """
    Let Jupyter know one kernel, which is this Python, and nothing of this machine.

    Returns the module `reader`.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        leave_out(f"No {' and no '.join(missing)}: pip install {' '.join(missing)}")
    folder = tmp_path_factory.mktemp("jupyter")
    with (
        pytest.MonkeyPatch.context() as patch,
        # Of a short name, as sockets in it must have.
        tempfile.TemporaryDirectory() as runtime,
    ):
        # Without it jupyter_core warns of folders that are to move.
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("JUPYTER_NO_CONFIG", "1")
        for name in ("PATH", "DATA_DIR", "CONFIG_DIR"):
            patch.setenv(f"JUPYTER_{name}", str(folder / "jupyter"))
        patch.setenv("JUPYTER_RUNTIME_DIR", runtime)
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        # The package that is tested, wherever it is imported from.
        patch.setenv("PYTHONPATH", str(Path(requests_xauth.__file__).parents[1]))
        # A kernel whose person sits elsewhere: nothing is opened on a developer's desk.
        for name in _browser._ELSEWHERE:
            patch.delenv(name, raising=False)
        patch.setenv("JUPYTERHUB_USER", "ada")
        patch.chdir(folder)

        from ipykernel.kernelspec import write_kernel_spec  # noqa: PLC0415  # may be missing

        write_kernel_spec(folder / "jupyter" / "kernels" / "python3")
        yield importlib.import_module("notebooks.reader")
