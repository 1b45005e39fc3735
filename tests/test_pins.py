"""The oldest and the newest libraries that the suite runs with."""

import os

import pins
import pytest
from packaging.version import Version


def test_same_libraries():
    """
    Each library that has an oldest version has a newest one, which is no older.
    """
    oldest, newest = pins.pinned("oldest"), pins.pinned("newest")

    assert list(oldest) == list(newest) == sorted(oldest)
    assert all(Version(newest[name]) >= Version(oldest[name]) for name in oldest)


@pytest.mark.skipif("XAUTH_PINS" not in os.environ, reason="no constraints here")
def test_constraints_hold():
    """
    An environment that is given constraints has just these versions.
    """
    known = pins.pinned(os.environ["XAUTH_PINS"])
    found = pins.installed(known)

    assert "requests" in found
    assert found == {name: known[name] for name in found}


def test_newer_is_told():
    """
    A library that is newer than the known one is told with both versions.
    """
    version = pins.installed(["requests"])["requests"]

    assert [f"requests {version} (known: 2.0)"] == pins.newer({"requests": "2.0"})


def test_older_is_not_told():
    """
    Those that are known, older or not there are not worth a word.
    """
    version = pins.installed(["requests"])["requests"]
    known = {"requests": version, "pytest": "9999", "no-such-library": "1"}

    assert [] == pins.newer(known)
