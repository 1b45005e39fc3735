"""The README's blocks, and where they are run.

Rule: the blocks under one heading run in their order in one namespace of their own, in a
folder with the files that they name.
"""

import os
import shutil
from pathlib import Path

import pytest
from names import CERTIFICATE
from readme import PYTHON, ROOT
from stage import on_stage


@pytest.fixture
def stage(monkeypatch, tmp_path):
    """Return a stage in a folder with the files that examples name."""
    monkeypatch.chdir(tmp_path)
    # Where a user's state and settings are.
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    Path("payment.xml").write_text("<Document/>", "utf-8")
    shutil.copy(CERTIFICATE, "corporate-ca.pem")
    with on_stage(monkeypatch) as found:
        for service in (found.box.xpkit, found.box.xee):
            service.redirect_uri = "https://app.example.com/callback"
        yield found


@pytest.fixture
def played(stage, monkeypatch):
    """Return a function that runs the blocks under a heading and returns their names."""

    def play(section, **names):
        found = [block for block in PYTHON if block.section == section]
        own = section == "Write your own store"
        outlives = own or section == "Tokens that outlive the process"
        if own:
            monkeypatch.syspath_prepend(ROOT / "examples")
        if outlives and "XAUTH_REQUIRE_ALL" not in os.environ:
            pytest.importorskip("filelock", reason="needs requests-xauth[file]")
            pytest.importorskip("platformdirs", reason="needs requests-xauth[file]")
        if section == "Proxies and certificates":
            # Where nobody else knows the authority.
            monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        if section == "XPKit, for a person":
            # An application of its own at XPKit.
            monkeypatch.setenv("XPKIT_CLIENT_ID", stage.box.xpkit.user_client_id)
        return stage.run_all(found, **names)

    return play
