"""A sandbox that knows all of its secrets, under the real clock; folders of its own."""

import pytest


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Give the commands a state and a configuration of their own; return both folders."""
    found = tmp_path / "state", tmp_path / "config"
    # Linux, and Windows' and macOS' ways to the same.
    for name, folder in zip(("XDG_STATE_HOME", "XDG_CONFIG_HOME"), found, strict=True):
        monkeypatch.setenv(name, str(folder))
    for name in ("LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("REQUESTS_XAUTH_PROFILE", raising=False)
    monkeypatch.delenv("REQUESTS_XAUTH_PROFILES", raising=False)
    return found


@pytest.fixture
def box():
    """A running sandbox."""
    # Not above: where the command's libraries are missing its tests are skipped one
    # file at a time, and this file is read before them.
    from command_line import KnownSandbox  # noqa: PLC0415  # see above

    with KnownSandbox() as running:
        yield running
