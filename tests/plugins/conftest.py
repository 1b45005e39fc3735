"""A project of a user's, whose tests run in a process of their own."""

import importlib.metadata
from pathlib import Path

import pytest

import requests_xauth

IS_INSTALLED = bool(importlib.metadata.entry_points(group="pytest11", name="xauth"))


@pytest.fixture
def project(pytester, monkeypatch):
    """Return a function that runs the tests of a project with this plug-in alone."""
    # Others bring requests, which would hide what ours brings.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    package = Path(requests_xauth.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", str(package))
    plugin = "xauth" if IS_INSTALLED else "requests_xauth.plugins.pytest"

    def run(text, *options):
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess(
            "-W", "error", *(options or ("-p", plugin))
        )

    return run
